"""What is worth an alert, on real calendars and figures worked out by hand."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.insights.alerts import (
    AirLimit,
    AlertKind,
    Basis,
    Gravity,
    Paid,
    air_alerts,
    excess_alerts,
    price_alerts,
)
from chocolate_factory.insights.paid import PaidPrices
from chocolate_factory.market.calendar import (
    HOUR,
    QUARTER,
    delivery_periods,
    local_midnight,
    periods,
)
from chocolate_factory.market.excess import Metering, excess_rates_eur_kw, metering
from chocolate_factory.market.tariff import Tariff

DAY = timedelta(days=1)
TODAY = date(2026, 11, 25)  # a Wednesday
MORNING = local_midnight(TODAY) + timedelta(hours=8)
NOTHING = (np.array([], dtype="datetime64[s]"), np.array([]))
MONTH = Paid(np.full(28 * 96, 900), np.linspace(0.05, 0.15, 28 * 96))
"""Four weeks whose 2 % quantile is 0.052, whose median is 0.1 and whose 98 % quantile is 0.148."""


def coming(day: date, eur_kwh: dict[int, float], *, published: bool = True, step=QUARTER):
    """A day at 0.1 EUR/kWh, but for the periods of these numbers."""
    start = delivery_periods(day, step)
    price = np.full(start.size, 0.1)
    price[list(eur_kwh)] = list(eur_kwh.values())
    return PaidPrices(
        start,
        np.full(start.size, int(step.total_seconds())),
        price,
        np.repeat(price[:, None], 7, axis=1),
        np.full(start.size, published),
        np.full(start.size, 6),
    )


def test_dear_quarters_of_a_day_are_one_alert_worth_what_the_plan_pays_above_the_median():
    prices = coming(TODAY, {76: 0.2, 77: 0.3, 80: 0.2})
    kwh = np.zeros(96)
    kwh[[77, 80, 10]] = (10.0, 5.0, 99.0)

    (alert,) = price_alerts(prices, MONTH, kwh, as_of=MORNING)

    assert (alert.code, alert.kind) == ("price-spike:2026-11-25", AlertKind.PRICE_SPIKE)
    assert alert.gravity is Gravity.WARNING
    assert alert.eur == pytest.approx(10 * 0.2 + 5 * 0.1)
    assert alert.values["hours"] == 0.75
    assert alert.values["price_eur_kwh"] == 0.3
    assert alert.values["limit_eur_kwh"] == pytest.approx(0.148)
    assert alert.values["start"] == "2026-11-25T18:00:00Z"
    assert alert.valid_until == local_midnight(TODAY) + timedelta(hours=20, minutes=15)


def test_of_a_day_s_dear_hours_only_those_not_over_count():
    """Dear at 08:00 and at 18:00, and the plan takes energy in the morning alone."""
    prices = coming(TODAY, {**dict.fromkeys(range(32, 36), 0.4), 72: 0.2})
    kwh = np.zeros(96)
    kwh[32:36] = 10.0
    at = [local_midnight(TODAY) + timedelta(hours=hour) for hour in (7, 8.5, 17)]

    before, within, after = (price_alerts(prices, MONTH, kwh, as_of=as_of)[0] for as_of in at)

    assert {one.code for one in (before, within, after)} == {"price-spike:2026-11-25"}
    assert [one.values["hours"] for one in (before, within, after)] == [1.25, 0.75, 0.25]
    assert (before.eur, within.eur) == (pytest.approx(12.0), pytest.approx(6.0))
    assert after.values["start"] == "2026-11-25T17:00:00Z"
    assert after.values["price_eur_kwh"] == 0.2
    assert (after.gravity, after.basis) == (Gravity.NOTICE, Basis.NOTHING_PLANNED)


def test_cheap_hours_are_an_opportunity_and_below_zero_they_are_negative():
    found = price_alerts(coming(TODAY, {48: 0.01, 52: -0.02}), MONTH, np.ones(96), as_of=MORNING)

    told = {alert.kind: alert for alert in found}
    assert told.keys() == {AlertKind.PRICE_OPPORTUNITY, AlertKind.PRICE_NEGATIVE}
    assert told[AlertKind.PRICE_OPPORTUNITY].eur == pytest.approx(0.09)
    assert told[AlertKind.PRICE_NEGATIVE].eur == pytest.approx(0.02)
    assert told[AlertKind.PRICE_NEGATIVE].basis is Basis.PAID_TO_PLANT


def test_without_a_plan_or_where_it_takes_nothing_no_euros_are_made_up():
    prices = coming(TODAY, {76: 0.2})

    assert price_alerts(prices, MONTH, None, as_of=MORNING)[0].basis is Basis.NO_PLAN
    (idle,) = price_alerts(prices, MONTH, np.zeros(96), as_of=MORNING)
    assert (idle.eur, idle.basis) == (None, Basis.NOTHING_PLANNED)
    assert idle.gravity is Gravity.NOTICE


def test_of_forecasts_and_of_what_is_over_nothing_is_said():
    dear = {4: 0.5}

    assert price_alerts(coming(TODAY, {90: 0.5}, published=False), MONTH, None, as_of=MORNING) == ()
    assert price_alerts(coming(TODAY, dear), MONTH, None, as_of=MORNING) == ()
    assert len(price_alerts(coming(TODAY + DAY, dear), MONTH, None, as_of=MORNING)) == 1


def test_with_too_little_known_of_the_window_only_negative_prices_are_told():
    little = Paid(np.full(100, 900), np.full(100, 0.1))

    found = price_alerts(coming(TODAY, {48: -0.1, 90: 9.0}), little, None, as_of=MORNING)

    assert [alert.kind for alert in found] == [AlertKind.PRICE_NEGATIVE]


def test_an_hour_counts_as_four_quarters_of_an_hour():
    """Until 2025-09 the market had hours: 28 dear ones weigh as much as 112 quarter-hours."""
    mixed = Paid(
        np.array([3600] * 28 + [900] * (28 * 96 - 112)),
        np.array([0.3] * 28 + [0.1] * (28 * 96 - 112)),
    )

    assert np.quantile(mixed.quarters, 0.98) == pytest.approx(0.3)
    assert price_alerts(coming(TODAY, {48: 0.29}), mixed, None, as_of=MORNING) == ()


@pytest.mark.parametrize(
    ("day", "periods_of_it"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)]
)
def test_days_of_23_and_25_hours_end_when_they_end(day: date, periods_of_it: int):
    last = periods_of_it - 1
    (alert,) = price_alerts(coming(day, {last: 0.9}), MONTH, None, as_of=local_midnight(day))

    assert alert.code == f"price-spike:{day}"
    assert alert.valid_until == local_midnight(day + DAY)


def limit(foreseen: np.ndarray, **more) -> AirLimit:
    values = {"stage": "tempering", "kind": AlertKind.HEAT, "bound": 26.0, "where": "inside",
              "runs": np.zeros(72, dtype=bool)}  # fmt: skip
    return AirLimit(foreseen=foreseen, **(values | more))


def test_heat_at_the_line_is_told_by_day_and_is_critical_where_the_plan_runs():
    hours = periods(local_midnight(TODAY), local_midnight(TODAY + 3 * DAY), HOUR)
    foreseen = np.full(72, 20.0)
    foreseen[[38, 39, 40, 62]] = (26.5, 28.0, 27.0, 31.0)
    runs = np.zeros(72, dtype=bool)
    runs[39] = True

    first, second = air_alerts(hours, [limit(foreseen, runs=runs)], as_of=MORNING)

    assert first.code == "heat:tempering:2026-11-26"
    assert (first.gravity, first.basis) == (Gravity.CRITICAL, Basis.PLAN_BROKEN)
    assert first.values == {
        "stage": "tempering", "limit": 26.0, "highest": 28.0, "hours": 3, "where": "inside",
        "start": "2026-11-26T13:00:00Z", "end": "2026-11-26T16:00:00Z",
    }  # fmt: skip
    assert (second.gravity, second.basis) == (Gravity.WARNING, Basis.PLAN_AVOIDS)


def test_of_a_day_s_hot_hours_only_those_not_over_count():
    hours = periods(local_midnight(TODAY), local_midnight(TODAY + 3 * DAY), HOUR)
    foreseen = np.full(72, 20.0)
    foreseen[[9, 16]] = (30.0, 27.0)
    runs = np.zeros(72, dtype=bool)
    runs[9] = True
    at = [local_midnight(TODAY) + timedelta(hours=hour) for hour in (9.5, 10)]

    within, after = (air_alerts(hours, [limit(foreseen, runs=runs)], as_of=one)[0] for one in at)

    assert within.code == after.code == "heat:tempering:2026-11-25"
    assert (within.gravity, within.values["hours"]) == (Gravity.CRITICAL, 2)
    assert (after.gravity, after.basis) == (Gravity.WARNING, Basis.PLAN_AVOIDS)
    assert (after.values["hours"], after.values["highest"]) == (1, 27.0)
    assert after.values["start"] == "2026-11-25T15:00:00Z"


def test_what_is_at_the_limit_not_known_or_over_is_no_alert_and_outdoors_is_a_notice():
    hours = periods(local_midnight(TODAY), local_midnight(TODAY + 3 * DAY), HOUR)
    over = np.full(72, np.nan)
    over[[3, 30]] = (40.0, 26.0)
    humid = np.full(72, np.nan)
    humid[50] = 80.0

    found = air_alerts(
        hours,
        [
            limit(over),
            limit(humid, kind=AlertKind.HUMIDITY, bound=65.0, where="outside", runs=None),
        ],
        as_of=MORNING,
    )

    assert [(alert.kind, alert.gravity) for alert in found] == [
        (AlertKind.HUMIDITY, Gravity.NOTICE)
    ]


def test_cold_at_the_line_is_told_as_heat_is():
    hours = periods(local_midnight(TODAY), local_midnight(TODAY + 3 * DAY), HOUR)
    foreseen = np.full(72, 24.0)
    foreseen[[29, 30, 31]] = (23.0, 21.5, 23.9)
    foreseen[60] = np.nan
    runs = np.zeros(72, dtype=bool)
    runs[30] = True
    cold = {"stage": "proofing", "kind": AlertKind.COLD, "bound": 24.0}

    (inside,) = air_alerts(hours, [limit(foreseen, runs=runs, **cold)], as_of=MORNING)
    (outside,) = air_alerts(hours, [limit(foreseen, where="outside", **cold)], as_of=MORNING)

    assert inside.code == "cold:proofing:2026-11-26"
    assert (inside.gravity, inside.basis) == (Gravity.CRITICAL, Basis.PLAN_BROKEN)
    assert inside.values == {
        "stage": "proofing", "limit": 24.0, "lowest": 21.5, "hours": 3, "where": "inside",
        "start": "2026-11-26T04:00:00Z", "end": "2026-11-26T07:00:00Z",
    }  # fmt: skip
    assert outside.gravity is Gravity.NOTICE


def curve(day: date, kw: dict[int, float]):
    start = delivery_periods(day, QUARTER)
    drawn = np.full(start.size, 50.0)
    drawn[list(kw)] = list(kw.values())
    return start, drawn


def test_excess_is_worth_what_the_month_s_charge_grows_by():
    """Above 50 kW the root of the sum of squares counts: 3 kW measured and 4 expected are 5."""
    contracted = (100.0,) * 6
    measured = curve(TODAY - DAY, {76: 103.0})
    (alert,) = excess_alerts(
        Tariff.TD30, contracted, expected=curve(TODAY, {76: 104.0}), measured=measured,
        as_of=MORNING,
    )  # fmt: skip
    rate = excess_rates_eur_kw(Tariff.TD30, Metering.QUARTERS, TODAY, days=30)[1]

    assert alert.code == "excess:P2:2026-11-25"
    assert alert.eur == pytest.approx(2.0 * rate)
    assert alert.values["highest_kw"] == 104.0
    assert alert.values["quarters"] == 1


@pytest.mark.parametrize(
    ("contracted", "excess", "size"),
    [(100.0, (3.0, 4.0), (3.0, 2.0)), (45.0, (4.0, 3.0), (4.0, 0.0))],
)
def test_two_days_of_a_month_are_worth_together_what_its_charge_grows_by(contracted, excess, size):
    """Above 50 kW the root of the sum of squares counts, else the highest quarter-hour; another
    month begins anew."""
    last = date(2026, 11, 30)
    days = [
        curve(day, {76: contracted + kw})
        for day, kw in zip((last - DAY * 3, last, last + DAY), (*excess, 2.0), strict=True)
    ]
    start, kw = (np.concatenate(parts) for parts in zip(*days, strict=True))
    found = excess_alerts(
        Tariff.TD30, (contracted,) * 6, expected=(start, np.where(kw == 50.0, 40.0, kw)),
        measured=NOTHING, as_of=MORNING,
    )  # fmt: skip
    how = metering(Tariff.TD30, (contracted,) * 6)
    rates = [
        excess_rates_eur_kw(Tariff.TD30, how, day, days=days)[number - 1]
        for day, days, number in ((last, 30, 2), (last, 30, 2), (last + DAY, 31, 1))
    ]

    assert [alert.eur for alert in found] == pytest.approx(
        [kw * rate for kw, rate in zip((*size, 2.0), rates, strict=True)]
    )


def test_what_the_meter_told_of_today_is_not_expected_once_more():
    """130 kW at 09:00, which are over, and at 18:00, of 100: seen at 17:00."""
    day, kw = curve(TODAY, {36: 130.0, 72: 130.0})
    at = local_midnight(TODAY) + timedelta(hours=17)
    so_far = day < np.datetime64("2026-11-25T16:00:00")
    rate = excess_rates_eur_kw(Tariff.TD30, Metering.QUARTERS, TODAY, days=30)[1]

    (alert,) = excess_alerts(
        Tariff.TD30, (100.0,) * 6, expected=(day, kw), measured=(day[so_far], kw[so_far]),
        as_of=at,
    )  # fmt: skip

    assert alert.eur == pytest.approx(rate * 30 * (np.sqrt(2) - 1))
    assert alert.eur == pytest.approx(21.84, abs=0.005)
    assert alert.values["quarters"] == 1
    assert alert.values["start"] == "2026-11-25T17:00:00Z"


def test_the_quarter_hour_under_way_is_expected_until_it_is_measured():
    day, kw = curve(TODAY, {72: 130.0})
    at = local_midnight(TODAY) + timedelta(hours=18, minutes=5)

    def found(measured):
        return excess_alerts(
            Tariff.TD30, (100.0,) * 6, expected=(day, kw), measured=measured, as_of=at
        )

    assert [alert.values["quarters"] for alert in found(NOTHING)] == [1]
    assert found((day[72:73], kw[72:73])) == ()


def test_up_to_50_kw_only_the_highest_quarter_hour_counts_and_a_lower_one_adds_nothing():
    contracted = (45.0,) * 6
    day_rate = excess_rates_eur_kw(Tariff.TD30, Metering.HIGHEST, TODAY, days=30)[1]

    def grows(measured_kw: float) -> float:
        start, drawn = curve(TODAY, {76: 49.0})
        before, kw = curve(TODAY - DAY, {76: measured_kw})
        (alert,) = excess_alerts(
            Tariff.TD30, contracted, expected=(start, drawn - (drawn == 50) * 10),
            measured=(before, kw - (kw == 50) * 10), as_of=MORNING,
        )  # fmt: skip
        assert alert.eur is not None
        return alert.eur

    assert grows(40.0) == pytest.approx(4 * day_rate)
    assert grows(48.0) == pytest.approx(1 * day_rate)
    assert grows(60.0) == 0.0


def test_on_2_0td_the_switch_cuts_and_there_are_no_euros():
    (alert,) = excess_alerts(
        Tariff.TD20, (10.0, 60.0), expected=curve(TODAY, {}), measured=NOTHING, as_of=MORNING
    )

    assert alert.values["period"] == 1
    assert (alert.eur, alert.basis) == (None, Basis.NOT_IN_EUROS)
    assert alert.gravity is Gravity.CRITICAL


def test_a_plan_that_keeps_to_its_power_is_no_alert():
    assert excess_alerts(
        Tariff.TD30, (50.0,) * 6, expected=curve(TODAY, {}), measured=NOTHING, as_of=MORNING
    ) == ()  # fmt: skip


def test_operations_says_of_every_alert_when_it_comes_and_what_to_do() -> None:
    told = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
    rows = [row.split(" | ")[0] for row in told.splitlines() if row.startswith("| `")]
    named = Counter(name for row in rows for name in re.findall(r"`(\w+)`", row))
    assert {kind: named[kind] for kind in AlertKind} == dict.fromkeys(AlertKind, 2)
