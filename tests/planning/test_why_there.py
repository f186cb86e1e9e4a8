"""What is in the way of a batch elsewhere is what the plan's rules would say of it there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from chocolate_factory.planning.check import violations
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.reported_starts import Report, as_reported
from chocolate_factory.planning.why_there import Why, why

DAY = date(2025, 11, 19)


@pytest.fixture
def laid(tiny):
    """A plan of one-stage batches of four slots where they are said to begin, on which machine."""

    def lay(plant: Plant, *rows: tuple[str, int, str], **more) -> Plan:
        counts = {grade: sum(name == grade for name, _, _ in rows) for grade in plant.grades}
        demands = [tiny.demand(grade, count, due=96) for grade, count in counts.items() if count]
        made = make_plan(
            plant, demands, tiny.prices(np.full(96, 0.1)), origin=tiny.at(0), first_day=DAY,
            days=1, contract=tiny.contract, **more,
        )  # fmt: skip
        number = dict.fromkeys(counts, 0)
        blocks = []
        for grade, slot, machine in rows:
            number[grade] += 1
            block = next(b for b in made.schedule.blocks if b.grade == grade)
            blocks.append(
                replace(
                    block,
                    batch=f"{grade}-{number[grade]:02d}",
                    machine=machine,
                    start=tiny.at(slot),
                    end=tiny.at(slot + 4),
                )
            )
        return replace(made, schedule=replace(made.schedule, blocks=tuple(blocks)))

    return lay


@pytest.fixture
def mixers(tiny):
    """Two machines on which another grade needs half an hour of change-over."""
    return tiny.plant(
        tiny.stage("mix", {"a": [(4, 10.0)], "b": [(4, 10.0)]}, machines=2, changeover=2)
    )


def asked(plan: Plan, name: str, plant: Plant, tiny, **more) -> Why:
    return why(plan, name, plant, tiny.contract, since=plan.start, **more)


def test_what_runs_at_once_is_not_called_a_rest_below_zero(laid, mixers, tiny):
    alone = replace(mixers, stages=(replace(mixers.stages[0], machines=1),))
    plan = laid(alone, ("b", 0, "mixer-1"), ("a", 6, "mixer-1"))
    assert not violations(
        plan.schedule.blocks, alone, plan.demands, start=plan.start, end=plan.end,
        contract=tiny.contract,
    )  # fmt: skip
    told = asked(plan, "a-01", alone, tiny)
    assert told.earlier.limits == ("mixer-1 runs b-01 and a-01 at once",)
    assert told.later.limits == ()


def test_a_machine_in_use_is_not_in_the_way_where_another_is_free(laid, mixers, tiny):
    plan = laid(mixers, ("b", 0, "mixer-1"), ("a", 6, "mixer-1"))
    assert asked(plan, "a-01", mixers, tiny).earlier.limits == ()


def test_nor_where_others_can_change_machines_among_themselves(laid, mixers, tiny):
    """One machine is in use when it begins, the other when it ends."""
    plan = laid(mixers, ("a", 2, "mixer-1"), ("a", 6, "mixer-2"), ("a", 8, "mixer-1"))
    assert asked(plan, "a-03", mixers, tiny).earlier.limits == ()


def test_a_batch_that_went_otherwise_is_in_the_way_of_no_other_one(laid, mixers, tiny):
    plan = laid(mixers, ("a", 0, "mixer-1"), ("a", 20, "mixer-1"), ("a", 40, "mixer-1"))
    first = plan.schedule.blocks[0]
    late = Report(first.batch, first.stage, first.start, end=first.end + timedelta(minutes=20))
    went = as_reported(plan, [late], slot=mixers.slot)
    told = asked(went, "a-02", mixers, tiny)
    assert (told.earlier.limits, told.later.limits) == ((), ())
    gone = replace(went, demands=())  # nor are orders that are no more
    assert asked(gone, "a-02", mixers, tiny).later.limits == ()
