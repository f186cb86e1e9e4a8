"""Replayed weeks and the outlooks of a zone are named by everything that they follow from."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from benchmarks.fleet_sites import fill_market
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.conduct.replay import origin_of
from chocolate_factory.fleet.naming import digest
from chocolate_factory.fleet.replaying import history_seen, week_seen
from chocolate_factory.market.calendar import local_midnight, to_datetime64
from chocolate_factory.market.catalog import (
    CO2_ALLOWANCE,
    DAY,
    DAY_AHEAD,
    GAS,
    LINARES,
    PVPC,
    SPOT,
    spec,
)
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

MONDAY = date(2025, 11, 10)
BEFORE = local_midnight(MONDAY - 3 * DAY)
LATER = datetime(2025, 12, 1, tzinfo=UTC)
WEATHER = tuple(
    SeriesKey(name, LINARES) for name in ("temperature", "wind_speed", "solar_radiation")
)


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/market.db")
    fill_market(opened, seed=1, last=MONDAY + 10 * DAY, days=40)
    yield opened
    opened.close()


@pytest.fixture
def task() -> PlanTask:
    plant = load_plant(None)
    return PlanTask(plant, load_contract("pvpc"), load_orders(None, plant))


def learn(store: Store, key: SeriesKey, source: str, kind: Kind, *, known: datetime) -> None:
    """A value of the day that begins when it is known."""
    start = np.array([to_datetime64(known)])
    store.append(
        [
            Observations(
                key, source, kind, start, spec(key).resolutions_s(start),
                np.array([(spec(key).low + spec(key).high) / 2]), start, np.ones(1, dtype=bool),
            )
        ],
        now=LATER,
    )  # fmt: skip


def names(store: Store, task: PlanTask) -> tuple[str, str]:
    end = local_midnight(MONDAY + 9 * DAY)
    return (
        digest(history_seen(store, task, origin_of(task, MONDAY), end)),
        digest(week_seen(store, task, MONDAY, as_of=LATER)),
    )


@pytest.mark.parametrize("key", [*DAY_AHEAD.values(), GAS, CO2_ALLOWANCE], ids=str)
def test_what_is_learned_later_of_the_past_beside_prices_makes_other_outlooks_and_weeks(
    store: Store, task: PlanTask, key: SeriesKey
):
    before = names(store, task)
    assert names(store, task) == before
    learn(store, key, "by-hand", Kind.PUBLISHED, known=BEFORE)
    assert all(now != then for now, then in zip(names(store, task), before, strict=True))


@pytest.mark.parametrize("key", WEATHER, ids=str)
def test_so_does_weather_that_was_foretold(store: Store, task: PlanTask, key: SeriesKey):
    before = names(store, task)
    learn(store, key, "simulation:open-meteo", Kind.FORECAST, known=BEFORE)
    assert all(now != then for now, then in zip(names(store, task), before, strict=True))


def test_what_became_known_after_the_week_makes_the_same(store: Store, task: PlanTask):
    before = names(store, task)
    learn(store, GAS, "by-hand", Kind.PUBLISHED, known=local_midnight(MONDAY + 8 * DAY))
    assert names(store, task) == before


def test_what_is_learned_of_spot_counts_for_pvpc(store: Store, task: PlanTask):
    before = names(store, task)
    learn(store, SPOT, "other", Kind.PUBLISHED, known=local_midnight(MONDAY - 60 * DAY))
    assert task.contract.market == PVPC
    assert all(now != then for now, then in zip(names(store, task), before, strict=True))
