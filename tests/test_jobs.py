"""What each job does for a factory on simulated services, as the schedule runs it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from chocolate_factory import advising, alerting, jobs, pipeline, schedule, upkeep
from chocolate_factory.app.desks.climate import analysis_desk
from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.work import import_folder
from chocolate_factory.conduct.terms import kept_terms
from chocolate_factory.errors import (
    FactoryError,
    Infeasible,
    RequestInvalid,
    SourceRejected,
    SourceUnavailable,
    TimedOut,
)
from chocolate_factory.insights.alerts import AlertKind
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import delivery_day, local_midnight
from chocolate_factory.market.catalog import DAY, PVPC, SPOT
from chocolate_factory.planning.equipment import AmbientLimits
from chocolate_factory.settings import load_settings
from chocolate_factory.simulation.corrections import Publishing
from chocolate_factory.simulation.faults import Asked, Fault, FaultKind, FaultPlan, every, no_faults
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.transport import DEFAULT_LIMITS, LocalNetwork, Transport
from chocolate_factory.standing import Proposed, keep_note, keep_plan, standing
from chocolate_factory.store.backup import read_backup
from chocolate_factory.store.base import Outcome, Run, Vintages

NOON = datetime(2025, 11, 16, 10, tzinfo=UTC)  # 11:00 in Madrid: nothing of tomorrow is public
HOUR = timedelta(hours=1)
AT_ONCE = replace(DEFAULT_LIMITS, attempts=1, wait_first_s=0.0, jitter_s=0.0, spacing_s=0.0)


def untold(done: int, total: int, detail: str = "") -> None:
    """Progress that nobody reads."""


class Plant:
    """A factory whose services and clock a test moves."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.now = NOON
        self.faults: FaultPlan = no_faults
        self.services = SimulatedNetwork(1, lambda: self.now, faults=self._fault)
        factory = stack.enter_context(
            open_factory(
                load_settings(data_dir=folder, history_days=100),
                simulated=self.services,
                transport=Transport(AT_ONCE, spacing_s={}, network=LocalNetwork(self.services)),
            )
        )
        # Shadow prices are four plans more, and tests of their own.
        self.factory: Factory = replace(factory, task=replace(factory.task, worth_s=0.0))

    def _fault(self, asked: Asked) -> Fault | None:
        return self.faults(asked)

    @property
    def store(self):
        return self.factory.store

    def run(self, name: str) -> schedule.JobResult:
        return jobs.jobs_of(self.factory)[name](self.now, untold)

    def walk(self, hours: float, names: tuple[str, ...]):
        """Those jobs as the schedule would run them for so many hours."""
        every_job = jobs.jobs_of(self.factory)

        def at_its_time(name):
            def work(now, tell):
                self.now = now
                result = every_job[name](now, tell)
                return replace(result, then=tuple(one for one in result.then if one in names))

            return work

        named = {name: at_its_time(name) for name in names}
        table = tuple(timing for timing in schedule.TABLE if timing.name in names)
        end = self.now + timedelta(hours=hours)
        runs = list(schedule.walk(named, self.store, table, start=self.now, end=end, seed=1))
        self.now = end
        return runs

    def tells(self, *urls: str, **more: object) -> None:
        """From now on people are told at these addresses."""
        settings = self.factory.settings.model_copy(update={"notify_urls": urls, **more})
        self.factory = replace(self.factory, settings=settings)

    def plan_in_force(self):
        held = standing(self.store, as_of=self.now, slot=self.factory.task.plant.slot)
        return held.in_force.plan

    def missing(self, key, first, last) -> int:
        report = pipeline.gaps(
            self.store, key, first=first, last=last, as_of=self.now, due_by=self.now - HOUR
        )
        return report.expected - report.present


class Webhook:
    """A receiver on loopback: what it was told, and what it answers."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append(json.loads(body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/"


@contextmanager
def listening() -> Iterator[Webhook]:
    hook = Webhook()
    thread = Thread(target=hook.server.serve_forever)
    thread.start()
    yield hook
    hook.server.shutdown()
    thread.join()
    hook.server.server_close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with listening() as hook:
        yield hook


@pytest.fixture
def webhooks() -> Iterator[tuple[Webhook, Webhook]]:
    with listening() as first, listening() as second:
        yield first, second


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    with ExitStack() as stack:
        yield Plant(tmp_path, stack)


@pytest.fixture(scope="module")
def after_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a factory whose history is whole."""
    folder = tmp_path_factory.mktemp("history")
    with ExitStack() as stack:
        Plant(folder, stack).run("history")
    return folder


