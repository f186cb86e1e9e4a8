"""Re-planning that disturbs nobody for cents.

From what became known a plan is made that keeps every batch of the plan in force where it is and
only adds what was not planned yet; it is put in force at once, for it moves nothing. Beside it the
best plan is made. Both make the same batches from the same instant at the same prices, so the
difference of their costs is what moving is worth; it is proposed only if that is worth the while.

Both are weighed over price paths. Where going on may well cost more than the habit, what is added
is added as the habit would; where it still may, the best plan, which may not, is proposed whatever
it saves. Where no best plan was found in time the habit stands for it.

A plan keeps the risk dial of the one before, unless another is asked for: what is added and what is
proposed is weighed by it, and so is what moving is worth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chocolate_factory import pipeline
from chocolate_factory.conduct.terms import keep_terms
from chocolate_factory.errors import Infeasible, SolverFailed
from chocolate_factory.pipeline import Outlook, PlanTask, TakeOver
from chocolate_factory.pipeline.weighed import safest_at
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.changes import Changes, changes
from chocolate_factory.planning.pins import Pin, pin_of
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.risk import dearer, guarded, saving_at
from chocolate_factory.planning.worth import worth
from chocolate_factory.standing import (
    KINDS,
    Accepted,
    KeptPlan,
    Note,
    Proposed,
    Standing,
    note_event,
    plan_record,
    standing,
)
from chocolate_factory.store.base import Event, PlanRecord, Store

MOST_AGAIN = 3
"""So often it is planned again because something was told meanwhile."""
TELLING, PLANNING = timedelta(minutes=10), timedelta(days=1)
"""What is told is noted within so long, and planning takes no longer."""

SCHEDULE = "schedule"
"""Who puts a plan in force that needs nobody's word."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How steady the plan in force is.

    Parameters
    ----------
    freeze
        What begins within so long from now stays, and nothing else is put there.
    propose_above_eur
        Another plan is proposed only if it costs so much less [EUR].
    automatic
        What is proposed is accepted without asking.
    """

    freeze: timedelta = timedelta(hours=2)
    propose_above_eur: float = 5.0
    automatic: bool = False

    @property
    def notice(self) -> timedelta:
        """What an acceptance or an undo changes begins no sooner: the other half of the freeze is
        there to decide in."""
        return self.freeze / 2


@dataclass(frozen=True, slots=True)
class Replanned:
    """What became of planning anew.

    Parameters
    ----------
    in_force
        The plan that holds now.
    best
        The best plan found; the one in force itself where there was none before.
    proposal_id
        The id under which ``best`` is proposed; None if it is in force or not worth the while.
    changes
        What ``best`` does otherwise than the plan that was in force; None where there was none.
    reason
        Why ``best`` is proposed or not, in words.
    """

    in_force: KeptPlan
    best: Plan
    proposal_id: str | None
    changes: Changes | None
    reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What planning anew came to, and what is to be stored for it to hold: plans, then events."""

    told: Replanned
    plans: tuple[PlanRecord, ...]
    events: tuple[Event, ...]


def replan(
    store: Store,
    task: PlanTask,
    *,
    now: datetime,
    models: Sequence[str] = pipeline.MODELS,
    rules: Rules,
    by: str = SCHEDULE,
    stored: bool = False,
    own: bool = True,
) -> Replanned:
    """Plan anew from what is known at ``now``: go on with the plan in force, and propose.

    Without a plan in force, or if it has run out, the new plan is put in force. Where the search
    for the best plan fails, the one in force goes on all the same. ``stored``: on the
    newest stored forecast, with what was published since, if it reaches far enough. What was told
    while it was planned is not passed over: then it is planned again, from that instant. ``own``:
    plant and contract are those that are in force, and are kept as such; not of a trial.

    Raises ``Infeasible`` if no plan meets the orders, ``SolverFailed`` if none is found in time,
    ``MissingData`` or ``ModelNotFitted``; then nothing is changed.
    """
    decided = decide(store, task, now=now, models=models, rules=rules, by=by, stored=stored)
    if own:
        keep_terms(store, task, at=now)
    for record in decided.plans:
        store.save_plan(record)
    for event in decided.events:
        store.save_event(event)
    return decided.told


