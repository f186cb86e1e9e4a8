"""The scheduler in its threads: lanes, catching up, starting by hand, stopping."""

from datetime import UTC, datetime, timedelta
from threading import Event, Lock, current_thread

import pytest

from chocolate_factory.schedule import TABLE, JobResult, Lane, runner, start
from chocolate_factory.schedule.adapter import BY_HAND, _fires, _TableTrigger
from chocolate_factory.store.base import Outcome, Run

WAIT_S = 20.0


class Notebook:
    """What ran, in order, and in which thread; jobs to fill it."""

    def __init__(self):
        self.names, self.threads, self._lock = [], {}, Lock()
        self.reached = Event()
        self.awaited = 0

    def job(self, name, **said):
        def work(now, progress):
            with self._lock:
                self.names.append(name)
                self.threads[name] = current_thread().name
                if len(self.names) >= self.awaited:
                    self.reached.set()
            return JobResult("done", **said)

        return work

    def wait_for(self, count):
        with self._lock:
            self.awaited = count
            self.reached.clear()
            if len(self.names) >= count:
                return
        assert self.reached.wait(WAIT_S)


@pytest.fixture
def notebook():
    return Notebook()


@pytest.fixture
def started(store, timing):
    """Starts a scheduler whose jobs have no time within the hour; stopped at the end."""
    running = []

    def begin(jobs, *, lanes=None, catch_up=False, **changed):
        hour = str((datetime.now(UTC) + timedelta(hours=6)).hour)
        table = tuple(
            timing(name, (hour, "0"), lane=(lanes or {}).get(name, Lane.FETCH), **changed)
            for name in jobs
        )
        running.append(start(jobs, store, table=table, catch_up=catch_up))
        return running[-1]

    yield begin
    for scheduler in running:
        scheduler.stop(timeout_s=5)


def ended(scheduler, run_id):
    """The run once it ended."""
    tick = Event()
    for _ in range(int(WAIT_S / 0.01)):
        run = scheduler.find(run_id)
        if run.outcome is not Outcome.RUNNING:
            return run
        tick.wait(0.01)
    raise AssertionError(f"{run_id} did not end")


def test_every_job_of_the_table_waits_for_its_time_however_late_and_collapses():
    fires = _fires(TABLE, lambda name: None)
    fires.start(paused=True)
    try:
        planned = {job.id: job for job in fires.get_jobs()}
        assert set(planned) == {timing.name for timing in TABLE}
        assert all(job.coalesce and job.misfire_grace_time is None for job in planned.values())
        assert all(job.next_run_time > datetime.now(UTC) for job in planned.values())
    finally:
        fires.shutdown(wait=False)


def test_a_sleep_of_days_is_one_call_of_each_job(timing):
    calls, called = [], Event()

    def fire(name):
        calls.append(name)
        called.set()

    fires = _fires((timing("hourly", ("*", "0"), jitter_s=60),), fire)
    fires.start(paused=True)
    try:
        slept_since = datetime.now(UTC) - timedelta(days=3)
        fires.modify_job("hourly", next_run_time=slept_since)
        fires.resume()
        assert called.wait(WAIT_S)
        fires.pause()
        assert calls == ["hourly"]
        assert fires.get_job("hourly").next_run_time > datetime.now(UTC) - timedelta(minutes=1)
    finally:
        fires.shutdown(wait=False)


def test_the_times_given_to_the_scheduler_are_those_of_the_table_in_utc(timing):
    trigger = _TableTrigger(timing("noon", jitter_s=60))
    summer_noon = datetime(2026, 6, 15, 10, tzinfo=UTC)
    first = trigger.get_next_fire_time(None, summer_noon - timedelta(hours=1))
    second = trigger.get_next_fire_time(first, first)
    for at, noon in ((first, summer_noon), (second, summer_noon + timedelta(days=1))):
        assert at.tzinfo is UTC
        assert noon <= at <= noon + timedelta(seconds=60)


def test_a_start_catches_up_in_order_with_what_computes_after_what_fetches(started, notebook):
    lanes = {"forecast": Lane.COMPUTE, "plan": Lane.COMPUTE}
    names = ["forecast", "plan", "pvpc", "spot", "weather"]
    lanes["weather"] = Lane.PLACES

    fetched = Event()

    def spot(now, progress):
        result = notebook.job("spot")(now, progress)
        fetched.set()
        return result

    def weather(now, progress):
        assert fetched.wait(WAIT_S)
        return notebook.job("weather")(now, progress)

    jobs = {name: notebook.job(name) for name in names} | {"weather": weather, "spot": spot}
    started(jobs, lanes=lanes, catch_up=True)
    notebook.wait_for(5)
    assert notebook.names == ["pvpc", "spot", "weather", "forecast", "plan"]


