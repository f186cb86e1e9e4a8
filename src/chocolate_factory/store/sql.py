"""The store on an SQL database, chosen by URL: SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from chocolate_factory.errors import StoreError
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.places import at_site, site_of
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import Forecast, Kind, Observations, Series, SeriesKey
from chocolate_factory.store import (
    events,
    migrations,
    observations,
    postgresql,
    runs,
    scores,
    sqlite,
    versions,
    whole,
)
from chocolate_factory.store.base import (
    Appended,
    Coverage,
    Event,
    IssuedForecast,
    Outcome,
    Piece,
    PlanRecord,
    Run,
)
from chocolate_factory.store.database import Database
from chocolate_factory.store.events import has_event, insert_event
from chocolate_factory.store.marks import marks
from chocolate_factory.store.names import epoch
from chocolate_factory.store.revision import EVERY, Changes, Revision

BUSY_TIMEOUT_S = 30.0
"""How long to wait for another writer [s]."""

_BACKENDS = {
    "sqlite": (sqlite.connect, "sqlite:///data/store.db"),
    "postgresql": (postgresql.connect, postgresql.SHAPE),
}
"""URL scheme: how to connect, and what such a URL looks like."""
EXAMPLES = tuple(example for _, example in _BACKENDS.values())


def open_store(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> SqlStore:
    """Open the store at ``url``, creating or migrating it as needed.

    Parameters
    ----------
    url
        ``sqlite:///relative/path.db``, ``sqlite:////absolute/path.db``, or
        ``postgresql://user:password@host:5432/database``.
    busy_timeout_s
        How long a change waits for another writer before it gives up [s].

    Raises
    ------
    StoreError
        If the URL is not understood, or the store cannot be created, read, or is too new.
    """
    database = _connected(url, busy_timeout_s)
    try:
        migrations.upgrade(database)
    except StoreError:
        database.engine.dispose()
        raise
    return SqlStore(database)


def standing(url: str) -> Literal["none", "older", "ready"]:
    """What ``migrations.standing`` says of the store at ``url``; no file is made.

    Raises ``StoreError`` if the URL is not understood, or the store cannot be reached or read.
    """
    if url.startswith("sqlite:") and not sqlite.file_of(url).exists():
        return "none"
    with _used(url) as database:
        return migrations.standing(database)


def require_sound(url: str) -> None:
    """Raise ``StoreError`` if the file at ``url`` is damaged; a server looks through its own."""
    if url.startswith("sqlite:"):
        with _used(url) as database:
            sqlite.require_sound(database)


@contextmanager
def _used(url: str) -> Iterator[Database]:
    database = _connected(url, BUSY_TIMEOUT_S)
    try:
        yield database
    finally:
        database.engine.dispose()


def _connected(url: str, busy_timeout_s: float) -> Database:
    examples = ", ".join(EXAMPLES)
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise StoreError(f"not the URL of a store; write one like {examples}")
    if scheme not in _BACKENDS:
        raise StoreError(f"no store for {scheme}:// URLs; supported: {examples}")
    connect, _ = _BACKENDS[scheme]
    return connect(url, busy_timeout_s=busy_timeout_s)


class SqlStore:
    """``Store`` on an SQL database: one transaction per method, docstrings in ``base``."""

    def __init__(
        self,
        database: Database,
        site: str = "",
        *,
        recent: versions.Recent | None = None,
        changes: Changes | None = None,
    ) -> None:
        self._database = database
        self._site = site
        self._recent = recent or versions.Recent()
        self._changes = changes or Changes()

    @property
    def site(self) -> str:
        return self._site

    def of_site(self, name: str) -> SqlStore:
        return SqlStore(self._database, name, recent=self._recent, changes=self._changes)

    def append(self, batches: Iterable[Observations], *, now: datetime) -> Appended:
        checked = tuple(replace(one, key=self._here(one.key)) for one in batches)
        for batch in checked:
            spec(batch.key).check(batch.start, batch.resolution_s, batch.value)
        total = Appended(0, 0, 0, 0)
        told: set[str | None] = set()
        with self._database.writing() as connection:
            for batch in checked:
                if len(batch):
                    done = observations.append_batch(connection, batch, now_s=epoch(now))
                    total += done
                    if done.new or done.revised:
                        told.add(site_of(batch.key))
        for site in told:
            self._changes.count("observations", site=site)
        return total

    def read(
        self,
        key: SeriesKey,
        start: datetime,
        end: datetime,
        *,
        as_of: datetime,
        kinds: tuple[Kind, ...] | None = None,
        source: str | None = None,
    ) -> Series:
        with self._database.reading() as connection:
            return observations.read_series(
                connection,
                self._here(key),
                start,
                end,
                as_of=as_of,
                kinds=kinds,
                source_name=source,
            )

    def foretold(
        self, key: SeriesKey, start: datetime, end: datetime, *, as_of: datetime, source: str
    ) -> Foretold:
        with self._database.reading() as connection:
            return observations.read_foretold(
                connection, self._here(key), start, end, as_of=as_of, source_name=source
            )

    def coverage(self) -> tuple[Coverage, ...]:
        with self._database.reading() as connection:
            return observations.coverage(connection, self._site)

    def sources(self) -> frozenset[str]:
        with self._database.reading() as connection:
            return observations.sources(connection)

    def save_forecast(self, forecast: Forecast, *, made_at: datetime) -> None:
        with self._database.writing() as connection:
            versions.insert_forecast(connection, forecast, made_at=made_at)
        self._changes.count("forecasts")

    def forecast(self, key: SeriesKey, *, as_of: datetime) -> Forecast | None:
        with self._database.reading() as connection:
            return versions.newest_forecast(connection, key, as_of=as_of, recent=self._recent)

    def save_once(
        self,
        mark: Event,
        *,
        plans: Iterable[PlanRecord] = (),
        events: Iterable[Event] = (),
        forecasts: Iterable[IssuedForecast] = (),
    ) -> bool:
        with self._database.writing() as connection:
            if has_event(connection, mark.event_id, site=self._site):
                return False
            for issued in forecasts:
                versions.insert_forecast(connection, issued.forecast, made_at=issued.made_at)
            for record in plans:
                versions.insert_plan(connection, replace(record, site=self._site))
            for event in (*events, mark):
                insert_event(connection, replace(event, site=self._site))
        self._changes.count("forecasts")
        self._changes.count("plans", "events", site=self._site)
        return True

    def forecasts(
        self, key: SeriesKey, *, made_from: datetime, made_to: datetime
    ) -> tuple[IssuedForecast, ...]:
        with self._database.reading() as connection:
            return tuple(
                versions.every_forecast(
                    connection, key, made_from=made_from, made_to=made_to, recent=self._recent
                )
            )

    def save_plan(self, record: PlanRecord) -> None:
        with self._database.writing() as connection:
            versions.insert_plan(connection, replace(record, site=self._site))
        self._changes.count("plans", site=self._site)

    def plan(self, *, as_of: datetime) -> PlanRecord | None:
        with self._database.reading() as connection:
            return versions.newest_plan(connection, site=self._site, as_of=as_of)

    def plan_of(self, plan_id: str) -> PlanRecord | None:
        with self._database.reading() as connection:
            return versions.find_plan(connection, plan_id, site=self._site)

    def save_event(self, event: Event) -> None:
        with self._database.writing() as connection:
            events.insert_event(connection, replace(event, site=self._site))
        self._changes.count("events", site=self._site)

    def events(
        self, *kinds: str, since: datetime | None = None, as_of: datetime
    ) -> tuple[Event, ...]:
        with self._database.reading() as connection:
            found = events.events_between(
                connection, kinds, site=self._site, since=since, as_of=as_of
            )
            return tuple(found)

    def save_scores(self, told: Iterable[DayScore]) -> None:
        with self._database.writing() as connection:
            scores.insert_scores(connection, told)
        self._changes.count("scores")

    def scores(
        self, key: SeriesKey, *, first: date, last: date, as_of: datetime
    ) -> tuple[DayScore, ...]:
        with self._database.reading() as connection:
            return scores.newest_scores(connection, key, first=first, last=last, as_of=as_of)

    def save_run(self, run: Run) -> None:
        with self._database.writing() as connection:
            runs.keep_run(connection, replace(run, site=self._site))

    def run(self, run_id: str) -> Run | None:
        with self._database.reading() as connection:
            return runs.find_run(connection, run_id)

    def runs(
        self, *, job: str | None = None, outcome: Outcome | None = None, limit: int = 50
    ) -> tuple[Run, ...]:
        with self._database.reading() as connection:
            return runs.newest_runs(
                connection, site=self._site, job=job, outcome=outcome, limit=limit
            )

    def drop_runs(self, *, before: datetime) -> int:
        with self._database.writing() as connection:
            return runs.drop_finished(connection, before=before)

    def revision(self) -> Revision:
        with self._database.reading() as connection:
            return self._changes.revision(self._site, **marks(connection, self._site))

    def dump(self) -> Iterator[Piece]:
        with self._database.reading() as connection:
            yield from whole.dump(connection)

    def load(self, pieces: Iterable[Piece]) -> None:
        with self._database.writing() as connection:
            whole.load(connection, pieces)
        self._changes.count(*EVERY)

    def close(self) -> None:
        self._database.engine.dispose()

    def _here(self, key: SeriesKey) -> SeriesKey:
        return at_site(key, self._site)
