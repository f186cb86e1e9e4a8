"""Rows of a file with the line each stands on, and the checks every format shares.

A parser of files turns bytes into ``Parsed``: values that can be read, each with its line, and the
rows that cannot. Here the values are held against the catalogue and against each other. A file with
a single wrong row is refused as a whole, but every wrong row is named, so that a person can mend
the file in one go.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import (
    HOUR,
    Instants,
    to_datetime64,
)
from chocolate_factory.market.catalog import SeriesSpec, spec
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Floats, Kind, Observations, SeriesKey

EARLIEST = np.datetime64("1998-01-01", "s")
"""The Spanish wholesale market opened on 1 January 1998; nothing that is read here is older."""
LATEST = np.datetime64("2100-01-01", "s")
EARLY = timedelta(hours=2)
"""How long before its publication rule a value may be there: services are ahead of it at times."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Values of one series as they stand in a file, in file order.

    Parameters
    ----------
    key, source, kind
        As in ``Observations``.
    start
        Delivery starts, UTC, shape (n,); may still repeat or be out of order.
    value
        In the unit of the catalogue, shape (n,); may still be NaN or absurd.
    line
        Line of the file each value stands on, from 1; 0 where it cannot be told, shape (n,).
    column
        Name of the column or field that holds the value.
    resolution_stated
        Whether the file itself says how long the periods last, in agreement with the catalogue.
    later
        How much later than the publication rule says these values became known: a second version
        of a file comes after the first.
    given
        What is true of the series where it is not one of the catalogue.
    """

    key: SeriesKey
    source: str
    kind: Kind
    start: Instants
    value: Floats
    line: NDArray[np.int64]
    column: str
    resolution_stated: bool = False
    later: timedelta = timedelta(0)
    given: SeriesSpec | None = None

    def __len__(self) -> int:
        return int(self.start.size)

    @property
    def about(self) -> SeriesSpec:
        """What is true of every value of the series."""
        return self.given or spec(self.key)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Rows:
        """The rows that a mask or an index keeps."""
        if keep.dtype == np.bool_ and keep.all():
            return self
        return replace(self, start=self.start[keep], value=self.value[keep], line=self.line[keep])

    def refuse(self, path: Path, at: int, reason: str) -> FileRefused:
        """The error that names row ``at``."""
        line = int(self.line[at])
        return FileRefused(path, reason, line=line or None, column=self.column)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser made of one file.

    ``count`` is the number of rows below the header, ``faults`` the rows that cannot be read,
    ``notes`` what a person should know about what was left out.
    """

    format: str
    count: int
    series: tuple[Rows, ...]
    faults: tuple[FileRefused, ...] = ()
    notes: tuple[str, ...] = ()


def decode(path: Path, data: bytes, encoding: str = "utf-8-sig") -> str:
    """Bytes as text, a byte-order mark dropped.

    Raises ``FileRefused`` with the line if the bytes are not in that encoding.
    """
    if encoding.startswith("utf-8") and (
        b"\0" in data or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    ):
        raise FileRefused(path, "is not UTF-8 (it looks like UTF-16): save it as UTF-8", line=1)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        raise FileRefused(
            path,
            f"is not {encoding.removesuffix('-sig').upper()}: byte "
            f"0x{fault.object[fault.start]:02x} at position {fault.start} ({fault.reason}). "
            "The file is cut off or was saved in another encoding: download it again",
            line=line,
        ) from None


def beginning(data: bytes, longest: int = 60) -> str:
    """How a file begins, quoted; of one that is no text not a byte of it."""
    head = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode(data[:longest])
    line = next(iter(head.splitlines()), "")
    if not line.replace("\t", "").isprintable() or "\ufffd" in line:
        return "bytes that are no text"
    return repr(line)


