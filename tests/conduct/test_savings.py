"""Days are closed once, at the prices that were paid, and their accounts add up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from conduct.conftest import Floor, prices

from chocolate_factory import conduct, pipeline
from chocolate_factory.conduct.ledger import (
    WEEK_CLOSED,
    closed_days,
    closed_weeks,
    left_out_days,
    save_day,
)
from chocolate_factory.conduct.terms import keep_terms, kept_terms, mark_of
from chocolate_factory.errors import RequestInvalid
from chocolate_factory.market import regulated
from chocolate_factory.market.calendar import (
    MADRID,
    local_hours,
    local_midnight,
    to_datetime64,
)
from chocolate_factory.market.catalog import DAY, LINARES
from chocolate_factory.market.contract import parse_contract
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.planning.account import WeekPossible, savings_account
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.cost import cost_eur
from chocolate_factory.planning.equipment import Holidays
from chocolate_factory.planning.reported_starts import Report
from chocolate_factory.standing import Accepted, keep_note, keep_plan
from chocolate_factory.store.base import Event

TUE, WED, THU, FRI = (date(2025, 11, day) for day in (18, 19, 20, 21))
DECEMBER = date(2025, 12, 8)
FIXED = """\
kind: fixed
tariff: 3.0TD
prices_eur_kwh: {P1: 0.2, P2: 0.19, P3: 0.17, P4: 0.16, P5: 0.15, P6: 0.14}
"""
SATURDAY = datetime(2025, 11, 22, 10, tzinfo=UTC)
NEXT_MONDAY = datetime(2025, 11, 24, 10, tzinfo=UTC)


@pytest.fixture
def done(planned: Floor) -> Floor:
    """The plan of Tuesday to Thursday is carried out, and every price is known."""
    planned.learn(WED, date(2025, 11, 25), cheap=7)
    planned.now = SATURDAY
    return planned


def close(floor):
    return conduct.close_days(floor.store, floor.task, now=floor.now)


def total(floor, first=TUE, last=date(2025, 11, 23)):
    (account,) = conduct.savings(floor.store, ((first, last),), as_of=floor.now)
    return account


def test_each_day_is_closed_once_and_only_when_it_is_done(done):
    told = close(done)
    assert ([account.day for account in told.days], told.waiting) == ([TUE, WED, THU, FRI], None)
    again = close(done)
    assert (again.days, again.again) == ((), ())
    assert [account.batches for account in closed_days(done.store, as_of=done.now)] == [2, 2, 2, 0]


def test_a_day_waits_for_its_batches_and_its_prices(planned):
    planned.now = datetime(2025, 11, 19, 5, tzinfo=UTC)
    told = close(planned)
    assert told.days == ()
    assert "missing delivery periods" in told.waiting or "still being made" in told.waiting
    planned.learn(WED, date(2025, 11, 25), cheap=7)
    planned.now = datetime(2025, 11, 19, 12, tzinfo=UTC)
    told = close(planned)
    assert ([account.day for account in told.days], told.waiting) == ([TUE], None)


def test_the_saving_is_the_sum_of_its_parts(done):
    for account in close(done).days:
        assert account.saving_eur == pytest.approx(account.shifting_eur + account.early_eur)
    assert total(done).saving_eur == pytest.approx(
        sum(a.saving_eur for a in closed_days(done.store, as_of=done.now))
    )


def test_without_reports_it_went_as_planned_at_actual_prices(done):
    plan = done.held.in_force.plan
    actual = close(done).days
    week = total(done)
    assert week.reported == week.measured == week.late_blocks == 0
    assert week.actual_eur == pytest.approx(week.as_planned_eur)
    assert week.planned_eur == pytest.approx(plan.schedule.objective_eur)
    assert sum(account.energy_kwh for account in actual) == pytest.approx(plan.schedule.energy_kwh)
    assert week.consumption_eur == pytest.approx(0.0, abs=1e-9)


def test_habit_and_plan_are_of_the_same_batches(done):
    close(done)
    for account in closed_days(done.store, as_of=done.now):
        made, usual = batches_of(account.made_blocks), batches_of(account.habit_blocks)
        assert sorted(b[0].grade for b in made) == sorted(b[0].grade for b in usual)
        assert all(b[0].start >= done.task.plant.first_shift(account.day) for b in usual)


def test_what_was_reported_counts_instead_of_the_plan(done):
    plan = done.held.in_force.plan
    batch = batches_of(plan.schedule.blocks)[0]
    conche = next(block for block in batch if block.stage == "conching")
    done.now = conche.end + timedelta(hours=3)
    conduct.report_started(
        done.store,
        Report(conche.batch, "conching", conche.start + timedelta(hours=1),
               energy_kwh=2 * conche.energy_kwh),
        plant=done.task.plant, now=done.now, by="test",
    )  # fmt: skip
    done.now = SATURDAY
    first = close(done).days[0]
    assert (first.reported, first.measured) == (1, 1)
    assert first.late_blocks == 1
    assert first.energy_kwh > sum(block.energy_kwh for block in first.made_blocks)
    assert first.consumption_eur < 0
    later = done.now + timedelta(minutes=1)
    once = replace(first, revision=1, late_blocks=4)  # all that were put off, reported or not
    save_day(done.store, once, at=later)
    (again, *_) = closed_days(done.store, as_of=later)
    assert (again.revision, again.reported, again.late_blocks) == (1, 1, 1)


def test_a_revised_price_closes_the_day_again_with_the_reason(done):
    before = close(done).days
    done.now += timedelta(hours=1)
    done.learn(WED, WED, cheap=19)
    told = close(done)
    assert WED in {account.day for account in told.again}
    wednesday = next(account for account in told.again if account.day == WED)
    assert wednesday.revision == 1
    assert "were revised" in wednesday.reason
    assert wednesday.uids == next(a for a in before if a.day == WED).uids
    assert wednesday.actual_eur != pytest.approx(before[1].actual_eur)
    assert close(done).again == ()
    assert total(done).days_revised == len(told.again)


def test_another_contract_closes_no_day_again(done):
    before = close(done).days
    done.task = replace(done.task, contract=parse_contract(FIXED, name="the next supplier's"))
    done.now += timedelta(hours=1)
    assert close(done).again == ()
    assert closed_days(done.store, as_of=done.now) == before


def test_the_habit_begins_before_a_holiday_that_leaves_no_room_for_its_orders(floor):
    floor.task = replace(
        floor.task, plant=replace(floor.task.plant, holidays=Holidays(days=(THU,)))
    )
    floor.replan()
    floor.learn(WED, date(2025, 11, 25), cheap=7)
    floor.now = SATURDAY
    told = close(floor)
    assert ([account.day for account in told.days], told.waiting) == ([TUE, WED, THU, FRI], None)
    holiday = told.days[2]
    assert holiday.batches == len(batches_of(holiday.habit_blocks)) == 2
    assert all(block.start < local_midnight(THU) for block in holiday.habit_blocks)
    assert any("begin before their own day" in note for note in holiday.notes)


def test_the_habit_keeps_the_limits_of_the_weather_as_the_plan_must(done):
    when = np.arange("2025-11-10T00", "2025-11-27T00", dtype="datetime64[h]").astype(
        "datetime64[s]"
    )
    hours = local_hours(when)
    for name, value in (("temperature", np.where(hours < 14, 45.0, 12.0)), ("humidity", 40.0)):
        key = SeriesKey(name, LINARES)
        done.store.append(
            [Observations(
                key, "open-meteo", Kind.ANALYSED, when, np.full(when.size, 3600),
                np.full(when.size, value), np.full(when.size, to_datetime64(done.now)),
                np.zeros(when.size, dtype=bool),
            )],
            now=done.now,
        )  # fmt: skip
    for account in close(done).days:
        for block in account.habit_blocks:
            if block.stage == "tempering":
                assert block.start.astimezone(MADRID).hour >= 14


def test_with_another_plant_a_day_is_closed_again_for_the_one_of_then(done):
    before = close(done).days
    conches = [
        replace(stage, machines=stage.machines + 1) if stage.name == "conching" else stage
        for stage in done.task.plant.stages
    ]
    done.task = replace(done.task, plant=replace(done.task.plant, stages=tuple(conches)))
    done.now += timedelta(hours=1)
    done.learn(WED, WED, cheap=19)
    again = {account.day: account for account in close(done).again}
    assert WED in again
    first = {account.day: account for account in before}
    for day, account in again.items():
        assert (account.plant, account.uids) == (first[day].plant, first[day].uids)
        assert account.baseline_eur != pytest.approx(first[day].baseline_eur)


def without_premium(floor):
    stages = tuple(
        replace(stage, phases={"standard": stage.phases["standard"]})
        for stage in floor.task.plant.stages
    )
    return replace(floor.task, plant=replace(floor.task.plant, grades=("standard",), stages=stages))


def test_days_of_a_grade_that_was_dropped_since_are_closed_for_the_plant_of_then(done):
    then = mark_of(done.task.plant)
    done.task = without_premium(done)
    told = close(done)
    assert ([account.day for account in told.days], told.waiting) == ([TUE, WED, THU, FRI], None)
    assert {account.plant for account in told.days} == {then}


def test_days_of_a_grade_that_no_plant_of_then_knows_wait_and_are_left_out(planned):
    planned.task = without_premium(planned)
    keep_terms(planned.store, planned.task, at=planned.now)
    planned.learn(WED, DECEMBER, cheap=7)
    planned.now = SATURDAY
    told = close(planned)
    assert [account.day for account in told.days] == [TUE]
    assert "not stored how premium was made" in told.waiting
    planned.now = local_midnight(THU + 7 * DAY)
    told = close(planned)
    assert [one.day for one in told.left_out] == [WED]
    assert told.waiting is None


def test_a_day_closed_at_tolls_of_before_says_so(done, monkeypatch):
    monkeypatch.setattr(regulated, "KNOWN_UNTIL", WED)
    told = {account.day: account.notes for account in close(done).days}
    (note,) = set(told[THU]) - set(told[TUE])
    assert note.startswith("Tolls, charges and taxes are known to 2025-11-19")
    assert note not in told[FRI]  # nothing was made
    assert note in total(done).notes


def test_what_was_frozen_comes_back_exactly(done):
    made = close(done).days
    assert closed_days(done.store, as_of=done.now) == made


def test_a_week_is_compared_with_the_best_that_was_possible(done):
    close(done)
    assert closed_weeks(done.store, as_of=done.now) == ()
    done.now = NEXT_MONDAY
    (week,) = close(done).weeks
    assert week.monday == date(2025, 11, 17)
    assert week.proven
    assert week.possible_eur <= week.by_recipe_eur + 1e-6
    account = total(done)
    assert account.weeks == 1
    assert account.captured_pct == pytest.approx(
        100 * (week.baseline_eur - week.by_recipe_eur) / (week.baseline_eur - week.possible_eur)
    )
    assert close(done).weeks == ()


def test_the_level_tells_what_the_habit_would_have_cost_four_weeks_before(done):
    account = close(done).days[0]
    ago = timedelta(days=28, hours=1)  # the same wall clock, in summer time
    then = sum(
        cost_eur((replace(b, start=b.start - ago, end=b.end - ago),),
                 done.actual)
        for b in account.habit_blocks
    )  # fmt: skip
    assert account.level_eur == pytest.approx(then - account.baseline_eur)


def test_a_period_without_closed_days_is_empty_and_invents_nothing():
    account = savings_account(TUE, FRI, (), ())
    assert (account.days_closed, account.saving_pct, account.captured_pct) == (0, None, None)
    assert account.level_eur is None


def test_only_whole_weeks_count_for_the_share():
    week = WeekPossible(date(2025, 11, 17), 0, (TUE, FRI), 100.0, 92.0, 90.0, True)
    inside = savings_account(TUE, FRI, (), (week,))
    outside = savings_account(WED, FRI, (), (week,))
    assert inside.captured_pct == pytest.approx(80.0)
    assert outside.captured_pct is None


def test_nothing_is_closed_where_no_plan_was_in_force(floor):
    assert close(floor).waiting == "no plan was in force"


def measure(floor, share):
    """Every block of the plan is reported as planned, with this share of the recipe's energy."""
    blocks = floor.held.in_force.plan.schedule.blocks
    floor.now = max(block.end for block in blocks) + timedelta(hours=1)
    for block in blocks:
        conduct.report_started(
            floor.store,
            Report(block.batch, block.stage, block.start, energy_kwh=share * block.energy_kwh),
            plant=floor.task.plant, now=floor.now, by="test",
        )  # fmt: skip


