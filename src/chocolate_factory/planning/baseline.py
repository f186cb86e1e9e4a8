"""What habit would do with the same orders: first in, first out, as early as possible, price-blind.

Orders are taken by due time, each from the first shift of its own day; a batch takes the earliest
slots that the batches before it left free, within every rule of the plant. So plan and baseline
make the same kilograms beside the same work begun before, both on time, and differ in nothing but
when. Where a change-over is needed, habit takes the first machine that is ready in time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.planning.carried_over import Batch
from chocolate_factory.planning.milp import Ints
from chocolate_factory.planning.orders import DAY, Demand
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.shop_floor import Chain, Floor

EXCEEDS = "baseline: the habit exceeds contracted power, it could not be on time otherwise"


@dataclass(frozen=True, slots=True, eq=False)
class Habit:
    """Starts by grade and stage number in each slot, and where habit had to be bent."""

    starts: Mapping[tuple[str, int], Ints]
    notes: tuple[str, ...]


def habit(problem: Problem, stay: Sequence[Batch] = ()) -> Habit | None:
    """The baseline of ``problem``; None if first in, first out cannot meet every due time.

    A batch that cannot be on time from its own day begins on the latest earlier day that lets it,
    and a note says so; one that may be late is late if no day lets it. Where contracted power may
    be exceeded, habit does so only if it cannot be on time otherwise.

    ``stay``: batches that are made where they are, and the others around them; None if these cannot
    stay there, or if the others cannot be on time then.
    """
    if problem.excess is not None:
        within = np.minimum(problem.process_kw, problem.excess.room_kw[problem.excess.quarter])
        usual = _first_in_first_out(replace(problem, process_kw=np.maximum(within, 0.0)), stay)
        if usual is not None:
            return usual
        usual = _first_in_first_out(problem, stay)
        return None if usual is None else replace(usual, notes=(*usual.notes, EXCEEDS))
    return _first_in_first_out(problem, stay)


def _first_in_first_out(problem: Problem, stay: Sequence[Batch]) -> Habit | None:
    floor = Floor(problem)
    starts = {
        (grade, number): np.zeros(problem.slots.size, dtype=np.int64)
        for grade in problem.batches
        for number in range(len(problem.plant.stages))
    }

    def put(grade: str, chain: Chain) -> None:
        floor.take(grade, chain)
        for number, slot in chain:
            starts[grade, number][slot] += 1

    demands = sorted(problem.demands, key=lambda demand: (demand.due, -demand.priority))
    left = [demand.batches for demand in demands]
    for batch in sorted(stay, key=lambda batch: (batch[0].start, batch[-1].end)):
        grade, chain = batch[0].grade, chain_of(problem, batch)
        serves = (at for at, own in enumerate(demands) if left[at] and _serves(problem, batch, own))
        served = next(serves, None)
        if served is None or not floor.fits(grade, chain):
            return None
        left[served] -= 1
        put(grade, chain)
    notes = []
    for demand, batches in zip(demands, left, strict=True):
        early = 0
        for _ in range(batches):
            found = _soonest(floor, problem, demand)
            if found is None:
                return None
            chain, begins_before = found
            put(demand.grade, chain)
            early += begins_before
        if early:
            notes.append(
                f"baseline: {early} of {demand.batches} batches of {demand.name} begin before "
                "their own day, which leaves no room for them"
            )
    return Habit(starts, tuple(notes))


def chain_of(problem: Problem, batch: Batch) -> Chain:
    """Stage numbers and start slots of a batch, its waits in tanks left out."""
    number = {stage.name: at for at, stage in enumerate(problem.plant.stages)}
    return tuple(
        (number[block.stage], problem.slot_from(block.start))
        for block in batch
        if block.stage in number
    )


def _serves(problem: Problem, batch: Batch, demand: Demand) -> bool:
    """Whether a batch is of the grade of ``demand`` and in time for it."""
    if batch[0].grade != demand.grade:
        return False
    first, end = problem.slot_from(batch[0].start), problem.slot_from(batch[-1].end)
    return first >= problem.slot_from(demand.earliest) and end <= problem.latest(demand)


def _soonest(floor: Floor, problem: Problem, demand: Demand) -> tuple[Chain, bool] | None:
    begins = _beginnings(problem, demand)
    for attempt, begin in enumerate(begins):
        chain = floor.earliest(demand.grade, begin, problem.slot_before(demand.due))
        if chain is not None:
            return chain, attempt > 0
    if demand.is_deadline:
        return None
    chain = floor.earliest(demand.grade, begins[0], problem.slots.size)
    return None if chain is None else (chain, False)


def _beginnings(problem: Problem, demand: Demand) -> list[int]:
    """Slots from which to look for room: the first shift of the own day, then of days before."""
    lowest = problem.slot_from(demand.earliest)
    day, begins = delivery_day(demand.release), [max(problem.slot_from(demand.release), lowest)]
    while begins[-1] > lowest:
        day -= DAY
        begins.append(max(problem.slot_from(problem.plant.first_shift(day)), lowest))
    return begins
