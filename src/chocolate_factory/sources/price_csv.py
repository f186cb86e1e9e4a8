"""CSV files of prices: how they are built, whatever the price is of.

UTF-8 (byte-order mark allowed), comma between cells, decimal point, line end after every line; or,
as spreadsheets write it in Spain, semicolon between cells and decimal comma. The first column is
``time_utc``, the start of the delivery period with ``Z`` or an offset, or where the caller knows
whose clock it is ``time_local``, the time on that clock; a column ``resolution_min`` says how long
each period lasts.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import SeriesSpec
from chocolate_factory.market.series import Floats
from chocolate_factory.sources.rows import EARLIEST, LATEST, decode, instant

FORMAT = "price CSV"
TIME, LOCAL_TIME, RESOLUTION = "time_utc", "time_local", "resolution_min"

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_POINTED = re.compile(r"[+-]?\d*\.[\d.]*(,\d*)?", re.ASCII)
_AS_COMMAS = str.maketrans(",;", ".,")
_COMMA = re.compile(r"[+-]?\d+,\d*", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_MINUTES = re.compile(r"\d{1,4}", re.ASCII)
_STAMPS = {
    TIME: ("0000-00-00T00:00:00Z",),
    LOCAL_TIME: ("0000-00-00 00:00:00", "0000-00-00T00:00:00", "0000-00-00 00:00"),
}
"""How times are usually written: read all at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What a price CSV holds.

    Parameters
    ----------
    header
        Names of the columns, the first one ``time_utc`` or ``time_local``.
    price
        Name of the column the values are from.
    count
        Rows below the header, those that cannot be read included.
    line, start, value, stated_min
        Line from 1, delivery start (UTC, or as the clock showed it), price as it stands and length
        of the period [min], shape (n,), in file order; rows that cannot be read are left out.
        ``stated_min`` is None without a column ``resolution_min``.
    faults
        An error for each row that cannot be read.
    """

    header: tuple[str, ...]
    price: str
    count: int
    line: NDArray[np.int64]
    start: Instants
    value: Floats
    stated_min: NDArray[np.int64] | None
    faults: tuple[FileRefused, ...] = ()


def recognises(data: bytes, time: str = TIME) -> bool:
    """Whether the first cell is ``time``, in whatever encoding."""
    head = data[:64].replace(b"\0", b"").lstrip(b'\xef\xbb\xbf\xff\xfe" ')
    return head.startswith(time.encode())


def recognises_header(data: bytes) -> tuple[str, ...]:
    """Names in the first line, of bytes that may be anything."""
    line = next(iter(data[:2000].splitlines()), b"").removeprefix(b"\xef\xbb\xbf")
    return tuple(name.strip(' "') for name in re.split("[,;]", line.decode("latin-1")))


def read_header(path: Path, data: bytes) -> tuple[str, ...]:
    """Names of the columns. Raises ``FileRefused`` for another encoding or separator."""
    return _header(path, _text(path, data).splitlines()[0])


def read_columns(
    path: Path,
    data: bytes,
    *,
    price_column: Callable[[Path, Sequence[str]], str],
    time: str = TIME,
    blanks: bool = False,
) -> Columns:
    """The rows of a price CSV whose times stand in column ``time``.

    ``price_column`` is given the path and the header, says which column holds the values and
    raises ``FileRefused`` if it does not like the header. With ``blanks`` a row whose cell is empty
    says nothing and is left out; without, the price is missing.

    Raises ``FileRefused`` if the file is not built as above: another encoding, separator or
    decimal mark, a line with too few or too many cells, cut off.
    """
    text = _text(path, data)
    lines = text.splitlines()
    header = _header(path, lines[0])
    if time not in header:
        raise FileRefused(path, f"begins with {header[0]!r}: a column {time} is missing", line=1)
    price = price_column(path, header)
    for name in (time, price, RESOLUTION):
        if header.count(name) > 1:
            raise FileRefused(path, "column stands twice", line=1, column=name)
    if not any(lines[1:]):
        raise FileRefused(path, "has a header and no rows", line=1)
    try:
        columns = _all_at_once(lines, header, price, time)
    except (ValueError, OverflowError):
        columns = _line_by_line(path, lines, header, price, time, blanks=blanks)
    if not text.endswith(("\n", "\r")):
        raise FileRefused(
            path,
            "the last line has no line end: the file may be cut off within a number. Download it "
            "again, or if it is whole end the last line with a line break",
            line=len(lines),
        )
    return columns


def wrong_lengths(path: Path, columns: Columns, about: SeriesSpec) -> list[FileRefused]:
    """An error for each period whose stated length is not the one ``about`` gives its day."""
    if columns.stated_min is None:
        return []
    known = in_market(columns.start)
    due_min = columns.stated_min.copy()
    due_min[known] = about.resolutions_s(columns.start[known]) // 60
    return [
        FileRefused(
            path,
            f"{columns.stated_min[at]}, but periods of {about.name} last {due_min[at]} min "
            f"on {about.clock.days(columns.start[at : at + 1])[0]}",
            line=int(columns.line[at]),
            column=RESOLUTION,
        )
        for at in np.flatnonzero(columns.stated_min != due_min).tolist()
    ]


def in_market(start: Instants) -> NDArray[np.bool_]:
    """Which times can be delivery starts of this market at all."""
    return np.asarray((start >= EARLIEST) & (start < LATEST))


def _text(path: Path, data: bytes) -> str:
    """The text of a file with a comma between cells and a decimal point, if it says which is which.

    Semicolons between cells mean decimal commas: numbers with points beside them could be either
    thousands or decimals, and the file is refused.
    """
    text = decode(path, data)
    lines = text.splitlines()
    if not lines or ";" not in lines[0] or "," in lines[0]:
        return text
    if "," in text:
        for number, line in enumerate(lines[1:], 2):
            for cell in line.split(";"):
                if _POINTED.fullmatch(cell.strip(' "')):
                    raise FileRefused(
                        path,
                        f"{cell!r:.60} has a point in a file with decimal commas: is it a decimal "
                        "or a thousand? Write every number without points",
                        line=number,
                    )
    return text.translate(_AS_COMMAS)


def _header(path: Path, line: str) -> tuple[str, ...]:
    other_mark = re.search(r"[;\t|]", line)
    if other_mark:
        raise FileRefused(
            path,
            f"columns are separated by {other_mark.group()!r}; write a comma between cells and a "
            "point in decimals",
            line=1,
        )
    return tuple(name.strip().strip('"') for name in line.split(","))


def _all_at_once(lines: Sequence[str], header: Sequence[str], price: str, time: str) -> Columns:
    """The body of a file without a flaw or a whim; ``ValueError`` for any other."""
    body = ",".join(lines[1:])
    cells = body.split(",")
    width, count = len(header), len(lines) - 1
    # float() and int() also take 1_000 and digits of other scripts
    if header[0] != time or not body.isascii() or "_" in body or len(cells) != width * count:
        raise ValueError("to be read line by line")
    column = {name: cells[at::width] for at, name in enumerate(header)}
    return Columns(
        tuple(header),
        price,
        count,
        np.arange(2, count + 2),
        _stamped(
            column[time], _STAMPS[time]
        ),  # a line with a cell too few or too many would shift a price here
        np.array(list(map(float, column[price]))),
        np.array(list(map(int, column[RESOLUTION])), dtype=np.int64)
        if RESOLUTION in column
        else None,
    )


def _stamped(cells: Sequence[str], stamps: Sequence[str]) -> Instants:
    """All of ``2025-10-26T01:00:00Z`` at once; ``ValueError`` if a single one is otherwise."""
    text = np.array(cells)
    stamp = next((one for one in stamps if one[10:11] == cells[0][10:11]), stamps[0])
    width = len(stamp)
    if text.dtype != np.dtype(f"U{width}"):
        raise ValueError("not all of the same length")
    separators = [at for at, char in enumerate(stamp) if char != "0"]
    places = [at for at, char in enumerate(stamp) if char == "0"]
    codes = text.view(np.uint32).reshape(len(cells), width)
    marks = np.array([ord(stamp[at]) for at in separators], dtype=np.uint32)
    digits = codes[:, places] - np.uint32(ord("0"))  # anything below "0" wraps to a large number
    if (codes[:, separators] != marks).any() or (digits > 9).any():
        raise ValueError("not all written alike")
    instants: Instants = text.astype(f"U{len(stamp.removesuffix('Z'))}").astype("datetime64[s]")
    return instants


def _wall(cell: str) -> np.datetime64:
    """A time on a clock; ``ValueError`` with a text for the user if it is none."""
    try:
        at = datetime.fromisoformat(cell.strip())
    except ValueError:
        raise ValueError(f"{cell!r:.60} is not a time; write 2025-10-26 01:00") from None
    if at.tzinfo is not None:
        raise ValueError(
            f"{cell!r:.60} has an offset: local times have none, call the column {TIME} instead"
        )
    if at.microsecond:
        raise ValueError(f"{cell!r:.60} is not a full second")
    return np.datetime64(at, "s")


def _line_by_line(
    path: Path,
    lines: Sequence[str],
    header: Sequence[str],
    price: str,
    time: str,
    *,
    blanks: bool,
) -> Columns:
    """The body of a file that is written otherwise or is wrong somewhere: says where."""
    read: list[tuple[int, np.datetime64, float, int]] = []
    faults: list[FileRefused] = []
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        cells = _cells(path, line, number, header)
        column = time
        try:
            start = instant(cells[time]) if time == TIME else _wall(cells[time])
            if blanks and not cells[price].strip():
                continue
            column = price
            value = _price(cells[price])
            column = RESOLUTION
            minutes = _minutes(cells[RESOLUTION]) if RESOLUTION in cells else 0
        except ValueError as fault:
            if column == price and _COMMA.fullmatch(cells[price].strip()):
                raise FileRefused(path, str(fault), line=number, column=column) from None
            faults.append(FileRefused(path, str(fault), line=number, column=column))
            continue
        read.append((number, start, value, minutes))
    return Columns(
        tuple(header),
        price,
        len(read) + len(faults),
        np.array([row[0] for row in read], dtype=np.int64),
        np.array([row[1] for row in read], dtype="datetime64[s]"),
        np.array([row[2] for row in read], dtype=np.float64),
        np.array([row[3] for row in read], dtype=np.int64) if RESOLUTION in header else None,
        tuple(faults),
    )


def _cells(path: Path, line: str, number: int, header: Sequence[str]) -> dict[str, str]:
    try:
        cells = next(csv.reader([line], strict=True))
    except csv.Error as fault:
        raise FileRefused(path, f"is not CSV: {fault}", line=number) from None
    if len(cells) != len(header):
        more = len(cells) > len(header)
        hint = "decimals take a point, not a comma" if more else "is the file cut off?"
        raise FileRefused(
            path,
            f"{len(cells)} cells where the header has {len(header)}: {hint}",
            line=number,
            column=header[-1],
        )
    return dict(zip(header, cells, strict=True))


def _price(cell: str) -> float:
    text = cell.strip()
    if _NUMBER.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        return float(text)
    if _COMMA.fullmatch(text):
        raise ValueError(f"{cell!r} has a decimal comma; write a point")
    raise ValueError(f"{cell!r} is not a number" if text else "the price is missing")


def _minutes(cell: str) -> int:
    if not _MINUTES.fullmatch(cell.strip()):
        raise ValueError(f"{cell!r} is not a number of minutes")
    return int(cell)