def test_a_meter_below_the_recipe_is_consumption_and_no_saving(done):
    measure(done, 0.85)
    done.now = NEXT_MONDAY
    (week,) = close(done).weeks
    account = total(done)
    assert account.measured == account.blocks > 0
    assert account.actual_eur == pytest.approx(0.85 * account.by_recipe_eur)
    assert account.consumption_eur == pytest.approx(0.15 * account.by_recipe_eur)
    assert account.saving_eur == pytest.approx(account.baseline_eur - account.as_planned_eur)
    assert account.saving_eur == pytest.approx(account.shifting_eur + account.early_eur)
    assert account.baseline_eur - account.actual_eur == pytest.approx(
        account.saving_eur + account.consumption_eur
    )
    assert week.possible_eur <= week.by_recipe_eur + 1e-6
    assert account.captured_pct == pytest.approx(
        100 * account.saving_eur / (account.baseline_eur - week.possible_eur)
    )
    assert account.captured_pct <= 100 + 1e-6


def test_no_energy_at_all_is_refused_for_a_block_that_draws_power(done):
    block = done.held.in_force.plan.schedule.blocks[0]
    done.now = block.end
    with pytest.raises(RequestInvalid, match="by the recipe and not 0"):
        conduct.report_started(
            done.store, Report(block.batch, block.stage, block.start, energy_kwh=0.0),
            plant=done.task.plant, now=done.now, by="test",
        )  # fmt: skip


