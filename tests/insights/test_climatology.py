"""What is said of decades of daily weather, against numpy and against days counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from chocolate_factory.insights.climatology import (
    DailyValues,
    Limit,
    compared,
    correlations,
    crossings,
    daily_means,
    extremes,
    joined,
    months_ranked,
    season,
    summarise,
)
from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.market.series import Kind, Observations, Series, SeriesKey

TEMPERING = Limit("tempering", "temp_max", 26.0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def daily(first: str, values, *, name="temp_max", unit="degC", station="J17") -> DailyValues:
    value = np.asarray(values, dtype=float)
    day = np.datetime64(first) + np.arange(value.size)
    keep = np.isfinite(value)
    return DailyValues(name, unit, day[keep], value[keep], np.full(keep.sum(), station))


def series(key: SeriesKey, first: date, last: date, value, *, drop=()) -> Series:
    start, resolution_s = spec(key).grid(first, last)
    keep = ~np.isin(np.arange(start.size), drop)
    values = np.broadcast_to(np.asarray(value, dtype=float), start.shape)
    batch = Observations(
        key, "test", Kind.MEASURED, start[keep], resolution_s[keep], values[keep], start[keep],
        np.zeros(keep.sum(), dtype=bool),
    )  # fmt: skip
    return Series.from_batch(batch, unit=spec(key).unit, as_of=NOW)


def test_stations_that_followed_each_other_are_one_record_and_the_later_one_wins():
    old, new = SeriesKey("temp_max", "J09"), SeriesKey("temp_max", "J17")
    told = joined(
        [
            series(old, date(2017, 12, 30), date(2018, 1, 1), [10.0, 11.0, 12.0]),
            series(new, date(2018, 1, 1), date(2018, 1, 2), [20.0, 21.0]),
        ]
    )
    assert told.day.astype(str).tolist() == ["2017-12-30", "2017-12-31", "2018-01-01", "2018-01-02"]
    assert told.value.tolist() == [10.0, 11.0, 20.0, 21.0]
    assert told.station.tolist() == ["J09", "J09", "J17", "J17"]
    assert joined([]) is None


def test_a_summary_counts_days_years_and_what_is_missing():
    told = summarise(daily("2019-12-30", [1.0, 2.0, np.nan, 9.0, 4.0]))
    assert (told.days, told.missing_days) == (4, 1)
    assert [(y.year, y.days, y.of) for y in told.years] == [(2019, 2, 365), (2020, 2, 366)]
    assert (told.lowest_on, told.highest_on) == (date(2019, 12, 30), date(2020, 1, 2))
    assert told.mean == pytest.approx(4.0)


def test_the_mean_of_directions_goes_round_the_circle_and_they_have_no_extreme():
    told = summarise(daily("2024-01-01", [350.0, 10.0], name="wind_direction_mean", unit="deg"))
    assert min(told.mean, 360 - told.mean) == pytest.approx(0.0, abs=1e-9)
    assert (told.p50, told.lowest, told.highest_on) == (None, None, None)


def test_a_month_with_too_few_days_has_no_figure():
    values = daily("2023-01-01", np.arange(31 + 20.0))
    january, february, march = season(values).months[:3]
    assert january.mean == pytest.approx(15.0)
    assert (february.days, february.mean, february.p90) == (20, None, None)
    assert (march.days, march.years, march.lowest) == (0, 0, None)


def test_rain_is_summed_over_whole_months_only():
    rain = np.full(31 + 28 + 31, 2.0)
    rain[31] = np.nan
    january, february, march = season(
        daily("2023-01-01", rain, name="precipitation_day", unit="mm")
    ).months[:3]
    assert (january.whole_months, january.total) == (1, pytest.approx(62.0))
    assert (february.whole_months, february.total) == (0, None)
    assert march.total == pytest.approx(62.0)
    assert season(daily("2023-01-01", rain)).months[0].total is None


def test_days_above_a_limit_are_counted_and_a_hole_ends_a_row_of_them():
    told = crossings(
        daily("2024-06-29", [26.0, 27.0, 28.0, np.nan, 29.0, 30.0, 31.0, 20.0]), TEMPERING
    )
    assert (told.days, told.above) == (7, 5)
    assert (told.longest_days, told.longest_from) == (3, date(2024, 7, 3))
    assert told.last_above == date(2024, 7, 5)
    assert [(m.days, m.above) for m in told.months[5:7]] == [(2, 1), (5, 4)]
    assert told.share_pct == pytest.approx(100 * 5 / 7)


def test_a_limit_that_was_never_passed_has_no_row_and_no_last_day():
    told = crossings(daily("2024-01-01", [3.0, 4.0]), TEMPERING)
    assert (told.above, told.longest_days, told.longest_from, told.last_above) == (0, 0, None, None)


def test_months_are_ranked_by_days_above_and_those_without_data_are_not():
    values = np.full(31 + 29 + 31, 20.0)
    values[31:41] = 27.0
    ranked = months_ranked(crossings(daily("2024-01-01", values), TEMPERING))
    assert [one.rank for one in ranked[:4]] == [1, 3, 1, None]
    assert ranked[3].share_pct is None
    assert ranked[1].share_pct == pytest.approx(100 * 10 / 29)


def test_high_quantiles_are_those_of_numpy():
    values = np.random.default_rng(3).normal(30, 5, 1000)
    told = extremes(daily("2020-01-01", values))
    assert [told.p90, told.p95, told.p99] == pytest.approx(
        np.quantile(values, (0.9, 0.95, 0.99)).tolist()
    )
    assert (told.days, told.years) == (1000, 3)


@pytest.mark.parametrize("day", [date(2025, 1, 2), date(2024, 2, 29), date(2023, 12, 31)])
def test_a_day_is_compared_with_a_week_around_it_in_other_years(day):
    first = date(2015, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(2025, 12, 31) - first).days + 1)]
    value = np.random.default_rng(1).normal(15, 4, len(days))
    told = compared(daily("2015-01-01", value), day, 15.0)
    same = [
        date(y, day.month, 28) if (day.month, day.day) == (2, 29) and y % 4 else day.replace(year=y)
        for y in range(2014, 2027)
    ]
    near = [
        v
        for d, v in zip(days, value, strict=True)
        if d.year != day.year and any(abs((d - s).days) <= 7 for s in same)
    ]
    assert told.days == len(near)
    assert told.mean == pytest.approx(np.mean(near))
    assert told.percentile == pytest.approx(100 * np.mean(np.array(near) < 15.0))


def test_too_few_days_of_that_time_of_year_compare_with_nothing():
    told = compared(daily("2024-11-20", np.full(10, 12.0)), date(2025, 11, 25), 30.0)
    assert (told.days, told.mean, told.percentile) == (10, None, None)


def test_a_price_day_is_the_mean_of_its_whole_hours_and_of_its_quarters():
    last_hourly, first_quarterly = date(2025, 9, 30), date(2025, 10, 1)
    start, _ = spec(SPOT).grid(last_hourly, first_quarterly)
    value = np.arange(start.size, dtype=float)
    means, partly = daily_means(series(SPOT, last_hourly, first_quarterly, value))
    assert means.day.astype(str).tolist() == ["2025-09-30", "2025-10-01"]
    assert means.value.tolist() == pytest.approx([np.mean(value[:24]), np.mean(value[24:])])
    assert partly == 0


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 30), 23), (date(2024, 10, 27), 25)])
def test_a_day_with_another_number_of_hours_is_whole_too(day, hours):
    means, partly = daily_means(series(SPOT, day, day, np.arange(hours)))
    assert (means.value.tolist(), partly) == ([(hours - 1) / 2], 0)


def test_a_day_known_in_part_is_left_out_and_counted():
    told = series(SPOT, date(2024, 5, 1), date(2024, 5, 2), 10.0, drop=(30,))
    means, partly = daily_means(told)
    assert (means.day.astype(str).tolist(), partly) == (["2024-05-01"], 1)


def test_correlations_are_those_of_scipy_over_the_days_in_common():
    rng = np.random.default_rng(5)
    x, noise = rng.normal(60, 20, 400), rng.normal(0, 20, 400)
    price = daily("2024-01-01", x, name="spot", unit="EUR/MWh")
    weather = daily("2024-02-01", -x[31:] + noise[31:])
    (told,) = correlations(price, [weather])
    assert (told.days, told.years) == (369, 2)
    assert told.pearson == pytest.approx(pearsonr(x[31:], -x[31:] + noise[31:]).statistic)
    assert told.spearman == pytest.approx(spearmanr(x[31:], -x[31:] + noise[31:]).statistic)
    assert told.p_value < 1e-12


def test_days_that_follow_each_other_alike_are_worth_fewer():
    rng = np.random.default_rng(8)
    walk = [np.zeros(1000), np.zeros(1000)]
    for one in walk:
        for at in range(1, 1000):
            one[at] = 0.95 * one[at - 1] + rng.normal()
    (told,) = correlations(daily("2022-01-01", walk[0]), [daily("2022-01-01", walk[1])])
    assert told.effective_days < 120
    plain = pearsonr(*walk).pvalue
    assert told.p_value > plain


def test_a_common_season_is_no_relation_within_it():
    day = np.arange(3 * 365)
    year = 10 * np.cos(2 * np.pi * day / 365.25)
    rng = np.random.default_rng(2)
    x, y = (year + rng.normal(0, 1, day.size) for _ in range(2))
    (told,) = correlations(daily("2021-01-01", x), [daily("2021-01-01", y)])
    assert told.pearson > 0.95
    assert abs(told.within_season) < 0.75 < told.pearson


@pytest.mark.parametrize(
    ("weather", "reason"),
    [(np.arange(59.0), "59 days in common"), (np.full(80, 4.0), "never changes")],
)
def test_nothing_is_said_of_few_days_or_of_what_never_changes(weather, reason):
    price = daily("2024-01-01", np.random.default_rng(1).normal(size=80))
    (told,) = correlations(price, [daily("2024-01-01", weather)])
    assert reason in told.reason
    assert (told.pearson, told.p_value, told.within_season) == (None, None, None)


def test_without_a_day_in_common_there_is_no_first_and_no_last():
    (told,) = correlations(daily("2024-01-01", [1.0]), [daily("2025-01-01", [1.0])])
    assert (told.days, told.first, told.last) == (0, None, None)
