"""How sure a comparison is: bootstrap intervals and the Diebold–Mariano test.

Forecasts from neighbouring origins err alike: they overlap, and prices stay odd for weeks. Both
methods here take whole origins in their order and allow for that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.series import Floats

RESAMPLES = 2000
LEVEL = 0.95
SEED = 20_250_101
_LEAST_BLOCKS = 4


@dataclass(frozen=True, slots=True)
class Comparison:
    """Diebold–Mariano test of equal accuracy of two models.

    ``statistic`` is below zero if ``model`` errs less than ``other``; ``p_value`` is two-sided.
    ``difference`` is the mean loss of ``model`` minus that of ``other`` [unit of the series].
    """

    model: str
    other: str
    difference: float
    statistic: float
    p_value: float
    origins: int


def diebold_mariano(loss: Floats, other: Floats, *, overlap: int) -> tuple[float, float] | None:
    """Statistic and two-sided p-value for two series of losses, one value for each origin.

    The loss of an origin is the mean absolute error over its whole horizon: the multivariate form
    of Ziel and Weron (Energy Economics 70, 2018). With d the differences of the losses,

        DM = mean(d) / sqrt(LRV(d) / n),  LRV = γ₀ + 2 Σ (1 − k / (L + 1)) γ_k,  k = 1 … L,

    the long-run variance of Newey and West (Econometrica 55, 1987), which cannot be negative, with
    L = max(overlap − 1, ⌊4 (n / 100)^(2/9)⌋); DM is standard normal if both are as accurate
    (Diebold and Mariano, JBES 13, 1995).

    Parameters
    ----------
    loss, other
        Shape (origins,), in order of time.
    overlap
        How many successive origins forecast the same day.

    Returns
    -------
    None if there are too few origins to tell (fewer than twice the lags, or 8), or if the losses
    never differ.
    """
    difference = loss - other
    n = difference.size
    lags = max(overlap - 1, int(4 * (n / 100) ** (2 / 9)))
    if n < max(8, 2 * lags):
        return None
    centred = difference - difference.mean()
    variance = float(centred @ centred) / n
    for lag in range(1, lags + 1):
        weight = 1.0 - lag / (lags + 1)
        variance += 2.0 * weight * float(centred[lag:] @ centred[:-lag]) / n
    if variance <= np.finfo(np.float64).tiny:
        return None
    statistic = float(difference.mean()) / sqrt(variance / n)
    return statistic, erfc(abs(statistic) / sqrt(2.0))


def block_resamples(origins: int, *, block: int) -> NDArray[np.int64] | None:
    """How often each origin is drawn in each resample, shape (RESAMPLES, origins).

    The circular block bootstrap (Politis and Romano, 1992): blocks of ``block`` successive origins,
    each drawn with equal chance, the last cut so that there are as many as before. The same seed
    every time. None if the origins make fewer than four blocks.
    """
    if origins < _LEAST_BLOCKS * block:
        return None
    rng = np.random.default_rng(SEED)
    first = rng.integers(0, origins, size=(RESAMPLES, -(-origins // block)))
    drawn = (first[:, :, None] + np.arange(block)) % origins
    drawn = drawn.reshape(RESAMPLES, -1)[:, :origins]
    rows = np.repeat(np.arange(RESAMPLES), origins)
    count = np.bincount(rows * origins + drawn.ravel(), minlength=RESAMPLES * origins)
    return count.reshape(RESAMPLES, origins)


def interval(
    resamples: NDArray[np.int64] | None, sums: Floats, measure: Callable[[Floats], Floats]
) -> tuple[float, float] | None:
    """The central ``LEVEL`` of a measure over the resamples (percentile interval).

    ``sums`` has shape (origins, k): what each origin adds up to; ``measure`` turns sums over
    origins, shape (resamples, k), into the measure of each resample, NaN where there is none.
    None without resamples, or if the measure is missing in some.
    """
    if resamples is None:
        return None
    values = measure(resamples @ sums)
    if not np.isfinite(values).all():
        return None
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(values, (tail, 1.0 - tail))
    return float(low), float(high)
