"""Prices on an even grid with the moment each became known, and windows of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import HOUR, QUARTER, Instants, to_datetime64
from chocolate_factory.market.series import Floats

QUARTER_S = int(QUARTER.total_seconds())
HOUR_S = int(HOUR.total_seconds())
AHEAD = timedelta(hours=24)
"""Elapsed hours whose prices the price now is ranked among."""

PAST_DAYS = (1, 7, 28)
"""Windows of the past that the price now is compared with [days of 24 elapsed hours]."""

MOST_PAST = timedelta(days=max(PAST_DAYS))

WELL_COVERED = 0.9
"""A window of the past tells something if this share of it is known."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceTrace:
    """What a kWh cost in each delivery period, and since when that is known.

    Parameters
    ----------
    start, resolution_s
        Delivery starts (UTC, increasing) and lengths [s], an hour or a quarter, shape (n,).
    eur_kwh
        What the plant pays [EUR/kWh], shape (n,).
    known_from
        Instant (UTC) at which each price became known, shape (n,).
    """

    start: Instants
    resolution_s: NDArray[np.int64]
    eur_kwh: Floats
    known_from: Instants

    def __post_init__(self) -> None:
        n = self.start.shape
        if any(a.shape != n for a in (self.resolution_s, self.eur_kwh, self.known_from)):
            raise SeriesInvalid("price trace: arrays of different lengths")
        if not np.isin(self.resolution_s, (QUARTER_S, HOUR_S)).all():
            raise SeriesInvalid("price trace: periods last an hour or a quarter of one")

    def __len__(self) -> int:
        return int(self.start.size)

    def at(self, instant: datetime) -> int | None:
        """Index of the delivery period that contains ``instant``; None if there is none."""
        moment = to_datetime64(instant)
        row = int(np.searchsorted(self.start, moment, side="right")) - 1
        if row < 0 or moment >= self.start[row] + np.timedelta64(int(self.resolution_s[row]), "s"):
            return None
        return row


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A trace in even steps, NaN where nothing is stored, with room for windows at both ends.

    ``first_s`` is the epoch second of step 0, ``step_s`` its length [s]; ``eur_kwh`` and
    ``known_s`` (epoch seconds) have shape (m,).
    """

    first_s: int
    step_s: int
    eur_kwh: Floats
    known_s: NDArray[np.int64]

    def steps(self, length: timedelta) -> int:
        """How many steps make up ``length``."""
        return int(length.total_seconds()) // self.step_s

    def step(self, instants: Instants) -> NDArray[np.int64]:
        """Number of the step that contains each instant."""
        return (_seconds(instants) - self.first_s) // self.step_s

    def window(self, first: NDArray[np.int64], steps: int) -> Floats:
        """Prices of ``steps`` steps from each of ``first``, shape (n, steps)."""
        prices: Floats = self.eur_kwh[first[:, None] + np.arange(steps)]
        return prices

    def known(self, first: NDArray[np.int64], steps: int, instants: Instants) -> Floats:
        """The same with NaN for what was not known yet at ``instants``, shape (n, steps)."""
        there = self.known_s[first[:, None] + np.arange(steps)] <= _seconds(instants)[:, None]
        return np.where(there, self.window(first, steps), np.nan)


def grid(trace: PriceTrace, instants: Instants) -> Grid:
    """``trace`` in steps of its shortest period, wide enough for every window around ``instants``.

    Neither may be empty.
    """
    step_s = int(trace.resolution_s.min())
    room_s = int((MOST_PAST + AHEAD).total_seconds())
    at = _seconds(instants)
    first_s = int(at.min()) // HOUR_S * HOUR_S - room_s
    size = (int(at.max()) + room_s - first_s) // step_s + 1
    eur_kwh = np.full(size, np.nan)
    known_s = np.full(size, np.iinfo(np.int64).max)
    length = trace.resolution_s // step_s
    period = np.repeat(np.arange(len(trace)), length)
    within = np.arange(period.size) - np.repeat(np.cumsum(length) - length, length)
    place = ((_seconds(trace.start) - first_s) // step_s)[period] + within
    inside = (place >= 0) & (place < size)
    eur_kwh[place[inside]] = trace.eur_kwh[period[inside]]
    known_s[place[inside]] = _seconds(trace.known_from)[period[inside]]
    return Grid(first_s, step_s, eur_kwh, known_s)


def share_below(window: Floats, price: Floats, *, least: float) -> Floats:
    """Share of each row of ``window`` that is below ``price``, equal ones counted half.

    ``window`` shape (n, k), ``price`` (n,). NaN where less than ``least`` of a row is known, or
    nothing.
    """
    known = np.isfinite(window).sum(axis=1)
    level = price[:, None]
    below = (window < level).sum(axis=1) + 0.5 * (window == level).sum(axis=1)
    share = np.full(price.shape, np.nan)
    told = (known > 0) & (known >= least * window.shape[1]) & np.isfinite(price)
    share[told] = below[told] / known[told]
    return share


def _seconds(instants: Instants) -> NDArray[np.int64]:
    seconds: NDArray[np.int64] = instants.astype("datetime64[s]").astype(np.int64)
    return seconds
