"""The two jobs of advice, on a store whose history is long enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chocolate_factory import advising, jobs
from chocolate_factory.insights.advice import forest
from chocolate_factory.jobs import Factory
from chocolate_factory.settings import load_settings
from chocolate_factory.store.base import Outcome

NOW = datetime(2025, 11, 17, 21, tzinfo=UTC)


def untold(done, total, detail=""):
    """Progress that nobody reads."""


@pytest.fixture
def factory(store, task, tmp_path) -> Factory:
    """A plant that asks no source for anything."""
    nothing = None
    return Factory(
        settings=load_settings(data_dir=tmp_path), store=store, raw=nothing, models=nothing,
        feeds=nothing, task=task,
    )  # fmt: skip


def test_what_is_learned_is_kept_and_answers_at_once(factory, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 2)
    told = jobs.train_advice(factory, NOW, untold)
    hour = jobs.advise(factory, NOW, untold)
    shown = advising.read_current(factory.settings.models_folder, now=NOW)

    assert told.then == ("advise",)
    assert told.counts["weeks"] == 36
    assert "score: " in told.detail
    assert "class: " in told.detail
    assert shown.model_made_at == NOW
    assert shown.production.level in hour.detail


def test_a_model_in_use_is_not_learned_anew_within_a_week(factory, model):
    advising.Shelf(factory.settings.models_folder).keep(model)
    told = jobs.train_advice(factory, NOW + timedelta(days=6), untold)

    assert told.outcome is Outcome.NOTHING_DUE
    assert "2025-11-17" in told.detail
