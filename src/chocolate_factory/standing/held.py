"""What holds at an instant: the plan in force as it went so far, the proposal, the pins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from chocolate_factory.errors import StoreError
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.plan import Plan, PlanningPrices, plan_from_json, plan_to_json
from chocolate_factory.planning.reported_starts import (
    Report,
    as_reported,
    at_own_prices,
    begun_at,
    placed,
)
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

PRICED_BACK = timedelta(days=3)
"""What is reported is priced by plans made so long before the one it is reported under."""

N = TypeVar("N", bound=Note)


@dataclass(frozen=True, slots=True)
class Noted(Generic[N]):
    """A note with its id and when it was made."""

    event_id: str
    at: datetime
    note: N


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A stored plan with its id and when it was made.

    ``told_at``: when something was last told or taken back of what it holds, as far as its blocks
    are as reported.
    """

    plan_id: str
    made_at: datetime
    plan: Plan
    told_at: datetime | None = None

    @property
    def changed_at(self) -> datetime:
        """Since when its blocks are as they are."""
        return self.made_at if self.told_at is None else max(self.made_at, self.told_at)


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
    earlier
        What was told under the plans before of blocks that the plan in force carries, oldest first.
    taken_back
        When reports were taken back, oldest first.
    pins
        Batches that were told when to begin and have not begun, oldest first.
    """

    in_force: KeptPlan | None
    accepted: Noted[Accepted] | None
    proposal: KeptPlan | None
    proposed: Noted[Proposed] | None
    reports: tuple[Noted[Started], ...]
    pins: tuple[Noted[Pinned], ...]
    earlier: tuple[Noted[Started], ...] = ()
    taken_back: tuple[datetime, ...] = ()


NOTHING = Standing(None, None, None, None, (), ())
"""Where there is no plan."""


def standing(
    store: Store, *, as_of: datetime, slot: timedelta, without: str | None = None
) -> Standing:
    """What holds at ``as_of``; ``slot`` is the plant's planning step.

    ``without``: the id of a note, to know what would hold if it were taken back.
    """
    for since in (as_of - LOOK_BACK, None):
        told = all_notes(store, since=since, as_of=as_of)
        notes = tuple(noted for noted in holding(told) if noted.event_id != without)
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
    gone = as_it_went(store, kept, told, slot=slot)
    started = {noted.event_id for noted in told if isinstance(noted.note, Started)}
    proposal, proposed = _proposal(store, notes, kept.plan_id, as_of)
    pins = tuple(noted for noted in _only(notes, Pinned) if noted.note.pin.begin > as_of)
    earlier = _taken_over(_only(notes, Started), kept, gone, slot)
    taken_back = tuple(n.at for n in _only(told, Undone) if n.note.event_id in started)
    moments = (*(noted.at for noted in (*reports, *earlier)), *taken_back)
    return Standing(
        in_force=replace(
            kept,
            plan=replace(gone, pinned=_still_pinned(gone, pins)),
            told_at=max(moments, default=None),
        ),
        accepted=accepted,
        proposal=proposal,
        proposed=proposed,
        reports=reports,
        pins=pins,
        earlier=earlier,
        taken_back=taken_back,
    )


def as_it_went(
    store: Store, kept: KeptPlan, told: tuple[Noted[Note], ...], *, slot: timedelta
) -> Plan:
    """A plan as it was reported; ``told`` are all notes, those undone among them."""
    instead = [
        report
        for noted in _only(told, Undone)
        if noted.note.plan_id == kept.plan_id
        for report in noted.note.instead
    ]
    own = [n for n in _only(holding(told), Started) if n.note.plan_id == kept.plan_id]
    went = as_reported(placed(kept.plan, instead), [n.note.report for n in own], slot=slot)
    if went is kept.plan:
        return went
    return at_own_prices(kept.plan, went, _prices_before(store, kept, told))


def _prices_before(
    store: Store, kept: KeptPlan, told: tuple[Noted[Note], ...]
) -> Iterator[PlanningPrices]:
    """The prices of the plans that were in force before, newest first, for some days."""
    ids = [one.note.plan_id for one in _only(holding(told), Accepted)]
    first = ids.index(kept.plan_id) if kept.plan_id in ids else len(ids)
    for plan_id in reversed(ids[:first]):
        before = _kept(_record(store, plan_id))
        if before.made_at < kept.made_at - PRICED_BACK:
            return
        yield before.plan.prices


def without_report(
    store: Store, event_id: str, held: Standing, *, as_of: datetime, slot: timedelta
) -> tuple[Report, ...]:
    """Where the blocks that the plan in force carries are if a report of before it never was.

    The plans since are gone through once with the report and once without; what differs is put
    where it is without.
    """
    told = all_notes(store, since=None, as_of=as_of)
    noted = next(one for one in _only(told, Started) if one.event_id == event_id)
    less = tuple(one for one in told if one.event_id != event_id)
    ids = list(dict.fromkeys(one.note.plan_id for one in _only(holding(told), Accepted)))
    if held.in_force is None or noted.note.plan_id not in ids:
        return ()
    first = ids.index(noted.note.plan_id)
    chain = [_kept(_record(store, plan_id)) for plan_id in ids[first:]]
    went, before = _gone_through(store, chain, told, slot), _gone_through(store, chain, less, slot)
    report = noted.note.report
    return tuple(
        Report(
            block.batch,
            block.stage,
            without.start,
            without.end,
            without.machine
            if report.machine and (report.batch, report.stage) == (block.batch, block.stage)
            else None,
        )
        for block, without in zip(went.carried, before.carried, strict=True)
        if (block.start, block.end) != (without.start, without.end)
    )


def _gone_through(
    store: Store, chain: list[KeptPlan], told: tuple[Noted[Note], ...], slot: timedelta
) -> Plan:
    """The last plan of ``chain`` with what it carries where the plans before left it."""
    plan = as_it_went(store, chain[0], told, slot=slot)
    for kept in chain[1:]:
        at = {(b.batch, b.stage): b for b in (*plan.carried, *plan.schedule.blocks)}
        carried = tuple(
            replace(block, start=own.start, end=own.end, machine=own.machine)
            if (own := at.get((block.batch, block.stage)))
            else block
            for block in kept.plan.carried
        )
        moved = replace(kept, plan=replace(kept.plan, carried=carried))
        plan = as_it_went(store, moved, told, slot=slot)
    return plan


def _taken_over(
    started: list[Noted[Started]], kept: KeptPlan, gone: Plan, slot: timedelta
) -> tuple[Noted[Started], ...]:
    """The reports of the plans before that say where the plan in force carries a block."""
    at = {(block.batch, block.stage): block.start for block in gone.carried}
    own = {
        (n.note.report.batch, n.note.report.stage)
        for n in started
        if n.note.plan_id == kept.plan_id
    }
    return tuple(
        noted
        for noted in started
        if noted.note.plan_id != kept.plan_id
        and (key := (noted.note.report.batch, noted.note.report.stage)) not in own
        and at.get(key) == begun_at(noted.note.report.start, gone, slot)
    )


def notes_of(
    store: Store, *, since: datetime | None = None, as_of: datetime
) -> tuple[Noted[Note], ...]:
    """Every note made by ``as_of`` that holds, oldest first; those undone are left out."""
    return holding(all_notes(store, since=since, as_of=as_of))


def all_notes(
    store: Store, *, since: datetime | None = None, as_of: datetime
) -> tuple[Noted[Note], ...]:
    """Every note made by ``as_of``, oldest first, those undone and their undoing among them."""
    return tuple(
        Noted(event.event_id, event.at, note_of(event.kind, event.document))
        for event in store.events(*KINDS.values(), since=since, as_of=as_of)
    )


def holding(told: tuple[Noted[Note], ...]) -> tuple[Noted[Note], ...]:
    """Those of ``told`` that hold: what was undone, and its undoing, are left out."""
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
