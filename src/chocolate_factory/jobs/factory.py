"""WHAT JOBS ARE HANDED: a zone with its store and feeds, and each factory in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from chocolate_factory import oversight, pipeline, upkeep
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.settings import Settings
from chocolate_factory.store.base import Store
from chocolate_factory.store.raw import RawArchive


@dataclass(frozen=True, slots=True)
class Feeds:
    """Every upstream of one factory, by what they tell.

    ``supplies`` keep themselves whole; ``outlooks`` tell the weather to come and are asked anew at
    every run, first asked in front.
    """

    pvpc: upkeep.Supply
    spot: upkeep.Supply
    weather: upkeep.Supply
    others: tuple[upkeep.Supply, ...]
    outlooks: tuple[upkeep.Feed, ...]

    @property
    def supplies(self) -> tuple[upkeep.Supply, ...]:
        """All that stays complete by itself, in the order in which history is fetched."""
        return (self.pvpc, self.spot, self.weather, *self.others)

    @property
    def prices(self) -> tuple[upkeep.Supply, ...]:
        """The prices that can be paid by."""
        return (self.pvpc, self.spot)

    @property
    def all(self) -> tuple[upkeep.Feed, ...]:
        """Every feed once."""
        every = [feed for supply in self.supplies for feed in supply.feeds] + list(self.outlooks)
        return tuple({feed.name: feed for feed in every}.values())

    @property
    def watched(self) -> tuple[SeriesKey, ...]:
        """Prices and weather: what the page reports on."""
        return (*self.pvpc.keys, *self.spot.keys, *self.weather.keys)


class Bureau(Protocol):
    """What forecasting needs of a zone: no feeds, so that it can be opened twice."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def models(self) -> oversight.ModelFolder: ...


class Workshop(Bureau, Protocol):
    """What planning needs of a factory."""

    @property
    def task(self) -> pipeline.PlanTask: ...
    @property
    def shares_market(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class OpenedZone:
    """A zone as another process opened it."""

    settings: Settings
    store: Store
    models: oversight.ModelFolder


@dataclass(frozen=True, slots=True)
class Opened(OpenedZone):
    """A factory as another process opened it."""

    task: pipeline.PlanTask
    shares_market: bool


@dataclass(frozen=True, slots=True)
class Zone:
    """What all factories of a market share. ``raw`` keeps answers as received, ``models`` what was
    trained."""

    settings: Settings
    store: Store
    raw: RawArchive
    models: oversight.ModelFolder
    feeds: Feeds


@dataclass(frozen=True, slots=True)
class Factory(Zone):
    """One plant with its view of the store, its feeds and what it pays.

    ``title`` is how pages and messages call it, if that is not its plant's name. ``within`` is the
    zone it is one of several in; None where it is alone: then it is its own zone.
    """

    task: pipeline.PlanTask
    title: str = ""
    within: Zone | None = None

    @property
    def zone(self) -> Zone:
        """What it shares with others, if there are any."""
        return self.within or self

    @property
    def shares_market(self) -> bool:
        """Whether the forecasts it pays by are made once, for all of its zone."""
        return self.within is not None

    @property
    def shown_as(self) -> str:
        """How people call it."""
        return self.title or self.task.plant.name


@dataclass(frozen=True, slots=True)
class Sites:
    """Every factory that one process serves, by the name addresses call it, and their zone.

    Where nobody named any there is one, without a name, which is its own zone. One that went on
    under a name is its own zone too, and that of the others.
    """

    zone: Zone
    factories: Mapping[str, Factory]

    @property
    def named(self) -> Mapping[str, Factory]:
        """The factories that are within the zone, beside whatever was there before."""
        return {name: one for name, one in self.factories.items() if one.within is not None}


def alone(factory: Factory) -> Sites:
    """One factory that nobody named."""
    return Sites(factory, {"": factory})


def history_begun(zone: Zone, now: datetime) -> bool:
    """Whether the history job has asked for the newest weeks of prices."""
    return begun(zone.store, zone.feeds.prices, now)


def begun(store: Store, supplies: Iterable[upkeep.Supply], now: datetime) -> bool:
    """Whether the history job has asked for the newest weeks of ``supplies``."""
    reached = reached_back(store)
    return all(reached.get(supply.name, date.max) <= delivery_day(now) for supply in supplies)


def reached_back(store: Store) -> Mapping[str, date]:
    """How far back history has been asked for, by supply, as the runs of the job tell."""
    reached: dict[str, date] = {}
    for run in store.runs(job="history", limit=20):
        for name, ordinal in run.counts.items():
            what, _, supply = name.partition(":")
            if what == "reached":
                told = date.fromordinal(ordinal)
                reached[supply] = min(reached.get(supply, told), told)
    return reached


FORECAST_SERIES = (PVPC, SPOT)
"""The price series that are forecast."""
