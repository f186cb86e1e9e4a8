"""Commands that look after the data, against the simulated services over loopback HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chocolate_factory.app import WITHOUT_KEY
from chocolate_factory.cli.root import now
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.simulation.server import SimulatedUpstreams
from chocolate_factory.simulation.upstreams import KEY

TODAY = delivery_day(now())
KEYS = ("ESIOS_TOKEN", "AEMET_KEY", "OPENWEATHERMAP_KEY", "SIAR_KEY")


@pytest.fixture(scope="module")
def services() -> Iterator[SimulatedUpstreams]:
    with SimulatedUpstreams(seed=1, clock=now) as upstreams:
        yield upstreams


@pytest.fixture
def online(services: SimulatedUpstreams, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The settings lead to the simulated services; keys are set."""
    addresses = {
        "REE_URL": services.ree_url,
        "ESIOS_URL": services.esios_url,
        "OMIE_URL": services.omie_url,
        "AEMET_URL": services.aemet_url,
        "OPENWEATHERMAP_URL": services.open_weather_url,
        "OPEN_METEO_URL": services.open_meteo_url,
        "OPEN_METEO_ARCHIVE_URL": services.open_meteo_url,
        "SIAR_URL": services.siar_url,
        **dict.fromkeys(KEYS, KEY),
    }
    for name, value in addresses.items():
        monkeypatch.setenv(f"CHOCOLATE_FACTORY_{name}", value)
    return monkeypatch


@pytest.fixture
def stored(cf, online: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with the prices of three days."""
    first, last = TODAY - timedelta(days=4), TODAY - timedelta(days=2)
    ended = cf("ingest", "--source", "prices", "--from", first, "--to", last, "--dir", tmp_path)
    assert ended.status == 0, ended.err
    return tmp_path


def test_doctor_asks_every_source_and_says_key_last_value_age_and_next_publication(cf, stored):
    told = cf("doctor", "--dir", stored, "--json")
    assert told.status == 0, told.err
    lines = {line["feed"]: line for line in told.json["sources"]}
    assert {name for names in WITHOUT_KEY.values() for name in names} < lines.keys()
    assert {line["reachable"] for line in lines.values()} == {"yes"}
    ree = lines["ree-prices"]
    assert ree["key"] == "none needed"
    assert ree["last_value"] is not None
    assert ree["age_s"] > 0
    assert ree["next_publication"] > f"{now():%Y-%m-%dT%H:%M}"
    assert lines["aemet-observation"]["key"] == "set"
    assert lines["siar-api"]["last_value"] is None


def test_doctor_says_which_key_is_missing_and_what_is_down_and_creates_no_store(
    cf, online, tmp_path
):
    for name in KEYS:
        online.delenv(f"CHOCOLATE_FACTORY_{name}")
    online.setenv("CHOCOLATE_FACTORY_OMIE_URL", "http://127.0.0.1:9")
    online.setenv("COLUMNS", "200")
    told = cf("doctor", "--dir", tmp_path / "none")
    assert told.status == 0
    header = next(line for line in told.out.splitlines() if "reachable" in line)
    for column in ("source", "reachable", "key", "last value", "age", "next publication"):
        assert column in header
    assert "missing: CHOCOLATE_FACTORY_AEMET_KEY" in told.out
    (omie,) = [line for line in told.out.splitlines() if line.split()[:1] == ["omie"]]
    assert " no " in omie
    assert "omie: " in told.out
    assert not (tmp_path / "none").exists()


def test_a_backfill_asks_for_what_is_missing_and_then_for_nothing(cf, stored):
    first, last = TODAY - timedelta(days=6), TODAY - timedelta(days=1)
    asked = ("--series", "pvpc", "--from", first, "--to", last, "--dir", stored, "--json")
    assert [gap["missing"] >= 23 for gap in cf("gaps", *asked).json["gaps"]] == [True, True]
    told = cf("backfill", *asked)
    assert told.status == 0, told.err
    assert told.json["new"] > 0
    assert cf("gaps", *asked).json["gaps"] == []
    again = cf("backfill", *asked).json
    assert (again["requests"], again["new"], again["outcome"]) == (0, 0, "nothing-due")


def test_a_backup_made_on_the_command_line_is_restored_with_the_same_counts(cf, stored, tmp_path):
    file = tmp_path / "copy.zip"
    made = cf("backup", file, "--dir", stored, "--json").json
    back = cf("restore", file, "--dir", tmp_path / "other", "--json").json
    assert made["rows"] > 100
    assert {**made, "path": ""} == {**back, "path": ""}
    again = cf("restore", file, "--dir", tmp_path / "other")
    assert again.status == 1
    assert "not empty" in again.err


def test_kept_answers_are_read_again_without_change(cf, stored):
    told = cf("reparse", "--dir", stored, "--json").json
    assert told["answers"] > 0
    assert (told["new"], told["revised"], told["unreadable"]) == (0, 0, 0)
