"""What is in the way of a batch elsewhere is what the plan's rules would say of it there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.check import violations
from chocolate_factory.planning.elsewhere import NOT_ENOUGH, Elsewhere
from chocolate_factory.planning.equipment import Battery, Photovoltaics
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.plant import Plant, Staffed
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


def test_what_is_in_the_way_is_told_by_its_rule_whatever_a_grade_is_called(laid, tiny):
    phases = {"a": [(4, 10.0)], "b at once": [(4, 10.0)]}
    stage = tiny.stage("mix", phases, staffed=Staffed.START)
    plant = tiny.plant(stage, limit_kw=15.0, shifts=[(0, 8), (10, 11)])
    plan = laid(plant, ("a", 10, "mixer-1"), ("b at once", 6, "mixer-1"))
    batch = next(one for one in batches_of(plan.schedule.blocks) if one[0].grade != "a")
    there = Elsewhere(plan, batch, plant, tiny.contract, plan.start)
    nobody, *power, machine = there.limits(3 * plant.slot)
    assert "nobody there" in nobody
    assert all("base load" in one for one in power)
    assert "mixer-1 runs" in machine


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


def optimal(tiny, plant, demands, eur_kwh, contract=None, **more):
    made = make_plan(
        plant, demands, tiny.prices(eur_kwh), origin=tiny.at(0), first_day=DAY, days=1,
        contract=contract or tiny.contract, seed=0, **more,
    )  # fmt: skip
    assert made.schedule.status == "optimal"
    return made


@pytest.fixture
def two_stages(tiny):
    """Cleaning on one stage, change-over on the next, a tank between, and orders at two times."""
    plant = tiny.plant(
        tiny.stage("mix", {"a": [(2, 10.0)], "b": [(3, 15.0)]}, cleaning=1, hold=1, tank=(1, 4, 1)),
        tiny.stage("bake", {"a": [(4, 20.0)], "b": [(3, 30.0)]}, machines=2, changeover=3),
        limit_kw=60.0,
    )
    demands = (
        tiny.demand("a", 2, due=40), tiny.demand("a", 2, due=90, earliest=30),
        tiny.demand("b", 2, due=90),
    )  # fmt: skip
    return plant, demands


@pytest.mark.parametrize("seed", [1, 2])
def test_a_batch_can_be_where_the_rules_of_the_plan_say_so_and_nowhere_else(two_stages, tiny, seed):
    plant, demands = two_stages
    plan = optimal(tiny, plant, demands, np.random.default_rng(seed).uniform(0.0, 0.3, 96))
    for batch in batches_of(plan.schedule.blocks):
        there = Elsewhere(plan, batch, plant, tiny.contract, plan.start)
        may = there.places()
        length = max(block.end for block in batch) - batch[0].start
        for slot in range(96 - length // plant.slot + 1):
            limits = there.limits((slot - there.own) * plant.slot)
            assert may[slot] == (not limits), (batch[0].batch, slot, limits)
        assert may[there.own]
        assert 1 < may.sum() < 90


@pytest.mark.parametrize("seed", [1, 2])
def test_no_batch_of_a_proven_plan_has_a_cheaper_place(two_stages, tiny, seed):
    plant, demands = two_stages
    plan = optimal(tiny, plant, demands, np.random.default_rng(seed).uniform(0.0, 0.3, 96))
    for batch in batches_of(plan.schedule.blocks):
        told = asked(plan, batch[0].batch, plant, tiny)
        assert told.cheapest_begin == batch[0].start
        for shift in (told.earlier, told.later):
            assert shift.limits or shift.difference_eur > -0.01


def test_nor_where_excess_power_is_priced_and_lateness(tiny):
    """All in one cheap valley would be cheapest, but for the excess power and the hours late."""
    contract = replace(tiny.contract, exceed_up_to_kw=80.0)
    plant = tiny.plant(tiny.stage("mix", {"a": [(4, 30.0)]}, machines=2), limit_kw=40.0)
    prices = np.full(96, 0.20)
    prices[40:44], prices[80:84] = 0.19, 0.0
    demands = (tiny.demand("a", 2, due=48, penalty_eur_h=20.0),)
    plan = optimal(tiny, plant, demands, prices, contract)
    for name in ("a-01", "a-02"):
        told = why(plan, name, plant, contract, since=plan.start)
        assert told.cheapest_begin == told.batch[0].start
        assert told.cheapest_eur == pytest.approx(told.cost_eur)
    late = why(plan, "a-02", plant, contract, since=plan.start).later
    done = max(block.end for block in plan.schedule.blocks) + timedelta(hours=1)
    assert done > tiny.at(48)
    assert late.difference_eur >= 10.0  # of each of the two batches half of what the order costs


@pytest.fixture
def own_energy(tiny):
    """Power that is contracted for one machine only where the battery gives the rest."""
    plant = replace(
        tiny.plant(tiny.stage("mix", {"a": [(4, 30.0)]}, machines=2), limit_kw=25.0),
        battery=Battery(kwh=60.0, kw=10.0, efficiency=0.9, start_kwh=30.0),
        pv=Photovoltaics(20.0, None, tuple(20.0 if 10 <= h < 14 else 0.0 for h in range(24))),
    )
    plan = optimal(tiny, plant, (tiny.demand("a", 2, due=90),), np.linspace(0.2, 0.3, 96))
    return plan, plant


def test_power_that_a_battery_gives_is_not_in_the_way_of_a_batch(own_energy, tiny):
    plan, plant = own_energy
    assert violations(
        plan.schedule.blocks, plant, plan.demands, start=plan.start, end=plan.end,
        contract=tiny.contract,
    )  # fmt: skip
    first, second = batches_of(plan.schedule.blocks)
    free = Elsewhere(plan, second, plant, tiny.contract, plan.start)
    for slot in range(86):
        by = (slot - free.own) * plant.slot
        apart = abs((first[0].start - second[0].start - by) / plant.slot) >= 4
        assert (free.limits(by) == ()) is apart, slot
        if apart:
            assert free.difference_eur(by) > -0.001
    at_once = first[0].start - second[0].start
    assert any("base load" in one or one == NOT_ENOUGH for one in free.limits(at_once))
    assert free.difference_eur(at_once) is None


def test_what_hangs_on_pv_and_battery_is_not_told_by_prices_alone(own_energy, tiny):
    plan, plant = own_energy
    told = asked(plan, "a-02", plant, tiny)
    assert (told.places, told.cheapest_begin, told.cheapest_eur, told.stays_best) == (None,) * 4
    assert "PV and battery" in told.unweighed
    gone = why(plan, "a-01", plant, tiny.contract, since=plan.end)
    assert (gone.places, gone.unweighed) == (0, None)
    assert gone.later.difference_eur is None
