"""SIAR's daily station data as exported by its web page: CSV → 14 daily weather series.

UTF-16LE without a byte-order mark (a re-save with one, or in UTF-8, is taken too), CRLF, ``;``
between cells, decimal comma, dd/mm/yyyy, hh:mm (24:00 occurs), an empty cell where nothing was
measured. Stations are numbered by province: 23;9 is J09, 23;17 is J17 (Linares, Jaén).

A day is the local calendar day of Madrid, 23 to 25 hours long; its values count as known the next
morning. The five columns with the hour of an extreme are checked and not kept: they are no series.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import Instants, local_midnight, to_datetime64
from chocolate_factory.market.series import Floats, Kind, SeriesKey
from chocolate_factory.sources.rows import EARLIEST, LATEST, Parsed, Rows, decode

FORMAT = "SIAR daily CSV"

SERIES = {
    "Temp Media (ºC)": "temp_mean",
    "Temp Max (ºC)": "temp_max",
    "Temp Mínima (ºC)": "temp_min",
    "Humedad Media (%)": "humidity_mean",
    "Humedad Max (%)": "humidity_max",
    "Humedad Min (%)": "humidity_min",
    "Velviento (m/s)": "wind_speed_mean",
    "DirViento (º)": "wind_direction_mean",
    "VelVientoMax (m/s)": "wind_speed_max",
    "Dir viento Vel Max (º)": "wind_direction_max",
    "Radiación (MJ/m2)": "radiation",
    "Precipitación (mm)": "precipitation_day",
    "PePMon": "precipitation_effective",
    "EtPMon": "evapotranspiration",
}
"""Column → series of the catalogue, in the same units."""

SIAR_CLASSIC_VARIABLES = (
    "temp_mean", "temp_max", "temp_min", "humidity_mean", "humidity_max", "humidity_min",
    "wind_speed_mean", "wind_direction_mean", "wind_speed_max", "precipitation_day",
)  # fmt: skip
"""The ten variables by which the Linares history is counted: temperature, humidity and wind with
their extremes, and rain. Radiation is not one of them."""

_HEADER_LINE = (
    "IdProvincia;IdEstacion;Fecha;Año;Dia;Temp Media (ºC);Temp Max (ºC);Hora Temp Max;"
    "Temp Mínima (ºC);Hora Temp Min;Humedad Media (%);Humedad Max (%);Hora Hum Max;"
    "Humedad Min (%);Hora Hum Mín;Velviento (m/s);DirViento (º);VelVientoMax (m/s);Hora VelMax;"
    "Dir viento Vel Max (º);Radiación (MJ/m2);Precipitación (mm);PePMon;EtPMon"
)
_HEADER = _HEADER_LINE.split(";")
_PROVINCES = {"23": "J"}  # Jaén; SIAR has letters of its own, so others are added as they are met
_FIRST = "IdProvincia"
_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_HOUR = re.compile(r"(([01]\d|2[0-3]):[0-5]\d|24:00)?", re.ASCII)
_NUMBER = re.compile(r"(-?\d+(,\d+)?)?", re.ASCII)
_POINT = re.compile(r"-?\d+\.\d+", re.ASCII)
_PLAIN = re.compile(r"[0-9,-]*")
_HOURS = tuple(name for name in _HEADER if name.startswith("Hora "))


def recognises(data: bytes) -> bool:
    """Whether the first cell is ``IdProvincia``, in whatever encoding."""
    head = data[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return head.startswith(_FIRST.encode())


def parse(path: Path, data: bytes) -> Parsed:
    """The days of one export, of one station or several.

    Raises ``FileRefused`` if the file is not built as above: another encoding or decimal mark,
    other columns, cut off.
    """
    text = decode(path, data, _encoding(data))
    lines = text.splitlines()
    _check_header(path, lines[0])
    if not text.endswith("\n"):
        raise FileRefused(path, "the last line has no end: the file is cut off", line=len(lines))
    table = _table(path, lines)
    if not table.line.size:
        raise FileRefused(path, "has a header and no days", line=1)
    faults: list[FileRefused] = []
    place, start = _stations_and_days(path, table, faults)
    values = {name: _numbers(path, table, name, faults) for name in SERIES}
    for name in _HOURS:
        _check_hours(path, table, name, faults)
    series = tuple(
        Rows(
            SeriesKey(SERIES[name], station), "siar", Kind.MEASURED, start[keep], value[keep],
            table.line[keep], name,
        )
        for station in sorted(set(place.tolist()) - {""})
        for name, value in values.items()
        if (keep := (place == station) & ~np.isnan(value)).any()
    )  # fmt: skip
    return Parsed(FORMAT, table.line.size, series, tuple(faults))


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Cells by column name, and the line each row stands on, shape (n,)."""

    column: dict[str, tuple[str, ...]]
    line: NDArray[np.int64]


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-le" if data[1:2] == b"\0" else "utf-8-sig"


