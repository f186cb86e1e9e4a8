"""A plan at least cost, on prices that are known or foretold, or the habit where that is safer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from chocolate_factory.errors import Infeasible
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.pipeline.ahead import Outlook, outlook, paths_of
from chocolate_factory.pipeline.foretelling import MODELS
from chocolate_factory.pipeline.tasks import PlanTask, TakeOver, demands_of, planned_days
from chocolate_factory.planning.ambient import Weather
from chocolate_factory.planning.excess_power import SoFar
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.risk import guarded
from chocolate_factory.store.base import Store


def plan(
    store: Store,
    task: PlanTask,
    *,
    origin: datetime,
    models: Sequence[str] = MODELS,
    take_over: TakeOver | None = None,
    stored: bool = False,
) -> Plan:
    """Plan what was known at ``origin`` to be ordered, at least cost and no riskier than habit.

    From the first day whose first shift is still ahead; with ``take_over`` from its hand-over on,
    what was begun by then carried over, to the same end. ``stored`` as for ``outlook``.

    Raises ``Infeasible`` with named reasons, ``MissingData`` or ``ModelNotFitted``.
    """
    ahead = outlook(store, task, origin=origin, models=models, take_over=take_over, stored=stored)
    made = plan_at(task, ahead, origin=origin, take_over=take_over)
    usual = habit_beside(made, task, ahead, origin=origin, take_over=take_over)
    return guarded(made, usual, paths_of(ahead.market, task, ahead.prices))


def plan_at(
    task: PlanTask, ahead: Outlook, *, origin: datetime, take_over: TakeOver | None = None
) -> Plan:
    """The plan of least cost at prices that are told already.

    It is called one of the dial of ``task``, or else of the plan it takes over from.
    """
    first_day, days = planned_days(task, origin, take_over)
    made = plan_on(
        replace(task, days=days),
        ahead.prices,
        first_day=first_day,
        origin=origin,
        simulated=ahead.simulated,
        weather=ahead.weather,
        notes=ahead.notes,
        take_over=take_over,
        excess_so_far=ahead.excess_so_far,
    )
    before = 0.0 if take_over is None else take_over.running.risk
    return replace(made, risk=before if task.risk is None else task.risk)


def habit_beside(
    made: Plan, task: PlanTask, ahead: Outlook, *, origin: datetime, take_over: TakeOver | None
) -> Plan | None:
    """What ``made`` is weighed against: its baseline, or the habit around what is pinned.

    None if habit cannot be on time around that.
    """
    if take_over is None or not take_over.pins:
        return replace(made, schedule=made.baseline)
    by_habit = replace(task, by_habit=True)
    try:
        return plan_at(by_habit, ahead, origin=origin, take_over=take_over)
    except Infeasible:
        return None


def plan_on(
    task: PlanTask,
    prices: PlanningPrices,
    *,
    first_day: date,
    origin: datetime | None = None,
    simulated: bool = False,
    weather: Weather | None = None,
    notes: tuple[str, ...] = (),
    take_over: TakeOver | None = None,
    excess_so_far: SoFar | None = None,
) -> Plan:
    """Plan on given prices per kWh from ``first_day``; the origin defaults to its midnight."""
    said = (
        *notes,
        *task.orders.notes(first_day, task.days),
        *task.contract.assumptions(),
    )
    return make_plan(
        task.plant,
        demands_of(task, first_day, task.days, take_over),
        prices,
        origin=origin or local_midnight(first_day),
        first_day=first_day,
        days=task.days,
        contract=task.contract,
        running=None if take_over is None else take_over.running,
        hand_over=None if take_over is None else take_over.hand_over,
        pins=() if take_over is None else take_over.pins,
        counted=task.orders.counted(first_day, task.days),
        simulated=simulated,
        weather=weather,
        notes=tuple(dict.fromkeys(said)),
        time_limit_s=task.time_limit_s,
        ways_out_s=task.ways_out_s,
        seed=task.seed,
        by_habit=task.by_habit,
        excess_so_far=excess_so_far,
    )
