"""Numbers that stand for names and instants in the tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, ScalarSelect, Select, Table, bindparam, insert, select

from chocolate_factory.market.calendar import to_datetime64
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.schema import series

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def row_of(connection: Connection, table: Table, **names: object) -> Row[Any]:
    """The row of ``table`` that stands for ``names``, added now if they are new."""
    wanted = _named(table, tuple(names))
    known = connection.execute(wanted, names).one_or_none()
    if known is not None:
        return known
    connection.execute(insert(table).values(names))
    return connection.execute(wanted, names).one()


def series_row(connection: Connection, key: SeriesKey) -> Row[Any]:
    """The row of ``series`` for ``key``, added now if the key is new."""
    return row_of(connection, series, name=key.name, place=key.place)


def series_id(key: SeriesKey) -> ScalarSelect[int]:
    """The number of ``key`` as part of a query; matches nothing if the key is unknown."""
    return (
        select(series.c.id)
        .where(series.c.name == key.name, series.c.place == key.place)
        .scalar_subquery()
    )


@lru_cache
def _named(table: Table, names: tuple[str, ...]) -> Select[Any]:
    # Built once: making a statement takes longer than running it.
    return select(table).where(*(table.c[name] == bindparam(name) for name in names))


def epoch(instant: datetime) -> int:
    """An aware instant as epoch seconds, rounded down."""
    return int(to_datetime64(instant).astype(np.int64))


def instant(epoch_s: int) -> datetime:
    """Epoch seconds as an aware instant in UTC."""
    return datetime.fromtimestamp(epoch_s, UTC)


def epoch_ms(instant: datetime) -> int:
    """An aware instant as epoch milliseconds, rounded down."""
    to_datetime64(instant)  # refuses an instant without an offset
    return (instant - _EPOCH) // _MILLISECOND


def instant_ms(epoch_ms: int) -> datetime:
    """Epoch milliseconds as an aware instant in UTC."""
    return _EPOCH + epoch_ms * _MILLISECOND
