"""The page about how good the models are, its JSON, and having it measured."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from fastapi.testclient import TestClient

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.forecasting.measure import compare, ground, summarise
from chocolate_factory.forecasting.results import Backtest, Blended, Predictions
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.clock import MADRID_CLOCK
from chocolate_factory.oversight import BacktestAsked, BacktestReport
from chocolate_factory.oversight.backtests import checked
from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.web import backtest_schemas, backtest_views
from chocolate_factory.web.backtest_routes import BacktestDesk

NOW = datetime(2026, 11, 25, 14, 20, tzinfo=MADRID).astimezone(UTC)
FIRST, DAYS = date(2026, 8, 20), 90
LOCAL = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
LOSING = Blended(90, 3, {"ridge": 0.87, "similar-day": 0.1}, {"similar-day": 12}, {"boosted": 4})
ENGLISH, SPANISH = {"accept-language": "en"}, {"accept-language": "es"}


def made_up(*models: tuple[str, float]) -> BacktestReport:
    """Scores of forecasts that are off by noise of a known size, growing with the lead day."""
    midnights = np.array(
        [MADRID_CLOCK.midnight(FIRST + timedelta(days=n)) for n in range(DAYS)], dtype="M8[s]"
    )
    start = np.concatenate([at + np.arange(168) * np.timedelta64(3600, "s") for at in midnights])
    origin, lead = np.repeat(midnights, 168), np.tile(np.arange(168) // 24, DAYS)
    hour = start.astype(np.int64) // 3600
    actual = 0.12 + 0.04 * np.sin(2 * np.pi * hour / 24) + 0.02 * np.sin(hour / 300)
    z = np.array([-1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645])

    def of(name: str, noise: float) -> Predictions:
        spread = noise * (1 + 0.05 * lead)
        mean = actual + spread * np.random.default_rng(len(name)).normal(size=start.size)
        return Predictions(name, origin, start, mean, mean[:, None] + spread[:, None] * z)

    predictions = [of(*one) for one in (models or (("naive", 0.03), ("ridge", 0.02)))]
    on = ground(predictions[0], actual, clock=MADRID_CLOCK, horizon_h=168, every=1)
    return BacktestReport(
        BacktestAsked("pvpc", FIRST, FIRST + timedelta(days=DAYS - 1)), "EUR/kWh",
        NOW - timedelta(hours=2), 41.2, date(2023, 1, 28), date(2026, 11, 24),
        {"spot": 0, "wind_day_ahead": 24}, (), False,
        tuple(summarise(one, on) for one in predictions), compare(predictions, on),
        {"naive": {}, "ridge": {"wind_day_ahead": 24}},
    )  # fmt: skip


def run(outcome: Outcome, **more: object) -> Run:
    ended = None if outcome is Outcome.RUNNING else NOW
    return Run("validate-models-1", "validate-models", NOW, ended, outcome, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def report() -> BacktestReport:
    return made_up()


@pytest.fixture
def site(make_app: Callable, nothing_stored: object) -> Callable[..., TestClient]:
    """A program on the machine itself, before backtests made by hand."""

    def make(
        report: BacktestReport | None = None,
        *runs: Run,
        begun: list[BacktestAsked] | None = None,
    ) -> TestClient:
        def begin(asked: BacktestAsked) -> Run:
            (begun if begun is not None else []).append(checked(asked))
            return run(Outcome.RUNNING, detail="waits for its turn", asked=asked.texts())

        desk = BacktestDesk(now=lambda: NOW, begin=begin, newest=lambda: report, runs=lambda: runs)
        return TestClient(make_app(lambda: nothing_stored, backtests=desk), **LOCAL)

    return make


def test_without_a_result_the_page_says_how_to_get_one(site: Callable) -> None:
    told = site().get("/models/backtest", headers=ENGLISH).text
    assert "No backtest yet" in told
    assert "POST http://127.0.0.1:8000/models/validate" in told
    assert "<table" not in told


@pytest.mark.parametrize("language", [ENGLISH, SPANISH], ids=["en", "es"])
def test_the_page_shows_every_model_with_its_interval(
    site: Callable, report: BacktestReport, language: dict[str, str]
) -> None:
    mae = report.summary[1].mae
    told = site(report).get("/models/backtest", headers=language).text
    shown = f"{mae:.4f}" if language is ENGLISH else f"{mae:.4f}".replace(".", ",")
    assert re.search(rf"<strong>{re.escape(shown)}</strong><span class=\"interval\">", told)
    assert told.count('class="dot ') == 2 * 7 + 2 * 24
    assert told.index(">ridge") < told.index(">naive")  # the one that errs least in front


def test_a_backtest_under_way_is_shown_above_the_last_result(
    site: Callable, report: BacktestReport
) -> None:
    running = run(Outcome.RUNNING, done=120, total=1160, detail="pvpc: fits of the models")
    told = site(report, running).get("/models/backtest", headers=ENGLISH).text
    assert "120 of 1,160" in told
    assert told.index("<progress") < told.index('class="scores stacked"')


def test_one_that_failed_says_why_and_the_last_result_stays(
    site: Callable, report: BacktestReport
) -> None:
    failed = run(Outcome.FAILED, detail="ridge needs 155 complete days of history")
    told = site(report, failed).get("/models/backtest", headers=ENGLISH).text
    assert "ridge needs 155 complete days" in told
    assert 'class="scores stacked"' in told


def test_coverage_that_is_off_is_marked(site: Callable, report: BacktestReport) -> None:
    ridge = replace(report.summary[1], coverage_80=0.7)
    off = replace(report, summary=(report.summary[0], ridge))
    assert '<strong class="off">70.0' in site(off).get("/models/backtest", headers=ENGLISH).text


def test_what_is_to_be_known_of_origins_and_inputs_is_told_in_both_languages(
    site: Callable, report: BacktestReport
) -> None:
    days = [FIRST + timedelta(days=n) for n in range(12)]
    gaps = Backtest(
        PVPC, "EUR/kWh", FIRST, days[-1], 48, 1, (), np.empty(0), report.summary, tuple(days),
        inputs={"wind": 30}, missing={"load": 4}, young={"gas": (3, 86)}, bridged=(days[0],),
        left_out=("network",), blends={"champion": LOSING},
    )  # fmt: skip
    asked = site(replace(report, notes=gaps.notes))
    assert len(gaps.notes) == 9
    assert tuple(asked.get("/models/backtest/complete").json()["report"]["notes"]) == gaps.notes
    english = asked.get("/models/backtest", headers=ENGLISH).text
    assert [note for note in gaps.notes if f"<li>{note}</li>" not in english] == []
    spanish = asked.get("/models/backtest", headers=SPANISH).text
    assert '<li lang="en">' not in spanish
    assert "<li>gas: de los 86 días anteriores al primer origen" in spanish
    assert "2026-08-29 y 2 más: los días anteriores no están completos</li>" in spanish


def test_what_a_champion_was_made_of_is_shown(site: Callable, report: BacktestReport) -> None:
    blended = site(replace(report, blends={"champion": LOSING}))
    (told,) = blended.get("/models/backtest/complete").json()["report"]["blends"]
    assert (told["model"], told["naive_origins"]) == ("champion", 3)
    assert (told["weights"], told["lost"], told["lacking"]) == (
        dict(LOSING.weights), dict(LOSING.lost), dict(LOSING.lacking)
    )  # fmt: skip
    page = blended.get("/models/backtest", headers=SPANISH).text
    assert "Pesos medios en champion</dt>" in page
    assert re.search(r"ridge 87\s%", page)


def test_the_json_holds_what_the_page_shows(site: Callable, report: BacktestReport) -> None:
    told = site(report).get("/models/backtest/complete").json()
    first = told["report"]["models"][0]
    assert (first["model"], told["report"]["origins"]) == ("ridge", 90)
    assert first["mae"] == report.summary[1].mae
    assert set(first["interval_95"]["mae"]) == {"low", "high"}
    (pair,) = told["report"]["comparisons"]
    assert (pair["better"], pair["worse"]) == ("ridge", "naive")
    assert told["report"]["made"].endswith("+01:00")


def test_validate_without_a_body_measures_pvpc_over_the_last_ninety_days(site: Callable) -> None:
    begun: list[BacktestAsked] = []
    answer = site(begun=begun).post("/models/validate")
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == "/jobs/validate-models-1"
    assert answer.json()["state"] == "running"
    last = date(2026, 11, 18)
    assert begun == [BacktestAsked("pvpc", last - timedelta(days=89), last)]


def test_validate_takes_what_is_asked(site: Callable) -> None:
    begun: list[BacktestAsked] = []
    body = {
        "series": "pvpc", "from": "2026-01-01", "to": "2026-03-01", "horizon_h": 24, "every": 7,
        "models": ["naive", "ridge"], "information": "spot-known",
    }  # fmt: skip
    answer = site(begun=begun).post("/models/validate", json=body)
    assert answer.status_code == 202, answer.text
    asked = BacktestAsked(
        "pvpc", date(2026, 1, 1), date(2026, 3, 1), 24, 7, ("naive", "ridge"), "spot-known"
    )
    assert begun == [asked]
    assert BacktestAsked.of_texts(answer.json()["asked"]) == asked


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"models": ["oracle"]}, "no model named"),
        ({"models": []}, "models"),
        ({"models": ["naive", "naive"]}, "each once"),
        ({"to": "2026-11-24"}, "are not over yet"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "no origin is in there"),
        ({"from": "2021-01-01", "to": "2026-11-01"}, "at most 3000"),
        ({"horizon_h": 500}, "336"),
        ({"every": 0}, "every"),
        ({"series": "temperature"}, "pvpc"),
        ({"series": "spot", "information": "spot-known"}, "spot itself cannot be known"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_cannot_be_measured_is_refused(site: Callable, body: dict, says: str) -> None:
    begun: list[BacktestAsked] = []
    answer = site(begun=begun).post("/models/validate", json=body)
    assert answer.status_code == 422, answer.text
    assert says in answer.text
    assert begun == []


def test_only_the_machine_itself_may_begin_one(make_app: Callable, nothing_stored: object) -> None:
    with TestClient(make_app(lambda: nothing_stored), client=("192.0.2.7", 50_000)) as far:
        assert far.post("/models/validate").status_code == 403


def test_a_horizon_that_is_not_over_cannot_be_asked() -> None:
    body = backtest_schemas.BacktestRequest.model_validate({"to": "2026-11-19"})
    with pytest.raises(RequestInvalid, match="2026-11-18 is the last day"):
        backtest_views.asked(body, now=NOW)


def test_the_answer_and_the_page_say_which_columns_each_model_used(
    site: Callable, report: BacktestReport
) -> None:
    told = {one.model: one.inputs for one in backtest_views.answer(report).models}
    assert told == {"naive": {}, "ridge": {"wind_day_ahead": 24}}
    page = site(report).get("/models/backtest", headers=ENGLISH).text
    assert re.search(r"<dd>ridge: [^<;]*Wind forecast[^<;]*; naive: none</dd>", page)
