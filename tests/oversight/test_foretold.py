"""From vintages of weather in the store to a forecast of prices that says what it had of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from oversight.conftest import prices

from chocolate_factory import oversight, pipeline
from chocolate_factory.forecasting import backtest
from chocolate_factory.forecasting.foretold import LEAST_FORETOLD_DAYS
from chocolate_factory.market.calendar import day_bounds, local_days, to_datetime64
from chocolate_factory.market.catalog import LINARES, PVPC, SPOT, spec
from chocolate_factory.market.series import Forecast, Kind, Observations, Series, SeriesKey
from chocolate_factory.oversight.vintages import Information, foretold_in_time
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

FIRST, LAST = date(2024, 9, 1), date(2025, 10, 25)
EVENING = datetime(2025, 10, 24, 19, 30, tzinfo=UTC)  # 21:30 in Madrid: tomorrow is published
WEEK = timedelta(days=8)
TEMPERATURE, WIND = SeriesKey("temperature", LINARES), SeriesKey("wind_speed", LINARES)
DAY = timedelta(days=1)
HAD = "168 h ahead, each day as it was forecast so long before"


def vintage(
    told_at: datetime, *, key: SeriesKey = TEMPERATURE, warmer: float = 0.0, days: int = 9,
    source: str = "open-meteo",
) -> Observations:  # fmt: skip
    """What was forecast of that day and those after it; it errs more the further ahead."""
    begin = told_at.date()
    start, resolution_s = spec(key).grid(begin, begin + (days - 1) * DAY)
    ahead = start >= to_datetime64(told_at)
    start, resolution_s = start[ahead], resolution_s[ahead]
    day = local_days(start).astype(np.int64)
    true = 15.0 + np.random.default_rng(1).normal(0.0, 6.0, 40_000)[day]
    lead = day - day[0]
    error = np.random.default_rng(int(told_at.timestamp())).normal(0.0, 0.3, 20)[lead] * lead
    known = np.full(start.size, to_datetime64(told_at))
    return Observations(
        key, source, Kind.FORECAST, start, resolution_s, np.abs(true + error + warmer), known,
        np.zeros(start.size, dtype=bool),
    )  # fmt: skip


def told_daily(count: int, **said: SeriesKey | str) -> list[Observations]:
    """A vintage of each of the ``count`` days up to the evening's, some hours before it."""
    return [vintage(EVENING - (back * DAY + 2 * DAY / 24), **said) for back in range(count)[::-1]]


def priced() -> list[Observations]:
    """Prices that are high on warm days."""
    told = prices(FIRST, LAST)
    warm = np.random.default_rng(1).normal(0.0, 6.0, 40_000)[local_days(told.start).astype(int)]
    value = told.value + 0.002 * warm
    return [
        Observations(
            PVPC, "ree", Kind.PUBLISHED, told.start, told.resolution_s, value, told.available_at,
            told.inferred,
        )
    ]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Fourteen months of prices and vintages of temperature, and a month of those of wind."""
    folder = tmp_path_factory.mktemp("foretold")
    with closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        store.append([*priced(), *told_daily(410), *told_daily(30, key=WIND)], now=EVENING)
        yield store


def forecast(store: Store, *, origin: datetime = EVENING) -> Forecast:
    return pipeline.forecast(store, PVPC, origin=origin, horizon=WEEK, models=["ridge"])


def test_a_forecast_says_which_forecasts_of_weather_it_had_and_which_were_too_few(
    store: Store,
) -> None:
    made = forecast(store)
    assert made.inputs["column temperature"] == HAD
    few = f"left out: forecasts of 30 days are stored, {LEAST_FORETOLD_DAYS} are needed"
    assert made.inputs["column wind_speed"] == few
    assert "column solar_radiation" not in made.inputs


def test_the_weather_foretold_for_a_day_tells_its_price(store: Store) -> None:
    """What was forecast before the evening moves the days it is about, and only a lead's own."""
    made = forecast(store)
    hour_before = EVENING - timedelta(hours=1)
    store.append([vintage(hour_before, warmer=9.0)], now=hour_before)
    warmer = forecast(store)
    ahead = ~made.published
    day = local_days(made.start) - np.datetime64(LAST)
    for lead in (1, 4, 7):
        of_day = ahead & (day == np.timedelta64(lead, "D"))
        assert (warmer.mean[of_day] - made.mean[of_day]).mean() > 0.005, lead
    assert same(forecast(store, origin=hour_before - timedelta(seconds=1)), made)


