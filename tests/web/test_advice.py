"""The two questions for advice, and the advice of the hour on the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chocolate_factory.advising import Asked as Question
from chocolate_factory.advising import ClassAnswer, CurrentAdvice, ScoreAnswer, Shelf
from chocolate_factory.advising.asking import Known
from chocolate_factory.insights.advice.answer import (
    AmbientLimit,
    ClassAdvice,
    LineAir,
    Reason,
    ScoreAdvice,
    topics_of,
)
from chocolate_factory.insights.advice.measure import (
    Difference,
    Evaluation,
    Measured,
    ReliabilityBin,
)
from chocolate_factory.insights.advice.moment import FEATURES
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.web.asked import Advice, Upkeep
from chocolate_factory.web.guard import COMPUTING
from chocolate_factory.web.texts import MESSAGES

NOW = datetime(2026, 11, 25, 13, 20, tzinfo=UTC)
ENERGY, PRODUCTION = "/predict/energy-optimization", "/predict/production-recommendation"
GOOD = {"price_eur_kwh": 0.0842, "temperature_c": 21.5, "humidity_pct": 46}
MakeApp = Callable[..., FastAPI]
Page = Callable[..., str]

EVALUATION = Evaluation(
    NOW - timedelta(days=200), NOW - timedelta(days=180), NOW, 4368, 26, "model",
    (
        Measured("model", {"accuracy": 0.755, "brier": 0.324, "log_loss": 0.558,
                           "r2": 0.95, "mae_points": 3.9, "right_side": 0.93}),
        Measured("threshold rule", {"accuracy": 0.624, "brier": 0.52, "log_loss": 0.9,
                                    "r2": 0.5, "mae_points": 17.2, "right_side": 0.76}),
    ),
    (Difference("brier", "threshold rule", -0.2, -0.22, -0.17),),
    (ReliabilityBin(0.95, 0.97, 100),),
)  # fmt: skip
REASONS = (
    Reason("price", {"cheaper_1d": 0.1, "cheaper_7d": 0.18}, effect=21.0),
    Reason("coming", {"published_h": 10.0, "expected_cheaper": 0.25}, effect=-8.0),
    Reason("period", {"tariff_period": 6.0}, effect=4.0),
    Reason("calendar", {"valley_day": 0.0}, effect=1.0),
    Reason("shift", {"staffed": 1.0}, effect=0.5),
    Reason("weather", {"temperature_c": 21.5}, effect=0.1),
)
SCORE = ScoreAdvice(81.3, 0.94, "run", "model", EVALUATION, REASONS)
LINE = LineAir(21.5, 46.0, "given")
CLASS = ClassAdvice(
    "Optimal", "Optimal", (0.02, 0.11, 0.24, 0.63), "high", "model", EVALUATION, (), LINE, REASONS
)
KNOWN = Known(NOW, None, ("dew_point_c",), False, False, "")
LIMIT = AmbientLimit("tempering", "max_c", 26.0)
HALTED = replace(
    CLASS, level="Halt", answered_by="rule", limits=(LIMIT,), line=LineAir(27.5, 46.0, "inside")
)


class Desk:
    """Advice made by hand; notes what was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.score, self.production, self.known = SCORE, CLASS, KNOWN

    def answer_score(self, asked: Question) -> ScoreAnswer:
        self.asked.append(asked)
        return ScoreAnswer(asked, self.score, self.known, None)

    def answer_production(self, asked: Question) -> ClassAnswer:
        self.asked.append(asked)
        return ClassAnswer(asked, self.production, self.known, None)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def client(make_app: MakeApp, snapshot: Snapshot, desk: Desk) -> Iterator[TestClient]:
    advice = Advice(score=desk.answer_score, production=desk.answer_production)
    app = make_app(lambda: snapshot, advice=advice)
    with TestClient(app, base_url="http://plant.example", client=("192.0.2.7", 50_000)) as client:
        yield client


@pytest.fixture
def page(make_app: MakeApp, snapshot: Snapshot, well: Upkeep) -> Page:
    """The panel of some advice."""
    return lambda advice, language="en": page_of(make_app, snapshot, well, advice, language)


