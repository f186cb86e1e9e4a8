"""Features of an instant: what was known then, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.insights.advice.moment import COLUMN, FEATURES, dew_point_c, features
from chocolate_factory.insights.advice.trace import PriceTrace
from chocolate_factory.market.calendar import to_datetime, to_datetime64
from chocolate_factory.market.tariff import Tariff

START = datetime(2025, 9, 1, 22, tzinfo=UTC)
ROW = 33 * 24 + 9


def value(row: np.ndarray, name: str) -> float:
    return float(row[COLUMN[name]])


def test_there_are_at_least_thirteen_features_each_named_once():
    assert len(FEATURES) == len(set(FEATURES)) >= 13


@given(seed=st.integers(0, 2**16), row=st.integers(30 * 24, 34 * 24))
def test_no_price_that_became_known_later_changes_a_feature(make_trace, features_at, seed, row):
    trace = make_trace(START, 40 * 24)
    later = trace.known_from > trace.start[row]
    changed = trace.eur_kwh.copy()
    changed[later] = np.random.default_rng(seed).normal(0, 9, later.sum())

    assert later.sum() > 100
    np.testing.assert_array_equal(
        features_at(replace(trace, eur_kwh=changed), row), features_at(trace, row)
    )


def test_coming_hours_count_from_the_moment_they_are_published(make_trace, features_at):
    trace = make_trace(START, 40 * 24)
    before = features_at(trace, ROW)
    early = replace(trace, known_from=np.full(len(trace), np.datetime64(0, "s")))
    after = features_at(early, ROW)

    assert value(before, "published_h") == 16
    assert value(after, "published_h") == 24
    coming = trace.eur_kwh[ROW + 1 : ROW + 25]
    assert value(after, "published_cheaper") == pytest.approx((coming < trace.eur_kwh[ROW]).mean())
    assert value(after, "expected_cheaper") == value(after, "published_cheaper")


def test_where_nothing_is_published_last_week_stands_in_and_the_published_is_told_missing(
    make_trace, features_at
):
    trace = make_trace(START, ROW + 1)  # nothing after the row is stored
    row = features_at(trace, ROW)
    week_ago = trace.eur_kwh[ROW - 167 : ROW - 143]

    assert value(row, "published_h") == 0
    assert np.isnan(value(row, "published_cheaper"))
    assert value(row, "expected_cheaper") == pytest.approx((week_ago < trace.eur_kwh[ROW]).mean())


def test_ranks_are_taken_over_elapsed_hours_of_the_past(make_trace, features_at):
    trace = make_trace(START, 40 * 24)
    row = features_at(trace, ROW)

    for days in (1, 7, 28):
        past = trace.eur_kwh[ROW - 24 * days : ROW]
        assert value(row, f"cheaper_{days}d") == pytest.approx((past < trace.eur_kwh[ROW]).mean())
        assert value(row, f"z_{days}d") == pytest.approx(
            (trace.eur_kwh[ROW] - past.mean()) / past.std()
        )
    assert value(row, "change_1d_eur_kwh") == trace.eur_kwh[ROW] - trace.eur_kwh[ROW - 24]


@pytest.mark.parametrize(
    "instant", [datetime(2025, 10, 26, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)]
)
def test_days_of_25_and_23_hours_change_nothing_about_elapsed_hours(
    make_trace, features_at, row_of, instant
):
    trace = make_trace(instant - timedelta(days=30), 40 * 24)
    at = row_of(trace, instant)

    assert value(features_at(trace, at), "cheaper_1d") == pytest.approx(
        (trace.eur_kwh[at - 24 : at] < trace.eur_kwh[at]).mean()
    )


def test_the_repeated_hour_has_the_same_clock_and_its_own_price(make_trace, features_at, row_of):
    first = datetime(2025, 10, 26, 0, tzinfo=UTC)
    trace = make_trace(first - timedelta(days=30), 40 * 24)
    twice = [features_at(trace, row_of(trace, first + timedelta(hours=n))) for n in (0, 1)]

    assert value(twice[0], "hour_sin") == value(twice[1], "hour_sin")
    assert value(twice[0], "price_eur_kwh") != value(twice[1], "price_eur_kwh")


def test_quarter_hours_at_one_price_tell_what_the_hour_tells(make_trace, features_at):
    hours = make_trace(START, 40 * 24)
    quarters = PriceTrace(
        np.repeat(hours.start, 4) + np.tile(np.arange(4) * np.timedelta64(900, "s"), len(hours)),
        np.full(4 * len(hours), 900), np.repeat(hours.eur_kwh, 4), np.repeat(hours.known_from, 4),
    )  # fmt: skip
    by_hour, by_quarter = features_at(hours, ROW), features_at(quarters, 4 * ROW + 3)
    same = [f"cheaper_{d}d" for d in (7, 28)] + ["expected_cheaper", "published_gap_eur_kwh"]

    # The past reaches 45 min into the hour itself: equal prices, counted half.
    for name in same:
        assert value(by_quarter, name) == pytest.approx(value(by_hour, name), abs=0.005), name


def test_a_price_equal_to_all_others_is_in_the_middle(make_trace, features_at):
    trace = make_trace(START, 40 * 24)
    flat = features_at(replace(trace, eur_kwh=np.full(len(trace), 0.1)), ROW)

    assert value(flat, "cheaper_7d") == 0.5
    assert value(flat, "z_7d") == 0.0


def test_a_hole_in_the_past_is_told_by_name(make_trace, features_at):
    trace = make_trace(START, 40 * 24)
    keep = (np.arange(len(trace)) < ROW - 48) | (np.arange(len(trace)) >= ROW - 20)
    holed = PriceTrace(
        trace.start[keep], trace.resolution_s[keep], trace.eur_kwh[keep], trace.known_from[keep]
    )
    row = features_at(holed, ROW - 28)

    assert np.isnan(value(row, "cheaper_1d"))
    assert np.isnan(value(row, "cheaper_7d"))
    assert np.isfinite(value(row, "cheaper_28d"))


def test_missing_air_leaves_the_prices_alone(make_trace, moments_at):
    trace = make_trace(START, 40 * 24)
    asked = moments_at(trace, np.array([ROW]))
    dry = replace(asked, humidity_pct=np.array([np.nan]))
    row = features(trace, dry, Tariff.TD30)[0]

    assert np.isnan(value(row, "dew_point_c"))
    assert value(row, "temperature_c") == 20.0
    assert np.isfinite(value(row, "cheaper_7d"))


def test_dew_point_of_a_known_day():
    assert dew_point_c(np.array([25.0]), np.array([60.0]))[0] == pytest.approx(16.7, abs=0.05)
    assert dew_point_c(np.array([10.0]), np.array([100.0]))[0] == pytest.approx(10.0)


def test_other_lengths_than_an_hour_or_a_quarter_are_refused(make_trace):
    trace = make_trace(START, 3)

    with pytest.raises(SeriesInvalid, match="an hour or a quarter"):
        replace(trace, resolution_s=np.full(3, 1800))


def test_a_trace_knows_which_period_holds_an_instant(make_trace):
    trace = make_trace(START, 3)

    assert trace.at(START + timedelta(minutes=119)) == 1
    assert trace.at(START - timedelta(seconds=1)) is None
    assert trace.at(to_datetime(trace.start[2] + np.timedelta64(1, "h"))) is None
    assert to_datetime64(START) == trace.start[0]
