"""OMIE's ``marginalpdbc`` rows, as a file or as an answer: the spot price of Spain for one day.

Plain ASCII, one delivery day, lines ended by CR and LF::

    MARGINALPDBC;
    2025;10;01;1;105.1;105.1;      year;month;day;period;PORTUGAL;SPAIN;
    *

Prices in EUR/MWh with a decimal point, zero and negative ones included. Periods count from 1 from
local midnight: 24 hours (23, 25) until 2025-09-30, 96 quarter-hours (92, 100) after.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.sources.reading import CutOff, Reading, Unlike
from chocolate_factory.sources.rows import EARLIEST, LATEST

SOURCE = "omie"
FIRST = "MARGINALPDBC"
END = "*"
SPAIN = "price Spain"

_ROW = re.compile(
    r"(?P<day>\d{4};\d{1,2};\d{1,2});(?P<period>\d{1,3});(?P<portugal>[^;]*);(?P<spain>[^;]*);",
    re.ASCII,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def prices(text: str) -> tuple[date, Reading]:
    """The delivery day and its prices of Spain [EUR/MWh]; places count lines from 1.

    Raises ``CutOff`` without the closing ``*``, ``Unlike`` if the text holds more than one day or
    another number of periods than the day has, or has a decimal comma.
    """
    lines = text.strip().splitlines()
    if not lines or lines[0].rstrip() != f"{FIRST};":
        raise Unlike(f"the first line must be {FIRST};", at=1)
    if lines[-1].rstrip() != END:
        raise CutOff(f"the closing {END} is missing: it is cut off", at=len(lines))
    rows = [_row(text, line) for line, text in enumerate(lines[1:-1], 2)]
    if not rows:
        raise Unlike("has no prices between its first and its last line", at=1)
    day = _day(rows)
    starts = spec(SPOT).delivery_starts(day)
    _check_periods(day, [row.period for row in rows], len(starts))
    good = [row for row in rows if _NUMBER.fullmatch(row.price)]
    return day, Reading(
        SPOT,
        starts[np.array([row.period - 1 for row in good], dtype=np.int64)],
        np.array([float(row.price) for row in good], dtype=np.float64),
        np.array([row.line for row in good], dtype=np.int64),
        tuple(
            Unlike(f"{row.price!r} is not a number", at=row.line, column=SPAIN)
            for row in rows
            if not _NUMBER.fullmatch(row.price)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    day: str
    period: int
    price: str


def _row(text: str, line: int) -> _Row:
    cells = _ROW.fullmatch(text.strip())
    if cells is None:
        raise Unlike(f"{text[:60]!r} is not year;month;day;period;Portugal;Spain;", at=line)
    price = cells["spain"].strip()
    if "," in price or "," in cells["portugal"]:
        raise Unlike("a decimal comma; OMIE writes a point", at=line, column=SPAIN)
    return _Row(line, cells["day"], int(cells["period"]), price)


def _day(rows: Sequence[_Row]) -> date:
    """The one delivery day of the rows."""
    first = rows[0]
    for row in rows:
        if row.day != first.day:
            raise Unlike(f"a second day, {row.day}, after {first.day}", at=row.line)
    try:
        day = date(*map(int, first.day.split(";")))
    except ValueError:
        raise Unlike(f"{first.day!r} is not a day", at=first.line) from None
    if not EARLIEST < np.datetime64(day) < LATEST:
        raise Unlike(f"{day} is not a day of this market", at=first.line)
    return day


def _check_periods(day: date, periods: Sequence[int], expected: int) -> None:
    absent = sorted(set(range(1, expected + 1)) - set(periods))
    extra = [at for at, period in enumerate(periods) if not 1 <= period <= expected]
    if absent or extra:
        found = f"{len(absent)} are missing, the first is {absent[0]}" if absent else ""
        found = f"here is period {periods[extra[0]]}" if extra else found
        raise Unlike(f"{day} has {expected} periods; {found}", at=extra[0] + 2 if extra else None)