def test_a_score_comes_with_who_answers_how_well_that_did_and_why(client: TestClient):
    told = client.post(ENERGY, json=GOOD).json()

    assert (told["score"], told["confidence"], told["answered_by"]) == (81.3, 0.94, "model")
    assert told["recommendation"] == "run"
    assert told["evaluation"]["compared"][1]["who"] == "threshold rule"
    assert told["evaluation"]["differences"][0]["high"] < 0
    assert told["evaluation"]["calibration_error"] == pytest.approx(0.02)
    assert told["reasons"][0]["code"] == "price"
    assert "90\N{NO-BREAK SPACE}%" in told["reasons"][0]["text"]
    assert told["basis"]["features_missing"] == ["dew_point_c"]
    assert told["basis"]["as_of"] == "2026-11-25T14:20:00+01:00"


def test_a_level_comes_with_probabilities_that_add_up_to_one(client: TestClient):
    told = client.post(PRODUCTION, json=GOOD).json()

    assert told["level"] == "Optimal"
    assert list(told["probabilities"]) == ["Halt", "Reduced", "Moderate", "Optimal"]
    assert sum(told["probabilities"].values()) == pytest.approx(1.0)
    assert told["urgency"] == "high"
    assert told["overrides"] == []


def test_a_broken_limit_is_named_as_the_rule_that_overrides(client: TestClient, desk: Desk):
    desk.production = HALTED
    told = client.post(PRODUCTION, json={**GOOD, "line_temperature_c": 27.5}).json()

    assert (told["level"], told["answered_by"]) == ("Halt", "rule")
    assert told["overrides"] == [
        {"rule": "ambient-limit", "stage": "tempering", "limit": "max_c", "bound": 26.0,
         "line": 27.5, "instead_of": "Optimal"}
    ]  # fmt: skip
    assert told["urgency_text"] == "Urgent: a limit of the plant is broken."
    assert "tempering may not run above 26.0" in told["reasons"][0]["text"]


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (
            AmbientLimit("proofing", "min_c", 24.0),
            "proofing may not run below 24.0 °C, and it is 21.5",
        ),
        (
            AmbientLimit("proofing", "max_humidity_pct", 40.0),
            "proofing may not run above 40.0 % of humidity, and it is 46.0 %",
        ),
    ],
)
def test_cold_and_humidity_are_named_too(client: TestClient, desk: Desk, limit, said: str):
    desk.production = replace(CLASS, level="Halt", answered_by="rule", limits=(limit,))
    told = client.post(PRODUCTION, json=GOOD).json()

    assert said in told["reasons"][0]["text"].replace("\N{NO-BREAK SPACE}", " ")
    assert told["reasons"][0]["code"] == "limit"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (LineAir(21.5, 46.0, "inside"), "by its model of the hall"),
        (LineAir(21.5, 46.0, "outside"), "by the outdoor air"),
        (LineAir(None, 46.0, "inside"), "breaks no limit"),
    ],
)
def test_what_air_the_limits_are_judged_by_is_said_in_the_answer_and_on_the_page(
    client: TestClient, desk: Desk, page: Page, *, line: LineAir, said: str
):
    judged = replace(CLASS, limits=(LIMIT,), line=line)
    desk.production = judged
    notes = client.post(PRODUCTION, json=GOOD).json()["basis"]["notes"]

    assert len(notes) == 1
    assert said in notes[0]
    assert said in page(replace(CURRENT, production=judged))


def test_limits_judged_at_the_line_need_no_note(client: TestClient, desk: Desk):
    desk.production = replace(CLASS, limits=(LIMIT,))
    given = client.post(PRODUCTION, json={**GOOD, "line_temperature_c": 22}).json()

    assert given["basis"]["notes"] == []
    assert desk.asked[-1].line_c == 22.0


def test_a_limit_that_is_broken_now_stands_on_the_page_without_a_models_probability(
    page: Page,
):
    halted = replace(CURRENT, production=HALTED)
    shown = page(halted)

    assert "No production" in shown
    assert "tempering may not run above 26.0 °C, and it is 27.5 °C" in shown
    assert "probable" not in shown
    assert "threshold rule" not in shown
    assert "tempering no puede funcionar por encima de 26,0 °C" in page(halted, "es")


