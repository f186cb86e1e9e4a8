"""Events in SQL: appended, never changed, listed oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from chocolate_factory.errors import StoreError
from chocolate_factory.store.base import Event
from chocolate_factory.store.names import epoch_ms, instant_ms
from chocolate_factory.store.packing import pack_text, unpack_text
from chocolate_factory.store.schema import event

_EVENT = (event.c.event_id, event.c.kind, event.c.at_ms, event.c.content, event.c.site)


def insert_event(connection: Connection, record: Event) -> None:
    """One more; the same again changes nothing, another one under its id is refused."""
    row = event_row(record)
    wanted = select(*_EVENT).where(event.c.site == record.site, event.c.event_id == record.event_id)
    kept = connection.execute(wanted).one_or_none()
    if kept is None:
        connection.execute(insert(event).values(row))
    elif _event(*kept) != _event(**row):
        raise StoreError(
            f"another event is stored as {record.event_id!r}: events are never overwritten"
        )


def has_event(connection: Connection, event_id: str, *, site: str) -> bool:
    """Whether an event of that id of a site is kept."""
    wanted = select(event.c.id).where(event.c.site == site, event.c.event_id == event_id)
    return connection.execute(wanted).one_or_none() is not None


def events_between(
    connection: Connection,
    kinds: Sequence[str] = (),
    *,
    site: str | None,
    since: datetime | None = None,
    as_of: datetime | None = None,
) -> Iterator[Event]:
    """Those of a site, or of all, noted in [since, as_of], oldest first; one at a time."""
    wanted = select(*_EVENT).order_by(event.c.at_ms, event.c.id)
    if site is not None:
        wanted = wanted.where(event.c.site == site)
    if kinds:
        wanted = wanted.where(event.c.kind.in_(kinds))
    if since is not None:
        wanted = wanted.where(event.c.at_ms >= epoch_ms(since))
    if as_of is not None:
        wanted = wanted.where(event.c.at_ms <= epoch_ms(as_of))
    for row in connection.execute(wanted):
        yield _event(*row)


def event_row(record: Event) -> dict[str, Any]:
    """An event by column."""
    return {
        "event_id": record.event_id,
        "kind": record.kind,
        "at_ms": epoch_ms(record.at),
        "content": pack_text(record.document),
        "site": record.site,
    }


def _event(event_id: str, kind: str, at_ms: int, content: bytes, site: str) -> Event:
    try:
        return Event(event_id, kind, instant_ms(at_ms), unpack_text(content), site)
    except ValueError as fault:
        raise StoreError(
            f"the stored event {event_id} is damaged and cannot be read. Keep the store as it is, "
            "and restore a backup or start anew"
        ) from fault
