from __future__ import annotations

import numpy as np
import pytest

from chocolate_factory.forecasting import metrics
from chocolate_factory.market.series import QUANTILES


def test_mae_and_rmse_of_three_errors() -> None:
    error = np.array([1.0, -2.0, 3.0])
    assert metrics.mae(error) == pytest.approx(2.0)
    assert metrics.rmse(error) == pytest.approx(np.sqrt(14.0 / 3.0))


def test_rmae_is_the_share_of_the_naives_error() -> None:
    assert metrics.rmae(np.array([1.0, -1.0]), np.array([2.0, 2.0])) == pytest.approx(0.5)


def test_rmae_has_no_value_beside_an_exact_naive() -> None:
    assert metrics.rmae(np.array([1.0]), np.array([0.0])) is None


def test_coverage_counts_the_edges_of_the_band() -> None:
    actual = np.array([0.0, 1.0, 2.0, 3.0])
    assert metrics.coverage(actual, np.full(4, 1.0), np.full(4, 2.0)) == pytest.approx(0.5)


def test_pinball_charges_a_low_quantile_little_for_being_low() -> None:
    quantiles = np.zeros((2, len(QUANTILES)))
    above, below = metrics.pinball(np.array([10.0, -10.0]), quantiles)
    assert above == pytest.approx(10.0 * np.array(QUANTILES))
    assert below == pytest.approx(10.0 * (1.0 - np.array(QUANTILES)))


def test_crps_of_a_certain_and_right_forecast_is_zero() -> None:
    assert metrics.crps(np.array([-4.0]), np.full((1, len(QUANTILES)), -4.0)) == 0.0


def test_crps_of_a_point_forecast_by_hand() -> None:
    # 2 · Σ width · τ · |e| with widths of the trapezoids on 0, .05, .1, .25, .5, .75, .9, .95, 1
    widths = (0.05, 0.1, 0.2, 0.25, 0.2, 0.1, 0.05)
    expected = 2 * sum(w * q for w, q in zip(widths, QUANTILES, strict=True)) * 3.0
    assert metrics.crps(np.array([3.0]), np.zeros((1, len(QUANTILES)))) == pytest.approx(expected)


def test_crps_of_normal_quantiles_is_near_the_closed_form() -> None:
    normal = np.array([-1.6449, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.6449])
    actual = np.random.default_rng(1).normal(size=20_000)
    estimate = metrics.crps(actual, np.tile(normal, (actual.size, 1)))
    assert estimate == pytest.approx(1 / np.sqrt(np.pi), rel=0.06)


def test_r2_is_the_share_of_the_variance_explained() -> None:
    actual = np.array([1.0, 2.0, 3.0, 4.0])
    assert metrics.r2(np.array([0.5, -0.5, 0.5, -0.5]), actual) == pytest.approx(1 - 1 / 5)
    assert metrics.r2(actual - actual.mean(), actual) == pytest.approx(0.0)
    assert metrics.r2(np.zeros(2), np.ones(2)) is None


def test_the_cheapest_hours_save_against_even_use() -> None:
    actual = np.array([1.0] * 6 + [3.0] * 18)  # 2.5 on average
    assert metrics.cheapest_hours_saving(actual, actual) == (1.5, 1.5)
    late = np.arange(24.0)[::-1]  # thinks that the last six are the cheapest
    assert metrics.cheapest_hours_saving(actual, late) == (-0.5, 1.5)
    assert metrics.cheapest_hours_saving(actual, np.zeros(24)) == (1.5, 1.5)  # ties: the earliest
