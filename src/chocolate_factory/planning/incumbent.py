"""The plan in force laid on a new problem: where a search begins, and what it must not end above.

Batches that have not begun stay where they are, pinned ones where they are pinned, and what the
plan in force did not reach is added as the habit would. Among plans of equal cost the one that is
found hangs on where the search began, so that is stored with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.planning.carried_over import Batch, batches_of
from chocolate_factory.planning.milp import Ints, Key
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plan import BegunWith, Plan
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.shop_floor import Chain, Floor

Starts = Mapping[Key, Ints]


def kept_starts(
    problem: Problem, running: Plan | None, pinned: Sequence[Batch] = ()
) -> Starts | None:
    """Starts by grade and stage number, shape (slots,), with ``pinned`` batches where they are.

    The others as ``running`` has them, else as the habit would beside the pinned ones. None if
    neither can be, or if there is no plan and no pin to begin with.
    """
    kept = None if running is None else _laid(problem, _settled(problem, running, pinned))
    return _laid(problem, pinned) if kept is None and pinned else kept


def _settled(problem: Problem, running: Plan, pinned: Sequence[Batch]) -> list[Batch]:
    """``pinned`` batches and those of ``running`` that have not begun, as many as are to be made.

    A batch of a grade that is where a pinned one is, is that one.
    """
    begin, settled = to_datetime(problem.slots[0]), list(pinned)
    pins = Counter((batch[0].grade, _chain(problem, batch)) for batch in pinned)
    left = Counter(problem.batches)
    left.subtract(batch[0].grade for batch in pinned)
    for batch in batches_of(running.schedule.blocks):
        grade, place = batch[0].grade, (batch[0].grade, _chain(problem, batch))
        if batch[0].start < begin:
            continue
        if pins[place]:
            pins[place] -= 1
        elif left[grade] > 0:
            left[grade] -= 1
            settled.append(batch)
    return settled


def _laid(problem: Problem, settled: Sequence[Batch]) -> Starts | None:
    """``settled`` batches where they are and the others as the habit would add them."""
    floor = Floor(problem)
    left = {
        grade: sorted(
            (d for d in problem.demands if d.grade == grade for _ in range(d.batches)),
            key=lambda demand: (demand.due, -demand.priority),
        )
        for grade in problem.batches
    }
    starts = {
        (grade, number): np.zeros(problem.slots.size, dtype=np.int64)
        for grade in problem.batches
        for number in range(len(problem.plant.stages))
    }

    def put(grade: str, chain: Chain | None) -> bool:
        if chain is None:
            return False
        floor.take(grade, chain)
        for number, slot in chain:
            starts[grade, number][slot] += 1
        return True

    for batch in sorted(settled, key=lambda batch: batch[0].start):
        grade = batch[0].grade
        demand, chain = left[grade].pop(0), _chain(problem, batch)
        if not (_serves(problem, chain, demand) and floor.fits(grade, chain)):
            return None
        put(grade, chain)
    for demand in sorted((d for own in left.values() for d in own), key=lambda d: d.due):
        end = problem.latest(demand)
        first = problem.slot_from(demand.earliest)
        soon = floor.earliest(demand.grade, max(problem.slot_from(demand.release), first), end)
        if not put(demand.grade, soon or floor.earliest(demand.grade, first, end)):
            return None
    return starts


def begun_with(problem: Problem, starts: Starts | None) -> BegunWith:
    """``starts`` as a plan keeps them."""
    if starts is None:
        return {}
    return {
        (grade, problem.plant.stages[number].name): tuple(
            np.repeat(np.arange(begun.size), begun).tolist()
        )
        for (grade, number), begun in starts.items()
        if begun.any()
    }


def starts_again(problem: Problem, kept: BegunWith) -> Starts | None:
    """Inverse of ``begun_with``; None for nothing."""
    if not kept:
        return None
    size, stages = problem.slots.size, problem.plant.stages
    return {
        (grade, number): np.bincount(
            np.array(kept.get((grade, stage.name), ()), dtype=np.int64), minlength=size
        )
        for grade in problem.batches
        for number, stage in enumerate(stages)
    }


def _chain(problem: Problem, batch: Batch) -> Chain:
    number = {stage.name: at for at, stage in enumerate(problem.plant.stages)}
    return tuple(
        (number[block.stage], problem.slot_from(block.start))
        for block in batch
        if block.stage in number
    )


def _serves(problem: Problem, chain: Chain, demand: Demand) -> bool:
    stage, slot = chain[-1]
    end = slot + problem.length(demand.grade, stage)
    return chain[0][1] >= problem.slot_from(demand.earliest) and end <= problem.latest(demand)
