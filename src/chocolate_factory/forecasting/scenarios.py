"""Price paths drawn from a forecast's quantiles, with errors that go on for hours and days.

A Gaussian copula: every period has a normal score, and its price is the forecast's quantile of that
score. The scores of two periods are correlated by how far they lie apart,

    r = (1 − w) · a^h + w · b^d

for h hours and d days between them: errors of neighbouring hours are alike, and a day that turns
out dearer than forecast makes dear days likely. w, a and b are measured on past errors
(``dependence_of``). Between quantiles and beyond the outer ones a price is linear in the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.market.calendar import local_days
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.series import QUANTILES, Floats, Forecast

SCORES: Floats = np.array([NormalDist().inv_cdf(level) for level in QUANTILES])
"""Normal scores of the quantile levels."""
HIGHEST_SCORE = 3.5
"""Scores beyond this are taken for it: a forecast says nothing of one day in ten years."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """How errors go on: see the module. ``hour`` is a, ``day`` b, ``share`` w, all in [0, 1)."""

    hour: float = 0.93
    day: float = 0.55
    share: float = 0.35

    def __post_init__(self) -> None:
        if not all(0 <= value < 1 for value in (self.hour, self.day, self.share)):
            raise RequestInvalid("a dependence takes numbers from 0 to below 1")


def draw(
    forecast: Forecast, *, count: int, seed: int, dependence: Dependence | None = None
) -> Floats:
    """``count`` paths of ``forecast``, shape (count, n), in its unit.

    Published periods hold their price in every path; the paths' mean is the forecast's mean. The
    same arguments give the same paths. Prices stay within what is plausible of the series.
    """
    told = dependence or Dependence()
    if count < 1:
        raise RequestInvalid("draw one path or more")
    paths = np.repeat(forecast.mean[None, :], count, axis=0)
    ahead = np.flatnonzero(~forecast.published)
    if not ahead.size:
        return paths
    scores = _scores(forecast, ahead, count, seed, told)
    for column, row in enumerate(ahead):
        paths[:, row] = _price_of(scores[:, column], forecast.quantiles[row])
    paths[:, ahead] += forecast.mean[ahead] - paths[:, ahead].mean(axis=0)
    about = spec(forecast.key)
    kept: Floats = np.clip(paths, about.low, about.high)
    return kept


def score_of(forecast: Forecast, actual: Floats) -> Floats:
    """The normal score of what each period turned out to be, shape (n,); NaN where published."""
    scores = np.full(len(forecast), np.nan)
    for row in np.flatnonzero(~forecast.published):
        knots = forecast.quantiles[row]
        if knots[-1] > knots[0]:
            scores[row] = _linear(actual[row : row + 1], knots, SCORES)[0]
    kept: Floats = np.clip(scores, -HIGHEST_SCORE, HIGHEST_SCORE)
    return kept


def dependence_of(past: Sequence[tuple[Forecast, Floats]]) -> Dependence:
    """The dependence that past forecasts and what they turned out to be show.

    Raises ``RequestInvalid`` if they hold no errors an hour and one and two days apart.
    """
    near, day, two_days = (_correlation(past, hours) for hours in (1, 24, 48))
    if near is None or day is None or two_days is None:
        raise RequestInvalid("too few past forecasts to tell how their errors go on")
    kept = float(np.clip(two_days / day if day > 0.02 else 0.0, 0.05, 0.95))
    share = float(np.clip(day / kept, 0.0, 0.9))
    hour = float(np.clip((near - share) / (1 - share), 0.0, 0.99))
    return Dependence(hour=hour, day=kept, share=share)


def _scores(
    forecast: Forecast, ahead: np.ndarray, count: int, seed: int, told: Dependence
) -> Floats:
    """Correlated normal scores, shape (count, ahead)."""
    rng = np.random.default_rng(seed)
    start = forecast.start[ahead]
    days, which = np.unique(local_days(start), return_inverse=True)
    gap_d = np.diff(days).astype(np.int64)
    by_day = _chain(rng.standard_normal((count, days.size)), told.day**gap_d)
    gap_h = np.diff(start).astype(np.int64) / 3600
    by_hour = _chain(rng.standard_normal((count, ahead.size)), told.hour**gap_h)
    scores: Floats = np.sqrt(told.share) * by_day[:, which] + np.sqrt(1 - told.share) * by_hour
    return np.clip(scores, -HIGHEST_SCORE, HIGHEST_SCORE)


def _chain(noise: Floats, kept: NDArray[np.floating[Any]]) -> Floats:
    """A stationary chain in which each value keeps so much of the one before, along axis 1."""
    chain = noise.copy()
    for at, share in enumerate(kept, start=1):
        chain[:, at] = share * chain[:, at - 1] + np.sqrt(1 - share**2) * noise[:, at]
    return chain


def _price_of(scores: Floats, quantiles: Floats) -> Floats:
    return _linear(scores, SCORES, quantiles)


def _linear(x: Floats, knots: Floats, values: Floats) -> Floats:
    """Piecewise linear through the knots, going on as between the outer two beyond them."""
    inside = np.interp(x, knots, values)
    low = x < knots[0]
    high = x > knots[-1]
    if low.any() and knots[1] > knots[0]:
        slope = (values[1] - values[0]) / (knots[1] - knots[0])
        inside[low] = values[0] + slope * (x[low] - knots[0])
    if high.any() and knots[-1] > knots[-2]:
        slope = (values[-1] - values[-2]) / (knots[-1] - knots[-2])
        inside[high] = values[-1] + slope * (x[high] - knots[-1])
    return inside


def _correlation(past: Sequence[tuple[Forecast, Floats]], hours: int) -> float | None:
    """Correlation of the scores of periods so many hours apart, over all past forecasts."""
    ones, others = [], []
    for forecast, actual in past:
        scores = score_of(forecast, actual)
        later = forecast.start + np.timedelta64(hours, "h")
        at = np.searchsorted(forecast.start, later)
        there = (at < len(forecast)) & (forecast.start[np.minimum(at, len(forecast) - 1)] == later)
        first, second = scores[there], scores[at[there]]
        both = np.isfinite(first) & np.isfinite(second)
        ones.append(first[both])
        others.append(second[both])
    first, second = np.concatenate(ones or [[]]), np.concatenate(others or [[]])
    if first.size < 100 or first.std() == 0 or second.std() == 0:
        return None
    return float(np.corrcoef(first, second)[0, 1])
