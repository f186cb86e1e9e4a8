"""The site's meter beside the plans."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from conduct.conftest import Floor

from chocolate_factory.conduct.metering import compare, keep_curve
from chocolate_factory.market.calendar import QUARTER, local_midnight, periods
from chocolate_factory.market.power_curve import PowerCurve

TUE, WED = date(2025, 11, 18), date(2025, 11, 19)
LATER = datetime(2025, 11, 21, tzinfo=UTC)


def as_planned(floor: Floor, *, extra_kw: float = 0.0) -> PowerCurve:
    """What the meter would read on Tuesday if all went as planned, and so much more."""
    begin, end = local_midnight(TUE), local_midnight(WED)
    quarters = periods(begin, end, QUARTER)
    kw = floor.task.plant.base_kw(quarters) + extra_kw
    for block in floor.held.in_force.plan.schedule.blocks:
        at = block.start
        for minutes, drawn in block.phases:
            first = round((at - begin) / QUARTER)
            stop = first + minutes // 15
            kw[max(first, 0) : max(stop, 0)] += drawn
            at += minutes // 15 * QUARTER
    return PowerCurve(begin, kw)


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
