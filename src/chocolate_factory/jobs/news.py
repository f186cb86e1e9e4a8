"""NEWS: since when the prices of a day are known."""

from __future__ import annotations

from datetime import date, datetime

from chocolate_factory import pipeline
from chocolate_factory.market.calendar import local_midnight, to_datetime
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.base import Store


def known_since(store: Store, key: SeriesKey, day: date, now: datetime) -> datetime | None:
    """Since when all prices of ``day`` are known; None if they are not."""
    report = pipeline.gaps(store, key, first=day, last=day, as_of=now)
    if not report.expected or report.gaps:
        return None
    begin, end = local_midnight(day), local_midnight(day + DAY)
    told = store.read(key, begin, end, as_of=now, kinds=pipeline.OBSERVED)
    return to_datetime(told.available_at.max())
