"""A working day as it is: every block is reported, some minutes late, and it is planned anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from chocolate_factory.app.files import TEMPLATES, template
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.check import violations
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import Orders, parse_orders
from chocolate_factory.planning.plan import Block, Plan, PlanningPrices
from chocolate_factory.planning.plant import Plant, parse_plant
from chocolate_factory.planning.reported_starts import Report, as_reported

TUESDAY = date(2025, 11, 18)
MIDNIGHT = local_midnight(TUESDAY)
FREEZE = timedelta(hours=2)
SLOT = timedelta(minutes=15)


@dataclass(frozen=True)
class Example:
    """An example plant with its two days planned by habit, which packs runs back to back."""

    plant: Plant
    orders: Orders
    prices: PlanningPrices
    contract: Any

    def plan(self, running: Plan | None = None, now: datetime = MIDNIGHT) -> Plan:
        return make_plan(
            self.plant, self.orders.in_window(TUESDAY, 2), self.prices, origin=now,
            first_day=TUESDAY, days=2, contract=self.contract, running=running,
            hand_over=None if running is None else now + FREEZE, by_habit=True,
        )  # fmt: skip


@pytest.fixture(scope="module", params=sorted(TEMPLATES))
def example(request: Any, wavy: Any, contract: Any) -> tuple[Example, Plan]:
    texts = template(request.param)
    plant = parse_plant(texts["plant.yaml"], name="plant.yaml")
    plant = replace(plant, stages=tuple(replace(stage, ambient=None) for stage in plant.stages))
    orders = parse_orders(texts["orders.yaml"], name="orders.yaml", plant=plant)
    made = Example(plant, orders, wavy(TUESDAY, 5), contract)
    return made, made.plan()


def reports(plan: Plan, minutes: Any, *, now: datetime) -> list[Report]:
    """What people tell by ``now`` if each block begins ``minutes()`` late, and never before its
    machine is free and the stage ahead of it done."""
    free: dict[str, datetime] = {}
    told = []
    for block in sorted(plan.schedule.blocks, key=lambda block: (block.start, block.end)):
        ready = [at for at in (free.get(block.machine), free.get(block.batch)) if at]
        begin = max([block.start + timedelta(minutes=minutes()), *ready])
        free[block.machine] = free[block.batch] = begin + (block.end - block.start)
        if begin <= now:
            told.append(Report(block.batch, block.stage, begin))
    return told


def at_once(blocks: tuple[Block, ...]) -> list[tuple[str, str]]:
    machines: dict[str, list[Block]] = {}
    for block in sorted(blocks, key=lambda block: block.start):
        machines.setdefault(block.machine, []).append(block)
    return [
        (one.batch, other.batch)
        for own in machines.values()
        for one, other in pairwise(own)
        if other.start < one.end
    ]


def batches(plan: Plan) -> Counter[str]:
    every = (*plan.carried, *plan.schedule.blocks)
    return Counter(own[0].grade for own in batches_of(every))


@pytest.mark.parametrize("late", range(15))
def test_a_day_on_which_everything_begins_some_minutes_late_is_planned(
    example: tuple[Example, Plan], late: int
) -> None:
    bench, plan = example
    now = MIDNIGHT + timedelta(hours=13, minutes=30)
    went = as_reported(plan, reports(plan, lambda: late, now=now), slot=bench.plant.slot)
    assert at_once(went.schedule.blocks) == []
    after = bench.plan(went, now)
    assert batches(after) == batches(plan)
    if late <= 7:  # the nearest slot is the one it was planned for
        assert [(b.start, b.end) for b in went.schedule.blocks] == [
            (b.start, b.end) for b in plan.schedule.blocks
        ]


@pytest.mark.parametrize("chance", range(6))
def test_whatever_is_late_by_a_slot_or_less_there_is_a_plan_with_the_same_batches(
    example: tuple[Example, Plan], chance: int
) -> None:
    bench, plan = example
    late = Random(chance)
    now = MIDNIGHT + timedelta(hours=late.randint(1, 40))
    went = as_reported(
        plan, reports(plan, lambda: late.randint(0, 14), now=now), slot=bench.plant.slot
    )
    assert at_once(went.schedule.blocks) == []
    assert batches(bench.plan(went, now)) == batches(bench.plan(plan, now))


DAY = date(2025, 11, 19)


@pytest.fixture
def tight(tiny: Any) -> Any:
    """A mill and an oven, two slots each, and orders that the mill's runs leave no slack for."""
    plant = tiny.plant(
        tiny.stage("mill", {"a": [(2, 10.0)]}), tiny.stage("bake", {"a": [(2, 20.0)]})
    )

    def make(*dues: int, running: Plan | None = None, now: int = 0) -> Plan:
        return make_plan(
            plant, [tiny.demand("a", 1, due=due) for due in dues], tiny.prices([0.2] * 96),
            origin=tiny.at(now), first_day=DAY, days=1, contract=tiny.contract, running=running,
        )  # fmt: skip

    return plant, make


