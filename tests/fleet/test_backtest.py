"""The models measured for every zone of a fleet: workers fit, and a result is kept once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fleet.conftest import DAY, ORIGIN, untold
from fleet.small_sites import write_small_sites

from benchmarks.fleet_sites import fill_market
from chocolate_factory import oversight
from chocolate_factory.app.fleet import fleet_sites
from chocolate_factory.app.site_files import read_sites
from chocolate_factory.errors import ClusterUnavailable, RequestInvalid
from chocolate_factory.fleet import FleetSite, backtest_fleet
from chocolate_factory.fleet.spreading import Lost, in_turn
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.contract import FixedContract, Tariff
from chocolate_factory.oversight import BacktestAsked
from chocolate_factory.settings import Settings
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

ASKED = BacktestAsked(
    series="pvpc", first=date(2025, 11, 10), last=date(2025, 11, 12), horizon_h=24, every=1,
    models=("naive", "similar-day"),
)  # fmt: skip

Measure = Callable[..., Any]


@pytest.fixture
def store(tmp_path: Path):
    opened = open_store(f"sqlite:///{tmp_path}/fleet.db")
    fill_market(opened, seed=1, last=DAY, days=60)
    yield opened
    opened.close()


@pytest.fixture
def sites(tmp_path: Path) -> tuple[FleetSite, ...]:
    write_small_sites(tmp_path / "sites", 2)
    return fleet_sites(read_sites(Settings(data_dir=tmp_path, sites_dir=tmp_path / "sites")))


@pytest.fixture
def measure(store: Store, sites: tuple[FleetSite, ...], tmp_path: Path) -> Measure:
    def measured(spread=in_turn, sites=sites, asked=ASKED):
        return backtest_fleet(
            store, sites, asked, spread, now=ORIGIN, folder=tmp_path / "fits", tell=untold
        )

    return measured


def test_finished_fits_are_kept_until_the_result_is_and_not_longer(measure: Measure, tmp_path):
    handed = []

    def interrupted(work, items):
        for number, item in enumerate(items):
            if number == 2:
                raise KeyboardInterrupt
            yield number, work(item)

    def counting(work, items):
        handed.extend(items)
        yield from in_turn(work, items)

    with pytest.raises(KeyboardInterrupt):
        measure(interrupted)
    (fits,) = (tmp_path / "fits").iterdir()
    assert len(list(fits.iterdir())) == 2
    every = sum(len(one.report.summary) for one in measure(counting))
    assert every == 4
    assert list((tmp_path / "fits").iterdir()) == []
    computed = len(handed)
    measure(counting)
    assert len(handed) == computed


def test_a_run_whose_folder_another_one_removed_goes_on(measure: Measure, tmp_path):
    def beside(work, items):
        for number, item in enumerate(items):
            shutil.rmtree(tmp_path / "fits")
            yield number, work(item)

    assert len(measure(beside)) == 2


def test_a_worker_of_another_version_refuses_the_fits(measure: Measure, monkeypatch):
    monkeypatch.setattr("chocolate_factory.fleet.fleet_backtest.program", lambda: "of yesterday")
    with pytest.raises(ClusterUnavailable, match="another version of this program"):
        measure()


def test_a_zone_that_cannot_be_measured_says_why_and_hides_no_other(
    measure: Measure, sites, monkeypatch
):
    def deadly(work, items):
        if items[0].run.known.key == PVPC:
            yield 0, Lost("every process ended")
        yield from in_turn(work, items)

    pvpc, spot = measure(deadly)
    assert (pvpc.market, pvpc.report, pvpc.amiss) == (PVPC, None, "every process ended")
    assert (spot.market, spot.amiss) == (SPOT, None)
    assert spot.report.summary
    monkeypatch.setattr(oversight, "material", lambda *_, **__: 1 / 0)
    assert all("unexpected error (ZeroDivisionError)" in one.amiss for one in measure())


def test_where_all_prices_are_agreed_there_is_nothing_to_measure_and_that_is_said(
    measure: Measure, sites
):
    agreed = FixedContract("agreed", Tariff.TD30, (0.1,) * 6)
    fixed = tuple(replace(one, task=replace(one.task, contract=agreed)) for one in sites)
    with pytest.raises(RequestInvalid, match="no site pays by a market"):
        measure(sites=fixed)
