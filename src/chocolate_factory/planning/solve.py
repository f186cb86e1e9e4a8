"""Problem → how many batches start each stage in each slot, with status, bound and gap (HiGHS)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from chocolate_factory.errors import SolverFailed
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.excess_rows import Slopes, exactly_charged, first_slopes
from chocolate_factory.planning.formulation import formulate
from chocolate_factory.planning.highs import RELATIVE_GAP, Outcome, Programme, run
from chocolate_factory.planning.milp import Ints, Key, Milp, Part
from chocolate_factory.planning.plan import Status
from chocolate_factory.planning.problem import Problem, with_starts
from chocolate_factory.planning.race import race
from chocolate_factory.planning.site_curve import machine_kw
from chocolate_factory.planning.site_power import one_way

ALONE_S = 2.0
"""How long one search goes on alone: most weeks are proven by then, without another process."""

SEEDS = (0, 1)

_WHOLE = 1e-7
EXCESS_GAP = 5e-5
"""Where excess power is priced: how far the best plan's cost may lie above the bound, relative."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Starts by grade and stage number in each slot, shape (slots,).

    ``objective`` and ``bound`` in the unit of the programme (EUR). ``given_up``: batches left out
    by demand number. ``late``: batches still missing so many hours begun after the due time, by
    demand number. ``flow``: what PV and battery do, by name, shape (slots,). ``extra``: what an
    elastic programme adds, by name. ``seed`` is the one that found it: with it alone the same
    problem gives the same solution. ``trouble`` says what went wrong with solver processes.
    """

    status: Status
    objective: float
    bound: float
    starts: Mapping[Key, Ints]
    given_up: Mapping[int, int] = field(default_factory=dict)
    late: Mapping[int, Ints] = field(default_factory=dict)
    flow: Mapping[str, Floats] = field(default_factory=dict)
    extra: Mapping[str, Floats] = field(default_factory=dict)
    seed: int = 0
    trouble: str = ""


def solve(
    problem: Problem,
    *,
    time_limit_s: float = 60.0,
    relative_gap: float = RELATIVE_GAP,
    seed: int = 0,
    by_price: bool = True,
    earliest: bool = False,
    give_up: bool = False,
    known: Mapping[Key, Ints] | None = None,
    at_least: Mapping[Key, Ints] | None = None,
    parts: Sequence[Part] = (),
) -> Solution | None:
    """The cheapest schedule of ``problem``; None if it is proven that there is none.

    ``by_price``, ``earliest``, ``give_up`` and ``parts`` as in ``formulate``. ``known``: starts of
    a schedule that is possible; the search begins with it and never returns a dearer one.
    ``at_least``: starts that the schedule must have at the least, by grade and stage number, shape
    (slots,). In this process and one thread; the same arguments give the same solution unless
    ``time_limit_s`` ends the search, which then returns the best one found. ``relative_gap``: how
    near to the bound is near enough.

    Raises ``SolverFailed`` if the time ends before any schedule is found, or if the solver does
    not take the programme.
    """
    if not problem.demands and problem.own_energy is None:
        return Solution("optimal", 0.0, 0.0, {}, seed=seed)

    def build(slopes: Slopes | None) -> Milp | None:
        milp = formulate(
            problem, by_price=by_price, earliest=earliest, give_up=give_up, slopes=slopes,
            parts=parts,
        )  # fmt: skip
        return _with_at_least(milp, at_least)

    def search(numbers: Programme, left_s: float) -> Outcome:
        whole = _whole_without_asking(problem, numbers, left_s)
        if whole is not None:
            return whole
        return run(numbers, time_limit_s=left_s, seed=seed, relative_gap=relative_gap)

    if problem.excess is None or not by_price or earliest or give_up:
        milp = build(None)
        if milp is None or milp.cost.size == 0:
            return None
        begin_with = None if known is None else column_values(milp, problem, known)
        outcome = search(programme(milp, begin_with), time_limit_s)
        return read(outcome, milp, problem, time_limit_s)
    return _with_excess(
        problem, build, search, time_limit_s=time_limit_s, known=known, at_least=at_least
    )


def _with_excess(
    problem: Problem,
    build: Callable[[Slopes | None], Milp | None],
    search: Callable[[Programme, float], Outcome],
    *,
    time_limit_s: float,
    known: Mapping[Key, Ints] | None,
    at_least: Mapping[Key, Ints] | None,
) -> Solution | None:
    """Search, charge the excess found in full, and add tangents there until both agree.

    Every programme charges no more than is due, so its bound holds; the solution is the best one
    found, at what it really costs. It begins with the best that exceeds nothing.
    """
    terms, end = problem.excess, time.monotonic() + time_limit_s
    if terms is None:
        raise TypeError("this problem prices no excess")
    slopes, bound = first_slopes(terms), -np.inf
    best: Outcome | None = None
    within = _within_contracted(problem, search, time_limit_s / 3, at_least)
    begun = [starts for starts in (known, within) if starts is not None]
    known = min(begun, key=lambda starts: _about_eur(problem, starts), default=None)
    while True:
        milp = build(slopes)
        if milp is None or milp.cost.size == 0:
            return None
        begin_with = None if known is None else column_values(milp, problem, known)
        if best is not None:
            begin_with = best.value
        outcome = search(programme(milp, begin_with), max(end - time.monotonic(), 0.0))
        if outcome.impossible or (outcome.value is None and best is None):
            return read(outcome, milp, problem, time_limit_s)
        bound = max(bound, outcome.bound)
        finer = slopes
        if outcome.value is not None:
            value, finer = exactly_charged(outcome.value, milp, terms, slopes)
            objective = float(milp.cost @ value)
            if best is None or objective < best.objective:
                best = replace(outcome, value=value, objective=objective)
        if best is None:
            continue
        proven = best.objective - bound <= max(EXCESS_GAP * abs(best.objective), 1e-6)
        exact = all(len(one) == len(other) for one, other in zip(finer, slopes, strict=True))
        if proven or exact or not outcome.proven or time.monotonic() >= end:
            told = replace(best, bound=min(bound, best.objective), proven=proven)
            return read(told, milp, problem, time_limit_s)
        slopes = finer


def _whole_without_asking(
    problem: Problem, numbers: Programme, time_limit_s: float
) -> Outcome | None:
    """The optimum of one batch alone where the relaxed programme has it, as it nearly always does.

    None if it does not, or if there is more than one batch: then it hardly ever does.
    """
    if sum(problem.batches.values()) != 1:
        return None
    none_whole = np.zeros(numbers.cost.size, dtype=bool)
    relaxed = replace(numbers, integer=none_whole, begin_with=None)
    found = run(relaxed, time_limit_s=time_limit_s, seed=0)
    if found.value is None or not found.proven:
        return None
    value = found.value[numbers.integer]
    if np.abs(value - np.round(value)).max(initial=0.0) > _WHOLE:
        return None
    return replace(found, bound=found.objective)


def _about_eur(problem: Problem, starts: Mapping[Key, Ints]) -> float:
    """What machines and their excess power cost: enough to choose where to begin."""
    kw = machine_kw(problem.plant, starts, problem.slots.size)
    charges = () if problem.excess is None else problem.excess.charges(kw)
    hours = problem.plant.slot_min / 60
    return float(kw @ problem.eur_kwh) * hours + sum(charge.eur for charge in charges)


def _within_contracted(
    problem: Problem,
    search: Callable[[Programme, float], Outcome],
    time_limit_s: float,
    at_least: Mapping[Key, Ints] | None,
) -> Mapping[Key, Ints] | None:
    """The best schedule that exceeds nothing, to begin with; None if there is none in time."""
    if problem.excess is None:
        return None
    room = np.maximum(problem.excess.room_kw[problem.excess.quarter], 0.0)
    capped = replace(problem, excess=None, process_kw=np.minimum(problem.process_kw, room))
    milp = _with_at_least(formulate(with_starts(capped)), at_least)
    if milp is None or milp.cost.size == 0:
        return None
    outcome = search(programme(milp, None), time_limit_s)
    if outcome.value is None:
        return None
    return {key: _counts(outcome.value, column) for key, column in milp.starts.items()}


def solve_raced(
    problem: Problem,
    *,
    time_limit_s: float = 60.0,
    known: Mapping[Key, Ints] | None = None,
    at_least: Mapping[Key, Ints] | None = None,
) -> Solution | None:
    """As ``solve``, in this process for ``ALONE_S``, and if that is too short by a race of seeds.

    What the first search found is kept, should the race find nothing better or be killed. The
    ``seed`` of the solution says which search it was: ``solve`` with it gives the same. Where
    excess power is priced one seed searches alone: each round begins where the one before ended.

    Raises ``SolverFailed`` if the time ends before any schedule is found.
    """
    began = time.monotonic()
    if not problem.demands and problem.own_energy is None:
        return Solution("optimal", 0.0, 0.0, {})
    if problem.excess is not None:
        return solve(problem, time_limit_s=time_limit_s, known=known, at_least=at_least)
    milp = _with_at_least(formulate(problem), at_least)
    if milp is None or milp.cost.size == 0:
        return None
    begin_with = None if known is None else column_values(milp, problem, known)
    numbers = programme(milp, begin_with)
    first = run(numbers, time_limit_s=min(ALONE_S, time_limit_s), seed=SEEDS[0])
    left_s = time_limit_s - (time.monotonic() - began)
    if first.proven or first.impossible or left_s <= 0:
        return read(first, milp, problem, time_limit_s)
    try:
        raced = race(numbers, seeds=SEEDS, time_limit_s=left_s)
    except SolverFailed as fault:
        found = read(first, milp, problem, time_limit_s)
        return None if found is None else replace(found, trouble=str(fault))
    if not raced.impossible and not raced.proven and first.objective < raced.objective:
        raced = replace(first, bound=max(first.bound, raced.bound))
    return read(raced, milp, problem, time_limit_s)


def dispatch(problem: Problem, starts: Mapping[Key, Ints]) -> Solution:
    """What PV and battery do at least cost beside a schedule that is given by its ``starts``.

    ``bound`` is of every schedule of ``problem``, as far as it is known without searching. Raises
    ``SolverFailed`` if the schedule is not possible.
    """
    milp = formulate(problem)
    lower, upper = milp.lower.copy(), milp.upper.copy()
    for key, column in milp.starts.items():
        there = column >= 0
        lower[column[there]] = upper[column[there]] = starts[key][there]
    outcome = run(programme(milp, None, lower=lower, upper=upper), time_limit_s=60.0, seed=0)
    if problem.excess is not None and outcome.value is not None:
        value, _ = exactly_charged(
            outcome.value, milp, problem.excess, first_slopes(problem.excess)
        )
        outcome = replace(outcome, value=value, objective=float(milp.cost @ value))
    found = read(outcome, milp, problem, 60.0)
    if found is None:
        raise SolverFailed("a schedule that is possible leaves PV and battery no way: a defect")
    return replace(
        found, status="feasible", bound=min(_plain_bound(milp, problem), found.objective)
    )


def _with_at_least(milp: Milp, at_least: Mapping[Key, Ints] | None) -> Milp | None:
    """``milp`` with so many starts at the least; None if they may not be there."""
    if at_least is None:
        return milp
    lower = milp.lower.copy()
    for key, starts in at_least.items():
        column = milp.starts[key]
        if (starts > np.where(column >= 0, milp.upper[column], 0)).any():
            return None
        lower[column[column >= 0]] = starts[column >= 0]
    return replace(milp, lower=lower)


def programme(
    milp: Milp,
    begin_with: Floats | None,
    *,
    lower: Floats | None = None,
    upper: Floats | None = None,
) -> Programme:
    """The bare numbers of ``milp``, fit for another process."""
    return Programme(
        cost=milp.cost,
        lower=milp.lower if lower is None else lower,
        upper=milp.upper if upper is None else upper,
        integer=milp.integer,
        row_lower=milp.row_lower,
        row_upper=milp.row_upper,
        begin=milp.begin,
        rows=milp.rows,
        values=milp.values,
        begin_with=begin_with,
    )


def column_values(milp: Milp, problem: Problem, known: Mapping[Key, Ints]) -> Floats:
    """Values of the columns of a possible schedule; NaN where the solver has to find them."""
    value = np.full(milp.cost.size, np.nan)
    for key, column in milp.starts.items():
        value[column[column >= 0]] = known[key][column >= 0]
    for grade in problem.batches:
        for number, after in pairwise(problem.plant.route(grade)):
            column = milp.waiting[grade, number]
            length = problem.length(grade, number)
            begun = np.cumsum(known[grade, number])
            ended = np.concatenate([np.zeros(length, dtype=np.int64), begun[: begun.size - length]])
            waits = ended - np.cumsum(known[grade, after])
            value[column[column >= 0]] = waits[column >= 0]
    return value


def read(outcome: Outcome, milp: Milp, problem: Problem, time_limit_s: float) -> Solution | None:
    """The solution behind what the solver said; None if there is proven to be none."""
    if outcome.impossible:
        return None
    if outcome.value is None:
        raise SolverFailed(
            f"no plan found within {time_limit_s:g} s and none proven impossible "
            f"({outcome.status}): give more time or fewer days"
        )
    value = outcome.value
    return Solution(
        status="optimal" if outcome.proven else "feasible",
        objective=outcome.objective,
        bound=min(max(outcome.bound, _plain_bound(milp, problem)), outcome.objective),
        starts={key: _counts(value, column) for key, column in milp.starts.items()},
        given_up={number: round(value[column]) for number, column in milp.given_up.items()},
        late={number: _counts(value, column) for number, column in milp.late.items()},
        flow=one_way(
            problem, {name: _by_slot(value, column) for name, column in milp.flow.items()}
        ),
        extra={name: _by_slot(value, column) for name, column in milp.extra.items()},
        seed=outcome.seed,
    )


def _plain_bound(milp: Milp, problem: Problem) -> float:
    """What every stage of every batch would cost in its cheapest slot, and everything else at the
    cheaper of its bounds: known without solving.
    """
    besides = np.ones(milp.cost.size, dtype=bool)
    for column in milp.starts.values():
        besides[column[column >= 0]] = False
    least = np.minimum(milp.cost * milp.lower, milp.cost * milp.upper)[besides].sum()
    if milp.given_up:
        return float(least)
    cheapest = {
        grade_stage: milp.cost[column[column >= 0]].min(initial=np.inf)
        for grade_stage, column in milp.starts.items()
    }
    return float(least) + float(
        sum(
            problem.batches[grade] * cost
            for (grade, _), cost in cheapest.items()
            if np.isfinite(cost)
        )
    )


def _counts(value: Floats, column: Ints) -> Ints:
    return np.round(_by_slot(value, column)).astype(np.int64)


def _by_slot(value: Floats, column: Ints) -> Floats:
    found = np.zeros(column.size)
    there = column >= 0
    found[there] = value[column[there]]
    return found
