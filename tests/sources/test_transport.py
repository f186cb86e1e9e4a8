"""Transport: what is tried again, what is not, how long, how often, and what is never said."""

from __future__ import annotations

import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx2
import pytest

from chocolate_factory.errors import (
    NotPublished,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.sources.base import Request
from chocolate_factory.sources.transport import DEFAULT_LIMITS, USER_AGENT, Transport

AT_ONCE = replace(DEFAULT_LIMITS, wait_first_s=0.0, jitter_s=0.0, spacing_s=0.0)
ASK = Request("https://prices.test/day", params=(("date", "2025-10-26"),))
SECRETS = Request(
    "https://prices.test/day",
    params=(("appid", "s3cret-one"), ("ClaveAPI", "s3cret two/ñ"), ("date", "2025-10-26")),
    headers=(("x-api-key", "s3cret-three"), ("Authorization", "Bearer s3cret-four")),
)


class Script:
    """A wire that gives the answers of a list in turn and keeps what was asked."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def transport(self, **options: object) -> Transport:
        return Transport(AT_ONCE, network=httpx2.MockTransport(self), **options)  # type: ignore[arg-type]


@contextmanager
def raw_server(handle: Callable[[socket.socket], None]) -> Iterator[str]:
    """A loopback socket that reads a request and hands each connection to ``handle``."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                handle(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_the_body_of_a_good_answer_is_returned_as_it_came() -> None:
    script = Script(httpx2.Response(200, content=b"\xe1\x00bytes"))
    with script.transport() as transport:
        assert transport.get(ASK, source="prices") == b"\xe1\x00bytes"
    assert str(script.asked[0].url) == "https://prices.test/day?date=2025-10-26"


def test_the_product_says_who_it_is() -> None:
    script = Script(httpx2.Response(200))
    with script.transport() as transport:
        transport.get(ASK, source="prices")
    assert script.asked[0].headers["User-Agent"] == USER_AGENT
    assert USER_AGENT.startswith("chocolate-factory/")


def test_headers_of_the_request_are_sent() -> None:
    script = Script(httpx2.Response(200))
    with script.transport() as transport:
        transport.get(SECRETS, source="prices")
    assert script.asked[0].headers["x-api-key"] == "s3cret-three"


@pytest.mark.parametrize(
    "fault",
    [
        httpx2.Response(500, html="<h1>Symfony</h1>"),
        httpx2.Response(502, json={"errors": []}),
        httpx2.Response(503),
        httpx2.Response(429),
        httpx2.Response(408),
        httpx2.ConnectError("refused"),
        httpx2.ReadTimeout("slow"),
        httpx2.RemoteProtocolError("peer closed connection"),
        httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=iter([b"no gzip"])),
    ],
    ids=["500", "502", "503", "429", "408", "refused", "time-out", "reset", "bad gzip"],
)
def test_a_passing_fault_is_tried_again(fault: httpx2.Response | Exception) -> None:
    script = Script(fault, httpx2.Response(200, content=b"prices"))
    with script.transport() as transport:
        assert transport.get(ASK, source="prices") == b"prices"


def test_a_lasting_fault_ends_after_the_last_attempt() -> None:
    script = Script(*[httpx2.Response(503) for _ in range(AT_ONCE.attempts)])
    with (
        script.transport() as transport,
        pytest.raises(SourceUnavailable, match=r"prices: prices\.test/day: HTTP 503"),
    ):
        transport.get(ASK, source="prices")
    assert len(script.asked) == AT_ONCE.attempts


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 422])
def test_a_refusal_is_not_tried_again(status: int) -> None:
    script = Script(httpx2.Response(status, html="<html>Incapsula</html>"))
    with script.transport() as transport, pytest.raises(SourceRejected, match=f"HTTP {status}"):
        transport.get(ASK, source="prices")
    assert len(script.asked) == 1


def test_a_refused_key_tells_what_to_check() -> None:
    with (
        Script(httpx2.Response(401)).transport() as transport,
        pytest.raises(SourceRejected, match="check the key of this source"),
    ):
        transport.get(ASK, source="prices")


