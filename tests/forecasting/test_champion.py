"""The champion before bad input, and before what it must not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting import Backtest, Input, backtest, issue_forecast
from chocolate_factory.forecasting.champion import Champion, stacked
from chocolate_factory.forecasting.layout import slots
from chocolate_factory.forecasting.linear import RidgeLear
from chocolate_factory.forecasting.model import Fitted, Known, Model
from chocolate_factory.forecasting.naive import SeasonalNaive, SimilarDay
from chocolate_factory.forecasting.registry import MODELS
from chocolate_factory.forecasting.results import Blended
from chocolate_factory.market.calendar import (
    Instants,
    local_days,
    local_hours,
    local_midnight,
    to_datetime64,
)
from chocolate_factory.market.catalog import DAY_AHEAD, SPOT, spec
from chocolate_factory.market.series import Floats, Series, SeriesKey
from chocolate_factory.web.notes import in_spanish

MakeSeries = Callable[..., Series]

BEGIN, LAST = date(2025, 1, 16), date(2025, 6, 18)
EVENING = datetime(2025, 6, 18, 21, tzinfo=UTC)
END = EVENING + timedelta(hours=73)
ORIGINS = {"first": date(2025, 6, 9), "last": date(2025, 6, 10), "horizon_h": 48}


@pytest.fixture(scope="module")
def half_year(make_series: MakeSeries) -> Series:
    return make_series(BEGIN, LAST)


@pytest.fixture(scope="module")
def columns(half_year: Series) -> tuple[Input, Input]:
    """A spot that the price follows, and wind, both known for the first day."""
    wind = np.random.default_rng(2).normal(5000.0, 900.0, len(half_year))
    return (
        Input("spot", half_year.start, 900.0 * half_year.value - 40.0, 24),
        Input("wind", half_year.start, wind, 24),
    )


def champion(history: Series, *columns: Input) -> Backtest:
    return backtest(history, **ORIGINS, models=["champion"], inputs=columns)


def bits(made: Backtest) -> tuple[bytes, bytes]:
    return made.predictions[0].mean.tobytes(), made.predictions[0].quantiles.tobytes()


def from_midnight(column: Input, *, days: int) -> Input:
    """Another value everywhere from so many days after the last origin on."""
    cut = to_datetime64(local_midnight(ORIGINS["last"] + timedelta(days=days)))
    return replace(column, value=np.where(column.start >= cut, 1e5, column.value))


def test_nothing_unknown_at_the_origins_changes_a_bit(
    half_year: Series, columns: tuple[Input, Input]
) -> None:
    one_origin = {**ORIGINS, "first": ORIGINS["last"], "models": ["champion"], "horizon_h": 24}
    midnight = to_datetime64(local_midnight(ORIGINS["last"]))
    noise = np.random.default_rng(1).uniform(-0.5, 5.0, len(half_year))
    changed = replace(
        half_year, value=np.where(half_year.start >= midnight, noise, half_year.value)
    )
    later = [from_midnight(column, days=1) for column in columns]
    plain = backtest(half_year, **one_origin, inputs=columns)
    assert "network" in plain.left_out
    assert "network" in plain.notes[-1]
    assert bits(plain) == bits(backtest(changed, **one_origin, inputs=later))


def test_two_origins_with_the_same_last_known_day_are_both_forecast(
    make_series: MakeSeries,
) -> None:
    hole = ORIGINS["first"]
    made = champion(make_series(BEGIN, LAST, without=(hole,)))
    told = made.predictions[0]
    assert (np.unique(told.origin).size, made.skipped) == (2, ())
    of_day = local_days(told.start) == np.datetime64(ORIGINS["last"])
    assert of_day.sum() == 2 * 24
    by_origin = told.mean[of_day].reshape(2, 24)
    assert by_origin[0] == pytest.approx(by_origin[1])


def small_champion(monkeypatch: pytest.MonkeyPatch, *parts: Model) -> None:
    """A champion of few parts that are quick to fit."""
    monkeypatch.setitem(MODELS, "champion", Champion(parts, naive=SeasonalNaive()))


def test_a_backtest_says_which_parts_lost_and_where_the_naive_answered(
    make_series: MakeSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prices that repeat the week but for a little noise: nothing beats the naive."""
    small_champion(monkeypatch, SimilarDay())
    pattern = np.random.default_rng(9).normal(0.12, 0.05, 168)

    def weekly(start: Instants) -> Floats:
        of_week = (local_days(start).astype(np.int64) % 7) * 24 + local_hours(start)
        noise: Floats = np.random.default_rng(3).normal(0.0, 0.0005, start.size)
        return pattern[of_week] + noise

    made = champion(make_series(BEGIN, LAST, price=weekly))
    assert made.blends["champion"] == Blended(2, 2, {"similar-day": 0.0}, {"similar-day": 2}, {})
    assert made.notes == (
        "champion: no part beats the naive of late at 2 of 2 origins: there the naive forecasts",
        "champion: without weight at 2 of 2 origins, having erred more than the naive of late: "
        "similar-day",
    )
    assert made.to_json()["blends"] == {"champion": asdict(made.blends["champion"])}


