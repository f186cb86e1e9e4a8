"""Excess power: which rule, which rate, which quarter-hours."""

import math
from datetime import date, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.market.calendar import QUARTER, local_instant, local_midnight
from chocolate_factory.market.excess import Metering, excess_lines, metering
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.tariff import Tariff

BIG, SMALL = (100.0,) * 6, (40.0,) * 6


def drawn(first: date, end: date, base_kw: float, peaks=()):
    """A flat curve with peaks given as (day, hour, minute, kW)."""
    begin = local_midnight(first)
    kw = np.full(round((local_midnight(end) - begin) / QUARTER), base_kw)
    for day, hour, minute, peak in peaks:
        kw[round((local_instant(day, time(hour, minute)) - begin) / QUARTER)] = peak
    return PowerCurve(begin, kw)


@pytest.mark.parametrize(
    ("tariff", "contracted_kw", "how"),
    [
        (Tariff.TD30, (50.0,) * 6, Metering.HIGHEST),
        (Tariff.TD30, (*(50.0,) * 5, 50.1), Metering.QUARTERS),
        (Tariff.TD61, (451.0,) * 6, Metering.QUARTERS),
        (Tariff.TD20, (9.2, 9.2), Metering.SWITCH),
    ],
)
def test_the_highest_contracted_power_decides_the_rule(tariff, contracted_kw, how):
    assert metering(tariff, contracted_kw) is how


def test_above_50_kw_it_is_the_root_of_the_squares_of_each_period_and_month():
    day, later = date(2025, 1, 8), date(2025, 2, 5)
    curve = drawn(
        date(2025, 1, 1),
        date(2025, 3, 1),
        20.0,
        [(day, 10, 0, 103.0), (day, 10, 15, 104.0), (day, 15, 0, 112.0), (later, 10, 0, 101.0)],
    )
    told = {(line.period, line.month): line for line in excess_lines(Tariff.TD30, BIG, curve)}
    assert set(told) == {
        (1, date(2025, 1, 1)), (2, date(2025, 1, 1)), (1, date(2025, 2, 1)),
    }  # fmt: skip
    assert told[1, date(2025, 1, 1)].excess_kw == pytest.approx(5.0)
    assert told[1, date(2025, 1, 1)].quarters == 2
    assert told[1, date(2025, 1, 1)].eur == pytest.approx(5 * 3.361213)
    assert told[2, date(2025, 1, 1)].eur == pytest.approx(12 * 1.776546)


def test_up_to_50_kw_it_is_the_highest_reading_times_the_days_of_the_month():
    day = date(2026, 2, 10)
    curve = drawn(
        date(2026, 2, 1), date(2026, 3, 1), 20.0, [(day, 10, 0, 43.0), (day, 10, 15, 47.0)]
    )
    (line,) = excess_lines(Tariff.TD30, SMALL, curve)
    assert line.eur == pytest.approx(7 * 28 * 0.171373)


def test_before_2025_the_rates_are_those_of_one_price_for_all_tariffs():
    day = date(2024, 1, 10)
    curve = drawn(date(2024, 1, 1), date(2024, 2, 1), 20.0, [(day, 15, 0, 110.0)])
    (by_quarters,) = excess_lines(Tariff.TD30, BIG, curve)
    assert by_quarters.eur == pytest.approx(10 * 0.873773 * 1.4064)
    (highest,) = excess_lines(Tariff.TD30, SMALL, curve)
    assert highest.eur == pytest.approx(2 * 70 * 1.4064 * 31 / 30)


def test_a_month_begins_at_local_midnight_and_its_clock_change_repeats_an_hour_of_p6():
    first, end = date(2025, 10, 1), date(2025, 11, 1)
    curve = drawn(first, end, 20.0)
    kw = curve.kw.copy()
    kw[-1] = 103.0  # Fri 31 Oct 23:45, P5; P6 from midnight
    kw[(25 * 96 + 8) : (25 * 96 + 16)] = 101.0  # Sun 26 Oct 02:00 to 02:45, twice
    told = {
        line.period: line for line in excess_lines(Tariff.TD30, BIG, PowerCurve(curve.begin, kw))
    }
    assert told[6].quarters == 8
    assert told[6].excess_kw == pytest.approx(math.sqrt(8))
    assert told[5].excess_kw == pytest.approx(3.0)


def test_nothing_above_needs_no_rate():
    assert excess_lines(Tariff.TD30, BIG, drawn(date(2025, 1, 1), date(2025, 2, 1), 100.0)) == ()
    assert excess_lines(Tariff.TD20, (5.0, 5.0), drawn(date(2025, 1, 1), date(2025, 1, 2), 9)) == ()


@given(st.lists(st.floats(0, 200), min_size=96, max_size=96), st.floats(0, 50))
def test_more_contracted_power_never_costs_more_excess(kw, more):
    curve = PowerCurve(local_midnight(date(2025, 1, 8)), np.array(kw))
    charge = [
        sum(line.eur for line in excess_lines(Tariff.TD30, (power,) * 6, curve))
        for power in (60.0, 60.0 + more)
    ]
    assert charge[1] <= charge[0] + 1e-9
