"""Rows as a CSV file, written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from chocolate_factory.reports.whole import write_whole


def csv_text(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, decimal_comma: bool = False
) -> str:
    """RFC 4180 text with one header line; numbers with a decimal point.

    With ``decimal_comma`` as a spreadsheet of such a country opens it: semicolons between cells,
    decimal commas, and a byte-order mark.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", delimiter=";" if decimal_comma else ",")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_comma(cell) for cell in row] if decimal_comma else row)
    return f"\ufeff{text.getvalue()}" if decimal_comma else text.getvalue()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write the rows to ``path``, as ``write_whole`` does."""
    write_whole(path, csv_text(header, rows).encode())


def _comma(cell: object) -> object:
    return str(cell).replace(".", ",") if isinstance(cell, float) else cell
