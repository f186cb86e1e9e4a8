"""What a fleet does, kept in the store: one event for each site, publication and verb, never two.

Where an origin is named it takes the place of the publication of a market's prices.

A result is stored with everything that it puts in force, all or nothing, by whoever is first. Who
comes later finds it. Refusals are kept beside it and hold nothing back: the next run tries again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from chocolate_factory.market.calendar import day_bounds, utc_iso
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.base import Event, Store, damaged

BEGUN, ASKED, REFUSED = "fleet-begun", "fleet-asked", "fleet-refused"

RESUMED_WITHIN = timedelta(minutes=10)
"""A run begun less long ago is taken up again; after that one is begun, with what is known now."""

_NAMED = "at"
"""In the place of the day, for a run whose origin was named."""

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

    ``name`` tells runs of one verb apart.
    """

    verb: Verb
    name: str
    origin: datetime

    @property
    def day(self) -> date | None:
        """The delivery day whose prices it plans with; None if its origin was named."""
        day, _, _ = self.name.rpartition("-")
        return None if day == _NAMED else date.fromisoformat(day)

    @property
    def within(self) -> tuple[datetime, datetime]:
        """From when to when a result that this run is to find was kept."""
        if self.day is None:
            return self.origin, self.origin
        return day_bounds(self.day - DAY)

    def key(self, market: SeriesKey | None) -> str:
        """How results of sites that pay by ``market`` are called: see ``key_of``."""
        return key_of(self.day, self.origin, market)


@dataclass(frozen=True, slots=True)
class Asked:
    """The sites of a run, as the store calls them: those it plans, and those that wait."""

    planned: frozenset[str]
    waiting: frozenset[str]


def key_of(day: date | None, origin: datetime, market: SeriesKey | None) -> str:
    """How results are called: by the publication they follow, or by an origin that was named."""
    if day is None:
        return f"{origin:%Y%m%dT%H%M%SZ}"
    return f"{day}-{market or 'agreed'}"


def under(told: Iterable[tuple[str, Document]], key: str) -> tuple[Document, ...]:
    """Of results by name those of ``key``, as they came: see ``numbered``."""
    found = {
        int(name[len(key) + 1 :] or 0): document
        for name, document in told
        if name == key or name.startswith(f"{key}#")
    }
    return tuple(found[number] for number in sorted(found))


def numbered(key: str, number: int) -> str:
    """The name of the result that comes after ``number`` others of that key."""
    return f"{key}#{number}" if number else key


def begin_at(store: Store, verb: Verb, origin: datetime) -> Begun:
    """Begin a run with that origin, or take up the one that has it."""
    origin = origin.replace(microsecond=0)
    run = Begun(verb, f"{_NAMED}-{origin:%Y%m%dT%H%M%SZ}", origin)
    store.save_once(_begun(run))
    return run


def begin_for(
    store: Store,
    verb: Verb,
    day: date,
    *,
    now: datetime,
    within: timedelta = RESUMED_WITHIN,
    sees: Callable[[datetime], bool] = lambda _: True,
) -> Begun:
    """Begin a run for a delivery day, or take up the one begun less than ``within`` ago.

    Runs that begin at the same moment agree on one origin, also if the clock of one is a little
    ahead. ``sees``: whether enough was known at the origin of the one begun before.
    """
    while True:
        begun = [
            one
            for one in _read_begun(store, since=now - 2 * DAY, as_of=now + 2 * DAY)
            if one.verb is verb and one.day == day
        ]
        near = [one for one in begun if one.origin - now < RESUMED_WITHIN]
        if near and now - near[-1].origin < within and sees(near[-1].origin):
            return near[-1]
        run = Begun(verb, f"{day}-{len(begun)}", now.replace(microsecond=0))
        if store.save_once(_begun(run)):
            return run


def begun_at(store: Store, origin: datetime) -> tuple[Begun, ...]:
    """The runs begun with that origin."""
    return _read_begun(store, since=origin, as_of=origin)


def newest_begun(store: Store, verb: Verb, *, as_of: datetime) -> tuple[Begun, ...]:
    """The run of a verb with the newest origin, and after it those before it for the same day."""
    found = [one for one in _read_begun(store, since=None, as_of=as_of) if one.verb is verb]
    if not found:
        return ()
    newest = found[-1]
    same = [one for one in found[:-1] if newest.day is not None and one.day == newest.day]
    return (newest, *reversed(same))


