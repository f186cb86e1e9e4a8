from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from chocolate_factory.forecasting.layout import slots
from chocolate_factory.forecasting.quarters import LEAST_SHAPE_DAYS, within_hour_shape
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.market.series import Series

MakeSeries = Callable[..., Series]

FIRST = date(2025, 10, 1)


def ramp(start: Instants) -> np.ndarray:
    """10, 20, 30, 40 within each hour, on top of the hour's own level."""
    seconds = start.astype(np.int64)
    return 10.0 + seconds % 3600 / 90.0 + seconds // 3600 % 7


def test_the_shape_is_the_mean_deviation_from_the_hour(make_series: MakeSeries) -> None:
    laid = slots(make_series(FIRST, FIRST + timedelta(days=20), key=SPOT, price=ramp))
    shape = within_hour_shape(laid, 20)
    assert shape is not None
    assert shape[5].tolist() == pytest.approx([-15.0, -5.0, 5.0, 15.0])


def test_thirteen_quarter_hour_days_are_too_few(make_series: MakeSeries) -> None:
    laid = slots(make_series(date(2025, 9, 1), date(2025, 10, 31), key=SPOT, price=ramp))
    before = laid.row(FIRST) - 1
    assert within_hour_shape(laid, before + LEAST_SHAPE_DAYS - 1) is None
    assert within_hour_shape(laid, before + LEAST_SHAPE_DAYS) is not None


def test_the_shape_looks_only_backwards(make_series: MakeSeries) -> None:
    whole = slots(make_series(FIRST, FIRST + timedelta(days=40), key=SPOT, price=ramp))
    whole.value[21:] *= -3.0
    cut = slots(make_series(FIRST, FIRST + timedelta(days=20), key=SPOT, price=ramp))
    seen, expected = within_hour_shape(whole, 20), within_hour_shape(cut, 20)
    assert seen is not None
    assert expected is not None
    assert (seen == expected).all()
