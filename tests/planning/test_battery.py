"""What the battery holds goes from one plan to the next: no energy is created or lost between."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import Infeasible
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.planning.carried_over import kwh_left
from chocolate_factory.planning.check import violations
from chocolate_factory.planning.equipment import BaseLoad, Battery, Hours, Photovoltaics
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.plan import plan_from_json, plan_to_json
from chocolate_factory.planning.site_power import one_way

DAY = date(2025, 11, 19)
SLOTS = 96
SEVEN = 28
"""The slot that begins at 07:00."""
EARLY_CHEAP = [0.05] * SEVEN + [0.30] * (SLOTS - SEVEN)
LATE_CHEAP = EARLY_CHEAP[::-1]


@pytest.fixture
def site(tiny):
    """A mill beside 40 kW that are always drawn, and a battery of 100 kWh."""

    def make(*, start_kwh=0.0):
        return replace(
            tiny.plant(tiny.stage("mill", {"a": [(2, 10.0)]})),
            base_load=(BaseLoad("cold room", 40.0, (Hours(0, 1440),)),),
            battery=Battery(kwh=100.0, kw=50.0, efficiency=0.81, start_kwh=start_kwh),
        )

    return make


@pytest.fixture
def planned(tiny):
    def make(plant, eur_kwh, *, begin=0, **more):
        return make_plan(
            plant, (tiny.demand("a", 1, due=SLOTS, earliest=40),), tiny.prices(eur_kwh),
            origin=tiny.at(begin), first_day=DAY, days=1, contract=tiny.contract, seed=0, **more,
        )  # fmt: skip

    return make


def charged_kwh(plan):
    return plan.schedule.site.charge_kw.sum() / 4


def discharged_kwh(plan):
    return plan.schedule.site.discharge_kw.sum() / 4


def test_a_plan_that_takes_over_begins_with_what_the_plan_in_force_leaves(tiny, site, planned):
    plant = site()
    first = planned(plant, EARLY_CHEAP)
    assert first.stored_kwh == 0.0
    assert kwh_left(first, plant, tiny.at(SEVEN)) == pytest.approx(100.0)

    later = planned(plant, EARLY_CHEAP, begin=SEVEN, running=first)

    assert later.stored_kwh == pytest.approx(100.0)
    assert charged_kwh(later) == pytest.approx(0.0, abs=1e-6)
    assert discharged_kwh(later) == pytest.approx(
        90.0
    )  # the half of the loss that is still to come
    assert discharged_kwh(later) == pytest.approx(discharged_kwh(first))
    assert later.baseline.site.stored_kwh[-1] == pytest.approx(0.0, abs=1e-6)
    assert any("hold 100.0 kWh on Wed 19 Nov 07:00" in note for note in later.notes)


def test_planning_again_creates_no_energy(tiny, site, planned):
    plant = site(start_kwh=50.0)
    first = planned(plant, LATE_CHEAP)
    emptied = int(np.argmin(first.schedule.site.stored_kwh)) + 1
    assert emptied < SLOTS

    later = planned(plant, LATE_CHEAP, begin=emptied, running=first)

    assert later.stored_kwh == pytest.approx(0.0, abs=1e-6)
    assert later.schedule.site.stored_kwh[-1] >= 50.0 - 1e-6
    assert charged_kwh(later) == pytest.approx(50.0 / 0.9, abs=1e-6)
    assert discharged_kwh(later) == pytest.approx(0.0, abs=1e-6)


def test_a_plan_that_took_over_is_made_again_from_what_it_stored(tiny, site, planned):
    plant = site()
    later = planned(plant, EARLY_CHEAP, begin=SEVEN, running=planned(plant, EARLY_CHEAP))
    stored = plan_from_json(json.loads(json.dumps(plan_to_json(later))))
    assert stored.stored_kwh == later.stored_kwh

    again = planned(
        plant, EARLY_CHEAP, begin=SEVEN,
        begin_with=stored.begun_with, stored_kwh=stored.stored_kwh,
    )  # fmt: skip

    assert again.schedule.blocks == stored.schedule.blocks
    assert again.schedule.objective_eur == stored.schedule.objective_eur
    assert again.stored_kwh == stored.stored_kwh
    for flow in ("charge_kw", "discharge_kw", "stored_kwh"):
        assert np.array_equal(
            getattr(again.schedule.site, flow), getattr(stored.schedule.site, flow)
        )


def test_a_hand_over_within_a_slot_finds_the_battery_part_way(tiny, site, planned):
    plant = site()
    first = planned(plant, EARLY_CHEAP)
    held = [0.0, *first.schedule.site.stored_kwh]
    within = int(np.argmax(np.diff(held)))
    middle = tiny.at(within) + timedelta(minutes=5)
    third = held[within] + (held[within + 1] - held[within]) / 3
    assert kwh_left(first, plant, middle) == pytest.approx(third)
    smaller = replace(plant, battery=replace(plant.battery, kwh=80.0))
    assert kwh_left(first, smaller, tiny.at(SEVEN)) == 80.0


def test_where_no_plan_tells_the_plant_file_does(tiny, site, planned):
    bare = replace(site(), battery=None)
    before = planned(bare, EARLY_CHEAP)
    assert before.stored_kwh is None
    plant = site(start_kwh=30.0)
    assert kwh_left(None, plant, tiny.at(SEVEN)) is None
    assert kwh_left(before, plant, tiny.at(SEVEN)) is None
    assert planned(plant, EARLY_CHEAP, begin=SEVEN, running=before).stored_kwh == 30.0
    assert (
        planned(bare, EARLY_CHEAP, begin=SEVEN, running=planned(plant, EARLY_CHEAP)).stored_kwh
        is None
    )


def test_a_plan_stored_before_it_said_what_its_battery_held_is_taken_over_too(tiny, site, planned):
    plant = site()
    document = plan_to_json(planned(plant, EARLY_CHEAP))
    del document["stored_kwh"]
    assert planned(
        plant, EARLY_CHEAP, begin=SEVEN, running=plan_from_json(document)
    ).stored_kwh == pytest.approx(100.0)


def test_the_check_follows_the_battery_from_what_it_holds(tiny, site, planned):
    plant = site()
    later = planned(plant, EARLY_CHEAP, begin=SEVEN, running=planned(plant, EARLY_CHEAP))

    def broken(flows, **more):
        return violations(
            later.schedule.blocks, plant, later.demands, start=later.start, end=later.end,
            contract=tiny.contract, site=flows, **more,
        )  # fmt: skip

    flows = later.schedule.site
    assert broken(flows, stored_kwh=later.stored_kwh) == ()
    assert any("the battery holds -" in reason for reason in broken(flows))
    told = replace(flows, stored_kwh=flows.stored_kwh + 1.0)
    assert any(", not " in reason for reason in broken(told, stored_kwh=later.stored_kwh))


def test_a_battery_that_cannot_be_charged_to_its_level_in_time_is_the_reason(tiny, site, planned):
    plant = replace(site(start_kwh=90.0), battery=Battery(100.0, 1.0, 0.81, 90.0))
    with pytest.raises(Infeasible, match="holds 5 kWh when the plan begins and cannot be charged"):
        planned(plant, EARLY_CHEAP, stored_kwh=5.0)


def test_sun_that_is_left_over_is_not_burnt_in_the_battery(plant, orders, wavy, contract):
    shape = (0, 0, 0, 0, 0, 0, 0, 0, 6, 18, 33, 45, 51, 51, 45, 33, 18, 6, 0, 0, 0, 0, 0, 0)
    own = replace(
        plant,
        pv=Photovoltaics(60.0, None, tuple(float(kw) for kw in shape)),
        battery=Battery(kwh=40.0, kw=20.0, efficiency=0.9, start_kwh=0.0),
    )
    saturday = date(2025, 11, 22)

    made = make_plan(
        own, orders.in_window(saturday, 2), wavy(saturday, 5, seed=1),
        origin=local_midnight(saturday), first_day=saturday, days=2, contract=contract, seed=0,
        time_limit_s=600.0,
    )  # fmt: skip

    assert made.schedule.status == "optimal"
    for flows in (made.schedule.site, made.baseline.site):
        assert np.minimum(flows.charge_kw, flows.discharge_kw).max() == 0.0
        assert flows.discharge_kw.sum() > 0
        sun = own.pv.kw(flows.start, np.zeros(flows.start.size))
        assert flows.pv_kw.sum() < sun.sum()  # some is left over


def test_what_was_charged_and_discharged_at_once_is_taken_off_the_sun_then_off_what_is_bought(
    tiny, site
):
    plant = replace(site(), pv=Photovoltaics(10.0, None, (10.0,) * 24))
    problem = tiny.problem(plant, (tiny.demand("a", 1, due=SLOTS),), [0.1] * SLOTS)
    flow = {
        "charge_kw": np.array([10.0, 10.0, 20.0, 7.0]),
        "discharge_kw": np.array([8.1, 20.0, 8.1, 0.0]),
        "pv_kw": np.array([5.0, 1.0, 5.0, 5.0]),
    }

    told = one_way(problem, flow)

    assert told["charge_kw"] == pytest.approx([0.0, 0.0, 10.0, 7.0])
    assert told["discharge_kw"] == pytest.approx([0.0, 11.9, 0.0, 0.0])
    assert told["pv_kw"] == pytest.approx([5.0 - 1.9, 0.0, 5.0 - 1.9, 5.0])

    def held(flows):
        return 0.9 * flows["charge_kw"] - flows["discharge_kw"] / 0.9

    assert held(told) == pytest.approx(held(flow))


def test_a_battery_cannot_be_emptied_into_nothing_to_be_paid_for_filling_it_again(tiny, planned):
    plant = replace(
        tiny.plant(tiny.stage("mill", {"a": [(2, 10.0)]})),
        battery=Battery(kwh=100.0, kw=50.0, efficiency=0.81, start_kwh=0.0),
    )
    made = planned(plant, [0.10] * SEVEN + [-0.10] * (SLOTS - SEVEN), stored_kwh=100.0)
    # What it gives the mill makes the only room there is.
    assert charged_kwh(made) == pytest.approx(5.0 / 0.81)
    assert made.schedule.objective_eur == pytest.approx(-0.10 * 5.0 / 0.81)