def keep_asked(store: Store, run: Begun, sites: Asked) -> None:
    """Keep which sites a run has, as far as that is not kept yet."""
    known = asked_of(store, run)
    told = {
        "planned": sorted(sites.planned - known.planned),
        "waiting": sorted(sites.waiting - known.waiting),
    }
    if any(told.values()):
        text = json.dumps({"run": run.name, **told}, separators=(",", ":"))
        name = f"{ASKED}-{run.verb}-{run.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        store.save_event(Event(name, ASKED, run.origin, text))


def asked_of(store: Store, run: Begun) -> Asked:
    """The sites of a run."""
    events = store.events(ASKED, since=run.origin, as_of=run.origin)
    told = [one for one in map(_document, events) if one["run"] == run.name]
    return Asked(
        planned=frozenset(site for one in told for site in one["planned"]),
        waiting=frozenset(site for one in told for site in one["waiting"]),
    )


def mark(verb: Verb, name: str, document: Document, *, at: datetime) -> Event:
    """The event that keeps a result; its id is unique for the site, the verb and the ``name``."""
    kind = f"fleet-{verb}"
    return Event(f"{kind}-{name}", kind, at, json.dumps(document, separators=(",", ":")))


def result_of(
    store: Store, verb: Verb, name: str, *, at: datetime, until: datetime | None = None
) -> Document | None:
    """What was kept for the store's site under that name at an instant, or from there to another
    one; None if nothing was."""
    event = event_of(store, verb, name, at=at, until=until)
    return None if event is None else _document(event)


def results(
    store: Store, verb: Verb, *, since: datetime, as_of: datetime
) -> tuple[tuple[str, Document], ...]:
    """What was kept for the store's site between two instants, by name, oldest first."""
    return tuple(
        (event.event_id.removeprefix(f"fleet-{verb}-"), _document(event))
        for event in store.events(f"fleet-{verb}", since=since, as_of=as_of)
    )


def event_of(
    store: Store, verb: Verb, name: str, *, at: datetime, until: datetime | None = None
) -> Event | None:
    """The same as ``result_of``, as it is stored."""
    for event in store.events(f"fleet-{verb}", since=at, as_of=until or at):
        if event.event_id == f"fleet-{verb}-{name}":
            return event
    return None


def keep_refusal(store: Store, verb: Verb, reason: str, *, at: datetime) -> None:
    """Keep why a verb came to nothing for the store's site. The same reason is kept once."""
    mark_ = hashlib.sha256(reason.encode()).hexdigest()[:8]
    name = f"{REFUSED}-{verb}-{at:%Y%m%dT%H%M%SZ}-{mark_}"
    text = json.dumps({"verb": verb.value, "reason": reason}, separators=(",", ":"))
    store.save_event(Event(name, REFUSED, at, text))


def refusal_of(
    store: Store, verb: Verb, *, since: datetime, as_of: datetime, planned_at: datetime | None
) -> str | None:
    """Why a verb came to nothing for the store's site, as told last from an instant to another one.

    What was told by ``planned_at``, when the plan in force was made, is over.
    """
    told = [
        _document(event)
        for event in store.events(REFUSED, since=since, as_of=as_of)
        if planned_at is None or event.at > planned_at
    ]
    reasons = [str(one["reason"]) for one in told if one["verb"] == verb]
    return reasons[-1] if reasons else None


def _begun(run: Begun) -> Event:
    told: dict[str, Any] = {"verb": run.verb.value, "name": run.name, "origin": utc_iso(run.origin)}
    return Event(f"{BEGUN}-{run.verb}-{run.name}", BEGUN, run.origin, json.dumps(told))


def _read_begun(store: Store, *, since: datetime | None, as_of: datetime) -> tuple[Begun, ...]:
    told = (_document(event) for event in store.events(BEGUN, since=since, as_of=as_of))
    return tuple(
        Begun(Verb(one["verb"]), one["name"], datetime.fromisoformat(one["origin"])) for one in told
    )


def _document(event: Event) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(event.document)
    except ValueError:
        raise damaged(event) from None
    return told
