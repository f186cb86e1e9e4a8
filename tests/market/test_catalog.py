"""The catalogue: grids, publication times, and values that cannot be."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import (
    HOUR,
    QUARTER,
    day_bounds,
    days_between,
    delivery_periods,
    local_midnight,
    periods,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.catalog import PVPC, SPECS, SPOT, spec

days = st.dates(date(2021, 6, 1), date(2026, 12, 31))


def checked(name: str, starts, resolution: timedelta, value: float) -> None:
    count = starts.size
    step_s = np.full(count, int(resolution.total_seconds()))
    spec(name).check(starts, step_s, np.full(count, value))


def test_an_unknown_series_is_refused_with_the_known_names():
    with pytest.raises(SeriesInvalid, match=r"(?s)no series named 'chocolate'; known:.*pvpc"):
        spec("chocolate")


def test_a_mistyped_series_is_answered_with_the_nearest_names_only():
    with pytest.raises(SeriesInvalid) as caught:
        spec("pvcp")
    assert str(caught.value) == "no series named 'pvcp'; did you mean pvpc?"


def test_an_entry_is_found_by_key_or_name():
    assert spec(PVPC) is spec("pvpc")
    assert spec(SPOT).unit == "EUR/MWh"


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_entry_stands_under_its_name_with_bounds_and_a_source(name):
    entry = spec(name)
    assert entry.name == name.partition("@")[0]
    assert entry.low < entry.high
    assert entry.sources


def test_spot_turns_to_quarter_hours_on_2025_10_01():
    starts, step_s = spec("spot").grid(date(2025, 9, 30), date(2025, 10, 1))
    assert step_s.tolist() == [3600] * 24 + [900] * 96
    assert to_datetime(starts[24]) == local_midnight(date(2025, 10, 1))


@pytest.mark.parametrize("name", ["pvpc", "spot", "temperature", "temp_mean"])
@given(first=days, count=st.integers(0, 5))
def test_a_grid_covers_its_days_without_gap_or_overlap(name, first, count):
    last = first + timedelta(days=count)
    starts, step_s = spec(name).grid(first, last)
    assert to_datetime(starts[0]) == local_midnight(first)
    if name != "temp_mean":  # a daily value's period is nominally 24 h, its day may not be
        ends = starts + step_s.astype("timedelta64[s]")
        assert np.array_equal(starts[1:], ends[:-1])
        assert to_datetime(ends[-1]) == local_midnight(last + timedelta(days=1))
    assert starts.size == sum(spec(name).delivery_starts(day).size for day in _days(first, last))


@pytest.mark.parametrize("name", sorted(SPECS))
@given(day=days)
def test_an_entry_accepts_its_own_grid(name, day):
    starts, step_s = spec(name).grid(day, day)
    spec(name).check(starts, step_s, np.full(starts.size, (spec(name).low + spec(name).high) / 2))


def test_a_daily_series_has_one_period_on_a_25_hour_day():
    starts = spec("temp_max").delivery_starts(date(2025, 10, 26))
    assert [to_datetime(start) for start in starts] == [local_midnight(date(2025, 10, 26))]


def test_quarter_hours_are_off_the_grid_while_the_market_was_hourly():
    with pytest.raises(SeriesInvalid, match="has a period of 900 s, that day's periods last 3600"):
        checked("spot", delivery_periods(date(2025, 9, 30), QUARTER), QUARTER, 50.0)


def test_hours_are_off_the_grid_of_the_quarter_hour_market():
    with pytest.raises(SeriesInvalid, match=r"2025-09-30T22:00:00\+00:00 has a period of 3600 s"):
        checked("spot", delivery_periods(date(2025, 10, 1), HOUR), HOUR, 50.0)


def test_a_start_between_two_periods_is_off_the_grid():
    starts = delivery_periods(date(2025, 10, 1), HOUR) + np.timedelta64(7, "m")
    with pytest.raises(SeriesInvalid, match=r"22:07:00\+00:00 is not the start of a delivery"):
        checked("pvpc", starts, HOUR, 0.1)


def test_a_daily_value_at_utc_midnight_is_off_the_grid():
    with pytest.raises(SeriesInvalid, match="is not the start"):
        checked("temp_mean", np.array(["2025-06-01T00:00:00"], "datetime64[s]"), 24 * HOUR, 20.0)


@pytest.mark.parametrize("value", [120.0, -0.6, np.nan, np.inf])
def test_an_implausible_price_is_refused_with_time_and_bounds(value):
    with pytest.raises(SeriesInvalid, match=r"EUR/kWh at 2025-06-01T.*expected -0\.5 to 5"):
        checked("pvpc", delivery_periods(date(2025, 6, 2), HOUR)[:3], HOUR, value)


def test_a_negative_spot_price_is_plausible():
    checked("spot", delivery_periods(date(2024, 4, 1), HOUR), HOUR, -9.82)


def test_nothing_is_on_every_grid():
    checked("spot", np.array([], dtype="datetime64[s]"), HOUR, 0.0)


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("pvpc", datetime(2025, 10, 25, 18, 15, tzinfo=UTC)),  # 20:15 summer time, the day before
        ("spot", datetime(2025, 10, 25, 11, 0, tzinfo=UTC)),  # 13:00 summer time, the day before
        ("temp_mean", datetime(2025, 10, 27, 7, 0, tzinfo=UTC)),  # 08:00 winter time, the next day
    ],
)
def test_a_day_is_due_at_the_wall_clock_time_of_its_rule(name, due):
    starts = spec(name).delivery_starts(date(2025, 10, 26))
    assert {to_datetime(at) for at in spec(name).inferred_available_at(starts)} == {due}


def test_weather_is_due_hour_by_hour_two_hours_after_its_end():
    starts = spec("temperature").delivery_starts(date(2025, 10, 26))
    due = spec("temperature").inferred_available_at(starts)
    assert np.array_equal(due, starts + np.timedelta64(3, "h"))


def test_a_value_received_as_it_is_published_became_known_on_receipt():
    starts = delivery_periods(date(2025, 11, 18), HOUR)
    received = datetime(2025, 11, 17, 19, 20, tzinfo=UTC)
    known, inferred = spec("pvpc").availability(starts, received)
    assert (known == to_datetime64(received)).all()
    assert not inferred.any()


def test_a_value_received_before_its_publication_time_became_known_on_receipt():
    received = datetime(2025, 11, 17, 19, 10, tzinfo=UTC)
    known, _ = spec("pvpc").availability(delivery_periods(date(2025, 11, 18), HOUR), received)
    assert (known == to_datetime64(received)).all()


def test_history_counts_as_known_from_its_publication_time():
    starts = delivery_periods(date(2024, 2, 1), HOUR)
    known, inferred = spec("pvpc").availability(starts, datetime(2025, 11, 17, tzinfo=UTC))
    assert (known == to_datetime64(datetime(2024, 1, 31, 19, 15, tzinfo=UTC))).all()
    assert inferred.all()


@given(days, st.timedeltas(timedelta(days=-3), timedelta(days=900)))
def test_nothing_is_known_after_it_was_received_unless_it_arrived_before_it_was_due(day, late):
    entry = spec("pvpc")
    received = (entry.published_at(day) + late).replace(microsecond=0)
    known, inferred = entry.availability(entry.delivery_starts(day), received)
    assert (known <= to_datetime64(received)).all()
    assert (inferred == (late.total_seconds() // 1 > 86_400)).all()


def test_availability_is_decided_delivery_by_delivery():
    starts = periods(local_midnight(date(2025, 11, 16)), local_midnight(date(2025, 11, 19)), HOUR)
    received = datetime(2025, 11, 17, 19, 30, tzinfo=UTC)
    _, inferred = spec("pvpc").availability(starts, received)
    assert inferred.tolist() == [True] * 48 + [False] * 24


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize("name", sorted(SPECS))
def test_lengths_and_due_times_of_many_days_are_those_of_each_day(name: str) -> None:
    entry = SPECS[name]
    days = days_between(date(2019, 1, 1), date(2026, 12, 31))
    starts = np.array([to_datetime64(day_bounds(day)[0]) for day in days])
    each_s = [entry.resolution(day).total_seconds() for day in days]
    assert entry.resolutions_s(starts).tolist() == each_s
    if entry.trickle is None:
        due = [to_datetime64(entry.published_at(day)) for day in days]
        assert np.array_equal(entry.inferred_available_at(starts), due)
