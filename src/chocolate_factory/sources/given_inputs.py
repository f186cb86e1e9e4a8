"""Exogenous columns a user gives for a backtest: whatever may explain a price.

A CSV file whose first column holds the times, as that of the prices; every other column that is not
``resolution_min`` is one series of numbers in a unit of its own, by whatever divides an hour, by
some hours, which it then holds for, or by the day. An empty cell says that the value is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

import numpy as np

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import HOUR, Instants
from chocolate_factory.market.catalog import GIVEN, DueTime, SeriesSpec
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.series import Floats, Kind, SeriesKey
from chocolate_factory.sources.given_prices import OF_AN_HOUR, lengths_of
from chocolate_factory.sources.given_times import at_instants, opened
from chocolate_factory.sources.price_csv import (
    LOCAL_TIME,
    RESOLUTION,
    Columns,
    read_columns,
    read_header,
)
from chocolate_factory.sources.rows import Rows, examine

MOST_COLUMNS = 200
DAY_MIN = 1440
_HOUR_MIN = 60
_SOME_HOURS = tuple(_HOUR_MIN * hours for hours in (2, 3, 4, 6, 8, 12))
_LARGEST = 1e15
"""Nothing that may explain a price is larger, in whatever unit; sums of squares still hold it."""


@dataclass(frozen=True, slots=True, eq=False)
class GivenInput:
    """One column: its name, starts of its periods (UTC, of naive time naive) and values, (n,).

    ``period_min`` is how long the periods were in the file, at most an hour here: longer ones stand
    by the hour, but those of a day, which stand as they are.
    """

    name: str
    start: Instants
    value: Floats
    period_min: int = _HOUR_MIN


def read_inputs(path: Path, data: bytes, *, clock: Clock | None = None) -> tuple[GivenInput, ...]:
    """The columns of a file, in the order of the file.

    ``clock`` is that of ``time_local``; without it the first column is ``time_utc``.

    Raises ``FileRefused`` naming line and column: a cell that is not a number or beyond ±1e15, a
    time that stands twice with different values, periods of another length, no column besides the
    times.
    """
    data, time_column = opened(path, data, clock)
    header = read_header(path, data)
    names = [name for name in header[1:] if name != RESOLUTION]
    if not names or not all(names) or len(names) > MOST_COLUMNS:
        raise FileRefused(
            path,
            f"{len(names)} columns besides {time_column}: give from 1 to {MOST_COLUMNS}, each with "
            "a name",
            line=1,
        )
    return tuple(_column(path, data, name, time_column, clock or MADRID_CLOCK) for name in names)


def _column(path: Path, data: bytes, name: str, time_column: str, clock: Clock) -> GivenInput:
    columns = read_columns(
        path, data, price_column=lambda _path, _header: name, time=time_column, blanks=True
    )
    if time_column == LOCAL_TIME:
        columns = at_instants(path, columns, clock)
    if not columns.value.size and not columns.faults:
        raise FileRefused(path, "holds no number at all", column=name)
    period_min = _coarser(columns)
    lengths = None if period_min else lengths_of(path, columns, clock, OF_AN_HOUR, switches=True)
    about = SeriesSpec(
        name, "", lengths.given if lengths else _hourly, DueTime(0, time()), -_LARGEST, _LARGEST,
        ("price-file",), clock=clock,
    )  # fmt: skip
    rows = Rows(
        SeriesKey(name, GIVEN), "price-file", Kind.PUBLISHED, columns.start, columns.value,
        columns.line, name, resolution_stated=True, given=about,
    )  # fmt: skip
    examined = examine(path, rows)
    faults = [*columns.faults, *examined.faults]
    if faults:
        raise min(faults, key=lambda fault: fault.line or 0)
    start, value = examined.rows.start, examined.rows.value
    if period_min in _SOME_HOURS:
        start, value = _held(start, value, period_min // _HOUR_MIN)
    return GivenInput(name, start, value, period_min or _HOUR_MIN)


def _hourly(_day: date) -> timedelta:
    return HOUR


def _coarser(columns: Columns) -> int:
    """The commonest distance between values [min] if it is some hours or a day, or 0.

    It counts before what the file says of its rows: a column may have a value in few of them.
    """
    apart_min = np.diff(np.unique(columns.start)) // np.timedelta64(60, "s")
    values, count = np.unique(apart_min, return_counts=True)
    commonest = int(values[np.argmax(count)]) if values.size else 0
    return commonest if commonest in (*_SOME_HOURS, DAY_MIN) else 0


def _held(start: Instants, value: Floats, hours: int) -> tuple[Instants, Floats]:
    """By the hour, each value for so many hours or until the next one."""
    by_hour = start[:, None] + np.arange(hours).astype("timedelta64[h]")
    ends = np.append(start[1:], by_hour[-1:, -1] + np.timedelta64(1, "h"))
    inside = by_hour < ends[:, None]
    held: Instants = by_hour[inside].astype("datetime64[s]")
    return held, np.repeat(value, inside.sum(axis=1))
