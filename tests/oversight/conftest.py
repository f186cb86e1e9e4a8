"""A store with forecasts of whole days and prices that arrive later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.market.calendar import local_hours, to_datetime64
from chocolate_factory.market.catalog import PVPC, spec
from chocolate_factory.market.series import (
    QUANTILES,
    Forecast,
    Kind,
    Observations,
    SeriesKey,
)
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

FIRST = date(2025, 9, 1)
MADE = datetime(2025, 10, 24, 12, tzinfo=UTC)  # D+1 is not published yet


def prices(
    first: date,
    last: date,
    *,
    key: SeriesKey = PVPC,
    plus: float = 0.0,
    known: datetime | None = None,
) -> Observations:
    """A daily shape on whole Madrid days, known since it was due or since ``known``."""
    about = spec(key)
    start, resolution_s = about.grid(first, last)
    scale = 1000.0 if about.unit == "EUR/MWh" else 1.0
    value = scale * (0.10 + 0.02 * np.cos(local_hours(start) / 12 * np.pi) + plus)
    available = (
        about.inferred_available_at(start)
        if known is None
        else np.full(start.size, to_datetime64(known))
    )
    return Observations(
        key, "ree", Kind.PUBLISHED, start, resolution_s, value, available,
        np.full(start.size, known is None),
    )  # fmt: skip


def foretold(
    first: date, last: date, *, key: SeriesKey = PVPC, origin: datetime = MADE, off: float = 0.01,
    model: str = "ridge",
) -> Forecast:  # fmt: skip
    """Those prices and ``off`` more [EUR/kWh], with bands of ± 0.03."""
    told = prices(first, last, key=key, plus=off)
    scale = 1000.0 if spec(key).unit == "EUR/MWh" else 1.0
    return Forecast(
        key, spec(key).unit, origin, model, told.start, told.resolution_s,
        np.zeros(len(told), dtype=bool), told.value,
        told.value[:, None] + scale * np.linspace(-0.03, 0.03, len(QUANTILES)),
        inputs={"history": "2025-09-01..2025-10-24"},
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Prices up to the day on which the forecast of the tests is made."""
    with closing(open_store(f"sqlite:///{tmp_path}/store.db")) as store:
        store.append([prices(FIRST, MADE.date())], now=MADE)
        yield store
