from __future__ import annotations

import numpy as np
import pytest

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.features import regulated_step
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.linear import RidgeLear
from chocolate_factory.forecasting.model import Known
from chocolate_factory.market.catalog import PVPC, SPOT

FIRST = np.datetime64("2024-01-01")


def weekly_shape(days: int, *, noise: float = 0.5) -> np.ndarray:
    """Prices that repeat every week, up to noise."""
    hour, day = np.arange(WALL_HOURS), np.arange(days)
    shape = 60 + 20 * np.sin(2 * np.pi * hour / 12) + np.where(day % 7 < 5, 25.0, 0.0)[:, None]
    return shape + np.random.default_rng(2).normal(0, noise, shape.shape)


def test_it_learns_a_price_that_repeats_every_week() -> None:
    price = weekly_shape(420)
    known = Known(SPOT, FIRST, price[:400])
    made = RidgeLear().fit(known, 14).predict(known, 14)
    assert np.abs(made - price[400:414]).mean() < 1.5


def test_the_toll_step_of_pvpc_is_taken_out_and_put_back() -> None:
    days = FIRST + np.arange(400)
    price = 0.001 * weekly_shape(400) + regulated_step(PVPC, days)
    known = Known(PVPC, FIRST, price[:380])
    made = RidgeLear().fit(known, 7).predict(known, 7)
    assert np.abs(made - price[380:387]).mean() < 0.002


def test_it_forecasts_a_market_whose_level_is_new_to_it() -> None:
    price = weekly_shape(420)
    price[330:] += 300.0
    known = Known(SPOT, FIRST, price[:400])
    made = RidgeLear().fit(known, 7).predict(known, 7)
    assert np.abs(made - price[400:407]).mean() < 10.0


def test_spikes_and_negative_prices_leave_it_finite() -> None:
    price = weekly_shape(300, noise=30.0)
    price[::37, 20] = 900.0
    price[::11, 14] = -20.0
    known = Known(SPOT, FIRST, price)
    assert np.isfinite(RidgeLear().fit(known, 14).predict(known, 14)).all()


def test_days_without_a_price_are_no_training_targets() -> None:
    price = weekly_shape(400)
    absurd = price.copy()
    price[200], absurd[200] = np.nan, 5000.0
    holed, whole = Known(SPOT, FIRST, price), Known(SPOT, FIRST, absurd)
    clean = Known(SPOT, FIRST, weekly_shape(400))
    made = RidgeLear().fit(holed, 1).predict(holed, 1)
    best = RidgeLear().fit(clean, 1).predict(clean, 1)
    misled = RidgeLear().fit(whole, 1).predict(whole, 1)
    assert np.abs(made - best).max() < np.abs(misled - best).max() / 4


def test_too_short_a_history_says_how_much_is_needed() -> None:
    with pytest.raises(ModelNotFitted, match="needs 120 days of history, there are 119"):
        RidgeLear().fit(Known(SPOT, FIRST, weekly_shape(119)), 7)


def test_a_price_that_never_moves_teaches_nothing() -> None:
    with pytest.raises(ModelNotFitted, match="nothing to learn"):
        RidgeLear().fit(Known(SPOT, FIRST, np.full((300, WALL_HOURS), 42.0)), 7)


def test_two_flat_weeks_before_the_origin_do_not_break_it() -> None:
    price = weekly_shape(300)
    price[-20:] = 60.0
    known = Known(SPOT, FIRST, price)
    made = RidgeLear().fit(known, 7).predict(known, 7)
    assert np.abs(made - 60.0).max() < 60.0


def test_a_history_that_is_mostly_holes_is_refused() -> None:
    price = weekly_shape(1100, noise=5.0)
    price[400:1090] = np.nan
    with pytest.raises(ModelNotFitted, match="whole days to learn lead day"):
        RidgeLear().fit(Known(SPOT, FIRST, price), 14)
