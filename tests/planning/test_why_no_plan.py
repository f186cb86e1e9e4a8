"""Orders that cannot be met are answered with what collides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chocolate_factory.errors import Infeasible
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plant import Plant, Staffed
from chocolate_factory.planning.solve import solve
from chocolate_factory.planning.why_no_plan import obstacles, shortfall

TUESDAY = date(2025, 11, 18)


@pytest.fixture(scope="module")
def reasons(plant: Plant, wavy: Any, planned: Any) -> Callable[..., tuple[str, ...]]:
    def ask(rows: str, plant: Plant = plant) -> tuple[str, ...]:
        orders = parse_orders(f"product,kg,due\n{rows}", name="orders.csv", plant=plant)
        with pytest.raises(Infeasible) as caught:
            planned(plant, orders.in_window(TUESDAY, 2), wavy(TUESDAY, 4), TUESDAY, 2)
        return caught.value.reasons

    return ask


def test_an_order_due_too_soon_is_named_with_the_soonest_end(
    reasons: Callable[..., tuple[str, ...]],
) -> None:
    assert reasons("premium,100,2025-11-18T14:00:00+01:00\n") == (
        "2 batches of order 1 (premium) due Tue 18 Nov 14:00: one batch takes 11 h 30 min and, "
        "begun on or after Tue 18 Nov 00:00 with staff there, is not finished before "
        "Tue 18 Nov 17:30",
    )


def test_too_much_work_for_the_conches_is_named_in_hours(
    reasons: Callable[..., tuple[str, ...]],
) -> None:
    (reason,) = reasons("standard,1000,2025-11-19T08:00:00+01:00\n")
    assert reason.startswith(
        "by Wed 19 Nov 08:00 the orders (order 1 (standard)) need 100 h of conching; 2 conches can "
        "give at most "
    )
    assert reason.endswith(" h until then with staff to start it")


def test_a_stage_above_contracted_power_is_named_in_kilowatts(
    plant: Plant, reasons: Callable[..., tuple[str, ...]]
) -> None:
    weak = replace(plant, contracted_kw=(60.0,) * 6)
    found = reasons("standard,50,2025-11-19T08:00:00+01:00\n", weak)
    assert found == (
        "conching of standard draws 48 kW, and contracted power less the base load never leaves "
        "more than 47 kW",
    )


def test_a_stage_that_nobody_is_there_for_is_named(
    plant: Plant, reasons: Callable[..., tuple[str, ...]]
) -> None:
    idle = replace(plant, shifts={6: plant.shifts[5]})
    (reason,) = reasons("standard,50,2025-11-19T08:00:00+01:00\n", idle)
    assert "not one batch (6 h 30 min of work) can be made before planning ends" in reason


def test_when_hours_suffice_and_still_nothing_fits_the_late_orders_are_counted(tiny: Any) -> None:
    stage = tiny.stage("press", {"a": [(3, 1.0)]}, staffed=Staffed.THROUGHOUT)
    plant = tiny.plant(stage, shifts=[(0, 4), (5, 9), (10, 14)])
    demands = [tiny.demand("a", 1, due=5), tiny.demand("a", 3, due=14)]
    problem = tiny.problem(plant, demands, [0.1] * 14)
    assert obstacles(problem) == ()
    assert solve(problem) is None
    (reason,) = shortfall(problem)
    assert "cannot be finished by" in reason
    assert reason.startswith("1 of ")


def test_an_order_that_can_be_met_is_not_blamed(tiny: Any) -> None:
    stage = tiny.stage("press", {"a": [(3, 1.0)], "b": [(1, 1.0)]}, staffed=Staffed.THROUGHOUT)
    plant = tiny.plant(stage, shifts=[(0, 4), (5, 9)])
    demands = [tiny.demand("b", 2, due=9), tiny.demand("a", 2, due=4)]
    problem = tiny.problem(plant, demands, [0.1] * 9)
    assert solve(problem) is None
    assert obstacles(problem) == (
        "by Wed 19 Nov 01:00 the orders (a by slot 4) need 1.5 h of press; 1 presser can give at "
        "most 1 h until then while staff is there",
    )
