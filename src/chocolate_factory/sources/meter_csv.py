"""Meter readings a person downloads from the distributor, or writes: energy by hour or quarter.

The distributor's file: ``;`` between cells, decimal comma, a header with ``CUPS``, ``Fecha``
(day/month/year or year/month/day), ``Hora`` and the energy in ``Consumo_kWh``, ``Consumo`` or
``AE_kWh``; further columns are not read. ``Hora`` numbers the hours of the day from 1 (23 and 25 of
them when the clocks change) or its quarter-hours (92, 96, 100), or is a wall-clock time: of the end
of the period where 24:00 occurs, else of its start.

The plain file: ``time_utc,kwh``, starts with ``Z`` or an offset, decimal point.

Periods that are not there stay unknown. Hours and quarter-hours in one file are refused, and so is
a single day whose numbers may be either. A period told twice counts once; told otherwise the second
time it is a wrong row, and a file with a wrong row is refused.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import (
    HOUR,
    MADRID,
    QUARTER,
    day_bounds,
    local_instant,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.sources.rows import EARLIEST, LATEST, decode, instant

ENERGY_COLUMNS = ("consumo_kwh", "consumo", "ae_kwh")
"""Names of the column that holds the energy taken from the grid [kWh], lower case."""

MOST_KWH = 100_000.0
"""More in one period is another unit."""

_PLAIN = ("time_utc", "kwh")


@dataclass(slots=True)
class _Readings:
    """Energy by start of the period, as read so far."""

    path: Path
    kwh: dict[datetime, float] = field(default_factory=dict)

    def add(self, start: datetime, kwh: float, line: int, column: str) -> None:
        if not 0 <= kwh <= MOST_KWH:
            raise FileRefused(
                self.path,
                f"{kwh:g} kWh in one period is not plausible: is it in another unit?",
                line=line,
                column=column,
            )
        if not EARLIEST <= to_datetime64(start) < LATEST:
            raise FileRefused(
                self.path,
                f"{start.date()} is not between {EARLIEST}Z and {LATEST}Z: is the date wrong?",
                line=line,
            )
        if self.kwh.setdefault(start, kwh) != kwh:
            raise FileRefused(
                self.path, f"{start.isoformat()} has another value above", line=line, column=column
            )

    def curve(self, step: timedelta) -> PowerCurve:
        """The readings of periods that last ``step``, as quarter-hour means.

        Raises ``FileRefused`` if some look as if they lasted otherwise: then their energy would be
        power that nobody drew.
        """
        self._require_alike(step)
        parts = step // QUARTER
        starts = np.array([to_datetime64(start) for start in self.kwh])
        kw = np.array(list(self.kwh.values())) / (step / HOUR)
        quarters = np.arange(parts) * np.timedelta64(QUARTER)
        return PowerCurve.of_quarters(
            (starts[:, None] + quarters.astype("timedelta64[s]")).ravel(),
            np.repeat(kw, parts),
            by_quarter=parts == 1,
        )

    def _require_alike(self, step: timedelta) -> None:
        starts = sorted(self.kwh)
        gaps = np.array([(after - start) / step for start, after in pairwise(starts)])
        split = gaps % 1 > 0
        if step == QUARTER:
            apart = np.concatenate([[np.inf], gaps, [np.inf]])
            no_neighbour = (apart[:-1] > 1) & (apart[1:] > 1)
            hourly = (apart[:-1] == HOUR / step) | (apart[1:] == HOUR / step)
            split = no_neighbour & hourly
        if split.any():
            raise FileRefused(
                self.path,
                f"has rows of an hour and of a quarter, at {starts[int(np.argmax(split))]:%FT%RZ}: "
                "give one file for each",
            )


def read_meter(path: Path, data: bytes) -> PowerCurve:
    """The power that a file of meter readings tells.

    Raises ``FileRefused`` naming line and column if it is built otherwise or a row is wrong.
    """
    lines = decode(path, data).splitlines()
    if not lines or not any(lines[1:]):
        raise FileRefused(path, "holds no readings")
    if tuple(lines[0].strip().lower().split(",")[:2]) == _PLAIN:
        return _plain(path, lines)
    return _distributor(path, lines)


def _plain(path: Path, lines: Sequence[str]) -> PowerCurve:
    readings = _Readings(path)
    for line, cells in _cells(path, lines, ","):
        if not cells:
            continue
        try:
            start, kwh = to_datetime(instant(cells[0])), float(cells[1])
        except (ValueError, IndexError) as fault:
            raise FileRefused(path, str(fault), line=line) from None
        readings.add(start, kwh, line, "kwh")
    steps = np.unique(np.diff(np.sort([to_datetime64(start) for start in readings.kwh])))
    step = steps[0].astype(object) if steps.size else None
    if step not in (QUARTER, HOUR):
        raise FileRefused(path, "rows must be a quarter of an hour or an hour apart")
    return readings.curve(step)


def _distributor(path: Path, lines: Sequence[str]) -> PowerCurve:
    header = [name.strip().strip('"').lower() for name in lines[0].split(";")]
    energy = next((name for name in ENERGY_COLUMNS if name in header), None)
    if not {"cups", "fecha", "hora"} <= set(header) or energy is None:
        raise FileRefused(
            path,
            "is not a file of meter readings: CUPS;Fecha;Hora;Consumo_kWh with ; between cells, or "
            "time_utc,kwh with a comma",
            line=1,
        )
    rows: dict[date, list[tuple[int, str, float]]] = defaultdict(list)
    supplies = set()
    for line, cells in _cells(path, lines, ";"):
        if not any(cells):
            continue
        try:
            told = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
            supplies.add(told["cups"])
            rows[_day(told["fecha"])].append((line, told["hora"], _number(told[energy])))
        except (ValueError, KeyError, OverflowError) as fault:
            raise FileRefused(path, f"cannot be read: {fault}", line=line) from None
    if not rows:
        raise FileRefused(path, "holds no readings")
    if len(supplies) > 1:
        raise FileRefused(path, f"holds {len(supplies)} supplies (CUPS): give one file for each")
    readings = _Readings(path)
    by_clock = any(":" in hour for told in rows.values() for _, hour, _ in told)
    step = (_clock if by_clock else _numbered)(readings, rows, energy)
    return readings.curve(step)


def _cells(path: Path, lines: Sequence[str], between: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line below the first."""
    try:
        yield from enumerate(csv.reader(lines[1:], delimiter=between), start=2)
    except csv.Error as fault:
        raise FileRefused(path, f"cannot be read: {fault}") from None


