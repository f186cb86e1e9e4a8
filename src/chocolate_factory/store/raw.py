"""Upstream bytes as received, compressed, for re-parsing after a parser has been mended.

One SQLite file beside the store, whatever the store is. An answer that repeats the one before it,
byte for byte, takes no room: it only moves ``last_received``. It is no truth that anything stands
on: a damaged file is set aside at opening, and a new one is begun.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chocolate_factory.errors import StoreError

_SCHEMA = """
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS answer (
    id INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    address TEXT NOT NULL,
    received INTEGER NOT NULL,
    last_received INTEGER NOT NULL,
    digest BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS answer_address ON answer (feed, address, received);
CREATE INDEX IF NOT EXISTS answer_received ON answer (last_received);
"""


_DAMAGED = ".damaged-"


class _Damaged(sqlite3.DatabaseError):
    """What a look through the file found."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One answer of ``feed``: what was asked (without secrets), when, and the bytes."""

    feed: str
    address: str
    received_at: datetime
    body: bytes


class RawArchive:
    """The archive in one file; may be used from several threads. Close it."""

    begun_anew: Path | None = None
    """Where the damaged file was put that this archive takes the place of."""

    def __init__(self, path: Path) -> None:
        """Open the archive at ``path``, creating it as needed.

        A damaged file gets ``.damaged-`` and when it was last written to (UTC) after its name.
        Raises ``StoreError`` if the archive cannot be opened.
        """
        self._path = path
        self._lock = threading.Lock()
        with self._faults_explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._base = _opened(path)
            except sqlite3.DatabaseError as fault:
                if not _is_damage(fault):
                    raise
                self.begun_anew = _put_aside(path)
                self._base = _opened(path)

    def keep(self, feed: str, address: str, received_at: datetime, body: bytes) -> None:
        """Keep one answer; ``StoreError`` if the disk does not take it."""
        digest, at = hashlib.sha256(body).digest(), _ms(received_at)
        with self._changing() as base:
            newest = base.execute(
                "SELECT id, digest FROM answer WHERE feed = ? AND address = ?"
                " ORDER BY received DESC, id DESC LIMIT 1",
                (feed, address),
            ).fetchone()
            if newest is not None and newest[1] == digest:
                base.execute("UPDATE answer SET last_received = ? WHERE id = ?", (at, newest[0]))
            else:
                base.execute(
                    "INSERT INTO answer (feed, address, received, last_received, digest, body)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (feed, address, at, at, digest, zlib.compress(body)),
                )

    def answers(
        self, *, since: datetime | None = None, feed: str | None = None
    ) -> Iterator[RawAnswer]:
        """Answers first received at or after ``since``, oldest first; of one feed, or of all.

        Raises ``StoreError`` if an answer is damaged.
        """
        last = 0
        begin = -(2**62) if since is None else _ms(since)
        while True:
            with self._lock, self._faults_explained():
                row = self._base.execute(
                    "SELECT id, feed, address, received, digest, body FROM answer"
                    " WHERE id > ? AND received >= ? AND (? IS NULL OR feed = ?)"
                    " ORDER BY id LIMIT 1",
                    (last, begin, feed, feed),
                ).fetchone()
            if row is None:
                return
            last = row[0]
            yield RawAnswer(row[1], row[2], _instant(row[3]), self._body(row))

    def last_answered(self) -> Mapping[str, datetime]:
        """By feed, when it last answered anything."""
        with self._lock, self._faults_explained():
            rows = self._base.execute(
                "SELECT feed, MAX(last_received) FROM answer GROUP BY feed"
            ).fetchall()
        return {feed: _instant(at) for feed, at in rows}

    def prune(self, *, before: datetime) -> int:
        """Delete answers not received again since ``before``, and give the room back; how many."""
        with self._changing() as base:
            gone = base.execute("DELETE FROM answer WHERE last_received < ?", (_ms(before),))
        with self._lock, self._faults_explained():
            self._base.execute("PRAGMA incremental_vacuum").fetchall()
        return gone.rowcount

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def _body(self, row: tuple[int, str, str, int, bytes, bytes]) -> bytes:
        try:
            body = zlib.decompress(row[5])
        except zlib.error:
            body = b""
        if hashlib.sha256(body).digest() != row[4]:
            raise StoreError(
                f"the archive {self._path} is damaged at an answer of {row[1]}: move the file "
                "away; collecting goes on with a new one"
            )
        return body

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._faults_explained(), self._base:
            yield self._base

    @contextmanager
    def _faults_explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as fault:
            raise StoreError(
                f"the archive of answers {self._path} cannot be used: {fault}. Make room or "
                "correct the rights; if it is damaged, move the file away: a new one is begun"
            ) from fault


def damaged_archives(path: Path) -> tuple[Path, ...]:
    """The damaged files that were set aside for the archive at ``path``, oldest first."""
    found = path.parent.glob(f"{path.name}{_DAMAGED}*Z")
    return tuple(sorted(found))


def is_damaged(path: Path) -> bool:
    """Whether the archive at ``path`` would be set aside if it were opened; nothing is changed."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            _look_through(base)
    except sqlite3.DatabaseError as fault:
        return _is_damage(fault)
    return False


def _opened(path: Path) -> sqlite3.Connection:
    """The archive at ``path``, looked through; a ``DatabaseError`` if it is damaged."""
    base = sqlite3.connect(path, timeout=30, check_same_thread=False)
    try:
        base.executescript(_SCHEMA)
        _look_through(base)
    except BaseException:
        base.close()
        raise
    return base


def _look_through(base: sqlite3.Connection) -> None:
    (found,) = base.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise _Damaged(found)


def _is_damage(fault: sqlite3.DatabaseError) -> bool:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF  # the rest of it says where
    return isinstance(fault, _Damaged) or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _put_aside(path: Path) -> Path:
    """Give a damaged file, and what belongs to it, another name; its new name."""
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    aside = path.with_name(f"{path.name}{_DAMAGED}{written:%Y%m%dT%H%M%S%fZ}")
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
