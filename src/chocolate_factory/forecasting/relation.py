"""How a price follows the day-ahead price of the same hours: two estimates, learned from the past.

The first looks at the newest weeks, most at days of the same kind, working or not: the shape within
the day and the daily mean of the price, each regressed on that of the spot. The second takes off
what follows the spot, and forecasts the rest (adjustment services, the basket's distance to the
day's mean) by ridge regression on its own last days and on the spot's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.features import days_off
from chocolate_factory.forecasting.layout import WALL_HOURS, filled
from chocolate_factory.forecasting.threads import one_thread
from chocolate_factory.market.calendar import weekday
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Floats

Estimate = Literal["weeks", "days", "rest", "both"]

WEEKS_DAYS = 42
LEAST_DAYS = 10
HALF_LIFE_DAYS = 4.0
SHORT_HALF_LIFE_DAYS = 1.5
OTHER_KIND = 0.1
"""Weight of a working day beside a day off or of the weekend, and the other way round."""
WINDOWS = (91, 182, 364)
MEMORY_DAYS = 28

_PRIOR_WEIGHT = 0.15
"""Of the prior slope of the mean, relative to the spread of the spot's daily means."""
_ALPHA = 30.0
"""Ridge penalty, chosen on 2024."""
_WEIGHT_OF_FIRST = 0.5
_UNITS_PER_SPREAD = 4.5
_DUMMY_WEIGHT = 1.0
_SHAPE_WEIGHT = 0.3
_LEAST_ROWS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Prices and the spot beside them.

    Parameters
    ----------
    first_day, clock
        Delivery day of row 0, and whose days these are.
    price
        Without the regulated step, shape (days, WALL_HOURS), NaN where unknown.
    spot
        Shape (days + 1, WALL_HOURS): the last row is the day to be told.
    keeps
        What the basket leaves of the spot's daily mean on each of those days, shape (days + 1,).
    """

    first_day: np.datetime64
    clock: Clock
    price: Floats
    spot: Floats
    keeps: Floats

    def newest(self, days: int) -> Pairs:
        """The newest ``days`` days and the one to be told."""
        skip = max(0, len(self.price) - days)
        return replace(
            self,
            first_day=self.first_day + skip,
            price=self.price[skip:],
            spot=self.spot[skip:],
            keeps=self.keeps[skip:],
        )

    @property
    def both(self) -> NDArray[np.bool_]:
        """Days of which price and spot are known, shape (days,)."""
        return np.asarray(np.isfinite(np.hstack([self.price, self.spot[:-1]])).all(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the estimates say of the price of a day, each of shape (WALL_HOURS,).

    ``weeks`` is the first estimate, ``days`` the same from days that weigh half for every
    ``SHORT_HALF_LIFE_DAYS``, ``rest`` the second; ``weeks`` where that has too few days.
    """

    weeks: Floats
    days: Floats
    rest: Floats

    def by(self, estimate: Estimate) -> Floats:
        """One of them, or of ``weeks`` and ``rest`` both weighted."""
        if estimate != "both":
            return {"weeks": self.weeks, "days": self.days, "rest": self.rest}[estimate]
        both: Floats = _WEIGHT_OF_FIRST * self.weeks + (1.0 - _WEIGHT_OF_FIRST) * self.rest
        return both


def price_told(pairs: Pairs) -> Told | None:
    """The price of the day after the last row.

    None where the newest weeks have too few days, or where the spot of the day is not known. Where
    the clock skips an hour of the day, that of a similar earlier day stands in for its spot.
    """
    hours = pairs.first_day + len(pairs.price) + np.arange(WALL_HOURS).astype("timedelta64[h]")
    there = pairs.clock.readings(hours)[2]
    day = filled(pairs.spot, pairs.first_day)[-1]
    if not np.isfinite(pairs.spot[-1, there]).all() or not np.isfinite(day).all():
        return None
    pairs = replace(pairs, spot=np.vstack([pairs.spot[:-1], day]))
    weeks = pairs.newest(WEEKS_DAYS)
    if int(weeks.both.sum()) < LEAST_DAYS:
        return None
    with one_thread():
        first = _by_newest_weeks(weeks, HALF_LIFE_DAYS)
        second = _by_ridge(pairs.newest(max(WINDOWS) + MEMORY_DAYS))
        days = _by_newest_weeks(weeks, SHORT_HALF_LIFE_DAYS)
    return Told(first, days, first if second is None else second)


