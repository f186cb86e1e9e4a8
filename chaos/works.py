"""The kinds of work that are killed: how each is prepared, done, and looked at afterwards.

Each is production's own code on the simulated market. ``do`` says through ``told`` what it has
acknowledged; ``look`` opens what is left as a user would and compares it with a run that was not
disturbed. The work is then done again: it must end as if nothing had happened.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from alembic import command
from alembic.config import Config

from benchmarks.soak_worker import SimulatedTime
from chocolate_factory import conduct, oversight, upkeep
from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.inbox import import_files
from chocolate_factory.jobs import Factory, rules_of, train_prices
from chocolate_factory.market.calendar import to_datetime, utc_iso
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.planning.plan import Plan, plan_from_json, plan_to_json
from chocolate_factory.settings import Settings
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.transport import LocalNetwork, Transport
from chocolate_factory.standing import KINDS, Accepted, standing, stored_plan
from chocolate_factory.store import sqlite
from chocolate_factory.store.backup import read_backup, write_backup
from chocolate_factory.store.base import Event, PlanRecord, Store, Vintages
from chocolate_factory.store.opening import open_store
from chocolate_factory.store.sql import SqlStore

DAY = timedelta(days=1)
NOW = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
TODAY = date(2025, 11, 3)
FIRST_SCHEMA = "0001"
ORDERS = "orders.csv"

Told = Callable[[str], None]
Content = Counter[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Left:
    """What was found after a death: numbers that must be zero."""

    lost: int = 0
    """Acknowledged, or there before the work began, and not there."""
    wrong: int = 0
    """There, and not so in the undisturbed run; or half of a whole."""


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work. ``content`` is all that a folder holds of it, in comparable parts."""

    name: str
    prepare: Callable[[Path], None]
    do: Callable[[Path, Told], None]
    content: Callable[[Path], Content]
    acknowledged: Callable[[Content, str], bool]
    """Whether what ``told`` said is in the content."""

    def look(self, folder: Path, told: list[str], *, before: Content, whole: Content) -> Left:
        """Open what is left; ``before`` was there when the work began, ``whole`` is the content of
        an undisturbed run.
        """
        content = self.content(folder)
        lost = sum(not self.acknowledged(content, one) for one in told)
        return Left(lost + (before - content).total(), (content - whole).total())


def works() -> tuple[Work, ...]:
    """Every kind of work, the quickest first."""
    return (
        Work("migration", _older_store, _migrate, _rows, _all_are_there),
        Work("import", _price_files, _import, _rows, _month_is_whole),
        Work("ingest", _nothing, _ingest, _rows, _days_are_whole),
        Work("backup", _filled, _back_up, _backups, _is_there),
        Work("planning", _one_order, _plan, _plans, _is_in_force),
        Work("training", _sixty_days, _train, _models, _is_trained),
    )


@contextmanager
def factory_in(folder: Path, *, orders: Path | None = None) -> Iterator[Factory]:
    """A factory on the simulated network, without waiting."""
    time = SimulatedTime(NOW)
    network = SimulatedNetwork(1, time.now)
    transport = Transport(network=LocalNetwork(network), monotonic=time.monotonic, sleep=time.sleep)
    settings = Settings(data_dir=folder, history_days=60, orders=orders)
    with open_factory(settings, simulated=network, transport=transport) as factory:
        yield factory


@contextmanager
def store_in(folder: Path) -> Iterator[Store]:
    """The store of ``folder``, opened as the program opens it."""
    with closing(open_store(Settings(data_dir=folder).store)) as store:
        yield store


def _nothing(folder: Path) -> None:
    with store_in(folder):
        pass


def _is_there(content: Content, told: str) -> bool:
    return content[(told,)] == 1


def _rows(folder: Path) -> Content:
    """Every row of every series, without when it was stored."""
    found: Content = Counter()
    with store_in(folder) as store:
        for piece in store.dump():
            if isinstance(piece, Vintages):
                columns = (piece.start_s, piece.available_at_s, piece.value)
                found.update(
                    (str(piece.key), piece.source, *row)
                    for row in zip(*(column.tolist() for column in columns), strict=True)
                )
    return found


def _count(content: Content, series: str, first: date, last: date) -> int:
    """Delivery starts of a series held on some days."""
    begin, end = (
        int(stamp) for stamp in spec(series).grid(first, last)[0][[0, -1]].astype("int64")
    )
    return len({row[2] for row in content if row[0] == series and begin <= int(str(row[2])) <= end})


def _are_whole(content: Content, series: str, first: date, last: date) -> bool:
    return _count(content, series, first, last) == spec(series).grid(first, last)[0].size


# ---- migration of a store of the first version


def _older_store(folder: Path) -> None:
    config = Config()
    config.set_main_option("script_location", "chocolate_factory:store/migrations")
    folder.mkdir(parents=True, exist_ok=True)
    database = sqlite.connect(Settings(data_dir=folder).store, busy_timeout_s=30.0)
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST_SCHEMA)
    SqlStore(database).append([_prices(date(2024, 1, 1), TODAY)], now=NOW)
    database.engine.dispose()


def _migrate(folder: Path, told: Told) -> None:
    with store_in(folder) as store:
        told(str(sum(series.count for series in store.coverage())))


def _all_are_there(content: Content, told: str) -> bool:
    return content.total() == int(told)


# ---- import of files