def decide(
    store: Store,
    task: PlanTask,
    *,
    now: datetime,
    models: Sequence[str] = pipeline.MODELS,
    rules: Rules,
    by: str = SCHEDULE,
    stored: bool = False,
) -> Decided:
    """What ``replan`` would do; stores nothing.

    If something was told after ``now``, or is told meanwhile, it is as of that instant.
    """
    asked, told = now, _told_by(store, now)
    for _ in range(1 + MOST_AGAIN):
        last = max((event.at for event in told), default=now)
        stored, now = stored or last > now, max(now, last)
        decided = _decided(store, task, now=now, models=models, rules=rules, by=by, stored=stored)
        known, told = told, _told_by(store, asked)
        if told == known:
            break
    return decided


def _decided(
    store: Store,
    task: PlanTask,
    *,
    now: datetime,
    models: Sequence[str],
    rules: Rules,
    by: str,
    stored: bool,
) -> Decided:
    held = standing(store, as_of=now, slot=task.plant.slot)
    task = _at_dial(task, held)
    if held.in_force is None or held.in_force.plan.end <= now:
        found = _first(store, task, now=now, models=models, stored=stored)
        made = _with_worth(found, task)
        first = _Kept(now, store.site).in_force(made, by)
        return first.decided(Replanned(first.newest(made), made, None, None, "the first plan"))
    running = held.in_force
    over = TakeOver(
        running.plan, hand_over_after(running.plan, now, rules), _pins(held, now, rules)
    )
    ahead = pipeline.outlook(store, task, origin=now, models=models, take_over=over, stored=stored)
    kept = going_on(task, ahead, now=now, over=over)
    found, failed = _found(task, ahead, kept, now=now, over=over)
    paths = pipeline.paths_of(ahead.market, task, ahead.prices)
    usual = pipeline.habit_beside(found, task, ahead, origin=now, take_over=over)
    best = guarded(found, usual, paths)
    best = best if failed else _with_worth(best, task)
    if isinstance(kept, Infeasible):
        told = _different(running.plan, best, None)
        reason = "the plan in force cannot be kept: " + "; ".join(kept.reasons)
        return _proposed(_Kept(now, store.site), running, best, told, reason, rules=rules, by=by)
    risky = dearer(kept.schedule, usual, paths)
    if risky is not None:
        there = stay(over, task.plant)
        added = pipeline.habit_beside(kept, task, ahead, origin=now, take_over=there)
        kept = guarded(kept, added, paths, said="what is new begins as the habit has it")
        risky = dearer(kept.schedule, usual, paths)
    best = kept if failed and risky is None else best
    told = _different(kept, best, kept.schedule.objective_eur)
    if best is not kept:
        kept = replace(kept, worth=best.worth)
    gone_on = _Kept(now, store.site).in_force(kept, SCHEDULE)
    if best is kept:
        reason = f"nothing is moved, for no other plan was found: {failed}"
        return gone_on.decided(Replanned(gone_on.newest(kept), best, None, told, reason))
    saving_eur = told.saving_eur or 0.0
    if task.risk:
        saving_eur = saving_at(task.risk, kept.schedule, best.schedule, paths)
    if saving_eur <= rules.propose_above_eur and risky is None:
        reason = (
            f"the best plan saves {saving_eur:.2f} €, not more than {rules.propose_above_eur:g} €: "
            "nothing is moved"
        )
        return gone_on.decided(Replanned(gone_on.newest(kept), best, None, told, reason))
    reason = f"saves {saving_eur:.2f} €" if saving_eur >= 0 else f"costs {-saving_eur:.2f} € more"
    if task.risk:
        reason = f"{reason} as its risk dial weighs it ({task.risk:g} of 1)"
    if risky is not None:
        reason = f"{reason}; to go on {risky}"
    if failed:
        reason = f"{reason}; it is the habit, for no other plan was found: {failed}"
    return _proposed(gone_on, gone_on.newest(kept), best, told, reason, rules=rules, by=by)


def _at_dial(task: PlanTask, held: Standing) -> PlanTask:
    """``task`` with the dial that it asks for, or else that of the plan in force."""
    if task.risk is not None or held.in_force is None:
        return task
    return replace(task, risk=held.in_force.plan.risk)


def _first(
    store: Store, task: PlanTask, *, now: datetime, models: Sequence[str], stored: bool
) -> Plan:
    """A plan that goes on with none, no riskier than habit."""
    if not task.risk:
        return pipeline.plan(store, task, origin=now, models=models, stored=stored)
    ahead = pipeline.outlook(store, task, origin=now, models=models, stored=stored)
    return safest_at(task, ahead, origin=now)


