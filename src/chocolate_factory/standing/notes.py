"""What is decided and told about plans, as typed notes, and their JSON.

Each becomes one event in the store. Nothing is taken back by deleting: ``Undone`` names the note
that no longer holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chocolate_factory.errors import StoreError
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.planning.pins import Pin
from chocolate_factory.planning.reported_starts import Report


@dataclass(frozen=True, slots=True)
class Accepted:
    """The plan of this id is in force. ``by``: who said so (``schedule`` for the program)."""

    plan_id: str
    by: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """The plan of this id is proposed in the place of ``over``, which would cost ``before_eur``.

    ``before_eur``: the plan in force at the proposal's prices, for the same batches [EUR]; None if
    it cannot be kept, for the ``reason`` given.
    """

    plan_id: str
    over: str
    before_eur: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Started:
    """A block of the plan of this id went as the report says."""

    plan_id: str
    report: Report
    by: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """A batch is to begin when the pin says; ``plan_id`` and ``batch``: what it was called then."""

    plan_id: str
    batch: str
    pin: Pin
    by: str


@dataclass(frozen=True, slots=True)
class Undone:
    """The note of this id no longer holds.

    ``instead``: where blocks that the plan ``plan_id`` carries are without it, if that plan was
    made from a report which is taken back; None and empty otherwise.
    """

    event_id: str
    by: str
    plan_id: str | None = None
    instead: tuple[Report, ...] = ()


Note = Accepted | Proposed | Started | Pinned | Undone

KINDS: Mapping[type, str] = {
    Accepted: "plan-accepted",
    Proposed: "plan-proposed",
    Started: "block-started",
    Pinned: "batch-pinned",
    Undone: "undone",
}
"""What each note is called in the store."""


def document(note: Note) -> str:
    """A note as JSON text."""
    match note:
        case Accepted():
            told: dict[str, Any] = {name: getattr(note, name) for name in note.__slots__}
        case Undone():
            told = {"event_id": note.event_id, "by": note.by}
            if note.plan_id is not None:
                told |= {
                    "plan_id": note.plan_id,
                    "instead": [_report_told(report) for report in note.instead],
                }
        case Proposed():
            told = {name: getattr(note, name) for name in note.__slots__}
        case Started(report=report):
            told = {
                "plan_id": note.plan_id,
                **_report_told(report),
                "by": note.by,
            }
        case Pinned(pin=pin):
            told = {
                "plan_id": note.plan_id,
                "batch": note.batch,
                "grade": pin.grade,
                "starts": [utc_iso(start) for start in pin.starts],
                "by": note.by,
            }
    return json.dumps(told, allow_nan=False, separators=(",", ":"))


def note_of(kind: str, text: str) -> Note:
    """Inverse of ``document``. Raises ``StoreError`` if the text means something else."""
    try:
        return _READERS[kind](json.loads(text))
    except (KeyError, TypeError, ValueError) as fault:
        raise StoreError(
            f"a stored event of kind {kind!r} is damaged and cannot be read: restore a backup, or "
            "start anew"
        ) from fault


def _report_told(report: Report) -> dict[str, Any]:
    return {
        "batch": report.batch,
        "stage": report.stage,
        "machine": report.machine,
        "start": utc_iso(report.start),
        "end": None if report.end is None else utc_iso(report.end),
        "energy_kwh": report.energy_kwh,
    }


def _report(told: Mapping[str, Any]) -> Report:
    return Report(
        batch=told["batch"],
        stage=told["stage"],
        start=_instant(told["start"]),
        end=None if told["end"] is None else _instant(told["end"]),
        machine=told["machine"],
        energy_kwh=told["energy_kwh"],
    )


def _started(told: Mapping[str, Any]) -> Started:
    return Started(told["plan_id"], _report(told), told["by"])


def _undone(told: Mapping[str, Any]) -> Undone:
    instead = tuple(_report(row) for row in told.get("instead", ()))
    return Undone(told["event_id"], told["by"], told.get("plan_id"), instead)


def _pinned(told: Mapping[str, Any]) -> Pinned:
    pin = Pin(told["grade"], tuple(_instant(start) for start in told["starts"]))
    return Pinned(told["plan_id"], told["batch"], pin, told["by"])


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Note]] = {
    KINDS[Accepted]: lambda told: Accepted(**told),
    KINDS[Proposed]: lambda told: Proposed(**told),
    KINDS[Started]: _started,
    KINDS[Pinned]: _pinned,
    KINDS[Undone]: _undone,
}
