"""A stored forecast against what came, delivery day by delivery day, beside the naive."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.forecasting import score_days
from chocolate_factory.forecasting.score import naive_mean
from chocolate_factory.market.calendar import local_midnight, to_datetime64
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import QUANTILES, Forecast, Series, SeriesKey

ORIGIN = datetime(2025, 10, 24, 9, tzinfo=UTC)
SCORED = datetime(2025, 11, 1, tzinfo=UTC)


def issued(
    first: date, last: date, *, key: SeriesKey = PVPC, published: int = 0, level: float = 0.10
) -> Forecast:
    """A flat forecast of whole days, its first periods published, with bands of ± 0.03."""
    start, resolution_s = spec(key).grid(first, last)
    mean = np.full(start.size, level)
    return Forecast(
        key, spec(key).unit, ORIGIN, "ridge", start, resolution_s,
        np.arange(start.size) < published, mean,
        mean[:, None] + np.linspace(-0.03, 0.03, len(QUANTILES)),
    )  # fmt: skip


def came(forecast: Forecast, values: list[float], *, kind: str = "published") -> Series:
    n = len(values)
    return Series(
        forecast.key, forecast.unit, SCORED, forecast.start[:n], forecast.resolution_s[:n],
        np.array(values), forecast.start[:n], np.full(n, "ree"), np.full(n, kind),
    )  # fmt: skip


def scored(forecast: Forecast, actual: Series, history: Series, **more) -> tuple[DayScore, ...]:
    told = {"made_at": ORIGIN, "scored_at": SCORED}
    return score_days(forecast, actual, history=history, **(told | more))


@pytest.fixture
def history(make_series) -> Series:
    return make_series(date(2025, 9, 20), date(2025, 10, 24))


def test_only_forecast_periods_with_a_price_count(history: Series) -> None:
    forecast = issued(date(2025, 10, 25), date(2025, 10, 25), published=1)
    (score,) = scored(forecast, came(forecast, [0.5, 0.11, 0.135]), history)
    assert score.periods == 2
    assert score.mae == pytest.approx(0.0225)
    assert score.bias == pytest.approx(-0.0225)
    assert (score.coverage_80, score.coverage_90) == (0.5, 0.5)


@pytest.mark.parametrize("kind", ["imputed", "forecast"])
def test_a_value_that_is_not_observed_scores_nothing(history: Series, kind: str) -> None:
    forecast = issued(date(2025, 10, 25), date(2025, 10, 25))
    assert scored(forecast, came(forecast, [0.1] * 24, kind=kind), history) == ()


@pytest.mark.parametrize(
    ("key", "day", "periods"),
    [
        (PVPC, date(2025, 3, 30), 23),
        (PVPC, date(2025, 10, 26), 25),
        (SPOT, date(2025, 10, 26), 100),
        (SPOT, date(2025, 9, 30), 24),
    ],
)
def test_a_day_is_scored_over_all_its_periods(make_series, key, day, periods) -> None:
    forecast = issued(day, day, key=key)
    actual = came(forecast, [0.1] * periods)
    (score,) = scored(forecast, actual, make_series(day - timedelta(days=30), day, key=key))
    assert (score.day, score.periods, score.mae) == (day, periods, 0.0)


def test_days_are_scored_apart_and_lead_days_count_from_the_day_of_the_origin(
    history: Series,
) -> None:
    forecast = issued(date(2025, 10, 24), date(2025, 10, 26))
    scores = scored(forecast, came(forecast, [0.1] * 24 + [0.2] * 24 + [0.4] * 25), history)
    assert [round(one.mae, 9) for one in scores] == [0.0, 0.1, 0.3]
    assert [one.lead_day for one in scores] == [0, 1, 2]
    assert [one.model for one in scores] == ["ridge"] * 3


def test_days_that_are_not_asked_for_are_left_out(history: Series) -> None:
    forecast = issued(date(2025, 10, 25), date(2025, 10, 26))
    asked = frozenset({date(2025, 10, 26)})
    (score,) = scored(forecast, came(forecast, [0.1] * 49), history, days=asked)
    assert score.day == date(2025, 10, 26)


def test_the_naive_beside_it_is_the_same_hour_a_week_before(history: Series) -> None:
    forecast = issued(date(2025, 10, 25), date(2025, 10, 25))
    week_before = history.between(
        local_midnight(date(2025, 10, 18)), local_midnight(date(2025, 10, 19))
    )
    (score,) = scored(forecast, came(forecast, [0.1] * 24), history)
    assert score.naive_mae == pytest.approx(np.abs(week_before.value - 0.1).mean())
    assert score.rmae == 0.0


def test_the_naive_knows_nothing_that_became_known_after_the_origin(make_series) -> None:
    forecast = issued(date(2025, 10, 25), date(2025, 11, 5))
    whole = make_series(date(2025, 9, 20), date(2025, 11, 5))
    until = make_series(date(2025, 9, 20), date(2025, 10, 24))
    assert to_datetime64(ORIGIN) < whole.available_at.max()
    assert naive_mean(forecast, whole).tobytes() == naive_mean(forecast, until).tobytes()


def test_without_a_week_of_history_there_is_a_score_and_no_naive(make_series) -> None:
    forecast = issued(date(2025, 10, 25), date(2025, 10, 25))
    short = make_series(date(2025, 10, 22), date(2025, 10, 24))
    (score,) = scored(forecast, came(forecast, [0.2] * 24), short)
    assert score.mae == pytest.approx(0.1)
    assert score.naive_mae is None
    assert score.rmae is None
