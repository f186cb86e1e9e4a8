"""How a run of a job stands. Nothing is imported here, so that a client knows it too."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How a run of a job stands."""

    RUNNING = "running"
    DONE = "done"
    NOTHING_DUE = "nothing-due"
    NOT_PUBLISHED = "not-published"
    FAILED = "failed"  # it will be tried again
    REJECTED = "rejected"  # a person must act
    TIMED_OUT = "timed-out"
    INTERRUPTED = "interrupted"  # the process ended while it ran

    @property
    def ended_well(self) -> bool:
        """Whether all is done that was to be done."""
        return self in {Outcome.DONE, Outcome.NOTHING_DUE}

    @property
    def failed(self) -> bool:
        """Whether it ended without doing its work."""
        return self in {Outcome.FAILED, Outcome.REJECTED, Outcome.TIMED_OUT, Outcome.INTERRUPTED}
