"""The bill on the command line: of a meter file, and of the plan in force."""

import re
from datetime import date, timedelta

import pytest

from chocolate_factory.market.calendar import QUARTER, day_bounds
from chocolate_factory.store.sql import open_store

FIXED = """kind: fixed
tariff: 3.0TD
prices_eur_kwh: {P1: 0.21, P2: 0.18, P3: 0.15, P4: 0.13, P5: 0.12, P6: 0.11}
contracted_kw: {P1: 110, P2: 110, P3: 110, P4: 110, P5: 110, P6: 110}
"""


@pytest.fixture
def contract(tmp_path):
    path = tmp_path / "fixed.yaml"
    path.write_text(FIXED, encoding="utf-8")
    return path


@pytest.fixture
def meter(tmp_path):
    """March 2025 by quarter-hours: 20 kWh in each, 80 kW; one at 120 kW on a working morning."""
    rows, day = ["CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion"], date(2025, 3, 1)
    while day < date(2025, 4, 1):
        begin, end = day_bounds(day)
        for number in range(1, (end - begin) // QUARTER + 1):
            kwh = "30,000" if (day.day, number) == (12, 45) else "20,000"
            rows.append(f"ES0021000000000001AB;{day:%d/%m/%Y};{number};{kwh};R")
        day += timedelta(days=1)
    path = tmp_path / "meter.csv"
    path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    return path


def test_a_month_of_meter_readings_is_billed_line_by_line(cf, meter, contract, tmp_path):
    told = cf(
        "bill", "--meter", meter, "--month", "2025-03", "--contract", contract,
        "--dir", tmp_path, "--json",
    ).json  # fmt: skip
    assert told["kwh"] == pytest.approx((31 * 96 - 4) * 20 + 10)
    assert [(line["period"], line["excess_kw"]) for line in told["excess"]] == [("P2", 10.0)]
    assert told["excess_eur"] == pytest.approx(17.76546)
    assert told["no_excess"] == ""
    assert told["total_with_vat_eur"] == pytest.approx(
        1.21 * 1.0511269632 * (told["energy_eur"] + told["power_eur"] + told["excess_eur"])
    )


def test_excess_power_of_a_meter_read_by_the_hour_is_not_known_and_no_zero(cf, contract, tmp_path):
    rows = "".join(f"2025-03-10T{hour:02}:00:00Z,120\n" for hour in range(6, 12))
    meter = tmp_path / "hours.csv"
    meter.write_text(f"time_utc,kwh\n{rows}", encoding="utf-8")
    asked = ("bill", "--meter", meter, "--contract", contract, "--dir", tmp_path)

    told = cf(*asked, "--json").json
    assert (told["excess"], told["excess_eur"]) == (None, None)
    assert "read by the hour" in told["no_excess"]
    untaxed = told["energy_eur"] + told["power_eur"]
    assert told["total_eur"] == pytest.approx(untaxed + told["electricity_tax_eur"])
    said = next(line for line in cf(*asked).out.splitlines() if "excess power" in line)
    assert "not known" in said


def test_the_table_for_people_has_a_unit_on_every_figure(cf, meter, contract, tmp_path):
    ended = cf(
        "bill", "--meter", meter, "--from", "2025-03-10", "--to", "2025-03-12",
        "--contract", contract, "--dir", tmp_path,
    )  # fmt: skip
    assert ended.status == 0
    for unit in ("kWh", "€/kWh", "€/kW·year", "€/kW", "3 days of 2025"):
        assert unit in ended.out


def test_the_bill_of_the_plan_in_force_holds_its_energy_and_the_base_load(cf, contract, tmp_path):
    open_store(f"sqlite:///{tmp_path / 'chocolate-factory.db'}").close()
    assert "no plan is in force" in cf("bill", "--contract", contract, "--dir", tmp_path).err
    made = cf("plan", "--days", 3, "--contract", contract, "--dir", tmp_path, "--json").json
    told = cf("bill", "--contract", contract, "--dir", tmp_path, "--json").json
    assert told["start"] == made["start"]
    assert made["energy_kwh"] > 0  # three days always hold one with orders
    assert told["kwh"] > made["energy_kwh"] + 24 * 13
    assert told["excess"] == []
    ended = cf("bill", "--contract", "indexed-3.0td", "--dir", tmp_path)  # of days to come
    assert ended.status == 1
    due = r"not published yet: those of \S+ are due at \S+ 13:00\+0[12]:00"
    assert re.search(due, ended.err)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--month", "2025-04"], "power curve: missing"),
        (["--month", "2025-3"], "--month"),
        (["--from", "2025-03-01"], "go together"),
        (["--month", "2025-03", "--from", "2025-03-01"], "--month goes without"),
    ],
)
def test_a_span_that_cannot_be_billed_is_refused(cf, meter, contract, options, reason):
    ended = cf("bill", "--meter", meter, "--contract", contract, *options)
    assert ended.status == 1
    assert reason in ended.err
