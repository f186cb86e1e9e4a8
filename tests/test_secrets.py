"""No key, token or password is ever said: in errors, logs, answers kept, or the names of things.

A loopback server that does everything wrong writes each request back, key and all, in headers and
body, plain and encoded; whatever comes out of the product is then searched for the key.
"""

from __future__ import annotations

import html
import io
import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import quote, quote_plus

import pytest
import structlog

from chocolate_factory.errors import FactoryError, SettingsInvalid, StoreError
from chocolate_factory.settings import load_settings
from chocolate_factory.sources.aemet.observation import AemetObservation
from chocolate_factory.sources.base import Request, Source, Upstream
from chocolate_factory.sources.esios_live import EsiosIndicator
from chocolate_factory.sources.open_weather import OpenWeatherCurrent
from chocolate_factory.sources.redaction import redacted, scrubbed
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.siar_api import SiarApi
from chocolate_factory.sources.transport import DEFAULT_LIMITS, Transport
from chocolate_factory.store.opening import open_store

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
DAY = date(2026, 11, 22)
LIMITS = replace(
    DEFAULT_LIMITS,
    attempts=2,
    wait_first_s=0.0,
    jitter_s=0.0,
    read_s=0.2,
    answer_s=1.0,
    spacing_s=0.0,
)
ESIOS = "esios-4f1c9d2e7a8b"
AEMET = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.aemet-Kx9_w"
OPEN_WEATHER = "0wm1appid2c3d4e5f60718293a4b5c6d7"
SIAR = "siar clave/ñ+77&x=%\"<y>'z"
POSTGRES = "p0stgres/p@ss:w0rd"
INFLUX = "1nflux-t0ken=="

Making = Callable[[str], Upstream]
CLIENTS: dict[str, tuple[str, Making]] = {
    "esios": (ESIOS, lambda url: EsiosIndicator(number=1001, token=ESIOS, base_url=url)),
    "aemet": (AEMET, lambda url: AemetObservation(key=AEMET, base_url=url)),
    "openweathermap": (
        OPEN_WEATHER,
        lambda url: OpenWeatherCurrent(key=OPEN_WEATHER, base_url=url),
    ),
    "siar": (SIAR, lambda url: SiarApi(key=SIAR, base_url=url)),
}


def forms(secret: str) -> set[str]:
    """A secret in every way it may have been written."""
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        secret.encode().decode("latin-1"),
    }


def found(secret: str, said: str) -> list[str]:
    """The places where ``said`` holds ``secret``, with what stands around it."""
    low = said.lower()
    hits = [(form, low.find(form.lower())) for form in forms(secret)]
    return [said[max(0, at - 60) : at + len(form) + 20] for form, at in hits if at >= 0]


def story(error: BaseException | None) -> str:
    """Everything an error and what led to it can be made to say."""
    told = []
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        told += [str(each), repr(each), repr(each.args), repr(vars(each))]
        told += traceback.format_exception(each)
        waiting += [each.__cause__, each.__context__]
    return "\n".join(told)


Answering = Callable[[str, str], bytes | None]
"""What a server sends for a request (its text, its path and query); None for nothing."""


