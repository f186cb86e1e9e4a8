"""Who may begin work: programs on the machine itself that ask directly, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chocolate_factory.pipeline import Snapshot
from chocolate_factory.web.guard import COMPUTING, READING

HERE = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
PATH = "/ingest-now"
MakeApp = Callable[..., FastAPI]


@pytest.fixture
def app(make_app: MakeApp, snapshot: Snapshot, asked: Any) -> FastAPI:
    return make_app(lambda: snapshot, asked=asked)


def operations(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Method and path of every route, those inside routers and those not described included."""
    for route in routes:
        for method in getattr(route, "methods", None) or ():
            yield method, route.path
        inside = getattr(route, "original_router", route)
        if inside is not route:
            yield from operations(inside.routes)


def refused(answer: Any) -> bool:
    told = answer.json()
    return (
        answer.status_code == told["status"] == 403
        and answer.headers["content-type"] == "application/problem+json"
        and told["type"] == "/docs#not-local"
        and "http://127.0.0.1" in told["detail"]
        and told["request_id"] == answer.headers["x-request-id"]
    )


def test_every_route_that_is_not_read_is_guarded(app: FastAPI, asked: Any):
    from_afar = TestClient(app, base_url="http://127.0.0.1:8000", client=("192.0.2.7", 50_000))
    every = set(operations(app.routes))
    described = app.openapi()["paths"]
    changing = {
        (method, path) for method, path in every if method not in READING and path not in COMPUTING
    }

    assert {"/", "/docs", *described} <= {path for _, path in every}
    assert {path for _, path in changing} == {
        "/gaps/backfill", "/gaps/backfill/auto", "/gaps/backfill/range", "/ingest-now",
        "/models/train", "/models/validate", "/predict/prices/train",
        "/plan/accept", "/plan/pin", "/plan/started", "/plan/undo",
        "/optimize/production/daily",
    }  # fmt: skip
    for method, path in changing:
        at = re.sub(r"\{\w+\}", "x", path)
        assert refused(from_afar.request(method, at)), (method, path)
    assert asked.calls == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"])
def test_no_method_but_get_and_head_passes_from_afar_whatever_the_path(app: FastAPI, method: str):
    from_afar = TestClient(app, client=("192.0.2.7", 50_000))

    assert refused(from_afar.request(method, "/dashboard"))
    assert refused(from_afar.request(method, "/nowhere"))
    assert refused(from_afar.request(method, "/static/style.css"))


def test_reading_is_open_to_the_local_network(app: FastAPI):
    from_afar = TestClient(app, client=("192.0.2.7", 50_000))

    assert from_afar.get("/gaps/summary", headers={"via": "1.1 proxy"}).status_code == 200
    assert from_afar.head("/gaps/summary").status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:80", "[::1]:8000"])
def test_a_program_on_the_machine_itself_passes(app: FastAPI, address: str, host: str):
    client = TestClient(app, client=(address, 50_000))

    assert client.post(PATH, headers={"host": host}).status_code == 202


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.4", "::ffff:192.0.2.7", "fe80::1", "x"])
def test_another_machine_is_refused_whatever_host_it_names(app: FastAPI, address: str):
    client = TestClient(app, client=(address, 50_000))

    assert refused(client.post(PATH, headers={"host": "localhost:8000"}))


@pytest.mark.parametrize(
    "host",
    ["rebound.example", "rebound.example:8000", "127.0.0.1.rebound.example", "localhost.", "",
     "localhost:8000@rebound.example", "[::1", "0.0.0.0:8000", "localhost:", "192.168.1.4:8000",
     "::1"],
)  # fmt: skip
def test_a_foreign_host_name_is_refused_even_from_loopback(app: FastAPI, host: str):
    assert refused(TestClient(app, **HERE).post(PATH, headers={"host": host}))


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via",
     "Tailscale-User-Login", "X-Forwarded-Anything"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["127.0.0.1", ""])
def test_what_came_through_a_proxy_is_refused(app: FastAPI, header: str, value: str):
    answer = TestClient(app, **HERE).post(PATH, headers={header: value})

    assert refused(answer)
    assert header.lower() in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://rebound.example"},
        {"origin": "null"},
        {"origin": "http://localhost:8000"},
        {"origin": "http://127.0.0.1:3000"},
        {"origin": "https://127.0.0.1:8000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "cross-site"},
    ],
)
def test_a_page_of_another_origin_is_refused(app: FastAPI, headers: dict[str, str]):
    assert refused(TestClient(app, **HERE).post(PATH, headers=headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "HTTP://127.0.0.1:8000", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
)
def test_its_own_page_and_the_address_bar_pass(app: FastAPI, headers: dict[str, str]):
    assert TestClient(app, **HERE).post(PATH, headers=headers).status_code == 202


def test_its_own_page_passes_under_https_too(app: FastAPI):
    client = TestClient(app, base_url="https://localhost", client=("::1", 50_000))

    assert client.post(PATH, headers={"origin": "https://localhost"}).status_code == 202
    assert refused(client.post(PATH, headers={"origin": "http://localhost"}))


def test_two_hosts_or_two_origins_do_not_hide_one_another(app: FastAPI):
    client = TestClient(app, **HERE)

    assert refused(
        client.post(PATH, headers=[("host", "127.0.0.1:8000"), ("host", "evil.example")])
    )
    assert refused(
        client.post(
            PATH, headers=[("origin", "http://127.0.0.1:8000"), ("origin", "http://evil.example")]
        )
    )


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_in_a_header_or_parameter_counts_for_nothing(
    app: FastAPI, asked: Any, header: str
):
    from_afar = TestClient(app, client=("192.0.2.7", 50_000))

    assert from_afar.get(f"{PATH}?_method=POST", headers={header: "POST"}).status_code == 405
    assert refused(from_afar.post(PATH, headers={header: "GET"}))
    assert asked.calls == []


def test_a_connection_without_an_address_is_refused(app: FastAPI):
    client = TestClient(app, base_url="http://127.0.0.1:8000")
    assert refused(client.post(PATH))
