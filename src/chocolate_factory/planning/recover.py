"""Counts of starts → batches on machines, first in, first out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.planning.formulation import Ints
from chocolate_factory.planning.plan import Task
from chocolate_factory.planning.plant import Stage
from chocolate_factory.planning.problem import Problem


def recover(problem: Problem, starts: Mapping[tuple[str, int], Ints]) -> tuple[Task, ...]:
    """The tasks behind start counts per grade and stage number, each of shape (slots,).

    The k-th start of a stage is the k-th batch of its grade: ``standard-01`` starts first. Every
    run takes the lowest machine that is free.
    """
    plant, begin = problem.plant, to_datetime(problem.slots[0])
    digits = max([2, *(len(str(count)) for count in problem.batches.values())])
    tasks = []
    for number, stage in enumerate(plant.stages):
        runs = sorted(
            (int(slot), grade, k)
            for grade in problem.batches
            for k, slot in enumerate(
                np.repeat(np.arange(problem.slots.size), starts[grade, number])
            )
        )
        free_at = [begin] * stage.machines
        for slot, grade, k in runs:
            start = begin + slot * plant.slot
            end = start + timedelta(minutes=stage.minutes(grade))
            machine = _free_machine(free_at, start)
            free_at[machine] = end
            tasks.append(
                Task(
                    batch=f"{grade}-{k + 1:0{digits}d}",
                    grade=grade,
                    stage=stage.name,
                    machine=machine_name(stage, machine),
                    start=start,
                    end=end,
                    phases=tuple((phase.minutes, phase.kw) for phase in stage.phases[grade]),
                )
            )
    return tuple(tasks)


def machine_name(stage: Stage, position: int) -> str:
    """``conche-1``, ``conche-2``, … for positions from 0."""
    return f"{stage.machine}-{position + 1}"


def _free_machine(free_at: list[datetime], start: datetime) -> int:
    """Lowest free machine; the one free soonest if counts were wrong, for the checker to find."""
    free = [at for at, instant in enumerate(free_at) if instant <= start]
    return free[0] if free else int(np.argmin([instant.timestamp() for instant in free_at]))
