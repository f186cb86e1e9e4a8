"""The table on simulated time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chocolate_factory.errors import SourceUnavailable, StoreError
from chocolate_factory.market.calendar import MADRID, day_bounds
from chocolate_factory.schedule import TABLE, JobResult, next_fire, walk
from chocolate_factory.store.base import Outcome

START = datetime(2026, 6, 15, 8, tzinfo=UTC)
DAY = timedelta(days=1)


class Killed(BaseException):
    """What a killed process looks like from inside."""


def noted(ran, name):
    def work(now, progress):
        ran.append((name, now))
        return JobResult("done")

    return work


@pytest.fixture
def walked(store, timing):
    """The runs of some jobs by a table of hourly and daily lines."""

    def runs(jobs, *, table=None, start=START, end=START + DAY, seed=7):
        lines = table or tuple(timing(name, ("*", "0"), jitter_s=60) for name in jobs)
        return list(walk(jobs, store, lines, start=start, end=end, seed=seed))

    return runs


def test_every_job_runs_at_each_of_its_times_and_a_little_later(walked, timing):
    ran = []
    table = (timing("hourly", ("*", "0"), jitter_s=60, catch_up=False),)
    walked({"hourly": noted(ran, "hourly")}, table=table)
    assert len(ran) == 24
    late_s = [(at - START).total_seconds() % 3600 for _, at in ran]
    assert max(late_s) <= 60
    assert len(set(late_s)) > 20


def test_one_seed_walks_one_way_and_another_another(walked, store):
    def instants(seed, start):
        ran = []
        walked({"a": noted(ran, "a")}, seed=seed, start=start, end=start + DAY)
        return [at - start for _, at in ran]

    assert instants(1, START) == instants(1, START + DAY) != instants(2, START + 2 * DAY)


def test_jobs_run_in_the_order_of_their_times(walked, timing):
    ran = []
    table = (timing("later", ("*", "30"), catch_up=False), timing("first", catch_up=False))
    names = [name for name, _ in ran]
    walked({name: noted(ran, name) for name in ("later", "first")}, table=table)
    assert [at for _, at in ran] == sorted(at for _, at in ran)
    names = {name for name, _ in ran}
    assert names == {"later", "first"}


def test_a_walk_begins_by_catching_up_in_the_order_of_the_table(walked, timing):
    ran = []
    table = (timing("b"), timing("a"))
    jobs = {name: noted(ran, name) for name in ("a", "b")}
    walked(jobs, table=table, end=START + timedelta(minutes=1))
    assert ran == [("b", START), ("a", START)]


def test_days_without_a_process_are_one_run_afterwards(walked, timing):
    ran = []
    table = (timing("hourly", ("*", "0")),)
    jobs = {"hourly": noted(ran, "hourly")}
    walked(jobs, table=table, end=START + timedelta(minutes=1))
    back = START + 5 * DAY + timedelta(minutes=20)
    walked(jobs, table=table, start=back, end=back + timedelta(minutes=30))
    assert [at for _, at in ran] == [START, back]


def test_what_a_job_asks_for_runs_at_once_and_in_turn(walked, timing):
    ran = []

    def publish(now, progress):
        ran.append(("watch", now))
        return JobResult("published", then=("forecast", "plan"))

    table = tuple(timing(name, ("23", "0"), catch_up=False) for name in ("forecast", "plan"))
    walked(
        {
            "forecast": noted(ran, "forecast"),
            "plan": noted(ran, "plan"),
            "watch": publish,
        },
        table=(*table, timing("watch", ("12", "0"), catch_up=False)),
        end=START + timedelta(hours=3),
    )
    noon = datetime(2026, 6, 15, 12, tzinfo=MADRID)
    assert ran == [("watch", noon), ("forecast", noon), ("plan", noon)]


def test_a_fault_in_one_job_does_not_stop_the_walk(walked):
    def failing(now, progress):
        raise SourceUnavailable("ree", "timed out")

    runs = walked({"failing": failing, "good": noted([], "good")})
    assert {run.outcome for run in runs if run.job == "failing"} == {Outcome.FAILED}
    assert sum(run.outcome is Outcome.DONE for run in runs) >= 24


def test_a_killed_walk_leaves_its_run_behind_and_the_next_one_makes_up_for_it(store, walked):
    def killed(now, progress):
        raise Killed

    with pytest.raises(Killed):
        walked({"plan": killed})
    assert [run.outcome for run in store.runs(job="plan")] == [Outcome.RUNNING]
    ran = []
    back = START + timedelta(minutes=3)
    walked({"plan": noted(ran, "plan")}, start=back, end=back + timedelta(minutes=1))
    assert ran == [("plan", back)]
    outcomes = [run.outcome for run in store.runs(job="plan")]
    assert outcomes == [Outcome.DONE, Outcome.INTERRUPTED]


def test_a_store_that_is_full_for_an_hour_costs_the_records_of_that_hour_only(walked, store):
    def work(now, progress):
        store.full = now.hour == 12
        return JobResult("done")

    walked({"hourly": work})
    kept = store.runs(job="hourly", limit=100)
    assert {run.outcome for run in kept} == {Outcome.DONE}
    assert len(kept) >= 24


def test_a_store_that_cannot_be_read_ends_a_walk_before_it_begins(walked, store):
    store.full = True
    with pytest.raises(StoreError):
        walked({"hourly": noted([], "hourly")})


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_in_the_night_the_clock_changes_each_nightly_job_runs_once(store, day):
    nightly = {"score", "savings-close", "backup", "retention", "train-prices"}
    ran = []
    start, end = day_bounds(day)
    jobs = {timing.name: noted(ran, timing.name) for timing in TABLE if timing.name in nightly}
    table = tuple(timing for timing in TABLE if timing.name in nightly)
    list(walk(jobs, store, table, start=start - DAY, end=end, seed=3))
    in_the_night = [name for name, at in ran if at >= start]
    assert sorted(in_the_night) == sorted(nightly)


def test_the_whole_table_walks_a_day_and_keeps_a_short_record(store):
    empty = {
        timing.name: lambda now, progress: JobResult("", outcome=Outcome.NOTHING_DUE)
        for timing in TABLE
    }
    runs = list(walk(empty, store, TABLE, start=START, end=START + DAY / 4, seed=1))
    assert len(runs) > 60
    assert len(store.runs(limit=1000)) == len({run.job for run in runs})
    assert next_fire(TABLE[0], after=START) > START
