"""ONE FACTORY: its settings, store, feeds and what it pays, as every job is handed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from chocolate_factory import oversight, pipeline, upkeep
from chocolate_factory.errors import SourceUnavailable
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.notify.message import Message, deliver
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
    def all(self) -> tuple[upkeep.Feed, ...]:
        """Every feed once."""
        every = [feed for supply in self.supplies for feed in supply.feeds] + list(self.outlooks)
        return tuple({feed.name: feed for feed in every}.values())

    @property
    def watched(self) -> tuple[SeriesKey, ...]:
        """Prices and weather: what the page reports on."""
        return (*self.pvpc.keys, *self.spot.keys, *self.weather.keys)


@dataclass(frozen=True, slots=True)
class Factory:
    """One plant with its store, its feeds and what it pays. ``raw`` keeps answers as received,
    ``models`` what was trained."""

    settings: Settings
    store: Store
    raw: RawArchive
    models: oversight.ModelFolder
    feeds: Feeds
    task: pipeline.PlanTask


def announce(factory: Factory, title: str, text: str) -> None:
    """Send a message to the addresses of the settings, if there are any.

    Raises ``SourceUnavailable`` naming the places of those that could not be reached.
    """
    if not factory.settings.notify_urls:
        return
    label = "SIMULATED DATA. " if pipeline.holds_simulated(factory.store) else ""
    missed = deliver(Message(title, label + text), factory.settings.notify_urls)
    if missed:
        places = ", ".join(map(str, missed))
        raise SourceUnavailable("notify", f"address {places} could not be reached")


def history_begun(factory: Factory, now: datetime) -> bool:
    """Whether the history job has asked for the newest weeks of prices."""
    reached = reached_back(factory.store)
    prices = (factory.feeds.pvpc, factory.feeds.spot)
    return all(reached.get(supply.name, date.max) <= delivery_day(now) for supply in prices)


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
