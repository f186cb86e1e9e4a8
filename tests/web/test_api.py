"""What the HTTP interface answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from web.conftest import taken_over

from chocolate_factory.errors import (
    ContractInvalid,
    FactoryError,
    Gap,
    Infeasible,
    MissingData,
    NotPublished,
    PlantInvalid,
    SourceChanged,
    SourceUnavailable,
    StoreError,
)
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.pipeline import Snapshot

READ_PATHS = (
    "/dashboard",
    "/dashboard/complete",
    "/dashboard/heatmap",
    "/gaps/summary",
    "/gaps/detect",
    "/weather/hybrid",
    "/scheduler/status",
    "/jobs",
    "/health",
    "/ready",
    "/version",
    "/docs",
    "/openapi.json",
    "/static/style.css",
)
COMPLETE = "/dashboard/complete"
AS_OF = datetime(2026, 11, 25, 14, 20, tzinfo=MADRID)
MakeApp = Callable[..., FastAPI]
PageAt = Callable[..., str]
Failing = Callable[[Exception], TestClient]
HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def failing(make_app: MakeApp) -> Failing:
    """Builds the application over a store that raises an error."""

    def over(error: Exception) -> TestClient:
        def snapshot() -> Snapshot:
            raise error

        return TestClient(make_app(snapshot))

    return over


@pytest.mark.parametrize("path", READ_PATHS)
def test_every_read_path_answers(client: TestClient, path: str):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", READ_PATHS)
def test_head_answers_as_get_without_a_body(client: TestClient, path: str):
    head, get = client.head(path), client.get(path)

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("path", [*READ_PATHS, "/nowhere", "/"])
def test_every_answer_carries_the_security_headers_and_a_request_id(client: TestClient, path: str):
    headers = client.get(path).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert len(headers["x-request-id"]) == 32


def test_the_root_leads_to_the_dashboard(client: TestClient):
    answer = client.get("/")

    assert answer.status_code == 307
    assert answer.headers["location"] == "/dashboard"


def test_a_caller_s_request_id_is_kept(client: TestClient):
    assert client.get("/health", headers={"x-request-id": "a-1"}).headers["x-request-id"] == "a-1"


def test_a_malformed_request_id_is_replaced(client: TestClient):
    answer = client.get("/health", headers={"x-request-id": "<script>" * 40})

    assert len(answer.headers["x-request-id"]) == 32


def test_the_page_is_asked_for_again_each_time_it_is_shown(client: TestClient):
    assert client.get("/dashboard").headers["cache-control"] == "private, no-cache"
    assert client.get("/dashboard/complete").headers["cache-control"] == "private, no-cache"


FIXED = """
get /dashboard /dashboard/complete /dashboard/summary /dashboard/heatmap /dashboard/alerts
get /ree/prices /weather/hybrid /predict/prices/weekly /predict/prices/hourly /predict/prices/status
get /models/status-direct /gaps/summary /gaps/detect /scheduler/status /jobs/{job_id}
get /analysis/siar-summary /analysis/weather-correlation /analysis/seasonal-patterns
get /analysis/critical-thresholds /insights/optimal-windows /insights/ree-deviation
get /insights/alerts /insights/savings-tracking /optimize/production/summary
get /reports/plan.csv /reports/plan.xlsx /reports/plan.pdf /reports/plan.ics
get /reports/month.csv /reports/month.pdf /health /ready /version /metrics
post /predict/energy-optimization /predict/production-recommendation
post /optimize/production/what-if /ingest-now /models/train /models/validate /predict/prices/train
post /gaps/backfill /gaps/backfill/auto /gaps/backfill/range /optimize/production/daily
post /plan/accept /plan/started
"""


def test_every_path_that_is_promised_is_described(client: TestClient):
    paths = client.get("/openapi.json").json()["paths"]
    for line in FIXED.strip().splitlines():
        method, *promised = line.split()
        assert [path for path in promised if method not in paths.get(path, {})] == []
    assert client.get("/docs").status_code == 200


def test_the_summary_says_what_the_whole_says(client: TestClient):
    whole = client.get("/dashboard/complete?lang=es").json()
    short = client.get("/dashboard/summary?lang=es").json()

    assert {"now", "advice", "alerts", "starts", "proposal"} <= short.keys() < whole.keys()
    assert short == {name: whole[name] for name in short}
    assert len(str(short)) < len(str(whole)) / 10


@pytest.mark.parametrize(
    "path", ["/dashboard/heatmap", "/plan", "/gaps/summary", "/predict/prices/weekly", "/docs"]
)
def test_what_is_read_is_told_once_while_it_is_the_same(
    make_app: MakeApp, snapshot: Snapshot, path: str
):
    client = TestClient(make_app(lambda: snapshot))
    first = client.get(path)
    tag = first.headers["etag"]
    again = client.get(path, headers={"if-none-match": f'"other", {tag}'})
    plain = client.get(path, headers={"if-none-match": tag, "accept-encoding": "identity"})

    assert first.headers["cache-control"] == "private, no-cache"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert plain.status_code == 304
    assert client.get(path, headers={"if-none-match": '"other"'}).content == first.content


def test_what_is_no_answer_or_no_read_has_no_tag(client: TestClient):
    for answer in (client.get("/jobs/nothing"), client.post("/plan/accept"), client.get("/")):
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


def test_static_files_are_revalidated(client: TestClient):
    first = client.get("/static/style.css")
    again = client.get("/static/style.css", headers={"if-none-match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert again.status_code == 304


def test_health_and_version_say_what_they_are_asked(client: TestClient):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/version").json() == {"name": "chocolate-factory", "version": "9.8.7"}
    assert client.get("/ready").json() == {"status": "ready"}


def test_not_ready_is_a_problem_with_its_reasons(make_app: MakeApp, snapshot: Snapshot):
    app = make_app(lambda: snapshot, ready=("the store is empty", "no key"))

    answer = TestClient(app).get("/ready")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["reasons"] == ["the store is empty", "no key"]


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (MissingData("spot", ()), 503, "missing-data"),
        (NotPublished("ree", "not before 20:15"), 503, "not-published"),
        (StoreError("the disk is full"), 503, "store-error"),
        (SourceUnavailable("ree", "no answer"), 502, "source-unavailable"),
        (SourceChanged("ree", "no `included`"), 502, "source-changed"),
        (Infeasible(("too late",)), 409, "infeasible"),
        (PlantInvalid("plant.yaml", ("line 3: kg",)), 422, "document-invalid"),
        (FactoryError("something else"), 500, "factory-error"),
    ],
)
def test_each_error_has_its_status_and_keeps_its_text(
    failing: Failing, error: FactoryError, status: int, name: str
):
    answer = failing(error).get("/dashboard/complete")

    told = answer.json()
    assert answer.status_code == told["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["type"] == f"/docs#{name}"
    assert told["detail"] == str(error)
    assert told["instance"] == "/dashboard/complete"
    assert told["request_id"] == answer.headers["x-request-id"]


def test_a_problem_says_which_data_is_missing(failing: Failing):
    gap = Gap(datetime(2025, 10, 26, tzinfo=UTC), datetime(2025, 10, 26, 2, tzinfo=UTC), 8)

    told = failing(MissingData("spot", (gap,))).get("/dashboard/heatmap").json()

    assert told["gaps"] == [
        {"start": "2025-10-26T00:00:00Z", "end": "2025-10-26T02:00:00Z", "missing": 8}
    ]


def test_a_problem_lists_what_is_wrong_with_a_document(failing: Failing):
    error = ContractInvalid("mine.yaml", ("line 2: tariff: unknown",))

    assert failing(error).get("/dashboard/complete").json()["problems"] == list(error.problems)


def test_an_unexpected_error_tells_nothing_of_itself(
    failing: Failing, caplog: pytest.LogCaptureFixture
):
    answer = failing(RuntimeError("secret /etc/path")).get("/dashboard/complete")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["request_id"] in caplog.text


def test_unknown_paths_are_problems(client: TestClient):
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Not Found"


def test_a_wrong_method_is_a_problem_and_names_the_right_one(on_this_machine: TestClient):
    answer = on_this_machine.post("/dashboard/complete")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_language_is_a_problem_that_names_the_parameter(client: TestClient):
    answer = client.get("/dashboard?lang=fr")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "query.lang"


@pytest.mark.parametrize(
    ("lang", "title"), [("es", "Ahora no se puede"), ("en", "cannot be shown")]
)
def test_a_reader_of_html_gets_a_page_in_place_of_the_dashboard(
    failing: Failing, lang: str, title: str
):
    answer = failing(StoreError("the disk is full")).get(f"/dashboard?lang={lang}", headers=HTML)

    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert title in answer.text
    assert '<p class="detail" lang="en">the disk is full</p>' in answer.text


def test_what_an_error_says_is_escaped(failing: Failing):
    page = failing(StoreError("<script>alert(1)</script>")).get("/dashboard", headers=HTML).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", "es-ES,es;q=0.9,en;q=0.8", "es"),
        ("", "fr,en;q=0.5", "en"),
        ("", "en;q=0.2,es;q=0.7", "es"),
        ("", "es;q=0,fr", "en"),
        ("", "", "en"),
        ("", "es;q=bad", "en"),
        ("?lang=en", "es", "en"),
        ("?lang=es", "en", "es"),
    ],
)
def test_the_language_is_the_one_asked_for(
    client: TestClient, query: str, accept: str, language: str
):
    answer = client.get(f"/dashboard{query}", headers={"accept-language": accept})

    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text


def test_the_empty_store_gives_a_page_with_the_commands_that_fill_it(
    make_app: MakeApp, nothing_stored: Snapshot
):
    client = TestClient(make_app(lambda: nothing_stored))

    page = client.get("/dashboard").text

    assert "chocolate-factory demo" in page
    assert "€/kWh)" not in page
    assert client.get("/dashboard/complete").json()["state"] == "empty"
    assert client.get("/dashboard/heatmap").json() is None


def test_the_description_says_that_errors_are_problems(client: TestClient):
    paths = client.get("/openapi.json").json()["paths"]

    assert list(paths["/dashboard/complete"]["get"]["responses"]["503"]["content"]) == [
        "application/problem+json"
    ]
    assert list(paths["/dashboard"]["get"]["responses"]["422"]["content"]) == [
        "application/problem+json"
    ]


def test_the_description_says_what_guards_a_path(client: TestClient):
    document = client.get("/openapi.json").json()
    paths = document["paths"]

    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert paths["/ingest-now"]["post"]["security"] == [{}, {"token": []}]
    assert "security" not in paths["/optimize/production/what-if"]["post"]
    assert "security" not in paths["/dashboard/complete"]["get"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            told = {"403", "413", "429"} <= set(operation["responses"])
            assert told is (method != "get"), path


def test_every_link_goes_from_a_value_of_the_answer_to_something_that_is_asked(
    client: TestClient,
):
    document = client.get("/openapi.json").json()
    operations = {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for operation in methods.values()
    }

    def resolved(schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema or "anyOf" in schema:
            if "$ref" in schema:
                schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            else:
                (schema,) = (one for one in schema["anyOf"] if one.get("type") != "null")
        return schema

    def of(body: dict[str, Any]) -> dict[str, Any]:
        return resolved(body["content"]["application/json"]["schema"])

    found = []
    for source in operations.values():
        for reply in source["responses"].values():
            for name, link in reply.get("links", {}).items():
                target = operations[link["operationId"]]
                asked = {one["name"] for one in target.get("parameters", ())}
                assert link.get("parameters", {}).keys() <= asked, name
                if "requestBody" in link:
                    keys = of(target["requestBody"])["properties"].keys()
                    assert link["requestBody"].keys() <= keys, name
                for value in (link.get("parameters") or link["requestBody"]).values():
                    schema = of(reply)
                    for part in value.removeprefix("$response.body#/").split("/"):
                        inner = schema["items"] if part == "0" else schema["properties"][part]
                        schema = resolved(inner)
                    assert schema["type"] == "string", (name, value)
                    found.append(name)
    assert {"acknowledge", "accept", "pin", "undo", "newest", "progress"} <= set(found)


@pytest.mark.parametrize(("minutes_utc", "cell"), [(30, "h102502+0200"), (60 + 30, "h102502+0100")])
def test_of_the_two_hours_that_look_alike_the_one_under_way_is_marked(
    make_app: MakeApp, make_snapshot: Callable[[datetime], Snapshot], minutes_utc: int, cell: str
):
    as_of = datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=minutes_utc)
    snapshot = make_snapshot(as_of)
    with TestClient(make_app(lambda: snapshot)) as client:
        page = client.get("/dashboard").text
    marked = re.findall(r'<span id="(h[^"]+)"[^>]* class="cell[^"]* current"', page)
    assert marked == [cell]


def test_every_member_of_every_record_is_described_with_an_example(client: TestClient):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]

    bare = [
        f"{name}.{member}"
        for name, schema in schemas.items()
        for member, entry in schema.get("properties", {}).items()
        if "description" not in entry
    ]
    unexampled = [
        f"{name}.{member}"
        for name, schema in schemas.items()
        for member, entry in schema.get("properties", {}).items()
        if "examples" not in entry and "$ref" not in json.dumps(entry)
    ]
    assert bare == []
    assert unexampled == []


def test_the_reference_lists_every_operation_and_problem(client: TestClient):
    page = client.get("/docs").text

    for path in client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page
    assert 'id="missing-data"' in page


@pytest.mark.parametrize("path", ["/dashboard", "/docs", "/setup"])
def test_pages_name_no_other_host(client: TestClient, path: str):
    page = client.get(path).text.replace("http://www.w3.org/2000/svg", "")

    assert "http://" not in page
    assert "https://" not in page
    assert " style=" not in page


def test_the_whole_page_stays_below_600_kb(client: TestClient):
    static = ("style.css", "panels.css", "dashboard.js", "panels.js", "icon.svg")
    paths = ("/dashboard", *(f"/static/{name}" for name in static))
    answers = [client.get(path, headers={"accept-encoding": "gzip"}) for path in paths]

    assert sum(int(answer.headers["content-length"]) for answer in answers) < 600_000


def test_the_snapshot_is_read_afresh_for_each_answer(
    make_app: MakeApp, snapshot: Snapshot, make_snapshot: Callable[[datetime], Snapshot]
):
    later = make_snapshot(datetime(2026, 11, 26, 9, 0, tzinfo=UTC))
    known = iter([snapshot, later])
    client = TestClient(make_app(lambda: next(known)))

    first, second = (client.get("/dashboard/complete").json()["as_of"] for _ in range(2))

    assert first == "2026-11-25T14:20:00+01:00"
    assert second == "2026-11-26T10:00:00+01:00"


@pytest.fixture
def page_at(make_app: MakeApp) -> PageAt:
    """The dashboard's text as of an instant, every run of blanks as one."""

    def text(snapshot: Snapshot, as_of: datetime, lang: str = "en") -> str:
        shown = replace(snapshot, as_of=as_of.astimezone(UTC))
        html = TestClient(make_app(lambda: shown)).get(f"/dashboard?lang={lang}").text
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))

    return text


