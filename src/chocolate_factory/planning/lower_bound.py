"""A lower bound on a problem's least cost, quickly: its programme without whole numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from chocolate_factory.errors import SolverFailed
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.formulation import formulate
from chocolate_factory.planning.highs import run
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.solve import programme

TIME_LIMIT_S = 60.0


def relaxed_bound(problem: Problem) -> float:
    """No schedule of ``problem`` costs less [EUR]; infinite if it is proven that there is none.

    Raises ``SolverFailed`` if the solver does not take the programme.
    """
    if not problem.demands and problem.own_energy is None:
        return 0.0
    milp = formulate(problem)
    if milp.cost.size == 0:
        return math.inf
    relaxed = replace(programme(milp, None), integer=np.zeros(milp.cost.size, dtype=bool))
    outcome = run(relaxed, time_limit_s=TIME_LIMIT_S, seed=0)
    if outcome.impossible:
        return math.inf
    if not outcome.proven:
        raise SolverFailed(f"the relaxed programme ended {outcome.status}")
    return outcome.objective


def never_exceeding(contract: Contract) -> Contract:
    """``contract`` with its contracted powers as hard limits."""
    if contract.exceed_up_to_kw is None:
        return contract
    return replace(contract, exceed_up_to_kw=None)  # type: ignore[type-var]


def with_contracted(contract: Contract, powers: tuple[float, ...]) -> Contract:
    """``contract`` with other contracted powers [kW], P1 first."""
    return replace(contract, contracted_kw=powers)  # type: ignore[type-var]
