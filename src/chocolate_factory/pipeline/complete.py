"""Which delivery periods are due and not stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.catalog import began, spec
from chocolate_factory.market.gaps import GapReport, find_gaps
from chocolate_factory.market.series import Kind, SeriesKey
from chocolate_factory.store.base import Store

OBSERVED = (Kind.PUBLISHED, Kind.MEASURED, Kind.ANALYSED)
"""Kinds that fill a gap: a forecast or an imputed value never does."""


def gaps(
    store: Store,
    *keys: SeriesKey,
    first: date,
    last: date,
    as_of: datetime,
    due_by: datetime | None = None,
) -> GapReport:
    """Delivery periods of Madrid days ``first`` to ``last`` that are due and not stored.

    ``due_by`` an instant before ``as_of`` gives sources that much grace. Of several ``keys``, all
    of one name (stations that followed each other), any one will do. Nothing is expected of days
    before the series began.
    """
    starts = [began(key) for key in keys]
    first = max(first, min((day for day in starts if day is not None), default=first))
    begin, end = local_midnight(first), local_midnight(last + timedelta(days=1))
    present = np.unique(
        np.concatenate(
            [store.read(key, begin, end, as_of=as_of, kinds=OBSERVED).start for key in keys]
        )
    )
    named = ",".join(key.place for key in keys)
    return find_gaps(
        spec(keys[0]),
        present,
        series=f"{keys[0].name}@{named}",
        first=first,
        last=last,
        as_of=due_by or as_of,
    )
