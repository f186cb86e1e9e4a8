"""What is missing, what disagrees, how each feed does: computed from stored rows only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.errors import Gap
from chocolate_factory.market.calendar import (
    delivery_day,
    local_midnight,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.catalog import DAY, PVPC, SPOT, spec
from chocolate_factory.market.gaps import GapReport
from chocolate_factory.market.series import Series, SeriesKey
from chocolate_factory.store.base import Store
from chocolate_factory.upkeep.supply import Feed, Supply

THRESHOLDS = {PVPC: 0.0005, SPOT: 0.05}
"""Difference between two sources of a price above which it is reported [unit of the series].

Half a EUR/MWh for PVPC, five cents for spot: above what the services' own rounding does.
"""

_LOOK_BACK = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class SeriesGaps:
    """What is missing of one series in the Madrid days ``first`` to ``last``, inclusive.

    ``expected`` and ``present`` count delivery periods that were due; ``feeds`` names the feeds
    that could repair it, the one asked first in front.
    """

    key: SeriesKey
    first: date
    last: date
    expected: int
    present: int
    gaps: tuple[Gap, ...]
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapSummary:
    """The gaps of every watched series as known at ``as_of``."""

    as_of: datetime
    series: tuple[SeriesGaps, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Sources that differ by more than the threshold about one delivery period.

    ``values`` by source in ``unit``; ``difference`` between the largest and the smallest.
    """

    key: SeriesKey
    unit: str
    start: datetime
    values: Mapping[str, float]
    difference: float


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How one feed does, from what is stored.

    Parameters
    ----------
    feed, source
        The endpoint, and the name its values go by.
    series
        What it tells.
    key_setting
        The environment variable that holds its key; None if it needs none.
    key_present
        Whether that is set; True if none is needed.
    last_delivery
        Newest delivery period it told, start, UTC; None if it told nothing in two months.
    age_s
        Since its last news became known [s]; None if it told nothing.
    next_publication
        When its next values are due by the rule of what it tells, UTC; None if it tells nothing.
    """

    feed: str
    source: str
    series: tuple[SeriesKey, ...]
    key_setting: str | None
    key_present: bool
    last_delivery: datetime | None
    age_s: float | None
    next_publication: datetime | None


def gap_summary(
    supplies: Sequence[Supply],
    store: Store,
    *,
    first: date,
    last: date,
    as_of: datetime,
    due_by: datetime | None = None,
) -> GapSummary:
    """The gaps of every series of ``supplies`` in the Madrid days ``first`` to ``last``.

    ``due_by`` an instant before ``as_of`` gives sources that much grace.
    """
    return GapSummary(
        as_of,
        tuple(
            _series_gaps(
                supply,
                key,
                pipeline.gaps(store, key, first=first, last=last, as_of=as_of, due_by=due_by),
                first,
                last,
            )
            for supply in supplies
            for key in supply.keys
        ),
    )


def _series_gaps(
    supply: Supply, key: SeriesKey, report: GapReport, first: date, last: date
) -> SeriesGaps:
    told_by = tuple(feed.name for feed in supply.feeds if key in feed.source.upstream.series)
    return SeriesGaps(key, first, last, report.expected, report.present, report.gaps, told_by)


def disagreements(
    store: Store, *, first: date, last: date, as_of: datetime
) -> tuple[Disagreement, ...]:
    """Prices of the Madrid days ``first`` to ``last`` on which two sources differ, newest first."""
    begin, end = local_midnight(first), local_midnight(last + DAY)
    sources = {held.key: held.sources for held in store.coverage()}
    found: list[Disagreement] = []
    for key, threshold in THRESHOLDS.items():
        told = [
            store.read(key, begin, end, as_of=as_of, source=name) for name in sources.get(key, ())
        ]
        found += _differing(key, [series for series in told if len(series)], threshold)
    return tuple(sorted(found, key=lambda one: one.start, reverse=True))


def _differing(key: SeriesKey, told: Sequence[Series], threshold: float) -> list[Disagreement]:
    if len(told) < 2:
        return []
    start = np.unique(np.concatenate([series.start for series in told]))
    values = np.full((len(told), start.size), np.nan)
    for row, series in enumerate(told):
        values[row, np.searchsorted(start, series.start)] = series.value
    spread = np.fmax.reduce(values) - np.fmin.reduce(values)
    return [
        Disagreement(
            key,
            told[0].unit,
            to_datetime(start[at]),
            {
                str(series.source[0]): float(values[row, at])
                for row, series in enumerate(told)
                if np.isfinite(values[row, at])
            },
            float(spread[at]),
        )
        for at in np.flatnonzero(spread > threshold).tolist()
    ]


def feed_health(
    feed: Feed, store: Store, *, as_of: datetime, key_variable: str | None
) -> FeedHealth:
    """How ``feed``, which has the key it needs, does; ``key_variable`` is what that is set in."""
    upstream = feed.source.upstream
    told = [
        series
        for key in upstream.series
        if len(series := _recent(store, key, upstream.name, as_of))
    ]
    known = [to_datetime(series.available_at.max()) for series in told]
    return FeedHealth(
        feed=feed.name,
        source=upstream.name,
        series=upstream.series,
        key_setting=key_variable,
        key_present=True,
        last_delivery=max((to_datetime(s.start[-1]) for s in told), default=None),
        age_s=(as_of - max(known)).total_seconds() if known else None,
        next_publication=next_publication(feed, as_of=as_of),
    )


def next_publication(feed: Feed, *, as_of: datetime) -> datetime | None:
    """When the next values of ``feed`` are due by the rule of its series, UTC.

    A feed that tells them later than the rule says so by ``delay``; None if it tells nothing.
    """
    upstream = feed.source.upstream
    delay: timedelta = getattr(upstream, "delay", timedelta(0))
    return min((_next_due(key, as_of - delay) + delay for key in upstream.series), default=None)


def _recent(store: Store, key: SeriesKey, source: str, as_of: datetime) -> Series:
    return store.read(
        key, as_of - _LOOK_BACK, as_of + timedelta(days=20), as_of=as_of, source=source
    )


def _next_due(key: SeriesKey, as_of: datetime) -> datetime:
    """When the next day of a series is due, or the next period of what trickles in, UTC."""
    entry = spec(key)
    if entry.trickle is not None:
        today = delivery_day(as_of - entry.trickle)
        due = entry.inferred_available_at(entry.grid(today, today + DAY)[0])
        return to_datetime(due[np.searchsorted(due, to_datetime64(as_of), side="right")])
    day = delivery_day(as_of) - timedelta(days=10)
    while entry.published_at(day) <= as_of:
        day += DAY
    return entry.published_at(day)
