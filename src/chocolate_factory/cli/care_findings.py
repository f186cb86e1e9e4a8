"""``doctor`` on what keeps a factory well: memory, clock, jobs, models, backups, messages."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from chocolate_factory import jobs, oversight
from chocolate_factory.cli.access_findings import access_findings
from chocolate_factory.cli.finding import Finding
from chocolate_factory.errors import FactoryError
from chocolate_factory.fleet import free_gb
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.notify.message import understood
from chocolate_factory.schedule import TABLE, key_of, last_ended
from chocolate_factory.settings import Settings
from chocolate_factory.store.backup import read_backup
from chocolate_factory.store.base import Store

FREE_MEMORY_GB = 0.8
"""What a training (478 MiB) and the service (284 MiB) take together: docs/performance.md."""
BACKUP_EVERY = timedelta(days=2)
"""Nightly, and one night may be missed."""
CLOCK_MAY_ERR = timedelta(minutes=5)


def machine_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What needs no store: memory, whether the clock is set, the audit log, access, addresses."""
    yield from _memory()
    yield from _synchronized()
    yield _log_folder(settings.log_folder)
    yield from access_findings(settings, now)
    yield from message_findings(settings)


def kept_findings(factory: Factory, now: datetime) -> Iterator[Finding]:
    """The clock, the jobs, the trained models and the backups."""
    yield _clock(factory.store, now)
    yield from job_findings(factory.store)
    yield from _models(factory)
    yield _backup(factory.settings.backup_folder, now)


def _memory() -> Iterator[Finding]:
    free = free_gb()
    if math.isinf(free):
        return
    said = f"{free:.1f} GB can be had"
    if free < FREE_MEMORY_GB:
        said += f"; training and the service take {FREE_MEMORY_GB} GB"
        said += ": end other programs, or add memory"
        yield Finding("memory", "warning", said)
    else:
        yield Finding("memory", "ok", said)


def _log_folder(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding("audit log", "ok", str(folder))
    detail = f"{there} cannot be written, and without the log every change is refused: correct its"
    return Finding("audit log", "fault", f"{detail} rights, or CHOCOLATE_FACTORY_LOG_DIR")


def message_findings(
    settings: Settings, what: str = "messages", said: str = "CHOCOLATE_FACTORY_NOTIFY_URLS"
) -> Iterator[Finding]:
    """Whether the addresses that messages go to are understood; ``said``: where they stand."""
    if not settings.notify_urls:
        return
    try:
        understood(settings.notify_urls)
    except FactoryError as fault:
        yield Finding(what, "fault", f"{fault}; correct {said}")
        return
    yield Finding(what, "ok", f"{len(settings.notify_urls)} addresses")


def _synchronized() -> Iterator[Finding]:
    """A warning if the system says that it does not set its clock by the network."""
    program = shutil.which("timedatectl")
    if program is None:
        return
    asked = (program, "show", "--property=NTPSynchronized", "--value")
    with suppress(OSError, subprocess.TimeoutExpired):
        told = subprocess.run(asked, capture_output=True, timeout=5, check=False)  # noqa: S603
        if told.stdout.strip() == b"no":
            detail = "this machine's clock is not set by the network: `timedatectl set-ntp true`"
            yield Finding("time", "warning", detail)


def _clock(store: Store, now: datetime) -> Finding:
    latest = max((run.started_at for run in store.runs(limit=50)), default=now)
    if latest > now + CLOCK_MAY_ERR:
        detail = f"it is {utc_iso(now)}, and a job began {utc_iso(latest)}: set the clock right"
        return Finding(
            "clock", "warning", f"{detail} (timedatectl says whether it is synchronized)"
        )
    return Finding("clock", "ok", utc_iso(now))


def job_findings(store: Store) -> Iterator[Finding]:
    """Jobs whose newest run that ended did not end well."""
    for run in last_ended(store, [timing.name for timing in TABLE]):
        if run.outcome.failed:
            detail = f"{run.outcome}, {utc_iso(run.started_at)}: {run.detail}"
            yield Finding(f"job {key_of(run.job, store.site)}", "warning", detail)


def _models(factory: Factory) -> Iterator[Finding]:
    for key in jobs.FORECAST_SERIES:
        loaded = oversight.load_model(factory.models, key)
        if loaded.fault is not None:
            detail = f"{loaded.fault}; `models train` makes a new one"
            yield Finding(f"model {key.name}", "warning", detail)
        elif loaded.kept is not None:
            detail = f"trained {utc_iso(loaded.kept.trained_at)}"
            yield Finding(f"model {key.name}", "ok", detail)


def _backup(folder: Path, now: datetime) -> Finding:
    newest = max(folder.glob("*.zip"), key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        return Finding("backup", "warning", f"none in {folder} yet: `backup` writes one")
    try:
        made_at = read_backup(newest).report.created_at
    except FactoryError as fault:
        return Finding("backup", "warning", f"{fault}: delete it, and write another by `backup`")
    if made_at > now + CLOCK_MAY_ERR:
        detail = (
            f"{newest.name} is of {utc_iso(made_at)}, after now: a clock was ahead; move it away"
        )
        return Finding("backup", "warning", detail)
    if made_at < now - BACKUP_EVERY:
        detail = f"the newest is of {utc_iso(made_at)}: does `serve` run at night? `backup` now"
        return Finding("backup", "warning", detail)
    return Finding("backup", "ok", f"{newest.name}, of {utc_iso(made_at)}, is whole")
