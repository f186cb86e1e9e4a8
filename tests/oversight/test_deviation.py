"""One day's forecast hour by hour beside what came."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from oversight.conftest import MADE, foretold, prices

from chocolate_factory import oversight
from chocolate_factory.errors import NoForecast
from chocolate_factory.market.catalog import PVPC, SPOT, spec

DAY = date(2025, 10, 26)  # 25 hours
LATER = MADE + timedelta(days=4)


def test_the_last_forecast_before_publication_is_shown_by_hour(store):
    due = spec(PVPC).published_at(DAY)
    for back, off in ((20, 0.03), (2, 0.01), (-1, 0.0)):
        made = due - timedelta(hours=back)
        store.save_forecast(foretold(DAY, DAY, origin=made, off=off), made_at=made)
    store.append([prices(DAY, DAY)], now=LATER)
    told = oversight.deviation(store, PVPC, day=DAY, as_of=LATER)
    assert told.issued.made_at == due - timedelta(hours=2)
    assert told.start.size == 25
    assert told.forecast - told.actual == pytest.approx(np.full(25, 0.01))
    assert told.score.bias == pytest.approx(0.01)


def test_quarter_hours_are_told_as_the_mean_of_their_hour(store):
    store.save_forecast(foretold(DAY, DAY, key=SPOT), made_at=MADE)
    store.append([prices(DAY, DAY, key=SPOT)], now=LATER)
    told = oversight.deviation(store, SPOT, day=DAY, as_of=LATER)
    assert told.start.size == 25
    assert told.score.periods == 100
    assert told.forecast - told.actual == pytest.approx(np.full(25, 10.0))


def test_hours_without_an_actual_price_are_not_made_up(store):
    store.save_forecast(foretold(DAY, DAY), made_at=MADE)
    told = oversight.deviation(store, PVPC, day=DAY, as_of=LATER)
    assert np.isnan(told.actual).all()
    assert told.score is None


def test_a_day_without_a_forecast_before_its_prices_says_what_makes_one(store):
    due = spec(PVPC).published_at(DAY)
    store.save_forecast(foretold(DAY, DAY), made_at=due + timedelta(hours=1))
    with pytest.raises(NoForecast, match=r"2025-10-26 was stored before .*chocolate-factory"):
        oversight.deviation(store, PVPC, day=DAY, as_of=LATER)


def test_a_forecast_that_does_not_reach_the_day_is_none_of_it(store):
    store.save_forecast(foretold(DAY - timedelta(days=1), DAY - timedelta(days=1)), made_at=MADE)
    with pytest.raises(NoForecast):
        oversight.deviation(store, PVPC, day=DAY, as_of=LATER)
