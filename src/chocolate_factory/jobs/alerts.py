"""ALERTS: what a person should know now, noted in the store and told to people, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chocolate_factory import alerting, oversight, pipeline, upkeep
from chocolate_factory.errors import Gap, SourceUnavailable
from chocolate_factory.insights.alerts import Alert, AlertKind, Gravity
from chocolate_factory.jobs.advice import ambient_limits
from chocolate_factory.jobs.factory import FORECAST_SERIES, Factory, Zone
from chocolate_factory.jobs.planning import timings_of
from chocolate_factory.market.calendar import HOUR, delivery_day, utc_iso
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.gaps import Severity, severity
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.notify.message import Message, understood
from chocolate_factory.schedule import (
    RUNS_READ,
    TABLE,
    JobResult,
    Progress,
    last_ended,
    next_fire,
)
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Outcome, Store
from chocolate_factory.store.raw import damaged_archives
from chocolate_factory.web.alert_wording import title, worded
from chocolate_factory.web.wording import WORDS

DIFFERING_WITHIN = timedelta(days=7)
"""Prices of so many days are compared between their sources."""

ALERT_AFTER = timedelta(hours=3)
"""A value is announced as missing so long after it was due."""

ALIKE_WITHIN = timedelta(hours=12)
"""What began at a site so long before or after the same in its zone is taken for the zone's."""

ENDED_LATELY = timedelta(hours=3)
"""What ended in the zone gets so long to end at every site before it is a site's own."""

_GRAVITY = {
    Severity.MINOR: Gravity.NOTICE,
    Severity.MODERATE: Gravity.WARNING,
    Severity.CRITICAL: Gravity.CRITICAL,
}


