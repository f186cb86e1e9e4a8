"""Learning from a store, and the shelf the models are kept on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory import advising
from chocolate_factory.advising.reading import read_trace
from chocolate_factory.advising.training import one_an_hour, whole_weeks
from chocolate_factory.app.files import load_contract
from chocolate_factory.errors import ModelNotFitted, StoreError
from chocolate_factory.insights.advice import forest
from chocolate_factory.market.catalog import SPOT

NOW = datetime(2025, 11, 17, 21, tzinfo=UTC)


def untold(done, total, detail=""):
    """Progress that nobody reads."""


def test_a_store_teaches_both_models_and_the_model_says_from_what(model, task):
    learned, origin = model.learned, model.origin

    assert origin.weeks == 36
    assert origin.weeks_left_out == 0
    assert (origin.plant, origin.contract) == (task.plant.name, "pvpc")
    assert set(origin.libraries) == {"python", "numpy", "scikit-learn", "highspy"}
    assert learned.missing == ()
    assert learned.class_evaluation.weeks >= 5
    assert learned.score_evaluation.trained_to < learned.score_evaluation.first


def test_without_weather_it_learns_without_and_names_what_is_missing(make_store, task, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 2)
    bare = replace(task, orders=replace(task.orders, weekly={}))
    learned = advising.train(make_store(weather=False), bare, now=NOW, tell=untold).learned

    assert learned.missing == ("temperature_c", "humidity_pct", "dew_point_c")
    assert learned.classes is None


def test_too_short_a_history_is_refused_before_any_week_is_replayed(store, task):
    steps = []
    early = NOW - timedelta(weeks=20)

    with pytest.raises(ModelNotFitted, match="30 are needed"):
        advising.train(store, task, now=early, tell=lambda *told: steps.append(told))
    assert steps == []


def test_progress_goes_up_to_its_total(store, task, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 1)
    steps = []
    bare = replace(task, orders=replace(task.orders, weekly={}))
    advising.train(store, bare, now=NOW, tell=lambda *told: steps.append(told))

    assert [done for done, *_ in steps] == list(range(len(steps)))
    assert {total for _, total, *_ in steps} == {len(steps)}


def test_only_weeks_that_are_over_are_replayed(store, task):
    trace, _ = read_trace(store, task.contract, NOW - timedelta(days=22), NOW, as_of=NOW)

    assert list(whole_weeks(trace, NOW)) == [
        date(2025, 10, 27),
        date(2025, 11, 3),
        date(2025, 11, 10),
    ]


def test_an_hour_counts_once_before_and_after_the_quarter_hour_market(make_store, task):
    store = make_store(key=SPOT)
    indexed = load_contract("indexed-3.0td")
    begin = datetime(2025, 9, 24, 22, tzinfo=UTC)
    trace, _ = read_trace(store, indexed, begin, begin + timedelta(days=14), as_of=NOW)
    rows = trace.start[one_an_hour(trace)]

    hours = rows.astype("datetime64[h]")
    assert np.unique(hours).size == hours.size == 14 * 24
    quarter = (rows - hours.astype("datetime64[s]")).astype(np.int64) // 900
    late = rows > np.datetime64("2025-10-01T00:00:00")
    assert (np.bincount(quarter[late]) > 30).all()


def test_days_before_a_term_of_the_contract_is_known_are_left_out(make_store, series):
    store = make_store()
    store.append([series(SPOT, date(2022, 12, 20), date(2023, 1, 10), 80.0, 30.0)], now=NOW)
    begin = datetime(2022, 12, 19, tzinfo=UTC)
    trace, _ = read_trace(store, load_contract("indexed-3.0td"), begin, NOW, as_of=NOW)

    assert trace.start[0] == np.datetime64("2022-12-31T23:00:00")


def test_the_shelf_gives_back_the_newest_model_for_its_task(model, task, tmp_path):
    shelf = advising.Shelf(tmp_path / "models")
    assert "no advice model has been trained yet" in shelf.status("any").why
    path = shelf.keep(model)
    wanted = advising.task_print(task)

    assert path.name == "advice-20251117T210000Z.model"
    assert shelf.status(wanted).model.origin == model.origin
    assert shelf.status(wanted).model is shelf.status(wanted).model
    other = shelf.status(
        advising.task_print(replace(task, contract=load_contract("indexed-3.0td")))
    )
    assert other.model is None
    assert "another plant, other orders or another contract" in other.why


def test_old_models_are_let_go_and_other_files_left_alone(model, tmp_path):
    shelf = advising.Shelf(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    for day in range(7):
        at = NOW + timedelta(days=day)
        shelf.keep(replace(model, origin=replace(model.origin, made_at=at)))

    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == [
        *(f"advice-202511{day}T210000Z.model" for day in (20, 21, 22, 23)), "notes.txt",
    ]  # fmt: skip
    assert shelf.newest().origin.made_at == NOW + timedelta(days=6)


def test_a_damaged_model_is_named_and_not_used(model, task, tmp_path):
    shelf = advising.Shelf(tmp_path)
    path = shelf.keep(model)
    path.write_bytes(path.read_bytes()[:-1])
    told = shelf.status(advising.task_print(task))

    assert told.model is None
    assert "checksum does not fit" in told.why


def test_a_folder_that_cannot_be_written_is_named(model, tmp_path):
    (tmp_path / "models").write_text("a file")

    with pytest.raises(StoreError, match="cannot be kept"):
        advising.Shelf(tmp_path / "models").keep(model)
