"""Delivery periods put together by clock hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.series import Floats


@dataclass(frozen=True, slots=True, eq=False)
class ClockHours:
    """Which of n delivery periods, in order of time, make up each of m clock hours.

    Parameters
    ----------
    first
        The first period of each hour, shape (m,).
    resolution_s
        Length of each period [s], shape (n,).
    length_s
        Length of the periods of each hour together [s], shape (m,): less than an hour where it
        begins or ends within one.
    """

    first: NDArray[np.int64]
    resolution_s: NDArray[np.int64]
    length_s: NDArray[np.int64]

    def mean(self, values: Floats) -> Floats:
        """Time-weighted means by hour of values by period, shape (n,) or (n, k); NaN where one is.

        The mean of a quantile over the quarters of an hour is the hour's quantile if the quarters
        err together, and a little wide otherwise.
        """
        weighted = (values.T * self.resolution_s).T
        means: Floats = (np.add.reduceat(weighted, self.first, axis=0).T / self.length_s).T
        return means

    def whole(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which hours have the flag in all their periods, shape (m,)."""
        return np.asarray(np.logical_and.reduceat(flags, self.first))


def clock_hours(start: Instants, resolution_s: NDArray[np.int64]) -> ClockHours:
    """The clock hours of delivery periods that begin at ``start``, at least one of them."""
    hour = start.astype("datetime64[h]")
    first = np.flatnonzero(np.r_[True, hour[1:] != hour[:-1]])
    return ClockHours(first, resolution_s, np.add.reduceat(resolution_s, first))
