"""Blocks of a plan as an iCalendar file (RFC 5545) that a phone can subscribe to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event

_PRODUCT = "-//chocolate-factory//plan//EN"
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)
"""Sequences count the seconds since: whole numbers of 31 bits hold those of 68 years."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what is on over [start, end), where, and its id, which stays the same."""

    uid: str
    start: datetime
    end: datetime
    title: str
    place: str
    text: str


def calendar_file(name: str, entries: Sequence[Entry], *, changed_at: datetime) -> bytes:
    """The entries as a calendar called ``name``, as they are since ``changed_at``; instants in UTC.

    A calendar that has an entry of the same id takes the one of the higher sequence in its place.
    """
    stamp = changed_at.astimezone(UTC)
    sequence = int((stamp - _FIRST).total_seconds())
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", stamp)
        event.add("last-modified", stamp)
        event.add("sequence", sequence)
        event.add("dtstart", entry.start.astimezone(UTC))
        event.add("dtend", entry.end.astimezone(UTC))
        event.add("summary", entry.title)
        event.add("location", entry.place)
        event.add("description", entry.text)
        event.add("categories", [entry.place])
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
