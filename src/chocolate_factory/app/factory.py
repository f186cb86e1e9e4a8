"""Factories, opened: their store, archive and feeds, and plant, orders and contract of each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from chocolate_factory import pipeline
from chocolate_factory.app.feeds import (
    Addresses,
    feeds_at,
    feeds_of_site,
    live_addresses,
    simulated_addresses,
)
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.app.site_files import Site, chosen, read_sites
from chocolate_factory.app.stores import opened_store
from chocolate_factory.errors import StoreError
from chocolate_factory.jobs import Factory, Sites, Zone
from chocolate_factory.market.places import place_of
from chocolate_factory.oversight import ModelFolder
from chocolate_factory.settings import Settings
from chocolate_factory.simulation.upstreams import Upstreams
from chocolate_factory.sources.base import Keep
from chocolate_factory.sources.transport import Transport
from chocolate_factory.store.raw import RawArchive

_LOG = logging.getLogger(__name__)


@contextmanager
def open_factory(
    settings: Settings,
    *,
    simulated: Upstreams | None = None,
    transport: Transport | None = None,
    archive: Path | None = None,
) -> Iterator[Factory]:
    """Open the store and read plant, orders and contract.

    ``simulated`` takes the place of the live services, ``transport`` that of the network's,
    ``archive`` that of the file of answers as received.

    Raises ``StoreError``, ``FileRefused``, or what is wrong with plant, orders or contract.
    """
    task = _scheduled(settings)
    with _opened_zone(settings, simulated, transport, archive) as (zone, _):
        yield _its_own_zone(zone, task)


@contextmanager
def open_one(settings: Settings, site: str | None) -> Iterator[Factory]:
    """The factory of that name, or where none is named what ``open_factory`` opens.

    Raises ``SettingsInvalid`` naming the sites there are, and what the other two do.
    """
    if site is None:
        with open_factory(settings) as factory:
            yield factory
        return
    name = chosen(read_sites(settings), site).name
    with open_sites(settings) as sites:
        yield sites.factories[name]


@contextmanager
def open_sites(
    settings: Settings,
    *,
    simulated: Upstreams | None = None,
    transport: Transport | None = None,
    archive: Path | None = None,
) -> Iterator[Sites]:
    """Every factory of the settings: those of the site files, or the one that nobody named.

    The rest is as for ``open_factory``. Raises what ``open_factory`` and ``read_sites`` do.
    """
    sites = read_sites(settings)
    tasks = {site.name: _scheduled(site.settings) for site in sites}
    with _opened_zone(settings, simulated, transport, archive) as (zone, network):
        before = next((site for site in sites if not site.kept_as), None)
        whole: Zone = zone
        factories: dict[str, Factory] = {}
        if before is not None:
            own = replace(zone, settings=before.settings)
            whole = _its_own_zone(own, tasks[before.name], before.title)
        for site in sites:
            factories[site.name] = (
                whole
                if isinstance(whole, Factory) and site is before
                else _within(whole, site, tasks[site.name], network, simulated)
            )
        yield Sites(whole, factories)


def task_of(settings: Settings) -> pipeline.PlanTask:
    """What a plant of the settings plans: its plant, orders and contract.

    Raises ``FileRefused``, or what is wrong with plant, orders or contract.
    """
    plant = load_plant(settings.plant)
    return pipeline.PlanTask(
        plant=plant,
        contract=load_contract(settings.contract),
        orders=load_orders(settings.orders, plant),
    )


def _scheduled(settings: Settings) -> pipeline.PlanTask:
    """The same as the schedule plans it: for people, who want ways out and shadow prices."""
    task = task_of(settings)
    return replace(task, ways_out_s=pipeline.WAYS_OUT_S, worth_s=pipeline.WORTH_S)


@contextmanager
def _opened_zone(
    settings: Settings,
    simulated: Upstreams | None,
    transport: Transport | None,
    archive: Path | None,
) -> Iterator[tuple[Zone, Transport]]:
    with (
        opened_store(settings, create=True) as store,
        closing(_opened_archive(archive or settings.raw_archive)) as raw,
        transport or Transport() as network,
    ):
        where = _addresses(settings, simulated)
        yield (
            Zone(
                settings=settings,
                store=store,
                raw=raw,
                models=ModelFolder(settings.models_folder),
                feeds=feeds_at(where, network, _kept_if_possible(raw)),
            ),
            network,
        )


def _addresses(settings: Settings, simulated: Upstreams | None) -> Addresses:
    return (
        live_addresses(settings) if simulated is None else simulated_addresses(settings, simulated)
    )


def _its_own_zone(zone: Zone, task: pipeline.PlanTask, title: str = "") -> Factory:
    return Factory(zone.settings, zone.store, zone.raw, zone.models, zone.feeds, task, title)


def _within(
    zone: Zone,
    site: Site,
    task: pipeline.PlanTask,
    network: Transport,
    simulated: Upstreams | None,
) -> Factory:
    where = replace(_addresses(site.settings, simulated), place=place_of(site.kept_as))
    return Factory(
        settings=site.settings,
        store=zone.store.of_site(site.kept_as),
        raw=zone.raw,
        models=zone.models,
        feeds=feeds_of_site(where, network, _kept_if_possible(zone.raw), zone.feeds),
        task=task,
        title=site.title,
        within=zone,
    )


def _opened_archive(path: Path) -> RawArchive:
    raw = RawArchive(path)
    if raw.begun_anew is not None:
        _LOG.warning(
            "the archive of answers was damaged: it is now %s, and a new one is begun. No value "
            "that is stored is lost; delete the file, or see what of it can be saved",
            raw.begun_anew,
        )
    return raw


def _kept_if_possible(raw: RawArchive) -> Keep:
    """Keep answers; what cannot be kept is a warning: the values in it are what counts."""

    def keep(feed: str, address: str, received_at: datetime, body: bytes) -> None:
        try:
            raw.keep(feed, address, received_at, body)
        except StoreError as fault:
            _LOG.warning("an answer of %s is not kept as received: %s", feed, fault)

    return keep
