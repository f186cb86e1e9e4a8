"""From tomorrow's day-ahead price to tomorrow's price: what a price becomes once its spot is known.

PVPC is the day-ahead price of the hour, with losses, plus adjustment services, fees and tolls; from
2024 a basket of futures takes a share of the day-ahead price's daily mean (Real Decreto 446/2023:
25 % in 2024, 40 % in 2025, 55 % from 2026). So its shape within the day follows the spot closely,
its daily mean less so, and both relations are learned from the newest weeks. A day so estimated
then serves as the newest known day for the days after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chocolate_factory.forecasting.columns import SPOT
from chocolate_factory.forecasting.features import regulated_step
from chocolate_factory.forecasting.inputs import KnownInput
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.model import Fitted, Known, Model
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import Floats, SeriesKey

WINDOW_DAYS = 28
HALF_LIFE_DAYS = 4.0
LEAST_DAYS = 10
_BASKET_SHARE = ((np.datetime64("2026-01-01"), 0.55), (np.datetime64("2025-01-01"), 0.40),
                 (np.datetime64("2024-01-01"), 0.25))  # fmt: skip
_PRIOR_WEIGHT = 0.15
"""Of the level's prior slope, relative to the spread of the spot's daily means over the window."""


@dataclass(frozen=True, slots=True)
class BridgedBySpot:
    """A model that starts from tomorrow as the day-ahead price tells it, where that is known.

    Without a column named ``spot``, or with one that is not known ahead, it is ``inner`` itself.
    """

    inner: Model

    @property
    def name(self) -> str:
        """That of the inner model."""
        return self.inner.name

    @property
    def needs_days(self) -> int:
        """Those of the inner model."""
        return self.inner.needs_days

    @property
    def refit_days(self) -> int:
        """Those of the inner model."""
        return self.inner.refit_days

    def fit(self, known: Known, leads: int) -> FittedBridge:
        """Fit the inner model for the days after those that the spot price reaches."""
        ahead = _days_ahead(known)
        return FittedBridge(self.inner.fit(_shortened(known, ahead), leads))


@dataclass(frozen=True, slots=True)
class FittedBridge:
    """The inner model, fitted."""

    inner: Fitted

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``: the days that the spot price tells, then the inner model."""
        told = told_by_spot(known)[:leads]
        rest = leads - len(told)
        if not rest:
            return told
        later = self.inner.predict(_extended(_shortened(known, _days_ahead(known)), told), rest)
        return np.vstack([told, later])


def told_by_spot(known: Known) -> Floats:
    """The price of the days after the last known one that the spot price is known for.

    Shape (days, WALL_HOURS), unit of the price; no rows where the newest weeks tell too little.
    """
    nothing = np.empty((0, WALL_HOURS))
    ahead = _days_ahead(known)
    if not ahead:
        return nothing
    recent = known.newest(WINDOW_DAYS)
    spot = recent.inputs[SPOT].value
    days = recent.first_day + np.arange(len(recent) + ahead)
    step = regulated_step(recent.key, days)
    market = recent.price - step[: len(recent)]
    both = np.asarray(np.isfinite(np.hstack([market, spot[: len(recent)]])).all(axis=1))
    if int(both.sum()) < LEAST_DAYS:
        return nothing
    age = np.flatnonzero(both[::-1])[::-1]
    weight = 0.5 ** (age / HALF_LIFE_DAYS)
    weight /= weight.sum()
    told = []
    for lead in range(1, ahead + 1):
        day = spot[len(recent) + lead - 1]
        if not np.isfinite(day).all():
            break
        keeps = 1.0 - _basket_share(recent.key, days[len(recent) + lead - 1])
        told.append(_price(day, spot[: len(recent)][both], market[both], weight, keeps=keeps))
    return np.array(told).reshape(-1, WALL_HOURS) + step[len(recent) : len(recent) + len(told)]


def _price(day: Floats, spot: Floats, price: Floats, weight: Floats, *, keeps: float) -> Floats:
    """The price of a day with spot ``day``, by its mean and its shape.

    Both are regressed on those of the spot, days weighted by ``weight``. The slope of the mean is
    drawn towards the slope of the shape times ``keeps``, what the basket leaves of it.
    """
    spot_mean, price_mean = spot.mean(axis=1), price.mean(axis=1)
    spot_shape, price_shape = spot - spot_mean[:, None], price - price_mean[:, None]
    usual_spot, usual_price = weight @ spot_shape, weight @ price_shape
    moved = spot_shape - usual_spot
    shape_slope = _slope(weight, moved, price_shape - usual_price)
    around = (spot_mean - weight @ spot_mean)[:, None]
    typical = float(np.var(spot_mean)) * _PRIOR_WEIGHT
    mean_slope = _slope(
        weight, around, (price_mean - weight @ price_mean)[:, None],
        prior=shape_slope * keeps, prior_weight=typical,
    )  # fmt: skip
    mean = weight @ price_mean + mean_slope * (day.mean() - weight @ spot_mean)
    shape = usual_price + shape_slope * (day - day.mean() - usual_spot)
    told: Floats = mean + shape
    return told


def _slope(
    weight: Floats, x: Floats, y: Floats, *, prior: float = 0.0, prior_weight: float = 0.0
) -> float:
    """Least squares through the origin, drawn towards ``prior``; that one if ``x`` never moves."""
    squares = float(weight @ np.square(x).sum(axis=1)) + prior_weight
    products = float(weight @ (x * y).sum(axis=1)) + prior_weight * prior
    return products / squares if squares > 0 else prior


def _basket_share(key: SeriesKey, day: np.datetime64) -> float:
    if key.name != PVPC.name:
        return 0.0
    return next((share for since, share in _BASKET_SHARE if day >= since), 0.0)


def _days_ahead(known: Known) -> int:
    column = known.inputs.get(SPOT)
    return 0 if column is None else column.lead_h // WALL_HOURS


def _shortened(known: Known, days: int) -> Known:
    """What remains known ahead of the day ``days`` after the last one."""
    inputs = {
        name: KnownInput(max(0, column.lead_h - days * WALL_HOURS), column.value)
        for name, column in known.inputs.items()
        if name != SPOT
    }
    return replace(known, inputs=inputs)


def _extended(known: Known, days: Floats) -> Known:
    """The same with ``days`` as its newest days."""
    rows = len(known) + len(days)
    inputs = {}
    for name, column in known.inputs.items():
        lacking = max(0, rows + column.lead_days - len(column.value))
        unknown = np.full((lacking, WALL_HOURS), np.nan)
        inputs[name] = KnownInput(column.lead_h, np.vstack([column.value, unknown]))
    return replace(known, price=np.vstack([known.price, days]), inputs=inputs)
