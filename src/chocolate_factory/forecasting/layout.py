"""A price series laid out by delivery day, wall-clock hour and slot within the hour.

Days and hours are those of the market's wall clock, Madrid's unless said. A 23-hour day has one
hour that is not there, a 25-hour day one that is there twice; both share the one column of their
wall-clock hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import Instants, weekday
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
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
        Delivery day of row 0, ``datetime64[D]``.
    value
        Shape (days, WALL_HOURS, slots), in the unit of the series, NaN where there is none. Hourly
        values stand in slot 0. The repeated hour of a 25-hour day is the mean of its two.
    complete
        Days of which every delivery period is there, shape (days,).
    clock
        Whose days and hours these are.
    """

    first_day: np.datetime64
    value: Floats
    complete: NDArray[np.bool_]
    clock: Clock = MADRID_CLOCK

    def __len__(self) -> int:
        return int(self.value.shape[0])

    @property
    def split(self) -> NDArray[np.bool_]:
        """Days whose periods are shorter than an hour, shape (days,)."""
        return np.asarray(np.isfinite(self.value[:, :, 1:]).any(axis=(1, 2)))

    def until(self, row: int) -> Slots:
        """What it was when ``row`` was the last day."""
        return Slots(self.first_day, self.value[: row + 1], self.complete[: row + 1], self.clock)

    def day(self, row: int) -> date:
        """Delivery day of a row."""
        found: date = (self.first_day + np.timedelta64(row, "D")).astype(object)
        return found

    def row(self, day: date) -> int:
        """Row of a delivery day; outside the history if it is."""
        return int((np.datetime64(day, "D") - self.first_day).astype(np.int64))

    @property
    def hourly(self) -> Floats:
        """Mean of each hour, shape (days, WALL_HOURS), NaN where there is none."""
        return nan_mean(self.value, axis=2)


def slots(series: Series, clock: Clock = MADRID_CLOCK) -> Slots:
    """Lay a series out by day, hour and slot. Periods longer than an hour raise SeriesInvalid."""
    if not len(series):
        raise SeriesInvalid(f"{series.key}: no values")
    if (series.resolution_s > HOUR_S).any():
        raise SeriesInvalid(f"{series.key}: only series of an hour or finer can be forecast")
    per_hour = HOUR_S // int(series.resolution_s.min())
    wall = clock.wall(series.start)
    first: np.datetime64 = wall.astype("datetime64[D]").min()
    row, hour, slot = places(wall, first, per_hour)
    value = _means(series.value, (row, hour, slot), (int(row.max()) + 1, WALL_HOURS, per_hour))
    known_s = np.bincount(row, weights=series.resolution_s.astype(np.float64), minlength=len(value))
    complete = known_s == clock.lengths_s(first + np.arange(len(value)))
    return Slots(first, value, complete, clock)


def hourly_means(
    start: Instants, value: Floats, first_day: np.datetime64, days: int, *, clock: Clock
) -> Floats:
    """Mean of the values that begin in each hour of ``days`` days, shape (days, WALL_HOURS)."""
    row, hour, _ = places(clock.wall(start), first_day, 1)
    inside = (row >= 0) & (row < days) & np.isfinite(value)
    return _means(value[inside], (row[inside], hour[inside]), (days, WALL_HOURS))


def places(
    wall: Instants, first_day: np.datetime64, per_hour: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Days since ``first_day``, hour, and slot in it (of ``per_hour``) of times on the clock."""
    seconds = (wall - first_day.astype("datetime64[s]")).astype(np.int64)
    row, within_day_s = np.divmod(seconds, WALL_HOURS * HOUR_S)
    hour, within_hour_s = np.divmod(within_day_s, HOUR_S)
    return row, hour, within_hour_s * per_hour // HOUR_S


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


def _means(value: Floats, where: tuple[NDArray[np.int64], ...], shape: tuple[int, ...]) -> Floats:
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, where, value)
    np.add.at(count, where, 1.0)
    mean: Floats = np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)
    return mean
