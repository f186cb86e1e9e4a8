"""Which powers to contract: as JSON, on the dashboard, and having it worked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from chocolate_factory.conduct.contracting import ContractAsked, ContractReport
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.planning.contract_advice import ContractAdvice, YearCost
from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.web import notes
from chocolate_factory.web.contract_routes import ContractDesk

NOW = datetime(2026, 11, 25, 14, 20, tzinfo=MADRID).astimezone(UTC)
LOCAL = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
TODAY, LEAST = (150.0,) * 6, (78.0, 82.0, 82.0, 102.0, 102.0, 102.0)
CHOSEN = (60.5, 60.5, 73.0, 73.0, 73.0, 102.0)
NOTES = (
    "Each week of 2025 is planned by itself with its prices known: real plans, made on forecasts, "
    "save less.",
    "Powers can be changed once a year; another year has other prices.",
    "2 of 52 weeks lack prices: they were checked to be possible, and the others stand for them.",
    "No week that begins in these months has prices: 11.",
    "Powers were searched for over one priced week in 4.",
    "Ambient limits of the plant were not looked at.",
    "The powers found reach 160 kW, all that the connection carries: with more the year might "
    "cost less.",
    "The powers found reach 160.5 kW, the most that was looked at (today's highest, or the peak "
    "of the habit without a limit): with more the year might cost less.",
    "The powers found reach 15 kW, the most of such a contract: on another the year might cost "
    "less.",
    "More than today's 150 kW is advised: what the distributor charges once for more power, and "
    "what the installation needs for it, are not in these costs.",
)
REPORT = ContractReport(
    ContractAsked(2025), NOW - timedelta(hours=3), 1840.2, "reference", "weekly", "spot@peninsula",
    False,
    ContractAdvice(
        2025, "indexed-3.0td", date(2025, 1, 6), date(2026, 1, 4), 52, 50,
        YearCost(TODAY, 40574.0, 6549.0, 0.0), YearCost(LEAST, 40706.0, 3652.0, 12.6),
        YearCost(TODAY, 37200.0, 6549.0, 0.0, 43740.0),
        YearCost(CHOSEN, 37450.0, 2900.0, 0.0, 40330.0), 39990.0, 40030.0, 13, NOTES,
    ),
)  # fmt: skip


def run(outcome: Outcome, **more: object) -> Run:
    ended = None if outcome is Outcome.RUNNING else NOW
    return Run("advise-contract-1", "advise-contract", NOW, ended, outcome, **more)  # type: ignore[arg-type]


@pytest.fixture
def site(make_app: Callable, snapshot: Snapshot) -> Callable[..., TestClient]:
    """A program on the machine itself, before an advice made by hand."""

    def make(
        report: ContractReport | None = None,
        *runs: Run,
        begun: list[ContractAsked] | None = None,
    ) -> TestClient:
        def begin(asked: ContractAsked) -> Run:
            (begun if begun is not None else []).append(asked)
            return run(Outcome.RUNNING, detail="waits for its turn", asked=asked.texts())

        desk = ContractDesk(now=lambda: NOW, begin=begin, newest=lambda: report, runs=lambda: runs)
        return TestClient(make_app(lambda: snapshot, contracts=desk, contract=report), **LOCAL)

    return make


def test_the_newest_advice_is_told_with_its_four_ways_and_its_gap(site: Callable):
    told = site(REPORT).get("/optimize/contract").json()["report"]
    assert told["habit_least"] == {
        "powers_kw": list(LEAST), "energy_eur": 40706.0, "power_eur": 3652.0, "excess_eur": 12.6,
        "total_eur": pytest.approx(44370.6), "bound_eur": None,
    }  # fmt: skip
    assert told["plan_chosen"]["total_eur"] == 40350.0
    assert told["saving_eur"] == pytest.approx(44370.6 - 40350.0)
    assert told["saving_now_eur"] == 47123.0 - 40350.0
    assert (told["gap_eur"], told["weeks_bounded"]) == (40.0, 13)
    assert told["gap_pct"] == pytest.approx(100 * 40 / 40030)
    assert told["made"] == "2026-11-25T11:20:00+01:00"


def test_without_an_advice_there_is_none_and_the_page_says_how_to_get_one(site: Callable):
    client = site()
    assert client.get("/optimize/contract").json()["report"] is None
    assert "chocolate-factory contract advise" in client.get("/dashboard?lang=en").text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Habit, its own least contract", "€44,371", "€4,021 a year against",
                "50 of 52 weeks", "60.5 · 60.5 · 73", "(0.10\xa0%)")),
        ("es", ("Costumbre, su propio contrato mínimo", "44.371\xa0€", "4.021\xa0€ al año frente",
                "50 de 52 semanas", "60,5 · 60,5 · 73", "(0,10\xa0%)")),
    ],
)  # fmt: skip
def test_the_dashboard_tells_it_in_both_languages(
    site: Callable, language: str, said: tuple[str, ...]
):
    page = site(REPORT).get(f"/dashboard?lang={language}").text
    assert [part for part in said if part not in page] == []


def test_a_habit_that_is_not_on_time_is_told_as_such(site: Callable):
    late = replace(REPORT, advice=replace(REPORT.advice, habit_now=None, habit_least=None))
    client = site(late)
    told = client.get("/optimize/contract").json()["report"]
    assert (told["habit_least"], told["saving_eur"], told["saving_now_eur"]) == (None, None, None)
    page = client.get("/dashboard?lang=en").text
    assert page.count("not on time") >= 2
    assert "there is nothing to compare with" in page


def test_where_today_s_powers_are_too_low_the_saving_is_against_the_habit_s_own(site: Callable):
    low = replace(REPORT, advice=replace(REPORT.advice, habit_now=None, plan_now=None))
    client = site(low)
    told = client.get("/optimize/contract").json()["report"]
    assert (told["habit_now"], told["plan_now"], told["saving_now_eur"]) == (None, None, None)
    page = client.get("/dashboard?lang=en").text
    assert "€4,021 a year against the habit at its own least contract" in page
    assert "Against today's contract" not in page


@pytest.mark.parametrize("note", NOTES)
def test_what_it_stands_on_is_known_in_spanish(note: str):
    assert notes.in_spanish(note) is not None


def test_asking_begins_the_last_whole_year_and_says_where_it_is_told(site: Callable):
    begun: list[ContractAsked] = []
    answer = site(begun=begun).post("/optimize/contract")
    assert answer.status_code == 202
    assert answer.headers["location"] == "/jobs/advise-contract-1"
    assert begun == [ContractAsked(2025)]


def test_what_is_asked_is_taken_as_given(site: Callable):
    begun: list[ContractAsked] = []
    body = {"year": 2024, "every": 2, "boxes": 0, "time_limit_s": 5}
    assert site(begun=begun).post("/optimize/contract", json=body).status_code == 202
    assert begun == [ContractAsked(2024, 2, 0, 5.0)]


@pytest.mark.parametrize(
    ("body", "why"),
    [({"year": 2026}, "the last one over"), ({"every": 0}, "every"), ({"powers": 3}, "powers")],
)
def test_what_cannot_be_advised_is_a_problem_that_says_why(site: Callable, body: dict, why: str):
    begun: list[ContractAsked] = []
    answer = site(begun=begun).post("/optimize/contract", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert why in answer.json()["detail"]
    assert begun == []


def test_the_advice_under_way_and_the_one_that_failed_are_told(site: Callable):
    running = run(Outcome.RUNNING, done=1, total=4, detail="choosing the powers: 40 weeks")
    told = site(REPORT, running).get("/optimize/contract").json()
    assert (told["running"]["done"], told["running"]["total"]) == (1, 4)
    failed = run(Outcome.FAILED, detail="No week of 2025 has all its prices.")
    told = site(REPORT, failed).get("/optimize/contract").json()
    assert told["failed"]["detail"] == "No week of 2025 has all its prices."
    assert told["report"]["year"] == 2025
