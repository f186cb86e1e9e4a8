"""The cheapest schedule of a problem and what the habit would do, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from chocolate_factory.errors import Infeasible, SolverFailed
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.ambient import Weather
from chocolate_factory.planning.baseline import Habit, habit
from chocolate_factory.planning.carried_over import Batch
from chocolate_factory.planning.incumbent import kept_starts, starts_again
from chocolate_factory.planning.milp import Ints, Key
from chocolate_factory.planning.plan import BegunWith, Plan
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.solve import Solution, dispatch, solve, solve_raced
from chocolate_factory.planning.solve_around import misplaced, starts_of
from chocolate_factory.planning.ways_out import untried, ways_out
from chocolate_factory.planning.why_no_plan import obstacles, shortfall

TOO_SLOW = (
    "baseline: first in, first out cannot meet every due time of these orders; in its place every "
    "batch begins as early as the others let it, blind to prices"
)
NOT_PROVEN = (
    "baseline: first in, first out cannot meet every due time of these orders, and how early every "
    "batch could begin was not proven in time; the plan stands in its place, and no saving is told"
)


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """``solution`` and habit; ``begun_with``: where the search began, if not with the habit."""

    solution: Solution
    usual: Habit
    begun_with: Mapping[Key, Ints] | None


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
    begin_with: BegunWith | None = None,
) -> Searched:
    """The solution in which the ``pinned`` batches stay, and the baseline.

    ``running``: the plan in force. Where it can go on beside the pinned batches the search begins
    with it, else with the habit, laid around them. What it began with is the solution if time ends
    and nothing cheaper was found. ``begin_with``: what the search of a plan that is made again
    began with, in place of that. ``seed`` None: seeds are raced if one alone is not soon done.
    Raises ``Infeasible`` with its reasons, and with the ways out found within ``ways_out_s`` (0:
    none is sought).
    """
    stay = starts_of(problem, pinned) if pinned else None
    try:
        usual = _possible_habit(problem)
        broken = tuple(misplaced(problem, pinned, contract, weather)) if pinned else ()
        if broken:
            _require_possible(problem, usual, time_limit_s)
            raise Infeasible(broken)
        begun = _begun(problem, running, pinned, begin_with)
        known = usual.starts if begun is None and usual is not None and not pinned else begun
        solution = _no_dearer(
            problem, known,
            lambda: solve_raced(problem, time_limit_s=time_limit_s, known=known, at_least=stay)
            if seed is None
            else solve(
                problem, time_limit_s=time_limit_s, seed=seed, known=known, at_least=stay
            ),
        )  # fmt: skip
        if solution is None:
            if pinned:
                _require_possible(problem, usual, time_limit_s)
            reasons = shortfall(problem, time_limit_s=time_limit_s, at_least=stay)
            if pinned:
                reasons = (*reasons, f"{len(pinned)} batches are to stay where they are")
            raise Infeasible(reasons)
        return Searched(solution, usual or _soonest(problem, solution, time_limit_s), begun)
    except Infeasible as fault:
        if ways_out_s <= 0:
            raise
        found = ways_out(problem, contract, time_limit_s=ways_out_s, at_least=stay)
        raise Infeasible(fault.reasons, found, untried(problem)) from None


def _no_dearer(
    problem: Problem,
    known: Mapping[Key, Ints] | None,
    search: Callable[[], Solution | None],
) -> Solution | None:
    """What ``search`` finds, or what it began with where that is cheaper and nothing was proven."""
    fault: SolverFailed | None = None
    found: Solution | None = None
    try:
        found = search()
        if found is None or found.status == "optimal":
            return found
    except SolverFailed as failed:
        fault = failed
    begun = None if known is None else dispatch(problem, known)
    if begun is not None and found is None:
        return replace(begun, trouble=str(fault))
    if begun is not None and found is not None and begun.objective < found.objective:
        return replace(begun, bound=found.bound, trouble=found.trouble)
    if fault is not None:
        raise fault
    return found


def _begun(
    problem: Problem,
    running: Plan | None,
    pinned: Sequence[Batch],
    begin_with: BegunWith | None,
) -> Mapping[Key, Ints] | None:
    """The plan in force and pinned batches laid on the problem; None if there is nothing to lay."""
    if begin_with is not None:
        return starts_again(problem, begin_with)
    return kept_starts(problem, running, pinned)


def _possible_habit(problem: Problem) -> Habit | None:
    """What first in, first out does, None if it is too slow; raises ``Infeasible`` if all is."""
    reasons = obstacles(problem)
    if reasons:
        raise Infeasible(reasons)
    return habit(problem)


def _require_possible(problem: Problem, usual: Habit | None, time_limit_s: float) -> None:
    """Raise ``Infeasible`` with its reasons if no schedule is possible, whatever is pinned."""
    if usual is not None:
        return
    try:
        possible = solve(problem, time_limit_s=time_limit_s, earliest=True) is not None
    except SolverFailed:
        return
    if not possible:
        raise Infeasible(shortfall(problem, time_limit_s=time_limit_s))


def _soonest(problem: Problem, solution: Solution, time_limit_s: float) -> Habit:
    """What stands for the habit where first in, first out is too slow.

    One seed whatever found the plan, so that a plan that is made again has the baseline it had.
    What is not proven to be the earliest would be as late as the search left it, and a saving
    against it an accident: then the plan itself stands there.
    """
    try:
        soonest = solve(problem, time_limit_s=time_limit_s, earliest=True, known=solution.starts)
    except SolverFailed:
        soonest = None
    if soonest is None or soonest.status != "optimal":
        return Habit(solution.starts, (NOT_PROVEN,))
    return Habit(soonest.starts, (TOO_SLOW,))
