"""A made-up week to draw: seeded prices on real calendars, a plan by hand, weather and health."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import numpy as np
import pytest
from fastapi.testclient import TestClient

from chocolate_factory.insights.paid import paid_prices
from chocolate_factory.market.calendar import (
    MADRID,
    QUARTER,
    local_days,
    local_hours,
    local_midnight,
    periods,
    to_datetime64,
    weekday,
)
from chocolate_factory.market.catalog import LINARES, PVPC, SPOT
from chocolate_factory.market.contract import contract_named
from chocolate_factory.market.series import QUANTILES, Forecast, Kind, SeriesKey
from chocolate_factory.pipeline import Reading, SeriesHealth, Snapshot
from chocolate_factory.planning.cost import savings_pct, scheduled
from chocolate_factory.planning.plan import Plan, PlanningPrices, Task
from chocolate_factory.planning.plant import parse_plant
from chocolate_factory.planning.problem import planning_prices
from chocolate_factory.web.api import create_app

AS_OF = datetime(2026, 11, 25, 14, 20, tzinfo=MADRID)
STAGES = (  # stage, machine, minutes, phases
    ("mixing", "mixer", 15, ((15, 15.0),)),
    ("rolling", "roller", 15, ((15, 42.0),)),
    ("conching", "conche", 300, ((90, 48.0), (210, 6.0))),
    ("tempering", "temperer", 30, ((30, 36.0),)),
    ("moulding", "moulder", 30, ((30, 10.0),)),
)
SpotMaker = Callable[[np.ndarray], np.ndarray]


def outlook(as_of: datetime, *, days: int = 14, seed: int = 1) -> Forecast:
    """Spot prices [EUR/MWh] from the midnight before ``as_of``, published to the next day's end."""
    today = as_of.astimezone(MADRID).date()
    start = periods(local_midnight(today), local_midnight(today + timedelta(days=days)), QUARTER)
    rng = np.random.default_rng(seed)
    hour = local_hours(start)
    day = np.unique(local_days(start), return_inverse=True)[1]
    level = rng.normal(70, 16, days)[day] - 18 * (weekday(local_days(start)) >= 5)
    sun = rng.uniform(25, 105, days)[day] * np.exp(-(((hour - 13.5) / 3.0) ** 2))
    evening = 45 * np.exp(-(((hour - 20.5) / 2.0) ** 2))
    mean = level - sun + evening + rng.normal(0, 4, start.size)
    published = start < to_datetime64(local_midnight(today + timedelta(days=2)))
    ahead = np.maximum(0, day - 1)
    normal_quantiles = np.array([-1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645])
    spread = np.where(published, 0.0, 9 + 2.2 * np.sqrt(ahead))
    return Forecast(
        key=SPOT,
        unit="EUR/MWh",
        origin=as_of.astimezone(UTC) - timedelta(minutes=35),
        model="ridge",
        start=start,
        resolution_s=np.full(start.shape, 900, dtype=np.int64),
        published=published,
        mean=mean,
        quantiles=mean[:, None] + spread[:, None] * normal_quantiles[: len(QUANTILES)],
        simulated=True,
    )


