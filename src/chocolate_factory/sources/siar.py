"""SIAR's daily station data as exported by its web page: CSV → 14 daily weather series.

Address    exported by hand from ``https://servicio.mapa.gob.es/websiar``
Licence    free re-use with the source cited ("SIAR, Ministerio de Agricultura")
Published  the day before, by the morning (08:00 here)
Resolution a day
Limits     none kept: files are not asked for

UTF-16LE without a byte-order mark (a re-save with one, or in UTF-8, is taken too), CRLF, ``;``
between cells, decimal comma, dd/mm/yyyy, hh:mm (24:00 occurs), an empty cell where nothing was
measured. Stations are numbered by province: 23;9 is J09, 23;17 is J17 (Linares, Jaén).

A day is the local calendar day of Madrid, 23 to 25 hours long; its values count as known the next
morning. The five columns with the hour of an extreme are checked and not kept: they are no series.
A day may have a row whose cells are all empty: it is told in a note, and is as missing as one that
has no row.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import (
    Instants,
    local_days,
    local_instants,
    local_midnight,
    to_datetime64,
)
from chocolate_factory.market.series import Floats, Kind, SeriesKey
from chocolate_factory.sources.rows import EARLIEST, LATEST, Parsed, Rows, decode

FORMAT = "SIAR daily CSV"


@dataclass(frozen=True, slots=True)
class Variable:
    """One daily value: its column in the export, its field in the service, its series here."""

    column: str
    field: str
    series: str


VARIABLES = (
    Variable("Temp Media (ºC)", "TempMedia", "temp_mean"),
    Variable("Temp Max (ºC)", "TempMax", "temp_max"),
    Variable("Temp Mínima (ºC)", "TempMin", "temp_min"),
    Variable("Humedad Media (%)", "HumedadMedia", "humidity_mean"),
    Variable("Humedad Max (%)", "HumedadMax", "humidity_max"),
    Variable("Humedad Min (%)", "HumedadMin", "humidity_min"),
    Variable("Velviento (m/s)", "VelViento", "wind_speed_mean"),
    Variable("DirViento (º)", "DirViento", "wind_direction_mean"),
    Variable("VelVientoMax (m/s)", "VelVientoMax", "wind_speed_max"),
    Variable("Dir viento Vel Max (º)", "DirVientoVelMax", "wind_direction_max"),
    Variable("Radiación (MJ/m2)", "Radiacion", "radiation"),
    Variable("Precipitación (mm)", "Precipitacion", "precipitation_day"),
    Variable("PePMon", "PePMon", "precipitation_effective"),
    Variable("EtPMon", "EtPMon", "evapotranspiration"),
)
"""Every variable in the unit of the catalogue."""

SERIES = {variable.column: variable.series for variable in VARIABLES}
"""Column of the export → series of the catalogue, in the same units."""

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
_DAY_MARKS = np.array([char == "/" for char in "dd/mm/yyyy"])
_PROVINCES = {"23": "J"}  # Jaén; SIAR has letters of its own, so others are added as they are met
_FIRST = "IdProvincia"
_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_HOURS_OF_A_DAY = {"", "24:00", *(f"{n // 60:02d}:{n % 60:02d}" for n in range(24 * 60))}
_NUMBER = re.compile(r"(-?\d+(,\d+)?)?", re.ASCII)
_POINT = re.compile(r"-?\d+\.\d+", re.ASCII)
_PLAIN = re.compile(r"[0-9,;-]*")
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
    stations = sorted(set(place.tolist()) - {""})
    empty = np.isnan(np.array(list(values.values()))).all(axis=0)
    notes = [
        note
        for station in stations
        for note in _empty_days(station, start[empty & (place == station)])
    ]
    series = [
        rows
        for station in stations
        for rows in _series(station, place == station, start, table.line, values)
    ]
    return Parsed(FORMAT, table.line.size, tuple(series), tuple(faults), tuple(notes))


def _empty_days(station: str, start: Instants) -> Iterator[str]:
    """A note of the days of ``station`` whose row has no value."""
    if start.size:
        days = ", ".join(str(day) for day in local_days(start))
        yield f"{station}: the rows of {start.size} days are empty, which stay missing: {days}"


def _series(
    station: str,
    here: NDArray[np.bool_],
    start: Instants,
    line: NDArray[np.int64],
    values: Mapping[str, Floats],
) -> Iterator[Rows]:
    """The columns of one station, those with values on the same days sharing their starts."""
    known: dict[bytes, tuple[Instants, NDArray[np.int64]]] = {}
    for name, value in values.items():
        keep = here & ~np.isnan(value)
        if not keep.any():
            continue
        pattern = keep.tobytes()
        if pattern not in known:
            known[pattern] = start[keep], line[keep]
        starts, lines = known[pattern]
        key = SeriesKey(SERIES[name], station)
        yield Rows(key, "siar", Kind.MEASURED, starts, value[keep], lines, name)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Cells by column name, and the line each row stands on, shape (n,)."""

    column: dict[str, list[str]]
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
    rows = [(number, line) for number, line in enumerate(lines[1:], 2) if line]
    width = len(_HEADER)
    for number, line in rows:
        if line.count(";") != width - 1:
            raise FileRefused(
                path,
                f"{line.count(';') + 1} cells where the header has {width}: is the file cut off?",
                line=number,
            )
    cells = ";".join(line for _, line in rows).split(";") if rows else []
    columns = {name: cells[at::width] for at, name in enumerate(_HEADER)}
    return _Table(columns, np.array([number for number, _ in rows], dtype=np.int64))


