"""What a fleet does, kept in the store: one event for each site, origin and verb, never two.

A result is stored with everything that it puts in force, all or nothing, by whoever is first. Who
comes later finds it. Refusals are kept beside it and hold nothing back: the next run tries again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.market.catalog import DAY
from chocolate_factory.store.base import Event, Store, damaged

BEGUN, REFUSED = "fleet-begun", "fleet-refused"

RESUMED_WITHIN = timedelta(hours=2)
"""A run begun so long ago is taken up again; an older one is begun anew, with what is known now."""

Document = Mapping[str, Any]
"""A result as JSON."""


class Verb(StrEnum):
    """What is done for every site."""

    PLAN = "plan"
    REPLAY = "replay"
    BACKTEST = "backtest"
    OUTLOOK = "outlook"  # of a zone, for those who replay


@dataclass(frozen=True, slots=True)
class Begun:
    """A run for the whole fleet: ``origin`` is the instant whose knowledge it uses, to the second.

    ``name`` tells runs of one verb apart; results are told apart by the origin alone. ``markets``:
    whose sites it plans, as far as it does not plan all; "" for agreed prices.
    """

    verb: Verb
    name: str
    origin: datetime
    markets: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """How results of this origin are called."""
        return f"{self.origin:%Y%m%dT%H%M%SZ}"


def begin_at(store: Store, verb: Verb, origin: datetime) -> Begun:
    """Begin a run with that origin, or take up the one that has it."""
    origin = origin.replace(microsecond=0)
    same = [one for one in begun_at(store, origin) if one.verb is verb]
    if same:
        return same[0]
    run = Begun(verb, f"at-{origin:%Y%m%dT%H%M%SZ}", origin)
    store.save_once(_begun(run))
    return run


def begin_for(
    store: Store,
    verb: Verb,
    day: date,
    *,
    now: datetime,
    markets: tuple[str, ...] = (),
    sees: Callable[[datetime], bool] | None = None,
) -> Begun:
    """Begin a run for a delivery day, or take up the one that was begun lately.

    Runs that begin at the same moment agree on one origin. ``markets`` as in ``Begun``; ``sees``:
    whether enough was known at the origin of the one begun lately; None: it was.
    """
    while True:
        earlier = [
            one
            for one in _read_begun(store, since=now - 2 * DAY, as_of=now)
            if one.verb is verb and one.name.startswith(f"{day}-")
        ]
        last = earlier[-1] if earlier else None
        if last and now - last.origin <= RESUMED_WITHIN and (sees is None or sees(last.origin)):
            return last
        run = Begun(verb, f"{day}-{len(earlier)}", now.replace(microsecond=0), markets)
        if store.save_once(_begun(run)):
            return run
        now += timedelta(seconds=1)  # another one began it, perhaps by a clock that is ahead


def begun_at(store: Store, origin: datetime) -> tuple[Begun, ...]:
    """The runs begun with that origin."""
    return _read_begun(store, since=origin, as_of=origin)


def newest_begun(store: Store, verb: Verb, *, as_of: datetime) -> tuple[Begun, ...]:
    """The run of a verb with the newest origin, and after it those before it for the same day."""
    found = [one for one in _read_begun(store, since=None, as_of=as_of) if one.verb is verb]
    if not found:
        return ()
    newest = found[-1]
    day, _, _ = newest.name.rpartition("-")  # "at" for a run whose origin was named
    same = [one for one in found[:-1] if day != "at" and one.name.startswith(f"{day}-")]
    return (newest, *reversed(same))


def mark(verb: Verb, name: str, document: Document, *, at: datetime) -> Event:
    """The event that keeps a result; its id is unique for the site, the verb and the ``name``."""
    kind = f"fleet-{verb}"
    return Event(f"{kind}-{name}", kind, at, json.dumps(document, separators=(",", ":")))


def result_of(store: Store, verb: Verb, name: str, *, at: datetime) -> Document | None:
    """What was kept for the store's site under that name and instant; None if nothing was."""
    event = event_of(store, verb, name, at=at)
    return None if event is None else _document(event)


def newest_result(store: Store, verb: Verb, *, since: datetime, as_of: datetime) -> Document | None:
    """What was kept last for the store's site between two instants; None if nothing was."""
    events = store.events(f"fleet-{verb}", since=since, as_of=as_of)
    return _document(events[-1]) if events else None


def event_of(store: Store, verb: Verb, name: str, *, at: datetime) -> Event | None:
    """The same as it is stored."""
    for event in store.events(f"fleet-{verb}", since=at, as_of=at):
        if event.event_id == f"fleet-{verb}-{name}":
            return event
    return None


def keep_refusal(store: Store, verb: Verb, reason: str, *, at: datetime) -> None:
    """Keep why a verb came to nothing for the store's site. The same reason is kept once."""
    mark_ = hashlib.sha256(reason.encode()).hexdigest()[:8]
    name = f"{REFUSED}-{verb}-{at:%Y%m%dT%H%M%SZ}-{mark_}"
    text = json.dumps({"verb": verb.value, "reason": reason}, separators=(",", ":"))
    store.save_event(Event(name, REFUSED, at, text))


def refusal_of(store: Store, verb: Verb, *, at: datetime) -> str | None:
    """Why a verb came to nothing for the store's site at that origin, as told last."""
    told = [_document(event) for event in store.events(REFUSED, since=at, as_of=at)]
    reasons = [str(one["reason"]) for one in told if one["verb"] == verb]
    return reasons[-1] if reasons else None


def _begun(run: Begun) -> Event:
    told: dict[str, Any] = {"verb": run.verb.value, "name": run.name, "origin": utc_iso(run.origin)}
    told |= {"markets": run.markets} if run.markets else {}
    return Event(f"{BEGUN}-{run.verb}-{run.name}", BEGUN, run.origin, json.dumps(told))


def _read_begun(store: Store, *, since: datetime | None, as_of: datetime) -> tuple[Begun, ...]:
    told = (_document(event) for event in store.events(BEGUN, since=since, as_of=as_of))
    return tuple(
        Begun(
            Verb(one["verb"]),
            one["name"],
            datetime.fromisoformat(one["origin"]),
            tuple(one.get("markets", ())),
        )
        for one in told
    )


def _document(event: Event) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(event.document)
    except ValueError:
        raise damaged(event) from None
    return told