def _check_header(path: Path, line: str) -> None:
    seen = line.split(";")
    for at, name in enumerate(_HEADER):
        if at >= len(seen) or seen[at] != name:
            found = repr(seen[at][:40]) if at < len(seen) else "nothing"
            raise FileRefused(
                path,
                f"expected {name!r} as column {at + 1} of {len(_HEADER)}, separated by ';'; "
                f"found {found}",
                line=1,
                column=name,
            )
    if len(seen) > len(_HEADER):
        raise FileRefused(path, "unknown column", line=1, column=seen[len(_HEADER)])


def _table(path: Path, lines: Sequence[str]) -> _Table:
    rows, numbers = [], []
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        row = line.split(";")
        if len(row) != len(_HEADER):
            raise FileRefused(
                path,
                f"{len(row)} cells where the header has {len(_HEADER)}: is the file cut off?",
                line=number,
            )
        rows.append(row)
        numbers.append(number)
    columns = zip(*rows, strict=True) if rows else [()] * len(_HEADER)
    return _Table(dict(zip(_HEADER, columns, strict=True)), np.array(numbers, dtype=np.int64))


def _stations_and_days(
    path: Path, table: _Table, faults: list[FileRefused]
) -> tuple[NDArray[np.str_], Instants]:
    """Place ("" where it cannot be told) and local midnight in UTC of each row."""
    place, start = [], []
    names = ("IdProvincia", "IdEstacion", "Fecha", "Año", "Dia")
    for at, cells in enumerate(zip(*(table.column[name] for name in names), strict=True)):
        try:
            column = "IdEstacion"
            station = _place(*cells[:2])
            column = "Fecha"
            midnight = to_datetime64(local_midnight(_day(*cells[2:])))
        except ValueError as fault:
            line = int(table.line[at])
            faults.append(FileRefused(path, str(fault), line=line, column=column))
            station, midnight = "", np.datetime64("NaT", "s")
        place.append(station)
        start.append(midnight)
    return np.array(place), np.array(start, dtype="datetime64[s]")


def _place(province: str, station: str) -> str:
    if province not in _PROVINCES or not re.fullmatch(r"[0-9]{1,2}", station):
        known = ", ".join(_PROVINCES)
        raise ValueError(f"station {province};{station} is not known; provinces known: {known}")
    return f"{_PROVINCES[province]}{int(station):02d}"


def _day(text: str, year: str, day_of_year: str) -> date:
    cells = _DATE.fullmatch(text)
    if cells is None:
        raise ValueError(f"{text!r} is not a day dd/mm/yyyy")
    try:
        day = date(int(cells[3]), int(cells[2]), int(cells[1]))
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar") from None
    if not EARLIEST < np.datetime64(day) < LATEST:
        raise ValueError(f"{text!r} is before SIAR began or far ahead")
    if (year, day_of_year) != (str(day.year), str(day.timetuple().tm_yday)):
        raise ValueError(f"{text!r} is not day {day_of_year} of {year}")
    return day


def _numbers(path: Path, table: _Table, name: str, faults: list[FileRefused]) -> Floats:
    """The values of a column, NaN where the cell is empty or in ``faults``, shape (n,)."""
    cells = table.column[name]
    if _PLAIN.fullmatch("".join(cells)):
        try:
            return np.array([float(cell.replace(",", ".")) if cell else np.nan for cell in cells])
        except ValueError:
            pass
    value = np.full(len(cells), np.nan)
    for at, cell in enumerate(cells):
        line = int(table.line[at])
        if _POINT.fullmatch(cell):
            reason = f"{cell!r} has a decimal point; SIAR writes a comma: take the file as exported"
            raise FileRefused(path, reason, line=line, column=name)
        if not _NUMBER.fullmatch(cell):
            faults.append(FileRefused(path, f"{cell!r} is not a number", line=line, column=name))
        elif cell:
            value[at] = float(cell.replace(",", "."))
    return value


def _check_hours(path: Path, table: _Table, name: str, faults: list[FileRefused]) -> None:
    faults += [
        FileRefused(path, f"{cell!r} is not an hour", line=int(table.line[at]), column=name)
        for at, cell in enumerate(table.column[name])
        if not _HOUR.fullmatch(cell)
    ]
