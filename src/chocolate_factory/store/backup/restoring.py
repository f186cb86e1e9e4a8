"""From a backup into an empty store of any kind: also how one moves between stores."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from chocolate_factory.errors import StoreError
from chocolate_factory.store.backup.lines import KINDS
from chocolate_factory.store.backup.manifest import COLUMNS, BackupReport, Columns, Manifest
from chocolate_factory.store.backup.reading import Backup, read_backup
from chocolate_factory.store.backup.writing import Tell
from chocolate_factory.store.base import Piece, Store, Vintages

_Voice = tuple[str, str, str, str]


def restore(path: Path, store: Store, *, tell: Tell = lambda _done, _total: None) -> BackupReport:
    """Check the backup at ``path``, load it into ``store``, and compare what is there then.

    All of it or nothing; ``tell`` counts the parts of the backup.

    Raises
    ------
    FileRefused
        If anything of the backup is damaged; nothing was loaded.
    StoreError
        If the store is not empty, or cannot be written.
    """
    must_be_empty(store)
    return load_backup(read_backup(path), store, tell=tell)


def must_be_empty(store: Store) -> None:
    """Raise ``StoreError`` if ``store`` holds anything: said before a long check of a file."""
    if next(store.dump(), None) is not None:
        raise StoreError(
            "the store is not empty: a backup can only be restored into an empty one. Name "
            "another store, or move this one away"
        )


def load_backup(
    backup: Backup, store: Store, *, tell: Tell = lambda _done, _total: None
) -> BackupReport:
    """Load a backup that was checked into ``store``; all of it or nothing, as ``restore``."""
    store.load(_told(backup.pieces(), backup.manifest, tell))
    _compare(backup.path, backup.manifest, store)
    return backup.report


def _told(pieces: Iterator[Piece], manifest: Manifest, tell: Tell) -> Iterator[Piece]:
    counts = manifest.counts
    columns = sum(isinstance(part, Columns) for part in manifest.pieces)
    total = columns + sum(
        (counts.forecasts, counts.plans, counts.events, counts.scores, counts.runs)
    )
    for done, piece in enumerate(pieces, start=1):
        yield piece
        tell(done, total)


def _compare(path: Path, manifest: Manifest, store: Store) -> None:
    expected = {
        (part.name, part.place, part.source, part.kind.value): part.sha256
        for part in manifest.pieces
        if isinstance(part, Columns)
    }
    there: dict[_Voice, str] = {}
    lines: Counter[str] = Counter()
    for piece in store.dump():
        if isinstance(piece, Vintages):
            voice = (piece.key.name, piece.key.place, piece.source, piece.kind.value)
            there[voice] = _sha256(piece)
        else:
            lines[KINDS[type(piece)]] += 1
    counts = manifest.counts
    wanted = {
        "forecasts": counts.forecasts,
        "plans": counts.plans,
        "events": counts.events,
        "scores": counts.scores,
        "runs": counts.runs,
    }
    if there != expected or any(lines[what] != count for what, count in wanted.items()):
        raise StoreError(
            f"what was restored from {path} is not what is in it: do not use this store. Empty it "
            "and restore again"
        )


def _sha256(told: Vintages) -> str:
    content = hashlib.sha256()
    for column, dtype in COLUMNS.items():
        content.update(np.ascontiguousarray(getattr(told, column), dtype=dtype).data)
    return content.hexdigest()
