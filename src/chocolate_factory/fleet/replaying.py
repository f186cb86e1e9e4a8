"""Weeks replayed in many processes, and taken up again where an interruption left them.

A folder holds each finished week and each forecast, named by the hash of everything that it follows
from: settings, prices and what forecasts look at beside them, versions of this program and of its
libraries. Weeks of another contract or plant find their forecasts there already.

A champion is trained once a week, when that week is planned first. What an earlier week made of its
own origins, if it is in the folder, is taken over, so it is quickest to replay weeks in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from chocolate_factory import pipeline
from chocolate_factory.conduct.replay import (
    WEEK_DAYS,
    ReplayedWeek,
    ReplayRules,
    Told,
    origin_of,
    replay_week,
    stored_outlook,
)
from chocolate_factory.durable import write_whole
from chocolate_factory.errors import ArtefactInvalid, MissingData, ModelNotFitted
from chocolate_factory.fleet.naming import digest, program
from chocolate_factory.forecasting import artefact
from chocolate_factory.forecasting.training import Trained
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.oversight import train_at
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.store.base import Store
from chocolate_factory.store.opening import open_store
from chocolate_factory.store.packing import pack_forecast, unpack_forecast

CHAMPION = artefact.CHAMPION
_LEADS = 9
"""Days of a week, and ahead that its champion is trained for: the week, and what is due after."""


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
        told = WeekOutlook(store, job.task, job.monday, job.models, job.folder)
        if job.folder is None:
            return _replayed(store, job, told)
        path = job.folder / f"week-{job.monday}-{_name_of(store, job)}.json"
        kept = _read(path)
        if kept is None:
            kept = _replayed(store, job, _kept_outlook(store, job, told, job.folder))
            _write(path, json.dumps(asdict(kept), default=str).encode())
        return kept


@dataclass(slots=True)
class WeekOutlook:
    """What the models say at each origin of a week; a champion trained at the first one.

    ``folder`` keeps what was trained; None keeps nothing.
    """

    store: Store
    task: PlanTask
    monday: date
    models: tuple[str, ...]
    folder: Path | None = None
    told: Told | None = None

    def __call__(self, origin: datetime, end: datetime) -> Forecast:
        """See ``Told``."""
        if self.told is None:
            self.told = stored_outlook(self.store, self.task, self.models, self._trained())
        return self.told(origin, end)

    def _trained(self) -> Trained | None:
        key = self.task.contract.market
        if key is None or CHAMPION not in self.models:
            return None
        origin = origin_of(self.task, self.monday)
        earlier, path = None, None
        if self.folder is not None:
            path = self._path(self.folder, self.monday)
            earlier = self._earlier(self.folder, key)
        try:
            made = train_at(self.store, key, origin=origin, leads=_LEADS, earlier=earlier)
        except (MissingData, ModelNotFitted):
            return None  # the forecast will say so, or another model takes its place
        if path is not None:
            _write(path, artefact.dump(made, trained_at=origin))
        return made

    def _earlier(self, folder: Path, key: SeriesKey) -> Trained | None:
        """What was made of the newest week before this one that the folder holds."""
        for path in sorted(folder.glob("trained-????-??-??-*.bin"), reverse=True):
            monday = date.fromisoformat(path.name[8:18])
            if monday < self.monday and path == self._path(folder, monday):
                return _read_trained(path, key)
        return None

    def _path(self, folder: Path, monday: date) -> Path:
        origin = origin_of(self.task, monday)
        known = history_seen(self.store, self.task, origin, origin + 2 * DAY)
        return folder / f"trained-{monday}-{digest([program(), origin, *known])}.bin"


def _read_trained(path: Path, key: SeriesKey) -> Trained | None:
    try:
        return artefact.load(path.read_bytes(), key=key).trained
    except (OSError, ArtefactInvalid):
        return None


def _replayed(store: Store, job: ReplayJob, told: Told) -> ReplayedWeek:
    return replay_week(store, job.task, job.monday, told=told, as_of=job.as_of, rules=job.rules)


def _kept_outlook(store: Store, job: ReplayJob, told: Told, folder: Path) -> Told:
    """``told``, each forecast computed once."""

    def kept(origin: datetime, end: datetime) -> Forecast:
        name = digest(
            [program(), job.models, origin, end, *history_seen(store, job.task, origin, end)]
        )
        path = folder / f"forecast-{origin:%Y%m%dT%H%MZ}-{name}.bin"
        try:
            return unpack_forecast(path.read_bytes())
        except (OSError, ValueError):
            made = told(origin, end)
            _write(path, pack_forecast(made))
            return made

    return kept


def history_seen(store: Store, task: PlanTask, origin: datetime, end: datetime) -> list[object]:
    """What the prices that are seen ahead at an origin follow from."""
    key = task.contract.market
    if key is None:
        return []
    seen = store.read(key, origin - pipeline.HISTORY, end, as_of=origin)
    return [key, seen.start.tobytes(), seen.value.tobytes(), *_beside(store, key, origin)]


def week_seen(store: Store, task: PlanTask, monday: date, *, as_of: datetime) -> list[object]:
    """What a replayed week follows from: prices, what is looked at beside them by the end of the
    week, and when each was known."""
    key = task.contract.market
    if key is None:
        return []
    begin, end = local_midnight(monday), local_midnight(monday + 9 * DAY)
    seen = store.read(key, begin - pipeline.HISTORY, end, as_of=as_of)
    prices = [seen.start.tobytes(), seen.value.tobytes(), seen.available_at.tobytes()]
    return [*prices, *_beside(store, key, local_midnight(monday + WEEK_DAYS * DAY))]


def _beside(store: Store, key: SeriesKey, origin: datetime) -> Iterator[object]:
    """What a forecast made at ``origin`` looks at beside the prices of its series."""
    for one in pipeline.inputs_of(store, key, origin=origin):
        yield from (one.key, one.start.tobytes(), one.value.tobytes(), one.available_at.tobytes())
    for told in pipeline.foretold_of(store, key, origin=origin):
        yield from (told.key, told.source, told.start.tobytes(), told.days_before.tobytes())
        yield told.value.tobytes()


def _name_of(store: Store, job: ReplayJob) -> str:
    """Hash of everything that a replayed week follows from."""
    named = (job.task, job.monday, job.models, job.rules)
    known = week_seen(store, job.task, job.monday, as_of=job.as_of)
    return digest([program(), *named, *known])


def _read(path: Path) -> ReplayedWeek | None:
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
        return ReplayedWeek(**{**told, "monday": date.fromisoformat(told["monday"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)
