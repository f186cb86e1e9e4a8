"""Where time ends before a proof, the plan in force goes on unless a cheaper one was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chocolate_factory.errors import SolverFailed
from chocolate_factory.planning import search
from chocolate_factory.planning.incumbent import kept_starts
from chocolate_factory.planning.make import make_plan

DAY = date(2025, 11, 19)


@pytest.fixture
def line(tiny):
    return tiny.plant(
        tiny.stage("mill", {"a": [(2, 10.0)]}, hold=1),
        tiny.stage("bake", {"a": [(2, 20.0)]}, machines=2),
    )


@pytest.fixture
def planned_on(tiny, line):
    def make(batches, running=None, due=40, plant=line):
        cheap = [0.01 if 20 <= slot < 32 else 0.3 for slot in range(96)]
        return make_plan(
            plant, (tiny.demand("a", batches, due=due),), tiny.prices(cheap),
            origin=tiny.at(0) if running is None else tiny.at(4), first_day=DAY, days=1,
            contract=tiny.contract, running=running, seed=0,
        )  # fmt: skip

    return make


def starts(plan):
    return sorted((block.stage, block.start) for block in plan.schedule.blocks)


def unproven(problem, **_):
    """A search that ends with the habit and no proof."""
    return replace(
        search.dispatch(problem, search.habit(problem).starts), status="feasible", bound=0.0
    )


def test_the_plan_in_force_goes_on_where_nothing_better_was_found(planned_on, monkeypatch):
    first = planned_on(2)
    monkeypatch.setattr(search, "solve", unproven)
    later = planned_on(2, running=first)
    assert starts(later) == starts(first)
    assert later.schedule.status == "feasible"
    assert later.schedule.objective_eur < later.baseline.objective_eur


def test_what_it_did_not_reach_is_added(planned_on, monkeypatch):
    first = planned_on(2)
    monkeypatch.setattr(search, "solve", unproven)
    later = planned_on(3, running=first)
    assert set(starts(first)) < set(starts(later))
    assert later.schedule.kg == {"a": 30.0}


def test_where_no_plan_was_found_in_time_the_plan_in_force_goes_on_and_says_so(
    planned_on, monkeypatch
):
    first = planned_on(2)

    def nothing(*_args, **_more):
        raise SolverFailed("no plan found within 1 s")

    monkeypatch.setattr(search, "solve", nothing)
    later = planned_on(2, running=first)
    assert starts(later) == starts(first)
    assert any("no plan found" in note for note in later.notes)
    with pytest.raises(SolverFailed):
        planned_on(2)


def test_a_plan_that_cannot_go_on_is_no_way(tiny, line, planned_on):
    first = planned_on(2)
    demands = (tiny.demand("a", 2, due=40),)
    free = tiny.problem(line, demands, [0.1] * 96)
    assert kept_starts(free, first) is not None
    down = replace(line, maintenance=(tiny.maintenance("bake", 2, 20, 32),))
    assert kept_starts(tiny.problem(down, demands, [0.1] * 96), first) is None
    sooner = (tiny.demand("a", 2, due=10),)
    assert kept_starts(tiny.problem(line, sooner, [0.1] * 96), first) is None
