"""A proxy of somebody's own on the server's machine, which says nothing of itself."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from deploy.conftest import free_port, until
from web.conftest import Asked, app_over, no_tokens, snapshot_at

from chocolate_factory.store.tokens import Role, Token
from chocolate_factory.web.callers import Access

ASKED = "POST /ingest-now HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n"
ADMIN_SAYS = "Authorization: Bearer cf_known\r\n"
PLAIN = """\
pid {run}/nginx.pid; error_log stderr; daemon off; worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {run}/1; proxy_temp_path {run}/2; fastcgi_temp_path {run}/3;
    uwsgi_temp_path {run}/4; scgi_temp_path {run}/5;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{upstream}; {more} }}
    }}
}}
"""


def sent(port: int, text: str) -> int:
    """The status that comes back for these bytes."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text.encode())
        while chunk := connection.recv(65536):
            received += chunk
    return int(received.split(b" ", 2)[1])


@contextmanager
def serving(*, trust_loopback: bool = True) -> Iterator[tuple[int, Asked]]:
    """The application on a loopback port, and what it was asked to begin."""
    asked, snapshot = Asked(), snapshot_at()
    now = lambda: snapshot.as_of  # noqa: E731
    admin = Token("ops", Role.ADMIN, now(), now().replace(year=2030))
    access = Access(
        now=now,
        holder=lambda text: admin if text == "cf_known" else None,
        done=no_tokens(now).done,
        refused=no_tokens(now).refused,
        trust_loopback=trust_loopback,
    )
    app = app_over(lambda: snapshot, asked=asked, access=access)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", proxy_headers=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        yield server.servers[0].sockets[0].getsockname()[1], asked
    finally:
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture
def proxied(nginx: None, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Starts a real nginx before a port, configured as its own guide begins; its own port."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    started: list[subprocess.Popen[bytes]] = []

    def before(upstream: int, more: str = "proxy_http_version 1.0;") -> int:
        port = free_port()
        config = tmp_path / f"{port}.conf"
        text = PLAIN.format(run=tmp_path, port=port, upstream=upstream, more=more)
        config.write_text(text)
        started.append(subprocess.Popen([program, "-e", "stderr", "-c", str(config)]))
        until(lambda: _listens(port))
        return port

    yield before
    for process in started:
        process.terminate()
        process.wait(timeout=20)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_what_comes_by_http_1_0_administers_nothing_without_a_token():
    with serving() as (port, asked):
        text = ASKED.replace("HTTP/1.1", "HTTP/1.0")
        for host in (f"127.0.0.1:{port}", "localhost"):
            assert sent(port, text.format(host=host, more="")) == 403
        assert asked.calls == []
        assert sent(port, text.format(host="localhost", more=ADMIN_SAYS)) == 202
        assert sent(port, ASKED.format(host="localhost", more="")) == 202


def test_nginx_as_it_is_by_itself_makes_nobody_an_admin(proxied: Callable[..., int]):
    with serving() as (port, asked):
        outside = proxied(port)
        assert sent(outside, ASKED.format(host="plant.example", more="")) == 403
        assert asked.calls == []
        seen = ASKED.replace("POST /ingest-now", "GET /dashboard")
        assert sent(outside, seen.format(host="plant.example", more="")) == 200


@pytest.mark.parametrize("header", ['Via "1.1 plant"', "X-Forwarded-For $remote_addr"])
def test_a_header_that_the_guide_names_closes_administration(
    proxied: Callable[..., int], header: str
):
    with serving() as (port, asked):
        more = f"proxy_http_version 1.1; proxy_set_header {header};"
        assert sent(proxied(port, more), ASKED.format(host="x", more=ADMIN_SAYS)) == 403
        assert asked.calls == []


def test_where_loopback_is_not_trusted_only_a_token_passes_whatever_the_proxy_says(
    proxied: Callable[..., int],
):
    with serving(trust_loopback=False) as (port, asked):
        for outside in (port, proxied(port), proxied(port, "proxy_http_version 1.1;")):
            assert sent(outside, ASKED.format(host=f"127.0.0.1:{outside}", more="")) == 401
        assert asked.calls == []
        assert sent(outside, ASKED.format(host="x", more=ADMIN_SAYS)) == 202
