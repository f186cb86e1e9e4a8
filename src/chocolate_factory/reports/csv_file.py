"""Rows as a CSV file, written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from chocolate_factory.errors import FileRefused


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """RFC 4180 text with one header line; numbers with a decimal point."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write the rows to ``path`` through a temporary file beside it.

    Raises ``FileRefused`` if it cannot be written; an existing file is then left as it was.
    """
    part = None
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(csv_text(header, rows))
        Path(part).replace(path)
    except OSError as fault:
        if part is not None:
            Path(part).unlink(missing_ok=True)
        raise FileRefused(path, f"cannot be written: {fault.strerror}") from None
