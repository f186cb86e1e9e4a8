"""Excess power in the objective: against every schedule listed, and against the bill's own rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chocolate_factory.errors import ContractInvalid, Infeasible, PlanInvalid
from chocolate_factory.market.calendar import HOUR, local_midnight, periods
from chocolate_factory.market.catalog import DAY, SITE_POWER
from chocolate_factory.market.contract import contract_named, parse_contract
from chocolate_factory.market.excess import Metering, excess_lines, excess_rates_eur_kw, metering
from chocolate_factory.market.regulated import ELECTRICITY_TAX
from chocolate_factory.market.series import Series
from chocolate_factory.planning.check_excess import require_charged
from chocolate_factory.planning.excess_so_far import excess_before, month_before
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.plan import PlanningPrices, SiteFlows, plan_from_json, plan_to_json
from chocolate_factory.planning.problem import build_problem
from chocolate_factory.planning.site_curve import power_curve
from chocolate_factory.planning.solve import EXCESS_GAP, solve

SLOTS = 8
MONTH = date(2025, 11, 1)
VALLEY = 6  # the slots of a tiny problem begin at midnight


def exceedable(contracted_kw: float, most_kw: float):
    return replace(
        contract_named("indexed-3.0td"),
        contracted_kw=(contracted_kw,) * 6,
        exceed_up_to_kw=most_kw,
    )


@st.composite
def cases(draw):
    quarters = draw(st.booleans())
    contracted = 60.0 if quarters else 40.0
    runs = draw(
        st.lists(
            st.lists(
                st.tuples(st.integers(1, 2), st.sampled_from([10.0, 35.0, 50.0])),
                min_size=1, max_size=2,
            ),
            min_size=1, max_size=2,
        )
    )  # fmt: skip
    return {
        "contracted": contracted,
        "runs": runs,
        "machines": draw(st.integers(1, 3)),
        "batches": [draw(st.integers(1, 2)) for _ in runs],
        "so_far": draw(st.sampled_from([0.0, 0.0, 15.0, 80.0])),
        "most": contracted + draw(st.sampled_from([20.0, 50.0, 90.0])),
        "prices": draw(st.lists(st.integers(0, 900), min_size=SLOTS, max_size=SLOTS)),
    }


def built(tiny, case):
    grades = ["a", "b"][: len(case["runs"])]
    stage = tiny.stage("s", dict(zip(grades, case["runs"], strict=True)), machines=case["machines"])
    demands = [
        tiny.demand(grade, count, due=SLOTS)
        for grade, count in zip(grades, case["batches"], strict=True)
    ]
    return build_problem(
        tiny.plant(stage, limit_kw=case["contracted"]),
        demands,
        tiny.prices(np.array(case["prices"]) / 1000),
        start=tiny.at(0),
        end=tiny.at(SLOTS),
        contract=exceedable(case["contracted"], case["most"]),
        excess_so_far={(MONTH, VALLEY): case["so_far"]},
    )


def cheapest(case) -> float | None:
    """Of every schedule, at prices and at the rule of the meter with the past put before it."""
    how = metering(contract_named("indexed-3.0td").tariff, (case["contracted"],))
    rate = excess_rates_eur_kw(contract_named("indexed-3.0td").tariff, how, MONTH, days=30)
    taxed = rate[VALLEY - 1] * (1 + ELECTRICITY_TAX.on(MONTH)[0])
    profiles = [np.concatenate([np.full(n, kw) for n, kw in run]) for run in case["runs"]]
    ways = [
        combinations_with_replacement(range(SLOTS - profile.size + 1), count)
        for profile, count in zip(profiles, case["batches"], strict=True)
    ]
    best = None
    for choice in product(*[list(way) for way in ways]):
        drawn, busy = np.zeros(SLOTS), np.zeros(SLOTS)
        for profile, starts in zip(profiles, choice, strict=True):
            for start in starts:
                drawn[start : start + profile.size] += profile
                busy[start : start + profile.size] += 1
        if busy.max() > case["machines"] or drawn.max() > case["most"] + 1e-6:
            continue
        excess = np.append(np.maximum(drawn - case["contracted"], 0.0), case["so_far"])
        size = np.sqrt(np.sum(excess**2)) if how is Metering.QUARTERS else excess.max()
        cost = drawn @ np.array(case["prices"]) / 4000 + taxed * (size - case["so_far"])
        best = cost if best is None else min(best, cost)
    return best


@settings(max_examples=40, deadline=None)
@given(case=cases())
def test_the_optimum_is_the_cheapest_of_all_schedules(tiny, case):
    expected = cheapest(case)
    found = solve(built(tiny, case))
    if expected is None:
        assert found is None
        return
    assert found.status == "optimal"
    tolerance = EXCESS_GAP * abs(expected) + 2e-6
    assert found.objective == pytest.approx(expected, abs=tolerance)
    assert found.bound <= expected + 1e-6


SATURDAY = date(2025, 11, 15)  # valley period all day


@pytest.fixture(scope="module")
def tight():
    """So little contracted that two conches side by side are above it."""
    return exceedable(80.0, 150.0)


@pytest.fixture(scope="module")
def saturday(plant, orders):
    """Two batches on a Saturday that is cheap from 8 to 11 h, under a contract."""
    start = periods(local_midnight(SATURDAY), local_midnight(SATURDAY) + 2 * DAY, HOUR)
    eur_kwh = np.full(start.size, 0.8)
    eur_kwh[8:11] = 0.05
    prices = PlanningPrices(start, np.full(start.size, 3600), eur_kwh, np.ones(start.size, bool))

    def make(contract, **more):
        return make_plan(
            plant, orders.in_window(SATURDAY, 1), prices, origin=local_midnight(SATURDAY),
            first_day=SATURDAY, days=1, contract=contract, seed=0, time_limit_s=600.0, **more,
        )  # fmt: skip

    return make


@pytest.fixture(scope="module")
def priced(saturday, tight):
    return saturday(tight, excess_so_far={(MONTH, VALLEY): 30.0})


def test_the_charge_of_a_plan_is_that_of_the_bill(plant, tight, priced):
    assert priced.schedule.status == "optimal"
    assert priced.schedule.excess, "two conches side by side are worth their excess here"
    for schedule in (priced.schedule, priced.baseline):
        curve = power_curve(schedule.blocks, plant, start=priced.start, end=priced.end)
        before, tax = 30.0, ELECTRICITY_TAX.on(MONTH)[0]
        due = {
            line.period: line.rate_eur_kw * (1 + tax) * (np.hypot(line.excess_kw, before) - before)
            for line in excess_lines(tight.tariff, tight.contracted_kw, curve)
        }
        assert {one.period: one.eur for one in schedule.excess} == pytest.approx(due)
    energy = sum(block.cost_eur for block in priced.schedule.blocks)
    assert priced.schedule.objective_eur == pytest.approx(energy + priced.schedule.excess_eur)
    again = plan_from_json(plan_to_json(priced))
    assert again.schedule.excess == priced.schedule.excess
    assert again.excess_so_far == {(MONTH, VALLEY): 30.0}


def test_what_the_month_has_already_makes_more_of_it_cheaper(saturday, tight, priced):
    fresh = saturday(tight)
    assert priced.schedule.objective_eur < fresh.schedule.objective_eur


def test_the_habit_exceeds_only_what_it_cannot_do_without(saturday, tight):
    roomy = saturday(exceedable(110.0, 150.0))
    assert not roomy.baseline.excess
    assert not any("habit exceeds" in note for note in roomy.notes)
    with pytest.raises(Infeasible):
        saturday(replace(tight, exceed_up_to_kw=None))
    pressed = saturday(tight)
    assert pressed.baseline.excess
    assert any("habit exceeds" in note for note in pressed.notes)


def test_the_checker_sees_a_wrong_charge(plant, tight, priced):
    span = {"start": priced.start, "end": priced.end, "carried": ()}
    so_far = priced.excess_so_far
    require_charged(priced.schedule, plant, contract=tight, so_far=so_far, **span)
    (charge,) = priced.schedule.excess
    for wrong, contract in (
        (replace(priced.schedule, excess=()), tight),
        (replace(priced.schedule, excess=(replace(charge, eur=charge.eur + 0.01),)), tight),
        (priced.schedule, replace(tight, exceed_up_to_kw=None)),
    ):
        with pytest.raises(PlanInvalid, match="excess power"):
            require_charged(wrong, plant, contract=contract, so_far=so_far, **span)


def test_the_months_excess_is_read_from_the_meter_else_from_the_plan(plant, tight, priced):
    first = month_before(priced.end)
    read = periods(first, first + 2 * DAY, timedelta(minutes=15))  # All Saints and a Sunday
    kw = np.full(read.size, 20.0)
    kw[5] = 92.0
    series = Series(
        SITE_POWER, "kW", priced.end, read, np.full(read.size, 900), kw, read,
        np.full(read.size, "meter"), np.full(read.size, "measured"),
    )  # fmt: skip
    so_far, (said,) = excess_before(priced.end, plant, tight, series, priced)
    own = power_curve(priced.schedule.blocks, plant, start=priced.start, end=priced.end).kw
    planned = np.linalg.norm(np.maximum(own - 80.0, 0.0))
    assert so_far == pytest.approx({(MONTH, VALLEY): np.hypot(12.0, planned)})
    assert "192 quarter-hours from the meter" in said
    slots = periods(priced.start, priced.end, timedelta(minutes=15))
    none = np.zeros(slots.size)
    shaved = SiteFlows(
        start=slots, resolution_s=900, charge_kw=none, discharge_kw=np.maximum(own - 80.0, 0.0),
        pv_kw=none, fed_in_kw=none, stored_kwh=none, surplus_eur_kwh=0.0,
    )  # fmt: skip
    by_battery = replace(priced, schedule=replace(priced.schedule, site=shaved))
    without, _ = excess_before(priced.end, plant, tight, series, by_battery)
    assert without == pytest.approx({(MONTH, VALLEY): 12.0})
    never = replace(tight, exceed_up_to_kw=None)
    assert excess_before(priced.end, plant, never, series, priced) == ({}, ())


def test_what_the_connection_carries_is_never_exceeded(tiny):
    stage = tiny.stage("s", {"a": [(1, 100.0)]})
    plant = tiny.plant(stage, limit_kw=60.0)
    demand = tiny.demand("a", 1, due=4)
    for most, possible in ((99.0, False), (100.0, True)):
        problem = build_problem(
            plant, [demand], tiny.prices([0.1] * 4), start=tiny.at(0), end=tiny.at(4),
            contract=exceedable(60.0, most),
        )  # fmt: skip
        assert (solve(problem) is not None) is possible


def test_base_load_above_what_may_be_drawn_is_named(saturday):
    with pytest.raises(Infeasible, match="may be drawn"):
        saturday(exceedable(1.0, 2.0))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("exceed_up_to_kw: 90", "not above the highest contracted power, 100 kW"),
        ("exceed_up_to_kw: 180000", "is it in watts"),
        ("exceed_up_to_kw: .nan", "finite"),
    ],
)
def test_a_contract_that_cannot_be_exceeded_so_is_refused(line, said):
    powers = "{P1: 100, P2: 100, P3: 100, P4: 100, P5: 100, P6: 100}"
    text = f"kind: indexed\ntariff: 3.0TD\ncontracted_kw: {powers}\n{line}\n"
    with pytest.raises(ContractInvalid, match=said) as fault:
        parse_contract(text, name="mine")
    assert "line 4" in str(fault.value)


def test_powers_may_be_exceeded_where_the_file_says_so():
    text = "kind: indexed\ntariff: 6.1TD\nexceed_up_to_kw: 180\n"
    assert parse_contract(text, name="mine").exceed_up_to_kw == 180.0
    with pytest.raises(ContractInvalid, match="control switch"):
        parse_contract(
            "kind: fixed\ntariff: 2.0TD\nexceed_up_to_kw: 12\n"
            "prices_eur_kwh: {P1: 0.2, P2: 0.2, P3: 0.1}\n",
            name="mine",
        )
