"""Weeks replayed in many processes, and taken up again where an interruption left them.

A folder holds each finished week and each forecast, named by the hash of everything that it follows
from: settings, prices, versions of this program and its libraries. Weeks of another contract or
plant find their forecasts there already.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import chocolate_factory.conduct
import chocolate_factory.market
import chocolate_factory.planning
from chocolate_factory import pipeline
from chocolate_factory.conduct.replay import (
    ReplayedWeek,
    ReplayRules,
    Told,
    replay_week,
    stored_outlook,
)
from chocolate_factory.fleet.checkpoint import versions
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.series import Forecast
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.store.base import Store
from chocolate_factory.store.opening import open_store
from chocolate_factory.store.packing import pack_forecast, unpack_forecast


@dataclass(frozen=True, slots=True)
class ReplayJob:
    """One week to replay: where its prices are stored, what is planned, how, kept in which folder.

    ``folder`` None keeps nothing. ``token`` opens an InfluxDB store.
    """

    store_url: str
    token: str
    task: PlanTask
    monday: date
    models: tuple[str, ...]
    rules: ReplayRules
    as_of: datetime
    folder: Path | None


def replay_job(job: ReplayJob) -> ReplayedWeek:
    """The week, from the folder if it is there, else replayed and kept."""
    with closing(open_store(job.store_url, token=job.token)) as store:
        told = stored_outlook(store, job.task, job.models)
        if job.folder is None:
            return _replayed(store, job, told)
        path = job.folder / f"week-{job.monday}-{_name_of(store, job)}.json"
        kept = _read(path)
        if kept is None:
            kept = _replayed(store, job, _kept_outlook(store, job, told, job.folder))
            _write(path, json.dumps(asdict(kept), default=str).encode())
        return kept


def _replayed(store: Store, job: ReplayJob, told: Told) -> ReplayedWeek:
    return replay_week(store, job.task, job.monday, told=told, as_of=job.as_of, rules=job.rules)


def _kept_outlook(store: Store, job: ReplayJob, told: Told, folder: Path) -> Told:
    """``told``, each forecast computed once."""

    def kept(origin: datetime, end: datetime) -> Forecast:
        name = _digest([versions(), job.models, origin, end, *_history(store, job, origin, end)])
        path = folder / f"forecast-{origin:%Y%m%dT%H%MZ}-{name}.bin"
        try:
            return unpack_forecast(path.read_bytes())
        except (OSError, ValueError):
            made = told(origin, end)
            _write(path, pack_forecast(made))
            return made

    return kept


def _history(store: Store, job: ReplayJob, origin: datetime, end: datetime) -> list[object]:
    """The prices that what is seen at an origin follows from."""
    if job.task.contract.market is None:
        return []
    seen = store.read(job.task.contract.market, origin - pipeline.HISTORY, end, as_of=origin)
    return [job.task.contract.market, seen.start.tobytes(), seen.value.tobytes()]


def _name_of(store: Store, job: ReplayJob) -> str:
    """Hash of everything that a replayed week follows from."""
    known: list[object] = []
    if job.task.contract.market is not None:
        begin, end = local_midnight(job.monday), local_midnight(job.monday + 9 * DAY)
        seen = store.read(job.task.contract.market, begin - pipeline.HISTORY, end, as_of=job.as_of)
        known = [seen.start.tobytes(), seen.value.tobytes(), seen.available_at.tobytes()]
    return _digest([versions(), _code(), job.task, job.monday, job.models, job.rules, *known])


def _digest(parts: Iterable[object]) -> str:
    digest = hashlib.blake2b(digest_size=10)
    for part in parts:
        text = part if isinstance(part, bytes) else repr(part).encode()
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()


@cache
def _code() -> str:
    """The code that plans and prices."""
    digest = hashlib.blake2b(digest_size=20)
    for package in (
        chocolate_factory.conduct,
        chocolate_factory.market,
        chocolate_factory.planning,
    ):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> ReplayedWeek | None:
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
        return ReplayedWeek(**{**told, "monday": date.fromisoformat(told["monday"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, data: bytes) -> None:
    """Under another name first, so that a process that is killed leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
