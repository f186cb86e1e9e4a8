"""Composition root: the only place that constructs stores, sources, jobs and the web."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI

from chocolate_factory import __version__, pipeline, schedule
from chocolate_factory.errors import FileRefused, SettingsInvalid, StoreError
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.contract import Contract, contract_named, parse_contract
from chocolate_factory.market.series import SIMULATED_PREFIX, SeriesKey
from chocolate_factory.notify.message import Message, deliver
from chocolate_factory.planning.orders import Orders, parse_orders
from chocolate_factory.planning.plant import Plant, parse_plant
from chocolate_factory.settings import Settings
from chocolate_factory.simulation.server import SimulatedUpstreams
from chocolate_factory.sources.base import Source
from chocolate_factory.sources.open_meteo import OpenMeteoArchive, OpenMeteoForecast
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.transport import Transport
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store
from chocolate_factory.web.api import create_app

CATCH_UP = timedelta(days=26)
"""How far a scheduled ingest looks back for what a sleep or a fault left out."""

WEATHER_OVERLAP = timedelta(days=7)
"""The weather archive ends some five days back: the forecast's recent past covers the rest."""

FORECAST_AHEAD = timedelta(days=7)
"""How far ahead weather is collected."""

Clock = Callable[[], datetime]


class Span(NamedTuple):
    """Which source to ask for which Madrid days, inclusive."""

    source: Source
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Sources:
    """The upstreams of one factory: live ones, or the simulation on loopback."""

    prices: Source
    weather_forecast: Source
    weather_archive: Source

    @property
    def weather_series(self) -> tuple[SeriesKey, ...]:
        """Weather series that are collected."""
        return self.weather_forecast.upstream.series

    def weather(self, first: date, last: date, today: date) -> tuple[Span, ...]:
        """Whom to ask for the weather of ``first`` to ``last``: the archive, then the forecast."""
        handover = today - WEATHER_OVERLAP
        spans = (
            Span(self.weather_archive, first, min(last, handover - timedelta(days=1))),
            Span(self.weather_forecast, max(first, handover), last),
        )
        return tuple(span for span in spans if span.first <= span.last)

    @property
    def watched(self) -> tuple[SeriesKey, ...]:
        """Every series that should stay complete by itself."""
        return (*self.prices.upstream.series, *self.weather_series)


@dataclass(frozen=True, slots=True)
class Factory:
    """One plant with its store, its sources and what it pays."""

    settings: Settings
    store: Store
    sources: Sources
    task: pipeline.PlanTask


@contextmanager
def open_factory(
    settings: Settings, *, simulated: SimulatedUpstreams | None = None
) -> Iterator[Factory]:
    """Open the store and read plant, orders and contract.

    Raises ``StoreError``, ``FileRefused``, or what is wrong with plant, orders or contract.
    """
    plant = load_plant(settings.plant)
    orders = load_orders(settings.orders, plant)
    contract = load_contract(settings.contract)
    with opened_store(settings, create=True) as store, Transport() as transport:
        yield Factory(
            settings=settings,
            store=store,
            sources=live_sources(settings, transport)
            if simulated is None
            else simulated_sources(simulated, transport),
            task=pipeline.PlanTask(plant=plant, contract=contract, orders=orders),
        )


@contextmanager
def opened_store(settings: Settings, *, create: bool = False) -> Iterator[Store]:
    """The store of the settings, closed at the end.

    Raises ``SettingsInvalid`` if there is none yet and it may not be created: a mistyped folder
    should not become an empty store.
    """
    if not create and not settings.store_exists:
        raise SettingsInvalid(
            f"no store in {settings.data_dir}: `import` or `ingest` first, or say where it is with "
            "--dir or CHOCOLATE_FACTORY_DATA_DIR"
        )
    store = open_store(settings.store)
    try:
        yield store
    finally:
        store.close()


def live_sources(settings: Settings, transport: Transport) -> Sources:
    """REE and Open-Meteo at the settings' addresses, for the settings' place."""
    north, east = settings.latitude, settings.longitude
    ahead = OpenMeteoForecast(base_url=settings.open_meteo_url, latitude=north, longitude=east)
    past = OpenMeteoArchive(
        base_url=settings.open_meteo_archive_url, latitude=north, longitude=east
    )
    return Sources(
        prices=Source(Ree(base_url=settings.ree_url), transport),
        weather_forecast=Source(ahead, transport),
        weather_archive=Source(past, transport),
    )


def simulated_sources(upstreams: SimulatedUpstreams, transport: Transport) -> Sources:
    """The same clients pointed at the simulation on loopback, and named after it."""
    name, url = f"{SIMULATED_PREFIX}open-meteo", upstreams.open_meteo_url
    return Sources(
        prices=Source(Ree(name=f"{SIMULATED_PREFIX}ree", base_url=upstreams.ree_url), transport),
        weather_forecast=Source(OpenMeteoForecast(name=name, base_url=url), transport),
        weather_archive=Source(OpenMeteoArchive(name=name, base_url=url), transport),
    )


