"""What is learned: it comes after the instant, and is no formula of what was known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.insights.advice.targets import CLASSES, UNTOLD, classes_of, dearer_ahead
from chocolate_factory.insights.advice.trace import PriceTrace
from chocolate_factory.market.calendar import HOUR, periods

START = datetime(2025, 10, 25, 22, tzinfo=UTC)  # a day of 25 hours


def target(trace: PriceTrace, row: int) -> float:
    rows = np.array([row])
    end = trace.start[rows] + trace.resolution_s[rows].astype("timedelta64[s]")
    return float(dearer_ahead(trace, trace.start[rows], end, trace.eur_kwh[rows])[0])


def test_the_target_is_the_share_of_the_next_24_elapsed_hours_that_is_dearer(make_trace):
    trace = make_trace(START, 100)

    assert target(trace, 10) == pytest.approx((trace.eur_kwh[11:35] > trace.eur_kwh[10]).mean())


def test_only_later_prices_move_the_target(make_trace):
    trace = make_trace(START, 100)
    past, future = trace.eur_kwh.copy(), trace.eur_kwh.copy()
    past[:10] = 9.0
    future[11:35] = 9.0

    assert target(replace(trace, eur_kwh=past), 10) == target(trace, 10)
    assert target(replace(trace, eur_kwh=future), 10) == 1.0 != target(trace, 10)


def test_the_same_knowledge_can_turn_out_either_way(make_trace, features_at):
    trace = make_trace(START, 40 * 24)
    row = 35 * 24 + 9
    unknown = (trace.known_from > trace.start[row]) & (trace.start > trace.start[row])
    low, high = trace.eur_kwh.copy(), trace.eur_kwh.copy()
    low[unknown], high[unknown] = -1.0, 1.0
    cheap, dear = replace(trace, eur_kwh=low), replace(trace, eur_kwh=high)

    np.testing.assert_array_equal(features_at(cheap, row), features_at(dear, row))
    assert target(cheap, row) < target(dear, row)


def test_quarter_hours_count_by_their_time(make_trace):
    quarters = make_trace(START, 100, step=timedelta(minutes=15))
    falling = replace(quarters, eur_kwh=np.arange(len(quarters), 0, -1.0))
    mixed = falling.eur_kwh.copy()
    mixed[41:43] = 1e3  # two quarters of the next 96

    assert target(falling, 40) == 0.0
    assert target(replace(falling, eur_kwh=mixed), 40) == pytest.approx(2 / 96)


def test_a_missing_hour_ahead_leaves_the_target_unknown(make_trace):
    trace = make_trace(START, 30)

    assert np.isnan(target(trace, 10))
    assert np.isfinite(target(trace, 5))


def test_classes_are_shares_of_the_weeks_busiest_hour():
    hours = periods(START, START + 5 * HOUR, HOUR)
    kw = np.array([0.0, 9.0, 30.0, 45.0, 90.0])
    half_past = hours + np.timedelta64(1800, "s")

    told = classes_of(half_past, [(hours, kw)])
    assert [CLASSES[number] for number in told] == [
        "Halt", "Reduced", "Moderate", "Moderate", "Optimal",
    ]  # fmt: skip
    np.testing.assert_array_equal(classes_of(half_past, [(hours, 10 * kw)]), told)


def test_an_hour_without_a_plan_has_no_class():
    hours = periods(START, START + 2 * HOUR, HOUR)
    later = hours + np.timedelta64(7, "D")

    assert (classes_of(later, [(hours, np.ones(2))]) == UNTOLD).all()
    assert (classes_of(hours, []) == UNTOLD).all()
