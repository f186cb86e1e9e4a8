"""The optimum is the optimum: against every schedule of a tiny plant, and an unlike model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from benchmarks.textbook_planning import textbook
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.baseline import habit
from chocolate_factory.planning.check import violations
from chocolate_factory.planning.cost import scheduled
from chocolate_factory.planning.highs import Programme
from chocolate_factory.planning.orders import Orders
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.plant import Plant, Staffed
from chocolate_factory.planning.problem import Problem, build_problem, planning_window
from chocolate_factory.planning.recover import recover
from chocolate_factory.planning.solve import solve
from chocolate_factory.planning.why_no_plan import obstacles, shortfall

SLOTS = 10
Chain = tuple[int, ...]


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    kw = st.sampled_from([0.0, 2.0, 3.0, 5.0])
    phases = st.lists(st.tuples(st.integers(1, 2), kw), min_size=1, max_size=2)
    grades = draw(st.sampled_from([("a",), ("a", "b")]))
    number = draw(st.integers(1, 3))
    stages = [
        {
            "phases": {grade: draw(phases) for grade in grades},
            "machines": draw(st.integers(1, 2)),
            "hold": draw(st.integers(0, 2)) if at + 1 < number else 0,
            "staffed": draw(st.sampled_from(list(Staffed))),
        }
        for at in range(number)
    ]
    demands = [
        {
            "grade": draw(st.sampled_from(grades)),
            "batches": draw(st.integers(1, 2)),
            "due": draw(st.integers(4, SLOTS)),
            "earliest": draw(st.sampled_from([None, None, 1, 3])),
        }
        for _ in range(draw(st.integers(1, 2)))
    ]
    return {
        "stages": stages,
        "demands": demands,
        "limit_kw": draw(st.sampled_from([5.0, 7.0, 8.0, 20.0])),
        "shifts": draw(st.sampled_from([[(0, SLOTS)], [(0, 4), (5, SLOTS)], [(1, 7)]])),
        "prices": draw(
            st.lists(st.integers(-30, 300), min_size=SLOTS, max_size=SLOTS).map(
                lambda values: [value / 1000 for value in values]
            )
        ),
    }


def built(tiny: Any, case: dict[str, Any]) -> Problem:
    stages = [
        tiny.stage(f"s{at}", part["phases"], machines=part["machines"], hold=part["hold"],
                   staffed=part["staffed"])
        for at, part in enumerate(case["stages"])
    ]  # fmt: skip
    plant = tiny.plant(*stages, limit_kw=case["limit_kw"], shifts=case["shifts"])
    demands = [
        tiny.demand(part["grade"], part["batches"], due=part["due"], earliest=part["earliest"])
        for part in case["demands"]
    ]
    return tiny.problem(plant, demands, case["prices"])


def cheapest_of_all(case: dict[str, Any]) -> float | None:
    """Cost of the best schedule by listing every one; None if there is none."""
    there = np.zeros(SLOTS, dtype=bool)
    for start, end in case["shifts"]:
        there[start:end] = True
    wanted: dict[str, list[dict[str, Any]]] = {}
    for demand in case["demands"]:
        wanted.setdefault(demand["grade"], []).extend([demand] * demand["batches"])
    options = [
        [
            chosen
            for chosen in combinations_with_replacement(
                list(chains(case["stages"], grade, there)), len(units)
            )
            if serves(chosen, units, case["stages"], grade)
        ]
        for grade, units in wanted.items()
    ]
    best = None
    for chosen in product(*options):
        runs = [(g, chain) for g, own in zip(wanted, chosen, strict=True) for chain in own]
        cost = priced(runs, case)
        if cost is not None and (best is None or cost < best):
            best = cost
    return best


def chains(stages: Sequence[Any], grade: str, there: np.ndarray) -> Iterator[Chain]:
    def after(at: int, soonest: int, latest: int) -> Iterator[Chain]:
        if at == len(stages):
            yield ()
            return
        length = sum(slots for slots, _ in stages[at]["phases"][grade])
        for start in range(soonest, min(latest, SLOTS - length) + 1):
            needs = {
                Staffed.NEVER: slice(0, 0),
                Staffed.START: slice(start, start + 1),
                Staffed.THROUGHOUT: slice(start, start + length),
            }[stages[at]["staffed"]]
            if there[needs].all():
                end = start + length
                for rest in after(at + 1, end, end + stages[at]["hold"]):
                    yield (start, *rest)

    return after(0, 0, SLOTS)


def serves(
    chosen: Sequence[Chain], units: Sequence[Any], stages: Sequence[Any], grade: str
) -> bool:
    length = sum(slots for slots, _ in stages[-1]["phases"][grade])

    def place(left: list[Any], number: int) -> bool:
        if number == len(chosen):
            return True
        begin, end = chosen[number][0], chosen[number][-1] + length
        return any(
            begin >= (unit["earliest"] or 0)
            and end <= unit["due"]
            and place(left[:at] + left[at + 1 :], number + 1)
            for at, unit in enumerate(left)
        )

    return place(list(units), 0)


def priced(runs: Sequence[tuple[str, Chain]], case: dict[str, Any]) -> float | None:
    drawn = np.zeros(SLOTS)
    used = np.zeros((len(case["stages"]), SLOTS))
    for grade, chain in runs:
        for at, start in enumerate(chain):
            phases = case["stages"][at]["phases"][grade]
            kw = np.concatenate([np.full(slots, power) for slots, power in phases])
            drawn[start : start + kw.size] += kw
            used[at, start : start + kw.size] += 1
    machines = np.array([[part["machines"]] for part in case["stages"]])
    if (used > machines).any() or (drawn > case["limit_kw"] + 1e-9).any():
        return None
    return float(drawn @ np.array(case["prices"]) / 4)


@settings(max_examples=150)
@given(cases())
def test_the_solver_finds_what_listing_every_schedule_finds(
    tiny: Any, contract: Contract, case: dict[str, Any]
) -> None:
    problem = built(tiny, case)
    best = cheapest_of_all(case)
    solution = solve(problem)
    if best is None:
        assert solution is None
        assert obstacles(problem) or shortfall(problem)
        return
    assert obstacles(problem) == ()
    assert solution is not None
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best, abs=1e-6)
    prices = tiny.prices(case["prices"])
    made = scheduled(
        recover(problem, solution.starts).tasks, prices, problem.plant, status="optimal"
    )
    assert made.objective_eur == pytest.approx(best, abs=1e-6)
    assert broken(made.blocks, problem, tiny, contract) == ()


@settings(max_examples=150)
@given(cases())
def test_the_habit_is_possible_and_never_cheaper_than_the_optimum(
    tiny: Any, contract: Contract, case: dict[str, Any]
) -> None:
    problem = built(tiny, case)
    usual = habit(problem)
    if usual is None:
        return
    prices = tiny.prices(case["prices"])
    made = scheduled(recover(problem, usual.starts).tasks, prices, problem.plant, status="feasible")
    assert broken(made.blocks, problem, tiny, contract) == ()
    solution = solve(problem, known=usual.starts)
    assert solution is not None
    assert solution.objective <= made.objective_eur + 1e-6


def broken(blocks: Any, problem: Problem, tiny: Any, contract: Contract) -> tuple[str, ...]:
    return violations(
        blocks,
        problem.plant,
        problem.demands,
        start=tiny.at(0),
        end=tiny.at(SLOTS),
        contract=contract,
    )


def test_a_textbook_model_of_a_real_day_has_the_same_optimum(
    plant: Plant, orders: Orders, pvpc: PlanningPrices, contract: Contract
) -> None:
    tuesday = date(2025, 11, 18)
    demands = orders.in_window(tuesday, 1)
    start, end = planning_window(tuesday, 1, demands)
    problem = build_problem(plant, demands, pvpc, start=start, end=end, contract=contract)
    solution = solve(problem)
    assert solution is not None
    assert start == local_midnight(tuesday)
    unlike = textbook(plant, demands, problem)
    assert solution.objective == pytest.approx(cheapest_by_another_road(unlike), rel=1e-5)


def cheapest_by_another_road(programme: Programme) -> float:
    """The optimum of a programme as scipy has it solved, none of our code between."""
    size = (programme.row_lower.size, programme.cost.size)
    rows = csc_array((programme.values, programme.rows, programme.begin), shape=size)
    outcome = milp(
        programme.cost,
        integrality=np.ones(programme.cost.size),
        bounds=Bounds(programme.lower, programme.upper),
        constraints=LinearConstraint(rows, programme.row_lower, programme.row_upper),
        options={"mip_rel_gap": 1e-6, "time_limit": 120},
    )
    assert outcome.status == 0
    return float(outcome.fun)


def test_the_reference_week_is_proven_and_makes_1150_kg_in_plan_and_baseline(
    plant: Plant, orders: Orders, pvpc: PlanningPrices, planned: Any
) -> None:
    monday = date(2025, 11, 17)
    plan: Plan = planned(plant, orders.in_window(monday, 7), pvpc, monday, 7)
    for schedule in (plan.schedule, plan.baseline):
        assert schedule.kg == {"premium": 300.0, "standard": 850.0}
        assert schedule.energy_kwh == pytest.approx(3175.75)
        assert len(schedule.blocks) == 23 * 5
    assert plan.schedule.status == "optimal"
    assert plan.schedule.gap is not None
    assert plan.schedule.gap <= 1e-4
    assert plan.schedule.objective_eur == pytest.approx(451.2497, abs=1e-3)
    assert plan.baseline.objective_eur == pytest.approx(512.1416, abs=1e-3)
    assert plan.savings_eur == pytest.approx(60.8920, abs=1e-3)
    assert plan.notes == ()
