"""What a source forecast of a series on one day after the other: the vintages of its forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.series import Floats, SeriesKey

TOLD_EVERY = timedelta(hours=24)
"""Vintages are counted back from an instant in steps of this, whatever clocks do meanwhile."""


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """Forecasts of one series by one source, as they stood at an instant and on the days before it.

    A value holds from ``days_before`` whole days before ``as_of`` (24 hours each) until the next
    newer one of its delivery period, if there is one.

    Parameters
    ----------
    key, source
        Which series, and who forecast it.
    as_of
        The instant that days are counted from. Nothing known later is in here.
    start
        Delivery starts, UTC, ascending, each as often as it has values; shape (n,).
    days_before
        How long before ``as_of`` the value was known, in whole days, rounded down: descending
        within a start, none twice; shape (n,).
    value
        In the unit of the series' entry in ``market.catalog``, shape (n,).

    Raises
    ------
    SeriesInvalid
        If shapes differ, or a value is said to be known after ``as_of``.
    """

    key: SeriesKey
    source: str
    as_of: datetime
    start: Instants
    days_before: NDArray[np.int64]
    value: Floats

    def __post_init__(self) -> None:
        if not self.start.shape == self.days_before.shape == self.value.shape:
            raise SeriesInvalid(f"forecasts of {self.key}: arrays of different lengths")
        if (self.days_before < 0).any():
            raise SeriesInvalid(f"forecasts of {self.key}: a value is known after {self.as_of}")

    def __len__(self) -> int:
        return int(self.start.size)
