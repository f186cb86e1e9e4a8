"""ONE SERVER FOR A STORE: two would each run every job, and plan against each other.

A lock beside the store says that somebody serves it; the system lets go of it when the process
ends, however it ends. A PostgreSQL store, which servers on several machines may reach, is locked in
the database too, for as long as the connection lasts. Servers on two machines with one InfluxDB do
not find out about each other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from filelock import FileLock, Timeout

from chocolate_factory.errors import StoreError
from chocolate_factory.store import postgresql

_SQLITE = "sqlite:///"


@contextmanager
def served_alone(url: str, folder: Path) -> Iterator[None]:
    """Hold the store at ``url``, whose other files are in ``folder``, until the end.

    Raises ``StoreError`` if it is served already, or the lock cannot be written.
    """
    where = Path(f"{url.removeprefix(_SQLITE)}.serving") if url.startswith(_SQLITE) else None
    path = where or folder / "serving.lock"
    lock = FileLock(path, blocking=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise StoreError(_told(f"by process {_holder(path)} of this machine")) from None
    except OSError as fault:
        raise StoreError(f"{path} cannot be written: {fault.strerror}") from None
    try:
        path.write_text(str(os.getpid()), encoding="ascii")
        shared = url.startswith("postgresql://")
        with postgresql.served(url, _told("by another one")) if shared else nullcontext():
            yield
    finally:
        lock.release()


def _told(by: str) -> str:
    return (
        f"this store is served already, {by}: end that one first, or give this one a store of its "
        "own with --dir or CHOCOLATE_FACTORY_STORE_URL"
    )


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip() or "unknown"
    except (OSError, UnicodeDecodeError):
        return "unknown"
