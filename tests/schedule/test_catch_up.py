"""Which jobs a start makes up for: by what was kept of their runs, without waiting for anything."""

from datetime import UTC, datetime, timedelta

import pytest

from chocolate_factory.market.calendar import MADRID
from chocolate_factory.schedule.catch_up import to_catch_up
from chocolate_factory.schedule.record import Record
from chocolate_factory.store.base import Outcome, Run

TODAY_NOON = datetime(2026, 6, 15, 12, tzinfo=MADRID).astimezone(UTC)
EVENING = TODAY_NOON + timedelta(hours=7)


@pytest.fixture
def due(store, timing):
    """The names to catch up with of a table, given the runs that were kept."""

    def names(*runs, table=(), now=EVENING):
        for run in runs:
            store.save_run(run)
        lines = table or (timing("noon"),)
        return [line.name for line in to_catch_up(lines, Record(store), now=now)]

    return names


def run(name, started_at, outcome=Outcome.DONE):
    run_id = f"{name}-{started_at:%Y%m%d%H%M%S}"
    return Run(run_id, name, started_at, started_at + timedelta(seconds=5), outcome)


def test_on_an_empty_store_every_job_is_due_in_the_order_of_the_table(due, timing):
    table = (timing("b"), timing("a"), timing("never", catch_up=False), timing("c"))
    assert due(table=table) == ["b", "a", "c"]


def test_a_job_that_ran_at_its_last_time_is_not_due(due):
    assert due(run("noon", TODAY_NOON + timedelta(seconds=90))) == []


@pytest.mark.parametrize("days", [1, 2, 30])
def test_a_job_is_named_once_however_many_times_it_missed(due, days):
    assert due(run("noon", TODAY_NOON - timedelta(days=days))) == ["noon"]


def test_a_failed_run_was_a_run(due):
    assert due(run("noon", TODAY_NOON, Outcome.FAILED)) == []


def test_an_interrupted_run_is_made_up_for(due):
    assert due(run("noon", TODAY_NOON, Outcome.INTERRUPTED)) == ["noon"]


def test_what_was_interrupted_three_times_in_a_row_is_left_to_its_next_time(due):
    broken = [
        run("noon", TODAY_NOON + timedelta(minutes=minute), Outcome.INTERRUPTED)
        for minute in range(3)
    ]
    assert due(*broken[:2]) == ["noon"]
    assert due(*broken) == []
    assert due(now=TODAY_NOON + timedelta(days=1)) == ["noon"]


def test_a_run_by_hand_before_the_time_does_not_stand_for_the_one_at_the_time(due):
    assert due(run("noon", TODAY_NOON - timedelta(minutes=1))) == ["noon"]
