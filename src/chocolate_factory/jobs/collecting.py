"""COLLECTING: what prices, weather and history are asked for, and gaps asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from chocolate_factory import pipeline, upkeep
from chocolate_factory.errors import FactoryError, RequestInvalid, SourceRejected, TimedOut
from chocolate_factory.jobs.factory import (
    FORECAST_SERIES,
    Factory,
    Zone,
    begun,
    reached_back,
)
from chocolate_factory.jobs.foretelling import refresh_forecasts
from chocolate_factory.jobs.news import known_since
from chocolate_factory.market.calendar import MADRID, days_between, delivery_day
from chocolate_factory.market.catalog import DAY, PVPC, SPOT
from chocolate_factory.schedule import Job, JobResult, Progress
from chocolate_factory.store.base import Outcome, Store

FORECAST_AHEAD = timedelta(days=8)
"""How far ahead weather is collected: once tomorrow's price is out, a week from it ends there."""

REPAIRED_WITHIN = timedelta(days=35)
"""Gaps younger than this are asked for at every repair; older ones once a week."""

NIGHT_ENDS_H = 6
"""A repair before this hour of the Madrid clock is that of the night."""


def result_of(collected: upkeep.Collected) -> JobResult:
    """What collecting came to, as a run tells it; raises the first fault if all questions failed.

    One service that refuses makes it rejected, whatever others told: a second source hides no key.

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
        detail += f"; {_gravest(collected)}"
    only_absent = not collected.answered and not collected.faults
    return JobResult(
        detail, counts, Outcome.NOT_PUBLISHED if only_absent else _outcome(collected, Outcome.DONE)
    )


def _outcome(collected: upkeep.Collected, otherwise: Outcome) -> Outcome:
    return Outcome.REJECTED if collected.rejected else otherwise


def _gravest(collected: upkeep.Collected) -> FactoryError:
    """The fault that a run tells: the first that a person must act on, or else the first."""
    return min(collected.faults, key=lambda fault: not isinstance(fault, SourceRejected))


def watch(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """Ask for tomorrow's prices that are due; once they are there, forecast and plan anew."""
    tomorrow = delivery_day(now) + DAY
    total = upkeep.Collected()
    for supply in (zone.feeds.spot, zone.feeds.pvpc):
        for feed in supply.feeds:
            missing = _missing_days(zone, feed, supply, (tomorrow, tomorrow), now)
            total += upkeep.collect_from(feed, zone.store, missing, now=now, tell=tell)
    made = zone.store.forecast(PVPC, as_of=now)
    news = [news for key in (PVPC, SPOT) if (news := known_since(zone.store, key, tomorrow, now))]
    if news and (made is None or made.origin < max(news)):
        detail = "tomorrow's prices are published"
        return JobResult(
            f"{detail}; {_gravest(total)}" if total.rejected else detail,
            {"new": total.new},
            _outcome(total, Outcome.DONE),
            then=("forecast", "plan", "score"),
        )
    return result_of(total)


