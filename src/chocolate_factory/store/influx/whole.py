"""All that an InfluxDB store holds: out of it piece by piece, and into an empty one.

The server has no transactions. A load therefore leaves a mark while it runs, and removes it with
all else if it does not come to its end; a store with a mark is refused when it is opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from chocolate_factory.errors import StoreError
from chocolate_factory.market.scores import DayScore
from chocolate_factory.store.base import (
    Event,
    IssuedForecast,
    Piece,
    PlanRecord,
    Run,
    Vintages,
)
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.connection import Connection
from chocolate_factory.store.influx.documents import Shelf
from chocolate_factory.store.influx.events import (
    event_times,
    events_at,
    put_event,
    shelf_of_events,
)
from chocolate_factory.store.influx.extent import everything, holds_any
from chocolate_factory.store.influx.lines import point_ns
from chocolate_factory.store.influx.observations import write
from chocolate_factory.store.influx.runs import (
    MILLISECOND_NS,
    every_run,
    put_run,
    shelf_of_runs,
)
from chocolate_factory.store.influx.scores import every_score, save_scores, shelf_of_scores
from chocolate_factory.store.influx.versions import (
    forecast_times,
    forecasts_at,
    forecasts_of,
    plan_times,
    plans,
    plans_at,
    put_forecast,
    put_plan,
)
from chocolate_factory.store.names import epoch, epoch_ms

_MARK_NS = flux.BEGIN_NS


def dump(connection: Connection) -> Iterator[Piece]:
    """Observations by series, source and kind, then the rest kind by kind, oldest first.

    Of one instant: when the first piece is asked for, observations, scores and runs are read at
    once (41 bytes a row), with the times of forecasts, plans and events, which never change and are
    read later.
    """
    with connection.lock:
        told = list(everything(connection))
        issued = forecast_times(connection)
        planned = plan_times(connection)
        noted = event_times(connection)
        scored = every_score(connection)
        runs = every_run(connection)
    yield from told
    for key, times in issued.items():
        yield from forecasts_at(connection, key, times)
    for site, times in planned.items():
        yield from plans_at(connection, site, times)
    for site, times in noted.items():
        yield from events_at(connection, site, times)
    yield from scored
    yield from runs


def load(connection: Connection, pieces: Iterable[Piece]) -> None:
    """Take in ``pieces`` exactly, or leave the store empty. The caller holds the lock."""
    _must_be_empty(connection)
    mark = _mark(connection)
    mark.put(_MARK_NS, {}, b"a load began")
    try:
        loading = _Loading(connection)
        for piece in pieces:
            loading.take(piece)
        loading.finish()
        connection.delete(mark.bucket, _MARK_NS, _MARK_NS)
    except BaseException:
        for bucket in (*connection.address.buckets[:2], mark.bucket):  # the mark goes last
            connection.delete(bucket, flux.BEGIN_NS, flux.END_NS)
        raise


def refuse_half_loaded(connection: Connection) -> None:
    """Raise ``StoreError`` if a load began here and neither ended nor was undone."""
    if _mark(connection).times(flux.BEGIN_NS, flux.END_NS):
        raise StoreError(
            f"{connection.address}: a restore is under way here, or was cut off. Wait for its end; "
            f"if it was cut off, delete the buckets {', '.join(connection.address.buckets)} and "
            "restore again"
        )


class _Loading:
    """What was taken so far, as far as it takes to notice the same thing told twice."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen: set[object] = set()
        self._of_time: Counter[object] = Counter()
        self._scores: list[DayScore] = []

    def take(self, piece: Piece) -> None:
        """Store one piece. Raises ``StoreError`` if it contradicts itself or one before it."""
        match piece:
            case Vintages():
                self._once((piece.key, piece.source, piece.kind), f"{piece.key}")
                _check(piece)
                write(self._connection, [piece])
            case IssuedForecast():
                shelf = forecasts_of(self._connection, piece.forecast.key)
                ns = self._next(piece.forecast.key, epoch(piece.made_at) * flux.SECOND_NS)
                put_forecast(shelf, piece.forecast, ns)
            case PlanRecord():
                self._once(("plan", piece.site, piece.plan_id), f"plan {piece.plan_id}")
                ns = self._next(("plan", piece.site), epoch(piece.made_at) * flux.SECOND_NS)
                put_plan(plans(self._connection, piece.site), piece, ns)
            case Event():
                self._once(("event", piece.site, piece.event_id), f"event {piece.event_id}")
                ns = self._next(("event", piece.site), epoch_ms(piece.at) * MILLISECOND_NS)
                put_event(shelf_of_events(self._connection, piece.site), piece, ns)
            case DayScore():
                said = (piece.key, piece.day, piece.made_at, piece.scored_at)
                self._once(said, f"score of {piece.key}")
                self._scores.append(piece)
            case Run():
                self._once(("run", piece.run_id), f"run {piece.run_id}")
                ns = self._next("run", epoch_ms(piece.started_at) * MILLISECOND_NS)
                put_run(shelf_of_runs(self._connection), piece, ns)

    def finish(self) -> None:
        """Store what was held back to be stored together."""
        save_scores(self._connection, self._scores)

    def _once(self, name: object, shown: str) -> None:
        if name in self._seen:
            raise _contradicts(shown)
        self._seen.add(name)

    def _next(self, shelf: object, start_ns: int) -> int:
        """The next free time of a shelf in the second or millisecond that begins then."""
        self._of_time[shelf, start_ns] += 1
        return start_ns + self._of_time[shelf, start_ns] - 1


def _must_be_empty(connection: Connection) -> None:
    if (
        holds_any(connection)
        or forecast_times(connection)
        or plan_times(connection)
        or event_times(connection)
        or shelf_of_scores(connection).times(flux.BEGIN_NS, flux.END_NS)
        or shelf_of_runs(connection).newest_times(1)
    ):
        raise StoreError(
            "the store is not empty: a backup can only be restored into an empty one. Name "
            "another bucket prefix, or move this one away"
        )


def _check(told: Vintages) -> None:
    """Raise ``StoreError`` for arrays that no dump gives."""
    columns = (
        told.start_s, told.resolution_s, told.value, told.available_at_s, told.inferred,
        told.ingested_at_s,
    )  # fmt: skip
    step, later = np.diff(told.start_s), np.diff(told.available_at_s)
    if (
        {column.shape for column in columns} != {(told.start_s.size,)}
        or not np.isfinite(told.value).all()
        or not ((step > 0) | ((step == 0) & (later > 0))).all()
        or np.unique(point_ns(told.start_s, told.available_at_s)).size != told.start_s.size
    ):
        raise _contradicts(f"{told.key} from {told.source}")


def _contradicts(what: str) -> StoreError:
    return StoreError(
        f"what is to be loaded of {what} contradicts itself: nothing of it was taken. Make a new "
        "backup, or restore another one"
    )


def _mark(connection: Connection) -> Shelf:
    return Shelf(connection, connection.address.runs, "loading", {})
