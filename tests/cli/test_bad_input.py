"""What a user may get wrong: one clear line, status 1, nothing half-written."""

import socket
import subprocess
import sys

import pytest

PRICES = "time_utc,price_eur_kwh\n2025-01-01T00:00:00Z,0.12\n"


@pytest.fixture
def stored(cf, tmp_path):
    """A folder whose store holds one price of PVPC."""
    prices = tmp_path / "one.csv"
    prices.write_text(PRICES)
    cf("import", prices, "--dir", tmp_path / "stored")
    return tmp_path / "stored"


def test_an_instant_without_an_offset_is_named(cf, tmp_path):
    ended = cf("forecast", "--as-of", "2025-11-17T21:00", "--dir", tmp_path)
    assert ended.status == 1
    assert "--as-of" in ended.err
    assert "offset" in ended.err


def test_a_folder_without_a_store_is_named_and_stays_as_it_is(cf, tmp_path):
    for command in (["forecast"], ["gaps"], ["plan"]):
        ended = cf(*command, "--dir", tmp_path)
        assert ended.status == 1
        assert "`import` or `ingest` first" in ended.err
        assert str(tmp_path) in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_series_that_is_not_stored_says_what_to_run(cf, stored):
    ended = cf("forecast", "--series", "spot", "--dir", stored)
    assert ended.status == 1
    assert "import or ingest" in ended.err


def test_a_mistyped_series_is_answered_with_the_nearest_name(cf, stored):
    ended = cf("gaps", "--series", "temperatur", "--dir", stored)
    assert ended.status == 1
    assert "no series named 'temperatur'; did you mean temperature" in ended.err


def test_a_first_day_far_ahead_is_refused_without_naming_an_option_that_was_not_given(cf, stored):
    ended = cf("gaps", "--from", "2099-01-01", "--dir", stored)
    assert ended.status == 1
    assert "--from 2099-01-01 is after tomorrow" in ended.err
    assert "--to" not in ended.err


def test_gaps_are_told_in_madrid_time_with_their_unit(cf, stored):
    ended = cf("gaps", "--from", "2025-01-01", "--to", "2025-01-01", "--dir", stored)
    assert "1 of 24 delivery periods, 2 gaps" in ended.out
    lines = [line.split() for line in ended.out.splitlines() if "+01:00" in line]
    assert lines[0] == ["2025-01-01", "00:00+01:00", "2025-01-01", "01:00+01:00", "1", "h", "minor"]


def test_gaps_of_a_daily_series_are_told_in_days(cf, stored):
    ended = cf(
        "gaps", "--series", "temp_mean@J17", "--from", "2020-03-28", "--to", "2020-03-30",
        "--dir", stored,
    )  # fmt: skip
    assert "1 gap\n" in ended.out
    last = ended.out.rstrip().splitlines()[-1].split()
    assert last == ["2020-03-28", "2020-03-30", "3", "days", "critical"]


def test_nothing_is_missing_from_before_a_series_began(cf, stored):
    ended = cf("gaps", "--from", "1900-01-01", "--to", "2014-04-01", "--dir", stored)
    assert "0 of 24 delivery periods" in ended.out
    assert "nothing is expected before 2014-04-01" in ended.out


def test_errors_are_one_json_object_where_json_is_asked_for(cf, stored):
    ended = cf("gaps", "--series", "chocolate", "--dir", stored, "--json")
    assert ended.status == 1
    assert ended.json["error"] == "SeriesInvalid"
    assert "chocolate" in ended.json["detail"]


def test_a_refused_file_does_not_stop_the_others_and_ends_with_status_1(cf, tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("time_utc,price_eur_kwh\n2025-01-01T00:00:00Z,0.12\n")
    bad.write_text("time_utc,price_eur_kwh\n2025-01-02T00:00:00Z,0.12\n2025-01-02T01:00:00Z,nan\n")
    ended = cf("import", bad, good, "--dir", tmp_path / "data", "--json")
    assert ended.status == 1
    refused, taken = ended.json["files"]
    assert "line 3" in refused["refused"][0]
    assert "price_eur_kwh" in refused["refused"][0]
    assert (refused["new"], taken["new"]) == (0, 1)


def test_a_missing_file_is_named(cf, tmp_path):
    ended = cf("import", tmp_path / "nowhere.csv", "--dir", tmp_path / "data")
    assert ended.status == 1
    assert "nowhere.csv" in ended.err + ended.out


def test_an_unwritable_folder_is_named_without_a_trace(cf, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    prices = tmp_path / "prices.csv"
    prices.write_text(PRICES)
    ended = cf("import", prices, "--dir", blocker / "data")
    assert ended.status == 1
    assert "Traceback" not in ended.err
    assert str(blocker) in ended.err


def test_a_port_in_use_says_so_before_any_work(cf, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = cf("serve", "--port", port, "--dir", tmp_path / "data")
        assert ended.status == 1
        assert str(port) in ended.err
        assert "--port" in ended.err
        ended = cf("demo", "--port", port, "--dir", tmp_path / "data")
        assert ended.status == 1
        assert not (tmp_path / "data").exists()


def test_an_unknown_contract_names_the_choices(cf, tmp_path):
    ended = cf("plan", "--contract", "cheap", "--dir", tmp_path)
    assert ended.status == 1
    assert "indexed-3.0td" in ended.err


def test_prices_that_do_not_cover_the_week_are_named(cf, tmp_path):
    prices = tmp_path / "prices.csv"
    prices.write_text("time_utc,price_eur_kwh\n2025-11-16T23:00:00Z,0.1\n")
    ended = cf(
        "plan", "--prices", prices, "--price-is-final", "--start", "2025-11-17", "--dir", tmp_path
    )
    assert ended.status == 1
    assert "2025-11-17T00:00Z" in ended.err


@pytest.mark.parametrize("command", ["--help", "version"])
def test_the_installed_command_runs_as_a_process(command):
    done = subprocess.run(
        [sys.executable, "-m", "chocolate_factory", command],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip()


def test_of_two_versions_of_an_omie_file_only_the_newer_is_taken_in_any_order(cf, tmp_path):
    for version, price in ((1, 10), (2, 20)):
        rows = "".join(f"2025;09;30;{hour};5;{price};\r\n" for hour in range(1, 25))
        name = f"marginalpdbc_20250930.{version}"
        (tmp_path / name).write_bytes(f"MARGINALPDBC;\r\n{rows}*\r\n".encode())
    both = [tmp_path / f"marginalpdbc_20250930.{version}" for version in (2, 1)]
    for expected in (24, 0):
        ended = cf("import", *both, "--dir", tmp_path / "data", "--json")
        assert (ended.json["total"]["new"], ended.json["total"]["revised"]) == (expected, 0)
    assert "replaces it" in ended.json["files"][1]["notes"][0]


def test_a_mistyped_contract_of_what_if_is_answered_with_the_names_there_are(cf, stored):
    ended = cf("what-if", "--contract", "indexed-7", "--dir", stored)
    assert ended.status == 1
    assert "neither a file nor a contract of this name" in ended.err
    assert "indexed-3.0td" in ended.err
