from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.forecasting.layout import WALL_HOURS, filled, slots
from chocolate_factory.market.calendar import local_hours, to_datetime
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.market.series import Series

MakeSeries = Callable[..., Series]


def by_hour(start: np.ndarray) -> np.ndarray:
    return local_hours(start) / 100.0


def test_a_23_hour_day_has_no_hour_two(make_series: MakeSeries) -> None:
    laid = slots(make_series(date(2025, 3, 29), date(2025, 3, 31), price=by_hour))
    missing = np.argwhere(~np.isfinite(laid.hourly))
    assert missing.tolist() == [[1, 2]]
    assert laid.complete.all()


def test_a_25_hour_day_has_the_mean_of_its_repeated_hour(make_series: MakeSeries) -> None:
    series = make_series(date(2025, 10, 26), date(2025, 10, 26), price=lambda s: np.arange(s.size))
    laid = slots(series)
    assert laid.hourly[0, :5].tolist() == [0.0, 1.0, 2.5, 4.0, 5.0]
    assert laid.complete.tolist() == [True]


def test_a_day_without_its_last_hour_is_not_complete(make_series: MakeSeries) -> None:
    series = make_series(date(2025, 10, 25), date(2025, 10, 26), price=by_hour)
    laid = slots(series.between(to_datetime(series.start[0]), to_datetime(series.start[-1])))
    assert laid.complete.tolist() == [True, False]


def test_quarter_hours_begin_on_2025_10_01(make_series: MakeSeries) -> None:
    series = make_series(
        date(2025, 9, 30), date(2025, 10, 1), key=SPOT, price=lambda s: s.astype(float) % 3600
    )
    laid = slots(series)
    assert laid.split.tolist() == [False, True]
    assert laid.value[1, 7].tolist() == [0.0, 900.0, 1800.0, 2700.0]
    assert laid.hourly[:, 7].tolist() == [0.0, 1350.0]


def test_an_empty_series_cannot_be_laid_out(make_series: MakeSeries) -> None:
    with pytest.raises(SeriesInvalid, match="no values"):
        slots(make_series(date(2025, 1, 1), date(2025, 1, 1), without=(date(2025, 1, 1),)))


def test_a_missing_thursday_is_filled_from_wednesday_and_a_missing_monday_from_monday() -> None:
    monday = np.datetime64("2025-01-06")
    price = np.repeat(np.arange(14.0)[:, None], WALL_HOURS, axis=1)
    price[[7, 10]] = np.nan
    result = filled(price, monday)
    assert result[7, 0] == 0.0
    assert result[10, 0] == 9.0
    assert np.isnan(price[7]).all()


def test_filling_never_looks_forward() -> None:
    price = np.full((8, WALL_HOURS), np.nan)
    price[5:] = 1.0
    assert np.isnan(filled(price, np.datetime64("2025-01-06"))[:5]).all()
