from __future__ import annotations

import numpy as np
import pytest

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.naive import SeasonalNaive, SimilarDay
from chocolate_factory.market.catalog import SPOT

MONDAY = np.datetime64("2025-01-06")


def numbered(days: int) -> Known:
    """The price of every hour is the number of its day: 0 is a Monday."""
    return Known(SPOT, MONDAY, np.repeat(np.arange(float(days))[:, None], WALL_HOURS, axis=1))


def test_the_naive_copies_the_same_weekday_of_the_week_before_and_then_two_before() -> None:
    known = numbered(14)
    made = SeasonalNaive().fit(known, 9).predict(known, 9)
    assert made[:, 5].tolist() == [7, 8, 9, 10, 11, 12, 13, 7, 8]


def test_the_similar_day_after_a_tuesday_is_that_tuesday_until_friday() -> None:
    known = numbered(16)
    made = SimilarDay().fit(known, 7).predict(known, 7)
    assert made[:, 0].tolist() == [15, 15, 15, 12, 13, 14, 15]


def test_the_similar_day_after_a_sunday_is_the_last_monday_and_then_the_last_friday() -> None:
    known = numbered(14)
    made = SimilarDay().fit(known, 7).predict(known, 7)
    assert made[:, 0].tolist() == [7, 11, 11, 11, 11, 12, 13]


def test_a_missing_day_is_bridged_by_a_similar_earlier_one() -> None:
    known = numbered(14)
    price = known.price.copy()
    price[9] = np.nan
    holed = Known(SPOT, MONDAY, price)
    assert SeasonalNaive().fit(holed, 3).predict(holed, 3)[2, 0] == 8


@pytest.mark.parametrize("model", [SeasonalNaive(), SimilarDay()])
def test_six_days_are_too_few(model: SeasonalNaive | SimilarDay) -> None:
    with pytest.raises(ModelNotFitted, match="needs the 7 days"):
        model.fit(numbered(6), 1)
