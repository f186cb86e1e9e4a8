"""THE SCHEDULER: APScheduler says when, lanes do the work.

APScheduler's own thread only puts a name into its lane, so nothing delays it and it needs neither
its executors nor its job store: which runs there were is in the plant's store. Everything it is
told is in UTC; the wall clock is left to ``table``.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread
from typing import Any

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from chocolate_factory.errors import StoreError
from chocolate_factory.schedule.catch_up import to_catch_up
from chocolate_factory.schedule.job import Job
from chocolate_factory.schedule.lane import LaneThread
from chocolate_factory.schedule.runner import Begun, Clock, JobRunner
from chocolate_factory.schedule.status import JobStatus, status
from chocolate_factory.schedule.table import TABLE, Lane, Timing, key_of
from chocolate_factory.schedule.walk import fire_time
from chocolate_factory.store.base import Run, Store

log = structlog.get_logger()

STOP_S = 4.0
"""How long running jobs get to stop [s]: with requests under way, ten seconds are not passed."""

WORK_LIMIT_S = 86_400.0
"""Time limit of work outside the table, unless it is given one [s]."""

BY_HAND = {"started": "by hand"}
"""What a run of a table's job is marked with when somebody asked for it."""

SET_BACK = timedelta(minutes=1)
"""A clock that is set back further than this has its jobs fire by the new time."""

_BEAT_S = 30.0


def system_clock() -> datetime:
    """The present instant, UTC."""
    return datetime.now(UTC)


def start(
    jobs: Mapping[str, Job],
    store: Store,
    *,
    table: tuple[Timing, ...] = TABLE,
    catch_up: bool = True,
    clock: Clock = system_clock,
) -> Scheduler:
    """Start running ``jobs`` by the table, in threads of this process; the caller stops it.

    What a dead process left running is marked as interrupted. With ``catch_up`` the jobs whose time
    passed since their last run, that never ran or were interrupted run once now, in the order of
    the table; those of the compute lane after those of the fetch and places lanes. A store that
    fails is logged, and nothing is caught up with.

    Raises ``ValueError`` if the keys of the jobs and of the table differ.
    """
    return Scheduler(JobRunner(store, jobs, table, clock), store, table, clock, catch_up=catch_up)