def test_a_week_closed_before_consumption_was_told_apart_is_closed_again_on_equal_energy(done):
    measure(done, 0.85)
    done.now = NEXT_MONDAY
    (week,) = close(done).weeks
    told = {
        "monday": "2025-11-17", "revision": 1, "days": [str(day) for day in week.days],
        "baseline_eur": week.baseline_eur, "actual_eur": 0.85 * week.by_recipe_eur,
        "possible_eur": week.possible_eur, "proven": True,
    }  # fmt: skip
    done.now += timedelta(hours=1)
    done.store.save_event(Event("week-closed-old", WEEK_CLOSED, done.now, json.dumps(told)))
    assert closed_weeks(done.store, as_of=done.now)[0].by_recipe_eur < week.by_recipe_eur
    done.now += timedelta(hours=1)
    (again,) = close(done).weeks
    assert again == replace(week, revision=2)


@pytest.fixture
def gap(planned):
    """Every price is known but one hour of Wednesday noon."""
    whole = prices(WED, DECEMBER, cheap=7, known=planned.now)
    at = whole.start == to_datetime64(local_midnight(WED) + timedelta(hours=12))
    assert at.any()
    names = ("start", "resolution_s", "value", "available_at", "inferred")
    missing, rest = (
        replace(whole, **{name: getattr(whole, name)[own] for name in names}) for own in (at, ~at)
    )
    planned.store.append([rest], now=planned.now)
    planned.missing = missing
    planned.now = SATURDAY
    return planned


