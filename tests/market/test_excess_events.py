"""Stretches of excess power and their share of the month's charge."""

from datetime import date, time

import numpy as np
import pytest

from chocolate_factory.market.calendar import QUARTER, local_instant, local_midnight
from chocolate_factory.market.excess import excess_lines
from chocolate_factory.market.excess_events import excess_events
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.tariff import Tariff

BIG, SMALL = (100.0,) * 6, (40.0,) * 6
FIRST, END = date(2025, 11, 1), date(2025, 12, 1)
TUESDAY = date(2025, 11, 11)


def drawn(base_kw: float, *peaks: tuple[int, int, float]) -> PowerCurve:
    """A flat November with peaks on a Tuesday as (hour, minute, kW)."""
    begin = local_midnight(FIRST)
    kw = np.full(round((local_midnight(END) - begin) / QUARTER), base_kw)
    for hour, minute, peak in peaks:
        kw[round((local_instant(TUESDAY, time(hour, minute)) - begin) / QUARTER)] = peak
    return PowerCurve(begin, kw)


def events(powers, curve):
    lines = excess_lines(Tariff.TD30, powers, curve)
    return excess_events(Tariff.TD30, powers, curve, lines), lines


def test_neighbouring_quarters_are_one_event_and_share_the_charge_by_squares():
    found, (line,) = events(BIG, drawn(50, (10, 0, 110), (10, 15, 120), (12, 0, 140)))
    assert [(e.start, e.quarters, e.highest_kw) for e in found] == [
        (local_instant(TUESDAY, time(10)), 2, 120.0),
        (local_instant(TUESDAY, time(12)), 1, 140.0),
    ]
    assert found[0].end == local_instant(TUESDAY, time(10, 30))
    squares = 10**2 + 20**2 + 40**2
    assert found[0].eur == pytest.approx(line.eur * 500 / squares)
    assert sum(e.eur for e in found) == pytest.approx(line.eur)


def test_an_event_ends_where_the_period_changes():
    found, lines = events(BIG, drawn(50, (8, 45, 130), (9, 0, 130)))
    assert [(e.period, e.quarters) for e in found] == [(3, 1), (2, 1)]
    assert {e.period: e.eur for e in found} == pytest.approx({x.period: x.eur for x in lines})


def test_where_the_highest_quarter_counts_it_bears_the_whole_charge():
    found, (line,) = events(SMALL, drawn(20, (10, 0, 45), (12, 0, 50)))
    assert [e.eur for e in found] == [0.0, pytest.approx(line.eur)]


def test_without_excess_there_is_no_event():
    assert events(BIG, drawn(99)) == ((), ())
