"""Observations on InfluxDB: rows are queried in bulk, numpy decides, lines are written in bulk.

A point holds its instants as integer fields, so that no time of nanosecond precision has to be
read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import StoreError
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.series import Kind, Observations, Series, SeriesKey
from chocolate_factory.store.base import Appended, Vintages
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.annotated import Table, complete_rows, ints
from chocolate_factory.store.influx.connection import Connection
from chocolate_factory.store.influx.lines import (
    OBSERVATION,
    decoded,
    encoded,
    observation_lines,
    owner,
    point_ns,
)
from chocolate_factory.store.names import epoch
from chocolate_factory.store.reconcile import (
    KIND_ORDER,
    News,
    believed,
    newest_by_day,
    news,
    ranks,
)

Ints = NDArray[np.int64]
Speaker = tuple[SeriesKey, str, Kind]
"""Whose word a row is: series, source, kind."""

ROWS_A_REQUEST = 2_500
"""Rows written at once; with two lines each, the 5,000 lines that the server's makers advise."""


def append(
    connection: Connection, batches: Iterable[Observations], *, now_s: int
) -> tuple[Appended, list[Vintages]]:
    """What checked ``batches`` would change, and the rows to write for it; nothing is written.

    Batches see the ones before them, as if they were stored one after the other.
    """
    total, fresh = Appended(0, 0, 0, 0), list[Vintages]()
    for batch in batches:
        if not len(batch):
            continue
        told_before = [
            one
            for one in fresh
            if (one.key, one.source, one.kind) == (batch.key, batch.source, batch.kind)
        ]
        start_s, available_at_s, value = _held(connection, batch, told_before)
        told = news(batch, start_s, available_at_s, value, now_s=now_s)
        if len(told):
            fresh.append(_vintages(batch, told, now_s))
            _refuse_shared_points(fresh[-1], start_s, available_at_s)
        total += Appended(
            len(batch), len(told) - told.revised, told.revised, len(batch) - len(told)
        )
    return total, fresh


def write(connection: Connection, told: Iterable[Vintages]) -> None:
    """Store rows; in as few requests as the advised size allows, whoever they are from."""
    lines = (line for one in told for line in observation_lines(one))
    while request := list(islice(lines, ROWS_A_REQUEST)):
        connection.write(connection.address.observations, request)


def read_series(
    connection: Connection,
    key: SeriesKey,
    start: datetime,
    end: datetime,
    *,
    as_of: datetime,
    kinds: tuple[Kind, ...] | None,
    source: str | None,
) -> Series:
    """The periods of [start, end) as known at ``as_of``; the rule is that of ``Store.read``."""
    said: dict[str, str | tuple[str, ...]] = {}
    if kinds is not None:
        said["kind"] = tuple(kind.value for kind in kinds)
    if source is not None:
        said["source"] = encoded(source)
    found = [] if kinds == () else _known(connection, key, start, end, as_of=as_of, said=said)
    return _reconciled(key, as_of, found)


def read_foretold(
    connection: Connection,
    key: SeriesKey,
    start: datetime,
    end: datetime,
    *,
    as_of: datetime,
    source: str,
) -> Foretold:
    """The forecasts of the periods of [start, end) by vintage: see ``Store.foretold``."""
    said = {"kind": encoded(Kind.FORECAST), "source": encoded(source)}
    columns = complete_rows(
        _known(connection, key, start, end, as_of=as_of, said=said),
        "delivery_start", "available_at", "value",
    )  # fmt: skip
    start_s, available_at_s = ints(columns[0]), ints(columns[1])
    value = np.array([float(cell) for cell in columns[2]], dtype=np.float64)
    order = np.lexsort((available_at_s, start_s))
    kept, days_before = newest_by_day(start_s[order], available_at_s[order], as_of_s=epoch(as_of))
    best = order[kept]
    return Foretold(
        key, source, as_of, start_s[best].astype("datetime64[s]"), days_before, value[best]
    )


