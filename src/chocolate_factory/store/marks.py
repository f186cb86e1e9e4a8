"""What SQL tells without a scan of how much of what a site sees is held."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, or_, select

from chocolate_factory.market.places import OF_SITE, place_of
from chocolate_factory.store.schema import event, forecast, plan, series, series_source

SEEN = or_(series.c.place == bindparam("here"), series.c.place.not_like(f"{OF_SITE}%"))
"""Of all series, those of the market and of the site whose place is ``here``."""

_MARKS = select(
    select(func.coalesce(func.sum(series.c.periods), 0)).where(SEEN).scalar_subquery(),
    select(func.coalesce(func.max(series.c.newest_available_at), 0)).where(SEEN).scalar_subquery(),
    select(func.count())
    .select_from(series_source.join(series, series.c.id == series_source.c.series_id))
    .where(SEEN)
    .scalar_subquery(),
    select(func.coalesce(func.max(forecast.c.id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(plan.c.id), 0))
    .where(plan.c.site == bindparam("site"))
    .scalar_subquery(),
    select(func.coalesce(func.max(event.c.id), 0))
    .where(event.c.site == bindparam("site"))
    .scalar_subquery(),
)


def marks(connection: Connection, site: str) -> dict[str, str]:
    """By sort: periods, newest instant and sources of its series; the newest numbers of others."""
    asked = {"site": site, "here": place_of(site)}
    periods, newest, told_by, *numbers = connection.execute(_MARKS, asked).one()
    return {
        "observations": f"{periods}-{newest}-{told_by}",
        **dict(zip(("forecasts", "plans", "events"), map(str, numbers), strict=True)),
    }
