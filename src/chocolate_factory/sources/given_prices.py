"""Prices a user gives with a command, to plan or backtest on without a store.

A CSV file built as ``price_csv`` says: ``time_utc`` first (or ``time_local`` of a clock that is
given), then the price, in a column whose name ends in its unit (``_eur_kwh`` or ``_eur_mwh``).
``resolution_min`` may stand anywhere; further columns are not read. Periods last an hour or a
quarter of one, alike within a delivery day. Without
``resolution_min`` the commonest distance between the rows of a day says which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import HOUR, QUARTER, Instants
from chocolate_factory.market.catalog import GIVEN, GIVEN_ENDINGS, SeriesSpec, given_spec, spec
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.series import Kind, Series, SeriesKey
from chocolate_factory.sources.given_times import at_instants, opened
from chocolate_factory.sources.price_csv import (
    LOCAL_TIME,
    RESOLUTION,
    Columns,
    in_market,
    read_columns,
    wrong_lengths,
)
from chocolate_factory.sources.price_file import SERIES
from chocolate_factory.sources.rows import Rows, examine, to_observations

_MINUTE = np.timedelta64(60, "s")
_HOUR_MIN = HOUR // timedelta(minutes=1)
_QUARTER_MIN = QUARTER // timedelta(minutes=1)

Resolution = Callable[[date], timedelta]
"""How long the periods of a delivery day last."""


@dataclass(frozen=True, slots=True, eq=False)
class GivenSeries:
    """A price series as a file holds it, and what is true of it.

    ``about`` is the catalogue's entry for a series of the catalogue.
    """

    series: Series
    about: SeriesSpec


def read_given(
    path: Path, data: bytes, *, received_at: datetime, plain: bool, clock: Clock | None = None
) -> GivenSeries:
    """The prices of a file, in the unit of the file.

    With ``plain`` every price is no more than its name and unit: nothing but the file says how long
    its periods last. Otherwise ``price_eur_kwh`` is PVPC and ``spot_es_eur_mwh`` the day-ahead
    price of Spain, with the periods and bounds of the catalogue; every other name is plain, and so
    is every price by another clock than Madrid's. ``clock`` is that of the delivery days and of
    ``time_local``; without it the times are ``time_utc``.

    Raises ``FileRefused`` naming line and column if the file is not built as above or a row is
    wrong: a time without offset, off the grid or said twice with different prices, a local time
    that its clock never shows, a price that is not a number or beyond its bounds, a length that is
    not that of its day.
    """
    data, time_column = opened(path, data, clock)
    columns = read_columns(path, data, price_column=_second_column, time=time_column)
    clock = clock or MADRID_CLOCK
    if time_column == LOCAL_TIME:
        columns = at_instants(path, columns, clock)
    plain = plain or clock != MADRID_CLOCK
    market = None if plain else SERIES.get(columns.price)
    about = (
        given_spec(columns.price, resolution_of(path, columns, clock), clock)
        if market is None
        else spec(market)
    )
    key = market or SeriesKey(about.name, GIVEN)
    odd = wrong_lengths(path, columns, about)
    rows = Rows(
        key, "price-file", Kind.PUBLISHED, columns.start, columns.value, columns.line,
        columns.price, resolution_stated=columns.stated_min is not None, given=about,
    )  # fmt: skip
    examined = examine(path, rows)
    faults = [*columns.faults, *odd, *examined.faults]
    if faults:
        raise min(faults, key=lambda fault: fault.line or 0)
    batch = to_observations(examined.rows, received_at=received_at)
    return GivenSeries(Series.from_batch(batch, unit=about.unit, as_of=received_at), about)


def _second_column(path: Path, header: Sequence[str]) -> str:
    others = [name for name in header[1:] if name != RESOLUTION]
    if not others or not others[0].endswith(GIVEN_ENDINGS):
        seen = f"is {others[0]!r}" if others else "is missing"
        raise FileRefused(
            path,
            f"the second column {seen}; it holds the price, with its unit at the end of its name: "
            f"{' or '.join(f'price{ending}' for ending in GIVEN_ENDINGS)}",
            line=1,
        )
    return others[0]


def resolution_of(path: Path, columns: Columns, clock: Clock) -> Resolution:
    """How long the periods of each day last; a day that does not say is like the one before it."""
    at, length_min = _lengths(columns)
    if not length_min.size and columns.price in SERIES:
        return spec(SERIES[columns.price]).resolution
    values, count = np.unique(length_min, return_counts=True)
    commonest = int(values[np.argmax(count)]) if values.size else None
    if commonest not in (_HOUR_MIN, _QUARTER_MIN):
        raise columns.faults[0] if columns.faults else _unusable(path, columns, commonest)
    usable = np.isin(length_min, (_HOUR_MIN, _QUARTER_MIN))
    days, where = np.unique(clock.days(at[usable]), return_inverse=True)
    quarters = np.bincount(where, weights=length_min[usable] == _QUARTER_MIN)
    is_split = 2 * quarters >= np.bincount(where)

    def resolution(day: date) -> timedelta:
        row = int(np.searchsorted(days, np.datetime64(day, "D"), side="right")) - 1
        return QUARTER if is_split[max(row, 0)] else HOUR

    return resolution


def _lengths(columns: Columns) -> tuple[Instants, NDArray[np.int64]]:
    """Where the file says how long periods last [min], by the column or by the next row."""
    known = in_market(columns.start)
    start = columns.start[known]
    if columns.stated_min is not None:
        return start, columns.stated_min[known]
    start = np.unique(start)
    return start[:-1], np.diff(start) // _MINUTE


def _unusable(path: Path, columns: Columns, commonest: int | None) -> FileRefused:
    if commonest is None:
        reason = f"has no two neighbouring periods to tell their length by: add {RESOLUTION}"
    elif columns.stated_min is not None:
        reason = f"most periods last {commonest} min"
    else:
        reason = f"most rows are {commonest} min apart; if periods are shorter, add {RESOLUTION}"
    used = f"values by the hour or quarter-hour ({_HOUR_MIN} or {_QUARTER_MIN} min) can be used"
    return FileRefused(path, f"{reason}; {used}")
