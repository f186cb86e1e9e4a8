"""How much an InfluxDB store holds of what sources said, and all of it.

Counting is exact and quick because a measurement of its own has one point per delivery period of a
series, whoever spoke about it and however often.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chocolate_factory.market.places import site_of
from chocolate_factory.market.series import Kind, SeriesKey
from chocolate_factory.store.base import Coverage, Vintages
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.annotated import Table, complete_rows, ints
from chocolate_factory.store.influx.connection import Connection
from chocolate_factory.store.influx.lines import OBSERVATION, PERIOD, decoded
from chocolate_factory.store.names import instant

_ALL = ("delivery_start", "available_at", "resolution_s", "value", "inferred", "ingested_at")


def coverage(connection: Connection, site: str) -> tuple[Coverage, ...]:
    """What is held of every series that a site sees, counted by the server."""
    bucket = connection.address.observations
    periods = flux.points(bucket, {"_measurement": PERIOD, "_field": "delivery_start"})
    known = flux.points(bucket, {"_measurement": OBSERVATION, "_field": "available_at"})
    found = connection.query(
        "\n".join(
            (
                f"periods = {periods}",
                flux.pipe("periods", "count()", flux.named("count")),
                flux.pipe("periods", "min()", flux.named("first")),
                flux.pipe("periods", "max()", flux.named("last")),
                flux.pipe(known, "max()", flux.named("newest")),
            )
        )
    )
    count, first, last = (_by_key(found, name) for name in ("count", "first", "last"))
    newest: dict[SeriesKey, int] = {}
    sources: dict[SeriesKey, set[str]] = {}
    columns = complete_rows(found, "series", "place", "source", "_value", result="newest")
    for name, place, source, known_s in zip(*columns, strict=True):
        key = SeriesKey(decoded(name), decoded(place))
        newest[key] = max(newest.get(key, int(known_s)), int(known_s))
        sources.setdefault(key, set()).add(decoded(source))
    return tuple(
        Coverage(
            key=key,
            count=count[key],
            first=instant(first[key]),
            last=instant(last[key]),
            newest_available_at=instant(newest[key]),
            sources=tuple(sorted(sources[key])),
        )
        for key in sorted(count.keys() & first.keys() & last.keys() & newest.keys())
        if site_of(key) in (None, site)
    )


def sources(connection: Connection) -> frozenset[str]:
    """Who said anything: the last point of each speaker, which the server finds without a scan."""
    bucket = connection.address.observations
    known = flux.points(bucket, {"_measurement": OBSERVATION, "_field": "available_at"})
    found = connection.query(flux.pipe(known, "last()", flux.keep("source")))
    return frozenset(decoded(name) for name in complete_rows(found, "source")[0])


def holds_any(connection: Connection) -> bool:
    """Whether anything is held."""
    where = {"_measurement": PERIOD, "_field": "delivery_start"}
    script = flux.pipe(flux.points(connection.address.observations, where), "last()")
    return bool(complete_rows(connection.query(script), "_value")[0])


def everything(connection: Connection) -> Iterator[Vintages]:
    """All rows, by series, source and kind; one query for each."""
    bucket = connection.address.observations
    known = flux.points(bucket, {"_measurement": OBSERVATION, "_field": "available_at"})
    found = connection.query(flux.pipe(known, "max()"))
    speakers = complete_rows(found, "series", "place", "source", "kind")
    for series, place, source, kind in sorted(zip(*speakers, strict=True)):
        tags = {"series": series, "place": place, "source": source, "kind": kind}
        script = flux.pipe(
            flux.points(bucket, {"_measurement": OBSERVATION, **tags}),
            flux.PIVOT,
            flux.keep(*_ALL),
        )
        columns = complete_rows(connection.query(script), *_ALL)
        start_s, available_at_s, resolution_s = (ints(column) for column in columns[:3])
        order = np.lexsort((available_at_s, start_s))
        yield Vintages(
            key=SeriesKey(decoded(series), decoded(place)),
            source=decoded(source),
            kind=Kind(decoded(kind)),
            start_s=start_s[order],
            resolution_s=resolution_s[order],
            value=np.array([float(cell) for cell in columns[3]])[order],
            available_at_s=available_at_s[order],
            inferred=np.array([cell == "true" for cell in columns[4]], dtype=np.bool_)[order],
            ingested_at_s=ints(columns[5])[order],
        )


def _by_key(found: list[Table], result: str) -> dict[SeriesKey, int]:
    columns = complete_rows(found, "series", "place", "_value", result=result)
    return {
        SeriesKey(decoded(name), decoded(place)): int(value)
        for name, place, value in zip(*columns, strict=True)
        if result != "count" or int(value)
    }
