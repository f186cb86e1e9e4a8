"""The search begins with the plan in force, which goes on if time ends and nothing is cheaper."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from chocolate_factory.errors import SolverFailed
from chocolate_factory.market.calendar import QUARTER
from chocolate_factory.planning import search
from chocolate_factory.planning.incumbent import kept_starts
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.pins import Pin, pinned_batch
from chocolate_factory.planning.plan import plan_from_json, plan_to_json
from chocolate_factory.planning.solve import solve

DAY = date(2025, 11, 19)


@pytest.fixture
def line(tiny):
    return tiny.plant(
        tiny.stage("mill", {"a": [(2, 10.0)]}, hold=1),
        tiny.stage("bake", {"a": [(2, 20.0)]}, machines=2),
    )


@pytest.fixture
def planned_on(tiny, line):
    def make(batches, running=None, *, origin=None, begin_with=None):
        cheap = [0.01 if 20 <= slot < 32 else 0.3 for slot in range(96)]
        return make_plan(
            line, (tiny.demand("a", batches, due=40),), tiny.prices(cheap),
            origin=tiny.at(origin or (0 if running is None else 4)), first_day=DAY, days=1,
            contract=tiny.contract, running=running, seed=0, begin_with=begin_with,
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
    alone = planned_on(2)
    assert starts(alone) == sorted((b.stage, b.start) for b in alone.baseline.blocks)
    assert alone.schedule.status == "feasible"
    assert 0 < alone.schedule.gap < 1


def test_the_search_begins_with_the_plan_in_force_and_the_plan_made_says_so(
    tiny, line, planned_on, monkeypatch
):
    first, begun = planned_on(2), []

    def spying(problem, *, known=None, **more):
        begun.append(known)
        return solve(problem, known=known, **more)

    monkeypatch.setattr(search, "solve", spying)
    assert planned_on(3).begun_with == {}
    later = planned_on(3, running=first)
    slots = (tiny.at(0) - tiny.at(4)) // QUARTER
    own = [(block.start - tiny.at(0)) // QUARTER + slots for block in first.schedule.blocks
           if block.stage == "bake"]  # fmt: skip
    assert set(own) <= set(later.begun_with["a", "bake"])
    assert len(later.begun_with["a", "bake"]) == 3
    assert np.flatnonzero(begun[-1]["a", 1]).tolist() == sorted(set(later.begun_with["a", "bake"]))


def test_a_plan_that_began_with_another_is_made_again_from_what_it_stored(planned_on):
    later = planned_on(3, running=planned_on(2))
    stored = plan_from_json(json.loads(json.dumps(plan_to_json(later))))
    assert stored.begun_with == later.begun_with != {}
    again = planned_on(3, begin_with=stored.begun_with, origin=4)
    assert again.schedule == stored.schedule
    assert again.begun_with == stored.begun_with


def test_a_plan_that_cannot_go_on_is_no_way(tiny, line, planned_on):
    first = planned_on(2)
    demands = (tiny.demand("a", 2, due=40),)
    free = tiny.problem(line, demands, [0.1] * 96)
    assert kept_starts(free, first) is not None
    down = replace(line, maintenance=(tiny.maintenance("bake", 2, 20, 32),))
    assert kept_starts(tiny.problem(down, demands, [0.1] * 96), first) is None
    sooner = (tiny.demand("a", 2, due=10),)
    assert kept_starts(tiny.problem(line, sooner, [0.1] * 96), first) is None


def test_pinned_batches_are_where_they_are_pinned_and_the_others_go_on(tiny, line, planned_on):
    first = planned_on(3)
    demands = (tiny.demand("a", 3, due=40),)
    problem = tiny.problem(line, demands, [0.1] * 96)
    own = sorted(
        (b.start - tiny.at(0)) // QUARTER for b in first.schedule.blocks if b.stage == "mill"
    )

    def laid(*begins, running=first):
        pins = [Pin("a", (tiny.at(begin), tiny.at(begin + 2))) for begin in begins]
        batches = [pinned_batch(pin, line, number=at) for at, pin in enumerate(pins)]
        found = kept_starts(problem, running, batches)
        return None if found is None else np.flatnonzero(found["a", 0]).tolist()

    assert laid(own[1]) == own
    assert laid(6) == [6, *own[:2]]
    assert laid(own[0] + 1) == [0, 2, own[0] + 1]  # in the way of the others: as the habit would
    assert laid(6, running=None) == [0, 2, 6]
    assert laid(6, 7) is None
