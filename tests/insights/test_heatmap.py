"""What the plant pays hour by hour, and the next cheap windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.insights.heatmap import best_hours, heatmap, hourly
from chocolate_factory.insights.paid import PaidPrices, paid_prices, settled_prices
from chocolate_factory.market.calendar import (
    HOUR,
    MADRID,
    QUARTER,
    day_bounds,
    local_hours,
    local_midnight,
    periods,
)
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.contract import contract_named, parse_contract, price_eur_kwh
from chocolate_factory.market.series import QUANTILES, Forecast
from chocolate_factory.market.tariff import Tariff, energy_period


def paid(
    first: date, days: int, values: list[float] | None = None, *, step: timedelta = HOUR
) -> PaidPrices:
    """Published prices from the midnight of ``first``; 0, 1, 2, … where none are given."""
    start = periods(local_midnight(first), local_midnight(first + timedelta(days=days)), step)
    if values is not None:
        start = start[: len(values)]
    eur_kwh = np.arange(start.size, dtype=float) if values is None else np.array(values)
    return PaidPrices(
        start=start,
        resolution_s=np.full(start.shape, int(step.total_seconds()), dtype=np.int64),
        eur_kwh=eur_kwh,
        quantiles_eur_kwh=eur_kwh[:, None] + np.linspace(-0.03, 0.03, len(QUANTILES)),
        published=np.ones(start.shape, dtype=bool),
        period=energy_period(Tariff.TD30, start),
    )


def spot_forecast(first: date, days: int, eur_mwh: float, spread: float = 10.0) -> Forecast:
    start = periods(local_midnight(first), local_midnight(first + timedelta(days=days)), QUARTER)
    mean = np.full(start.shape, eur_mwh)
    return Forecast(
        key=SPOT,
        unit="EUR/MWh",
        origin=local_midnight(first),
        model="naive",
        start=start,
        resolution_s=np.full(start.shape, 900, dtype=np.int64),
        published=np.zeros(start.shape, dtype=bool),
        mean=mean,
        quantiles=mean[:, None] + spread * np.linspace(-1, 1, len(QUANTILES)),
    )


def test_what_is_paid_is_the_contract_applied_to_mean_and_quantiles():
    contract = contract_named("indexed-3.0td")
    forecast = spot_forecast(date(2025, 11, 18), 1, 60.0)

    result = paid_prices(forecast, contract)

    low = price_eur_kwh(contract, forecast.start, forecast.quantiles[:, 1], of=SPOT)
    np.testing.assert_array_equal(
        result.eur_kwh, price_eur_kwh(contract, forecast.start, forecast.mean, of=SPOT)
    )
    np.testing.assert_array_equal(result.low_eur_kwh, low)
    assert (result.low_eur_kwh < result.eur_kwh).all()
    assert (result.eur_kwh < result.high_eur_kwh).all()
    assert not result.published.any()


def test_a_forecast_of_another_market_is_refused():
    with pytest.raises(
        SeriesInvalid, match="needs the prices of pvpc@peninsula, not those of spot"
    ):
        paid_prices(spot_forecast(date(2025, 11, 18), 1, 60.0), contract_named("pvpc"))
    assert contract_named("pvpc").market == PVPC


def test_prices_agreed_in_the_contract_count_as_published():
    text = "kind: fixed\ntariff: 2.0TD\nprices_eur_kwh: {P1: 0.21, P2: 0.16, P3: 0.12}\n"
    contract = parse_contract(text, name="fixed.yaml")

    result = settled_prices(contract, *day_bounds(date(2025, 10, 26)))

    assert len(result) == 25
    assert set(result.eur_kwh.round(6)) == {round(0.12 * 1.0511269632, 6)}
    assert result.published.all()
    np.testing.assert_array_equal(result.low_eur_kwh, result.high_eur_kwh)


def test_an_hour_is_the_mean_of_its_quarters():
    quarters = paid(date(2025, 11, 18), 1, [0.10, 0.20, 0.30, 0.40, 1.0], step=QUARTER)

    hours = hourly(quarters)

    np.testing.assert_allclose(hours.eur_kwh, [0.25, 1.0])
    assert hours.resolution_s.tolist() == [3600, 900]


def test_an_hour_is_published_only_if_all_its_quarters_are():
    quarters = paid(date(2025, 11, 18), 1, [0.1] * 8, step=QUARTER)
    quarters.published[5] = False

    assert hourly(quarters).published.tolist() == [True, False]


def test_hours_and_quarters_meet_on_the_first_quarter_hour_day():
    hours = paid(date(2025, 9, 30), 1)
    quarters = paid(date(2025, 10, 1), 1, step=QUARTER)
    both = PaidPrices(
        *(
            np.concatenate([getattr(hours, name), getattr(quarters, name)])
            for name in ("start", "resolution_s", "eur_kwh", "quantiles_eur_kwh", "published",
                         "period")
        )
    )  # fmt: skip

    result = hourly(both)

    assert len(result) == 48
    assert (result.resolution_s == 3600).all()
    assert result.eur_kwh[24] == pytest.approx((0 + 1 + 2 + 3) / 4)


def test_a_week_has_seven_rows_of_wall_clock_hours_in_order():
    week = heatmap(paid(date(2025, 11, 17), 8), first=date(2025, 11, 17))

    assert [row.day for row in week.days] == [date(2025, 11, 17 + n) for n in range(7)]
    assert week.hours == tuple(range(24))
    assert [p.price_eur_kwh for p in week.prices] == list(range(168))


def test_the_hour_skipped_in_march_is_an_empty_cell():
    week = heatmap(paid(date(2025, 3, 28), 7), first=date(2025, 3, 28))

    sunday = week.days[2]
    assert sunday.day == date(2025, 3, 30)
    assert [cell.hour for cell in sunday.cells if not cell.exists] == [2]
    assert sunday.cells[2].prices == ()
    assert len(week.prices) == 7 * 24 - 1


def test_the_hour_repeated_in_october_holds_both_prices():
    week = heatmap(paid(date(2025, 10, 24), 7), first=date(2025, 10, 24))

    twice = week.days[2].cells[2]
    assert [p.start for p in twice.prices] == [
        datetime(2025, 10, 26, 0, tzinfo=UTC),
        datetime(2025, 10, 26, 1, tzinfo=UTC),
    ]
    assert len(week.prices) == 7 * 24 + 1


def test_an_hour_begun_late_says_from_when_it_is_known():
    quarters = paid(date(2025, 11, 18), 1, step=QUARTER)
    known = quarters.between(
        datetime(2025, 11, 18, 9, 30, tzinfo=UTC), local_midnight(date(2025, 11, 19))
    )

    first = heatmap(known, first=date(2025, 11, 18)).prices[0]

    assert first.start == datetime(2025, 11, 18, 9, 30, tzinfo=UTC)
    assert first.end == datetime(2025, 11, 18, 10, 0, tzinfo=UTC)


def test_hours_before_the_first_price_exist_and_are_empty():
    late = paid(date(2025, 11, 18), 1).between(
        datetime(2025, 11, 18, 10, tzinfo=UTC), local_midnight(date(2025, 11, 19))
    )

    cells = heatmap(late, first=date(2025, 11, 18)).days[0].cells

    assert all(cell.exists for cell in cells)
    assert [len(cell.prices) for cell in cells] == [0] * 11 + [1] * 13


def test_levels_are_quarters_by_rank():
    week = heatmap(paid(date(2025, 11, 17), 7), first=date(2025, 11, 17))

    levels = [p.level for p in week.prices]
    assert levels == ["best"] * 42 + ["good"] * 42 + ["dear"] * 42 + ["worst"] * 42


def test_where_all_hours_cost_the_same_none_is_the_best():
    flat = heatmap(paid(date(2025, 11, 17), 1, [0.1] * 24), first=date(2025, 11, 17))

    assert {p.level for p in flat.prices} == {"even"}


def test_equal_prices_have_equal_levels():
    week = heatmap(paid(date(2025, 11, 17), 1, [0.1] * 12 + [0.2] * 12), first=date(2025, 11, 17))

    assert {p.level for p in week.prices if p.price_eur_kwh == 0.1} == {"best"}
    assert {p.level for p in week.prices if p.price_eur_kwh == 0.2} == {"dear"}


def test_only_prices_below_zero_are_negative():
    week = heatmap(paid(date(2025, 11, 17), 1, [-0.01, 0.0, 0.01]), first=date(2025, 11, 17))

    assert [p.negative for p in week.prices] == [True, False, False]


def test_no_price_at_all_gives_a_map_of_empty_cells():
    nothing = paid(date(2025, 11, 17), 1, [])

    week = heatmap(nothing, first=date(2025, 11, 17))

    assert week.prices == ()
    assert len(week.days) == 7


def test_periods_of_a_working_day_in_november_are_those_of_the_tariff():
    week = heatmap(paid(date(2025, 11, 18), 1), first=date(2025, 11, 18), days=1)

    periods_by_hour = [cell.prices[0].period for cell in week.days[0].cells]
    assert periods_by_hour == [6] * 8 + [3] + [2] * 5 + [3] * 4 + [2] * 4 + [3] * 2


def test_the_cheapest_window_of_each_day_is_found():
    prices = [0.2] * 12 + [0.1, 0.05, 0.1] + [0.2] * 9
    two_days = paid(date(2025, 11, 18), 2, prices + prices)

    windows = best_hours(two_days, now=local_midnight(date(2025, 11, 18)), hours=3)

    assert [w.start.astimezone(MADRID).hour for w in windows] == [12, 12]
    assert windows[0].price_eur_kwh == pytest.approx(0.25 / 3)
    assert windows[0].day_mean_eur_kwh == pytest.approx(sum(prices) / 24)
    assert windows[0].end - windows[0].start == 3 * HOUR


def test_a_window_begins_at_or_after_now():
    prices = [0.01] * 6 + [0.2] * 12 + [0.1] * 6
    now = datetime(2025, 11, 18, 5, 1, tzinfo=MADRID)

    window = best_hours(paid(date(2025, 11, 18), 1, prices), now=now, hours=3)[0]

    assert window.start == datetime(2025, 11, 18, 18, tzinfo=MADRID)


def test_a_day_without_room_has_no_window():
    now = datetime(2025, 11, 18, 22, 0, tzinfo=MADRID)

    windows = best_hours(paid(date(2025, 11, 18), 2), now=now, hours=3)

    assert [w.start.astimezone(MADRID).date() for w in windows] == [date(2025, 11, 19)]


def test_a_window_never_reaches_over_an_unknown_price():
    day = paid(date(2025, 11, 18), 1, [0.1, 0.1, 0.1, 0.01, 0.1, 0.1, 0.1])
    columns = [name for name in PaidPrices.__dataclass_fields__ if name != "notes"]
    holed = PaidPrices(*(np.delete(getattr(day, name), 4, axis=0) for name in columns))

    windows = best_hours(holed, now=local_midnight(date(2025, 11, 18)), hours=3)

    assert windows[0].start == datetime(2025, 11, 18, 1, tzinfo=MADRID)


@given(
    day=st.dates(date(2024, 1, 1), date(2026, 12, 1)),
    quarters=st.lists(st.floats(-0.2, 0.5), min_size=12, max_size=92),
    length=st.integers(1, 4),
)
def test_no_window_of_the_day_is_cheaper_than_the_one_found(day, quarters, length):
    prices = paid(day, 1, quarters, step=QUARTER)

    windows = best_hours(prices, now=local_midnight(day), hours=length, days=1)

    size = 4 * length
    means = [np.mean(quarters[n : n + size]) for n in range(len(quarters) - size + 1)]
    assert len(windows) == (1 if means else 0)
    if means:
        assert windows[0].price_eur_kwh == pytest.approx(min(means), abs=1e-12)


@given(day=st.dates(date(2022, 1, 1), date(2026, 12, 1)))
def test_every_price_stands_in_the_column_of_its_wall_clock_hour(day):
    prices = paid(day, 2)

    rows = heatmap(prices, first=day, days=2).days

    placed = [cell.hour for row in rows for cell in row.cells for _ in cell.prices]
    assert placed == local_hours(prices.start).tolist()