@pytest.fixture
def filled(after_history: Path, tmp_path: Path) -> Iterator[Plant]:
    """A factory of the test's own that has its history."""
    shutil.copytree(after_history, tmp_path / "filled")
    with ExitStack() as stack:
        yield Plant(tmp_path / "filled", stack)


def test_every_job_of_the_table_has_its_work(plant):
    assert set(jobs.jobs_of(plant.factory)) == {timing.name for timing in schedule.TABLE}


def test_a_first_start_fetches_history_then_forecasts_and_plans(plant):
    told = plant.run("history")
    today = delivery_day(NOON)
    assert told.then == ("forecast", "plan", "train-prices", "train-advice")
    assert plant.missing(PVPC, today - 100 * DAY, today) == 0
    assert plant.missing(SPOT, today - 100 * DAY, today) == 0
    assert plant.store.forecast(PVPC, as_of=NOON) is not None
    assert "in its place" in " ".join(plant.store.forecast(PVPC, as_of=NOON).notes)
    plant.run("forecast")
    assert "below the habit" in plant.run("plan").detail


def test_what_is_made_in_a_process_of_its_own_is_stored_here_and_told_in_words(filled, webhook):
    plant = filled
    plant.tells(webhook.url, notify_per_hour=20)
    before = plant.store.revision()
    apart = jobs.jobs_of(plant.factory, jobs.apart)
    heard = []

    apart["forecast"](plant.now, untold)
    done = apart["plan"](plant.now, lambda *said: heard.append(said))
    again = apart["plan"](plant.now, untold)

    assert f"{plant.plan_in_force().schedule.objective_eur:.2f} €" in done.detail
    assert (0, 1, "planning") in heard
    assert again.outcome is Outcome.NOTHING_DUE
    changed = plant.store.revision().changed_from(before)
    assert {"forecasts", "plans", "events"} <= set(changed)
    assert done.then == ("alerts",)
    plant.run("alerts")
    (message,) = [told for told in webhook.received if "Un primer plan" in told["title"]]
    assert message["title"] == "reference chocolate plant: Conviene saberlo: Un primer plan"
    assert message["message"].startswith("DATOS SIMULADOS. Desde el ")
    assert "menos que con la costumbre" in message["message"]


def test_history_is_whole_once_and_for_all(plant):
    first = plant.walk(1, ("history",))
    asked = sum(plant.services.asked.values())
    again = plant.walk(3, ("history",))
    assert first[0].outcome is Outcome.DONE
    assert {run.outcome for run in again} == {Outcome.NOTHING_DUE}
    assert sum(plant.services.asked.values()) == asked


def test_history_goes_on_where_an_outage_stopped_it(plant):
    plant.faults = every(Fault(FaultKind.RESET))
    names = ("history", "forecast", "plan")
    assert plant.walk(1, names)[0].outcome is Outcome.FAILED
    plant.faults = no_faults
    done = [run.job for run in plant.walk(1, names) if run.outcome is Outcome.DONE]
    assert done[:3] == ["history", "forecast", "plan"]
    today = delivery_day(NOON)
    assert plant.missing(PVPC, today - 100 * DAY, today) == 0


def test_the_watcher_asks_every_five_minutes_from_one_o_clock_and_then_plans_anew(filled):
    filled.run("forecast")
    filled.run("plan")
    before = filled.plan_in_force()
    runs = filled.walk(4, ("day-ahead-watch", "forecast", "plan", "score"))
    tomorrow = delivery_day(NOON) + DAY
    assert filled.missing(SPOT, tomorrow, tomorrow) == 0
    (published,) = [run for run in runs if "are published" in run.detail]
    one_o_clock = local_midnight(delivery_day(NOON)) + timedelta(hours=13)
    assert timedelta(0) <= published.started_at - one_o_clock <= timedelta(minutes=10)
    after = filled.plan_in_force()
    assert after.origin > before.origin
    known = after.prices.published
    assert known.sum() >= 24


def test_the_watcher_waits_while_publication_is_late(filled):
    late = timedelta(hours=2)
    filled.services.publishing = Publishing(seed=1, late_share=1.0, latest=late)
    filled.now = datetime(2025, 11, 16, 12, 2, tzinfo=UTC)
    first = filled.run("day-ahead-watch")
    assert first.outcome is Outcome.NOT_PUBLISHED
    filled.now += late
    assert "are published" in filled.run("day-ahead-watch").detail


