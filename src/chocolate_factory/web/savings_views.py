"""Accounts, windows and the plan in short → what is answered."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta

from chocolate_factory.insights import heatmap
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.planning.account import SavingsAccount
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.plan import Block, Plan, sum_eur
from chocolate_factory.web import savings_schemas as schemas
from chocolate_factory.web import schemas as plan_schemas
from chocolate_factory.web.plan_views import block
from chocolate_factory.web.upkeep_views import local

NEXT_BLOCKS = 5
DAY = timedelta(days=1)


def periods(today: date) -> dict[str, tuple[date, date]]:
    """First and last day of each stretch that is told, by its name in the answer."""
    monday, month = today - today.weekday() * DAY, today.replace(day=1)
    return {
        "week": (monday, today),
        "last_week": (monday - 7 * DAY, monday - DAY),
        "month": (month, today),
        "last_month": ((month - DAY).replace(day=1), month - DAY),
        "year": (today.replace(month=1, day=1), today),
    }


def period(account: SavingsAccount) -> schemas.SavingsPeriod:
    """One account."""
    return schemas.SavingsPeriod.model_validate(account.told())


def windows(snapshot: Snapshot, *, hours: int, days: int) -> schemas.WindowsAnswer:
    """The cheapest stretch of each of the coming days."""
    found = (
        ()
        if snapshot.paid is None
        else heatmap.best_hours(snapshot.paid, now=snapshot.as_of, hours=hours, days=days)
    )
    order = sorted(range(len(found)), key=lambda at: found[at].price_eur_kwh)
    blocks = () if snapshot.plan is None else _every(snapshot.plan)
    return schemas.WindowsAnswer(
        as_of=local(snapshot.as_of),
        hours=hours,
        days=days,
        windows=tuple(
            schemas.PlannedWindow(
                start=local(one.start),
                end=local(one.end),
                price_eur_kwh=one.price_eur_kwh,
                low_eur_kwh=one.low_eur_kwh,
                high_eur_kwh=one.high_eur_kwh,
                published=one.published,
                day_mean_eur_kwh=one.day_mean_eur_kwh,
                rank=order.index(at) + 1,
                planned_kwh=sum(_kwh_within(told, one.start, one.end) for told in blocks),
            )
            for at, one in enumerate(found)
        ),
    )


def summary(snapshot: Snapshot) -> schemas.PlanSummary:
    """The plan in force in short."""
    plan, held = snapshot.plan, snapshot.standing
    blocks = () if plan is None else _every(plan)
    today = [one for one in blocks if delivery_day(one.start) == delivery_day(snapshot.as_of)]
    saving = None
    if held.proposal is not None and held.proposed is not None:
        before = held.proposed.note.before_eur
        saving = None if before is None else before - held.proposal.plan.schedule.objective_eur
    return schemas.PlanSummary(
        as_of=local(snapshot.as_of),
        plan_id=None if held.in_force is None else held.in_force.plan_id,
        end=None if plan is None else local(plan.end),
        status=None if plan is None else plan.schedule.status,
        batches=0 if plan is None else len(batches_of(plan.schedule.blocks)),
        batches_carried=0 if plan is None else len(batches_of(plan.carried)),
        batches_done=sum(own[-1].end <= snapshot.as_of for own in batches_of(blocks)),
        kg={} if plan is None else dict(plan.schedule.kg),
        cost_eur=None if plan is None else plan.schedule.objective_eur,
        risk=None if plan is None else plan.risk,
        savings_eur=None if plan is None else plan.savings_eur,
        savings_pct=None if plan is None else plan.savings_pct,
        today_kwh=sum(one.energy_kwh for one in today),
        today_eur=sum_eur(today),
        running=tuple(block(one) for one in blocks if one.start <= snapshot.as_of < one.end),
        next=tuple(block(one) for one in blocks if one.start > snapshot.as_of)[:NEXT_BLOCKS],
        worth=()
        if plan is None
        else tuple(plan_schemas.Worth(**asdict(one)) for one in plan.worth),
        proposal_id=None if held.proposal is None else held.proposal.plan_id,
        proposal_saving_eur=saving,
    )


def _every(plan: Plan) -> tuple[Block, ...]:
    every = (*plan.carried, *plan.schedule.blocks)
    return tuple(sorted(every, key=lambda one: (one.start, one.end, one.batch)))


def _kwh_within(told: Block, start: datetime, end: datetime) -> float:
    """Energy that a block takes within [start, end) [kWh]."""
    at, kwh = told.start, 0.0
    for minutes, kw in told.phases:
        until = at + timedelta(minutes=minutes)
        shared = min(until, end) - max(at, start)
        kwh += kw * max(shared / timedelta(hours=1), 0.0)
        at = until
    return kwh
