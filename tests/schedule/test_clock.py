"""The scheduler while the clock runs through a night of its change, leaps, or is set back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from threading import Event
from time import monotonic, sleep

import apscheduler.schedulers.base
import pytest
from schedule.conftest import HeldClock

from chocolate_factory.market.calendar import local_instant
from chocolate_factory.schedule import TABLE, JobResult, Scheduler, next_fire, start
from chocolate_factory.store.sql import open_store

STEP = timedelta(minutes=2)
JITTER = timedelta(minutes=5)
WAIT_S = 30.0

Ran = list[tuple[str, datetime]]


class Running:
    """A scheduler with every job of the table, by a clock that goes where the test says."""

    def __init__(self, scheduler: Scheduler, clock: HeldClock, ran: Ran) -> None:
        self.scheduler, self.clock, self.ran = scheduler, clock, ran

    def go(self, to: datetime) -> None:
        """Set the clock, and wait until all that is due by it has run."""
        self.clock.now = to
        self.scheduler.look_at_clock()
        deadline = monotonic() + WAIT_S
        while any(job.next_run_time <= to for job in self.scheduler._fires.get_jobs()):
            assert monotonic() < deadline
            sleep(0.001)
        for lane in self.scheduler._lanes.values():
            done = Event()
            lane.give(done.set)
            assert done.wait(WAIT_S)

    def run_through(self, end: datetime) -> Ran:
        """What ran until ``end``, the clock going evenly."""
        before = len(self.ran)
        while self.clock.now < end:
            self.go(self.clock.now + STEP)
        return self.ran[before:]


@pytest.fixture
def running(
    tmp_path, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[datetime], Running]]:
    class Held(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return clock.now.astimezone(tz)

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Held)
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    begun: list[Scheduler] = []

    def begin(at: datetime) -> Running:
        clock.now = at
        ran: Ran = []

        def noting(name: str) -> Callable[..., JobResult]:
            def work(now: datetime, _tell: object) -> JobResult:
                ran.append((name, now))
                return JobResult("done")

            return work

        jobs = {timing.name: noting(timing.name) for timing in TABLE}
        begun.append(start(jobs, store, catch_up=False, clock=clock))
        return Running(begun[-1], clock, ran)

    yield begin
    for scheduler in begun:
        scheduler.stop(timeout_s=5)
    store.close()


def times(first: datetime, end: datetime) -> Counter[str]:
    """How often each job of the table has a time in [first, end)."""
    found: Counter[str] = Counter()
    for timing in TABLE:
        at = next_fire(timing, after=first - timedelta(microseconds=1))
        while at < end:
            found[timing.name] += 1
            at = next_fire(timing, after=at)
    return found


def counted(ran: Ran) -> Counter[str]:
    return Counter(name for name, _ in ran)


@pytest.mark.parametrize("day", [date(2025, 3, 30), date(2025, 10, 26)])
def test_a_night_in_which_the_clock_changes_has_each_run_once_and_on_time(running, day) -> None:
    evening = local_instant(day - timedelta(days=1), time(20))
    noon = local_instant(day, time(12, 29))
    ran = running(evening).run_through(noon)
    assert counted(ran) == times(evening + timedelta(microseconds=1), noon)
    assert counted(ran)["pvpc"] == (noon - evening) // timedelta(hours=1)
    for name, at in ran:
        (timing,) = [timing for timing in TABLE if timing.name == name]
        assert next_fire(timing, after=at - JITTER - STEP) <= at


def test_a_clock_that_leaps_a_day_ahead_runs_each_job_once_and_goes_on(running) -> None:
    at = datetime(2025, 11, 3, 9, 0, 30, tzinfo=UTC)
    plant = running(at)
    plant.go(at + timedelta(days=1))
    assert counted(plant.ran) == Counter({timing.name: 1 for timing in TABLE})
    later = plant.clock.now + timedelta(hours=2, minutes=30)
    ran = plant.run_through(later)
    assert counted(ran)["pvpc"] == times(plant.ran[0][1], later)["pvpc"]
    assert not counted(ran) - times(at + timedelta(days=1) - JITTER, later)


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_is_set_back_does_not_make_jobs_wait_for_its_old_time(running, back) -> None:
    at = datetime(2025, 11, 3, 9, 30, 30, tzinfo=UTC)
    plant = running(at)
    plant.run_through(at + timedelta(hours=1))
    plant.go(plant.clock.now - back)
    set_to = plant.clock.now
    ran = plant.run_through(set_to + timedelta(hours=2))
    assert counted(ran)["pvpc"] == counted(ran)["spot"] == 2
    assert counted(ran)["advise"] == 8
    most = times(set_to - JITTER, plant.clock.now)
    assert not counted(ran) - most
