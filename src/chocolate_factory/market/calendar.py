"""Delivery days and periods, Europe/Madrid and UTC, and the holidays that count for tariffs.

A delivery day runs from local midnight to local midnight: 23, 24 or 25 hours. Inside the system
time is UTC; arrays are ``datetime64[s]`` in UTC, single instants are aware ``datetime``.
All intervals are half-open.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

MADRID = ZoneInfo("Europe/Madrid")
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
QUARTER_HOUR_MARKET_FROM = date(2025, 10, 1)
"""First delivery day with 15-minute day-ahead prices (OMIE)."""

Instants = NDArray[np.datetime64]
"""One-dimensional array of ``datetime64[s]``, UTC."""


def local_midnight(day: date) -> datetime:
    """UTC instant at which ``day`` begins in Madrid."""
    return datetime.combine(day, time(), MADRID).astimezone(UTC)


def local_instant(day: date, at: time) -> datetime:
    """UTC instant of a Madrid wall-clock time on ``day`` (the first one if it occurs twice)."""
    return datetime.combine(day, at, MADRID).astimezone(UTC)


def which_of_two(wall: datetime) -> str:
    """`` +0200`` after a time that its clock shows twice, as it goes back; else nothing."""
    first, second = wall.replace(fold=0), wall.replace(fold=1)
    return f" {wall:%z}" if first.utcoffset() != second.utcoffset() else ""


def delivery_day(instant: datetime) -> date:
    """Madrid calendar day that contains ``instant``."""
    return instant.astimezone(MADRID).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """[start, end) of a delivery day in UTC."""
    return local_midnight(day), local_midnight(day + timedelta(days=1))


def periods(start: datetime, end: datetime, resolution: timedelta) -> Instants:
    """Starts of the periods of ``resolution`` in [start, end), UTC."""
    return np.arange(
        to_datetime64(start),
        to_datetime64(end),
        np.timedelta64(int(resolution.total_seconds()), "s"),
    )


def delivery_periods(day: date, resolution: timedelta) -> Instants:
    """Starts of the delivery periods of ``day``: 23/24/25 hours or 92/96/100 quarter-hours."""
    return periods(*day_bounds(day), resolution)


def days_between(first: date, last: date) -> list[date]:
    """Calendar days from ``first`` to ``last``, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def to_datetime64(instant: datetime) -> np.datetime64:
    """An aware instant as ``datetime64[s]`` in UTC.

    Raises ``ValueError`` for a naive datetime: a time without a zone is not an instant.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no offset: write it with one, or with Z")
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "s")


def to_datetime(instant: np.datetime64) -> datetime:
    """A ``datetime64`` in UTC as an aware instant."""
    return datetime.fromtimestamp(int(instant.astype("datetime64[s]").astype(np.int64)), UTC)


def utc_iso(instant: datetime) -> str:
    """``2025-10-26T01:00:00Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_text(instant: datetime) -> str:
    """``2025-10-26 02:15+01:00``: Madrid's clock for people; the offset tells the double hour."""
    return instant.astimezone(MADRID).isoformat(sep=" ", timespec="minutes")


def span_text(span: timedelta) -> str:
    """``14 h 45 min``, ``30 min``: a length of time for people, whole minutes; never negative."""
    hours, minutes = divmod(span // timedelta(minutes=1), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def local_offset_s(starts: Instants) -> NDArray[np.int64]:
    """Seconds Madrid is ahead of UTC at each instant.

    European rule in force since 1996: +2 h from 01:00 UTC of the last Sunday of March to 01:00 UTC
    of the last Sunday of October. A test compares it with the zone database.
    """
    summer = np.searchsorted(_CLOCK_CHANGES, starts, side="right") & 1
    return 3600 + 3600 * np.asarray(summer, dtype=np.int64)


def local_instants(days: NDArray[np.datetime64], at: time) -> Instants:
    """UTC instants of a wall-clock time on each ``datetime64[D]``: ``local_instant`` of arrays."""
    since_s = 3600 * at.hour + 60 * at.minute + at.second
    hour = np.timedelta64(3600, "s")
    midnight: Instants = days.astype("datetime64[s]")
    summer: Instants = midnight + np.timedelta64(since_s - 7200, "s")
    instants: Instants = np.where(local_offset_s(summer) == 7200, summer, summer + hour)
    return instants


def local_wall(starts: Instants) -> Instants:
    """Madrid wall-clock time of each UTC instant, as naive ``datetime64[s]``."""
    wall: Instants = starts.astype("datetime64[s]") + local_offset_s(starts).astype(
        "timedelta64[s]"
    )
    return wall


def local_days(starts: Instants) -> NDArray[np.datetime64]:
    """Madrid delivery day of each UTC instant, as ``datetime64[D]``."""
    return local_wall(starts).astype("datetime64[D]")


def local_hours(starts: Instants) -> NDArray[np.int64]:
    """Madrid wall-clock hour (0–23) of each UTC instant."""
    wall = local_wall(starts)
    hours: NDArray[np.int64] = (wall.astype("datetime64[h]").astype(np.int64)) % 24
    return hours


def tariff_holidays(year: int) -> frozenset[date]:
    """National holidays that count as valley (P3 / P6).

    Fixed-date national holidays that regions may not replace, plus 6 January (CNMC Circular
    3/2020). Good Friday, regional days and moved Mondays do not count: published tolls on
    2022-04-15, 2023-04-07, 2024-03-29 and 2025-04-18 are those of working days.
    """
    fixed = ((1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25))
    return frozenset(date(year, month, day) for month, day in fixed)


def national_holidays(year: int) -> frozenset[date]:
    """National holidays of the labour calendar: those of the tariffs and Good Friday."""
    return tariff_holidays(year) | {easter_sunday(year) - timedelta(days=2)}


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus's rule)."""
    century = year // 100
    golden = year % 19
    moon = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon -= (moon // 28) * (1 - (29 // (moon + 1)) * ((21 - golden) // 11))
    sunday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    offset = moon - sunday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))


def is_valley_day(days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Whether each ``datetime64[D]`` is a Saturday, a Sunday or a tariff holiday."""
    if days.size == 0:
        return np.zeros(days.shape, dtype=bool)
    years = range(int(str(days.min())[:4]), int(str(days.max())[:4]) + 1)
    holidays = np.array(
        sorted(day for year in years for day in tariff_holidays(year)), dtype="datetime64[D]"
    )
    return np.asarray((weekday(days) >= 5) | np.isin(days, holidays))


def weekday(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Day of the week of each ``datetime64[D]``: Monday 0 … Sunday 6."""
    numbers: NDArray[np.int64] = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return numbers


def _clock_changes() -> Instants:
    """When the clocks change, in the order of time: to summer at even places, to winter at odd."""
    changes = []
    for month in ("03", "10"):
        months = np.arange(f"1900-{month}", f"2300-{month}", 12, dtype="datetime64[M]")
        ends = (months + 1).astype("datetime64[D]") - 1
        sundays = ends - (weekday(ends) + 1) % 7
        changes.append(sundays.astype("datetime64[s]") + np.timedelta64(3600, "s"))
    return np.sort(np.concatenate(changes))


_CLOCK_CHANGES = _clock_changes()
