"""HOW ONE JOB RUNS: written down before, while and after; an error is an outcome, not an end.

The same runner serves the scheduler in its threads and simulated time in one. It lets no error of
a job out, and goes on where the store refuses to take a record.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import NamedTuple

import structlog

from chocolate_factory.errors import FactoryError, TimedOut, one_line
from chocolate_factory.schedule.job import LOG_LINES, Job, JobResult, meaning
from chocolate_factory.schedule.record import Record
from chocolate_factory.schedule.table import Timing, key_of
from chocolate_factory.store.base import Outcome, Run, Store

log = structlog.get_logger()

SAVE_EVERY_S = 1.0
"""Progress is written down at most so often [s]."""

TELL_EVERY_S = 10.0
"""A run at work says how far it is in the log at most so often [s]."""

DETAIL_LENGTH = 400
"""Longest detail of a run that is kept [characters]."""

STUCK_AFTER_S = 60.0
"""A run that has not ended so long past its limit is given up, and its lane goes on [s]."""

WAITS = "waits for its turn"
"""Detail of a run that is taken on and whose lane is busy."""

Clock = Callable[[], datetime]
"""The present instant, UTC."""


class Ended(NamedTuple):
    """A run that ended, and the jobs that should run next because of it."""

    run: Run
    then: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Begun:
    """A run of this process that waits for its turn or is at work; ``run`` as it stands."""

    run: Run
    work: Job
    time_limit_s: float
    keeps_start: bool
    saved: Run | None = None
    began_s: float = 0.0
    saved_s: float = 0.0
    told_s: float = 0.0
    at_work: bool = False
    given_up: bool = False


class _Stopped(BaseException):
    """The program ends. No ``Exception``, so that no job takes it for a fault and goes on."""


class JobRunner:
    """Runs jobs, and work that was asked for, and keeps the record of it.

    ``clock`` gives the instant of a run, ``elapsed_s`` measures how long it takes [s]: they differ
    where a machine sleeps. May be used from several threads.

    ``jobs`` go by their keys (see ``Timing.key``). Raises ``ValueError`` if they and those of the
    table differ.
    """

    def __init__(
        self,
        store: Store,
        jobs: Mapping[str, Job],
        table: tuple[Timing, ...],
        clock: Clock,
        *,
        elapsed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timings = {timing.key: timing for timing in table}
        if self._timings.keys() != set(jobs):
            raise ValueError(f"jobs and table differ: {sorted(self._timings.keys() ^ set(jobs))}")
        self._sites = tuple({timing.site: None for timing in table})
        self.record = Record(store)
        self._jobs = dict(jobs)
        self._clock = clock
        self._elapsed_s = elapsed_s
        self._lock = Lock()
        self._begun: dict[str, Begun] = {}
        self._stopping = False

    def run(self, key: str) -> Ended:
        """Run a job of the table now; if it is under way already, answer that run as it stands."""
        begun, fresh = self.begin(key)
        return self.carry_out(begun) if fresh else Ended(begun.run, ())

    def begin(self, key: str, *, asked: Mapping[str, str] | None = None) -> tuple[Begun, bool]:
        """Take on a job of the table; with False the run that is under way already.

        With ``asked``, of somebody who waits, it is written down at once. ``carry_out`` runs it.
        """
        now = self._now()
        timing = self._timings[key]
        name, site = timing.name, timing.site
        self.record.look_up(name, site)
        with self._lock:
            for begun in self._begun.values():
                if key_of(begun.run.job, begun.run.site) == key:
                    return begun, False
            run_id, counts = self.record.next(name, site, now, asked_for=bool(asked))
            run = Run(
                run_id, name, now, None, Outcome.RUNNING, WAITS,
                counts=counts, asked=asked or {}, site=site,
            )  # fmt: skip
            begun = self._take_on(Begun(run, self._jobs[key], timing.time_limit_s, False))
        if asked:
            self.record.save(run)
        return begun, True

    def begin_work(
        self, job: str, asked: Mapping[str, str], work: Job, *, time_limit_s: float, site: str = ""
    ) -> tuple[Begun, bool]:
        """Take on work outside the table; with False the same that is under way already.

        Raises ``ValueError`` if ``job`` is a name of the table.
        """
        if self._is_of_table(job):
            raise ValueError(f"{job} is a job of the table")
        now = self._now()
        self.record.look_up(job, site)
        with self._lock:
            for begun in self._begun.values():
                told = begun.run
                if (told.job, told.site, dict(told.asked)) == (job, site, dict(asked)):
                    return begun, False
            run_id, _ = self.record.next(job, site, now, asked_for=True)
            run = Run(run_id, job, now, None, Outcome.RUNNING, WAITS, asked=dict(asked), site=site)
            begun = self._take_on(Begun(run, work, time_limit_s, keeps_start=True))
        self.record.save(run)
        return begun, True

    def begin_again(self, run: Run, work: Job, *, time_limit_s: float) -> tuple[Begun, bool]:
        """Take an interrupted run up again under its ``run_id``; with False if it is already."""
        again = replace(run, finished_at=None, outcome=Outcome.RUNNING, detail=WAITS)
        with self._lock:
            if run.run_id in self._begun:
                return self._begun[run.run_id], False
            begun = self._take_on(Begun(again, work, time_limit_s, keeps_start=True))
        self.record.save(again)
        return begun, True

    def carry_out(self, begun: Begun) -> Ended:
        """Run what was begun. Its record is kept before and after, whatever happens."""
        now = self._now()
        try:
            with self._lock:
                started_at = begun.run.started_at if begun.keeps_start else now
                begun.run = replace(begun.run, started_at=started_at, detail="")
                begun.began_s = begun.saved_s = begun.told_s = self._elapsed_s()
                begun.at_work, begun.saved = True, begun.run
                given_up = begun.given_up
            if not given_up:
                self.record.save(begun.run)
            result = self._attempt(begun, now)
            ended = replace(
                begun.run,
                finished_at=max(self._now(), begun.run.started_at),
                outcome=result.outcome,
                detail=_one_line(result.detail),
                counts=dict(result.counts),
            )
            with self._lock:
                begun.run = ended
                given_up = begun.given_up
            if not given_up:
                self._close(ended)
            return Ended(ended, result.then)
        finally:
            with self._lock:
                self._begun.pop(begun.run.run_id, None)

    def under_way(self) -> tuple[Run, ...]:
        """The runs of this process that wait or work, as they stand."""
        with self._lock:
            return tuple(begun.run for begun in self._begun.values())

    def mark_interrupted(self) -> tuple[Run, ...]:
        """Mark what a dead process left running as interrupted; what was marked.

        Raises ``StoreError``.
        """
        mine = {run.run_id for run in self.under_way()}
        return self.record.mark_interrupted(self._sites, at=self._now(), but=mine)

    def interrupted(self) -> tuple[Run, ...]:
        """Work outside the table that was interrupted and not taken up again, oldest first.

        Raises ``StoreError``.
        """
        mine = {run.run_id for run in self.under_way()}
        return tuple(
            run
            for run in self.record.interrupted(self._sites)
            if not self._is_of_table(run.job) and run.run_id not in mine
        )

    def stop(self) -> None:
        """From now on every run ends at its next ``Progress``, and none begins to work."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stopping

    def give_up(self) -> tuple[Run, ...]:
        """Write down as interrupted what is under way, and nothing more of it; what that was."""
        told = "it did not stop in time when the program ended"
        return self._give_up(lambda _: True, Outcome.INTERRUPTED, told)

    def give_up_stuck(self) -> tuple[Run, ...]:
        """Write down as timed out what neither ended nor told anything since its limit.

        Such a run is not started again while its thread is at work. Returns what that was.
        """
        at_s = self._elapsed_s()
        told = "stuck past its limit: the other jobs go on without it; a restart ends it"
        return self._give_up(
            lambda begun: (
                begun.at_work and at_s - begun.began_s > begun.time_limit_s + STUCK_AFTER_S
            ),
            Outcome.TIMED_OUT,
            told,
        )

    def _give_up(
        self, which: Callable[[Begun], bool], outcome: Outcome, detail: str
    ) -> tuple[Run, ...]:
        with self._lock:
            left = [one for one in self._begun.values() if not one.given_up and which(one)]
            for begun in left:
                begun.given_up = True
        now = self._now()
        ended = tuple(
            replace(
                begun.run,
                finished_at=max(now, begun.run.started_at),
                outcome=outcome,
                detail=detail,
            )
            for begun in left
        )
        for run in ended:
            self._close(run)
        return ended

    def _is_of_table(self, job: str) -> bool:
        return any(timing.name == job for timing in self._timings.values())

    def _take_on(self, begun: Begun) -> Begun:
        self._begun[begun.run.run_id] = begun
        return begun

    def _attempt(self, begun: Begun, now: datetime) -> JobResult:
        def progress(done: int, total: int, detail: str = "") -> None:
            self._report(begun, done, total, detail)

        try:
            self._check(begun)
            result = begun.work(now, progress)
            if not set(result.then) <= set(self._jobs) or result.outcome not in LOG_LINES:
                raise ValueError(f"{begun.run.job} came to {result}")
        except _Stopped:
            told = "stopped because the program ended"
            return JobResult(told, begun.run.counts, Outcome.INTERRUPTED)
        except FactoryError as fault:
            return JobResult(str(fault), begun.run.counts, meaning(fault))
        except Exception as fault:  # noqa: BLE001 - a defect of one job does not end the others
            told = "".join(traceback.format_exception(fault))  # without the values of variables
            log.error("unexpected error", **_named(begun.run), traceback=told)
            return JobResult("unexpected error, see the log", begun.run.counts, Outcome.FAILED)
        return result

    def _report(self, begun: Begun, done: int, total: int, detail: str) -> None:
        with self._lock:
            begun.run = run = replace(begun.run, done=done, total=total, detail=_one_line(detail))
            spent_s = self._elapsed_s()
            news = run != begun.saved and spent_s - begun.saved_s >= SAVE_EVERY_S
            due = news and not begun.given_up
            if due:
                begun.saved, begun.saved_s = run, spent_s
            tell = spent_s - begun.told_s >= TELL_EVERY_S
            if tell:
                begun.told_s = spent_s
        if tell:
            log.info("at work", **_named(run), done=run.done, total=run.total, detail=run.detail)
        self._check(begun)
        if due:
            self.record.save(run)

    def _check(self, begun: Begun) -> None:
        if self._stopping:
            raise _Stopped
        if self._elapsed_s() - begun.began_s > begun.time_limit_s:
            raise TimedOut(
                f"not done within its limit of {begun.time_limit_s:.0f} s; what it stored is kept"
            )

    def _close(self, run: Run) -> None:
        self.record.save(run)
        level, line = LOG_LINES[run.outcome]
        getattr(log, level)(
            line, **_named(run), run=run.run_id, detail=run.detail, counts=dict(run.counts)
        )

    def _now(self) -> datetime:
        now = self._clock()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _named(run: Run) -> dict[str, str]:
    """The job of a run in a line of the log, and its site if that has a name."""
    return {"job": run.job, "site": run.site} if run.site else {"job": run.job}


def _one_line(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= DETAIL_LENGTH else line[: DETAIL_LENGTH - 1] + "…"