def outlook(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """Ask every feed of weather to come."""
    today = delivery_day(now)
    total = upkeep.Collected()
    for feed in zone.feeds.outlooks:
        last = min(today + FORECAST_AHEAD, feed.source.upstream.reach(today)[1])
        days = [today + n * DAY for n in range((last - today).days + 1)]
        total += upkeep.collect_from(feed, zone.store, days, now=now, tell=tell)
    return result_of(total)


def history(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """Fetch what the plant wants of the past and nobody has asked for yet, newest first."""
    first_made = zone.store.forecast(PVPC, as_of=now) is None
    reached = reached_back(zone.store)

    def forecast_early(so_far: Mapping[str, date]) -> None:
        nonlocal first_made, reached
        reached = so_far
        if first_made and refresh_forecasts(zone, now)[0]:
            first_made = False

    untrained = any(not zone.models.kept(key) for key in FORECAST_SERIES)
    then = ("forecast", "plan", *(("train-prices",) if untrained else ()), "train-advice")
    try:
        filled = upkeep.fill_history(
            zone.feeds.supplies,
            zone.store,
            now=now,
            reached=reached,
            tell=tell,
            after_window=forecast_early,
        )
    except TimedOut as limit:
        return JobResult(f"goes on from here: {limit}", _places(reached), Outcome.TIMED_OUT)
    return _filled(filled, then)


def _filled(filled: upkeep.History, then: tuple[str, ...]) -> JobResult:
    places = _places(filled.reached)
    if not filled.collected.asked and filled.complete:
        return JobResult("the history is whole", places, Outcome.NOTHING_DUE)
    told = filled.collected
    counts = {"requests": told.asked, "new": told.new, "revised": told.revised, **places}
    if told.faults:
        oldest = max(filled.reached.values())
        detail = f"{told.new} new, back to {oldest}; will go on: {_gravest(told)}"
        return JobResult(detail, counts, _outcome(told, Outcome.FAILED))
    return JobResult(f"{told.new} new: the history is whole", counts, then=then)


def weather_history(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Fetch what is wanted of the past of a site's own weather, newest first."""
    reached = reached_back(factory.store)

    def note(so_far: Mapping[str, date]) -> None:
        nonlocal reached
        reached = so_far

    try:
        filled = upkeep.fill_history(
            (factory.feeds.weather,),
            factory.store,
            now=now,
            reached=reached,
            tell=tell,
            after_window=note,
        )
    except TimedOut as limit:
        return JobResult(f"goes on from here: {limit}", _places(reached), Outcome.TIMED_OUT)
    return _filled(filled, then=("train-advice",))


def repair_weather(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Ask again for what is missing of a site's own weather."""
    own = (factory.feeds.weather,)
    return repaired(factory.store, own, own, now, tell)


def repair_nightly(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """Ask again for what is missing; at night also for revisions; on Sundays for old gaps too."""
    return repaired(zone.store, zone.feeds.supplies, zone.feeds.prices, now, tell)


def repaired(
    store: Store,
    supplies: tuple[upkeep.Supply, ...],
    first_of_all: tuple[upkeep.Supply, ...],
    now: datetime,
    tell: Progress,
) -> JobResult:
    """The same of ``supplies``; before history brought any ``first_of_all``, all is left to it."""
    today = delivery_day(now)
    night = now.astimezone(MADRID).hour < NIGHT_ENDS_H
    weekly = night and today.isoweekday() == 7
    total = upkeep.Collected()
    for supply in supplies:
        back = max(supply.history, REPAIRED_WITHIN) if weekly else REPAIRED_WITHIN
        first = max(today - back, _oldest_asked(store, supply, today, back))
        total += upkeep.collect(
            supply, store, first=first, last=today + supply.ahead, now=now, tell=tell
        )
    if night:
        for supply in supplies:
            if supply.revised:
                total += upkeep.ask_again(
                    supply, store, first=today - supply.revised, last=today, now=now, tell=tell
                )
    if not total.asked and not begun(store, first_of_all, now):
        left = "all that is missing is left to the job history, which has brought nothing yet"
        return JobResult(left, outcome=Outcome.NOTHING_DUE)
    return result_of(total)


def repair(
    zone: Zone,
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
    for supply in chosen(zone, series):
        for feed in supply.feeds:
            days = _missing_days(zone, feed, supply, (first, last), now)
            if longest is not None:
                short = _short_gap_days(zone, supply, (first, last), now, longest)
                days = tuple(day for day in days if day in short)
            total += upkeep.collect_from(feed, zone.store, days, now=now, tell=tell)
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


def chosen(zone: Zone, series: str | None) -> tuple[upkeep.Supply, ...]:
    """The supplies of one series by name or ``name@place``, or all of them.

    Raises ``RequestInvalid`` naming the series there are.
    """
    supplies = zone.feeds.supplies
    if series is None:
        return supplies
    found = tuple(s for s in supplies for key in s.keys if series in (key.name, str(key)))
    if not found:
        known = ", ".join(sorted({key.name for s in supplies for key in s.keys}))
        raise RequestInvalid(f"no series {series!r} is collected; there are: {known}")
    return found


def prices(zone: Zone, supply: upkeep.Supply) -> Job:
    return lambda now, tell: recent(zone, supply, now, tell)


def recent(zone: Zone, supply: upkeep.Supply, now: datetime, tell: Progress) -> JobResult:
    today = delivery_day(now)
    return result_of(
        upkeep.collect(
            supply,
            zone.store,
            first=today - supply.recent,
            last=today + supply.ahead,
            now=now,
            tell=tell,
        )
    )


def others(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    today = delivery_day(now)
    total = upkeep.Collected()
    for supply in zone.feeds.others:
        total += upkeep.collect(
            supply,
            zone.store,
            first=today - supply.recent,
            last=today + supply.ahead,
            now=now,
            tell=tell,
        )
    return result_of(total)


def _places(reached: Mapping[str, date]) -> dict[str, int]:
    """How far back history has been asked for, as counts of a run."""
    return {f"reached:{name}": day.toordinal() for name, day in reached.items()}


def _oldest_asked(store: Store, supply: upkeep.Supply, today: date, back: timedelta) -> date:
    """Repair leaves to the history job what that has not asked for yet."""
    return reached_back(store).get(supply.name, today - min(back, REPAIRED_WITHIN))


def _missing_days(
    zone: Zone,
    feed: upkeep.Feed,
    supply: upkeep.Supply,
    within: tuple[date, date],
    now: datetime,
) -> tuple[date, ...]:
    """Days that no source has told and ``feed`` can, as if it only helped out."""
    helping = upkeep.Feed(feed.source, own=False)
    first, last = within
    return upkeep.days_due(helping, supply.keys, zone.store, first=first, last=last, now=now)


def _short_gap_days(
    zone: Zone,
    supply: upkeep.Supply,
    within: tuple[date, date],
    now: datetime,
    longest: timedelta,
) -> frozenset[date]:
    """Days touched by gaps not longer than ``longest``; ``within`` first and last day."""
    first, last = within
    days: set[date] = set()
    for key in supply.keys:
        report = pipeline.gaps(zone.store, key, first=first, last=last, as_of=now)
        for gap in report.gaps:
            if gap.end - gap.start <= longest:
                last_inside = delivery_day(gap.end - timedelta(seconds=1))
                days.update(days_between(delivery_day(gap.start), last_inside))
    return frozenset(days)
