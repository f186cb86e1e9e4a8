"""The tables of regulated terms, against the collected figures where they are present."""

import csv
from datetime import date, timedelta

import pytest

from chocolate_factory.market import regulated
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.dated import DatedTable
from chocolate_factory.market.tariff import Tariff

BY_TARIFF = {
    "energy_tolls_plus_charges": regulated.TOLLS_AND_CHARGES_EUR_KWH,
    "capacity_payment": regulated.CAPACITY_PAYMENT_EUR_KWH,
    "standard_loss_coefficient": regulated.LOSS_COEFFICIENT,
    "power_tolls_plus_charges": regulated.POWER_TERM_EUR_KW_YEAR,
}
FOR_ALL = {
    "om_os_fee": regulated.OPERATOR_FEES_EUR_KWH,
    "fnee_energy_efficiency_fund": regulated.EFFICIENCY_FUND_EUR_KWH,
    "electricity_tax_IEE": regulated.ELECTRICITY_TAX,
}
TABLES = [*(table for tables in BY_TARIFF.values() for table in tables.values()), *FOR_ALL.values()]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_are_dated_in_order_and_end_within_what_is_known(table: DatedTable):
    since = [first for first, _ in table.rows]
    assert since == sorted(set(since))
    assert since[-1] <= regulated.KNOWN_UNTIL


@pytest.mark.parametrize("tariff", list(Tariff))
def test_every_tariff_has_a_value_for_each_of_its_periods(tariff):
    for item, tables in BY_TARIFF.items():
        count = (
            tariff.power_periods if item == "power_tolls_plus_charges" else tariff.energy_periods
        )
        assert {len(values) for _, values in tables[tariff].rows} == {count}


def test_every_collected_figure_stands_in_a_table_on_its_first_and_last_day(shared):
    file = shared / "data/tariffs/regulated_terms_2021-06_2026.csv"
    checked = 0
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            table = _table_of(row["item"], row["tariff"])
            if table is None:
                continue
            place = 0 if row["period"] == "all" else int(row["period"].removeprefix("P")) - 1
            last = row["valid_to"] or regulated.KNOWN_UNTIL.isoformat()
            for day in (row["valid_from"], last):
                assert table.on(date.fromisoformat(day))[place] == pytest.approx(
                    float(row["value"]), abs=1e-12
                ), row
            checked += 1
    assert checked == sum(len(values) for table in TABLES for _, values in table.rows)


def _table_of(item: str, tariff: str) -> DatedTable | None:
    if item in FOR_ALL:
        return FOR_ALL[item]
    return BY_TARIFF.get(item, {}).get(tariff)


def test_terms_that_go_on_beyond_the_tables_are_told():
    end_of_tables = local_midnight(date(2027, 1, 1))
    assert regulated.carried_forward(end_of_tables) == ()
    (said,) = regulated.carried_forward(end_of_tables + timedelta(hours=1))
    assert "2026-12-31" in said
