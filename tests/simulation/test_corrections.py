"""Late and corrected days: what is said when, and that the truth stands in the end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import NotPublished
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.catalog import DAY, PVPC, SPOT, spec
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.simulation.corrections import PUNCTUAL, MarketAsSaid, Publishing
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.base import Source
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.transport import LocalNetwork, Transport

ALWAYS_LATE = Publishing(seed=3, late_share=1.0)
ALWAYS_REVISED = Publishing(seed=3, revised_share=1.0)
TOMORROW = date(2026, 3, 29)  # 23 hours
YEAR = [date(2026, 1, 1) + n * DAY for n in range(365)]
SECOND = timedelta(seconds=1)


def asked(publishing: Publishing, now: datetime, day: date) -> dict[SeriesKey, Floats]:
    """What REData says of a day at an instant, as production reads it."""
    network = SimulatedNetwork(1, lambda: now, publishing=publishing)
    with Transport(network=LocalNetwork(network), sleep=lambda _: None) as transport:
        source = Source(Ree(base_url=network.ree_url), transport)
        try:
            return {batch.key: batch.value for batch in source.fetch(day, day, now=now)}
        except NotPublished:
            return {}


def test_an_ordinary_market_publishes_by_the_rule_and_is_right_at_once() -> None:
    for key in (PVPC, SPOT):
        for day in YEAR[:60]:
            assert PUNCTUAL.published_at(key, day) == spec(key).published_at(day)
            assert PUNCTUAL.corrected_at(key, day) is None
    now = datetime(2026, 3, 28, 15, 0, tzinfo=UTC)
    assert PUNCTUAL.seen(now) == now


def test_a_share_of_the_days_is_late_and_none_is_early() -> None:
    some = Publishing(seed=1, late_share=0.1)
    late = [some.published_at(SPOT, day) - spec(SPOT).published_at(day) for day in YEAR]
    assert 15 < sum(delay > timedelta(0) for delay in late) < 60
    assert min(late) == timedelta(0)
    assert max(late) <= some.latest


def test_a_late_day_appears_when_it_is_out_and_not_before() -> None:
    out = max(ALWAYS_LATE.published_at(key, TOMORROW) for key in (SPOT, PVPC))
    assert out > spec(PVPC).published_at(TOMORROW)
    assert set(asked(ALWAYS_LATE, out - SECOND, TOMORROW)) < {SPOT, PVPC}
    assert set(asked(ALWAYS_LATE, out, TOMORROW)) == {SPOT, PVPC}


def test_while_tomorrow_is_late_today_is_there() -> None:
    before_out = ALWAYS_LATE.published_at(SPOT, TOMORROW) - SECOND
    assert asked(ALWAYS_LATE, before_out, TOMORROW) == {}
    assert set(asked(ALWAYS_LATE, before_out, TOMORROW - DAY)) == {SPOT, PVPC}


@pytest.mark.parametrize("key", [SPOT, PVPC], ids=str)
def test_a_revised_day_is_first_said_otherwise_and_then_right(key: SeriesKey) -> None:
    corrected_at = ALWAYS_REVISED.corrected_at(key, TOMORROW)
    assert corrected_at is not None
    assert corrected_at > spec(key).published_at(TOMORROW)
    market = SimulatedMarket(1)
    truth = (market.spot if key == SPOT else market.pvpc)(TOMORROW, TOMORROW)[1]
    first_said = asked(ALWAYS_REVISED, corrected_at - SECOND, TOMORROW)[key]
    assert not (first_said == truth).any()
    assert np.array_equal(asked(ALWAYS_REVISED, corrected_at, TOMORROW)[key], truth)


def test_only_the_day_that_is_revised_is_said_otherwise() -> None:
    some = Publishing(seed=1, revised_share=0.3)
    now = local_midnight(TOMORROW)
    said = MarketAsSaid(SimulatedMarket(1), some, now)
    truth = SimulatedMarket(1)
    for day in [TOMORROW - n * DAY for n in range(20)]:
        corrected_at = some.corrected_at(SPOT, day)
        open_still = corrected_at is not None and now < corrected_at
        same = np.array_equal(said.spot(day, day)[1], truth.spot(day, day)[1])
        assert same != open_still


def test_all_is_right_once_the_last_correction_is_out() -> None:
    settled = local_midnight(TOMORROW) + ALWAYS_REVISED.corrected_after + 2 * DAY
    said = MarketAsSaid(SimulatedMarket(1), ALWAYS_REVISED, settled)
    truth = SimulatedMarket(1)
    first = TOMORROW - 40 * DAY
    assert np.array_equal(said.spot(first, TOMORROW)[1], truth.spot(first, TOMORROW)[1])
    assert np.array_equal(said.pvpc(first, TOMORROW)[1], truth.pvpc(first, TOMORROW)[1])
