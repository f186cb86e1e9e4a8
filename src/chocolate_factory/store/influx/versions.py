"""Forecasts and plans on InfluxDB: every version is kept, the newest by an instant is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from chocolate_factory.errors import StoreError
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.store.base import IssuedForecast, PlanRecord
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.annotated import complete_rows
from chocolate_factory.store.influx.connection import Connection
from chocolate_factory.store.influx.documents import (
    Document,
    Shelf,
    damaged,
    of_site,
    sites_of,
)
from chocolate_factory.store.influx.lines import decoded, encoded, owner
from chocolate_factory.store.names import epoch, instant
from chocolate_factory.store.packing import (
    pack_forecast,
    pack_text,
    unpack_forecast,
    unpack_text,
)

_PLAN = ("plan_id", "origin")


def forecasts_of(connection: Connection, key: SeriesKey) -> Shelf:
    """Where the forecasts of a series are."""
    return Shelf(connection, connection.address.versions, "forecast", owner(key))


def plans(connection: Connection, site: str) -> Shelf:
    """Where the plans of a site are."""
    return Shelf(connection, connection.address.versions, encoded(of_site("plan", site)), {})


def save_forecast(connection: Connection, made: Forecast, *, made_at: datetime) -> None:
    """One more version. The caller holds the lock."""
    shelf = forecasts_of(connection, made.key)
    put_forecast(shelf, made, _free_ns(shelf, made_at))


def put_forecast(shelf: Shelf, made: Forecast, ns: int) -> None:
    """Store a forecast at a time that is free."""
    shelf.put(ns, {}, pack_forecast(made))


def newest_forecast(connection: Connection, key: SeriesKey, *, as_of: datetime) -> Forecast | None:
    """The last one of ``key`` made by ``as_of``; of one second, the one stored last."""
    found = forecasts_of(connection, key).newest(stop_ns=_after(as_of))
    return None if found is None else _forecast(found, key).forecast


def forecasts_between(
    connection: Connection, key: SeriesKey, *, made_from: datetime, made_to: datetime
) -> Iterator[IssuedForecast]:
    """Those of ``key`` made in [made_from, made_to), oldest first."""
    shelf = forecasts_of(connection, key)
    start_ns, stop_ns = (epoch(each) * flux.SECOND_NS for each in (made_from, made_to))
    for document in shelf.at(shelf.times(start_ns, stop_ns)):
        yield _forecast(document, key)


def forecast_times(connection: Connection) -> dict[SeriesKey, list[int]]:
    """When forecasts of every series were made, oldest first [ns]."""
    where = {"_measurement": "forecast", "_field": "parts"}
    found = connection.query(flux.points(connection.address.versions, where))
    times: dict[SeriesKey, list[int]] = {}
    columns = complete_rows(found, "series", "place", "_time")
    for name, place, when in zip(*columns, strict=True):
        key = SeriesKey(decoded(name), decoded(place))
        times.setdefault(key, []).append(flux.time_ns(when))
    return {key: sorted(times[key]) for key in sorted(times)}


def forecasts_at(
    connection: Connection, key: SeriesKey, times: list[int]
) -> Iterator[IssuedForecast]:
    """The forecasts of ``key`` of given times [ns]."""
    for document in forecasts_of(connection, key).at(times):
        yield _forecast(document, key)


def save_plan(connection: Connection, record: PlanRecord) -> None:
    """One more plan; the same again changes nothing, another is refused. The caller locks."""
    shelf = plans(connection, record.site)
    for ns in shelf.times(flux.BEGIN_NS, flux.END_NS, plan_id=encoded(record.plan_id)):
        for document in shelf.between(ns, ns + 1, *_PLAN):
            if _plan(document, record.site) != _to_the_second(record):
                raise StoreError(
                    f"another plan is stored as {record.plan_id!r}: plans are never overwritten"
                )
            return
    put_plan(shelf, record, _free_ns(shelf, record.made_at))


def put_plan(shelf: Shelf, record: PlanRecord, ns: int) -> None:
    """Store a plan whose id is new at a time that is free."""
    fields = {"plan_id": encoded(record.plan_id), "origin": epoch(record.origin)}
    shelf.put(ns, fields, pack_text(record.document))


def newest_plan(connection: Connection, *, site: str, as_of: datetime) -> PlanRecord | None:
    """The last one of a site made by ``as_of``; of one second, the one stored last."""
    found = plans(connection, site).newest(*_PLAN, stop_ns=_after(as_of))
    return None if found is None else _plan(found, site)


def find_plan(connection: Connection, plan_id: str, *, site: str) -> PlanRecord | None:
    """The plan of that id of a site."""
    shelf = plans(connection, site)
    times = shelf.times(flux.BEGIN_NS, flux.END_NS, plan_id=encoded(plan_id))
    found = [_plan(document, site) for document in shelf.at(times, *_PLAN)]
    return found[-1] if found else None


def plan_times(connection: Connection) -> dict[str, list[int]]:
    """When plans of every site were made, oldest first [ns]."""
    return {
        site: plans(connection, site).times(flux.BEGIN_NS, flux.END_NS)
        for site in sites_of(connection, connection.address.versions, "plan")
    }


def plans_at(connection: Connection, site: str, times: list[int]) -> Iterator[PlanRecord]:
    """The plans of a site of given times [ns]."""
    for document in plans(connection, site).at(times, *_PLAN):
        yield _plan(document, site)


def _free_ns(shelf: Shelf, made_at: datetime) -> int:
    start_ns = epoch(made_at) * flux.SECOND_NS
    return shelf.free_ns(start_ns, start_ns + flux.SECOND_NS)


def _after(as_of: datetime) -> int:
    return (epoch(as_of) + 1) * flux.SECOND_NS


def _forecast(document: Document, key: SeriesKey) -> IssuedForecast:
    try:
        forecast = unpack_forecast(document.content)
    except (ValueError, KeyError) as fault:
        raise damaged(f"forecast of {key}") from fault
    return IssuedForecast(forecast, instant(document.ns // flux.SECOND_NS))


def _plan(document: Document, site: str) -> PlanRecord:
    plan_id = decoded(document.fields["plan_id"])
    try:
        text = unpack_text(document.content)
    except ValueError as fault:
        raise damaged(f"plan {plan_id}") from fault
    made_at = instant(document.ns // flux.SECOND_NS)
    return PlanRecord(plan_id, instant(int(document.fields["origin"])), made_at, text, site)


def _to_the_second(record: PlanRecord) -> PlanRecord:
    origin, made_at = (instant(epoch(each)) for each in (record.origin, record.made_at))
    return replace(record, origin=origin, made_at=made_at)
