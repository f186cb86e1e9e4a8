"""What a kilowatt-hour costs under each contract, worked out by hand."""

import csv
from datetime import date, datetime, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.errors import ContractInvalid, MissingData, SeriesInvalid
from chocolate_factory.market.calendar import (
    HOUR,
    QUARTER,
    delivery_day,
    delivery_periods,
    local_instant,
    to_datetime64,
)
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.contract import (
    NAMED_CONTRACTS,
    Contract,
    FixedContract,
    GivenPrices,
    IndexedContract,
    PvpcContract,
    contract_named,
    price_eur_kwh,
)
from chocolate_factory.market.indexed import dated_services
from chocolate_factory.market.tariff import Tariff, energy_period

ON_30TD = contract_named("indexed-3.0td")
ON_61TD = contract_named("indexed-6.1td")
FIXED_20TD = FixedContract("fixed", Tariff.TD20, (0.21, 0.16, 0.12))
EVERY_KIND = [*NAMED_CONTRACTS.values(), FIXED_20TD]

spot_eur_mwh = st.floats(-500, 4000)


def at(day: date, hour: int, minute: int = 0):
    return np.array([to_datetime64(local_instant(day, time(hour, minute)))])


def price(contract: Contract, start, value: float) -> float:
    return float(price_eur_kwh(contract, start, np.array([value]), of=contract.market)[0])


def market_prices(contract: Contract, count: int):
    """Ordinary prices in the unit of the contract's market."""
    return np.full(count, 0.1 if contract.market == PVPC else 50.0)


def test_indexed_30td_on_a_working_morning():
    # Wednesday 2025-03-12 10:00: March, high hour: P2. All in EUR/MWh.
    # bought at the busbar  80 + 12 + 0.527 + 0.20949       =  92.73649
    # with losses of 17.5 %                                 = 108.96537575
    # + efficiency fund 1.429 + margin 5                    = 115.39437575
    # + municipal 1.5 %                                     = 117.12529138625
    # + tolls and charges 36.409                            = 153.53429138625
    # + electricity tax 5.11269632 %                        = 161.384033451893
    assert price(ON_30TD, at(date(2025, 3, 12), 10), 80.0) == pytest.approx(
        0.161_384_033_451_892_88, rel=1e-12
    )


def test_indexed_61td_at_night_while_the_tax_was_cut():
    # Wednesday 2026-04-15 03:00: P6; electricity tax 0.5 %; adjustment services 22 since 2026.
    # (20 + 22 + 0 + 0.24402) · 1.077                       =  45.49680954
    # + 2.658 + 5                                           =  53.15480954
    # · 1.015                                               =  53.9521316831
    # + 1.588                                               =  55.5401316831
    # · 1.005                                               =  55.8178323415155
    assert price(ON_61TD, at(date(2026, 4, 15), 3), 20.0) == pytest.approx(
        0.055_817_832_341_515_5, rel=1e-12
    )


def test_indexed_30td_at_a_negative_spot_price():
    # Easter Monday 2024-04-01 15:00 is a working day: April, shoulder: P5; electricity tax 3.8 %.
    # (-1 + 12 + 0.289 + 0.21594) · 1.138                   =  13.09262172
    # + 0.975 + 5                                           =  19.06762172
    # · 1.015                                               =  19.3536360458
    # + 3.561                                               =  22.9146360458
    # · 1.038                                               =  23.7853922155404
    assert price(ON_30TD, at(date(2024, 4, 1), 15), -1.0) == pytest.approx(
        0.023_785_392_215_540_4, rel=1e-12
    )


def test_indexed_with_its_own_margin_and_services_on_a_quarter_hour_of_a_saturday():
    # Saturday 2025-10-04 12:15: P6; margin 3, adjustment services 18.
    # (35.5 + 18 + 0 + 0.20949) · 1.18                      =  63.3771982
    # + 1.429 + 3                                           =  67.8061982
    # · 1.015                                               =  68.823291173
    # + 2.631                                               =  71.454291173
    # + electricity tax 5.11269632 %                        =  75.1075320882841
    own = IndexedContract(
        "own", Tariff.TD30, margin_eur_mwh=3.0,
        adjustment_services_eur_mwh=dated_services([(date(2021, 6, 1), 18.0)]),
    )  # fmt: skip
    assert price(own, at(date(2025, 10, 4), 12, 15), 35.5) == pytest.approx(
        0.075_107_532_088_284_06, rel=1e-12
    )


