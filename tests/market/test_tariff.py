"""Tariff periods by season, hour and holiday, and the regulated price of each."""

import csv
import gzip
from datetime import date, datetime, time

import numpy as np
import pytest

from chocolate_factory.errors import MissingData
from chocolate_factory.market.calendar import (
    HOUR,
    QUARTER,
    delivery_periods,
    local_instant,
    local_midnight,
    periods,
    to_datetime64,
)
from chocolate_factory.market.tariff import (
    Tariff,
    capacity_payment_eur_kwh,
    efficiency_fund_eur_kwh,
    electricity_tax,
    energy_period,
    loss_coefficient,
    operator_fees_eur_kwh,
    power_period,
    power_term_eur_kw_year,
    power_warnings,
    toll_eur_kwh,
)

SIX_PERIOD = [Tariff.TD30, Tariff.TD61]
WEDNESDAY = date(2025, 11, 19)


def at(day: date, hour: int, minute: int = 0):
    return np.array([to_datetime64(local_instant(day, time(hour, minute)))])


def day_pattern(tariff: Tariff, day: date) -> str:
    return "".join(str(period) for period in energy_period(tariff, delivery_periods(day, HOUR)))


def test_a_working_day_on_20td():
    assert day_pattern(Tariff.TD20, WEDNESDAY) == "333333332211112222111122"


@pytest.mark.parametrize("tariff", SIX_PERIOD)
@pytest.mark.parametrize(
    ("month", "dear", "shoulder"),
    [
        (1, 1, 2), (2, 1, 2), (3, 2, 3), (4, 4, 5), (5, 4, 5), (6, 3, 4),
        (7, 1, 2), (8, 3, 4), (9, 3, 4), (10, 4, 5), (11, 2, 3), (12, 1, 2),
    ],
)  # fmt: skip
def test_a_working_day_of_each_month_on_six_periods(tariff, month, dear, shoulder):
    weekday = next(
        day for day in (date(2025, month, n) for n in range(14, 22)) if day.weekday() == 2
    )
    pattern = "6" * 8 + str(shoulder) + str(dear) * 5 + str(shoulder) * 4 + str(dear) * 4
    assert day_pattern(tariff, weekday) == pattern + str(shoulder) * 2


@pytest.mark.parametrize(
    ("hour", "minute", "three", "six"),
    [
        (7, 59, 3, 6), (8, 0, 2, 3), (8, 59, 2, 3), (9, 0, 2, 2), (9, 59, 2, 2), (10, 0, 1, 2),
        (13, 59, 1, 2), (14, 0, 2, 3), (17, 59, 2, 3), (18, 0, 1, 2), (21, 59, 1, 2),
        (22, 0, 2, 3), (23, 59, 2, 3), (0, 0, 3, 6),
    ],
)  # fmt: skip
def test_periods_change_at_the_hour_exactly(hour, minute, three, six):
    instant = at(WEDNESDAY, hour, minute)
    assert energy_period(Tariff.TD20, instant).tolist() == [three]
    assert energy_period(Tariff.TD30, instant).tolist() == [six]


@pytest.mark.parametrize(
    "day",
    [
        date(2025, 11, 22), date(2025, 11, 23), date(2025, 1, 1), date(2025, 1, 6),
        date(2025, 5, 1), date(2025, 8, 15), date(2024, 10, 12), date(2024, 11, 1),
        date(2024, 12, 6), date(2025, 12, 8), date(2025, 12, 25),
    ],
)  # fmt: skip
def test_weekends_and_holidays_are_the_last_period_all_day(day):
    assert set(day_pattern(Tariff.TD20, day)) == {"3"}
    assert set(day_pattern(Tariff.TD30, day)) == {"6"}


@pytest.mark.parametrize(
    "day",
    [
        date(2025, 4, 18),  # Good Friday
        date(2025, 4, 17),  # Maundy Thursday
        date(2022, 12, 26),  # the Monday after a Sunday 25 December
        date(2025, 3, 19),  # San José, a holiday of some regions
    ],
)
def test_days_off_that_move_or_are_local_are_working_days(day):
    assert day_pattern(Tariff.TD20, day) == "333333332211112222111122"


