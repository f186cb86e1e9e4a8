"""WHAT WAS MISSED: the jobs to run at the start because their time passed while nothing ran."""

from __future__ import annotations

from datetime import datetime

from chocolate_factory.schedule.record import Record
from chocolate_factory.schedule.table import Timing, missed
from chocolate_factory.store.base import Outcome

IN_A_ROW = 3
"""Runs interrupted in a row after which a job is left to its next time: it may be the reason."""


def to_catch_up(table: tuple[Timing, ...], record: Record, *, now: datetime) -> tuple[Timing, ...]:
    """The jobs of ``table``, in its order, that missed a time or were interrupted.

    However many times a job missed, it is named once. Raises ``StoreError``.
    """
    return tuple(timing for timing in table if timing.catch_up and _due(timing, record, now))


def _due(timing: Timing, record: Record, now: datetime) -> bool:
    runs = record.newest(timing.name, timing.site, limit=IN_A_ROW)
    if runs and runs[0].outcome is Outcome.INTERRUPTED:
        broken = [run for run in runs if run.outcome is Outcome.INTERRUPTED]
        if len(broken) < IN_A_ROW:
            return True
    return missed(timing, last_started=runs[0].started_at if runs else None, now=now)
