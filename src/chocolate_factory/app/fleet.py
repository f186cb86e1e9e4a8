"""A fleet, composed: its sites, the store as workers open it, and what it is spread over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chocolate_factory import jobs, oversight, pipeline
from chocolate_factory.app.factory import task_of
from chocolate_factory.app.site_files import Site
from chocolate_factory.fleet import FleetSite, Opens, Spread, StoreAt, over_cluster, over_processes
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.settings import Settings, load_settings
from chocolate_factory.store.base import Store
from chocolate_factory.store.opening import open_store

SOLVER_S = 60.0
"""How long the solver may search for one plan [s]."""


def fleet_sites(sites: Sequence[Site]) -> tuple[FleetSite, ...]:
    """The sites with plant, orders and contract read. Raises what is wrong with them."""
    return tuple(_fleet_site(site) for site in sites)


def spread_of(settings: Settings, workers: int) -> Spread:
    """Over the cluster of the settings, or over ``workers`` processes of this machine."""
    if settings.cluster_url:
        return over_cluster(settings.cluster_url)
    return over_processes(workers)


def opens_of(settings: Settings) -> Opens:
    """What opens the store elsewhere.

    A worker of a cluster asks its own settings, so that no password passes through the scheduler.
    """
    if settings.cluster_url:
        return own_store
    return StoreAt(settings.store, settings.store_token.get_secret_value())


def own_store() -> Store:
    """The store of this process's own settings."""
    settings = load_settings()
    return open_store(settings.store, token=settings.store_token.get_secret_value())


def make_forecast(settings: Settings, store: Store, key: SeriesKey, origin: datetime) -> Forecast:
    """The forecast of a zone's prices by the trained model of the settings, if there is one."""
    folder = oversight.ModelFolder(settings.models_folder)
    return oversight.forecast_ahead(store, folder, key, origin)


def _fleet_site(site: Site) -> FleetSite:
    task = replace(
        task_of(site.settings), time_limit_s=SOLVER_S, ways_out_s=pipeline.WAYS_OUT_S, seed=0
    )
    return FleetSite(site.name, site.kept_as, task, jobs.rules_of(site.settings))