def test_a_day_that_never_gets_a_price_is_left_out_and_later_ones_go_on(gap):
    told = close(gap)
    stuck = told.waiting.partition(":")[0]
    assert "missing delivery periods 2025-11-19T11:00Z" in told.waiting
    assert told.left_out == ()
    gap.now = local_midnight(date.fromisoformat(stuck) + 8 * DAY) - timedelta(hours=1)
    assert close(gap).left_out == ()
    gap.now = local_midnight(date.fromisoformat(stuck) + 9 * DAY)
    told = close(gap)
    left = {one.day: one for one in told.left_out}
    assert WED in left
    assert told.waiting is None
    closed = {account.day for account in closed_days(gap.store, as_of=gap.now)}
    assert closed.isdisjoint(left)
    assert {TUE, WED, THU, FRI} <= closed | set(left)
    account = total(gap)
    assert account.days_left_out == len(left)
    assert account.days_closed == 6 - len(left)
    assert left[WED].note in account.notes
    assert left[WED].note.startswith("2025-11-19 has no account and is in no sum: ")
    assert closed_weeks(gap.store, as_of=gap.now) == ()
    again = close(gap)
    assert (again.days, again.left_out) == ((), ())


def test_a_day_that_was_left_out_is_closed_after_all_when_its_price_comes(gap):
    gap.now = local_midnight(WED + 9 * DAY)
    left = {one.day for one in close(gap).left_out}
    others = closed_days(gap.store, as_of=gap.now)
    gap.now += timedelta(days=3)
    gap.store.append(
        [replace(gap.missing, available_at=np.full(1, to_datetime64(gap.now)))], now=gap.now
    )
    told = close(gap)
    assert left <= {account.day for account in told.days}
    kept = closed_days(gap.store, as_of=gap.now)
    assert left_out_days(gap.store, kept, as_of=gap.now) == ()
    assert set(others) <= set(kept)
    assert sum(account.batches for account in kept) == 6
    assert [week.monday for week in told.weeks] == [date(2025, 11, 17)]


