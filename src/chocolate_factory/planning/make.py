"""Prices + plant + demands → a checked plan beside its baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from chocolate_factory.errors import Infeasible, SolverFailed
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.baseline import Habit, habit
from chocolate_factory.planning.check import require_feasible
from chocolate_factory.planning.cost import savings_pct, scheduled
from chocolate_factory.planning.explain import obstacles, shortfall
from chocolate_factory.planning.orders import Demand, in_words
from chocolate_factory.planning.plan import Plan, PlanningPrices, Schedule
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import Problem, build_problem, planning_window
from chocolate_factory.planning.recover import recover
from chocolate_factory.planning.solve import Solution, solve


def make_plan(
    plant: Plant,
    demands: Sequence[Demand],
    prices: PlanningPrices,
    *,
    origin: datetime,
    first_day: date,
    days: int,
    contract: Contract,
    simulated: bool = False,
    notes: Sequence[str] = (),
    time_limit_s: float = 60.0,
    seed: int = 0,
) -> Plan:
    """The cheapest schedule that makes ``demands`` on time, proven or with its gap, and checked.

    Plans ``days`` local days from the midnight of ``first_day``, or from the first slot at or after
    ``origin`` if that is later, to the last due time. Base load counts against contracted power
    and is no part of the cost. The same arguments give the same plan, unless time runs out.

    Raises ``Infeasible`` with named reasons, ``MissingData`` naming the periods without a price,
    ``SolverFailed`` if the time ends before any plan is found.
    """
    start, end = planning_window(first_day, days, demands)
    start += max(-((start - origin) // plant.slot), 0) * plant.slot
    if start >= end:
        raise Infeasible((f"planning would end on {in_words(end)}, before its origin",))
    prices = prices.covering(start, end)
    problem = build_problem(plant, demands, prices, start=start, end=end, contract=contract)
    solution, usual = _solved(problem, time_limit_s, seed)
    schedule = scheduled(
        recover(problem, solution.starts),
        prices,
        plant,
        status=solution.status,
        bound_eur=solution.bound,
    )
    baseline = scheduled(recover(problem, usual.starts), prices, plant, status="feasible")
    for made in (schedule, baseline):
        require_feasible(made.blocks, plant, demands, start=start, end=end, contract=contract)
    saved = baseline.objective_eur - schedule.objective_eur
    contracted = contract.contracted_kw or plant.contracted_kw
    return Plan(
        origin=origin,
        start=start,
        end=end,
        plant=plant.name,
        contract=contract.name,
        schedule=schedule,
        baseline=baseline,
        savings_eur=saved,
        savings_pct=savings_pct(saved, baseline.objective_eur),
        realised=None,
        prices=prices,
        simulated=simulated,
        notes=(
            *notes,
            *contract.warnings(contracted),
            *_rounded(demands, plant),
            *_unproven(schedule, time_limit_s),
            *usual.notes,
        ),
    )


def _solved(problem: Problem, time_limit_s: float, seed: int) -> tuple[Solution, Habit]:
    """The solution and the baseline; raises ``Infeasible`` with its reasons."""
    reasons = obstacles(problem)
    if reasons:
        raise Infeasible(reasons)
    usual = habit(problem)
    known = None if usual is None else usual.starts
    solution = solve(problem, time_limit_s=time_limit_s, seed=seed, known=known)
    if solution is None:
        raise Infeasible(shortfall(problem, time_limit_s=time_limit_s))
    if usual is not None:
        return solution, usual
    soonest = solve(problem, time_limit_s=time_limit_s, seed=seed, earliest=True)
    if soonest is None:
        raise SolverFailed("a cheapest schedule was found, and no earliest one: a defect")
    note = (
        "baseline: first in, first out cannot meet every due time of these orders; in its place "
        "every batch begins as early as the others let it, blind to prices"
    )
    return solution, Habit(soonest.starts, (note,))


def _unproven(schedule: Schedule, time_limit_s: float) -> Iterator[str]:
    if schedule.status == "feasible" and schedule.gap is not None:
        yield (
            f"the search stopped after {time_limit_s:g} s: the best possible plan may be up to "
            f"{schedule.gap:.2%} cheaper than this one"
        )


def _rounded(demands: Sequence[Demand], plant: Plant) -> Iterator[str]:
    for demand in demands:
        made = demand.batches * plant.batch_kg
        if abs(made - demand.kg) > 1e-6:
            yield (
                f"{demand.name}: {demand.kg:g} kg are made as {demand.batches} whole batches of "
                f"{plant.batch_kg:g} kg, {made:g} kg"
            )