def test_texts_are_in_the_language_asked_for_and_keys_in_english(client: TestClient):
    by_header = client.post(ENERGY, json=GOOD, headers={"accept-language": "es"}).json()
    by_query = client.post(f"{PRODUCTION}?lang=es", json=GOOD).json()

    assert by_header["recommendation_text"] == "Ponga ahora en marcha lo que se pueda mover."
    assert by_query["level"] == "Optimal"
    assert by_query["level_text"] == "Producción plena"


def test_without_an_instant_it_is_now_and_an_offset_is_heeded(client: TestClient, desk: Desk):
    client.post(ENERGY, json=GOOD)
    client.post(ENERGY, json={**GOOD, "instant": "2026-11-25T10:00:00+01:00"})

    assert [asked.instant for asked in desk.asked] == [NOW, datetime(2026, 11, 25, 9, tzinfo=UTC)]


def test_notes_say_what_a_reader_must_know(client: TestClient, desk: Desk):
    desk.known = Known(NOW, 0.12, (), True, False, "none has been trained yet")
    notes = client.post(ENERGY, json=GOOD).json()["basis"]["notes"]

    assert [re.sub(r"\W+", " ", note)[:30] for note in notes] == [
        "No model answers none has been", "The stored price of that insta",
        "The model has also learned fro",
    ]  # fmt: skip


def test_why_no_model_answers_is_said_in_spanish_too(client: TestClient, desk: Desk):
    why = Shelf(Path("nowhere")).status("any").why
    desk.known = Known(NOW, None, (), False, False, why)
    (note,) = client.post(f"{ENERGY}?lang=es", json=GOOD).json()["basis"]["notes"]

    assert note.startswith("No responde ningún modelo: aún no se ha entrenado ningún modelo")