def instant(cell: str) -> np.datetime64:
    """An ISO 8601 time with offset as ``datetime64[s]`` in UTC.

    Raises ``ValueError`` for anything else, with a text for the user.
    """
    try:
        at = datetime.fromisoformat(cell)
        seconds = at.timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f"{cell!r:.60} is not a time; write 2025-10-26T01:00:00Z") from None
    if at.tzinfo is None:
        raise ValueError(f"{cell!r:.60} has no offset: add Z if it is UTC, or the offset")
    if not seconds.is_integer():
        raise ValueError(f"{cell!r:.60} is not a full second")
    return np.datetime64(int(seconds), "s")


@dataclass(frozen=True, slots=True)
class Shared:
    """What follows from delivery starts alone, worked out once for series that share them.

    Shared is an array of starts, not equal values: the columns of a file have the same one.
    """

    known: dict[tuple[object, ...], tuple[Instants, NDArray[Any]]] = field(default_factory=dict)

    def lengths_s(self, rows: Rows) -> NDArray[np.int64]:
        """Length [s] of the delivery periods on the day of each row."""
        about = rows.about
        return self._of(rows.start, about.resolutions_s, (about.resolution, about.clock))

    def published(self, rows: Rows) -> Instants:
        """Publication time of each row by the rule of its series."""
        about = rows.about
        rule = (about.published_at, about.trickle, about.resolution, about.clock)
        return self._of(rows.start, about.inferred_available_at, rule)

    def into_day_s(self, rows: Rows) -> NDArray[np.int64]:
        """Seconds by the clock since local midnight at each start."""
        clock = rows.about.clock
        return self._of(rows.start, lambda start: _into_day_s(start, clock), ("into day", clock))

    def _of(
        self, start: Instants, work: Callable[[Instants], NDArray[Any]], rule: object
    ) -> NDArray[Any]:
        name = (id(start), rule)
        if name not in self.known:
            self.known[name] = start, work(start)  # the start too: its id is its own while it lives
        return self.known[name][1]


@dataclass(frozen=True, slots=True)
class Examined:
    """The rows that hold, in order of time and each once; an error for each that does not.

    ``repeated`` are the lines left out because they say what an earlier line said.
    """

    rows: Rows
    faults: tuple[FileRefused, ...]
    repeated: frozenset[int]


def examine(
    path: Path, rows: Rows, shared: Shared | None = None, *, received_at: datetime | None = None
) -> Examined:
    """Hold rows against what is true of their series and against each other.

    A row fails if its value is not finite or outside the bounds of the series, if no delivery
    period of the series starts at its time, or if an earlier line says something else about that
    time. With ``received_at`` it also fails if by the publication rule nobody could know it then;
    without, what is assumed about the future is taken.
    """
    entry, shared = rows.about, shared or Shared()
    known = (rows.start >= EARLIEST) & (rows.start < LATEST)
    faults = [
        rows.refuse(path, at, f"the time is not between {EARLIEST}Z and {LATEST}Z")
        for at in np.flatnonzero(~known).tolist()
    ]
    rows = rows.where(known)
    if received_at is not None:
        unknown = _not_published(path, rows, shared, received_at)
        faults += unknown.values()
        rows = rows.where(~np.isin(np.arange(len(rows)), list(unknown)))
    unit = entry.unit and f" {entry.unit}"
    plausible = (rows.value >= entry.low) & (rows.value <= entry.high)
    faults += [
        rows.refuse(path, at, f"{rows.value[at]:g} {_at(rows, at)} is not a finite number")
        if not np.isfinite(rows.value[at])
        else rows.refuse(
            path,
            at,
            f"{rows.value[at]:g}{unit} {_at(rows, at)} is not plausible for {entry.name} "
            f"(expected {entry.low:g} to {entry.high:g})",
        )
        for at in np.flatnonzero(~plausible).tolist()
    ]
    rows = rows.where(plausible)
    steps_s = shared.lengths_s(rows)
    faults += _off_grid(path, rows, steps_s, shared.into_day_s(rows))
    faults += _hourly_by_mistake(path, rows, steps_s)
    faults += _contradictions(path, rows)
    unique = in_order(rows)
    repeated = np.setdiff1d(rows.line, unique.line) if len(unique) < len(rows) else ()
    return Examined(unique, tuple(faults), frozenset(map(int, repeated)))


