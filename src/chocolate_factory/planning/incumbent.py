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
from chocolate_factory.planning.baseline import chain_of, habit
from chocolate_factory.planning.carried_over import Batch, batches_of
from chocolate_factory.planning.milp import Ints, Key
from chocolate_factory.planning.plan import BegunWith, Plan
from chocolate_factory.planning.problem import Problem

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
    pins = Counter((batch[0].grade, chain_of(problem, batch)) for batch in pinned)
    left = Counter(problem.batches)
    left.subtract(batch[0].grade for batch in pinned)
    for batch in batches_of(running.schedule.blocks):
        grade, place = batch[0].grade, (batch[0].grade, chain_of(problem, batch))
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
    found = habit(problem, settled)
    return None if found is None else found.starts


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
