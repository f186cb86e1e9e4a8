"""Stock beside a plan that is carried out: every kilogram serves once, whoever counted it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.market.calendar import QUARTER, delivery_day, local_midnight, periods
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import Orders, Stock, parse_orders
from chocolate_factory.planning.plan import Plan, PlanningPrices

MON, TUE, WED = (date(2025, 11, day) for day in (17, 18, 19))
BATCH_KG = 10.0
ORDERED = 8
ORDERS = """\
weekly: {mon: {a: 30}, tue: {a: 30}, wed: {a: 20}}
due: {default: 08:00 next day}
"""


def at(day: date, hours: float) -> datetime:
    return local_midnight(day) + timedelta(hours=hours)


@pytest.fixture
def line(tiny):
    return tiny.plant(
        tiny.stage("mill", {"a": [(2, 10.0)]}, hold=1), tiny.stage("bake", {"a": [(2, 20.0)]})
    )


@pytest.fixture
def orders(line) -> Orders:
    return parse_orders(ORDERS, name="orders", plant=line)


@pytest.fixture
def planned(tiny, line) -> Callable[..., Plan]:
    """Four batches are cheap on Monday morning; after that the cheap hours begin on Tuesday."""
    start = periods(local_midnight(MON), local_midnight(WED + timedelta(days=2)), QUARTER)
    slot = np.arange(start.size)
    eur_kwh = np.where(slot < 96 + 48, 0.3, 0.1 + slot * 1e-5)
    eur_kwh[40:50] = 0.01
    prices = PlanningPrices(
        start, np.full(start.size, 900), eur_kwh, np.ones(start.size, dtype=bool)
    )

    def make(orders: Orders, first: date, *, running=None, now=None) -> Plan:
        days = (WED - first).days + 1
        known = {} if running is None else {"known": running.demands, "known_from": running.start}
        return make_plan(
            line, orders.in_window(first, days, **known), prices, origin=now or at(first, 0),
            first_day=first, days=days, contract=tiny.contract, running=running,
            counted=orders.counted(first, days), seed=0,
        )  # fmt: skip

    return make


@pytest.fixture
def before(planned, orders) -> Plan:
    return planned(orders, MON)


def done(plan: Plan, when: datetime) -> int:
    """Batches that the plan has finished by then."""
    return sum(batch[-1].end <= when for batch in batches_of(plan.schedule.blocks))


def new(plan: Plan) -> int:
    return len(batches_of(plan.schedule.blocks))


def begun(plan: Plan, when: datetime) -> int:
    return sum(batch[0].start < when for batch in batches_of(plan.schedule.blocks))


@pytest.mark.parametrize(
    ("counted", "delivered"),
    [
        (at(TUE, 6), 0),  # Monday's order leaves at 08:00
        (at(TUE, 9), 3),
        (at(MON, 11.25), 0),  # two batches are under way
    ],
)
def test_a_true_count_changes_nothing_that_is_to_be_made(
    planned, orders, before, counted: datetime, delivered: int
):
    first = delivery_day(counted)
    finished = done(before, counted)
    assert finished == (4 if first == TUE else 1)
    held = replace(orders, stock=Stock(counted, {"a": BATCH_KG * (finished - delivered)}))
    later = planned(held, first, running=before, now=counted)
    assert begun(before, counted) + new(later) == ORDERED
    assert new(later) == new(planned(orders, first, running=before, now=counted))
    assert not any("for no order" in note for note in later.notes)


@pytest.mark.parametrize(("more_kg", "batches"), [(20, -2), (14, -1), (-20, 2)])
def test_a_count_of_more_or_less_than_was_made_is_made_up_for(
    planned, orders, before, more_kg: float, batches: int
):
    counted = at(TUE, 6)
    held = replace(orders, stock=Stock(counted, {"a": 4 * BATCH_KG + more_kg}))
    later = planned(held, TUE, running=before, now=counted)
    assert new(later) == ORDERED - 4 + batches


def test_early_batches_in_stock_stay_booked_for_what_stock_serves(planned, orders, before):
    """The ledger finds every batch among the orders of a day, and the next plan makes none anew."""
    counted = at(TUE, 6)
    held = replace(orders, stock=Stock(counted, {"a": 4 * BATCH_KG}))
    second = planned(held, TUE, running=before, now=counted)
    assert {demand.day: demand.batches for demand in second.demands} == {MON: 3, TUE: 3, WED: 2}
    third = planned(held, WED, running=second, now=at(WED, 5))
    assert 4 + begun(second, at(WED, 5)) + new(third) == ORDERED


def test_a_dated_order_that_stock_serves_whole_keeps_the_batches_made_for_it(planned, line):
    text = f"orders: [{{product: a, kg: 20, due: {at(WED, 8).isoformat()}}}]"
    orders = parse_orders(text, name="orders", plant=line)
    before = planned(orders, MON)
    counted = at(TUE, 6)
    assert done(before, counted) == 2
    held = replace(orders, stock=Stock(counted, {"a": 20.0}))
    later = planned(held, TUE, running=before, now=counted)
    assert new(later) == 0
    assert [demand.batches for demand in later.demands] == [2]


@pytest.mark.parametrize("bakes", [at(TUE, 0), at(TUE, 8)])
def test_the_last_batch_of_a_late_order_is_carried_over_midnight(
    planned, orders, before, bakes: datetime
):
    """All of the order has begun and its day is over: what runs on, or is to, is not forgotten."""
    mill, bake = batches_of(before.schedule.blocks)[0]
    own = (
        replace(mill, start=bakes - (mill.end - mill.start), end=bakes),
        replace(bake, start=bakes, end=bakes + (bake.end - bake.start)),
    )
    late = replace(before.demands[0], batches=1, kg=BATCH_KG, due=at(MON, 20), penalty_eur_h=1.0)
    running = replace(
        before, schedule=replace(before.schedule, blocks=own), demands=(late, *before.demands[1:])
    )
    later = planned(orders, TUE, running=running, now=at(TUE, 8))
    assert own[1] in later.carried
