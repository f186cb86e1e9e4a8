"""A LANE: one thread that does one thing after the other."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

Work = Callable[[], None]


class LaneThread:
    """Does what it is given, in order. ``Work`` raises nothing.

    The thread is a daemon: work that does not stop in time does not keep the program from ending,
    as an executor of the standard library would.
    """

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._thread = Thread(target=self._loop, name=f"lane-{name}", daemon=True)
        self._thread.start()

    def give(self, work: Work) -> None:
        """Have ``work`` done after all that was given before."""
        self._queue.put(work)

    def end(self) -> None:
        """Have the thread end after all that was given before."""
        self._queue.put(None)

    def ended(self, *, timeout_s: float) -> bool:
        """Wait for that; whether it came within ``timeout_s``."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
