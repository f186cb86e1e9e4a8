"""How good forecasts were. Pure functions of arrays; errors and prices in the unit of the series.

Absolute measures only: prices pass through zero, where percentages mean nothing.
"""

from __future__ import annotations

import numpy as np

from chocolate_factory.market.series import QUANTILES, Floats


def mae(error: Floats) -> float:
    """Mean absolute error: mean(\\|e\\|)."""
    return float(np.abs(error).mean())


def rmse(error: Floats) -> float:
    """Root mean squared error: sqrt(mean(e²))."""
    return float(np.sqrt(np.square(error).mean()))


def rmae(error: Floats, naive_error: Floats) -> float | None:
    """MAE divided by that of the seasonal naive on the same periods; None if the naive is exact."""
    yardstick = mae(naive_error)
    return mae(error) / yardstick if yardstick > 0 else None


def coverage(actual: Floats, low: Floats, high: Floats) -> float:
    """Share of actual values in [low, high]."""
    return float(((actual >= low) & (actual <= high)).mean())


def pinball(actual: Floats, quantiles: Floats) -> Floats:
    """Pinball loss max(τ(y − q), (τ − 1)(y − q)) of each quantile, shape (n, len(QUANTILES)).

    ``actual`` has shape (n,), ``quantiles`` (n, len(QUANTILES)), levels τ as in ``QUANTILES``.
    """
    level = np.array(QUANTILES)
    short = actual[:, None] - quantiles
    loss: Floats = np.maximum(level * short, (level - 1.0) * short)
    return loss


def crps(actual: Floats, quantiles: Floats) -> float:
    """Mean continuous ranked probability score, estimated from the quantiles.

    CRPS = 2 ∫ pinball_τ dτ over τ in (0, 1) (Gneiting and Raftery, JASA 102, 2007), by the
    trapezoidal rule on the levels of ``QUANTILES`` with zero loss at τ = 0 and τ = 1.
    """
    level = np.array((0.0, *QUANTILES, 1.0))
    width = (level[2:] - level[:-2]) / 2.0
    return float(2.0 * (pinball(actual, quantiles) @ width).mean())
