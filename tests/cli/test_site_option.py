"""Commands about one plant where there are several: ``--site`` says which."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chocolate_factory.alerting import settle
from chocolate_factory.app.site_files import chosen, read_sites
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.root import now
from chocolate_factory.insights.alerts import Alert, AlertKind, Gravity
from chocolate_factory.market.catalog import LINARES, SITE_POWER
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.settings import load_settings
from chocolate_factory.store.base import Outcome, Run

TEMPERATURE = SeriesKey("temperature", LINARES)
FAR = datetime(2100, 1, 1, tzinfo=UTC)
METER = "time_utc,kwh\n" + "".join(
    f"2025-11-10T{hour:02d}:{minute:02d}:00Z,{5 + hour / 10}\n"
    for hour in range(24)
    for minute in (0, 15, 30, 45)
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sites whose store exists."""
    (tmp_path / "sites").mkdir()
    for name in ("jaen", "lugo"):
        text = f"name: {name}\ntitle: At {name}\nlatitude: 38\nlongitude: -3\n"
        (tmp_path / "sites" / f"{name}.yaml").write_text(text)
    monkeypatch.setenv("CHOCOLATE_FACTORY_SITES_DIR", str(tmp_path / "sites"))
    with opened_site(site(tmp_path, "lugo"), create=True) as store:
        told = {"reasons": "one press", "way": ""}
        no_plan = Alert("plan", AlertKind.PLAN_INFEASIBLE, Gravity.CRITICAL, told)
        settle(store, (no_plan,), now=now())
    return tmp_path


def site(folder: Path, name: str):
    return chosen(read_sites(load_settings(data_dir=folder)), name)


def test_alerts_are_those_of_the_site_that_is_named(cf: Any, folder: Path) -> None:
    told = {
        name: cf("alerts", "list", "--site", name, "--dir", folder, "--json").json
        for name in ("jaen", "lugo")
    }
    assert told["jaen"]["holding"] == []
    assert [one["kind"] for one in told["lugo"]["holding"]] == ["plan_infeasible"]


@pytest.mark.parametrize(
    "command",
    [
        ("plan",), ("explain",), ("what-if",), ("alerts", "list"), ("bill",), ("gaps",),
        ("contract", "show"), ("report", "month"),
        ("replay", "--from", "2025-11-03", "--to", "2025-11-09"),
    ],
)  # fmt: skip
def test_a_command_that_means_one_plant_asks_which(
    cf: Any, folder: Path, command: tuple[str, ...]
) -> None:
    ended = cf(*command, "--dir", folder)
    assert ended.status == 1
    assert "say which one with --site: jaen, lugo" in ended.err


def test_a_site_that_is_not_there_is_refused_with_those_that_are(cf: Any, folder: Path) -> None:
    ended = cf("alerts", "list", "--site", "vigo", "--dir", folder)
    assert ended.status == 1
    assert "there is no such site; there are jaen, lugo" in ended.err


def test_where_nobody_named_a_site_none_can_be_asked_for(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHOCOLATE_FACTORY_SITES_DIR")
    assert cf("alerts", "list", "--dir", folder).status == 0
    ended = cf("alerts", "list", "--site", "jaen", "--dir", folder)
    assert ended.status == 1
    assert "there are no site files" in ended.err


def test_a_meter_is_kept_for_the_site_that_is_named(cf: Any, folder: Path) -> None:
    (folder / "meter.csv").write_text(METER)
    ended = cf("meter", folder / "meter.csv", "--site", "jaen", "--dir", folder, "--json")
    assert ended.status == 0, ended.err
    day = datetime(2025, 11, 10, tzinfo=UTC), datetime(2025, 11, 11, tzinfo=UTC)
    with opened_site(site(folder, "jaen")) as store:
        told = store.read(SITE_POWER, *day, as_of=FAR)
        assert (told.key, len(told)) == (SeriesKey("site_power", "site:jaen"), 96)
        assert len(store.of_site("lugo").read(SITE_POWER, *day, as_of=FAR)) == 0


def test_doctor_reads_the_site_files_and_tells_of_each_site(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_site(site(folder, "lugo")) as store:
        run = Run("plan@lugo-1", "plan", now(), now(), Outcome.FAILED, "the press is away")
        store.save_run(run)
    told = {
        one["what"]: one
        for one in cf("doctor", "--offline", "--dir", folder, "--json").json["findings"]
    }
    assert {"site jaen", "site lugo"} <= told.keys()
    assert told["job plan@lugo"]["detail"].endswith("the press is away")
    (folder / "sites" / "lugo.yaml").write_text("name: jaen\nlatitude: 1\nlongitude: 1\n")
    told = {
        one["what"]: one
        for one in cf("doctor", "--offline", "--dir", folder, "--json").json["findings"]
    }
    assert told["sites"]["state"] == "fault"
    assert "line 1: name: 'jaen' is also the name in" in told["sites"]["detail"]


def test_doctor_says_which_site_has_an_address_that_is_not_understood(
    cf: Any, folder: Path
) -> None:
    with (folder / "sites" / "lugo.yaml").open("a") as file:
        file.write("notify_urls: ['json://127.0.0.1', 'no-such-service://secret']\n")
    findings = cf("doctor", "--offline", "--dir", folder, "--json").json["findings"]
    told = {one["what"]: one for one in findings}["messages lugo"]
    assert told["state"] == "fault"
    assert "address 2 of the list is not understood" in told["detail"]
    assert str(folder / "sites" / "lugo.yaml") in told["detail"]
    assert not any("secret" in one["detail"] for one in findings)


def test_the_gaps_of_a_site_are_those_of_its_own_weather(cf: Any, folder: Path) -> None:
    at = datetime(2025, 11, 10, tzinfo=UTC)
    with opened_site(site(folder, "jaen")) as store:
        for seen, hours in ((store, 3), (store.of_site(""), 5)):
            start = np.datetime64("2025-11-10T00:00:00") + np.arange(hours) * np.timedelta64(1, "h")
            known = Observations(
                TEMPERATURE, "open-meteo", Kind.ANALYSED, start, np.full(hours, 3600),
                np.full(hours, 9.0), start, np.ones(hours, dtype=np.bool_),
            )  # fmt: skip
            seen.append([known], now=at)
    asked = ("--site", "jaen", "--dir", folder, "--from", "2025-11-10", "--to", "2025-11-10")
    for series in ("temperature", "temperature@linares"):
        ended = cf("gaps", "--series", series, *asked, "--json")
        assert ended.status == 0, ended.err
        assert ended.json["series"] == "temperature@site:jaen"
        assert ended.json["present"] == 3


def test_a_replay_is_of_the_plant_orders_and_contract_of_the_site_that_is_named(
    cf: Any, folder: Path
) -> None:
    with (folder / "sites" / "lugo.yaml").open("a") as file:
        file.write("contract: pvpc\n")
    asked = ("replay", "--from", "2025-11-03", "--to", "2025-11-09", "--dir", folder, "--json")
    told = cf(*asked, "--site", "lugo").json
    assert told["contract"] == "pvpc"
    assert told["weeks"][0]["skipped"].startswith("planning prices: missing")
    assert (folder / "sites/lugo/replay").is_dir()
