"""Problem → how many batches start each stage in each slot, with status, bound and gap (HiGHS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import highspy
import numpy as np

from chocolate_factory.errors import SolverFailed
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.formulation import Ints, Milp, formulate
from chocolate_factory.planning.plan import Status
from chocolate_factory.planning.problem import Problem

RELATIVE_GAP = 1e-6
ABSOLUTE_GAP_EUR = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Starts by grade and stage number in each slot, shape (slots,).

    ``objective`` and ``bound`` in the unit of the programme (EUR); ``late``: batches given up by
    demand number, in an elastic programme.
    """

    status: Status
    objective: float
    bound: float
    starts: Mapping[tuple[str, int], Ints]
    late: Mapping[int, int]


def solve(
    problem: Problem,
    *,
    time_limit_s: float = 60.0,
    relative_gap: float = RELATIVE_GAP,
    seed: int = 0,
    elastic: bool = False,
    earliest: bool = False,
    known: Mapping[tuple[str, int], Ints] | None = None,
) -> Solution | None:
    """The cheapest schedule of ``problem``; None if it is proven that there is none.

    ``elastic`` and ``earliest`` as in ``formulate``. ``known``: starts of a schedule that is
    possible; the search begins with it and never returns a dearer one. One thread; the same
    arguments give the same solution unless ``time_limit_s`` ends the search, which then returns
    the best one found. ``relative_gap``: how near to the bound is near enough.

    Raises ``SolverFailed`` if the time ends before any schedule is found, or if the solver does
    not take the programme.
    """
    if not problem.demands:
        return Solution("optimal", 0.0, 0.0, {}, {})
    milp = formulate(problem, elastic=elastic, earliest=earliest)
    if milp.cost.size == 0:
        return None
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "random_seed": seed,
        "time_limit": float(time_limit_s),
        "mip_rel_gap": relative_gap,
        "mip_abs_gap": ABSOLUTE_GAP_EUR,
    }.items():
        highs.setOptionValue(option, value)
    if highs.passModel(as_lp(milp)) == highspy.HighsStatus.kError:
        raise SolverFailed("the solver refuses the programme: a defect")
    if known is not None:
        _begin_with(highs, milp, problem, known)
    highs.run()
    return _read(highs, milp, problem, time_limit_s)


def as_lp(milp: Milp) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = milp.cost.size, milp.row_lower.size
    lp.col_cost_ = milp.cost
    lp.col_lower_ = np.zeros(milp.cost.size)
    lp.col_upper_ = milp.upper
    lp.row_lower_, lp.row_upper_ = milp.row_lower, milp.row_upper
    lp.integrality_ = [
        highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        for whole in milp.integer
    ]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = milp.begin
    lp.a_matrix_.index_ = milp.rows
    lp.a_matrix_.value_ = milp.values
    return lp


def _begin_with(
    highs: highspy.Highs, milp: Milp, problem: Problem, known: Mapping[tuple[str, int], Ints]
) -> None:
    value = np.zeros(milp.cost.size)
    for key, column in milp.column.items():
        value[column[column >= 0]] = known[key][column >= 0]
    for (grade, number), column in milp.waiting.items():
        length = problem.plant.stages[number].minutes(grade) // problem.plant.slot_min
        begun = np.cumsum(known[grade, number])
        ended = np.concatenate([np.zeros(length, dtype=np.int64), begun[: begun.size - length]])
        waits = ended - np.cumsum(known[grade, number + 1])
        value[column[column >= 0]] = waits[column >= 0]
    solution = highspy.HighsSolution()
    solution.col_value = value
    highs.setSolution(solution)


def _read(
    highs: highspy.Highs, milp: Milp, problem: Problem, time_limit_s: float
) -> Solution | None:
    outcome = highs.getModelStatus()
    if outcome in (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,  # every column is bounded
    ):
        return None
    info = highs.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        raise SolverFailed(
            f"no plan found within {time_limit_s:g} s and none proven impossible "
            f"({highs.modelStatusToString(outcome)}): give more time or fewer days"
        )
    value: Floats = np.array(highs.getSolution().col_value)
    proven = outcome == highspy.HighsModelStatus.kOptimal
    objective = float(info.objective_function_value)
    return Solution(
        status="optimal" if proven else "feasible",
        objective=objective,
        bound=min(max(float(info.mip_dual_bound), _plain_bound(milp, problem)), objective),
        starts={key: _counts(value, column) for key, column in milp.column.items()},
        late={number: round(value[column]) for number, column in milp.late.items()},
    )


def _plain_bound(milp: Milp, problem: Problem) -> float:
    """What every stage of every batch would cost in its cheapest slot: known without solving."""
    cheapest = {
        grade_stage: milp.cost[column[column >= 0]].min(initial=np.inf)
        for grade_stage, column in milp.column.items()
    }
    return float(
        sum(
            problem.batches[grade] * cost
            for (grade, _), cost in cheapest.items()
            if np.isfinite(cost)
        )
    )


def _counts(value: Floats, column: Ints) -> Ints:
    counts = np.zeros(column.size, dtype=np.int64)
    there = column >= 0
    counts[there] = np.round(value[column[there]]).astype(np.int64)
    return counts
