"""A LANE: one thread that does one thing after the other."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread, current_thread

Work = Callable[[], None]


class LaneThread:
    """Does what it is given, in order. ``Work`` raises nothing.

    The thread is a daemon: work that does not stop in time does not keep the program from ending,
    as an executor of the standard library would.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._thread = self._started()

    def give(self, work: Work) -> None:
        """Have ``work`` done after all that was given before."""
        self._queue.put(work)

    def go_on(self) -> None:
        """Leave the work at hand to its thread, which ends with it, and do the rest in another."""
        self._thread = self._started()

    def end(self) -> None:
        """Have the thread end after all that was given before."""
        self._queue.put(None)

    def ended(self, *, timeout_s: float) -> bool:
        """Wait for that; whether it came within ``timeout_s``."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _started(self) -> Thread:
        thread = Thread(target=self._loop, name=f"lane-{self._name}", daemon=True)
        self._thread = thread
        thread.start()
        return thread

    def _loop(self) -> None:
        while self._thread is current_thread() and (work := self._queue.get()) is not None:
            work()
