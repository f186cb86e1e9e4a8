"""The networks: that they learn from a column, see nothing of the future, and stay silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from chocolate_factory.forecasting import artefact
from chocolate_factory.forecasting.bridge import BridgedBySpot
from chocolate_factory.forecasting.champion import Champion
from chocolate_factory.forecasting.inputs import KnownInput
from chocolate_factory.forecasting.layout import slots
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.naive import SeasonalNaive
from chocolate_factory.forecasting.network import Networks
from chocolate_factory.forecasting.rolling import Run, forecast_run
from chocolate_factory.forecasting.training import Trained, TrainedPart, roll_back, train
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.market.series import Series

SMALL = Networks(hidden=(32,), networks=2, epochs=30, draws=1.0)
ROW = 459


@pytest.fixture(scope="module")
def known(make_series: Callable[..., Series]) -> Known:
    """Prices that fall with the wind of their own day, which is known a day ahead."""
    past = slots(make_series(date(2024, 1, 1), date(2025, 4, 20), key=SPOT))
    wind = np.random.default_rng(4).normal(size=(len(past) + 1, 1)) * np.ones(24)
    price = past.hourly - 0.2 * wind[:-1]
    return Known(SPOT, past.first_day, price, {"wind": KnownInput(24, wind)}, past.clock)


def test_they_learn_what_a_column_does_to_the_price(known: Known) -> None:
    still = known.until(ROW)
    windy = still.inputs["wind"].value.copy()
    windy[-1] += 2.0
    blown = replace(still, inputs={"wind": KnownInput(24, windy)})
    fitted = SMALL.fit(still, 1)
    change = fitted.predict(blown, 1) - fitted.predict(still, 1)
    assert -0.7 < change.mean() < -0.2  # it is 0.4 on average


def test_nothing_unknown_at_an_origin_changes_a_bit(known: Known) -> None:
    noise = np.random.default_rng(1).uniform(-5.0, 5.0, known.price.shape)
    later = np.arange(len(known)) > ROW
    wind = known.inputs["wind"].value.copy()
    wind[ROW + 2 :] = 1e3
    other = replace(
        known,
        price=np.where(later[:, None], noise, known.price),
        inputs={"wind": KnownInput(24, wind)},
    )
    plain, changed = (forecast_run(Run(SMALL, each, (ROW,), 2)) for each in (known, other))
    assert np.isfinite(plain).all()
    assert plain.tobytes() == changed.tobytes()


def test_they_say_nothing_where_a_column_is_missing_or_short(known: Known) -> None:
    now = known.until(ROW)
    gone = now.inputs["wind"].value.copy()
    gone[-1] = np.nan
    missing = replace(now, inputs={"wind": KnownInput(24, gone)})
    assert np.isnan(SMALL.fit(now, 1).predict(missing, 1)).all()
    short = now.inputs["wind"].value.copy()
    short[:200] = np.nan
    begun_late = replace(now, inputs={"wind": KnownInput(24, short)})
    assert np.isnan(SMALL.fit(begun_late, 1).predict(begun_late, 1)).all()


def test_they_foretell_the_same_after_their_return_from_bytes(known: Known) -> None:
    state = (("wind", 24),)
    default = replace(Networks(), epochs=1, networks=1)
    fitted = BridgedBySpot(default).fit(known, 2)
    days = known.days[-1:]
    part = TrainedPart(days, fitted.predict(known, 2)[None], fitted, days[-1])
    trained = Trained(
        SPOT, known.first_day, days[-1], {state: {"network": part}}, {state: {"network": 0.5}}
    )
    content = artefact.dump(trained, trained_at=datetime(2025, 4, 21, tzinfo=UTC))
    again = artefact.load(content, key=SPOT).trained.parts[state]["network"].fitted
    assert again is not None
    assert again.predict(known, 2).tobytes() == part.mean[0].tobytes()


def test_trained_ones_are_kept_and_not_trained_again_the_day_after(
    known: Known, make_series: Callable[..., Series], monkeypatch: pytest.MonkeyPatch
) -> None:
    past = slots(make_series(date(2024, 1, 1), date(2025, 4, 20), key=SPOT))
    few = replace(SMALL, networks=1, epochs=1, needs_days=392)
    champion = Champion((BridgedBySpot(few),), naive=SeasonalNaive())
    trained = train(champion, SPOT, past, [known.inputs], 1)
    (part,) = (parts["network"] for parts in trained.parts.values())
    assert part.fitted is not None

    def fit(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(Networks, "fit", fit)
    told = roll_back(champion, SPOT, past, known.inputs, leads=1, trained=trained)
    assert np.isfinite(told.rolling.mean[-1]).any()
