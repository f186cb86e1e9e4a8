"""Files of a user that are written whole or refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chocolate_factory import durable
from chocolate_factory.errors import FileRefused


def write_whole(path: Path, data: bytes, *, rights: int = durable.PRIVATE) -> None:
    """As ``durable.write_whole``. Raises ``FileRefused`` if it cannot be written."""
    write_together({path: data}, rights=rights)


def write_together(files: Mapping[Path, bytes], *, rights: int = durable.PRIVATE) -> None:
    """As ``durable.write_together``. Raises ``FileRefused`` naming what cannot be written."""
    try:
        durable.write_together(files, rights=rights)
    except OSError as fault:
        path = Path(str(fault.filename))
        raise FileRefused(path, f"it cannot be written: {fault.strerror}") from None
