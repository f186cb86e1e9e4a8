"""Change-over, maintenance, tanks, ambient limits, late orders: against every schedule listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement, pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.baseline import habit
from chocolate_factory.planning.check import violations
from chocolate_factory.planning.cost import scheduled
from chocolate_factory.planning.equipment import AmbientLimits, IndoorModel
from chocolate_factory.planning.lateness import penalty_eur
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.recover import recover
from chocolate_factory.planning.solve import solve

SLOTS = 10
HOUR = 4
Chain = tuple[tuple[int, int], ...]
"""Stage and start slot of every stage that a batch passes."""
Use = tuple[int, int, str | None]
"""Start slot, end slot and grade of a machine; None: maintenance."""


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    grades = draw(st.sampled_from([("a",), ("a", "b"), ("a", "b", "c")]))
    number = draw(st.integers(1, 2))
    stages = [_stage(draw, grades, last=at + 1 == number, first=at == 0) for at in range(number)]
    demands = [
        {
            "grade": draw(st.sampled_from(grades)),
            "batches": draw(st.integers(1, 2)),
            "due": draw(st.integers(1, SLOTS)),
            "earliest": draw(st.sampled_from([None, None, 2])),
            "penalty": draw(st.sampled_from([None, None, 0.01, 0.05, 2.0])),
        }
        for _ in range(draw(st.integers(1, 3 if number == 1 else 2)))
    ]
    return {
        "stages": stages,
        "demands": demands,
        "limit_kw": draw(st.sampled_from([5.0, 8.0, 20.0])),
        "celsius": draw(st.lists(st.sampled_from([20.0, 30.0]), min_size=3, max_size=3)),
        "prices": draw(
            st.lists(st.integers(-30, 300), min_size=SLOTS, max_size=SLOTS).map(
                lambda values: [value / 1000 for value in values]
            )
        ),
    }


def _stage(draw: st.DrawFn, grades: Sequence[str], *, first: bool, last: bool) -> dict[str, Any]:
    kw = st.sampled_from([0.0, 2.0, 3.0, 5.0])
    phases = st.lists(st.tuples(st.integers(1, 2), kw), min_size=1, max_size=1)
    machines = draw(st.integers(1, 2))
    rest = draw(st.sampled_from([0, 0, 1]))
    begin = draw(st.integers(-1, SLOTS - 1))
    skips = first and not last
    return {
        "phases": {
            grade: draw(st.one_of(st.just([]), phases)) if skips and at else draw(phases)
            for at, grade in enumerate(grades)
        },
        "machines": machines,
        "hold": 0 if last else draw(st.integers(0, 1)),
        "cleaning": rest,
        "changeover": draw(st.sampled_from([0, rest + 1, rest + 2])),
        "idle": draw(st.sampled_from([0, 0, 1])),
        "tank": None if last else draw(st.sampled_from([None, (1, 2, 1.0), (2, 1, 0.0)])),
        "max_c": draw(st.sampled_from([None, None, 25.0])),
        "maintenance": draw(
            st.one_of(
                st.none(),
                st.tuples(
                    st.integers(1, machines), st.just(begin), st.integers(begin + 1, SLOTS + 1)
                ),
            )
        ),
    }


def built(tiny: Any, case: dict[str, Any]) -> tuple[Problem, Any]:
    stages, maintenance = [], []
    for at, part in enumerate(case["stages"]):
        stages.append(
            tiny.stage(
                f"s{at}",
                part["phases"],
                machines=part["machines"],
                hold=part["hold"],
                cleaning=part["cleaning"],
                changeover=part["changeover"],
                idle=part["idle"],
                tank=part["tank"],
                ambient=None if part["max_c"] is None else AmbientLimits(max_c=part["max_c"]),
            )
        )
        if part["maintenance"] is not None:
            maintenance.append(tiny.maintenance(f"s{at}", *part["maintenance"]))
    plant = replace(
        tiny.plant(*stages, limit_kw=case["limit_kw"]),
        maintenance=tuple(maintenance),
        indoor=IndoorModel(base_c=20.0, outdoor_share=1.0, lag_h=0.0, heat_c=0.0),
    )
    demands = [
        tiny.demand(
            part["grade"], part["batches"], due=part["due"], earliest=part["earliest"],
            penalty_eur_h=part["penalty"],
        )
        for part in case["demands"]
    ]  # fmt: skip
    weather = tiny.weather(case["celsius"])
    return tiny.problem(plant, demands, case["prices"], weather=weather), weather


def cheapest_of_all(case: dict[str, Any]) -> float | None:
    wanted: dict[str, list[dict[str, Any]]] = {}
    for demand in case["demands"]:
        wanted.setdefault(demand["grade"], []).extend([demand] * demand["batches"])
    options = []
    for grade, units in wanted.items():
        own = list(chains(case, grade))
        options.append(
            [
                (chosen, penalty)
                for chosen in combinations_with_replacement(own, len(units))
                if (penalty := least_penalty(case, grade, chosen, units)) is not None
            ]
        )
    best = None
    for picked in product(*options):
        runs = [(g, c) for g, (own, _) in zip(wanted, picked, strict=True) for c in own]
        cost = priced(runs, case)
        if cost is not None:
            total = cost + sum(penalty for _, penalty in picked)
            best = total if best is None else min(best, total)
    return best


def length(case: dict[str, Any], at: int, grade: str) -> int:
    return sum(slots for slots, _ in case["stages"][at]["phases"][grade])


def chains(case: dict[str, Any], grade: str) -> Iterator[Chain]:
    route = [at for at, part in enumerate(case["stages"]) if part["phases"][grade]]

    def after(position: int, soonest: int, latest: int) -> Iterator[Chain]:
        if position == len(route):
            yield ()
            return
        at = route[position]
        part, run = case["stages"][at], length(case, route[position], grade)
        for start in range(soonest, min(latest, SLOTS - run) + 1):
            warm = [case["celsius"][slot // HOUR] for slot in range(start, start + run)]
            if part["max_c"] is not None and max(warm) > part["max_c"]:
                continue
            longest = part["hold"] + (0 if part["tank"] is None else part["tank"][1])
            for rest in after(position + 1, start + run, start + run + longest):
                yield ((at, start), *rest)

    return after(0, 0, SLOTS)


def least_penalty(
    case: dict[str, Any], grade: str, chosen: Sequence[Chain], units: Sequence[Any]
) -> float | None:
    def place(left: list[Any], number: int) -> float | None:
        if number == len(chosen):
            return 0.0
        begin = chosen[number][0][1]
        at, start = chosen[number][-1]
        end = start + length(case, at, grade)
        best = None
        for position, unit in enumerate(left):
            if begin < (unit["earliest"] or 0) or (unit["penalty"] is None and end > unit["due"]):
                continue
            rest = place(left[:position] + left[position + 1 :], number + 1)
            if rest is not None:
                hours = -(-max(end - unit["due"], 0) // HOUR)
                total = rest + hours * (unit["penalty"] or 0.0) / unit["batches"]
                best = total if best is None else min(best, total)
        return best

    return place(list(units), 0)


def priced(runs: Sequence[tuple[str, Chain]], case: dict[str, Any]) -> float | None:
    drawn = np.zeros(SLOTS)
    uses: list[list[Use]] = [[] for _ in case["stages"]]
    tanks = np.zeros((len(case["stages"]), SLOTS))
    for grade, chain in runs:
        for at, start in chain:
            phases = case["stages"][at]["phases"][grade]
            kw = np.concatenate([np.full(slots, power) for slots, power in phases])
            drawn[start : start + kw.size] += kw
            uses[at].append((start, start + kw.size, grade))
        for (at, start), (_, then) in pairwise(chain):
            part = case["stages"][at]
            waits = slice(start + length(case, at, grade) + part["hold"], then)
            if part["tank"] is not None and waits.start < waits.stop:
                tanks[at, waits] += 1
                drawn[waits] += part["tank"][2]
    if (drawn > case["limit_kw"] + 1e-9).any():
        return None
    for at, part in enumerate(case["stages"]):
        if part["tank"] is not None and tanks[at].max() > part["tank"][0]:
            return None
        if not on_machines(uses[at], part):
            return None
    return float(drawn @ np.array(case["prices"]) / 4)


def on_machines(uses: Sequence[Use], part: dict[str, Any]) -> bool:
    rest = part["cleaning"] + part["idle"]
    change = max(part["cleaning"], part["changeover"]) + part["idle"]
    out = part["maintenance"]
    units: list[Use] = [] if out is None else [(out[1], out[2], None)] * out[0]

    def place(left: Sequence[Use], lines: tuple[Use | None, ...]) -> bool:
        if not left:
            return True
        start, _, grade = left[0]
        for at, before in enumerate(lines):
            if before is not None:
                gap = change if grade is not None and before[2] != grade else rest
                if before[1] + (0 if before[2] is None else gap) > start:
                    continue
            if place(left[1:], (*lines[:at], left[0], *lines[at + 1 :])):
                return True
        return False

    order = sorted([*uses, *units], key=lambda use: (use[0], use[1]))
    return place(order, (None,) * part["machines"])


@settings(max_examples=80)
@given(cases())
def test_the_solver_finds_what_listing_every_schedule_finds(
    tiny: Any, contract: Contract, case: dict[str, Any]
) -> None:
    problem, weather = built(tiny, case)
    best = cheapest_of_all(case)
    solution = solve(problem)
    if best is None:
        assert solution is None
        return
    assert solution is not None
    assert solution.objective == pytest.approx(best, abs=1e-6)
    made = told(problem, solution.starts, tiny, case)
    assert made.objective_eur == pytest.approx(best, abs=1e-6)
    assert broken(made.blocks, problem, weather, tiny, contract) == ()


@settings(max_examples=60)
@given(cases())
def test_the_habit_keeps_every_rule_and_is_never_cheaper(
    tiny: Any, contract: Contract, case: dict[str, Any]
) -> None:
    problem, weather = built(tiny, case)
    usual = habit(problem)
    if usual is None:
        return
    made = told(problem, usual.starts, tiny, case)
    assert broken(made.blocks, problem, weather, tiny, contract) == ()
    solution = solve(problem, known=usual.starts)
    assert solution is not None
    assert solution.objective <= made.objective_eur + 1e-6


def told(problem: Problem, starts: Any, tiny: Any, case: dict[str, Any]) -> Any:
    tasks = recover(problem, starts).tasks
    late = penalty_eur(tasks, problem.demands, since=tiny.at(0))
    return scheduled(
        tasks, tiny.prices(case["prices"]), problem.plant, status="optimal", penalty_eur=late
    )


def broken(
    blocks: Any, problem: Problem, weather: Any, tiny: Any, contract: Contract
) -> tuple[str, ...]:
    return violations(
        blocks,
        problem.plant,
        problem.demands,
        start=tiny.at(0),
        end=tiny.at(SLOTS),
        contract=contract,
        weather=weather,
    )
