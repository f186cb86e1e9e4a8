"""The power a site draws: means over quarter-hours, as its meter or a plan gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.errors import Gap, MissingData, SeriesInvalid
from chocolate_factory.market.calendar import (
    QUARTER,
    Instants,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.series import Floats

_QUARTER_S = int(QUARTER.total_seconds())
_HOURS = QUARTER / timedelta(hours=1)


@dataclass(frozen=True, slots=True, eq=False)
class PowerCurve:
    """Mean power of consecutive quarter-hours from ``begin``.

    Parameters
    ----------
    begin
        UTC, on a quarter of the hour.
    kw
        Mean power drawn from the grid in each quarter-hour [kW], shape (n,); NaN where none is
        known.
    by_quarter
        False if only hourly energy was read: each of the four quarters then has the hour's mean,
        which is right for energy and says nothing about excess power.

    Raises
    ------
    SeriesInvalid
        If ``begin`` is not on a quarter of the hour.
    """

    begin: datetime
    kw: Floats
    by_quarter: bool = True

    def __post_init__(self) -> None:
        if int(self.begin.timestamp()) % _QUARTER_S:
            raise SeriesInvalid(f"power curve: {self.begin.isoformat()} is no quarter of an hour")

    @property
    def end(self) -> datetime:
        """End of the last quarter-hour, UTC."""
        return self.begin + self.kw.size * QUARTER

    @property
    def start(self) -> Instants:
        """Starts of the quarter-hours, UTC, shape (n,)."""
        begin = to_datetime64(self.begin)
        starts: Instants = begin + np.arange(self.kw.size) * np.timedelta64(_QUARTER_S, "s")
        return starts

    @property
    def kwh(self) -> Floats:
        """Energy of each quarter-hour [kWh], shape (n,)."""
        return self.kw * _HOURS

    def between(self, start: datetime, end: datetime) -> PowerCurve:
        """The quarter-hours in [start, end), all of them known.

        Raises ``MissingData`` naming the stretches that are not.
        """
        first = round((start - self.begin) / QUARTER)
        count = round((end - start) / QUARTER)
        kw = np.full(max(count, 0), np.nan)
        own = self.kw[max(first, 0) : max(first + count, 0)]
        at = max(-first, 0)
        kw[at : at + own.size] = own[: kw.size - at]
        unknown = np.isnan(kw)
        if unknown.any():
            edges = np.flatnonzero(np.diff(np.concatenate([[0], unknown.view(np.int8), [0]])))
            gaps = tuple(
                Gap(start + int(a) * QUARTER, start + int(b) * QUARTER, int(b - a))
                for a, b in edges.reshape(-1, 2)
            )
            raise MissingData("power curve", gaps, hint="Read the meter for these periods.")
        return PowerCurve(start, kw, self.by_quarter)

    @classmethod
    def of_quarters(cls, start: Instants, kw: Floats, *, by_quarter: bool = True) -> PowerCurve:
        """The curve of readings in any order of time, holes left unknown.

        ``start`` starts of distinct quarter-hours, UTC, shape (n,), n > 0; ``kw`` shape (n,).
        """
        begin = start.min()
        at = (start - begin).astype(np.int64) // _QUARTER_S
        drawn = np.full(int(at.max()) + 1, np.nan)
        drawn[at] = kw
        return cls(to_datetime(begin), drawn, by_quarter)
