"""How daily prices went with the weather of the day: a correlation, never a cause.

Days that follow each other are alike, so that n days carry less than n days' evidence. The p-value
is of Student's t with the effective number of days of Bretherton et al. (J. Climate 12, 1999):

    n_eff = n · (1 − a·b) / (1 + a·b),   t = r · √((n_eff − 2) / (1 − r²)),

a and b the correlations of each variable with itself a day before. n_eff is never above n. The
season moves prices and weather alike: ``within_season`` is the correlation of what is left after
the mean of the calendar month, of the same days, was taken off both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.insights.climatology.record import DailyValues, Days, as_date
from chocolate_factory.market.calendar import day_bounds, local_days
from chocolate_factory.market.series import Floats, Series

LEAST_DAYS = 60
"""With fewer days in common nothing is said."""

_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Correlation:
    """The daily mean of a price with one weather variable, over the days both are known.

    ``days`` in common from ``first`` to ``last`` (None without any), in ``years`` calendar years.
    ``pearson``, ``spearman``, ``within_season`` in [−1, 1], ``p_value`` two-sided: None with fewer
    than ``LEAST_DAYS`` days or where one of the two never changes, which ``reason`` then says.
    """

    price: str
    weather: str
    unit: str
    days: int
    years: int
    first: date | None
    last: date | None
    pearson: float | None
    spearman: float | None
    within_season: float | None
    effective_days: float | None
    p_value: float | None
    reason: str


def correlations(price: DailyValues, weather: Sequence[DailyValues]) -> tuple[Correlation, ...]:
    """``price`` with each of ``weather``, in that order."""
    return tuple(_correlated(price, one) for one in weather)


def daily_means(series: Series) -> tuple[DailyValues | None, int]:
    """Mean over each Madrid day that is known whole, and how many days are known in part.

    Periods count by their length, so that days of hours and of quarter-hours compare.
    """
    days = local_days(series.start)
    each, where = np.unique(days, return_inverse=True)
    known_s = np.bincount(where, weights=series.resolution_s)
    sums = np.bincount(where, weights=series.resolution_s * series.value)
    whole_s = np.array([_length_s(day) for day in each.astype(object).tolist()])
    whole = known_s == whole_s
    if not whole.any():
        return None, int(each.size)
    mean = sums[whole] / known_s[whole]
    place = np.full(mean.size, series.key.place)
    return DailyValues(series.key.name, series.unit, each[whole], mean, place), int((~whole).sum())


def _length_s(day: date) -> float:
    start, end = day_bounds(day)
    return (end - start).total_seconds()


def _correlated(price: DailyValues, weather: DailyValues) -> Correlation:
    from scipy.stats import rankdata  # noqa: PLC0415 - loading takes a second

    day, at, other = np.intersect1d(price.day, weather.day, assume_unique=True, return_indices=True)
    x, y = price.value[at], weather.value[other]
    few = day.size < LEAST_DAYS
    still = not few and (np.ptp(x) == 0 or np.ptp(y) == 0)
    known = not (few or still)
    r = _pearson(x, y) if known else None
    effective = _effective(day, x, y) if known else None
    return Correlation(
        price=price.name,
        weather=weather.name,
        unit=weather.unit,
        days=int(day.size),
        years=int(np.unique(day.astype("datetime64[Y]")).size),
        first=as_date(day[0]) if day.size else None,
        last=as_date(day[-1]) if day.size else None,
        pearson=r,
        spearman=_pearson(rankdata(x), rankdata(y)) if known else None,
        within_season=_pearson(_without_season(day, x), _without_season(day, y)) if known else None,
        effective_days=effective,
        p_value=None if r is None or effective is None else _p_value(r, effective),
        reason=(
            f"{day.size} days in common, at least {LEAST_DAYS} are needed"
            if few
            else "one of the two never changes"
            if still
            else ""
        ),
    )


def _pearson(x: Floats, y: Floats) -> float | None:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.clip(np.corrcoef(x, y)[0, 1], -1.0, 1.0))


def _effective(day: Days, x: Floats, y: Floats) -> float:
    """How many independent days the days are worth."""
    follows = np.flatnonzero(np.diff(day) == _DAY)
    if follows.size < LEAST_DAYS // 2:
        return float(day.size)
    a, b = (_pearson(v[follows], v[follows + 1]) or 0.0 for v in (x, y))
    return float(day.size * min((1 - a * b) / (1 + a * b), 1.0))


def _p_value(r: float, effective: float) -> float | None:
    from scipy.special import stdtr  # noqa: PLC0415 - loading takes a second

    if effective <= 3 or abs(r) >= 1:
        return None
    freedom = effective - 2
    t = r * np.sqrt(freedom / (1 - r * r))
    return float(2 * stdtr(freedom, -abs(t)))


def _without_season(day: Days, value: Floats) -> Floats:
    """What is left after the mean of each calendar month, over all years, is taken off."""
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    sums = np.bincount(month, weights=value, minlength=12)
    counts = np.bincount(month, minlength=12)
    left: Floats = value - sums[month] / counts[month]
    return left
