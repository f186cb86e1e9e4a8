"""SQLite as the embedded store: one file, write-ahead log, every commit on the disk.

``journal_mode=WAL`` lets many threads read while one writes; ``synchronous=FULL`` makes what was
acknowledged survive a loss of power; writers begin with ``BEGIN IMMEDIATE``, so that what they
compare with cannot change before they commit.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event

from chocolate_factory.durable import sync_folder
from chocolate_factory.errors import StoreError
from chocolate_factory.store.database import VERSION_TABLE, WRITES, Database

_BUSY_PAUSE_S = 0.01
_VERSION = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 - a constant

_ADVICE = {
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full. Nothing of this change was stored; make "
    "room and repeat it",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk or a limit on file sizes refuses. "
    "Nothing of this change was stored; check the disk and repeat it",
    sqlite3.SQLITE_READONLY: "cannot be written: give this user the right to write the file and "
    "its directory, or choose another data directory",
    sqlite3.SQLITE_PERM: "cannot be opened: give this user the right to read and write it",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: it must be a file, in a directory this user may "
    "write; correct the rights or choose another data directory",
    sqlite3.SQLITE_NOTADB: "is not a chocolate-factory store: the file holds something else. Name "
    "another file, or move this one away to start anew",
    sqlite3.SQLITE_CORRUPT: "is damaged. Move the file away (keep it), and restore a backup or "
    "start anew",
    sqlite3.SQLITE_BUSY: "is being written by another process and stayed locked for {timeout_s:g} "
    "s. Nothing of this change was stored; stop the other process or try again later",
}
_ADVICE[sqlite3.SQLITE_LOCKED] = _ADVICE[sqlite3.SQLITE_BUSY]


def connect(url: str, *, busy_timeout_s: float) -> Database:
    """The database file that ``url`` names; the file and its directory are created when missing.

    What follows ``sqlite:///`` is the path as it stands, without percent-encoding.

    Raises ``StoreError`` if ``url`` names no file or the directory cannot be created.
    """
    path = file_of(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise StoreError(
            f"the store {path} cannot be created: {fault.strerror} ({fault.filename}). Choose a "
            "data directory this user may write"
        ) from fault
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s},
        max_overflow=-1,  # as many connections as threads ask for: none waits for another's
    )
    event.listen(engine, "connect", partial(_prepare, busy_timeout_s=busy_timeout_s))
    unmoved = _Unmoved(path)
    event.listen(engine, "begin", partial(_begin, unmoved=unmoved))
    event.listen(engine, "commit", lambda _: unmoved.require())

    def explain(fault: BaseException) -> str:
        code = getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        advice = _ADVICE.get(code & 0xFF, f"refuses: {fault}")
        return f"the store {path} {advice.format(timeout_s=busy_timeout_s)}"

    return Database(engine, str(path), explain, partial(_keep_copy, path))


def file_of(url: str) -> Path:
    """The file that ``url`` names; ``StoreError`` if it names none."""
    name = url.removeprefix("sqlite:///")
    if name in (url, "", ":memory:"):
        raise StoreError("an SQLite store needs a file: sqlite:///data/store.db")
    return Path(name)


def require_sound(database: Database) -> None:
    """Read every page of the file; ``StoreError`` if one is damaged."""
    with database.reading() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        raise StoreError(f"the store {database.place} {_ADVICE[sqlite3.SQLITE_CORRUPT]}")


def _prepare(connection: sqlite3.Connection, _: Any, *, busy_timeout_s: float) -> None:
    connection.isolation_level = None  # transactions begin in _begin, not at the driver's guess
    _write_ahead(connection, give_up_at_s=time.monotonic() + busy_timeout_s)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: sqlite3.Connection, *, give_up_at_s: float) -> None:
    """Enter write-ahead mode; SQLite's own busy time-out does not hold for a new file's change."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as fault:
            busy = fault.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() >= give_up_at_s:
                raise
            time.sleep(_BUSY_PAUSE_S)
        else:
            return


@dataclass(slots=True)
class _Unmoved:
    """That a path still is the file that was opened: SQLite would go on in one that is gone."""

    path: Path
    opened: tuple[int, int] | None = None

    def require(self) -> None:
        """Raises ``StoreError`` if another file, or none, is there now."""
        try:
            told = self.path.stat()
        except FileNotFoundError:
            now = None
        else:
            now = told.st_dev, told.st_ino
        self.opened = self.opened or now
        if now is None or now != self.opened:
            raise StoreError(
                f"the store {self.path} was moved away or replaced while this program had it open. "
                "Nothing of this change was stored; start the program again"
            )


def _begin(connection: Connection, unmoved: _Unmoved) -> None:
    unmoved.require()
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _keep_copy(path: Path, _: Connection, held: str, coming: str) -> None:
    """Copy the file to ``<file>.before-<coming>``: it gets this name when it is whole and on disk.

    What an earlier migration left there stays under a name with its time, unless it is the same:
    the store may have gone back to it since, and have lived on.

    The caller's transaction keeps other writers out, and has not changed anything yet: a second
    connection reads the same. Its own would wait for itself, for ever.
    """
    copy = path.with_name(f"{path.name}.before-{coming}")
    if _is_whole(copy, held) and _contents(copy) == _contents(path):
        return
    part = copy.with_name(f"{copy.name}.part")
    try:
        part.unlink(missing_ok=True)  # of a migration that was cut off
        try:
            with (
                closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(part)) as target,
            ):
                source.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")  # one file, synced; nothing beside it
            if copy.is_file() and _is_whole(copy, held):
                made = datetime.fromtimestamp(copy.stat().st_mtime, UTC)
                copy.replace(copy.with_name(f"{copy.name}-{made:%Y%m%dT%H%M%SZ}"))
            part.replace(copy)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(copy.parent)
    except OSError as fault:
        raise StoreError(
            f"the store {path} needs a newer schema, and no copy of it can be kept as {copy}: "
            f"{fault.strerror}. The store is as it was; move what is there away, and start again"
        ) from fault


def _contents(path: Path) -> dict[str, int]:
    """Rows of each table: values are only ever added, so a store that lived on has more."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as store:
        names = store.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {
            name: store.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for (name,) in names
        }


def _is_whole(copy: Path, held: str) -> bool:
    """Whether a file is a sound copy of a store with schema ``held``."""
    if not copy.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as kept:
            sound = kept.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
            return sound and kept.execute(_VERSION).fetchall() == [(held,)]
    except sqlite3.DatabaseError:
        return False
