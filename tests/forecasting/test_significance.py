from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from chocolate_factory.forecasting.significance import (
    RESAMPLES,
    block_resamples,
    diebold_mariano,
    interval,
)


def test_the_statistic_is_that_of_the_formula_written_out() -> None:
    # n = 30 gives floor(4 × 0.3^(2/9)) = 3 lags
    rng = np.random.default_rng(3)
    loss, other = rng.normal(1.0, 0.1, 30), rng.normal(1.1, 0.1, 30)
    d = loss - other
    centred = d - d.mean()
    variance = centred @ centred / 30
    for lag, weight in ((1, 3 / 4), (2, 2 / 4), (3, 1 / 4)):
        variance += 2 * weight * (centred[lag:] * centred[:-lag]).sum() / 30
    expected = d.mean() / np.sqrt(variance / 30)
    told = diebold_mariano(loss, other, overlap=1)
    assert told is not None
    assert told[0] == pytest.approx(expected)
    assert told[1] == pytest.approx(2 * stats.norm.sf(abs(expected)))


def test_overlapping_horizons_reach_as_many_lags() -> None:
    rng = np.random.default_rng(4)
    noise = np.convolve(rng.normal(size=406), np.ones(7) / 7, "valid")  # errors last seven origins
    alone = diebold_mariano(noise + 0.02, np.zeros(400), overlap=1)
    aware = diebold_mariano(noise + 0.02, np.zeros(400), overlap=7)
    assert alone is not None
    assert aware is not None
    assert abs(aware[0]) < abs(alone[0])


def test_the_test_rejects_about_one_in_twenty_where_both_are_as_good() -> None:
    rng = np.random.default_rng(5)
    told = [diebold_mariano(*np.abs(rng.normal(size=(2, 200))), overlap=1) for _ in range(400)]
    rejected = np.mean([one[1] < 0.05 for one in told if one is not None])
    assert 0.03 < rejected < 0.09


def test_exchanging_the_models_turns_the_sign() -> None:
    rng = np.random.default_rng(6)
    loss, other = np.abs(rng.normal(size=(2, 100)))
    there, back = (
        diebold_mariano(loss, other, overlap=7),
        diebold_mariano(other, loss, overlap=7),
    )
    assert there is not None
    assert back is not None
    assert there[0] == pytest.approx(-back[0])
    assert there[1] == pytest.approx(back[1])


@pytest.mark.parametrize(("n", "overlap"), [(7, 1), (11, 7)])
def test_too_few_origins_cannot_be_told_apart(n: int, overlap: int) -> None:
    rng = np.random.default_rng(7)
    assert diebold_mariano(*rng.normal(size=(2, n)), overlap=overlap) is None


def test_the_same_losses_cannot_be_told_apart() -> None:
    assert diebold_mariano(np.ones(50), np.ones(50), overlap=1) is None


def test_every_resample_draws_as_many_origins_in_whole_blocks() -> None:
    count = block_resamples(30, block=7)
    assert count is not None
    assert count.shape == (RESAMPLES, 30)
    assert (count.sum(axis=1) == 30).all()
    single = block_resamples(28, block=7)
    assert single is not None
    edges = np.abs(np.diff(np.column_stack([single, single[:, 0]]), axis=1)).sum(axis=1)
    assert edges.max() <= 2 * 4  # four blocks begin and end in at most eight places


def test_few_origins_have_no_interval() -> None:
    assert block_resamples(27, block=7) is None
    assert interval(None, np.ones((3, 1)), lambda s: s[:, 0]) is None


def test_the_interval_of_a_mean_is_that_of_theory_where_origins_are_independent() -> None:
    values = np.random.default_rng(8).normal(5.0, 2.0, 400)
    sums = np.column_stack([np.ones(400), values])
    told = interval(block_resamples(400, block=1), sums, lambda s: s[:, 1] / s[:, 0])
    assert told is not None
    half = 1.96 * values.std() / 20
    assert told[0] == pytest.approx(values.mean() - half, abs=0.03)
    assert told[1] == pytest.approx(values.mean() + half, abs=0.03)


def test_a_measure_that_is_missing_in_a_resample_has_no_interval() -> None:
    sums = np.ones((40, 1))
    assert interval(block_resamples(40, block=1), sums, lambda s: s[:, 0] * np.nan) is None
