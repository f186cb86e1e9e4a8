"""Price paths keep to the quantiles, to what is published, and go on as errors do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.forecasting.scenarios import (
    SCORES,
    Dependence,
    dependence_of,
    draw,
    score_of,
)
from chocolate_factory.market.calendar import HOUR, periods
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import Forecast

BEGIN = datetime(2025, 10, 25, 22, tzinfo=UTC)  # the day that has 25 hours


def outlook(days: float = 7, *, published: int = 24, width: float = 0.03) -> Forecast:
    start = periods(BEGIN, BEGIN + timedelta(days=days), HOUR)
    known = np.arange(start.size) < published
    mean = 0.12 + 0.04 * np.sin(np.arange(start.size) / 24 * 2 * np.pi)
    quantiles = mean[:, None] + np.where(known[:, None], 0.0, width * SCORES)
    return Forecast(
        PVPC, "EUR/kWh", BEGIN, "ridge", start, np.full(start.size, 3600), known, mean, quantiles
    )


def test_published_prices_are_the_same_on_every_path():
    made = outlook()
    paths = draw(made, count=50, seed=1)
    assert (paths[:, :24] == made.mean[:24]).all()
    assert paths[:, 24:].std(axis=0).min() > 0


def test_the_same_seed_draws_the_same_paths_and_another_one_others():
    made = outlook()
    assert (draw(made, count=5, seed=7) == draw(made, count=5, seed=7)).all()
    assert (draw(made, count=5, seed=7) != draw(made, count=5, seed=8)).any()


def test_paths_keep_to_mean_and_quantiles():
    made = outlook()
    paths = draw(made, count=4000, seed=3)
    ahead = ~made.published
    assert paths.mean(axis=0) == pytest.approx(made.mean)
    for column, level in ((0, 0.05), (3, 0.5), (6, 0.95)):
        told = np.quantile(paths[:, ahead], level, axis=0)
        assert np.abs(told - made.quantiles[ahead, column]).max() < 0.006


def test_errors_of_neighbouring_hours_are_alike_and_days_apart_less():
    paths = draw(outlook(), count=3000, seed=3)

    def alike(one: int, other: int) -> float:
        return float(np.corrcoef(paths[:, one], paths[:, other])[0, 1])

    told = Dependence()
    assert alike(60, 61) == pytest.approx((1 - told.share) * told.hour + told.share, abs=0.05)
    assert alike(60, 61) > alike(60, 72) > alike(60, 150)


def test_the_dependence_of_drawn_errors_is_found_again():
    made = outlook(14, published=0)
    asked = Dependence(hour=0.85, day=0.6, share=0.4)
    past = [(made, path) for path in draw(made, count=300, seed=5, dependence=asked)]
    found = dependence_of(past)
    assert found.hour == pytest.approx(asked.hour, abs=0.06)
    assert found.share == pytest.approx(asked.share, abs=0.12)
    assert found.day == pytest.approx(asked.day, abs=0.15)


def test_scores_are_those_of_the_quantiles_and_unknown_where_published():
    made = outlook()
    scores = score_of(made, made.quantiles[:, 5])
    assert np.isnan(scores[:24]).all()
    assert scores[24:] == pytest.approx(SCORES[5])


def test_too_little_past_and_impossible_dependences_are_refused():
    with pytest.raises(RequestInvalid, match="too few past forecasts"):
        dependence_of([])
    with pytest.raises(RequestInvalid, match="0 to below 1"):
        Dependence(hour=1.0)
    with pytest.raises(RequestInvalid, match="one path or more"):
        draw(outlook(), count=0, seed=1)


def test_paths_stay_within_what_is_plausible():
    wild = replace(outlook(width=3.0))
    paths = draw(wild, count=100, seed=2)
    assert paths.min() >= -0.5
    assert paths.max() <= 5.0
