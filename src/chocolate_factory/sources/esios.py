"""Files of ESIOS (Red Eléctrica): PVPC day files and indicators as JSON → PVPC, spot, forecasts.

What the format means stands in ``sources.esios_entries``; here it is read from a file, whose faults
are named by line. The same services asked live are in ``sources.esios_live``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.series import Kind
from chocolate_factory.sources import esios_entries
from chocolate_factory.sources.esios_entries import SOURCE
from chocolate_factory.sources.reading import Reading, Unlike
from chocolate_factory.sources.rows import Parsed, Rows, decode

ARCHIVE_FORMAT = "ESIOS archive 70"
INDICATOR_FORMAT = "ESIOS indicator"


def recognises(data: bytes) -> bool:
    """Whether it is a JSON object or list, in whatever encoding."""
    return data[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] in (b"{", b"[")


def parse(path: Path, data: bytes) -> Parsed:
    """The prices of an archive-70 file, or the values of one of ``esios_entries.INDICATORS``.

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
    count = len(entries)
    lines = _Lines(path, "PCB", _lines(text, "PCB", count), _lines(text, "Dia", count))
    try:
        reading = esios_entries.archive(entries)
    except Unlike as fault:
        raise lines.refuse(fault) from None
    return lines.parsed(ARCHIVE_FORMAT, count, reading)


def _indicator(path: Path, text: str, tree: Mapping[str, Any]) -> Parsed:
    values = tree.get("values")
    count = len(values) if isinstance(values, list) else 0
    line = _lines(text, "value", count)
    lines = _Lines(path, "value", line, line)
    try:
        reading = esios_entries.indicator(tree)
    except Unlike as fault:
        raise lines.refuse(fault) from None
    return lines.parsed(f"{INDICATOR_FORMAT} {tree['id']}", count, reading)


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Where the entries of a file stand: the line of their ``column`` and that of the entry."""

    path: Path
    column: str
    of_column: NDArray[np.int64]
    of_entry: NDArray[np.int64]

    def refuse(self, fault: Unlike) -> FileRefused:
        lines = self.of_column if fault.column == self.column else self.of_entry
        line = None if fault.at is None else int(lines[fault.at]) or None
        return FileRefused(self.path, fault.reason, line=line, column=fault.column)

    def parsed(self, name: str, count: int, reading: Reading) -> Parsed:
        rows = Rows(
            reading.key,
            SOURCE,
            Kind.PUBLISHED,
            reading.start,
            reading.value,
            self.of_column[reading.at],
            self.column,
        )
        faults = tuple(self.refuse(fault) for fault in reading.unlike)
        return Parsed(name, count, (rows,), faults, reading.notes)


def _lines(text: str, field: str, count: int) -> NDArray[np.int64]:
    """Line of each occurrence of a field of the entries; zeros if they are not one per entry."""
    found = [match.start() for match in re.finditer(rf'"{field}"\s*:', text)]
    if len(found) != count:
        return np.zeros(count, dtype=np.int64)
    ends = [match.start() for match in re.finditer("\n", text)]
    return np.searchsorted(np.array(ends), np.array(found)) + 1
