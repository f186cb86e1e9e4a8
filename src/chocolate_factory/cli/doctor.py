"""The ``doctor`` command: what works on this machine, and what to do about what does not."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from chocolate_factory import pipeline
from chocolate_factory.app import Factory, open_factory, shown
from chocolate_factory.cli.output import print_json, print_table
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.cli.serve import bound_socket
from chocolate_factory.errors import FactoryError, NotPublished
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.settings import Settings, load_settings
from chocolate_factory.sources.base import Source

FREE_DISK_GB = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    state: Literal["ok", "warning", "fault"]
    detail: str


@app.command()
def doctor(
    directory: Dir = None,
    online: Annotated[
        bool, typer.Option("--online/--offline", help="Also ask the live services.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Check this machine, the store, the files and the live services; say what to do.

    Ends with status 1 if something is at fault; a service that cannot be reached is a warning.
    """
    settings = load_settings(data_dir=directory)
    findings = list(_findings(settings, online=online))
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        rows = [(f.what, f.state, f.detail) for f in findings]
        print_table("Doctor", ("what", "state", "detail"), rows)
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


def _findings(settings: Settings, *, online: bool) -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()}")
    yield _port(settings)
    if not settings.store_exists:
        said = f"none yet in {settings.data_dir}: `import` or `ingest` creates it"
        yield Finding("store", "warning", said)
        return
    try:
        with open_factory(settings) as factory:
            yield _disk(settings.data_dir)
            yield from _store(factory)
            if online:
                yield from _services(factory)
    except FactoryError as fault:
        yield Finding("store and files", "fault", str(fault))


def _port(settings: Settings) -> Finding:
    try:
        bound_socket(settings.host, settings.port).close()
    except FactoryError as fault:
        return Finding("port", "warning", str(fault))
    return Finding("port", "ok", f"{settings.host}:{settings.port} is free")


def _disk(folder: Path) -> Finding:
    where = folder if folder.exists() else Path()
    free_gb = shutil.disk_usage(where).free / 1e9
    if free_gb < FREE_DISK_GB:
        return Finding("disk", "fault", f"{free_gb:.1f} GB free; make at least {FREE_DISK_GB} GB")
    writable = os.access(where, os.W_OK)
    detail = f"{free_gb:.0f} GB free" if writable else f"{where} is not writable"
    return Finding("disk", "ok" if writable else "fault", detail)


def _store(factory: Factory) -> Iterator[Finding]:
    task = factory.task
    yield Finding("plant", "ok", f"{task.plant.name}, contract {task.contract.name}")
    for series in shown(factory, now()).health:
        if series.state == "empty":
            yield Finding(str(series.key), "warning", "nothing stored: run `ingest` or `import`")
            continue
        detail = f"{series.count:,} values, last delivery {series.last:%Y-%m-%d %H:%MZ}"
        if series.missing_recent:
            days = pipeline.HEALTH_DAYS
            detail += f", {series.missing_recent} missing in the last {days} days: run `ingest`"
        yield Finding(str(series.key), "ok" if series.state == "ok" else "warning", detail)


def _services(factory: Factory) -> Iterator[Finding]:
    sources = factory.sources
    for feed in (sources.prices, sources.weather_forecast, sources.weather_archive):
        yield Finding(*_probe(feed))


def _probe(feed: Source) -> tuple[str, Literal["ok", "warning", "fault"], str]:
    at = now()
    day = delivery_day(at) - timedelta(days=7)
    name = f"{feed.upstream.name} ({type(feed.upstream).__name__})"
    try:
        batches = feed.fetch(day, day, now=at)
    except NotPublished as state:
        return name, "warning", str(state)
    except FactoryError as fault:
        return name, "warning", f"{fault}; the rest works on what is stored"
    return name, "ok", f"answers: {sum(len(batch) for batch in batches)} values of {day}"
