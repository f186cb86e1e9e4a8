"""What is noted of alerts, as typed notes, and their JSON. Each is one event in the store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from chocolate_factory.insights.alerts import Alert, AlertKind, Basis, Gravity
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.store.base import Event, Store, damaged


class End(StrEnum):
    """How an alert ended."""

    RECOVERED = "recovered"  # what it said is no longer so
    OVER = "over"  # its time has passed


@dataclass(frozen=True, slots=True)
class Seen:
    """Who acknowledged an alert first, when, and how grave it was then."""

    by: str
    at: datetime
    gravity: Gravity


@dataclass(frozen=True, slots=True)
class Told:
    """When an address was told last that an alert holds, and how grave it was then."""

    at: datetime
    gravity: Gravity


EVERYBODY = ""
"""In the place of an address's mark: a message of before each was noted by its address."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert as it was found, first or changed since.

    ``alert_id``: of its first note. The rest is what became of it until then, so that nothing
    older has to be read: see ``held.Held``.
    """

    alert_id: str
    alert: Alert
    first_seen: datetime | None = None
    seen: Seen | None = None
    told: Mapping[str, Told] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody has seen it: ``by`` (``web``, ``token:<name>``, ``command line:<user>``)."""

    alert_id: str
    by: str


@dataclass(frozen=True, slots=True)
class Ended:
    """It holds no more."""

    alert_id: str
    how: End


@dataclass(frozen=True, slots=True)
class Sent:
    """A message reached an address: what began to hold in it, what ended.

    ``to``: the address's mark.
    """

    raised: tuple[str, ...]
    ended: tuple[str, ...]
    to: str = EVERYBODY


Note = Raised | Acknowledged | Ended | Sent

KINDS: Mapping[type, str] = {
    Raised: "alert-raised",
    Acknowledged: "alert-acknowledged",
    Ended: "alert-ended",
    Sent: "alert-sent",
}
"""What each note is called in the store."""


def id_of(alert: Alert, at: datetime, site: str) -> str:
    """The id of an alert that begins to hold at ``at``; another one at every site."""
    whose = f"{alert.code}@{site}" if site else alert.code
    mark = hashlib.sha256(whose.encode()).hexdigest()[:8]
    return f"{at:%Y%m%dT%H%M%SZ}-{mark}"


def keep(store: Store, note: Note, *, at: datetime) -> None:
    """Store a note. The same note of the same instant is stored once."""
    keep_event(store, KINDS[type(note)], _document(note), at=at)


def keep_event(store: Store, kind: str, told: Mapping[str, Any], *, at: datetime) -> None:
    """Store what was told at an instant under an id of its own."""
    store.save_event(event_of(kind, told, at=at))


def event_of(kind: str, told: Mapping[str, Any], *, at: datetime) -> Event:
    """What was told at an instant, as an event with an id of its own."""
    text = json.dumps(told, allow_nan=False, separators=(",", ":"))
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Event(f"{kind}-{at:%Y%m%dT%H%M%S%fZ}-{mark}", kind, at, text)


def notes(store: Store, *, since: datetime, as_of: datetime) -> tuple[tuple[datetime, Note], ...]:
    """Every note made in [since, as_of] with its instant, oldest first.

    Raises ``StoreError`` if one cannot be read.
    """
    return tuple(
        (event.at, _note(event))
        for event in store.events(*KINDS.values(), since=since, as_of=as_of)
    )


def _document(note: Note) -> dict[str, Any]:
    match note:
        case Raised(alert_id=alert_id, alert=alert, first_seen=first_seen, seen=seen):
            return {
                "alert_id": alert_id,
                "code": alert.code,
                "kind": alert.kind.value,
                "gravity": alert.gravity.value,
                "values": dict(alert.values),
                "eur": alert.eur,
                "basis": alert.basis.value,
                "valid_until": None if alert.valid_until is None else utc_iso(alert.valid_until),
                "first_seen": None if first_seen is None else utc_iso(first_seen),
                "seen": None if seen is None else [seen.by, utc_iso(seen.at), seen.gravity.value],
                "told": {to: [utc_iso(one.at), one.gravity.value] for to, one in note.told.items()},
            }
        case Ended(alert_id=alert_id, how=how):
            return {"alert_id": alert_id, "how": how.value}
        case Acknowledged(alert_id=alert_id, by=by):
            return {"alert_id": alert_id, "by": by}
        case Sent():
            return {"raised": list(note.raised), "ended": list(note.ended), "to": note.to}


def _note(event: Event) -> Note:
    try:
        return _READERS[event.kind](json.loads(event.document))
    except (KeyError, TypeError, ValueError) as fault:
        raise damaged(event) from fault


def _raised(told: Mapping[str, Any]) -> Raised:
    until, first_seen, seen = told["valid_until"], told.get("first_seen"), told.get("seen")
    return Raised(
        told["alert_id"],
        Alert(
            code=told["code"],
            kind=AlertKind(told["kind"]),
            gravity=Gravity(told["gravity"]),
            values=told["values"],
            eur=told["eur"],
            basis=Basis(told["basis"]),
            valid_until=None if until is None else _instant(until),
        ),
        first_seen=None if first_seen is None else _instant(first_seen),
        seen=None if seen is None else Seen(seen[0], _instant(seen[1]), Gravity(seen[2])),
        told={
            to: Told(_instant(at), Gravity(gravity))
            for to, (at, gravity) in told.get("told", {}).items()
        },
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Note]] = {
    KINDS[Raised]: _raised,
    KINDS[Acknowledged]: lambda told: Acknowledged(**told),
    KINDS[Ended]: lambda told: Ended(told["alert_id"], End(told["how"])),
    KINDS[Sent]: lambda told: Sent(
        tuple(told["raised"]), tuple(told["ended"]), told.get("to", EVERYBODY)
    ),
}
