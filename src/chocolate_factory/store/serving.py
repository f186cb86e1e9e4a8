"""ONE SERVER FOR A STORE: two would each run every job, and plan against each other.

A lock beside the store says that somebody serves it; the system lets go of it when the process
ends, however it ends. A PostgreSQL store, which servers on several machines may reach, is locked in
the database too, for as long as the connection lasts: it is looked after, and taken again after a
restart of the database. Servers on two machines with one InfluxDB do not find out about each other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from filelock import FileLock, Timeout

from chocolate_factory.errors import StoreError
from chocolate_factory.store import postgresql

_SQLITE = "sqlite:///"
LOOK_S = 5.0
"""How often a server makes sure that a shared store is still its own [s]."""


@contextmanager
def served_alone(url: str, folder: Path) -> Iterator[Event]:
    """Hold the store at ``url``, whose other files are in ``folder``, until the end.

    The event is set if another server took it after the connection to it was lost: who serves must
    end then, and is told so at the end by ``StoreError``.

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
        if url.startswith("postgresql://"):
            with _shared(url) as taken:
                yield taken
        else:
            yield Event()
    finally:
        lock.release()


@contextmanager
def _shared(url: str) -> Iterator[Event]:
    """The same of a database that servers on several machines may reach."""
    hold = postgresql.Hold(url)
    try:
        if not hold.held():
            raise StoreError(_told("by another one"))
    except StoreError:
        hold.close()
        raise
    taken, ended = Event(), Event()
    looking = Thread(target=_look_after, args=(hold, taken, ended), daemon=True)
    looking.start()
    try:
        yield taken
    finally:
        ended.set()
        looking.join(LOOK_S)  # not for ever: it may be asking over a network that is gone
    if taken.is_set():
        raise StoreError(
            f"the connection to the store was lost, and meanwhile {_told('by another one')}"
        )


def _look_after(hold: postgresql.Hold, taken: Event, ended: Event) -> None:
    with closing(hold):
        while not (taken.is_set() or ended.wait(LOOK_S)):
            with suppress(StoreError):  # one that does not answer is asked again
                if not hold.held():
                    taken.set()


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
