from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from chocolate_factory.forecasting.features import (
    MEMORY_DAYS,
    days_off,
    easter_sunday,
    regulated_step,
    restore,
    situation,
    squash,
)
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import Series

MakeSeries = Callable[..., Series]


def test_the_regulated_step_of_pvpc_is_the_toll_of_the_wall_clock_hour() -> None:
    step = regulated_step(PVPC, np.array(["2025-07-01", "2025-07-05"], dtype="datetime64[D]"))
    working, saturday = step
    assert working[0] < working[8] < working[10]
    assert working[10] == working[13] == working[18] == working[21]
    assert working[14] == working[8] == working[23]
    assert (saturday == working[0]).all()


def test_the_regulated_step_has_a_value_for_every_wall_clock_hour_of_odd_days() -> None:
    odd = np.array(["2025-03-30", "2025-10-26"], dtype="datetime64[D]")
    step = regulated_step(PVPC, odd)
    assert (step == step[0, 0]).all()


def test_spot_has_no_regulated_step() -> None:
    assert not regulated_step(SPOT, np.array(["2025-07-01"], dtype="datetime64[D]")).any()


def test_the_step_is_unknown_before_the_tariff_existed() -> None:
    days = np.array(["2021-05-31", "2021-06-01"], dtype="datetime64[D]")
    assert np.isnan(regulated_step(PVPC, days)).all(axis=1).tolist() == [True, False]


def test_after_the_end_of_the_table_the_newest_step_is_carried_forward() -> None:
    days = np.array(["2026-12-30", "2050-01-05"], dtype="datetime64[D]")
    known, later = regulated_step(PVPC, days)
    assert (later == known).all()


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2022, date(2022, 4, 17)),
        (2024, date(2024, 3, 31)),
        (2025, date(2025, 4, 20)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter_sundays(year: int, sunday: date) -> None:
    assert easter_sunday(year) == sunday


def test_good_friday_is_a_day_off_for_demand() -> None:
    days = np.array(["2025-04-16", "2025-04-18", "2025-12-25"], dtype="datetime64[D]")
    assert days_off(days).tolist() == [False, True, True]


def test_restoring_undoes_squashing_even_for_spikes_and_negative_prices() -> None:
    price = np.array([[-0.5, 0.0, 0.1, 4.9]])
    level, spread = np.array([[0.1]]), np.array([[0.02]])
    assert restore(squash(price, level, spread), level, spread) == pytest.approx(price)


def test_a_situation_uses_nothing_after_its_day() -> None:
    rng = np.random.default_rng(3)
    price = rng.normal(size=(60, WALL_HOURS))
    later = price.copy()
    later[41:] = 99.0
    first, last = np.datetime64("2025-01-01"), np.array([MEMORY_DAYS, 40])
    for lead in (1, 7, 8, 14):
        seen = situation(price, first, last, floor=0.1).about(lead)
        assert (seen == situation(later, first, last, floor=0.1).about(lead)).all()


def test_a_situation_does_not_depend_on_the_level_of_prices() -> None:
    price = np.random.default_rng(3).normal(size=(40, WALL_HOURS))
    first, last = np.datetime64("2025-01-01"), np.array([39])
    low = situation(price, first, last, floor=0.0).about(3)
    high = situation(5.0 + 3.0 * price, first, last, floor=0.0).about(3)
    assert high == pytest.approx(low)
