"""Who tells which series, and on which days a feed is to be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chocolate_factory.market.calendar import (
    days_between,
    delivery_day,
    local_midnight,
    to_datetime,
)
from chocolate_factory.market.catalog import DAY, spec
from chocolate_factory.market.gaps import find_gaps
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.pipeline import OBSERVED
from chocolate_factory.sources.base import Source
from chocolate_factory.store.base import Store


@dataclass(frozen=True, slots=True)
class Feed:
    """A source as part of a supply.

    ``own``: it is asked for whatever it has not told itself, so that a price has two witnesses;
    otherwise only for what nobody has told. ``key_setting`` names the setting that holds its key,
    None if it needs none.
    """

    source: Source
    own: bool
    key_setting: str | None = None

    @property
    def name(self) -> str:
        """The endpoint's unique name: ``ree-prices``."""
        return self.source.upstream.feed


@dataclass(frozen=True, slots=True)
class Supply:
    """Series that are collected together, and the feeds that tell them, first asked in front.

    ``recent`` is how far back the frequent jobs look, ``history`` how far back the first start
    goes, ``ahead`` how far the series reaches beyond today. Days up to ``revised`` ago are asked
    for once more every night: upstreams correct and complete what they told.
    """

    name: str
    keys: tuple[SeriesKey, ...]
    feeds: tuple[Feed, ...]
    recent: timedelta
    history: timedelta
    ahead: timedelta = timedelta(0)
    revised: timedelta = timedelta(0)


def days_due(
    feed: Feed, keys: Sequence[SeriesKey], store: Store, *, first: date, last: date, now: datetime
) -> tuple[date, ...]:
    """Madrid days of [first, last] for which ``feed`` is worth asking at ``now``, oldest first.

    A day counts if a value of one of ``keys`` that the feed tells is due and not stored: from this
    source, if the feed is asked for its own, else from any. Days beyond the feed's reach do not.
    """
    upstream = feed.source.upstream
    within = days_in_reach(feed, first=first, last=last, now=now)
    if not within:
        return ()
    first, last = within[0], within[-1]
    begin, end = local_midnight(first), local_midnight(last + DAY)
    found: set[date] = set()
    for key in keys:
        if key not in upstream.series:
            continue
        source = upstream.name if feed.own else None
        held = store.read(key, begin, end, as_of=now, kinds=OBSERVED, source=source)
        report = find_gaps(
            spec(key), held.start, series=str(key), first=first, last=last, as_of=now
        )
        for gap in report.gaps:
            found.update(
                days_between(delivery_day(gap.start), delivery_day(gap.end - timedelta(seconds=1)))
            )
    return tuple(sorted(found))


def days_in_reach(feed: Feed, *, first: date, last: date, now: datetime) -> tuple[date, ...]:
    """The days of [first, last] that the feed can tell of at ``now``, oldest first."""
    reach_first, reach_last = feed.source.upstream.reach(delivery_day(now))
    first, last = max(first, reach_first), min(last, reach_last)
    return tuple(days_between(first, last)) if first <= last else ()


def days_in_part(
    feed: Feed, keys: Sequence[SeriesKey], store: Store, days: Sequence[date], *, now: datetime
) -> tuple[date, ...]:
    """Those of ``days`` that ``feed`` told of, but not of all its series, oldest first.

    Only the series of ``keys`` have gaps; the feed's other ones, which it may leave out for good,
    count here, if it told any of their values on one of ``days``.
    """
    upstream = feed.source.upstream
    others = [key for key in upstream.series if key not in keys]
    if not days or not others:
        return ()
    asked = set(days)
    begin, end = local_midnight(min(days)), local_midnight(max(days) + DAY)

    def told(key: SeriesKey) -> Counter[date]:
        series = store.read(key, begin, end, as_of=now, kinds=OBSERVED, source=upstream.name)
        return Counter(
            day for at in series.start if (day := delivery_day(to_datetime(at))) in asked
        )

    most: Counter[date] = Counter()
    for key in upstream.series:
        if key in keys:
            most |= told(key)
    return tuple(
        sorted(
            {
                day
                for key in others
                if (of_key := told(key))
                for day in most
                if of_key[day] < most[day]
            }
        )
    )


def days_told(
    feed: Feed, supply: Supply, store: Store, *, first: date, last: date, now: datetime
) -> tuple[date, ...]:
    """Madrid days of [first, last] of which the source of ``feed`` is the teller, oldest first.

    None if another feed of the supply asks the same source for its own.
    """
    name = feed.source.upstream.name
    if any(other.own and other.source.upstream.name == name for other in supply.feeds):
        return ()
    begin, end = local_midnight(first), local_midnight(last + DAY)
    return tuple(
        sorted(
            {
                delivery_day(to_datetime(start))
                for key in supply.keys
                for start in store.read(
                    key, begin, end, as_of=now, kinds=OBSERVED, source=name
                ).start
            }
        )
    )


def spans(days: Sequence[date], longest: int) -> Iterator[tuple[date, date]]:
    """Consecutive days as (first, last), at most ``longest`` days each, newest first."""
    end = len(days)
    while end:
        begin = end - 1
        while begin and days[begin] - days[begin - 1] == DAY and end - begin < longest:
            begin -= 1
        yield days[begin], days[end - 1]
        end = begin