def test_what_a_model_had_to_learn_without_is_named_by_what_it_is_about():
    missing = ("temperature_c", "dew_point_c", "published_h")

    assert topics_of(missing) == ("coming", "weather")
    assert {topic for one in FEATURES for topic in topics_of([one])} <= {
        key.removeprefix("about.") for key in MESSAGES
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"price_eur_kwh": 120}, "if it was meant in €/MWh, send 0.12"),
        ({"price_eur_kwh": -3}, "no plausible price"),
        ({"price_eur_kwh": None}, "wanted: a number"),
        ({"price_eur_kwh": "0.1"}, "wanted: a number"),
        ({"price_eur_kwh": True}, "wanted: a number"),
        ({"temperature_c": 294.65}, "if it was meant in kelvin, send 21.50"),
        ({"temperature_c": 80}, "expected −40 to 60 °C"),
        ({"humidity_pct": 0.46}, "if it was meant as a share, send 46"),
        ({"humidity_pct": 146}, "no plausible relative humidity"),
        ({"instant": "2026-11-25T10:00:00"}, "an instant with its offset"),
        ({"instant": 0}, "an instant with its offset"),
        ({"instant": "0"}, "an instant with its offset"),
        ({"instant": "yesterday"}, "an instant with its offset"),
        ({"instant": "0001-01-01T00:00:00Z"}, "an instant of the years 1970 to 2099"),
        ({"instant": "9999-12-31T23:00:00-05:00"}, "an instant of the years 1970 to 2099"),
        ({"colour": "blue"}, "Extra inputs"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_what_to_send(
    client: TestClient, desk: Desk, change: dict[str, Any], said: str
):
    for path in (ENERGY, PRODUCTION):
        answer = client.post(path, json={**GOOD, **change})

        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in answer.json()["detail"]
    assert desk.asked == []


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"price_eur_kwh": NaN}', '{"price_eur_kwh": 1e999}']
)
def test_what_is_no_question_is_refused(client: TestClient, body: str):
    answer = client.post(ENERGY, content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["type"] == "/docs#invalid-request"


def test_too_few_prices_are_a_problem_that_says_what_is_missing(make_app: MakeApp, snapshot):
    answer = TestClient(make_app(lambda: snapshot)).post(ENERGY, json=GOOD)

    assert answer.status_code == 503
    assert answer.json()["type"] == "/docs#missing-data"


def test_what_is_not_stored_of_an_instant_that_was_chosen_is_unknown(make_app: MakeApp, snapshot):
    asked = {**GOOD, "instant": "1990-01-01T00:00:00Z"}
    answer = TestClient(make_app(lambda: snapshot)).post(ENERGY, json=asked)

    assert answer.status_code == 404
    assert answer.json()["type"] == "/docs#unknown"


def test_questions_are_open_to_the_network_but_not_through_a_proxy(client: TestClient):
    assert client.post(ENERGY, json=GOOD).status_code == 200
    for header in ("x-forwarded-for", "via", "tailscale-user-login"):
        refused = client.post(ENERGY, json=GOOD, headers={header: "x"})
        assert refused.status_code == 403
        assert "through a proxy" in refused.json()["detail"]


def test_a_large_question_is_refused_whether_its_length_was_said_or_not(client: TestClient):
    large = b" " * (COMPUTING[ENERGY] + 1)

    for content in (large, iter([large[:9000], large[9000:]])):
        answer = client.post(ENERGY, content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 413
        assert "16384 bytes" in answer.json()["detail"]


def test_only_posting_to_these_paths_is_open(client: TestClient):
    for method in ("PUT", "DELETE", "PATCH"):
        assert client.request(method, ENERGY, json=GOOD).status_code == 403
    assert client.post(ENERGY + "/", json=GOOD).status_code == 403


CURRENT = CurrentAdvice(
    NOW, NOW - timedelta(minutes=5), NOW + timedelta(minutes=10), 0.08, SCORE, CLASS, NOW, "", True
)


def page_of(make_app: MakeApp, snapshot, well: Upkeep, advice, language: str = "en") -> str:
    app = make_app(lambda: snapshot, lambda: replace(well, advice=advice))
    html = TestClient(app).get(f"/dashboard?lang={language}").text
    found = re.search(r'<section class="panel advice".*?</section>', html, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", found[0].replace("\N{NO-BREAK SPACE}", " "))


def test_the_page_shows_the_advice_of_the_hour_and_how_good_who_says_so_is(
    make_app: MakeApp, snapshot, well: Upkeep
):
    shown = page_of(make_app, snapshot, well, CURRENT)

    assert "Full production" in shown
    assert "63 % probable" in shown
    assert "right in 76 % of later hours; the threshold rule in 62 %" in shown


def test_the_page_says_when_the_rule_answers(make_app: MakeApp, snapshot, well: Upkeep):
    beaten = replace(CURRENT, production=replace(CLASS, answered_by="rule"))
    plain = replace(
        CURRENT,
        production=replace(CLASS, answered_by="rule", evaluation=None, probabilities=None),
    )

    assert "which the model did not beat: right in 62 %" in page_of(
        make_app, snapshot, well, beaten
    )
    assert "Aún no hay modelo" in page_of(make_app, snapshot, well, plain, "es")
    assert "None for this hour" in page_of(make_app, snapshot, well, None)


@pytest.mark.parametrize(
    ("level", "urgency", "said"),
    [
        ("Optimal", "high", "hardly an hour of the next 24 is cheaper"),
        ("Halt", "high", "nearly every hour of the next 24 is cheaper"),
        ("Reduced", "low", "little to gain from waiting"),
    ],
)
def test_urgency_says_whether_running_or_waiting_is_urgent(
    make_app: MakeApp, snapshot, well, *, level: str, urgency: Any, said: str
):
    made = replace(CURRENT, production=replace(CLASS, level=level, urgency=urgency))

    assert said in page_of(make_app, snapshot, well, made)


def test_the_json_of_the_page_holds_the_advice(make_app: MakeApp, snapshot, well: Upkeep):
    app = make_app(lambda: snapshot, lambda: replace(well, advice=CURRENT))
    told = TestClient(app).get("/dashboard/complete").json()["advice"]

    assert (told["level"], told["accuracy"], told["rule_accuracy"]) == ("Optimal", 0.755, 0.624)
    assert told["score_mae_points"] == 3.9
