"""The places over which a fleet is spread. Another one joins by a line in PLACES."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fleet.small_sites import write_small_sites
from pydantic import SecretStr

from benchmarks.fleet_sites import fill_market, origin_for
from chocolate_factory.app.fleet import fleet_sites, make_forecast
from chocolate_factory.app.site_files import read_sites
from chocolate_factory.fleet import FleetPlan, FleetSite, StoreAt, plan_fleet
from chocolate_factory.fleet.cluster import over_cluster
from chocolate_factory.fleet.processes import over_processes
from chocolate_factory.fleet.spreading import Spread, in_turn
from chocolate_factory.settings import Settings
from chocolate_factory.store.base import Event, IssuedForecast, PlanRecord
from chocolate_factory.store.sql import SqlStore, open_store

WORKERS = 2


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """A Dask scheduler with two workers, each a process of its own with one thread.

    Work that lost two of them is given up, not four as is usual: a new one takes seconds.
    """
    distributed = pytest.importorskip("distributed", reason="needs Dask: pip install distributed")
    with distributed.LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=True, host="127.0.0.1",
        dashboard_address="127.0.0.1:0", silence_logs=50,
        scheduler_kwargs={"allowed_failures": 1},
    ) as cluster:  # fmt: skip
        yield cluster


PLACES: dict[str, Callable[[pytest.FixtureRequest], Spread]] = {
    "this-process": lambda request: in_turn,
    "processes": lambda request: over_processes(WORKERS),
    "cluster": lambda request: over_cluster(request.getfixturevalue("cluster").scheduler_address),
}


@pytest.fixture(params=list(PLACES))
def spread(request: pytest.FixtureRequest) -> Spread:
    """Each place in turn."""
    return PLACES[request.param](request)


@pytest.fixture(params=["processes", "cluster"])
def spread_apart(request: pytest.FixtureRequest) -> Spread:
    """Those places that outlive the death of a process."""
    return PLACES[request.param](request)


DAY = date(2025, 11, 28)
ORIGIN = origin_for(DAY)


def untold(done: int, total: int, what: str) -> None:
    """Progress that nobody looks at."""


@dataclass
class World:
    """Some simulated sites and a store with two months of a simulated market."""

    settings: Settings
    sites: tuple[FleetSite, ...]
    url: str

    def opened(self) -> SqlStore:
        return open_store(self.url)

    def plan(self, spread: Spread = in_turn, **more: Any) -> FleetPlan:
        """One run; ``opens``, ``now`` and others as ``plan_fleet`` takes them."""
        store = self.opened()
        asked = {
            "sites": self.sites, "opens": StoreAt(self.url), "now": ORIGIN, "tell": untold,
            "make_forecast": partial(make_forecast, self.settings, store), **more,
        }  # fmt: skip
        try:
            return plan_fleet(store, spread=spread, **asked)
        finally:
            store.close()

    def held(self) -> dict[str, list[tuple[str, int]]]:
        """How many plans, acceptances and results of the fleet each site has."""
        store = self.opened()
        try:
            pieces = list(store.dump())
        finally:
            store.close()
        plans = Counter(one.site for one in pieces if isinstance(one, PlanRecord))
        noted = Counter(
            (one.kind, one.site) for one in pieces if isinstance(one, Event) and one.site
        )
        kinds = {kind for kind, _ in noted}
        return {
            "plans": sorted(plans.items()),
            **{k: sorted((s, n) for (kind, s), n in noted.items() if kind == k) for k in kinds},
            "forecasts": sorted(
                Counter(
                    str(one.forecast.key) for one in pieces if isinstance(one, IssuedForecast)
                ).items()
            ),
        }


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Three sites with two days to plan, on each store that a fleet may have."""
    url = f"sqlite:///{tmp_path}/fleet.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_urls")()
    write_small_sites(tmp_path / "sites", 3)
    settings = Settings(
        data_dir=tmp_path / "data", sites_dir=tmp_path / "sites", store_url=SecretStr(url)
    )
    store = open_store(url)
    fill_market(store, seed=1, last=DAY, days=60)
    store.close()
    sites = tuple(
        replace(one, task=replace(one.task, days=2, ways_out_s=0.0))
        for one in fleet_sites(read_sites(settings))
    )
    return World(settings, sites, url)
