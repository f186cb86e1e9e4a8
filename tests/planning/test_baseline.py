"""Habit: first in, first out from the own day's first shift, bent only where it must be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import SolverFailed
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning import search
from chocolate_factory.planning.baseline import habit
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import Orders, parse_orders
from chocolate_factory.planning.pins import Pin, pinned_batch
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.solve import solve

TUESDAY = date(2025, 11, 18)


def test_each_batch_takes_the_earliest_room_left_by_those_before_it(
    plant: Plant, orders: Orders, wavy: Any, planned: Any
) -> None:
    plan: Plan = planned(plant, orders.in_window(TUESDAY, 1), wavy(TUESDAY, 3), TUESDAY, 1)
    mixed = [b.start.strftime("%H:%M") for b in plan.baseline.blocks if b.stage == "mixing"]
    # The third batch waits for a conche (10:30, less 15 min of rolling and 30 of holds and mixing);
    # the premium one for a start after which somebody is there when its ten hours are over.
    assert mixed == ["05:00", "05:15", "09:00", "17:15"]
    conched = [b for b in plan.baseline.blocks if b.stage == "conching"]
    assert conched[2].start == conched[0].end
    assert conched[3].end.strftime("%H:%M") == "04:45"


def test_work_of_a_day_does_not_begin_on_an_earlier_one(
    plant: Plant, orders: Orders, wavy: Any, planned: Any
) -> None:
    plan: Plan = planned(plant, orders.in_window(TUESDAY, 3), wavy(TUESDAY, 5), TUESDAY, 3)
    days = [b.start.date() for b in plan.baseline.blocks if b.stage == "mixing"]
    assert [days.count(date(2025, 11, day)) for day in (18, 19, 20)] == [4, 4, 4]
    assert plan.notes == ()


def test_what_does_not_fit_its_own_day_begins_earlier_and_is_noted(
    plant: Plant, wavy: Any, planned: Any
) -> None:
    text = "product,kg,due\nstandard,300,2025-11-19T16:00:00+01:00\n"
    orders = parse_orders(text, name="orders.csv", plant=plant)
    plan: Plan = planned(plant, orders.in_window(TUESDAY, 2), wavy(TUESDAY, 3), TUESDAY, 2)
    assert plan.notes == (
        "baseline: 4 of 6 batches of order 1 (standard) begin before their own day, which leaves "
        "no room for them",
    )
    begun = [b.start.day for b in plan.baseline.blocks if b.stage == "mixing"]
    assert [begun.count(18), begun.count(19)] == [4, 2]


def test_batches_that_stay_are_made_where_they_are_and_the_others_around_them(tiny: Any) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 1.0)]}))
    demands = [tiny.demand("a", 1, due=40, earliest=20), tiny.demand("a", 2, due=30)]
    problem = tiny.problem(plant, demands, np.full(96, 0.1))

    def begun(*stay: int) -> list[int] | None:
        batches = [pinned_batch(Pin("a", (tiny.at(slot),)), plant, number=1) for slot in stay]
        usual = habit(problem, batches)
        return None if usual is None else np.flatnonzero(usual.starts["a", 0]).tolist()

    assert begun() == [0, 4, 20]
    assert begun(2) == [2, 6, 20]  # not in time for the order that waits until 20
    assert begun(32) == [0, 4, 32]  # too late for the one that is due by 30
    assert begun(2, 5) is None  # the press is taken
    assert begun(2, 8, 12) is None  # no order needs the third


def test_where_first_in_first_out_fails_the_earliest_schedule_stands_in_and_is_noted(
    tiny: Any, contract: Contract
) -> None:
    stage = tiny.stage("press", {"short": [(1, 1.0)], "long": [(4, 1.0)]})
    plant = tiny.plant(stage)
    demands = [tiny.demand("short", 1, due=5, earliest=1), tiny.demand("long", 1, due=5)]
    price = np.full(96, 0.1)
    assert habit(tiny.problem(plant, demands, price)) is None
    plan = make_plan(
        plant, demands, tiny.prices(price), origin=tiny.at(0), first_day=date(2025, 11, 19),
        days=1, contract=contract,
    )  # fmt: skip
    assert [(b.grade, b.start) for b in plan.baseline.blocks] == [
        ("long", tiny.at(0)),
        ("short", tiny.at(4)),
    ]
    assert plan.notes[-1].startswith("baseline: first in, first out cannot meet every due time")


PRICE = np.concatenate([np.full(20, 0.3), np.full(76, 0.1)])


def late_or_not(tiny: Any, contract: Contract, *, on_time: bool, **more: Any) -> Plan:
    """Two batches on one press; first in, first out is on time or too late for the long one."""
    plant = tiny.plant(tiny.stage("press", {"short": [(1, 1.0)], "long": [(4, 1.0)]}))
    due = 60 if on_time else 5
    demands = [tiny.demand("short", 1, due=due, earliest=1), tiny.demand("long", 1, due=due)]
    return make_plan(
        plant, demands, tiny.prices(PRICE), origin=tiny.at(0), first_day=date(2025, 11, 19),
        days=1, contract=contract, **more,
    )  # fmt: skip


def of_the_earliest(change: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """``change`` what the search for the earliest schedule finds; what it begins with."""
    asked: list[Any] = []

    def changed(problem: Any, **more: Any) -> Any:
        found = solve(problem, **more)
        if not more.get("earliest"):
            return found
        asked.append(more["known"])
        return change(found)

    monkeypatch.setattr(search, "solve", changed)
    return asked


def test_the_earliest_schedule_weighs_every_stage_and_not_the_first_alone(tiny: Any) -> None:
    press, pack = (
        tiny.stage("press", {"a": [(2, 1.0)]}, hold=9),
        tiny.stage("pack", {"a": [(1, 1.0)]}),
    )
    demands = [tiny.demand("a", 2, due=40)]
    found = solve(tiny.problem(tiny.plant(press, pack), demands, np.full(96, 0.1)), earliest=True)
    assert found is not None
    begun = [np.flatnonzero(found.starts["a", stage]).tolist() for stage in (0, 1)]
    assert begun == [[0, 2], [2, 4]]
    assert found.objective == 0 + 2 + 2 + 4


def test_where_first_in_first_out_is_on_time_no_search_is_made_for_the_baseline(
    tiny: Any, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the earliest schedule was searched for")

    monkeypatch.setattr(search, "_soonest", never)
    for seed in (0, 1, None):
        plan = late_or_not(tiny, contract, on_time=True, seed=seed)
        assert [(b.grade, b.start) for b in plan.baseline.blocks] == [
            ("short", tiny.at(1)),
            ("long", tiny.at(2)),
        ]
        assert plan.notes == ()


def test_the_baseline_begins_with_the_plan_and_is_kept_if_it_is_proven(
    tiny: Any, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = of_the_earliest(lambda found: found, monkeypatch)
    plan = late_or_not(tiny, contract, on_time=False)
    (known,) = asked
    assert [int(np.flatnonzero(known[grade, 0])[0]) for grade in ("long", "short")] == [0, 4]
    assert plan.notes[-1] == search.TOO_SLOW


def failed(_: object) -> None:
    raise SolverFailed("no plan found within 60 s")


@pytest.mark.parametrize("change", [failed, lambda found: replace(found, status="feasible")])
def test_a_plan_is_kept_whose_baseline_is_not_proven_and_no_saving_is_told(
    tiny: Any, contract: Contract, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    of_the_earliest(change, monkeypatch)
    plan = late_or_not(tiny, contract, on_time=False)
    assert plan.schedule.status == "optimal"
    assert plan.notes[-1] == search.NOT_PROVEN
    assert [(b.grade, b.start) for b in plan.baseline.blocks] == [
        (b.grade, b.start) for b in plan.schedule.blocks
    ]
    assert plan.savings_eur == pytest.approx(0.0)
