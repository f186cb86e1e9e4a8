"""What would make an impossible plan possible does so, at the price that is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import Infeasible, WayOut
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.equipment import Hours, Photovoltaics, Tank
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plant import Plant, Staffed
from chocolate_factory.planning.solve import solve
from chocolate_factory.planning.ways_out import ways_out

SLOTS = 24
PRICES = [0.30 - 0.01 * slot for slot in range(12)] + [0.05, 0.25] * 6
LONG_S = 600.0
"""Of the wall clock: a busy machine must not cut a search short."""


@pytest.fixture(scope="module")
def found(tiny: Any, contract: Contract) -> Callable[..., dict[str, WayOut]]:
    """Ways out of an impossible problem, by kind."""

    def ask(plant: Plant, demands: Sequence[Demand]) -> dict[str, WayOut]:
        problem = tiny.problem(plant, demands, PRICES)
        assert solve(problem) is None
        return {way.kind: way for way in ways_out(problem, contract, time_limit_s=LONG_S)}

    return ask


@pytest.fixture(scope="module")
def cost_eur(tiny: Any) -> Callable[..., float]:
    """What the cheapest schedule costs, once there is one."""

    def ask(plant: Plant, demands: Sequence[Demand]) -> float:
        solution = solve(tiny.problem(plant, demands, PRICES))
        assert solution is not None
        return solution.objective

    return ask


def test_overtime_is_as_short_as_it_can_be_and_costs_what_the_longer_shift_does(
    tiny: Any, found: Any, cost_eur: Any
) -> None:
    stage = tiny.stage("press", {"a": [(3, 2.0)]}, staffed=Staffed.THROUGHOUT)
    plant = replace(tiny.plant(stage, shifts=[(8, 12)]), overtime_eur_h=30.0)
    demands = [tiny.demand("a", 2, due=SLOTS)]
    way = found(plant, demands)["overtime"]
    assert way.hours == 0.5
    assert way.extra_eur == pytest.approx(15.0)
    more = [
        Hours(*(int((instant - tiny.at(0)) / timedelta(minutes=1)) for instant in stretch))
        for stretch in way.staffed
    ]
    longer = replace(plant, shifts=dict.fromkeys(range(7), (Hours(120, 180), *more)))
    assert cost_eur(longer, demands) == pytest.approx(way.plan_eur)


def test_an_order_is_as_little_late_as_will_do(tiny: Any, found: Any, cost_eur: Any) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 2.0)]}))
    demand = tiny.demand("a", 2, due=5)
    way = found(plant, [demand])["later"]
    assert way.orders == (demand.name,)
    assert (way.hours, way.extra_eur) == (1.0, 0.0)
    assert "1 of 2 batches" in way.text
    parts = [
        replace(demand, batches=1),
        replace(demand, batches=1, due=demand.due + timedelta(hours=1)),
    ]
    assert cost_eur(plant, parts) == pytest.approx(way.plan_eur)


def test_more_contracted_power_is_told_by_period_and_rises_with_them(
    tiny: Any, found: Any, cost_eur: Any
) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 4.0)]}, machines=2), limit_kw=5.0)
    demands = [tiny.demand("a", 2, due=4)]
    way = found(plant, demands)["power"]
    assert way.kw == 3.0
    assert way.contracted_kw == (5.0,) * 5 + (8.0,)  # at night all is P6
    # 3 kW in P6 of 3.0TD, 19 Nov 2025: 1.356394 EUR per kW and year, and the electricity tax
    assert way.extra_eur == pytest.approx(3 * 1.356394 * 1.0511269632)
    stronger = replace(plant, contracted_kw=way.contracted_kw)
    assert cost_eur(stronger, demands) == pytest.approx(way.plan_eur)


def test_more_power_costs_what_the_madrid_day_says(tiny: Any, contract: Contract) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 4.0)]}, machines=2), limit_kw=5.0)
    problem = tiny.problem(plant, [tiny.demand("a", 2, due=4)], PRICES)
    year = (local_midnight(date(2026, 1, 1)) - tiny.at(0)).days  # its night is P6 as well
    problem = replace(problem, slots=problem.slots + np.timedelta64(year, "D"))
    demands = [replace(one, due=one.due + timedelta(days=year)) for one in problem.demands]
    problem = replace(problem, demands=tuple(demands))
    ways = ways_out(problem, contract, time_limit_s=LONG_S)
    (way,) = (way for way in ways if way.kind == "power")
    assert way.extra_eur == pytest.approx(3 * 1.442287 * 1.0511269632)  # 2026, which is UTC's 2025


def test_one_machine_more_costs_what_the_plan_with_it_does(
    tiny: Any, found: Any, cost_eur: Any
) -> None:
    stage = tiny.stage("press", {"a": [(4, 2.0)]})
    demands = [tiny.demand("a", 2, due=5)]
    way = found(tiny.plant(stage), demands)["machine"]
    assert way.text.startswith("one presser more: ")
    assert way.extra_eur is None
    two = tiny.plant(replace(stage, machines=2))
    assert cost_eur(two, demands) == pytest.approx(way.plan_eur)


def test_a_tank_lets_batches_wait_that_could_not(tiny: Any, found: Any, cost_eur: Any) -> None:
    mix = tiny.stage("mix", {"a": [(1, 1.0)]}, staffed=Staffed.THROUGHOUT)
    form = tiny.stage("form", {"a": [(3, 2.0)]})
    plant = tiny.plant(mix, form, shifts=[(0, 2)])
    demands = [tiny.demand("a", 2, due=8)]
    way = found(plant, demands)["tank"]
    tank = Tank("mix tank", 2, 480, 0.0)
    assert cost_eur(tiny.plant(replace(mix, tank=tank), form, shifts=[(0, 2)]), demands) == (
        pytest.approx(way.plan_eur)
    )


def test_the_fewest_batches_are_left_out_those_of_low_priority_first(
    tiny: Any, found: Any, cost_eur: Any
) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 2.0)], "b": [(4, 2.0)]}))
    urgent = replace(tiny.demand("a", 1, due=4), priority=5)
    other = tiny.demand("b", 1, due=4)
    way = found(plant, [urgent, other])["fewer"]
    assert way.orders == (other.name,)
    assert cost_eur(plant, [urgent]) == pytest.approx(way.plan_eur)


def test_ways_that_are_no_help_are_left_out(tiny: Any, found: Any) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 2.0)]}))
    kinds = found(plant, [tiny.demand("a", 2, due=5)])
    assert set(kinds) == {"later", "machine", "fewer"}


def test_the_cheapest_priced_way_comes_first_and_leaving_out_last(
    tiny: Any, contract: Contract
) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 2.0)]}))
    problem = tiny.problem(plant, [tiny.demand("a", 2, due=5)], PRICES)
    ways = ways_out(problem, contract, time_limit_s=LONG_S)
    assert [way.kind for way in ways] == ["later", "machine", "fewer"]


def test_no_time_finds_no_way_out(tiny: Any, contract: Contract) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 2.0)]}))
    problem = tiny.problem(plant, [tiny.demand("a", 2, due=5)], PRICES)
    assert ways_out(problem, contract, time_limit_s=0.0) == ()


def test_an_impossible_plan_tells_its_ways_out_only_if_asked(tiny: Any, contract: Contract) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 2.0)]}))
    demands = [tiny.demand("a", 2, due=5)]
    day = tiny.at(0).date() + timedelta(days=1)
    prices = tiny.prices([0.1] * 96)

    def ask(**more: Any) -> Infeasible:
        with pytest.raises(Infeasible) as caught:
            make_plan(
                plant, demands, prices, origin=local_midnight(day), first_day=day, days=1,
                contract=contract, seed=0, **more,
            )  # fmt: skip
        return caught.value

    assert ask().ways_out == ()
    told = ask(ways_out_s=LONG_S)
    assert [way.kind for way in told.ways_out] == ["later", "machine", "fewer"]
    assert "ways out, the cheapest first:\n  1 of 2 batches" in str(told)


@pytest.mark.parametrize("of", ["PV", "exceed_up_to_kw"])
def test_more_power_that_is_not_tried_is_said_not_to_be(
    tiny: Any, contract: Contract, of: str
) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(4, 4.0)]}, machines=2), limit_kw=5.0)
    if of == "PV":
        plant = replace(plant, pv=Photovoltaics(3.0, None, (3.0,) * 24))
    else:
        contract = replace(contract, exceed_up_to_kw=6.0)
    demands = [tiny.demand("a", 2, due=4)]
    with pytest.raises(Infeasible) as refused:
        make_plan(
            plant, demands, tiny.prices([0.1] * 96), origin=tiny.at(0),
            first_day=date(2025, 11, 19), days=1, contract=contract, ways_out_s=LONG_S,
        )  # fmt: skip
    assert "power" not in {way.kind for way in refused.value.ways_out}
    (told,) = refused.value.untried
    assert "more contracted power was not tried" in told
    assert of in told
    assert told in str(refused.value)
