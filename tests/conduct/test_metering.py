"""The site's meter beside the plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from conduct.conftest import Floor

from chocolate_factory.conduct.metering import compare, keep_curve
from chocolate_factory.market.calendar import QUARTER, local_midnight, periods
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.planning.equipment import Battery, Photovoltaics

TUE, WED = date(2025, 11, 18), date(2025, 11, 19)
LATER = datetime(2025, 11, 21, tzinfo=UTC)


def as_planned(floor: Floor, *, extra_kw: float = 0.0) -> PowerCurve:
    """What the meter would read on Tuesday if all went as planned, and so much more."""
    begin, end = local_midnight(TUE), local_midnight(WED)
    quarters = periods(begin, end, QUARTER)
    kw = floor.task.plant.base_kw(quarters) + extra_kw
    plan = floor.held.in_force.plan
    if plan.schedule.site is not None:
        first = round((plan.start - begin) / QUARTER)
        bought = plan.schedule.site.bought_more_kw[max(-first, 0) : 96 - first]
        kw[max(first, 0) :] += bought
    for block in (*plan.carried, *plan.schedule.blocks):
        at = block.start
        for minutes, drawn in block.phases:
            first = round((at - begin) / QUARTER)
            stop = first + minutes // 15
            kw[max(first, 0) : max(stop, 0)] += drawn
            at += minutes // 15 * QUARTER
    return PowerCurve(begin, kw.round(9))  # no meter tells the rounding of sums


def test_a_day_that_went_as_planned_shows_no_difference(planned: Floor):
    kept = keep_curve(planned.store, as_planned(planned), now=LATER)
    (day,) = compare(planned.store, planned.task, TUE, WED, now=LATER)
    assert kept.new == 96
    assert day.quarters == 96
    assert day.difference_kwh == pytest.approx(0.0, abs=1e-6)
    assert day.process_kwh > 0
    assert day.measured_peak_kw == pytest.approx(day.planned_peak_kw)


def test_what_was_drawn_above_the_plan_is_the_difference(planned: Floor):
    keep_curve(planned.store, as_planned(planned, extra_kw=2.0), now=LATER)
    (day,) = compare(planned.store, planned.task, TUE, TUE, now=LATER)
    assert day.difference_kwh == pytest.approx(48.0)


def test_only_quarter_hours_that_are_known_are_compared(planned: Floor):
    curve = as_planned(planned)
    curve.kw[10:20] = np.nan
    keep_curve(planned.store, curve, now=LATER)
    (day,) = compare(planned.store, planned.task, TUE, TUE, now=LATER)
    assert day.quarters == 86
    assert day.difference_kwh == pytest.approx(0.0, abs=1e-6)


def test_reading_the_same_file_again_changes_nothing(planned: Floor):
    keep_curve(planned.store, as_planned(planned), now=LATER)
    again = keep_curve(planned.store, as_planned(planned), now=LATER)
    assert (again.new, again.revised) == (0, 0)


def test_a_day_without_readings_is_left_out(planned: Floor):
    assert compare(planned.store, planned.task, TUE, WED, now=LATER) == ()


# ---- panels and a battery


@pytest.fixture
def sunny(floor: Floor) -> Floor:
    """A plan in force at a plant with panels and a battery."""
    plant = replace(
        floor.task.plant,
        battery=Battery(kwh=60.0, kw=20.0, efficiency=0.9, start_kwh=0.0),
        pv=Photovoltaics(20.0, None, (0.0,) * 8 + (12.0,) * 9 + (0.0,) * 7),
    )
    floor.task = replace(floor.task, plant=plant)
    floor.replan()
    return floor


def test_what_pv_and_battery_were_planned_to_do_is_no_difference(sunny: Floor):
    keep_curve(sunny.store, as_planned(sunny), now=LATER)
    (day,) = compare(sunny.store, sunny.task, TUE, TUE, now=LATER)
    assert day.difference_kwh == pytest.approx(0.0, abs=1e-6)
    assert day.pv_battery_kwh < -50.0
    assert day.planned_kwh == day.process_kwh + day.base_kwh + day.pv_battery_kwh
    assert day.measured_peak_kw == pytest.approx(day.planned_peak_kw)
    assert day.pv_battery_unknown == 0


def test_each_quarter_hour_is_compared_with_the_plan_in_force_then(sunny: Floor):
    before = sunny.held.in_force.plan
    sunny.now += timedelta(hours=12)
    after = sunny.replan().in_force.plan
    keep_curve(sunny.store, as_planned(sunny), now=LATER)
    (day,) = compare(sunny.store, sunny.task, TUE, TUE, now=LATER)
    begin = local_midnight(TUE)
    quarters = round((after.start - begin) / QUARTER)
    first, second = (plan.schedule.site.bought_more_kw for plan in (before, after))
    assert before.start == begin
    expected = (first[:quarters].sum() + second[: 96 - quarters].sum()) / 4
    assert day.pv_battery_kwh == pytest.approx(expected)


def test_where_no_plan_says_what_they_do_they_are_left_out_and_counted(sunny: Floor):
    begin = local_midnight(TUE) - timedelta(days=1)
    keep_curve(sunny.store, PowerCurve(begin, np.full(96, 30.0)), now=LATER)
    (day,) = compare(sunny.store, sunny.task, TUE - timedelta(days=1), TUE, now=LATER)
    assert day.pv_battery_unknown == 96
    assert day.pv_battery_kwh == 0.0
    assert day.planned_kwh == day.process_kwh + day.base_kwh
    bare = replace(sunny.task, plant=replace(sunny.task.plant, pv=None, battery=None))
    (day,) = compare(sunny.store, bare, TUE - timedelta(days=1), TUE, now=LATER)
    assert day.pv_battery_unknown == 0
