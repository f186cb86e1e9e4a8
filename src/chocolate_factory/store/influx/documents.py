"""Documents on InfluxDB: bytes with a few fields beside them, one point each, kept by time.

Several of one second (or millisecond) take its nanoseconds in the order in which they were stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chocolate_factory.errors import StoreError
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.annotated import Table, complete_rows
from chocolate_factory.store.influx.connection import Connection
from chocolate_factory.store.influx.lines import decoded, in_parts, line, out_of_parts

Where = Mapping[str, str]
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Document:
    """One document: when, what stands beside it (as text), and its bytes."""

    ns: int
    fields: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents of one measurement in one bucket, with given tags."""

    connection: Connection
    bucket: str
    measurement: str
    tags: Where

    def put(self, ns: int, fields: Mapping[str, object], content: bytes) -> None:
        """Store a document; one at the same time gives way."""
        told = {**fields, **in_parts(content)}
        self.connection.write(self.bucket, [line(self.measurement, self.tags, told, ns)])

    def free_ns(self, start_ns: int, stop_ns: int) -> int:
        """The first time in [start_ns, stop_ns) after all documents there."""
        taken = self.times(start_ns, stop_ns)
        return taken[-1] + 1 if taken else start_ns

    def times(self, start_ns: int, stop_ns: int, **fields: str) -> list[int]:
        """When documents are, oldest first; those with a field of that text, or all."""
        ((name, text),) = fields.items() or [("parts", None)]
        steps = [] if text is None else [f'filter(fn: (r) => r._value == "{text}")']
        return sorted(self._times(name, start_ns, stop_ns, *steps))

    def newest_times(self, limit: int, **fields: str) -> list[int]:
        """The last ``limit`` of ``times``, of whatever time."""
        ((name, text),) = fields.items() or [("parts", None)]
        steps = [] if text is None else [f'filter(fn: (r) => r._value == "{text}")']
        steps.append(flux.newest_first("_time", limit=limit))
        return sorted(self._times(name, flux.BEGIN_NS, flux.END_NS, *steps))

    def with_field(self, name: str) -> frozenset[int]:
        """When the documents are that have a field at all."""
        return frozenset(self._times(name, flux.BEGIN_NS, flux.END_NS))

    def newest(self, *fields: str, stop_ns: int) -> Document | None:
        """The last document before an instant."""
        while times := self._times("parts", flux.BEGIN_NS, stop_ns, "last()"):
            stop_ns = max(times)
            found = self.between(stop_ns, stop_ns + 1, *fields)
            if found:  # or else it is just being written: the one before it counts
                return found[-1]
        return None

    def between(
        self, start_ns: int, stop_ns: int, *fields: str, steps: Sequence[str] = ()
    ) -> list[Document]:
        """The documents of a period, oldest first; of the points that ``steps`` leave."""
        if flux.holds_no_time(start_ns, stop_ns):
            return []
        script = flux.pipe(self._points({}, start_ns, stop_ns), *steps, flux.PIVOT)
        found = [
            document
            for table in self.connection.query(script)
            for document in _documents(table, fields)
        ]
        return sorted(found, key=lambda document: document.ns)

    def at(self, times: Sequence[int], *fields: str) -> Iterator[Document]:
        """The documents at given times, which must be in order; some at a time."""
        for first in range(0, len(times), _AT_ONCE):
            some = times[first : first + _AT_ONCE]
            yield from self.between(some[0], some[-1] + 1, *fields, steps=[flux.at(some)])

    def _times(self, field: str, start_ns: int, stop_ns: int, *steps: str) -> list[int]:
        if flux.holds_no_time(start_ns, stop_ns):
            return []
        script = flux.pipe(self._points({"_field": field}, start_ns, stop_ns), *steps)
        (column,) = complete_rows(self.connection.query(script), "_time")
        return [flux.time_ns(text) for text in column]

    def _points(self, more: Where, start_ns: int, stop_ns: int) -> str:
        where = {"_measurement": self.measurement, **self.tags, **more}
        return flux.points(self.bucket, where, start_ns=start_ns, stop_ns=stop_ns)


def of_site(what: str, site: str) -> str:
    """The name of a sort of thing at a site; at the unnamed one it is as it always was."""
    return f"{what}@{site}" if site else what


def sites_of(connection: Connection, bucket: str, what: str) -> list[str]:
    """Sites that have documents of a sort, by name."""
    script = flux.pipe(
        flux.points(bucket, {"_field": "parts"}), "last()", flux.keep("_measurement")
    )
    (names,) = complete_rows(connection.query(script), "_measurement")
    told = {decoded(name).partition("@")[::2] for name in names}
    return sorted(site for sort, site in told if sort == what)


def damaged(what: str) -> StoreError:
    """What is kept cannot be read."""
    return StoreError(
        f"the stored {what} is damaged and cannot be read. Keep the buckets as they are, and "
        "restore a backup under another bucket prefix, or start anew"
    )


def _documents(table: Table, fields: Sequence[str]) -> Iterator[Document]:
    """The rows of a table that are there with all their fields and parts."""
    needed = [table.columns.get(name) for name in ("_time", "parts", *fields)]
    for row in range(len(table.columns["_time"])):
        cells = ["" if column is None else column[row] for column in needed]
        if "" in cells:
            continue
        names = [f"part_{number}" for number in range(int(cells[1]))]
        parts = [table.columns[name][row] for name in names if name in table.columns]
        if len(parts) < len(names) or "" in parts:
            continue
        when_ns = flux.time_ns(cells[0])
        try:
            content = out_of_parts(parts)
        except ValueError as fault:
            raise damaged(f"document of {cells[0]}") from fault
        yield Document(when_ns, dict(zip(fields, cells[2:], strict=True)), content)
