"""Files of the configuration, from a backup back to where they were in the data folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from chocolate_factory.durable import write_whole
from chocolate_factory.errors import FileRefused, StoreError
from chocolate_factory.store.backup.reading import Backup

SUFFIX = ".from-backup"
"""Ending of what is put beside another file; no program reads such a name."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a file belongs, and where it was put instead if another one is there."""

    path: Path
    beside: Path | None = None


def put_back(backup: Backup, folder: Path) -> tuple[Placed, ...]:
    """Write the files of ``backup`` below ``folder``, readable by their owner only.

    What is there is never changed: of two that differ the backup's is put beside, with ``SUFFIX``.

    Raises
    ------
    FileRefused
        If a file would come to lie outside ``folder``, by a link; nothing was written.
    StoreError
        If a file cannot be written. What was written stays, and the same call goes on from there.
    """
    root = folder.resolve()
    for user_file in backup.manifest.files:
        if not (root / user_file.name).resolve().is_relative_to(root):
            raise FileRefused(
                backup.path, f"its {user_file.name} would be written outside {folder}, by a link"
            )
    return tuple(_put(folder / name, content) for name, content in backup.files())


def _put(path: Path, content: bytes) -> Placed:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for number in count():
            place = path.with_name(f"{path.name}{SUFFIX}{number if number > 1 else ''}")
            place = place if number else path
            if not os.path.lexists(place):
                write_whole(place, content)
                break
            if place.is_file() and place.read_bytes() == content:
                break
    except OSError as fault:
        raise StoreError(
            f"{path} of the backup cannot be written: {fault.strerror}. Make room, or correct the "
            "rights, and restore again"
        ) from fault
    return Placed(path, None if place == path else place)
