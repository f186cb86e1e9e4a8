"""What an address was sent within the hour, from whatever site, and what of each site waits for it.

An address is one person, however many sites write there: so this is noted where every site sees it,
with the unnamed one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chocolate_factory.alerting.notes import keep_event
from chocolate_factory.insights.alerts import AlertKind, Gravity
from chocolate_factory.market.calendar import HOUR
from chocolate_factory.store.base import Event, Store, damaged

DELIVERED, WAITING = "alert-delivered", "alert-waiting"
"""What the notes are called in the store."""

LOOK_BACK = 2 * HOUR
"""Older notes do not count. What still waits is noted again after an hour."""

A_ROUND = timedelta(minutes=10)
"""Within so long every site has looked: each does every quarter of an hour, one after the other."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an address is to be told of a site and found no room in the hour.

    ``site`` as the store calls it and ``title`` as people do; the ids of the alerts that hold,
    gravest first, and of those that recovered; of the gravest that holds how grave it is and of
    what kind, None where none holds.
    """

    site: str
    title: str
    raised: tuple[str, ...]
    ended: tuple[str, ...]
    gravity: Gravity | None
    kind: AlertKind | None

    def __len__(self) -> int:
        return len(self.raised) + len(self.ended)


@dataclass(frozen=True, slots=True)
class Noted:
    """What waits at a site: since when anything does, and when it was noted last."""

    since: datetime
    at: datetime
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Hour:
    """An address's hour: messages that reached it, summaries apart, and what waits by site."""

    delivered: int
    summed_up: bool
    waiting: Mapping[str, Noted]

    def round_is_over(self, now: datetime) -> bool:
        """Whether something waits since before the last round, so that every site was heard."""
        return any(now - one.since >= A_ROUND for one in self.waiting.values())


def hour_of(store: Store, *, to: str, now: datetime) -> Hour:
    """The hour of the address of mark ``to`` that ends ``now``.

    Raises ``StoreError`` if a note cannot be read.
    """
    delivered, summed_up = 0, False
    waiting: dict[str, Noted] = {}
    kept = store.of_site("").events(DELIVERED, WAITING, since=now - LOOK_BACK, as_of=now)
    for event in kept:
        whose, told = _read(event)
        if whose != to:
            continue
        if isinstance(told, Waiting):
            before = waiting.pop(told.site, None)
            if len(told):
                waiting[told.site] = Noted(before.since if before else event.at, event.at, told)
        elif told:
            summed_up |= event.at > now - HOUR
            waiting.clear()
        else:
            delivered += event.at > now - HOUR
    return Hour(delivered, summed_up, waiting)


def note_waiting(store: Store, one: Waiting, hour: Hour, *, to: str, now: datetime) -> None:
    """Note what waits at a site for an address, unless the same is noted already."""
    before = hour.waiting.get(one.site)
    same = before.waiting == one and now - before.at < HOUR if before else not len(one)
    if not same:
        told = {
            "to": to,
            "site": one.site,
            "title": one.title,
            "raised": list(one.raised),
            "ended": list(one.ended),
            "gravity": one.gravity and one.gravity.value,
            "kind": one.kind and one.kind.value,
        }
        keep_event(store.of_site(""), WAITING, told, at=now)


def note_delivered(store: Store, *, to: str, first: str, summary: bool, now: datetime) -> None:
    """Note that a message reached an address; ``first`` is the id of an alert in it."""
    told = {"to": to, "site": store.site, "first": first, "summary": summary}
    keep_event(store.of_site(""), DELIVERED, told, at=now)


def _read(event: Event) -> tuple[str, Waiting | bool]:
    """The address, and what waits for it; of a message that reached it whether it was a summary."""
    try:
        told = json.loads(event.document)
        if event.kind == DELIVERED:
            return told["to"], bool(told["summary"])
        gravity, kind = told["gravity"], told["kind"]
        waiting = Waiting(
            told["site"],
            told["title"],
            tuple(told["raised"]),
            tuple(told["ended"]),
            None if gravity is None else Gravity(gravity),
            None if kind is None else AlertKind(kind),
        )
        return told["to"], waiting
    except (KeyError, TypeError, ValueError) as fault:
        raise damaged(event) from fault
