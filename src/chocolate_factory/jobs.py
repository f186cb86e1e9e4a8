"""WHAT EACH NAME OF THE SCHEDULE'S TABLE DOES for one factory. Each is a loop over the verbs."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from chocolate_factory import advising, conduct, oversight, pipeline, upkeep
from chocolate_factory.conduct.month import Emission
from chocolate_factory.errors import (
    FactoryError,
    MissingData,
    ModelNotFitted,
    NotPublished,
    RequestInvalid,
    TimedOut,
)
from chocolate_factory.fleet import resumable
from chocolate_factory.insights.advice.answer import AmbientLimit
from chocolate_factory.market.calendar import (
    days_between,
    delivery_day,
    local_midnight,
    to_datetime,
)
from chocolate_factory.market.catalog import DAY, PVPC, SPOT, spec
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.notify.message import Message, deliver
from chocolate_factory.schedule import Job, JobResult, Progress
from chocolate_factory.settings import Settings
from chocolate_factory.standing import standing
from chocolate_factory.store.backup import prune_backups, write_backup
from chocolate_factory.store.base import Outcome, Run, Store
from chocolate_factory.store.raw import RawArchive, damaged_archives

FORECAST_AHEAD = timedelta(days=7)
"""How far ahead weather is collected."""

DIFFERING_WITHIN = timedelta(days=7)
"""Prices of so many days are compared between their sources."""

REPAIRED_WITHIN = timedelta(days=35)
"""Gaps younger than this are asked for at every repair; older ones once a week."""

FORECAST_SERIES = (PVPC, SPOT)
"""The price series that are forecast."""

SCORED_WITHIN = timedelta(days=45)
"""Forecasts made so long ago are looked at every night: their last day is a month old then."""

SCORED_AT_ALL = timedelta(days=400)
"""Those made so long ago on Sundays, for prices that came late, and while nothing is scored yet."""

ADVICE_LEARNED_EVERY = timedelta(days=7)
"""The advice is learned anew so often, and at once for another plant, orders or contract."""

RUNS_KEPT = timedelta(days=90)
SILENT_AFTER = timedelta(hours=24)
"""A feed that answered nothing for so long is probed."""

MEASURING_PROCESSES = max(2, (os.cpu_count() or 1) - 1)
"""A backtest works in processes of its own, so that pages are answered meanwhile."""

ALERT_AFTER = timedelta(hours=3)
"""A value is announced as missing so long after it was due."""


@dataclass(frozen=True, slots=True)
class Feeds:
    """Every upstream of one factory, by what they tell.

    ``supplies`` keep themselves whole; ``outlooks`` tell the weather to come and are asked anew at
    every run, first asked in front.
    """

    pvpc: upkeep.Supply
    spot: upkeep.Supply
    weather: upkeep.Supply
    others: tuple[upkeep.Supply, ...]
    outlooks: tuple[upkeep.Feed, ...]

    @property
    def supplies(self) -> tuple[upkeep.Supply, ...]:
        """All that stays complete by itself, in the order in which history is fetched."""
        return (self.pvpc, self.spot, self.weather, *self.others)

    @property
    def all(self) -> tuple[upkeep.Feed, ...]:
        """Every feed once."""
        every = [feed for supply in self.supplies for feed in supply.feeds] + list(self.outlooks)
        return tuple({feed.name: feed for feed in every}.values())

    @property
    def watched(self) -> tuple[SeriesKey, ...]:
        """Prices and weather: what the page reports on."""
        return (*self.pvpc.keys, *self.spot.keys, *self.weather.keys)


@dataclass(frozen=True, slots=True)
class Factory:
    """One plant with its store, its feeds and what it pays. ``raw`` keeps answers as received,
    ``models`` what was trained."""

    settings: Settings
    store: Store
    raw: RawArchive
    models: oversight.ModelFolder
    feeds: Feeds
    task: pipeline.PlanTask


def jobs_of(factory: Factory) -> Mapping[str, Job]:
    """What each name of the table does for ``factory``."""
    return {
        "pvpc": _prices(factory, factory.feeds.pvpc),
        "spot": _prices(factory, factory.feeds.spot),
        "day-ahead-watch": lambda now, tell: watch(factory, now, tell),
        "weather": lambda now, tell: _recent(factory, factory.feeds.weather, now, tell),
        "weather-forecast": lambda now, tell: outlook(factory, now, tell),
        "generation": lambda now, tell: _others(factory, now, tell),
        "history": lambda now, tell: history(factory, now, tell),
        "gap-repair": lambda now, tell: repair_nightly(factory, now, tell),
        "train-prices": lambda now, tell: train_prices(factory, now, tell),
        "train-advice": lambda now, tell: train_advice(factory, now, tell),
        "forecast": lambda now, tell: forecast(factory, now, tell),
        "plan": lambda now, tell: plan(factory, now, tell),
        "score": lambda now, tell: score(factory, now, tell),
        "savings-close": lambda now, tell: savings_close(factory, now, tell),
        "advise": lambda now, tell: advise(factory, now, tell),
        "alerts": lambda now, tell: alerts(factory, now, tell),
        "backup": lambda now, tell: backup(factory, now, tell),
        "retention": lambda now, tell: retention(factory, now, tell),
        "probe": lambda now, tell: probe(factory, now, tell),
    }


def result_of(collected: upkeep.Collected) -> JobResult:
    """What collecting came to, as a run tells it; raises the first fault if all questions failed.

    Raises ``NotPublished`` if everything that was asked is not published yet.
    """
    collected.require_success()
    counts = {
        "requests": collected.asked,
        "new": collected.new,
        "revised": collected.revised,
        "absent_days": collected.absent,
        "faults": len(collected.faults),
        "left_out": collected.left_out,
    }
    if not collected.asked:
        return JobResult("nothing is due", counts, Outcome.NOTHING_DUE)
    detail = f"{collected.new} new, {collected.revised} revised"
    if collected.absent:
        detail += f", {collected.absent} days not published"
    if collected.left_out:
        detail += f", {collected.left_out} implausible values left out"
    if collected.faults:
        detail += f"; {collected.faults[0]}"
    only_absent = not collected.answered and not collected.faults
    return JobResult(detail, counts, Outcome.NOT_PUBLISHED if only_absent else Outcome.DONE)


def watch(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Ask for tomorrow's prices that are due; once they are there, forecast and plan anew."""
    tomorrow = delivery_day(now) + DAY
    total = upkeep.Collected()
    for supply in (factory.feeds.spot, factory.feeds.pvpc):
        for feed in supply.feeds:
            missing = upkeep.days_due(
                upkeep.Feed(feed.source, own=False),
                supply.keys,
                factory.store,
                first=tomorrow,
                last=tomorrow,
                now=now,
            )
            total += upkeep.collect_from(feed, factory.store, missing, now=now, tell=tell)
    made = factory.store.forecast(PVPC, as_of=now)
    news = [news for key in (PVPC, SPOT) if (news := _news(factory.store, key, tomorrow, now))]
    if news and (made is None or made.origin < max(news)):
        return JobResult(
            "tomorrow's prices are published",
            {"new": total.new},
            then=("forecast", "plan", "score"),
        )
    return result_of(total)


