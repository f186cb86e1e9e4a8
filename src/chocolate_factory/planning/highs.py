"""One mixed-integer programme, solved by HiGHS in this process. Knows nothing of plants."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SolverFailed
from chocolate_factory.market.series import Floats

RELATIVE_GAP = 1e-6
ABSOLUTE_GAP = 1e-6

_IMPOSSIBLE = (
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,  # every column is bounded
)


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """Minimise ``cost @ x``, ``row_lower ≤ A x ≤ row_upper``, ``lower ≤ x ≤ upper``.

    ``A`` by columns. ``begin_with``: a solution to begin with, NaN where it is not known.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    begin: NDArray[np.int64]
    rows: NDArray[np.int64]
    values: Floats
    begin_with: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What the solver said: the best ``value`` found (None: none), and how well it is proven."""

    proven: bool
    impossible: bool
    status: str
    value: Floats | None
    objective: float
    bound: float
    seed: int


def run(
    programme: Programme, *, time_limit_s: float, seed: int, relative_gap: float = RELATIVE_GAP
) -> Outcome:
    """Solve in one thread; the same arguments give the same outcome unless time runs out.

    ``relative_gap``: how near to the bound is near enough.

    Raises ``SolverFailed`` if a number is not finite (HiGHS never ends on those) or the programme
    is refused.
    """
    if not (np.isfinite(programme.cost).all() and np.isfinite(programme.values).all()):
        raise SolverFailed("a cost or coefficient is not a finite number: a defect")
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "random_seed": seed,
        "time_limit": float(time_limit_s),
        "mip_rel_gap": relative_gap,
        "mip_abs_gap": ABSOLUTE_GAP,
    }.items():
        highs.setOptionValue(option, value)
    if highs.passModel(_lp(programme)) == highspy.HighsStatus.kError:
        raise SolverFailed("the solver refuses the programme: a defect")
    if programme.begin_with is not None:
        known = np.flatnonzero(np.isfinite(programme.begin_with))
        if known.size == programme.cost.size:
            solution = highspy.HighsSolution()
            solution.col_value = programme.begin_with
            highs.setSolution(solution)
        else:
            highs.setSolution(known.size, known.astype(np.int32), programme.begin_with[known])
    highs.run()
    outcome, info = highs.getModelStatus(), highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return Outcome(
        proven=outcome == highspy.HighsModelStatus.kOptimal,
        impossible=outcome in _IMPOSSIBLE,
        status=str(highs.modelStatusToString(outcome)),
        value=np.array(highs.getSolution().col_value) if found else None,
        objective=float(info.objective_function_value) if found else np.inf,
        bound=float(info.mip_dual_bound) if programme.integer.any() else -np.inf,
        seed=seed,
    )


def _lp(programme: Programme) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = programme.cost.size, programme.row_lower.size
    lp.col_cost_ = programme.cost
    lp.col_lower_, lp.col_upper_ = programme.lower, programme.upper
    lp.row_lower_, lp.row_upper_ = programme.row_lower, programme.row_upper
    lp.integrality_ = [
        highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        for whole in programme.integer
    ]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = programme.begin
    lp.a_matrix_.index_ = programme.rows
    lp.a_matrix_.value_ = programme.values
    return lp
