"""Several sites in one process: what is done once, what each does, and that none stops another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import NoReturn

import pytest
from fastapi.testclient import TestClient

from chocolate_factory import alerting, jobs, schedule
from chocolate_factory.app.desks import plans
from chocolate_factory.app.desks.actions import actions_of
from chocolate_factory.app.desks.fleet import fleet_desk
from chocolate_factory.app.factory import open_sites
from chocolate_factory.app.serving import build_web
from chocolate_factory.errors import PlantInvalid, RequestInvalid
from chocolate_factory.fleet.results import Verb, keep_refusal
from chocolate_factory.insights.alerts import Alert, AlertKind, Gravity
from chocolate_factory.jobs import Sites
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.settings import load_settings
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.transport import DEFAULT_LIMITS, LocalNetwork, Transport
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Outcome, Run, Store

NOON = datetime(2025, 11, 16, 10, tzinfo=UTC)  # 11:00 in Madrid: nothing of tomorrow is public
HOUR = timedelta(hours=1)
AT_ONCE = replace(DEFAULT_LIMITS, attempts=1, wait_first_s=0.0, jitter_s=0.0, spacing_s=0.0)

PLANT = """\
name: press of {name}
slot_min: 15
batch_kg: 10
grades: [a]
stages:
  - {{name: pressing, machine: press, count: 1, staffed: never, phases: {{all: [[60, 8]]}}}}
shifts: {{mon: [06:00-14:00], tue: [06:00-14:00], wed: [06:00-14:00]}}
contracted_kw: {{P1: 20, P2: 20, P3: 20, P4: 20, P5: 20, P6: 20}}
base_load: []
"""
ORDERS = """\
weekly: {{mon: {{a: {kg}}}, tue: {{a: {kg}}}}}
due: {{default: 23:00 same day}}
"""
SITE = """\
name: {name}
title: {title}
latitude: 38.0{number}
longitude: -3.6{number}
plant: {name}/plant.yaml
orders: {name}/orders.yaml
contract: {contract}
{more}
"""
SITES = (
    ("jaen", "Fábrica de Jaén", "indexed-3.0td"),
    ("lugo", "Lugo <norte>", "pvpc"),
    ("vigo", "Vigo", "indexed-6.1td"),
)


def write_sites(folder: Path, *, kg: int = 20, more: dict[str, str] | None = None) -> Path:
    """Three small plants near the only place that is simulated."""
    for number, (name, title, contract) in enumerate(SITES, start=7):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "plant.yaml").write_text(PLANT.format(name=name))
        (folder / name / "orders.yaml").write_text(ORDERS.format(kg=kg))
        said = {"name": name, "title": title, "contract": contract, "number": number}
        text = SITE.format(**said, more=(more or {}).get(name, ""))
        (folder / f"{number}-{name}.yaml").write_text(text, encoding="utf-8")
    return folder


class Group:
    """Sites whose clock a test moves."""

    def __init__(self, folder: Path, stack: ExitStack, **settings: object) -> None:
        self.now = NOON
        self.services = SimulatedNetwork(1, lambda: self.now)
        said = {"data_dir": folder / "data", "sites_dir": folder / "sites", "history_days": 60}
        sites = stack.enter_context(
            open_sites(
                load_settings(**said).model_copy(update=settings),
                simulated=self.services,
                transport=Transport(AT_ONCE, spacing_s={}, network=LocalNetwork(self.services)),
            )
        )

        # Ways out and shadow prices are plans more, and tests of their own.
        self.sites = Sites(
            sites.zone,
            {
                name: replace(one, task=replace(one.task, ways_out_s=0.0, worth_s=0.0))
                for name, one in sites.factories.items()
            },
        )

    @property
    def store(self):
        return self.sites.zone.store

    def of(self, name: str):
        return self.sites.factories[name]

    def walk(self, hours: float, names: tuple[str, ...]) -> list[Run]:
        """Those jobs, of all and of each site, as the schedule would run them."""
        whole, work = jobs.every_job(self.sites)
        table = tuple(timing for timing in whole if timing.name in names)

        def at_its_time(key):
            def doing(now, tell):
                self.now = now
                result = work[key](now, tell)
                then = tuple(one for one in result.then if one in kept)
                return replace(result, then=then)

            return doing

        kept = {timing.key for timing in table}
        named = {key: at_its_time(key) for key in kept}
        end = self.now + timedelta(hours=hours)
        runs = list(schedule.walk(named, self.store, table, start=self.now, end=end, seed=1))
        self.now = end
        return runs

    def plan_of(self, name: str):
        factory = self.of(name)
        slot = factory.task.plant.slot
        return standing(factory.store, as_of=self.now, slot=slot).in_force


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three site files."""
    write_sites(tmp_path / "sites")
    return tmp_path


