"""A mixed-integer linear programme, and how it is put together part by part.

Each part of the formulation appends columns, rows and entries to one ``Model``; parts find each
other's columns by what they mean (``starts``, ``waiting``, ``in_tank``). A part that is added later
needs to know no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.series import Floats
from chocolate_factory.planning.problem import Problem

Ints = NDArray[np.int64]
Key = tuple[str, int]
"""Grade and stage number."""


@dataclass(frozen=True, slots=True, eq=False)
class Milp:
    """Minimise ``cost @ x`` for ``row_lower ≤ A x ≤ row_upper`` and ``lower ≤ x ≤ upper``.

    ``A`` by columns: entries ``values[begin[c]:begin[c+1]]`` in rows ``rows[…]``. ``integer``
    flags whole variables.

    The rest says what columns mean; by (grade, stage number) they have shape (slots,), −1 where
    there is none. ``starts``: runs that begin in the slot; ``waiting``: batches that wait after
    the stage; ``in_tank``: those of them in its tank. ``given_up`` by demand number: batches that
    are not made. ``late`` by demand number: batches still missing so many hours begun after the
    due time. ``flow`` by name: power of PV and battery in each slot. ``extra`` by name: what an
    elastic programme may add.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    begin: Ints
    rows: Ints
    values: Floats
    starts: Mapping[Key, Ints]
    waiting: Mapping[Key, Ints]
    in_tank: Mapping[Key, Ints]
    given_up: Mapping[int, int]
    late: Mapping[int, Ints]
    flow: Mapping[str, Ints]
    extra: Mapping[str, Ints]


@dataclass(slots=True)
class Model:
    """A programme in the making: columns and entries are appended, then sorted once."""

    problem: Problem
    columns: int = 0
    row_count: int = 0
    starts: dict[Key, Ints] = field(default_factory=dict)
    waiting: dict[Key, Ints] = field(default_factory=dict)
    in_tank: dict[Key, Ints] = field(default_factory=dict)
    given_up: dict[int, int] = field(default_factory=dict)
    late: dict[int, Ints] = field(default_factory=dict)
    flow: dict[str, Ints] = field(default_factory=dict)
    extra: dict[str, Ints] = field(default_factory=dict)
    _cost: list[Floats] = field(default_factory=list)
    _lower: list[Floats] = field(default_factory=list)
    _upper: list[Floats] = field(default_factory=list)
    _integer: list[NDArray[np.bool_]] = field(default_factory=list)
    _row_lower: list[Floats] = field(default_factory=list)
    _row_upper: list[Floats] = field(default_factory=list)
    _entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)

    def add_columns(
        self,
        cost: Floats,
        upper: float | Floats,
        *,
        integer: bool,
        lower: float | Floats = 0.0,
    ) -> Ints:
        """Numbers of new columns with these costs and bounds, shape of ``cost``."""
        new = np.arange(self.columns, self.columns + cost.size)
        self.columns += cost.size
        self._cost.append(cost)
        self._lower.append(_spread(lower, cost.size))
        self._upper.append(_spread(upper, cost.size))
        self._integer.append(np.full(cost.size, integer))
        return new

    def add_rows(self, count: int, lower: float | Floats, upper: float | Floats) -> Ints:
        """Numbers of ``count`` new rows with these bounds."""
        new = np.arange(self.row_count, self.row_count + count)
        self.row_count += count
        self._row_lower.append(_spread(lower, count))
        self._row_upper.append(_spread(upper, count))
        return new

    def add_entries(self, rows: Ints, columns: Ints, values: float | Floats) -> None:
        """Append entries; those with a column of −1 are left out."""
        there = columns >= 0
        self._entries.append((rows[there], columns[there], _spread(values, rows.size)[there]))

    def slot_columns(
        self, where: NDArray[np.bool_], cost: Floats, upper: float | Floats, *, integer: bool
    ) -> Ints:
        """One new column in each slot of ``where``, −1 elsewhere; ``cost`` by slot."""
        column = np.full(where.size, -1, dtype=np.int64)
        bound = upper if isinstance(upper, float) else upper[where]
        column[where] = self.add_columns(cost[where], bound, integer=integer)
        return column

    def drawing(self) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Every column that draws process power: slots, columns and kW, one shape.

        What a part adds to the cost or to a limit of the site's power goes over these.
        """
        plant = self.problem.plant
        for (grade, number), column in self.starts.items():
            slots = np.flatnonzero(column >= 0)
            for offset, kw in enumerate(plant.stages[number].slot_kw(grade, plant.slot_min)):
                if kw:
                    yield slots + offset, column[slots], np.full(slots.size, kw)
        for (_, number), column in self.in_tank.items():
            tank = plant.stages[number].tank
            slots = np.flatnonzero(column >= 0)
            if tank is not None and tank.kw:
                yield slots, column[slots], np.full(slots.size, tank.kw)

    def assembled(self) -> Milp:
        """The programme, with empty rows left out."""
        rows, columns, values = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        row_lower, row_upper = np.concatenate(self._row_lower), np.concatenate(self._row_upper)
        kept = (row_lower > 0) | (row_upper < 0)  # an empty row that cannot hold must stay
        kept[rows] = True
        rows = (np.cumsum(kept) - 1)[rows]
        rows, columns, values = _summed(rows, columns, values)
        return Milp(
            cost=np.concatenate(self._cost),
            lower=np.concatenate(self._lower),
            upper=np.concatenate(self._upper),
            integer=np.concatenate(self._integer),
            row_lower=row_lower[kept],
            row_upper=row_upper[kept],
            begin=np.searchsorted(columns, np.arange(self.columns + 1)),
            rows=rows,
            values=values,
            starts=self.starts,
            waiting=self.waiting,
            in_tank=self.in_tank,
            given_up=self.given_up,
            late=self.late,
            flow=self.flow,
            extra=self.extra,
        )


Part = Callable[[Model], None]
"""Adds its columns, rows and entries to a model."""


def _spread(value: float | Floats, size: int) -> Floats:
    return np.broadcast_to(np.asarray(value, dtype=np.float64), (size,))


def _summed(rows: Ints, columns: Ints, values: Floats) -> tuple[Ints, Ints, Floats]:
    """Entries by column and row, those of one place added up: HiGHS refuses two of them.

    There are two where the first stage is the last one too and a demand has an earliest instant.
    """
    order = np.lexsort((rows, columns))
    rows, columns, values = rows[order], columns[order], values[order]
    new = np.ones(rows.size, dtype=bool)
    new[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    first = np.flatnonzero(new)
    return rows[first], columns[first], np.add.reduceat(values, first) if first.size else values