def test_a_backtest_tells_the_mean_weights_and_which_parts_could_not_be_fitted(
    half_year: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unfit:
        name, needs_days, refit_days = "unfit", 7, 1

        def fit(self, known: Known, leads: int) -> Fitted:
            raise ModelNotFitted("never")

    small_champion(monkeypatch, SimilarDay(), RidgeLear(windows=(56,), needs_days=60), Unfit())
    made = champion(half_year)
    told = made.blends["champion"]
    assert (told.naive, told.lost, told.lacking) == (0, {}, {"unfit": 2})
    assert sum(told.weights.values()) == pytest.approx(1.0)
    assert told.weights["unfit"] == 0.0
    assert told.weights["ridge"] > 0.0
    assert made.notes == ("champion: could not be fitted at 2 of 2 origins: unfit",)


def test_gaps_inside_the_window_are_bridged_and_said(make_series: MakeSeries) -> None:
    holes = tuple(date(2025, 6, day) for day in (3, 10, 11))
    history = make_series(BEGIN, LAST, without=(*holes, date(2025, 3, 30)))
    made = issue_forecast(history, origin=EVENING, end=END)
    assert np.isfinite(made.quantiles).all()
    assert any("3 of the last 28 days have gaps" in note for note in made.notes)


def test_a_price_that_never_moves_is_left_to_the_naive_and_said(make_series: MakeSeries) -> None:
    flat = make_series(BEGIN, LAST, key=SPOT, price=lambda s: np.full(s.size, 42.0))
    made = issue_forecast(flat, origin=EVENING, end=END)
    assert (made.quantiles == 42.0).all()
    assert any(note.startswith("the champion does without ridge: ") for note in made.notes)


def test_a_week_of_history_says_how_much_is_needed(make_series: MakeSeries) -> None:
    week = make_series(LAST - timedelta(days=6), LAST)
    with pytest.raises(ModelNotFitted, match=r"naive needs \d+ complete days .* there are 7"):
        issue_forecast(week, origin=EVENING, end=END)


def test_columns_that_are_missing_at_the_origin_are_done_without(
    half_year: Series, columns: tuple[Input, Input]
) -> None:
    day = np.datetime64(ORIGINS["last"])
    unknown = [
        replace(column, value=np.where(local_days(column.start) == day, np.nan, column.value))
        for column in columns
    ]
    made = champion(half_year, *unknown)
    assert np.isfinite(made.predictions[0].quantiles).all()


def test_the_forecast_says_which_columns_it_had(make_series: MakeSeries) -> None:
    """Of demand two months are stored, of wind all."""
    wind, demand = DAY_AHEAD["wind"], DAY_AHEAD["demand"]

    def told(key: SeriesKey, since: date) -> Series:
        about = spec(key)
        start, resolution_s = about.grid(since, LAST)
        return Series(
            key, about.unit, EVENING, start, resolution_s, np.full(start.size, 4000.0),
            about.inferred_available_at(start), np.full(start.size, "esios"),
            np.full(start.size, "forecast"),
        )  # fmt: skip

    given = issue_forecast(
        make_series(BEGIN, LAST), origin=EVENING, end=END,
        inputs=[told(wind, BEGIN), told(demand, LAST - timedelta(days=59))],
    )  # fmt: skip
    days = (LAST - BEGIN).days + 1
    assert given.inputs[f"column {wind.name}"] == "0 h ahead"
    seldom = f"known on 60 of the newest {days} days"
    assert given.inputs[f"column {demand.name}"] == f"0 h ahead, {seldom}"
    (note,) = (note for note in given.notes if note.startswith(f"inputs {seldom}"))
    assert f": {demand.name};" in note
    assert in_spanish(note) is not None


@pytest.mark.parametrize(
    ("odd", "low", "high"),
    [(4.9, -0.4, 4.9), (-0.4, -0.4, 0.5)],
    ids=["spike", "negative"],
)
def test_odd_prices_of_yesterday_are_not_outdone_by_the_forecast(
    half_year: Series, odd: float, low: float, high: float
) -> None:
    hours = np.arange(len(half_year)) >= len(half_year) - 6
    history = replace(half_year, value=np.where(hours, odd, half_year.value))
    made = issue_forecast(history, origin=EVENING, end=END)
    ahead = ~made.published
    assert np.isfinite(made.quantiles).all()
    assert (np.diff(made.quantiles, axis=1) >= 0).all()
    assert (made.mean[ahead] > low).all()
    assert (made.mean[ahead] < high).all()


def test_weights_prefer_the_model_that_errs_less_and_add_to_one() -> None:
    product: Floats = np.array([[1.0, 0.2], [0.2, 4.0]])
    weight = stacked(product, pull=0.1)
    assert weight.sum() == pytest.approx(1.0)
    assert weight[0] > weight[1] >= 0.0
    assert stacked(product, pull=1e6) == pytest.approx([0.5, 0.5], abs=1e-3)


def test_a_ridge_of_few_days_needs_no_more_than_it_looks_at(half_year: Series) -> None:
    newest = next(part for part in MODELS["champion"].parts if part.name == "ridge-newest")
    past = slots(half_year)
    known = Known(half_year.key, past.first_day, past.hourly, {}, past.clock)
    assert np.isfinite(newest.fit(known, 1).predict(known, 1)).all()
