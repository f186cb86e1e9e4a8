"""What holds of every plan, whatever the plant: on small plants drawn by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chocolate_factory.errors import MissingData
from chocolate_factory.planning.baseline import habit
from chocolate_factory.planning.check import violations
from chocolate_factory.planning.cost import cost_eur, scheduled
from chocolate_factory.planning.plan import Schedule
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.recover import recover
from chocolate_factory.planning.solve import solve

SLOTS = 16
PRICES = st.lists(
    st.integers(-50, 300).map(lambda mills: mills / 1000), min_size=SLOTS, max_size=SLOTS
)
FEW = settings(max_examples=10, deadline=None)


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    """A press and, perhaps, an oven after it; batches due at the end."""
    return {
        "press": [(draw(st.integers(1, 2)), draw(st.sampled_from([1.0, 4.0])))],
        "bake": draw(st.sampled_from([None, [(1, 2.0)], [(1, 3.0), (1, 1.0)]])),
        "hold": draw(st.integers(0, 2)),
        "machines": draw(st.integers(1, 2)),
        "batches": draw(st.integers(1, 3)),
        "limit_kw": draw(st.sampled_from([5.0, 12.0])),
    }


def problem_of(tiny: Any, line: dict[str, Any], prices: list[float]) -> Problem:
    stages = [
        tiny.stage("press", {"a": line["press"]}, machines=line["machines"], hold=line["hold"])
    ]
    if line["bake"]:
        stages.append(tiny.stage("bake", {"a": line["bake"]}))
    plant = tiny.plant(*stages, limit_kw=line["limit_kw"])
    problem: Problem = tiny.problem(plant, [tiny.demand("a", line["batches"], due=SLOTS)], prices)
    return problem


def best_eur(problem: Problem) -> float:
    found = solve(problem)
    assert found is not None
    return found.objective


def schedule(tiny: Any, problem: Problem, starts: Any, prices: list[float]) -> Schedule:
    tasks = recover(problem, starts).tasks
    return scheduled(tasks, tiny.prices(prices), problem.plant, status="feasible")


@FEW
@given(line=lines(), prices=PRICES, constant=st.sampled_from([-0.1, 0.05, 1.0]))
def test_a_constant_on_all_prices_moves_every_plan_of_equal_energy_alike(
    tiny: Any, line: dict[str, Any], prices: list[float], constant: float
) -> None:
    plain = problem_of(tiny, line, prices)
    dearer = problem_of(tiny, line, [price + constant for price in prices])
    per_batch = sum(stage.energy_kwh("a") for stage in plain.plant.stages)
    added = constant * line["batches"] * per_batch
    assert best_eur(dearer) - best_eur(plain) == pytest.approx(added, abs=1e-5)


@FEW
@given(line=lines(), prices=PRICES)
def test_more_of_anything_never_costs_more(
    tiny: Any, line: dict[str, Any], prices: list[float]
) -> None:
    as_it_is = best_eur(problem_of(tiny, line, prices))
    for more in ("machines", "hold", "limit_kw"):
        richer = problem_of(tiny, line | {more: line[more] + 1}, prices)
        assert best_eur(richer) <= as_it_is + 1e-5


@FEW
@given(line=lines(), told=PRICES, actual=PRICES)
def test_planning_on_other_prices_is_never_cheaper_than_knowing_them(
    tiny: Any, line: dict[str, Any], told: list[float], actual: list[float]
) -> None:
    problem = problem_of(tiny, line, told)
    found = solve(problem)
    assert found is not None
    blocks = schedule(tiny, problem, found.starts, told).blocks
    regret = cost_eur(blocks, tiny.prices(actual)) - best_eur(problem_of(tiny, line, actual))
    assert regret >= -1e-5


@FEW
@given(line=lines(), prices=PRICES)
def test_the_habit_is_possible_and_makes_the_same_kilograms_at_no_less_cost(
    tiny: Any, line: dict[str, Any], prices: list[float]
) -> None:
    problem = problem_of(tiny, line, prices)
    usual, found = habit(problem), solve(problem)
    assert usual is not None
    assert found is not None
    by_habit = schedule(tiny, problem, usual.starts, prices)
    best = schedule(tiny, problem, found.starts, prices)
    for one in (by_habit, best):
        assert not violations(
            one.blocks, problem.plant, problem.demands,
            start=tiny.at(0), end=tiny.at(SLOTS), contract=tiny.contract,
        )  # fmt: skip
    assert by_habit.kg == best.kg == {"a": 10.0 * line["batches"]}
    assert by_habit.objective_eur >= best.objective_eur - 1e-5


@FEW
@given(line=lines(), prices=PRICES)
def test_the_same_problem_and_seed_give_the_same_starts(
    tiny: Any, line: dict[str, Any], prices: list[float]
) -> None:
    first, again = (solve(problem_of(tiny, line, prices), seed=3) for _ in range(2))
    assert first is not None
    assert again is not None
    for key, starts in first.starts.items():
        np.testing.assert_array_equal(starts, again.starts[key])


@pytest.mark.parametrize("spoiled", [np.nan, np.inf])
def test_a_price_that_is_no_number_is_named_with_its_period(tiny: Any, spoiled: float) -> None:
    plant = tiny.plant(tiny.stage("press", {"a": [(2, 4.0)]}))
    with pytest.raises(MissingData) as caught:
        tiny.problem(plant, [tiny.demand("a", 1, due=8)], [0.1] * 3 + [spoiled] + [0.1] * 4)
    (gap,) = caught.value.gaps
    assert (gap.start, gap.end, gap.missing) == (tiny.at(3), tiny.at(4), 1)


def test_a_tank_that_keeps_longer_than_is_planned_is_no_obstacle(tiny: Any) -> None:
    mix = tiny.stage("mix", {"a": [(1, 1.0)]}, tank=(1, 99, 0.0))
    plant = tiny.plant(mix, tiny.stage("form", {"a": [(1, 2.0)]}))
    problem = tiny.problem(plant, [tiny.demand("a", 1, due=8)], [0.3] * 7 + [0.1])
    found = solve(problem)
    assert found is not None
    assert found.starts["a", 1].argmax() == 7
