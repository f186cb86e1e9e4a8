"""Whose turn it is: the distance between requests to one host, and hosts that asked us to wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime


class Turns:
    """Turns of every host, by ``host:port``; thread-safe. Times in seconds of ``monotonic``."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._next_at: dict[str, float] = {}
        self._held_until: dict[str, float] = {}

    def take(self, host: str, *, spacing_s: float, patience_s: float) -> float | None:
        """Book the next free turn at ``host``; seconds to wait for it.

        None, and nothing is booked, if it is more than ``patience_s`` away.
        """
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._next_at.get(host, now))
            if turn - now > patience_s:
                return None
            self._next_at[host] = turn + spacing_s
        return turn - now

    def hold(self, host: str, seconds: float) -> None:
        """Do not ask ``host`` before that many seconds have passed; a longer hold stays."""
        with self._lock:
            until = self._monotonic() + seconds
            self._held_until[host] = max(until, self._held_until.get(host, until))

    def held_s(self, host: str) -> float:
        """Seconds until ``host`` may be asked again; 0 if it may be asked now."""
        with self._lock:
            until = self._held_until.get(host)
            return 0.0 if until is None else max(0.0, until - self._monotonic())


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds in ``Retry-After``, a number or a date read against the answer's own ``Date``.

    None if the header is not there or cannot be read.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers["Date"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
