"""What a linear model reads off the prices by delivery day and wall-clock hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.layout import HOUR_S, WALL_HOURS
from chocolate_factory.market.calendar import (
    local_offset_s,
    tariff_holidays,
    weekday,
)
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.regulated import PERIODS_SINCE
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.market.tariff import Tariff, toll_eur_kwh

SAME_WEEKDAYS = 4
"""Weeks behind the mean profile of a weekday."""
MEMORY_DAYS = 28
"""Days before the last known one that ``situation`` looks at."""

_RECENT_DAYS = 14
_SHARED_HOLIDAYS = ((1, 1), (5, 1), (12, 25), (12, 26))
_SHARED_FROM_EASTER = (-2, 1, 39, 50)
_WEEK_DAYS = 7
SCALE_PER_MEAN_DEVIATION = 2.5
_DUMMY_WEIGHT = 3.0
_SEASON_WEIGHT = 0.1


def regulated_step(key: SeriesKey, days: NDArray[np.datetime64]) -> Floats:
    """The part of the price that follows a published table, shape (days, WALL_HOURS).

    For PVPC the tolls and charges of 2.0TD [EUR/kWh]: NaN before 2.0TD existed, those of the newest
    row after the end of the table (``regulated.carried_forward``). For every other series zero.
    """
    step = np.zeros((days.size, WALL_HOURS))
    if key.name != PVPC.name:
        return step
    since = days >= np.datetime64(PERIODS_SINCE)
    hours = np.arange(WALL_HOURS).astype("timedelta64[h]")
    wall = (days[since].astype("datetime64[s]")[:, None] + hours).ravel()
    standard = wall - np.timedelta64(HOUR_S, "s")
    start = wall - local_offset_s(standard).astype("timedelta64[s]")
    step[since] = toll_eur_kwh(Tariff.TD20, start).reshape(-1, WALL_HOURS)
    step[~since] = np.nan
    return step


def days_off(days: NDArray[np.datetime64], clock: Clock = MADRID_CLOCK) -> NDArray[np.bool_]:
    """National holidays: in Spain those of the tariffs, Maundy Thursday and Good Friday.

    Of other clocks those that most of Europe shares: New Year, Good Friday, Easter Monday, 1 May,
    Ascension, Whit Monday, Christmas and the day after it.
    """
    if days.size == 0:
        return np.zeros(0, dtype=bool)
    off: list[date] = []
    for year in range(int(str(days.min())[:4]), int(str(days.max())[:4]) + 1):
        sunday = easter_sunday(year)
        if clock == MADRID_CLOCK:
            off += [*tariff_holidays(year), *(sunday + timedelta(days=n) for n in (-3, -2))]
        else:
            off += [date(year, month, day) for month, day in _SHARED_HOLIDAYS]
            off += [sunday + timedelta(days=n) for n in _SHARED_FROM_EASTER]
    return np.isin(days, np.array(off, dtype="datetime64[D]"))


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher's algorithm)."""
    golden, (century, of_century) = year % 19, divmod(year, 100)
    leaps, skipped = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    quads, rest = divmod(of_century, 4)
    to_sunday = (32 + 2 * skipped + 2 * quads - epact - rest) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What a linear model sees at the end of some days, one row for each.

    Prices enter as asinh((price − level) / spread), ``level`` and ``spread`` being the mean and the
    scaled mean absolute deviation of the last two weeks, so that a year of dear gas and a year of
    cheap sun speak of the same shapes.

    Parameters
    ----------
    price
        Filled prices without the regulated step, shape (days, WALL_HOURS).
    first_day
        Madrid day of row 0 of ``price``.
    last
        The days it is about, as rows of ``price``, each at least ``MEMORY_DAYS``; shape (rows,).
    level, spread
        Unit of the price, shape (rows, 1).
    recent
        The hours of the last day and their means over the last seven, as the model sees them, shape
        (rows, 2 · WALL_HOURS).
    clock
        Whose days off they keep.
    """

    price: Floats
    first_day: np.datetime64
    last: NDArray[np.int64]
    level: Floats
    spread: Floats
    recent: Floats
    clock: Clock

    def about(
        self,
        lead: int,
        *,
        season_weight: float = _SEASON_WEIGHT,
        dummy_weight: float = _DUMMY_WEIGHT,
    ) -> Floats:
        """Inputs for the day ``lead`` days later, shape (rows, columns).

        The hours of the last day and their means over the last seven; the mean profile of the
        target's weekday over its newest four occurrences; weekday of the target; whether the target
        and the last known day are days off; the season of the target (two harmonics of the year).
        """
        newest = lead - 7 * -(-lead // 7)
        weeks = 7 * np.arange(SAME_WEEKDAYS)
        same_weekday = self.price[self.last[:, None] + newest - weeks].mean(axis=1)
        days = self.first_day + self.last
        target = days + np.timedelta64(lead, "D")
        return np.hstack(
            [
                self.recent,
                squash(same_weekday, self.level, self.spread),
                dummy_weight * _calendar(days, target, self.clock),
                season_weight * season(target),
            ]
        )


def situation(
    price: Floats,
    first_day: np.datetime64,
    last: NDArray[np.int64],
    *,
    floor: float,
    clock: Clock = MADRID_CLOCK,
) -> Situation:
    """Look at the end of days ``last``, with a spread of at least ``floor``: see ``Situation``."""
    fortnight = price[last[:, None] - np.arange(_RECENT_DAYS)].reshape(last.size, -1)
    level = fortnight.mean(axis=1, keepdims=True)
    deviation = np.abs(fortnight - level).mean(axis=1, keepdims=True)
    spread = np.maximum(SCALE_PER_MEAN_DEVIATION * deviation, floor)
    week = price[last[:, None] - np.arange(_WEEK_DAYS)].mean(axis=1)
    recent = np.hstack([squash(profile, level, spread) for profile in (price[last], week)])
    return Situation(price, first_day, last, level, spread, recent, clock)


def squash(price: Floats, level: Floats, spread: Floats) -> Floats:
    """asinh((price − level) / spread)."""
    squashed: Floats = np.arcsinh((price - level) / spread)
    return squashed


def restore(squashed: Floats, level: Floats, spread: Floats) -> Floats:
    """The inverse of ``squash``."""
    return level + spread * np.sinh(squashed)


def _calendar(last: NDArray[np.datetime64], target: NDArray[np.datetime64], clock: Clock) -> Floats:
    weekdays = np.eye(7)[weekday(target)]
    off = np.stack([days_off(target, clock), days_off(last, clock)], axis=1)
    return np.hstack([weekdays, off.astype(np.float64)])


def season(days: NDArray[np.datetime64]) -> Floats:
    """Two harmonics of the year, shape (days, 4)."""
    of_year = (days - days.astype("datetime64[Y]")).astype(np.int64)
    angle = 2 * np.pi * of_year / 365.25
    return np.stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)], axis=1)
