"""Counts of starts → batches on machines, first in, first out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.planning.formulation import Ints
from chocolate_factory.planning.plan import Block, Task
from chocolate_factory.planning.plant import Stage
from chocolate_factory.planning.problem import Problem


@dataclass(frozen=True, slots=True)
class Recovered:
    """Tasks by stage and start, and the carried blocks beside them, in the order given."""

    tasks: tuple[Task, ...]
    carried: tuple[Block, ...]


def recover(
    problem: Problem,
    starts: Mapping[tuple[str, int], Ints],
    *,
    carried: Sequence[Block] = (),
) -> Recovered:
    """The tasks behind start counts per grade and stage number, each of shape (slots,).

    The k-th start of a stage is the k-th batch of its grade: ``standard-01`` starts first, or the
    number after the highest of those ``carried``. Every run takes the lowest machine that is free
    and, if there is one, not promised to a carried block meanwhile. A carried block stays on its
    machine if it has begun or finds it free, else it moves to another of the same stage: its time
    never changes.
    """
    plant, begin = problem.plant, to_datetime(problem.slots[0])
    batches = problem.batches
    before = {grade: _highest(grade, carried) for grade in batches}
    digits = max([2, *(len(str(count + before[grade])) for grade, count in batches.items())])
    tasks: list[Task] = []
    moved: dict[tuple[str, str], Block] = {}
    for number, stage in enumerate(plant.stages):
        floor = _Machines(stage, [block for block in carried if block.stage == stage.name], begin)
        runs = sorted(
            (begin + int(slot) * plant.slot, grade, k)
            for grade in batches
            for k, slot in enumerate(
                np.repeat(np.arange(problem.slots.size), starts[grade, number])
            )
        )
        for start, grade, k in runs:
            end = start + timedelta(minutes=stage.minutes(grade))
            tasks.append(
                Task(
                    batch=f"{grade}-{k + 1 + before[grade]:0{digits}d}",
                    grade=grade,
                    stage=stage.name,
                    machine=floor.take(start, end),
                    start=start,
                    end=end,
                    phases=tuple((phase.minutes, phase.kw) for phase in stage.phases[grade]),
                )
            )
        moved |= {(block.batch, block.stage): block for block in floor.placed()}
    return Recovered(
        tasks=tuple(tasks),
        carried=tuple(moved.get((block.batch, block.stage), block) for block in carried),
    )


class _Machines:
    """The machines of one stage while runs and carried blocks are put on them in order of start."""

    def __init__(self, stage: Stage, carried: Sequence[Block], begin: datetime) -> None:
        names = [machine_name(stage, position) for position in range(stage.machines)]
        self._free_at = dict.fromkeys(names, begin)
        self._ahead = sorted(
            (block for block in carried if block.start >= begin), key=lambda block: block.start
        )
        self._placed: list[Block] = []
        for block in carried:
            if block.start < begin and block.machine in self._free_at:
                self._free_at[block.machine] = max(self._free_at[block.machine], block.end)

    def take(self, start: datetime, end: datetime) -> str:
        """The machine for a run over [start, end); none begins earlier from now on."""
        self._place_up_to(start)
        promised = {block.machine for block in self._ahead if block.start < end}
        return self._occupy(start, end, promised)

    def placed(self) -> tuple[Block, ...]:
        """The carried blocks that had not begun, on their machines."""
        self._place_up_to(datetime.max.replace(tzinfo=UTC))
        return tuple(self._placed)

    def _place_up_to(self, instant: datetime) -> None:
        while self._ahead and self._ahead[0].start <= instant:
            block = self._ahead.pop(0)
            others = self._free_at.keys() - {block.machine}
            machine = self._occupy(block.start, block.end, others)
            self._placed.append(replace(block, machine=machine))

    def _occupy(self, start: datetime, end: datetime, avoid: Iterable[str]) -> str:
        """The first machine that is free, not in ``avoid`` if it can be helped; the one free
        soonest if counts were wrong, for the checker to find.
        """
        free = [name for name, instant in self._free_at.items() if instant <= start]
        soonest = min(self._free_at, key=lambda name: self._free_at[name])
        machine = next((name for name in free if name not in avoid), (free or [soonest])[0])
        self._free_at[machine] = end
        return machine


def machine_name(stage: Stage, position: int) -> str:
    """``conche-1``, ``conche-2``, … for positions from 0."""
    return f"{stage.machine}-{position + 1}"


def _highest(grade: str, carried: Iterable[Block]) -> int:
    """The highest number of a carried batch of ``grade``; 0 if there is none."""
    numbers = [block.batch.removeprefix(f"{grade}-") for block in carried]
    return max((int(number) for number in numbers if number.isdecimal()), default=0)
