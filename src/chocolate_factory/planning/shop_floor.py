"""The shop floor while batches are put on it one by one: what is taken, and what still fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.plant import Stage
from chocolate_factory.planning.problem import KW_TOLERANCE, Problem

Chain = tuple[tuple[int, int], ...]
"""Stage number and start slot of each stage of a batch, in order."""

Line = list[tuple[int, int, str | None]]
"""Uses of one machine: start slot, end slot and grade; None for maintenance, after which any
grade may begin at once."""


@dataclass(slots=True)
class Floor:
    """Machines in use and tank places taken by stage, and power drawn, in each slot.

    ``lines``: by number of a stage whose grades need a change-over, what each machine does.
    """

    problem: Problem
    in_use: list[NDArray[np.int64]] = field(init=False)
    in_tank: list[NDArray[np.int64]] = field(init=False)
    drawn_kw: Floats = field(init=False)
    lines: dict[int, list[Line]] = field(init=False)

    def __post_init__(self) -> None:
        n = self.problem.slots.size
        self.in_use = [np.zeros(n, dtype=np.int64) for _ in self.problem.plant.stages]
        self.in_tank = [np.zeros(n, dtype=np.int64) for _ in self.problem.plant.stages]
        self.drawn_kw = np.zeros(n)
        self.lines = {
            number: _lines(self.problem, stage)
            for number, stage in enumerate(self.problem.plant.stages)
            if stage.change_min > stage.rest_min
        }

    def earliest(self, grade: str, begin: int, end: int) -> Chain | None:
        """The stages of the soonest batch in [begin, end); None if none fits."""
        route = self.problem.plant.route(grade)
        for slot in np.flatnonzero(self.problem.starts[grade][route[0]][begin:end]) + begin:
            chain = self._chain(grade, 0, int(slot), end)
            if chain is not None:
                return chain
        return None

    def fits(self, grade: str, chain: Chain) -> bool:
        """Whether a batch may run just so beside what is there."""
        route = self.problem.plant.route(grade)
        if [number for number, _ in chain] != list(route):
            return False
        for (number, slot), after in zip(chain, (*chain[1:], None), strict=True):
            run = slice(slot, slot + self._kw(grade, number).size)
            if run.stop > self.problem.slots.size or not self._fits(grade, number, run):
                return False
            if after is not None:
                longest = self.problem.plant.stages[number].longest_wait_min
                waits = after[1] - run.stop
                if not 0 <= waits <= longest // self.problem.plant.slot_min:
                    return False
                if not self._may_wait(number, run.stop, after[1]):
                    return False
        return True

    def take(self, grade: str, chain: Chain) -> None:
        """Occupy machines, tanks and power for one batch."""
        slot_min = self.problem.plant.slot_min
        for position, (number, slot) in enumerate(chain):
            stage, kw = self.problem.plant.stages[number], self._kw(grade, number)
            self.in_use[number][slot : slot + kw.size + stage.rest_min // slot_min] += 1
            self.drawn_kw[slot : slot + kw.size] += kw
            if number in self.lines:
                line = self._line(grade, number, slot)
                if line is not None:
                    line.append((slot, slot + kw.size, grade))
            if stage.tank is not None and position + 1 < len(chain):
                wait = self._tank_slots(stage, slot + kw.size, chain[position + 1][1])
                self.in_tank[number][wait] += 1
                self.drawn_kw[wait] += stage.tank.kw

    def _chain(self, grade: str, position: int, slot: int, end: int) -> Chain | None:
        route = self.problem.plant.route(grade)
        number = route[position]
        run = slice(slot, slot + self._kw(grade, number).size)
        if run.stop > end or not self._fits(grade, number, run):
            return None
        if position + 1 == len(route):
            return ((number, slot),)
        # The batch's own stages never overlap, so its own power need not be counted twice.
        stage = self.problem.plant.stages[number]
        for wait in range(stage.longest_wait_min // self.problem.plant.slot_min + 1):
            after = run.stop + wait
            if after >= end or not self._may_wait(number, run.stop, after):
                return None
            rest = self._chain(grade, position + 1, after, end)
            if rest is not None:
                return ((number, slot), *rest)
        return None

    def _fits(self, grade: str, number: int, run: slice) -> bool:
        problem, kw = self.problem, self._kw(grade, number)
        stage = problem.plant.stages[number]
        held = slice(run.start, run.stop + stage.rest_min // problem.plant.slot_min)
        return bool(
            problem.starts[grade][number][run.start]
            and (self.in_use[number][held] < problem.free[number][held]).all()
            and (self.drawn_kw[run] + kw <= problem.process_kw[run] + KW_TOLERANCE).all()
            and (number not in self.lines or self._line(grade, number, run.start) is not None)
        )

    def _may_wait(self, number: int, end: int, after: int) -> bool:
        stage = self.problem.plant.stages[number]
        wait = self._tank_slots(stage, end, after)
        if stage.tank is None or wait.start >= wait.stop:
            return True
        room = self.in_tank[number][wait] < self.problem.tank_free[number][wait]
        power = self.drawn_kw[wait] + stage.tank.kw <= self.problem.process_kw[wait] + KW_TOLERANCE
        return bool((room & power).all())

    def _tank_slots(self, stage: Stage, end: int, after: int) -> slice:
        return slice(end + stage.max_hold_min // self.problem.plant.slot_min, after)

    def _line(self, grade: str, number: int, slot: int) -> Line | None:
        """The first machine on which a run may begin in ``slot``; None if there is none."""
        stage, slot_min = self.problem.plant.stages[number], self.problem.plant.slot_min
        end = slot + self.problem.length(grade, number)
        rest, change = stage.rest_min // slot_min, stage.change_min // slot_min

        def apart(first: str | None, second: str | None) -> int:
            if first is None:
                return 0
            return rest if second in (None, first) else change

        def fits(line: Line) -> bool:
            return all(
                (b + apart(other, grade) <= slot) or (end + apart(grade, other) <= a)
                for a, b, other in line
            )

        return next((line for line in self.lines[number] if fits(line)), None)

    def _kw(self, grade: str, number: int) -> Floats:
        return self.problem.plant.stages[number].slot_kw(grade, self.problem.plant.slot_min)


def _lines(problem: Problem, stage: Stage) -> list[Line]:
    """What work begun before and maintenance have each machine of ``stage`` do."""
    lines: list[Line] = [[] for _ in range(stage.machines)]
    for start, end, grade, own in sorted(_uses(problem, stage), key=lambda use: use[0]):
        free = [line for line in lines if all(b <= start or end <= a for a, b, _ in line)]
        (lines[own] if own is not None else (free or lines)[-1]).append((start, end, grade))
    return lines


def _uses(problem: Problem, stage: Stage) -> Iterator[tuple[int, int, str | None, int | None]]:
    begin, slot = to_datetime(problem.slots[0]), problem.plant.slot
    names = {f"{stage.machine}-{at + 1}": at for at in range(stage.machines)}
    for block in problem.carried:
        if block.stage == stage.name:
            start, end = (block.start - begin) // slot, -((begin - block.end) // slot)
            yield start, end, block.grade, names.get(block.machine)
    for part in problem.plant.maintenance:
        if part.stage == stage.name:
            for _ in range(part.machines):
                yield (part.start - begin) // slot, (part.end - begin) // slot, None, None
