"""Numbers that change on known days: looked up for whole arrays, never before the first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import Gap, MissingData
from chocolate_factory.market.calendar import (
    Instants,
    day_bounds,
    local_days,
    local_midnight,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.series import Floats


@dataclass(frozen=True, slots=True)
class DatedTable:
    """A term with the Madrid days from which each of its values holds.

    Parameters
    ----------
    name
        What an error calls it.
    rows
        (first Madrid day, values), oldest first. The values are one per tariff period, P1 first,
        or a single one for all periods. A row holds until the day before the next one,
        the newest until it is replaced.
    remedy
        What to do about an earlier day, said in the error.
    """

    name: str
    rows: tuple[tuple[date, tuple[float, ...]], ...]
    remedy: str

    def at(self, start: Instants, period: NDArray[np.int64] | None = None) -> Floats:
        """The value that holds at each instant.

        ``start`` UTC, shape (n,); ``period`` the tariff period of each (from 1), shape (n,), or
        None for a term with a single value. Returns shape (n,), in the unit of the table.

        Raises ``MissingData`` naming the delivery periods on days before the first row.
        """
        days = local_days(start)
        since = np.array([first for first, _ in self.rows], dtype="datetime64[D]")
        early = days < since[0]
        if early.any():
            raise MissingData(self.name, (_span(start, early),), hint=self._hint())
        row = np.searchsorted(since, days, side="right") - 1
        column = 0 if period is None else period - 1
        values: Floats = np.array([values for _, values in self.rows], dtype=np.float64)
        chosen: Floats = values[row, column]
        return chosen

    def on(self, day: date) -> tuple[float, ...]:
        """Every value that holds on a Madrid day. Raises ``MissingData`` if no row covers it."""
        covering = [values for first, values in self.rows if first <= day]
        if not covering:
            start, end = day_bounds(day)
            raise MissingData(self.name, (Gap(start, end, 1),), hint=self._hint())
        return covering[-1]

    def _hint(self) -> str:
        return f"Known from {self.rows[0][0]}. {self.remedy}"


def require_since(name: str, first: date, start: Instants) -> None:
    """Raise ``MissingData`` if an instant lies before the Madrid day ``first``."""
    early = start < to_datetime64(local_midnight(first))
    if early.any():
        raise MissingData(name, (_span(start, early),), hint=f"It exists since {first}.")


def _span(start: Instants, mask: NDArray[np.bool_]) -> Gap:
    outside = start[mask]
    last_day = local_days(outside).max().astype(object)
    return Gap(to_datetime(outside.min()), day_bounds(last_day)[1], int(mask.sum()))
