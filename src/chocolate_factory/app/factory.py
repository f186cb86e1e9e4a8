"""One factory, opened: its store, archive, feeds, plant, orders and contract."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from chocolate_factory import pipeline
from chocolate_factory.app.feeds import feeds_at, live_addresses, simulated_addresses
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.app.site_files import Site
from chocolate_factory.errors import SettingsInvalid, StoreError
from chocolate_factory.jobs import Factory
from chocolate_factory.oversight import ModelFolder
from chocolate_factory.settings import Settings
from chocolate_factory.simulation.upstreams import Upstreams
from chocolate_factory.sources.base import Keep
from chocolate_factory.sources.transport import Transport
from chocolate_factory.store.audit import AuditLog
from chocolate_factory.store.base import Store
from chocolate_factory.store.opening import open_store
from chocolate_factory.store.raw import RawArchive
from chocolate_factory.store.tokens import TokenBook

_LOG = logging.getLogger(__name__)


@contextmanager
def open_factory(
    settings: Settings,
    *,
    simulated: Upstreams | None = None,
    transport: Transport | None = None,
) -> Iterator[Factory]:
    """Open the store and read plant, orders and contract.

    ``simulated`` takes the place of the live services, ``transport`` that of the network's.

    Raises ``StoreError``, ``FileRefused``, or what is wrong with plant, orders or contract.
    """
    plant = load_plant(settings.plant)
    orders = load_orders(settings.orders, plant)
    contract = load_contract(settings.contract)
    where = (
        live_addresses(settings) if simulated is None else simulated_addresses(settings, simulated)
    )
    with (
        opened_store(settings, create=True) as store,
        closing(_opened_archive(settings.raw_archive)) as raw,
        transport or Transport() as network,
    ):
        yield Factory(
            settings=settings,
            store=store,
            raw=raw,
            models=ModelFolder(settings.models_folder),
            feeds=feeds_at(where, network, _kept_if_possible(raw)),
            task=pipeline.PlanTask(
                plant=plant,
                contract=contract,
                orders=orders,
                ways_out_s=pipeline.WAYS_OUT_S,
                worth_s=pipeline.WORTH_S,
            ),
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
    store = open_store(settings.store, token=settings.store_token.get_secret_value())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_site(site: Site, *, create: bool = False) -> Iterator[Store]:
    """The store as ``site`` sees it, closed at the end. Raises what ``opened_store`` does."""
    with opened_store(site.common, create=create) as store:
        yield store.of_site(site.kept_as)


def access_files(settings: Settings) -> tuple[TokenBook, AuditLog]:
    """The tokens in force, and the log of who changed what."""
    return TokenBook(settings.tokens_file), AuditLog(settings.log_folder)
