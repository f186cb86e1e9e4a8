"""What is noted of alerts, as typed notes, and their JSON. Each is one event in the store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from chocolate_factory.errors import StoreError
from chocolate_factory.insights.alerts import Alert, AlertKind, Basis, Gravity
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.store.base import Event, Store


class End(StrEnum):
    """How an alert ended."""

    RECOVERED = "recovered"  # what it said is no longer so
    OVER = "over"  # its time has passed


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert as it was found, first or changed since. ``alert_id``: of its first note."""

    alert_id: str
    alert: Alert


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
    """One message went out: what began to hold in it, what ended. ``summary``: of many."""

    raised: tuple[str, ...]
    ended: tuple[str, ...]
    summary: bool


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
    text = json.dumps(told, allow_nan=False, separators=(",", ":"))
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    store.save_event(Event(f"{kind}-{at:%Y%m%dT%H%M%S%fZ}-{mark}", kind, at, text))


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
        case Raised(alert_id=alert_id, alert=alert):
            return {
                "alert_id": alert_id,
                "code": alert.code,
                "kind": alert.kind.value,
                "gravity": alert.gravity.value,
                "values": dict(alert.values),
                "eur": alert.eur,
                "basis": alert.basis.value,
                "valid_until": None if alert.valid_until is None else utc_iso(alert.valid_until),
            }
        case Ended(alert_id=alert_id, how=how):
            return {"alert_id": alert_id, "how": how.value}
        case Acknowledged(alert_id=alert_id, by=by):
            return {"alert_id": alert_id, "by": by}
        case Sent():
            return {
                "raised": list(note.raised),
                "ended": list(note.ended),
                "summary": note.summary,
            }


def _note(event: Event) -> Note:
    try:
        return _READERS[event.kind](json.loads(event.document))
    except (KeyError, TypeError, ValueError) as fault:
        raise damaged(event) from fault


def damaged(event: Event) -> StoreError:
    """What is raised of an event whose text means nothing."""
    return StoreError(
        f"the stored event {event.event_id} is damaged and cannot be read: restore a backup"
    )


def _raised(told: Mapping[str, Any]) -> Raised:
    until = told["valid_until"]
    return Raised(
        told["alert_id"],
        Alert(
            code=told["code"],
            kind=AlertKind(told["kind"]),
            gravity=Gravity(told["gravity"]),
            values=told["values"],
            eur=told["eur"],
            basis=Basis(told["basis"]),
            valid_until=None if until is None else datetime.fromisoformat(until).astimezone(UTC),
        ),
    )


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Note]] = {
    KINDS[Raised]: _raised,
    KINDS[Acknowledged]: lambda told: Acknowledged(**told),
    KINDS[Ended]: lambda told: Ended(told["alert_id"], End(told["how"])),
    KINDS[Sent]: lambda told: Sent(tuple(told["raised"]), tuple(told["ended"]), told["summary"]),
}