def test_the_days_of_clock_change_are_sundays_and_thus_valley():
    assert day_pattern(Tariff.TD20, date(2025, 3, 30)) == "3" * 23
    assert day_pattern(Tariff.TD61, date(2025, 10, 26)) == "6" * 25


def test_periods_follow_the_wall_clock_on_both_sides_of_a_clock_change():
    assert day_pattern(Tariff.TD20, date(2025, 3, 28)) == day_pattern(Tariff.TD20, date(2025, 4, 1))


def test_the_four_quarters_of_an_hour_share_its_period():
    quarters = energy_period(Tariff.TD30, delivery_periods(date(2025, 10, 1), QUARTER))
    hours = energy_period(Tariff.TD30, delivery_periods(date(2025, 10, 1), HOUR))
    assert np.array_equal(quarters, np.repeat(hours, 4))


def test_a_year_of_quarters_knows_every_period_of_each_tariff():
    year = periods(local_midnight(date(2025, 1, 1)), local_midnight(date(2026, 1, 1)), QUARTER)
    for tariff in Tariff:
        seen = np.unique(energy_period(tariff, year)).tolist()
        assert seen == list(range(1, tariff.energy_periods + 1))


def test_no_instants_have_no_periods():
    assert energy_period(Tariff.TD30, np.array([], dtype="datetime64[s]")).size == 0


def test_the_power_periods_of_20td_are_working_daytime_and_the_rest():
    pattern = power_period(Tariff.TD20, delivery_periods(WEDNESDAY, HOUR))
    assert pattern.tolist() == [2] * 8 + [1] * 16
    assert set(power_period(Tariff.TD20, delivery_periods(date(2025, 11, 22), HOUR))) == {2}


@pytest.mark.parametrize("tariff", SIX_PERIOD)
def test_six_period_tariffs_contract_power_by_energy_period(tariff):
    starts = delivery_periods(WEDNESDAY, HOUR)
    assert np.array_equal(power_period(tariff, starts), energy_period(tariff, starts))


@pytest.mark.parametrize(
    ("before", "toll_before", "after", "toll_after"),
    [
        (date(2021, 9, 15), 0.133118, date(2021, 9, 16), 0.031511),
        (date(2022, 3, 30), 0.100756, date(2022, 3, 31), 0.074409),
    ],
)
def test_tolls_cut_by_decree_change_at_local_midnight(before, toll_before, after, toll_after):
    assert toll_eur_kwh(Tariff.TD20, at(before, 21)).tolist() == [toll_before]
    assert toll_eur_kwh(Tariff.TD20, at(after, 10)).tolist() == [toll_after]


def test_a_new_year_s_toll_begins_at_madrid_midnight_not_at_utc_midnight():
    last_of_2024 = np.array([np.datetime64("2024-12-31T22:45:00", "s")])
    first_of_2025 = np.array([np.datetime64("2024-12-31T23:00:00", "s")])
    assert toll_eur_kwh(Tariff.TD20, last_of_2024).tolist() == [0.027963]
    assert toll_eur_kwh(Tariff.TD20, first_of_2025).tolist() == [0.002994]


@pytest.mark.parametrize(
    ("last_day", "rate", "next_rate"),
    [
        (date(2021, 9, 15), 0.0511269632, 0.005),
        (date(2023, 12, 31), 0.005, 0.025),
        (date(2024, 3, 31), 0.025, 0.038),
        (date(2024, 6, 30), 0.038, 0.0511269632),
        (date(2026, 3, 21), 0.0511269632, 0.005),
        (date(2026, 5, 31), 0.005, 0.0511269632),
    ],
)
def test_the_electricity_tax_changes_with_the_local_day(last_day, rate, next_rate):
    midnight = local_midnight(date.fromordinal(last_day.toordinal() + 1))
    assert electricity_tax(at(last_day, 23, 45)).tolist() == [rate]
    assert electricity_tax(np.array([to_datetime64(midnight)])).tolist() == [next_rate]


