"""Shadow prices are what planning anew with a little more saves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.pins import Pin
from chocolate_factory.planning.plan import Plan, plan_from_json, plan_to_json
from chocolate_factory.planning.plant import Plant, Staffed
from chocolate_factory.planning.worth import worth

PRICES = [0.30] * 20 + [0.10] * 4 + [0.20] * 8 + [0.40] * 64


def planned(tiny: Any, plant: Plant, *demands: Demand, **more: Any) -> Plan:
    day = (tiny.at(0) + timedelta(hours=2)).date()
    return make_plan(
        plant, demands, tiny.prices(PRICES), origin=local_midnight(day), first_day=day, days=1,
        contract=tiny.contract, seed=0, **more,
    )  # fmt: skip


def asked(tiny: Any, plant: Plant, plan: Plan) -> dict[str, float]:
    told = worth(plan, plant, tiny.contract, time_limit_s=600.0)
    assert all(one.proven for one in told)
    return {f"{one.name}, {one.unit}": one.eur for one in told}


def test_power_is_worth_what_running_both_in_the_cheap_hour_saves(tiny: Any) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 8.0)]}, machines=2), limit_kw=10.0)
    plan = planned(tiny, plant, tiny.demand("a", 2, due=32))
    # 8 kWh each: one in the hour at 0.10, the other in an hour at 0.20; with 20 kW both at 0.10
    assert plan.schedule.objective_eur == pytest.approx(8 * 0.10 + 8 * 0.20)
    assert asked(tiny, plant, plan)["contracted power, kW"] == pytest.approx(8 * 0.10)


def test_a_machine_more_is_worth_what_the_second_batch_saves_by_it(tiny: Any) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 8.0)]}))
    plan = planned(tiny, plant, tiny.demand("a", 2, due=32))
    (told,) = (
        one
        for one in worth(plan, plant, tiny.contract, time_limit_s=600.0)
        if one.name == "presser hours"
    )
    assert told.eur == pytest.approx(8 * 0.10)
    assert told.amount == 24.0
    assert told.eur_unit == pytest.approx(8 * 0.10 / 24)


def test_staff_is_worth_what_the_longer_shift_saves(tiny: Any) -> None:
    stage = tiny.stage("press", {"a": [(4, 8.0)]}, staffed=Staffed.THROUGHOUT)
    plant = tiny.plant(stage, shifts=[(24, 32)])
    plan = planned(tiny, plant, tiny.demand("a", 1, due=32))
    assert asked(tiny, plant, plan)["staff hours, h"] == pytest.approx(8 * 0.10)


def test_what_is_pinned_is_not_moved_by_more_of_anything(tiny: Any) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 8.0)]}))
    pin = Pin("a", (tiny.at(0),))
    plan = planned(tiny, plant, tiny.demand("a", 1, due=32), pins=(pin,))
    assert set(asked(tiny, plant, plan).values()) == {0.0}


def test_a_plan_that_is_not_the_best_is_compared_with_the_best(tiny: Any) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 8.0)]}))
    kept = planned(tiny, plant, tiny.demand("a", 1, due=32), pins=(Pin("a", (tiny.at(0),), False),))
    assert kept.schedule.objective_eur == pytest.approx(8 * 0.30)
    assert set(asked(tiny, plant, kept).values()) == {0.0}


def test_shadow_prices_are_kept_with_the_plan(tiny: Any) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 8.0)]}))
    plan = planned(tiny, plant, tiny.demand("a", 1, due=32))
    told = replace(plan, worth=worth(plan, plant, tiny.contract, time_limit_s=600.0))
    assert plan_from_json(plan_to_json(told)).worth == told.worth
    assert [one.name for one in told.worth] == ["contracted power", "presser hours"]
