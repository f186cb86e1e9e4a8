from datetime import UTC, datetime
from threading import Event

import pytest
import structlog

from chocolate_factory import schedule
from chocolate_factory.errors import NotPublished, SourceRejected, SourceUnavailable


def test_every_job_of_the_table_is_scheduled_without_overlap():
    jobs = {timing.name: lambda now: "" for timing in schedule.TABLE}
    scheduler = schedule.start(jobs)
    try:
        planned = {job.id: job for job in scheduler.get_jobs()}
        assert set(planned) == set(jobs)
        assert all(job.max_instances == 1 and job.coalesce for job in planned.values())
        assert all(job.next_run_time > datetime.now(UTC) for job in planned.values())
    finally:
        scheduler.shutdown(wait=True)


def test_a_job_without_a_line_in_the_table_is_refused():
    with pytest.raises(ValueError, match="bake"):
        schedule.start({**{t.name: lambda now: "" for t in schedule.TABLE}, "bake": lambda now: ""})


def test_catching_up_runs_every_job_once_in_the_order_of_the_table():
    ran, done = [], Event()

    def job(name):
        def work(now):
            ran.append(name)
            if len(ran) == len(schedule.TABLE):
                done.set()
            return ""

        return work

    names = [timing.name for timing in schedule.TABLE]
    scheduler = schedule.start({name: job(name) for name in reversed(names)}, catch_up=True)
    try:
        assert done.wait(timeout=30)
    finally:
        scheduler.shutdown(wait=True)
    assert ran == names


@pytest.mark.parametrize(
    ("fault", "level"),
    [
        (NotPublished("ree", "no prices of tomorrow"), "info"),
        (SourceUnavailable("ree", "timed out"), "warning"),
        (SourceRejected("ree", "403"), "error"),
    ],
)
def test_an_expected_error_is_logged_by_its_meaning_and_does_not_spread(fault, level):
    def job(now):
        raise fault

    with structlog.testing.capture_logs() as lines:
        schedule.run("ingest-prices", job)
    assert [(line["log_level"], line["job"]) for line in lines] == [(level, "ingest-prices")]
    assert str(fault) in lines[0]["detail"]


def test_a_defect_is_not_hidden():
    def job(now):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        schedule.run("plan", job)
