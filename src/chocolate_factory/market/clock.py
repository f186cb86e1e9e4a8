"""Local time of a market: the day and hour of an instant, in a time zone or in none at all.

Everything Spanish keeps Madrid time (``calendar``). A series of another market keeps its own
``Clock``: that of a zone with its days of 23, 24 or 25 hours, or *naive* local time, which has 24
hours every day and no instants behind them. Naive times are handled as if they were UTC and shown
without a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.market.calendar import (
    MADRID,
    Instants,
    local_offset_s,
    to_datetime,
    utc_iso,
)

NAIVE = "naive"
_DAY = np.timedelta64(86_400, "s")
_FIRST, _LAST = datetime(1997, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of a market. ``zone`` is the name of a time zone, or ``naive``."""

    zone: str = MADRID.key

    @classmethod
    def named(cls, zone: str) -> Clock:
        """The clock of a zone. Raises ``RequestInvalid`` if there is no such zone."""
        if zone != NAIVE:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise RequestInvalid(
                    f"no time zone {zone!r}: write one such as Europe/Berlin, or {NAIVE} for "
                    "local time with 24 hours every day"
                ) from None
        return cls(zone)

    @property
    def is_naive(self) -> bool:
        """Whether every day has 24 hours and times belong to no zone."""
        return self.zone == NAIVE

    def offset_s(self, starts: Instants) -> NDArray[np.int64]:
        """Seconds this clock is ahead of UTC at each instant; zero if it is naive."""
        if self.is_naive:
            return np.zeros(starts.shape, dtype=np.int64)
        if self.zone == MADRID.key:
            return local_offset_s(starts)
        changes, offsets_s = _offsets_of(self.zone)
        return offsets_s[np.searchsorted(changes, starts, side="right")]

    def wall(self, starts: Instants) -> Instants:
        """Time on the clock at each instant, as ``datetime64[s]`` without a zone."""
        wall: Instants = starts.astype("datetime64[s]") + self.offset_s(starts).astype(
            "timedelta64[s]"
        )
        return wall

    def days(self, starts: Instants) -> NDArray[np.datetime64]:
        """Delivery day of each instant, as ``datetime64[D]``."""
        return self.wall(starts).astype("datetime64[D]")

    def instants(self, wall: Instants) -> Instants:
        """The instant at which the clock shows each time: the first one if it does so twice.

        A time that is skipped when the clock is put forward counts on from before the change.
        """
        return self.readings(wall)[0]

    def readings(self, wall: Instants) -> tuple[Instants, Instants, NDArray[np.bool_]]:
        """First and last instant at which the clock shows each time, and whether it ever does."""
        wall = wall.astype("datetime64[s]")
        early: Instants = wall - self.offset_s(wall - _DAY).astype("timedelta64[s]")
        late: Instants = wall - self.offset_s(wall + _DAY).astype("timedelta64[s]")
        early_holds, late_holds = self.wall(early) == wall, self.wall(late) == wall
        first: Instants = np.where(early_holds | ~late_holds, early, late)
        last: Instants = np.where(late_holds, late, early)
        return first, last, early_holds | late_holds

    def midnight(self, day: date) -> np.datetime64:
        """The instant at which a delivery day begins, ``datetime64[s]``."""
        start: np.datetime64 = self.instants(np.array([day], dtype="datetime64[s]"))[0]
        return start

    def lengths_s(self, days: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """How long each ``datetime64[D]`` lasts [s]."""
        begin: Instants = days.astype("datetime64[s]")
        ends: Instants = (days + 1).astype("datetime64[s]")
        return (self.instants(ends) - self.instants(begin)).astype(np.int64)

    def stamp(self, instant: np.datetime64) -> str:
        """An instant as ISO 8601 in UTC, of a naive clock the local time without a zone."""
        text = utc_iso(to_datetime(instant))
        return text.removesuffix("Z") if self.is_naive else text


MADRID_CLOCK = Clock()


@lru_cache(maxsize=16)
def _offsets_of(zone: str) -> tuple[Instants, NDArray[np.int64]]:
    """When a zone changes its offset, and the offset [s] before, between and after the changes."""
    at = ZoneInfo(zone)
    days = [_FIRST + timedelta(days=n) for n in range((_LAST - _FIRST).days + 1)]
    seconds = [int(day.timestamp()) for day in days]
    offsets_s = [_offset_s(second, at) for second in seconds]
    changes, held_s = [], [offsets_s[0]]
    for number in np.flatnonzero(np.diff(offsets_s)).tolist():
        before, after = seconds[number], seconds[number + 1]
        while after - before > 1:
            middle = (before + after) // 2
            if _offset_s(middle, at) == offsets_s[number]:
                before = middle
            else:
                after = middle
        changes.append(after)
        held_s.append(offsets_s[number + 1])
    return np.array(changes, dtype="datetime64[s]"), np.array(held_s, dtype=np.int64)


def _offset_s(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
