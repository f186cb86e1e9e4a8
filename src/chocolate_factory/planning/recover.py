"""Counts of starts → batches on machines, first in, first out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.planning.assignment import NEUTRAL, Use, on_machines
from chocolate_factory.planning.equipment import Maintenance
from chocolate_factory.planning.milp import Ints
from chocolate_factory.planning.plan import Block, Task
from chocolate_factory.planning.plant import Plant, Stage
from chocolate_factory.planning.problem import Problem


@dataclass(frozen=True, slots=True)
class Recovered:
    """Tasks by stage and start, and the carried blocks beside them, in the order given."""

    tasks: tuple[Task, ...]
    carried: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of the ``number``-th batch of ``grade`` that is not on a machine yet."""

    start: datetime
    end: datetime
    grade: str
    number: int


def recover(
    problem: Problem,
    starts: Mapping[tuple[str, int], Ints],
    *,
    carried: Sequence[Block] = (),
) -> Recovered:
    """The tasks behind start counts per grade and stage number, each of shape (slots,).

    The k-th start of a stage is the k-th batch of its grade: ``standard-01`` starts first, or the
    number after the highest of those ``carried``. Every run takes the lowest machine that is free
    and, if there is one, not promised to a carried block meanwhile; where grades need a change-over
    the machines are found by ``planning.assignment``. A carried block stays on its machine if it
    has begun or finds it free, else it moves to another of the same stage: its time never changes.
    A batch that waits longer than the hold of a stage spends the rest of its wait in the tank.
    """
    plant, begin = problem.plant, to_datetime(problem.slots[0])
    names = _Names(problem, carried)
    tasks: list[Task] = []
    moved: dict[tuple[str, str], Block] = {}
    for at, stage in enumerate(plant.stages):
        runs = sorted(_runs(problem, starts, at, begin), key=lambda r: (r.start, r.grade, r.number))
        own = [block for block in carried if block.stage == stage.name]
        grades = {run.grade for run in runs} | {block.grade for block in own}
        outages = [part for part in plant.maintenance if part.stage == stage.name]
        if stage.change_min > stage.rest_min and len(grades) > 1:
            machines, placed = with_change_over(stage, runs, own, outages, begin)
        else:
            machines, placed = _in_order(stage, runs, own, outages, begin)
        moved |= {(block.batch, block.stage): block for block in placed}
        for run, machine in zip(runs, machines, strict=True):
            phases = tuple((phase.minutes, phase.kw) for phase in stage.phases[run.grade])
            tasks.append(
                Task(
                    names.of(run.grade, run.number),
                    run.grade,
                    stage.name,
                    machine,
                    run.start,
                    run.end,
                    phases,
                )
            )
    tasks += _in_tanks(plant, tasks, carried)
    return Recovered(
        tasks=tuple(tasks),
        carried=tuple(moved.get((block.batch, block.stage), block) for block in carried),
    )


class _Names:
    """``standard-01``, ``standard-02``, … after the highest number of those carried."""

    def __init__(self, problem: Problem, carried: Iterable[Block]) -> None:
        batches = problem.batches
        carried = tuple(carried)
        self._before = {grade: _highest(grade, carried) for grade in batches}
        self._digits = max(
            [2, *(len(str(count + self._before[grade])) for grade, count in batches.items())]
        )

    def of(self, grade: str, number: int) -> str:
        return f"{grade}-{number + 1 + self._before[grade]:0{self._digits}d}"


def _runs(
    problem: Problem, starts: Mapping[tuple[str, int], Ints], at: int, begin: datetime
) -> Iterator[_Run]:
    slots = np.arange(problem.slots.size)
    for grade in problem.batches:
        length = timedelta(minutes=problem.plant.stages[at].minutes(grade))
        for number, slot in enumerate(np.repeat(slots, starts[grade, at])):
            start = begin + int(slot) * problem.plant.slot
            yield _Run(start, start + length, grade, number)


def _in_order(
    stage: Stage,
    runs: Sequence[_Run],
    carried: Sequence[Block],
    outages: Sequence[Maintenance],
    begin: datetime,
) -> tuple[list[str], tuple[Block, ...]]:
    floor = _Machines(stage, carried, begin)
    ahead = sorted(outages, key=lambda part: part.start)
    machines = []
    for run in runs:
        while ahead and ahead[0].start <= run.start:
            floor.take_out(ahead.pop(0))
        machines.append(floor.take(run.start, run.end))
    return machines, floor.placed(ahead)


