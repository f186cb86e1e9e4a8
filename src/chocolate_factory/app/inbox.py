"""A user's files taken in, each whole or not at all; importing twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chocolate_factory import pipeline
from chocolate_factory.errors import FileRefused, SeriesInvalid
from chocolate_factory.sources import omie
from chocolate_factory.sources.files import FileReading, expand, read_file
from chocolate_factory.store.base import Appended, Store

NOTHING = Appended(received=0, new=0, revised=0, unchanged=0)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file: ``refused`` says why nothing of it was taken, ``newer`` which other
    file replaces it."""

    path: Path
    reading: FileReading | None
    appended: Appended = NOTHING
    refused: tuple[str, ...] = ()
    newer: Path | None = None


def import_files(store: Store, paths: Sequence[Path], *, now: datetime) -> Iterator[Imported]:
    """Import files and folders, each file whole or not at all; one result for each file.

    Raises ``FileRefused`` if a path is not there, ``StoreError`` if the store fails.
    """
    files = expand(paths)
    old = omie.superseded(files)
    for path in files:
        if path in old:
            yield Imported(path, None, newer=old[path])
        else:
            yield _import_file(store, path, now)


def _import_file(store: Store, path: Path, now: datetime) -> Imported:
    reading = None
    try:
        reading = read_file(path, _bytes(path), received_at=now)
        refused = tuple(str(fault) for fault in reading.refused)
        if refused:
            return Imported(path, reading, refused=refused)
        return Imported(path, reading, pipeline.take_in(store, reading.observations, now=now))
    except (FileRefused, SeriesInvalid) as fault:
        return Imported(path, reading, refused=(str(fault),))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise FileRefused(path, fault.strerror or "cannot be read") from None
