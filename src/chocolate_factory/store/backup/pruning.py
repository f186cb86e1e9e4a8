"""How many backups are kept."""

from __future__ import annotations

import re
from pathlib import Path

from chocolate_factory.errors import StoreError
from chocolate_factory.store.backup.writing import PARTIAL

_NAME = re.compile(r"chocolate-factory-\d{8}T\d{6}Z\.zip")
_ABANDONED_AFTER_S = 3600.0


def prune_backups(folder: Path, *, newest: str, keep: int = 14) -> tuple[Path, ...]:
    """Delete all but the last ``keep`` backups up to ``newest``, the name of the one just written,
    and what broke-off ones left.

    Files of other names are left alone, and so are backups that a clock ahead of time has dated
    after ``newest``: they push none out. Returns what was deleted.

    Raises ``StoreError`` if a file cannot be deleted.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
        backups = [folder / name for name in names if _NAME.fullmatch(name)]
        dated = [path for path in backups if path.name <= newest]
        old = [*dated[: max(len(dated) - keep, 0)], *_abandoned(folder, names, backups)]
        for path in old:
            path.unlink(missing_ok=True)
    except OSError as fault:
        raise StoreError(
            f"old backups in {folder} cannot be deleted: {fault.strerror}. Correct the rights"
        ) from fault
    return tuple(old)


def _abandoned(folder: Path, names: list[str], backups: list[Path]) -> list[Path]:
    """Partial files that nobody has written to for long before the newest backup."""
    if not backups:
        return []
    newest_s = max(path.stat().st_mtime for path in backups)
    partial = [
        folder / name
        for name in names
        if name.endswith(PARTIAL) and _NAME.fullmatch(name[1 : -len(PARTIAL)])
    ]
    return [path for path in partial if path.stat().st_mtime < newest_s - _ABANDONED_AFTER_S]