def _months() -> list[tuple[date, date]]:
    firsts = [date(2024 + n // 12, n % 12 + 1, 1) for n in range(19)]
    return [(first, after - DAY) for first, after in pairwise(firsts)]


def _price_files(folder: Path) -> None:
    _nothing(folder)
    inbox = folder / "files"
    inbox.mkdir()
    for first, last in _months():
        prices = _prices(first, last)
        lines = [
            f"{to_datetime(at):%Y-%m-%dT%H:%M:%SZ},{value:.5f}"
            for at, value in zip(prices.start, prices.value, strict=True)
        ]
        (inbox / f"{first}.csv").write_text("time_utc,price_eur_kwh\n" + "\n".join(lines) + "\n")


def _import(folder: Path, told: Told) -> None:
    with store_in(folder) as store:
        for one in import_files(store, [folder / "files"], now=NOW):
            told(one.path.stem)


def _month_is_whole(content: Content, told: str) -> bool:
    return _are_whole(content, str(PVPC), *dict(zip(_firsts(), _months(), strict=True))[told])


def _firsts() -> list[str]:
    return [str(first) for first, _ in _months()]


# ---- ingest from upstreams


def _ingest(folder: Path, told: Told) -> None:
    with factory_in(folder) as factory:
        for back in range(20, 0, -4):
            first, last = TODAY - back * DAY, TODAY - (back - 3) * DAY
            for supply in (factory.feeds.pvpc, factory.feeds.spot):
                upkeep.collect(supply, factory.store, first=first, last=last, now=NOW)
                told(f"{supply.keys[0]} {first} {last}")


def _days_are_whole(content: Content, told: str) -> bool:
    series, first, last = told.split()
    return _are_whole(content, series, date.fromisoformat(first), date.fromisoformat(last))


# ---- a store with two hundred days of prices: backup, planning, training


def _prices(first: date, last: date, key: str = "pvpc") -> Observations:
    series = PVPC if key == "pvpc" else SPOT
    market = SimulatedMarket(1)
    start, value = (market.pvpc if series == PVPC else market.spot)(first, last)
    about = spec(series)
    return Observations(
        series, "simulation:ree", Kind.PUBLISHED, start, about.resolutions_s(start), value,
        about.inferred_available_at(start), np.ones(start.size, dtype=bool),
    )  # fmt: skip


def _filled(folder: Path) -> None:
    with store_in(folder) as store:
        first = TODAY - 200 * DAY
        store.append([_prices(first, TODAY), _prices(first, TODAY, "spot")], now=NOW)


def _back_up(folder: Path, told: Told) -> None:
    with store_in(folder) as store:
        for number in range(6):
            path = folder / "backups" / f"{number}.zip"
            if not path.exists():
                write_backup(store, path, now=NOW)
            told(path.name)


def _backups(folder: Path) -> Content:
    """Names of the backups; one that is not whole raises."""
    found: Content = Counter()
    for path in (folder / "backups").glob("*.zip"):
        read_backup(path)
        found[(path.name,)] += 1
    return found


def _one_order(folder: Path) -> None:
    """One batch within two days, so that the solver is soon done and most of the time is ours."""
    _filled(folder)
    (folder / ORDERS).write_text("product,kg,due\nstandard,50,2025-11-05 06:00+01:00\n")


def _plan(folder: Path, told: Told) -> None:
    """Two plans by one seed, which finds the same each time."""
    with factory_in(folder, orders=folder / ORDERS) as factory:
        for hours in (0, 12):
            done = conduct.replan(
                factory.store,
                replace(factory.task, days=2, seed=0, worth_s=0.0, ways_out_s=0.0),
                now=NOW + timedelta(hours=hours),
                models=("similar-day",),
                rules=rules_of(factory.settings),
            )
            told(f"{utc_iso(done.in_force.made_at)} {_said_by(done.in_force.plan)}")


def _plans(folder: Path) -> Content:
    """What every plan says, every event with what its plan says, and what is in force.

    Without the names of plans: work done again goes on with the plan that it finds, to the same
    plan under another name. Raises ``StoreError`` if what is in force is not stored.
    """
    found: set[tuple[object, ...]] = set()
    with factory_in(folder) as factory:
        store = factory.store
        in_force = standing(store, as_of=NOW + DAY, slot=factory.task.plant.slot).in_force
        if in_force is not None:
            found.add(("in force", _said_by(in_force.plan)))
        for piece in store.dump():
            if isinstance(piece, PlanRecord):
                plan = plan_from_json(json.loads(piece.document))
                found.add(("plan", utc_iso(piece.made_at), _said_by(plan)))
            elif isinstance(piece, Event):
                named = json.loads(piece.document).get("plan_id")
                kept = None if named is None else stored_plan(store, named)
                said = piece.document if named is None else kept and _said_by(kept.plan)
                found.add((piece.kind, utc_iso(piece.at), said))
    return Counter(found)


def _said_by(plan: Plan) -> str:
    """What a plan says is to be done, and at what cost, in a few letters."""
    told = plan_to_json(plan)
    said = [told["start"], told["end"], told["kg"], told["blocks"], round(told["objective_eur"], 2)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _is_in_force(content: Content, told: str) -> bool:
    at, said = told.split()
    return all(content[kind, at, said] for kind in ("plan", KINDS[Accepted]))


def _sixty_days(folder: Path) -> None:
    """Of one price: one training in one process, as short as the history allows."""
    with store_in(folder) as store:
        store.append([_prices(TODAY - 60 * DAY, TODAY)], now=NOW)


def _train(folder: Path, told: Told) -> None:
    with factory_in(folder) as factory:
        train_prices(factory, NOW, lambda *_: None)
        told(str(PVPC))


def _models(folder: Path) -> Content:
    """How many models there are of each series; one that cannot be loaded raises."""
    found: Content = Counter()
    with factory_in(folder) as factory:
        for key in (PVPC, SPOT):
            loaded = oversight.load_model(factory.models, key)
            if loaded.fault is not None:
                raise AssertionError(loaded.fault)
            found[(str(key),)] += int(loaded.trained is not None)
    return found


def _is_trained(content: Content, told: str) -> bool:
    return content[(told,)] == 1
