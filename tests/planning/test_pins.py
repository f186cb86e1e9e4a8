"""Batches that stay where they are, and what was reported started."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from chocolate_factory.errors import Infeasible
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.planning import race, solve
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.changes import changes
from chocolate_factory.planning.cost import cost_eur
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.pins import Pin, pin_of
from chocolate_factory.planning.plan import plan_from_json, plan_to_json
from chocolate_factory.planning.plant import Staffed
from chocolate_factory.planning.reported_starts import Report, as_reported

DAY = date(2025, 11, 19)
SLOT = timedelta(minutes=15)


@pytest.fixture
def line(tiny):
    """One mill, then two ovens; a batch takes two slots on each and may wait for one."""
    return tiny.plant(
        tiny.stage("mill", {"a": [(2, 10.0)]}, hold=1),
        tiny.stage("bake", {"a": [(2, 20.0)]}, machines=2),
    )


@pytest.fixture
def replan(tiny, line):
    def make(*, batches, prices, due, running=None, plant=line, **more):
        return make_plan(
            plant,
            (tiny.demand("a", batches, due=due),),
            tiny.prices(prices),
            origin=more.pop("origin", tiny.at(0)),
            first_day=DAY,
            days=1,
            contract=tiny.contract,
            running=running,
            **more,
        )

    return make


def day_of(cheap, *, level=0.2, slots=96):
    """Quarter-hour prices of a day: 0.01 in the cheap slots, ``level`` elsewhere."""
    return [0.01 if slot in cheap else level for slot in range(slots)]


def starts(plan, tiny):
    return sorted(
        (batch[0].start - tiny.at(0)) // SLOT for batch in batches_of(plan.schedule.blocks)
    )


def test_a_pinned_batch_begins_where_it_was_told_and_is_paid_for(replan, tiny):
    prices = day_of(range(40, 48))
    free = replan(batches=2, prices=prices, due=90)
    pin = Pin("a", (tiny.at(8), tiny.at(10)))
    pinned = replan(batches=2, prices=prices, due=90, pins=(pin,))
    assert 8 not in starts(free, tiny)
    assert 8 in starts(pinned, tiny)
    (name,) = pinned.pinned
    assert next(b for b in pinned.schedule.blocks if b.batch == name).start == tiny.at(8)
    assert pinned.schedule.kg == free.schedule.kg == pinned.baseline.kg
    assert pinned.schedule.objective_eur > free.schedule.objective_eur
    assert pinned.schedule.bound_eur == pytest.approx(pinned.schedule.objective_eur)
    assert pinned.schedule.objective_eur == pytest.approx(
        cost_eur(pinned.schedule.blocks, pinned.prices)
    )
    assert plan_from_json(plan_to_json(pinned)).pinned == pinned.pinned


def test_the_rest_is_planned_around_pins_within_machines(replan, tiny):
    prices = day_of(range(40, 44))
    pin = Pin("a", (tiny.at(40), tiny.at(42)))
    made = replan(batches=3, prices=prices, due=90, pins=(pin,))
    mill = sorted(b.start for b in made.schedule.blocks if b.stage == "mill")
    assert all(later - earlier >= 2 * SLOT for earlier, later in pairwise(mill))
    assert made.baseline.objective_eur == pytest.approx(
        replan(batches=3, prices=prices, due=90).baseline.objective_eur
    )


@pytest.mark.parametrize(
    ("begin", "reason"),
    [
        pytest.param((8, 12), "waits", id="longer than the hold"),
        pytest.param(
            (8, 9), "goes on 15 min before mill is done", id="before the stage ahead is done"
        ),
        pytest.param((-4, -2), "outside the window", id="before the plan begins"),
    ],
)
def test_a_pin_that_breaks_the_recipe_is_refused_with_the_reason(replan, tiny, begin, reason):
    pin = Pin("a", tuple(tiny.at(slot) for slot in begin))
    with pytest.raises(Infeasible, match=reason):
        replan(batches=2, prices=day_of(()), due=90, pins=(pin,))


def test_pins_that_need_one_machine_at_once_are_refused(replan, tiny):
    pins = (Pin("a", (tiny.at(8), tiny.at(10))), Pin("a", (tiny.at(9), tiny.at(11))))
    with pytest.raises(Infeasible, match="need more than all miller"):
        replan(batches=2, prices=day_of(()), due=90, pins=pins)


def test_pins_that_leave_no_room_are_named_as_the_reason(replan, tiny):
    pin = Pin("a", (tiny.at(1), tiny.at(3)))
    with pytest.raises(Infeasible, match="1 batches are to stay where they are"):
        replan(batches=2, prices=day_of(()), due=6, pins=(pin,))


def test_a_pin_without_staff_is_refused(tiny):
    plant = tiny.plant(
        tiny.stage("mill", {"a": [(2, 10.0)]}, staffed=Staffed.START), shifts=[(20, 60)]
    )
    with pytest.raises(Infeasible, match="nobody there"):
        make_plan(
            plant, (tiny.demand("a", 1, due=90),), tiny.prices(day_of(())), origin=tiny.at(0),
            first_day=DAY, days=1, contract=tiny.contract, pins=(Pin("a", (tiny.at(8),)),),
        )  # fmt: skip


def test_a_firm_pin_stays_without_an_order_and_another_goes(replan, tiny):
    pins = [Pin("a", (tiny.at(slot), tiny.at(slot + 2)), firm=slot < 30) for slot in (20, 30)]
    made = replan(batches=0, prices=day_of(()), due=90, pins=pins)
    assert starts(made, tiny) == [20]
    assert made.baseline.kg == {"a": 10.0}


def test_what_begins_before_the_hand_over_stays(replan, tiny):
    before = replan(batches=2, prices=day_of({0, 1, 2, 3, 30, 31, 32, 33}), due=90)
    assert starts(before, tiny)[0] == 0
    after = replan(
        batches=2,
        prices=day_of(range(60, 70)),
        due=90,
        running=before,
        origin=tiny.at(0),
        hand_over=tiny.at(6),
    )
    assert after.start == tiny.at(6)
    assert {block.batch for block in after.carried} == {"a-01"}
    assert all(start >= 60 for start in starts(after, tiny))


def test_a_plan_kept_whole_costs_what_it_costs_at_the_new_prices(replan, tiny, line):
    before = replan(batches=3, prices=day_of(range(10, 20)), due=90)
    news = day_of(range(50, 60))
    kept = replan(
        batches=3,
        prices=news,
        due=90,
        running=before,
        pins=tuple(pin_of(batch, line, firm=False) for batch in batches_of(before.schedule.blocks)),
    )
    assert starts(kept, tiny) == starts(before, tiny)
    assert kept.schedule.objective_eur == pytest.approx(
        cost_eur(before.schedule.blocks, tiny.prices(news))
    )


# ---- what was reported


def test_a_late_start_puts_off_what_follows_and_nothing_else(replan, tiny):
    plan = replan(batches=2, prices=day_of(range(10, 18)), due=90)
    first, second = batches_of(plan.schedule.blocks)
    late = Report(first[0].batch, "mill", first[0].start + timedelta(minutes=25))
    told = as_reported(plan, (late,), slot=SLOT)
    blocks = {(b.batch, b.stage): b for b in told.schedule.blocks}
    mill, bake = (blocks[first[0].batch, stage] for stage in ("mill", "bake"))
    assert mill.start == first[0].start + SLOT
    assert mill.end == first[0].end + 2 * SLOT
    assert bake.start >= mill.end
    assert blocks[second[0].batch, "mill"].start >= mill.end
    assert {b.batch: b.energy_kwh for b in told.schedule.blocks} == {
        b.batch: b.energy_kwh for b in plan.schedule.blocks
    }


def test_without_reports_a_plan_is_as_it_was(replan, tiny):
    plan = replan(batches=2, prices=day_of(()), due=90)
    assert as_reported(plan, (), slot=SLOT) is plan


def test_a_batch_reported_late_is_carried_at_its_own_time_and_never_twice(replan, tiny):
    plan = replan(batches=2, prices=day_of({0, 1, 2, 3, 50, 51, 52, 53}), due=90)
    first = batches_of(plan.schedule.blocks)[0]
    told = as_reported(plan, (Report(first[0].batch, "mill", tiny.at(1)),), slot=SLOT)
    after = replan(
        batches=2, prices=day_of(range(70, 80)), due=90, running=told, hand_over=tiny.at(4)
    )
    assert {block.start for block in after.carried} == {tiny.at(1), tiny.at(3)}
    assert len(batches_of(after.schedule.blocks)) == 1


# ---- what is different


def test_alike_batches_that_only_change_names_are_no_change(replan, tiny):
    plan = replan(batches=3, prices=day_of(range(10, 22)), due=90)
    names = {"a-01": "a-03", "a-02": "a-01", "a-03": "a-02"}
    other = tuple(replace(block, batch=names[block.batch]) for block in plan.schedule.blocks)
    told = changes(plan.schedule.blocks, other, since=tiny.at(0), before_eur=3.0, after_eur=3.0)
    assert (told.moved, told.added, told.removed, told.saving_eur) == ((), (), (), 0.0)


def test_changes_name_what_moved_what_came_and_what_went(replan, tiny):
    before = replan(batches=2, prices=day_of(range(10, 18)), due=90)
    moved = replan(batches=2, prices=day_of(range(50, 58)), due=90)
    more = replan(batches=3, prices=day_of(range(10, 18)), due=90)

    def told(one, other):
        return changes(
            one.schedule.blocks, other.schedule.blocks, since=tiny.at(0), before_eur=None,
            after_eur=1.0,
        )  # fmt: skip

    assert len(told(before, moved).moved) == 4
    assert {block.batch for block in told(before, more).added} != set()
    assert len(told(before, more).added) == len(told(more, before).removed) == 2
    assert told(before, moved).saving_eur is None


# ---- when time ends


@pytest.fixture(scope="module")
def week(plant, orders, contract, wavy):
    """A week of the reference plant, which is not planned in no time."""
    monday = date(2025, 11, 17)

    def make(**more):
        return make_plan(
            plant, orders.in_window(monday, 7), wavy(monday, 9), origin=local_midnight(monday),
            first_day=monday, days=7, contract=contract, **more,
        )  # fmt: skip

    return make


def test_with_a_pin_and_no_time_there_is_a_plan_and_its_gap(week, plant):
    free = week(time_limit_s=0.0)
    batch = batches_of(free.schedule.blocks)[3]
    later = replace_starts(pin_of(batch, plant), plant.slot)
    made = week(time_limit_s=0.0, pins=(later,))
    assert made.schedule.status == "feasible"
    assert 0 < made.schedule.gap < 1
    assert made.schedule.kg == free.schedule.kg
    assert (batch[0].grade, later.begin) in {
        (own[0].grade, own[0].start) for own in batches_of(made.schedule.blocks)
    }


def test_with_a_pin_and_no_time_the_plan_in_force_goes_on(week, plant):
    first = week(time_limit_s=600.0, seed=0)
    pins = tuple(pin_of(batch, plant) for batch in batches_of(first.schedule.blocks)[5:7])
    made = week(time_limit_s=0.0, pins=pins, running=first)
    assert sorted((b.stage, b.start) for b in made.schedule.blocks) == sorted(
        (b.stage, b.start) for b in first.schedule.blocks
    )
    assert made.schedule.objective_eur == pytest.approx(first.schedule.objective_eur)
    assert made.begun_with


def replace_starts(pin, by):
    return replace(pin, starts=tuple(start + by for start in pin.starts))


def test_a_plan_with_a_pin_is_made_again_from_what_it_stored(replan, tiny):
    prices = day_of(range(40, 56))
    pin = Pin("a", (tiny.at(8), tiny.at(10)))
    made = replan(batches=4, prices=prices, due=90, pins=(pin,), seed=0)
    stored = plan_from_json(plan_to_json(made))
    assert stored.begun_with
    again = replan(
        batches=4, prices=prices, due=90, pins=(pin,), seed=stored.seed,
        begin_with=stored.begun_with,
    )  # fmt: skip
    assert again.schedule == stored.schedule


def test_seeds_are_raced_around_a_pin(week, plant, monkeypatch):
    free = week(time_limit_s=0.0)
    pin = replace_starts(pin_of(batches_of(free.schedule.blocks)[3], plant), plant.slot)
    raced = []

    def racing(numbers, *, seeds, time_limit_s):
        raced.append(tuple(seeds))
        return race.race(numbers, seeds=seeds, time_limit_s=time_limit_s)

    monkeypatch.setattr(solve, "ALONE_S", 0.01)
    monkeypatch.setattr(solve, "race", racing)
    made = week(time_limit_s=10.0, pins=(pin,))
    assert raced == [solve.SEEDS]
    assert made.schedule.gap < 0.05
