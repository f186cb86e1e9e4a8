"""Training on what is stored, and forecasting by what the folder of models holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from oversight.conftest import MADE, prices

from chocolate_factory import oversight
from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.market.calendar import local_days
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import Observations, SeriesKey
from chocolate_factory.oversight import Loaded, ModelFolder

NOW = datetime(2025, 10, 24, 19, 30, tzinfo=UTC)  # 21:30 in Madrid: tomorrow is published
HORIZON = timedelta(hours=72)


def restless(first: date, last: date, *, key: SeriesKey = PVPC) -> Observations:
    """Prices whose level is another every day."""
    told = prices(first, last, key=key)
    level = np.random.default_rng(3).normal(1.0, 0.2, 40_000)
    return replace(told, value=told.value * level[local_days(told.start).astype(np.int64)])


@pytest.fixture
def plant(empty, tmp_path):
    """A store with nine weeks of both prices to tomorrow's end, and a folder of models."""
    store = empty
    first, last = date(2025, 8, 20), date(2025, 10, 25)
    store.append([restless(first, last), restless(first, last, key=SPOT)], now=MADE)
    return store, ModelFolder(tmp_path / "models")


def trained(plant, *, now=NOW):
    store, folder = plant
    made = oversight.train_series(store, PVPC, now=now)
    return oversight.keep_model(folder, made, now=now)


def forecast(plant, loaded: Loaded, *, origin=NOW):
    return oversight.forecast_by(plant[0], PVPC, loaded, origin=origin, horizon=HORIZON)


def test_a_model_is_trained_for_tomorrow_s_spot_known_and_unknown(plant):
    made = oversight.train_series(plant[0], PVPC, now=NOW)
    assert set(made.parts) == {(("spot", 0),), (("spot", 24),)}
    assert set(oversight.errors_of(made)) == {"similar-day"}


def test_what_was_kept_is_what_is_used_and_says_what_it_is(plant):
    kept = trained(plant)
    loaded = oversight.load_model(plant[1], PVPC)
    made = forecast(plant, loaded)
    assert (loaded.kept, loaded.fault) == (kept, None)
    assert loaded.about["models"] == "naive, similar-day"
    assert not any("is trained yet" in note for note in made.notes)
    assert sum(oversight.weights_of(made).values()) == pytest.approx(1.0, abs=0.01)


def test_a_forecast_by_the_kept_model_is_the_one_without_it(plant):
    fresh = forecast(plant, Loaded(oversight.train_series(plant[0], PVPC, now=NOW), None, None, {}))
    trained(plant)
    again = forecast(plant, oversight.load_model(plant[1], PVPC))
    assert again.mean.tobytes() == fresh.mean.tobytes()
    assert again.quantiles.tobytes() == fresh.quantiles.tobytes()


def test_without_a_model_the_first_one_that_can_forecasts(plant):
    loaded = oversight.load_model(plant[1], PVPC)
    assert loaded == Loaded(None, None, None, {})
    made = forecast(plant, loaded)
    assert made.model in ("ridge", "similar-day", "naive")
    assert (
        f"no champion is trained yet, the job train-prices does it: {made.model} forecasts in "
        "its place" in made.notes
    )
    assert np.isfinite(made.mean).all()


def test_a_model_that_was_trained_after_the_origin_is_not_used(plant):
    trained(plant)
    earlier = forecast(
        plant, oversight.load_model(plant[1], PVPC), origin=NOW - timedelta(seconds=1)
    )
    assert "blend" not in earlier.inputs


def test_a_damaged_model_is_a_named_fault_and_forecasts_go_on(plant):
    kept = trained(plant)
    kept.path.write_bytes(kept.path.read_bytes()[:-1])
    loaded = oversight.load_model(plant[1], PVPC)
    assert loaded.trained is None
    assert loaded.fault is not None
    assert oversight.look_at_model(plant[1], PVPC) == loaded
    assert "is damaged: its checksum" in loaded.fault
    assert "ridge forecasts until the next training" in loaded.fault
    made = forecast(plant, loaded)
    assert loaded.fault in made.notes


def test_the_one_before_a_damaged_model_is_used_and_said_so(plant):
    older = trained(plant, now=NOW - timedelta(hours=1))
    trained(plant).path.write_bytes(b"")
    loaded = oversight.load_model(plant[1], PVPC)
    assert loaded.kept == older
    assert loaded.trained is not None
    assert oversight.look_at_model(plant[1], PVPC) == replace(loaded, trained=None)
    assert loaded.fault is not None
    assert "the model trained 2025-10-24 18:30Z is used" in loaded.fault


def test_a_day_later_the_kept_model_still_serves(plant):
    trained(plant)
    store, folder = plant
    store.append([restless(date(2025, 10, 26), date(2025, 10, 26))], now=NOW)
    origin = NOW + timedelta(days=1)
    made = forecast(plant, oversight.load_model(folder, PVPC), origin=origin)
    assert (made.model, int(made.published.sum())) == (made.model, 3 + 25)


def test_prices_that_repeat_exactly_are_left_to_the_naive(store):
    store.append([prices(date(2025, 8, 20), date(2025, 10, 25))], now=MADE)
    made = oversight.train_series(store, PVPC, now=NOW)
    told = oversight.forecast_by(
        store, PVPC, Loaded(made, None, None, {}), origin=NOW, horizon=HORIZON
    )
    assert told.mean == pytest.approx(prices(date(2025, 10, 24), date(2025, 10, 27)).value[21:94])


def test_a_history_too_short_says_what_is_needed(tmp_path, store):
    with pytest.raises(ModelNotFitted, match="days"):
        oversight.train_series(store, PVPC, now=datetime(2025, 9, 4, 12, tzinfo=UTC))
