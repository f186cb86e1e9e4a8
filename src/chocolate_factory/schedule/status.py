"""WHAT IS SHOWN OF THE JOBS: next run, last result, counts and durations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chocolate_factory.schedule.runner import WAITS
from chocolate_factory.schedule.table import Timing, next_fire
from chocolate_factory.store.base import Outcome, Run, Store

RUNS_READ = 200
"""How many of a job's newest runs are counted."""

SOLVE_MS = "solve_ms"
"""Count of a run that planned: how long that took [ms]."""

PLAN, PLAN_NOW = "plan", "plan-now"
"""The job that plans, and what it is called when it is asked for out of turn."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How one job of the table stands.

    Parameters
    ----------
    name, why, when
        From the table; ``when`` for people, Madrid time.
    next_run
        Its next time, UTC; it starts at most the table's jitter later.
    running
        The run under way; None if there is none.
    last
        The newest run that ended; None if none is kept.
    last_done
        When it last ended well: done, or with nothing due. UTC; None if no such run is kept.
    runs_kept, failures_kept
        Runs among the newest 200, and those of them that ended without doing their work.
    mean_duration_s
        Of those that ended by themselves [s]; None if there is none.
    time_limit_s
        It has to end within [s].
    overrun
        Whether the run under way is past that and has not ended.
    site
        The named site it is of; empty for a job of all, or of the only one.
    solve_ms
        How long the newest planning took, by itself or asked for; None if no such run is kept.
    """

    name: str
    why: str
    when: str
    next_run: datetime
    running: Run | None
    last: Run | None
    last_done: datetime | None
    runs_kept: int
    failures_kept: int
    mean_duration_s: float | None
    time_limit_s: float
    overrun: bool = False
    site: str = ""
    solve_ms: float | None = None


def status(
    table: tuple[Timing, ...], store: Store, now: datetime, running: Mapping[str, Run]
) -> tuple[JobStatus, ...]:
    """Every job of ``table`` at ``now``; ``running`` by key: what this process has under way.

    A run that only the store calls running is of another process, or of one that died.

    Raises ``StoreError``.
    """
    return tuple(
        _status(
            timing,
            store.of_site(timing.site).runs(job=timing.name, limit=RUNS_READ),
            now,
            running.get(timing.key),
            _asked_for(timing, store),
        )
        for timing in table
    )


def last_ended(store: Store, jobs: Iterable[str]) -> tuple[Run, ...]:
    """The newest run that ended of each of ``jobs`` that has one, however often others ran since.

    Raises ``StoreError``.
    """
    found: list[Run] = []
    for job in jobs:
        found += [run for run in store.runs(job=job, limit=2) if run.finished_at is not None][:1]
    return tuple(found)


def _asked_for(timing: Timing, store: Store) -> tuple[Run, ...]:
    if timing.name != PLAN:
        return ()
    return store.of_site(timing.site).runs(job=PLAN_NOW, limit=RUNS_READ)


def _solve_ms(runs: Iterable[Run]) -> float | None:
    solved = [run for run in runs if SOLVE_MS in run.counts]
    return max(solved, key=lambda run: run.started_at).counts[SOLVE_MS] if solved else None


def _status(
    timing: Timing,
    kept: tuple[Run, ...],
    now: datetime,
    running: Run | None,
    asked_for: tuple[Run, ...],
) -> JobStatus:
    under_way = running or next((run for run in kept if run.finished_at is None), None)
    ended = [
        (run, run.finished_at)
        for run in kept
        if run.finished_at is not None and not (running and run.run_id == running.run_id)
    ]
    durations_s = [
        (finished_at - run.started_at).total_seconds()
        for run, finished_at in ended
        if run.outcome is not Outcome.INTERRUPTED
    ]
    limit = timedelta(seconds=timing.time_limit_s)
    return JobStatus(
        name=timing.name,
        why=timing.why,
        when=timing.when,
        next_run=next_fire(timing, after=now),
        running=under_way,
        last=ended[0][0] if ended else None,
        last_done=next((at for run, at in ended if run.outcome.ended_well), None),
        runs_kept=len(kept),
        failures_kept=sum(run.outcome.failed for run, _ in ended),
        mean_duration_s=sum(durations_s) / len(durations_s) if durations_s else None,
        time_limit_s=timing.time_limit_s,
        overrun=under_way is not None
        and under_way.detail != WAITS
        and now - under_way.started_at > limit,
        site=timing.site,
        solve_ms=_solve_ms((*kept, *asked_for)),
    )
