"""Forecasts and plans in SQL: every version is kept, the newest one made by an instant is found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from chocolate_factory.errors import StoreError
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.store.base import PlanRecord
from chocolate_factory.store.names import epoch, instant, series_id, series_row
from chocolate_factory.store.packing import (
    pack_forecast,
    pack_text,
    unpack_forecast,
    unpack_text,
)
from chocolate_factory.store.schema import forecast, plan

_PLAN = (plan.c.plan_id, plan.c.made_at, plan.c.origin, plan.c.content)


def insert_forecast(connection: Connection, made: Forecast, *, made_at: datetime) -> None:
    """One more version."""
    connection.execute(
        insert(forecast).values(
            series_id=series_row(connection, made.key).id,
            made_at=epoch(made_at),
            origin=epoch(made.origin),
            model=made.model,
            content=pack_forecast(made),
        )
    )


def newest_forecast(connection: Connection, key: SeriesKey, *, as_of: datetime) -> Forecast | None:
    """The last one of ``key`` made by ``as_of``; of one second, the one stored last."""
    content = connection.execute(
        select(forecast.c.content)
        .where(forecast.c.series_id == series_id(key), forecast.c.made_at <= epoch(as_of))
        .order_by(forecast.c.made_at.desc(), forecast.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    try:
        return None if content is None else unpack_forecast(content)
    except ValueError as fault:
        raise _damaged(f"forecast of {key}") from fault


def insert_plan(connection: Connection, record: PlanRecord) -> None:
    """One more plan; the same record again changes nothing, another one under its id is refused."""
    row = (
        record.plan_id,
        epoch(record.made_at),
        epoch(record.origin),
        pack_text(record.document),
    )
    kept = connection.execute(select(*_PLAN).where(plan.c.plan_id == record.plan_id)).one_or_none()
    if kept is None:
        connection.execute(
            insert(plan).values(
                {column.name: item for column, item in zip(_PLAN, row, strict=True)}
            )
        )
    elif _plan_record(*kept) != _plan_record(*row):
        raise StoreError(
            f"another plan is stored as {record.plan_id!r}: plans are never overwritten"
        )


def newest_plan(connection: Connection, *, as_of: datetime) -> PlanRecord | None:
    """The last one made by ``as_of``; of one second, the one stored last."""
    row = connection.execute(
        select(*_PLAN)
        .where(plan.c.made_at <= epoch(as_of))
        .order_by(plan.c.made_at.desc(), plan.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _plan_record(*row)


def _plan_record(plan_id: str, made_at: int, origin: int, content: bytes) -> PlanRecord:
    try:
        document = unpack_text(content)
    except ValueError as fault:
        raise _damaged(f"plan {plan_id}") from fault
    return PlanRecord(plan_id, instant(origin), instant(made_at), document)


def _damaged(what: str) -> StoreError:
    return StoreError(
        f"the stored {what} is damaged and cannot be read. Keep the file, and restore a backup or "
        "start anew"
    )