def _by_newest_weeks(pairs: Pairs, half_life_days: float) -> Floats:
    """Shape and mean by weighted least squares; the basket says where the mean's slope is drawn to.

    Days weigh half for every ``half_life_days`` of their age, and ``OTHER_KIND`` if one is a
    working day and the day to be told is not.
    """
    both = pairs.both
    spot, price, day = pairs.spot[:-1][both], pairs.price[both], pairs.spot[-1]
    age = (len(both) - 1) - np.flatnonzero(both)
    working = _working(pairs)
    alike = np.where(working[:-1][both] == working[-1], 1.0, OTHER_KIND)
    weight = alike * 0.5 ** (age / half_life_days)
    weight /= weight.sum()
    spot_mean, price_mean = spot.mean(axis=1), price.mean(axis=1)
    spot_shape, price_shape = spot - spot_mean[:, None], price - price_mean[:, None]
    usual_spot, usual_price = weight @ spot_shape, weight @ price_shape
    shape_slope = _slope(weight, spot_shape - usual_spot, price_shape - usual_price)
    mean_slope = _slope(
        weight,
        (spot_mean - weight @ spot_mean)[:, None],
        (price_mean - weight @ price_mean)[:, None],
        prior=shape_slope * float(pairs.keeps[-1]),
        prior_weight=float(np.var(spot_mean)) * _PRIOR_WEIGHT,
    )
    mean = weight @ price_mean + mean_slope * (day.mean() - weight @ spot_mean)
    shape = usual_price + shape_slope * (day - day.mean() - usual_spot)
    told: Floats = mean + shape
    return told


def _working(pairs: Pairs) -> NDArray[np.bool_]:
    """Which days, the one to be told included, are neither of the weekend nor off."""
    days = pairs.first_day + np.arange(len(pairs.spot))
    return np.asarray((weekday(days) < 5) & ~days_off(days, pairs.clock))


def _slope(
    weight: Floats, x: Floats, y: Floats, *, prior: float = 0.0, prior_weight: float = 0.0
) -> float:
    """Least squares through the origin, drawn towards ``prior``; that one if ``x`` never moves."""
    squares = float(weight @ np.square(x).sum(axis=1)) + prior_weight
    products = float(weight @ (x * y).sum(axis=1)) + prior_weight * prior
    return products / squares if squares > 0 else prior


def _by_ridge(pairs: Pairs) -> Floats | None:
    """What the spot does not explain, forecast from its own last days; the spot put on again."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415 - loading takes a second

    both = pairs.both
    if int(both.sum()) < _LEAST_ROWS + MEMORY_DAYS:
        return None
    spot = filled(pairs.spot, pairs.first_day)
    shape = (spot - spot.mean(axis=1, keepdims=True))[:-1][both]
    paid = pairs.price[both] - pairs.price[both].mean(axis=1, keepdims=True)
    slope = _slope(np.full(len(shape), 1.0), shape, paid)
    unit = float(np.nanstd(pairs.spot[:-1])) / _UNITS_PER_SPREAD
    if slope <= 0 or unit <= 0:
        return None
    explained = spot - (1.0 - pairs.keeps)[:, None] * spot.mean(axis=1, keepdims=True)
    rest = pairs.price / slope - explained[:-1]
    last = np.arange(MEMORY_DAYS, len(pairs.price))
    level, about = _about(pairs, filled(rest, pairs.first_day), spot, last, unit)
    target = (rest[last[:-1] + 1] - level[:-1]) / unit
    whole = np.isfinite(about[:-1]).all(axis=1) & np.isfinite(target).all(axis=1)
    whole &= both[last[:-1] + 1]
    if int(whole.sum()) < _LEAST_ROWS or not np.isfinite(about[-1]).all():
        return None
    made = []
    for window in WINDOWS:
        used = np.flatnonzero(whole)[-window:]
        model = Ridge(alpha=_ALPHA, solver="cholesky").fit(about[:-1][used], target[used])
        made.append(model.predict(about[-1:])[0])
    forecast = level[-1] + unit * np.mean(made, axis=0)
    told: Floats = slope * (forecast + explained[-1])
    return told


def _about(
    pairs: Pairs, rest: Floats, spot: Floats, last: NDArray[np.int64], unit: float
) -> tuple[Floats, Floats]:
    """Level of the rest over two weeks, and what the ridge looks at, one row for each of ``last``.

    The rest in the last three days and on the same weekday, its daily means over two weeks; shape
    and mean of the next day's spot beside those of the days before; the calendar.
    """
    fortnight = np.arange(14)
    daily = rest[last[:, None] - fortnight].mean(axis=2)
    level = daily.mean(axis=1, keepdims=True)
    weeks = rest[last[:, None] + 1 - 7 * np.arange(1, 5)].mean(axis=1)
    own = [rest[last - back] - level for back in range(3)] + [weeks - level, daily - level]
    day, before = spot[last + 1], spot[last]
    mean = day.mean(axis=1, keepdims=True)
    week = spot[last[:, None] - np.arange(7)].mean(axis=(1, 2))[:, None]
    others = [
        _SHAPE_WEIGHT * (day - mean), mean - week, _SHAPE_WEIGHT * (day - before),
        day.std(axis=1, keepdims=True),
    ]  # fmt: skip
    days = pairs.first_day + last
    calendar = np.column_stack(
        [np.eye(7)[weekday(days + 1)], days_off(days + 1, pairs.clock), days_off(days, pairs.clock)]
    )
    return level, np.hstack([np.hstack([*own, *others]) / unit, _DUMMY_WEIGHT * calendar])