class Scheduler:
    """Jobs that run by themselves until ``stop``. May be used from several threads."""

    def __init__(
        self,
        runner: JobRunner,
        store: Store,
        table: tuple[Timing, ...],
        clock: Clock,
        *,
        catch_up: bool,
    ) -> None:
        self._runner = runner
        self._store = store
        self._table = table
        self._clock = clock
        self._lanes = {lane: LaneThread(lane) for lane in Lane}
        self._lane_of = {timing.key: timing.lane for timing in table}
        self._lane_of_run: dict[str, Lane] = {}
        self._lock = Lock()
        self._queued: set[str] = set()
        self._seen_at = clock()
        self._ended = Event()
        self._begin_with(catch_up=catch_up)
        self._fires = _fires(table, self._fire)
        self._fires.start()
        Thread(target=self._beat, name="beat", daemon=True).start()

    def run_now(self, key: str) -> Run:
        """Run a job of the table as soon as its lane is free; its run, or the one under way.

        Raises ``ValueError`` if the table has no such job.
        """
        if key not in self._lane_of:
            raise ValueError(f"no job {key!r}; there are: {', '.join(self._lane_of)}")
        begun, fresh = self._runner.begin(key, asked=BY_HAND)
        return self._give(self._lane_of[key], begun, fresh=fresh)

    def start_now(
        self,
        job: str,
        asked: Mapping[str, str],
        work: Job,
        *,
        time_limit_s: float = WORK_LIMIT_S,
        lane: Lane = Lane.HISTORY,
        site: str = "",
    ) -> Run:
        """Do ``work`` in a lane; its run at once, or that of the same under way.

        ``asked`` says what to do in a form from which it can be taken up again, ``site`` for whom.
        Raises ``ValueError`` if ``job`` is a name of the table.
        """
        begun, fresh = self._runner.begin_work(
            job, asked, work, time_limit_s=time_limit_s, site=site
        )
        return self._give(lane, begun, fresh=fresh)

    def interrupted(self) -> tuple[Run, ...]:
        """Work outside the table that was interrupted and not resumed, oldest first.

        Raises ``StoreError``.
        """
        return self._runner.interrupted()

    def resume(
        self,
        run: Run,
        work: Job,
        *,
        time_limit_s: float = WORK_LIMIT_S,
        lane: Lane = Lane.HISTORY,
    ) -> Run:
        """Take an interrupted run up again, in a lane, under its ``run_id``."""
        begun, fresh = self._runner.begin_again(run, work, time_limit_s=time_limit_s)
        return self._give(lane, begun, fresh=fresh)

    def under_way(self) -> tuple[Run, ...]:
        """The runs that wait for their turn or work, as they stand, newer than in the store."""
        return self._runner.under_way()

    def find(self, run_id: str) -> Run | None:
        """The run of that id as it stands; None if there is none. Raises ``StoreError``."""
        for run in self._runner.under_way():
            if run.run_id == run_id:
                return run
        return self._runner.record.find(run_id)

    def status(self, *keys: str) -> tuple[JobStatus, ...]:
        """How every job of the table, or of ``keys``, stands now. Raises ``StoreError``."""
        running = {key_of(run.job, run.site): run for run in self._runner.under_way()}
        asked = tuple(timing for timing in self._table if not keys or timing.key in keys)
        return status(asked, self._store, self._clock(), running)

    def look_after_lanes(self) -> None:
        """Have lanes go on whose run is stuck past its limit; done every half minute."""
        for run in self._runner.give_up_stuck():
            lane = self._lane_of_run.get(run.run_id) or self._lane_of[key_of(run.job, run.site)]
            self._lanes[lane].go_on()

    def look_at_clock(self) -> None:
        """Have jobs fire by the clock as it stands; done every half minute.

        The time a machine sleeps does not count where a thread waits, and after a clock that was
        set back every job would wait until the time it had been planned for comes once more.
        """
        now = self._clock()
        if now < self._seen_at - SET_BACK:
            log.warning("the clock was set back", before=str(self._seen_at), now=str(now))
            for timing in self._table:
                self._fires.modify_job(timing.key, next_run_time=_TableTrigger(timing).after(now))
        self._seen_at = now
        self._fires.wakeup()

    def start_nothing_more(self) -> None:
        """From now on no run begins to work, and those at work end at their next ``Progress``.

        ``stop`` is still to be called. May be called in a handler of a signal.
        """
        self._runner.stop()

    def stop(self, timeout_s: float = STOP_S) -> None:
        """Start nothing more, and wait for what runs to end at its next ``Progress``.

        What has not ended ``timeout_s`` later is written down as interrupted and left alone.
        """
        deadline_s = time.monotonic() + timeout_s
        self._ended.set()
        self._runner.stop()
        if self._fires.running:
            self._fires.shutdown(wait=False)
        for lane in self._lanes.values():
            lane.end()
        for lane in self._lanes.values():
            lane.ended(timeout_s=max(0.0, deadline_s - time.monotonic()))
        self._runner.give_up()

    def _begin_with(self, *, catch_up: bool) -> None:
        try:
            self._runner.mark_interrupted()
            due = to_catch_up(self._table, self._runner.record, now=self._clock())
        except StoreError as fault:
            log.error("missed runs cannot be caught up with", detail=str(fault))
            return
        if not catch_up:
            return
        by_lane = {lane: [t.key for t in due if t.lane is lane] for lane in Lane}
        for lane in (Lane.FETCH, Lane.PLACES, Lane.HISTORY, Lane.CARE):
            self._queue_all(by_lane[lane])
        compute = partial(self._queue_all, by_lane[Lane.COMPUTE])
        self._lanes[Lane.FETCH].give(partial(self._lanes[Lane.PLACES].give, compute))

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT_S):
            self.look_after_lanes()
            self.look_at_clock()

    def _fire(self, key: str) -> None:
        if any(key_of(run.job, run.site) == key for run in self._runner.under_way()):
            log.debug("still under way, not started again", job=key)
        else:
            self._queue_all((key,))

    def _queue_all(self, keys: Iterable[str]) -> None:
        for key in keys:
            with self._lock:
                fresh = key not in self._queued
                self._queued.add(key)
            if fresh:
                self._lanes[self._lane_of[key]].give(partial(self._run_queued, key))

    def _run_queued(self, key: str) -> None:
        with self._lock:
            self._queued.discard(key)
        if not self._runner.stopping:
            self._queue_all(self._runner.run(key).then)

    def _give(self, lane: Lane, begun: Begun, *, fresh: bool) -> Run:
        if fresh:
            self._lane_of_run[begun.run.run_id] = lane
            self._lanes[lane].give(partial(self._carry_out, begun))
        return begun.run

    def _carry_out(self, begun: Begun) -> None:
        then = self._runner.carry_out(begun).then
        self._lane_of_run.pop(begun.run.run_id, None)
        self._queue_all(then)


class _TableTrigger(BaseTrigger):  # type: ignore[misc] # APScheduler is untyped
    """The times of one job, with its jitter, for APScheduler."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return self.after(previous_fire_time or now)

    def after(self, instant: datetime) -> datetime:
        """The first of its times after ``instant``. UTC."""
        return fire_time(self._timing, after=instant, rng=self._rng)


def _fires(table: tuple[Timing, ...], fire: Callable[[str], None]) -> BackgroundScheduler:
    """APScheduler calling ``fire`` with each key at its times.

    Times missed in a sleep collapse into one call, however late.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    late: dict[str, Any] = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    fires = BackgroundScheduler(timezone=UTC, executors={"default": DebugExecutor()})
    for timing in table:
        fires.add_job(fire, _TableTrigger(timing), args=(timing.key,), id=timing.key, **late)
    return fires
