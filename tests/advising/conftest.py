"""A store of prices and weather, a task, and a model learned from it with few trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory import advising
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.insights.advice import forest
from chocolate_factory.insights.advice.saved import AdviceModel
from chocolate_factory.market.calendar import local_hours
from chocolate_factory.market.catalog import LINARES, PVPC, spec
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

NOW = datetime(2025, 11, 17, 21, tzinfo=UTC)
TODAY = date(2025, 11, 17)
WEEKS = 36


def untold(done: int, total: int, detail: str = "") -> None:
    """Progress that nobody reads."""


def told(key: SeriesKey, first: date, last: date, level: float, swing: float) -> Observations:
    """A daily shape with noise, known by the publication rule."""
    start, resolution_s = spec(key).grid(first, last)
    noise = np.random.default_rng(len(key.name)).normal(0, swing / 4, start.size)
    value = level + swing * np.cos((local_hours(start) - 20) / 12 * np.pi) + noise
    return Observations(
        key,
        "price-file" if key.place == "peninsula" else "open-meteo",
        Kind.PUBLISHED if key.place == "peninsula" else Kind.ANALYSED,
        start, resolution_s, value, spec(key).inferred_available_at(start),
        np.ones(start.size, dtype=bool),
    )  # fmt: skip


@pytest.fixture(scope="session")
def series() -> Callable[..., Observations]:
    return told


def filled(path: Path, *, weather: bool = True, key: SeriesKey = PVPC) -> Store:
    """Prices of so many weeks up to tomorrow, and the air of them."""
    store = open_store(f"sqlite:///{path}")
    first, tomorrow = TODAY - timedelta(weeks=WEEKS), TODAY + timedelta(days=1)
    level = (0.12, 0.04) if key == PVPC else (80.0, 30.0)
    store.append([told(key, first, tomorrow, *level)], now=NOW)
    if weather:
        air = (("temperature", 18.0, 6.0), ("humidity", 55.0, 15.0))
        store.append(
            [told(SeriesKey(name, LINARES), first, TODAY, *of) for name, *of in air], now=NOW
        )
    return store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = filled(tmp_path_factory.mktemp("advice") / "store.db")
    yield opened
    opened.close()


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    made: list[Store] = []

    def make(**how: object) -> Store:
        made.append(filled(tmp_path / f"{len(made)}.db", **how))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def task() -> PlanTask:
    """The reference plant at PVPC, with one batch on two days of the week."""
    plant = load_plant(None)
    orders = replace(load_orders(None, plant), weekly={day: {"standard": 50.0} for day in (1, 3)})
    return PlanTask(plant=plant, contract=load_contract("pvpc"), orders=orders)


@pytest.fixture(scope="session")
def model(store: Store, task: PlanTask) -> AdviceModel:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forest, "TREES", 6)
        return advising.train(store, task, now=NOW, tell=untold)