@pytest.mark.parametrize("status", [400, 404])
def test_the_upstream_says_what_its_refusal_means(status: int) -> None:
    def classify(code: int, body: bytes) -> SourceError:
        return NotPublished("prices", f"{code} {body.decode()}")

    script = Script(httpx2.Response(status, content=b"not yet"))
    with script.transport() as transport, pytest.raises(NotPublished, match=f"{status} not yet"):
        transport.get(ASK, source="prices", classify=classify)
    assert len(script.asked) == 1


def test_retry_after_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    script = Script(
        httpx2.Response(429, headers={"Retry-After": "7"}), httpx2.Response(200, content=b"ok")
    )
    with script.transport() as transport:
        assert transport.get(ASK, source="prices") == b"ok"
    assert slept == [7.0]


def test_retry_after_as_a_date_counts_from_the_answers_own_date(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    headers = {
        "Date": "Sun, 26 Oct 2025 01:00:00 GMT",
        "Retry-After": "Sun, 26 Oct 2025 01:00:12 GMT",
    }
    script = Script(httpx2.Response(503, headers=headers), httpx2.Response(200))
    with script.transport() as transport:
        transport.get(ASK, source="prices")
    assert slept == [12.0]


def test_a_retry_after_beyond_patience_ends_at_once_and_is_reported() -> None:
    script = Script(httpx2.Response(429, headers={"Retry-After": "3600"}))
    with script.transport() as transport, pytest.raises(SourceUnavailable) as caught:
        transport.get(ASK, source="prices")
    assert caught.value.retry_after_s == 3600.0
    assert len(script.asked) == 1


@pytest.mark.parametrize("text", ["soon", "-5", "1.5", "²"])
def test_an_unreadable_retry_after_is_as_if_it_were_not_there(text: str) -> None:
    headers = [(b"Retry-After", text.encode("latin-1", "replace"))]
    script = Script(httpx2.Response(503, headers=headers), httpx2.Response(200, content=b"ok"))
    with script.transport() as transport:
        assert transport.get(ASK, source="prices") == b"ok"


def test_back_off_grows_from_attempt_to_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    script = Script(*[httpx2.Response(500) for _ in range(4)])
    limits = replace(AT_ONCE, wait_first_s=1.0)
    with (
        Transport(limits, network=httpx2.MockTransport(script)) as transport,
        pytest.raises(SourceUnavailable),
    ):
        transport.get(ASK, source="prices")
    assert slept == [1.0, 2.0, 4.0]


def test_an_answer_beyond_the_size_limit_is_refused() -> None:
    limits = replace(AT_ONCE, body_bytes=1000)
    script = Script(httpx2.Response(200, content=b"x" * 1001))
    with (
        Transport(limits, network=httpx2.MockTransport(script)) as transport,
        pytest.raises(SourceRejected, match="longer than 1000 bytes"),
    ):
        transport.get(ASK, source="prices")


def test_a_body_that_trickles_is_given_up_at_the_deadline() -> None:
    seconds = iter(range(0, 10_000, 40))
    script = Script(
        *[httpx2.Response(200, content=iter([b"a"] * 1000)) for _ in range(AT_ONCE.attempts)]
    )
    with (
        script.transport(monotonic=lambda: float(next(seconds))) as transport,
        pytest.raises(SourceUnavailable, match="longer than 120 s"),
    ):
        transport.get(ASK, source="prices")


def test_a_body_cut_off_on_the_wire_is_unavailable_not_half_an_answer() -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"included": [')

    with (
        raw_server(cut) as url,
        Transport(replace(AT_ONCE, attempts=2)) as transport,
        pytest.raises(SourceUnavailable),
    ):
        transport.get(Request(url), source="prices")


def test_a_server_that_never_answers_times_out() -> None:
    with (
        raw_server(lambda connection: connection.recv(1) and None) as url,
        Transport(replace(AT_ONCE, attempts=1, read_s=0.05)) as transport,
        pytest.raises(SourceUnavailable, match="no answer in time"),
    ):
        transport.get(Request(url), source="prices")


def test_a_refused_connection_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        Transport(replace(AT_ONCE, attempts=2)) as transport,
        pytest.raises(SourceUnavailable, match="check the network"),
    ):
        transport.get(Request(f"http://127.0.0.1:{port}/"), source="prices")


def test_a_redirect_on_the_same_host_is_followed() -> None:
    script = Script(
        httpx2.Response(302, headers={"Location": "/elsewhere"}),
        httpx2.Response(200, content=b"prices"),
    )
    with script.transport() as transport:
        assert transport.get(ASK, source="prices") == b"prices"
    assert str(script.asked[1].url) == "https://prices.test/elsewhere"


@pytest.mark.parametrize(
    "location",
    ["https://evil.test/day", "http://prices.test/day", "https://prices.test:8443/", "//evil.test"],
)
def test_a_redirect_that_leaves_the_host_is_not_followed(location: str) -> None:
    script = Script(httpx2.Response(302, headers={"Location": location}))
    with script.transport() as transport, pytest.raises(SourceRejected, match="not followed"):
        transport.get(SECRETS, source="prices")
    assert len(script.asked) == 1


def test_redirects_in_a_circle_end() -> None:
    script = Script(*[httpx2.Response(302, headers={"Location": "/day"}) for _ in range(10)])
    with script.transport() as transport, pytest.raises(SourceRejected, match="circle"):
        transport.get(ASK, source="prices")


@pytest.mark.parametrize("url", ["ftp://prices.test/", "prices.test/day", "http://[broken"])
def test_an_address_that_is_none_is_rejected(url: str) -> None:
    with (
        Script(httpx2.UnsupportedProtocol("x")).transport() as transport,
        pytest.raises(SourceRejected, match="not a usable"),
    ):
        transport.get(Request(url), source="prices")


def test_requests_to_one_host_keep_their_distance() -> None:
    slept: list[float] = []
    limits = replace(AT_ONCE, spacing_s=2.0)
    script = Script(*[httpx2.Response(200) for _ in range(4)])
    transport = Transport(
        limits, network=httpx2.MockTransport(script), monotonic=lambda: 100.0, sleep=slept.append
    )
    with transport:
        for _ in range(3):
            transport.get(ASK, source="prices")
        transport.get(Request("https://other.test/"), source="other")
    assert slept == [2.0, 4.0]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_loopback_is_not_slowed_down(host: str) -> None:
    slept: list[float] = []
    limits = replace(AT_ONCE, spacing_s=2.0)
    script = Script(httpx2.Response(200), httpx2.Response(200))
    transport = Transport(
        limits, network=httpx2.MockTransport(script), monotonic=lambda: 100.0, sleep=slept.append
    )
    with transport:
        for _ in range(2):
            transport.get(Request(f"http://{host}:8000/"), source="prices")
    assert slept == []


def test_loopback_is_reached_directly_even_where_a_proxy_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nprices")

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    with raw_server(answer) as url, Transport(AT_ONCE) as transport:
        assert transport.get(Request(url), source="prices") == b"prices"


@pytest.mark.parametrize(
    "fault",
    [
        httpx2.ConnectError("no route to https://prices.test/day?appid=s3cret-one s3cret-three"),
        httpx2.ReadTimeout("s3cret-one"),
        httpx2.Response(403),
        httpx2.Response(418, content=b"s3cret-one"),
        httpx2.Response(429, headers={"Retry-After": "9999"}),
        httpx2.Response(302, headers={"Location": "https://evil.test/?token=s3cret-four"}),
    ],
    ids=["connection", "time-out", "403", "418", "429", "redirect"],
)
def test_no_secret_is_in_the_error_nor_in_its_traceback(
    fault: httpx2.Response | Exception,
) -> None:
    def classify(code: int, body: bytes) -> SourceError:
        return SourceRejected("prices", f"{code}: key {body.decode()} unknown")

    limits = replace(AT_ONCE, attempts=1)
    with (
        Transport(limits, network=httpx2.MockTransport(Script(fault))) as transport,
        pytest.raises(SourceError) as caught,
    ):
        transport.get(SECRETS, source="prices", classify=classify)
    error = caught.value
    said = ["".join(traceback.format_exception(error)), str(error), repr(error), error.detail]
    assert not [text for text in said if "s3cret" in text]


def test_no_secret_is_in_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        Script(httpx2.Response(200)).transport() as transport,
    ):
        transport.get(SECRETS, source="prices")
    assert "prices.test/day?appid=***" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_retry_says_nothing_on_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    with Script(httpx2.Response(500), httpx2.Response(200)).transport() as transport:
        transport.get(ASK, source="prices")
    assert capfd.readouterr() == ("", "")
