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
MOST_KEPT = 16
"""Two languages and two roles of two answers, with room."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it goes out: its bytes, the same compressed, and its tag."""

    body: bytes
    packed: bytes
    tag: str
    state: Hashable


class Kept:
    """Keeps answers by name. May be used from one event loop and its threads.

    ``state`` says what they rest on: they are made anew when it is another. None: keep nothing.
    """

    def __init__(
        self,
        state: Callable[[], Hashable | None],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = state
        self._seconds = seconds
        self._kept: dict[Hashable, Answered] = {}
        self._lock = Lock()
        self._making: dict[Hashable, Lock] = {}
        self._state: Hashable | None = None
        self._looked_s = -LOOKED_AT_S

    async def get(self, name: Hashable, make: Callable[[], bytes]) -> Answered:
        """The answer of that name; ``make`` makes it, in a worker thread. Raises what it raises."""
        kept = self._kept.get(name)
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
        kept = self._kept.get(name)
        if kept is not None and kept.state == state:
            return kept
        with self._lock:
            making = self._making.setdefault(name, Lock())
        if not making.acquire(blocking=kept is None):
            assert kept is not None  # noqa: S101 - it blocks where there is none
            return kept
        try:
            kept = self._kept.get(name)
            if kept is None or kept.state != state:
                kept = _answered(make(), state)
                with self._lock:
                    self._kept[name] = kept
                    while len(self._kept) > MOST_KEPT:
                        del self._kept[next(iter(self._kept))]
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
