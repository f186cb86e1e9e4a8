"""Ask the feeds of a supply for what is missing, and take in what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from chocolate_factory import pipeline
from chocolate_factory.errors import (
    FactoryError,
    NotPublished,
    SeriesInvalid,
    SourceChanged,
    SourceError,
    SourceRejected,
)
from chocolate_factory.market.calendar import days_between
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.base import Store
from chocolate_factory.upkeep.supply import (
    Feed,
    Supply,
    days_due,
    days_in_part,
    days_in_reach,
    days_told,
    spans,
)


class Tell(Protocol):
    """Told how far the work is: ``done`` of ``total`` days, and what is at hand."""

    def __call__(self, done: int, total: int, detail: str = "", /) -> None: ...


@dataclass(frozen=True, slots=True)
class Collected:
    """What asking brought.

    ``asked`` questions, of which ``answered`` brought values; ``new`` and ``revised`` values;
    ``absent`` days that a feed had nothing for; ``faults`` of feeds that failed; ``left_out``
    implausible values that were not stored.
    """

    asked: int = 0
    answered: int = 0
    new: int = 0
    revised: int = 0
    absent: int = 0
    faults: tuple[FactoryError, ...] = ()
    left_out: int = 0

    def __add__(self, other: Collected) -> Collected:
        return Collected(
            self.asked + other.asked,
            self.answered + other.answered,
            self.new + other.new,
            self.revised + other.revised,
            self.absent + other.absent,
            self.faults + other.faults,
            self.left_out + other.left_out,
        )

    @property
    def rejected(self) -> bool:
        """Whether a service refused: waiting does not help, a person must act."""
        return any(isinstance(fault, SourceRejected) for fault in self.faults)

    def require_success(self) -> None:
        """Raise the first fault if every question that was asked failed."""
        if self.faults and not self.answered and not self.absent:
            raise self.faults[0]


def silent(done: int, total: int, detail: str = "", /) -> None:
    """Tells nobody."""


def collect(
    supply: Supply, store: Store, *, first: date, last: date, now: datetime, tell: Tell = silent
) -> Collected:
    """Ask every feed of ``supply`` for the days of [first, last] on which it is needed.

    A feed that fails does not keep the next from being asked; ``faults`` says so.
    """
    total = Collected()
    for feed in supply.feeds:
        days = days_due(feed, supply.keys, store, first=first, last=last, now=now)
        total += collect_whole(feed, supply.keys, store, days, now=now, tell=tell)
    return total


def collect_whole(
    feed: Feed,
    keys: Sequence[SeriesKey],
    store: Store,
    days: Sequence[date],
    *,
    now: datetime,
    tell: Tell = silent,
) -> Collected:
    """Ask one feed for ``days``, and once more for those it told of in part.

    A station that left a value out may have it in its next answer. What it leaves out twice is
    asked for again only while the supply is asked for revisions.
    """
    total = collect_from(feed, store, days, now=now, tell=tell)
    if total.faults:
        return total
    again = days_in_part(feed, keys, store, days, now=now)
    return total + collect_from(feed, store, again, now=now, tell=tell)


def ask_again(
    supply: Supply, store: Store, *, first: date, last: date, now: datetime, tell: Tell = silent
) -> Collected:
    """Ask about days that were told before, for revisions: everyone who told of them.

    A feed that is asked only for what nobody else has told is asked again for the days it told: its
    word may be the one that is believed.
    """
    total = Collected()
    for feed in supply.feeds:
        if feed.own:
            days = days_in_reach(feed, first=first, last=last, now=now)
        else:
            days = days_told(feed, supply, store, first=first, last=last, now=now)
        total += collect_from(feed, store, days, now=now, tell=tell)
    return total


def collect_from(
    feed: Feed, store: Store, days: Sequence[date], *, now: datetime, tell: Tell = silent
) -> Collected:
    """Ask one feed for ``days``, newest first, in the largest spans it allows.

    A span that comes in a wrong shape is asked day by day, so that one bad day hides no other. A
    feed that is down or refuses us is not asked further.
    """
    total, done = Collected(), 0
    upstream = feed.source.upstream
    for first, last in spans(days, upstream.max_days):
        tell(done, len(days), f"{upstream.feed}: days {first} to {last}")
        outcome = _ask(feed, store, first, last, now)
        if first < last and any(isinstance(f, _OF_THE_ANSWER) for f in outcome.faults):
            single = [(day, day) for day in reversed(days_between(first, last))]
            outcome = _each(feed, store, single, now)
        total += outcome
        done += (last - first).days + 1
        if any(not isinstance(fault, _OF_THE_ANSWER) for fault in outcome.faults):
            break
    return total


_OF_THE_ANSWER = (SourceChanged, SeriesInvalid)


def _each(feed: Feed, store: Store, asked: Iterable[tuple[date, date]], now: datetime) -> Collected:
    total = Collected()
    for first, last in asked:
        outcome = _ask(feed, store, first, last, now)
        total += outcome
        if any(not isinstance(fault, _OF_THE_ANSWER) for fault in outcome.faults):
            break
    return total


def _ask(feed: Feed, store: Store, first: date, last: date, now: datetime) -> Collected:
    try:
        done = pipeline.ingest(feed.source, store, day=first, last=last, now=now)
    except NotPublished:
        return Collected(asked=1, absent=(last - first).days + 1)
    except (SourceError, SeriesInvalid) as fault:
        return Collected(asked=1, faults=(fault,))
    told = done.appended
    return Collected(
        asked=1, answered=1, new=told.new, revised=told.revised, left_out=len(done.left_out)
    )
