"""What holds of plans → what is answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chocolate_factory.planning.changes import changes
from chocolate_factory.planning.plan import Block, Plan, block_to_json, plan_to_json
from chocolate_factory.planning.why_there import Shift, Why
from chocolate_factory.standing import KeptPlan, Noted, Proposed, Standing
from chocolate_factory.web import plan_schemas, schemas
from chocolate_factory.web.texts import Language
from chocolate_factory.web.upkeep_views import local
from chocolate_factory.web.wording import Words


def standing(held: Standing, *, as_of: datetime) -> plan_schemas.StandingAnswer:
    """Everything that holds."""
    return plan_schemas.StandingAnswer(
        as_of=local(as_of),
        in_force=None if held.in_force is None else _in_force(held, held.in_force),
        proposal=_proposal(held),
        reports=tuple(
            plan_schemas.ReportAnswer(
                event_id=noted.event_id,
                noted_at=local(noted.at),
                by=noted.note.by,
                batch=noted.note.report.batch,
                stage=noted.note.report.stage,
                machine=noted.note.report.machine,
                start=local(noted.note.report.start),
                end=None if noted.note.report.end is None else local(noted.note.report.end),
                energy_kwh=noted.note.report.energy_kwh,
            )
            for noted in (*held.earlier, *held.reports)
        ),
        pins=tuple(
            plan_schemas.PinAnswer(
                event_id=noted.event_id,
                noted_at=local(noted.at),
                by=noted.note.by,
                batch=noted.note.batch,
                grade=noted.note.pin.grade,
                starts=tuple(local(start) for start in noted.note.pin.starts),
            )
            for noted in held.pins
        ),
    )


def why(told: Why, words: Words, *, as_of: datetime) -> tuple[plan_schemas.WhyAnswer, Language]:
    """Why a batch is where it is, and the language of what is in the way."""
    limits, spoken = words.notes((*told.earlier.limits, *told.later.limits))
    earlier = len(told.earlier.limits)
    answer = plan_schemas.WhyAnswer(
        as_of=local(as_of),
        batch=told.batch[0].batch,
        begin=local(told.batch[0].start),
        due=None if told.due is None else local(told.due),
        cost_eur=told.cost_eur,
        hour_earlier=_hour_off(told.earlier, limits[:earlier]),
        hour_later=_hour_off(told.later, limits[earlier:]),
        other_places=told.places,
        cheapest_begin=None if told.cheapest_begin is None else local(told.cheapest_begin),
        cheapest_eur=told.cheapest_eur,
        published=told.published,
        stays_best=told.stays_best,
        unweighed=told.unweighed,
    )
    return answer, spoken


def _hour_off(shift: Shift, limits: tuple[str, ...]) -> plan_schemas.HourOff:
    return plan_schemas.HourOff(difference_eur=shift.difference_eur, limits=limits)


def plan_answer(plan: Plan) -> schemas.PlanAnswer:
    """A plan as it is answered everywhere."""
    return schemas.PlanAnswer.model_validate(plan_to_json(plan))


def _in_force(held: Standing, kept: KeptPlan) -> plan_schemas.InForce:
    told = held.accepted
    return plan_schemas.InForce(
        plan_id=kept.plan_id,
        made_at=local(kept.made_at),
        accepted_at=None if told is None else local(told.at),
        accepted_by=None if told is None else told.note.by,
        event_id=None if told is None else told.event_id,
        plan=plan_answer(kept.plan),
    )


def _proposal(held: Standing) -> plan_schemas.ProposalAnswer | None:
    if held.in_force is None or held.proposal is None or held.proposed is None:
        return None
    return _proposed(held.in_force.plan, held.proposal, held.proposed)


def _proposed(
    in_force: Plan, kept: KeptPlan, noted: Noted[Proposed]
) -> plan_schemas.ProposalAnswer:
    told = changes(
        in_force.schedule.blocks,
        kept.plan.schedule.blocks,
        since=kept.plan.start,
        before_eur=noted.note.before_eur,
        after_eur=kept.plan.schedule.objective_eur,
    )
    return plan_schemas.ProposalAnswer(
        plan_id=kept.plan_id,
        proposed_at=local(noted.at),
        event_id=noted.event_id,
        reason=noted.note.reason,
        before_eur=told.before_eur,
        after_eur=told.after_eur,
        saving_eur=told.saving_eur,
        moved=tuple(
            plan_schemas.MovedBlock(before=block(one.before), after=block(one.after))
            for one in told.moved
        ),
        added=_blocks(told.added),
        removed=_blocks(told.removed),
        plan=plan_answer(kept.plan),
    )


def block(told: Block) -> schemas.Block:
    """One block as it is answered everywhere."""
    return schemas.Block.model_validate(block_to_json(told))


def _blocks(told: Iterable[Block]) -> tuple[schemas.Block, ...]:
    return tuple(block(one) for one in told)
