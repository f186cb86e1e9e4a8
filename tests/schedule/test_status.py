"""What the status page is told of each job."""

from datetime import datetime, timedelta

import pytest

from chocolate_factory.market.calendar import MADRID
from chocolate_factory.schedule import status
from chocolate_factory.schedule.runner import WAITS
from chocolate_factory.store.base import Outcome, Run

NOW = datetime(2026, 6, 15, 10, 30, tzinfo=MADRID)


@pytest.fixture
def told(store, timing):
    """The status of one job that runs at noon, within a minute."""

    def status_of(*runs, running=None):
        for run in runs:
            store.save_run(run)
        (job,) = status((timing("noon"),), store, NOW, {} if running is None else {"noon": running})
        return job

    return status_of


def ended(minutes_ago, outcome, *, lasted_s=10.0):
    at = NOW - timedelta(minutes=minutes_ago)
    return Run(f"noon-{at:%d%H%M}", "noon", at, at + timedelta(seconds=lasted_s), outcome)


def under_way(seconds, detail=""):
    at = NOW - timedelta(seconds=seconds)
    return Run("noon-running", "noon", at, None, Outcome.RUNNING, detail)


def test_a_job_that_never_ran_has_a_next_time_and_nothing_else(told):
    job = told()
    assert job.next_run == datetime(2026, 6, 15, 12, tzinfo=MADRID)
    assert (job.last, job.last_done, job.mean_duration_s, job.running) == (None, None, None, None)
    assert (job.runs_kept, job.failures_kept, job.overrun) == (0, 0, False)


def test_last_is_the_newest_end_and_last_done_the_newest_good_one(told):
    good = ended(40, Outcome.NOTHING_DUE)
    job = told(
        ended(50, Outcome.DONE),
        good,
        ended(30, Outcome.FAILED),
        ended(20, Outcome.REJECTED),
        ended(10, Outcome.TIMED_OUT),
        ended(8, Outcome.INTERRUPTED),
        ended(5, Outcome.NOT_PUBLISHED),
    )
    assert job.last.outcome is Outcome.NOT_PUBLISHED
    assert job.last_done == good.finished_at
    assert (job.runs_kept, job.failures_kept) == (7, 4)


def test_the_mean_duration_leaves_interrupted_runs_out(told):
    job = told(
        ended(40, Outcome.DONE, lasted_s=10),
        ended(30, Outcome.FAILED, lasted_s=20),
        ended(20, Outcome.INTERRUPTED, lasted_s=600),
    )
    assert job.mean_duration_s == pytest.approx(15)


def test_the_run_under_way_is_shown_as_this_process_knows_it(told):
    kept = under_way(20)
    newer = Run("noon-running", "noon", kept.started_at, None, Outcome.RUNNING, "", 7, 9)
    job = told(ended(40, Outcome.DONE), kept, running=newer)
    assert job.running.done == 7
    assert job.last.outcome is Outcome.DONE


def test_the_record_that_a_run_under_way_takes_over_is_not_its_last_result(told):
    empty = ended(5, Outcome.NOTHING_DUE)
    running = Run(empty.run_id, "noon", NOW, None, Outcome.RUNNING)
    assert told(ended(40, Outcome.DONE), empty, running=running).last.outcome is Outcome.DONE


@pytest.mark.parametrize(("seconds", "overrun"), [(60, False), (61, True)])
def test_a_run_past_its_limit_that_has_not_ended_is_shown_as_such(told, seconds, overrun):
    assert told(running=under_way(seconds)).overrun is overrun


def test_a_run_that_waits_for_its_turn_overruns_nothing(told):
    assert not told(running=under_way(3600, WAITS)).overrun


def test_how_long_planning_took_is_of_the_newest_that_planned_also_out_of_turn(store, timing):
    def ran(job, minutes_ago, outcome=Outcome.DONE, **counts):
        at = NOW - timedelta(minutes=minutes_ago)
        store.save_run(Run(f"{job}-{at:%H%M}", job, at, at, outcome, counts=counts))

    def solve_ms(name="plan"):
        return status((timing(name),), store, NOW, {})[0].solve_ms

    assert solve_ms() is None
    ran("plan", 50, solve_ms=8250)
    ran("plan", 20, Outcome.NOTHING_DUE)
    assert solve_ms() == 8250
    ran("plan-now", 10, solve_ms=4100)
    ran("plan", 5, Outcome.NOTHING_DUE)
    assert (solve_ms(), solve_ms("noon")) == (4100, None)
