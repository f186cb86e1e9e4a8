"""WHAT A JOB IS: a function of an instant that says how far it is and what it came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chocolate_factory.errors import FactoryError, NotPublished, SourceRejected, TimedOut
from chocolate_factory.store.base import Outcome


class Progress(Protocol):
    """How far a job is. A job calls it often: time limits and stopping act nowhere else."""

    def __call__(self, done: int, total: int, detail: str = "") -> None:
        """Say that ``done`` of ``total`` steps are done; ``total`` 0 while unknown.

        Raises ``TimedOut`` once the job is past its time limit.
        """


@dataclass(slots=True)
class Repeated:
    """Progress that can be told once more while a step takes long and nothing moves."""

    tell: Progress
    last: tuple[int, int, str] = (0, 0, "")

    def __call__(self, done: int, total: int, detail: str = "") -> None:
        """Tell, and remember."""
        self.last = (done, total, detail)
        self.tell(done, total, detail)

    def again(self) -> None:
        """Tell what was told last, so that time limits and stopping act."""
        self.tell(*self.last)


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a run came to.

    Parameters
    ----------
    detail
        One line for people, in English, without secrets.
    counts
        What it moved: ``new``, ``revised``, ``requests``.
    outcome
        ``NOTHING_DUE`` where there was nothing to do.
    then
        Jobs of the table that should run next because of it, in this order.
    """

    detail: str
    counts: Mapping[str, int] = field(default_factory=dict)
    outcome: Outcome = Outcome.DONE
    then: tuple[str, ...] = ()


Job = Callable[[datetime, Progress], JobResult]
"""What a name does at an instant (UTC). It raises errors of the tree."""

_MEANING: tuple[tuple[type[FactoryError], Outcome], ...] = (
    (NotPublished, Outcome.NOT_PUBLISHED),
    (SourceRejected, Outcome.REJECTED),
    (TimedOut, Outcome.TIMED_OUT),
    (FactoryError, Outcome.FAILED),
)

LOG_LINES = {
    Outcome.DONE: ("info", "done"),
    Outcome.NOTHING_DUE: ("debug", "nothing due"),
    Outcome.NOT_PUBLISHED: ("info", "not published yet"),
    Outcome.FAILED: ("warning", "failed, will run again"),
    Outcome.REJECTED: ("error", "a person must act"),
    Outcome.TIMED_OUT: ("warning", "timed out, will run again"),
    Outcome.INTERRUPTED: ("info", "interrupted"),
}
"""Level and text of the log line for each way a run can end."""


def meaning(fault: FactoryError) -> Outcome:
    """How a run stands that ended with ``fault``."""
    return next(outcome for kind, outcome in _MEANING if isinstance(fault, kind))
