"""What SQL tells without a scan of how much is held."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from chocolate_factory.store.schema import event, forecast, plan, series, series_source

_MARKS = select(
    select(func.coalesce(func.sum(series.c.periods), 0)).scalar_subquery(),
    select(func.coalesce(func.max(series.c.newest_available_at), 0)).scalar_subquery(),
    select(func.count()).select_from(series_source).scalar_subquery(),
    select(func.coalesce(func.max(forecast.c.id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(plan.c.id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(event.c.id), 0)).scalar_subquery(),
)


def marks(connection: Connection) -> dict[str, str]:
    """By sort: periods, newest instant and sources of all series; the newest numbers of others."""
    periods, newest, told_by, *numbers = connection.execute(_MARKS).one()
    return {
        "observations": f"{periods}-{newest}-{told_by}",
        **dict(zip(("forecasts", "plans", "events"), map(str, numbers), strict=True)),
    }