def tasks(first: date, hour: int) -> list[Task]:
    """Five days with three standard batches and a premium one, each begun from ``hour`` on."""
    made = []
    count = {"standard": 0, "premium": 0}
    for day in range(5):
        for place, grade in enumerate(("standard", "standard", "standard", "premium")):
            count[grade] += 1
            at = local_midnight(first + timedelta(days=day)) + timedelta(
                hours=hour + 5.25 * (place // 2), minutes=45 * (place % 2)
            )
            for stage, machine, minutes, phases in STAGES:
                conching = stage == "conching"
                whole = minutes + 300 if conching and grade == "premium" else minutes
                drawn = ((90, 48.0), (510, 6.0)) if whole == 600 else phases
                end = at + timedelta(minutes=whole)
                name = f"{machine}-{place % 2 + 1 if conching else 1}"
                batch = f"{grade}-{count[grade]:02d}"
                made.append(Task(batch, grade, stage, name, at, end, drawn))
                at = end
    return made


def plan(forecast: Forecast, contract_name: str = "indexed-3.0td") -> Plan:
    """A week begun at nine beside the same week begun at six."""
    folder = files("chocolate_factory").joinpath("data")
    plant = parse_plant(folder.joinpath("reference_plant.yaml").read_text("utf-8"), name="plant")
    prices: PlanningPrices = planning_prices(forecast, contract_named(contract_name))
    first = (forecast.origin + timedelta(days=1)).date()
    cheap = scheduled(tasks(first, 9), prices, plant, status="optimal")
    cheap = replace(cheap, bound_eur=cheap.objective_eur, gap=0.0)
    usual = scheduled(tasks(first, 6), prices, plant, status="feasible")
    saved = usual.objective_eur - cheap.objective_eur
    return Plan(
        origin=forecast.origin,
        start=local_midnight(first),
        end=local_midnight(first + timedelta(days=7)),
        plant=plant.name,
        contract=contract_name,
        schedule=cheap,
        baseline=usual,
        savings_eur=saved,
        savings_pct=savings_pct(saved, usual.objective_eur),
        realised=None,
        prices=prices,
        simulated=forecast.simulated,
        notes=("Base load counts against contracted power and is no part of the cost.",),
    )


def snapshot_at(as_of: datetime = AS_OF) -> Snapshot:
    """A whole page's worth of values as of ``as_of``."""
    forecast = outlook(as_of)
    contract = contract_named("indexed-3.0td")
    newest = as_of.astimezone(UTC).replace(minute=0)
    weather = (("temperature", "degC", 17.4), ("humidity", "%", 46.0), ("wind_speed", "m/s", 2.6),
               ("solar_radiation", "W/m2", 412.0))  # fmt: skip
    return Snapshot(
        as_of=as_of.astimezone(UTC),
        plant="reference-chocolate-v1",
        contract=contract,
        forecast=forecast,
        paid=paid_prices(forecast, contract),
        plan=plan(forecast),
        weather=tuple(
            Reading(
                SeriesKey(name, LINARES),
                unit,
                value,
                newest,
                "simulation:open-meteo",
                Kind.ANALYSED,
            )
            for name, unit, value in weather
        ),
        health=(
            _health(PVPC, 26280, as_of, 64_000, 0),
            _health(SPOT, 61344, as_of, 4_900, 0),
            _health(SeriesKey("temperature", LINARES), 26270, as_of, 4_100, 3),
            SeriesHealth(SeriesKey("humidity", LINARES), 0, None, None, None, 0, "empty"),
        ),
        simulated=True,
    )


def empty_snapshot() -> Snapshot:
    """What a store without a single value gives."""
    whole = snapshot_at()
    none = tuple(
        SeriesHealth(series.key, 0, None, None, None, 0, "empty") for series in whole.health
    )
    return replace(
        whole, forecast=None, paid=None, plan=None, weather=(), health=none, simulated=False
    )


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    """The week of 2026-11-25, seen that day at 14:20."""
    return snapshot_at()


@pytest.fixture(scope="session")
def make_snapshot() -> Callable[[datetime], Snapshot]:
    """The same kind of week, seen at another instant."""
    return snapshot_at


@pytest.fixture(scope="session")
def nothing_stored() -> Snapshot:
    """The snapshot of an empty store."""
    return empty_snapshot()


@pytest.fixture
def client(snapshot: Snapshot) -> Iterator[TestClient]:
    """The application over ``snapshot``, asked as a browser would."""
    app = create_app(snapshot=lambda: snapshot, ready=lambda: (), version="9.8.7")
    with TestClient(app, follow_redirects=False) as client:
        yield client


def _health(
    key: SeriesKey, count: int, as_of: datetime, age_s: float, missing: int
) -> SeriesHealth:
    last = local_midnight(as_of.date() + timedelta(days=2)) - QUARTER
    return SeriesHealth(
        key, count, last - timedelta(days=1095), last, age_s, missing,
        "late" if missing else "ok",
    )  # fmt: skip
