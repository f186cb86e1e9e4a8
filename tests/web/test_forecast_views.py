"""Awkward days in the outlook, and that nothing is rounded away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from web.conftest import outlook

from chocolate_factory.market.calendar import MADRID, local_midnight
from chocolate_factory.web import forecast_views


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 10, 25), 25), (date(2027, 3, 28), 23), (date(2026, 11, 1), 24)]
)
def test_a_day_has_the_hours_that_the_clock_gives_it(day: date, hours: int):
    at = datetime.combine(day - timedelta(days=3), datetime.min.time(), MADRID)
    week = forecast_views.week_ahead(outlook(at), as_of=at.astimezone(UTC) + timedelta(hours=9))
    told = week.days[3]
    assert (told.day, len(told.hours)) == (day, hours)
    ends = [hour.end.astimezone(UTC) for hour in told.hours]
    starts = [hour.start.astimezone(UTC) for hour in told.hours]
    assert ends[:-1] == starts[1:]


def test_an_hour_is_the_mean_of_its_quarters():
    at = datetime(2026, 11, 25, 14, 20, tzinfo=MADRID)
    known = outlook(at)
    week = forecast_views.week_ahead(known, as_of=at)
    quarters = known.mean[4 * 24 * 3 : 4 * 24 * 3 + 4]
    assert week.days[3].hours[0].mean_eur_kwh == round(quarters.mean() / 1000, 6)


def test_negative_prices_stay_negative():
    at = datetime(2026, 11, 25, 14, 20, tzinfo=MADRID)
    known = outlook(at)
    assert (known.mean < 0).any()
    told = forecast_views.hours_ahead(known, hours=336, as_of=at)
    prices = np.array([period.mean_eur_kwh for period in told.periods])
    assert ((prices < 0) == (np.round(known.mean / 1000, 6) < 0)).all()


def test_a_forecast_older_than_a_day_is_stale():
    at = datetime(2026, 11, 25, 14, 20, tzinfo=MADRID)
    known = outlook(at)
    later = at + timedelta(hours=26)
    assert forecast_views.week_ahead(known, as_of=later).stale is True
    assert forecast_views.week_ahead(known, as_of=at).stale is False


def test_a_forecast_that_begins_unpublished_has_no_published_end():
    at = datetime(2026, 11, 25, 14, 20, tzinfo=MADRID)
    ahead = outlook(at).between(
        local_midnight(date(2026, 11, 28)), local_midnight(date(2026, 11, 30))
    )
    assert forecast_views.week_ahead(ahead, as_of=at).published_to is None
