"""ANSWERS KEPT: made ahead of whoever asks, served until something that they rest on changes.

Each is kept as it goes out, plain and compressed, with its tag. The keeper's thread makes what is
in use anew when it rests on something else than before; until that is done, and if it cannot be
done, whoever asks gets the one before and is told its age. Only the first to ask for an answer in
a while waits for it.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import sys
import time
from collections.abc import Callable, Hashable
from contextvars import Context, copy_context
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread

from anyio import to_thread
from fastapi import Request, Response

from chocolate_factory.web.tagged import REVALIDATED

log = logging.getLogger(__name__)

LOOKED_AT_S = 0.5
"""What answers rest on is looked at again after so long [s]."""

RESTS_AT_MOST_S = 2.0
"""The keeper rests for twice as long as it worked, and no longer than this [s]."""

IN_USE_S = 150.0
"""An answer is made anew until nobody has asked for it for so long: open pages ask every minute."""

LATE_S = 60.0
"""Who asks for one that waits for so long already to be made anew makes it [s]."""

OLD_S = 900.0
"""One that could not be made anew for so long is given to nobody [s]: they are told why."""

OLD_NOTE = b" hidden data-old"
"""Hides what a page says of itself in case it cannot be made anew."""

_SAID_OLD = "said to be old"
"""What such an answer rests on: nothing, so that it is made as soon as that is possible."""

PASSED_ON_S = 0.0005
"""A thread that computes passes the interpreter on to one that answers after so long [s]."""

LEVEL = 6
LEAST_BYTES = 1000
MOST_BYTES = 32 * 2**20
"""What answers take together, whatever site they are of [bytes]: some of half a MiB each."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it goes out: its bytes, the same compressed, and its tag.

    ``age_s``: for how long it has not been known to be of the present.
    """

    body: bytes
    packed: bytes
    tag: str
    state: Hashable
    age_s: float = 0.0

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

    def look(self, name: Hashable) -> Answered | None:
        """The same for one who does not read it."""
        return self._lies.get(name)

    def put(self, name: Hashable, answered: Answered) -> None:
        """Lay an answer there, in the place of another one of its name."""
        with self._lock:
            before = self._lies.get(name)
            self._size += answered.size - (before.size if before else 0)
            self._lies[name] = answered
            while self._size > self._most:
                self._size -= self._lies.pop(next(iter(self._lies))).size


@dataclass(slots=True)
class _Use:
    """An answer that somebody asks for: when last, and how it is made, in whose context.

    ``current_s``: when it was last known to be of the present. ``made``: whether it ever was.
    """

    asked_s: float
    make: Callable[[], bytes]
    context: Context
    current_s: float
    failing: bool = False
    made: bool = True


class Kept:
    """Keeps answers by name. May be used from one event loop and its threads.

    ``state`` says what they rest on: they are made anew when it is another. None: keep nothing.
    They lie on ``shelf``, beside those of others. Where nobody is ``attending``, who asks has them
    made anew.
    """

    def __init__(
        self,
        state: Callable[[], Hashable | None],
        shelf: Shelf,
        seconds: Callable[[], float] = time.monotonic,
        attending: Callable[[], bool] = lambda: False,
    ) -> None:
        self._look = state
        self._seconds = seconds
        self._shelf = shelf
        self._attending = attending
        self._making = Lock()
        self._used: dict[Hashable, _Use] = {}
        self._state: Hashable | None = None
        self._looked_s = -LOOKED_AT_S

    async def get(self, name: Hashable, make: Callable[[], bytes]) -> Answered:
        """The answer of that name; ``make`` makes it, in another thread. Raises what it raises if
        there is none."""
        now_s = self._seconds()
        kept = self._shelf.get((self, name))
        use = self._used.get(name)
        if kept is not None and use is not None:
            use.asked_s = now_s
            if kept.state == self._state and now_s - self._looked_s < LOOKED_AT_S:
                return kept
            age_s = now_s - use.current_s
            if self._attending() and age_s < (OLD_S if use.failing else LATE_S):
                return replace(kept, age_s=age_s)
        return await to_thread.run_sync(self._fresh, name, make, copy_context())

    def ahead(self, name: Hashable, make: Callable[[], bytes]) -> None:
        """Have it made before anybody asks, as if somebody had asked now."""
        now_s = self._seconds()
        self._used[name] = _Use(now_s, make, copy_context(), now_s, made=False)

    def renew(self) -> None:
        """Make anew what is in use and rests on something else than before; return when that is
        done. What cannot be made is left as it was."""
        for name, use in sorted(self._used.items(), key=lambda item: -item[1].asked_s):
            with self._making:  # not for all of them: whoever is the first to ask waits for one
                if self._used.get(name) is use:
                    self._renew(name, use)

    def look_again(self) -> None:
        """Something may have changed: look before the next answer."""
        self._looked_s = -LOOKED_AT_S

    def _renew(self, name: Hashable, use: _Use) -> None:
        unread = self._seconds() - use.asked_s > IN_USE_S
        if unread or (use.made and self._shelf.look((self, name)) is None):
            del self._used[name]
            return
        try:
            use.context.copy().run(self._made, name, use)
            use.failing = False
        except Exception as fault:  # readers are told, and other answers are made
            if not use.failing:
                log.warning("%s cannot be made anew: %s", name, fault, exc_info=fault)
            use.failing = True
            self._say_old(name, use)

    def _fresh(self, name: Hashable, make: Callable[[], bytes], context: Context) -> Answered:
        with self._making:
            now_s = self._seconds()
            use = _Use(now_s, make, context, now_s)
            answered = self._made(name, use)
            if answered.state is not None:
                self._used[name] = use
            return answered

    def _say_old(self, name: Hashable, use: _Use) -> None:
        kept = self._shelf.look((self, name))
        late = self._seconds() - use.current_s >= LATE_S
        if late and kept is not None and OLD_NOTE in kept.body:
            told = _answered(kept.body.replace(OLD_NOTE, b""), _SAID_OLD)
            self._shelf.put((self, name), told)

    def _made(self, name: Hashable, use: _Use) -> Answered:
        """The answer of the present. The lock is held: what was made last is what was seen last."""
        at_s = self._seconds()
        state = self._look()
        if state is None:
            return _answered(use.make(), None)
        self._state, self._looked_s = state, at_s
        kept = self._shelf.look((self, name))
        if kept is None or kept.state != state:
            kept = _answered(use.make(), state)
            self._shelf.put((self, name), kept)
        use.current_s, use.made = at_s, True
        return kept


class Keeper:
    """Looks after answers of every ``Kept`` it made, in one thread: two would hinder each other."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._every: list[Kept] = []
        self._over = Event()
        self._thread: Thread | None = None
        self._passed_on_s = sys.getswitchinterval()

    @property
    def attends(self) -> bool:
        """Whether it does."""
        return self._thread is not None

    def keeping(self, state: Callable[[], Hashable | None]) -> Kept:
        """One more, of what rests on ``state``."""
        kept = Kept(state, self._shelf, attending=lambda: self.attends)
        self._every.append(kept)
        return kept

    def start(self) -> None:
        """Begin to look after them. While that is done, answering comes before making."""
        self._over.clear()
        self._passed_on_s = sys.getswitchinterval()
        sys.setswitchinterval(min(PASSED_ON_S, self._passed_on_s))
        self._thread = Thread(target=self._attend, name="keeper")
        self._thread.start()

    def stop(self) -> None:
        """End that, and return when it has ended."""
        thread, self._thread = self._thread, None
        self._over.set()
        if thread is not None:
            thread.join()
        sys.setswitchinterval(self._passed_on_s)

    def look_again(self) -> None:
        """Something may have changed: look before the next answer, where nobody attends."""
        for kept in tuple(self._every):
            kept.look_again()

    def _attend(self) -> None:
        rest_s = LOOKED_AT_S
        while not self._over.wait(rest_s):
            began_s = time.monotonic()
            for kept in tuple(self._every):
                kept.renew()
            worked_s = time.monotonic() - began_s
            rest_s = min(max(LOOKED_AT_S, 2 * worked_s), RESTS_AT_MOST_S)


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
    if answered.age_s >= 1:
        told["Age"] = str(int(answered.age_s))
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