def test_a_habit_that_became_impossible_holds_up_nothing(planned):
    holidays = Holidays(days=tuple(date(2025, 11, 1) + number * DAY for number in range(60)))
    planned.task = replace(planned.task, plant=replace(planned.task.plant, holidays=holidays))
    keep_terms(planned.store, planned.task, at=planned.now)
    planned.learn(WED, date(2025, 11, 27), cheap=7)
    planned.now = local_midnight(TUE + 9 * DAY)
    told = close(planned)
    assert told.waiting.startswith("2025-11-18: ")  # it may still be late by days to come
    planned.learn(date(2025, 11, 28), DECEMBER, cheap=7)
    planned.now = local_midnight(FRI + 15 * DAY)
    told = close(planned)
    assert {one.day: one.reason for one in told.left_out} == {
        day: f"the habit cannot make the orders of {day} at all" for day in (TUE, WED, THU)
    }
    assert told.waiting is None


def test_an_open_day_is_closed_under_the_contract_of_then(done):
    actual = done.actual
    then = mark_of(done.task.contract)
    done.task = replace(done.task, contract=parse_contract(FIXED, name="the next supplier's"))
    told = close(done).days
    assert {account.contract for account in told} == {then}
    for account in told:
        assert account.actual_eur == pytest.approx(cost_eur(account.made_blocks, actual))
        assert not any("not stored" in note for note in account.notes)
    terms = kept_terms(done.store, done.task, as_of=done.now)
    assert [terms.on(day).contract.name for day in (FRI, SATURDAY.date())] == [
        "pvpc", "the next supplier's",
    ]  # fmt: skip


def test_a_day_of_before_the_first_files_kept_says_so(floor):
    made = pipeline.plan(floor.store, floor.task, origin=floor.now, models=("naive",))
    keep_note(floor.store, Accepted(keep_plan(floor.store, made, made_at=floor.now), "test"),
              at=floor.now)  # fmt: skip
    floor.learn(WED, date(2025, 11, 25), cheap=7)
    floor.now = SATURDAY
    first = close(floor).days[0]
    assert first.notes[-1] == (
        "contract and plant of before 2025-11-22 are not stored: those of that day are used"
    )