def same(one: Forecast, other: Forecast) -> bool:
    """Alike where both forecast."""
    both = np.isin(one.start, other.start), np.isin(other.start, one.start)
    return one.mean[both[0]].tobytes() == other.mean[both[1]].tobytes()


def test_no_vintage_stored_after_the_origin_changes_a_bit_of_the_forecast(store: Store) -> None:
    """Neither of days to come, nor of days over, nor by others, nor what was measured since."""
    before = forecast(store)
    later = [EVENING + timedelta(seconds=1), EVENING + 5 * DAY]
    measured = vintage(EVENING - 40 * DAY, warmer=30.0)
    store.append(
        [
            *(vintage(at, warmer=20.0) for at in later),
            Observations(
                TEMPERATURE, "open-meteo", Kind.FORECAST, measured.start, measured.resolution_s,
                measured.value, np.full(len(measured), to_datetime64(later[0])), measured.inferred,
            ),
            Observations(
                TEMPERATURE, "open-meteo", Kind.ANALYSED, measured.start, measured.resolution_s,
                measured.value, measured.available_at, measured.inferred,
            ),
            vintage(EVENING - DAY, warmer=20.0, source="aemet"),
        ],
        now=later[-1],
    )  # fmt: skip
    after = forecast(store)
    assert after.mean.tobytes() == before.mean.tobytes()
    assert after.quantiles.tobytes() == before.quantiles.tobytes()
    assert after.inputs == before.inputs


@pytest.mark.parametrize("information", ["before-spot", "spot-known"])
def test_an_origin_of_a_backtest_comes_before_its_price_all_year(
    store: Store, information: Information
) -> None:
    price = {"before-spot": SPOT, "spot-known": PVPC}[information]
    one, _ = foretold_in_time(
        store, PVPC, since=day_bounds(FIRST)[0], as_of=EVENING, information=information
    )
    origin = one.told.as_of
    assert timedelta(0) <= EVENING - origin < DAY
    for back in (0, 10, 100, 300):
        first_day = (one.last_day + 1 - back).astype(object)
        due = spec(price).published_at(first_day)
        assert timedelta(0) <= due - (origin - back * DAY) <= timedelta(hours=1)


def test_a_backtest_sees_the_weather_as_it_was_foretold_and_names_it(store: Store) -> None:
    history: Series = store.read(PVPC, day_bounds(FIRST)[0], EVENING + WEEK, as_of=EVENING)
    told = foretold_in_time(
        store, PVPC, since=day_bounds(FIRST)[0], as_of=EVENING, information="before-spot"
    )
    had = {}
    for day in (date(2025, 8, 20), date(2025, 10, 20)):  # in August there are too few of them
        made = backtest(
            history, first=day, last=day, horizon_h=48, models=["ridge"], about=spec(PVPC),
            foretold=told,
        )  # fmt: skip
        had[day.month] = dict(made.inputs)
    assert had == {8: {}, 10: {"temperature": 168}}


def test_weather_that_is_too_young_makes_no_other_state_to_train_for(empty: Store) -> None:
    first, last = date(2025, 8, 20), LAST
    both = [prices(first, last), prices(first, last, key=SPOT)]
    empty.append([*both, *told_daily(40)], now=EVENING)
    made = oversight.train_series(empty, PVPC, now=EVENING)
    assert set(made.parts) == {(("spot", 0),), (("spot", 24),)}