def test_a_plan_is_left_alone_while_nothing_new_is_published(filled):
    filled.run("forecast")
    filled.run("plan")
    filled.now += timedelta(minutes=30)
    assert filled.run("plan").outcome is Outcome.NOTHING_DUE


def test_a_plant_that_changed_is_kept_though_nothing_is_planned_anew(filled):
    filled.run("forecast")
    filled.run("plan")
    filled.now += timedelta(minutes=30)
    task = filled.factory.task
    other = replace(task, plant=replace(task.plant, overtime_eur_h=31.0))
    filled.factory = replace(filled.factory, task=other)
    assert filled.run("plan").outcome is Outcome.NOTHING_DUE
    kept = kept_terms(filled.store, other, as_of=filled.now).kept
    assert [terms.plant.overtime_eur_h for terms in kept] == [task.plant.overtime_eur_h, 31.0]


def test_a_day_of_outage_leaves_no_gap(filled):
    filled.faults = every(Fault(FaultKind.RESET))
    names = ("pvpc", "spot", "weather", "gap-repair")
    filled.walk(30, names)
    filled.faults = no_faults
    filled.walk(8, names)
    today = delivery_day(filled.now)
    for key in (PVPC, SPOT, *filled.factory.feeds.weather.keys):
        assert filled.missing(key, today - 7 * DAY, today) == 0, key


def test_when_all_sources_are_down_a_job_fails_and_says_who(plant):
    plant.faults = every(Fault(FaultKind.RESET))
    with pytest.raises(SourceUnavailable):
        plant.run("pvpc")
    assert plant.store.coverage() == ()


def test_the_night_repair_brings_revisions(plant):
    plant.services.publishing = Publishing(
        seed=3, revised_share=1.0, corrected_after=timedelta(hours=30)
    )
    plant.run("spot")
    today = delivery_day(plant.now)
    plant.now = datetime(2025, 11, 18, 2, 40, tzinfo=UTC)  # 03:40 in Madrid
    plant.run("gap-repair")
    _, truth = plant.services.market.spot(today - DAY, today - DAY)
    begin, end = local_midnight(today - DAY), local_midnight(today)
    held = plant.store.read(SPOT, begin, end, as_of=plant.now)
    assert held.value.tolist() == pytest.approx(truth.tolist())


@pytest.mark.parametrize(
    ("now", "at_night"),
    [
        (datetime(2025, 7, 14, 22, 30, tzinfo=UTC), True),  # 00:30 in Madrid
        (datetime(2025, 7, 15, 3, 30, tzinfo=UTC), True),
        (datetime(2025, 7, 15, 4, 30, tzinfo=UTC), False),  # 06:30
        (datetime(2025, 11, 18, 4, 30, tzinfo=UTC), True),  # 05:30
        (datetime(2025, 11, 18, 5, 30, tzinfo=UTC), False),
    ],
)
def test_the_night_of_the_repair_is_that_of_the_clock_in_madrid(
    plant, monkeypatch: pytest.MonkeyPatch, now: datetime, at_night: bool
):
    again = []

    def ask_again(supply, *_, **__) -> upkeep.Collected:
        again.append(supply)
        return upkeep.Collected()

    monkeypatch.setattr(upkeep, "collect", lambda *_, **__: upkeep.Collected())
    monkeypatch.setattr(upkeep, "ask_again", ask_again)
    plant.now = now
    plant.run("gap-repair")
    assert bool(again) is at_night


def published_and_not_held(plant, first, last) -> dict[str, int]:
    """Values that the stations and the grid tell of these days and the store does not hold."""
    lost = {}
    for supply in plant.factory.feeds.others:
        for batch in supply.feeds[0].source.fetch(first, last, now=plant.now):
            begin, end = local_midnight(first), local_midnight(last + DAY)
            held = plant.store.read(batch.key, begin, end, as_of=plant.now)
            if missing := set(batch.start.tolist()) - set(held.start.tolist()):
                lost[str(batch.key)] = len(missing)
    return lost