def test_a_start_without_catching_up_runs_nothing(started, notebook):
    scheduler = started({"pvpc": notebook.job("pvpc")})
    scheduler.stop()
    assert notebook.names == []


def test_a_start_marks_what_a_dead_process_left(started, store, notebook, clock):
    store.save_run(Run("backfill-1", "backfill", clock.now, None, Outcome.RUNNING))
    scheduler = started({"pvpc": notebook.job("pvpc")})
    assert [run.run_id for run in scheduler.interrupted()] == ["backfill-1"]


def test_a_store_that_fails_at_the_start_is_logged_and_jobs_run(started, store, notebook, quiet):
    store.full = True
    scheduler = started({"pvpc": notebook.job("pvpc")}, catch_up=True)
    run = scheduler.run_now("pvpc")
    notebook.wait_for(1)
    assert run.outcome is Outcome.RUNNING
    assert "missed runs cannot be caught up with" in {line["event"] for line in quiet}


def test_jobs_and_table_have_the_same_names(store, notebook):
    with pytest.raises(ValueError, match="bake"):
        start({"bake": notebook.job("bake")}, store)


def test_a_long_history_does_not_delay_a_fetch_but_jobs_of_a_lane_take_turns(started, notebook):
    gate = Event()

    def history(now, progress):
        assert gate.wait(WAIT_S)
        return notebook.job("history")(now, progress)

    jobs = {
        "history": history,
        "gap-repair": notebook.job("gap-repair"),
        "pvpc": notebook.job("pvpc"),
    }
    scheduler = started(jobs, lanes={"history": Lane.HISTORY, "gap-repair": Lane.HISTORY})
    for name in jobs:
        scheduler.run_now(name)
    notebook.wait_for(1)
    assert notebook.names == ["pvpc"]
    gate.set()
    notebook.wait_for(3)
    assert notebook.names == ["pvpc", "history", "gap-repair"]
    assert notebook.threads["history"] == notebook.threads["gap-repair"] == "lane-history"


def test_a_run_by_hand_answers_at_once_and_says_so(started, notebook):
    scheduler = started({"pvpc": notebook.job("pvpc", counts={"new": 3})})
    run = scheduler.run_now("pvpc")
    assert (run.job, run.outcome, dict(run.asked)) == ("pvpc", Outcome.RUNNING, BY_HAND)
    end = ended(scheduler, run.run_id)
    assert (end.outcome, end.counts) == (Outcome.DONE, {"new": 3})


def test_a_job_under_way_is_answered_not_started_again(started):
    gate, runs = Event(), []

    def work(now, progress):
        runs.append(now)
        assert gate.wait(WAIT_S)
        return JobResult("done")

    scheduler = started({"pvpc": work})
    first = scheduler.run_now("pvpc")
    scheduler._fire("pvpc")
    again = scheduler.run_now("pvpc")
    gate.set()
    assert again.run_id == first.run_id
    ended(scheduler, first.run_id)
    scheduler.stop()
    assert len(runs) == 1


def test_times_that_pass_while_a_lane_is_busy_are_one_run(started, notebook):
    reached, gate = Event(), Event()

    def long(now, progress):
        reached.set()
        assert gate.wait(WAIT_S)
        return notebook.job("weather")(now, progress)

    jobs = {"weather": long, "spot": notebook.job("spot"), "pvpc": notebook.job("pvpc")}
    scheduler = started(jobs)
    scheduler.run_now("weather")
    assert reached.wait(WAIT_S)
    for name in ("spot", "spot", "spot", "pvpc"):
        scheduler._fire(name)
    gate.set()
    notebook.wait_for(3)
    assert notebook.names == ["weather", "spot", "pvpc"]


def test_a_name_outside_the_table_cannot_be_run(started, notebook):
    with pytest.raises(ValueError, match=r"bake.*pvpc"):
        started({"pvpc": notebook.job("pvpc")}).run_now("bake")


def test_what_a_job_asks_for_runs_next_in_its_own_lane(started, notebook):
    jobs = {
        "watch": notebook.job("watch", then=("forecast", "plan")),
        "plan": notebook.job("plan"),
        "forecast": notebook.job("forecast"),
    }
    lanes = {"forecast": Lane.COMPUTE, "plan": Lane.COMPUTE}
    started(jobs, lanes=lanes).run_now("watch")
    notebook.wait_for(3)
    assert notebook.names == ["watch", "forecast", "plan"]
    assert notebook.threads == {
        "watch": "lane-fetch",
        "forecast": "lane-compute",
        "plan": "lane-compute",
    }


