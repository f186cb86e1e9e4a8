"""One item within its time: what hangs is given up, so that it holds back no other.

As with the lanes of the schedule, what is given up keeps its thread until its process ends.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import TypeVar

from chocolate_factory.errors import TimedOut

Result = TypeVar("Result")

SITE_LIMIT_S = 900.0
"""So long planning one site may take, as the schedule gives it for `plan` [s]."""
WEEK_LIMIT_S = 7 * SITE_LIMIT_S
"""So long the replay of one week of a site may take, which is planned on each of its days [s]."""


def within(limit_s: float, work: Callable[[Event], Result]) -> Result:
    """What ``work`` comes to; it is given an event that is set once it is given up.

    Raises what ``work`` raises, and ``TimedOut`` if it takes longer than ``limit_s``.
    """
    given_up = Event()
    made: list[Result] = []
    raised: list[BaseException] = []

    def do() -> None:
        try:
            made.append(work(given_up))
        except BaseException as fault:  # noqa: BLE001 - raised again where it is waited for
            raised.append(fault)

    thread = Thread(target=do, name="fleet-item", daemon=True)
    thread.start()
    thread.join(limit_s)
    if made:
        return made[0]
    if raised:
        raise raised[0]
    given_up.set()
    raise TimedOut(f"not done within {limit_s:g} s: given up, and the others went on without it")