def test_on_sundays_the_second_witness_tells_of_the_years_that_the_first_told(plant):
    plant.walk(1, ("history",))
    day = delivery_day(NOON) - 80 * DAY
    begin, end = local_midnight(day), local_midnight(day + DAY)

    def of(source: str) -> int:
        return len(plant.store.read(SPOT, begin, end, as_of=plant.now, source=source))

    assert (of("simulation:ree"), of("simulation:omie")) == (24, 0)
    plant.now = datetime(2025, 11, 23, 2, 40, tzinfo=UTC)  # 03:40 on a Sunday in Madrid
    plant.run("gap-repair")
    assert of("simulation:omie") == 24


def test_a_value_that_a_station_left_out_at_first_is_asked_for_again(plant):
    left_out = every(Fault(FaultKind.MISSING_KEYS))
    plant.faults = left_out
    with suppress(FactoryError):
        plant.run("generation")
    plant.faults = no_faults
    plant.run("generation")
    last = delivery_day(plant.now) - 7 * DAY
    assert published_and_not_held(plant, last - 5 * DAY, last) != {}
    plant.now = datetime(2025, 11, 18, 2, 40, tzinfo=UTC)  # 03:40 in Madrid
    plant.run("gap-repair")
    assert published_and_not_held(plant, last - 5 * DAY, last) == {}


def test_history_that_takes_too_long_goes_on_from_where_it_was(plant):
    def until_the_weather(done: int, total: int, detail: str = "") -> None:
        if "open-meteo" in detail or "aemet" in detail:
            raise TimedOut("not done within its limit")

    history = jobs.jobs_of(plant.factory)["history"]
    stopped = history(plant.now, until_the_weather)
    today = delivery_day(plant.now)
    assert stopped.outcome is Outcome.TIMED_OUT
    assert stopped.counts["reached:pvpc"] < today.toordinal() - 80
    assert stopped.counts["reached:weather"] == today.toordinal() + 1


def test_the_repair_of_short_gaps_brings_every_day_of_them(plant):
    today = delivery_day(plant.now)
    jobs.repair(
        plant.factory,
        first=today - 5 * DAY,
        last=today,
        now=plant.now,
        tell=untold,
        series="spot",
        longest=timedelta(hours=200),
    )
    assert plant.missing(SPOT, today - 5 * DAY, today) == 0


def test_the_repair_of_a_range_asks_for_one_series_only(plant):
    today = delivery_day(plant.now)
    jobs.repair(
        plant.factory,
        first=today - 5 * DAY,
        last=today,
        now=plant.now,
        tell=untold,
        series="spot",
    )
    assert plant.missing(SPOT, today - 5 * DAY, today) == 0
    assert {held.key.name for held in plant.store.coverage()} <= {"spot", "pvpc"}


def test_the_repair_of_short_gaps_leaves_long_ones(plant):
    today = delivery_day(plant.now)
    with_limit = jobs.repair(
        plant.factory,
        first=today - 5 * DAY,
        last=today,
        now=plant.now,
        tell=untold,
        longest=timedelta(hours=6),
    )
    assert with_limit.outcome is Outcome.NOTHING_DUE


def test_a_series_that_is_not_collected_is_named_with_those_that_are(plant):
    with pytest.raises(RequestInvalid, match=r"'cocoa' is collected; there are: .*spot"):
        jobs.chosen(plant.factory, "cocoa")


def test_models_are_trained_kept_and_used(filled):
    told = filled.run("train-prices")
    assert told.then == ("forecast",)
    assert told.counts["pvpc:similar-day"] > 0
    assert len(list(filled.factory.settings.models_folder.glob("*.model"))) == 2
    filled.run("forecast")
    made = filled.store.forecast(PVPC, as_of=filled.now)
    assert "blend" in made.inputs


def test_a_trained_model_that_cannot_be_read_is_an_alert_and_forecasts_go_on(filled):
    filled.run("train-prices")
    for path in filled.factory.settings.models_folder.glob("spot*.model"):
        path.write_bytes(b"not a model")
    filled.run("forecast")
    made = filled.store.forecast(SPOT, as_of=filled.now)
    assert "blend" not in made.inputs
    assert any("is damaged" in note for note in made.notes)
    assert "forecast:spot:model" in filled.run("alerts").counts


