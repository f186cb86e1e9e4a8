"""What the best plan of a week would have run, hour by hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from chocolate_factory.market.calendar import local_midnight, to_datetime64
from chocolate_factory.planning.hindsight import hindsight
from chocolate_factory.planning.orders import DatedOrder

AUTUMN = date(2025, 10, 20)  # the clock goes back on its Sunday


@pytest.fixture
def small(orders):
    """Two batches a day, from Monday to Friday."""
    weekly = {day: {"standard": 100.0} for day in range(5)}
    return replace(orders, weekly=weekly)


def told(plant, orders, contract, prices, monday=AUTUMN):
    return hindsight(plant, orders, contract, prices, monday=monday, time_limit_s=20)


def test_it_tells_the_power_of_every_hour_of_the_week_and_all_its_energy(
    plant, small, contract, wavy
):
    week = told(plant, small, contract, wavy(AUTUMN, 8))
    energy_kwh = sum(stage.energy_kwh("standard") for stage in plant.stages)

    assert week.hours.size == 169
    assert week.hours[0] == to_datetime64(local_midnight(AUTUMN))
    assert week.process_kw.sum() == pytest.approx(10 * energy_kwh)
    assert (week.process_kw >= 0).all()


def test_dear_hours_run_less(plant, small, contract, wavy):
    prices = wavy(AUTUMN, 8)
    week = told(plant, small, contract, prices)
    hour = prices.eur_kwh[: week.hours.size]

    assert np.average(hour, weights=week.process_kw) < hour.mean()


def test_dated_orders_are_no_habit_of_the_week(plant, small, contract, wavy):
    due = local_midnight(AUTUMN + timedelta(days=3))
    dated = replace(small, dated=(DatedOrder(1, "premium", 300.0, None, due, AUTUMN),))
    prices = wavy(AUTUMN, 8)

    without = told(plant, small, contract, prices)
    np.testing.assert_array_equal(
        told(plant, dated, contract, prices).process_kw, without.process_kw
    )


def test_a_week_that_lacks_a_price_is_not_told(plant, small, contract, wavy):
    assert told(plant, small, contract, wavy(AUTUMN, 6)) is None


def test_a_week_of_which_nothing_is_ordered_is_not_told(plant, small, contract, wavy):
    assert told(plant, replace(small, weekly={}), contract, wavy(AUTUMN, 8)) is None


def test_a_week_that_cannot_be_made_is_not_told(plant, small, contract, wavy):
    much = replace(small, weekly={0: {"standard": 50_000.0}})

    assert told(plant, much, contract, wavy(AUTUMN, 8)) is None
