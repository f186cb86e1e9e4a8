"""Which stored forecasts can be scored now, and that scoring twice changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from oversight.conftest import MADE, foretold, prices

from chocolate_factory import oversight
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.oversight import Scored

D1, D2, D3 = (date(2025, 10, day) for day in (25, 26, 27))  # the second has 25 hours
LATER = MADE + timedelta(days=4)


def score(store, *, key=PVPC, now=LATER) -> Scored:
    return oversight.score_forecasts(
        store, key, made_from=MADE - timedelta(days=45), made_to=now, now=now
    )


def kept(store, *, key=PVPC, as_of=LATER):
    return store.scores(key, first=D1, last=D3, as_of=as_of)


def test_each_day_of_each_vintage_is_scored_once_its_prices_are_known(store):
    store.save_forecast(foretold(D1, D3), made_at=MADE)
    store.save_forecast(foretold(D1, D3, off=0.02), made_at=MADE + timedelta(hours=1))
    store.append([prices(D1, D2)], now=LATER)
    assert score(store) == Scored(forecasts=2, new=4)
    assert [(one.day, one.periods, round(one.mae, 9), one.lead_day) for one in kept(store)] == [
        (D1, 24, 0.01, 1), (D1, 24, 0.02, 1), (D2, 25, 0.01, 2), (D2, 25, 0.02, 2),
    ]  # fmt: skip


def test_scoring_again_without_news_keeps_nothing_new(store):
    store.save_forecast(foretold(D1, D3), made_at=MADE)
    store.append([prices(D1, D2)], now=LATER)
    score(store)
    before = list(store.dump())
    assert score(store, now=LATER + timedelta(hours=1)) == Scored(forecasts=1)
    assert len(list(store.dump())) == len(before)


def test_the_next_day_is_scored_when_it_arrives(store):
    store.save_forecast(foretold(D1, D3), made_at=MADE)
    store.append([prices(D1, D2)], now=LATER)
    score(store)
    store.append([prices(D3, D3)], now=LATER)
    assert score(store, now=LATER + timedelta(hours=1)) == Scored(forecasts=1, new=1)


def test_a_revised_price_is_scored_again_and_the_score_before_it_stays(store):
    store.save_forecast(foretold(D1, D3), made_at=MADE)
    store.append([prices(D1, D1)], now=LATER)
    score(store)
    revised = LATER + timedelta(days=1)
    store.append([prices(D1, D1, plus=0.005, known=revised)], now=revised)
    again = revised + timedelta(hours=1)
    assert score(store, now=again) == Scored(forecasts=1, again=1)
    assert score(store, now=again + timedelta(hours=1)) == Scored(forecasts=1)
    assert [round(one.mae, 9) for one in kept(store, as_of=again)] == [0.005]
    assert [round(one.mae, 9) for one in kept(store)] == [0.01]


def test_a_day_that_was_scored_with_a_gap_is_scored_again_when_it_is_whole(store):
    store.save_forecast(foretold(D1, D1), made_at=MADE)
    whole = prices(D1, D1)
    half = prices(D1, D1)
    half = type(half)(
        half.key, half.source, half.kind, half.start[:10], half.resolution_s[:10], half.value[:10],
        half.available_at[:10], half.inferred[:10],
    )  # fmt: skip
    store.append([half], now=LATER)
    assert score(store) == Scored(forecasts=1, new=1)
    store.append([whole], now=LATER)
    assert score(store, now=LATER + timedelta(hours=1)) == Scored(forecasts=1, again=1)
    assert [one.periods for one in kept(store, as_of=LATER + timedelta(days=1))] == [24]


def test_quarter_hours_are_scored_as_such(store):
    store.append([prices(date(2025, 9, 20), MADE.date(), key=SPOT)], now=MADE)
    store.save_forecast(foretold(D2, D2, key=SPOT), made_at=MADE)
    store.append([prices(D2, D2, key=SPOT)], now=LATER)
    score(store, key=SPOT)
    (told,) = kept(store, key=SPOT)
    assert (told.periods, round(told.mae, 9)) == (100, 10.0)
    assert told.naive_mae == pytest.approx(0.0, abs=1e-9)


def test_of_two_forecasts_of_one_second_the_last_one_counts(store):
    for off in (0.03, 0.01):
        store.save_forecast(foretold(D1, D1, off=off), made_at=MADE)
    store.append([prices(D1, D1)], now=LATER)
    assert score(store) == Scored(forecasts=1, new=1)
    assert [round(one.mae, 9) for one in kept(store)] == [0.01]


def test_forecasts_from_before_the_stretch_are_left_alone(store):
    store.save_forecast(foretold(D1, D3), made_at=MADE - timedelta(days=60))
    store.append([prices(D1, D2)], now=LATER)
    assert score(store) == Scored()


def test_a_store_without_forecasts_has_nothing_to_score(store):
    assert score(store, now=datetime(2025, 10, 24, tzinfo=UTC)) == Scored()
