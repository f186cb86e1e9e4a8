"""Delivery days, local time without a zone library, and the days that count as valley."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.market.calendar import (
    HOUR,
    MADRID,
    QUARTER,
    day_bounds,
    days_between,
    delivery_day,
    delivery_periods,
    is_valley_day,
    local_days,
    local_hours,
    local_instant,
    local_instants,
    local_midnight,
    local_offset_s,
    local_text,
    local_wall,
    periods,
    tariff_holidays,
    to_datetime,
    to_datetime64,
    utc_iso,
    weekday,
)

days = st.dates(date(2000, 1, 1), date(2035, 12, 31))
instants = st.integers(
    int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()),
    int(datetime(2035, 12, 31, tzinfo=UTC).timestamp()),
).map(lambda second: datetime.fromtimestamp(second, UTC))
resolutions = st.sampled_from([HOUR, QUARTER])


def hourly(first: date, last: date):
    return periods(local_midnight(first), local_midnight(last), HOUR)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (date(2025, 10, 1), 24)],
)
def test_a_delivery_day_has_23_24_or_25_hours_and_four_quarters_in_each(day, hours):
    assert delivery_periods(day, HOUR).size == hours
    assert delivery_periods(day, QUARTER).size == 4 * hours


@given(days, resolutions)
def test_delivery_periods_partition_the_day(day, resolution):
    start, end = day_bounds(day)
    starts = delivery_periods(day, resolution)
    step = np.timedelta64(resolution)
    assert to_datetime(starts[0]) == start
    assert to_datetime(starts[-1] + step) == end
    assert (np.diff(starts) == step).all()
    assert (local_days(starts) == np.datetime64(day)).all()


@given(days)
def test_one_day_ends_where_the_next_begins(day):
    assert day_bounds(day)[1] == day_bounds(day + timedelta(days=1))[0]


def test_the_offset_agrees_with_the_zone_database_in_every_hour_from_2000_to_2035():
    starts = hourly(date(2000, 1, 1), date(2036, 1, 1))
    by_zone = [
        int(datetime.fromtimestamp(second, MADRID).utcoffset().total_seconds())
        for second in starts.astype(np.int64).tolist()
    ]
    assert np.array_equal(local_offset_s(starts), by_zone)


@given(st.lists(instants, max_size=20))
def test_local_time_agrees_with_the_zone_database_to_the_second(moments):
    starts = np.array([to_datetime64(moment) for moment in moments], dtype="datetime64[s]")
    walls = [moment.astimezone(MADRID).replace(tzinfo=None) for moment in moments]
    assert local_wall(starts).tolist() == walls
    assert local_days(starts).tolist() == [wall.date() for wall in walls]
    assert local_hours(starts).tolist() == [wall.hour for wall in walls]


def test_the_repeated_hour_of_autumn_is_hour_2_twice():
    assert local_hours(delivery_periods(date(2025, 10, 26), HOUR))[:5].tolist() == [0, 1, 2, 2, 3]


def test_the_skipped_hour_of_spring_does_not_occur():
    assert local_hours(delivery_periods(date(2025, 3, 30), HOUR))[:4].tolist() == [0, 1, 3, 4]


def test_a_wall_time_that_occurs_twice_means_the_first():
    assert local_instant(date(2025, 10, 26), time(2, 30)) == datetime(
        2025, 10, 26, 0, 30, tzinfo=UTC
    )


def test_an_evening_instant_belongs_to_the_next_madrid_day():
    assert delivery_day(datetime(2025, 6, 30, 22, tzinfo=UTC)) == date(2025, 7, 1)


@given(instants)
def test_an_instant_survives_the_way_to_numpy_and_back(instant):
    assert to_datetime(to_datetime64(instant)) == instant


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no offset"):
        to_datetime64(datetime(2025, 1, 1))  # noqa: DTZ001


def test_an_instant_is_written_in_utc():
    assert utc_iso(datetime(2025, 10, 26, 2, tzinfo=MADRID)) == "2025-10-26T00:00:00Z"


@given(days, st.integers(0, 400))
def test_days_between_includes_both_ends(first, count):
    last = first + timedelta(days=count)
    between = days_between(first, last)
    assert (between[0], between[-1], len(between)) == (first, last, count + 1)


@given(st.lists(days, min_size=1))
def test_weekday_counts_from_monday(some_days):
    numbers = weekday(np.array(some_days, dtype="datetime64[D]"))
    assert numbers.tolist() == [day.weekday() for day in some_days]


def test_the_nine_tariff_holidays_have_fixed_dates():
    assert sorted(tariff_holidays(2026)) == [
        date(2026, 1, 1), date(2026, 1, 6), date(2026, 5, 1), date(2026, 8, 15),
        date(2026, 10, 12), date(2026, 11, 1), date(2026, 12, 6), date(2026, 12, 8),
        date(2026, 12, 25),
    ]  # fmt: skip


@given(st.lists(days, min_size=1))
def test_valley_days_are_weekends_and_tariff_holidays(some_days):
    expected = [day.weekday() >= 5 or day in tariff_holidays(day.year) for day in some_days]
    assert is_valley_day(np.array(some_days, dtype="datetime64[D]")).tolist() == expected


@pytest.mark.parametrize("day", [date(2022, 4, 15), date(2025, 4, 18)])
def test_good_friday_is_not_a_valley_day(day):
    assert not is_valley_day(np.array([day], dtype="datetime64[D]"))[0]


def test_nothing_gives_nothing():
    none = np.array([], dtype="datetime64[s]")
    assert local_wall(none).size == 0
    assert is_valley_day(none.astype("datetime64[D]")).size == 0


@pytest.mark.parametrize(
    "at", [time(), time(2), time(2, 30), time(3), time(8), time(20, 15), time(23, 59, 59)]
)
def test_wall_times_of_many_days_are_those_of_each_day(at: time) -> None:
    days = days_between(date(1999, 1, 1), date(2031, 1, 1))
    one_by_one = [to_datetime64(local_instant(day, at)) for day in days]
    assert np.array_equal(local_instants(np.array(days, "datetime64[D]"), at), one_by_one)


def test_an_instant_for_people_is_told_by_madrids_clock_and_tells_the_double_hour_apart() -> None:
    twice = [datetime(2025, 10, 26, hour, 15, tzinfo=UTC) for hour in (0, 1)]
    assert [local_text(at) for at in twice] == ["2025-10-26 02:15+02:00", "2025-10-26 02:15+01:00"]
