"""The benchmarks: each is run by its name, and every peer is asked about the same hours."""

from __future__ import annotations

import os
import platform
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks import fleet, forecast_figures
from benchmarks.__main__ import ALONE, LIBRARIES, LONG, ON_PRICES, surroundings
from benchmarks.forecast_t168 import read_series
from benchmarks.peer import PeerFailed, PeerMissing, asked, installed
from benchmarks.peers_forecasting import WEEK_H, questions, theirs
from benchmarks.peers_planning import hold_against
from benchmarks.replay import report
from chocolate_factory.conduct.replay import ReplayedWeek
from chocolate_factory.forecasting import backtest
from chocolate_factory.forecasting.measure import ground
from chocolate_factory.market.calendar import to_datetime, utc_iso
from chocolate_factory.reports.csv_file import write_csv
from chocolate_factory.simulation.market import SimulatedMarket

FOLDER = Path(__file__).parents[1] / "benchmarks"
NOT_ALONE = {"__main__", "soak_worker"}


def test_every_benchmark_has_a_name_and_every_name_a_benchmark() -> None:
    there = {
        path.stem
        for path in FOLDER.glob("*.py")
        if 'if __name__ == "__main__":' in path.read_text("utf-8")
    }
    assert there - NOT_ALONE == {*ON_PRICES, *ALONE, *LONG}


def test_what_is_measured_says_on_what_machine_and_with_which_versions() -> None:
    said = surroundings()
    assert f"Python {platform.python_version()}, numpy {np.__version__}, " in said
    assert said.startswith(f"{os.cpu_count()} processors (")
    told = (FOLDER.parent / "docs/performance.md").read_text("utf-8").partition("\n|")[0]
    for library in LIBRARIES:
        assert re.search(rf"\b{library} \d", told), library


def test_a_peer_that_does_not_answer_fails_the_benchmark_and_says_why() -> None:
    with pytest.raises(PeerFailed, match="KeyError: 'models'"):
        asked(Path(sys.executable), "raise KeyError('models')", {}, within_s=60)
    with pytest.raises(PeerFailed, match="no answer: hello"):
        asked(Path(sys.executable), "print('hello')", {}, within_s=60)
    with pytest.raises(PeerFailed, match="not done within 1 s"):
        asked(Path(sys.executable), "import time; time.sleep(60)", {}, within_s=1)


def test_a_peer_that_cannot_be_installed_is_missing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("benchmarks.peer.ENVIRONMENTS", tmp_path / "file" / "peers")
    with pytest.raises(PeerMissing, match="directory"):
        installed("emhass", ("emhass",))
    monkeypatch.setattr("benchmarks.peer.ENVIRONMENTS", tmp_path)
    with pytest.raises(PeerMissing, match=r"nowhere\.whl"):
        installed("emhass", (str(tmp_path / "nowhere.whl"),))
    with pytest.raises(PeerMissing, match="No such file"):
        asked(Path("/nowhere/python"), "", {}, within_s=60)


@pytest.mark.parametrize(
    "peer", [{"eur": 0.0, "status": "Infeasible"}, {"eur": 11.8, "status": "optimal"}]
)
def test_times_of_a_peer_that_solved_something_else_are_not_compared(peer: dict[str, Any]) -> None:
    with pytest.raises(SystemExit, match="not the same answer"):
        hold_against(11.6281, peer)
    hold_against(11.6281, {"eur": 11.6283, "status": "Optimal"})


