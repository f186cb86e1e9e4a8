"""The report commands: files written whole, and JSON for machines."""

import json

import pytest

from chocolate_factory.store.sql import open_store

FIXED = """kind: fixed
tariff: 3.0TD
prices_eur_kwh: {P1: 0.21, P2: 0.18, P3: 0.15, P4: 0.13, P5: 0.12, P6: 0.11}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "fixed.yaml"
    path.write_text(FIXED, encoding="utf-8")
    monkeypatch.setenv("CHOCOLATE_FACTORY_CONTRACT", str(path))
    open_store(f"sqlite:///{tmp_path / 'chocolate-factory.db'}").close()
    return tmp_path


def test_the_plan_in_force_is_written_in_every_format(cf, folder):
    assert "no plan is in force" in cf("report", "plan", "--dir", folder).err
    made = cf("plan", "--days", 1, "--dir", folder, "--json").json
    for kind, start in (("csv", b"\xef\xbb\xbflote"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        target = folder / f"plan.{kind}"
        ended = cf("report", "plan", "--format", kind, "--lang", "es", "--out", target,
                   "--dir", folder)  # fmt: skip
        assert ended.status == 0, ended.err
        assert target.read_bytes().startswith(start)
    told = cf("report", "plan", "--dir", folder, "--json").json
    assert told["objective_eur"] == made["objective_eur"]
    assert "--format ics" in cf("report", "plan", "--machine", "x", "--dir", folder).err


def test_a_month_without_data_says_what_is_not_known(cf, folder):
    told = cf("report", "month", "--dir", folder, "--json").json
    assert told["bill"] is None
    assert told["unpaid"] == "no meter was read and no plan was in force"
    assert told["first"].endswith("-01")
    savings = {one["item"]: one for one in told["figures"] if one["section"] == "savings"}
    assert savings["days_closed"]["value"] == 0
    for item in ("saving_eur", "baseline_eur", "actual_eur", "energy_kwh"):
        assert (savings[item]["value"], savings[item]["detail"]) == ("", "No day is closed yet.")
    printed = cf("report", "month", "--format", "csv", "--out", "-", "--dir", folder).out
    assert printed.startswith("section,item,detail,value,unit\n")


@pytest.mark.parametrize("month", ["2025-13", "november"])
def test_what_is_no_month_is_refused(cf, folder, month):
    ended = cf("report", "month", "--month", month, "--dir", folder)
    assert ended.status == 1
    assert "not a month" in ended.err


def test_an_emission_factor_needs_its_source(cf, folder, monkeypatch):
    monkeypatch.setenv("CHOCOLATE_FACTORY_CO2_G_KWH", "104")
    ended = cf("report", "month", "--dir", folder, "--json")
    assert "go together" in json.loads(ended.out)["detail"]
