from __future__ import annotations

import numpy as np
import pytest

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.intervals import (
    CALIBRATION_ORIGINS,
    LEAST_ORIGINS,
    PastErrors,
    restlessness,
)
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.market.series import QUANTILES


def newest_quantiles(scaled: np.ndarray) -> np.ndarray:
    """Quantiles at the day after the last origin of ``scaled``, shape (leads, hours, levels)."""
    origins, leads = scaled.shape[:2]
    unknown = np.full((leads, *scaled.shape[1:]), np.nan)
    errors = PastErrors("m", np.arange(origins + leads), np.concatenate([scaled, unknown]))
    return errors.quantiles(origins + leads - 1)[-1]


def test_quantiles_are_those_of_the_errors_of_the_block() -> None:
    # Errors 1 … 99 in turn, so that levels have nothing to adapt to: τ lies at position τ · 397.
    one = np.random.default_rng(3).permutation(np.arange(1.0, 100.0))
    made = newest_quantiles(np.broadcast_to(one[:, None, None, None], (99, 1, WALL_HOURS, 1)))
    assert made.shape == (1, WALL_HOURS, len(QUANTILES))
    assert made[0, 0] == pytest.approx(100 * np.array(QUANTILES), abs=8.0)
    assert (np.diff(made, axis=2) >= 0).all()


def test_each_block_and_lead_day_has_its_own_errors() -> None:
    error = np.random.default_rng(1).normal(size=(60, 2, WALL_HOURS, 1))
    error[:, 1] *= 10
    error[:, :, 12:] *= 5
    made = newest_quantiles(error)
    width = made[:, :, -1] - made[:, :, 0]
    assert width[1, 0] > 5 * width[0, 0]
    assert width[0, 12] > 2 * width[0, 11]
    assert (width[:, 12] == width[:, 15]).all()


def test_only_the_newest_origins_count() -> None:
    old = np.full((50, 1, WALL_HOURS, 1), 1e6)
    new = np.random.default_rng(1).normal(size=(CALIBRATION_ORIGINS, 1, WALL_HOURS, 1))
    assert np.abs(newest_quantiles(np.concatenate([old, new]))).max() < 10


def test_bands_that_were_too_narrow_of_late_become_wider() -> None:
    calm = np.random.default_rng(1).normal(size=(200, 1, WALL_HOURS, 1))
    wild = calm.copy()
    wild[-20:] *= 4
    pooled = np.quantile(wild[-CALIBRATION_ORIGINS:, 0, :4], QUANTILES[-1])
    assert newest_quantiles(wild)[0, 0, -1] > 1.1 * pooled


def test_bands_cover_what_they_say_of_errors_that_keep_growing() -> None:
    grown = np.random.default_rng(1).normal(size=(500, 1, WALL_HOURS, 1))
    grown *= np.linspace(1.0, 4.0, 500)[:, None, None, None]
    errors = PastErrors("m", np.arange(500), grown)
    made = errors.quantiles(200)
    inside = (grown[200:] >= made[..., None, 0]) & (grown[200:] <= made[..., None, -1])
    assert inside.mean() == pytest.approx(0.9, abs=0.02)


def test_no_outcome_after_an_origin_changes_its_quantiles() -> None:
    error = np.random.default_rng(1).normal(size=(120, 3, WALL_HOURS, 1))
    rows = np.arange(120)
    later = rows[:, None] + np.arange(1, 4) > 100
    other = np.where(later[:, :, None, None], 1e6, error)
    one, two = (PastErrors("m", rows, each).quantiles(60) for each in (error, other))
    assert one[: 101 - 60].tobytes() == two[: 101 - 60].tobytes()


def test_too_few_known_outcomes_are_refused() -> None:
    error = np.zeros((LEAST_ORIGINS, 2, WALL_HOURS, 1))
    error[-1, 1] = np.nan
    with pytest.raises(ModelNotFitted, match=r"27 past forecasts 2 days ahead .* need 28"):
        newest_quantiles(error)


def test_restlessness_is_the_geometric_mean_of_deviation_and_weekly_change() -> None:
    price = np.zeros((42, WALL_HOURS))
    price[:, 12:] = 8.0
    price[np.arange(42) // 7 % 2 == 1] += 16.0
    assert restlessness(price, np.array([41])) == pytest.approx((8.0 * 16.0) ** 0.5)
    assert restlessness(price[:6], np.array([5])) == pytest.approx(4.0)


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