def test_forecasts_are_scored_when_prices_arrive_and_once(filled):
    assert filled.run("score").outcome is Outcome.NOTHING_DUE
    filled.now += timedelta(days=2)
    for name in ("pvpc", "spot"):
        filled.run(name)
    told = filled.run("score")
    first = delivery_day(NOON)
    scores = filled.store.scores(SPOT, first=first, last=first + 3 * DAY, as_of=filled.now)
    assert [score.day for score in scores] == [first + DAY, first + 2 * DAY]
    assert told.counts["new:spot"] == 2
    assert "spot, 1 days: MAE" in told.detail
    assert filled.run("score").counts["new:spot"] == 0


def test_alerts_tell_what_is_missing_and_nothing_when_all_is_there(plant):
    assert any(code.startswith("gap:pvpc") for code in plant.run("alerts").counts)
    plant.run("history")
    assert not [code for code in plant.run("alerts").counts if code.startswith("gap:pvpc")]


def test_alerts_are_told_once_and_their_recovery_once_by_webhook(plant, webhook):
    plant.tells(webhook.url, notify_per_hour=20)
    plant.run("alerts")
    titles = [told["title"] for told in webhook.received]
    plant.now += timedelta(minutes=15)
    plant.run("alerts")
    assert len(webhook.received) == len(titles)
    plant.run("history")
    plant.now += timedelta(minutes=15)
    plant.run("alerts")
    ended = [told["title"] for told in webhook.received[len(titles) :]]

    assert "reference chocolate plant: Actuar ya: Faltan datos" in titles
    assert "reference chocolate plant: Resuelto: Faltan datos" in ended
    assert any("DATOS SIMULADOS. PVPC" in told["message"] for told in webhook.received)


def test_alerts_that_reached_nobody_are_told_at_the_next_look(plant, webhook):
    plant.tells(webhook.url)
    webhook.status = 500
    with pytest.raises(SourceUnavailable, match="address 1 could not be reached"):
        plant.run("alerts")
    webhook.status = 200
    webhook.received.clear()
    plant.now += timedelta(minutes=15)
    plant.run("alerts")
    titles = [told["title"] for told in webhook.received]
    assert len(titles) == len({told["message"] for told in webhook.received}) > 0


def test_who_was_not_reached_is_told_later_and_who_was_is_not_told_again(plant, webhooks):
    down, up = webhooks
    down.status = 500
    plant.tells(down.url, up.url, notify_per_hour=20)
    with pytest.raises(SourceUnavailable, match="address 1 could not be reached"):
        plant.run("alerts")
    told = [message["message"] for message in up.received]
    assert len(told) > 1
    assert len(down.received) == 1  # one that does not answer is not asked for every message
    down.status = 200
    down.received.clear()
    plant.now += timedelta(minutes=15)
    plant.run("alerts")

    assert [message["message"] for message in down.received] == told
    assert len(up.received) == len(told)


def test_a_first_plan_is_told_once_to_each_address_when_it_is_reached(filled, webhooks):
    down, up = webhooks
    filled.tells(down.url, up.url, notify_per_hour=20)

    def titles(webhook):
        return [told["title"] for told in webhook.received if "Un primer plan" in told["title"]]

    assert filled.run("plan").then == ("alerts",)
    down.status = 500
    with pytest.raises(SourceUnavailable, match="address 1"):
        filled.run("alerts")
    assert (len(titles(up)), filled.run("plan").outcome) == (1, Outcome.NOTHING_DUE)
    down.status = 200
    down.received.clear()
    for _ in range(2):
        filled.now += timedelta(minutes=15)
        filled.run("alerts")
    assert (len(titles(down)), len(titles(up))) == (1, 1)

    every = alerting.held(filled.store, as_of=filled.now)
    (alert,) = [one.alert for one in every if one.alert.kind is AlertKind.FIRST_PLAN]
    made = filled.plan_in_force()
    assert alert.eur == pytest.approx(made.savings_eur)
    assert alert.values["cost_eur"] == pytest.approx(made.schedule.objective_eur)
    filled.now = alert.valid_until
    filled.run("alerts")
    assert not [title for title in titles(up) + titles(down) if "Resuelto" in title]


