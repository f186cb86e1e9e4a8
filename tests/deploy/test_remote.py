"""What may be seen from outside: the shipped nginx configuration, started for real."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from deploy.conftest import NAME, Sidecar, Upstream, answering, certificate, started, until
from fastapi import FastAPI
from web.conftest import app_over, snapshot_at

from chocolate_factory.web.callers import SIDECAR

ALLOWED = (
    "/dashboard",
    "/dashboard/complete",
    "/dashboard/heatmap",
    "/dashboard/alerts",
    "/static/style.css",
    "/static/dashboard.js",
    "/static/icon.svg",
)
"""Requirement 9: these and nothing else, by GET and HEAD."""

HEADERS = f"Host: {NAME}\r\nConnection: close\r\n"


def request(line: str, headers: str = HEADERS, body: str = "") -> bytes:
    return f"{line}\r\n{headers}\r\n{body}".encode("latin-1")


def bare(answer: bytes) -> bytes:
    """An answer without its date, which is all in which two refusals may differ."""
    return re.sub(rb"Date: [^\r]*\r\n", b"", answer)


@pytest.fixture(scope="module")
def refusal(sidecar: Sidecar) -> bytes:
    """The one answer to whatever is refused."""
    answer = bare(sidecar.raw(request("GET /nowhere HTTP/1.1")))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.endswith(b"\r\n\r\nForbidden\n")
    return answer


@pytest.fixture(scope="module")
def described() -> set[str]:
    """Every path of the OpenAPI document."""
    return set(app_over(snapshot_at).openapi()["paths"])


@pytest.fixture
def refuses(sidecar: Sidecar, upstream: Upstream, refusal: bytes) -> Callable[..., None]:
    """Asserts that bytes get the one refusal and that the application hears nothing."""

    def check(sent: bytes, *, plain: bool = False) -> None:
        heard = len(upstream.asked)
        assert bare(sidecar.raw(sent, plain=plain)) == refusal, sent[:200]
        assert upstream.asked[heard:] == [], sent[:200]

    return check


@pytest.mark.parametrize(
    "path", [*ALLOWED, "/dashboard?lang=es&site=jaen-2", "/static/style.css?v=1-2_3"]
)
def test_what_is_allowed_answers_to_get_and_head(sidecar: Sidecar, upstream: Upstream, path: str):
    got = sidecar.raw(request(f"GET {path} HTTP/1.1"))
    head = sidecar.raw(request(f"HEAD {path} HTTP/1.1"))
    assert got.startswith(b"HTTP/1.1 200 OK")
    assert got.endswith(b"\r\n\r\nreached")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert head.endswith(b"\r\n\r\n")
    assert upstream.lines()[-2:] == [f"GET {path} HTTP/1.1", f"HEAD {path} HTTP/1.1"]


def test_every_other_path_of_the_interface_is_refused_by_every_method(
    refuses: Callable[..., None], described: set[str]
):
    assert len(described) > 30
    for path in (
        *described,
        "/",
        "/sites",
        "/fleet",
        "/overview",
        "/docs",
        "/openapi.json",
        "/refused",
        "/static",
        "/static/",
    ):
        concrete = re.sub(r"\{\w+\}", "x", path)
        for method in ("POST",) if concrete in ALLOWED else ("GET", "POST"):
            refuses(request(f"{method} {concrete} HTTP/1.1"))


@pytest.mark.parametrize(
    "method",
    ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "PURGE", "get",
     "Get", "GETS", "G", "HEAD\tGET"],
)  # fmt: skip
def test_no_other_method_is_taken(refuses: Callable[..., None], method: str):
    for path in ALLOWED[:5]:
        refuses(request(f"{method} {path} HTTP/1.1"))
    refuses(request(f"{method} /ingest-now HTTP/1.1"))


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/", "/dashboard//", "//dashboard", "/./dashboard", "/dashboard/.",
        "/x/../dashboard", "/dashboard/../gaps/summary", "/dashboard/..", "/..", "/../",
        "/dashboard%2f", "/dashboard%2fcomplete", "/dashboard/%2e%2e/plan", "/%64ashboard",
        "/dashboard%00", "/dashboard%20", "/dashboard%0a", "/dashboard%23", "/dashboard%3f",
        "/dashboard;x=y", "/dashboard.json", "/dashboard~", "/dashboard#x", "/dashboard\\",
        "/Dashboard", "/DASHBOARD", "/dashboard/Complete", "/dashboard/summary",
        "/dashboard/complete/", "/dashboard/complete/x", "/dashboardx", "/dashboard:443",
        "/static/../ingest-now", "/static/%2e%2e/plan", "/static/..%2fplan", "/static/.hidden",
        "/static//style.css", "/static/a/b.css", "/static/style", "/static/style.css/",
        "/static/STYLE.css", "/static/style..css", "/static\\style.css", "/static/..",
        "/dashboard?x=/../", "/dashboard?x=%2e", "/dashboard?a b", "/dashboard?" + "x" * 201,
        "/dashboard??", "/dashboard?x=<script>", "/dashboard?url=http://x", "*", "dashboard",
        "", "/dash\xe9board", "/dashboard\x0b", "/\x00dashboard", "/" + "x" * 2000,
        f"http://{NAME}/dashboard", f"https://{NAME}/dashboard", "http://evil.example/dashboard",
        f"https://{NAME}:443/dashboard", f"//{NAME}/dashboard", "127.0.0.1:8000",
    ],
)  # fmt: skip
def test_no_other_way_to_write_a_path_is_understood(refuses: Callable[..., None], path: str):
    refuses(request(f"GET {path} HTTP/1.1"))


@pytest.mark.parametrize(
    "sent",
    [
        request("GET /dashboard HTTP/1.0"),
        request("GET /dashboard HTTP/1.0", ""),
        request("GET /dashboard HTTP/2.0"),
        request("GET /dashboard HTTP/9.9"),
        request("GET /dashboard HTTP/1.1 "),
        request("GET  /dashboard HTTP/1.1"),
        request("GET /dashboard  HTTP/1.1"),
        request("GET /dashboard http/1.1"),
        request("GET /dashboard HTTP/1.1", "Connection: close\r\n"),
        request("GET /dashboard HTTP/1.1", f"Host: {NAME}\r\n{HEADERS}"),
        request("GET /dashboard HTTP/1.1", "Host: 127.0.0.1\r\nConnection: close\r\n"),
        request("GET /dashboard HTTP/1.1", "Host: evil.example\r\nConnection: close\r\n"),
        request("GET /dashboard HTTP/1.1", f"Host: {NAME}.evil.example\r\nConnection: close\r\n"),
        request("GET /dashboard HTTP/1.1", f"Host: {NAME}/x\r\nConnection: close\r\n"),
        request("GET /dashboard HTTP/1.1", f"{HEADERS}Upgrade: websocket\r\n"),
        request("GET /dashboard HTTP/1.1", f"{HEADERS}Upgrade: h2c\r\n"),
        request("GET /dashboard HTTP/1.1", f"{HEADERS}Content-Length: 4\r\n", "body"),
        request("GET /dashboard HTTP/1.1", f"{HEADERS}Content-Length: x\r\n"),
        request("GET /dashboard HTTP/1.1", f"{HEADERS}Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        request("GET /dashboard HTTP/1.1", f"{HEADERS}Transfer-Encoding: x\r\n"),
        request("GET /dashboard HTTP/1.1", f"{HEADERS}Expect: 100-continue\r\n"),
        request("GET /dashboard HTTP/1.1", f"{HEADERS}X: {'x' * 5000}\r\n"),
        request("GET /dashboard HTTP/1.1", HEADERS + f"X: {'x' * 3000}\r\n" * 9),
        request("GET /dashboard HTTP/1.1", f"{HEADERS}Cookie: {'x' * 20000}\r\n"),
        request("GET /" + "x" * 9000 + " HTTP/1.1"),
        request("POST /dashboard HTTP/1.1", f"{HEADERS}Content-Length: 99999\r\n"),
        request("POST /ingest-now HTTP/1.1", f"{HEADERS}Content-Length: 2\r\n", "{}"),
        request("POST /dashboard HTTP/1.1", f"{HEADERS}X-HTTP-Method-Override: GET\r\n"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[:60])[2:-1] + f"-{len(sent)}",
)
def test_no_other_form_of_request_is_taken(refuses: Callable[..., None], sent: bytes):
    refuses(sent)


def test_plain_http_is_refused_on_the_port_of_tls(refuses: Callable[..., None]):
    refuses(request("GET /dashboard HTTP/1.1"), plain=True)


def test_a_refused_head_has_the_same_headers_and_no_body(sidecar: Sidecar, refusal: bytes):
    answer = bare(sidecar.raw(request("HEAD /plan HTTP/1.1")))
    assert answer == refusal.removesuffix(b"Forbidden\n")


def test_the_oldest_http_gets_the_refusal_without_headers(sidecar: Sidecar, upstream: Upstream):
    heard = len(upstream.asked)
    assert sidecar.raw(b"GET /dashboard\r\n") == b"Forbidden\n"
    assert upstream.asked[heard:] == []


def test_the_refusal_tells_nothing(refusal: bytes):
    low = refusal.lower()
    for word in (b"1.22", b"debian", b"chocolate", b"/", b"127.0.0.1", NAME.encode()):
        assert word not in low.partition(b"\r\n")[2].replace(b"text/plain", b""), word


def test_a_second_request_in_the_same_bytes_is_judged_by_itself(
    sidecar: Sidecar, upstream: Upstream
):
    heard = len(upstream.asked)
    both = request("GET /dashboard HTTP/1.1", f"Host: {NAME}\r\n") + request(
        "POST /ingest-now HTTP/1.1"
    )
    answer = sidecar.raw(both)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"403"]
    assert len(upstream.asked) == heard + 1


FORGED = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "localhost",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1",
    "Tailscale-User-Login": "boss@example.com",
    "Authorization": "Bearer cf_forged",
    "Cookie": "session=1",
    "X-HTTP-Method-Override": "POST",
    "X-Original-URL": "/ingest-now",
    "X-Rewrite-URL": "/ingest-now",
    "X-Request-ID": "forged",
    "Origin": "https://evil.example",
    "Range": "bytes=0-1",
    "Proxy-Authorization": "x",
    "Connection": "x-forwarded-for, via, host",
}


def test_nothing_forged_or_secret_goes_on_to_the_application(sidecar: Sidecar, upstream: Upstream):
    forged = "".join(f"{name}: {value}\r\n" for name, value in FORGED.items())
    answer = sidecar.raw(
        request("GET /dashboard HTTP/1.1", f"Accept-Language: es\r\n{forged}{HEADERS}")
    )
    assert answer.startswith(b"HTTP/1.1 200")
    line, *headers = upstream.asked[-1].decode().strip().split("\r\n")
    assert line == "GET /dashboard HTTP/1.1"
    assert {one.split(": ")[0].lower(): one.split(": ")[1] for one in headers} == {
        "host": f"127.0.0.1:{upstream.port}",
        "accept-language": "es",
        "via": SIDECAR,
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "https",
    }


def test_nothing_secret_comes_back(sidecar: Sidecar):
    answer = sidecar.raw(request("GET /dashboard HTTP/1.1")).lower()
    assert b"set-cookie" not in answer
    assert b"x-request-id" not in answer
    assert b"strict-transport-security: max-age=31536000" in answer
    assert b"server: nginx\r\n" in answer


def test_an_application_that_is_gone_looks_like_any_refusal(nginx: None, refusal: bytes):
    with answering() as gone:
        port = gone.port
    with started(port) as sidecar:
        assert bare(sidecar.raw(request("GET /dashboard HTTP/1.1"))) == refusal


@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Service Unavailable"])
def test_what_ails_the_application_is_not_told_outside(nginx: None, refusal: bytes, status: str):
    with answering(status) as ailing, started(ailing.port) as sidecar:
        assert bare(sidecar.raw(request("GET /dashboard HTTP/1.1"))) == refusal
        assert ailing.lines() == ["GET /dashboard HTTP/1.1"]


@pytest.fixture(scope="module")
def real(nginx: None) -> Iterator[Sidecar]:
    """The sidecar before the application itself, with a plant made by hand."""
    snapshot = snapshot_at()
    app: FastAPI = app_over(lambda: snapshot)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", proxy_headers=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        with started(server.servers[0].sockets[0].getsockname()[1]) as sidecar:
            yield sidecar
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def test_the_real_application_is_seen_and_nothing_else_of_it(
    real: Sidecar, refusal: bytes, described: set[str]
):
    seen = {}
    for path in sorted({*described, *ALLOWED, "/static/nowhere.css"}):
        answer = real.raw(request(f"GET {re.sub(r'{.*}', 'x', path)} HTTP/1.1"))
        if bare(answer) != refusal:
            seen[path] = answer.partition(b"\r\n")[0]
    there = {path for path in ALLOWED if path in described or path.startswith("/static/")}
    assert seen == dict.fromkeys(there, b"HTTP/1.1 200 OK")
    page = real.raw(request("GET /dashboard?lang=es HTTP/1.1"))
    assert b'<html lang="es"' in page
    assert page.lower().count(b"\r\ncontent-security-policy: ") == 1


def test_a_language_that_is_none_is_a_refusal_too(real: Sidecar, refusal: bytes):
    assert bare(real.raw(request("GET /dashboard?lang=xx HTTP/1.1"))) == refusal


def test_it_registers_with_the_key_s_file_and_never_with_the_key(sidecar: Sidecar):
    asked = sidecar.asked()
    up = next(line for line in asked if " up " in line)
    assert re.search(r"--auth-key=file:\S+/key ", up)
    assert "--hostname=chocolate-factory" in up
    assert "--ssh=false" in up
    assert not any("tskey" in line for line in asked)
    assert "tskey" not in sidecar.said()
    daemon = (sidecar.run / "tailscaled.sock.args").read_text()
    assert "--tun=userspace-networking" in daemon


def test_it_listens_on_loopback_only_and_keeps_its_key_to_itself(sidecar: Sidecar):
    config = (sidecar.run / "nginx.conf").read_text()
    assert re.findall(r"^\s*listen (.*);", config, re.MULTILINE) == [
        f"127.0.0.1:{sidecar.port} ssl"
    ]
    assert "@" not in re.sub(r"(?m)#.*$", "", config)
    assert (sidecar.run / "tls/key.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("amiss", "said"),
    [
        ({"TS_AUTHKEY_FILE": "/nowhere/key"}, "not registered yet"),
        ({"refuse_up": ""}, "registration with Tailscale failed"),
        ({"refuse_cert": ""}, "no valid certificate"),
        ({"expired": ""}, "no valid certificate"),
        ({"name": ""}, "the name Tailscale gave"),
        ({"name": 'x";return 200;#.ts.net'}, "the name Tailscale gave"),
        ({"REMOTE_LISTEN": "0.0.0.0:443"}, "REMOTE_LISTEN cannot be"),
        ({"REMOTE_UPSTREAM": "app:8000;}"}, "REMOTE_UPSTREAM cannot be"),
        ({"TS_HOSTNAME": "a b"}, "TS_HOSTNAME cannot be"),
    ],
    ids=str,
)
def test_without_key_registration_name_or_certificate_nothing_listens(
    nginx: None, amiss: dict[str, str], said: str
):
    with started(9, **amiss) as sidecar:
        assert sidecar.process.wait(timeout=10) == 1
        assert said in sidecar.said()
        assert not sidecar.listens()
        assert not (sidecar.run / "nginx.pid").exists()


def test_a_renewed_certificate_is_served_without_a_stop(nginx: None):
    with started(9, REMOTE_RENEW_EVERY_S="1") as sidecar:
        before = sidecar.certificate()
        certificate(sidecar.stand_ins)
        until(lambda: sidecar.certificate() != before)
        assert sidecar.process.poll() is None


def test_a_renewal_that_fails_keeps_the_certificate_that_is_valid(nginx: None):
    with started(9, REMOTE_RENEW_EVERY_S="1") as sidecar:
        before = sidecar.certificate()
        (sidecar.stand_ins / "refuse-cert").touch()
        until(lambda: "could not be renewed yet" in sidecar.said())
        assert sidecar.certificate() == before


def test_once_the_certificate_runs_out_nothing_listens(nginx: None):
    with started(9) as sidecar:
        assert sidecar.listens()
        certificate(sidecar.stand_ins, days=-1)
        (sidecar.stand_ins / "cert.pem").replace(sidecar.run / "tls/cert.pem")
        assert sidecar.process.wait(timeout=10) == 1
        assert "has run out" in sidecar.said()
        assert not sidecar.listens()


def child_of(pid: int, name: str) -> int:
    """The child of a process in whose command line the name of a program stands."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if name.encode() in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise AssertionError(f"{name} does not run")


@pytest.mark.parametrize("part", ["nginx", "tailscaled"])
def test_when_a_part_ends_everything_ends(nginx: None, part: str):
    with started(9) as sidecar:
        os.kill(child_of(sidecar.process.pid, part), signal.SIGTERM)
        assert sidecar.process.wait(timeout=10) == 1
        assert f"{part} ended" in sidecar.said()
        assert not sidecar.listens()


def test_it_ends_at_once_when_it_is_told_to(nginx: None):
    with started(9) as sidecar:
        sidecar.process.terminate()
        assert sidecar.process.wait(timeout=10) == 0
        assert not sidecar.listens()