@contextmanager
def server(answer: Answering) -> Iterator[tuple[str, list[str]]]:
    """A loopback server and the requests it has had."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked: list[str] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                text = connection.recv(65536).decode("latin-1")
                asked.append(text)
                sent = answer(text, text.split(" ")[1] if " " in text else "")
                if sent is None:
                    connection.recv(1)
                else:
                    connection.sendall(sent)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def http(status: str, body: str, *headers: str, missing: int = 0) -> bytes:
    sent = body.encode("utf-8", "surrogateescape")
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(sent) + missing}", "Connection: close"]
    return "\r\n".join([*head, *headers, "", ""]).encode("latin-1") + sent


def echo(secret: str, text: str, path: str) -> str:
    """A page that writes the request back in every way there is."""
    return json.dumps(
        {"error": text, "path": path, "cod": 401, "message": f"Invalid API key {secret}"}
    ) + "\n".join(sorted(forms(secret)))


def header_of(secret: str, path: str) -> str:
    """A header that writes the key back as far as a header can."""
    return f"X-Was-Asked: {path} key {quote(secret, safe='')}"


def scenarios(secret: str, elsewhere: str) -> dict[str, Answering]:
    """Every way to answer, by name."""

    def refuse(status: str, *headers: str) -> Answering:
        return lambda text, path: http(
            status, echo(secret, text, path), header_of(secret, path), *headers
        )

    def told(body: Callable[[str, str], str], missing: int = 0) -> Answering:
        return lambda text, path: http("200 OK", body(text, path), missing=missing)

    def redirect(location: Callable[[str], str]) -> Answering:
        return lambda text, path: http(
            "302 Found",
            echo(secret, text, path),
            header_of(secret, path),
            f"Location: {location(path)}",
        )

    said = f"la clave {secret} no es válida"
    return {
        "success of another shape": told(lambda text, path: json.dumps({"x": text, "y": path})),
        "a list": told(lambda text, path: json.dumps([{"fint": said, "ta": said}])),
        "refusal with 200": told(
            lambda text, path: json.dumps(
                {"descripcion": said, "estado": 401, "MensajeRespuesta": said, "message": said}
            )
        ),
        "limit with 200": told(
            lambda text, path: json.dumps({"descripcion": said, "estado": 429, "Datos": []})
        ),
        "odd values": told(
            lambda text, path: json.dumps(
                {
                    "indicator": {"values": [{"value": said, "datetime": said, "geo_id": 8741}]},
                    "dt": said,
                    "main": {"temp": said},
                    "cod": said,
                    "Datos": [{"Fecha": said, "TempMedia": said}],
                    "estado": said,
                    "datos": f"https://{said}/",
                }
            )
        ),
        "401": refuse("401 Unauthorized"),
        "403": refuse("403 Forbidden"),
        "404": refuse("404 Not Found"),
        "400": refuse("400 Bad Request"),
        "429": refuse("429 Too Many Requests"),
        "429 with time": refuse("429 Too Many Requests", "Retry-After: 999"),
        "500": refuse("500 Internal Server Error"),
        "503": refuse("503 Service Unavailable"),
        "odd status line": lambda text, path: f"HTTP/1.1 {path}\r\n\r\n".encode(),
        "no answer": lambda text, path: None,
        "HTML": told(lambda text, path: f"<html>{echo(secret, text, path)}</html>"),
        "cut-off": told(lambda text, path: echo(secret, text, path), missing=100),
        "half of JSON": told(lambda text, path: echo(secret, text, path)[:-5]),
        "redirect here": redirect(
            lambda path: path if "again" in path else f"/again{path.replace('/', '-')}?again"
        ),
        "redirect elsewhere": redirect(lambda path: f"{elsewhere}{path}"),
        "redirect to the key": redirect(
            lambda path: f"http://{quote(secret, safe='')}.invalid{path}"
        ),
        "redirect nowhere": redirect(lambda path: f"http://[{quote(secret, safe='')}{path}"),
    }


class Heard:
    """Everything that was said anywhere."""

    def __init__(self) -> None:
        self.log = io.StringIO()
        self.other: list[str] = []

    def text(self) -> str:
        return "\n".join([self.log.getvalue(), *self.other])


@pytest.fixture
def heard(capfd: pytest.CaptureFixture[str]) -> Iterator[Heard]:
    """Every logger of the process at DEBUG, standard output and error, structlog."""
    everything = Heard()
    handler = logging.StreamHandler(everything.log)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
    loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(everything.log))
    try:
        yield everything
        everything.other += capfd.readouterr()
    finally:
        structlog.reset_defaults()
        logging.getLogger().removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def log_as_jobs_do(error: BaseException) -> None:
    """By structlog and by the standard library, with and without the traceback."""
    logging.getLogger("job").error("failed: %s", error, exc_info=error)
    structlog.get_logger().error("failed", detail=str(error), fault=repr(error))


NAMES = list(scenarios("", ""))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("client", CLIENTS)
def test_whatever_a_server_answers_the_key_is_not_said(
    client: str, name: str, heard: Heard, capfd: pytest.CaptureFixture[str]
) -> None:
    secret, make = CLIENTS[client]

    def keep(feed: str, address: str, received_at: datetime, body: bytes) -> None:
        heard.other += [feed, address, body.decode("latin-1"), body.decode(errors="replace")]

    with (
        server(lambda text, path: http("200 OK", "{}")) as (elsewhere, asked_elsewhere),
        server(scenarios(secret, elsewhere)[name]) as (url, asked),
        Transport(LIMITS) as transport,
    ):
        upstream = make(url)
        source = Source(upstream, transport, keep)
        try:
            source.fetch(DAY, DAY, now=NOW)
        except FactoryError as error:
            log_as_jobs_do(error)
            heard.other.append(story(error))
        request = upstream.request(DAY, DAY)
        for thing in (upstream, source, transport, request, transport.requests_made):
            heard.other += [repr(thing), str(thing), f"{thing}"]
    assert any(hit for text in asked for hit in found(secret, text)), "the key was never sent"
    assert not asked_elsewhere
    heard.other += capfd.readouterr()
    assert "httpcore2" in heard.log.getvalue()
    assert found(secret, heard.text()) == []


@pytest.mark.parametrize("client", CLIENTS)
def test_a_success_is_kept_without_the_key_it_was_asked_with(client: str) -> None:
    secret, make = CLIENTS[client]
    with (
        server(lambda text, path: http("200 OK", echo(secret, text, path))) as (url, _),
        Transport(LIMITS) as transport,
    ):
        body = transport.get(make(url).request(DAY, DAY), source=client)
    assert found(secret, body.decode("latin-1")) == []
    assert found(secret, body.decode(errors="replace")) == []


def test_a_refused_connection_does_not_say_the_key(heard: Heard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for client, (secret, make) in CLIENTS.items():
        upstream = make(f"http://127.0.0.1:{port}")
        with Transport(LIMITS) as transport, pytest.raises(FactoryError) as caught:
            Source(upstream, transport).fetch(DAY, DAY, now=NOW)
        log_as_jobs_do(caught.value)
        assert found(secret, story(caught.value) + heard.text()) == [], client


def test_the_password_of_a_mirror_and_of_a_proxy_is_not_said(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://somebody:hunter2-proxy@127.0.0.1:9")
    upstream = Ree(base_url="http://somebody:hunter2-mirror@prices.invalid")
    with Transport(LIMITS) as transport, pytest.raises(FactoryError) as caught:
        Source(upstream, transport).fetch(DAY, DAY, now=NOW)
    log_as_jobs_do(caught.value)
    said = story(caught.value) + heard.text() + repr(upstream.request(DAY, DAY))
    assert "prices.invalid" in said
    assert found("hunter2", said) == []


def test_data_is_not_touched_where_it_looks_like_a_short_or_numeric_key() -> None:
    for key in ("42", "20261122", "temp"):
        request = Request("http://x.test/", params=(("appid", key),))
        body = b'{"temp": 42, "day": "20261122"}'
        assert scrubbed(body, request) == body


def test_a_text_loses_the_key_of_its_request_however_it_is_written() -> None:
    request = Request(
        "http://x.test/?token=in-the-url",
        params=(("ClaveAPI", SIAR),),
        headers=(("Authorization", 'Token token="abcdefgh"'), ("api_key", AEMET)),
    )
    for secret in ("in-the-url", SIAR, "abcdefgh", AEMET):
        for form in forms(secret):
            assert form not in redacted(f"before {form} after", request)


KEYED = {
    "esios_token": ESIOS,
    "aemet_key": AEMET,
    "openweathermap_key": OPEN_WEATHER,
    "siar_key": SIAR,
    "store_url": f"postgresql://plant:{quote(POSTGRES, safe='')}@127.0.0.1:1/plant",
    "store_token": INFLUX,
}


def test_settings_do_not_say_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYED.items():
        monkeypatch.setenv(f"CHOCOLATE_FACTORY_{name.upper()}", value)
    settings = load_settings()
    said = [repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json()]
    said += [repr(dict(settings)), "".join(map(repr, vars(settings).values()))]
    assert settings.esios_token.get_secret_value() == ESIOS
    for secret in (ESIOS, AEMET, OPEN_WEATHER, SIAR, POSTGRES, INFLUX):
        assert found(secret, "\n".join(said)) == []


def test_settings_that_are_wrong_do_not_say_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYED.items():
        monkeypatch.setenv(f"CHOCOLATE_FACTORY_{name.upper()}", value)
    monkeypatch.setenv("CHOCOLATE_FACTORY_PORT", f"many-{ESIOS}")
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    error = caught.value
    assert "CHOCOLATE_FACTORY_PORT" in str(error)
    assert found(ESIOS, str(error) + "".join(traceback.format_exception(error))) == []


def test_a_postgresql_store_that_cannot_be_reached_does_not_say_its_password(heard: Heard) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as caught:
        open_store(KEYED["store_url"])
    log_as_jobs_do(caught.value)
    assert found(POSTGRES, story(caught.value) + heard.text()) == []


def test_an_influxdb_store_that_refuses_does_not_say_its_token(heard: Heard) -> None:
    pytest.importorskip("influxdb_client")

    def refuse(text: str, path: str) -> bytes:
        body = json.dumps({"code": "unauthorized", "message": f"token {INFLUX} from {text}"})
        return http("401 Unauthorized", body, f"X-Token: {INFLUX}")

    with server(refuse) as (url, asked), pytest.raises(StoreError) as caught:
        open_store(f"influxdb://{url.removeprefix('http://')}/org/bucket", token=INFLUX)
    assert any(INFLUX in text for text in asked)
    log_as_jobs_do(caught.value)
    printed = "".join(traceback.format_exception(caught.value))
    assert found(INFLUX, repr(caught.value) + printed + heard.text()) == []
