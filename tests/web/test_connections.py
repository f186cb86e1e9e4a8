"""Sockets that ask nothing, or too many of them: what a server does with them, on loopback."""

from __future__ import annotations

import resource
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import structlog
from fastapi import FastAPI

from chocolate_factory.cli.serve import bound_socket, run_server
from chocolate_factory.web import connections
from chocolate_factory.web.asked_site import OfEach

ASKED = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"
WITHIN_S = 0.8


def small_app() -> FastAPI:
    app = FastAPI()
    app.state.streams, app.state.ending = OfEach(lambda: None), lambda: None

    @app.get("/quick")
    async def quick() -> str:
        return "here"

    @app.get("/slow")
    def slow() -> str:
        time.sleep(1.5 * WITHIN_S)
        return "here"

    return app


@pytest.fixture
def open_one(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., socket.socket]]:
    """Opens connections to a server that waits ``WITHIN_S`` for a head, and closes them."""
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", WITHIN_S)
    ended, opened = threading.Event(), []
    with bound_socket("127.0.0.1", 0) as listener:
        where = listener.getsockname()
        serving = threading.Thread(
            target=run_server, args=(small_app(), listener), kwargs={"until": ended}
        )
        serving.start()

        def opening(*, of: str = "127.0.0.1") -> socket.socket:
            opened.append(socket.create_connection(where, timeout=10, source_address=(of, 0)))
            return opened[-1]

        yield opening
        for one in opened:
            one.close()
        ended.set()
        serving.join()
    structlog.reset_defaults()


def closed_after_s(one: socket.socket) -> float:
    """How long until the other end closes without a word."""
    began = time.monotonic()
    assert one.recv(1) == b""
    return time.monotonic() - began


def ready(one: socket.socket) -> bool:
    """Whether something has come, or the other end has closed."""
    return bool(select.select([one], [], [], 0)[0])


def answered(one: socket.socket, path: bytes = b"quick") -> bool:
    one.sendall(ASKED % path)
    return b"here" in one.recv(4096) or b"here" in one.recv(4096)


def test_who_asks_nothing_is_not_waited_for(open_one: Callable[..., socket.socket]):
    assert WITHIN_S / 2 < closed_after_s(open_one()) < WITHIN_S + 3


def test_a_head_that_comes_in_drops_is_not_waited_for(open_one: Callable[..., socket.socket]):
    one = open_one()
    one.sendall(b"GET /quick HTTP/1.1\r\nX: ")
    one.setblocking(False)
    began = time.monotonic()
    sent = 0
    while not (ended := ready(one)) and time.monotonic() < began + 10:
        sent += one.send(b"x")
        time.sleep(WITHIN_S / 8)
    assert ended
    assert sent > 2


def test_neither_is_the_second_head_of_a_kept_connection(open_one: Callable[..., socket.socket]):
    one = open_one()
    assert answered(one)
    time.sleep(WITHIN_S / 4)
    one.sendall(b"GET /quick HTTP/1.1\r\n")
    assert WITHIN_S / 2 < closed_after_s(one) < WITHIN_S + 3


def test_an_answer_may_take_longer_than_a_head_and_the_next_one_too(
    open_one: Callable[..., socket.socket],
):
    one = open_one()
    time.sleep(WITHIN_S / 2)
    assert answered(one, b"slow")
    assert answered(one, b"slow")


def test_an_address_holds_so_many_connections_and_others_have_room(
    open_one: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 60.0)
    monkeypatch.setattr(connections, "OF_ONE_ADDRESS", 4)
    held = [open_one() for _ in range(4)]
    assert answered(held[0])

    one_more = open_one()
    assert one_more.recv(4096).startswith(b"HTTP/1.1 503 ")
    assert answered(open_one(of="127.0.0.2"))
    held.pop().close()
    time.sleep(0.2)
    assert answered(open_one())
    assert open_one().recv(4096).startswith(b"HTTP/1.1 503 ")


def test_two_hundred_readers_behind_one_proxy_have_room(
    open_one: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
):
    """As many as ``chaos.crowd`` lets read, and as many as may listen to the news."""
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 60.0)
    readers = [open_one() for _ in range(232)]
    for one in readers:
        one.sendall(ASKED % b"quick")
    assert all(b" 200 OK" in one.recv(4096) for one in readers)


def test_a_server_may_open_as_many_files_as_the_system_allows():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    at_once = threading.Event()
    at_once.set()
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, soft), hard))
        with bound_socket("127.0.0.1", 0) as listener:
            run_server(small_app(), listener, until=at_once)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        structlog.reset_defaults()