def _known(
    connection: Connection,
    key: SeriesKey,
    start: datetime,
    end: datetime,
    *,
    as_of: datetime,
    said: Mapping[str, str | tuple[str, ...]],
) -> list[Table]:
    """Rows of the periods of [start, end) known at ``as_of``, of the kinds and sources ``said``."""
    period_ns = (epoch(start) * flux.SECOND_NS, epoch(end) * flux.SECOND_NS)
    if flux.holds_no_time(*period_ns):
        return []
    names = ("delivery_start", "available_at", "resolution_s", "value")
    where = {"_measurement": OBSERVATION, **owner(key), "_field": names, **said}
    script = flux.pipe(
        flux.points(
            connection.address.observations, where, start_ns=period_ns[0], stop_ns=period_ns[1]
        ),
        flux.PIVOT,
        flux.known_by(epoch(as_of)),
        flux.keep(*names, "source", "kind"),
    )
    return connection.query(script)


def _held(
    connection: Connection, batch: Observations, told_before: list[Vintages]
) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Delivery start, available_at, value of what the speaker of ``batch`` said about its periods.

    Stored or about to be stored; ordered by delivery start, then by available_at.
    """
    names = ("delivery_start", "available_at", "value")
    first_s, last_s = batch.start[[0, -1]].astype("datetime64[s]").astype(np.int64).tolist()
    where: dict[str, str | tuple[str, ...]] = {
        "_measurement": OBSERVATION,
        **owner(batch.key),
        "source": encoded(batch.source),
        "kind": encoded(batch.kind),
        "_field": names,
    }
    script = flux.pipe(
        flux.points(
            connection.address.observations,
            where,
            start_ns=first_s * flux.SECOND_NS,
            stop_ns=(last_s + 1) * flux.SECOND_NS,
        ),
        flux.PIVOT,
        flux.keep(*names),
    )
    stored = complete_rows(connection.query(script), *names)
    start_s = np.concatenate([ints(stored[0]), *(one.start_s for one in told_before)])
    known_s = np.concatenate([ints(stored[1]), *(one.available_at_s for one in told_before)])
    values = np.array([float(cell) for cell in stored[2]], dtype=np.float64)
    value = np.concatenate([values, *(one.value for one in told_before)])
    order = np.lexsort((known_s, start_s))
    return start_s[order], known_s[order], value[order]


def _vintages(batch: Observations, told: News, now_s: int) -> Vintages:
    return Vintages(
        batch.key,
        batch.source,
        batch.kind,
        told.start_s,
        told.resolution_s,
        told.value,
        told.available_at_s,
        told.inferred,
        np.full(len(told), now_s, dtype=np.int64),
    )


def _refuse_shared_points(told: Vintages, start_s: Ints, available_at_s: Ints) -> None:
    """Raise ``StoreError`` rather than overwrite a value known 31.7 years before, to the second."""
    mine = point_ns(told.start_s, told.available_at_s)
    if np.isin(mine, point_ns(start_s, available_at_s)).any():
        raise StoreError(
            f"a value of {told.key} from {told.source} became known exactly 10⁹ seconds after the "
            "one it revises, which this store cannot keep apart. Fetch it again a second later"
        )


def _reconciled(key: SeriesKey, as_of: datetime, found: list[Table]) -> Series:
    """Per period the value to believe, out of rows of every source and kind."""
    columns = complete_rows(
        found, "delivery_start", "available_at", "resolution_s", "value", "source", "kind"
    )
    start_s, available_at_s, resolution_s = (ints(column) for column in columns[:3])
    speakers = sorted(set(columns[4]))
    number = {name: place for place, name in enumerate(speakers)}
    names = {place: decoded(name) for name, place in number.items()}
    source = np.array([number[name] for name in columns[4]], dtype=np.int64)
    place_of = {kind.value: place for place, kind in enumerate(KIND_ORDER)}
    kind = np.array([place_of[name] for name in columns[5]], dtype=np.int64)
    entry = spec(key)
    rank = ranks(entry, start_s, kind, source, names)
    best = believed(start_s, available_at_s, rank)
    return Series(
        key=key,
        unit=entry.unit,
        as_of=as_of,
        start=start_s[best].astype("datetime64[s]"),
        resolution_s=resolution_s[best],
        value=np.array([float(columns[3][row]) for row in best.tolist()], dtype=np.float64),
        available_at=available_at_s[best].astype("datetime64[s]"),
        source=np.array([names[one] for one in source[best].tolist()], dtype=np.str_),
        kind=np.array([KIND_ORDER[one].value for one in kind[best].tolist()], dtype=np.str_),
    )
