"""How good forecasts were. Pure functions of arrays; errors and prices in the unit of the series.

Absolute measures only: prices pass through zero, where percentages mean nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.series import QUANTILES, Floats

CHEAPEST_HOURS = 6
"""Hours of a day in which the energy of the decision value is used."""


def mean(values: Floats | NDArray[np.bool_], hours: Floats | None = None) -> float:
    """Mean over time of what was measured of each period, shape (n,).

    ``hours``: how long each lasts, shape (n,); None where all last alike.
    """
    return float(np.average(values, weights=hours))


def mae(error: Floats, hours: Floats | None = None) -> float:
    """Mean absolute error: mean(\\|e\\|)."""
    return mean(np.abs(error), hours)


def rmse(error: Floats, hours: Floats | None = None) -> float:
    """Root mean squared error: sqrt(mean(e²))."""
    return float(np.sqrt(mean(np.square(error), hours)))


def rmae(error: Floats, naive_error: Floats, hours: Floats | None = None) -> float | None:
    """MAE divided by that of the seasonal naive on the same periods; None if the naive is exact."""
    yardstick = mae(naive_error, hours)
    return mae(error, hours) / yardstick if yardstick > 0 else None


def r2(error: Floats, actual: Floats, hours: Floats | None = None) -> float | None:
    """Share of the variance explained: 1 − mean e² / mean (y − mean y)²; None if the price never
    moves."""
    variation = mean(np.square(actual - mean(actual, hours)), hours)
    return 1.0 - mean(np.square(error), hours) / variation if variation > 0 else None


def coverage(actual: Floats, low: Floats, high: Floats, hours: Floats | None = None) -> float:
    """Share of actual values in [low, high]."""
    return mean((actual >= low) & (actual <= high), hours)


def pinball(actual: Floats, quantiles: Floats) -> Floats:
    """Pinball loss max(τ(y − q), (τ − 1)(y − q)) of each quantile, shape (n, len(QUANTILES)).

    ``actual`` has shape (n,), ``quantiles`` (n, len(QUANTILES)), levels τ as in ``QUANTILES``.
    """
    level = np.array(QUANTILES)
    short = actual[:, None] - quantiles
    loss: Floats = np.maximum(level * short, (level - 1.0) * short)
    return loss


def crps(actual: Floats, quantiles: Floats, hours: Floats | None = None) -> float:
    """Mean continuous ranked probability score, estimated from the quantiles: see ``crps_each``."""
    return mean(crps_each(actual, quantiles), hours)


def crps_each(actual: Floats, quantiles: Floats) -> Floats:
    """Continuous ranked probability score of each period, estimated from its quantiles, shape (n,).

    CRPS = 2 ∫ pinball_τ dτ over τ in (0, 1) (Gneiting and Raftery, JASA 102, 2007), by the
    trapezoidal rule on the levels of ``QUANTILES`` with zero loss at τ = 0 and τ = 1.
    """
    level = np.array((0.0, *QUANTILES, 1.0))
    width = (level[2:] - level[:-2]) / 2.0
    score: Floats = 2.0 * (pinball(actual, quantiles) @ width)
    return score


def cheapest_hours_saving(actual: Floats, forecast: Floats) -> tuple[float, float]:
    """What the ``CHEAPEST_HOURS`` that seem cheapest save in a day, and what the cheapest would.

    ``actual`` and ``forecast`` are the prices of all hours of one day, shape (hours,). Savings are
    per unit of energy, against using it evenly over the day. Of hours forecast alike the earlier is
    taken.
    """
    even = float(actual.mean())
    chosen = np.argsort(forecast, kind="stable")[:CHEAPEST_HOURS]
    best = np.sort(actual)[:CHEAPEST_HOURS]
    return even - float(actual[chosen].mean()), even - float(best.mean())
