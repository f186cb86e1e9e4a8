"""Seeded randomness that is a pure function of (seed, stream, time).

Noise is drawn per calendar year, each year with its own generator, and smoothed over the years
before it. Any hour therefore has the same value whatever span is asked, in whatever order.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from chocolate_factory.market.calendar import HOUR, Instants
from chocolate_factory.market.series import Floats

_NEGLIGIBLE = 1e-3
_HOURS_A_YEAR = 8784


def white(seed: int, stream: str, block: int, size: int) -> Floats:
    """``size`` independent standard normal values of one block (a year, a model run)."""
    generator = np.random.default_rng([seed, zlib.crc32(stream.encode()), block])
    return generator.standard_normal(size)


def by_hour(seed: int, stream: str, hour: Instants) -> Floats:
    """An independent standard normal value for each full hour (UTC), shape (n,)."""
    drawn = np.empty(hour.shape, dtype=np.float64)
    year = hour.astype("datetime64[Y]")
    for each in np.unique(year):
        of_year = year == each
        since = hour[of_year] - each.astype("datetime64[s]")
        block = int(each.astype(np.int64)) + 1970
        drawn[of_year] = white(seed, stream, block, _HOURS_A_YEAR)[
            since // np.timedelta64(HOUR, "s")
        ]
    return drawn


def persistent(
    seed: int, stream: str, year: int, *, phi: float, steps: Callable[[int], int]
) -> Floats:
    """Stationary AR(1) noise of unit variance for the ``steps(year)`` steps of a year.

    Written as a moving average of white noise (weights ``phi**k``, cut where they fall below a
    thousandth), so that it runs on over New Year without a recursion from an epoch.
    """
    reach = int(np.ceil(np.log(_NEGLIGIBLE) / np.log(phi)))
    weights = phi ** np.arange(reach + 1)
    weights /= np.sqrt((weights**2).sum())
    drawn = white(seed, stream, year, steps(year))
    before = year
    while drawn.size < reach + steps(year):
        before -= 1
        drawn = np.concatenate([white(seed, stream, before, steps(before)), drawn])
    return np.convolve(drawn, weights, mode="valid")[-steps(year) :]
