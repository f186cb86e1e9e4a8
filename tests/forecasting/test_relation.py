"""What the spot of a day tells of its price, and which estimate a part says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chocolate_factory.forecasting.bridge import BridgedBySpot, told_by_spot
from chocolate_factory.forecasting.inputs import KnownInput
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.naive import SimilarDay
from chocolate_factory.forecasting.relation import Pairs, price_told
from chocolate_factory.market.calendar import weekday
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.clock import MADRID_CLOCK

MONDAY = np.datetime64("2023-08-21")  # seven weeks without a holiday follow
DAYS = 47


def pairs(days: int = DAYS) -> Pairs:
    """A price that follows the spot, and lies 30 higher at weekends."""
    spot = np.random.default_rng(2).normal(80.0, 20.0, (days + 1, 24))
    weekend = weekday(MONDAY + np.arange(days)) >= 5
    price = 1.1 * spot[:-1] + 10.0 + 30.0 * weekend[:, None]
    return Pairs(MONDAY, MADRID_CLOCK, price, spot, np.ones(days + 1))


@pytest.mark.parametrize(("days", "beyond"), [(47, 40.0), (45, 10.0)], ids=["Saturday", "Thursday"])
def test_a_day_is_told_by_days_of_its_kind(days: int, beyond: float) -> None:
    given = pairs(days)
    told = price_told(given)
    assert told is not None
    assert told.weeks == pytest.approx(1.1 * given.spot[-1] + beyond, abs=12.0)


def test_a_change_of_level_is_followed_sooner_by_the_last_days() -> None:
    given = pairs()
    price = given.price.copy()
    price[-2:] += 50.0
    before, after = price_told(given), price_told(replace(given, price=price))
    assert before is not None
    assert after is not None
    assert (after.days - before.days).mean() > 1.3 * (after.weeks - before.weeks).mean() > 0.0


@pytest.mark.parametrize(
    ("sunday", "skipped"), [("2027-03-28", [2]), ("2027-10-31", [])], ids=["23 hours", "25 hours"]
)
@pytest.mark.parametrize("days", [DAYS, 200])
def test_the_day_on_which_the_clocks_change_is_told(
    sunday: str, skipped: list[int], days: int
) -> None:
    first = np.datetime64(sunday) - days
    spot = np.random.default_rng(2).normal(80.0, 20.0, (days + 1, 24))
    spot[-1, skipped] = np.nan
    price = 1.1 * spot[:-1] + 10.0
    told = price_told(Pairs(first, MADRID_CLOCK, price, spot, np.ones(days + 1)))
    assert told is not None
    there = np.isfinite(spot[-1])
    assert told.by("both")[there] == pytest.approx(1.1 * spot[-1, there] + 10.0, abs=12.0)
    bridged, _ = told_by_spot(Known(PVPC, first, price / 1000, {"spot": KnownInput(24, spot)}))
    assert bridged.shape == (1, 24)
    assert np.isfinite(bridged).all()


def test_a_day_that_lacks_an_hour_that_the_clock_shows_is_not_told() -> None:
    given = pairs()
    spot = given.spot.copy()
    spot[-1, 2] = np.nan
    assert price_told(replace(given, spot=spot)) is None


def test_a_part_says_its_own_estimate_and_goes_on_from_both() -> None:
    given = pairs(60)
    known = Known(PVPC, MONDAY, given.price / 1000, {"spot": KnownInput(24, given.spot)})
    both, weeks = told_by_spot(known, "weeks")
    assert np.abs(both - weeks).max() == 0.0  # too few days for the second estimate
    parts = [BridgedBySpot(SimilarDay(), says=says) for says in ("both", "days")]
    first, other = (part.fit(known, 3).predict(known, 3) for part in parts)
    assert (first[0] != other[0]).any()
    assert (first[1:] == other[1:]).all()
