"""Scores of forecasts on InfluxDB: what was scored at one second is one document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.connection import Connection
from chocolate_factory.store.influx.documents import Document, Shelf, damaged
from chocolate_factory.store.names import epoch
from chocolate_factory.store.packing import pack_text, score_document, score_of, unpack_text

_SCORED_EARLIEST = timedelta(days=2)
"""Prices are published on the day before: nothing is scored longer before its delivery day."""


def shelf_of_scores(connection: Connection) -> Shelf:
    """Where the scores are."""
    return Shelf(connection, connection.address.versions, "score", {})


def save_scores(connection: Connection, scores: Iterable[DayScore]) -> None:
    """One more document for each second at which some were scored. The caller holds the lock."""
    shelf = shelf_of_scores(connection)
    by_second: dict[int, list[DayScore]] = {}
    for told in scores:
        by_second.setdefault(epoch(told.scored_at) * flux.SECOND_NS, []).append(told)
    for start_ns, together in by_second.items():
        ns = shelf.free_ns(start_ns, start_ns + flux.SECOND_NS)
        content = [score_document(told) for told in together]
        shelf.put(ns, {}, pack_text(json.dumps(content, allow_nan=False, separators=(",", ":"))))


def newest_scores(
    connection: Connection, key: SeriesKey, *, first: date, last: date, as_of: datetime
) -> tuple[DayScore, ...]:
    """The newest score by ``as_of`` of each forecast and day, by day, then by ``made_at``."""
    start_ns = epoch(local_midnight(first) - _SCORED_EARLIEST) * flux.SECOND_NS
    stop_ns = (epoch(as_of) + 1) * flux.SECOND_NS
    newest: dict[tuple[date, datetime], DayScore] = {}
    for told in _told(shelf_of_scores(connection).between(start_ns, stop_ns)):
        if told.key == key and first <= told.day <= last:
            newest[told.day, told.made_at] = told
    return tuple(newest[which] for which in sorted(newest))


def every_score(connection: Connection) -> list[DayScore]:
    """All of them; of one forecast, day and second, the one stored last."""
    documents = shelf_of_scores(connection).between(flux.BEGIN_NS, flux.END_NS)
    kept = {(told.key, told.day, told.made_at, told.scored_at): told for told in _told(documents)}
    return [kept[which] for which in sorted(kept)]


def _told(documents: Iterable[Document]) -> Iterator[DayScore]:
    for document in documents:
        try:
            yield from map(score_of, json.loads(unpack_text(document.content)))
        except (ValueError, KeyError) as fault:
            raise damaged(f"score of {flux.time_text(document.ns)}") from fault
