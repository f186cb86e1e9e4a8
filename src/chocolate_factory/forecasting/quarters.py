"""From hours to the delivery periods inside them: the recent shape of prices within the hour."""

from __future__ import annotations

import numpy as np

from chocolate_factory.forecasting.layout import Slots
from chocolate_factory.market.series import Floats

SHAPE_DAYS = 28
LEAST_SHAPE_DAYS = 14


def within_hour_shape(known: Slots, last: int) -> Floats | None:
    """Mean deviation of each slot from its hour, over the newest days up to row ``last``.

    Uses the days among the last ``SHAPE_DAYS`` whose periods are shorter than an hour. Shape
    (WALL_HOURS, slots), in the unit of the series; each hour sums to zero. None if fewer than
    ``LEAST_SHAPE_DAYS`` such days are known: then a slot is as good as its hour.
    """
    rows = np.arange(max(0, last + 1 - SHAPE_DAYS), last + 1)
    rows = rows[known.split[rows] & known.complete[rows]]
    if rows.size < LEAST_SHAPE_DAYS:
        return None
    value = known.value[rows]
    deviation = value - value.mean(axis=2, keepdims=True)
    there = np.isfinite(deviation).all(axis=2)
    total = np.where(there[:, :, None], deviation, 0.0).sum(axis=0)
    shape: Floats = total / np.maximum(there.sum(axis=0), 1)[:, None]
    return shape


def shapes(known: Slots, last: list[int]) -> Floats:
    """``within_hour_shape`` at each row of ``last``, zero where there is none.

    Shape (len(last), WALL_HOURS, slots).
    """
    flat = np.zeros(known.value.shape[1:])
    found = [within_hour_shape(known, row) for row in last]
    return np.stack([flat if shape is None else shape for shape in found])
