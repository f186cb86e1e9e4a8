"""A lower bound on a problem's least cost, quickly: its programme without whole numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import highspy

from chocolate_factory.errors import SolverFailed
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.formulation import formulate
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.solve import as_lp


def relaxed_bound(problem: Problem) -> float:
    """No schedule of ``problem`` costs less [EUR]; infinite if it is proven that there is none.

    Raises ``SolverFailed`` if the solver does not take the programme.
    """
    if not problem.demands:
        return 0.0
    milp = formulate(problem)
    if milp.cost.size == 0:
        return math.inf
    lp = as_lp(milp)
    lp.integrality_ = []
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.passModel(lp)
    highs.run()
    outcome = highs.getModelStatus()
    if outcome == highspy.HighsModelStatus.kInfeasible:
        return math.inf
    if outcome != highspy.HighsModelStatus.kOptimal:
        raise SolverFailed(f"the relaxed programme ended {highs.modelStatusToString(outcome)}")
    return float(highs.getInfo().objective_function_value)


def with_contracted(contract: Contract, powers: tuple[float, ...]) -> Contract:
    """``contract`` with other contracted powers [kW], P1 first."""
    return replace(contract, contracted_kw=powers)  # type: ignore[type-var]