def outlook(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Ask every feed of weather to come."""
    today = delivery_day(now)
    total = upkeep.Collected()
    for feed in factory.feeds.outlooks:
        last = min(today + FORECAST_AHEAD, feed.source.upstream.reach(today)[1])
        days = [today + n * DAY for n in range((last - today).days + 1)]
        total += upkeep.collect_from(feed, factory.store, days, now=now, tell=tell)
    return result_of(total)


def history(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Fetch what the plant wants of the past and nobody has asked for yet, newest first."""
    first_made = factory.store.forecast(PVPC, as_of=now) is None
    reached = _reached(factory.store)

    def forecast_early(so_far: Mapping[str, date]) -> None:
        nonlocal first_made, reached
        reached = so_far
        if first_made and refresh_forecasts(factory, now)[0]:
            first_made = False

    try:
        filled = upkeep.fill_history(
            factory.feeds.supplies,
            factory.store,
            now=now,
            reached=reached,
            tell=tell,
            after_window=forecast_early,
        )
    except TimedOut as limit:
        return JobResult(f"goes on from here: {limit}", _places(reached), Outcome.TIMED_OUT)
    places = _places(filled.reached)
    if not filled.collected.asked and filled.complete:
        return JobResult("the history is whole", places, Outcome.NOTHING_DUE)
    told = filled.collected
    counts = {"requests": told.asked, "new": told.new, "revised": told.revised, **places}
    if told.faults:
        oldest = max(filled.reached.values())
        detail = f"{told.new} new, back to {oldest}; will go on: {told.faults[0]}"
        return JobResult(detail, counts, Outcome.FAILED)
    untrained = any(not factory.models.kept(key) for key in FORECAST_SERIES)
    then = ("forecast", "plan", *(("train-prices",) if untrained else ()), "train-advice")
    return JobResult(f"{told.new} new: the history is whole", counts, then=then)


def repair_nightly(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Ask again for what is missing; at night also for revisions; on Sundays for old gaps too."""
    today = delivery_day(now)
    night = now.astimezone(local_midnight(today).tzinfo).hour < 6
    weekly = night and today.isoweekday() == 7
    total = upkeep.Collected()
    for supply in factory.feeds.supplies:
        back = max(supply.history, REPAIRED_WITHIN) if weekly else REPAIRED_WITHIN
        first = max(today - back, _oldest_asked(factory.store, supply, today, back))
        total += upkeep.collect(
            supply, factory.store, first=first, last=today + supply.ahead, now=now, tell=tell
        )
    if night:
        for supply in factory.feeds.supplies:
            if supply.revised:
                total += upkeep.ask_again(
                    supply,
                    factory.store,
                    first=today - supply.revised,
                    last=today,
                    now=now,
                    tell=tell,
                )
    if not total.asked and not _history_begun(factory, now):
        left = "all that is missing is left to the job history, which has brought nothing yet"
        return JobResult(left, outcome=Outcome.NOTHING_DUE)
    return result_of(total)


def repair(
    factory: Factory,
    *,
    first: date,
    last: date,
    now: datetime,
    tell: Progress,
    series: str | None = None,
    longest: timedelta | None = None,
) -> JobResult:
    """Ask for what is missing in the Madrid days ``first`` to ``last``, source by source.

    ``series`` limits it to one series, ``longest`` to gaps not longer than that. Raises
    ``RequestInvalid`` naming the series there are.
    """
    total = upkeep.Collected()
    for supply in chosen(factory, series):
        for feed in supply.feeds:
            days = upkeep.days_due(
                upkeep.Feed(feed.source, own=False),
                supply.keys,
                factory.store,
                first=first,
                last=last,
                now=now,
            )
            if longest is not None:
                short = _short_gap_days(factory, supply, (first, last), now, longest)
                days = tuple(day for day in days if day in short)
            total += upkeep.collect_from(feed, factory.store, days, now=now, tell=tell)
    return result_of(total)


def one_after_the_other(named: Mapping[str, Job], now: datetime, tell: Progress) -> JobResult:
    """Run jobs in turn; one that fails does not keep the next from running."""
    counts: dict[str, int] = {}
    lines = []
    for number, (name, job) in enumerate(named.items()):
        tell(number, len(named), name)
        try:
            told = job(now, lambda done, total, detail="": tell(done, total, detail))
        except TimedOut:
            raise
        except FactoryError as fault:
            lines.append(f"{name}: {fault}")
            continue
        for what, count in told.counts.items():
            counts[what] = counts.get(what, 0) + count
        if told.outcome is not Outcome.NOTHING_DUE:
            lines.append(f"{name}: {told.detail}")
    return JobResult("; ".join(lines) or "nothing is due", counts)


def chosen(factory: Factory, series: str | None) -> tuple[upkeep.Supply, ...]:
    """The supplies of one series by name or ``name@place``, or all of them.

    Raises ``RequestInvalid`` naming the series there are.
    """
    supplies = factory.feeds.supplies
    if series is None:
        return supplies
    found = tuple(s for s in supplies for key in s.keys if series in (key.name, str(key)))
    if not found:
        known = ", ".join(sorted({key.name for s in supplies for key in s.keys}))
        raise RequestInvalid(f"no series {series!r} is collected; there are: {known}")
    return found


def train_prices(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Train the model of every price series, keep it, and have forecasts made anew.

    A series whose history is too short is named, the other is trained.
    """
    lines: list[str] = []
    counts: dict[str, int] = {}
    reasons: list[FactoryError] = []
    for key in FORECAST_SERIES:
        try:
            trained = oversight.train_series(factory.store, key, now=now, tell=tell)
        except (ModelNotFitted, MissingData) as fault:
            reasons.append(fault)
            continue
        kept = oversight.keep_model(factory.models, trained, now=now)
        errors = oversight.errors_of(trained)
        counts |= {f"{key.name}:{name}": round(1000 * rmae) for name, rmae in errors.items()}
        counts[f"{key.name}:bytes"] = kept.size_bytes
        of_naive = ", ".join(f"{name} {rmae:.3f}" for name, rmae in errors.items())
        lines.append(f"{key.name}: {of_naive or 'nothing to compare'} of the naive's error")
    if not lines:
        raise reasons[0]
    return JobResult("; ".join((*lines, *map(str, reasons))), counts, then=("forecast",))


def validate_models(
    factory: Factory, asked: oversight.BacktestAsked, now: datetime, tell: Progress
) -> JobResult:
    """Measure models on the past; finished fits are kept until the whole is, and not done again."""
    folder = factory.settings.data_dir / "backtests" / _digest(asked.texts())
    report = oversight.measure(
        factory.store,
        asked,
        now=now,
        progress=lambda done, total: tell(done, total, f"{asked.series}: fits of the models"),
        spread=resumable(folder, MEASURING_PROCESSES),
    )
    shutil.rmtree(folder, ignore_errors=True)
    best = min(report.summary, key=lambda one: one.mae)
    return JobResult(
        f"{asked.series}: {best.model} errs least, MAE {best.mae:.4g} {report.unit} over "
        f"{best.origins} origins",
        {"origins": best.origins, "models": len(report.summary)},
    )


def forecast(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Forecast every price series; one that cannot be is named, the other is made."""
    tell(0, 2, "forecasting")
    made, reasons = refresh_forecasts(factory, now)
    if not made:
        raise reasons[0]
    return JobResult("; ".join((*made, *map(str, reasons))), {"forecasts": len(made)})


def refresh_forecasts(
    factory: Factory, now: datetime
) -> tuple[tuple[str, ...], tuple[FactoryError, ...]]:
    """Forecast every price series as of ``now`` and keep the result; what was made, what not."""
    made: list[str] = []
    reasons: list[FactoryError] = []
    for key in FORECAST_SERIES:
        try:
            ahead = _forecast(factory, key, now)
        except (ModelNotFitted, MissingData) as fault:
            reasons.append(fault)
            continue
        made.append(f"{key.name} by {ahead.model}")
    return tuple(made), tuple(reasons)


def _forecast(factory: Factory, key: SeriesKey, now: datetime) -> Forecast:
    ahead = oversight.forecast_by(
        factory.store,
        key,
        oversight.load_model(factory.models, key),
        origin=now,
        horizon=pipeline.HORIZON,
    )
    factory.store.save_forecast(ahead, made_at=now)
    return ahead


def plan(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Plan anew if prices became known, or something was told, since the plan in force was made.

    Without a plan in force, or once it has run out, the new one is put in force.
    """
    held = standing(factory.store, as_of=now, slot=factory.task.plant.slot)
    if held.in_force is not None and held.in_force.plan.end > now:
        kept = held.in_force
        told = [*(noted.at for noted in held.reports), *(noted.at for noted in held.pins)]
        news = [*(at for at in told if at > kept.made_at), *_price_news(factory, now)]
        covered = pipeline.covers(kept.plan, factory.task.plant, now=now)
        if covered and not any(at > kept.plan.origin for at in news):
            return JobResult(
                f"the plan in force runs to {kept.plan.end:%Y-%m-%d %H:%MZ}",
                outcome=Outcome.NOTHING_DUE,
            )
    tell(0, 1, "planning")
    return refresh_plan(factory, now)


def refresh_plan(factory: Factory, now: datetime) -> JobResult:
    """Plan the coming week as of ``now``, and announce where the user asked what is proposed."""
    market = factory.task.market
    models = () if market is None else (_forecast(factory, market, now).model,)
    done = conduct.replan(
        factory.store,
        factory.task,
        now=now,
        models=(*models, *pipeline.MODELS),
        rules=rules_of(factory.settings),
    )
    best, plant = done.best, done.best.plant
    line = (
        f"{best.schedule.objective_eur:.2f} €, {best.savings_eur:.2f} € "
        f"({best.savings_pct:.1f} %) below the habit, expected"
    )
    if done.changes is None:
        _announce(factory, f"{plant}: plan from {best.start:%Y-%m-%d}", line)
        return JobResult(line)
    moved, added = len(done.changes.moved), len(done.changes.added)
    line = f"{line}; {done.reason}; {moved} blocks moved, {added} added"
    if done.proposal_id is not None:
        _announce(factory, f"{plant}: another plan is proposed", line)
    counts = {"proposed": int(done.proposal_id is not None), "moved": moved}
    return JobResult(line, counts)


def rules_of(settings: Settings) -> conduct.Rules:
    """How steady the plan in force is, as the user set it."""
    return conduct.Rules(
        freeze=timedelta(minutes=settings.freeze_min),
        propose_above_eur=settings.propose_above_eur,
        automatic=settings.accept_plans == "automatic",
    )


def score(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Score every stored forecast whose prices are known by now, and say how forecasts stand."""
    lines: list[str] = []
    counts: dict[str, int] = {}
    today = delivery_day(now)
    for number, key in enumerate(FORECAST_SERIES):
        tell(number, 2, f"scoring {key.name}")
        lately = factory.store.scores(key, first=today - SCORED_WITHIN, last=today, as_of=now)
        deep = today.isoweekday() == 7 or not lately
        done = oversight.score_forecasts(
            factory.store,
            key,
            made_from=now - (SCORED_AT_ALL if deep else SCORED_WITHIN),
            made_to=now,
            now=now,
            tell=partial(tell, detail=f"scoring {key.name}"),
        )
        counts |= {f"new:{key.name}": done.new, f"again:{key.name}": done.again}
        told = oversight.verdict(factory.store, key, as_of=now)
        counts[f"drift:{key.name}"] = int(told.state is oversight.State.DRIFT)
        lines += _standing(key, told)
    scored = sum(count for name, count in counts.items() if not name.startswith("drift:"))
    if not lines and not scored:
        return JobResult("no forecast to score", counts, Outcome.NOTHING_DUE)
    return JobResult("; ".join((f"{scored} scores", *lines)), counts)


def savings_close(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Close every day whose batches are done and whose prices are known; again if revised."""
    tell(0, 1, "closing")
    done = conduct.close_days(factory.store, factory.task, now=now)
    counts = {"closed": len(done.days), "again": len(done.again), "weeks": len(done.weeks)}
    if not any(counts.values()):
        return JobResult(done.waiting or "every day is closed", counts, Outcome.NOTHING_DUE)
    lines = [
        f"{account.day}: {account.saving_eur:.2f} € below the habit"
        + (f", closed again: {account.reason}" if account.revision else "")
        for account in (*done.days, *done.again)
    ]
    lines += [f"waiting for {done.waiting}"] if done.waiting else []
    return JobResult("; ".join(lines), counts)


def train_advice(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Learn the advice models anew, if the one in use is a week old or for another task."""
    shelf = advising.Shelf(factory.settings.models_folder)
    kept = shelf.status(advising.task_print(factory.task)).model
    if kept is not None and now - kept.origin.made_at < ADVICE_LEARNED_EVERY:
        return JobResult(
            f"the advice model in use was made {kept.origin.made_at:%Y-%m-%d}",
            outcome=Outcome.NOTHING_DUE,
        )
    try:
        model = advising.train(factory.store, factory.task, now=now, tell=tell)
    except ModelNotFitted as too_little:
        return JobResult(f"waits for history: {too_little}", outcome=Outcome.NOTHING_DUE)
    shelf.keep(model)
    learned = model.learned
    told = {"score": learned.score_evaluation, "class": learned.class_evaluation}
    lines = [
        f"{name}: {by.answered_by} answers, measured on {by.weeks} weeks"
        for name, by in told.items()
        if by is not None
    ]
    counts = {"weeks": model.origin.weeks, "left_out": model.origin.weeks_left_out} | {
        f"{name}:model": int(by.answered_by == "model") for name, by in told.items() if by
    }
    return JobResult("; ".join((*lines, *learned.notes)), counts, then=("advise",))


def emission(settings: Settings) -> Emission | None:
    """What a kWh emits, as the settings declare it; None if they do not."""
    if settings.co2_g_kwh is None:
        return None
    return Emission(settings.co2_g_kwh, settings.co2_source)


def ambient_limits(factory: Factory) -> tuple[AmbientLimit, ...]:
    """Temperatures at the line above which stages of this plant are to stop, by the settings."""
    most_c = {
        "tempering": factory.settings.tempering_max_c,
        "conching": factory.settings.conching_max_c,
    }
    return tuple(
        AmbientLimit(stage.name, most_c[stage.name])
        for stage in factory.task.plant.stages
        if stage.name in most_c
    )


def advise(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Work out the advice for the hour under way."""
    tell(0, 1, "advising")
    folder = factory.settings.models_folder
    status = advising.Shelf(folder).status(advising.task_print(factory.task))
    try:
        advice = advising.advise_now(factory.store, factory.task, status, now=now)
    except MissingData as too_little:
        if _history_begun(factory, now):
            raise
        return JobResult(f"waits for history: {too_little}", outcome=Outcome.NOTHING_DUE)
    advising.write_current(folder, advice)
    return JobResult(
        f"{advice.production.level}, score {advice.score.score:.0f} of 100, by the "
        f"{advice.score.answered_by}"
    )


def alerts(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """What a person should know about data and forecasts now; new ones are announced once."""
    tell(0, 1, "looking")
    found = dict((*_data_alerts(factory, now), *_forecast_alerts(factory, now)))
    before = factory.store.runs(job="alerts", limit=2)
    known = next((run.counts for run in before if run.outcome is not Outcome.RUNNING), {})
    for code in sorted(found.keys() - known.keys()):
        of_what = "forecasts" if code.startswith("forecast:") else "data"
        _announce(factory, f"{factory.task.plant.name}: {of_what}", found[code])
    detail = "; ".join(found[code] for code in sorted(found)) or "nothing"
    return JobResult(detail, dict.fromkeys(sorted(found), 1))


def backup(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Everything stored in one verified file; the newest are kept."""
    tell(0, 1, "backing up")
    if not factory.store.coverage():
        return JobResult("nothing is stored yet", outcome=Outcome.NOTHING_DUE)
    folder = factory.settings.backup_folder
    path = folder / f"chocolate-factory-{now:%Y%m%dT%H%M%SZ}.zip"
    report = write_backup(factory.store, path, now=now)
    prune_backups(folder, keep=factory.settings.backup_keep)
    return JobResult(f"{path.name}: {report.rows:,} rows", {"rows": report.rows})


def retention(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Let go of raw answers and records of runs that are past their age. Values are kept."""
    tell(0, 2, "trimming")
    answers = factory.raw.prune(before=now - timedelta(days=factory.settings.raw_days))
    tell(1, 2, "trimming")
    runs = factory.store.drop_runs(before=now - RUNS_KEPT)
    return JobResult(
        f"{answers} answers and {runs} records of runs let go", {"answers": answers, "runs": runs}
    )


def probe(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Ask every feed that has said nothing for a day whether it still answers."""
    heard = factory.raw.last_answered()
    silent = [
        feed
        for feed in factory.feeds.all
        if feed.name not in heard or now - heard[feed.name] > SILENT_AFTER
    ]
    lost = []
    for number, feed in enumerate(silent):
        tell(number, len(silent), feed.name)
        try:
            reachable(feed, now)
        except NotPublished:
            continue
        except FactoryError as fault:
            lost.append(f"{feed.name}: {fault}")
    counts = {"asked": len(silent), "lost": len(lost)}
    if not silent:
        return JobResult("every source answered today", counts, Outcome.NOTHING_DUE)
    return JobResult("; ".join(lost) or f"{len(silent)} asked, all answer", counts)


def reachable(feed: upkeep.Feed, now: datetime) -> int:
    """How many values a feed tells about a day it should know; the ``SourceError`` if none."""
    upstream = feed.source.upstream
    first, last = upstream.reach(delivery_day(now))
    day = max(first, min(last, delivery_day(now)) - 2 * DAY)
    return sum(len(batch) for batch in feed.source.fetch(day, day, now=now))


def _prices(factory: Factory, supply: upkeep.Supply) -> Job:
    return lambda now, tell: _recent(factory, supply, now, tell)


def _recent(factory: Factory, supply: upkeep.Supply, now: datetime, tell: Progress) -> JobResult:
    today = delivery_day(now)
    return result_of(
        upkeep.collect(
            supply,
            factory.store,
            first=today - supply.recent,
            last=today + supply.ahead,
            now=now,
            tell=tell,
        )
    )


def _others(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    today = delivery_day(now)
    total = upkeep.Collected()
    for supply in factory.feeds.others:
        total += upkeep.collect(
            supply,
            factory.store,
            first=today - supply.recent,
            last=today + supply.ahead,
            now=now,
            tell=tell,
        )
    return result_of(total)


def _news(store: Store, key: SeriesKey, day: date, now: datetime) -> datetime | None:
    """Since when all prices of ``day`` are known; None if they are not."""
    report = pipeline.gaps(store, key, first=day, last=day, as_of=now)
    if not report.expected or report.gaps:
        return None
    begin, end = local_midnight(day), local_midnight(day + DAY)
    told = store.read(key, begin, end, as_of=now, kinds=pipeline.OBSERVED)
    return to_datetime(told.available_at.max())


def _price_news(factory: Factory, now: datetime) -> list[datetime]:
    """Since when the prices of today and of tomorrow are known, as far as they are."""
    market = factory.task.contract.market
    if market is None:
        return []
    days = (delivery_day(now), _day_after(now))
    found = [_news(factory.store, market, day, now) for day in days]
    return [at for at in found if at is not None]


def _day_after(now: datetime) -> date:
    return delivery_day(now) + DAY


def _places(reached: Mapping[str, date]) -> dict[str, int]:
    """How far back history has been asked for, as counts of a run."""
    return {f"reached:{name}": day.toordinal() for name, day in reached.items()}


def _reached(store: Store) -> Mapping[str, date]:
    """How far back history has been asked for, by supply, as the runs of the job tell."""
    reached: dict[str, date] = {}
    for run in store.runs(job="history", limit=20):
        for name, ordinal in run.counts.items():
            what, _, supply = name.partition(":")
            if what == "reached":
                told = date.fromordinal(ordinal)
                reached[supply] = min(reached.get(supply, told), told)
    return reached


def _history_begun(factory: Factory, now: datetime) -> bool:
    """Whether the history job has asked for the newest weeks of prices."""
    reached = _reached(factory.store)
    prices = (factory.feeds.pvpc, factory.feeds.spot)
    return all(reached.get(supply.name, date.max) <= delivery_day(now) for supply in prices)


def _oldest_asked(store: Store, supply: upkeep.Supply, today: date, back: timedelta) -> date:
    """Repair leaves to the history job what that has not asked for yet."""
    return _reached(store).get(supply.name, today - min(back, REPAIRED_WITHIN))


def _short_gap_days(
    factory: Factory,
    supply: upkeep.Supply,
    within: tuple[date, date],
    now: datetime,
    longest: timedelta,
) -> frozenset[date]:
    """Days touched by gaps not longer than ``longest``; ``within`` first and last day."""
    first, last = within
    days: set[date] = set()
    for key in supply.keys:
        report = pipeline.gaps(factory.store, key, first=first, last=last, as_of=now)
        for gap in report.gaps:
            if gap.end - gap.start <= longest:
                last_inside = delivery_day(gap.end - timedelta(seconds=1))
                days.update(days_between(delivery_day(gap.start), last_inside))
    return frozenset(days)


def _data_alerts(factory: Factory, now: datetime) -> list[tuple[str, str]]:
    today = delivery_day(now)
    found = []
    summary = upkeep.gap_summary(
        (factory.feeds.pvpc, factory.feeds.spot, factory.feeds.weather),
        factory.store,
        first=today - timedelta(days=pipeline.HEALTH_DAYS),
        last=today + DAY,
        as_of=now,
        due_by=now - ALERT_AFTER,
    )
    for told in summary.series:
        missing = told.expected - told.present
        if missing:
            since = told.gaps[0].start
            found.append(
                (
                    f"gap:{told.key}",
                    f"{told.key}: {missing} delivery periods missing since {since:%Y-%m-%d %H:%MZ}",
                )
            )
    differing = upkeep.disagreements(
        factory.store, first=today - DIFFERING_WITHIN, last=today + DAY, as_of=now
    )
    if differing:
        worst = max(differing, key=lambda one: one.difference)
        told_by = ", ".join(f"{name} {value:g}" for name, value in sorted(worst.values.items()))
        found.append(
            (
                f"disagreement:{worst.key}",
                f"{len(differing)} prices on which sources differ; {worst.key} "
                f"{worst.start:%Y-%m-%d %H:%MZ}: {told_by} {worst.unit}",
            )
        )
    found += [
        (f"raw:{path.name}", f"raw answers: {path.name} was damaged and set aside")
        for path in damaged_archives(factory.settings.raw_archive)
    ]
    found += [
        (f"rejected:{run.job}", f"{run.job}: {run.detail}")
        for run in _newest_by_job(factory.store)
        if run.outcome is Outcome.REJECTED
    ]
    return found


def _forecast_alerts(factory: Factory, now: datetime) -> list[tuple[str, str]]:
    found = []
    for key in FORECAST_SERIES:
        health = oversight.forecast_health(factory.store, key, as_of=now)
        if health.stale and health.forecast is not None:
            made = f"{health.forecast.origin:%Y-%m-%d %H:%MZ}"
            found.append((f"forecast:{key.name}:stale", f"{key.name}: no forecast since {made}"))
        fault = oversight.load_model(factory.models, key).fault
        if fault is not None:
            found.append((f"forecast:{key.name}:model", f"{key.name}: {fault}"))
        found += [
            (f"forecast:{key.name}:{finding.what.value}", oversight.told(key, finding))
            for finding in health.verdict.findings
        ]
    return found


def _standing(key: SeriesKey, told: oversight.Verdict) -> list[str]:
    """How the forecasts of a series did, in lines; none if nothing was scored."""
    if told.week is None:
        return []
    week = told.week
    beside = "" if week.rmae is None else f", {week.rmae:.3f} of the naive's error"
    line = (
        f"{key.name}, {week.days} days: MAE {week.mae:.4g} {spec(key).unit}{beside}, 80 % band "
        f"held {week.coverage_80:.0%}, 90 % {week.coverage_90:.0%}"
    )
    return [line, *(oversight.told(key, finding) for finding in told.findings)]


def _newest_by_job(store: Store) -> tuple[Run, ...]:
    newest: dict[str, Run] = {}
    for run in store.runs(limit=200):
        if run.outcome is not Outcome.RUNNING:
            newest.setdefault(run.job, run)
    return tuple(newest.values())


def _digest(asked: Mapping[str, str]) -> str:
    text = "\n".join(f"{name}={asked[name]}" for name in sorted(asked))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _announce(factory: Factory, title: str, text: str) -> None:
    if not factory.settings.notify_urls:
        return
    label = "SIMULATED DATA. " if pipeline.holds_simulated(factory.store) else ""
    deliver(Message(title, label + text), factory.settings.notify_urls)
