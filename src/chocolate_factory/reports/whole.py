"""Files that are written whole or not at all, also where the power fails meanwhile."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from chocolate_factory.errors import FileRefused

PRIVATE, USUAL = 0o600, 0o666
"""Rights of a new file: its owner's only, or what the system's mask leaves of all."""


def write_whole(path: Path, data: bytes, *, rights: int = PRIVATE) -> None:
    """Write ``data`` to ``path`` through a temporary file beside it.

    Raises ``FileRefused`` if it cannot be written; an existing file is then left as it was.
    """
    write_together({path: data}, rights=rights)


def write_together(files: Mapping[Path, bytes], *, rights: int = PRIVATE) -> None:
    """Write files that belong together: none takes its place before all of them lie on the disk.

    Raises ``FileRefused`` naming the one that cannot be written; the existing ones are then left as
    they were.
    """
    parts: dict[Path, Path] = {}
    path = next(iter(files))
    try:
        for path, data in files.items():
            part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            parts[path] = part
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights)
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        for path, part in parts.items():
            part.replace(path)
    except OSError as fault:
        raise FileRefused(path, f"it cannot be written: {fault.strerror}") from None
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
