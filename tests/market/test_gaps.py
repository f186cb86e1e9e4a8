from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import Gap
from chocolate_factory.market.calendar import HOUR, QUARTER, delivery_periods
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.gaps import Severity, find_gaps, severity

LATER = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_missing_autumn_day_is_one_gap_of_25_hours():
    present = np.concatenate([delivery_periods(date(2025, 10, day), HOUR) for day in (25, 27)])
    report = find_gaps(
        spec("pvpc"), present, series="pvpc", first=date(2025, 10, 25), last=date(2025, 10, 27),
        as_of=LATER,
    )  # fmt: skip
    assert report.gaps == (
        Gap(datetime(2025, 10, 25, 22, tzinfo=UTC), datetime(2025, 10, 26, 23, tzinfo=UTC), 25),
    )
    assert (report.expected, report.present) == (73, 48)


def test_spot_counts_quarter_hours_from_the_first_quarter_hour_day():
    report = find_gaps(
        spec("spot"), np.array([], dtype="datetime64[s]"), series="spot",
        first=date(2025, 9, 30), last=date(2025, 10, 1), as_of=LATER,
    )  # fmt: skip
    assert [gap.missing for gap in report.gaps] == [24 + 96]


def test_two_holes_in_one_day_are_two_gaps():
    present = np.delete(delivery_periods(date(2025, 10, 1), QUARTER), [4, 5, 50])
    report = find_gaps(
        spec("spot"), present, series="spot", first=date(2025, 10, 1), last=date(2025, 10, 1),
        as_of=LATER,
    )  # fmt: skip
    assert [gap.missing for gap in report.gaps] == [2, 1]
    assert report.gaps[0].end - report.gaps[0].start == timedelta(minutes=30)


def test_prices_of_tomorrow_are_no_gap_before_their_publication():
    asked = {"series": "pvpc", "first": date(2025, 11, 18), "last": date(2025, 11, 18)}
    nothing = np.array([], dtype="datetime64[s]")
    before = datetime(2025, 11, 17, 19, 14, tzinfo=UTC)
    assert find_gaps(spec("pvpc"), nothing, as_of=before, **asked).gaps == ()
    after = datetime(2025, 11, 17, 19, 15, tzinfo=UTC)
    assert find_gaps(spec("pvpc"), nothing, as_of=after, **asked).gaps[0].missing == 24


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (2, Severity.MINOR),
        (2.25, Severity.MODERATE),
        (12, Severity.MODERATE),
        (13, Severity.CRITICAL),
    ],
)
def test_severity_follows_the_length(hours, expected):
    start = datetime(2025, 11, 17, tzinfo=UTC)
    assert severity(Gap(start, start + timedelta(hours=hours), 1)) is expected