def test_a_proposal_is_an_alert_worth_what_it_saves(filled):
    filled.run("plan")
    held = standing(filled.store, as_of=filled.now, slot=filled.factory.task.plant.slot)
    proposed = replace(held.in_force.plan, start=filled.now + 3 * HOUR)
    plan_id = keep_plan(filled.store, proposed, made_at=filled.now)
    before = proposed.schedule.objective_eur + 61.0
    keep_note(
        filled.store,
        Proposed(plan_id, held.in_force.plan_id, before, "saves"),
        at=filled.now,
    )

    assert f"better-plan:{plan_id}" in filled.run("alerts").counts
    every = alerting.held(filled.store, as_of=filled.now)
    (alert,) = [one.alert for one in every if one.alert.kind is AlertKind.BETTER_PLAN]
    assert alert.eur == pytest.approx(61.0)
    assert alert.valid_until == proposed.start


def test_what_no_plan_can_meet_is_an_alert_until_one_can(filled):
    task = filled.factory.task
    weak = replace(task.plant, contracted_kw=(1.0,) * 6)
    whole = filled.factory
    filled.factory = replace(whole, task=replace(task, plant=weak, ways_out_s=0.0, worth_s=0.0))
    with pytest.raises(Infeasible):
        filled.run("plan")
    assert "plan:infeasible" in filled.run("alerts").counts
    filled.factory = whole
    filled.now += timedelta(minutes=15)
    filled.run("plan")
    assert "plan:infeasible" not in filled.run("alerts").counts


@pytest.fixture
def no_esios(monkeypatch) -> None:
    """ESIOS refuses the key; REE and OMIE answer."""
    ingest = pipeline.ingest

    def refused(source, *args, **named):
        if "esios" in source.upstream.feed:
            raise SourceRejected("esios", "401")
        return ingest(source, *args, **named)

    monkeypatch.setattr(pipeline, "ingest", refused)


def test_a_refused_key_is_told_although_another_source_answered(no_esios, plant):
    told = plant.run("pvpc")
    assert told.outcome is Outcome.REJECTED
    assert "401" in told.detail
    assert told.counts["new"] > 0
    assert told.counts["faults"] > 0


def test_a_refused_key_keeps_nobody_from_planning_with_the_prices_of_another(monkeypatch, filled):
    ingest, first = pipeline.ingest, filled.factory.feeds.spot.feeds[0].source

    def refused(source, *args, **named):
        if source is first:
            raise SourceRejected("first", "401")
        return ingest(source, *args, **named)

    monkeypatch.setattr(pipeline, "ingest", refused)
    filled.now += timedelta(hours=11)
    told = filled.run("day-ahead-watch")
    assert told.outcome is Outcome.REJECTED
    assert told.then == ("forecast", "plan", "score")


def test_a_probe_that_is_refused_says_so(monkeypatch, plant):
    def refused(feed, now):
        raise SourceRejected(feed.name, "401")

    monkeypatch.setattr(jobs.keeping, "reachable", refused)
    assert plant.run("probe").outcome is Outcome.REJECTED


def kept_run(plant, job: str, at: datetime, outcome: Outcome) -> None:
    plant.store.save_run(Run(f"{job}-{at:%d%H%M}", job, at, at, outcome))


def overdue(plant) -> list[str]:
    return [code for code in plant.run("alerts").counts if code.startswith("overdue:")]


def test_a_job_that_keeps_failing_is_an_alert_from_its_second_time_until_it_ends_well(plant):
    backup = NOON.replace(hour=2, minute=5)  # 03:05 in Madrid
    kept_run(plant, "backup", backup, Outcome.DONE)
    kept_run(plant, "backup", backup + DAY, Outcome.FAILED)
    plant.now = backup + 2 * DAY - timedelta(minutes=5)
    assert overdue(plant) == []
    kept_run(plant, "backup", backup + 2 * DAY, Outcome.TIMED_OUT)
    plant.now = backup + 2 * DAY + timedelta(minutes=10)
    assert overdue(plant) == ["overdue:backup"]
    kept_run(plant, "backup", plant.now, Outcome.DONE)
    plant.now += timedelta(minutes=15)
    assert overdue(plant) == []


def test_a_job_of_every_quarter_hour_has_a_day_and_one_that_never_ended_well_counts(plant):
    for number in range(97):
        kept_run(plant, "advise", NOON + number * timedelta(minutes=15), Outcome.FAILED)
    plant.now = NOON + DAY - timedelta(minutes=1)
    assert overdue(plant) == []
    plant.now = NOON + DAY
    assert overdue(plant) == ["overdue:advise"]


