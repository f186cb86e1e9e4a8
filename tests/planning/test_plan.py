"""Plans of the reference plant: awkward weeks, properties of the optimum, what a plan says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import Infeasible, MissingData, SeriesInvalid
from chocolate_factory.market.calendar import HOUR, MADRID, QUARTER, local_midnight, periods
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.market.contract import (
    Contract,
    contract_named,
    parse_contract,
    price_eur_kwh,
)
from chocolate_factory.market.series import QUANTILES, Forecast
from chocolate_factory.planning.cost import cost_eur, realise
from chocolate_factory.planning.equipment import Hours
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import Orders, parse_orders
from chocolate_factory.planning.plan import Plan, PlanningPrices, plan_from_json, plan_to_json
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import agreed_prices, planning_prices, planning_window

TUESDAY = date(2025, 11, 18)
Wavy = Callable[..., PlanningPrices]
Planned = Callable[..., Plan]


@pytest.fixture(scope="module")
def two_days(plant: Plant, orders: Orders, wavy: Wavy, planned: Planned) -> Plan:
    return planned(plant, orders.in_window(TUESDAY, 2), wavy(TUESDAY, 4), TUESDAY, 2)


def test_a_plan_comes_back_from_its_json_unchanged(two_days: Plan) -> None:
    document = plan_to_json(two_days)
    assert plan_to_json(plan_from_json(json.loads(json.dumps(document)))) == document
    assert plan_from_json(document).schedule == two_days.schedule
    assert document["blocks"][0]["start"].endswith("+01:00")
    at_a_dial = plan_to_json(replace(two_days, risk=0.3))
    assert plan_from_json(at_a_dial).risk == 0.3
    del at_a_dial["risk"]  # as a version before it kept plans
    assert plan_from_json(at_a_dial).risk == 0.0


def test_a_plan_made_again_from_what_it_stored_is_the_same(
    two_days: Plan, plant: Plant, orders: Orders, planned: Planned
) -> None:
    stored = plan_from_json(plan_to_json(two_days))
    again = planned(plant, orders.in_window(TUESDAY, 2), stored.prices, TUESDAY, 2)
    assert plan_to_json(again) == plan_to_json(two_days)


def test_the_objective_is_the_sum_of_the_blocks_and_their_cost_at_the_planning_prices(
    two_days: Plan,
) -> None:
    for schedule in (two_days.schedule, two_days.baseline):
        assert schedule.objective_eur == pytest.approx(sum(b.cost_eur for b in schedule.blocks))
        assert schedule.objective_eur == pytest.approx(cost_eur(schedule.blocks, two_days.prices))
    saved = two_days.baseline.objective_eur - two_days.schedule.objective_eur
    assert two_days.savings_eur == saved
    assert two_days.savings_pct == 100 * saved / two_days.baseline.objective_eur


def test_the_baseline_starts_with_the_first_shift_whatever_the_prices(
    plant: Plant, orders: Orders, wavy: Wavy, planned: Planned, two_days: Plan
) -> None:
    other = planned(
        plant, orders.in_window(TUESDAY, 2), wavy(TUESDAY, 4, seed=7), TUESDAY, 2
    ).baseline
    assert two_days.baseline.blocks[0].start == datetime(2025, 11, 18, 5, tzinfo=UTC)
    assert [(b.batch, b.machine, b.start) for b in other.blocks] == [
        (b.batch, b.machine, b.start) for b in two_days.baseline.blocks
    ]


def test_batches_are_numbered_by_start_and_machines_named(two_days: Plan) -> None:
    mixed = [b for b in two_days.schedule.blocks if b.stage == "mixing" and b.grade == "standard"]
    assert [b.batch for b in mixed] == [f"standard-{n:02d}" for n in range(1, 6)]
    conches = {b.machine for b in two_days.baseline.blocks if b.stage == "conching"}
    assert conches == {"conche-1", "conche-2"}


def test_a_constant_on_all_prices_leaves_the_saving_as_it_is(
    plant: Plant, orders: Orders, planned: Planned, two_days: Plan
) -> None:
    dearer = replace(two_days.prices, eur_kwh=two_days.prices.eur_kwh + 0.05)
    plan = planned(plant, orders.in_window(TUESDAY, 2), dearer, TUESDAY, 2)
    assert plan.savings_eur == pytest.approx(two_days.savings_eur, abs=1e-3)
    added = 0.05 * two_days.schedule.energy_kwh
    assert plan.schedule.objective_eur - two_days.schedule.objective_eur == pytest.approx(
        added, abs=1e-3
    )


@pytest.mark.parametrize("more", ["conche", "kilowatts", "shift", "hold"])
def test_more_capacity_never_costs_more(
    plant: Plant, orders: Orders, planned: Planned, two_days: Plan, more: str
) -> None:
    stages = list(plant.stages)
    if more == "conche":
        stages[2] = replace(stages[2], machines=3)
        plant = replace(plant, stages=tuple(stages))
    elif more == "kilowatts":
        plant = replace(plant, contracted_kw=(250.0,) * 6)
    elif more == "shift":
        plant = replace(plant, shifts={day: (Hours(0, 24 * 60),) for day in range(7)})
    else:
        stages[2] = replace(stages[2], max_hold_min=120)
        plant = replace(plant, stages=tuple(stages))
    plan = planned(plant, orders.in_window(TUESDAY, 2), two_days.prices, TUESDAY, 2)
    assert plan.schedule.objective_eur <= two_days.schedule.objective_eur + 1e-3


def test_a_plan_on_a_forecast_never_beats_perfect_foresight(
    plant: Plant, orders: Orders, wavy: Wavy, planned: Planned, two_days: Plan
) -> None:
    actual = wavy(TUESDAY, 4, seed=11, swing=0.08)
    realised = realise(two_days, actual)
    best = planned(plant, orders.in_window(TUESDAY, 2), actual, TUESDAY, 2)
    assert realised.plan_eur >= best.schedule.objective_eur - 1e-3
    assert realised.baseline_eur == pytest.approx(best.baseline.objective_eur)
    assert realised.savings_eur == realised.baseline_eur - realised.plan_eur


def test_realised_figures_need_the_actual_price_of_every_block(two_days: Plan) -> None:
    half = two_days.prices
    known = PlanningPrices(
        half.start[:20], half.resolution_s[:20], half.eur_kwh[:20], half.published[:20]
    )
    with pytest.raises(MissingData, match="planning prices: missing delivery periods"):
        realise(two_days, known)


def test_negative_prices_are_prices(
    plant: Plant, orders: Orders, wavy: Wavy, planned: Planned
) -> None:
    prices = wavy(TUESDAY, 3, level=-0.05)
    plan = planned(plant, orders.in_window(TUESDAY, 1), prices, TUESDAY, 1)
    assert plan.schedule.status == "optimal"
    assert plan.schedule.objective_eur < plan.baseline.objective_eur < 0
    assert plan.savings_pct > 0


@pytest.mark.parametrize("change", [(date(2025, 3, 28), 23), (date(2025, 10, 24), 25)])
def test_a_week_end_with_a_clock_change_keeps_wall_clock_shifts(
    plant: Plant, orders: Orders, wavy: Wavy, planned: Planned, change: tuple[date, int]
) -> None:
    friday, hours = change
    plan = planned(plant, orders.in_window(friday, 4), wavy(friday, 6), friday, 4)
    assert plan.end - plan.start == timedelta(hours=3 * 24 + hours + 8)
    assert plan.schedule.status == "optimal"
    monday = local_midnight(friday + timedelta(days=3))
    starts = [b.start for b in plan.schedule.blocks if b.start >= monday]
    assert starts
    assert min(starts).astimezone(MADRID).hour >= 6


def test_the_window_reaches_to_the_last_due_time(orders: Orders) -> None:
    demands = orders.in_window(TUESDAY, 2)
    start, end = planning_window(TUESDAY, 2, demands)
    assert start == datetime(2025, 11, 17, 23, tzinfo=UTC)
    assert end == datetime(2025, 11, 20, 7, tzinfo=UTC)


def test_nothing_is_planned_before_the_origin(
    plant: Plant, orders: Orders, wavy: Wavy, contract: Contract
) -> None:
    origin = datetime(2025, 11, 18, 7, 40, tzinfo=UTC)
    plan = make_plan(
        plant, orders.in_window(TUESDAY, 1), wavy(TUESDAY, 3),
        origin=origin, first_day=TUESDAY, days=1, contract=contract,
    )  # fmt: skip
    assert plan.start == datetime(2025, 11, 18, 7, 45, tzinfo=UTC)
    for schedule in (plan.schedule, plan.baseline):
        assert min(block.start for block in schedule.blocks) >= plan.start


def test_an_origin_after_the_end_of_planning_is_named(
    plant: Plant, orders: Orders, wavy: Wavy, contract: Contract
) -> None:
    origin = local_midnight(date(2025, 11, 20))
    with pytest.raises(Infeasible, match="would end on Wed 19 Nov 08:00, before its origin"):
        make_plan(
            plant, orders.in_window(TUESDAY, 1), wavy(TUESDAY, 3),
            origin=origin, first_day=TUESDAY, days=1, contract=contract,
        )  # fmt: skip


def test_when_time_is_up_the_plan_is_no_dearer_than_the_habit_and_says_its_gap(
    plant: Plant, orders: Orders, wavy: Wavy, contract: Contract
) -> None:
    plan = make_plan(
        plant, orders.in_window(TUESDAY, 5), wavy(TUESDAY, 8), origin=local_midnight(TUESDAY),
        first_day=TUESDAY, days=5, contract=contract, time_limit_s=1e-3,
    )  # fmt: skip
    assert plan.schedule.status == "feasible"
    assert plan.schedule.gap is not None
    assert 1e-4 < plan.schedule.gap < 1
    assert plan.notes[-1].startswith("the search stopped after 0.001 s: the best possible plan may")
    assert plan.schedule.objective_eur <= plan.baseline.objective_eur + 1e-9


def test_days_without_orders_give_an_empty_plan(
    plant: Plant, orders: Orders, wavy: Wavy, planned: Planned
) -> None:
    sunday = date(2025, 11, 23)
    plan = planned(plant, orders.in_window(sunday, 1), wavy(sunday, 1), sunday, 1)
    assert plan.schedule.blocks == plan.baseline.blocks == ()
    assert (plan.schedule.objective_eur, plan.schedule.gap, plan.savings_pct) == (0.0, 0.0, 0.0)


def test_kilograms_that_are_no_whole_batches_are_rounded_up_and_noted(
    plant: Plant, wavy: Wavy, planned: Planned
) -> None:
    text = "product,kg,due\nstandard,120,2025-11-18T22:00:00+01:00\n"
    orders = parse_orders(text, name="orders.csv", plant=plant)
    plan = planned(plant, orders.in_window(TUESDAY, 1), wavy(TUESDAY, 1), TUESDAY, 1)
    assert plan.schedule.kg == {"standard": 150.0}
    assert plan.notes == (
        "order 1 (standard): 120 kg are made as 3 whole batches of 50 kg, 150 kg",
    )


def test_pvpc_above_ten_kilowatts_draws_a_warning(plant: Plant, orders: Orders, wavy: Wavy) -> None:
    plan = make_plan(
        plant, orders.in_window(TUESDAY, 1), wavy(TUESDAY, 3), origin=local_midnight(TUESDAY),
        first_day=TUESDAY, days=1, contract=contract_named("pvpc"), notes=("given",),
    )  # fmt: skip
    assert plan.notes[0] == "given"
    assert "PVPC is legally limited to 10 kW" in plan.notes[1]


def test_a_price_that_is_not_a_number_is_named_before_any_solving(
    plant: Plant, orders: Orders, wavy: Wavy, planned: Planned
) -> None:
    prices = wavy(TUESDAY, 3)
    broken = prices.eur_kwh.copy()
    broken[[5, 30]] = np.nan
    with pytest.raises(MissingData) as caught:
        planned(plant, orders.in_window(TUESDAY, 1), replace(prices, eur_kwh=broken), TUESDAY, 1)
    assert [(gap.start, gap.missing) for gap in caught.value.gaps] == [
        (datetime(2025, 11, 18, 4, tzinfo=UTC), 1),
        (datetime(2025, 11, 19, 5, tzinfo=UTC), 1),
    ]


def test_prices_that_end_too_soon_or_have_a_hole_are_named(
    plant: Plant, orders: Orders, wavy: Wavy, planned: Planned
) -> None:
    prices = wavy(TUESDAY, 3)
    keep = np.ones(prices.start.size, dtype=bool)
    keep[10:12] = False
    keep[28:] = False
    short = PlanningPrices(
        prices.start[keep], prices.resolution_s[keep], prices.eur_kwh[keep], prices.published[keep]
    )
    with pytest.raises(MissingData) as caught:
        planned(plant, orders.in_window(TUESDAY, 1), short, TUESDAY, 1)
    assert [(gap.start.hour, gap.end.hour, gap.missing) for gap in caught.value.gaps] == [
        (9, 11, 2),
        (3, 7, 4),
    ]


def test_a_block_is_at_published_prices_only_if_every_price_under_it_is(
    plant: Plant, orders: Orders, wavy: Wavy, planned: Planned
) -> None:
    prices = wavy(TUESDAY, 3)
    published = np.arange(prices.start.size) < 12  # known up to noon
    plan = planned(
        plant, orders.in_window(TUESDAY, 1), replace(prices, published=published), TUESDAY, 1
    )
    noon = local_midnight(TUESDAY) + timedelta(hours=12)
    for block in (*plan.schedule.blocks, *plan.baseline.blocks):
        assert (block.price_kind == "published") == (block.end <= noon)
    assert {block.price_kind for block in plan.baseline.blocks} == {"published", "forecast"}


def test_quarter_hour_prices_are_used_as_they_are(
    plant: Plant, orders: Orders, planned: Planned
) -> None:
    begin = local_midnight(TUESDAY)
    start = periods(begin, begin + timedelta(hours=32), QUARTER)
    price = np.where(np.arange(start.size) % 4 == 3, 0.0, 0.2)  # the last quarter is free
    prices = PlanningPrices(
        start, np.full(start.size, 900, dtype=np.int64), price, np.ones(start.size, dtype=bool)
    )
    plan = planned(plant, orders.in_window(TUESDAY, 1), prices, TUESDAY, 1)
    rolled = [block for block in plan.schedule.blocks if block.stage == "rolling"]
    assert all(block.start.minute == 45 and block.cost_eur == 0 for block in rolled)


def test_hours_then_quarter_hours_price_the_first_quarter_hour_day(
    plant: Plant, orders: Orders, planned: Planned
) -> None:
    change = date(2025, 10, 1)
    begin, midnight = local_midnight(date(2025, 9, 30)), local_midnight(change)
    hours = periods(begin, midnight, HOUR)
    quarters = periods(midnight, midnight + timedelta(hours=32), QUARTER)
    start = np.concatenate([hours, quarters])
    prices = PlanningPrices(
        start,
        np.concatenate([np.full(hours.size, 3600), np.full(quarters.size, 900)]),
        np.random.default_rng(3).uniform(-0.02, 0.2, start.size),
        np.ones(start.size, dtype=bool),
    )
    plan = planned(plant, orders.in_window(date(2025, 9, 30), 2), prices, date(2025, 9, 30), 2)
    assert plan.schedule.status == "optimal"
    assert plan.prices.resolution_s.tolist() == [3600] * 24 + [900] * 128
    assert cost_eur(plan.schedule.blocks, prices) == pytest.approx(plan.schedule.objective_eur)


def test_spot_prices_become_what_the_contract_says_a_kwh_costs(contract: Contract) -> None:
    begin = local_midnight(TUESDAY)
    start = periods(begin, begin + timedelta(hours=3), HOUR)
    outlook = outlook_of(start)
    prices = planning_prices(outlook, contract)
    assert prices.eur_kwh.tolist() == price_eur_kwh(contract, start, outlook.mean, of=SPOT).tolist()
    assert prices.published.tolist() == [True, False, False]
    with pytest.raises(
        SeriesInvalid, match="pvpc needs the prices of pvpc@peninsula, not those of spot"
    ):
        planning_prices(outlook, contract_named("pvpc"))


def outlook_of(start: Any) -> Forecast:
    mean = np.array([50.0, -5.0, 120.0])
    return Forecast(
        key=SPOT, unit="EUR/MWh", origin=local_midnight(TUESDAY), model="test", start=start,
        resolution_s=np.full(3, 3600, dtype=np.int64), published=np.array([True, False, False]),
        mean=mean, quantiles=np.repeat(mean[:, None], len(QUANTILES), axis=1),
    )  # fmt: skip


FIXED = """\
kind: fixed
tariff: 3.0TD
prices_eur_kwh: {P1: 0.21, P2: 0.18, P3: 0.15, P4: 0.13, P5: 0.11, P6: 0.09}
contracted_kw: {P1: 70, P2: 70, P3: 110, P4: 110, P5: 110, P6: 150}
"""


def test_a_fixed_contract_needs_no_market_and_its_powers_bind(plant: Plant, orders: Orders) -> None:
    fixed = parse_contract(FIXED, name="fixed.yaml")
    demands = orders.in_window(TUESDAY, 1)
    start, end = planning_window(TUESDAY, 1, demands)
    plan = make_plan(
        plant, demands, agreed_prices(fixed, start, end),
        origin=start, first_day=TUESDAY, days=1, contract=fixed,
    )  # fmt: skip
    assert plan.prices.published.all()
    assert 70 - 18 < peak_kw(plan, 9, 14) + 18 <= 70  # P2 in November
    with pytest.raises(SeriesInvalid, match="needs the prices of spot@peninsula"):
        agreed_prices(contract_named("indexed-3.0td"), start, end)


def peak_kw(plan: Plan, first_hour: int, end_hour: int) -> float:
    """Highest power of the machines in these hours of the first day."""
    begin = local_midnight(TUESDAY)
    peak = 0.0
    for minute in range(first_hour * 60, end_hour * 60, 15):
        at, total = begin + timedelta(minutes=minute), 0.0
        for block in plan.schedule.blocks:
            phase_start = block.start
            for minutes, kw in block.phases:
                phase_end = phase_start + timedelta(minutes=minutes)
                total += kw * (phase_start <= at < phase_end)
                phase_start = phase_end
        peak = max(peak, total)
    return peak


def test_a_base_load_above_contracted_power_is_named(
    plant: Plant, orders: Orders, wavy: Wavy, planned: Planned
) -> None:
    small = replace(plant, contracted_kw=(14.0, 14.0, 14.0, 14.0, 14.0, 150.0))
    with pytest.raises(Infeasible, match="the base load alone is 18 kW on Tue 18 Nov 08:00"):
        planned(small, orders.in_window(TUESDAY, 1), wavy(TUESDAY, 3), TUESDAY, 1)
