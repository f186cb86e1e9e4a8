"""Price series made by rule, for tests that must know what the right answer is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.market.calendar import Instants, local_days, local_hours, weekday
from chocolate_factory.market.catalog import PVPC, spec
from chocolate_factory.market.series import Floats, Series, SeriesKey

ShapeOfPrices = Callable[[Instants], Floats]
MakeSeries = Callable[..., Series]


def restless(start: Instants) -> Floats:
    """Prices with a daily and a weekly shape and noise that is the same in every call."""
    hours = local_hours(start)
    day = local_days(start).astype(np.int64)
    rng = np.random.default_rng(5)
    level = rng.normal(0.0, 0.02, 40_000)[day]
    noise = rng.normal(0.0, 0.01, 1_000_000)[start.astype(np.int64) // 3600 % 1_000_000]
    working = np.where(weekday(local_days(start)) < 5, 0.03, 0.0)
    return 0.12 + 0.04 * np.sin(2 * np.pi * (hours - 8) / 12) + working + level + noise


@pytest.fixture(scope="session")
def make_series() -> MakeSeries:
    """A series by rule over Madrid days, each value available when its series publishes it."""

    def make(
        first: date,
        last: date,
        *,
        price: ShapeOfPrices = restless,
        key: SeriesKey = PVPC,
        without: tuple[date, ...] = (),
    ) -> Series:
        about = spec(key)
        start, resolution_s = about.grid(first, last)
        keep = ~np.isin(local_days(start), np.array(without, dtype="datetime64[D]"))
        start, resolution_s = start[keep], resolution_s[keep]
        return Series(
            key,
            about.unit,
            datetime(2030, 1, 1, tzinfo=UTC),
            start,
            resolution_s,
            price(start),
            about.inferred_available_at(start),
            np.full(start.size, "price-file"),
            np.full(start.size, "published"),
        )

    return make


@pytest.fixture(scope="session")
def shared_pvpc(shared: Path) -> Series:
    """The real PVPC, each hour available when it was published."""
    path = shared / "data" / "prices" / "pvpc_hourly_2021-06_2025-12.csv"
    lines = path.read_text(encoding="ascii").splitlines()[1:]
    start = np.array([line[:19] for line in lines], dtype="datetime64[s]")
    about = spec(PVPC)
    return Series(
        PVPC,
        about.unit,
        datetime(2026, 1, 1, tzinfo=UTC),
        start,
        np.full(start.size, 3600),
        np.array([float(line.split(",")[1]) for line in lines]),
        about.inferred_available_at(start),
        np.full(start.size, "price-file"),
        np.full(start.size, "published"),
    )
