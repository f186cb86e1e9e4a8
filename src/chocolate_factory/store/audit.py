"""Who changed what, when, and how it ended: lines of JSON that are only ever added to.

What was let in and what was refused are two files, so that no number of refusals pushes out what
was done. A file that has grown is put aside under the instant of that and a new one is begun; the
oldest put aside go once there are enough of them.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from chocolate_factory.durable import sync_folder
from chocolate_factory.errors import StoreError
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.store.tokens import LOOKS_LIKE_ONE

if sys.platform != "win32":
    import fcntl

DONE, REFUSED = "audit", "refused"
"""Names of the two files, without ``.jsonl``."""

LONGEST_TEXT = 200
"""How much of a text that a caller chose is kept [characters]."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: ``who`` did ``what`` from ``address``, and its ``outcome``.

    ``who`` is ``token:<name>``, ``local`` (a program on the machine itself),
    ``command line:<user>`` or ``unknown``; ``outcome`` is ``begun``, an HTTP
    status, ``done`` or ``failed``; ``led_to`` is where the answer pointed, such as a run.
    """

    at: datetime
    who: str
    role: str
    address: str
    what: str
    outcome: str
    request_id: str = ""
    led_to: str = ""


class AuditLog:
    """The files in one folder; may be used from several threads and processes."""

    def __init__(self, folder: Path, *, largest_bytes: int = 1_000_000, kept: int = 20) -> None:
        """``kept`` files of each kind are held besides the one in use."""
        self._folder = folder
        self._largest = largest_bytes
        self._kept = kept
        self._lock = threading.Lock()

    def done(self, entry: Entry) -> None:
        """Note what was let in; on disk when this returns, else ``StoreError``."""
        self._add(DONE, entry, durable=True)

    def refused(self, entry: Entry) -> None:
        """Note what was refused; ``StoreError`` if the disk does not take it."""
        self._add(REFUSED, entry, durable=False)

    def _add(self, kind: str, entry: Entry, *, durable: bool) -> None:
        path = self._folder / f"{kind}.jsonl"
        try:
            with self._lock:
                if not self._folder.exists():
                    self._folder.mkdir(parents=True)
                    _given(self._folder)
                handle = self._opened(path, entry.at)
                try:
                    new = os.fstat(handle).st_size == 0
                    if new:
                        _given(path)
                    _write_whole(handle, _line(entry))
                    if durable:
                        os.fsync(handle)
                    if new and durable:
                        sync_folder(self._folder)
                finally:
                    os.close(handle)
        except OSError as fault:
            raise StoreError(
                f"the audit log {path} cannot be written: {fault.strerror}. Nothing is changed "
                "until it can: make room or correct the rights"
            ) from fault

    def _opened(self, path: Path, at: datetime) -> int:
        """The file with room in it, held until it is closed: nobody else adds or puts it aside."""
        while True:
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                _hold(handle)
                held = os.fstat(handle)
                if _is_at(path, held):  # else another process put it aside meanwhile
                    if held.st_size < self._largest:
                        return handle
                    self._put_aside(path, at)
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)

    def _put_aside(self, path: Path, at: datetime) -> None:
        put = self._folder / f"{path.stem}-{at:%Y%m%dT%H%M%S%f}Z-{os.getpid()}.jsonl"
        while put.exists():  # others filled the next file too before this instant's line had room
            put = put.with_stem(f"{put.stem}-more")
        try:
            path.rename(put)
        except FileNotFoundError:
            return  # without locks another process may have done it
        aside = sorted(self._folder.glob(f"{path.stem}-*.jsonl"))
        # What a clock ahead of time has dated later is left alone, and pushes none out.
        for old in [one for one in aside if one.name <= put.name][: -self._kept]:
            old.unlink(missing_ok=True)


def _hold(handle: int) -> None:
    """Wait until no other process has the file; at once where the file system has no locks."""
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)


def _is_at(path: Path, held: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), held)
    except FileNotFoundError:
        return False


def _given(path: Path) -> None:
    """To the owner of the folder, if root made it: the service, which is not root, adds to it."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _line(entry: Entry) -> bytes:
    told = {name: str(value) for name, value in asdict(entry).items() if value}
    told["at"] = utc_iso(entry.at)
    safe = {name: LOOKS_LIKE_ONE.sub("cf_…", text)[:LONGEST_TEXT] for name, text in told.items()}
    return (json.dumps(safe) + "\n").encode()


def _write_whole(handle: int, line: bytes) -> None:
    """All of ``line``, after a line end where a full disk or a loss of power left half a line."""
    end = os.fstat(handle).st_size
    if end and os.pread(handle, 1, end - 1) != b"\n":
        line = b"\n" + line
    if os.write(handle, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
