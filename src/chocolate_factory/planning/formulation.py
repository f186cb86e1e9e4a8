"""The problem as a mixed-integer linear programme on aggregated start counts.

One whole variable per grade, stage and slot: how many batches start that stage there. Batches of
a grade are alike and pass every stage first in, first out, so no batch needs an index: there is
no symmetry to break, and the size does not depend on how many batches there are.

Rows, for every grade g, stage j of ``d`` slots and slot t, with x the starts:

- waiting: ``w(t) = w(t−1) + x_j(t−d) − x_{j+1}(t)``, batches between two stages;
- hold of h slots, first in, first out: ``w(t) ≤ Σ x_j`` over runs that ended in (t−h, t]; where
  none can have ended there is no w, so nothing ever waits longer;
- machines: runs in progress ≤ machines of the stage that work begun before leaves free;
- power: the rows of ``planning.power`` over machines running at each power;
- demands: for every due time u and earliest instant e, runs of the last stage that end by u less
  runs of the first stage that start before e ≥ batches with both limits inside [e, u] (Hall's
  condition, exact because starts and ends of a grade keep the same order);
- as many first starts as batches in demand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.series import Floats
from chocolate_factory.planning.power import Level, power_rows
from chocolate_factory.planning.problem import KW_TOLERANCE, Problem

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Milp:
    """Minimise ``cost @ x`` for ``row_lower ≤ A x ≤ row_upper`` and ``0 ≤ x ≤ upper``.

    ``A`` by columns: entries ``values[begin[c]:begin[c+1]]`` in rows ``rows[…]``. ``integer``
    flags whole variables. ``column`` by (grade, stage number): the column of the starts in each
    slot, −1 where none may be, shape (slots,); ``waiting`` likewise for the batches that wait after
    that stage. ``late`` by demand number: the column of batches that are given up, in an elastic
    programme.
    """

    cost: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    begin: Ints
    rows: Ints
    values: Floats
    column: Mapping[tuple[str, int], Ints]
    waiting: Mapping[tuple[str, int], Ints]
    late: Mapping[int, int]


def formulate(problem: Problem, *, elastic: bool = False, earliest: bool = False) -> Milp:
    """The programme whose optimum is the cheapest schedule of ``problem``.

    ``elastic``: batches may be given up, and the fewest are. ``earliest``: prices are not looked
    at, and every batch begins as early as the others let it.
    """
    model = _Model(problem)
    _starts(model, by_price=not (elastic or earliest), by_time=earliest)
    for grade in problem.batches:
        _holds(model, grade)
    _machines(model)
    _power(model)
    _demands(model, elastic=elastic)
    return model.assembled()


@dataclass(slots=True)
class _Model:
    """A programme in the making: columns and entries are appended, then sorted once."""

    problem: Problem
    cost: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    integer: list[NDArray[np.bool_]] = field(default_factory=list)
    columns: int = 0
    row_lower: list[Floats] = field(default_factory=list)
    row_upper: list[Floats] = field(default_factory=list)
    row_count: int = 0
    entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    column: dict[tuple[str, int], Ints] = field(default_factory=dict)
    waiting: dict[tuple[str, int], Ints] = field(default_factory=dict)
    late: dict[int, int] = field(default_factory=dict)

    def add_columns(self, cost: Floats, upper: float, *, integer: bool) -> Ints:
        new = np.arange(self.columns, self.columns + cost.size)
        self.columns += cost.size
        self.cost.append(cost)
        self.upper.append(np.full(cost.size, upper))
        self.integer.append(np.full(cost.size, integer))
        return new

    def add_rows(self, count: int, lower: float | Floats, upper: float | Floats) -> Ints:
        new = np.arange(self.row_count, self.row_count + count)
        self.row_count += count
        self.row_lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), (count,)))
        self.row_upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), (count,)))
        return new

    def add_entries(self, rows: Ints, columns: Ints, values: float | Floats) -> None:
        """Append entries; those with a column of −1 are left out."""
        there = columns >= 0
        spread = np.broadcast_to(np.asarray(values, dtype=np.float64), rows.shape)
        self.entries.append((rows[there], columns[there], spread[there]))

    def assembled(self) -> Milp:
        rows, columns, values = (np.concatenate(part) for part in zip(*self.entries, strict=True))
        row_lower, row_upper = np.concatenate(self.row_lower), np.concatenate(self.row_upper)
        kept = (row_lower > 0) | (row_upper < 0)  # an empty row that cannot hold must stay
        kept[rows] = True
        rows = (np.cumsum(kept) - 1)[rows]
        rows, columns, values = _summed(rows, columns, values)
        begin = np.searchsorted(columns, np.arange(self.columns + 1))
        return Milp(
            cost=np.concatenate(self.cost),
            upper=np.concatenate(self.upper),
            integer=np.concatenate(self.integer),
            row_lower=row_lower[kept],
            row_upper=row_upper[kept],
            begin=begin,
            rows=rows,
            values=values,
            column=self.column,
            waiting=self.waiting,
            late=self.late,
        )


def _summed(rows: Ints, columns: Ints, values: Floats) -> tuple[Ints, Ints, Floats]:
    """Entries by column and row, those of one place added up: HiGHS refuses two of them.

    There are two where the first stage is the last one too and a demand has an earliest instant.
    """
    order = np.lexsort((rows, columns))
    rows, columns, values = rows[order], columns[order], values[order]
    new = np.ones(rows.size, dtype=bool)
    new[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    first = np.flatnonzero(new)
    return rows[first], columns[first], np.add.reduceat(values, first)


def _starts(model: _Model, *, by_price: bool, by_time: bool) -> None:
    problem = model.problem
    for grade in problem.batches:
        for number, stage in enumerate(problem.plant.stages):
            slots = np.flatnonzero(problem.starts[grade][number])
            cost = np.zeros(slots.size)
            if by_price:
                kwh = stage.slot_kw(grade, problem.plant.slot_min) * problem.plant.slot_min / 60
                cost = problem.eur_kwh[slots[:, None] + np.arange(kwh.size)] @ kwh
            elif by_time and number == 0:
                cost = slots.astype(np.float64)
            column = np.full(problem.slots.size, -1, dtype=np.int64)
            column[slots] = model.add_columns(cost, float(stage.machines), integer=True)
            model.column[grade, number] = column


def _holds(model: _Model, grade: str) -> None:
    plant, n = model.problem.plant, model.problem.slots.size
    for number, stage in enumerate(plant.stages[:-1]):
        length, hold = stage.minutes(grade) // plant.slot_min, stage.max_hold_min // plant.slot_min
        ended = np.full(n, -1, dtype=np.int64)
        ended[length:] = model.column[grade, number][: n - length]
        recent = np.zeros(n, dtype=bool)
        for back in range(hold):
            recent[back:] |= ended[: n - back] >= 0
        waiting = np.full(n, -1, dtype=np.int64)
        waiting[recent] = model.add_columns(
            np.zeros(int(recent.sum())), float(model.problem.batches[grade]), integer=False
        )
        model.waiting[grade, number] = waiting
        balance = model.add_rows(n, 0.0, 0.0)
        model.add_entries(balance, waiting, 1.0)
        model.add_entries(balance[1:], waiting[:-1], -1.0)
        model.add_entries(balance, ended, -1.0)
        model.add_entries(balance, model.column[grade, number + 1], 1.0)
        bound = model.add_rows(n, -np.inf, 0.0)
        slots = np.flatnonzero(recent)
        model.add_entries(bound[slots], waiting[slots], 1.0)
        for back in range(hold):
            later = slots[slots >= back]
            model.add_entries(bound[later], ended[later - back], -1.0)


def _machines(model: _Model) -> None:
    """Posted where a run may begin or a machine is taken by work begun before: elsewhere the
    number in progress cannot rise, nor what it must stay below fall.
    """
    problem = model.problem
    for number, stage in enumerate(problem.plant.stages):
        free = problem.free[number]
        rows = model.add_rows(problem.slots.size, -np.inf, free.astype(np.float64))
        begins = np.diff(free, prepend=free[:1]) < 0
        for grade in problem.batches:
            begins |= problem.starts[grade][number]
        for grade in problem.batches:
            slots = np.flatnonzero(problem.starts[grade][number])
            columns = model.column[grade, number][slots]
            for offset in range(stage.minutes(grade) // problem.plant.slot_min):
                here = begins[slots + offset]
                model.add_entries(rows[slots[here] + offset], columns[here], 1.0)


def _power(model: _Model) -> None:
    problem, plant = model.problem, model.problem.plant
    levels = _levels(problem)
    if not levels:
        return
    limits, which = np.unique(np.round(problem.process_kw, 6), return_inverse=True)
    for number, limit in enumerate(limits):
        rows = power_rows(levels, float(limit))
        here = which == number
        position = np.cumsum(here) - 1
        first = [model.add_rows(int(here.sum()), -np.inf, float(upper)) for upper in rows.limit]
        for grade in problem.batches:
            for stage_number, stage in enumerate(plant.stages):
                slots = np.flatnonzero(problem.starts[grade][stage_number])
                columns = model.column[grade, stage_number][slots]
                for offset, kw in enumerate(stage.slot_kw(grade, plant.slot_min)):
                    if kw <= KW_TOLERANCE:
                        continue
                    inside = here[slots + offset]
                    at = position[slots[inside] + offset]
                    level = levels.index(Level(stage_number, float(kw), stage.machines))
                    for row, coefficient in zip(first, rows.coefficient[:, level], strict=True):
                        if coefficient:
                            model.add_entries(row[at], columns[inside], float(coefficient))


def _levels(problem: Problem) -> tuple[Level, ...]:
    found = {
        Level(number, phase.kw, stage.machines)
        for number, stage in enumerate(problem.plant.stages)
        for grade in problem.batches
        for phase in stage.phases[grade]
        if phase.kw > KW_TOLERANCE
    }
    return tuple(sorted(found, key=lambda level: (level.stage, level.kw)))


def _demands(model: _Model, *, elastic: bool) -> None:
    problem = model.problem
    last = len(problem.plant.stages) - 1
    if elastic:
        for number, demand in enumerate(problem.demands):
            column = model.add_columns(np.ones(1), float(demand.batches), integer=True)
            model.late[number] = int(column[0])
    for grade, batches in problem.batches.items():
        first_starts = model.column[grade, 0]
        lowest = 0.0 if elastic else float(batches)
        total = model.add_rows(1, lowest, float(batches))
        model.add_entries(np.repeat(total, first_starts.size), first_starts, 1.0)
        length = problem.plant.stages[last].minutes(grade) // problem.plant.slot_min
        own = [at for at, demand in enumerate(problem.demands) if demand.grade == grade]
        earliest = sorted({problem.slot_from(problem.demands[at].earliest) for at in own})
        due = sorted({problem.slot_before(problem.demands[at].due) for at in own})
        for begin in earliest:
            for end in due:
                inside = [
                    at
                    for at in own
                    if problem.slot_from(problem.demands[at].earliest) >= begin
                    and problem.slot_before(problem.demands[at].due) <= end
                ]
                if not inside:
                    continue
                need = sum(problem.demands[at].batches for at in inside)
                row = model.add_rows(1, float(need), np.inf)
                ending = model.column[grade, last][: max(end - length + 1, 0)]
                model.add_entries(np.repeat(row, ending.size), ending, 1.0)
                model.add_entries(np.repeat(row, begin), first_starts[:begin], -1.0)
                for at in inside:
                    if elastic:
                        model.add_entries(row, np.array([model.late[at]]), 1.0)