def test_work_that_is_asked_for_has_an_id_at_once_and_progress_on_the_way(started, notebook):
    reached, gate = Event(), Event()

    def work(now, progress):
        progress(4, 12, "2024-04")
        reached.set()
        assert gate.wait(WAIT_S)
        return JobResult("12 months", {"new": 8784})

    scheduler = started({"pvpc": notebook.job("pvpc")})
    run = scheduler.start_now("backfill", {"year": "2024"}, work)
    assert reached.wait(WAIT_S)
    seen = scheduler.find(run.run_id)
    gate.set()
    assert (seen.done, seen.total, seen.detail) == (4, 12, "2024-04")
    end = ended(scheduler, run.run_id)
    assert (end.outcome, end.counts, end.asked) == (
        Outcome.DONE,
        {"new": 8784},
        {"year": "2024"},
    )


def test_stopped_work_is_resumed_by_the_next_process_under_its_id(started, notebook):
    reached = Event()

    def endless(now, progress):
        while True:
            progress(1, 2)
            reached.set()

    first = started({"pvpc": notebook.job("pvpc")})
    run = first.start_now("backfill", {"year": "2024"}, endless)
    assert reached.wait(WAIT_S)
    first.stop()
    second = started({"pvpc": notebook.job("pvpc")})
    (left,) = second.interrupted()
    assert left.run_id == run.run_id
    second.resume(left, notebook.job("backfill"))
    assert ended(second, run.run_id).outcome is Outcome.DONE
    assert second.interrupted() == ()


def test_stopping_interrupts_what_runs_and_what_waits(started, store):
    reached = Event()

    def endless(now, progress):
        while True:
            progress(1, 2)
            reached.set()

    scheduler = started({"spot": endless, "pvpc": endless})
    runs = [scheduler.run_now(name) for name in ("spot", "pvpc")]
    assert reached.wait(WAIT_S)
    scheduler.stop()
    kept = [store.run(run.run_id).outcome for run in runs]
    assert kept == [Outcome.INTERRUPTED, Outcome.INTERRUPTED]
    assert scheduler.under_way() == ()


def test_what_does_not_stop_in_time_is_written_down_and_left_alone(started, store):
    reached, gate = Event(), Event()

    def deaf(now, progress):
        reached.set()
        assert gate.wait(WAIT_S)
        return JobResult("done after all")

    scheduler = started({"plan": deaf})
    run = scheduler.run_now("plan")
    assert reached.wait(WAIT_S)
    scheduler.stop(timeout_s=0.1)
    assert store.run(run.run_id).outcome is Outcome.INTERRUPTED
    gate.set()
    for lane in scheduler._lanes.values():
        assert lane.ended(timeout_s=WAIT_S)
    assert store.run(run.run_id).outcome is Outcome.INTERRUPTED


def test_a_stuck_run_does_not_hold_its_lane_for_ever(started, store, notebook, monkeypatch):
    monkeypatch.setattr(runner, "STUCK_AFTER_S", 0.0)
    reached, gate = Event(), Event()

    def stuck(now, progress):
        reached.set()
        assert gate.wait(WAIT_S)
        return JobResult("done after all")

    jobs = {"plan": stuck, "forecast": notebook.job("forecast")}
    scheduler = started(jobs, time_limit_s=0.2)
    run = scheduler.run_now("plan")
    assert reached.wait(WAIT_S)
    behind = scheduler.run_now("forecast")
    scheduler.look_after_lanes()
    assert store.run(run.run_id).outcome is Outcome.RUNNING
    Event().wait(0.3)
    scheduler.look_after_lanes()
    assert ended(scheduler, behind.run_id).outcome is Outcome.DONE
    assert store.run(run.run_id).outcome is Outcome.TIMED_OUT
    assert scheduler.run_now("plan").run_id == run.run_id
    gate.set()
    while scheduler.under_way():
        Event().wait(0.01)
    scheduler.run_now("forecast")
    notebook.wait_for(2)
    assert store.run(run.run_id).outcome is Outcome.TIMED_OUT


def test_the_status_names_the_run_under_way(started):
    reached, gate = Event(), Event()

    def work(now, progress):
        progress(1, 3)
        reached.set()
        assert gate.wait(WAIT_S)
        return JobResult("done")

    scheduler = started({"pvpc": work})
    run = scheduler.run_now("pvpc")
    assert reached.wait(WAIT_S)
    (job,) = scheduler.status()
    gate.set()
    assert (job.name, job.running.run_id, job.running.done) == ("pvpc", run.run_id, 1)
    assert job.next_run > datetime.now(UTC)
