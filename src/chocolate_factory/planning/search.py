"""The cheapest schedule of a problem and what the habit would do, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from chocolate_factory.errors import Infeasible, SolverFailed
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.ambient import Weather
from chocolate_factory.planning.around import solve_around, starts_of
from chocolate_factory.planning.baseline import Habit, habit
from chocolate_factory.planning.carried import Batch
from chocolate_factory.planning.explain import obstacles, shortfall
from chocolate_factory.planning.incumbent import kept_starts
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.solve import Solution, dispatch, solve, solve_raced
from chocolate_factory.planning.ways_out import ways_out


def searched(
    problem: Problem,
    pinned: Sequence[Batch],
    contract: Contract,
    *,
    weather: Weather | None,
    time_limit_s: float,
    seed: int | None,
    ways_out_s: float,
    running: Plan | None = None,
) -> tuple[Solution, Habit]:
    """The solution in which the ``pinned`` batches stay, and the baseline.

    ``running``: the plan in force, which goes on if time ends before a proof and nothing cheaper
    was found. ``seed`` None: seeds are raced if one alone is not soon done. Raises ``Infeasible``
    with its reasons, and with the ways out found within ``ways_out_s`` (0: none is sought).
    """
    try:
        usual = _possible_habit(problem)
        known = None if usual is None else usual.starts
        if pinned:
            usual = usual or _soonest(problem, time_limit_s, seed)
            solution: Solution | None = solve_around(
                problem, pinned, contract, weather=weather,
                time_limit_s=time_limit_s, seed=seed or 0,
            )  # fmt: skip
        else:
            solution = _no_dearer(
                problem, running,
                lambda: solve_raced(problem, time_limit_s=time_limit_s, known=known)
                if seed is None
                else solve(problem, time_limit_s=time_limit_s, seed=seed, known=known),
            )  # fmt: skip
        if solution is None:
            raise Infeasible(shortfall(problem, time_limit_s=time_limit_s))
        return solution, usual or _soonest(problem, time_limit_s, seed)
    except Infeasible as fault:
        if ways_out_s <= 0:
            raise
        stay = starts_of(problem, pinned)
        found = ways_out(problem, contract, time_limit_s=ways_out_s, at_least=stay)
        raise Infeasible(fault.reasons, found) from None


def _no_dearer(
    problem: Problem, running: Plan | None, search: Callable[[], Solution | None]
) -> Solution | None:
    """What ``search`` finds, or the plan in force where that is cheaper and nothing was proven."""
    fault: SolverFailed | None = None
    found: Solution | None = None
    try:
        found = search()
        if found is None or found.status == "optimal":
            return found
    except SolverFailed as failed:
        fault = failed
    kept = None if running is None else kept_starts(problem, running)
    going_on = None if kept is None else dispatch(problem, kept)
    if going_on is not None and (found is None or going_on.objective < found.objective):
        bound = -np.inf if found is None else found.bound
        trouble = str(fault) if found is None else found.trouble
        return replace(going_on, status="feasible", bound=bound, trouble=trouble)
    if fault is not None:
        raise fault
    return found


def _possible_habit(problem: Problem) -> Habit | None:
    """What first in, first out does, None if it is too slow; raises ``Infeasible`` if all is."""
    reasons = obstacles(problem)
    if reasons:
        raise Infeasible(reasons)
    return habit(problem)


def _soonest(problem: Problem, time_limit_s: float, seed: int | None) -> Habit:
    """What stands for the habit where first in, first out is too slow.

    Raises ``Infeasible`` with its reasons if every schedule is.
    """
    soonest = solve(problem, time_limit_s=time_limit_s, seed=seed or 0, earliest=True)
    if soonest is None:
        raise Infeasible(shortfall(problem, time_limit_s=time_limit_s))
    note = (
        "baseline: first in, first out cannot meet every due time of these orders; in its place "
        "every batch begins as early as the others let it, blind to prices"
    )
    return Habit(soonest.starts, (note,))
