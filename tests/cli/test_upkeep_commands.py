"""Commands that look after the data, against the simulated services over loopback HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from store.test_migration import make_first

from chocolate_factory.app.feeds import WITHOUT_KEY
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.app.setup_files import SetupFiles
from chocolate_factory.cli.root import now
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.settings import load_settings
from chocolate_factory.simulation.server import SimulatedUpstreams
from chocolate_factory.simulation.upstreams import KEY
from chocolate_factory.store.sqlite import connect

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
    assert lines.pop("files")["last_value"] is None
    assert {name for names in WITHOUT_KEY.values() for name in names} < lines.keys()
    assert {line["reachable"] for line in lines.values()} == {"yes"}
    ree = lines["ree-prices"]
    assert ree["key"] == "none needed"
    assert ree["last_value"] is not None
    assert ree["age_s"] > 0
    assert ree["next_publication"] > f"{now():%Y-%m-%dT%H:%M}"
    assert lines["aemet-observation"]["key"] == "set"
    assert lines["siar-api"]["last_value"] is None
    assert None not in [line["next_publication"] for line in lines.values()]


def found(told) -> dict[str, dict[str, str]]:
    return {finding["what"]: finding for finding in told.json["findings"]}


def test_doctor_looks_at_disk_and_plant_and_names_the_store_of_an_empty_folder_too(cf, tmp_path):
    told = found(cf("doctor", "--offline", "--dir", tmp_path / "none", "--json"))
    assert "can be written" in told["disk"]["detail"]
    assert told["plant"]["state"] == "ok"
    assert "none yet" in told["store"]["detail"]
    assert not (tmp_path / "none").exists()


def test_doctor_only_looks_at_a_store_of_an_older_version_and_says_what_migrates_it(cf, tmp_path):
    make_first(connect(f"sqlite:///{tmp_path}/chocolate-factory.db", busy_timeout_s=1.0))
    (file,) = tmp_path.iterdir()
    as_it_was = file.read_bytes()
    told = cf("doctor", "--offline", "--dir", tmp_path, "--json")
    assert told.status == 0
    store = found(told)["store"]
    assert store["state"] == "warning"
    assert "is of an older version: `serve`" in store["detail"]
    assert "pvpc@peninsula" not in found(told)
    assert told.json["sources"]
    assert (list(tmp_path.iterdir()), file.read_bytes()) == ([file], as_it_was)


def test_doctor_tells_what_came_from_files_and_where_and_what_is_damaged(cf, tmp_path):
    prices = tmp_path / "one.csv"
    prices.write_text("time_utc,price_eur_kwh\n2025-01-01T00:00:00Z,0.12\n")
    cf("import", prices, "--dir", tmp_path)
    (tmp_path / "raw.db").write_bytes(b"no archive" * 100)
    told = cf("doctor", "--offline", "--dir", tmp_path, "--json")
    assert "raw.db is damaged: `serve` sets it aside" in found(told)["raw answers"]["detail"]
    assert (tmp_path / "raw.db").read_bytes() == b"no archive" * 100
    (files,) = [line for line in told.json["sources"] if line["feed"] == "files"]
    assert files["last_value"] == "2025-01-01T00:00:00Z"
    store = found(told)["store"]["detail"]
    for part in ("sqlite:///", " MB", "schema "):
        assert part in store
    assert "run `backfill --from" in found(told)["pvpc@peninsula"]["detail"]


def test_doctor_has_a_row_for_every_stored_series_that_no_feed_tells(cf, shared, tmp_path):
    exports = sorted((shared / "data/siar").glob("*.csv"))[-1]
    cf("import", exports, "--dir", tmp_path)
    told = found(cf("doctor", "--offline", "--dir", tmp_path, "--json"))
    assert "[degC]" in told["temp_mean@J17"]["detail"]
    assert "by siar" in told["temp_mean@J17"]["detail"]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("IMPORT_DIR=no-such-folder", "no-such-folder is not a folder: make it, or correct"),
        ("REE_URL=notaurl", "CHOCOLATE_FACTORY_REE_URL: 'notaurl' was given"),
        ("STORE_URL=mysql://host/db", "influxdb://"),
        ("STORE_URL=sqlite:/foo", "influxdb://"),
    ],
)
def test_doctor_ends_with_status_1_on_a_setting_that_cannot_be_right(
    cf, tmp_path, monkeypatch, setting, told
):
    name, _, value = setting.partition("=")
    monkeypatch.setenv(f"CHOCOLATE_FACTORY_{name}", value)
    ended = cf("doctor", "--offline", "--dir", tmp_path, "--json")
    assert ended.status == 1
    assert told in ended.out


def test_doctor_warns_of_a_mistyped_setting(cf, tmp_path, monkeypatch):
    monkeypatch.setenv("CHOCOLATE_FACTORY_STOER_URL", "sqlite:///x.db")
    told = found(cf("doctor", "--offline", "--dir", tmp_path, "--json"))
    assert told["settings"]["state"] == "warning"
    assert "did you mean CHOCOLATE_FACTORY_STORE_URL" in told["settings"]["detail"]


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


def test_the_weather_of_a_named_site_can_be_asked_for(cf, online, tmp_path):
    (tmp_path / "sites").mkdir()
    for name in ("jaen", "lugo"):
        text = f"name: {name}\nlatitude: 38.07\nlongitude: -3.67\n"
        (tmp_path / "sites" / f"{name}.yaml").write_text(text)
    online.setenv("CHOCOLATE_FACTORY_SITES_DIR", str(tmp_path / "sites"))
    day = TODAY - timedelta(days=3)
    days = ("--from", day, "--to", day, "--dir", tmp_path)

    ended = cf("ingest", "--source", "weather", "--site", "jaen", *days)
    assert ended.status == 0, ended.err
    missing = ("gaps", "--series", "temperature@site:jaen", "--site", "jaen", *days, "--json")
    assert cf(*missing).json["gaps"] == []

    told = cf("backfill", "--series", "temperature", "--site", "lugo", *days, "--json")
    assert told.json["new"] >= 24, told.err
    assert cf("backfill", "--site", "vigo", *days).err.endswith("there are jaen, lugo\n")


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


def test_what_comes_back_from_a_backup_is_the_same_factory(cf, stored, tmp_path, monkeypatch):
    (stored / ".hidden").mkdir()
    (stored / ".hidden/no.yaml").write_text("")
    setup = SetupFiles(load_settings(data_dir=stored))
    setup.plant("bakery")
    setup.contract("indexed", "6.1TD", 4.5, ())
    setup.notifications(["ntfy://topic"])
    site = stored / "sites/north/config"
    site.mkdir(parents=True)
    (site / "contract.yaml").write_text("kind: pvpc\ntariff: 2.0TD\n")
    outside = tmp_path.parent / "outside"
    monkeypatch.setenv("CHOCOLATE_FACTORY_SITES_DIR", str(outside))
    file, other = tmp_path / "copy.zip", tmp_path / "other"
    made = cf("backup", file, "--dir", stored, "--json")
    assert made.json["files"] == 5
    assert f"{outside}: outside the data folder, and not in the backup" in made.err
    monkeypatch.delenv("CHOCOLATE_FACTORY_SITES_DIR")

    (other / "config").mkdir(parents=True)
    (other / "config/notify.txt").write_text("ntfy://mine\n")
    back = cf("restore", file, "--dir", other)
    assert back.status == 0, back.err
    beside = other / "config/notify.txt.from-backup"
    assert str(beside) in back.err
    assert "ntfy://topic" in beside.read_text()
    was, now_is = load_settings(data_dir=stored), load_settings(data_dir=other)
    assert now_is.notify_urls == ("ntfy://mine",)
    assert load_plant(now_is.plant) == load_plant(was.plant) != load_plant(None)
    assert now_is.contract == str(other / "config/contract.yaml")
    assert replace(load_contract(now_is.contract), name=was.contract) == load_contract(was.contract)
    orders, orders_were = (load_orders(s.orders, load_plant(s.plant)) for s in (now_is, was))
    assert replace(orders, name=orders_were.name) == orders_were
    assert (other / "sites/north/config/contract.yaml").read_text().startswith("kind: pvpc")
    assert not (other / ".hidden").exists()


def test_a_store_that_holds_something_is_refused_before_the_backup_is_looked_at(cf, stored):
    ended = cf("restore", stored / "no-such.zip", "--dir", stored)
    assert ended.status == 1
    assert "not empty" in ended.err


def test_a_backup_that_is_refused_leaves_no_store_behind(cf, stored, tmp_path):
    file = tmp_path / "cut.zip"
    assert cf("backup", file, "--dir", stored).status == 0
    file.write_bytes(file.read_bytes()[:-100])
    ended = cf("restore", file, "--dir", tmp_path / "other")
    assert ended.status == 1
    assert str(file) in ended.err
    assert not (tmp_path / "other").exists()


def test_kept_answers_are_read_again_without_change(cf, stored):
    told = cf("reparse", "--dir", stored, "--json").json
    assert told["answers"] > 0
    assert (told["new"], told["revised"], told["unreadable"]) == (0, 0, 0)