@pytest.mark.parametrize("last", [None, Outcome.INTERRUPTED, Outcome.REJECTED])
def test_a_stop_of_the_program_is_no_job_that_keeps_failing(plant, last: Outcome | None):
    kept_run(plant, "backup", NOON, Outcome.DONE)
    plant.now = NOON + 9 * DAY
    if last:
        kept_run(plant, "backup", plant.now, last)
    assert overdue(plant) == []


def test_a_backup_is_written_and_the_oldest_are_let_go(plant):
    plant.run("pvpc")
    for hours in range(16):
        plant.now = NOON + timedelta(hours=hours)
        plant.run("backup")
    kept = sorted(path.name for path in plant.factory.settings.backup_folder.glob("*.zip"))
    assert len(kept) == 14
    assert kept[-1] == "chocolate-factory-20251117T010000Z.zip"


def test_the_nightly_backup_holds_the_configuration_and_says_what_lies_elsewhere(plant):
    plant.run("pvpc")
    settings = plant.factory.settings
    settings.config_folder.mkdir(parents=True)
    (settings.config_folder / "plant.yaml").write_text("name: kept\n")
    named = settings.model_copy(update={"orders": Path("/nowhere/orders.yaml")})
    plant.factory = replace(plant.factory, settings=named)
    told = plant.run("backup")
    assert told.counts["files"] == 1
    assert told.detail.endswith("not in it: /nowhere/orders.yaml")
    (path,) = settings.backup_folder.glob("*.zip")
    assert list(read_backup(path).files()) == [("config/plant.yaml", b"name: kept\n")]


def test_answers_are_kept_as_received_and_let_go_after_their_time(plant):
    plant.run("pvpc")
    assert {answer.feed for answer in plant.factory.raw.answers()} == {
        "ree-prices",
        "esios-archive-70",
    }
    old = list(plant.factory.raw.answers())
    plant.now += timedelta(days=401)
    assert plant.run("retention").outcome is Outcome.NOTHING_DUE  # is it the clock that ran?
    assert list(plant.factory.raw.answers()) == old
    plant.run("pvpc")
    assert plant.run("retention").counts["answers"] == len(old)
    assert all(answer not in old for answer in plant.factory.raw.answers())


def test_kept_answers_read_again_change_nothing(plant):
    for name in ("pvpc", "spot", "weather", "generation"):
        plant.run(name)
    known = {feed.name: feed for feed in plant.factory.feeds.all}
    first = upkeep.reparse(plant.factory.raw.answers(), known, plant.store, now=plant.now)
    again = upkeep.reparse(plant.factory.raw.answers(), known, plant.store, now=plant.now)
    assert again.answers > 8
    assert (first.revised, first.unreadable, first.of_unknown_feeds) == (0, 0, 0)
    assert (again.new, again.revised) == (0, 0)


def test_a_store_that_lost_its_values_gets_them_from_kept_answers(plant, tmp_path):
    plant.run("pvpc")
    known = {feed.name: feed for feed in plant.factory.feeds.all}
    with ExitStack() as stack:
        other = Plant(tmp_path / "other", stack)
        told = upkeep.reparse(plant.factory.raw.answers(), known, other.store, now=plant.now)
        held = [piece for piece in plant.store.dump() if isinstance(piece, Vintages)]
        assert told.new == sum(piece.start_s.size for piece in held)
        assert other.store.coverage() == plant.store.coverage()


def test_only_feeds_that_said_nothing_for_a_day_are_probed(plant):
    silent = plant.run("probe")
    assert silent.counts == {"asked": len(plant.factory.feeds.all), "lost": 0}
    assert plant.run("probe").outcome is Outcome.NOTHING_DUE


def test_hybrid_weather_prefers_the_station_by_night_and_the_service_by_day(plant):
    plant.walk(26, ("weather",))
    told = upkeep.hybrid_weather(
        plant.store,
        plant.factory.feeds.weather.keys,
        start=plant.now - timedelta(hours=24),
        end=plant.now,
        as_of=plant.now,
    )
    temperature = [value for value in told.values if value.key.name == "temperature"]
    by_night = {v.source for v in temperature if v.start.hour < 8}
    by_day = {v.source for v in temperature if v.start.hour >= 8}
    assert "simulation:aemet" in by_night
    assert "simulation:openweathermap" in by_day
    assert all(
        v.preferred == ("aemet" if v.start.hour < 8 else "openweathermap") for v in temperature
    )


