"""One job from its beginning to its end, and what of it is written down."""

from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs

from chocolate_factory.errors import (
    Infeasible,
    NotPublished,
    SourceRejected,
    SourceUnavailable,
    TimedOut,
)
from chocolate_factory.schedule import JobResult, Repeated
from chocolate_factory.schedule.runner import WAITS
from chocolate_factory.store.base import Outcome, Run


def answering(detail="ok", **said):
    def work(now, progress):
        return JobResult(detail, **said)

    return work


def raising(fault):
    def work(now, progress):
        raise fault

    return work


def outcomes(store, job):
    return [run.outcome for run in store.runs(job=job)]


def test_a_run_is_written_down_before_it_works_and_when_it_ended(runner_of, store, clock):
    seen = []

    def work(now, progress):
        seen.extend(store.runs(job="spot"))
        clock.move(seconds=4)
        return JobResult("24 new", {"new": 24, "requests": 1})

    runner_of(spot=work).run("spot")
    assert [(run.outcome, run.finished_at) for run in seen] == [(Outcome.RUNNING, None)]
    (kept,) = store.runs(job="spot")
    assert kept.outcome is Outcome.DONE
    assert kept.detail == "24 new"
    assert kept.counts == {"new": 24, "requests": 1}
    assert kept.finished_at - kept.started_at == timedelta(seconds=4)


def test_a_job_is_told_the_instant_of_the_clock(runner_of, clock):
    told = []

    def work(now, progress):
        told.append(now)
        return JobResult("")

    runner_of(spot=work).run("spot")
    assert told == [clock.now]


@pytest.mark.parametrize(
    ("fault", "outcome", "level"),
    [
        (NotPublished("ree", "no prices of tomorrow"), Outcome.NOT_PUBLISHED, "info"),
        (SourceRejected("aemet", "403"), Outcome.REJECTED, "error"),
        (SourceUnavailable("ree", "timed out"), Outcome.FAILED, "warning"),
        (TimedOut("too long"), Outcome.TIMED_OUT, "warning"),
    ],
)
def test_an_error_of_the_tree_is_an_outcome_by_its_meaning(runner_of, quiet, fault, outcome, level):
    ended = runner_of(spot=raising(fault)).run("spot")
    assert (ended.run.outcome, ended.run.detail) == (outcome, str(fault))
    assert [(line["log_level"], line["job"]) for line in quiet] == [(level, "spot")]


