"""What the weather brings, against the limits of the plant's stages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.alerting import found_ahead
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.insights.advice.answer import AmbientLimit
from chocolate_factory.market.calendar import to_datetime64
from chocolate_factory.market.catalog import LINARES, spec
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.standing import NOTHING
from chocolate_factory.store.opening import open_store

NOW = datetime(2026, 1, 12, 7, tzinfo=UTC)


def foreseen(name: str, level: float) -> Observations:
    key = SeriesKey(name, LINARES)
    start, resolution_s = spec(key).grid(date(2026, 1, 12), date(2026, 1, 12))
    known = np.full(start.size, to_datetime64(NOW - timedelta(hours=1)))
    return Observations(
        key, "open-meteo", Kind.FORECAST, start, resolution_s, np.full(start.size, level), known,
        np.zeros(start.size, dtype=bool),
    )  # fmt: skip


COLD, HEAT = "cold:proofing:2026-01-12", "heat:tempering:2026-01-12"
HUMIDITY = "humidity:packing:2026-01-12"


@pytest.mark.parametrize(
    ("modelled", "told"),
    [(True, {COLD: 19.0, HEAT: 19.0}), (False, {COLD: 10.0, HEAT: 10.0, HUMIDITY: 70.0})],
    ids=["at the line", "outdoors"],
)
def test_every_kind_of_limit_is_told_of(tmp_path: Path, modelled: bool, told: dict[str, float]):
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    store.append([foreseen("temperature", 10.0), foreseen("humidity", 70.0)], now=NOW)
    plant = load_plant(None)
    if not modelled:
        plant = replace(plant, indoor=None)
    task = PlanTask(plant=plant, contract=load_contract("pvpc"), orders=load_orders(None, plant))
    limits = (
        AmbientLimit("proofing", "min_c", 24.0),
        AmbientLimit("slicing", "min_c", 9.0),
        AmbientLimit("tempering", "max_c", 8.0),
        AmbientLimit("packing", "max_humidity_pct", 65.0),
    )

    found = found_ahead(store, task, NOTHING, limits, as_of=NOW)
    store.close()

    at = {one.code: one.values.get("lowest", one.values.get("highest")) for one in found}
    assert at == pytest.approx(told)