@pytest.fixture
def group(folder: Path) -> Iterator[Group]:
    """Three sites that hold nothing yet."""
    with ExitStack() as stack:
        yield Group(folder, stack)


@pytest.fixture(scope="module")
def after_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of three sites whose history is whole."""
    folder = tmp_path_factory.mktemp("group")
    write_sites(folder / "sites")
    with ExitStack() as stack:
        group = Group(folder, stack)
        _, work = jobs.every_job(group.sites)
        for key in ("history", *(f"history@{name}" for name, *_ in SITES)):
            work[key](NOON, lambda done, total, detail="": None)
    return folder


@pytest.fixture
def filled(after_history: Path, tmp_path: Path) -> Iterator[Group]:
    """Three sites of the test's own that have their history."""
    shutil.copytree(after_history, tmp_path / "filled")
    with ExitStack() as stack:
        yield Group(tmp_path / "filled", stack)


def test_what_concerns_the_market_is_done_once_and_the_rest_by_each_site(group: Group) -> None:
    table, work = jobs.every_job(group.sites)
    assert {timing.key for timing in table} == set(work)
    once = {timing.name for timing in table if not timing.site}
    assert once >= {"pvpc", "spot", "forecast", "train-prices", "score", "backup", "alerts"}
    assert once.isdisjoint({"plan", "savings-close", "advise", "train-advice"})
    for name, *_ in SITES:
        own = {timing.name for timing in table if timing.site == name}
        assert own == {
            *("plan", "savings-close", "advise", "train-advice", "alerts"),
            *("weather", "weather-forecast", "history", "gap-repair"),
        }


def test_prices_do_not_wait_for_the_weather_of_every_site(group: Group) -> None:
    table, _ = jobs.every_job(group.sites)
    lanes = {timing.key: timing.lane.value for timing in table}
    own = {lane for key, lane in lanes.items() if key.startswith("weather") and "@" in key}
    assert own == {"places"}
    assert {lanes[key] for key in ("day-ahead-watch", "pvpc", "weather")} == {"fetch"}


def test_alone_the_table_is_what_it_always_was(tmp_path: Path) -> None:
    with ExitStack() as stack:
        group = Group(tmp_path, stack, sites_dir=None)
        table, work = jobs.every_job(group.sites)
    assert table == schedule.TABLE
    assert set(work) == {timing.name for timing in schedule.TABLE}
    assert list(group.sites.factories) == [""]


def test_a_day_of_three_sites_forecasts_once_and_plans_each(filled: Group) -> None:
    names = ("spot", "pvpc", "day-ahead-watch", "forecast", "plan", "weather")

    def forecasts(key: SeriesKey) -> int:
        return len(filled.store.forecasts(key, made_from=NOON, made_to=filled.now + HOUR))

    before = {key: forecasts(key) for key in (PVPC, SPOT)}
    runs = filled.walk(12, names)
    assert {run.outcome for run in runs if run.job == "plan"} <= {Outcome.DONE, Outcome.NOTHING_DUE}
    for name, *_ in SITES:
        kept = filled.plan_of(name)
        assert kept is not None
        assert kept.plan.plant == f"press of {name}"
        assert {run.site for run in filled.of(name).store.runs(job="plan")} == {name}
    assert filled.store.plan(as_of=filled.now) is None
    asked = [run for run in runs if run.job == "forecast" and run.outcome is Outcome.DONE]
    assert asked
    assert {key: forecasts(key) - before[key] for key in before} == dict.fromkeys(
        before, len(asked)
    )
    went: list[str] = []

    def elsewhere(work, whose, now, tell):
        went.append(work.__name__)
        return work(whose, now, tell)

    _, work = jobs.every_job(filled.sites, elsewhere)
    again = work["plan@jaen"](filled.now, lambda *_: None)
    assert (again.outcome, went) == (Outcome.NOTHING_DUE, [])  # no process for nothing
    work["forecast"](filled.now, lambda *_: None)
    assert went == ["forecast"]
    assert {one.plan.contract for name, *_ in SITES if (one := filled.plan_of(name))} == {
        contract for *_, contract in SITES
    }


