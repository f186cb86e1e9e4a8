"""ANSWERS KEPT: made once, served until something that they rest on changes.

Each is kept as it goes out, plain and compressed, with its tag. One thread makes it anew; whoever
asks meanwhile gets the one before.
"""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

from anyio import to_thread
from fastapi import Request, Response

from chocolate_factory.web.tagged import REVALIDATED

LOOKED_AT_S = 0.5
"""What answers rest on is looked at again after so long, or when somebody changed something [s]."""

LEVEL = 6
LEAST_BYTES = 1000
MOST_BYTES = 32 * 2**20
"""What answers take together, whatever site they are of [bytes]: some of half a MiB each."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it goes out: its bytes, the same compressed, and its tag."""

    body: bytes
    packed: bytes
    tag: str
    state: Hashable

    @property
    def size(self) -> int:
        """What it takes [bytes]."""
        return len(self.body) + len(self.packed)


class Shelf:
    """Where answers lie, of all sites together; those that nobody asked for longest make room."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._size = 0
        self._lies: dict[Hashable, Answered] = {}
        self._lock = Lock()

    def get(self, name: Hashable) -> Answered | None:
        """The answer of that name; None if it does not lie here."""
        with self._lock:
            found = self._lies.pop(name, None)
            if found is not None:
                self._lies[name] = found  # the newest is the last
            return found

    def put(self, name: Hashable, answered: Answered) -> None:
        """Lay an answer there, in the place of another one of its name."""
        with self._lock:
            before = self._lies.pop(name, None)
            self._size += answered.size - (before.size if before else 0)
            self._lies[name] = answered
            while self._size > self._most:
                self._size -= self._lies.pop(next(iter(self._lies))).size


class Kept:
    """Keeps answers by name. May be used from one event loop and its threads.

    ``state`` says what they rest on: they are made anew when it is another. None: keep nothing.
    They lie on ``shelf``, beside those of others.
    """

    def __init__(
        self,
        state: Callable[[], Hashable | None],
        shelf: Shelf,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = state
        self._seconds = seconds
        self._shelf = shelf
        self._lock = Lock()
        self._making: dict[Hashable, Lock] = {}
        self._state: Hashable | None = None
        self._looked_s = -LOOKED_AT_S

    async def get(self, name: Hashable, make: Callable[[], bytes]) -> Answered:
        """The answer of that name; ``make`` makes it, in a worker thread. Raises what it raises."""
        kept = self._shelf.get((self, name))
        if (
            kept is not None
            and kept.state == self._state
            and self._seconds() - self._looked_s < LOOKED_AT_S
        ):
            return kept
        return await to_thread.run_sync(self._fresh, name, make)

    def look_again(self) -> None:
        """Something may have changed: look before the next answer."""
        self._looked_s = -LOOKED_AT_S

    def _fresh(self, name: Hashable, make: Callable[[], bytes]) -> Answered:
        at_s = self._seconds()
        state = self._look()
        if state is None:
            return _answered(make(), None)
        self._state, self._looked_s = state, at_s
        kept = self._shelf.get((self, name))
        if kept is not None and kept.state == state:
            return kept
        with self._lock:
            making = self._making.setdefault(name, Lock())
        if not making.acquire(blocking=kept is None):
            assert kept is not None  # noqa: S101 - it blocks where there is none
            return kept
        try:
            kept = self._shelf.get((self, name))
            if kept is None or kept.state != state:
                kept = _answered(make(), state)
                self._shelf.put((self, name), kept)
            return kept
        finally:
            making.release()


def reply(answered: Answered, request: Request, media_type: str, **headers: str) -> Response:
    """An answer to ``request``: nothing if the caller has it, compressed if it takes that."""
    packs = "gzip" in request.headers.get("accept-encoding", "")
    packed = packs and len(answered.body) >= LEAST_BYTES
    tag = f'"{answered.tag}-gzip"' if packed else f'"{answered.tag}"'
    told = {
        "ETag": tag,
        "Cache-Control": REVALIDATED,
        "Vary": "Accept-Encoding, Accept-Language",
        **headers,
    }
    has = [
        one.strip().removeprefix("W/")
        for one in request.headers.get("if-none-match", "").split(",")
    ]
    if tag in has or "*" in has:
        return Response(status_code=304, headers=told)
    if packed:
        told["Content-Encoding"] = "gzip"
    return Response(
        answered.packed if packed else answered.body, media_type=media_type, headers=told
    )


def _answered(body: bytes, state: Hashable) -> Answered:
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Answered(body, gzip.compress(body, LEVEL, mtime=0), tag, state)
