"""The independent checker finds what is wrong with a plan that was right before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chocolate_factory.errors import PlanInvalid
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.check import require_feasible, violations
from chocolate_factory.planning.orders import Demand, Orders
from chocolate_factory.planning.plan import Block, Plan
from chocolate_factory.planning.plant import Plant

TUESDAY = date(2025, 11, 18)
QUARTER = timedelta(minutes=15)
Blocks = tuple[Block, ...]


@pytest.fixture(scope="module")
def demands(orders: Orders) -> tuple[Demand, ...]:
    return orders.in_window(TUESDAY, 1)


@pytest.fixture(scope="module")
def plan(plant: Plant, demands: tuple[Demand, ...], wavy: Any, planned: Any) -> Plan:
    made: Plan = planned(plant, demands, wavy(TUESDAY, 3), TUESDAY, 1)
    return made


@pytest.fixture(scope="module")
def found(
    plan: Plan, plant: Plant, demands: tuple[Demand, ...], contract: Contract
) -> Callable[[Blocks], str]:
    def find(blocks: Blocks, plant: Plant = plant) -> str:
        return "\n".join(
            violations(blocks, plant, demands, start=plan.start, end=plan.end, contract=contract)
        )

    return find


def changed(blocks: Blocks, batch: str, stage: str | None, **changes: Any) -> Blocks:
    """The same blocks, with one batch's (or one block's) fields changed."""
    return tuple(
        replace(block, **{key: new(block) for key, new in changes.items()})
        if block.batch == batch and stage in (None, block.stage)
        else block
        for block in blocks
    )


def moved(blocks: Blocks, batch: str, stage: str | None, by: timedelta) -> Blocks:
    return changed(blocks, batch, stage, start=lambda b: b.start + by, end=lambda b: b.end + by)


def test_plan_and_baseline_break_no_rule(plan: Plan, found: Callable[..., str]) -> None:
    assert found(plan.schedule.blocks) == ""
    assert found(plan.baseline.blocks) == ""


def test_a_shifted_block_breaks_its_hold(plan: Plan, found: Callable[..., str]) -> None:
    late = moved(plan.baseline.blocks, "standard-01", "moulding", QUARTER)
    assert "standard-01 waits 15 min after tempering, where at most 0 min are allowed" in found(
        late
    )


def test_a_stage_begun_before_the_one_ahead_of_it_ended_is_found(
    plan: Plan, found: Callable[..., str]
) -> None:
    early = moved(plan.baseline.blocks, "standard-01", "rolling", -QUARTER)
    assert "standard-01 goes on 15 min before mixing is done" in found(early)


def test_a_dropped_batch_is_missed(plan: Plan, found: Callable[..., str]) -> None:
    fewer = tuple(block for block in plan.schedule.blocks if block.batch != "standard-02")
    assert "2 batches of standard are made, 3 are in demand" in found(fewer)
    assert "1 batches of standard of Tue 18 Nov are not made in time" in found(fewer)


def test_a_batch_too_many_is_found(plan: Plan, found: Callable[..., str]) -> None:
    extra = tuple(
        replace(block, batch="standard-99")
        for block in plan.schedule.blocks
        if block.batch == "standard-01"
    )
    assert "4 batches of standard are made, 3 are in demand" in found(
        (*plan.schedule.blocks, *extra)
    )


def test_a_left_out_stage_is_found(plan: Plan, found: Callable[..., str]) -> None:
    fewer = tuple(
        block
        for block in plan.schedule.blocks
        if (block.batch, block.stage) != ("premium-01", "rolling")
    )
    assert "premium-01 passes mixing, conching, tempering, moulding" in found(fewer)


def test_two_batches_on_one_machine_are_found(plan: Plan, found: Callable[..., str]) -> None:
    crowded = tuple(
        replace(block, machine="conche-1") if block.stage == "conching" else block
        for block in plan.baseline.blocks
    )
    assert "conche-1 runs" in found(crowded)


def test_a_machine_that_does_not_do_the_stage_is_found(
    plan: Plan, found: Callable[..., str]
) -> None:
    wrong = changed(plan.schedule.blocks, "premium-01", "mixing", machine=lambda _: "conche-3")
    assert "premium-01 mixing is on conche-3, which does not do that" in found(wrong)


def test_staffed_work_at_night_is_found(plan: Plan, found: Callable[..., str]) -> None:
    first = plan.baseline.blocks[0].batch
    night = moved(plan.baseline.blocks, first, None, -QUARTER)
    assert f"{first} mixing has nobody there at 2025-11-18 05:45+01:00" in found(night)


def test_a_run_that_is_cut_short_is_found(plan: Plan, found: Callable[..., str]) -> None:
    short = changed(
        plan.schedule.blocks, "standard-01", "conching", phases=lambda _: ((90, 48.0), (195, 6.0))
    )
    assert "standard-01 conching does not last or draw what the recipe says" in found(short)


def test_energy_that_is_not_the_recipes_is_found(plan: Plan, found: Callable[..., str]) -> None:
    wrong = changed(plan.schedule.blocks, "standard-01", "mixing", energy_kwh=lambda _: 1.0)
    assert "standard-01 mixing takes 1.0 kWh, the recipe 3.75" in found(wrong)


def test_a_late_batch_is_found(plan: Plan, found: Callable[..., str]) -> None:
    late = moved(plan.schedule.blocks, "premium-01", None, timedelta(hours=24))
    assert "1 batches of premium of Tue 18 Nov are not made in time" in found(late)
    assert "premium-01 moulding lies outside the window" in found(late)


def test_a_start_off_the_slot_grid_is_found(plan: Plan, found: Callable[..., str]) -> None:
    off = moved(plan.schedule.blocks, "premium-01", None, timedelta(minutes=5))
    assert "premium-01 mixing does not begin on a slot" in found(off)


def test_power_above_the_contract_is_found_with_its_base_load(
    plan: Plan, plant: Plant, found: Callable[..., str]
) -> None:
    smaller = replace(plant, contracted_kw=(60.0,) * 6)
    assert "kW of base load at 2025-11-18 " in found(plan.baseline.blocks, smaller)


def test_a_batch_begun_before_its_earliest_instant_is_found(
    plan: Plan, plant: Plant, demands: tuple[Demand, ...], contract: Contract
) -> None:
    later = tuple(replace(d, earliest=plan.start + timedelta(hours=8)) for d in demands)
    broken = violations(
        plan.baseline.blocks, plant, later, start=plan.start, end=plan.end, contract=contract
    )
    assert any("standard of Tue 18 Nov are not made in time" in text for text in broken)


def test_a_broken_plan_raises_with_every_violation(
    plan: Plan, plant: Plant, demands: tuple[Demand, ...], contract: Contract
) -> None:
    with pytest.raises(PlanInvalid) as caught:
        require_feasible((), plant, demands, start=plan.start, end=plan.end, contract=contract)
    assert len(caught.value.violations) == 4
