"""What habit would do with the same orders: first in, first out, as early as possible, price-blind.

Orders are taken by due time, each from the first shift of its own day; a batch takes the earliest
slots that the batches before it left free, within every rule of the plant. So plan and baseline
make the same kilograms beside the same work begun before, both on time, and differ in nothing but
when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.formulation import Ints
from chocolate_factory.planning.orders import DAY, Demand
from chocolate_factory.planning.problem import KW_TOLERANCE, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Habit:
    """Starts by grade and stage number in each slot, and where habit had to be bent."""

    starts: Mapping[tuple[str, int], Ints]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Floor:
    """What is taken so far: machines in use by stage and power drawn, shape (slots,) each."""

    problem: Problem
    in_use: list[NDArray[np.int64]] = field(init=False)
    drawn_kw: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.in_use = [np.zeros_like(free) for free in self.problem.free]
        self.drawn_kw = np.zeros(self.problem.slots.size)

    def earliest(self, grade: str, begin: int, end: int) -> tuple[int, ...] | None:
        """Start slots of the stages of the soonest batch in [begin, end); None if none fits."""
        for slot in np.flatnonzero(self.problem.starts[grade][0][begin:end]) + begin:
            chain = self._chain(grade, 0, int(slot), end)
            if chain is not None:
                return chain
        return None

    def take(self, grade: str, chain: tuple[int, ...]) -> None:
        """Occupy machines and power for one batch."""
        for number, slot in enumerate(chain):
            kw = self._kw(grade, number)
            self.in_use[number][slot : slot + kw.size] += 1
            self.drawn_kw[slot : slot + kw.size] += kw

    def _chain(self, grade: str, number: int, slot: int, end: int) -> tuple[int, ...] | None:
        kw = self._kw(grade, number)
        stage = self.problem.plant.stages[number]
        run = slice(slot, slot + kw.size)
        if (
            run.stop > end
            or not self.problem.starts[grade][number][slot]
            or (self.in_use[number][run] >= self.problem.free[number][run]).any()
            or (self.drawn_kw[run] + kw > self.problem.process_kw[run] + KW_TOLERANCE).any()
        ):
            return None
        if number + 1 == len(self.problem.plant.stages):
            return (slot,)
        # The batch's own stages never overlap, so its own power need not be counted twice.
        for wait in range(stage.max_hold_min // self.problem.plant.slot_min + 1):
            after = run.stop + wait
            if after < end:
                rest = self._chain(grade, number + 1, after, end)
                if rest is not None:
                    return (slot, *rest)
        return None

    def _kw(self, grade: str, number: int) -> Floats:
        return self.problem.plant.stages[number].slot_kw(grade, self.problem.plant.slot_min)


def habit(problem: Problem) -> Habit | None:
    """The baseline of ``problem``; None if first in, first out cannot meet every due time.

    A batch that cannot be on time from its own day begins on the latest earlier day that lets it,
    and a note says so.
    """
    floor = _Floor(problem)
    starts = {
        (grade, number): np.zeros(problem.slots.size, dtype=np.int64)
        for grade in problem.batches
        for number in range(len(problem.plant.stages))
    }
    notes = []
    for demand in sorted(problem.demands, key=lambda demand: demand.due):
        early = 0
        for _ in range(demand.batches):
            for attempt, begin in enumerate(_beginnings(problem, demand)):
                chain = floor.earliest(demand.grade, begin, problem.slot_before(demand.due))
                if chain is not None:
                    floor.take(demand.grade, chain)
                    for number, slot in enumerate(chain):
                        starts[demand.grade, number][slot] += 1
                    early += attempt > 0
                    break
            else:
                return None
        if early:
            notes.append(
                f"baseline: {early} of {demand.batches} batches of {demand.name} begin before "
                "their own day, which leaves no room for them"
            )
    return Habit(starts, tuple(notes))


def _beginnings(problem: Problem, demand: Demand) -> list[int]:
    """Slots from which to look for room: the first shift of the own day, then of days before."""
    lowest = problem.slot_from(demand.earliest)
    day, begins = delivery_day(demand.release), [max(problem.slot_from(demand.release), lowest)]
    while begins[-1] > lowest:
        day -= DAY
        begins.append(max(problem.slot_from(problem.plant.first_shift(day)), lowest))
    return begins
