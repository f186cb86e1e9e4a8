"""The only HTTP client: time-outs, size limit, retries, politeness and redaction for every source.

It never logs and never returns an error page: it returns the body of a successful answer or raises
a ``SourceError`` whose text holds no query, key or token. A host that says when to come back
(``Retry-After``) is not asked again before, by whatever request of this process.
"""

from __future__ import annotations

import ipaddress
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, TracebackType

import httpx2

from chocolate_factory import __version__
from chocolate_factory.errors import SourceError, SourceRejected, SourceUnavailable
from chocolate_factory.market.series import SIMULATED_PREFIX
from chocolate_factory.sources.base import Classify, Request
from chocolate_factory.sources.redaction import guard_loggers, redacted, scrubbed, secret
from chocolate_factory.sources.turns import Turns, retry_after_s

USER_AGENT = f"chocolate-factory/{__version__}"

SPACING_S: Mapping[str, float] = MappingProxyType({"aemet": 1.6})
"""Least time between two requests of a source, where it is not the usual: AEMET: 40 in 60 s."""

_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")

# Each writes requests, redirects or headers to its log, some only at DEBUG.
guard_loggers(
    "httpx2",
    *(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, how much and how often we ask; times in seconds, sizes in bytes."""

    connect_s: float = 10.0
    read_s: float = 30.0
    answer_s: float = 60.0
    """Longest time from one request to the last byte of its answer, against bodies that trickle."""
    question_s: float = 90.0
    """Longest time from the question to its last byte, over turns, attempts and the waits between
    them; a read that is under way at its end may take ``read_s`` more."""
    body_bytes: int = 20_000_000
    refusal_bytes: int = 100_000
    """So much of a body with an error status is read, to see what it means."""
    attempts: int = 4
    wait_first_s: float = 1.0
    wait_most_s: float = 30.0
    jitter_s: float = 1.0
    retry_after_most_s: float = 60.0
    """A longer ``Retry-After`` is not waited for: the error says when to come back."""
    hold_most_s: float = 86_400.0
    """Longest time for which a host is left alone at its own wish."""
    spacing_s: float = 2.0
    """Least time between two requests to one host; loopback is not limited."""
    redirects: int = 3


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Question:
    """What ``get`` was asked, and the moment of the monotonic clock at which it must have ended."""

    request: Request
    source: str
    classify: Classify | None
    deadline: float


Said = tuple[int, Sequence[tuple[str, str]], bytes]
"""Status, headers and body of an answer."""

LocalCall = Callable[[str, str, Mapping[str, str]], Said]
"""Method, URL and headers to an answer; or ``TimeoutError``, ``ConnectionResetError``."""


class LocalNetwork(httpx2.BaseTransport):
    """A network without sockets: every request of a ``Transport`` goes to a function."""

    def __init__(self, answer: LocalCall) -> None:
        self._answer = answer

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The function's answer; its ``OSError`` as what a socket would have led to."""
        try:
            status, headers, body = self._answer(request.method, str(request.url), request.headers)
        except TimeoutError:
            raise httpx2.ReadTimeout("the answer did not come", request=request) from None
        except ConnectionResetError:
            raise httpx2.ReadError("connection reset by peer", request=request) from None
        return httpx2.Response(status, headers=list(headers), content=body)


class Transport:
    """A polite HTTP GET for all sources; thread-safe; close it, or use it as a context manager.

    Parameters
    ----------
    spacing_s
        Least time between two requests by name of the source, where it differs from the limits'.
    network
        Replaces the wire: a ``LocalNetwork``.
    monotonic, sleep
        The sense of time of spacing, back-off and deadlines. Without ``sleep`` it sleeps until
        ``stop`` is called.
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        *,
        spacing_s: Mapping[str, float] = SPACING_S,
        network: httpx2.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._limits = limits
        self._spacing_s = spacing_s
        self._monotonic = monotonic
        self._stopped = threading.Event()
        self._sleep = self._stopped.wait if sleep is None else sleep
        self._turns = Turns(monotonic)
        self._made: Counter[tuple[str, str]] = Counter()
        self._counting = threading.Lock()
        # Loopback goes direct: the demo must work behind a company proxy.
        mounts = {} if network else dict.fromkeys(_LOOPBACK, httpx2.HTTPTransport(verify=False))
        self._client = httpx2.Client(
            transport=network,
            mounts=mounts,
            headers={"User-Agent": USER_AGENT},
            follow_redirects=False,
        )

    def get(self, request: Request, *, source: str, classify: Classify | None = None) -> bytes:
        """The body of a 2xx answer, without our own key if the upstream wrote it back.

        Failed connections, time-outs, bodies cut off, 408, 429 and 5xx are tried again with
        exponential back-off and jitter, waiting as long as ``Retry-After`` or the upstream says
        within the limit; all of it within ``Limits.question_s``.

        Parameters
        ----------
        source
            Name for error texts, and whose spacing holds.
        classify
            What an answer with an error status means to its upstream (status, body). Asked first
            whatever the status; of 408, 429 and 5xx only how long to be silent counts
            (``SourceUnavailable`` with ``retry_after_s``), of 401, 403 and 407 anything but
            ``SourceRejected``, for which the words here are plainer. Without it, other 4xx are
            ``SourceRejected``.

        Raises
        ------
        SourceUnavailable
            After the last attempt; at once if the host asked us to wait longer than we do, then
            ``retry_after_s`` says how long; at once after ``stop``.
        SourceRejected
            For a refused key, a redirect to another host, an oversized body, a bad address.
        """
        deadline = self._monotonic() + self._limits.question_s
        question = _Question(request, source, classify, deadline)
        with secret(request):
            attempt = hops = 0
            url = first = _address(request, source)
            while True:
                self._wait_for_turn(url, question)
                answer = self._once(url, question)
                if isinstance(answer, bytes):
                    return scrubbed(answer, request)
                if isinstance(answer, httpx2.URL):
                    url, hops = answer, hops + 1
                    if hops > self._limits.redirects:
                        raise SourceRejected(source, f"{_place(first)} redirects in a circle")
                    continue
                wait_s = self._before_next(attempt, answer, question)
                if wait_s is None:
                    # Here, and not where it was caught: nothing of the client's own errors, which
                    # quote the whole address, hangs on it as its context.
                    raise answer
                self._sleep(wait_s)
                attempt, hops, url = attempt + 1, 0, first

    def hold(self, url: str, seconds: float) -> None:
        """Do not ask the host of ``url`` before ``seconds`` have passed.

        For answers that limit us in their body, which only a parser understands.
        """
        self._turns.hold(_host(httpx2.URL(url)), min(seconds, self._limits.hold_most_s))

    @property
    def requests_made(self) -> Mapping[tuple[str, str], int]:
        """How many requests went out, by host and outcome.

        Outcomes: ``answered`` (2xx), ``redirected``, ``refused`` (4xx), ``limited`` (429),
        ``failed`` (408 and 5xx), ``timed-out``, ``unreachable`` (connection or body cut off).
        """
        with self._counting:
            return dict(self._made)

    def stop(self) -> None:
        """Ask nothing any more: waits end, and whoever waited gets ``SourceUnavailable``."""
        self._stopped.set()

    def close(self) -> None:
        """Stop, and close pooled connections."""
        self.stop()
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

    def _before_next(self, attempt: int, fault: SourceError, question: _Question) -> float | None:
        """Seconds to wait before the attempt after ``attempt`` (from 0); None if it is the last."""
        limits = self._limits
        if not isinstance(fault, SourceUnavailable) or attempt + 1 >= limits.attempts:
            return None
        wait_s = min(limits.wait_most_s, limits.wait_first_s * 2.0**attempt)
        wait_s += random.uniform(0, limits.jitter_s)  # noqa: S311 - not to ask all at one moment
        if fault.retry_after_s is not None:
            if fault.retry_after_s > limits.retry_after_most_s:
                return None
            wait_s = fault.retry_after_s
        return None if wait_s >= self._left_s(question) else wait_s

    def _once(self, url: httpx2.URL, question: _Question) -> bytes | httpx2.URL | SourceError:
        """One request on the wire: its body, where it sends us, or what went wrong."""
        source = question.source
        try:
            return self._exchange(url, question)
        except SourceError as error:
            fault = error
            if isinstance(error, SourceUnavailable) and error.retry_after_s is not None:
                self.hold(str(url), error.retry_after_s)
        except httpx2.UnsupportedProtocol:
            fault = _unusable(source)
        except httpx2.TimeoutException as error:
            self._count(url, "timed-out")
            detail = f"{_place(url)}: no answer in time ({type(error).__name__}); try again later"
            fault = SourceUnavailable(source, detail)
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            self._count(url, "unreachable")
            reason = str(error) or type(error).__name__
            detail = f"{_place(url)}: {reason}; check the network, or try again later"
            fault = SourceUnavailable(source, detail)
        fault.detail = redacted(fault.detail, question.request)
        fault.args = (f"{fault.source}: {fault.detail}",)
        fault.__cause__ = fault.__context__ = fault.__traceback__ = None
        return fault

    def _exchange(self, url: httpx2.URL, question: _Question) -> bytes | httpx2.URL:
        """One request on the wire: its body, or where it sends us on the same host."""
        limits, left_s = self._limits, self._left_s(question)
        deadline = self._monotonic() + min(limits.answer_s, left_s)
        patience = httpx2.Timeout(min(limits.read_s, left_s), connect=min(limits.connect_s, left_s))
        headers = list(question.request.headers)
        with self._client.stream("GET", url, headers=headers, timeout=patience) as response:
            if response.has_redirect_location:
                self._count(url, "redirected")
                return _same_host(url, response.headers["Location"], question.source)
            body = self._read(response, url, question.source, deadline)
        if response.is_success:
            self._count(url, "answered")
            return body
        raise self._refusal(url, response, body, question)

    def _refusal(
        self, url: httpx2.URL, response: httpx2.Response, body: bytes, question: _Question
    ) -> SourceError:
        """What an answer with an error status means: to its upstream, then to everybody."""
        status, source = response.status_code, question.source
        told: SourceError | None = None
        if question.classify is not None:
            told = question.classify(status, scrubbed(body, question.request))
        if status >= 500 or status in (408, 429):
            self._count(url, "limited" if status == 429 else "failed")
            return self._later(url, source, response, told)
        self._count(url, "refused")
        if status in (401, 403, 407) and (told is None or isinstance(told, SourceRejected)):
            return SourceRejected(
                source,
                f"{_place(url)}: HTTP {status}, access refused: check the key of this source; "
                "without a key, the service is blocking this address",
            )
        detail = f"{_place(url)}: HTTP {status}: the request was refused"
        return told or SourceRejected(source, detail)

    def _later(
        self, url: httpx2.URL, source: str, response: httpx2.Response, told: SourceError | None
    ) -> SourceUnavailable:
        """What an answer means that says "not now"; ``retry_after_s`` if it says how long.

        Whoever wants the longer silence is heeded: the header or the upstream.
        """
        wait_s = retry_after_s(response.headers)
        if isinstance(told, SourceUnavailable) and (told.retry_after_s or 0.0) > (wait_s or 0.0):
            return told
        detail = f"{_place(url)}: HTTP {response.status_code}; try again later"
        if wait_s is not None:
            wait_s = min(wait_s, self._limits.hold_most_s)
            detail = f"{_place(url)}: HTTP {response.status_code}; it asks to wait {wait_s:.0f} s"
        return SourceUnavailable(source, detail, retry_after_s=wait_s)

    def _read(
        self, response: httpx2.Response, url: httpx2.URL, source: str, deadline: float
    ) -> bytes:
        """The body; of an answer with an error status, as much as tells what it means."""
        limits = self._limits
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if not response.is_success and len(body) >= limits.refusal_bytes:
                break
            if len(body) > limits.body_bytes:
                self._count(url, "refused")
                raise SourceRejected(
                    source, f"{_place(url)}: the answer is longer than {limits.body_bytes} bytes"
                )
            self._check_running(source)
            if self._monotonic() > deadline:
                self._count(url, "timed-out")
                raise SourceUnavailable(
                    source, f"{_place(url)}: the answer took too long to come; try again later"
                )
        return bytes(body)

    def _wait_for_turn(self, url: httpx2.URL, question: _Question) -> None:
        source = question.source
        self._check_running(source)
        self._check_not_held(url, source)
        if not _is_loopback(url.host):
            name = source.removeprefix(SIMULATED_PREFIX)
            spacing_s = self._spacing_s.get(name, self._limits.spacing_s)
            wait_s = self._turns.take(
                _host(url), spacing_s=spacing_s, patience_s=self._left_s(question)
            )
            if wait_s is None:
                raise SourceUnavailable(source, f"{url.host}: no time left to wait for our turn")
            if wait_s > 0:
                self._sleep(wait_s)
                self._check_running(source)
                self._check_not_held(url, source)
        if self._left_s(question) <= 0:
            raise SourceUnavailable(source, f"{url.host}: the time for this question is over")

    def _check_not_held(self, url: httpx2.URL, source: str) -> None:
        held_s = self._turns.held_s(_host(url))
        if held_s > 0:
            raise SourceUnavailable(
                source,
                f"{url.host} asked us to wait: it is not asked for another {held_s:.0f} s",
                retry_after_s=held_s,
            )

    def _check_running(self, source: str) -> None:
        if self._stopped.is_set():
            raise SourceUnavailable(source, "not asked: the program is ending")

    def _left_s(self, question: _Question) -> float:
        return question.deadline - self._monotonic()

    def _count(self, url: httpx2.URL, outcome: str) -> None:
        with self._counting:
            self._made[_host(url), outcome] += 1


def _address(request: Request, source: str) -> httpx2.URL:
    try:
        url = httpx2.URL(request.url)
        return url.copy_merge_params(request.params) if request.params else url
    except httpx2.InvalidURL:
        fault = _unusable(source)
    raise fault


def _unusable(source: str) -> SourceRejected:
    return SourceRejected(source, "the address is not a usable http(s) URL")


def _host(url: httpx2.URL) -> str:
    return url.netloc.decode("ascii")


def _place(url: httpx2.URL) -> str:
    return f"{url.host}{url.path}"


def _same_host(here: httpx2.URL, location: str, source: str) -> httpx2.URL:
    """Where ``location`` leads from ``here``; keys never follow to another host."""
    try:
        there = here.join(location)
    except httpx2.InvalidURL:
        raise SourceRejected(source, f"{_place(here)} redirects to no usable address") from None
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
