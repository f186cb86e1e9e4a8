"""The reference plant, prices to plan on, and a bench for very small plants."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.market.calendar import HOUR, local_midnight, periods
from chocolate_factory.market.contract import Contract, contract_named
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.ambient import Weather
from chocolate_factory.planning.equipment import AmbientLimits, Hours, Maintenance, Tank
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import Demand, Orders, parse_orders
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.plant import Phase, Plant, Staffed, Stage, parse_plant
from chocolate_factory.planning.problem import Problem, build_problem

DATA = files("chocolate_factory").joinpath("data")


@pytest.fixture(scope="session")
def plant_text() -> str:
    return DATA.joinpath("reference_plant.yaml").read_text("utf-8")


@pytest.fixture(scope="session")
def plant(plant_text: str) -> Plant:
    """The reference plant without its ambient limits: these plans look at no weather."""
    whole = parse_plant(plant_text, name="reference_plant.yaml")
    return replace(whole, stages=tuple(replace(stage, ambient=None) for stage in whole.stages))


@pytest.fixture(scope="session")
def orders(plant: Plant) -> Orders:
    text = DATA.joinpath("reference_orders.yaml").read_text("utf-8")
    return parse_orders(text, name="reference_orders.yaml", plant=plant)


@pytest.fixture(scope="session")
def contract() -> Contract:
    return contract_named("indexed-3.0td")


@pytest.fixture(scope="session")
def pvpc(shared: Path) -> PlanningPrices:
    """Real PVPC 2021-06 to 2025-12, hourly; three delivery days are missing."""
    path = shared / "data" / "prices" / "pvpc_hourly_2021-06_2025-12.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    start = np.array([row["time_utc"].rstrip("Z") for row in rows], dtype="datetime64[s]")
    return hourly(start, np.array([float(row["price_eur_kwh"]) for row in rows]))


@pytest.fixture(scope="session")
def wavy() -> Callable[..., PlanningPrices]:
    """Hourly prices with a daily shape and seeded noise, from a day's local midnight."""

    def make(
        first_day: date, days: int, *, seed: int = 0, level: float = 0.10, swing: float = 0.05
    ) -> PlanningPrices:
        begin = local_midnight(first_day)
        start = periods(begin, begin + timedelta(days=days), HOUR)
        hour = np.arange(start.size)
        noise = np.random.default_rng(seed).normal(0.0, swing / 3, start.size)
        return hourly(start, level + swing * np.sin(hour / 24 * 2 * np.pi) + noise)

    return make


@pytest.fixture(scope="session")
def planned(contract: Contract) -> Callable[..., Plan]:
    """Plan whole days of a plant from a day's midnight, with nothing else to say."""

    def make(
        plant: Plant, demands: Sequence[Demand], prices: PlanningPrices, first_day: date, days: int
    ) -> Plan:
        return make_plan(
            plant,
            demands,
            prices,
            origin=local_midnight(first_day),
            first_day=first_day,
            days=days,
            contract=contract,
            seed=0,
            time_limit_s=600.0,  # of the wall clock: a busy machine must not cut a proof short
        )

    return make


NIGHT = datetime(2025, 11, 18, 23, tzinfo=UTC)
"""Midnight in Madrid: slots of a tiny problem begin here."""


class Tiny:
    """Builds plants of a few slots, so that every schedule can be listed."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def stage(
        self,
        name: str,
        phases: Mapping[str, Sequence[tuple[int, float]]],
        *,
        machines: int = 1,
        hold: int = 0,
        staffed: Staffed = Staffed.NEVER,
        cleaning: int = 0,
        changeover: int = 0,
        idle: int = 0,
        tank: tuple[int, int, float] | None = None,
        ambient: AmbientLimits | None = None,
    ) -> Stage:
        """Phases as (slots, kW) by grade; other times in slots; tank: batches, hold and kW."""
        return Stage(
            name=name,
            machine=f"{name}er",
            machines=machines,
            staffed=staffed,
            phases={
                grade: tuple(Phase(15 * slots, kw) for slots, kw in rows)
                for grade, rows in phases.items()
            },
            max_hold_min=15 * hold,
            cleaning_min=15 * cleaning,
            changeover_min=15 * changeover,
            min_idle_min=15 * idle,
            tank=None if tank is None else Tank(f"{name} tank", tank[0], 15 * tank[1], tank[2]),
            ambient=ambient,
        )

    def plant(
        self, *stages: Stage, limit_kw: float = 100.0, shifts: Sequence[tuple[int, int]] = ()
    ) -> Plant:
        """A plant without base load; shifts as [from, to) slots after every midnight."""
        hours = tuple(Hours(15 * start, 15 * end) for start, end in shifts)
        return Plant(
            name="tiny",
            slot_min=15,
            batch_kg=10.0,
            grades=tuple(stages[0].phases),
            stages=tuple(stages),
            shifts=dict.fromkeys(range(7), hours),
            contracted_kw=(limit_kw,) * 6,
            base_load=(),
        )

    def demand(
        self,
        grade: str,
        batches: int,
        *,
        due: int,
        earliest: int | None = None,
        penalty_eur_h: float | None = None,
    ) -> Demand:
        """Due and earliest in slots after the beginning."""
        return Demand(
            name=f"{grade} by slot {due}",
            grade=grade,
            kg=10.0 * batches,
            batches=batches,
            release=self.at(earliest or 0),
            earliest=None if earliest is None else self.at(earliest),
            due=self.at(due),
            penalty_eur_h=penalty_eur_h,
        )

    def at(self, slot: int) -> datetime:
        """Instant at which a slot begins."""
        return NIGHT + slot * timedelta(minutes=15)

    def prices(self, eur_kwh: Sequence[float] | Floats) -> PlanningPrices:
        """One price per slot."""
        values = np.asarray(eur_kwh, dtype=np.float64)
        quarter = timedelta(minutes=15)
        return PlanningPrices(
            start=periods(NIGHT, NIGHT + values.size * quarter, quarter),
            resolution_s=np.full(values.size, 900, dtype=np.int64),
            eur_kwh=values,
            published=np.ones(values.size, dtype=bool),
        )

    def maintenance(self, stage: str, machines: int, start: int, end: int) -> Maintenance:
        """From one slot to another."""
        return Maintenance(stage, machines, self.at(start), self.at(end))

    def weather(self, celsius: Sequence[float], radiation: Sequence[float] = ()) -> Weather:
        """One outdoor temperature, and one radiation, per hour."""
        start = periods(NIGHT, NIGHT + len(celsius) * HOUR, HOUR)
        sun = np.array(radiation or np.zeros(len(celsius)), dtype=np.float64)
        return Weather(start, np.array(celsius, dtype=np.float64), np.full(start.size, 50.0), sun)

    def problem(
        self,
        plant: Plant,
        demands: Sequence[Demand],
        eur_kwh: Sequence[float] | Floats,
        *,
        weather: Weather | None = None,
    ) -> Problem:
        """As many slots as prices."""
        return build_problem(
            plant,
            demands,
            self.prices(eur_kwh),
            start=NIGHT,
            end=self.at(len(eur_kwh)),
            contract=self.contract,
            weather=weather,
        )


@pytest.fixture(scope="session")
def tiny(contract: Contract) -> Tiny:
    return Tiny(contract)


def hourly(start: np.ndarray, eur_kwh: Floats) -> PlanningPrices:
    return PlanningPrices(
        start=start,
        resolution_s=np.full(start.size, 3600, dtype=np.int64),
        eur_kwh=eur_kwh,
        published=np.ones(start.size, dtype=bool),
    )