def _numbered(
    readings: _Readings, rows: dict[date, list[tuple[int, str, float]]], column: str
) -> timedelta:
    """Rows whose ``Hora`` counts the periods of the day from 1. Returns their length."""
    numbers = {
        line: _whole(readings.path, hour, line) for told in rows.values() for line, hour, _ in told
    }
    step = QUARTER if max(numbers.values()) > 25 else HOUR
    for day, told in rows.items():
        begin, end = day_bounds(day)
        for line, _, kwh in told:
            start = begin + (numbers[line] - 1) * step
            if not begin <= start < end:
                raise FileRefused(
                    readings.path,
                    f"{day} has {(end - begin) // step} periods and none numbered {numbers[line]}",
                    line=line,
                    column="hora",
                )
            readings.add(start, kwh, line, column)
    if step == HOUR and len(rows) == 1:
        raise FileRefused(
            readings.path,
            f"the numbers of one day, up to {max(numbers.values())}, may be those of hours or of "
            "quarter-hours: give the day before or after too, or times such as 07:00",
            column="hora",
        )
    return step


def _clock(
    readings: _Readings, rows: dict[date, list[tuple[int, str, float]]], column: str
) -> timedelta:
    """Rows whose ``Hora`` is a wall-clock time. Returns the length of their periods."""
    minutes = {
        line: _minutes(readings.path, hour, line)
        for told in rows.values()
        for line, hour, _ in told
    }
    step = QUARTER if any(minute % 60 for minute in minutes.values()) else HOUR
    ends = max(minutes.values()) == 24 * 60
    for day, told in rows.items():
        seen = set()
        for line, _, kwh in told:
            minute = minutes[line] - (step // timedelta(minutes=1) if ends else 0)
            if minute < 0:
                raise FileRefused(
                    readings.path, "00:00 beside 24:00: which is it?", line=line, column="hora"
                )
            wall = time(minute // 60, minute % 60)
            start = local_instant(day, wall)
            again, end = start + HOUR, start + step
            if ends and start.astimezone(MADRID).time() != wall:
                start -= HOUR  # told by the new clock in the night that skips an hour
            elif start in seen and again.astimezone(MADRID).time() == wall:
                start = again  # the hour that the clocks repeat
            elif ends and start in seen and _repeated(end):
                start = again  # the one before it, told by the new clock
            seen.add(start)
            readings.add(start, kwh, line, column)
    return step


def _repeated(instant: datetime) -> bool:
    """Whether the clocks show the time of ``instant`` again an hour later."""
    now, later = (one.astimezone(MADRID).time() for one in (instant, instant + HOUR))
    return now == later


def _day(cell: str) -> date:
    first, month, last = (int(part) for part in cell.replace("-", "/").split("/"))
    return date(first, month, last) if first > 31 else date(last, month, first)


def _number(cell: str) -> float:
    return float(cell.replace(",", ".")) if "," in cell else float(cell)


def _whole(path: Path, cell: str, line: int) -> int:
    if not (cell.isdecimal() and len(cell) <= 3 and int(cell)):
        raise FileRefused(
            path, f"{cell!r:.40} is not the number of a period", line=line, column="hora"
        )
    return int(cell)


def _minutes(path: Path, cell: str, line: int) -> int:
    hour, _, minute = cell.partition(":")
    quarter = hour.isdecimal() and len(hour) <= 2 and minute[:2] in {"00", "15", "30", "45"}
    if not quarter or (int(hour), minute[:2]) > (24, "00"):
        raise FileRefused(
            path, f"{cell!r:.40} is not a time on a quarter", line=line, column="hora"
        )
    return int(hour) * 60 + int(minute[:2])
