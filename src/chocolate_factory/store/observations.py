"""Observations in SQL: rows are fetched in bulk, numpy decides, rows are inserted in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import repeat
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, bindparam, select, update

from chocolate_factory.market.catalog import SeriesSpec, spec
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.places import place_of
from chocolate_factory.market.series import Kind, Observations, Series, SeriesKey
from chocolate_factory.store.base import Appended, Coverage
from chocolate_factory.store.marks import SEEN
from chocolate_factory.store.names import epoch, instant, row_of, series_row
from chocolate_factory.store.reconcile import (
    KIND_ORDER,
    News,
    believed,
    epoch_s,
    newest_by_day,
    news,
    ranks,
)
from chocolate_factory.store.schema import KIND_CODES, observation, series, series_source, source

_CODES = tuple(KIND_CODES[kind] for kind in KIND_ORDER)
_o = observation.c
_TOLD = (_o.delivery_start, _o.available_at, _o.value, _o.source_id, _o.kind)

# Statements are built once: making one takes longer than running it.
_HELD = (
    select(*_TOLD)
    .where(_o.series_id == bindparam("owner"))
    .where(_o.delivery_start.between(bindparam("first"), bindparam("last")))
    .order_by(_o.delivery_start, _o.available_at)
)
_KNOWN = (
    select(*_TOLD, _o.resolution_s)
    .where(
        _o.series_id
        == select(series.c.id)
        .where(series.c.name == bindparam("name"), series.c.place == bindparam("place"))
        .scalar_subquery()
    )
    .where(_o.delivery_start >= bindparam("start"), _o.delivery_start < bindparam("end"))
    .where(_o.available_at <= bindparam("as_of"))
    .order_by(_o.delivery_start)
)
_OF_KINDS = _o.kind.in_(bindparam("kinds", expanding=True))
_OF_SOURCE = (
    _o.source_id
    == select(source.c.id).where(source.c.name == bindparam("said_by")).scalar_subquery()
)
_WANTED = {
    (False, False): _KNOWN,
    (True, False): _KNOWN.where(_OF_KINDS),
    (False, True): _KNOWN.where(_OF_SOURCE),
    (True, True): _KNOWN.where(_OF_KINDS, _OF_SOURCE),
}
"""How to read, by whether only some kinds and only one source are wanted."""
_FORETOLD = _WANTED[True, True].order_by(_o.available_at)
_SOURCES = select(source.c.id, source.c.name)
_SPEAKERS = select(series_source.c.series_id, source.c.name).join(
    source, source.c.id == series_source.c.source_id
)
_SEEN_SERIES = select(series).where(SEEN)
_COUNTED = update(series).where(series.c.id == bindparam("owner"))


def append_batch(connection: Connection, batch: Observations, *, now_s: int) -> Appended:
    """Insert what is new in a checked batch that is not empty."""
    owner = series_row(connection, batch.key)
    speaker = row_of(connection, source, name=batch.source).id
    start_s = epoch_s(batch.start)
    held = fetch(
        connection,
        _HELD,
        {"owner": owner.id, "first": int(start_s[0]), "last": int(start_s[-1])},
    )
    said = held[(held["source_id"] == speaker) & (held["kind"] == KIND_CODES[batch.kind])]
    fresh = news(batch, said["delivery_start"], said["available_at"], said["value"], now_s=now_s)
    if len(fresh):
        insert_rows(
            connection,
            {"series_id": owner.id, "source_id": speaker, "kind": KIND_CODES[batch.kind]},
            {
                "delivery_start": fresh.start_s,
                "available_at": fresh.available_at_s,
                "resolution_s": fresh.resolution_s,
                "value": fresh.value,
                "inferred": fresh.inferred.astype(np.int64),
                "ingested_at": np.full(len(fresh), now_s),
            },
        )
        _count(connection, owner, fresh, held["delivery_start"])
        row_of(connection, series_source, series_id=owner.id, source_id=speaker)
    return Appended(len(batch), len(fresh) - fresh.revised, fresh.revised, len(batch) - len(fresh))


def read_series(
    connection: Connection,
    key: SeriesKey,
    start: datetime,
    end: datetime,
    *,
    as_of: datetime,
    kinds: tuple[Kind, ...] | None,
    source_name: str | None,
) -> Series:
    """The periods of [start, end) as known at ``as_of``; the rule is that of ``Store.read``."""
    asked: dict[str, Any] = {
        "name": key.name,
        "place": key.place,
        "start": epoch(start),
        "end": epoch(end),
        "as_of": epoch(as_of),
    }
    if kinds is not None:
        asked["kinds"] = [KIND_CODES[kind] for kind in kinds]
    if source_name is not None:
        asked["said_by"] = source_name
    rows = fetch(connection, _WANTED[kinds is not None, source_name is not None], asked)
    names = dict(connection.execute(_SOURCES).all())
    return _reconciled(key, spec(key), as_of, rows, names)


def read_foretold(
    connection: Connection,
    key: SeriesKey,
    start: datetime,
    end: datetime,
    *,
    as_of: datetime,
    source_name: str,
) -> Foretold:
    """The forecasts of the periods of [start, end) by vintage: see ``Store.foretold``."""
    asked = {
        "name": key.name,
        "place": key.place,
        "start": epoch(start),
        "end": epoch(end),
        "as_of": epoch(as_of),
        "kinds": [KIND_CODES[Kind.FORECAST]],
        "said_by": source_name,
    }
    rows = fetch(connection, _FORETOLD, asked)
    kept, days_before = newest_by_day(
        rows["delivery_start"], rows["available_at"], as_of_s=epoch(as_of)
    )
    best = rows[kept]
    return Foretold(
        key, source_name, as_of, best["delivery_start"].astype("datetime64[s]"), days_before,
        best["value"].copy(),
    )  # fmt: skip


def coverage(connection: Connection, site: str) -> tuple[Coverage, ...]:
    """What the tables hold of each series a site sees, from the counts kept at every append."""
    sources: dict[int, list[str]] = {}
    for number, name in connection.execute(_SPEAKERS):
        sources.setdefault(number, []).append(name)
    held = [
        Coverage(
            key=SeriesKey(row.name, row.place),
            count=row.periods,
            first=_maybe_instant(row.first_delivery),
            last=_maybe_instant(row.last_delivery),
            newest_available_at=_maybe_instant(row.newest_available_at),
            sources=tuple(sorted(sources.get(row.id, ()))),
        )
        for row in connection.execute(_SEEN_SERIES, {"here": place_of(site)})
    ]
    return tuple(sorted(held, key=lambda one: one.key))  # servers sort by their own language


def sources(connection: Connection) -> frozenset[str]:
    """Who said anything that is held."""
    return frozenset(name for _, name in connection.execute(_SPEAKERS))


def insert_rows(
    connection: Connection, same: Mapping[str, int], columns: Mapping[str, NDArray[np.generic]]
) -> None:
    """Insert observations: ``same`` is alike in all rows, ``columns`` have shape (n,).

    Straight to the driver: naming every value of every row takes longer than inserting them.
    """
    names = (*columns, *same)
    values = [column.tolist() for column in columns.values()]
    rows = zip(*values, *map(repeat, same.values()), strict=False)
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    connection.exec_driver_sql(
        f"INSERT INTO {observation.name} ({', '.join(names)}) "  # noqa: S608
        f"VALUES ({', '.join([mark] * len(names))})",
        list(rows),
    )


def _count(
    connection: Connection, owner: Row[Any], fresh: News, held_start_s: NDArray[np.int64]
) -> None:
    """Keep the counts of the series in step with the rows just inserted."""
    added = int((~np.isin(fresh.start_s, held_start_s)).sum())
    first, last = int(fresh.start_s[0]), int(fresh.start_s[-1])
    newest = int(fresh.available_at_s.max())
    if owner.periods:
        first, last = min(first, owner.first_delivery), max(last, owner.last_delivery)
        newest = max(newest, owner.newest_available_at)
    connection.execute(
        _COUNTED,
        {
            "owner": owner.id,
            "periods": owner.periods + added,
            "first_delivery": first,
            "last_delivery": last,
            "newest_available_at": newest,
        },
    )


def fetch(
    connection: Connection, wanted: Select[Any], asked: Mapping[str, Any] | None = None
) -> NDArray[np.void]:
    """Rows straight from the driver's cursor into one structured array, named by column.

    ``asked`` are the values of the statement's parameters.
    """
    with connection.execute(wanted, asked) as result:
        names = tuple(result.keys())
        row = np.dtype([(name, "f8" if name == "value" else "i8") for name in names])
        return np.fromiter(cast("Iterable[tuple[float, ...]]", result.cursor), dtype=row)


def _reconciled(
    key: SeriesKey,
    entry: SeriesSpec,
    as_of: datetime,
    rows: NDArray[np.void],
    names: Mapping[int, str],
) -> Series:
    place = _lookup({code: place for place, code in enumerate(_CODES)})
    rank = ranks(entry, rows["delivery_start"], place[rows["kind"]], rows["source_id"], names)
    best = rows[believed(rows["delivery_start"], rows["available_at"], rank)]
    spoke = np.zeros(max(names, default=0) + 1, dtype=bool)
    spoke[best["source_id"]] = True
    speaker = np.array([names.get(i, "") if said else "" for i, said in enumerate(spoke)])
    kind_name = np.array([kind.value for kind in KIND_ORDER])
    return Series(
        key=key,
        unit=entry.unit,
        as_of=as_of,
        start=best["delivery_start"].astype("datetime64[s]"),
        resolution_s=best["resolution_s"].copy(),
        value=best["value"].copy(),
        available_at=best["available_at"].astype("datetime64[s]"),
        source=speaker[best["source_id"]],
        kind=kind_name[place[best["kind"]]],
    )


def _lookup(known: Mapping[int, int]) -> NDArray[np.int64]:
    """A mapping of numbers as an array to be indexed with them."""
    return np.array([known.get(number, 0) for number in range(max(known, default=0) + 1)])


def _maybe_instant(epoch_s: int | None) -> datetime | None:
    return None if epoch_s is None else instant(epoch_s)
