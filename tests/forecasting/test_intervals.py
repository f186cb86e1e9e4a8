from __future__ import annotations

import numpy as np
import pytest

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.intervals import (
    CALIBRATION_ORIGINS,
    LEAST_ORIGINS,
    error_quantiles,
    restlessness,
)
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.market.series import QUANTILES


def test_quantiles_are_those_of_the_errors_of_the_block() -> None:
    # 99 errors 1 … 99 in every hour: the level τ lies at position τ · (396 + 1) of 396 sorted ones.
    error = np.broadcast_to(np.arange(1.0, 100.0)[:, None, None, None], (99, 1, WALL_HOURS, 1))
    made = error_quantiles(error, model="m")
    assert made.shape == (1, WALL_HOURS, len(QUANTILES))
    assert made[0, 0] == pytest.approx(100 * np.array(QUANTILES), abs=0.51)
    assert (np.diff(made, axis=2) >= 0).all()


def test_each_block_and_lead_day_has_its_own_errors() -> None:
    error = np.random.default_rng(1).normal(size=(60, 2, WALL_HOURS, 1))
    error[:, 1] *= 10
    error[:, :, 12:] *= 5
    made = error_quantiles(error, model="m")
    width = made[:, :, -1] - made[:, :, 0]
    assert width[1, 0] > 5 * width[0, 0]
    assert width[0, 12] > 2 * width[0, 11]
    assert (width[:, 12] == width[:, 15]).all()


def test_only_the_newest_origins_count() -> None:
    old = np.full((50, 1, WALL_HOURS, 1), 1e6)
    new = np.random.default_rng(1).normal(size=(CALIBRATION_ORIGINS, 1, WALL_HOURS, 1))
    assert np.abs(error_quantiles(np.concatenate([old, new]), model="m")).max() < 10


def test_too_few_known_outcomes_are_refused() -> None:
    error = np.zeros((LEAST_ORIGINS, 2, WALL_HOURS, 1))
    error[-1, 1] = np.nan
    with pytest.raises(ModelNotFitted, match=r"27 past forecasts 2 days ahead .* need 28"):
        error_quantiles(error, model="m")


def test_restlessness_is_the_mean_deviation_of_two_weeks() -> None:
    price = np.zeros((40, WALL_HOURS))
    price[:, 12:] = 8.0
    assert restlessness(price, np.array([20, 39])) == pytest.approx(4.0)


def test_restlessness_looks_only_backwards() -> None:
    price = np.random.default_rng(1).normal(size=(120, WALL_HOURS))
    later = price.copy()
    later[101:] = 50.0
    rows = np.array([5, 100])
    assert (restlessness(price, rows) == restlessness(later, rows)).all()


def test_a_flat_fortnight_keeps_a_scale() -> None:
    price = np.random.default_rng(1).normal(size=(100, WALL_HOURS))
    price[-14:] = 0.0
    assert restlessness(price, np.array([99]))[0] > 0.01
