"""AHEAD: prices to come, from what is stored; no model runs."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory import pipeline
from chocolate_factory.errors import NoForecast
from chocolate_factory.market.calendar import to_datetime, to_datetime64
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.store.base import Store


def prices_ahead(store: Store, key: SeriesKey, *, start: datetime, as_of: datetime) -> Forecast:
    """The delivery periods of ``key`` that end after ``start``, as known at ``as_of``.

    Published where published, as the newest stored forecast has it after that; its origin, model
    and notes are kept. Raises ``NoForecast`` if nothing stored reaches beyond what is published.
    """
    known = pipeline.known_ahead(store, key, as_of)
    later = None if known is None else _ends_after(known, start)
    if known is None or later is None or known.published[later].all():
        raise NoForecast(
            f"no stored forecast of {key} reaches beyond what is published. The job `forecast` "
            "makes one three times a day once about seven weeks of prices are stored; "
            "`chocolate-factory forecast` makes one now, and says what is missing if it cannot"
        )
    return known.between(to_datetime(known.start[later][0]), pipeline.end_of(known))


def _ends_after(known: Forecast, instant: datetime) -> NDArray[np.bool_]:
    ends = known.start + known.resolution_s.astype("timedelta64[s]")
    return np.asarray(ends > to_datetime64(instant))
