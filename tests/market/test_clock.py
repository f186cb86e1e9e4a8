from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.market.calendar import local_instants, local_offset_s
from chocolate_factory.market.clock import MADRID_CLOCK, Clock

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")


def walls(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[s]")


@pytest.mark.parametrize("zone", ZONES)
def test_the_offset_is_that_of_the_zone_database_around_every_change_of_a_year(zone: str) -> None:
    starts = np.arange("2024-12-31", "2026-01-02", 1800, dtype="datetime64[s]")
    at = ZoneInfo(zone)
    expected = [
        datetime.fromtimestamp(int(second), at).utcoffset() // timedelta(seconds=1)  # type: ignore[operator]
        for second in starts.astype(np.int64)
    ]
    assert Clock.named(zone).offset_s(starts).tolist() == expected


def test_the_table_of_berlin_agrees_with_the_rule_of_madrid_for_a_century() -> None:
    starts = np.arange("1998-01-01", "2099-01-01", 6 * 3600, dtype="datetime64[s]")
    assert (Clock.named("Europe/Berlin").offset_s(starts) == local_offset_s(starts)).all()


def test_a_day_lasts_23_24_or_25_hours_and_24_in_naive_time() -> None:
    days = np.array(["2025-03-09", "2025-06-01", "2025-11-02"], dtype="datetime64[D]")
    assert Clock.named("America/New_York").lengths_s(days).tolist() == [82_800, 86_400, 90_000]
    assert Clock.named("naive").lengths_s(days).tolist() == [86_400] * 3


def test_a_repeated_hour_has_two_instants_and_a_skipped_one_none() -> None:
    clock = Clock.named("Europe/Berlin")
    first, last, shown = clock.readings(
        walls("2025-10-26T02:00", "2025-03-30T02:30", "2025-07-01T12:00")
    )
    assert first[0] == np.datetime64("2025-10-26T00:00")
    assert last[0] == np.datetime64("2025-10-26T01:00")
    assert shown.tolist() == [True, False, True]
    assert first[2] == last[2] == np.datetime64("2025-07-01T10:00")


def test_the_first_instant_of_a_wall_time_is_that_of_the_calendar() -> None:
    days = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
    for hour in range(24):
        at = (datetime(2025, 1, 1) + timedelta(hours=hour)).time()  # noqa: DTZ001
        wall = days.astype("datetime64[s]") + np.timedelta64(hour, "h")
        assert (MADRID_CLOCK.instants(wall) == local_instants(days, at)).all()


def test_a_day_begins_at_the_change_where_midnight_is_skipped() -> None:
    # Havana puts its clocks forward at midnight: 2025-03-09 begins at 01:00.
    assert Clock.named("America/Havana").midnight(date(2025, 3, 9)) == np.datetime64(
        "2025-03-09T05:00"
    )


def test_naive_times_are_shown_without_a_zone() -> None:
    at = np.datetime64("2012-01-09T00:00:00")
    assert Clock.named("naive").stamp(at) == "2012-01-09T00:00:00"
    assert MADRID_CLOCK.stamp(at) == "2012-01-09T00:00:00Z"


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../etc/passwd", "local"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(RequestInvalid, match="or naive for local time"):
        Clock.named(zone)
