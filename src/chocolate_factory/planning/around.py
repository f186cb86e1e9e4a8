"""Solving around batches that stay where they are: they are priced, not moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

import numpy as np

from chocolate_factory.errors import Infeasible
from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.carried import Batch, Carried, occupied
from chocolate_factory.planning.check import violations
from chocolate_factory.planning.cost import cost_eur
from chocolate_factory.planning.explain import obstacles, shortfall
from chocolate_factory.planning.formulation import Ints
from chocolate_factory.planning.orders import Demand, in_words
from chocolate_factory.planning.pins import Pin
from chocolate_factory.planning.plan import Block, PlanningPrices
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import KW_TOLERANCE, Problem, build_problem
from chocolate_factory.planning.solve import Solution, solve


def solve_around(
    problem: Problem,
    before: Carried,
    prices: PlanningPrices,
    contract: Contract,
    *,
    time_limit_s: float,
    seed: int,
) -> Solution:
    """The cheapest schedule of ``problem`` in which the pinned batches of ``before`` stay.

    ``problem`` is about all batches that have not begun, the pinned ones among them. Bound and
    objective are those of all of them.

    Raises ``Infeasible`` with its reasons if a pinned batch breaks a rule where it is, or the rest
    cannot be made beside them.
    """
    start = to_datetime(problem.slots[0])
    end = to_datetime(problem.slots[-1]) + problem.plant.slot
    fixed = tuple(chain.from_iterable(before.pinned))
    broken = tuple(_misplaced(problem, before, start, end, contract))
    if broken:
        raise Infeasible(broken)
    rest = build_problem(
        problem.plant, before.free, prices,
        start=start, end=end, contract=contract, carried=(*before.blocks, *fixed),
    )  # fmt: skip
    reasons = obstacles(rest)
    solution = None if reasons else solve(rest, time_limit_s=time_limit_s, seed=seed)
    if solution is None:
        reasons = reasons or shortfall(rest, time_limit_s=time_limit_s)
        raise Infeasible((*reasons, f"{len(before.pinned)} batches are to stay where they are"))
    pinned_eur = cost_eur(fixed, prices)
    return replace(
        solution,
        objective=solution.objective + pinned_eur,
        bound=solution.bound + pinned_eur,
        starts=_together(problem, solution.starts, before.pinned),
    )


def chain_from(
    plant: Plant,
    grade: str,
    prices: PlanningPrices,
    *,
    begin: datetime,
    start: datetime,
    end: datetime,
    contract: Contract,
    beside: Sequence[Block] = (),
) -> Pin:
    """When the stages of one batch begin, at least cost, if its first one begins at ``begin``.

    Within [start, end) and beside the blocks that are to stay, ``beside``. Raises ``Infeasible``
    if the batch cannot begin then.
    """
    alone = Demand(f"a batch of {grade}", grade, plant.batch_kg, 1, begin, begin, end)
    problem = build_problem(
        plant, (alone,), prices, start=start, end=end, contract=contract, carried=beside
    )
    first = np.zeros(problem.slots.size, dtype=bool)
    if start <= begin < end and not (begin - start) % plant.slot:
        first[problem.slot_from(begin)] = True
    may = problem.starts[grade]
    here = (may[0] & first, *may[1:])
    found = solve(replace(problem, starts={grade: here})) if here[0].any() else None
    if found is None:
        raise Infeasible(
            (
                f"a batch of {grade} cannot begin on {in_words(begin)}: there is no staff, machine "
                "or power for one of its stages then, it would not be done in time, or work under "
                "way is in its place",
            )
        )
    slots = [int(np.flatnonzero(found.starts[grade, at])[0]) for at in range(len(plant.stages))]
    return Pin(grade, tuple(to_datetime(problem.slots[slot]) for slot in slots))


def _misplaced(
    problem: Problem, before: Carried, start: datetime, end: datetime, contract: Contract
) -> Iterator[str]:
    """What the pinned batches break: their own recipe and staff, or together machines and power."""
    for batch in before.pinned:
        alone = Demand("pinned", batch[0].grade, 1.0, 1, batch[0].start, None, batch[-1].end)
        for reason in violations(
            batch, problem.plant, (alone,), start=start, end=end, contract=contract
        ):
            yield f"a pinned batch of {batch[0].grade}, {in_words(batch[0].start)}: {reason}"
    in_use, drawn_kw = occupied(chain.from_iterable(before.pinned), problem.plant, problem.slots)
    for number, stage in enumerate(problem.plant.stages):
        over = in_use[number] > problem.free[number]
        if over.any():
            when = in_words(to_datetime(problem.slots[int(np.argmax(over))]))
            yield f"{when}: pins and work begun before need more than all {stage.machine}s"
    above = drawn_kw > problem.process_kw + KW_TOLERANCE
    if above.any():
        at = int(np.argmax(above))
        yield (
            f"{in_words(to_datetime(problem.slots[at]))}: pinned batches draw {drawn_kw[at]:g} kW, "
            f"and {problem.process_kw[at]:g} kW are left"
        )


def _together(
    problem: Problem, starts: Mapping[tuple[str, int], Ints], pinned: Sequence[Batch]
) -> dict[tuple[str, int], Ints]:
    """Start counts of the batches found and of the pinned ones, shape (slots,) each."""
    total = {
        (grade, number): np.array(
            starts.get((grade, number), np.zeros(problem.slots.size)), dtype=np.int64
        )
        for grade in problem.batches
        for number in range(len(problem.plant.stages))
    }
    for batch in pinned:
        for number, block in enumerate(batch):
            total[block.grade, number][problem.slot_from(block.start)] += 1
    return total
