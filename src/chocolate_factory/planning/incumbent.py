"""The plan in force laid on a new problem: where a search begins, and what it must not end above.

Batches that have not begun stay where they are, and what the plan in force did not reach is added
as the habit would. Among plans of equal cost the one that is found hangs on where the search began,
so that is stored with it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.planning.carried_over import Batch, batches_of
from chocolate_factory.planning.milp import Ints, Key
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plan import BegunWith, Plan
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.shop_floor import Chain, Floor

Starts = Mapping[Key, Ints]


def kept_starts(problem: Problem, running: Plan) -> Starts | None:
    """Starts by grade and stage number, shape (slots,); None if the plan cannot go on as it is."""
    floor, begin = Floor(problem), to_datetime(problem.slots[0])
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

    for batch in batches_of(running.schedule.blocks):
        grade = batch[0].grade
        if batch[0].start < begin or not left.get(grade):
            continue
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
