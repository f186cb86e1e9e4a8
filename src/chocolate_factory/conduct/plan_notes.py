"""What people tell: accepted, started, pinned, undone. Each is one note that is never changed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chocolate_factory import pipeline
from chocolate_factory.conduct.replan import Rules, hand_over_after, stay
from chocolate_factory.conduct.report_rules import require_possible
from chocolate_factory.errors import Infeasible, NotNow, RequestInvalid, Unknown
from chocolate_factory.pipeline import PlanTask, TakeOver
from chocolate_factory.planning.carried_over import Batch, batches_of, kwh_left
from chocolate_factory.planning.changes import begun_otherwise
from chocolate_factory.planning.orders import in_words
from chocolate_factory.planning.pins import Pin, pin_of
from chocolate_factory.planning.plan import Block, Plan
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.recover import machine_name
from chocolate_factory.planning.reported_starts import Report
from chocolate_factory.planning.solve_around import chain_from
from chocolate_factory.standing import (
    Accepted,
    KeptPlan,
    Note,
    Noted,
    Pinned,
    Standing,
    Started,
    Undone,
    keep_note,
    keep_plan,
    notes_of,
    standing,
    without_report,
)
from chocolate_factory.store.base import Store

REPORTED_WITHIN = timedelta(days=3)
"""A block is not reported to have begun so long before or after it was planned to."""


@dataclass(frozen=True, slots=True)
class Told:
    """The note that was kept, by its id, and what holds after it."""

    event_id: str
    standing: Standing


def accept(
    store: Store, plan_id: str, *, now: datetime, rules: Rules, by: str, slot: timedelta
) -> Told:
    """Put the proposed plan of that id in force; accepting it again changes nothing.

    Raises ``NotNow`` if it is not what is proposed, was overtaken by events, or would by now change
    what begins within half the freeze.
    """
    held = standing(store, as_of=now, slot=slot)
    if held.accepted is not None and held.accepted.note.plan_id == plan_id:
        return Told(held.accepted.event_id, held)
    if held.proposal is None or held.proposed is None:
        raise NotNow("no plan is proposed now: what was, is out of date. Plan anew")
    if held.proposal.plan_id != plan_id:
        raise NotNow(f"{plan_id!r} is not proposed now; {held.proposal.plan_id!r} is")
    since = held.proposed.at
    told = [*(noted.at for noted in held.reports), *(noted.at for noted in held.pins)]
    if any(at > since for at in (*told, *held.taken_back)):
        raise NotNow(
            "something was reported, taken back or pinned after this plan was proposed, and it "
            "does not know: plan anew"
        )
    _require_notice(_in_force(held).plan, held.proposal.plan, now, rules)
    return _noted(store, Accepted(plan_id, by), now, slot)


def report_started(store: Store, report: Report, *, plant: Plant, now: datetime, by: str) -> Told:
    """Note that a block of the plan in force began when the report says, and what else it says.

    Raises ``Unknown`` if there is no such block, ``RequestInvalid`` if it cannot have been so: its
    machine was reported busy, or the stage ahead of it was not done.
    """
    held = standing(store, as_of=now, slot=plant.slot)
    running = _in_force(held)
    block = _block(running.plan, report.batch, report.stage)
    _check_report(report, block, plant, now)
    every = (*running.plan.carried, *running.plan.schedule.blocks)
    require_possible(report, every, _told_of(held), plant)
    return _noted(store, Started(running.plan_id, report, by), now, plant.slot)


def pin(
    store: Store,
    task: PlanTask,
    batch: str,
    *,
    begin: datetime | None,
    now: datetime,
    rules: Rules,
    by: str,
) -> Told:
    """Have a batch of the plan in force begin at ``begin`` (None: where it is) until it is undone.

    The other batches stay where they are if they can, else they are planned anew at the prices of
    the plan in force. The plan with the pin is put in force. A batch that was pinned already is
    pinned there no longer.

    Raises ``Unknown`` if the batch is not in the plan, ``NotNow`` if it begins too soon,
    ``Infeasible`` if it cannot begin then.
    """
    held = standing(store, as_of=now, slot=task.plant.slot)
    running = _in_force(held)
    over = over_of(held, now, rules)
    own = planned_batch(over, batch)
    wanted = moved_to(task, running.plan, own, begin=begin, over=over)
    ahead = pipeline.as_before(store, task, over, origin=now)
    made = with_pin(task, ahead, own, wanted, now=now, over=over)
    plan_id = keep_plan(store, replace(made, simulated=running.plan.simulated), made_at=now)
    before = _pinned_by(held, running.plan, own, task.plant)
    if before is not None:
        keep_note(store, Undone(before.event_id, by), at=now)
    event_id = keep_note(store, Pinned(running.plan_id, batch, wanted, by), at=now)
    keep_note(store, Accepted(plan_id, by), at=now)
    return Told(event_id, standing(store, as_of=now, slot=task.plant.slot))


def undo(
    store: Store, event_id: str, *, now: datetime, rules: Rules, by: str, slot: timedelta
) -> Told:
    """Take a note back: an acceptance, a proposal, a report or a pin.

    A plan gives way only until it has begun, while nothing is reported under it, and if nothing
    that begins within half the freeze would change; a report while its batch is in the plan in
    force, which then has the batch where it would be without; a batch that is no longer pinned
    stays where it is until a plan moves it.

    Raises ``NotNow`` if no such note holds, or it is too late.
    """
    held = standing(store, as_of=now, slot=slot)
    noted = next((one for one in notes_of(store, as_of=now) if one.event_id == event_id), None)
    if noted is None:
        raise NotNow(f"nothing noted as {event_id!r} holds: it may be undone already")
    _check_undo(noted, held, now, first=_first_acceptance(store, now))
    if isinstance(noted.note, Accepted):
        before = standing(store, as_of=now, slot=slot, without=event_id)
        _require_notice(_in_force(held).plan, _in_force(before).plan, now, rules)
    if noted in held.earlier and held.in_force is not None:
        instead = without_report(store, event_id, held, as_of=now, slot=slot)
        return _noted(store, Undone(event_id, by, held.in_force.plan_id, instead), now, slot)
    return _noted(store, Undone(event_id, by), now, slot)


def unpin(store: Store, batch: str, *, plant: Plant, now: datetime, by: str) -> Told:
    """Take back the pin of a batch of the plan in force; it stays until a plan moves it.

    Raises ``Unknown`` if the batch is not in the plan, ``NotNow`` if no pin of it holds.
    """
    held = standing(store, as_of=now, slot=plant.slot)
    running = _in_force(held).plan
    noted = _pinned_by(held, running, _batch(running, batch), plant)
    if noted is None:
        raise NotNow(f"{batch} is not pinned: it may be undone already")
    return _noted(store, Undone(noted.event_id, by), now, plant.slot)


def planned_batch(over: TakeOver, name: str) -> Batch:
    """The batch of that name in the plan in force, if it can still be moved.

    Raises ``Unknown`` if there is none, ``NotNow`` if it begins too soon.
    """
    own = _batch(over.running, name)
    if own[0].start < over.hand_over:
        raise NotNow(
            f"{name} begins on {in_words(own[0].start)}, and nothing before "
            f"{in_words(over.hand_over)} is moved any more"
        )
    return own


def moved_to(
    task: PlanTask, plan: Plan, own: Batch, *, begin: datetime | None, over: TakeOver
) -> Pin:
    """Where the stages of a batch go if its first one begins at ``begin``, beside begun work."""
    if begin is None or begin == own[0].start:
        return pin_of(own, task.plant)
    started = [block for block in plan.carried if block.end > over.hand_over]
    started += [
        block
        for batch in batches_of(plan.schedule.blocks)
        if batch[0].start < over.hand_over
        for block in batch
    ]
    start = over.hand_over + (plan.start - over.hand_over) % task.plant.slot
    return chain_from(
        task.plant,
        own[0].grade,
        plan.prices,
        begin=begin,
        start=start,
        end=plan.end,
        contract=task.contract,
        beside=started,
        weather=plan.weather,
        stored_kwh=kwh_left(plan, task.plant, start),
    )


def with_pin(
    task: PlanTask,
    ahead: pipeline.Outlook,
    own: Batch,
    wanted: Pin,
    *,
    now: datetime,
    over: TakeOver,
) -> Plan:
    """The plan in force with one batch where ``wanted`` says: the others stay if they can."""
    there = pin_of(own, task.plant)
    pinned = replace(over, pins=(*(pin for pin in over.pins if pin != there), wanted))
    same_end = pipeline.same_end(task, over)
    try:
        return pipeline.plan_at(
            replace(same_end, ways_out_s=0.0),
            ahead,
            origin=now,
            take_over=stay(pinned, task.plant, but=there),
        )
    except Infeasible:
        return pipeline.plan_at(same_end, ahead, origin=now, take_over=pinned)


def over_of(held: Standing, now: datetime, rules: Rules) -> TakeOver:
    """What a plan made now takes over from the one in force.

    Raises ``NotNow`` if there is none.
    """
    running = _in_force(held).plan
    begin = hand_over_after(running, now, rules)
    pins = tuple(noted.note.pin for noted in held.pins if noted.note.pin.begin >= begin)
    return TakeOver(running, begin, pins)


def _pinned_by(held: Standing, plan: Plan, own: Batch, plant: Plant) -> Noted[Pinned] | None:
    """The note that pinned a batch where it is in the plan in force; None if it is not pinned."""
    if own[0].batch not in plan.pinned:
        return None
    there = pin_of(own, plant)
    return next((noted for noted in held.pins if noted.note.pin == there), None)


def _told_of(held: Standing) -> list[Report]:
    """What was reported of the blocks of the plan in force, under it or before."""
    return [noted.note.report for noted in (*held.earlier, *held.reports)]


def _in_force(held: Standing) -> KeptPlan:
    if held.in_force is None:
        raise NotNow("no plan is in force: plan first")
    return held.in_force


def _batch(plan: Plan, name: str) -> Batch:
    found = [batch for batch in batches_of(plan.schedule.blocks) if batch[0].batch == name]
    if not found:
        known = ", ".join(batch[0].batch for batch in batches_of(plan.schedule.blocks))
        raise Unknown(f"the plan in force has no batch {name!r} to come; it has: {known}")
    return found[0]


def _block(plan: Plan, batch: str, stage: str) -> Block:
    every = (*plan.carried, *plan.schedule.blocks)
    for block in every:
        if (block.batch, block.stage) == (batch, stage):
            return block
    stages = ", ".join(dict.fromkeys(block.stage for block in every))
    raise Unknown(f"the plan in force has no {stage!r} of {batch!r}; its stages are: {stages}")


def _check_report(report: Report, block: Block, plant: Plant, now: datetime) -> None:
    if report.start > now or (report.end is not None and report.end > now):
        raise RequestInvalid("what is still to come cannot be reported as done: look at the times")
    if report.end is not None and report.end <= report.start:
        raise RequestInvalid("the end is not after the start")
    if abs(report.start - block.start) > REPORTED_WITHIN:
        raise RequestInvalid(
            f"{block.batch} {block.stage} was planned for {in_words(block.start)}, more than "
            f"{REPORTED_WITHIN.days} days away from the start that is reported"
        )
    kwh = report.energy_kwh
    if kwh is not None and not (math.isfinite(kwh) and 0 <= kwh <= 100 * max(block.energy_kwh, 1)):
        raise RequestInvalid(
            f"{kwh:g} kWh is not what {block.stage} takes ({block.energy_kwh:g} kWh planned)"
        )
    if kwh == 0 and block.energy_kwh:
        raise RequestInvalid(
            f"{block.stage} takes {block.energy_kwh:g} kWh by the recipe and not 0: leave the "
            "energy out where it was not measured"
        )
    stage = next((one for one in plant.stages if one.name == block.stage), None)
    if report.machine is not None and stage is not None:
        known = [machine_name(stage, at) for at in range(stage.machines)]
        if report.machine not in known:
            raise Unknown(f"no machine {report.machine!r} here; choose: {', '.join(known)}")


def _check_undo(noted: Noted[Note], held: Standing, now: datetime, *, first: str | None) -> None:
    match noted.note:
        case Accepted(plan_id=plan_id):
            kept = held.in_force
            if kept is None or kept.plan_id != plan_id:
                raise NotNow("another plan was put in force since: it stays")
            if noted.event_id == first:
                raise NotNow("there was no plan before this one: make a new one instead")
            if kept.plan.start <= now:
                raise NotNow(
                    f"this plan has been carried out since {in_words(kept.plan.start)}: too late "
                    "to undo. Make a new one instead"
                )
            if held.reports:
                raise NotNow(
                    "something was reported while this plan is in force, and the plan before it "
                    "would not know. Make a new one instead, which does; or undo the reports first "
                    "and report again once the plan before is in force"
                )
        case Started():
            if noted not in (*held.reports, *held.earlier):
                raise NotNow(
                    "this report says nothing of the plan in force: its batch is done with, or was "
                    "reported anew since"
                )
        case Pinned(pin=pinned):
            if pinned.begin <= now:
                raise NotNow("this batch has begun: there is nothing to undo")
        case _:
            pass


def _require_notice(before: Plan, after: Plan, now: datetime, rules: Rules) -> None:
    """Raise ``NotNow`` if ``after`` would change what begins within half the freeze."""
    until = now + rules.notice
    found = begun_otherwise(
        (*before.carried, *before.schedule.blocks),
        (*after.carried, *after.schedule.blocks),
        since=now,
        until=until,
    )
    if found:
        told = ", ".join(f"{batch[0].grade} on {in_words(batch[0].start)}" for batch in found)
        raise NotNow(
            f"nothing that begins before {in_words(until)} is moved any more, and this would "
            f"change what is planned till then: {told}. Plan anew"
        )


def _first_acceptance(store: Store, now: datetime) -> str | None:
    told = (one for one in notes_of(store, as_of=now) if isinstance(one.note, Accepted))
    first = next(told, None)
    return None if first is None else first.event_id


def _noted(store: Store, note: Note, now: datetime, slot: timedelta) -> Told:
    event_id = keep_note(store, note, at=now)
    return Told(event_id, standing(store, as_of=now, slot=slot))