def test_a_large_negative_spot_price_makes_the_kilowatt_hour_pay():
    assert price(ON_30TD, at(date(2025, 5, 4), 14), -100.0) < 0


def test_a_margin_of_nothing_is_nothing_and_not_the_assumption():
    start = at(date(2025, 3, 12), 10)
    free = IndexedContract("free", Tariff.TD30, margin_eur_mwh=0.0)
    assert free.parts(start, np.array([80.0]))["margin"].tolist() == [0.0]


def test_pvpc_costs_its_price_and_the_electricity_tax_and_no_toll_again():
    assert price(contract_named("pvpc"), at(date(2025, 11, 18), 20), 0.2) == pytest.approx(
        0.2 * 1.0511269632, rel=1e-15
    )


@pytest.mark.parametrize(
    ("day", "tax"),
    [
        (date(2021, 9, 15), 0.0511269632), (date(2021, 9, 16), 0.005), (date(2023, 12, 31), 0.005),
        (date(2024, 1, 1), 0.025), (date(2024, 4, 1), 0.038), (date(2024, 7, 1), 0.0511269632),
        (date(2026, 3, 22), 0.005), (date(2026, 6, 1), 0.0511269632),
    ],
)  # fmt: skip
def test_pvpc_is_taxed_at_the_rate_of_the_day(day, tax):
    assert price(contract_named("pvpc"), at(day, 0), 0.1) == pytest.approx(0.1 * (1 + tax))


@pytest.mark.parametrize(
    ("day", "hour", "agreed"),
    [
        (date(2025, 11, 19), 11, 0.21),
        (date(2025, 11, 19), 15, 0.16),
        (date(2025, 11, 19), 3, 0.12),
        (date(2025, 11, 22), 11, 0.12),
        (date(2025, 12, 8), 11, 0.12),
        (date(2025, 4, 18), 11, 0.21),
    ],
)
def test_a_fixed_contract_costs_the_price_of_the_period_and_the_tax(day, hour, agreed):
    assert price_eur_kwh(FIXED_20TD, at(day, hour)).tolist() == pytest.approx(
        [agreed * 1.0511269632]
    )


def test_a_fixed_contract_must_price_every_period():
    with pytest.raises(ContractInvalid, match=r"6\.1TD has 6 energy periods and 3 prices"):
        FixedContract("short", Tariff.TD61, (0.1, 0.1, 0.1))


@pytest.mark.parametrize("contract", EVERY_KIND, ids=lambda contract: contract.name)
@pytest.mark.parametrize(
    ("day", "resolution", "count"),
    [
        (date(2025, 3, 30), HOUR, 23), (date(2025, 10, 26), HOUR, 25),
        (date(2025, 10, 1), QUARTER, 96), (date(2025, 10, 26), QUARTER, 100),
    ],
)  # fmt: skip
def test_a_price_is_the_sum_of_its_parts_in_every_period_of_any_day(
    contract, day, resolution, count
):
    start = delivery_periods(day, resolution)
    value = market_prices(contract, start.size)
    parts = contract.parts(start, value)
    assert {part.shape for part in parts.values()} == {(count,)}
    whole = price_eur_kwh(contract, start, value, of=contract.market)
    assert np.allclose(sum(parts.values()), whole, rtol=1e-14)


@pytest.mark.parametrize("contract", EVERY_KIND, ids=lambda contract: contract.name)
def test_a_price_is_a_straight_line_of_the_market(contract):
    start = delivery_periods(date(2025, 10, 26), QUARTER)
    value = market_prices(contract, start.size)
    none, one, expected = (
        price_eur_kwh(contract, start, priced, of=contract.market)
        for priced in (np.zeros(start.size), np.ones(start.size), value)
    )
    assert np.allclose(none + value * (one - none), expected, rtol=1e-12, atol=1e-15)


