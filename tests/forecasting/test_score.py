from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from chocolate_factory.forecasting import score_forecast
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import QUANTILES, Forecast, Series

ORIGIN = datetime(2025, 6, 17, 21, tzinfo=UTC)
START = np.datetime64("2025-06-17T21:00:00") + np.arange(4) * np.timedelta64(3600, "s")


def issued() -> Forecast:
    """One published hour and three forecast ones, with bands of ± 0.03 around 0.10."""
    around = np.linspace(-0.03, 0.03, len(QUANTILES))
    mean = np.full(4, 0.10)
    return Forecast(
        PVPC, "EUR/kWh", ORIGIN, "ridge", START, np.full(4, 3600),
        np.array([True, False, False, False]), mean, mean[:, None] + around,
    )  # fmt: skip


def actual(values: list[float], kinds: list[str]) -> Series:
    n = len(values)
    return Series(
        PVPC, "EUR/kWh", ORIGIN, START[:n], np.full(n, 3600), np.array(values), START[:n],
        np.full(n, "ree"), np.array(kinds),
    )  # fmt: skip


def test_only_forecast_periods_with_a_published_price_count() -> None:
    came = actual([0.5, 0.11, 0.125, 0.9], ["published", "published", "published", "imputed"])
    score = score_forecast(issued(), came)
    assert score is not None
    assert score.periods == 2
    assert score.mae == pytest.approx(0.0175)
    assert score.coverage_80 == pytest.approx(0.5)
    assert score.coverage_90 == pytest.approx(1.0)


def test_nothing_to_compare_is_no_score() -> None:
    assert score_forecast(issued(), actual([0.5], ["published"])) is None
