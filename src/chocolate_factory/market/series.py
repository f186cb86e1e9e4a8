"""Values with their time, unit, source and the moment they became known; checked once, here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import Instants, to_datetime, to_datetime64

Floats = NDArray[np.float64]

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""Quantile levels of every forecast, lowest first."""

SIMULATED_PREFIX = "simulation:"


class Kind(StrEnum):
    """How a value is known."""

    PUBLISHED = "published"
    MEASURED = "measured"
    ANALYSED = "analysed"  # a weather model's account of the past
    FORECAST = "forecast"
    IMPUTED = "imputed"


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """What is measured, and where: ``SeriesKey("pvpc", "peninsula")``."""

    name: str
    place: str

    def __str__(self) -> str:
        return f"{self.name}@{self.place}"


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """A batch of values of one series from one source: what a parser returns, a store appends.

    Parameters
    ----------
    key, source, kind
        Which series, who said it (``ree``, ``omie``, ``simulation:ree``), how it is known.
    start
        Delivery starts, UTC, shape (n,), strictly increasing.
    resolution_s
        Length of each delivery period [s], shape (n,).
    value
        Values in the unit of the series' entry in ``market.catalog``, shape (n,), finite.
    available_at
        When each value became known, UTC, shape (n,).
    inferred
        True where ``available_at`` is the publication rule's time, not an observed one or that of a
        stated version, shape (n,).
    left_out
        Implausible values of the answer that are not in the batch, each in words.

    Raises
    ------
    SeriesInvalid
        If shapes differ, starts are not strictly increasing, or a value is not finite.
    """

    key: SeriesKey
    source: str
    kind: Kind
    start: Instants
    resolution_s: NDArray[np.int64]
    value: Floats
    available_at: Instants
    inferred: NDArray[np.bool_]
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self.key, self.start, self.resolution_s, self.value, self.available_at)
        if self.inferred.shape != self.start.shape:
            raise SeriesInvalid(f"{self.key}: arrays of different lengths")

    def __len__(self) -> int:
        return int(self.start.size)

    @property
    def simulated(self) -> bool:
        """Whether the values come from the built-in simulation, not from the market."""
        return self.source.startswith(SIMULATED_PREFIX)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One reconciled series as known at an instant: what a store's ``read`` returns.

    One row per delivery period: the newest value known at ``as_of`` from the preferred source.
    Arrays have shape (n,); ``source[i]`` names the origin of row i, ``kind[i]`` is the value of a
    ``Kind``. Times in UTC.
    """

    key: SeriesKey
    unit: str
    as_of: datetime
    start: Instants
    resolution_s: NDArray[np.int64]
    value: Floats
    available_at: Instants
    source: NDArray[np.str_]
    kind: NDArray[np.str_]

    def __post_init__(self) -> None:
        _check(self.key, self.start, self.resolution_s, self.value, self.available_at)

    def __len__(self) -> int:
        return int(self.start.size)

    @property
    def simulated(self) -> bool:
        """Whether any value comes from the built-in simulation."""
        return any(str(name).startswith(SIMULATED_PREFIX) for name in np.unique(self.source))

    @classmethod
    def from_batch(cls, batch: Observations, *, unit: str, as_of: datetime) -> Series:
        """One batch of one source as a series."""
        return cls(
            batch.key, unit, as_of, batch.start, batch.resolution_s, batch.value,
            batch.available_at, np.full(len(batch), batch.source),
            np.full(len(batch), batch.kind.value),
        )  # fmt: skip

    def between(self, start: datetime, end: datetime) -> Series:
        """The rows whose delivery starts in [start, end)."""
        keep = (self.start >= to_datetime64(start)) & (self.start < to_datetime64(end))
        return Series(
            self.key, self.unit, self.as_of, self.start[keep], self.resolution_s[keep],
            self.value[keep], self.available_at[keep], self.source[keep], self.kind[keep],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Prices over a horizon as seen from ``origin``: published where published, forecast after it.

    Parameters
    ----------
    key, unit
        The target series and its unit.
    origin
        Instant whose knowledge it uses: nothing available after it.
    model
        Name of the model that made the forecast periods.
    start, resolution_s
        Delivery periods, UTC, shape (n,).
    published
        True where the value is published and not a forecast, shape (n,).
    mean
        Point forecast, shape (n,).
    quantiles
        Shape (n, len(QUANTILES)), non-decreasing along the second axis; equal to ``mean`` where
        published.
    simulated
        True if any value it rests on is simulated.
    notes
        What a reader must know: a fallback taken, a missing input.
    """

    key: SeriesKey
    unit: str
    origin: datetime
    model: str
    start: Instants
    resolution_s: NDArray[np.int64]
    published: NDArray[np.bool_]
    mean: Floats
    quantiles: Floats
    simulated: bool = False
    notes: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = self.start.size
        shapes = (self.resolution_s.shape, self.published.shape, self.mean.shape)
        if any(shape != (n,) for shape in shapes) or self.quantiles.shape != (n, len(QUANTILES)):
            raise SeriesInvalid(f"forecast of {self.key}: arrays of different lengths")
        if not (np.isfinite(self.mean).all() and np.isfinite(self.quantiles).all()):
            raise SeriesInvalid(f"forecast of {self.key}: a value is not finite")
        if (np.diff(self.quantiles, axis=1) < 0).any():
            raise SeriesInvalid(f"forecast of {self.key}: quantiles cross")

    def __len__(self) -> int:
        return int(self.start.size)

    def between(self, start: datetime, end: datetime) -> Forecast:
        """The periods that start in [start, end)."""
        keep = (self.start >= to_datetime64(start)) & (self.start < to_datetime64(end))
        return replace(
            self,
            start=self.start[keep],
            resolution_s=self.resolution_s[keep],
            published=self.published[keep],
            mean=self.mean[keep],
            quantiles=self.quantiles[keep],
        )

    @classmethod
    def all_published(cls, prices: Series) -> Forecast:
        """An outlook that holds nothing but published prices."""
        return cls(
            key=prices.key,
            unit=prices.unit,
            origin=prices.as_of,
            model="published",
            start=prices.start,
            resolution_s=prices.resolution_s,
            published=np.ones(len(prices), dtype=bool),
            mean=prices.value,
            quantiles=np.repeat(prices.value[:, None], len(QUANTILES), axis=1),
            simulated=prices.simulated,
        )

    def with_published(self, prices: Series) -> Forecast:
        """The same outlook after ``prices`` became known: published prices win.

        Periods of ``prices`` before the first one of the forecast and after its last one are put
        in front of it and behind it: a forecast that has ended hides no price. The origin and the
        model stay those of the forecast.
        """
        ours = ~np.isin(self.start, prices.start)
        theirs = np.isin(prices.start, self.start)
        if len(self):
            theirs |= (prices.start < self.start[0]) | (prices.start > self.start[-1])
        else:
            theirs[:] = True
        start = np.concatenate([prices.start[theirs], self.start[ours]])
        order = np.argsort(start)
        value = prices.value[theirs]

        def together(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate([first, second[ours]])[order]

        return replace(
            self,
            start=start[order],
            resolution_s=together(prices.resolution_s[theirs], self.resolution_s),
            published=together(np.ones(value.size, dtype=bool), self.published),
            mean=together(value, self.mean),
            quantiles=together(np.repeat(value[:, None], len(QUANTILES), axis=1), self.quantiles),
            simulated=self.simulated or prices.simulated,
        )


def _check(
    key: SeriesKey,
    start: Instants,
    resolution_s: NDArray[np.int64],
    value: Floats,
    available_at: Instants,
) -> None:
    n = start.size
    if any(a.dtype != np.dtype("datetime64[s]") for a in (start, available_at)):
        raise SeriesInvalid(f"{key}: instants must be datetime64[s]")
    if start.ndim != 1 or any(a.shape != (n,) for a in (resolution_s, value, available_at)):
        raise SeriesInvalid(f"{key}: arrays of different lengths")
    if n and not np.isfinite(value).all():
        first = to_datetime(start[~np.isfinite(value)][0])
        raise SeriesInvalid(f"{key}: the value at {first.isoformat()} is not a finite number")
    if n > 1 and not (np.diff(start) > np.timedelta64(0, "s")).all():
        where = int(np.argmin(np.diff(start) > np.timedelta64(0, "s"))) + 1
        when = to_datetime(start[where]).isoformat()
        raise SeriesInvalid(f"{key}: {when} is out of order or stands twice")
    if n > 1 and (start[1:] < start[:-1] + resolution_s[:-1].astype("timedelta64[s]")).any():
        raise SeriesInvalid(f"{key}: delivery periods overlap")
