"""Split-conformal quantiles: how wrong earlier forecasts were, by lead day and block of hours.

The errors of past forecasts from earlier origins, each divided by how restless prices had been at
its origin, are pooled by lead day and block of the day. A quantile is the forecast plus the pool's
empirical quantile, times how restless prices are now. Levels are corrected for the size of the pool
(position level × (n + 1), as in split-conformal prediction). Errors that were not known at the
origin are never in the pool.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.market.series import QUANTILES, Floats

BLOCKS = 6
"""Blocks of the day, equal in length."""
CALIBRATION_ORIGINS = 150
LEAST_ORIGINS = 28
"""Past origins whose outcome must be known at every lead day."""


def error_quantiles(error: Floats, *, model: str) -> Floats:
    """Quantiles of past errors.

    Parameters
    ----------
    error
        Actual minus forecast of past origins, oldest first, shape (origins, leads, WALL_HOURS,
        slots); NaN where the outcome is not known or there is no such period.
    model
        Whose errors they are, for the error text.

    Returns
    -------
    Shape (leads, WALL_HOURS, len(QUANTILES)), non-decreasing along the last axis.

    Raises
    ------
    ModelNotFitted
        If fewer than ``LEAST_ORIGINS`` origins have a known outcome at some lead day.
    """
    leads = error.shape[1]
    result = np.empty((leads, WALL_HOURS, len(QUANTILES)))
    hours = np.array_split(np.arange(WALL_HOURS), BLOCKS)
    for lead in range(leads):
        known = np.isfinite(error[:, lead]).any(axis=(1, 2))
        if int(known.sum()) < LEAST_ORIGINS:
            raise ModelNotFitted(
                f"{model}: {int(known.sum())} past forecasts {lead + 1} days ahead can be compared "
                f"with what came, its intervals need {LEAST_ORIGINS}: import or ingest more history"
            )
        newest = error[np.flatnonzero(known)[-CALIBRATION_ORIGINS:], lead]
        for block in hours:
            pool = newest[:, block]
            result[lead, block] = np.quantile(pool[np.isfinite(pool)], QUANTILES, method="weibull")
    return result


def restlessness(price: Floats, rows: NDArray[np.int64]) -> Floats:
    """How much hourly prices had moved up to each row: a positive scale for errors, shape (rows,).

    The mean absolute deviation of the last two weeks [unit of the price]; at least a twentieth of
    that of the last thirteen, since two flat weeks promise nothing about the next.
    """
    recent = _deviation(price, rows, days=14)
    longer = _deviation(price, rows, days=91)
    return np.maximum(np.maximum(recent, longer / 20), np.finfo(np.float64).eps)


def _deviation(price: Floats, rows: NDArray[np.int64], *, days: int) -> Floats:
    result = np.empty(rows.size)
    for i, row in enumerate(rows):
        recent = price[max(0, row + 1 - days) : row + 1]
        result[i] = np.nanmean(np.abs(recent - np.nanmean(recent)))
    return result
