"""The models whose libraries are extras: how they behave, and how their absence is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.util import find_spec

import numpy as np
import pytest

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting import backtest, extras
from chocolate_factory.forecasting.layout import slots
from chocolate_factory.forecasting.lstm import LstmModel
from chocolate_factory.forecasting.model import Known, Model
from chocolate_factory.forecasting.prophet import ProphetModel
from chocolate_factory.forecasting.rolling import Run, forecast_run
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Floats, Series, SeriesKey

MakeSeries = Callable[..., Series]

SMALL = [
    pytest.param(
        model,
        marks=pytest.mark.skipif(
            find_spec(library) is None,
            reason=f'the extra is absent: pip install "chocolate-factory[{model.name}]"',
        ),
        id=model.name,
    )
    for model, library in (
        (ProphetModel(window=70), "prophet"),
        (LstmModel(window=200, epochs=4, networks=1), "torch"),
    )
]


@pytest.fixture(scope="module")
def known(make_series: MakeSeries) -> Known:
    past = slots(make_series(date(2024, 9, 1), date(2025, 4, 6)))
    return Known(PVPC, past.first_day, past.hourly)


def naive_error(known: Known, row: int) -> float:
    return float(
        np.nanmean(np.abs(known.price[row + 1 : row + 8] - known.price[row - 6 : row + 1]))
    )


@pytest.mark.parametrize("model", SMALL)
def test_it_learns_the_shape_and_says_the_same_every_time(model: Model, known: Known) -> None:
    row = len(known) - 8
    first, again = (model.fit(known.until(row), 7).predict(known.until(row), 7) for _ in range(2))
    assert first.shape == (7, 24)
    assert first.tobytes() == again.tobytes()
    error = np.nanmean(np.abs(known.price[row + 1 : row + 8] - first))
    assert error < 1.3 * naive_error(known, row)


@pytest.mark.parametrize("model", SMALL)
def test_a_fit_forecasts_later_origins_from_what_is_known_then(model: Model, known: Known) -> None:
    fitted = model.fit(known.until(len(known) - 10), 2)
    dear = Known(PVPC, known.first_day, known.price.copy())
    dear.price[-7:] += 1.0
    usual, raised = fitted.predict(known, 2), fitted.predict(dear, 2)
    assert (raised - usual).mean() > 0.2


@pytest.mark.parametrize("model", SMALL)
def test_nothing_unknown_at_an_origin_changes_a_bit(model: Model, known: Known) -> None:
    row = len(known) - 10
    later = Known(PVPC, known.first_day, known.price.copy())
    later.price[row + 1 :] = np.random.default_rng(1).uniform(-0.5, 5.0, (9, 24))
    plain, changed = (forecast_run(Run(model, each, (row,), 2)) for each in (known, later))
    assert plain.tobytes() == changed.tobytes()


@pytest.mark.parametrize("model", SMALL)
def test_holidays_are_those_of_the_market_s_clock(model: Model, known: Known) -> None:
    until_epiphany = known.until(126)
    elsewhere = replace(until_epiphany, clock=Clock.named("Europe/Berlin"))
    assert until_epiphany.days[-1] == np.datetime64("2025-01-05")
    here, there = (model.fit(one, 1).predict(one, 1) for one in (until_epiphany, elsewhere))
    assert not np.allclose(here, there)


@pytest.mark.parametrize("model", SMALL)
def test_holes_in_the_history_are_bridged(model: Model, known: Known) -> None:
    holed = Known(PVPC, known.first_day, known.price.copy())
    holed.price[40:43] = np.nan
    holed.price[-3, 5:9] = np.nan
    assert np.isfinite(model.fit(holed, 2).predict(holed, 2)).all()


@pytest.mark.parametrize("model", SMALL)
@pytest.mark.parametrize(
    ("price", "says"),
    [
        (np.full((300, 24), 0.1), "same in every hour|moving prices"),
        (np.ones((20, 24)), "needs .* there are 20"),
    ],
)
def test_what_says_nothing_is_refused(model: Model, price: Floats, says: str) -> None:
    # By a key without a regulated step, so that a flat price is flat.
    from_file = Known(SeriesKey("flat", "file"), np.datetime64("2024-01-01"), price)
    with pytest.raises(ModelNotFitted, match=says):
        model.fit(from_file, 2)


@pytest.mark.parametrize(("name", "library"), [("prophet", "prophet"), ("lstm", "torch")])
def test_an_absent_extra_is_told_before_anything_is_computed(
    make_series: MakeSeries, monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    told: list[tuple[int, int]] = []
    with pytest.raises(ModelNotFitted, match=rf'pip install "chocolate-factory\[{name}\]"') as said:
        backtest(
            make_series(date(2025, 1, 1), date(2025, 4, 1)), first=date(2025, 3, 1),
            last=date(2025, 3, 2), horizon_h=24, models=["naive", name],
            progress=lambda done, total: told.append((done, total)),
        )  # fmt: skip
    assert library in str(said.value)
    assert told == []
