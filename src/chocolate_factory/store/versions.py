"""Forecasts and plans in SQL: every version is kept, the newest one made by an instant is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from sqlalchemy import Connection, insert, select

from chocolate_factory.errors import StoreError
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.store.base import IssuedForecast, PlanRecord
from chocolate_factory.store.names import epoch, instant, series_id, series_row
from chocolate_factory.store.packing import (
    pack_forecast,
    pack_text,
    unpack_forecast,
    unpack_text,
)
from chocolate_factory.store.schema import forecast, plan

_PLAN = (plan.c.plan_id, plan.c.made_at, plan.c.origin, plan.c.content, plan.c.site)


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


class Recent:
    """The forecasts decoded last, by their number. A version never changes; arrays are read-only.

    May be used from several threads.
    """

    def __init__(self, size: int = 8) -> None:
        self._size = size
        self._kept: dict[int, Forecast] = {}
        self._lock = Lock()

    def get(self, number: int, decode: Callable[[], Forecast]) -> Forecast:
        """The forecast of that number, decoded if it is not at hand."""
        with self._lock:
            if number in self._kept:
                return self._kept[number]
        found = decode()
        for name in ("start", "resolution_s", "published", "mean", "quantiles"):
            getattr(found, name).flags.writeable = False
        with self._lock:
            self._kept[number] = found
            while len(self._kept) > self._size:
                del self._kept[next(iter(self._kept))]
        return found


def newest_forecast(
    connection: Connection, key: SeriesKey, *, as_of: datetime, recent: Recent
) -> Forecast | None:
    """The last one of ``key`` made by ``as_of``; of one second, the one stored last."""
    number = connection.execute(
        select(forecast.c.id)
        .where(forecast.c.series_id == series_id(key), forecast.c.made_at <= epoch(as_of))
        .order_by(forecast.c.made_at.desc(), forecast.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if number is None:
        return None
    wanted = select(forecast.c.content).where(forecast.c.id == number)
    return recent.get(number, lambda: _forecast(connection.execute(wanted).scalar_one(), key))


def every_forecast(
    connection: Connection,
    key: SeriesKey,
    *,
    made_from: datetime | None = None,
    made_to: datetime | None = None,
    recent: Recent | None = None,
) -> Iterator[IssuedForecast]:
    """Those of ``key`` made in [made_from, made_to), oldest first; one at a time."""
    wanted = (
        select(forecast.c.id, forecast.c.made_at, forecast.c.content)
        .where(forecast.c.series_id == series_id(key))
        .order_by(forecast.c.made_at, forecast.c.id)
    )
    if made_from is not None:
        wanted = wanted.where(forecast.c.made_at >= epoch(made_from))
    if made_to is not None:
        wanted = wanted.where(forecast.c.made_at < epoch(made_to))
    for number, made_at, content in connection.execute(wanted):
        decode = partial(_forecast, content, key)
        made = decode() if recent is None else recent.get(number, decode)
        yield IssuedForecast(made, instant(made_at))


def insert_plan(connection: Connection, record: PlanRecord) -> None:
    """One more plan; the same record again changes nothing, another one under its id is refused."""
    row = plan_row(record)
    kept = find_plan(connection, record.plan_id, site=record.site)
    if kept is None:
        connection.execute(insert(plan).values(row))
    elif kept != _plan_record(**row):
        raise StoreError(
            f"another plan is stored as {record.plan_id!r}: plans are never overwritten"
        )


def every_plan(connection: Connection) -> Iterator[PlanRecord]:
    """All of them, oldest first; one at a time."""
    for row in connection.execute(select(*_PLAN).order_by(plan.c.made_at, plan.c.id)):
        yield _plan_record(*row)


def plan_row(record: PlanRecord) -> dict[str, Any]:
    """A plan by column."""
    return {
        "plan_id": record.plan_id,
        "made_at": epoch(record.made_at),
        "origin": epoch(record.origin),
        "content": pack_text(record.document),
        "site": record.site,
    }


def newest_plan(connection: Connection, *, site: str, as_of: datetime) -> PlanRecord | None:
    """The last one of a site made by ``as_of``; of one second, the one stored last."""
    row = connection.execute(
        select(*_PLAN)
        .where(plan.c.site == site, plan.c.made_at <= epoch(as_of))
        .order_by(plan.c.made_at.desc(), plan.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _plan_record(*row)


def find_plan(connection: Connection, plan_id: str, *, site: str) -> PlanRecord | None:
    """The plan of that id of a site."""
    wanted = select(*_PLAN).where(plan.c.site == site, plan.c.plan_id == plan_id)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _plan_record(*row)


def _plan_record(plan_id: str, made_at: int, origin: int, content: bytes, site: str) -> PlanRecord:
    try:
        document = unpack_text(content)
    except ValueError as fault:
        raise _damaged(f"plan {plan_id}") from fault
    return PlanRecord(plan_id, instant(origin), instant(made_at), document, site)


def _forecast(content: bytes, key: SeriesKey) -> Forecast:
    try:
        return unpack_forecast(content)
    except ValueError as fault:
        raise _damaged(f"forecast of {key}") from fault


def _damaged(what: str) -> StoreError:
    return StoreError(
        f"the stored {what} is damaged and cannot be read. Keep the file, and restore a backup or "
        "start anew"
    )
