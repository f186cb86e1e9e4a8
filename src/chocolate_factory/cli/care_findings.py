"""``doctor`` on what keeps a factory well: memory, clock, jobs, models, backups, access."""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from chocolate_factory import jobs, oversight
from chocolate_factory.app import Factory
from chocolate_factory.cli.finding import Finding
from chocolate_factory.errors import FactoryError
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.notify.message import understood
from chocolate_factory.schedule import TABLE, key_of, last_ended
from chocolate_factory.settings import NOTIFY_FILE, Settings
from chocolate_factory.store.backup import read_backup
from chocolate_factory.store.base import Store
from chocolate_factory.store.tokens import TokenBook

MEMORY = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
FREE_MEMORY_GB = 0.6
"""What a training and the service take together, rounded up."""
BACKUP_EVERY = timedelta(days=2)
"""Nightly, and one night may be missed."""
TOKEN_ENDS_WITHIN = timedelta(days=7)
CLOCK_MAY_ERR = timedelta(minutes=5)


def machine_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What needs no store: memory, the audit log, secrets in files, addresses, tokens."""
    yield from _memory()
    yield _log_folder(settings.log_folder)
    yield from _secret_files(settings)
    yield from message_findings(settings)
    yield from _tokens(settings, now)


def kept_findings(factory: Factory, now: datetime) -> Iterator[Finding]:
    """The clock, the jobs, the trained models and the backups."""
    yield _clock(factory.store, now)
    yield from job_findings(factory.store)
    yield from _models(factory)
    yield _backup(factory.settings.backup_folder, now)


def _memory() -> Iterator[Finding]:
    try:
        lines = MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return  # told by Linux only
    free_gb = next(int(one.split()[1]) for one in lines if one.startswith("MemAvailable")) / 1e6
    free_gb = min(free_gb, _free_in_container_gb())
    said = f"{free_gb:.1f} GB can be had"
    if free_gb < FREE_MEMORY_GB:
        said += f"; training takes up to {FREE_MEMORY_GB} GB: end other programs, or add memory"
        yield Finding("memory", "warning", said)
    else:
        yield Finding("memory", "ok", said)


def _free_in_container_gb() -> float:
    """What the limit of a container leaves; without bound where there is no such limit."""
    try:
        most, used = (int((CGROUP / name).read_text()) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # "max" where nothing is limited
        return math.inf
    return (most - used) / 1e9


def _log_folder(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding("audit log", "ok", str(folder))
    detail = f"{there} cannot be written, and without the log every change is refused: correct its"
    return Finding("audit log", "fault", f"{detail} rights, or CHOCOLATE_FACTORY_LOG_DIR")


def _secret_files(settings: Settings) -> Iterator[Finding]:
    for path in (settings.config_folder / NOTIFY_FILE, settings.tokens_file):
        if path.exists():
            yield from readable_by_others(path)


def readable_by_others(path: Path) -> Iterator[Finding]:
    """A warning if others on this machine may read a file that may hold passwords."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        detail = f"others on this machine may read {path}: `chmod 600 {path}`"
        yield Finding("secrets", "warning", detail)


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


def _tokens(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        tokens = TokenBook(settings.tokens_file).tokens(now=now)
    except FactoryError as fault:
        yield Finding("tokens", "fault", str(fault))
        return
    for token in tokens:
        if token.expires_at < now + TOKEN_ENDS_WITHIN:
            detail = f"{token.name} ends {utc_iso(token.expires_at)}: `token create` a new one"
            yield Finding("tokens", "warning", detail)


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
