"""Who may begin work: programs on the machine itself that ask directly, or with a token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect
from web.conftest import NAMES

from chocolate_factory.errors import StoreError
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.store.audit import Entry
from chocolate_factory.store.tokens import Role, Token
from chocolate_factory.web import guard
from chocolate_factory.web.callers import PLANNING, Access, for_planners
from chocolate_factory.web.frame import Frame
from chocolate_factory.web.guard import (
    COMPUTING,
    LONGEST_BODY,
    LONGEST_HEAD,
    READING,
    Guard,
)

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
        "/optimize/production/daily", "/optimize/contract",
        "/insights/alerts/{alert_id}/acknowledge",
        "/setup/contract", "/setup/power", "/setup/plant", "/setup/orders",
        "/setup/notifications", "/setup/remove-demo",
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


READ = "/dashboard/complete"
FOREIGN = (
    "rebound.example", "rebound.example:8000", "127.0.0.1.rebound.example", "localhost.", "",
    "localhost:8000@rebound.example", "[::1", "localhost:", "::1", "plant.example.", "testserver:x",
)  # fmt: skip


@pytest.mark.parametrize("client", ["127.0.0.1", "192.0.2.7"])
@pytest.mark.parametrize("host", FOREIGN)
def test_a_name_that_was_made_to_lead_here_reads_nothing_and_asks_nothing(
    held: FastAPI, asked: Any, notes: Notes, host: str, client: str
):
    rebound = TestClient(held, base_url="http://127.0.0.1:8000", client=(client, 50_000))
    own_page = {"host": host, "origin": f"http://{host}", "sec-fetch-site": "same-origin"}
    for answer in (
        rebound.get(READ, headers=own_page),
        rebound.head(READ, headers=own_page),
        rebound.post(QUESTION, json={"variants": []}, headers=own_page),
        rebound.post(PATH, headers=own_page),
        rebound.get("/metrics", headers=own_page),
    ):
        assert answer.status_code == 421
        assert "reference-chocolate" not in answer.text
    assert kind(rebound.get(READ, headers=own_page)) == (421, "other-name")
    told = rebound.get(READ, headers=own_page).json()["detail"]
    assert "CHOCOLATE_FACTORY_SERVER_NAMES" in told
    assert asked.calls == []
    assert [one.outcome for one in notes.refused] == ["421"]


def test_two_hosts_hide_no_foreign_one_from_reading(app: FastAPI):
    headers = [("host", "127.0.0.1:8000"), ("host", "rebound.example")]
    assert TestClient(app, **HERE).get(READ, headers=headers).status_code == 421


@pytest.mark.parametrize(
    ("client", "host", "status"),
    [
        ("192.168.1.9", "192.168.1.4:8000", 200),
        ("192.168.1.9", "[fd00::4]:8000", 200),
        ("192.168.1.9", "localhost:8000", 200),  # through a published port of a container
        ("192.168.1.9", "PLANT.example:8000", 200),
        ("192.168.1.9", "plant-pc", 421),
        ("127.0.0.1", "plant.example", 200),
        ("127.0.0.1", "[::1]:8000", 200),
        ("127.0.0.1", "192.168.1.4:8000", 421),
        ("127.0.0.1", "0.0.0.0:8000", 421),
    ],
)
def test_a_server_is_asked_by_its_addresses_and_by_the_names_it_is_told(
    app: FastAPI, client: str, host: str, status: int
):
    asks = TestClient(app, client=(client, 50_000))
    assert asks.get(READ, headers={"host": host}).status_code == status


def test_a_name_that_is_known_makes_nobody_a_program_on_the_machine(app: FastAPI):
    assert refused(TestClient(app, **HERE).post(PATH, headers={"host": "plant.example"}))


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


def test_two_origins_do_not_hide_one_another(app: FastAPI):
    client = TestClient(app, **HERE)

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


NOW = datetime(2026, 11, 25, 13, 20, tzinfo=UTC)
SECRETS = {f"cf_{role.value}-{'x' * 40}": role for role in Role}
VIEWER, PLANNER, ADMIN = SECRETS
QUESTION = "/optimize/production/what-if"


class Notes:
    """What was noted, and a disk that may be full."""

    def __init__(self) -> None:
        self.done: list[Entry] = []
        self.refused: list[Entry] = []
        self.full = False

    def add(self, entry: Entry) -> None:
        if self.full:
            raise StoreError("the audit log cannot be written: No space left on device")
        self.done.append(entry)

    def told(self) -> list[tuple[str, str, str, str]]:
        return [(one.who, one.role, one.what, one.outcome) for one in self.done]


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def held(make_app: MakeApp, snapshot: Snapshot, asked: Any, notes: Notes) -> FastAPI:
    """The application where a viewer, a planner and an admin have a token."""

    def holder(text: str) -> Token | None:
        role = SECRETS.get(text)
        return None if role is None else Token(f"a-{role}", role, NOW, NOW + timedelta(days=9))

    access = Access(
        now=lambda: NOW,
        holder=holder,
        done=notes.add,
        refused=notes.refused.append,
        names=NAMES,
    )
    return make_app(lambda: snapshot, asked=asked, access=access)


@pytest.fixture
def afar(held: FastAPI) -> TestClient:
    return TestClient(held, base_url="http://plant.example:8000", client=("192.0.2.7", 50_000))


@pytest.fixture
def here(held: FastAPI) -> TestClient:
    return TestClient(held, **HERE)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/docs#")


def test_a_token_of_an_admin_lets_another_machine_begin_work(afar: TestClient, asked: Any):
    assert afar.post(PATH, headers=bearer(ADMIN)).status_code == 202
    assert len(asked.calls) == 1


def test_every_path_takes_an_admin_but_for_those_of_planning(held: FastAPI):
    changing = {
        path
        for method, path in operations(held.routes)
        if method not in READING and path not in COMPUTING
    }
    assert set(PLANNING) < changing
    for path in sorted(changing):
        by_role = {}
        for secret, role in SECRETS.items():
            one = TestClient(held, client=(f"192.0.2.{len(by_role)}", 50_000))
            by_role[role] = one.post(path, headers=bearer(secret)).status_code
        assert by_role[Role.VIEWER] == 403, path
        assert (by_role[Role.PLANNER] == 403) is not for_planners(path), path
        assert by_role[Role.ADMIN] != 403, path


def test_a_role_that_does_not_cover_a_path_is_told_which_one_would(afar: TestClient, asked: Any):
    answer = afar.post(PATH, headers=bearer(PLANNER))
    assert kind(answer) == (403, "other-role")
    assert "admin" in answer.json()["detail"]
    assert asked.calls == []


@pytest.mark.parametrize(
    "said",
    [f"Bearer {ADMIN}x", f"Bearer {ADMIN[:-1]}", "Bearer", "Bearer ", ADMIN, f"Basic {ADMIN}",
     f"Token {ADMIN}", f"Bearer {ADMIN},{ADMIN}"],
)  # fmt: skip
def test_what_is_not_a_token_in_force_is_refused_even_on_the_machine_itself(
    here: TestClient, asked: Any, said: str
):
    answer = here.post(PATH, headers={"authorization": said})
    assert kind(answer) == (401, "unknown-token")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert asked.calls == []


def test_two_tokens_do_not_hide_one_another(here: TestClient):
    headers = [("authorization", f"Bearer {ADMIN}"), ("authorization", f"Bearer {VIEWER}")]
    assert kind(here.post(PATH, headers=headers)) == (401, "unknown-token")


def test_a_token_counts_no_more_where_it_is_said_in_the_address(afar: TestClient, asked: Any):
    assert refused(afar.post(f"{PATH}?token={ADMIN}&access_token={ADMIN}"))
    assert asked.calls == []


@pytest.mark.parametrize(
    "header", ["forwarded", "via", "x-real-ip", "x-forwarded-for", "tailscale-user-login"]
)
def test_nothing_comes_through_a_proxy_even_with_an_admin_s_token(
    held: FastAPI, asked: Any, header: str
):
    for address in ("127.0.0.1", "192.168.100.20"):
        through = TestClient(held, base_url="http://127.0.0.1:8000", client=(address, 50_000))
        assert refused(through.post(PATH, headers={header: "", **bearer(ADMIN)}))
    assert asked.calls == []


def test_a_page_of_another_site_is_refused_even_with_a_token(afar: TestClient):
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert refused(afar.post(PATH, headers={**headers, **bearer(ADMIN)}))
        assert refused(afar.post(QUESTION, json={"variants": []}, headers=headers))


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain",
     "text/plain; application/json", "application/jsonp", ""],
)  # fmt: skip
@pytest.mark.parametrize("body", [b"", b'{"plan_id": "x"}'])
def test_what_a_form_can_send_is_no_request(
    here: TestClient, asked: Any, content_type: str, body: bytes
):
    headers = {"content-type": content_type}
    for path in (PATH, QUESTION):
        assert kind(here.post(path, content=body, headers=headers)) == (415, "not-json")
    assert asked.calls == []


def test_json_is_taken_with_and_without_its_encoding_named(here: TestClient):
    for content_type in ("application/json", "Application/JSON; charset=utf-8"):
        answer = here.post(PATH, content=b"{}", headers={"content-type": content_type})
        assert answer.status_code == 202


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(("path", "most"), [(PATH, LONGEST_BODY), (QUESTION, COMPUTING[QUESTION])])
def test_a_large_body_is_refused_whether_its_length_was_said_or_not(
    here: TestClient, asked: Any, path: str, most: int
):
    chunks = [b" " * 1000] * (most // 1000 + 1)
    assert kind(here.post(path, content=b"".join(chunks), headers=JSON)) == (413, "too-large")
    assert kind(here.post(path, content=iter(chunks), headers=JSON)) == (413, "too-large")
    assert asked.calls == []


@pytest.mark.parametrize("said", ["-1", "1e3", "4 4", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(here: TestClient, said: str):
    headers = {**JSON, "content-length": said}
    assert kind(here.post(PATH, headers=headers)) == (413, "too-large")


def test_a_request_that_reads_brings_no_body(here: TestClient):
    assert kind(here.request("GET", "/dashboard", content=b"x")) == (413, "too-large")
    assert kind(here.request("GET", "/dashboard", content=iter([b"x"]))) == (413, "too-large")
    assert here.request("GET", "/health", headers={"content-length": "0"}).status_code == 200


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"x": "x" * LONGEST_HEAD}),
        ("x" * LONGEST_HEAD, {}),
        ("", {f"x{n}": "y" * 99 for n in range(170)}),
    ],
)
def test_a_large_head_is_refused(here: TestClient, query: str, headers: dict[str, str]):
    assert kind(here.get(f"/health?{query}", headers=headers)) == (413, "too-large")


def test_a_body_that_does_not_come_is_not_waited_for(
    held: FastAPI, asked: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chocolate_factory.web.guard.BODY_WITHIN_S", 0.05)
    sent: list[Any] = []

    async def receive() -> Any:
        if sent:
            await anyio.sleep_forever()
        sent.append(None)
        return {"type": "http.request", "body": b"{", "more_body": True}

    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http", "method": "POST", "path": PATH, "query_string": b"", "scheme": "http",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1), "http_version": "1.1", "root_path": "", "server": None,
    }  # fmt: skip
    anyio.run(held, scope, receive, send)
    assert told[0]["status"] == 408
    assert asked.calls == []


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch, notes: Notes) -> Frame:
    """A guard that lets three requests in and whose clock stands still, before an empty page."""
    monkeypatch.setattr(guard, "OPEN_BURST", 3)
    monkeypatch.setattr(guard, "CHANGING_BURST", 3)
    access = Access(
        now=lambda: NOW,
        holder=lambda _: None,
        done=notes.add,
        refused=notes.refused.append,
        names=NAMES,
    )
    return Frame(Guard(Response(), access, seconds=lambda: 0.0))


def test_an_address_that_changes_too_often_waits_and_others_do_not(hurried: Frame, notes: Notes):
    busy, here = TestClient(hurried, client=("192.0.2.7", 50_000)), TestClient(hurried, **HERE)
    answers = [busy.post(PATH) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 3 + [429] * 3
    assert kind(answers[-1]) == (429, "too-many")
    assert answers[-1].headers["retry-after"] == "1"
    assert [one.outcome for one in notes.refused] == ["403"] * 3 + ["429"] * 3
    busy.post(PATH)
    assert len(notes.refused) == 6
    assert busy.get("/health").status_code == 200
    assert [here.post(PATH).status_code for _ in range(4)] == [200] * 3 + [429]


@pytest.mark.parametrize(
    "foreign",
    [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"via": "1.1 proxy"},
     {"host": "rebound.example"}],
)  # fmt: skip
@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.100.1"])
def test_no_page_or_proxy_takes_from_what_its_address_may_ask(
    hurried: Frame, notes: Notes, address: str, foreign: dict[str, str]
):
    """In containers all programs and browsers of the machine come from one address."""
    one = TestClient(hurried, base_url="http://127.0.0.1:8000", client=(address, 50_000))
    status = 421 if "host" in foreign else 403
    for path in (PATH, QUESTION):
        answers = [one.post(path, headers={**foreign, **JSON}) for _ in range(9)]
        assert {answer.status_code for answer in answers} == {status}
    assert [note.outcome for note in notes.refused] == [str(status)] * 3  # and no more than so many
    own = one.post(PATH)
    assert own.status_code == (200 if address == "127.0.0.1" else 403)
    assert one.get("/health").status_code == one.post(QUESTION).status_code == 200


def test_another_machine_that_reads_too_often_waits_and_this_one_does_not(hurried: Frame):
    afar, here = TestClient(hurried, client=("192.0.2.7", 50_000)), TestClient(hurried, **HERE)
    assert [afar.get("/health").status_code for _ in range(5)] == [200] * 3 + [429] * 2
    assert kind(afar.post(QUESTION, json={})) == (429, "too-many")
    assert [here.get("/health").status_code for _ in range(5)] == [200] * 5


def test_what_is_let_in_is_noted_before_and_after(afar: TestClient, here: TestClient, notes: Notes):
    afar.post(PATH, headers={**bearer(ADMIN), "x-request-id": "r-1"})
    here.post("/plan/accept", json={"plan_id": "x"})
    assert notes.told() == [
        ("token:a-admin", "admin", f"POST {PATH}", "begun"),
        ("token:a-admin", "admin", f"POST {PATH}", "202"),
        ("local", "admin", "POST /plan/accept", "begun"),
        ("local", "admin", "POST /plan/accept", "422"),
    ]
    first, second = notes.done[:2]
    assert (first.at, first.address, first.request_id) == (NOW, "192.0.2.7", "r-1")
    assert second.led_to.startswith("/jobs/")


def test_what_is_refused_is_noted_with_who_and_why(afar: TestClient, notes: Notes):
    afar.post(PATH)
    afar.post(PATH, headers=bearer("cf_wrong"))
    afar.post(PATH, headers=bearer(VIEWER))
    assert [(one.who, one.what, one.outcome) for one in notes.refused] == [
        ("unknown", f"POST {PATH}", "403"),
        ("unknown", f"POST {PATH}", "401"),
        ("token:a-viewer", f"POST {PATH}", "403"),
    ]
    assert notes.done == []


def test_reading_and_asking_are_not_noted(here: TestClient, notes: Notes):
    here.get("/dashboard/complete")
    here.post(QUESTION, json={"variants": []})
    assert notes.done == notes.refused == []


def test_nothing_is_begun_that_cannot_be_noted(here: TestClient, asked: Any, notes: Notes):
    notes.full = True
    answer = here.post(PATH)
    assert kind(answer) == (503, "store-error")
    assert "No space left" in answer.json()["detail"]
    assert asked.calls == []


def test_a_disk_that_is_full_does_not_let_in_what_is_refused(
    make_app: MakeApp, snapshot: Snapshot, asked: Any
):
    def full(_: object) -> None:
        raise StoreError("no room")

    access = Access(now=lambda: NOW, holder=lambda _: None, done=full, refused=full, names=NAMES)
    app = make_app(lambda: snapshot, asked=asked, access=access)
    assert refused(TestClient(app, client=("192.0.2.7", 50_000)).post(PATH))


def test_tokens_that_cannot_be_read_let_nobody_in(
    make_app: MakeApp, snapshot: Snapshot, asked: Any
):
    def damaged(_: str) -> Token:
        raise StoreError("the tokens cannot be used")

    access = Access(now=lambda: NOW, holder=damaged, done=lambda _: None, refused=lambda _: None)
    here = TestClient(make_app(lambda: snapshot, asked=asked, access=access), **HERE)
    assert kind(here.post(PATH, headers=bearer(ADMIN))) == (503, "store-error")
    assert asked.calls == []


def test_a_websocket_is_closed(here: TestClient):
    with pytest.raises(WebSocketDisconnect) as closed, here.websocket_connect("/dashboard"):
        pass
    assert closed.value.code == 1008


def test_no_answer_lets_a_page_load_frame_or_embed_anything_foreign(afar: TestClient):
    for answer in (
        afar.get("/dashboard"), afar.get("/dashboard/complete"), afar.get("/nowhere"),
        afar.get("/static/style.css"), afar.post(PATH), afar.get("/docs"),
    ):  # fmt: skip
        policy = answer.headers["content-security-policy"]
        assert policy == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        assert {
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        }.items() <= dict(answer.headers).items()
        assert "server" not in answer.headers
        assert "set-cookie" not in answer.headers