def test_beside_the_planner_of_a_fleet_each_site_is_planned_at_night_only_if_that_was_not_done(
    after_history: Path, tmp_path: Path
) -> None:
    shutil.copytree(after_history, tmp_path / "filled")
    with ExitStack() as stack:
        group = Group(tmp_path / "filled", stack, cluster_url="tcp://127.0.0.1:8786")
        names = ("spot", "pvpc", "day-ahead-watch", "forecast", "plan", "score", "alerts")
        evening = group.walk(12, names)  # to 23:00 in Madrid, both markets out
        assert "forecast" in {run.job for run in evening if run.outcome is Outcome.DONE}
        assert {run.started_at for run in evening if run.job == "plan"} == {NOON}  # never ran
        by_hand = jobs.plan_now(group.of("lugo"), group.now, lambda *_: None)
        assert by_hand.outcome is Outcome.DONE
        night = {run.site: run.outcome for run in group.walk(3, names) if run.job == "plan"}
        assert night == {
            "jaen": Outcome.DONE, "lugo": Outcome.NOTHING_DUE, "vigo": Outcome.DONE,
        }  # fmt: skip
        table, _ = jobs.every_job(group.sites)
        assert {one.when for one in table if one.name == "plan"} == {"01:10"}


def test_weather_is_collected_for_each_place_and_told_apart(filled: Group) -> None:
    filled.walk(2, ("weather",))
    for name, *_ in SITES:
        held = {one.key for one in filled.of(name).store.coverage()}
        assert SeriesKey("temperature", f"site:{name}") in held
        assert not {key for key in held if key.place.startswith("site:")} - {
            key for key in held if key.place == f"site:{name}"
        }
    kept = {answer.feed for answer in filled.sites.zone.raw.answers()}
    assert {f"open-meteo-forecast@site:{name}" for name, *_ in SITES} <= kept


