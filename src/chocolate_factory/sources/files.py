"""Files a user gives: recognised by what is in them, read whole or refused whole.

A file built otherwise than its format says is refused with the first place where it differs; a file
of the right build with wrong rows is refused too, and all of them are named. In neither case is
anything of it imported.
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.series import Observations
from chocolate_factory.sources import (
    esios,
    fuel_csv,
    omie,
    price_components,
    price_csv,
    price_file,
    siar,
)
from chocolate_factory.sources.rows import Parsed, Shared, beginning, examine, to_observations

LARGEST_BYTES = 200_000_000
NAMED_FAULTS = 20

KNOWN_FORMATS = (
    "price CSV (time_utc with price_eur_kwh or spot_es_eur_mwh, also .gz)",
    "OMIE marginalpdbc",
    "ESIOS archive 70 (JSON)",
    "ESIOS indicator 1001, 600, 1775, 1777 or 1779 (JSON)",
    "SIAR daily CSV",
    "fuel prices CSV (date with gas_eur_mwh or co2_eur_t)",
)

_FORMATS: tuple[tuple[Callable[[bytes], bool], Callable[[Path, bytes], Parsed]], ...] = (
    (price_components.recognises, price_components.parse),
    (price_csv.recognises, price_file.parse),
    (omie.recognises, omie.parse),
    (siar.recognises, siar.parse),
    (fuel_csv.recognises, fuel_csv.parse),
    (esios.recognises, esios.parse),
)


@dataclass(frozen=True, slots=True)
class FileReading:
    """What was read from a file.

    Parameters
    ----------
    path, format
        The file, and which format it was recognised as.
    rows
        Rows below the header, wrong ones included.
    observations
        The values, one batch per series; empty if any row was refused.
    refused
        An error for each wrong row, the first ``NAMED_FAULTS`` of them, in order of lines.
    notes
        What was left out and why, for a person.
    """

    path: Path
    format: str
    rows: int
    observations: tuple[Observations, ...]
    refused: tuple[FileRefused, ...] = ()
    notes: tuple[str, ...] = ()


def read_file(path: Path, data: bytes, *, received_at: datetime) -> FileReading:
    """Recognise ``data`` by its content and read it.

    Values count as known from the publication time of their series' rule (inferred), or from
    ``received_at`` if that comes first. A row that says again what an earlier one said is taken
    once and counted in the notes.

    Raises ``FileRefused`` if the format is not known or the file is not built as its format says:
    cut off, in another encoding, with another header or decimal mark. Rows that are wrong in a
    well-built file, such as those not published yet, are returned in ``refused``; then
    ``observations`` is empty.
    """
    parsed = _parse(path, unpacked(path, data))
    shared = Shared()
    examined = [examine(path, rows, shared, received_at=received_at) for rows in parsed.series]
    faults = [*parsed.faults, *(fault for each in examined for fault in each.faults)]
    notes = list(parsed.notes)
    if faults:
        faults.sort(key=lambda fault: fault.line or 0)
        if len(faults) > NAMED_FAULTS:
            notes.append(f"{len(faults) - NAMED_FAULTS} more wrong rows are not named")
        return FileReading(
            path, parsed.format, parsed.count, (), tuple(faults[:NAMED_FAULTS]), tuple(notes)
        )
    repeated = frozenset[int]().union(*(each.repeated for each in examined))
    if repeated:
        notes.append(f"{len(repeated)} rows say again what an earlier row said: taken once")
    observations = tuple(
        to_observations(each.rows, received_at=received_at, shared=shared)
        for each in examined
        if len(each.rows)
    )
    return FileReading(path, parsed.format, parsed.count, observations, (), tuple(notes))


def expand(paths: Iterable[Path]) -> list[Path]:
    """The files themselves, and those in folders at any depth, sorted; hidden ones are skipped.

    A path that is given twice comes once. A path that does not exist, and a folder without files,
    stays in the list: reading it says what is wrong.
    """
    found: dict[Path, None] = {}
    for path in paths:
        for file in _files_in(path) or [path]:
            found.setdefault(file)
    return list(found)


def _files_in(folder: Path) -> list[Path]:
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root) / name for name in names if not name.startswith(".")]
    return sorted(found)


def unpacked(path: Path, data: bytes) -> bytes:
    """The bytes of a file, of a gzip file those packed in it.

    Raises ``FileRefused`` if it cannot be unpacked or holds more than ``LARGEST_BYTES``.
    """
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
                data = packed.read(LARGEST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as fault:
            raise FileRefused(path, f"cannot be unpacked, download it again: {fault}") from None
    if len(data) > LARGEST_BYTES:
        raise FileRefused(path, f"holds more than {LARGEST_BYTES // 10**6} MB: split it")
    return data


def _parse(path: Path, data: bytes) -> Parsed:
    if not data.strip():
        raise FileRefused(path, "the file is empty")
    for recognises, parse in _FORMATS:
        if recognises(data):
            return parse(path, data)
    if data.lstrip().startswith(b"<"):
        raise FileRefused(
            path,
            "is a web page or XML, not data: the service answered with a page in place of the "
            "file, which happens when it does not exist. Download it again",
            line=1,
        )
    raise FileRefused(
        path,
        f"begins with {beginning(data)}, which is none of the known formats: "
        f"{'; '.join(KNOWN_FORMATS)}",
        line=1,
    )