def with_change_over(
    stage: Stage,
    runs: Sequence[_Run | Block],
    carried: Sequence[Block],
    outages: Sequence[Maintenance],
    begin: datetime,
) -> tuple[list[str], tuple[Block, ...]]:
    """The machines of ``runs``, and ``carried`` of the stage that begin at ``begin`` or later, on
    the machines that let all of them be.
    """
    names = [machine_name(stage, position) for position in range(stage.machines)]
    last: dict[str, Block] = {}
    for block in sorted(carried, key=lambda block: block.start):
        if block.start < begin and block.machine in names:
            last[block.machine] = block
    ahead = [block for block in carried if block.start >= begin]
    settled = [Use(b.start, b.end, b.grade, b.machine) for b in last.values()]
    out = [
        Use(max(part.start, begin), part.end, NEUTRAL)
        for part in outages
        if part.end > begin
        for _ in range(
            min(
                part.machines,
                stage.machines
                - sum(b.end > part.start and b.start < part.end for b in last.values()),
            )
        )
    ]
    movable = [Use(b.start, b.end, b.grade) for b in ahead]
    uses = [*settled, *out, *movable, *(Use(run.start, run.end, run.grade) for run in runs)]
    found = on_machines(uses, stage, names)
    first = len(settled) + len(out)
    placed = tuple(replace(block, machine=found[first + at]) for at, block in enumerate(ahead))
    return found[first + len(ahead) :], placed


def _in_tanks(plant: Plant, tasks: Sequence[Task], carried: Sequence[Block]) -> Iterator[Task]:
    """The part of each wait that is longer than the hold, in the lowest tank place that is free."""
    by_batch: dict[str, list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.start):
        by_batch.setdefault(task.batch, []).append(task)
    stages = {stage.name: stage for stage in plant.stages}
    waits: dict[str, list[Task]] = {}
    for own in by_batch.values():
        for task, after in pairwise(own):
            stage = stages[task.stage]
            from_then = task.end + timedelta(minutes=stage.max_hold_min)
            if stage.tank is not None and after.start > from_then:
                minutes = (after.start - from_then) // timedelta(minutes=1)
                waits.setdefault(stage.name, []).append(
                    Task(
                        task.batch,
                        task.grade,
                        stage.tank.name,
                        "",
                        from_then,
                        after.start,
                        ((minutes, stage.tank.kw),),
                    )
                )
    for name, own in waits.items():
        tank = stages[name].tank
        if tank is not None:
            yield from _placed(own, tank.name, [b for b in carried if b.stage == tank.name])


def _placed(waits: Sequence[Task], tank: str, carried: Sequence[Block]) -> Iterator[Task]:
    taken = [(block.start, block.end, block.machine) for block in carried]
    for task in sorted(waits, key=lambda task: (task.start, task.end)):
        busy = {name for start, end, name in taken if start < task.end and task.start < end}
        place = next(n for n in range(1, len(busy) + 2) if f"{tank}-{n}" not in busy)
        taken.append((task.start, task.end, f"{tank}-{place}"))
        yield replace(task, machine=f"{tank}-{place}")


class _Machines:
    """The machines of one stage while runs and carried blocks are put on them in order of start."""

    def __init__(self, stage: Stage, carried: Sequence[Block], begin: datetime) -> None:
        names = [machine_name(stage, position) for position in range(stage.machines)]
        self._rest = timedelta(minutes=stage.rest_min)
        self._free_at = dict.fromkeys(names, begin)
        self._ahead = sorted(
            (block for block in carried if block.start >= begin), key=lambda block: block.start
        )
        self._placed: list[Block] = []
        for block in carried:
            if block.start < begin and block.machine in self._free_at:
                self._free_at[block.machine] = max(
                    self._free_at[block.machine], block.end + self._rest
                )

    def take(self, start: datetime, end: datetime) -> str:
        """The machine for a run over [start, end); none begins earlier from now on."""
        self._place_up_to(start)
        promised = {block.machine for block in self._ahead if block.start < end + self._rest}
        return self._occupy(start, end + self._rest, promised)

    def take_out(self, part: Maintenance) -> None:
        """Keep the machines of ``part`` from all others, as many as are free."""
        self._place_up_to(part.start)
        for _ in range(part.machines):
            promised = {block.machine for block in self._ahead if block.start < part.end}
            if any(instant <= part.start for instant in self._free_at.values()):
                self._occupy(part.start, part.end, promised)

    def placed(self, outages: Sequence[Maintenance]) -> tuple[Block, ...]:
        """The carried blocks that had not begun, on their machines."""
        for part in outages:
            self.take_out(part)
        self._place_up_to(datetime.max.replace(tzinfo=UTC))
        return tuple(self._placed)

    def _place_up_to(self, instant: datetime) -> None:
        while self._ahead and self._ahead[0].start <= instant:
            block = self._ahead.pop(0)
            others = self._free_at.keys() - {block.machine}
            machine = self._occupy(block.start, block.end + self._rest, others)
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
