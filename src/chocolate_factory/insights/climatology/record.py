"""Daily values of one place over decades, from stations that followed each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import local_days
from chocolate_factory.market.series import Floats, Series

Days = NDArray[np.datetime64]
"""One-dimensional array of ``datetime64[D]``: Madrid days."""

DIRECTION = "deg"
"""The unit of angles, which have no order: no extreme, no quantile."""


@dataclass(frozen=True, slots=True)
class YearCount:
    """How many days of a calendar year have a value, of how many that it has."""

    year: int
    days: int
    of: int


@dataclass(frozen=True, slots=True, eq=False)
class DailyValues:
    """One variable by day, in ``unit``.

    ``day`` Madrid days, strictly increasing, shape (n,); ``value`` finite, shape (n,); ``station``
    that measured each, shape (n,).
    """

    name: str
    unit: str
    day: Days
    value: Floats
    station: NDArray[np.str_]

    def __len__(self) -> int:
        return int(self.day.size)

    @property
    def month(self) -> NDArray[np.int64]:
        """Calendar month of each day, 1 to 12, shape (n,)."""
        months: NDArray[np.int64] = self.day.astype("datetime64[M]").astype(np.int64) % 12 + 1
        return months

    @property
    def year(self) -> NDArray[np.int64]:
        """Calendar year of each day, shape (n,)."""
        years: NDArray[np.int64] = self.day.astype("datetime64[Y]").astype(np.int64) + 1970
        return years

    def where(self, keep: NDArray[np.bool_]) -> DailyValues:
        """The days that ``keep`` marks, shape (n,)."""
        return DailyValues(
            self.name, self.unit, self.day[keep], self.value[keep], self.station[keep]
        )

    def years(self) -> tuple[YearCount, ...]:
        """Every year with a value, in order."""
        years, counts = np.unique(self.year, return_counts=True)
        return tuple(
            YearCount(year, count, (date(year + 1, 1, 1) - date(year, 1, 1)).days)
            for year, count in zip(years.tolist(), counts.tolist(), strict=True)
        )


Record = Mapping[str, DailyValues]
"""Daily values by the name of their series; only variables that have any."""


def joined(told: Sequence[Series]) -> DailyValues | None:
    """Stations of one variable as one record; None if none has a value.

    Where two measured a day, the one that comes later in ``told`` counts. Stations are not
    adjusted to each other: a step between them stays.
    """
    told = [series for series in told if len(series)]
    if not told:
        return None
    day = np.concatenate([local_days(series.start) for series in told])
    value = np.concatenate([series.value for series in told])
    station = np.concatenate([np.full(len(series), series.key.place) for series in told])
    last_first = np.arange(day.size)[::-1]
    days, at = np.unique(day[last_first], return_index=True)
    keep = last_first[at]
    return DailyValues(told[0].key.name, told[0].unit, days, value[keep], station[keep])


def as_date(day: np.datetime64) -> date:
    """A ``datetime64[D]`` as a date."""
    found: date = day.astype("datetime64[D]").astype(object)
    return found
