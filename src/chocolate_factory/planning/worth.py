"""What a little more would be worth to a plan: shadow prices, found by planning anew.

The same batches are planned at the same prices as the plant is, and with a little more contracted
power, one machine more of the busiest stage, or a longer day of staff; pinned ones stay. What that
saves is told per kW or hour.
Batches are whole and machines draw power in steps, so a step is taken that can make a difference;
a multiplier of the relaxed programme would be about half batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SolverFailed
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.milp import Ints, Key
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plan import Plan, Worth
from chocolate_factory.planning.plant import Plant, Staffed
from chocolate_factory.planning.problem import Problem, build_problem, with_starts
from chocolate_factory.planning.solve import Solution, solve
from chocolate_factory.planning.why_there import serves

MORE_KW = 10.0
LONGER_MIN = 60
"""Added before the first and after the last staffed slot of every stretch of staff."""
GAP = 1e-4
_HOUR = timedelta(hours=1)


def worth(
    plan: Plan, plant: Plant, contract: Contract, *, time_limit_s: float
) -> tuple[Worth, ...]:
    """What more power, more hours of the busiest machine and more staffed hours would save.

    Each is searched for ``time_limit_s`` at most and left out if nothing is found in it; empty for
    a plan that makes nothing.
    """
    if not plan.schedule.blocks:
        return ()
    problem = _problem(plan, plant, contract)
    search = _Search(_starts(plan, problem), _starts(plan, problem, only=plan.pinned), time_limit_s)
    base = search.best(problem)
    if base is None:
        return ()
    found = []
    for name, changed, amount, unit in (
        ("contracted power", _stronger(problem), MORE_KW, "kW"),
        _one_more(problem, plan),
        _longer_staffed(problem),
    ):
        if changed is None:
            continue
        best = search.best(with_starts(changed))
        if best is not None:
            saved = max(base.objective - best.objective, 0.0)
            proven = base.status == best.status == "optimal"
            found.append(Worth(name, amount, unit, saved, proven))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Search:
    """From where, around what and for how long the cheapest schedule is sought."""

    known: Mapping[Key, Ints]
    pinned: Mapping[Key, Ints]
    time_limit_s: float

    def best(self, problem: Problem) -> Solution | None:
        try:
            return solve(
                problem,
                time_limit_s=self.time_limit_s,
                relative_gap=GAP,
                known=self.known,
                at_least=self.pinned,
            )
        except SolverFailed:
            return None


def _stronger(problem: Problem) -> Problem:
    if problem.excess is not None:  # the connection stays what it is
        return replace(problem, excess=problem.excess.with_more(MORE_KW))
    return replace(problem, process_kw=problem.process_kw + MORE_KW)


def _one_more(problem: Problem, plan: Plan) -> tuple[str, Problem, float, str]:
    """One machine more of the stage that is taken the greatest share of the time."""
    taken_h = dict.fromkeys((stage.name for stage in problem.plant.stages), 0.0)
    for block in plan.schedule.blocks:
        if block.stage in taken_h:
            taken_h[block.stage] += (block.end - block.start) / _HOUR
    stages = problem.plant.stages
    at = max(range(len(stages)), key=lambda n: taken_h[stages[n].name] / stages[n].machines)
    more = replace(stages[at], machines=stages[at].machines + 1)
    free = problem.free.copy()
    free[at] += 1
    plant = replace(problem.plant, stages=(*stages[:at], more, *stages[at + 1 :]))
    hours = (plan.end - plan.start) / _HOUR
    return f"{more.machine} hours", replace(problem, plant=plant, free=free), hours, "h"


def _longer_staffed(problem: Problem) -> tuple[str, Problem | None, float, str]:
    """Staff there an hour longer at both ends of every stretch in which it is there."""
    slot_min = problem.plant.slot_min
    longer = _widened(problem.staffed, LONGER_MIN // slot_min)
    hours = float((longer & ~problem.staffed).sum()) * slot_min / 60
    needed = any(stage.staffed is not Staffed.NEVER for stage in problem.plant.stages)
    changed = replace(problem, staffed=longer) if needed and hours else None
    return "staff hours", changed, hours, "h"


def _widened(flags: NDArray[np.bool_], slots: int) -> NDArray[np.bool_]:
    kernel = np.ones(2 * slots + 1)
    wide: NDArray[np.bool_] = np.convolve(flags, kernel, mode="same") > 0.5
    return wide


def _problem(plan: Plan, plant: Plant, contract: Contract) -> Problem:
    """The problem whose solution ``plan`` is: what is left to make beside what is carried."""
    told = serves(plan)
    made: Counter[Demand] = Counter()
    extra: list[Demand] = []
    for batch in batches_of(plan.schedule.blocks):
        demand = told.get(batch[0].batch)
        if demand is not None:
            made[demand] += 1
            continue
        grade, begin, end = batch[0].grade, batch[0].start, batch[-1].end
        extra.append(Demand("for no order", grade, plant.kg(grade), 1, begin, begin, end))
    left = [_share(demand, batches) for demand, batches in made.items()]
    return build_problem(
        plant, (*left, *extra), plan.prices, start=plan.start, end=plan.end,
        contract=contract, carried=plan.carried, weather=plan.weather,
        excess_so_far=plan.excess_so_far, stored_kwh=plan.stored_kwh,
    )  # fmt: skip


def _share(demand: Demand, batches: int) -> Demand:
    penalty = demand.penalty_eur_h
    return replace(
        demand,
        batches=batches,
        penalty_eur_h=None if penalty is None else penalty * batches / demand.batches,
    )


def _starts(
    plan: Plan, problem: Problem, *, only: Sequence[str] | None = None
) -> Mapping[Key, Ints]:
    """Start counts of the plan's batches, or of ``only`` those named, shape (slots,) each."""
    number = {stage.name: at for at, stage in enumerate(problem.plant.stages)}
    starts = {
        (grade, at): np.zeros(problem.slots.size, dtype=np.int64)
        for grade in problem.batches
        for at in number.values()
    }
    for block in plan.schedule.blocks:
        if block.stage in number and (only is None or block.batch in only):
            starts[block.grade, number[block.stage]][problem.slot_from(block.start)] += 1
    return starts
