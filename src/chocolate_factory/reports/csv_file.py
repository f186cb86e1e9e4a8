"""Rows as a CSV file, written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from chocolate_factory.errors import FileRefused


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


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` through a temporary file beside it.

    Raises ``FileRefused`` if it cannot be written; an existing file is then left as it was.
    """
    part = None
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(part).replace(path)
    except OSError as fault:
        if part is not None:
            Path(part).unlink(missing_ok=True)
        raise FileRefused(path, f"cannot be written: {fault.strerror}") from None


def _comma(cell: object) -> object:
    return str(cell).replace(".", ",") if isinstance(cell, float) else cell
