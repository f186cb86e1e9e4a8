"""Transport: what is tried again, what is not, how long, how often, and what is never said."""

from __future__ import annotations

import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from chocolate_factory.errors import (
    NotPublished,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.sources.base import Request
from chocolate_factory.sources.transport import (
    DEFAULT_LIMITS,
    USER_AGENT,
    Limits,
    LocalNetwork,
    Transport,
)

AT_ONCE = replace(DEFAULT_LIMITS, wait_first_s=0.0, jitter_s=0.0, spacing_s=0.0)
ASK = Request("https://prices.test/day", params=(("date", "2025-10-26"),))
SECRETS = Request(
    "https://prices.test/day",
    params=(("appid", "s3cret-one"), ("ClaveAPI", "s3cret two/ñ"), ("date", "2025-10-26")),
    headers=(("x-api-key", "s3cret-three"), ("Authorization", "Bearer s3cret-four")),
)


class Watch:
    """A stopwatch that runs only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Script:
    """A wire that gives the answers of a list in turn and keeps what was asked."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.watch = Watch()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def transport(self, limits: Limits = AT_ONCE, **options: Any) -> Transport:
        """A transport over this wire, on the script's own time."""
        time = {"monotonic": self.watch.monotonic, "sleep": self.watch.sleep} | options
        return Transport(limits, network=httpx2.MockTransport(self), **time)


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


def test_retry_after_is_waited_for() -> None:
    script = Script(
        httpx2.Response(429, headers={"Retry-After": "7"}), httpx2.Response(200, content=b"ok")
    )
    with script.transport() as transport:
        assert transport.get(ASK, source="prices") == b"ok"
    assert script.watch.slept == [7.0]


def test_retry_after_as_a_date_counts_from_the_answers_own_date() -> None:
    headers = {
        "Date": "Sun, 26 Oct 2025 01:00:00 GMT",
        "Retry-After": "Sun, 26 Oct 2025 01:00:12 GMT",
    }
    script = Script(httpx2.Response(503, headers=headers), httpx2.Response(200))
    with script.transport() as transport:
        transport.get(ASK, source="prices")
    assert script.watch.slept == [12.0]


def test_a_retry_after_beyond_patience_ends_at_once_and_is_reported() -> None:
    script = Script(httpx2.Response(429, headers={"Retry-After": "3600"}))
    with script.transport() as transport, pytest.raises(SourceUnavailable) as caught:
        transport.get(ASK, source="prices")
    assert caught.value.retry_after_s == 3600.0
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_named_a_time_is_not_asked_before_by_anybody(status: int) -> None:
    script = Script(
        httpx2.Response(status, headers={"Retry-After": "600"}), httpx2.Response(200, content=b"ok")
    )
    with script.transport() as transport:
        with pytest.raises(SourceUnavailable, match="asks to wait 600 s"):
            transport.get(ASK, source="prices")
        script.watch.now += 590
        with pytest.raises(SourceUnavailable, match="not asked for another 10 s") as caught:
            transport.get(Request("https://prices.test/other"), source="other")
        assert caught.value.retry_after_s == 10.0
        assert len(script.asked) == 1
        script.watch.now += 10
        assert transport.get(ASK, source="prices") == b"ok"


def test_a_held_host_on_loopback_is_left_alone_too() -> None:
    script = Script(httpx2.Response(429, headers={"Retry-After": "600"}))
    with script.transport() as transport:
        for _ in range(2):
            with pytest.raises(SourceUnavailable):
                transport.get(Request("http://127.0.0.1:8000/"), source="prices")
    assert len(script.asked) == 1


def test_a_hold_is_of_one_host_and_port() -> None:
    script = Script(httpx2.Response(200), httpx2.Response(200))
    with script.transport() as transport:
        transport.hold("http://127.0.0.1:8000/", 600)
        transport.get(Request("http://127.0.0.1:8001/"), source="prices")
        transport.get(Request("http://localhost:8000/"), source="prices")
    assert len(script.asked) == 2


def test_a_parser_that_found_a_limit_in_an_answer_can_hold_the_host() -> None:
    script = Script(httpx2.Response(200))
    with script.transport() as transport:
        transport.get(ASK, source="prices")
        transport.hold(ASK.url, 61)
        with pytest.raises(SourceUnavailable, match="another 61 s"):
            transport.get(ASK, source="prices")
    assert len(script.asked) == 1


def test_nobody_is_left_alone_for_longer_than_a_day() -> None:
    script = Script(httpx2.Response(429, headers={"Retry-After": "99999999"}))
    with script.transport() as transport, pytest.raises(SourceUnavailable) as caught:
        transport.get(ASK, source="prices")
    assert caught.value.retry_after_s == 86_400


def test_a_hold_that_begins_while_one_waits_its_turn_is_heeded() -> None:
    script = Script(httpx2.Response(200))
    limits = replace(AT_ONCE, spacing_s=2.0)

    def sleep(seconds: float) -> None:
        transport.hold(ASK.url, 30)

    with script.transport(limits, sleep=sleep) as transport:
        transport.get(ASK, source="prices")
        with pytest.raises(SourceUnavailable, match="another 30 s"):
            transport.get(ASK, source="prices")
    assert len(script.asked) == 1


@pytest.mark.parametrize("text", ["soon", "-5", "1.5", "²"])
def test_an_unreadable_retry_after_is_as_if_it_were_not_there(text: str) -> None:
    headers = [(b"Retry-After", text.encode("latin-1", "replace"))]
    script = Script(httpx2.Response(503, headers=headers), httpx2.Response(200, content=b"ok"))
    with script.transport() as transport:
        assert transport.get(ASK, source="prices") == b"ok"


def test_back_off_grows_from_attempt_to_attempt() -> None:
    script = Script(*[httpx2.Response(500) for _ in range(4)])
    with (
        script.transport(replace(AT_ONCE, wait_first_s=1.0)) as transport,
        pytest.raises(SourceUnavailable),
    ):
        transport.get(ASK, source="prices")
    assert script.watch.slept == [1.0, 2.0, 4.0]


def test_back_off_does_not_come_at_the_same_moment_for_all() -> None:
    waits = []
    for _ in range(2):
        script = Script(httpx2.Response(500), httpx2.Response(200))
        with script.transport(replace(AT_ONCE, wait_first_s=1.0, jitter_s=1.0)) as transport:
            transport.get(ASK, source="prices")
        waits += script.watch.slept
    assert all(1.0 <= wait <= 2.0 for wait in waits)
    assert waits[0] != waits[1]


def test_the_time_left_for_the_question_ends_the_attempts() -> None:
    script = Script(*[httpx2.Response(500) for _ in range(4)])
    limits = replace(AT_ONCE, wait_first_s=10.0, question_s=25.0)
    with (
        script.transport(limits) as transport,
        pytest.raises(SourceUnavailable, match="HTTP 500"),
    ):
        transport.get(ASK, source="prices")
    assert script.watch.slept == [10.0]


def test_a_turn_that_comes_after_the_end_of_the_question_is_not_waited_for() -> None:
    script = Script(httpx2.Response(200), httpx2.Response(200))
    with script.transport(replace(AT_ONCE, spacing_s=20.0, question_s=5.0)) as transport:
        transport.get(ASK, source="prices")
        with pytest.raises(SourceUnavailable, match="no time left to wait"):
            transport.get(ASK, source="prices")
        script.watch.now += 20
        transport.get(ASK, source="prices")
    assert script.watch.slept == []


def test_a_server_that_trickles_holds_a_question_for_two_minutes_at_most() -> None:
    script = Script()
    begun = script.watch.now

    def trickle() -> Iterator[bytes]:
        while True:
            script.watch.now += DEFAULT_LIMITS.read_s - 1  # just before the read would time out
            yield b" "

    script.answers += [httpx2.Response(200, content=trickle()) for _ in range(4)]
    with (
        script.transport(DEFAULT_LIMITS) as transport,
        pytest.raises(SourceUnavailable, match="took too long"),
    ):
        transport.get(ASK, source="prices")
    assert script.watch.now - begun <= 120


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_long_error_page_is_not_read_to_its_end(status: int) -> None:
    read = [0]

    def page() -> Iterator[bytes]:
        for _ in range(1_000):
            read[0] += 1_000
            yield b"x" * 1_000

    script = Script(httpx2.Response(status, content=page()))
    with (
        script.transport(replace(AT_ONCE, attempts=1)) as transport,
        pytest.raises(SourceError, match=f"HTTP {status}"),
    ):
        transport.get(ASK, source="prices")
    assert read == [AT_ONCE.refusal_bytes]


@pytest.mark.parametrize(("header", "told_s", "wait_s"), [("600", 61.0, 600.0), ("30", 61.0, 61.0)])
def test_of_the_header_and_the_upstream_the_longer_silence_is_kept(
    header: str, told_s: float, wait_s: float
) -> None:
    def classify(code: int, body: bytes) -> SourceError:
        return SourceUnavailable("prices", f"{code}: too many", retry_after_s=told_s)

    script = Script(httpx2.Response(429, headers={"Retry-After": header}))
    with script.transport() as transport, pytest.raises(SourceUnavailable) as caught:
        transport.get(ASK, source="prices", classify=classify)
    assert caught.value.retry_after_s == wait_s


@pytest.mark.parametrize("status", [408, 429, 500])
def test_an_upstream_that_names_no_time_does_not_end_the_attempts(status: int) -> None:
    def classify(code: int, body: bytes) -> SourceError:
        return NotPublished("prices", f"{code}")

    script = Script(httpx2.Response(status), httpx2.Response(200, content=b"ok"))
    with script.transport() as transport:
        assert transport.get(ASK, source="prices", classify=classify) == b"ok"


def test_stopping_ends_a_wait_at_once() -> None:
    asked = threading.Event()

    def unavailable(request: httpx2.Request) -> httpx2.Response:
        asked.set()
        return httpx2.Response(503)

    limits = replace(AT_ONCE, wait_first_s=60.0, wait_most_s=60.0)
    faults: list[SourceUnavailable] = []

    def work() -> None:
        with pytest.raises(SourceUnavailable) as caught:
            transport.get(ASK, source="prices")
        faults.append(caught.value)

    with Transport(limits, network=httpx2.MockTransport(unavailable)) as transport:
        thread = threading.Thread(target=work)
        thread.start()
        asked.wait(10)
        transport.stop()
        thread.join(10)
        assert not thread.is_alive()
    assert "the program is ending" in str(faults[0])


def test_a_body_that_still_trickles_when_the_program_ends_is_left() -> None:
    def body() -> Iterator[bytes]:
        yield b"a"
        transport.stop()
        yield b"b"

    script = Script(httpx2.Response(200, content=body()))
    with (
        script.transport() as transport,
        pytest.raises(SourceUnavailable, match="the program is ending"),
    ):
        transport.get(ASK, source="prices")


def test_an_answer_beyond_the_size_limit_is_refused() -> None:
    limits = replace(AT_ONCE, body_bytes=1000)
    script = Script(httpx2.Response(200, content=b"x" * 1001))
    with (
        script.transport(limits) as transport,
        pytest.raises(SourceRejected, match="longer than 1000 bytes"),
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
    script = Script(*[httpx2.Response(200) for _ in range(4)])
    with script.transport(replace(AT_ONCE, spacing_s=2.0)) as transport:
        for _ in range(3):
            transport.get(ASK, source="prices")
        transport.get(Request("https://other.test/"), source="other")
    assert script.watch.slept == [2.0, 2.0]


def test_requests_side_by_side_wait_one_behind_the_other() -> None:
    slept: list[float] = []
    script = Script(*[httpx2.Response(200) for _ in range(3)])
    with script.transport(replace(AT_ONCE, spacing_s=2.0), sleep=slept.append) as transport:
        for _ in range(3):
            transport.get(ASK, source="prices")
    assert slept == [2.0, 4.0]


@pytest.mark.parametrize("source", ["aemet", "simulation:aemet"])
def test_aemet_is_asked_no_more_than_forty_times_a_minute(source: str) -> None:
    script = Script(*[httpx2.Response(200) for _ in range(41)])
    begun = script.watch.now
    with script.transport(DEFAULT_LIMITS) as transport:
        for _ in range(41):
            transport.get(Request("https://opendata.test/"), source=source)
    assert 60 < script.watch.now - begun < 2.0 * 40


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_loopback_is_not_slowed_down(host: str) -> None:
    script = Script(httpx2.Response(200), httpx2.Response(200))
    with script.transport(replace(AT_ONCE, spacing_s=2.0)) as transport:
        for _ in range(2):
            transport.get(Request(f"http://{host}:8000/"), source="prices")
    assert script.watch.slept == []


def test_requests_are_counted_by_host_and_outcome() -> None:
    script = Script(
        httpx2.Response(200),
        httpx2.Response(404),
        httpx2.Response(302, headers={"Location": "/day"}),
        httpx2.Response(500),
        httpx2.Response(429),
        httpx2.ReadTimeout("slow"),
        httpx2.ConnectError("refused"),
        httpx2.Response(200),
    )
    with script.transport(replace(AT_ONCE, attempts=9)) as transport:
        transport.get(ASK, source="prices")
        with pytest.raises(SourceRejected):
            transport.get(ASK, source="prices")
        transport.get(ASK, source="prices")
        made = transport.requests_made
    assert made == {
        ("prices.test", "answered"): 2,
        ("prices.test", "refused"): 1,
        ("prices.test", "redirected"): 1,
        ("prices.test", "failed"): 1,
        ("prices.test", "limited"): 1,
        ("prices.test", "timed-out"): 1,
        ("prices.test", "unreachable"): 1,
    }


def test_a_function_can_stand_in_for_the_network() -> None:
    asked: list[tuple[str, str, str]] = []

    def answer(method: str, url: str, headers: Mapping[str, str]) -> Any:
        asked.append((method, url, headers["x-api-key"]))
        return 200, [("Content-Type", "text/plain")], b"prices"

    with Transport(AT_ONCE, network=LocalNetwork(answer)) as transport:
        request = Request("https://prices.test/day", headers=(("x-api-key", "k"),))
        assert transport.get(request, source="prices") == b"prices"
    assert asked == [("GET", "https://prices.test/day", "k")]


@pytest.mark.parametrize(
    ("fault", "said"),
    [(TimeoutError(), "no answer in time"), (ConnectionResetError(), "connection reset")],
)
def test_a_function_can_fail_as_a_network_does(fault: OSError, said: str) -> None:
    def answer(*_: Any) -> Any:
        raise fault

    with (
        Transport(AT_ONCE, network=LocalNetwork(answer)) as transport,
        pytest.raises(SourceUnavailable, match=said),
    ):
        transport.get(ASK, source="prices")


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
