"""History on an empty store: every supply back to where the plant wants it, newest first.

The work goes in windows of some weeks over all supplies, so that prices and weather of the same
weeks come together and a forecast can start early. How far back each supply has been asked is kept
with the run, so that a hole the upstream has for ever is asked once, and a restart goes on where
the last run stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY
from chocolate_factory.store.base import Store
from chocolate_factory.upkeep.collect import Collected, Tell, collect_whole, silent
from chocolate_factory.upkeep.supply import Feed, Supply, days_due

WINDOW = timedelta(days=84)
"""Twelve weeks: enough for a first forecast with intervals, a few requests for each source."""


@dataclass(frozen=True, slots=True)
class History:
    """How far history has come: by supply the oldest Madrid day that has been asked for."""

    reached: Mapping[str, date]
    collected: Collected
    complete: bool


def fill_history(
    supplies: Sequence[Supply],
    store: Store,
    *,
    now: datetime,
    reached: Mapping[str, date],
    tell: Tell = silent,
    after_window: Callable[[Mapping[str, date]], None] = lambda _: None,
) -> History:
    """Go on from ``reached``, window by window, until all is asked or a source fails.

    Each window asks the first feed for what it has not told, and the others for what is missing
    still. A supply whose source fails keeps its place and is left alone until the next call.
    ``after_window`` is called after each window of each supply, prices first, with what is reached.
    """
    today = delivery_day(now)
    place = {supply.name: reached.get(supply.name, today + DAY) for supply in supplies}
    target = {supply.name: today - supply.history for supply in supplies}
    total, failed = Collected(), set[str]()
    days = sum((place[s.name] - target[s.name]).days for s in supplies if _open(s, place, target))
    done = 0
    while pending := [s for s in supplies if _open(s, place, target) and s.name not in failed]:
        newest = max(place[supply.name] for supply in pending)
        for supply in pending:
            last = place[supply.name] - DAY
            first = max(target[supply.name], newest - WINDOW)
            if first > last:
                continue
            outcome = _window(supply, store, first, last, now=now, tell=_within(tell, done, days))
            total += outcome
            if outcome.faults:
                failed.add(supply.name)
                continue
            place[supply.name] = first
            done += (last - first).days + 1
            after_window(place)
    return History(place, total, not any(_open(s, place, target) for s in supplies))


def _open(supply: Supply, place: Mapping[str, date], target: Mapping[str, date]) -> bool:
    return place[supply.name] > target[supply.name]


def _window(
    supply: Supply, store: Store, first: date, last: date, *, now: datetime, tell: Tell
) -> Collected:
    """What the first feed has not told, then from the others what is missing still.

    A fault counts only if something is missing in the end that another try could bring.
    """
    total = Collected()
    faulty: list[Feed] = []
    for number, feed in enumerate(supply.feeds):
        wanted = replace(feed, own=feed.own and number == 0)
        days = days_due(wanted, supply.keys, store, first=first, last=last, now=now)
        outcome = collect_whole(wanted, supply.keys, store, days, now=now, tell=tell)
        total += outcome
        if outcome.faults:
            faulty.append(replace(feed, own=False))
    if any(days_due(f, supply.keys, store, first=first, last=last, now=now) for f in faulty):
        return total
    return replace(total, faults=())


def _within(tell: Tell, done: int, total: int) -> Tell:
    def told(_done: int, _total: int, detail: str = "", /) -> None:
        tell(min(done + _done, total), total, detail)

    return told
