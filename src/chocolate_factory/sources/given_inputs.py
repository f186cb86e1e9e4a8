"""Exogenous columns a user gives for a backtest: whatever may explain a price.

A CSV file whose first column holds the times, as that of the prices; every other column that is not
``resolution_min`` is one series of numbers in a unit of its own, by the hour or finer. An empty
cell says that the value is not known.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import GIVEN, DueTime, SeriesSpec
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.series import Floats, Kind, SeriesKey
from chocolate_factory.sources.given_prices import resolution_of
from chocolate_factory.sources.given_times import at_instants, opened
from chocolate_factory.sources.price_csv import LOCAL_TIME, RESOLUTION, read_columns, read_header
from chocolate_factory.sources.rows import Rows, examine

MOST_COLUMNS = 200
_LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True, eq=False)
class GivenInput:
    """One column: its name, starts of its periods (UTC, of naive time naive) and values, (n,)."""

    name: str
    start: Instants
    value: Floats


def read_inputs(path: Path, data: bytes, *, clock: Clock | None = None) -> tuple[GivenInput, ...]:
    """The columns of a file, in the order of the file.

    ``clock`` is that of ``time_local``; without it the first column is ``time_utc``.

    Raises ``FileRefused`` naming line and column: a cell that is not a number, a time that stands
    twice with different values, periods longer than an hour, no column besides the times.
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
    about = SeriesSpec(
        name, "", resolution_of(path, columns, clock), DueTime(0, time()), -_LARGEST, _LARGEST,
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
    return GivenInput(name, examined.rows.start, examined.rows.value)
