"""A price series laid out by delivery day, wall-clock hour and slot within the hour.

Days and hours are those of the Madrid wall clock. A 23-hour day has one hour that is not there, a
25-hour day one that is there twice; both share the one column of their wall-clock hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import (
    Instants,
    local_days,
    local_hours,
    local_offset_s,
    weekday,
)
from chocolate_factory.market.series import Floats, Series

WALL_HOURS = 24
"""Hours on the clock, not hours in a day."""
HOUR_S = 3600


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """A series by delivery day, wall-clock hour and slot within the hour.

    Parameters
    ----------
    first_day
        Madrid day of row 0, ``datetime64[D]``.
    value
        Shape (days, WALL_HOURS, slots), in the unit of the series, NaN where there is none. Hourly
        values stand in slot 0. The repeated hour of a 25-hour day is the mean of its two.
    complete
        Days of which every delivery period is there, shape (days,).
    """

    first_day: np.datetime64
    value: Floats
    complete: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.value.shape[0])

    @property
    def split(self) -> NDArray[np.bool_]:
        """Days whose periods are shorter than an hour, shape (days,)."""
        return np.asarray(np.isfinite(self.value[:, :, 1:]).any(axis=(1, 2)))

    def until(self, row: int) -> Slots:
        """What it was when ``row`` was the last day."""
        return Slots(self.first_day, self.value[: row + 1], self.complete[: row + 1])

    def day(self, row: int) -> date:
        """Madrid day of a row."""
        found: date = (self.first_day + np.timedelta64(row, "D")).astype(object)
        return found

    def row(self, day: date) -> int:
        """Row of a Madrid day; outside the history if it is."""
        return int((np.datetime64(day, "D") - self.first_day).astype(np.int64))

    @property
    def hourly(self) -> Floats:
        """Mean of each hour, shape (days, WALL_HOURS), NaN where there is none."""
        return nan_mean(self.value, axis=2)


def slots(series: Series) -> Slots:
    """Lay a series out by day, hour and slot. Periods longer than an hour raise SeriesInvalid."""
    if not len(series):
        raise SeriesInvalid(f"{series.key}: no values")
    if (series.resolution_s > HOUR_S).any():
        raise SeriesInvalid(f"{series.key}: only series of an hour or finer can be forecast")
    per_hour = HOUR_S // int(series.resolution_s.min())
    days = local_days(series.start)
    first = days.min()
    row = (days - first).astype(np.int64)
    shape = (int(row.max()) + 1, WALL_HOURS, per_hour)
    where = (row, local_hours(series.start), slot_of(series.start, per_hour))
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, where, series.value)
    np.add.at(count, where, 1.0)
    known_s = np.bincount(row, weights=series.resolution_s.astype(np.float64), minlength=shape[0])
    complete = known_s == _day_length_s(first + np.arange(shape[0]))
    value = np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)
    return Slots(first, value, complete)


def slot_of(start: Instants, per_hour: int) -> NDArray[np.int64]:
    """Slot within its hour of each delivery start, 0 … ``per_hour`` − 1."""
    seconds = start.astype("datetime64[s]").astype(np.int64) % HOUR_S
    found: NDArray[np.int64] = seconds * per_hour // HOUR_S
    return found


def nan_mean(values: Floats, *, axis: int) -> Floats:
    """Mean of the values that are there, NaN where none is."""
    count = np.isfinite(values).sum(axis=axis)
    total = np.nansum(values, axis=axis)
    mean: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean


def filled(price: Floats, first_day: np.datetime64) -> Floats:
    """Stand-ins for missing hours, for a model's inputs only: never stored, never a target.

    A missing hour takes the value of the same wall-clock hour of a similar earlier day: the day
    before, or a week before for Mondays, Saturdays and Sundays, itself filled by the same rule.
    Looks only backwards. Hours with no such day stay NaN. ``price`` has shape (days, WALL_HOURS).
    """
    missing = ~np.isfinite(price)
    if not missing.any():
        return price
    result = price.copy()
    weekdays = weekday(first_day + np.arange(len(price)))
    for row in np.flatnonzero(missing.any(axis=1)):
        earlier = row - (7 if weekdays[row] in (0, 5, 6) else 1)
        if earlier >= 0:
            result[row, missing[row]] = result[earlier, missing[row]]
    return result


def _day_length_s(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    midnight: Instants = days.astype("datetime64[s]")
    evening_before: Instants = midnight - np.timedelta64(2 * HOUR_S, "s")
    evening: Instants = evening_before + np.timedelta64(WALL_HOURS * HOUR_S, "s")
    length: NDArray[np.int64] = (
        WALL_HOURS * HOUR_S + local_offset_s(evening_before) - local_offset_s(evening)
    )
    return length
