"""All that an SQL store holds: out of it piece by piece, and into an empty one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from sqlalchemy import Connection, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from chocolate_factory.errors import StoreError
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import Kind, SeriesKey
from chocolate_factory.store.base import (
    Event,
    IssuedForecast,
    Piece,
    PlanRecord,
    Run,
    Vintages,
)
from chocolate_factory.store.events import event_row, events_between
from chocolate_factory.store.names import row_of, series_row
from chocolate_factory.store.observations import fetch, insert_rows
from chocolate_factory.store.runs import run_of, run_row
from chocolate_factory.store.schema import (
    KIND_CODES,
    event,
    forecast,
    observation,
    plan,
    run,
    score,
    series,
    series_source,
    source,
)
from chocolate_factory.store.scores import every_score, insert_scores
from chocolate_factory.store.versions import (
    every_forecast,
    every_plan,
    insert_forecast,
    plan_row,
)

_KINDS = {code: kind for kind, code in KIND_CODES.items()}
_KIND_LIMIT = 100
_o = observation.c


def dump(connection: Connection) -> Iterator[Piece]:
    """Observations by series, source and kind, then the rest kind by kind, oldest first."""
    names = dict(connection.execute(select(source.c.id, source.c.name)).all())
    keys = {
        SeriesKey(row.name, row.place): row.id for row in connection.execute(select(series)).all()
    }
    for key in sorted(keys):
        yield from _vintages(connection, key, keys[key], names)
    for key in sorted(keys):
        yield from every_forecast(connection, key)
    yield from every_plan(connection)
    yield from events_between(connection, site=None)
    yield from every_score(connection)
    for row in connection.execute(select(run).order_by(run.c.started_ms, run.c.run_id)):
        yield run_of(row)


def load(connection: Connection, pieces: Iterable[Piece]) -> None:
    """Take in ``pieces`` exactly; the caller's transaction undoes it all on an error."""
    _must_be_empty(connection)
    try:
        for piece in pieces:
            _take(connection, piece)
    except IntegrityError as fault:
        raise StoreError(
            "what is to be loaded says the same thing twice: nothing of it was taken. Make a new "
            "backup, or restore another one"
        ) from fault
    _count_again(connection)


def _vintages(
    connection: Connection, key: SeriesKey, number: int, names: dict[int, str]
) -> Iterator[Vintages]:
    rows = fetch(
        connection,
        select(
            _o.delivery_start,
            _o.source_id,
            _o.kind,
            _o.available_at,
            _o.resolution_s,
            _o.value,
            _o.inferred,
            _o.ingested_at,
        )
        .where(_o.series_id == number)
        .order_by(_o.delivery_start, _o.source_id, _o.kind, _o.available_at),
    )
    voice = rows["source_id"] * _KIND_LIMIT + rows["kind"]
    told = [divmod(each, _KIND_LIMIT) for each in np.unique(voice).tolist()]
    for who, kind in sorted(told, key=lambda one: (names[one[0]], one[1])):
        mine = rows[voice == who * _KIND_LIMIT + kind]
        yield Vintages(
            key=key,
            source=names[who],
            kind=_KINDS[kind],
            start_s=mine["delivery_start"].copy(),
            resolution_s=mine["resolution_s"].copy(),
            value=mine["value"].copy(),
            available_at_s=mine["available_at"].copy(),
            inferred=mine["inferred"].astype(np.bool_),
            ingested_at_s=mine["ingested_at"].copy(),
        )


def _must_be_empty(connection: Connection) -> None:
    for table in (observation, forecast, plan, event, score, run):
        if connection.execute(select(exists(select(table)))).scalar_one():
            raise StoreError(
                "the store is not empty: a backup can only be restored into an empty one. Name "
                "another store, or move this one away"
            )


def _take(connection: Connection, piece: Piece) -> None:
    match piece:
        case Vintages():
            _take_vintages(connection, piece)
        case IssuedForecast():
            insert_forecast(connection, piece.forecast, made_at=piece.made_at)
        case PlanRecord():
            connection.execute(insert(plan).values(plan_row(piece)))
        case Event():
            connection.execute(insert(event).values(event_row(piece)))
        case DayScore():
            insert_scores(connection, [piece], replacing=False)
        case Run():
            connection.execute(insert(run).values(run_row(piece)))


def _take_vintages(connection: Connection, told: Vintages) -> None:
    _check(told)
    insert_rows(
        connection,
        {
            "series_id": series_row(connection, told.key).id,
            "source_id": row_of(connection, source, name=told.source).id,
            "kind": KIND_CODES[Kind(told.kind)],
        },
        {
            "delivery_start": told.start_s,
            "available_at": told.available_at_s,
            "resolution_s": told.resolution_s,
            "value": told.value,
            "inferred": told.inferred.astype(np.int64),
            "ingested_at": told.ingested_at_s,
        },
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
    ):
        raise StoreError(
            f"what is to be loaded of {told.key} from {told.source} contradicts itself: nothing "
            "of it was taken. Make a new backup, or restore another one"
        )


def _count_again(connection: Connection) -> None:
    """Fill the counts kept beside the rows."""
    held = connection.execute(
        select(
            _o.series_id,
            func.count(_o.delivery_start.distinct()).label("periods"),
            func.min(_o.delivery_start).label("first_delivery"),
            func.max(_o.delivery_start).label("last_delivery"),
            func.max(_o.available_at).label("newest_available_at"),
        ).group_by(_o.series_id)
    ).all()
    for row in held:
        number, *counts = row
        names = ("periods", "first_delivery", "last_delivery", "newest_available_at")
        connection.execute(
            update(series)
            .where(series.c.id == number)
            .values(dict(zip(names, counts, strict=True)))
        )
    connection.execute(
        insert(series_source).from_select(
            ["series_id", "source_id"], select(_o.series_id, _o.source_id).distinct()
        )
    )