def test_one_site_that_fails_stops_no_other_and_says_so(
    filled: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = filled.of("jaen")
    make = jobs.planning.conduct.replan

    def replan(store, task, **said):
        if store.site == broken.store.site:
            raise PlantInvalid("plant.yaml", ("line 1: the press is away",))
        return make(store, task, **said)

    monkeypatch.setattr(jobs.planning.conduct, "replan", replan)
    filled.walk(12, ("spot", "pvpc", "day-ahead-watch", "forecast", "plan"))
    assert filled.plan_of("jaen") is None
    assert filled.plan_of("lugo") is not None
    assert filled.plan_of("vigo") is not None
    newest = filled.of("jaen").store.runs(job="plan")[0]
    assert (newest.outcome, "the press is away" in newest.detail) == (Outcome.FAILED, True)


class Webhook:
    """A receiver on loopback that keeps what it is told."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.titles.append(json.loads(body)["title"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def webhooks() -> Iterator[tuple[Webhook, Webhook]]:
    hooks = (Webhook(), Webhook())
    threads = [Thread(target=hook.server.serve_forever) for hook in hooks]
    for thread in threads:
        thread.start()
    yield hooks
    for hook, thread in zip(hooks, threads, strict=True):
        hook.server.shutdown()
        thread.join()
        hook.server.server_close()


def test_a_site_tells_its_own_people_and_the_others_the_common_ones(
    folder: Path, webhooks: tuple[Webhook, Webhook]
) -> None:
    common, own = webhooks
    write_sites(folder / "sites", kg=400, more={"vigo": f"notify_urls: [{own.url}]"})
    with ExitStack() as stack:
        group = Group(folder, stack, notify_urls=(common.url,))
        _, work = jobs.every_job(group.sites)
        for key in ("history", "history@lugo", "history@vigo"):
            work[key](NOON, lambda done, total, detail="": None)
        group.walk(12, ("spot", "pvpc", "day-ahead-watch", "forecast", "plan"))
        for name in ("lugo", "vigo"):
            group.walk(0.4, ("alerts",))
            held = alerting.held(group.of(name).store, as_of=group.now)
            assert AlertKind.PLAN_INFEASIBLE in {one.alert.kind for one in held}
    assert any(title.startswith("Lugo <norte>: ") for title in common.titles)
    assert not any(title.startswith("Vigo: ") for title in common.titles)
    assert own.titles
    assert all(title.startswith("Vigo: ") for title in own.titles)


def test_one_address_of_all_sites_gets_one_hours_messages_and_one_summary(
    folder: Path, webhooks: tuple[Webhook, Webhook], monkeypatch: pytest.MonkeyPatch
) -> None:
    common, _ = webhooks
    found = tuple(
        Alert(f"raw:{n}", AlertKind.RAW_DAMAGED, Gravity.WARNING, {"file": f"{n}"})
        for n in range(3)
    )
    monkeypatch.setattr(jobs.alerts, "found_now", lambda *_: found)
    monkeypatch.setattr(jobs.alerts, "found_for_all", lambda *_: ())
    with ExitStack() as stack:
        group = Group(folder, stack, notify_urls=(common.url,), notify_per_hour=2)
        group.walk(0.2, ("alerts",))
        assert len(common.titles) == 2
        group.walk(0.7, ("alerts",))
    assert common.titles[2:] == ["7 avisos más en 3 centros"]


def test_what_all_share_is_told_once_and_shown_at_every_site(filled: Group) -> None:
    filled.now += timedelta(days=3)  # nothing was collected since
    filled.walk(0.4, ("alerts",))
    of_all = alerting.held(filled.store, as_of=filled.now)
    gaps = [one.alert.values for one in of_all if one.alert.kind is AlertKind.GAP]
    told = {str(one["series"]): str(one.get("others", "")).split(",") for one in gaps}
    assert set(told) == {"pvpc", "spot", "temperature"}  # each service once, whatever it tells
    assert len(gaps) == 3
    assert {"humidity", "precipitation"} < set(told["temperature"])
    web = build_web(filled.sites, lambda: filled.now, catch_up=False)
    with TestClient(web, client=("127.0.0.1", 50_000), base_url="http://127.0.0.1:8000") as client:
        for name, *_ in SITES:
            own = {one.alert_id for one in alerting.held(filled.of(name).store, as_of=filled.now)}
            assert own == set()
            told = client.get("/insights/alerts", params={"site": name}).json()
            assert {one["alert_id"] for one in told["holding"]} >= {
                one.alert_id for one in of_all if one.ended is None
            }


def test_weather_that_stays_away_from_one_site_alone_is_its_own(filled: Group) -> None:
    filled.now += timedelta(days=3)
    filled.walk(0.4, ("alerts",))
    lugo = filled.of("lugo")

    def gaps(hours: float) -> list[str]:
        """Series that lugo alone is told to lack, after hours in which all others have weather."""
        filled.walk(hours, ("alerts",))
        held = alerting.held(lugo.store, as_of=filled.now)
        kinds = (one.alert for one in held if not one.ended and one.alert.kind is AlertKind.GAP)
        return [str(one.values["series"]) for one in kinds]

    zone = filled.sites.zone
    jobs.collecting.recent(zone, zone.feeds.weather, filled.now, lambda *_: None)
    assert gaps(0.5) == []
    assert gaps(4) == ["temperature"]


def test_one_comparison_is_computed_at_a_time_whatever_site_it_is_of(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = Event(), Event()

    def long(*_: object, **__: object) -> NoReturn:
        begun.set()
        go_on.wait(5)
        raise RequestInvalid("enough of it")

    monkeypatch.setattr(plans, "what_if", long)
    web = build_web(group.sites, lambda: group.now, catch_up=False)
    with TestClient(web, client=("127.0.0.1", 50_000), base_url="http://127.0.0.1:8000") as client:

        def ask(name: str) -> int:
            asked = {"variants": [{"name": "more presses", "machines": {"pressing": 1}}]}
            path = "/optimize/production/what-if"
            return client.post(path, params={"site": name}, json=asked).status_code

        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(ask, "jaen")
            assert begun.wait(20)
            meanwhile = ask("lugo")
            go_on.set()
        assert (first.result(), meanwhile, ask("vigo")) == (422, 503, 422)


def test_the_plant_of_before_goes_on_beside_a_new_one(folder: Path) -> None:
    with ExitStack() as stack:
        before = Group(folder, stack, sites_dir=None)
        store = before.store
        store.save_run(Run("plan-1", "plan", NOON, NOON, Outcome.DONE))
    text = "name: linares\ntitle: Linares\ncontinues: true\n"
    (folder / "sites" / "1-linares.yaml").write_text(text)
    with ExitStack() as stack:
        group = Group(folder, stack)
        assert list(group.sites.factories) == ["linares", "jaen", "lugo", "vigo"]
        assert [run.run_id for run in group.of("linares").store.runs()] == ["plan-1"]
        assert group.of("jaen").store.runs() == ()
        table, work = jobs.every_job(group.sites)
        assert {timing.name for timing in table if not timing.site} == {
            timing.name for timing in schedule.TABLE
        }
        assert "plan" in work
        assert "plan@linares" not in work


def busy_since(store: Store, failed: Run) -> None:
    """Keep a run that failed, and what a job of every quarter-hour writes in the days after it."""
    store.save_run(failed)
    for number in range(1, 260):
        at = failed.started_at + number * HOUR / 4
        store.save_run(Run(f"advise-{store.site}-{number}", "advise", at, at, Outcome.DONE))


def test_a_nightly_job_that_failed_is_told_until_it_ends_well(group: Group) -> None:
    group.now = NOON + timedelta(days=3)
    jaen, zone = group.of("jaen"), group.sites.zone
    busy_since(jaen.store, Run("1", "savings-close", NOON, NOON, Outcome.FAILED))
    busy_since(zone.store, Run("2", "backup", NOON, NOON, Outcome.REJECTED))
    seen = fleet_desk(group.sites, lambda: group.now).seen()
    assert [(one.site.name, one.failing) for one in seen.sites] == [
        ("jaen", 1), ("lugo", 0), ("vigo", 0),
    ]  # fmt: skip
    found = jobs.alerts.found_for_all(zone, group.now)
    assert [one.code for one in found if one.kind is AlertKind.JOB_REJECTED] == ["rejected:backup"]


def test_why_the_newest_try_to_plan_came_to_nothing_is_told_until_one_does(group: Group) -> None:
    jaen, lugo = group.of("jaen"), group.of("lugo")
    keep_refusal(jaen.store, Verb.PLAN, "too much is ordered", at=group.now - HOUR)
    failed = Run("1", "plan", group.now - HOUR, group.now, Outcome.FAILED, "no prices")
    lugo.store.save_run(failed)

    def refused() -> list[str | None]:
        return [one.refused for one in fleet_desk(group.sites, lambda: group.now).seen().sites]

    assert refused() == ["too much is ordered", "no prices", None]
    lugo.store.save_run(Run("2", "plan", group.now, group.now, Outcome.DONE))
    assert refused() == ["too much is ordered", None, None]


def test_that_a_site_was_looked_at_for_alerts_is_told_at_once(group: Group) -> None:
    desk = fleet_desk(group.sites, lambda: group.now)
    assert [one.looked_at for one in desk.seen().sites] == [None, None, None]
    group.of("jaen").store.save_run(Run("1", "alerts", NOON, NOON, Outcome.DONE))
    assert [one.looked_at for one in desk.seen().sites] == [NOON, None, None]


def test_no_site_waits_with_plan_or_alerts_for_the_advice_of_the_others(group: Group) -> None:
    table, _ = jobs.every_job(group.sites)
    keys = [timing.key for timing in table]
    for first, later in (("plan", "train-advice"), ("alerts", "advise")):
        last = max(keys.index(f"{first}@{name}") for name in group.sites.named)
        assert last < min(keys.index(f"{later}@{name}") for name in group.sites.named)


def test_what_is_fetched_now_for_one_site_is_not_taken_for_the_fetching_of_another(
    filled: Group,
) -> None:
    table, work = jobs.every_job(filled.sites)
    scheduler = schedule.start(
        work, filled.store, table=table, catch_up=False, clock=lambda: filled.now
    )
    try:
        begun = {
            name: actions_of(filled.of(name), lambda: filled.now, lambda: scheduler).ingest_now()
            for name in ("jaen", "lugo")
        }
    finally:
        scheduler.stop()
    assert {name: run.site for name, run in begun.items()} == {"jaen": "jaen", "lugo": "lugo"}
    assert begun["jaen"].run_id != begun["lugo"].run_id
