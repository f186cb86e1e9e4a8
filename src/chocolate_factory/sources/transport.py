"""The only HTTP client: time-outs, size limit, retries, spacing and redaction for every source.

It never logs and never returns an error page: it returns the body of a successful answer or raises
a ``SourceError`` whose text holds no query, key or token.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType

import httpx2
import stamina
import stamina.instrumentation

from chocolate_factory import __version__
from chocolate_factory.errors import SourceError, SourceRejected, SourceUnavailable
from chocolate_factory.sources.base import SECRET_PARAMS, Classify, Request

USER_AGENT = f"chocolate-factory/{__version__}"

_SECRET_HEADERS = ("x-api-key", "authorization", "api_key", "cookie")
_SECRET_QUERY = re.compile(rf"(?i)\b({'|'.join(SECRET_PARAMS)})=([^&\s\"'<>]+)")
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")

# A retry is reported by the error that ends it, not by a log line on somebody's standard output.
stamina.instrumentation.set_on_retry_hooks(())


class _RedactQuery(logging.Filter):
    """Keeps keys out of the client's own log line, which quotes the whole URL."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _SECRET_QUERY.sub(r"\1=***", record.getMessage()), ()
        return True


logging.getLogger("httpx2").addFilter(_RedactQuery())


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, how much and how often we ask; times in seconds, sizes in bytes."""

    connect_s: float = 10.0
    read_s: float = 30.0
    answer_s: float = 120.0
    """Longest time from the request to the last byte, against bodies that trickle."""
    body_bytes: int = 20_000_000
    attempts: int = 4
    wait_first_s: float = 1.0
    wait_most_s: float = 30.0
    jitter_s: float = 1.0
    retry_after_most_s: float = 60.0
    """A longer ``Retry-After`` is not waited for: the error says when to come back."""
    spacing_s: float = 2.0
    """Least time between two requests to one host; loopback is not limited."""
    redirects: int = 3


DEFAULT_LIMITS = Limits()


class Transport:
    """A polite HTTP GET for all sources; thread-safe; close it, or use it as a context manager.

    ``network`` replaces the wire, ``monotonic`` and ``sleep`` the spacing's sense of time.
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        *,
        network: httpx2.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_at: dict[str, float] = {}
        # Loopback goes direct: the demo must work behind a company proxy.
        mounts = {} if network else dict.fromkeys(_LOOPBACK, httpx2.HTTPTransport(verify=False))
        self._client = httpx2.Client(
            transport=network,
            mounts=mounts,
            headers={"User-Agent": USER_AGENT},
            timeout=httpx2.Timeout(
                connect=limits.connect_s, read=limits.read_s,
                write=limits.read_s, pool=limits.read_s,
            ),
            follow_redirects=False,
        )  # fmt: skip

    def get(self, request: Request, *, source: str, classify: Classify | None = None) -> bytes:
        """The body of a 2xx answer.

        Failed connections, time-outs, bodies cut off, 408, 429 and 5xx are tried again with
        exponential back-off and jitter, waiting as long as ``Retry-After`` says within the limit.

        Parameters
        ----------
        source
            Name for error texts.
        classify
            What a 4xx answer other than 401, 403, 407, 408 and 429 means (status, body);
            without it, ``SourceRejected``.

        Raises
        ------
        SourceUnavailable
            After the last attempt; ``retry_after_s`` holds what the upstream asked for.
        SourceRejected
            For a refused key, a redirect to another host, an oversized body, a bad address.
        """
        context = stamina.retry_context(
            on=self._retry,
            attempts=self._limits.attempts,
            timeout=None,
            wait_initial=self._limits.wait_first_s,
            wait_max=self._limits.wait_most_s,
            wait_jitter=self._limits.jitter_s,
        )
        for attempt in context:
            with attempt:
                return self._once(request, source, classify)
        raise AssertionError("a retry context ends by returning or raising")

    def close(self) -> None:
        """Close pooled connections."""
        self._client.close()

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _retry(self, error: Exception) -> bool | float:
        if not isinstance(error, SourceUnavailable):
            return False
        if error.retry_after_s is None:
            return True
        return error.retry_after_s <= self._limits.retry_after_most_s and error.retry_after_s

    def _once(self, request: Request, source: str, classify: Classify | None) -> bytes:
        try:
            url = httpx2.URL(request.url)
            url = url.copy_merge_params(request.params) if request.params else url
            for _ in range(self._limits.redirects + 1):
                self._wait_for_turn(url.host)
                answer = self._exchange(url, request, source, classify)
                if isinstance(answer, bytes):
                    return answer
                url = answer
            raise SourceRejected(source, f"{_place(url)} redirects in a circle")
        except SourceError as error:
            error.detail = redacted(error.detail, request)
            error.args = (f"{error.source}: {error.detail}",)
            raise
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise SourceRejected(source, "the address is not a usable http(s) URL") from None
        except httpx2.TimeoutException as fault:
            detail = f"{_place(url)}: no answer in time ({type(fault).__name__}); try again later"
            raise SourceUnavailable(source, detail) from None
        except httpx2.RequestError as fault:
            reason = redacted(str(fault), request) or type(fault).__name__
            detail = f"{_place(url)}: {reason}; check the network, or try again later"
            raise SourceUnavailable(source, detail) from None

    def _exchange(
        self, url: httpx2.URL, request: Request, source: str, classify: Classify | None
    ) -> bytes | httpx2.URL:
        """One request on the wire: its body, or where it sends us on the same host."""
        deadline = self._monotonic() + self._limits.answer_s
        with self._client.stream("GET", url, headers=list(request.headers)) as response:
            status = response.status_code
            if response.has_redirect_location:
                return _same_host(url, url.join(response.headers["Location"]), source)
            if status >= 500 or status in (408, 429):
                detail = f"{_place(url)}: HTTP {status}; try again later"
                raise SourceUnavailable(source, detail, retry_after_s=_retry_after_s(response))
            if status in (401, 403, 407):
                raise SourceRejected(
                    source,
                    f"{_place(url)}: HTTP {status}, access refused: check the key of this source; "
                    "without a key, the service is blocking this address",
                )
            body = self._read(response, url, source, deadline)
        if response.is_success:
            return body
        if classify is not None:
            raise classify(status, body)
        raise SourceRejected(source, f"{_place(url)}: HTTP {status}: the request was refused")

    def _read(
        self, response: httpx2.Response, url: httpx2.URL, source: str, deadline: float
    ) -> bytes:
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self._limits.body_bytes:
                raise SourceRejected(
                    source,
                    f"{_place(url)}: the answer is longer than {self._limits.body_bytes} bytes",
                )
            if self._monotonic() > deadline:
                raise SourceUnavailable(
                    source,
                    f"{_place(url)}: the answer took longer than {self._limits.answer_s:g} s; "
                    "try again later",
                )
        return bytes(body)

    def _wait_for_turn(self, host: str) -> None:
        if _is_loopback(host):
            return
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._next_at.get(host, now))
            self._next_at[host] = turn + self._limits.spacing_s
        if turn > now:
            self._sleep(turn - now)


def redacted(text: str, request: Request) -> str:
    """``text`` without the secrets of ``request`` and without ``key=value`` pairs that hold one."""
    secrets = [value for name, value in request.params if name.lower() in SECRET_PARAMS]
    secrets += [value for name, value in request.headers if name.lower() in _SECRET_HEADERS]
    secrets += [match[2] for match in _SECRET_QUERY.finditer(request.url)]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return _SECRET_QUERY.sub(r"\1=***", text)


def _place(url: httpx2.URL) -> str:
    return f"{url.host}{url.path}"


def _same_host(here: httpx2.URL, there: httpx2.URL, source: str) -> httpx2.URL:
    same = (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port)
    secured = (there.scheme, there.host, there.port) == ("https", here.host, None)
    if not (same or secured):
        raise SourceRejected(
            source, f"{_place(here)} redirects to {there.host}, which is not followed"
        )
    return there


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _retry_after_s(response: httpx2.Response) -> float | None:
    """Seconds in ``Retry-After``, a number or a date read against the answer's own ``Date``."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        ends = parsedate_to_datetime(text)
        wait = ends - parsedate_to_datetime(response.headers["Date"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
