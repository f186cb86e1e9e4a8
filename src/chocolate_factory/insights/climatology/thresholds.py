"""How often the weather passed a limit of the plant, and what is extreme for the place itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.insights.climatology.record import DailyValues, YearCount, as_date

_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Limit:
    """What a stage of the plant bears at most: ``most`` in the unit of the ``variable``."""

    stage: str
    variable: str
    most: float


@dataclass(frozen=True, slots=True)
class MonthAbove:
    """Days of one calendar month over all years: with a value, and above the limit."""

    month: int
    days: int
    above: int


@dataclass(frozen=True, slots=True)
class YearAbove:
    """One year: ``counted`` its days with a value, ``above`` of them."""

    counted: YearCount
    above: int


@dataclass(frozen=True, slots=True)
class Crossings:
    """How often one limit was passed.

    ``days`` with a value, ``above`` of them strictly above. ``longest_days``: most days above in a
    row, each with a value, from ``longest_from`` on (the first such row); None if there was none.
    ``last_above`` the newest day above.
    """

    limit: Limit
    unit: str
    days: int
    above: int
    months: tuple[MonthAbove, ...]
    years: tuple[YearAbove, ...]
    longest_days: int
    longest_from: date | None
    last_above: date | None

    @property
    def share_pct(self) -> float:
        """Days above in per cent of those with a value."""
        return 100 * self.above / self.days


@dataclass(frozen=True, slots=True)
class Extremes:
    """What is high for the place: quantiles of ``days`` daily values, in ``unit``."""

    name: str
    unit: str
    days: int
    years: int
    p90: float
    p95: float
    p99: float


def crossings(values: DailyValues, limit: Limit) -> Crossings:
    """How often a variable that has at least one value lay above ``limit``."""
    above = values.value > limit.most
    length, begin = _longest(values.where(above))
    return Crossings(
        limit=limit,
        unit=values.unit,
        days=len(values),
        above=int(above.sum()),
        months=tuple(
            MonthAbove(number, int(here.sum()), int((above & here).sum()))
            for number in range(1, 13)
            for here in (values.month == number,)
        ),
        years=tuple(
            YearAbove(counted, int((above & (values.year == counted.year)).sum()))
            for counted in values.years()
        ),
        longest_days=length,
        longest_from=begin,
        last_above=as_date(values.day[above][-1]) if above.any() else None,
    )


def extremes(values: DailyValues) -> Extremes:
    """The high quantiles of a variable that has at least one value."""
    p90, p95, p99 = np.quantile(values.value, (0.90, 0.95, 0.99)).tolist()
    years = int(np.unique(values.year).size)
    return Extremes(values.name, values.unit, len(values), years, p90, p95, p99)


def _longest(above: DailyValues) -> tuple[int, date | None]:
    """The longest run of days one after the other, and its first day."""
    if not len(above):
        return 0, None
    begins = np.flatnonzero(np.diff(above.day, prepend=above.day[:1] - 2 * _DAY) != _DAY)
    lengths = np.diff(begins, append=len(above))
    longest = int(np.argmax(lengths))
    return int(lengths[longest]), as_date(above.day[begins[longest]])
