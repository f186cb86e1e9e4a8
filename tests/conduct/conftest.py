"""A store with prices whose cheap hours a test moves, and what is asked of plans over it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory import conduct, pipeline
from chocolate_factory.app.files import load_contract, load_plant
from chocolate_factory.market.calendar import local_days, local_hours, to_datetime64
from chocolate_factory.market.catalog import PVPC, spec
from chocolate_factory.market.series import Forecast, Kind, Observations
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.standing import Standing, standing
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

NOW = datetime(2025, 11, 17, 21, tzinfo=UTC)  # Monday, 22:00 in Madrid
RULES = conduct.Rules(freeze=timedelta(hours=2), propose_above_eur=1.0)
HOLLOW = (14, 15, 16, 17)
"""Local hours of the afternoon that a test foretells to be cheap."""
ORDERS = """\
weekly:
  tue: {standard: 100}
  wed: {standard: 50, premium: 50}
  thu: {standard: 100}
due: {default: 08:00 next day}
"""


def prices(first: date, last: date, *, cheap: int, known: datetime | None = None) -> Observations:
    """PVPC that is lowest around the local hour ``cheap``."""
    start, resolution_s = spec(PVPC).grid(first, last)
    hours = local_hours(start)
    value = 0.15 - 0.08 * np.cos((hours - cheap) / 12 * np.pi)
    at = spec(PVPC).inferred_available_at(start)
    if known is not None:
        at = np.full(start.size, to_datetime64(known))
    return Observations(
        PVPC, "price-file", Kind.PUBLISHED, start, resolution_s, value, at,
        np.full(start.size, known is None),
    )  # fmt: skip


class Floor:
    """One plant, its store and a clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        plant = load_plant(None)
        self.task = pipeline.PlanTask(
            plant=plant,
            contract=load_contract("pvpc"),
            orders=parse_orders(ORDERS, name="orders", plant=plant),
            days=3,
            seed=0,
        )

    def learn(self, first: date, last: date, *, cheap: int) -> None:
        """Prices that become known now."""
        self.store.append([prices(first, last, cheap=cheap, known=self.now)], now=self.now)

    def foretell(self, valley: date, *, spread: float) -> None:
        """A forecast that is stored now: 0.15 €/kWh, and 0.10 on the afternoon of ``valley``.

        ``spread``: in three cases of four that is so much lower, else three times as much higher.
        """
        start, resolution_s = spec(PVPC).grid(date(2025, 11, 19), date(2025, 11, 27))
        hollow = (local_days(start) == np.datetime64(valley)) & np.isin(local_hours(start), HOLLOW)
        mean = np.where(hollow, 0.10, 0.15)
        by_quantile = spread * np.array([-1.0, -1.0, -1.0, -1.0, 3.0, 3.0, 3.0])
        made = Forecast(
            PVPC, spec(PVPC).unit, self.now, "by hand", start, resolution_s,
            np.zeros(start.size, dtype=bool), mean, mean[:, None] + hollow[:, None] * by_quantile,
        )  # fmt: skip
        self.store.save_forecast(made, made_at=self.now)

    def replan(self, *, stored: bool = False, **changes: object) -> conduct.Replanned:
        rules = conduct.Rules(
            **{name: getattr(RULES, name) for name in RULES.__slots__} | changes  # type: ignore[arg-type]
        )
        return conduct.replan(
            self.store, self.task, now=self.now, models=("naive",), rules=rules, stored=stored
        )

    def pin(self, batch: str, begin: datetime | None = None) -> conduct.Told:
        return conduct.pin(
            self.store, self.task, batch, begin=begin, now=self.now, rules=RULES, by="test"
        )

    def accept(self, plan_id: str) -> conduct.Told:
        return conduct.accept(
            self.store, plan_id, now=self.now, rules=RULES, by="test", slot=self.task.plant.slot
        )

    def undo(self, event_id: str) -> conduct.Told:
        return conduct.undo(
            self.store, event_id, now=self.now, rules=RULES, by="test", slot=self.task.plant.slot
        )

    @property
    def actual(self) -> PlanningPrices:
        """What a kWh cost, as is known now."""
        begin, end = datetime(2025, 9, 1, tzinfo=UTC), datetime(2025, 11, 26, tzinfo=UTC)
        return pipeline.actual_prices(self.store, self.task.contract, begin, end, as_of=self.now)

    @property
    def held(self) -> Standing:
        return standing(self.store, as_of=self.now, slot=self.task.plant.slot)


@pytest.fixture(scope="session")
def without_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds nothing but prices."""
    path = tmp_path_factory.mktemp("prices") / "store.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.append([prices(date(2025, 3, 1), date(2025, 11, 18), cheap=4)], now=NOW)
    return path


@pytest.fixture(scope="session")
def with_plan(without_plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a plan in force."""
    path = tmp_path_factory.mktemp("plan") / "store.db"
    shutil.copy(without_plan, path)
    with closing(open_store(f"sqlite:///{path}")) as store:
        Floor(store).replan()
    return path


@pytest.fixture
def floor(without_plan: Path, tmp_path: Path) -> Iterator[Floor]:
    shutil.copy(without_plan, tmp_path / "store.db")
    with closing(open_store(f"sqlite:///{tmp_path / 'store.db'}")) as store:
        yield Floor(store)


@pytest.fixture
def planned(with_plan: Path, tmp_path: Path) -> Iterator[Floor]:
    """With a plan in force, on Tuesday at 11:00 in Madrid."""
    shutil.copy(with_plan, tmp_path / "planned.db")
    with closing(open_store(f"sqlite:///{tmp_path / 'planned.db'}")) as store:
        floor = Floor(store)
        floor.now = datetime(2025, 11, 18, 10, tzinfo=UTC)
        yield floor
