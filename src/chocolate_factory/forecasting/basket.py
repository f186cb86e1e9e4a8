"""The basket of futures in PVPC: how far its daily mean follows the day-ahead price.

Since 2024 a share of the energy in PVPC is priced by a basket of futures instead of the day's mean
day-ahead price (Real Decreto 446/2023: 25 % in 2024, 40 % in 2025, 55 % from 2026), and the shape
within the day still follows the day-ahead price in full. So daily means move less from year to
year while shapes do not, and days of other years are put on the share in force before they are
learned from. Dates and shares are public long before they apply.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.layout import filled, nan_mean
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import Floats, SeriesKey

_SHARES = (("2024-01-01", 0.25), ("2025-01-01", 0.40), ("2026-01-01", 0.55))
_SLOW_DAYS = 28


def basket_share(key: SeriesKey, days: NDArray[np.datetime64]) -> Floats:
    """Share of the basket on each day, shape (days,); zero for every series but PVPC."""
    share = np.zeros(days.size)
    if key.name == PVPC.name:
        for since, of_basket in _SHARES:
            share[days >= np.datetime64(since)] = of_basket
    return share


def on_the_share_of(
    day: np.datetime64, market: Floats, key: SeriesKey, first_day: np.datetime64
) -> Floats:
    """Past days as they would have been under the basket's share on ``day``.

    The distance of each daily mean to that of the four weeks up to it is stretched by the ratio of
    what the two shares leave to the day-ahead price. ``market`` has shape (days, WALL_HOURS).
    """
    days = first_day + np.arange(len(market))
    stretch = (1.0 - basket_share(key, np.array([day]))) / (1.0 - basket_share(key, days))
    if (stretch == 1.0).all():
        return market
    means = nan_mean(filled(market, first_day), axis=1)
    padded = np.concatenate([np.full(_SLOW_DAYS - 1, np.nan), means])
    slow = nan_mean(np.lib.stride_tricks.sliding_window_view(padded, _SLOW_DAYS), axis=1)
    moved: Floats = market + ((means - slow) * (stretch - 1.0))[:, None]
    return moved
