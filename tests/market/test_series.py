"""Values with their time: what cannot be a series is refused, and publishing wins over guessing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import (
    HOUR,
    delivery_periods,
    local_midnight,
    periods,
    to_datetime,
)
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import QUANTILES, Forecast, Kind, Observations, Series

AS_OF = datetime(2025, 11, 17, 21, tzinfo=UTC)


def batch(start, value, *, source="ree") -> Observations:
    start = np.asarray(start, dtype="datetime64[s]")
    return Observations(
        key=PVPC,
        source=source,
        kind=Kind.PUBLISHED,
        start=start,
        resolution_s=np.full(start.shape, 3600),
        value=np.asarray(value, dtype=np.float64),
        available_at=start - np.timedelta64(1, "D"),
        inferred=np.zeros(start.shape, dtype=bool),
    )


def prices(day: date, value: float = 0.1) -> Series:
    start = delivery_periods(day, HOUR)
    return Series.from_batch(
        batch(start, np.full(start.size, value)), unit="EUR/kWh", as_of=AS_OF
    )  # fmt: skip


def outlook(day: date, value: float) -> Forecast:
    start = delivery_periods(day, HOUR)
    mean = np.full(start.size, value)
    spread = np.linspace(-0.03, 0.03, len(QUANTILES))
    return Forecast(
        key=PVPC,
        unit="EUR/kWh",
        origin=AS_OF,
        model="ridge",
        start=start,
        resolution_s=np.full(start.shape, 3600),
        published=np.zeros(start.shape, dtype=bool),
        mean=mean,
        quantiles=mean[:, None] + spread,
    )


HOURS = delivery_periods(date(2025, 10, 26), HOUR)


@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False), min_size=HOURS.size, max_size=HOURS.size
    )
)
def test_any_finite_values_in_order_are_a_series(values):
    assert len(batch(HOURS, values)) == 25


@given(st.permutations(range(6)).filter(lambda order: order != list(range(6))))
def test_starts_in_any_other_order_are_refused(order):
    with pytest.raises(SeriesInvalid, match="out of order or stands twice"):
        batch(HOURS[order], np.zeros(6))


@given(st.integers(0, HOURS.size - 1), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_a_value_that_is_no_number_is_refused_with_its_time(at, value):
    values = np.zeros(HOURS.size)
    values[at] = value
    with pytest.raises(SeriesInvalid) as refused:
        batch(HOURS, values)
    assert to_datetime(HOURS[at]).isoformat() in str(refused.value)


def test_a_repeated_start_is_refused():
    with pytest.raises(SeriesInvalid, match="stands twice"):
        batch(HOURS[[0, 1, 1]], np.zeros(3))


def test_overlapping_periods_are_refused():
    half_hours = periods(
        local_midnight(date(2025, 6, 1)), local_midnight(date(2025, 6, 2)), HOUR / 2
    )
    with pytest.raises(SeriesInvalid, match="overlap"):
        batch(half_hours, np.zeros(half_hours.size))


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(SeriesInvalid, match="different lengths"):
        batch(HOURS, np.zeros(24))
    with pytest.raises(SeriesInvalid, match="different lengths"):
        replace(batch(HOURS, np.zeros(25)), inferred=np.zeros(24, dtype=bool))


def test_a_gap_is_no_fault_of_a_series():
    assert len(batch(HOURS[[0, 5, 24]], [0.1, -0.2, 0.0])) == 3


def test_an_empty_batch_is_a_series():
    assert len(batch([], [])) == 0


def test_simulated_values_say_so():
    simulated = batch(HOURS, np.zeros(25), source="simulation:ree")
    assert simulated.simulated
    assert not batch(HOURS, np.zeros(25)).simulated
    assert Series.from_batch(simulated, unit="EUR/kWh", as_of=AS_OF).simulated


def test_one_simulated_row_makes_a_series_simulated():
    series = prices(date(2025, 11, 17))
    source = series.source.astype("<U20")
    source[3] = "simulation:ree"
    assert replace(series, source=source).simulated


@given(st.integers(-5, 30), st.integers(0, 30))
def test_between_keeps_the_deliveries_that_start_in_the_half_open_interval(skip, count):
    series = prices(date(2025, 10, 26))
    begin = local_midnight(date(2025, 10, 26)) + skip * HOUR
    end = begin + count * HOUR
    kept = series.between(begin, end).start.tolist()
    naive = [begin.replace(tzinfo=None), end.replace(tzinfo=None)]
    assert kept == [start for start in series.start.tolist() if naive[0] <= start < naive[1]]


def test_a_forecast_with_crossing_quantiles_is_refused():
    good = outlook(date(2025, 11, 18), 0.1)
    with pytest.raises(SeriesInvalid, match="quantiles cross"):
        replace(good, quantiles=good.quantiles[:, ::-1])


def test_a_forecast_of_something_not_finite_is_refused():
    good = outlook(date(2025, 11, 18), 0.1)
    with pytest.raises(SeriesInvalid, match="not finite"):
        replace(good, mean=np.full(len(good), np.nan))


def test_a_forecast_of_uneven_arrays_is_refused():
    good = outlook(date(2025, 11, 18), 0.1)
    with pytest.raises(SeriesInvalid, match="different lengths"):
        replace(good, quantiles=good.quantiles[:, :3])


def test_published_prices_alone_are_an_outlook_without_spread():
    published = Forecast.all_published(prices(date(2025, 3, 30), 0.07))
    assert len(published) == 23
    assert published.published.all()
    assert (published.quantiles == 0.07).all()


def test_published_prices_replace_what_was_forecast_and_go_in_front_of_it():
    day = date(2025, 11, 18)
    before, start = prices(day - timedelta(days=1), 0.05), local_midnight(day)
    first_hours = prices(day, 0.2).between(start, start + 3 * HOUR)
    known = Series.from_batch(
        batch(
            np.concatenate([before.start, first_hours.start]),
            np.concatenate([before.value, first_hours.value]),
        ),
        unit="EUR/kWh",
        as_of=AS_OF,
    )
    merged = outlook(day, 0.1).with_published(known)
    assert merged.mean.tolist() == [0.05] * 24 + [0.2] * 3 + [0.1] * 21
    assert merged.published.tolist() == [True] * 27 + [False] * 21
    assert (merged.quantiles[:27] == merged.mean[:27, None]).all()
    assert (np.diff(merged.quantiles[27:], axis=1) > 0).all()


def test_a_forecast_that_has_ended_hides_no_published_price():
    day = date(2025, 11, 18)
    merged = outlook(day, 0.1).with_published(prices(day + timedelta(days=5), 0.2))
    assert merged.mean.tolist() == [0.1] * 24 + [0.2] * 24
    assert merged.published.tolist() == [False] * 24 + [True] * 24
    assert (np.diff(merged.start) > 0).all()


def test_a_forecast_can_be_cut_to_an_interval():
    start = local_midnight(date(2025, 11, 18))
    cut = outlook(date(2025, 11, 18), 0.1).between(start + HOUR, start + 3 * HOUR)
    assert cut.start.tolist() == [
        (start + HOUR).replace(tzinfo=None), (start + 2 * HOUR).replace(tzinfo=None),
    ]  # fmt: skip