def test_a_batch_that_is_done_after_its_deadline_is_still_for_its_order_and_said_to_be(
    tight: Any, tiny: Any
) -> None:
    _, make = tight
    plan = make(4, 6)
    first, second = batches_of(plan.schedule.blocks)
    late = [
        Report(own[0].batch, "mill", own[0].start + timedelta(minutes=8)) for own in (first, second)
    ]
    after = make(4, 6, running=as_reported(plan, late, slot=SLOT), now=3)
    assert after.schedule.blocks == ()
    assert {block.batch for block in after.carried} == {first[0].batch, second[0].batch}
    assert [note for note in after.notes if "under way for it is done" in note] == [
        "a by slot 4: due on Wed 19 Nov 01:00, and what is under way for it is done on Wed 19 Nov "
        "01:15",
        "a by slot 6: due on Wed 19 Nov 01:30, and what is under way for it is done on Wed 19 Nov "
        "01:45",
    ]


def test_a_batch_of_a_cancelled_order_does_not_stand_for_one_that_is_due_before(
    tight: Any, tiny: Any
) -> None:
    _, make = tight
    plan = make(30, 90)
    first, _ = batches_of(plan.schedule.blocks)
    last = [
        Report(first[0].batch, "mill", tiny.at(20)),
        Report(first[0].batch, "bake", tiny.at(40)),
    ]
    went = as_reported(plan, last, slot=SLOT)
    assert batches(make(30, running=went, now=21)) == {"a": 2}


def test_what_a_machine_did_ended_when_its_next_run_is_reported(tight: Any, tiny: Any) -> None:
    _, make = tight
    plan = make(90, 90)
    first, second = batches_of(plan.schedule.blocks)
    begun = first[0].start + timedelta(minutes=20)  # ten minutes before the first should be done
    went = as_reported(plan, [Report(second[0].batch, "mill", begun)], slot=SLOT)
    mill = {block.batch: block for block in went.schedule.blocks if block.stage == "mill"}
    assert mill[first[0].batch].end == mill[second[0].batch].start == first[0].start + SLOT
    assert mill[first[0].batch].energy_kwh == first[0].energy_kwh


def test_work_begun_is_what_it_is_and_a_new_run_may_not_touch_it(tight: Any, tiny: Any) -> None:
    plant, make = tight
    plan = make(20, 90)
    first, second = batches_of(plan.schedule.blocks)
    there = second[0].start - first[0].start
    twice = tuple(
        replace(block, batch="a-09", start=block.start + there, end=block.end + there)
        for block in first
    )

    def found(blocks: tuple[Block, ...], carried: tuple[Block, ...]) -> tuple[str, ...]:
        made = tuple(tiny.demand("a", 1, due=90) for _ in range(3))
        return violations(
            blocks, plant, made, start=plan.start, end=plan.end, contract=tiny.contract,
            carried=carried,
        )  # fmt: skip

    assert found((), (*first, *second, *twice)) == ()
    assert "miller-1 runs a-02 and a-09 at once" in found(second, (*first, *twice))
    long = replace(first[0], end=second[0].end)
    short = replace(first[0], batch="a-09", start=first[0].start, end=first[0].end)
    overlapped = found(second, (long, first[1], short, twice[1]))
    assert "miller-1 runs a-01 and a-02 at once" in overlapped


def test_a_batch_that_waits_longer_than_it_keeps_is_told_of(tight: Any, tiny: Any) -> None:
    _, make = tight
    plan = make(4)
    (batch,) = batches_of(plan.schedule.blocks)
    in_time = Report(batch[1].batch, "bake", batch[1].start)
    late = replace(in_time, start=in_time.start + timedelta(minutes=105))
    after = make(4, running=as_reported(plan, [late], slot=SLOT), now=12)
    assert (
        "a-01, which is under way, waits 1 h 45 min after mill, and 0 min are allowed: look at it"
        in after.notes
    )
    after = make(4, running=as_reported(plan, [in_time], slot=SLOT), now=3)
    assert {block.batch for block in after.carried} == {"a-01"}
    assert not any("under way, waits" in note for note in after.notes)