def test_a_defect_is_a_failed_run_whose_trace_is_in_the_log_only(runner_of, store, quiet):
    def work(now, progress):
        hidden = "key-" + "5f3a"
        return hidden[1 // 0]

    ended = runner_of(plan=work).run("plan")
    assert ended.run.outcome is Outcome.FAILED
    assert ended.run.detail == "unexpected error, see the log"
    (trace,) = [line["traceback"] for line in quiet if "traceback" in line]
    assert "ZeroDivisionError" in trace
    assert "key-5f3a" not in trace


def test_the_detail_of_a_run_is_one_line(runner_of):
    fault = Infeasible(("order 7 needs 90 h", "x" * 1000))
    detail = runner_of(plan=raising(fault)).run("plan").run.detail
    assert detail.startswith("no feasible plan: order 7 needs 90 h; xxx")
    assert "\n" not in detail
    assert len(detail) == 400


def test_progress_is_seen_at_once_and_written_down_once_a_second(runner_of, store, clock):
    seen = []

    def work(now, progress):
        for step in range(1, 31):
            clock.move(seconds=0.1)
            progress(step, 30, f"month {step}")
            seen.append(runner.under_way()[0].done)
        return JobResult("whole")

    runner = runner_of(history=work)
    runner.run("history")
    assert seen == list(range(1, 31))
    told = [run.done for run in store.saved if run.outcome is Outcome.RUNNING]
    assert told[0] == 0
    assert len(told) == 1 + 2
    assert (store.saved[-1].done, store.saved[-1].total) == (30, 30)


def test_what_is_told_again_is_not_written_down_again_but_stops_a_job(runner_of, store, clock):
    def work(now, progress):
        told = Repeated(progress)
        told(1, 2, "the long half")
        for _ in range(30):
            clock.move(seconds=1)
            told.again()
        runner.stop()
        told.again()
        return JobResult("never")

    runner = runner_of(history=work)
    assert runner.run("history").run.outcome is Outcome.INTERRUPTED
    running = [run for run in store.saved if run.outcome is Outcome.RUNNING]
    assert [(run.done, run.detail) for run in running] == [(0, ""), (1, "the long half")]


def test_the_log_says_every_ten_seconds_how_far_a_long_run_is(runner_of, clock):
    def work(now, progress):
        for step in range(1, 36):
            clock.move(seconds=1)
            progress(step, 35, f"month {step}")
        return JobResult("whole")

    with capture_logs() as lines:
        runner_of(history=work).run("history")
    told = [line for line in lines if line["event"] == "at work"]
    assert [(line["job"], line["done"], line["total"]) for line in told] == [
        ("history", 10, 35),
        ("history", 20, 35),
        ("history", 30, 35),
    ]
    assert told[0]["detail"] == "month 10"


def test_a_job_past_its_limit_ends_at_its_next_progress(runner_of, clock):
    def work(now, progress):
        for step in range(100):
            clock.move(seconds=25)
            progress(step, 100)
        return JobResult("never")

    run = runner_of(history=work).run("history").run
    assert run.outcome is Outcome.TIMED_OUT
    assert run.done == 2
    assert "60 s" in run.detail


def test_a_sleeping_machine_does_not_count_against_the_limit(runner_of, clock):
    def work(now, progress):
        clock.now += timedelta(days=3)
        progress(1, 1)
        return JobResult("done")

    assert runner_of(history=work).run("history").run.outcome is Outcome.DONE


def test_runs_with_nothing_to_tell_leave_one_record_and_it_is_the_newest(runner_of, store, clock):
    results = iter(
        [
            Outcome.DONE,
            *(Outcome.NOTHING_DUE, Outcome.NOT_PUBLISHED, Outcome.NOTHING_DUE),
            Outcome.DONE,
            Outcome.NOTHING_DUE,
        ]
    )
    started = []

    def work(now, progress):
        started.append(now)
        return JobResult("", outcome=next(results))

    runner = runner_of(spot=work)
    for _ in range(6):
        clock.move(minutes=5)
        runner.run("spot")
    assert outcomes(store, "spot") == [Outcome.NOTHING_DUE, Outcome.DONE, Outcome.DONE]
    assert [run.started_at for run in store.runs(job="spot")] == [
        started[5],
        started[4],
        started[0],
    ]


def test_a_restarted_process_takes_the_last_empty_record_over_too(runner_of, store, clock):
    empty = answering(outcome=Outcome.NOTHING_DUE)
    runner_of(spot=empty).run("spot")
    clock.move(minutes=5)
    runner_of(spot=empty).run("spot")
    (kept,) = store.runs(job="spot")
    assert kept.started_at == clock.now


@pytest.mark.parametrize("fault", [None, Infeasible("no"), ZeroDivisionError()])
def test_a_record_taken_over_keeps_its_counts_until_the_job_comes_to_others(
    runner_of, store, clock, fault
):
    runner_of(history=answering(counts={"reached": 7}, outcome=Outcome.NOTHING_DUE)).run("history")
    seen = []

    def work(now, progress):
        seen.extend(dict(run.counts) for run in store.runs(job="history"))
        if fault:
            raise fault
        return JobResult("", {"reached": 8})

    clock.move(minutes=5)
    runner_of(history=work).run("history")
    (kept,) = store.runs(job="history")
    assert seen == [{"reached": 7}]
    assert kept.counts == {"reached": 7 if fault else 8}


def test_a_run_that_somebody_asked_for_keeps_its_own_record(runner_of, store, clock):
    runner = runner_of(spot=answering(outcome=Outcome.NOTHING_DUE))
    runner.run("spot")
    for _ in range(2):
        clock.move(minutes=5)
        begun, _ = runner.begin("spot", asked={"started": "by hand"})
        runner.carry_out(begun)
    clock.move(minutes=5)
    runner.run("spot")
    asked = [dict(run.asked) for run in store.runs(job="spot")]
    assert asked == [{}, {"started": "by hand"}, {"started": "by hand"}, {}]


def test_run_ids_sort_by_start_even_if_the_clock_is_set_back(runner_of, store, clock):
    runner = runner_of(spot=answering())
    ids = [runner.run("spot").run.run_id]
    ids.append(runner.run("spot").run.run_id)
    clock.move(hours=-1)
    ids.append(runner.run("spot").run.run_id)
    ids.append(runner_of(spot=answering()).run("spot").run.run_id)
    assert ids == sorted(set(ids))


def test_a_job_that_is_running_is_not_started_again(runner_of):
    seen = []

    def work(now, progress):
        if not seen:
            seen.append(runner.run("spot"))
        return JobResult("done")

    runner = runner_of(spot=work)
    ended = runner.run("spot").run
    assert (seen[0].run.run_id, seen[0].run.outcome) == (ended.run_id, Outcome.RUNNING)
    assert runner.run("spot").run.run_id != ended.run_id


def test_of_many_threads_one_starts_the_job(runner_of):
    begun, go = [], Event()

    def ask():
        go.wait()
        begun.append(runner.begin("spot"))

    runner = runner_of(spot=answering())
    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert sum(fresh for _, fresh in begun) == 1


def test_the_same_work_is_not_begun_twice_but_other_work_of_that_name_is(runner_of):
    runner = runner_of(spot=answering())
    first, fresh = runner.begin_work("backfill", {"days": "30"}, answering(), time_limit_s=60)
    again = runner.begin_work("backfill", {"days": "30"}, answering(), time_limit_s=60)
    other, _ = runner.begin_work("backfill", {"days": "60"}, answering(), time_limit_s=60)
    assert fresh
    assert again == (first, False)
    assert other.run.run_id != first.run.run_id
    assert first.run.detail == WAITS


def test_work_may_not_take_the_name_of_a_job(runner_of):
    with pytest.raises(ValueError, match="spot"):
        runner_of(spot=answering()).begin_work("spot", {}, answering(), time_limit_s=60)


def test_jobs_and_table_have_the_same_names(runner_of, store, clock):
    with pytest.raises(ValueError, match="bake"):
        type(runner_of())(store, {"bake": answering()}, (), clock)


def test_a_store_that_refuses_does_not_keep_a_job_from_running(runner_of, store, quiet):
    ran = []

    def work(now, progress):
        ran.append(now)
        return JobResult("done")

    runner = runner_of(spot=work)
    store.full = True
    assert runner.run("spot").run.outcome is Outcome.DONE
    assert runner.run("spot").run.outcome is Outcome.DONE
    assert len(ran) == 2
    assert {line["detail"] for line in quiet if line["log_level"] == "error"} == {
        "the disk is full"
    }


def test_what_a_store_refused_is_written_down_with_the_next_run(runner_of, store, clock):
    def work(now, progress):
        store.full = True
        return JobResult("ended while the disk was full")

    runner = runner_of(spot=work, weather=answering())
    runner.run("spot")
    store.full = False
    assert outcomes(store, "spot") == [Outcome.RUNNING]
    runner.run("weather")
    assert outcomes(store, "spot") == [Outcome.DONE]


def test_what_a_dead_process_left_running_is_marked_as_interrupted(runner_of, store, clock):
    left = Run("spot-1", "spot", clock.now, None, Outcome.RUNNING, done=3, total=9)
    store.save_run(left)
    clock.move(minutes=7)
    (marked,) = runner_of(spot=answering()).mark_interrupted()
    assert marked == store.run("spot-1")
    assert (marked.outcome, marked.finished_at) == (Outcome.INTERRUPTED, clock.now)
    assert (marked.done, marked.total) == (3, 9)


def test_a_run_of_this_process_is_not_marked_as_interrupted(runner_of, store):
    marked = []

    def work(now, progress):
        marked.extend(runner.mark_interrupted())
        return JobResult("done")

    runner = runner_of(spot=work)
    runner.run("spot")
    assert marked == []
    assert outcomes(store, "spot") == [Outcome.DONE]


def test_interrupted_work_is_offered_until_it_is_taken_up_under_its_own_id(runner_of, store, clock):
    asked = {"first": "2024-01-01", "last": "2024-12-31"}
    left = Run("backfill-9", "backfill", clock.now, None, Outcome.RUNNING, "May", 5, 12, {}, asked)
    store.save_run(left)
    store.save_run(Run("spot-1", "spot", clock.now, None, Outcome.RUNNING))
    clock.move(hours=1)
    runner = runner_of(spot=answering())
    runner.mark_interrupted()
    (offered,) = runner.interrupted()
    assert (offered.run_id, offered.asked) == ("backfill-9", asked)
    begun, _ = runner.begin_again(offered, answering("whole"), time_limit_s=60)
    assert runner.interrupted() == ()
    ended = runner.carry_out(begun).run
    assert ended == store.run("backfill-9")
    assert (ended.outcome, ended.started_at, ended.asked) == (
        Outcome.DONE,
        left.started_at,
        asked,
    )


def test_a_stopped_job_ends_at_its_next_progress_even_if_it_catches_every_exception(runner_of):
    def work(now, progress):
        for step in range(5):
            with suppress(Exception):
                progress(step, 5)
            runner.stop()
        return JobResult("never")

    runner = runner_of(history=work)
    run = runner.run("history").run
    assert (run.outcome, run.done) == (Outcome.INTERRUPTED, 1)


def test_what_is_given_up_stays_interrupted_whatever_becomes_of_it(runner_of, store):
    def work(now, progress):
        runner.give_up()
        return JobResult("done after all")

    runner = runner_of(history=work)
    runner.run("history")
    assert outcomes(store, "history") == [Outcome.INTERRUPTED]


@pytest.mark.parametrize("said", [{"then": ("bake",)}, {"outcome": Outcome.RUNNING}])
def test_a_result_that_makes_no_sense_is_a_defect(runner_of, quiet, said):
    ended = runner_of(spot=answering(**said)).run("spot")
    assert (ended.run.outcome, ended.then) == (Outcome.FAILED, ())
    assert any("traceback" in line for line in quiet)
