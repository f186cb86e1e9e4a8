"""No part of the champion sees a price or a column that was not known at its origin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.forecasting import issue_forecast
from chocolate_factory.forecasting.boosted import BoostedTrees
from chocolate_factory.forecasting.champion import Champion
from chocolate_factory.forecasting.inputs import KnownInput
from chocolate_factory.forecasting.issue import known_at, known_columns, past_before
from chocolate_factory.forecasting.kernel import KernelRidge
from chocolate_factory.forecasting.layout import slots
from chocolate_factory.forecasting.linear import LassoLear, RidgeLear
from chocolate_factory.forecasting.model import Known, Model
from chocolate_factory.forecasting.naive import SeasonalNaive, SimilarDay
from chocolate_factory.forecasting.network import Networks
from chocolate_factory.forecasting.registry import MODELS
from chocolate_factory.forecasting.rolling import Run, forecast_run
from chocolate_factory.forecasting.training import Trained, train
from chocolate_factory.market.calendar import to_datetime64
from chocolate_factory.market.catalog import DAY_AHEAD, PVPC, spec
from chocolate_factory.market.series import Forecast, Series

ROWS, LEADS, DAYS = (455, 458), 3, 475
QUICK_TREES = BoostedTrees(needs_days=90, rounds=10, rounds_with_columns=10)
WIND = DAY_AHEAD["wind"]
ORIGIN = datetime(2025, 6, 18, 17, tzinfo=UTC)
"""Seven in the evening: the wind of the 19th is foreseen, its PVPC is not out yet."""


@pytest.fixture(scope="module")
def known(make_series: Callable[..., Series]) -> Known:
    """Prices that fall with the wind of their own day, which is known a day ahead, and with the
    heat of the day before: of it only the past is known."""
    begin = date(2024, 1, 1)
    past = slots(make_series(begin, begin + timedelta(days=DAYS - 1)))
    wind, heat = np.random.default_rng(4).normal(size=(2, DAYS + 1, 24))
    price = past.hourly - 0.05 * wind[:-1]
    price[1:] -= 0.05 * heat[:-2]
    columns = {"wind": KnownInput(24, wind), "heat": KnownInput(0, heat)}
    return Known(PVPC, past.first_day, price, columns, past.clock)


@pytest.mark.parametrize(
    "model",
    [
        SimilarDay(),
        RidgeLear(windows=(200,)),
        KernelRidge(windows=(364,)),
        LassoLear(windows=(364,)),
        QUICK_TREES,
        Networks(hidden=(16,), networks=1, epochs=5),
    ],
    ids=lambda model: model.name,
)
def test_nothing_beyond_the_lead_of_a_column_changes_a_bit(model: Model, known: Known) -> None:
    last = ROWS[-1]

    def other(name: str, first_unknown: int) -> Known:
        """Another value from the first row on that is not known from the last origin."""
        column = known.inputs[name]
        value = column.value.copy()
        value[first_unknown:] = 1e3
        return replace(known, inputs={**known.inputs, name: KnownInput(column.lead_h, value)})

    changed = other("wind", last + 2)
    changed = replace(
        changed, inputs={**changed.inputs, "heat": other("heat", last + 1).inputs["heat"]}
    )
    price = known.price.copy()
    price[last + 1 :] = np.random.default_rng(1).uniform(-5.0, 5.0, price[last + 1 :].shape)
    changed = replace(changed, price=price)

    def said(by: Known) -> bytes:
        made = forecast_run(Run(model, by, ROWS, LEADS))
        assert np.isfinite(made).all()
        return made.tobytes()

    plain = said(known)
    assert plain == said(changed)
    if model.name != "similar-day":  # what is known does change it: else this would show nothing
        assert plain != said(other("wind", last + 1))
        assert plain != said(other("heat", last))


@pytest.fixture(scope="module")
def wind() -> Series:
    about = spec(WIND)
    start, resolution_s = about.grid(date(2024, 12, 15), date(2025, 6, 22))
    value = np.random.default_rng(2).normal(20_000.0, 3000.0, start.size)
    return Series(
        WIND, about.unit, datetime(2030, 1, 1, tzinfo=UTC), start, resolution_s, value,
        about.inferred_available_at(start), np.full(start.size, "esios"),
        np.full(start.size, "forecast"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def prices(make_series: Callable[..., Series], wind: Series) -> Series:
    plain = make_series(date(2024, 12, 15), date(2025, 6, 22))
    return replace(plain, value=plain.value - 2e-5 * (wind.value - 20_000.0))


@pytest.mark.parametrize("is_trained", [False, True], ids=["from scratch", "trained"])
def test_nothing_that_came_after_the_origin_changes_an_issued_forecast(
    prices: Series, wind: Series, monkeypatch: pytest.MonkeyPatch, *, is_trained: bool
) -> None:
    parts = (SimilarDay(), RidgeLear(windows=(84,), needs_days=90), QUICK_TREES)
    champion = Champion(parts, naive=SeasonalNaive())
    monkeypatch.setitem(MODELS, "champion", champion)
    past = past_before(known_at(prices, ORIGIN), date(2025, 6, 19))
    columns = known_columns([wind], past, ORIGIN)
    assert columns[WIND.name].lead_h == 24
    trained: Trained | None = None
    if is_trained:
        trained = train(champion, PVPC, past, [columns], 2)

    def told(history: Series, column: Series) -> Forecast:
        return issue_forecast(
            history, origin=ORIGIN, end=ORIGIN + timedelta(hours=30), inputs=[column],
            trained=trained,
        )  # fmt: skip

    def later(series: Series, since: datetime) -> Series:
        unknown = series.available_at > to_datetime64(since)
        assert unknown.any()
        return replace(series, value=np.where(unknown, 2.0, series.value))

    plain = told(prices, wind)
    assert (plain.model, plain.published.sum()) == ("champion", 5)
    assert not [note for note in plain.notes if "does without" in note]
    changed = told(later(prices, ORIGIN), later(wind, ORIGIN))
    assert plain.mean.tobytes() == changed.mean.tobytes()
    assert plain.quantiles.tobytes() == changed.quantiles.tobytes()
    # what came since the day before is known: else this would show nothing
    day_before = ORIGIN - timedelta(days=1)
    seen = told(later(prices, day_before), later(wind, day_before))
    assert (seen.mean[~plain.published] != plain.mean[~plain.published]).all()
