"""The ``models`` commands on stores with little in them."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from oversight.conftest import MADE, foretold, prices

from chocolate_factory.oversight import score_forecasts
from chocolate_factory.store.sql import open_store

D1 = date(2025, 10, 25)
LATER = datetime(2025, 10, 28, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    """A store with five weeks of prices, a forecast and its score, long ago."""
    with closing(open_store(f"sqlite:///{tmp_path}/chocolate-factory.db")) as store:
        store.append([prices(date(2025, 9, 20), D1)], now=MADE)
        store.save_forecast(foretold(D1, D1), made_at=MADE)
        score_forecasts(store, prices(D1, D1).key, made_from=MADE, made_to=LATER, now=LATER)
    return tmp_path


def test_the_status_names_the_model_and_how_old_its_forecast_is(cf, folder):
    ended = cf("models", "status", "--dir", folder, "--json")
    pvpc, spot = ended.json["series"]
    assert (pvpc["model"], pvpc["weights"], pvpc["stale"]) == ("ridge", {"ridge": 1.0}, True)
    assert (pvpc["state"], pvpc["trained"], pvpc["fault"]) == ("unknown", None, None)
    assert (spot["model"], spot["origin"], spot["week"]) == (None, None, None)


def test_the_status_in_words_says_what_makes_a_forecast(cf, folder):
    ended = cf("models", "status", "--dir", folder)
    assert ended.status == 0
    assert "spot: no forecast yet: `forecast` makes one" in ended.out
    assert "not judged: pvpc: fewer than 7 of the last 28 days are scored" in ended.out


def test_a_store_that_is_not_there_is_not_made(cf, tmp_path):
    ended = cf("models", "status", "--dir", tmp_path / "nowhere")
    assert ended.status == 1
    assert "no store in" in ended.err
    assert not (tmp_path / "nowhere").exists()


def test_training_on_too_short_a_history_says_what_is_needed(cf, folder):
    ended = cf("models", "train", "--dir", folder, "--json")
    assert ended.status == 1
    assert ended.json["error"] in ("ModelNotFitted", "MissingData")
    assert not list(folder.glob("models/*"))


def test_help_teaches_both_commands(cf):
    text = cf("models", "--help").out
    assert "models status" in text
    assert "models train" in text
