"""The ``fleet`` commands: sites of a folder planned, told, replayed and measured."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fleet.small_sites import write_small_sites

from benchmarks.fleet_sites import fill_market, origin_for
from chocolate_factory.cli import fleet as fleet_cli
from chocolate_factory.cli.findings import cluster_findings
from chocolate_factory.cli.serve import bound_socket
from chocolate_factory.errors import ClusterUnavailable
from chocolate_factory.fleet import planning
from chocolate_factory.market.calendar import day_bounds, utc_iso
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.settings import load_settings
from chocolate_factory.store.sql import open_store

DAY = date(2025, 11, 28)
ORIGIN = utc_iso(origin_for(DAY))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with sixty days of a simulated market, and two sites beside it."""
    store = open_store(f"sqlite:///{tmp_path}/chocolate-factory.db")
    fill_market(store, seed=1, last=DAY, days=60)
    store.close()
    write_small_sites(tmp_path / "sites-config", 2)
    monkeypatch.setenv("CHOCOLATE_FACTORY_SITES_DIR", str(tmp_path / "sites-config"))
    return tmp_path


def test_all_sites_are_planned_once_and_told(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_by(Clock(origin_for(DAY)), monkeypatch)
    given = ("--dir", folder, "--workers", 1, "--json")
    first = cf("fleet", "plan", "--origin", ORIGIN, *given)
    assert first.status == 0
    assert [one["state"] for one in first.json["sites"]] == ["done", "done"]
    assert first.json["origin"] == ORIGIN
    assert first.json["simulated"] is True
    again = cf("fleet", "plan", "--origin", ORIGIN, *given)
    assert again.json["counts"] == {"kept": 2}
    told = cf("fleet", "status", "--dir", folder, "--json").json
    assert [(one["site"], one["plan_id"]) for one in told["sites"]] == [
        (one["site"], one["plan_id"]) for one in first.json["sites"]
    ]
    shown = cf("fleet", "status", "--dir", folder).out
    assert "site-00000" in shown
    assert "2 kept" in shown
    assert "SIMULATED DATA" in shown
    assert "€ are expected costs" in shown
    assert f"{told['total']['plan_eur']:.2f}" in shown
    assert told["euros"] == "expected"
    assert told["total"]["days"] == sum(one["days"] for one in told["sites"]) == 14
    assert told["total"]["plan_eur"] == round(sum(s["plan_eur"] for s in told["sites"]), 2)
    assert told["total"]["saving_eur"] == round(sum(s["saving_eur"] for s in told["sites"]), 2)
    assert re.search(r"plan €\s+habit €\s+saves €\s+%", shown)
    for one in (*told["sites"], told["total"]):
        assert f"{one['saving_eur']:.2f}" in shown
        assert f"{one['saving_pct']:.1f}" in shown
    (folder / "sites-config/site-00001.yaml").rename(folder / "elsewhere.yaml")
    less = cf("fleet", "status", "--dir", folder).out
    assert "also in this run, and no site file here: site-00001" in less
    monkeypatch.delenv("CHOCOLATE_FACTORY_SITES_DIR")
    other = cf("fleet", "status", "--dir", folder)
    assert other.status == 1
    assert "was of other sites: site-00000, site-00001" in other.err
    assert "CHOCOLATE_FACTORY_SITES_DIR is not set" in other.err


def test_proposals_and_sites_left_out_are_told_beside_the_sums(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = origin_for(DAY) - timedelta(days=1)
    given = ("--dir", folder, "--workers", 1)
    told_by(Clock(before), monkeypatch)
    assert cf("fleet", "plan", "--origin", utc_iso(before), *given).status == 0
    for name, more in (("00000", "propose_above_eur: 0\n"), ("00001", "")):
        file = folder / f"sites-config/site-{name}.yaml"
        file.write_text(file.read_text() + more)
    oven = folder / "sites-config/oven/orders.yaml"
    (folder / "sites-config/oven/much.yaml").write_text(oven.read_text().replace("00}", "0000}"))
    file.write_text(file.read_text().replace("oven/orders", "oven/much"))
    told_by(Clock(origin_for(DAY)), monkeypatch)
    ended = cf("fleet", "plan", *given)
    assert ended.status == 2
    stands = cf("fleet", "status", *given[:2], "--json")
    assert stands.status == 2
    told = stands.json
    one, refused = told["sites"]
    assert (one["proposed"], refused["state"], refused["plan_eur"]) == (True, "refused", None)
    total = told["total"]
    assert (total["sites"], total["proposals"], total["on_earlier_plan"]) == (1, 1, 1)
    assert total["plan_eur"] == one["plan_eur"]
    saves = one["proposal_saves_eur"]
    assert re.search(rf"done .* saves {saves:.2f} € *\n", ended.out)
    assert f"1 proposal waits for you; accepted, it would save {saves:.2f} € more" in ended.out
    assert "Left out of the sums: 1 on the plan of an earlier run" in ended.out
    assert "prices: site-00001." in ended.out


def test_whoever_serves_or_examines_simulated_data_is_warned(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cf("doctor", "--offline", "--json", "--dir", folder).json["findings"]
    (data,) = (one for one in found if one["what"] == "data")
    assert data["state"] == "warning"
    assert "SIMULATED DATA" in data["detail"]
    monkeypatch.setattr("chocolate_factory.cli.serve.run_server", lambda *_, **__: None)
    with bound_socket("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    ended = cf("serve", "--dir", folder, "--port", port)
    assert "warning: the store holds SIMULATED DATA" in ended.err


def test_weeks_of_the_past_are_replayed_for_every_site_and_kept(cf: Any, folder: Path) -> None:
    asked = ("fleet", "replay", "--from", "2025-11-10", "--to", "2025-11-16", "--models", "naive")
    first = cf(*asked, "--dir", folder, "--workers", 1, "--json")
    assert first.status == 0
    assert first.json["simulated"] is True
    for site in first.json["sites"]:
        (week,) = site["weeks"]
        assert week["perfect_eur"] <= week["plan_eur"] + 1e-6
        assert week["skipped"] is None
    assert first.json["total"]["plan_eur"] == round(
        sum(site["total"]["plan_eur"] for site in first.json["sites"]), 2
    )
    shown = cf(*asked, "--dir", folder, "--workers", 1).out
    for told in (*(site["total"] for site in first.json["sites"]), first.json["total"]):
        assert f"{told['habit_eur'] - told['plan_eur']:.2f}" in shown
        assert f"{told['saved_pct']:.1f}" in shown
    assert "2 weeks of sites replayed, 0 left out, from 2025-11-10 to 2025-11-16" in shown
    assert "Saved is measured against habit" in shown
    again = cf(*asked, "--dir", folder, "--workers", 1, "--json").json
    assert again == first.json  # with the processor seconds of the first time
    corrected(folder, date(2025, 11, 12))
    other = cf(*asked, "--dir", folder, "--workers", 1, "--json").json
    assert other["total"]["plan_eur"] > first.json["total"]["plan_eur"]


def test_a_week_that_cannot_be_replayed_says_why_by_site(cf: Any, folder: Path) -> None:
    asked = ("fleet", "replay", "--from", "2025-12-01", "--to", "2025-12-07", "--models", "naive")
    ended = cf(*asked, "--dir", folder, "--workers", 1)
    assert ended.status == 2
    assert "2025-12-01: left out: " in ended.out


def test_models_are_measured_for_every_zone_once(cf: Any, folder: Path) -> None:
    asked = ("fleet", "backtest", "--from", "2025-11-10", "--to", "2025-11-12", "--horizon", 24)
    given = ("--models", "naive,similar-day", "--dir", folder, "--workers", 1, "--json")
    first = cf(*asked, *given)
    assert first.status == 0
    assert {one["series"] for one in first.json["series"]} <= {"pvpc", "spot"}
    assert all(m["origins"] == 3 for one in first.json["series"] for m in one["summary"])
    assert all(isinstance(one["notes"], list) for one in first.json["series"])
    assert cf(*asked, *given).json == first.json
    corrected(folder, date(2025, 11, 11))
    assert cf(*asked, *given).json != first.json


def test_a_zone_without_enough_history_is_named_and_hides_no_other(cf: Any, folder: Path) -> None:
    asked = ("fleet", "backtest", "--from", "2023-11-10", "--to", "2023-11-10", "--models", "naive")
    ended = cf(*asked, "--dir", folder, "--workers", 1)
    assert ended.status == 2
    assert len(re.findall("^(pvpc|spot): not measured: ", ended.out, re.MULTILINE)) >= 1
    told = cf(*asked, "--dir", folder, "--workers", 1, "--json")
    assert told.json["series"] == []
    assert all(one["reason"] for one in told.json["refused"])


def corrected(folder: Path, day: date) -> None:
    """Have the prices of a day published again, five times as high."""
    store = open_store(f"sqlite:///{folder}/chocolate-factory.db")
    for key in (PVPC, SPOT):
        seen = store.read(key, *day_bounds(day), as_of=origin_for(DAY))
        again = Observations(
            key, str(seen.source[0]), Kind.PUBLISHED, seen.start, seen.resolution_s,
            5 * seen.value, seen.available_at + np.timedelta64(1, "D"),
            np.ones(len(seen), dtype=bool),
        )  # fmt: skip
        store.append([again], now=origin_for(DAY))
    store.close()


@pytest.mark.parametrize("command", [("fleet", "plan"), ("fleet", "status"), ("doctor",)])
def test_a_cluster_beside_a_store_of_this_machine_is_refused_before_any_work(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    url = f"sqlite:///{folder}/chocolate-factory.db"
    monkeypatch.setenv("CHOCOLATE_FACTORY_CLUSTER_URL", "tcp://127.0.0.1:9")
    monkeypatch.setenv("CHOCOLATE_FACTORY_STORE_URL", url)
    ended = cf(*command, "--dir", folder)
    assert ended.status == 1
    assert "CHOCOLATE_FACTORY_CLUSTER_URL: the workers of a cluster need a store" in ended.err
    assert "set CHOCOLATE_FACTORY_STORE_URL to PostgreSQL" in ended.err
    assert not (folder / "logs").exists()


def test_before_any_run_status_says_what_begins_one(cf: Any, folder: Path) -> None:
    ended = cf("fleet", "status", "--dir", folder)
    assert ended.status == 1
    assert "fleet plan" in ended.err


def test_without_site_files_it_is_said_whose_plant_is_meant(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOCOLATE_FACTORY_SITES_DIR", "")
    ended = cf("fleet", "plan", "--dir", folder, "--workers", 1)
    assert "CHOCOLATE_FACTORY_SITES_DIR is not set: this is about the one plant" in ended.err
    assert "`chocolate-factory site init` writes the first" in ended.err


def test_following_goes_without_an_instant(cf: Any, folder: Path) -> None:
    ended = cf("fleet", "plan", "--follow", "--origin", ORIGIN, "--dir", folder)
    assert ended.status == 1
    assert "--origin" in ended.err


def test_an_instant_of_another_day_is_refused_before_anything_is_noted(
    cf: Any, folder: Path
) -> None:
    ended = cf("fleet", "plan", "--origin", ORIGIN, "--dir", folder)
    assert ended.status == 1
    assert "at most 10 minutes ago" in ended.err
    assert "`plan --as-of` shows" in ended.err
    assert not (folder / "logs").exists()


def test_prices_that_are_not_out_are_told(cf: Any, folder: Path) -> None:
    ended = cf("fleet", "plan", "--dir", folder, "--workers", 1)
    assert ended.status == 1
    told = re.search(
        "stored: spot@peninsula (is|was) due at .*; pvpc@peninsula (is|was) due", ended.err
    )
    assert told is not None, ended.err


class Clock:
    """Told to the command line, and put forward by its sleep; it ends the command when it is over.

    ``meanwhile`` is done at each sleep.
    """

    def __init__(self, *moments: datetime, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.moments = list(moments)
        self.meanwhile = meanwhile

    def now(self) -> datetime:
        return self.moments[0]

    def sleep(self, seconds: float) -> None:
        self.meanwhile()
        self.moments.pop(0)
        if not self.moments:
            raise SystemExit(0)


def told_by(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chocolate_factory.cli.fleet.now", clock.now)
    monkeypatch.setattr("chocolate_factory.cli.fleet.time.sleep", clock.sleep)


SPOT_OUT = spec(SPOT).published_at(DAY) + timedelta(minutes=10)
QUIET = ("--workers", 1, "--json")


def test_who_waits_and_until_when_is_told_and_is_the_status(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_by(Clock(SPOT_OUT), monkeypatch)
    ended = cf("fleet", "plan", "--dir", folder, *QUIET)
    assert ended.status == 3
    assert ended.json["counts"] == {"waiting": 1, "done": 1}
    assert ended.json["awaited"] == [
        {"market": "pvpc@peninsula", "due": utc_iso(spec(PVPC).published_at(DAY)), "sites": 1}
    ]
    shown = cf("fleet", "plan", "--dir", folder, "--workers", 1)
    assert shown.status == cf("fleet", "status", "--dir", folder).status == 3
    assert (
        "waiting: 1, for the prices of 2025-11-28 (pvpc@peninsula), due at 2025-11-27 20:15+01:00"
        in shown.out
    )


def test_following_comes_back_for_the_market_that_was_not_out(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = SPOT_OUT - timedelta(hours=1)
    clock = Clock(early, SPOT_OUT, SPOT_OUT + timedelta(hours=1), origin_for(DAY), origin_for(DAY))
    told_by(clock, monkeypatch)
    ended = cf("fleet", "plan", "--follow", "--dir", folder, *QUIET)
    first, second = (json.loads(line) for line in ended.out.splitlines())
    assert [one["state"] for one in first["sites"]] == ["waiting", "done"]
    assert [(one["site"], one["state"]) for one in second["sites"]] == [("site-00000", "done")]
    lines = (folder / "logs/audit.jsonl").read_text().splitlines()
    noted = [(one["what"], one["outcome"]) for one in map(json.loads, lines)]
    assert noted == [("fleet plan --follow", "begun"), ("fleet plan --follow", "done")] * 2


def test_following_tries_again_what_came_to_nothing_and_waits_longer_each_time(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[datetime] = []
    out = origin_for(DAY)
    inner = planning.decide

    def decide(store: Any, *given: Any, now: datetime, **more: Any) -> Any:
        if store.site == "site-00001":
            tries.append(clock.now())
            if len(tries) < 4:
                raise KeyError("nobody foresaw this")
        return inner(store, *given, now=now, **more)

    monkeypatch.setattr(planning, "decide", decide)
    minutes = [0, 1, 9, 10, 11, 29, 30, 31, 69, 70, 71, 200]
    clock = Clock(*(out + timedelta(minutes=one) for one in minutes))
    told_by(clock, monkeypatch)
    ended = cf("fleet", "plan", "--follow", "--dir", folder, *QUIET)
    assert [(at - out) / timedelta(minutes=1) for at in tries] == [0, 10, 30, 70]
    runs = [
        [(one["site"], one["state"]) for one in json.loads(line)["sites"]]
        for line in ended.out.splitlines()
    ]
    assert runs == [
        [("site-00000", "done"), ("site-00001", "refused")],
        [("site-00001", "refused")],
        [("site-00001", "refused")],
        [("site-00001", "done")],
    ]


def test_following_waits_out_a_log_and_a_cluster_that_are_away_and_says_so(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "logs").write_text("a file in the place of the folder")
    spread_of = fleet_cli.spread_of

    def away(*given: Any) -> Any:
        monkeypatch.setattr(fleet_cli, "spread_of", spread_of)
        raise ClusterUnavailable("no Dask scheduler answers at tcp://host:8786")

    monkeypatch.setattr(fleet_cli, "spread_of", away)
    out = origin_for(DAY)
    moments = [out + timedelta(minutes=one) for one in range(4)]
    aside = folder / "logs"
    clock = Clock(*moments, meanwhile=lambda: aside.is_file() and aside.unlink())
    told_by(clock, monkeypatch)
    ended = cf("fleet", "plan", "--follow", "--dir", folder, *QUIET)
    assert ended.status == 0
    (line,) = ended.out.splitlines()
    assert [one["state"] for one in json.loads(line)["sites"]] == ["done", "done"]
    assert ended.err.count("Looking again in 60 s") == 2
    assert "no Dask scheduler answers" in ended.err


def test_following_reads_the_files_of_sites_once(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil() -> None:
        (folder / "sites-config/oven/plant.yaml").write_text("name: [")

    clock = Clock(SPOT_OUT, origin_for(DAY), meanwhile=spoil)
    told_by(clock, monkeypatch)
    ended = cf("fleet", "plan", "--follow", "--dir", folder, *QUIET)
    assert ended.status == 0
    assert len(ended.out.splitlines()) == 2


def test_doctor_says_who_plans_beside_a_cluster(
    cf: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOCOLATE_FACTORY_CLUSTER_URL", "tcp://127.0.0.1:9")
    monkeypatch.setenv("CHOCOLATE_FACTORY_STORE_URL", "postgresql://127.0.0.1:9/factory")
    found = cf("doctor", "--offline", "--json", "--dir", folder).json["findings"]
    (planning,) = (one["detail"] for one in found if one["what"] == "planning")
    assert "`fleet plan --follow`" in planning
    assert "at 01:10 by `serve`" in planning
    (cluster,) = (one["detail"] for one in found if one["what"] == "cluster")
    assert "not asked" in cluster
    monkeypatch.setattr("chocolate_factory.fleet.cluster._CONNECT_S", 0.5)
    *_, asked = cluster_findings(load_settings(), online=True)
    assert (asked.state, "Start one (dask scheduler)" in asked.detail) == ("warning", True)
