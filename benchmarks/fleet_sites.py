"""Simulated sites for a fleet: varied plants, orders and contracts, and the market they pay by.

Each is one of the plants that come with the program with other powers, weights ordered and
contract, drawn with a seed; written as site files, so that the program reads them as it reads any.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from chocolate_factory.app.files import template
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import DAY, PVPC, SPOT, spec
from chocolate_factory.market.series import Floats, Kind, Observations, SeriesKey
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.store.base import Store

KINDS = {"chocolate": 0.6, "bakery": 0.25, "cold-store": 0.15}
CONTRACTS = {"indexed-3.0td": 0.5, "indexed-6.1td": 0.2, "pvpc": 0.1, "fixed": 0.2}
"""How many of the sites are of each."""
FIXED = """\
kind: fixed
tariff: 3.0TD
prices_eur_kwh: {{P1: {0}, P2: {1}, P3: {2}, P4: {3}, P5: {4}, P6: {5}}}
"""
LEVELS = np.array([0.21, 0.19, 0.16, 0.14, 0.12, 0.10])
"""Agreed prices around which those of a fixed contract are drawn [EUR/kWh]."""


def write_sites(folder: Path, count: int, *, seed: int) -> None:
    """Write ``count`` site files into ``folder``, each with plant, orders and contract beside it.

    The first sites of a larger fleet of the same seed are those of a smaller one.
    """
    for number in range(count):
        draw = np.random.default_rng((seed, number))
        name = f"site-{number:05d}"
        own = folder / name
        own.mkdir(parents=True)
        parts = template(str(draw.choice(list(KINDS), p=list(KINDS.values()))))
        contract = str(draw.choice(list(CONTRACTS), p=list(CONTRACTS.values())))
        (own / "plant.yaml").write_text(_plant(parts["plant.yaml"], draw), encoding="utf-8")
        (own / "orders.yaml").write_text(_orders(parts["orders.yaml"], draw), encoding="utf-8")
        if contract == "fixed":
            agreed = np.round(LEVELS * draw.uniform(0.9, 1.1), 4)
            (own / "contract.yaml").write_text(FIXED.format(*agreed), encoding="utf-8")
            contract = f"{name}/contract.yaml"
        (folder / f"{name}.yaml").write_text(
            f"name: {name}\nlatitude: {draw.uniform(37, 43):.2f}\n"
            f"longitude: {draw.uniform(-8, 0):.2f}\nplant: {name}/plant.yaml\n"
            f"orders: {name}/orders.yaml\ncontract: {contract}\n",
            encoding="utf-8",
        )


def fill_market(store: Store, *, seed: int, last: date, days: int) -> None:
    """Append ``days`` days of simulated prices up to ``last``, inclusive, each known when due."""
    market = SimulatedMarket(seed)
    first = last - (days - 1) * DAY
    for key, told in ((PVPC, market.pvpc), (SPOT, market.spot)):
        start, value = told(first, last)
        store.append([_observed(key, start, value)], now=_after(key, last))


def origin_for(day: date) -> datetime:
    """When the prices of ``day`` are out, of every series."""
    return max(_after(key, day) for key in (PVPC, SPOT))


def _after(key: SeriesKey, day: date) -> datetime:
    return spec(key).published_at(day) + timedelta(minutes=5)


def _observed(key: SeriesKey, start: Instants, value: Floats) -> Observations:
    resolution_s = np.diff(start, append=start[-1:] + (start[-1] - start[-2])).astype(np.int64)
    known = spec(key).inferred_available_at(start)
    return Observations(
        key, "simulation:market", Kind.PUBLISHED, start, resolution_s, value, known,
        np.ones(start.size, dtype=bool),
    )  # fmt: skip


def _plant(text: str, draw: np.random.Generator) -> str:
    """The plant with all its powers changed by one factor, its base load by another."""
    told = _read(text)
    factor = float(draw.uniform(0.75, 1.0))
    for stage in told["stages"]:
        for grade, phases in stage["phases"].items():
            stage["phases"][grade] = [[m, round(kw * factor, 2)] for m, kw in phases]
    for load in told.get("base_load", ()):
        load["kw"] = round(load["kw"] * float(draw.uniform(0.6, 1.0)), 2)
    return _written(told)


def _orders(text: str, draw: np.random.Generator) -> str:
    """The weekly orders with each weight between half and all of what it was."""
    told = _read(text)
    for grades in told["weekly"].values():
        for grade, kg in grades.items():
            grades[grade] = round(kg * float(draw.uniform(0.5, 1.0)), 1)
    return _written(told)


def _read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(text)
    return found


def _written(told: Mapping[str, Any]) -> str:
    stream = io.StringIO()
    YAML(typ="safe").dump(dict(told), stream)
    return stream.getvalue()
