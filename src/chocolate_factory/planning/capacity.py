"""Machines, cleaning, change-over and maintenance, in counts.

Where every grade may follow every other after the same rest, a machine is taken for the run and
the rest after it, and runs so prolonged can be put on m machines iff at most m overlap in every
slot: one row per slot.

Where another grade needs a longer change-over, machines are units that flow. In every slot a unit
is set for one grade, on its way to another, or free for any; it runs only the grade it is set for,
it leaves when its run and rest are over, and it arrives ``change − rest`` later. Maintenance takes
units that are at rest, and gives them back free for any grade. All rows of the flow are those of a
network with whole bounds, so its columns need not be whole, and it is exact: see
``planning.assignment``, which puts the runs on machines again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.milp import Ints, Key, Model
from chocolate_factory.planning.plant import Stage
from chocolate_factory.planning.problem import Problem


def machines(model: Model) -> None:
    """Rows that hold for the runs of every stage iff its machines can do them."""
    for number, stage in enumerate(model.problem.plant.stages):
        grades = [grade for grade in model.problem.batches if stage.phases[grade]]
        if stage.change_min > stage.rest_min and _several(model.problem, stage, grades):
            _flow(model, number, stage, grades)
        else:
            _overlapping(model, number, grades)


def _several(problem: Problem, stage: Stage, grades: Sequence[str]) -> bool:
    before = {block.grade for block in problem.carried if block.stage == stage.name}
    return len(before.union(grades)) > 1


def _overlapping(model: Model, number: int, grades: Sequence[str]) -> None:
    """Posted where a run may begin or fewer machines are free than before: elsewhere the number
    in progress cannot rise, nor what it must stay below fall. Nor where machines are free for all
    batches at once.
    """
    problem = model.problem
    free = problem.free[number]
    rows = model.add_rows(free.size, -np.inf, free.astype(np.float64))
    begins = np.diff(free, prepend=free[:1]) < 0
    for grade in grades:
        begins |= problem.starts[grade][number]
    begins &= free < sum(problem.batches[grade] for grade in grades)
    for grade in grades:
        _in_progress(model, (grade, number), rows, begins)


def _in_progress(model: Model, key: Key, rows: Ints, where: NDArray[np.bool_]) -> None:
    """Enter the runs of a grade, and the rest after each, in the rows of the slots ``where``."""
    plant, column = model.problem.plant, model.starts[key]
    stage, slots = plant.stages[key[1]], np.flatnonzero(column >= 0)
    for offset in range((stage.minutes(key[0]) + stage.rest_min) // plant.slot_min):
        inside = slots[slots + offset < where.size]
        inside = inside[where[inside + offset]]
        model.add_entries(rows[inside + offset], column[inside], 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Outage:
    """``machines`` are out in the slots [first, end) of the flow."""

    machines: int
    first: int
    end: int


def _flow(model: Model, number: int, stage: Stage, grades: Sequence[str]) -> None:
    """The flow begins ``lead`` slots before planning, so that a change-over under way counts."""
    problem, slot_min = model.problem, model.problem.plant.slot_min
    n, lead = problem.slots.size, stage.change_min // slot_min
    total = lead + n
    away = (stage.change_min - stage.rest_min) // slot_min
    taken = _taken_before(problem, stage, lead)
    outages = _outages(problem, stage, lead, sum(taken.values(), np.zeros(total)))
    out_at_first = sum(outage.machines for outage in outages if outage.first <= 0)
    most = float(stage.machines)
    zero = np.zeros(total)
    free = model.add_columns(zero, most, integer=False)
    balance = model.add_rows(total - 1, 0.0, 0.0)  # of the units that are free for any grade
    model.add_entries(balance, free[1:], 1.0)
    model.add_entries(balance, free[:-1], -1.0)
    first = model.add_rows(1, most - out_at_first, most - out_at_first)
    model.add_entries(first, free[:1], 1.0)
    leaving: list[list[Ints]] = [[] for _ in outages]
    for grade in dict.fromkeys((*grades, *taken)):
        held = taken.get(grade, zero)
        is_set = model.add_columns(zero, most, integer=False)
        comes = model.add_columns(zero[1:], most, integer=False)
        goes = model.add_columns(zero[1:], most, integer=False)
        own = model.add_rows(total - 1, 0.0, 0.0)
        model.add_entries(own, is_set[1:], 1.0)
        model.add_entries(own, is_set[:-1], -1.0)
        model.add_entries(own, comes, -1.0)
        model.add_entries(own, goes, 1.0)
        model.add_entries(first, is_set[:1], 1.0)
        model.add_entries(balance, comes, 1.0)
        model.add_entries(balance[away:], goes[: max(goes.size - away, 0)], -1.0)
        running = model.add_rows(total, -np.inf, -held)
        model.add_entries(running, is_set, -1.0)
        if grade in grades:
            _in_progress(model, (grade, number), running[lead:], np.ones(n, dtype=bool))
        for outage, columns in zip(outages, leaving, strict=True):
            columns.extend(_leaves(model, outage, own, most))
    for outage, columns in zip(outages, leaving, strict=True):
        columns.extend(_leaves(model, outage, balance, most))
        _take_out(model, outage, columns, balance)


def _leaves(model: Model, outage: _Outage, own: Ints, most: float) -> list[Ints]:
    """Units that go into maintenance from where ``own`` balances them; none if it has begun."""
    if outage.first <= 0:
        return []
    column = model.add_columns(np.zeros(1), most, integer=False)
    model.add_entries(own[outage.first - 1 : outage.first], column, 1.0)
    return [column]


def _take_out(model: Model, outage: _Outage, leaving: Sequence[Ints], balance: Ints) -> None:
    """As many leave as are maintained, and they come back free for any grade."""
    units = float(outage.machines)
    if leaving:
        row = model.add_rows(1, units, units)
        for column in leaving:
            model.add_entries(row, column, 1.0)
    if outage.end <= balance.size:
        back = model.add_columns(np.zeros(1), units, integer=False, lower=units)
        model.add_entries(balance[outage.end - 1 : outage.end], back, -1.0)


def _taken_before(problem: Problem, stage: Stage, lead: int) -> dict[str, Floats]:
    """Units that work begun before holds by grade, rest included, in the slots of the flow."""
    slot, begin = problem.plant.slot, to_datetime(problem.slots[0])
    rest = timedelta(minutes=stage.rest_min)
    taken: dict[str, Floats] = {}
    for block in problem.carried:
        if block.stage != stage.name:
            continue
        first = (block.start - begin) // slot + lead
        stop = -((begin - block.end - rest) // slot) + lead
        if stop > 0:
            own = taken.setdefault(block.grade, np.zeros(lead + problem.slots.size))
            own[max(first, 0) : stop] += 1
    over = sum(taken.values(), np.zeros(lead + problem.slots.size)).max(initial=0.0)
    if over > stage.machines:  # fewer machines than when it was begun: it is what it is
        scale = stage.machines / over
        return {grade: np.floor(own * scale) for grade, own in taken.items()}
    return taken


def _outages(problem: Problem, stage: Stage, lead: int, taken: Floats) -> tuple[_Outage, ...]:
    """Maintenance in slots of the flow; machines that work begun before holds are not taken."""
    slot, begin = problem.plant.slot, to_datetime(problem.slots[0])
    total = lead + problem.slots.size
    found = []
    for part in problem.plant.maintenance:
        first = max((part.start - begin) // slot + lead, 0)
        end = (part.end - begin) // slot + lead
        if part.stage != stage.name or end <= 0 or first >= total:
            continue
        busy = int(taken[first : min(end, total)].max(initial=0.0))
        if left := min(part.machines, stage.machines - busy):
            found.append(_Outage(left, first, end))
    return tuple(found)
