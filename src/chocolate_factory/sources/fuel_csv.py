"""CSV files of fuel prices: gas and emission allowances by day, as exchanges export them.

Source: whatever the user may read (MIBGAS publishes its day-ahead index, SENDECO2 and EEX close of
allowances); no service without a contract tells them, so they come as a file. One row per day, the
first column ``date`` (2025-10-26, the day traded or delivered in Madrid), then any of the columns
below; other columns are left alone, an empty cell says nothing. UTF-8, comma between cells, decimal
point. A day counts as known when it is over.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import local_midnight, to_datetime64
from chocolate_factory.market.catalog import CO2_ALLOWANCE, GAS
from chocolate_factory.market.series import Kind, SeriesKey
from chocolate_factory.sources.price_csv import recognises_header
from chocolate_factory.sources.rows import EARLIEST, LATEST, Parsed, Rows, decode

FORMAT = "fuel prices CSV"
SOURCE = "fuel-file"
DATE = "date"
COLUMNS: dict[str, SeriesKey] = {
    "gas_eur_mwh": GAS,
    "mibgas_d1_eur_per_mwh": GAS,
    "co2_eur_t": CO2_ALLOWANCE,
    "eua_certificate_close_eur_per_t": CO2_ALLOWANCE,
}
"""What a column is of, by its name."""


def recognises(data: bytes) -> bool:
    """Whether the header begins with ``date`` and names a fuel."""
    names = recognises_header(data)
    return names[:1] == (DATE,) and not COLUMNS.keys().isdisjoint(names)


def parse(path: Path, data: bytes) -> Parsed:
    """The values of every fuel the file names, one series each.

    Rows that cannot be read are in ``faults``. Raises ``FileRefused`` if the file is not built as
    above: another encoding, two columns of one fuel, a line with too few or too many cells.
    """
    lines = _lines(path, data)
    header = [name.strip() for name in next(lines)[1]]
    if header[:1] != [DATE]:
        raise FileRefused(path, f"its first column is not {DATE}", line=1)
    told = {name: COLUMNS[name] for name in header if name in COLUMNS}
    for name, key in told.items():
        if header.count(name) > 1 or list(told.values()).count(key) > 1:
            raise FileRefused(path, f"{key.name} stands in two columns", line=1, column=name)
    faults: list[FileRefused] = []
    found: dict[str, list[tuple[np.datetime64, float, int]]] = {name: [] for name in told}
    count = 0
    for line, cells in lines:
        if not cells:
            continue
        count += 1
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}"
            raise FileRefused(path, f"{reason}: is the file cut off?", line=line)
        row = dict(zip(header, cells, strict=True))
        column = DATE
        try:
            start = _midnight(row[DATE])
            for column in told:
                if row[column].strip():
                    found[column].append((start, _number(row[column]), line))
        except ValueError as fault:
            faults.append(FileRefused(path, str(fault), line=line, column=column))
    if not count:
        raise FileRefused(path, "has a header and no rows", line=1)
    series = tuple(
        Rows(
            told[name],
            SOURCE,
            Kind.PUBLISHED,
            np.array([start for start, _, _ in rows], dtype="datetime64[s]"),
            np.array([value for _, value, _ in rows]),
            np.array([line for _, _, line in rows], dtype=np.int64),
            name,
        )
        for name, rows in found.items()
        if rows
    )
    return Parsed(FORMAT, count, series, tuple(faults))


def _lines(path: Path, data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line, with its number."""
    table = csv.reader(io.StringIO(decode(path, data)))
    try:
        for cells in table:
            yield table.line_num, cells
    except csv.Error as fault:
        raise FileRefused(path, f"cannot be read: {fault}", line=table.line_num) from None


def _midnight(cell: str) -> np.datetime64:
    try:
        day = date.fromisoformat(cell.strip())
    except ValueError:
        raise ValueError(f"{cell!r:.40} is not a day; write 2025-10-26") from None
    if not EARLIEST <= np.datetime64(day) < LATEST:
        raise ValueError(f"{cell!r:.40} is before the market began or far ahead")
    return to_datetime64(local_midnight(day))


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{cell!r:.40} is not a number; decimals take a point") from None
    if not math.isfinite(value):
        raise ValueError(f"{cell!r:.40} is not a price")
    return value
