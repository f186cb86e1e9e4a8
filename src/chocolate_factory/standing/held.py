"""What holds at an instant: the plan in force as it went so far, the proposal, the pins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from chocolate_factory.errors import StoreError
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.plan import Plan, plan_from_json, plan_to_json
from chocolate_factory.planning.reported_starts import as_reported
from chocolate_factory.standing.notes import (
    KINDS,
    Accepted,
    Note,
    Pinned,
    Proposed,
    Started,
    Undone,
    document,
    note_of,
)
from chocolate_factory.store.base import Event, PlanRecord, Store

LOOK_BACK = timedelta(days=30)
"""A note older than this still holds only if it says which plan is in force."""

N = TypeVar("N", bound=Note)


@dataclass(frozen=True, slots=True)
class Noted(Generic[N]):
    """A note with its id and when it was made."""

    event_id: str
    at: datetime
    note: N


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A stored plan with its id and when it was made."""

    plan_id: str
    made_at: datetime
    plan: Plan


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds at an instant.

    Parameters
    ----------
    in_force
        The plan that is carried out, its blocks as they were reported and pinned only where a pin
        still holds; None if there is none.
    accepted
        The note that put it in force; None for a plan kept before there were such notes.
    proposal, proposed
        The plan proposed in its place and the note about it, until it would begin.
    reports
        What was told of the blocks of the plan in force, oldest first.
    pins
        Batches that were told when to begin and have not begun, oldest first.
    """

    in_force: KeptPlan | None
    accepted: Noted[Accepted] | None
    proposal: KeptPlan | None
    proposed: Noted[Proposed] | None
    reports: tuple[Noted[Started], ...]
    pins: tuple[Noted[Pinned], ...]


NOTHING = Standing(None, None, None, None, (), ())
"""Where there is no plan."""


def standing(
    store: Store, *, as_of: datetime, slot: timedelta, without: str | None = None
) -> Standing:
    """What holds at ``as_of``; ``slot`` is the plant's planning step.

    ``without``: the id of a note, to know what would hold if it were taken back.
    """
    for since in (as_of - LOOK_BACK, None):
        told = notes_of(store, since=since, as_of=as_of)
        notes = tuple(noted for noted in told if noted.event_id != without)
        if any(isinstance(noted.note, Accepted) for noted in notes):
            break
    accepted = next((told for told in reversed(_only(notes, Accepted))), None)
    record = store.plan(as_of=as_of) if accepted is None else _record(store, accepted.note.plan_id)
    if record is None:
        return NOTHING
    reports = tuple(
        noted for noted in _only(notes, Started) if noted.note.plan_id == record.plan_id
    )
    kept = _kept(record)
    gone = as_reported(kept.plan, [noted.note.report for noted in reports], slot=slot)
    proposal, proposed = _proposal(store, notes, kept.plan_id, as_of)
    pins = tuple(noted for noted in _only(notes, Pinned) if noted.note.pin.begin > as_of)
    return Standing(
        in_force=replace(kept, plan=replace(gone, pinned=_still_pinned(gone, pins))),
        accepted=accepted,
        proposal=proposal,
        proposed=proposed,
        reports=reports,
        pins=pins,
    )


def notes_of(
    store: Store, *, since: datetime | None = None, as_of: datetime
) -> tuple[Noted[Note], ...]:
    """Every note made by ``as_of`` that holds, oldest first; those undone are left out."""
    told = [
        Noted(event.event_id, event.at, note_of(event.kind, event.document))
        for event in store.events(*KINDS.values(), since=since, as_of=as_of)
    ]
    undone = {noted.note.event_id for noted in told if isinstance(noted.note, Undone)}
    return tuple(
        noted
        for noted in told
        if noted.event_id not in undone and not isinstance(noted.note, Undone)
    )


def keep_note(store: Store, note: Note, *, at: datetime) -> str:
    """Store a note; the id of its event. The same note of the same instant is stored once."""
    event = note_event(note, at=at)
    store.save_event(event)
    return event.event_id


def note_event(note: Note, *, at: datetime) -> Event:
    """A note as the event that keeps it."""
    kind, text = KINDS[type(note)], document(note)
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Event(f"{kind}-{at:%Y%m%dT%H%M%S%fZ}-{mark}", kind, at, text)


def keep_plan(store: Store, plan: Plan, *, made_at: datetime) -> str:
    """Store a plan with everything it stood on; its id. This alone puts nothing in force."""
    record = plan_record(plan, made_at=made_at, site=store.site)
    store.save_plan(record)
    return record.plan_id


def plan_record(plan: Plan, *, made_at: datetime, site: str) -> PlanRecord:
    """A plan of ``site`` as the record that keeps it; alike plans of two sites have two ids."""
    text = json.dumps(plan_to_json(plan))
    mark = hashlib.sha256(f"{site}{text}".encode()).hexdigest()[:6]
    plan_id = f"{plan.start:%Y%m%dT%H%MZ}-{made_at:%Y%m%dT%H%M%S%fZ}-{mark}"
    return PlanRecord(plan_id, plan.origin, made_at, text)


def stored_plan(store: Store, plan_id: str) -> KeptPlan | None:
    """The plan of that id; None if there is none."""
    record = store.plan_of(plan_id)
    return None if record is None else _kept(record)


def _still_pinned(plan: Plan, pins: Sequence[Noted[Pinned]]) -> tuple[str, ...]:
    """Those that the plan was made to keep, without what was undone since or has begun."""
    there = {(noted.note.pin.grade, noted.note.pin.begin) for noted in pins}
    holding = {
        batch[0].batch
        for batch in batches_of(plan.schedule.blocks)
        if (batch[0].grade, batch[0].start) in there
    }
    return tuple(name for name in plan.pinned if name in holding)


def _proposal(
    store: Store, notes: tuple[Noted[Note], ...], over: str, as_of: datetime
) -> tuple[KeptPlan | None, Noted[Proposed] | None]:
    told = [noted for noted in _only(notes, Proposed) if noted.note.over == over]
    if not told:
        return None, None
    kept = _kept(_record(store, told[-1].note.plan_id))
    return (kept, told[-1]) if kept.plan.start > as_of else (None, None)


def _only(notes: tuple[Noted[Note], ...], kind: type[N]) -> list[Noted[N]]:
    return [
        Noted(noted.event_id, noted.at, noted.note)
        for noted in notes
        if isinstance(noted.note, kind)
    ]


def _record(store: Store, plan_id: str) -> PlanRecord:
    record = store.plan_of(plan_id)
    if record is None:
        raise StoreError(
            f"the plan {plan_id} is in force or proposed and is not stored: restore a backup, or "
            "plan anew"
        )
    return record


def _kept(record: PlanRecord) -> KeptPlan:
    return KeptPlan(record.plan_id, record.made_at, plan_from_json(json.loads(record.document)))
