"""NEWS AS IT COMES: server-sent events, one whenever something was stored and can be shown.

One look at the store serves every listener, and nobody looks while nobody listens. Listeners are
few: one more than ``MOST`` is told to poll. The streams end when the server begins to stop, else it
would wait for them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from types import FrameType

import uvicorn
from anyio import to_thread

from chocolate_factory.errors import Busy, StoreError
from chocolate_factory.store.revision import Revision
from chocolate_factory.web.asked_site import OfEach

MOST = 32
"""Listeners at once."""

LOOK_S = 2.0
"""How often the store is looked at [s]."""

BEAT_S = 15.0
"""How often a listener hears something when there is no news [s]: proxies end what is silent."""

_NAMES = {
    "observations": "data",
    "forecasts": "forecast",
    "plans": "plan",
    "events": "notes",
    "scores": "scores",
}
"""What each sort is called in an event: ``notes`` are alerts, and what was said of plans."""

EVENT_NAMES = tuple(_NAMES.values())


class Live:
    """Tells listeners of one event loop what was stored, once ``ready`` has returned: it has what
    they will ask for made."""

    def __init__(
        self,
        revision: Callable[[], Revision],
        *,
        ready: Callable[[], None] = lambda: None,
        most: int = MOST,
        look_s: float = LOOK_S,
        beat_s: float = BEAT_S,
    ) -> None:
        self._revision = revision
        self._ready = ready
        self._most = most
        self._look_s = look_s
        self._beat_s = beat_s
        self._listeners = 0
        self._closed = False
        self._watch: asyncio.Task[None] | None = None
        self._now: Revision | None = None
        self._turn = asyncio.Event()

    @property
    def listeners(self) -> int:
        """How many listen."""
        return self._listeners

    def admit(self) -> None:
        """Raises ``Busy`` if there are as many listeners as there may be, or the server stops."""
        if self._closed:
            raise Busy("the server is stopping")
        if self._listeners >= self._most:
            raise Busy(f"{self._most} programs listen already: ask for /dashboard every 30 s")

    async def stream(self) -> AsyncIterator[bytes]:
        """Events until the listener goes or the server stops.

        Each says in ``changed`` what there is more of: ``EVENT_NAMES``. The first says nothing
        changed, and that the stream is open.
        """
        self._listeners += 1
        try:
            if self._watch is None:
                self._watch = asyncio.create_task(self._keep_looking())
            if self._now is None:
                await self._look()
            seen = self._now
            yield b"retry: 5000\n" + _event(())
            while not self._closed:
                turn, now = self._turn, self._now
                if now is not None and now != seen:
                    if seen is not None:
                        yield _event(now.changed_from(seen))
                    seen = now
                    continue
                try:
                    await asyncio.wait_for(turn.wait(), self._beat_s)
                except TimeoutError:
                    yield b": no news\n\n"
        finally:
            self._listeners -= 1
            if not self._listeners and self._watch is not None:
                self._watch.cancel()
                self._watch = self._now = None

    def close(self) -> None:
        """End every stream, and open no more. Called in the event loop."""
        self._closed = True
        self._wake()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._look_s)
            await self._look()

    async def _look(self) -> None:
        try:
            now = await to_thread.run_sync(self._revision)
        except StoreError:
            return  # whoever asks for the page is told
        if now != self._now:
            if self._now is not None:
                await to_thread.run_sync(self._ready)
            self._now = now
            self._wake()

    def _wake(self) -> None:
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()


def _event(changed: tuple[str, ...]) -> bytes:
    told = json.dumps({"changed": [_NAMES[name] for name in changed]})
    return f"event: stored\ndata: {told}\n\n".encode()


class Server(uvicorn.Server):
    """A server that ends open streams first when it is told to stop.

    ``ending`` is called at once then, and may be called again: in a handler of a signal too.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        streams: OfEach[Live],
        *,
        ending: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._streams = streams
        self._ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, for a signal."""
        self._ending()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Stop serving: streams end at once, other requests get their time."""
        self._ending()
        for live in self._streams.every():
            live.close()
        await super().shutdown(sockets)  # type: ignore[arg-type]
