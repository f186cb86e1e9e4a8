"""What every forecasting model is: fitted on what is known, then asked for the days after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.foretold import KnownColumn, grown
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.series import Floats, SeriesKey


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Everything a model may look at: hourly prices by delivery day, up to the last known one.

    Parameters
    ----------
    key
        The target series.
    first_day
        Delivery day of row 0, ``datetime64[D]``.
    price
        Mean price of each wall-clock hour, in the unit of the series, shape (days, WALL_HOURS).
        NaN where unknown and where the day has no such hour; the repeated hour of a 25-hour day is
        the mean of its two. The last row is a complete day. Nothing after it is in here.
    inputs
        Exogenous columns by name on the same rows, reaching beyond the last one as far as they were
        known when that was the last known day: see ``KnownInput`` and ``KnownForetold``.
    clock
        Whose days and hours these are.
    """

    key: SeriesKey
    first_day: np.datetime64
    price: Floats
    inputs: Mapping[str, KnownColumn] = field(default_factory=dict)
    clock: Clock = MADRID_CLOCK

    def __len__(self) -> int:
        return int(self.price.shape[0])

    @property
    def days(self) -> NDArray[np.datetime64]:
        """Delivery day of each row, ``datetime64[D]``."""
        days: NDArray[np.datetime64] = self.first_day + np.arange(len(self))
        return days

    def until(self, row: int) -> Known:
        """What was known when ``row`` was the last known day."""
        inputs = {
            name: column.until(row)
            for name, column in self.inputs.items()
            if row >= column.since_row
        }
        return Known(self.key, self.first_day, self.price[: row + 1], inputs, self.clock)

    def grown(self) -> Known:
        """Without the columns that are too young to learn from: see ``foretold``."""
        return Known(self.key, self.first_day, self.price, grown(self.inputs), self.clock)

    def newest(self, days: int) -> Known:
        """The newest ``days`` rows, or all if there are fewer."""
        skip = max(0, len(self) - days)
        first_day = self.first_day + np.timedelta64(skip, "D")
        inputs = {name: column.skip(skip) for name, column in self.inputs.items()}
        return Known(self.key, first_day, self.price[skip:], inputs, self.clock)


class Fitted(Protocol):
    """A model after fitting; good for any later day until it is fitted again."""

    def predict(self, known: Known, leads: int) -> Floats:
        """Price of every wall-clock hour of the ``leads`` days after the last row of ``known``.

        Shape (leads, WALL_HOURS), unit of the series. ``leads`` is at most what it was fitted for.
        """
        ...


class Model(Protocol):
    """A way to forecast; holds settings, never data."""

    @property
    def name(self) -> str:
        """What it is called in requests and results."""
        ...

    @property
    def needs_days(self) -> int:
        """Complete days of history below which ``fit`` raises."""
        ...

    @property
    def refit_days(self) -> int:
        """Days for which one fit is as good as a new one."""
        ...

    def fit(self, known: Known, leads: int) -> Fitted:
        """Learn to forecast the 1st … ``leads``-th day after the last row of ``known``.

        Raises ``ModelNotFitted`` if ``known`` is too short, or says nothing to this model.
        """
        ...


def known_days(price: Floats) -> NDArray[np.bool_]:
    """Which rows of a price matrix hold any value, shape (days,)."""
    return np.asarray(np.isfinite(price).any(axis=1))
