"""ESIOS (Red Eléctrica): PVPC day files and indicators as JSON → PVPC and spot.

*Archive 70*, https://api.esios.ree.es/archives/70/download_json?locale=es&date=2021-10-31 (no
key): ``{"PVPC": [{"Dia": "31/10/2021", "Hora": "00-01", "PCB": "171,48", …}, …]}``. PCB is the
PVPC of the peninsula, the Canaries and the Balearics in EUR/MWh with a decimal comma. The n-th
entry is the n-th hour from local midnight; the labels of ``Hora`` run on to 24-25 in autumn.

*Indicators*, https://api.esios.ree.es/indicators/1001 (personal key): 1001 is the PVPC, of which
geo 8741 is the peninsula; 600 the day-ahead price, of which geo 3 is Spain; both in EUR/MWh.
``datetime`` carries the offset. ``datetime_utc`` is wrong in the second 02:00 of the autumn day
and is never read. From 2025-01-01 to 2025-09-30 indicator 600 repeats every hourly price in four
quarter-hours: they are one value here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import HOUR, QUARTER, delivery_periods, to_datetime, utc_iso
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.series import Floats, Kind, SeriesKey
from chocolate_factory.sources.rows import EARLIEST, LATEST, Parsed, Rows, decode, instant

SOURCE = "esios"
ARCHIVE_FORMAT = "ESIOS archive 70"
INDICATOR_FORMAT = "ESIOS indicator"
INDICATORS = {1001: (PVPC, 8741), 600: (SPOT, 3)}
"""Indicator → series and the geo_id whose values it is."""

_COMMA_NUMBER = re.compile(r"-?\d+(,\d+)?", re.ASCII)
_LABEL = re.compile(r"(\d{2})-(\d{2})", re.ASCII)
_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)


def recognises(data: bytes) -> bool:
    """Whether it is a JSON object or list, in whatever encoding."""
    return data[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] in (b"{", b"[")


def parse(path: Path, data: bytes) -> Parsed:
    """The prices of an archive-70 file or of indicator 1001 or 600.

    Raises ``FileRefused`` if the JSON is not closed, is neither of the two, is of another
    indicator or of the tariffs before 2021-06-01, or has another number of hours than the day.
    """
    text = decode(path, data)
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as fault:
        raise FileRefused(
            path,
            f"is not whole JSON ({fault.msg}): it may be cut off, download it again",
            line=fault.lineno,
            column=str(fault.colno),
        ) from None
    except (ValueError, RecursionError):
        raise FileRefused(path, "is JSON with absurdly long numbers or deep nesting") from None
    if isinstance(tree, dict) and isinstance(tree.get("PVPC"), list):
        return _archive(path, text, tree["PVPC"])
    if isinstance(tree, dict) and isinstance(tree.get("indicator"), dict):
        return _indicator(path, text, tree["indicator"])
    raise FileRefused(
        path, 'is JSON, but neither an ESIOS day file ("PVPC") nor an indicator ("indicator")'
    )


def _archive(path: Path, text: str, entries: Sequence[Any]) -> Parsed:
    day = _archive_day(path, entries, _lines(text, "Dia", len(entries)))
    lines = _lines(text, "PCB", len(entries))
    starts = delivery_periods(day, HOUR)
    if len(entries) != len(starts):
        raise FileRefused(path, f"{day} has {len(starts)} hours, the file {len(entries)}")
    faults: list[FileRefused] = []
    good: list[int] = []
    price_eur_mwh: list[float] = []
    for at, entry in enumerate(entries):
        price = entry["PCB"]
        line = int(lines[at]) or None
        if isinstance(price, str) and _COMMA_NUMBER.fullmatch(price.strip()):
            good.append(at)
            price_eur_mwh.append(float(price.strip().replace(",", ".")))
        elif isinstance(price, float) or (isinstance(price, str) and "." in price):
            reason = f"{price!r} has a decimal point; ESIOS writes a comma: download it again"
            raise FileRefused(path, reason, line=line, column="PCB")
        else:
            reason = f"{price!r:.60} is not a number"
            faults.append(FileRefused(path, reason, line=line, column="PCB"))
    value = _eur_kwh(np.array(price_eur_mwh, dtype=np.float64))
    rows = Rows(PVPC, SOURCE, Kind.PUBLISHED, starts[good], value, lines[good], "PCB")
    return Parsed(ARCHIVE_FORMAT, len(entries), (rows,), tuple(faults))


def _archive_day(path: Path, entries: Sequence[Any], lines: NDArray[np.int64]) -> date:
    """The one day of the file, its entries in order and with the columns of 2.0TD."""
    if not entries:
        raise FileRefused(path, "holds no hours")
    last_hour = -1
    for at, entry in enumerate(entries):
        line = int(lines[at]) or None
        if not isinstance(entry, dict) or not isinstance(entry.get("Dia"), str):
            raise FileRefused(path, f"entry {at + 1} has no day (Dia)", line=line)
        if "PCB" not in entry and "GEN" in entry:
            raise FileRefused(
                path,
                "has the tariffs GEN, NOC and VHC, which ended on 2021-05-31; the PVPC stored here "
                "is that of 2.0TD (column PCB), from 2021-06-01 on",
                line=line,
            )
        if "PCB" not in entry:
            raise FileRefused(path, f"entry {at + 1} has no price", line=line, column="PCB")
        if entry["Dia"] != entries[0]["Dia"]:
            raise FileRefused(path, f"a second day, {entry['Dia']!r:.40}", line=line, column="Dia")
        label = _LABEL.fullmatch(str(entry.get("Hora")))
        if label is None or int(label[1]) <= last_hour:
            reason = f"{entry.get('Hora')!r:.40} is not the hour after the entry before"
            raise FileRefused(path, reason, line=line, column="Hora")
        last_hour = int(label[1])
    return _day(path, entries[0]["Dia"], int(lines[0]) or None)


def _day(path: Path, text: str, line: int | None) -> date:
    cells = _DAY.fullmatch(text)
    try:
        day = date(int(cells[3]), int(cells[2]), int(cells[1])) if cells else None
    except ValueError:
        day = None
    if day is None or not EARLIEST < np.datetime64(day) < LATEST:
        raise FileRefused(path, f"{text!r:.40} is not a day dd/mm/yyyy", line=line, column="Dia")
    return day


def _indicator(path: Path, text: str, indicator: Mapping[str, Any]) -> Parsed:
    number, values = indicator.get("id"), indicator.get("values")
    if not isinstance(number, int) or number not in INDICATORS:
        raise FileRefused(
            path,
            f"indicator {number!r:.20} ({indicator.get('name')!s:.90}) is not a series this system "
            "stores; it stores 1001 (PVPC) and 600 (day-ahead price)",
        )
    key, geo = INDICATORS[number]
    if not isinstance(values, list) or not all(isinstance(entry, dict) for entry in values):
        raise FileRefused(path, f"indicator {number} has no list of values", column="values")
    lines = _lines(text, "value", len(values))
    ours = [at for at, entry in enumerate(values) if entry.get("geo_id") == geo]
    if not ours:
        seen = sorted({str(entry.get("geo_id"))[:20] for entry in values})[:10]
        raise FileRefused(
            path, f"indicator {number} has no value for geo {geo}; geos there: {', '.join(seen)}"
        )
    rows, faults = _values(path, key, [values[at] for at in ours], lines[ours])
    notes = []
    if len(ours) < len(values):
        notes.append(f"{len(values) - len(ours)} values of other places than geo {geo} left out")
    if key == SPOT:
        quarters = len(rows)
        rows, unlike = _whole_hours(path, rows)
        faults += unlike
        if len(rows) < quarters:
            notes.append(f"{quarters} equal quarter-hours taken as {len(rows)} hourly prices")
    return Parsed(f"{INDICATOR_FORMAT} {number}", len(values), (rows,), tuple(faults), tuple(notes))


def _values(
    path: Path, key: SeriesKey, entries: Sequence[Mapping[str, Any]], lines: NDArray[np.int64]
) -> tuple[Rows, list[FileRefused]]:
    read: list[tuple[np.datetime64, float, int]] = []
    faults = []
    for entry, line in zip(entries, lines.tolist(), strict=True):
        column = "datetime"
        try:
            at = _start(entry)
            column = "value"
            read.append((at, _number(entry.get("value")), line))
        except ValueError as fault:
            faults.append(FileRefused(path, str(fault), line=line or None, column=column))
    start = np.array([row[0] for row in read], dtype="datetime64[s]")
    price_eur_mwh = np.array([row[1] for row in read], dtype=np.float64)
    value = _eur_kwh(price_eur_mwh) if key == PVPC else price_eur_mwh
    read_lines = np.array([row[2] for row in read], dtype=np.int64)
    return Rows(key, SOURCE, Kind.PUBLISHED, start, value, read_lines, "value"), faults


def _whole_hours(path: Path, rows: Rows) -> tuple[Rows, list[FileRefused]]:
    """Quarter-hours of the days of hourly prices as one row per hour, if all four are equal."""
    known = (rows.start >= EARLIEST) & (rows.start < LATEST)
    hourly = np.zeros(len(rows), dtype=bool)
    hour_s = int(HOUR.total_seconds())
    hourly[known] = spec(rows.key).resolutions_s(rows.start[known]) == hour_s
    hour = rows.start.astype("datetime64[h]")
    within = hourly & (rows.start != hour)
    split = np.isin(hour, hour[within])
    if not split.any():
        return rows, []
    quarters = rows.where(split)
    hours, group = np.unique(quarters.start.astype("datetime64[h]"), return_inverse=True)
    low, high = np.full(len(hours), np.inf), np.full(len(hours), -np.inf)
    np.minimum.at(low, group, quarters.value)
    np.maximum.at(high, group, quarters.value)
    distinct, first = np.unique(quarters.start, return_index=True)
    count = np.bincount(group[first], minlength=len(hours))
    starts_hour = np.isin(hours, distinct)
    good = (count == HOUR // QUARTER) & starts_hour & (low == high)
    faults = [
        quarters.refuse(
            path,
            int(np.argmax(group == at)),
            f"{utc_iso(to_datetime(hours[at]))} has {count[at]} quarter-hours from {low[at]:g} to "
            f"{high[at]:g}; before 2025-10-01 prices are hourly, four equal ones or a single one",
        )
        for at in np.flatnonzero(~good).tolist()
    ]
    return rows.where(~within), faults


def _start(entry: Mapping[str, Any]) -> np.datetime64:
    """``datetime``, checked against ``tz_time`` where there is one; never ``datetime_utc``."""
    start = instant(str(entry.get("datetime")))
    if "tz_time" in entry and instant(str(entry["tz_time"])) != start:
        raise ValueError(f"{entry['datetime']} and tz_time {entry['tz_time']!s:.40} differ")
    return start


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r:.60} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("the number is absurdly long") from None


def _eur_kwh(price_eur_mwh: Floats) -> Floats:
    return np.round(price_eur_mwh / 1000, 8)


def _lines(text: str, field: str, count: int) -> NDArray[np.int64]:
    """Line of each occurrence of a field of the entries; zeros if they are not one per entry."""
    found = [match.start() for match in re.finditer(rf'"{field}"\s*:', text)]
    if len(found) != count:
        return np.zeros(count, dtype=np.int64)
    ends = [match.start() for match in re.finditer("\n", text)]
    return np.searchsorted(np.array(ends), np.array(found)) + 1
