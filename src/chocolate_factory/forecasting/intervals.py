"""Adaptive conformal quantiles: how wrong earlier forecasts were, by lead day and block of hours.

The errors of past forecasts, each divided by how restless prices had been at its origin, are pooled
by lead day and block of the day. A quantile is the forecast plus an empirical quantile of the pool,
times how restless prices are now. Which one adapts: after every outcome the level read from the
pool moves by ``STEP`` times the difference between the level wanted and the share of hours that
came below (Gibbs and Candès, NeurIPS 2021): bands that were too narrow of late become wider. Levels
are corrected for the size of the pool (position level · (n + 1), as in split-conformal prediction).
Outcomes that were not known at the origin are never used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.layout import WALL_HOURS, nan_mean
from chocolate_factory.market.series import QUANTILES, Floats

BLOCKS = 6
"""Blocks of the day, equal in length."""
CALIBRATION_ORIGINS = 300
LEAST_ORIGINS = 28
"""Past origins whose outcome must be known at every lead day."""
STEP = 0.02
"""How fast levels adapt, chosen on 2023 and 2024."""
ADAPTING_ORIGINS = 90
"""Origins before the first one asked for over which levels adapt."""

_LEVELS = np.array(QUANTILES)
_OUTERMOST = 0.002
_RECENT_DAYS = 14
_WEEK = 7


@dataclass(frozen=True, slots=True, eq=False)
class PastErrors:
    """Errors of one model's past forecasts in units of the restlessness at their origins.

    Parameters
    ----------
    model
        Whose they are, for the error text.
    rows
        Last known day of each origin, increasing, shape (origins,).
    scaled
        Actual minus forecast over restlessness, oldest first, shape (origins, leads, WALL_HOURS,
        slots); NaN where the outcome is not known or there is no such period.
    """

    model: str
    rows: NDArray[np.int64]
    scaled: Floats

    def quantiles(self, first: int) -> Floats:
        """Quantiles of the errors to come at every origin from the ``first``-th on.

        Shape (origins − first, leads, WALL_HOURS, len(QUANTILES)), non-decreasing along the last
        axis, in units of restlessness. The outcomes used at an origin are those of days up to its
        last known one.

        Raises
        ------
        ModelNotFitted
            If fewer than ``LEAST_ORIGINS`` origins have a known outcome at some lead day.
        """
        origins, leads = self.scaled.shape[:2]
        made = np.full((origins - first, leads, BLOCKS, len(QUANTILES)), np.nan)
        for lead in range(leads):
            made[:, lead] = self._of_lead(lead, first)
        return np.repeat(made, WALL_HOURS // BLOCKS, axis=2)

    def _of_lead(self, lead: int, first: int) -> Floats:
        origins = len(self.rows)
        error = self.scaled[:, lead].reshape(origins, BLOCKS, -1)
        there = np.asarray(np.isfinite(error).any(axis=(1, 2)))
        made = np.full((origins, BLOCKS, len(QUANTILES)), np.nan)
        level = np.tile(_LEVELS, (BLOCKS, 1))
        learned = 0
        for origin in range(max(0, first - ADAPTING_ORIGINS), origins):
            outcome = self.rows[:origin] + lead + 1 <= self.rows[origin]
            known = np.flatnonzero(there[:origin] & outcome)
            if known.size < LEAST_ORIGINS:
                if origin < first:
                    continue
                raise ModelNotFitted(
                    f"{self.model}: {known.size} past forecasts {lead + 1} days ahead can be "
                    f"compared with what came, its intervals need {LEAST_ORIGINS}: import or "
                    "ingest more history"
                )
            for past in known[known >= learned]:
                level = _adapted(level, error[past], made[past])
            learned = int(known[-1]) + 1
            made[origin] = _read(error[known[-CALIBRATION_ORIGINS:]], level)
        return made[first:]


def _adapted(level: Floats, outcome: Floats, told: Floats) -> Floats:
    """Levels after one more day: ``outcome`` (BLOCKS, n), ``told`` (BLOCKS, len(QUANTILES))."""
    there = np.isfinite(outcome)
    if not np.isfinite(told).all():
        return level
    below = ((outcome[:, :, None] <= told[:, None, :]) & there[:, :, None]).sum(axis=1)
    count = there.sum(axis=1)[:, None]
    missed = _LEVELS - below / np.maximum(count, 1)
    return np.clip(level + STEP * np.where(count > 0, missed, 0.0), _OUTERMOST, 1 - _OUTERMOST)


def _read(pool: Floats, level: Floats) -> Floats:
    """Quantiles of each block's errors (origins, BLOCKS, n) at its levels (BLOCKS, levels)."""
    ordered = np.sort(pool.transpose(1, 0, 2).reshape(BLOCKS, -1), axis=1)
    count = np.isfinite(ordered).sum(axis=1)[:, None]
    place = np.clip(level * (count + 1) - 1, 0, np.maximum(count - 1, 0))
    low = place.astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    rows = np.arange(BLOCKS)[:, None]
    between = ordered[rows, low] + (place - low) * (ordered[rows, high] - ordered[rows, low])
    return np.sort(between, axis=1)


def restlessness(price: Floats, rows: NDArray[np.int64]) -> Floats:
    """How much hourly prices had moved up to each row: a positive scale for errors, shape (rows,).

    The geometric mean of two [unit of the price], both over the last two weeks: the mean absolute
    deviation, and the mean absolute change against the same hour a week before. Days may differ
    widely hour by hour and yet be easy to tell from the last week, or the other way round. At least
    a twentieth of the deviation of the last thirteen weeks, since two flat weeks promise nothing
    about the next.
    """
    padded = np.vstack([np.full((_WEEK, price.shape[1]), np.nan), price])
    change = nan_mean(_newest(np.abs(price - padded[: len(price)]), rows, _RECENT_DAYS), axis=1)
    longer = _deviation(_newest(price, rows, days=91))
    recent = _deviation(_newest(price, rows, _RECENT_DAYS))
    moved = np.sqrt(recent * np.where(np.isfinite(change), change, recent))
    return np.maximum(np.maximum(moved, longer / 20), np.finfo(np.float64).eps)


def _newest(price: Floats, rows: NDArray[np.int64], days: int) -> Floats:
    """All prices of so many days up to each row, NaN before the first: shape (rows, prices)."""
    padded = np.vstack([np.full((days - 1, price.shape[1]), np.nan), price])
    windows = np.lib.stride_tricks.sliding_window_view(padded, days, axis=0)[rows]
    return windows.reshape(rows.size, -1)


def _deviation(prices: Floats) -> Floats:
    """Mean absolute deviation of each row, shape (rows,)."""
    return nan_mean(np.abs(prices - nan_mean(prices, axis=1)[:, None]), axis=1)
