"""Events on InfluxDB, beside forecasts and plans: appended, never changed, listed oldest first.

A point's millisecond is ``at``; its nanoseconds keep the order of those of one millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from chocolate_factory.errors import StoreError
from chocolate_factory.store.base import Event
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.connection import Connection
from chocolate_factory.store.influx.documents import (
    Document,
    Shelf,
    damaged,
    of_site,
    sites_of,
)
from chocolate_factory.store.influx.lines import decoded, encoded
from chocolate_factory.store.influx.runs import MILLISECOND_NS
from chocolate_factory.store.names import epoch_ms, instant_ms
from chocolate_factory.store.packing import pack_text, unpack_text

_EVENT = ("event_id", "kind")


def shelf_of_events(connection: Connection, site: str) -> Shelf:
    """Where the events of a site are."""
    return Shelf(connection, connection.address.versions, encoded(of_site("event", site)), {})


def save_event(connection: Connection, record: Event) -> None:
    """One more; the same again changes nothing, another is refused. The caller locks."""
    shelf = shelf_of_events(connection, record.site)
    for ns in shelf.times(flux.BEGIN_NS, flux.END_NS, event_id=encoded(record.event_id)):
        for document in shelf.between(ns, ns + 1, *_EVENT):
            told = replace(record, at=instant_ms(epoch_ms(record.at)))
            if _event(document, record.site) != told:
                raise StoreError(
                    f"another event is stored as {record.event_id!r}: events are never overwritten"
                )
            return
    start_ns = epoch_ms(record.at) * MILLISECOND_NS
    put_event(shelf, record, shelf.free_ns(start_ns, start_ns + MILLISECOND_NS))


def put_event(shelf: Shelf, record: Event, ns: int) -> None:
    """Store an event whose id is new at a time that is free."""
    fields = {"event_id": encoded(record.event_id), "kind": encoded(record.kind)}
    shelf.put(ns, fields, pack_text(record.document))


def events_between(
    connection: Connection,
    kinds: Sequence[str],
    *,
    site: str,
    since: datetime | None,
    as_of: datetime,
) -> Iterator[Event]:
    """Those of a site noted in [since, as_of], oldest first; some at a time."""
    shelf = shelf_of_events(connection, site)
    start_ns = flux.BEGIN_NS if since is None else epoch_ms(since) * MILLISECOND_NS
    stop_ns = (epoch_ms(as_of) + 1) * MILLISECOND_NS
    if kinds:
        found = {ns for kind in kinds for ns in shelf.times(start_ns, stop_ns, kind=encoded(kind))}
        times = sorted(found)
    else:
        times = shelf.times(start_ns, stop_ns)
    yield from events_at(connection, site, times)


def event_times(connection: Connection) -> dict[str, list[int]]:
    """When events of every site were noted, oldest first [ns]."""
    return {
        site: shelf_of_events(connection, site).times(flux.BEGIN_NS, flux.END_NS)
        for site in sites_of(connection, connection.address.versions, "event")
    }


def events_at(connection: Connection, site: str, times: list[int]) -> Iterator[Event]:
    """The events of a site of given times [ns]."""
    for document in shelf_of_events(connection, site).at(times, *_EVENT):
        yield _event(document, site)


def _event(document: Document, site: str) -> Event:
    event_id = decoded(document.fields["event_id"])
    try:
        text = unpack_text(document.content)
    except ValueError as fault:
        raise damaged(f"event {event_id}") from fault
    at = instant_ms(document.ns // MILLISECOND_NS)
    return Event(event_id, decoded(document.fields["kind"]), at, text, site)