def alerts(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Look at everything, note what began and what ended, and tell people what is new."""
    tell(0, 2, "looking")
    return _settled(factory, found_now(factory, now), factory.shown_as, now, tell)


def alerts_of_all(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """The same of what concerns every site: prices, forecasts, models, common jobs."""
    tell(0, 2, "looking")
    title = WORDS[zone.settings.notify_language].text("sites.all")
    return _settled(zone, found_for_all(zone, now), title, now, tell)


def _settled(
    zone: Zone, found: tuple[Alert, ...], title_of: str, now: datetime, tell: Progress
) -> JobResult:
    every = alerting.settle(zone.store, found, now=now)
    hold = [one for one in every if one.ended is None]
    tell(1, 2, "telling")
    said = _tell(zone, every, title_of, now)
    names = sorted({title(one.alert, WORDS["en"]) for one in hold})
    detail = f"{len(hold)} hold: {', '.join(names)}" if hold else "nothing"
    detail += f"; {said} messages sent" if said else ""
    return JobResult(detail, {one.alert.code: 1 for one in hold})


def found_now(factory: Factory, now: datetime) -> tuple[Alert, ...]:
    """Everything that holds at ``now``, the gravest of one code in front; nothing is noted."""
    store, task = factory.store, factory.task
    held = standing(store, as_of=now, slot=task.plant.slot)
    return (
        *alerting.found_ahead(store, task, held, ambient_limits(factory), as_of=now),
        *alerting.found_in_plans(store, task, held, as_of=now),
        *(found_for_all(factory, now) if factory.within is None else _of_site(factory, now)),
    )


def found_for_all(zone: Zone, now: datetime) -> tuple[Alert, ...]:
    """What holds at ``now`` of prices, forecasts, models, the zone's weather and common jobs."""
    supplies = (*zone.feeds.prices, zone.feeds.weather)
    return (
        *_gaps(zone.store, supplies, now),
        *_disagreements(zone.store, now),
        *_damaged(zone),
        *_rejected(zone.store),
        *_overdue(zone, now),
        *_of_forecasts(zone, now),
    )


def _of_site(factory: Factory, now: datetime) -> Iterator[Alert]:
    """What concerns one of several sites alone: its weather and its jobs.

    A service that is down, or refuses a key, is so for all: that the zone tells. What holds at the
    site already goes on.
    """
    found = tuple(_of_place(factory, now))
    if not found:
        return
    zone = factory.zone
    lately = (
        one.alert
        for one in alerting.held(zone.store, as_of=now)
        if one.ended is not None and one.ended > now - ENDED_LATELY
    )
    of_all = (*_of_place(zone, now), *lately)
    holds = {one.alert.code for one in alerting.held(factory.store, as_of=now) if not one.ended}
    for alert in found:
        if alert.code in holds or not any(_alike(alert, other) for other in of_all):
            yield alert


def _of_place(zone: Zone, now: datetime) -> Iterator[Alert]:
    yield from _gaps(zone.store, (zone.feeds.weather,), now)
    yield from _rejected(zone.store)
    yield from _overdue(zone, now)


def _alike(alert: Alert, other: Alert) -> bool:
    """Whether the same is told of the same series or job, since about the same time."""

    def what(one: Alert) -> tuple[object, ...]:
        return one.kind, one.values.get("series"), one.values.get("job")

    begun = [
        datetime.fromisoformat(str(one.values["since"]))
        for one in (alert, other)
        if "since" in one.values
    ]
    apart = max(begun) - min(begun) if begun else timedelta()
    return what(alert) == what(other) and apart <= ALIKE_WITHIN


def _tell(zone: Zone, every: tuple[alerting.Held, ...], title_of: str, now: datetime) -> int:
    """Send to each address of the settings what is due there; how many messages went out.

    One that fails is asked no more until the next look. Raises ``SourceUnavailable`` naming the
    places of addresses that were not reached.
    """
    settings, store = zone.settings, zone.store
    unreached = []
    sent = 0
    for place, address in enumerate(understood(settings.notify_urls), start=1):
        due = alerting.posts(
            store,
            every,
            to=address.mark,
            now=now,
            an_hour=settings.notify_per_hour,
            least=Gravity(settings.notify_from),
            title=title_of,
            alone=isinstance(zone, Factory) and zone.within is None,
        )
        for post in due:
            text = worded(
                post,
                WORDS[settings.notify_language],
                plant=title_of,
                simulated=pipeline.holds_simulated(store),
            )
            if address.take(Message(text.title, text.body)):
                sent += 1
                alerting.note_sent(store, post, to=address.mark, now=now)
            else:
                unreached.append(str(place))
                break
    if unreached:
        places = ", ".join(unreached)
        raise SourceUnavailable("notify", f"address {places} could not be reached")
    return sent


def _gaps(store: Store, supplies: tuple[upkeep.Supply, ...], now: datetime) -> Iterator[Alert]:
    """What is missing; series of one supply that lack the same are one alert."""
    for supply in supplies:
        yield from _gaps_of(store, supply, now)


def _gaps_of(store: Store, supply: upkeep.Supply, now: datetime) -> Iterator[Alert]:
    today = delivery_day(now)
    summary = upkeep.gap_summary(
        (supply,),
        store,
        first=today - timedelta(days=pipeline.HEALTH_DAYS),
        last=today + DAY,
        as_of=now,
        due_by=now - ALERT_AFTER,
    )
    lacking: list[tuple[tuple[Gap, ...], list[SeriesKey]]] = []
    for told in summary.series:
        alike = next((keys for gaps, keys in lacking if _same(gaps, told.gaps)), None)
        if alike is not None:
            alike.append(told.key)
        elif told.gaps:
            lacking.append((told.gaps, [told.key]))
    for gaps, (key, *others) in lacking:
        longest = max(gaps, key=lambda gap: gap.end - gap.start)
        also = {"others": ",".join(other.name for other in others)} if others else {}
        yield Alert(
            f"gap:{key}",
            AlertKind.GAP,
            _GRAVITY[severity(longest)],
            {
                "series": key.name,
                **also,
                "since": utc_iso(gaps[0].start),
                "hours": (longest.end - longest.start) / HOUR,
            },
        )


def _same(gaps: tuple[Gap, ...], others: tuple[Gap, ...]) -> bool:
    """Whether they are the same but for an hour: rain is told of the hour that ends, not begins."""
    return len(gaps) == len(others) and all(
        max(abs(one.start - other.start), abs(one.end - other.end)) <= HOUR
        for one, other in zip(gaps, others, strict=True)
    )


def _disagreements(store: Store, now: datetime) -> Iterator[Alert]:
    today = delivery_day(now)
    differing = upkeep.disagreements(
        store, first=today - DIFFERING_WITHIN, last=today + DAY, as_of=now
    )
    for key in sorted({one.key for one in differing}):
        since = min(one.start for one in differing if one.key == key)
        yield Alert(
            f"disagreement:{key}",
            AlertKind.DISAGREEMENT,
            Gravity.WARNING,
            {"series": key.name, "since": utc_iso(since)},
        )


def _damaged(zone: Zone) -> Iterator[Alert]:
    for path in damaged_archives(zone.settings.raw_archive):
        yield Alert(f"raw:{path.name}", AlertKind.RAW_DAMAGED, Gravity.WARNING, {"file": path.name})


def _rejected(store: Store) -> Iterator[Alert]:
    asked_for = {run.job for run in store.runs(limit=200)}
    for run in last_ended(store, sorted(asked_for | {timing.name for timing in TABLE})):
        if run.outcome is Outcome.REJECTED:
            yield Alert(
                f"rejected:{run.job}", AlertKind.JOB_REJECTED, Gravity.CRITICAL, {"job": run.job}
            )


def _overdue(zone: Zone, now: datetime) -> Iterator[Alert]:
    """Jobs whose last run failed, and that had no good end for two of their times and a day.

    One that a stop of the program kept from running is no fault of the job's.
    """
    store, timings = zone.store, {timing.name: timing for timing in timings_of(zone.settings)}
    for run in last_ended(store, timings):
        if run.outcome in {Outcome.FAILED, Outcome.TIMED_OUT}:
            kept = store.runs(job=run.job, limit=RUNS_READ)
            good = (one.started_at for one in kept if one.outcome.ended_well)
            since = next(good, kept[-1].started_at)
            second = next_fire(timings[run.job], after=next_fire(timings[run.job], after=since))
            if now >= max(second, since + DAY):
                yield Alert(
                    f"overdue:{run.job}",
                    AlertKind.JOB_OVERDUE,
                    Gravity.WARNING,
                    {"job": run.job, "since": utc_iso(since)},
                )


def _of_forecasts(zone: Zone, now: datetime) -> Iterator[Alert]:
    for key in FORECAST_SERIES:
        health = oversight.forecast_health(zone.store, key, as_of=now)
        code, of = f"forecast:{key.name}", {"series": key.name}
        if health.stale and health.forecast is not None:
            since = {"since": utc_iso(health.forecast.origin)}
            yield Alert(f"{code}:stale", AlertKind.FORECAST_STALE, Gravity.CRITICAL, of | since)
        if oversight.look_at_model(zone.models, key).fault is not None:
            yield Alert(f"{code}:model", AlertKind.MODEL_UNUSABLE, Gravity.WARNING, of)
        for finding in health.verdict.findings:
            yield Alert(
                f"{code}:{finding.what.value}",
                AlertKind.MODEL_DRIFT,
                Gravity.WARNING,
                {
                    **of,
                    "what": finding.what.value,
                    "measured": finding.measured,
                    "low": finding.low,
                    "high": finding.high,
                    "model": finding.model,
                },
            )
