"""What a linear model reads off the prices by delivery day and wall-clock hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.layout import HOUR_S, WALL_HOURS
from chocolate_factory.market.calendar import (
    easter_sunday,
    local_offset_s,
    tariff_holidays,
    weekday,
)
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.regulated import PERIODS_SINCE
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.market.tariff import Tariff, toll_eur_kwh

_Of = TypeVar("_Of", bound=np.generic)

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
    if key.name != PVPC.name or days.size == 0:
        return np.zeros((days.size, WALL_HOURS))
    return _of_days(days, _steps_of_year)


def days_off(days: NDArray[np.datetime64], clock: Clock = MADRID_CLOCK) -> NDArray[np.bool_]:
    """National holidays: in Spain those of the tariffs, Maundy Thursday and Good Friday.

    Of other clocks those that most of Europe shares: New Year, Good Friday, Easter Monday, 1 May,
    Ascension, Whit Monday, Christmas and the day after it.
    """
    if days.size == 0:
        return np.zeros(0, dtype=bool)
    return _of_days(days, _off_in_madrid if clock == MADRID_CLOCK else _off_in_europe)


def _of_days(days: NDArray[np.datetime64], of_year: Callable[[int], NDArray[_Of]]) -> NDArray[_Of]:
    """Rows of the tables of their years: models ask for the same days thousands of times."""
    first, last = (day.astype(date).year for day in (days.min(), days.max()))
    table = np.concatenate([of_year(year) for year in range(first, last + 1)])
    return table[(days - np.datetime64(date(first, 1, 1))).astype(np.int64)]


def _days_of(year: int) -> NDArray[np.datetime64]:
    return np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]")


@cache
def _steps_of_year(year: int) -> Floats:
    days = _days_of(year)
    step = np.full((days.size, WALL_HOURS), np.nan)
    since = days >= np.datetime64(PERIODS_SINCE)
    hours = np.arange(WALL_HOURS).astype("timedelta64[h]")
    wall = (days[since].astype("datetime64[s]")[:, None] + hours).ravel()
    standard = wall - np.timedelta64(HOUR_S, "s")
    start = wall - local_offset_s(standard).astype("timedelta64[s]")
    step[since] = toll_eur_kwh(Tariff.TD20, start).reshape(-1, WALL_HOURS)
    return step


@cache
def _off_in_madrid(year: int) -> NDArray[np.bool_]:
    before_easter = (easter_sunday(year) - timedelta(days=n) for n in (3, 2))
    return np.isin(_days_of(year), _as_days(*tariff_holidays(year), *before_easter))


@cache
def _off_in_europe(year: int) -> NDArray[np.bool_]:
    fixed = (date(year, month, day) for month, day in _SHARED_HOLIDAYS)
    moving = (easter_sunday(year) + timedelta(days=n) for n in _SHARED_FROM_EASTER)
    return np.isin(_days_of(year), _as_days(*fixed, *moving))


def _as_days(*days: date) -> NDArray[np.datetime64]:
    return np.array(days, dtype="datetime64[D]")


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
