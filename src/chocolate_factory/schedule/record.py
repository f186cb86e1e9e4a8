"""WHAT IS WRITTEN DOWN OF RUNS: kept while the store allows, made up for when it did not.

To keep the table of runs small, a run with nothing to tell is not kept beside the next one: where
the newest run of a job ended ``nothing-due`` or ``not-published``, the next scheduled run takes
over its record and its ``run_id``, and its counts until it comes to others. Runs that somebody
asked for keep their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from threading import Lock

import structlog

from chocolate_factory.errors import StoreError
from chocolate_factory.schedule.table import key_of
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

    def look_up(self, job: str, site: str) -> None:
        """Learn the newest run of ``job`` at ``site``, once. A store that refuses is logged."""
        key = key_of(job, site)
        if key in self._newest:
            return
        try:
            newest = self._of(site).runs(job=job, limit=_LAST_RUNS)
        except StoreError as fault:
            log.error("the last run cannot be read", job=key, detail=str(fault))
            return
        with self._lock:
            if newest:
                self._newest.setdefault(key, newest[0])
                self._stamps.setdefault(key, max(_stamp(run) for run in newest))

    def next(
        self, job: str, site: str, now: datetime, *, asked_for: bool
    ) -> tuple[str, Mapping[str, int]]:
        """The ``run_id`` of the next run of ``job`` at ``site``: new, or that of one taken over.

        Beside it the counts of the one taken over: the job may go on from them. New ones end in the
        start in epoch milliseconds, or one later than the last: they sort by start even if the
        clock was set back.
        """
        key = key_of(job, site)
        with self._lock:
            newest = self._newest.get(key)
            if newest and not asked_for and not newest.asked and newest.outcome in _UNTOLD:
                return newest.run_id, newest.counts
            stamp = max(round(now.timestamp() * 1000), self._stamps.get(key, 0) + 1)
            self._stamps[key] = stamp
        return f"{key}-{stamp}", {}

    def save(self, run: Run) -> None:
        """Write ``run`` down. A store that refuses is logged, and asked again with the next one."""
        with self._lock:
            self._newest[key_of(run.job, run.site)] = run
            self._unsaved[run.run_id] = run
            waiting = tuple(self._unsaved.values())
        for kept in waiting:
            try:
                self._of(kept.site).save_run(kept)
            except StoreError as fault:
                log.error("a run cannot be written down", run=kept.run_id, detail=str(fault))
                return
            with self._lock:
                if self._unsaved.get(kept.run_id) is kept:
                    del self._unsaved[kept.run_id]

    def find(self, run_id: str) -> Run | None:
        """The run of that id. Raises ``StoreError``."""
        return self._store.run(run_id)

    def mark_interrupted(
        self, sites: Iterable[str], *, at: datetime, but: Collection[str]
    ) -> tuple[Run, ...]:
        """Mark running ones, but those with an id of ``but``, as interrupted; what was marked.

        Raises ``StoreError``.
        """
        marked = []
        for run in self._all(sites, Outcome.RUNNING):
            if run.run_id not in but:
                ended = replace(
                    run,
                    finished_at=max(at, run.started_at),
                    outcome=Outcome.INTERRUPTED,
                    detail="the program ended while it ran",
                )
                self._of(ended.site).save_run(ended)
                marked.append(ended)
        return tuple(marked)

    def interrupted(self, sites: Iterable[str]) -> tuple[Run, ...]:
        """The runs that were interrupted, oldest first of each site. Raises ``StoreError``."""
        return tuple(self._all(sites, Outcome.INTERRUPTED))

    def newest(self, job: str, site: str, *, limit: int) -> tuple[Run, ...]:
        """The newest runs of a job of a site, newest first. Raises ``StoreError``."""
        return self._of(site).runs(job=job, limit=limit)

    def _all(self, sites: Iterable[str], outcome: Outcome) -> Iterator[Run]:
        for site in sites:
            yield from self._of(site).runs(outcome=outcome, limit=_MOST_RUNS)[::-1]

    def _of(self, site: str) -> Store:
        return self._store.of_site(site)


def _stamp(run: Run) -> int:
    stamp = run.run_id.removeprefix(f"{key_of(run.job, run.site)}-")
    return int(stamp) if stamp.isdecimal() else 0
