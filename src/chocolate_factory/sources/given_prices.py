"""Prices a user gives with a command, to plan or backtest on without a store.

A CSV file built as ``price_csv`` says: ``time_utc`` first (or ``time_local`` of a clock that is
given), then the price, in a column whose name ends in its unit (``_eur_kwh`` or ``_eur_mwh``).
``resolution_min`` may stand anywhere; further columns are not read. Periods last an hour or a
quarter of one, alike within a delivery day. Without
``resolution_min`` the commonest distance between the rows of a day says which.

To be measured a price may be of any currency, and its periods may last whatever divides an hour:
those that are no quarter-hours become hours, and so does a day that has two lengths because the
market went over to another one at a midnight elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import HOUR, QUARTER, Instants
from chocolate_factory.market.catalog import (
    GIVEN,
    GIVEN_ENDINGS,
    SeriesSpec,
    given_spec,
    given_unit,
    spec,
)
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
_OF_MARKETS = (_QUARTER_MIN, _HOUR_MIN)
OF_AN_HOUR = tuple(length for length in range(1, _HOUR_MIN + 1) if _HOUR_MIN % length == 0)
"""Lengths [min] that divide an hour."""


@dataclass(frozen=True, slots=True, eq=False)
class ByDay:
    """How long the periods of each delivery day last [min]; other days are like the one before.

    ``days`` increasing ``datetime64[D]``, ``minutes`` as many.
    """

    days: NDArray[np.datetime64]
    minutes: NDArray[np.int64]

    def __call__(self, day: date) -> timedelta:
        """See ``SeriesSpec.resolution``."""
        row = int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right")) - 1
        return timedelta(minutes=int(self.minutes[max(row, 0)]))


@dataclass(frozen=True, slots=True, eq=False)
class Lengths:
    """How long periods last: as ``given``, and as ``used`` of a price.

    ``mixed`` are days of two lengths. All their rows fit the shorter one, which is the one given;
    they are used as hours, as are all that are no quarter-hours.
    """

    given: ByDay
    mixed: NDArray[np.datetime64]

    @property
    def used(self) -> ByDay:
        """See the class."""
        days, minutes = self.given.days, self.given.minutes
        kept = (minutes == _QUARTER_MIN) & ~np.isin(days, self.mixed)
        return ByDay(days, np.where(kept, _QUARTER_MIN, _HOUR_MIN))


@dataclass(frozen=True, slots=True, eq=False)
class GivenSeries:
    """A price series as a file holds it, and what is true of it.

    ``about`` is the catalogue's entry for a series of the catalogue, ``column`` the name of its
    column, ``notes`` what a person should know of how it was read.
    """

    series: Series
    about: SeriesSpec
    column: str
    notes: tuple[str, ...] = ()


def read_given(
    path: Path,
    data: bytes,
    *,
    received_at: datetime,
    plain: bool,
    clock: Clock | None = None,
    any_market: bool = False,
) -> GivenSeries:
    """The prices of a file, in the unit of the file.

    With ``plain`` every price is no more than its name and unit: nothing but the file says how long
    its periods last. Otherwise ``price_eur_kwh`` is PVPC and ``spot_es_eur_mwh`` the day-ahead
    price of Spain, with the periods and bounds of the catalogue; every other name is plain, and so
    is every price by another clock than Madrid's. ``clock`` is that of the delivery days and of
    ``time_local``; without it the times are ``time_utc``. ``any_market`` is for measuring: see the
    module.

    Raises ``FileRefused`` naming line and column if the file is not built as above or a row is
    wrong: a time without offset, off the grid or said twice with different prices, a local time
    that its clock never shows, a price that is not a number or beyond its bounds, a length that is
    not that of its day.
    """
    data, time_column = opened(path, data, clock)
    second = partial(_price_column, any_market=any_market)
    columns = read_columns(path, data, price_column=second, time=time_column)
    clock = clock or MADRID_CLOCK
    if time_column == LOCAL_TIME:
        columns = at_instants(path, columns, clock)
    plain = plain or clock != MADRID_CLOCK
    market = None if plain else SERIES.get(columns.price)
    lengths = None
    if market is None:
        usable = OF_AN_HOUR if any_market else _OF_MARKETS
        lengths = lengths_of(path, columns, clock, usable, switches=any_market)
        about = given_spec(columns.price, lengths.given, clock)
    else:
        about = spec(market)
    key = market or SeriesKey(about.name, GIVEN)
    odd = wrong_lengths(path, columns, about)
    if lengths is not None and lengths.mixed.size:
        known = in_market(columns.start)
        on_mixed = np.isin(clock.days(columns.start[known]), lengths.mixed)
        of_two = set(columns.line[known][on_mixed].tolist())
        odd = [fault for fault in odd if fault.line not in of_two]
    rows = Rows(
        key, "price-file", Kind.PUBLISHED, columns.start, columns.value, columns.line,
        columns.price, resolution_stated=columns.stated_min is not None, given=about,
    )  # fmt: skip
    examined = examine(path, rows)
    faults = [*columns.faults, *odd, *examined.faults]
    if faults:
        raise min(faults, key=lambda fault: fault.line or 0)
    rows = examined.rows
    notes: tuple[str, ...] = ()
    if any_market and lengths is not None:
        about = given_spec(columns.price, lengths.used, clock)
        rows, notes = _in_hours(replace(rows, given=about), lengths)
    batch = to_observations(rows, received_at=received_at)
    series = Series.from_batch(batch, unit=about.unit, as_of=received_at)
    return GivenSeries(series, about, columns.price, notes)


def _price_column(path: Path, header: Sequence[str], *, any_market: bool) -> str:
    others = [name for name in header[1:] if name != RESOLUTION]
    wanted = given_unit if any_market else _in_euros
    if others and wanted(others[0]):
        return others[0]
    raise _no_price(path, others)


def _in_euros(name: str) -> bool:
    return name.endswith(GIVEN_ENDINGS)


def _no_price(path: Path, others: Sequence[str]) -> FileRefused:
    seen = f"is {others[0]!r}" if others else "is missing"
    return FileRefused(
        path,
        f"the second column {seen}; it holds the price, with its unit at the end of its name: "
        f"{' or '.join(f'price{ending}' for ending in GIVEN_ENDINGS)}",
        line=1,
    )


def lengths_of(
    path: Path, columns: Columns, clock: Clock, usable: Sequence[int], *, switches: bool
) -> Lengths:
    """How long the periods of each day last: most of its rows say; ``usable`` are the lengths [min]
    that can be, ascending.

    With ``switches`` a day on which one length follows another is told apart.
    """
    at, length_min = _distances(columns)
    if not length_min.size and columns.price in SERIES:  # one row: as the market has it
        at = columns.start[in_market(columns.start)]
        length_min = spec(SERIES[columns.price]).resolutions_s(at) // 60
    values, count = np.unique(length_min, return_counts=True)
    commonest = int(values[np.argmax(count)]) if values.size else None
    if commonest not in usable:
        raise columns.faults[0] if columns.faults else _unusable(path, columns, commonest, usable)
    can_be = np.isin(length_min, usable)
    days, where = np.unique(clock.days(at[can_be]), return_inverse=True)
    said = np.zeros((days.size, len(usable)), dtype=np.int64)
    np.add.at(said, (where, np.searchsorted(usable, length_min[can_be])), 1)
    most = said.argmax(axis=1)
    mixed = np.zeros(days.size, dtype=bool)
    given = most.copy()
    for before in np.flatnonzero(np.diff(most)).tolist() if switches else ():
        both = most[[before, before + 1]]
        for row in (before, before + 1):
            if (said[row, both] > 0).all():
                mixed[row], given[row] = True, both.min()
    return Lengths(ByDay(days, np.array(usable)[given]), days[mixed])


def _distances(columns: Columns) -> tuple[Instants, NDArray[np.int64]]:
    """Where the file says how long periods last [min], by the column or by the next row."""
    known = in_market(columns.start)
    start = columns.start[known]
    if columns.stated_min is not None:
        return start, columns.stated_min[known]
    start = np.unique(start)
    return start[:-1], np.diff(start) // _MINUTE


def _in_hours(rows: Rows, lengths: Lengths) -> tuple[Rows, tuple[str, ...]]:
    """Means of the hour where its periods are not used as they are given, and what to say of it."""
    clock = rows.about.clock
    days = clock.days(rows.start)
    of_day, where = np.unique(days, return_inverse=True)
    given_min, used_min = (
        np.array([each(day) // timedelta(minutes=1) for day in of_day.tolist()])[where]
        for each in (lengths.given, lengths.used)
    )
    finer = given_min != used_min
    if not finer.any():
        return rows, ()
    wall = clock.wall(rows.start)
    hour = rows.start - (wall - wall.astype("datetime64[h]"))
    starts, first, at, count = np.unique(
        hour[finer], return_index=True, return_inverse=True, return_counts=True
    )
    whole = count * given_min[finer][first] == _HOUR_MIN
    whole |= np.isin(days[finer][first], lengths.mixed) & (count == 1)
    mean = np.bincount(at, weights=rows.value[finer]) / count
    kept = rows.where(~finer)
    start = np.concatenate([kept.start, starts[whole]])
    order = np.argsort(start, kind="stable")
    made = replace(
        rows,
        start=start[order],
        value=np.concatenate([kept.value, mean[whole]])[order],
        line=np.concatenate([kept.line, rows.line[finer][first][whole]])[order],
    )
    notes = [
        f"{day}: has periods of two lengths by {clock.zone} and is taken by the hour"
        for day in lengths.mixed
    ]
    odd = np.unique(given_min[finer & ~np.isin(days, lengths.mixed)]).tolist()
    if odd:
        notes.append(f"periods of {' and '.join(map(str, odd))} min: the means of hours are used")
    if not whole.all():
        notes.append(f"{int((~whole).sum())} hours lack some of their periods and are left out")
    return made, tuple(notes)


def _unusable(
    path: Path, columns: Columns, commonest: int | None, usable: Sequence[int]
) -> FileRefused:
    if commonest is None:
        reason = f"has no two neighbouring periods to tell their length by: add {RESOLUTION}"
    elif columns.stated_min is not None:
        reason = f"most periods last {commonest} min"
    else:
        reason = f"most rows are {commonest} min apart; if periods are shorter, add {RESOLUTION}"
    of_markets = f"by the hour or quarter-hour ({_HOUR_MIN} or {_QUARTER_MIN} min)"
    used = of_markets if tuple(usable) == _OF_MARKETS else "of a length that divides an hour"
    return FileRefused(path, f"{reason}; values {used} can be used")