def test_without_keys_the_weather_is_open_meteos(tmp_path):
    from chocolate_factory.app.feeds import feeds_at, simulated_addresses  # noqa: PLC0415

    services = SimulatedNetwork(1, lambda: NOON)
    where = simulated_addresses(load_settings(data_dir=tmp_path), services)
    bare = replace(where, esios_token="", aemet_key="", openweathermap_key="", siar_key="")
    with Transport(AT_ONCE, network=LocalNetwork(services)) as transport:
        feeds = feeds_at(bare, transport, None)
    names = {feed.name for feed in feeds.all}
    assert names == {
        "ree-prices",
        "esios-archive-70",
        "omie",
        "open-meteo-forecast",
        "open-meteo-archive",
        "ree-generation",
        "ree-demand",
    }


def test_a_first_start_waits_and_does_not_fail_while_nothing_is_stored(plant):
    for name in ("advise", "train-advice", "backup"):
        told = plant.run(name)
        assert told.outcome is Outcome.NOTHING_DUE, (name, told.detail)
        assert "periods ." not in told.detail


def test_repair_leaves_an_empty_store_to_the_history_and_says_so(plant):
    plant.faults = every(Fault(FaultKind.RESET))
    names = ("history", "gap-repair", "forecast", "plan", "train-prices", "train-advice")
    repaired, *_ = (run for run in plant.walk(6, names) if run.job == "gap-repair")
    assert repaired.outcome is Outcome.NOTHING_DUE
    assert "left to the job history" in repaired.detail


def test_files_of_the_folder_are_imported_with_progress(plant, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for month in ("01", "02"):
        (folder / f"pvpc-{month}.csv").write_text(
            f"time_utc,price_eur_kwh\n2025-{month}-03T00:00:00Z,0.1\n", encoding="utf-8"
        )
    (folder / "wrong.csv").write_text("time_utc,price_eur_kwh\nnever,0.1\n", encoding="utf-8")
    seen = []
    told = import_folder(
        plant.factory, folder, plant.now, lambda done, total, _="": seen.append((done, total))
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert told.counts == {"files": 3, "new": 2, "revised": 0, "unchanged": 0, "refused": 1}
    assert "wrong.csv" in told.detail


def test_advice_waits_for_a_longer_history_and_the_rule_answers_meanwhile(filled):

    told = filled.run("train-advice")
    assert told.outcome is Outcome.NOTHING_DUE
    assert "30 are needed to learn" in told.detail
    assert "by the rule" in filled.run("advise").detail
    shown = advising.read_current(filled.factory.settings.models_folder, now=NOON)
    assert shown is not None
    assert "no advice model has been trained yet" in shown.why_no_model


def test_limits_are_those_of_stages_that_the_plant_has(plant):
    assert [(one.stage, one.bound) for one in jobs.ambient_limits(plant.factory)] == [
        ("conching", 28.0), ("tempering", 26.0),
    ]  # fmt: skip


def test_limits_of_the_plant_come_before_those_of_the_settings(plant):
    task = plant.factory.task
    own = {
        "tempering": AmbientLimits(max_c=24.0, max_humidity_pct=55.0),
        "moulding": AmbientLimits(max_c=0.0, min_c=-5.0),
    }
    stages = tuple(replace(stage, ambient=own.get(stage.name)) for stage in task.plant.stages)
    factory = replace(plant.factory, task=replace(task, plant=replace(task.plant, stages=stages)))

    limits = jobs.ambient_limits(factory)
    assert {(one.stage, one.kind): one.bound for one in limits} == {
        ("conching", "max_c"): 28.0, ("tempering", "max_c"): 24.0,
        ("tempering", "max_humidity_pct"): 55.0,
        ("moulding", "max_c"): 0.0, ("moulding", "min_c"): -5.0,
    }  # fmt: skip
    damp = tuple(
        replace(stage, ambient=AmbientLimits(max_humidity_pct=55.0)) for stage in task.plant.stages
    )
    factory_of_damp = replace(factory, task=replace(task, plant=replace(task.plant, stages=damp)))
    assert ("tempering", 26.0) in {
        (one.stage, one.bound) for one in jobs.ambient_limits(factory_of_damp)
    }
    shown = {
        (one.stage, one.variable, one.most) for one in analysis_desk(factory, plant.now).limits
    }
    assert ("tempering", "temp_max", 24.0) in shown
    assert ("tempering", "humidity_max", 55.0) in shown
    assert {variable for _, variable, _ in shown} == {"temp_max", "humidity_max"}