def _found(
    task: PlanTask, ahead: Outlook, kept: Plan | Infeasible, *, now: datetime, over: TakeOver
) -> tuple[Plan, SolverFailed | None]:
    """The best plan, or ``kept`` and why no other was found in time."""
    make = safest_at if task.risk else pipeline.plan_at
    try:
        return make(task, ahead, origin=now, take_over=over), None
    except SolverFailed as fault:
        if isinstance(kept, Infeasible):
            raise
        return kept, fault


def going_on(task: PlanTask, ahead: Outlook, *, now: datetime, over: TakeOver) -> Plan | Infeasible:
    """The plan in force at new prices, with what it did not reach; why it cannot go on if so."""
    make = safest_at if task.risk else pipeline.plan_at
    try:
        return make(
            replace(task, ways_out_s=0.0), ahead, origin=now, take_over=stay(over, task.plant)
        )
    except Infeasible as fault:
        return fault


def stay(over: TakeOver, plant: Plant, *, but: Pin | None = None) -> TakeOver:
    """The same hand-over with every batch that has not begun kept where it is.

    ``but``: the one that is not, where it is in the plan in force.
    """
    own = Counter((pin.grade, pin.starts) for pin in over.pins)
    if but is not None:
        own[but.grade, but.starts] += 1
    kept = list(over.pins)
    for batch in batches_of(over.running.schedule.blocks):
        pin = pin_of(batch, plant, firm=False)
        if pin.begin < over.hand_over:
            continue
        if own[pin.grade, pin.starts]:
            own[pin.grade, pin.starts] -= 1
        else:
            kept.append(pin)
    return replace(over, pins=tuple(kept))


def hand_over_after(running: Plan, now: datetime, rules: Rules) -> datetime:
    """When a plan made now may begin: after the freeze, and not before the plan in force does."""
    return max(now + rules.freeze, running.start)


def _told_by(store: Store, now: datetime) -> tuple[Event, ...]:
    """What people told of plans about ``now``, as far as it is stored."""
    return store.events(*KINDS.values(), since=now - TELLING, as_of=now + PLANNING)


def _pins(held: Standing, now: datetime, rules: Rules) -> tuple[Pin, ...]:
    """The pins that a plan made now has to respect: those of batches that begin after it does."""
    if held.in_force is None:
        return ()
    begin = hand_over_after(held.in_force.plan, now, rules)
    return tuple(noted.note.pin for noted in held.pins if noted.note.pin.begin >= begin)


def _with_worth(made: Plan, task: PlanTask) -> Plan:
    """``made`` with its shadow prices, if ``task`` asks for them."""
    if not task.worth_s:
        return made
    return replace(made, worth=worth(made, task.plant, task.contract, time_limit_s=task.worth_s))


def _different(before: Plan, after: Plan, before_eur: float | None) -> Changes:
    return changes(
        before.schedule.blocks,
        after.schedule.blocks,
        since=after.start,
        before_eur=before_eur,
        after_eur=after.schedule.objective_eur,
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is to be stored of a site at an instant."""

    now: datetime
    site: str
    plans: tuple[PlanRecord, ...] = ()
    events: tuple[Event, ...] = ()

    def plan(self, made: Plan) -> _Kept:
        return replace(
            self, plans=(*self.plans, plan_record(made, made_at=self.now, site=self.site))
        )

    def note(self, note: Note) -> _Kept:
        return replace(self, events=(*self.events, note_event(note, at=self.now)))

    def in_force(self, made: Plan, by: str) -> _Kept:
        with_plan = self.plan(made)
        return with_plan.note(Accepted(with_plan.newest(made).plan_id, by))

    def newest(self, made: Plan) -> KeptPlan:
        """``made``, which was kept last."""
        return KeptPlan(self.plans[-1].plan_id, self.now, made)

    def decided(self, told: Replanned) -> Decided:
        return Decided(told, self.plans, self.events)


def _proposed(
    kept: _Kept,
    in_force: KeptPlan,
    best: Plan,
    told: Changes,
    reason: str,
    *,
    rules: Rules,
    by: str,
) -> Decided:
    kept = kept.plan(best)
    proposal = kept.newest(best)
    kept = kept.note(Proposed(proposal.plan_id, in_force.plan_id, told.before_eur, reason))
    if not rules.automatic:
        return kept.decided(Replanned(in_force, best, proposal.plan_id, told, reason))
    kept = kept.note(Accepted(proposal.plan_id, by))
    return kept.decided(Replanned(proposal, best, None, told, reason))
