"""From tomorrow's day-ahead price to tomorrow's price: what a price becomes once its spot is known.

PVPC is the day-ahead price of the hour, with losses, plus adjustment services, fees and tolls; from
2024 a basket of futures takes a share of the day-ahead price's daily mean (Real Decreto 446/2023:
25 % in 2024, 40 % in 2025, 55 % from 2026). So its shape within the day follows the spot closely,
its daily mean less so, and both relations are learned from the newest weeks. A day so estimated
then serves as the newest known day for the days after it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from chocolate_factory.forecasting.basket import basket_share
from chocolate_factory.forecasting.columns import SPOT
from chocolate_factory.forecasting.features import regulated_step
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.model import Fitted, Known, Model
from chocolate_factory.forecasting.relation import (
    MEMORY_DAYS,
    WINDOWS,
    Estimate,
    Pairs,
    Told,
    price_told,
)
from chocolate_factory.market.series import Floats

_PAIRS_DAYS = max(WINDOWS) + 2 * MEMORY_DAYS
_REMEMBERED = 4096
_told: dict[bytes, Told | None] = {}
"""What ``price_told`` said of the newest inputs, by their content: every part of a blend asks."""


@dataclass(frozen=True, slots=True)
class BridgedBySpot:
    """A model that starts from tomorrow as the day-ahead price tells it, where that is known.

    Without a column named ``spot``, or with one that is not known ahead, it is ``inner`` itself.
    ``says`` is the estimate that it gives as its own forecast of the day so told; the days after
    always start from both. So a blend of several learns from the past which estimate to follow.
    """

    inner: Model
    says: Estimate = "both"

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
        return FittedBridge(self.inner.fit(_shortened(known, ahead), leads), self.says)


@dataclass(frozen=True, slots=True)
class FittedBridge:
    """The inner model, fitted, and the estimate it says."""

    inner: Fitted
    says: Estimate = "both"

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``: the days that the spot price tells, then the inner model."""
        told, said = told_by_spot(known, self.says)
        told, said = told[:leads], said[:leads]
        rest = leads - len(told)
        if not rest:
            return said
        later = self.inner.predict(_extended(_shortened(known, _days_ahead(known)), told), rest)
        return np.vstack([said, later])


def told_by_spot(known: Known, says: Estimate = "both") -> tuple[Floats, Floats]:
    """The price of the days after the last known one that the spot price is known for.

    By both estimates, and by the one called ``says``: each of shape (days, WALL_HOURS), unit of the
    price; no rows where the newest weeks tell too little.
    """
    ahead = _days_ahead(known)
    if not ahead:
        return np.empty((0, WALL_HOURS)), np.empty((0, WALL_HOURS))
    recent = known.newest(_PAIRS_DAYS)
    spot = recent.inputs[SPOT].value
    days = recent.first_day + np.arange(len(recent) + ahead)
    step = regulated_step(recent.key, days)
    keeps = 1.0 - basket_share(recent.key, days)
    price = recent.price - step[: len(recent)]
    said = np.empty((0, WALL_HOURS))
    for lead in range(1, ahead + 1):
        until = len(recent) + lead
        pairs = Pairs(recent.first_day, recent.clock, price, spot[:until], keeps[:until])
        day = _remembered(pairs)
        if day is None:
            break
        price = np.vstack([price, day.by("both")])
        said = np.vstack([said, day.by(says)])
    again = step[len(recent) : len(price)]
    return price[len(recent) :] + again, said + again


def _remembered(pairs: Pairs) -> Told | None:
    digest = hashlib.blake2b(f"{pairs.first_day} {pairs.clock}".encode(), digest_size=16)
    for part in (pairs.price, pairs.spot, pairs.keeps):
        digest.update(np.ascontiguousarray(part).tobytes())
    content = digest.digest()
    if content not in _told:
        while len(_told) >= _REMEMBERED:
            _told.pop(next(iter(_told)))
        _told[content] = price_told(pairs)
    return _told[content]


def _days_ahead(known: Known) -> int:
    column = known.inputs.get(SPOT)
    return 0 if column is None else column.lead_h // WALL_HOURS


def _shortened(known: Known, days: int) -> Known:
    """What remains known ahead of the day ``days`` after the last one."""
    inputs = {name: one.nearer(days) for name, one in known.inputs.items() if name != SPOT}
    return replace(known, inputs=inputs)


def _extended(known: Known, days: Floats) -> Known:
    """The same with ``days`` as its newest days."""
    return replace(known, price=np.vstack([known.price, days]))