def test_the_parts_of_an_indexed_price_say_what_each_term_costs():
    parts = ON_30TD.parts(at(date(2025, 3, 12), 10), np.array([80.0]))
    cost = {name: round(float(part[0]) * 1000, 6) for name, part in parts.items()}
    assert cost == {
        "day_ahead": 80.0,
        "adjustment_services": 12.0,
        "capacity_payment": 0.527,
        "operator_fees": 0.20949,
        "losses": 16.228886,  # 0.175 · 92.73649
        "efficiency_fund": 1.429,
        "margin": 5.0,
        "municipal_tax": 1.730916,  # 0.015 · 115.39437575
        "tolls_and_charges": 36.409,
        "electricity_tax": 7.849742,  # 0.0511269632 · 153.53429138625
    }


@given(st.lists(spot_eur_mwh, min_size=2, max_size=2, unique=True), st.integers(0, 95))
def test_a_dearer_market_never_makes_a_cheaper_kilowatt_hour(pair, quarter):
    start = delivery_periods(date(2025, 11, 19), QUARTER)[[quarter]]
    low, high = sorted(pair)
    assert price(ON_30TD, start, low) <= price(ON_30TD, start, high)


@given(spot_eur_mwh, spot_eur_mwh)
def test_a_change_of_the_market_is_paid_with_losses_and_taxes(one, other):
    start = at(date(2025, 11, 19), 3)  # P6: losses 18 %
    slope = 1.015 * 1.18 * 1.0511269632 / 1000
    difference = price(ON_30TD, start, other) - price(ON_30TD, start, one)
    assert difference == pytest.approx((other - one) * slope, abs=1e-9)


@pytest.mark.parametrize("value", [np.nan, np.inf, 5000.0])
def test_a_spot_price_that_is_none_is_refused_with_its_period(value):
    start = delivery_periods(date(2025, 10, 26), HOUR)
    prices = np.full(25, 50.0)
    prices[2] = value
    with pytest.raises(SeriesInvalid, match=r"2025-10-26T00:00:00\+00:00 is not a price"):
        price_eur_kwh(ON_30TD, start, prices, of=SPOT)


def test_pvpc_given_in_euros_per_megawatt_hour_is_refused():
    with pytest.raises(SeriesInvalid, match=r"120 EUR/kWh .*\(expected -0\.5 to 5 EUR/kWh\)"):
        price(contract_named("pvpc"), at(date(2025, 11, 19), 3), 120.0)


def test_one_price_too_few_is_refused():
    with pytest.raises(SeriesInvalid, match="24 prices for 25 delivery periods"):
        price_eur_kwh(
            ON_30TD, delivery_periods(date(2025, 10, 26), HOUR), np.full(24, 50.0), of=SPOT
        )


@pytest.mark.parametrize("name", NAMED_CONTRACTS)
def test_a_contract_on_the_market_refuses_to_price_without_it(name):
    contract = contract_named(name)
    with pytest.raises(SeriesInvalid, match="needs the prices of"):
        price_eur_kwh(contract, at(date(2025, 11, 19), 3))
    with pytest.raises(SeriesInvalid, match="needs its prices"):
        price_eur_kwh(contract, at(date(2025, 11, 19), 3), of=contract.market)


@pytest.mark.parametrize(("name", "other"), [("pvpc", SPOT), ("indexed-3.0td", PVPC)])
def test_a_contract_refuses_the_prices_of_another_market_however_plausible(name, other):
    with pytest.raises(SeriesInvalid, match=f"not those of {other}"):
        price_eur_kwh(contract_named(name), at(date(2025, 11, 19), 3), np.array([0.1]), of=other)


def test_an_indexed_price_before_the_efficiency_fund_is_known_is_refused():
    with pytest.raises(MissingData, match="efficiency fund"):
        price(ON_30TD, at(date(2022, 12, 31), 12), 50.0)


