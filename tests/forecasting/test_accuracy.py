"""That the champion is as good on real prices as it was: a few origins of 2024, loosely bounded.

The bounds hold regressions off; how good it is stands in ``docs/method.md``, measured on a year.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.forecasting import Input, backtest
from chocolate_factory.market.series import Series
from chocolate_factory.sources.given_prices import read_given

SINCE, UNTIL = np.datetime64("2023-11-30T23"), np.datetime64("2024-11-05")
"""A short history is quick to learn from; in a year's backtest there is more, and less error."""


@pytest.fixture(scope="module")
def prices(shared_pvpc: Series) -> Series:
    keep = (shared_pvpc.start >= SINCE) & (shared_pvpc.start < UNTIL)
    rows = ("start", "resolution_s", "value", "available_at", "source", "kind")
    return replace(shared_pvpc, **{name: getattr(shared_pvpc, name)[keep] for name in rows})


@pytest.fixture(scope="module")
def spot(shared: Path) -> Input:
    """The market price, that of the first day known."""
    path = shared / "data" / "prices" / "omie_spot_2023-04_2025-12.csv"
    given = read_given(
        path, path.read_bytes(), received_at=datetime(2026, 1, 1, tzinfo=UTC), plain=False
    )
    return Input("spot", given.series.start, given.series.value, 24)


@pytest.mark.parametrize(
    ("spot_known", "most"), [(False, 0.68), (True, 0.10)], ids=["before the spot", "spot known"]
)
def test_the_champion_is_as_good_on_the_next_day_as_it_was(
    prices: Series, spot: Input, *, spot_known: bool, most: float
) -> None:
    """It was 0.610 and 0.072 of the naive's error when this was written."""
    made = backtest(
        prices, first=date(2024, 10, 7), last=date(2024, 11, 1), horizon_h=24, every=5,
        models=["champion"], inputs=[spot] if spot_known else [],
    )  # fmt: skip
    (champion,) = made.summary
    assert champion.origins == 6
    assert champion.rmae is not None
    assert champion.rmae <= most
    assert 0.6 <= champion.coverage_80 <= 0.95
    assert len(made.blends["champion"].weights) == 7 - len(made.blends["champion"].lacking)
