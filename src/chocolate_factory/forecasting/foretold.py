"""Columns that are forecasts themselves, told anew day after day: the weather of a week.

What is known of such a column on the third day ahead is what was said three days ahead. So that a
model which looks three days ahead learns from what was said three days ahead, with its errors, such
a column is kept by origin and lead day, and nothing that was said later is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.inputs import LEAST_HOURS, KnownInput
from chocolate_factory.forecasting.layout import WALL_HOURS, hourly_means
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.series import Floats

FORETOLD_DAYS = 7
"""Lead days for which forecasts of other things are looked at."""
LEAST_FORETOLD_DAYS = 392
"""Days of such forecasts below which models do without: a year to learn from and four weeks.

A day without all of its columns teaches nothing, so a young one would cost the others their years.
"""


@dataclass(frozen=True, slots=True, eq=False)
class ForetoldInput:
    """A column of forecasts as a caller has it.

    Parameters
    ----------
    told
        The forecasts, and what they were on the days before.
    last_day
        Last known delivery day, ``datetime64[D]``, of who stands at ``told.as_of``. Who knew only
        the day before it stood 24 hours earlier, and so on: these are the origins.
    """

    told: Foretold
    last_day: np.datetime64

    @property
    def name(self) -> str:
        """That of the series."""
        return self.told.key.name


@dataclass(frozen=True, slots=True, eq=False)
class KnownForetold:
    """A column of forecasts by origin, lead day and wall-clock hour.

    Parameters
    ----------
    value
        Shape (leads, days, WALL_HOURS): what had been said of the day that many days, from 1, after
        each row of the prices when that row was the last known day. NaN where nothing had.
    """

    value: Floats

    @property
    def since_row(self) -> int:
        """Least last known row of who has it: all have."""
        return 0

    @property
    def lead_h(self) -> int:
        """Hours of the horizon that it tells."""
        return WALL_HOURS * self.ahead

    @property
    def ahead(self) -> int:
        """Days of the horizon that models see."""
        return len(self.value)

    @property
    def told(self) -> NDArray[np.bool_]:
        """At which rows enough was said of the day after, shape (days,)."""
        return np.asarray((np.isfinite(self.value[:1]).sum(axis=2) >= LEAST_HOURS).any(axis=0))

    @property
    def days_told(self) -> int:
        """Days on which something was said for every lead."""
        return int(np.isfinite(self.value).any(axis=2).all(axis=0).sum())

    @property
    def young(self) -> bool:
        """Whether there are too few of them to learn from."""
        return self.days_told < LEAST_FORETOLD_DAYS

    def until(self, row: int) -> KnownForetold:
        """What was known of it when ``row`` was the last known day."""
        return KnownForetold(self.value[:, : row + 1])

    def lacks(self, row: int, leads: int) -> bool:  # noqa: ARG002 - as ``KnownInput.lacks``
        """Whether little was said of the first day after ``row``, the last known one."""
        return not self.told[row]

    def shorter(self, lead_h: int) -> KnownForetold:
        """The same with only so many hours of the horizon told, whole days."""
        return KnownForetold(self.value[: lead_h // WALL_HOURS])

    def skip(self, days: int) -> KnownForetold:
        """The same without its first ``days`` rows."""
        return KnownForetold(self.value[:, days:])

    def nearer(self, days: int) -> KnownForetold:
        """The same seen from ``days`` days later, with nothing known but what was known before.

        It has so many rows more, and so many leads less; perhaps none.
        """
        if not days:
            return self
        told = self.value[days:]
        value = np.empty((len(told), told.shape[1] + days, WALL_HOURS))
        value[:, :days], value[:, days:] = np.nan, told
        return KnownForetold(value)

    def reaching(self, row: int) -> KnownForetold:
        """Only the lead days up to the first of which little was said when ``row`` was the last."""
        known = np.isfinite(self.value[:, row]).sum(axis=1) >= LEAST_HOURS
        return KnownForetold(self.value[: int(known.cumprod().sum())])


KnownColumn = KnownInput | KnownForetold


def grown(columns: Mapping[str, KnownColumn]) -> dict[str, KnownColumn]:
    """Those that are not too young to learn from."""
    return {
        name: column
        for name, column in columns.items()
        if not (isinstance(column, KnownForetold) and column.young)
    }


def lay_out_foretold(
    inputs: Iterable[ForetoldInput], first_day: np.datetime64, days: int, *, clock: Clock
) -> dict[str, KnownForetold]:
    """Columns of forecasts beside ``days`` rows of prices from ``first_day`` on."""
    return {one.name: _laid(one, first_day, days, clock=clock) for one in inputs}


def _laid(
    one: ForetoldInput, first_day: np.datetime64, days: int, *, clock: Clock
) -> KnownForetold:
    """The newest value known at each origin: an older one counts where nothing was said since."""
    told = one.told
    start, at = np.unique(told.start, return_inverse=True)
    beyond = (clock.days(told.start) - one.last_day).astype(np.int64)
    lead_told = told.days_before + beyond
    value = []
    for lead in range(1, FORETOLD_DAYS + 1):
        known = lead_told >= lead
        newest = np.full(start.size, np.nan)
        newest[at[known]] = told.value[known]  # of each start the newest one stands last
        value.append(hourly_means(start, newest, first_day + lead, days, clock=clock))
    return KnownForetold(np.stack(value))