def _stations_and_days(
    path: Path, table: _Table, faults: list[FileRefused]
) -> tuple[NDArray[np.str_], Instants]:
    """Place ("" where it cannot be told) and local midnight in UTC of each row."""
    try:
        return _stations(table), _days(table)
    except ValueError:
        return _row_by_row(path, table, faults)


def _stations(table: _Table) -> NDArray[np.str_]:
    """The place of each row; ``ValueError`` if a single one is not known."""
    pairs = list(zip(table.column["IdProvincia"], table.column["IdEstacion"], strict=True))
    names = {pair: _place(*pair) for pair in set(pairs)}
    return np.array([names[pair] for pair in pairs])


def _days(table: _Table) -> Instants:
    """Local midnight in UTC of each row; ``ValueError`` if a single one is not as it should be."""
    text = np.array(table.column["Fecha"])
    if text.dtype != np.dtype(f"U{len(_DAY_MARKS)}"):
        raise ValueError("to be read row by row")
    digits = text.view(np.uint32).reshape(-1, len(_DAY_MARKS)) - np.uint32(ord("0"))
    is_mark = digits == np.uint32((ord("/") - ord("0")) % 2**32)
    if not ((is_mark == _DAY_MARKS) & (is_mark | (digits < 10))).all():
        raise ValueError("to be read row by row")
    number = digits.astype(np.int64)
    day, month = (number[:, [at, at + 1]] @ [10, 1] for at in (0, 3))
    year = number[:, 6:] @ [1000, 100, 10, 1]
    months = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
    days = np.asarray(months.astype("datetime64[D]") + (day - 1), dtype="datetime64[D]")
    day_of_year = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(int) + 1
    if not (
        ((month >= 1) & (month <= 12) & (days.astype("datetime64[M]") == months)).all()
        and ((days > EARLIEST) & (days < LATEST)).all()
        and list(map(str, year.tolist())) == table.column["Año"]
        and list(map(str, day_of_year.tolist())) == table.column["Dia"]
    ):
        raise ValueError("to be read row by row")
    return local_instants(days, time())


def _row_by_row(
    path: Path, table: _Table, faults: list[FileRefused]
) -> tuple[NDArray[np.str_], Instants]:
    """The same of a table in which a row is wrong: says which and why."""
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
    joined = ";".join(cells)
    if _PLAIN.fullmatch(joined):
        texts = joined.replace(",", ".").split(";")
        try:
            if "" not in texts:
                return np.array(list(map(float, texts)))
            return np.array([float(text) if text else np.nan for text in texts])
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
    cells = table.column[name]
    if set(cells) <= _HOURS_OF_A_DAY:
        return
    faults += [
        FileRefused(path, f"{cell!r} is not an hour", line=int(table.line[at]), column=name)
        for at, cell in enumerate(cells)
        if cell not in _HOURS_OF_A_DAY
    ]
