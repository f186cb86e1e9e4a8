"""Files that are written whole or not at all, and are there after a loss of power."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

PRIVATE, USUAL = 0o600, 0o666
"""Rights of a new file: its owner's only, or what the system's mask leaves of all."""


def sync_folder(folder: Path) -> None:
    """Make a new name in ``folder`` durable, where the system lets folders be synced."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_whole(path: Path, content: bytes, *, rights: int = PRIVATE) -> None:
    """Write ``content`` to ``path``, which is at any instant as it was or all of it.

    Raises ``OSError`` if it cannot be written; an existing file is then left as it was.
    """
    write_together({path: content}, rights=rights)


def write_together(files: Mapping[Path, bytes], *, rights: int = PRIVATE) -> None:
    """Write files that belong together: none takes its place before all of them lie on the disk.

    Raises ``OSError``, its ``filename`` the one that cannot be written; the existing ones are then
    left as they were.
    """
    parts: dict[Path, Path] = {}
    path = next(iter(files))
    try:
        for path, content in files.items():
            part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            parts[path] = part
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for path, part in parts.items():
            part.replace(path)
        for folder in {path.parent for path in files}:
            sync_folder(folder)
    except OSError as fault:
        fault.filename = str(path)
        raise
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
