"""The store on an InfluxDB 2.7 server, chosen by URL: ``influxdb://host:8086/my-org/factory``.

What differs from a store on SQL, because the server has no transactions:

- *All or nothing* holds for what fits one request (2,500 rows) of one year: the server keeps it or
  not. A longer ``append`` that is cut off leaves its first rows. They are true, and whoever appends
  the same again completes them: a row is always the same point, so nothing is stored twice.
- One process should write. Two that append the same values at one moment may keep a value twice,
  with two instants at which it became known; nothing is lost, and no value is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime

from chocolate_factory.errors import StoreError
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.places import at_site, site_of
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import Forecast, Kind, Observations, Series, SeriesKey
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
from chocolate_factory.store.influx import (
    events,
    extent,
    observations,
    runs,
    scores,
    versions,
    whole,
)
from chocolate_factory.store.influx.address import address_of
from chocolate_factory.store.influx.connection import Connection
from chocolate_factory.store.names import epoch
from chocolate_factory.store.revision import EVERY, Changes, Revision

TIMEOUT_S = 60.0
"""How long to wait for an answer [s]."""


def open_influx(url: str, *, token: str, timeout_s: float = TIMEOUT_S) -> InfluxStore:
    """Open the store at ``url``, creating its buckets as needed.

    Parameters
    ----------
    url
        ``influxdb://host:8086/ORGANIZATION/BUCKET-PREFIX``, or ``influxdbs://`` for HTTPS.
    token
        An API token that may read and write the three buckets; to create them, one that may read
        the organization and write buckets. It is in no text this store gives.
    timeout_s
        How long to wait for an answer [s].

    Raises
    ------
    StoreError
        If the URL is not understood, there is no token, the client package is not installed, the
        server cannot be reached or refuses, a bucket forgets old values, or a restore was cut off.
    """
    connection = _connection(url, token, timeout_s)
    try:
        connection.prepare()
        whole.refuse_half_loaded(connection)
    except BaseException:
        connection.close()
        raise
    return InfluxStore(connection)


def is_prepared(url: str, *, token: str) -> bool:
    """Whether the store at ``url`` has its buckets; none is created.

    Raises ``StoreError`` as ``open_influx`` does.
    """
    with closing(_connection(url, token, TIMEOUT_S)) as connection:
        return connection.is_prepared()


def _connection(url: str, token: str, timeout_s: float) -> Connection:
    address = address_of(url)
    if not token or not token.isascii() or not token.isprintable():
        raise StoreError(
            f"{address} needs an API token, on one line and without odd characters: set "
            "CHOCOLATE_FACTORY_STORE_TOKEN"
        )
    return Connection(address, token=token, timeout_s=timeout_s)


class InfluxStore:
    """``Store`` on an InfluxDB server; docstrings in ``base``."""

    def __init__(
        self, connection: Connection, site: str = "", *, changes: Changes | None = None
    ) -> None:
        self._connection = connection
        self._site = site
        self._changes = changes or Changes()

    @property
    def site(self) -> str:
        return self._site

    def of_site(self, name: str) -> InfluxStore:
        return InfluxStore(self._connection, name, changes=self._changes)

    def append(self, batches: Iterable[Observations], *, now: datetime) -> Appended:
        checked = tuple(replace(one, key=self._here(one.key)) for one in batches)
        for batch in checked:
            spec(batch.key).check(batch.start, batch.resolution_s, batch.value)
        with self._connection.lock:
            total, fresh = observations.append(self._connection, checked, now_s=epoch(now))
            observations.write(self._connection, fresh)
        for site in {site_of(one.key) for one in fresh}:
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
        return observations.read_series(
            self._connection, self._here(key), start, end, as_of=as_of, kinds=kinds, source=source
        )

    def foretold(
        self, key: SeriesKey, start: datetime, end: datetime, *, as_of: datetime, source: str
    ) -> Foretold:
        return observations.read_foretold(
            self._connection, self._here(key), start, end, as_of=as_of, source=source
        )

    def coverage(self) -> tuple[Coverage, ...]:
        return extent.coverage(self._connection, self._site)

    def sources(self) -> frozenset[str]:
        return extent.sources(self._connection)

    def save_forecast(self, forecast: Forecast, *, made_at: datetime) -> None:
        with self._connection.lock:
            versions.save_forecast(self._connection, forecast, made_at=made_at)
        self._changes.count("forecasts")

    def forecast(self, key: SeriesKey, *, as_of: datetime) -> Forecast | None:
        return versions.newest_forecast(self._connection, key, as_of=as_of)

    def forecasts(
        self, key: SeriesKey, *, made_from: datetime, made_to: datetime
    ) -> tuple[IssuedForecast, ...]:
        return tuple(
            versions.forecasts_between(self._connection, key, made_from=made_from, made_to=made_to)
        )

    def save_plan(self, record: PlanRecord) -> None:
        with self._connection.lock:
            versions.save_plan(self._connection, replace(record, site=self._site))
        self._changes.count("plans", site=self._site)

    def plan(self, *, as_of: datetime) -> PlanRecord | None:
        return versions.newest_plan(self._connection, site=self._site, as_of=as_of)

    def plan_of(self, plan_id: str) -> PlanRecord | None:
        return versions.find_plan(self._connection, plan_id, site=self._site)

    def save_event(self, event: Event) -> None:
        with self._connection.lock:
            events.save_event(self._connection, replace(event, site=self._site))
        self._changes.count("events", site=self._site)

    def events(
        self, *kinds: str, since: datetime | None = None, as_of: datetime
    ) -> tuple[Event, ...]:
        found = events.events_between(
            self._connection, kinds, site=self._site, since=since, as_of=as_of
        )
        return tuple(found)

    def save_once(self, mark: Event, **_more: object) -> bool:
        raise StoreError(
            f"{mark.kind}: InfluxDB has no transactions; what many processes store once goes to "
            "PostgreSQL or SQLite. Set CHOCOLATE_FACTORY_STORE_URL to such a store"
        )

    def save_scores(self, told: Iterable[DayScore]) -> None:
        with self._connection.lock:
            scores.save_scores(self._connection, told)
        self._changes.count("scores")

    def scores(
        self, key: SeriesKey, *, first: date, last: date, as_of: datetime
    ) -> tuple[DayScore, ...]:
        return scores.newest_scores(self._connection, key, first=first, last=last, as_of=as_of)

    def save_run(self, run: Run) -> None:
        with self._connection.lock:
            runs.save_run(self._connection, replace(run, site=self._site))

    def run(self, run_id: str) -> Run | None:
        return runs.find_run(self._connection, run_id)

    def runs(
        self, *, job: str | None = None, outcome: Outcome | None = None, limit: int = 50
    ) -> tuple[Run, ...]:
        return runs.newest_runs(
            self._connection, site=self._site, job=job, outcome=outcome, limit=limit
        )

    def drop_runs(self, *, before: datetime) -> int:
        with self._connection.lock:
            return runs.drop_finished(self._connection, before=before)

    def revision(self) -> Revision:
        return self._changes.revision(self._site)  # what another process wrote would take a scan

    def dump(self) -> Iterator[Piece]:
        return whole.dump(self._connection)

    def load(self, pieces: Iterable[Piece]) -> None:
        with self._connection.lock:
            whole.load(self._connection, pieces)
        self._changes.count(*EVERY)

    def close(self) -> None:
        self._connection.close()

    def _here(self, key: SeriesKey) -> SeriesKey:
        return at_site(key, self._site)