def in_order(rows: Rows) -> Rows:
    """The rows in order of time; of several for the same time, the first."""
    if _in_order(rows):
        return rows
    return rows.where(np.unique(rows.start, return_index=True)[1])


def to_observations(
    rows: Rows, *, received_at: datetime, shared: Shared | None = None
) -> Observations:
    """Checked rows as a batch for a store.

    Each value became known when its publication rule says (inferred, but of a later version of a
    file, which tells by itself that it came after the first); one received before that became known
    when it was received.
    """
    received, shared = to_datetime64(received_at), shared or Shared()
    published = shared.published(rows) + np.timedelta64(rows.later, "s")
    due = published <= received
    return Observations(
        key=rows.key,
        source=rows.source,
        kind=rows.kind,
        start=rows.start,
        resolution_s=shared.lengths_s(rows),
        value=rows.value,
        available_at=np.where(due, published, received),
        inferred=due & (not rows.later),
    )


def _not_published(
    path: Path, rows: Rows, shared: Shared, received_at: datetime
) -> dict[int, FileRefused]:
    """By row, an error for each whose publication is still to come at ``received_at``."""
    due = shared.published(rows)
    early = due > to_datetime64(received_at + EARLY)
    return {
        at: rows.refuse(
            path,
            at,
            f"{rows.value[at]:g} {_at(rows, at)} cannot be known yet: {rows.about.name} of that "
            f"time is due {due[at]}Z. Leave out what is not published (is the year right?), or "
            "import the file after that",
        )
        for at in np.flatnonzero(early).tolist()
    }


def _into_day_s(start: Instants, clock: Clock) -> NDArray[np.int64]:
    return (clock.wall(start) - clock.days(start)).astype(np.int64)


def _off_grid(
    path: Path, rows: Rows, steps_s: NDArray[np.int64], into_day_s: NDArray[np.int64]
) -> list[FileRefused]:
    return [
        rows.refuse(
            path,
            at,
            f"no delivery period of {rows.key.name} starts {_at(rows, at)}: they last "
            f"{steps_s[at] // 60} min on that day",
        )
        for at in np.flatnonzero(into_day_s % steps_s).tolist()
    ]


def _hourly_by_mistake(path: Path, rows: Rows, steps_s: NDArray[np.int64]) -> list[FileRefused]:
    """An error if only full hours are given of a quarter-hour day, at the first of them."""
    short = steps_s < int(HOUR.total_seconds())
    if rows.resolution_stated or not short.any():
        return []
    days, where, count = np.unique(
        rows.about.clock.days(rows.start), return_inverse=True, return_counts=True
    )
    within_hour = rows.start != rows.start.astype("datetime64[h]")
    # a file of quarter-hours may end with the first period of a day
    alone = (count == 1) & within_hour.any()
    hourly = short & (~np.isin(days, days[where[within_hour]]) & ~alone)[where]
    if not hourly.any():
        return []
    at = int(np.argmax(hourly))
    reason = (
        f"only full hours on {days[where[at]]}, whose delivery periods last {steps_s[at] // 60} "
        "min: hourly means cannot stand for them"
    )
    return [rows.refuse(path, at, reason)]


def _contradictions(path: Path, rows: Rows) -> list[FileRefused]:
    if _in_order(rows):
        return []
    order = np.argsort(rows.start, kind="stable")
    start, value = rows.start[order], rows.value[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = start[1:] != start[:-1]
    if new.all():
        return []
    first = np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0))
    return [
        rows.refuse(
            path,
            int(order[at]),
            f"{value[at]:g} {_at(rows, int(order[at]))} contradicts {value[first[at]]:g}"
            + (f" on line {line}" if (line := rows.line[order[first[at]]]) else ""),
        )
        for at in np.flatnonzero(value != value[first])
    ]


def _in_order(rows: Rows) -> bool:
    return bool((rows.start[1:] > rows.start[:-1]).all())


def _at(rows: Rows, at: int) -> str:
    return f"at {rows.about.clock.stamp(rows.start[at])}"
