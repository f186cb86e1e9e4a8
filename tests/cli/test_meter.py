"""A meter's readings kept from the command line and compared with what was planned."""

from datetime import date

import pytest

from chocolate_factory.market.calendar import HOUR, MADRID, day_bounds

PRICES = "time_utc,price_eur_kwh\n2025-10-26T00:00:00Z,0.1\n"
HEADER = "CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion"


@pytest.fixture
def readings(cf, tmp_path):
    """The day of 25 hours, 40 kWh in each; one at 60; and a store to keep them in."""
    prices = tmp_path / "pvpc.csv"
    prices.write_text(PRICES, encoding="utf-8")
    assert cf("import", prices, "--dir", tmp_path / "data").status == 0
    begin, end = day_bounds(date(2025, 10, 26))
    starts = [begin + number * HOUR for number in range((end - begin) // HOUR)]
    rows = [
        f"ES0021000000000001AB;26/10/2025;{start.astimezone(MADRID):%H:%M};{kwh};R"
        for start, kwh in zip(starts, [*["40,000"] * 11, "60,000", *["40,000"] * 13], strict=True)
    ]
    path = tmp_path / "meter.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


def test_readings_are_kept_and_stand_beside_the_base_load_where_nothing_was_planned(
    cf, readings, tmp_path
):
    told = cf("meter", readings, "--dir", tmp_path / "data", "--json").json
    (day,) = told["days"]
    assert (told["new"], day["day"], day["quarters"]) == (100, "2025-10-26", 100)
    assert day["measured_kwh"] == pytest.approx(25 * 40 + 20)
    assert day["process_kwh"] == 0.0
    assert day["planned_kwh"] == pytest.approx(day["base_kwh"])
    assert day["difference_kwh"] == pytest.approx(1020 - day["base_kwh"])
    assert (day["measured_peak_kw"], day["measured_peak_at"]) == (60.0, "2025-10-26T09:00:00Z")


def test_what_no_plan_says_of_pv_and_battery_is_said_to_be_left_out(
    cf, readings, tmp_path, monkeypatch
):
    assert cf("plant", "init", tmp_path / "cold", "--template", "cold-store").status == 0
    for part in ("plant", "orders"):
        path = tmp_path / "cold" / f"{part}.yaml"
        monkeypatch.setenv(f"CHOCOLATE_FACTORY_{part.upper()}", str(path))
    told = cf("meter", readings, "--dir", tmp_path / "data").out
    assert "2025-10-26: PV and battery are left out of 100 planned quarter-hours" in told
    (day,) = cf("meter", readings, "--dir", tmp_path / "data", "--json").json["days"]
    assert (day["pv_battery_kwh"], day["pv_battery_unknown"]) == (0.0, 100)


def test_the_same_file_again_changes_nothing(cf, readings, tmp_path):
    cf("meter", readings, "--dir", tmp_path / "data")
    again = cf("meter", readings, "--dir", tmp_path / "data").out
    assert "0 quarter-hours new, 0 revised, 100 unchanged" in again
    assert "measured kWh" in again


def test_a_file_of_another_unit_is_refused_with_its_line(cf, readings, tmp_path):
    text = readings.read_text(encoding="utf-8").replace("60,000", "600000,0")
    readings.write_text(text, encoding="utf-8")
    ended = cf("meter", readings, "--dir", tmp_path / "data")
    assert ended.status != 0
    assert "line 13" in ended.err
    assert "another unit" in ended.err
