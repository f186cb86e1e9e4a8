"""WHAT IS WRITTEN DOWN OF RUNS: kept while the store allows, made up for when it did not.

To keep the table of runs small, a run with nothing to tell is not kept beside the next one: where
the newest run of a job ended ``nothing-due`` or ``not-published``, the next scheduled run takes
over its record and its ``run_id``. Runs that somebody asked for keep their own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from threading import Lock

import structlog

from chocolate_factory.errors import StoreError
from chocolate_factory.store.base import Outcome, Run, Store

log = structlog.get_logger()

_UNTOLD = (Outcome.NOTHING_DUE, Outcome.NOT_PUBLISHED)
_MOST_RUNS = 1000
_LAST_RUNS = 200  # the clock may have been set back: the last id is not always of the newest run


class Record:
    """The runs in ``store``, as one process writes them. May be used from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._newest: dict[str, Run] = {}
        self._unsaved: dict[str, Run] = {}
        self._stamps: dict[str, int] = {}

    def look_up(self, job: str) -> None:
        """Learn the newest run of ``job``, once. A store that refuses is logged."""
        if job in self._newest:
            return
        try:
            newest = self._store.runs(job=job, limit=_LAST_RUNS)
        except StoreError as fault:
            log.error("the last run cannot be read", job=job, detail=str(fault))
            return
        with self._lock:
            if newest:
                self._newest.setdefault(job, newest[0])
                self._stamps.setdefault(job, max(_stamp(run) for run in newest))

    def id_of_next(self, job: str, now: datetime, *, asked_for: bool) -> str:
        """The ``run_id`` of the next run of ``job``: a new one, or that of a run taken over.

        New ones end in the start in epoch milliseconds, or one later than the last: they sort by
        start even if the clock was set back.
        """
        with self._lock:
            newest = self._newest.get(job)
            if newest and not asked_for and not newest.asked and newest.outcome in _UNTOLD:
                return newest.run_id
            stamp = max(round(now.timestamp() * 1000), self._stamps.get(job, 0) + 1)
            self._stamps[job] = stamp
        return f"{job}-{stamp}"

    def save(self, run: Run) -> None:
        """Write ``run`` down. A store that refuses is logged, and asked again with the next one."""
        with self._lock:
            self._newest[run.job] = run
            self._unsaved[run.run_id] = run
            waiting = tuple(self._unsaved.values())
        for kept in waiting:
            try:
                self._store.save_run(kept)
            except StoreError as fault:
                log.error("a run cannot be written down", job=run.job, detail=str(fault))
                return
            with self._lock:
                if self._unsaved.get(kept.run_id) is kept:
                    del self._unsaved[kept.run_id]

    def find(self, run_id: str) -> Run | None:
        """The run of that id. Raises ``StoreError``."""
        return self._store.run(run_id)

    def mark_interrupted(self, *, at: datetime, but: Collection[str]) -> tuple[Run, ...]:
        """Mark running ones, but those with an id of ``but``, as interrupted; what was marked.

        Raises ``StoreError``.
        """
        marked = []
        for run in self._store.runs(outcome=Outcome.RUNNING, limit=_MOST_RUNS):
            if run.run_id not in but:
                ended = replace(
                    run,
                    finished_at=max(at, run.started_at),
                    outcome=Outcome.INTERRUPTED,
                    detail="the program ended while it ran",
                )
                self._store.save_run(ended)
                marked.append(ended)
        return tuple(marked)

    def interrupted(self) -> tuple[Run, ...]:
        """The runs that were interrupted, oldest first. Raises ``StoreError``."""
        return self._store.runs(outcome=Outcome.INTERRUPTED, limit=_MOST_RUNS)[::-1]

    def newest(self, job: str, *, limit: int) -> tuple[Run, ...]:
        """The newest runs of a job, newest first. Raises ``StoreError``."""
        return self._store.runs(job=job, limit=limit)


def _stamp(run: Run) -> int:
    stamp = run.run_id.removeprefix(f"{run.job}-")
    return int(stamp) if stamp.isdecimal() else 0