def load_plant(path: Path | None) -> Plant:
    """The plant of a file, or the reference plant."""
    name, text = _text(path, "plant file", "reference_plant.yaml")
    return parse_plant(text, name=name)


def load_orders(path: Path | None, plant: Plant) -> Orders:
    """The orders of a file, or the reference plant's weekly orders."""
    name, text = _text(path, "orders file", "reference_orders.yaml")
    return parse_orders(text, name=name, plant=plant)


def load_contract(name: str) -> Contract:
    """The contract of a file, or one of the named contracts."""
    path = Path(name)
    if path.is_file():
        return parse_contract(read_text(path, "contract file"), name=name)
    return contract_named(name)


def read_text(path: Path, what: str) -> str:
    """A user's text file as UTF-8; ``what`` is how errors call it.

    Raises ``FileRefused`` if it cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise FileRefused(path, f"the {what} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError as fault:
        raise FileRefused(path, f"the {what} is not UTF-8 (byte {fault.start})") from None


def jobs(factory: Factory) -> Mapping[str, schedule.Job]:
    """What each name of the schedule's table does for ``factory``."""

    def prices(now: datetime) -> str:
        today = delivery_day(now)
        done = pipeline.ingest(
            factory.sources.prices,
            factory.store,
            day=today - CATCH_UP,
            last=today + timedelta(days=1),
            now=now,
        )
        return f"{done.appended.new} new, {done.appended.revised} revised"

    def weather(now: datetime) -> str:
        today = delivery_day(now)
        (span,) = factory.sources.weather(today - WEATHER_OVERLAP, today + FORECAST_AHEAD, today)
        done = pipeline.ingest(span.source, factory.store, day=span.first, last=span.last, now=now)
        return f"{done.appended.new} new"

    def forecast(now: datetime) -> str:
        made = refresh_forecasts(factory, now)
        return ", ".join(made)

    def plan(now: datetime) -> str:
        kept = pipeline.plan_in_force(factory.store, factory.task.plant, now=now)
        if kept is not None:
            return f"the plan in force runs to {kept.end:%Y-%m-%d %H:%MZ}"
        return refresh_plan(factory, now)

    return {
        "ingest-prices": prices,
        "ingest-weather": weather,
        "forecast": forecast,
        "plan": plan,
    }


def refresh_forecasts(factory: Factory, now: datetime) -> tuple[str, ...]:
    """Forecast every price series as of ``now`` and keep the result; names what was made."""
    made = []
    for key in (PVPC, SPOT):
        outlook = pipeline.forecast(factory.store, key, origin=now, horizon=pipeline.HORIZON)
        factory.store.save_forecast(outlook, made_at=now)
        made.append(str(key))
    return tuple(made)


def refresh_plan(factory: Factory, now: datetime) -> str:
    """Plan the coming week as of ``now``, keep it, and announce it where the user asked."""
    plan = pipeline.plan(factory.store, factory.task, origin=now)
    pipeline.keep_plan(factory.store, plan, made_at=now)
    line = (
        f"{plan.schedule.objective_eur:.2f} €, {plan.savings_eur:.2f} € "
        f"({plan.savings_pct:.1f} %) below the habit, expected"
    )
    if factory.settings.notify_urls:
        title = f"{plan.plant}: plan from {plan.start:%Y-%m-%d}"
        label = "SIMULATED DATA. " if plan.simulated else ""
        deliver(Message(title, label + line), factory.settings.notify_urls)
    return line


def shown(factory: Factory, as_of: datetime) -> pipeline.Snapshot:
    """Everything a page shows of ``factory`` as known at ``as_of``."""
    return pipeline.snapshot(
        factory.store,
        as_of=as_of,
        task=factory.task,
        watched=factory.sources.watched,
        weather=factory.sources.weather_series,
    )


def build_web(factory: Factory, clock: Clock, *, catch_up: bool) -> FastAPI:
    """The web application over ``factory``; the scheduler runs while it serves.

    With ``catch_up`` every job runs once, in the order of the table, as soon as it serves.
    """

    def snapshot() -> pipeline.Snapshot:
        return shown(factory, clock())

    def ready() -> tuple[str, ...]:
        try:
            stored = factory.store.coverage()
        except StoreError as fault:
            return (str(fault),)
        return () if stored else ("the store is empty: run `chocolate-factory ingest` or `import`",)

    def lifespan(_: FastAPI) -> AbstractAsyncContextManager[None]:
        return _scheduler(factory, catch_up)

    return create_app(snapshot=snapshot, ready=ready, version=__version__, lifespan=lifespan)


@asynccontextmanager
async def _scheduler(factory: Factory, catch_up: bool) -> AsyncIterator[None]:
    scheduler = schedule.start(jobs(factory), catch_up=catch_up)
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def _text(path: Path | None, what: str, packaged: str) -> tuple[str, str]:
    if path is not None:
        return str(path), read_text(path, what)
    resource = files("chocolate_factory").joinpath("data", packaged)
    return packaged, resource.read_text(encoding="utf-8")