def test_a_plan_that_begins_later_says_from_when_it_holds(page_at: PageAt, snapshot: Snapshot):
    assert "Plan from Thu 26 Nov, 00:00" in page_at(snapshot, AS_OF)
    assert "Nothing is planned before Thu 26 Nov, 00:00" in page_at(snapshot, AS_OF)
    assert "No hay nada planificado antes del jue 26 nov, 00:00" in page_at(snapshot, AS_OF, "es")


def test_until_a_new_plan_begins_what_it_took_over_covers_the_moment(
    page_at: PageAt, snapshot: Snapshot
):
    anew = taken_over(snapshot)
    page = page_at(anew, anew.as_of + timedelta(minutes=5))
    later = page_at(anew, anew.plan.start - timedelta(minutes=30))

    assert "Next starts 10:15 conching conche-2 standard-02" in page
    assert "Running now, until" in page
    assert "Nothing is planned before" not in page + later
    assert "Plan from" not in page + later


def test_the_card_of_next_starts_names_time_stage_machine_and_batch(
    page_at: PageAt, snapshot: Snapshot
):
    page = page_at(snapshot, datetime(2026, 11, 26, 10, 5, tzinfo=MADRID))

    assert "Next starts 10:15 conching conche-2 standard-02 14:15 mixing mixer-1" in page
    assert "Running now, until 10:15 rolling roller-1 standard-02 14:30 conching" in page
    assert "Plan from" not in page


