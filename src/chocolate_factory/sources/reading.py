"""What the bytes of a format say, before it matters whether they are a file or an answer.

A format is read once: values with the place each stands at, and what is unlike the format. A file
turns places into lines and refuses by line (``FileRefused``); an answer of a live service turns
them into a batch, or into the error of the tree (``SourceChanged``, ``SourceUnavailable``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import NotPublished
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.market.series import Floats, Kind, Observations, SeriesKey
from chocolate_factory.sources.base import changed, observations
from chocolate_factory.sources.market_grid import on_market_grid
from chocolate_factory.sources.rows import EARLIEST, LATEST


class Unlike(ValueError):
    """Bytes that are not as their format says; caught by whoever knows where they came from.

    ``at`` counts entries from 0 or lines from 1, as the format does; None is the whole.
    """

    def __init__(self, reason: str, *, at: int | None = None, column: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at
        self.column = column


class CutOff(Unlike):
    """The end is missing: the same question may bring the whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Values of one series in the order they stand in.

    Parameters
    ----------
    key
        Which series.
    start
        Delivery starts, UTC, shape (n,); may repeat or be out of order.
    value
        In the unit of the catalogue, shape (n,); may be NaN or absurd.
    at
        Where each value stands, as in ``Unlike.at``, shape (n,).
    unlike
        Single values that cannot be read.
    notes
        What was left out and why, for a person.
    """

    key: SeriesKey
    start: Instants
    value: Floats
    at: NDArray[np.int64]
    unlike: tuple[Unlike, ...] = ()
    notes: tuple[str, ...] = ()


def published(reading: Reading, *, source: str, received_at: datetime) -> Observations:
    """The reading of a live answer as a batch of published values.

    Raises
    ------
    NotPublished
        If it holds no value.
    SourceChanged
        If a value cannot be read, is not plausible or off the market's grid, or a delivery period
        has two values.
    """
    if reading.unlike:
        changed(source, f"{reading.key}: {reading.unlike[0].reason}")
    if not reading.start.size:
        raise NotPublished(source, f"no value of {reading.key} is published for these days yet")
    start, value = of_this_market(reading.key, reading.start, source=source), reading.value
    if reading.key == SPOT:
        start, value = on_market_grid(start, value, source=source)
    return observations(
        reading.key, Kind.PUBLISHED, start, value, source=source, received_at=received_at
    )


def of_this_market(key: SeriesKey, start: Instants, *, source: str) -> Instants:
    """``start`` (UTC, shape (n,)); ``SourceChanged`` if one is no time of this market."""
    strange = (start < EARLIEST) | (start >= LATEST)
    if strange.any():
        changed(source, f"{key}: {start[strange][0]}Z is not a time of this market")
    return start
