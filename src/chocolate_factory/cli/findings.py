"""What ``doctor`` finds on this machine: settings, folders, files, the store and what it holds."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from chocolate_factory import jobs, pipeline
from chocolate_factory.app.desks.reads import shown
from chocolate_factory.app.factory import open_factory, open_sites
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.app.site_files import read_sites
from chocolate_factory.app.stores import opened_store
from chocolate_factory.cli.access_findings import port_finding, readable_by_others
from chocolate_factory.cli.care_findings import (
    job_findings,
    kept_findings,
    machine_findings,
    message_findings,
)
from chocolate_factory.cli.finding import Finding
from chocolate_factory.cli.install_findings import container_findings, libraries
from chocolate_factory.cli.root import now
from chocolate_factory.cli.serve import SIMULATED_HELD
from chocolate_factory.errors import FactoryError
from chocolate_factory.fleet import workers_at
from chocolate_factory.jobs import Factory
from chocolate_factory.market.catalog import DAY, spec
from chocolate_factory.market.places import site_of
from chocolate_factory.settings import PREFIX, Settings, unknown_settings
from chocolate_factory.store.base import Coverage
from chocolate_factory.store.opening import described, standing
from chocolate_factory.store.raw import damaged_archives, is_damaged
from chocolate_factory.store.sql import require_sound

FREE_DISK_GB = 1.0


def unread(settings: Settings) -> Finding | None:
    """Why what is stored is not looked at; None if it is.

    There is no store, or none that can be reached, or opening it would migrate it.
    """
    try:
        found = standing(settings.store, token=settings.store_token.get_secret_value())
        told = described(settings.store)
    except FactoryError as fault:
        return Finding("store", "fault", str(fault))
    if found == "none":
        said = f"none yet, {told.place}: `serve`, `import` or `ingest` creates it"
        return Finding("store", "warning", said)
    if found == "older":
        return Finding(
            "store",
            "warning",
            f"{told.place} is of an older version: `serve`, or any other command that reads it, "
            f"migrates it to schema {told.schema} and keeps a copy of it as it was. End what an "
            "older version runs on it first; what it holds is told here after that",
        )
    return None


@contextmanager
def looked_at(settings: Settings) -> Iterator[Factory]:
    """``open_factory``, with what is received kept nowhere and a damaged archive left in place."""
    with (
        TemporaryDirectory() as folder,
        open_factory(settings, archive=Path(folder, "raw.db")) as factory,
    ):
        yield factory


def findings_of(settings: Settings, not_read: Finding | None, *, online: bool) -> Iterator[Finding]:
    """Everything that is looked at without asking a service; nothing is created.

    ``not_read`` is what ``unread`` said; ``online``: the scheduler of a cluster is asked too.
    """
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()}")
    yield libraries()
    for unknown in unknown_settings():
        yield Finding("settings", "warning", str(unknown))
    if settings.cluster_url:
        yield from cluster_findings(settings, online=online)
    yield port_finding("port", settings.host, settings.port)
    yield from container_findings(Path())
    yield _folder(settings.data_dir)
    yield from machine_findings(settings, now())
    if settings.import_dir is not None:
        yield _import_folder(settings.import_dir)
    plant = _plant("plant", settings)
    yield plant
    sites = tuple(_sites(settings))
    yield from sites
    if not_read is not None:
        yield not_read
        return
    try:
        with opened_store(settings) as store:
            require_sound(settings.store)
            yield _store(settings)
            if pipeline.holds_simulated(store):
                yield Finding("data", "warning", SIMULATED_HELD)
        if plant.state != "fault":
            with looked_at(settings) as factory:
                yield from _held(factory)
                yield from kept_findings(factory, now())
        if sites and all(one.state != "fault" for one in sites):
            with (
                TemporaryDirectory() as folder,
                open_sites(settings, archive=Path(folder, "raw.db")) as group,
            ):
                for one in group.named.values():
                    yield from _own(one)
    except FactoryError as fault:
        yield Finding("store", "fault", str(fault))


def cluster_findings(settings: Settings, *, online: bool) -> Iterator[Finding]:
    """Who plans where, and whether the scheduler answers and has workers."""
    (timing,) = (one for one in jobs.timings_of(settings) if one.name == "plan")
    yield Finding(
        "planning",
        "ok",
        f"after publication by `fleet plan --follow`, which has to run somewhere, on "
        f"{settings.cluster_url}; at {timing.when} by `serve`, what that left undone",
    )
    if not online:
        yield Finding("cluster", "ok", f"{settings.cluster_url}, not asked: --offline")
        return
    try:
        workers = workers_at(settings.cluster_url)
    except FactoryError as fault:
        yield Finding("cluster", "warning", str(fault))
        return
    if workers:
        yield Finding("cluster", "ok", f"{settings.cluster_url} answers, workers: {workers}")
    else:
        detail = f"{settings.cluster_url} has no worker: dask worker {settings.cluster_url}"
        yield Finding("cluster", "warning", f"{detail} --nthreads 1")


def _folder(folder: Path) -> Finding:
    """Room and rights where the data are, or where their folder will be made."""
    there = next((path for path in (folder, *folder.resolve().parents) if path.exists()), Path())
    if not there.is_dir():
        return Finding("disk", "fault", f"{there} is a file, not a folder: name another with --dir")
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding("disk", "fault", f"{there} is not writable: correct its rights, or name "
                       "another folder with --dir")  # fmt: skip
    free_gb = shutil.disk_usage(there).free / 1e9
    if free_gb < FREE_DISK_GB:
        said = f"{free_gb:.1f} GB free in {there}; make at least {FREE_DISK_GB} GB"
        return Finding("disk", "fault", said)
    return Finding("disk", "ok", f"{free_gb:.0f} GB free, {there} can be written")


def _import_folder(folder: Path) -> Finding:
    if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
        return Finding("import folder", "ok", str(folder))
    wrong = "cannot be read" if folder.is_dir() else "is not a folder"
    advice = f"make it, or correct {PREFIX}IMPORT_DIR"
    return Finding("import folder", "fault", f"{folder} {wrong}: {advice}")


def _sites(settings: Settings) -> Iterator[Finding]:
    """A row for each site file; none where there is one plant."""
    try:
        sites = read_sites(settings)
    except FactoryError as fault:
        yield Finding("sites", "fault", str(fault))
        return
    for site in sites:
        if site.file is not None:
            yield _plant(f"site {site.name}", site.settings)
            if site.settings.notify_urls != settings.notify_urls:
                yield from readable_by_others(site.file)
                said = f"notify_urls in {site.file}"
                yield from message_findings(site.settings, f"messages {site.name}", said)


def _own(factory: Factory) -> Iterator[Finding]:
    """What only this site of several has: its weather, its meter, its jobs."""
    for held in factory.store.coverage():
        if site_of(held.key) == factory.store.site and held.count:
            yield Finding(str(held.key), "ok", _other(held))
    yield from job_findings(factory.store)


def _plant(what: str, settings: Settings) -> Finding:
    try:
        plant = load_plant(settings.plant)
        load_orders(settings.orders, plant)
        contract = load_contract(settings.contract)
    except FactoryError as fault:
        return Finding(what, "fault", str(fault))
    return Finding(what, "ok", f"{plant.name}, contract {contract.name}")


def _store(settings: Settings) -> Finding:
    told = described(settings.store)
    parts = [told.place]
    if told.size_bytes is not None:
        parts.append(f"{told.size_bytes / 1e6:.1f} MB")
    if told.schema is not None:
        parts.append(f"schema {told.schema}")
    return Finding("store", "ok", ", ".join(parts))


def _held(factory: Factory) -> Iterator[Finding]:
    """Damaged archives; a row for every watched series and every other one that is stored."""
    archive = factory.settings.raw_archive
    if is_damaged(archive):
        detail = f"{archive} is damaged: `serve` sets it aside and begins another; no value is lost"
        yield Finding("raw answers", "warning", detail)
    for path in damaged_archives(archive):
        detail = f"{path.name} was damaged and set aside: delete it, or save what can be saved"
        yield Finding("raw answers", "warning", detail)
    for series in shown(factory, now()).health:
        if series.state == "empty":
            yield Finding(str(series.key), "warning", "nothing stored: run `ingest` or `import`")
            continue
        detail = f"{series.count:,} values, last delivery {series.last:%Y-%m-%d %H:%MZ}"
        if series.missing_recent:
            since = (now() - pipeline.HEALTH_DAYS * DAY).date()
            detail += (
                f", {series.missing_recent:,} missing in the last {pipeline.HEALTH_DAYS} days: run "
                f"`backfill --from {since}`"
            )
        yield Finding(str(series.key), "ok" if series.state == "ok" else "warning", detail)
    for held in factory.store.coverage():
        if held.key not in factory.feeds.watched and held.count:
            yield Finding(str(held.key), "ok", _other(held))


def _other(held: Coverage) -> str:
    by = ", ".join(held.sources)
    return (
        f"{held.count:,} values [{spec(held.key).unit}], {held.first:%Y-%m-%d} to "
        f"{held.last:%Y-%m-%d}, by {by}"
    )