@pytest.mark.parametrize("contract", EVERY_KIND, ids=lambda contract: contract.name)
def test_no_periods_cost_nothing(contract):
    start = np.array([], dtype="datetime64[s]")
    assert price_eur_kwh(contract, start, np.array([]), of=contract.market).size == 0


def test_the_named_contracts_say_what_they_are():
    assert {
        name: (contract.tariff, contract.market) for name, contract in NAMED_CONTRACTS.items()
    } == {
        "pvpc": (Tariff.TD20, PVPC),
        "indexed-3.0td": (Tariff.TD30, SPOT),
        "indexed-6.1td": (Tariff.TD61, SPOT),
    }


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ContractInvalid, match=r"known: pvpc, indexed-3\.0td, indexed-6\.1td"):
        contract_named("indexed")


def test_pvpc_above_10_kw_is_warned_of_in_plain_words():
    (warning,) = PvpcContract().warnings((150.0,) * 6)
    assert "legally limited to 10 kW" in warning
    assert "150 kW is contracted" in warning


def test_pvpc_up_to_10_kw_draws_no_warning():
    assert PvpcContract().warnings((10.0, 10.0)) == ()


def test_an_indexed_contract_of_a_150_kw_factory_draws_no_warning():
    assert ON_30TD.warnings((150.0,) * 6) == ()


def test_what_a_named_indexed_contract_assumes_is_said_with_its_figures():
    margin, services, losses = ON_30TD.assumptions()
    assert "5 €/MWh" in margin
    assert "12 €/MWh from 2021-06-01, 22 €/MWh from 2026-01-01" in services
    assert "standard coefficients" in losses


def test_what_the_contract_says_itself_is_not_called_an_assumption():
    own = IndexedContract(
        "own", Tariff.TD30, margin_eur_mwh=5.0,
        adjustment_services_eur_mwh=dated_services([(date(2021, 6, 1), 12.0)]),
    )  # fmt: skip
    assert not any("assumed" in said for said in own.assumptions())
    assert PvpcContract().assumptions() == FIXED_20TD.assumptions() == ()


def test_the_assumed_services_change_with_the_year_2026():
    start = np.array(
        [
            to_datetime64(local_instant(day, time(0)))
            for day in (date(2025, 12, 31), date(2026, 1, 1))
        ]
    )
    services = ON_30TD.parts(start, np.array([50.0, 50.0]))["adjustment_services"]
    assert services.tolist() == [0.012, 0.022]


def test_the_mean_price_per_period_of_2025_agrees_with_an_independent_reckoning(shared):
    with (shared / "data/prices/omie_spot_2023-04_2025-12.csv").open(encoding="utf-8") as lines:
        rows = [
            (datetime.fromisoformat(row["time_utc"]), float(row["spot_es_eur_mwh"]), row)
            for row in csv.DictReader(lines)
            if delivery_day(datetime.fromisoformat(row["time_utc"])).year == 2025
        ]
    start = np.array([to_datetime64(instant) for instant, _, _ in rows])
    minutes = np.array([float(row["resolution_min"]) for _, _, row in rows])
    paid = price_eur_kwh(ON_30TD, start, np.array([spot for _, spot, _ in rows]), of=SPOT)
    period = energy_period(Tariff.TD30, start)
    mean = {
        number: round(
            float(np.average(paid[period == number], weights=minutes[period == number])), 3
        )
        for number in (4, 5, 6)
    }
    assert mean == {4: 0.096, 5: 0.075, 6: 0.103}  # measured apart: spring noon is below night


def test_given_prices_are_taken_as_they_stand():
    hour = at(date(2025, 11, 19), 3)
    assert price(GivenPrices(spec(PVPC)), hour, 0.17) == 0.17
    assert price(GivenPrices(spec(SPOT)), hour, -20.0) == pytest.approx(-0.02)
    assert GivenPrices(spec(PVPC)).warnings((150.0,) * 6) == ()