def test_a_quiet_moment_of_the_plan_says_so(page_at: PageAt, snapshot: Snapshot):
    early = datetime(2026, 11, 26, 3, tzinfo=MADRID)
    late = datetime(2026, 12, 2, 12, tzinfo=MADRID)

    assert "no machine is running now" in page_at(snapshot, early)
    assert "Nothing more starts in this plan" in page_at(snapshot, late)


def test_prices_still_to_come_are_told_apart_from_prices_that_are_missing(
    page_at: PageAt, snapshot: Snapshot
):
    during = page_at(snapshot, datetime(2026, 11, 28, tzinfo=MADRID))
    after = page_at(snapshot, datetime(2026, 12, 4, 9, tzinfo=MADRID))

    assert "known when all its prices are published" in during
    assert "known when" not in after
    assert "prices of its days are missing, see Data health" in after
    assert "The plan ended Thu 3 Dec, 00:00. Make a new one: chocolate-factory plan" in after


def test_a_series_without_a_value_misses_nothing_that_could_be_counted(
    page_at: PageAt, client: TestClient, snapshot: Snapshot
):
    missing = {s["series"]: s["missing_recent"] for s in client.get(COMPLETE).json()["health"]}

    assert missing["humidity"] is None
    assert "Humidity linares empty — — 0 — —" in page_at(snapshot, AS_OF)
