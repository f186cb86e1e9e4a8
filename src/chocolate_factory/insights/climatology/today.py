"""One day against the record: the same days of the year, a week before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.insights.climatology.record import DailyValues
from chocolate_factory.insights.climatology.seasons import LEAST_DAYS

AROUND_DAYS = 7
"""Days of the year that are compared: so many before and after."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A value of a day beside those of the same time of year, in ``unit``.

    ``days`` of the record within ``AROUND_DAYS``, in ``years`` years, the year of the day itself
    left out. ``percentile``: share of them below the value, those equal counted half [%]. Figures
    are None below ``LEAST_DAYS`` days.
    """

    name: str
    unit: str
    day: date
    value: float
    days: int
    years: int
    mean: float | None
    p10: float | None
    p90: float | None
    lowest: float | None
    highest: float | None
    percentile: float | None


def compared(record: DailyValues, day: date, value: float) -> Compared:
    """``value`` of ``day`` against ``record``."""
    own = record.where(_near(record, day) & (record.year != day.year))
    enough = len(own) >= LEAST_DAYS
    p10, p90 = np.quantile(own.value, (0.1, 0.9)).tolist() if enough else (None, None)
    below = np.mean(own.value < value) + np.mean(own.value == value) / 2 if enough else None
    return Compared(
        name=record.name,
        unit=record.unit,
        day=day,
        value=value,
        days=len(own),
        years=int(np.unique(own.year).size),
        mean=float(own.value.mean()) if enough else None,
        p10=p10,
        p90=p90,
        lowest=float(own.value.min()) if enough else None,
        highest=float(own.value.max()) if enough else None,
        percentile=None if below is None else float(100 * below),
    )


def _near(record: DailyValues, day: date) -> np.ndarray:
    """Which days lie within ``AROUND_DAYS`` of the same date of any year, over its end too."""
    near = np.zeros(len(record), dtype=bool)
    for year in range(int(record.year[0]) - 1, int(record.year[-1]) + 2):
        leap_day_missing = (day.month, day.day) == (2, 29) and not _is_leap(year)
        same = date(year, 2, 28) if leap_day_missing else day.replace(year=year)
        away = (record.day - np.datetime64(same)).astype(np.int64)
        near |= np.abs(away) <= AROUND_DAYS
    return near


def _is_leap(year: int) -> bool:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days == 366