def test_a_peer_that_repeats_the_week_scores_as_the_naive_does_over_a_night_of_23_hours(
    tmp_path: Path,
) -> None:
    start, eur_kwh = SimulatedMarket(seed=1).pvpc(date(2025, 1, 1), date(2025, 4, 30))
    path = tmp_path / "prices.csv"
    write_csv(
        path, ("time_utc", "price_eur_kwh"),
        [(utc_iso(to_datetime(at)), f"{price:.5f}")
         for at, price in zip(start, eur_kwh, strict=True) if at != np.datetime64("2025-02-02T09")],
    )  # fmt: skip
    series = read_series([path])
    told = backtest(
        series, first=date(2025, 3, 10), last=date(2025, 4, 7), horizon_h=WEEK_H,
        models=("naive",), every=7,
    )  # fmt: skip
    naive = told.predictions[0]
    question = questions(naive, series, history_days=60)

    assert [one["ahead"] for one in question["origins"]] == [168, 168, 167, 168, 168]
    assert {len(one["past"]) for one in question["origins"]} == {60 * 24}
    whole = questions(naive, series, history_days=None)
    assert [len(one["past"]) for one in whole["origins"]] == [1632, 1800, 1968, 2135, 2303]
    assert np.isfinite([one["past"] for one in question["origins"]]).all()
    repeated = [np.array(one["past"][-WEEK_H:])[: one["ahead"]] for one in question["origins"]]
    made = [
        {"mean": one.tolist(), "quantiles": np.tile(one, (7, 1)).T.tolist()} for one in repeated
    ]
    on = ground(naive, told.actual, clock=told.clock, horizon_h=WEEK_H, every=7)
    summary = theirs("a peer", {"made": made, "cpu_s": 1.0}, naive, on).summary

    own = told.summary[0]
    assert (summary.origins, summary.periods) == (own.origins, own.periods) == (5, 839)
    for at in (0, 1, 4):  # weeks as long as the one before
        assert repeated[at] == pytest.approx(naive.mean[on.origin == at], abs=1e-9)
    assert summary.rmae == pytest.approx(1.0, abs=0.1)
    assert summary.rmae != 1.0


def test_the_figures_of_the_forecasts_are_made_beside_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "forecast_figures" in ON_PRICES
    monkeypatch.setattr(forecast_figures, "RESULTS", tmp_path / "results")
    prices = tmp_path / "prices.csv"
    start, eur_kwh = SimulatedMarket(seed=1).pvpc(date(2025, 1, 1), date(2025, 4, 30))
    write_csv(
        prices, ("time_utc", "price_eur_kwh"),
        [(utc_iso(to_datetime(at)), f"{price:.5f}")
         for at, price in zip(start, eur_kwh, strict=True)],
    )  # fmt: skip
    days = ("--from", "2025-03-03", "--to", "2025-04-14", "--models", "naive,similar-day")
    monkeypatch.setattr(sys, "argv", ["", "--prices", str(prices), *days])
    forecast_figures.main()

    for name, curves in (("forecast_fan", 2), ("reliability", 3), ("error_by_lead", 2)):
        drawn = ET.parse(tmp_path / "results" / f"{name}.svg")  # noqa: S314 - written just now
        lines = drawn.iterfind(".//{*}polyline[@stroke-width='2']")
        assert sum(len(line.attrib["points"].split()) > 1 for line in lines) == curves, name


def test_a_replay_says_what_not_knowing_the_prices_costs_in_each_year(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report(
        [
            ReplayedWeek(date(2024, 1, 1), 480.0, 440.0, 437.0, 450.0),
            ReplayedWeek(date(2024, 1, 8), 480.0, 442.0, 437.0, 450.0),
            ReplayedWeek(date(2024, 1, 15), skipped="no prices"),
            ReplayedWeek(date(2025, 1, 6), 480.0, 439.0, 437.0, 450.0),
        ]
    )
    told = capsys.readouterr().out
    assert "2024: not knowing the prices costs 209 €/year" in told  # 4 € in 366 / 7 weeks
    assert "2025: not knowing the prices costs 104 €/year" in told


@pytest.mark.parametrize("name", sorted({*ON_PRICES, *ALONE, *LONG}))
def test_a_benchmark_tells_in_its_help_what_it_measures(name: str) -> None:
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    assert "description=__doc__," in text
    assert len(text.split('"""')[1]) > 200


@pytest.mark.parametrize(
    ("plans", "refused", "wrong"),
    [
        ((500, 500), (1, 1), False),  # tried again, and planned
        ((0, 0), (500, 500), True),
        ((499, 499), (1, 1), True),
        ((501, 500), (0, 0), True),
    ],
)
def test_a_fleet_that_lost_a_site_or_planned_one_twice_is_no_good_fleet(
    plans: tuple[int, int], refused: tuple[int, int], wrong: bool
) -> None:
    events = {"fleet-plan": plans, "plan-accepted": plans, "fleet-refused": refused}
    assert bool(fleet.amiss(fleet.Held(plans, events, forecasts=2, kept_b=0), 500)) is wrong
