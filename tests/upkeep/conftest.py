"""A store and the simulated price services without sockets, at an instant that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.simulation.answer import KEY
from chocolate_factory.simulation.corrections import PUNCTUAL, Publishing
from chocolate_factory.simulation.faults import FaultPlan, no_faults
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.base import Keep, Source
from chocolate_factory.sources.esios_live import EsiosArchive, EsiosIndicator
from chocolate_factory.sources.omie_live import Omie
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.transport import DEFAULT_LIMITS, LocalNetwork, Transport
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store
from chocolate_factory.upkeep import Feed, Supply

AT_ONCE = replace(
    DEFAULT_LIMITS, attempts=1, wait_first_s=0.0, wait_most_s=0.0, jitter_s=0.0, spacing_s=0.0
)


class World:
    """Simulated services, the transport to them and a store."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store = store
        self.now = now
        self.keep: Keep | None = None
        self.services = self.network()

    def network(
        self, *, faults: FaultPlan = no_faults, publishing: Publishing = PUNCTUAL
    ) -> SimulatedNetwork:
        self.services = SimulatedNetwork(1, lambda: self.now, faults=faults, publishing=publishing)
        self.transport = Transport(AT_ONCE, network=LocalNetwork(self.services))
        return self.services

    def feed(
        self, upstream: Ree | Omie | EsiosArchive | EsiosIndicator, *, own: bool = True
    ) -> Feed:
        return Feed(Source(upstream, self.transport, self.keep), own=own)

    @property
    def ree(self) -> Feed:
        return self.feed(Ree(name="simulation:ree", base_url=self.services.ree_url))

    @property
    def omie(self) -> Feed:
        return self.feed(Omie(name="simulation:omie", base_url=self.services.omie_url))

    @property
    def archive(self) -> Feed:
        return self.feed(EsiosArchive(name="simulation:esios", base_url=self.services.esios_url))

    @property
    def esios(self) -> Feed:
        upstream = EsiosIndicator(
            number=600, token=KEY, name="simulation:esios", base_url=self.services.esios_url
        )
        return self.feed(upstream, own=False)

    @property
    def spot_in_need(self) -> Supply:
        return replace(self.spot, feeds=(self.ree, self.omie, self.esios))

    @property
    def spot(self) -> Supply:
        days = timedelta(days=1)
        return Supply("spot", (SPOT,), (self.ree, self.omie), 3 * days, 400 * days, ahead=days)

    @property
    def pvpc(self) -> Supply:
        days = timedelta(days=1)
        return Supply("pvpc", (PVPC,), (self.ree, self.archive), 3 * days, 400 * days, ahead=days)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    yield World(store, datetime(2025, 10, 27, 9, tzinfo=UTC))
    store.close()