def test_the_other_terms_are_those_of_the_day_and_period():
    peak = at(date(2026, 1, 14), 10)  # P1
    night = at(date(2026, 1, 14), 3)  # P6
    assert capacity_payment_eur_kwh(Tariff.TD30, peak).tolist() == [0.001082]
    assert capacity_payment_eur_kwh(Tariff.TD30, night).tolist() == [0.0]
    assert loss_coefficient(Tariff.TD61, night).tolist() == [0.077]
    assert operator_fees_eur_kwh(night).tolist() == [0.00024402]
    assert efficiency_fund_eur_kwh(peak).tolist() == [0.001429]


def test_the_power_term_is_that_of_the_year():
    assert power_term_eur_kw_year(Tariff.TD20, date(2025, 12, 31)) == (26.930550, 0.697588)
    assert power_term_eur_kw_year(Tariff.TD30, date(2026, 1, 1))[0] == 20.376927


@pytest.mark.parametrize(
    ("term", "day"),
    [
        (lambda start: toll_eur_kwh(Tariff.TD30, start), date(2021, 5, 31)),
        (efficiency_fund_eur_kwh, date(2022, 12, 31)),
        (lambda start: energy_period(Tariff.TD20, start), date(2021, 5, 31)),
    ],
)
def test_a_day_before_the_tables_is_refused(term, day):
    with pytest.raises(MissingData, match="missing delivery periods"):
        term(at(day, 12))


def test_the_refusal_counts_the_periods_and_says_which_row_to_add():
    start = periods(local_midnight(date(2022, 12, 30)), local_midnight(date(2023, 1, 2)), HOUR)
    with pytest.raises(MissingData, match="Add the row of 'energy-efficiency fund") as refused:
        efficiency_fund_eur_kwh(start)
    (gap,) = refused.value.gaps
    assert (gap.start, gap.end, gap.missing) == (
        local_midnight(date(2022, 12, 30)), local_midnight(date(2023, 1, 1)), 48,
    )  # fmt: skip


@pytest.mark.parametrize(
    "term",
    [
        lambda start: toll_eur_kwh(Tariff.TD20, start),
        electricity_tax,
        lambda start: loss_coefficient(Tariff.TD30, start),
        operator_fees_eur_kwh,
    ],
)
def test_the_newest_terms_go_on_after_the_tables(term):
    assert term(at(date(2027, 1, 4), 12)) == term(at(date(2026, 12, 28), 12))


def test_a_power_term_of_an_earlier_year_is_refused():
    with pytest.raises(MissingData, match=r"power term 6\.1TD"):
        power_term_eur_kw_year(Tariff.TD61, date(2022, 12, 31))


def test_powers_that_do_not_fit_the_tariff_are_warned_of():
    assert "2.0TD ends at 15 kW" in power_warnings(Tariff.TD20, (20, 20))[0]
    assert "3.0TD begins above 15 kW" in power_warnings(Tariff.TD30, (15,) * 6)[0]
    assert "P3 (90 kW) is below P2 (100 kW)" in power_warnings(
        Tariff.TD61, (100, 100, 90, 100, 100, 100)
    )[0]  # fmt: skip


def test_powers_that_fit_the_tariff_draw_no_warning():
    assert power_warnings(Tariff.TD20, (9.2, 4.6)) == ()
    assert power_warnings(Tariff.TD30, (100, 100, 110, 110, 110, 150)) == ()
    assert power_warnings(Tariff.TD61, (10,) * 6) == ()


def test_every_published_20td_toll_from_2021_to_2025_agrees(shared):
    file = shared / "data/prices/pvpc_components_hourly_2021-06_2025-10.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = [
            (row["time_utc"], float(row["tolls_and_charges_eur_per_mwh"]))
            for row in csv.DictReader(lines)
        ]
    start = np.array([to_datetime64(datetime.fromisoformat(time_utc)) for time_utc, _ in rows])
    published_eur_mwh = np.array([toll for _, toll in rows])
    assert start.size == 38_468
    difference = np.abs(toll_eur_kwh(Tariff.TD20, start) * 1000 - published_eur_mwh)
    assert difference.max() <= 0.01
