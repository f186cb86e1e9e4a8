"""OMIE's day-ahead price files, ``marginalpdbc_YYYYMMDD.v``: bytes → spot price of Spain.

https://www.omie.es/es/file-download?parents=marginalpdbc&filename=marginalpdbc_20251001.1
(no key; a missing day may answer with a web page). Plain ASCII, one delivery day::

    MARGINALPDBC;
    2025;10;01;1;105.1;105.1;      year;month;day;period;PORTUGAL;SPAIN;
    *

Prices in EUR/MWh with a decimal point, zero and negative ones included. Periods count from 1 from
local midnight: 24 hours (23, 25) until 2025-09-30, 96 quarter-hours (92, 100) after. ``v`` is the
version: 1, or 2 and 3 for a re-issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.market.series import Kind
from chocolate_factory.sources.rows import EARLIEST, LATEST, Parsed, Rows, decode

FORMAT = "OMIE marginalpdbc"
FIRST = "MARGINALPDBC"
END = "*"
SPAIN = "price Spain"

_ROW = re.compile(
    r"(?P<day>\d{4};\d{1,2};\d{1,2});(?P<period>\d{1,3});(?P<portugal>[^;]*);(?P<spain>[^;]*);",
    re.ASCII,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_NAME = re.compile(r"marginalpdbc_(\d{8})\.([1-9]\d{0,2})(\.gz)?", re.IGNORECASE | re.ASCII)


def recognises(data: bytes) -> bool:
    """Whether the first token is OMIE's."""
    return data.lstrip().startswith(FIRST.encode())


def parse(path: Path, data: bytes) -> Parsed:
    """The prices of Spain of one delivery day.

    The version is taken from the file's name: a re-issue counts as known one minute later for each
    version: it revises the first one. ``superseded`` finds files that should not be read at all.

    Raises ``FileRefused`` if the file is cut off (no closing ``*``), holds more than one day or
    another number of periods than the day has, has a decimal comma, or is named after another day.
    """
    lines = decode(path, data.strip()).splitlines()
    if lines[0].rstrip() != f"{FIRST};":
        raise FileRefused(path, f"the first line must be {FIRST};", line=1)
    if lines[-1].rstrip() != END:
        reason = f"the closing {END} is missing: the file is cut off, download it again"
        raise FileRefused(path, reason, line=len(lines))
    rows = [_row(path, text, line) for line, text in enumerate(lines[1:-1], 2)]
    if not rows:
        raise FileRefused(path, "has no prices between its first and its last line", line=1)
    day = _day(path, rows)
    starts = spec(SPOT).delivery_starts(day)
    _check_periods(path, day, [row.period for row in rows], len(starts))
    faults = tuple(
        FileRefused(path, f"{row.price!r} is not a number", line=row.line, column=SPAIN)
        for row in rows
        if not _NUMBER.fullmatch(row.price)
    )
    good = [row for row in rows if _NUMBER.fullmatch(row.price)]
    prices = Rows(
        SPOT,
        "omie",
        Kind.PUBLISHED,
        starts[np.array([row.period - 1 for row in good], dtype=np.int64)],
        np.array([float(row.price) for row in good], dtype=np.float64),
        np.array([row.line for row in good], dtype=np.int64),
        SPAIN,
        resolution_stated=True,
        later=timedelta(minutes=_version(path) - 1),
    )
    return Parsed(FORMAT, len(rows), (prices,), faults)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    day: str
    period: int
    price: str


def _row(path: Path, text: str, line: int) -> _Row:
    cells = _ROW.fullmatch(text.strip())
    if cells is None:
        raise FileRefused(
            path, f"{text[:60]!r} is not year;month;day;period;Portugal;Spain;", line=line
        )
    price = cells["spain"].strip()
    if "," in price or "," in cells["portugal"]:
        raise FileRefused(
            path,
            "a decimal comma; OMIE writes a point: take the file as it was downloaded",
            line=line,
            column=SPAIN,
        )
    return _Row(line, cells["day"], int(cells["period"]), price)


def _day(path: Path, rows: Sequence[_Row]) -> date:
    """The one delivery day of the file, held against the file's name."""
    first = rows[0]
    for row in rows:
        if row.day != first.day:
            raise FileRefused(path, f"a second day, {row.day}, after {first.day}", line=row.line)
    try:
        day = date(*map(int, first.day.split(";")))
    except ValueError:
        raise FileRefused(path, f"{first.day!r} is not a day", line=first.line) from None
    if not EARLIEST < np.datetime64(day) < LATEST:
        raise FileRefused(path, f"{day} is not a day of this market", line=first.line)
    named = _NAME.fullmatch(path.name)
    if named and named[1] != f"{day:%Y%m%d}":
        raise FileRefused(path, f"the name says {named[1]}, the rows {day:%Y%m%d}", line=first.line)
    return day


def _check_periods(path: Path, day: date, periods: Sequence[int], expected: int) -> None:
    absent = sorted(set(range(1, expected + 1)) - set(periods))
    extra = [at for at, period in enumerate(periods) if not 1 <= period <= expected]
    if absent or extra:
        found = f"{len(absent)} are missing, the first is {absent[0]}" if absent else ""
        found = f"here is period {periods[extra[0]]}" if extra else found
        raise FileRefused(
            path, f"{day} has {expected} periods; {found}", line=extra[0] + 2 if extra else None
        )


def superseded(paths: Iterable[Path]) -> dict[Path, Path]:
    """Files of a day of which a later version is among ``paths`` too, each with that version."""
    newest: dict[str, Path] = {}
    versions = [(path, named) for path in paths if (named := _NAME.fullmatch(path.name))]
    for path, named in versions:
        best = newest.setdefault(named[1], path)
        if _version(path) > _version(best):
            newest[named[1]] = path
    return {path: newest[named[1]] for path, named in versions if path != newest[named[1]]}


def _version(path: Path) -> int:
    named = _NAME.fullmatch(path.name)
    return int(named[2]) if named else 1
