"""What a source is: an upstream (what to ask, what the answer means) and a transport (how).

An upstream is pure: ``request`` names a URL, ``parse`` turns bytes into observations or into the
request that leads to them. Only a transport touches the network. ``Source.fetch`` joins the two for
a span of delivery days.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NoReturn, Protocol

import numpy as np

from chocolate_factory.errors import (
    NotPublished,
    SeriesInvalid,
    SourceChanged,
    SourceError,
    SourceUnavailable,
)
from chocolate_factory.market.calendar import Instants, day_bounds, to_datetime, to_datetime64
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.series import Floats, Kind, Observations, SeriesKey

SECRET_PARAMS = ("appid", "api_key", "apikey", "claveapi", "token", "key")
"""Query parameters, in lower case, whose values are never kept, logged or shown."""

USER_INFO = re.compile(r"//[^/@\s\"'<>]+@")
"""The name and password in an address: ``//user:password@``."""

_MOST_STEPS = 3

Classify = Callable[[int, bytes], SourceError]
"""HTTP status and body of a refused request to the error it means."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP GET: address, query and headers in the order they are sent."""

    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    otherwise: Request | None = None
    """What to ask if this one is not published: the next version of a file."""

    def __repr__(self) -> str:
        """The address without secrets; headers are left out."""
        return f"Request({address_of(self)!r})"


Told = tuple[Observations, ...] | Request
"""What an answer holds: values, or where they are."""


class Upstream(Protocol):
    """A service we ask: pure, without network, clock or state."""

    @property
    def name(self) -> str:
        """Who said it: the ``source`` of every observation (``ree``, ``simulation:ree``)."""

    @property
    def feed(self) -> str:
        """Which of the service's answers this is, unique among all: ``ree-prices``."""

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """Series its answers may hold."""

    @property
    def max_days(self) -> int:
        """Longest span of delivery days one request may ask."""

    def reach(self, today: date) -> tuple[date, date]:
        """First and last Madrid delivery day that the service can answer for on day ``today``."""

    def request(self, first: date, last: date) -> Request:
        """What to ask for the Madrid delivery days ``first`` to ``last``, both included."""

    def parse(self, body: bytes, *, received_at: datetime) -> Told:
        """What the answer means; it may hold hours just outside the days asked.

        A ``Request`` means that the values are one more question away.

        Raises ``NotPublished`` if there is nothing yet, ``SourceChanged`` if the bytes do not have
        the documented shape, ``SourceUnavailable`` if they are no answer at all (a web page, a
        body cut off).
        """

    def classify(self, status: int, body: bytes) -> SourceError:
        """The error that an answer with an error status (4xx, 5xx) stands for.

        Which of it counts beside the general rule says ``transport.Transport.get``: above all
        ``SourceUnavailable`` with ``retry_after_s``, for a limit that only its body tells.
        """


class Getter(Protocol):
    """What a source needs of a transport; see ``transport.Transport``."""

    def get(self, request: Request, *, source: str, classify: Classify | None = None) -> bytes:
        """The body of the answer, or a ``SourceError``."""

    def hold(self, url: str, seconds: float) -> None:
        """Leave the host of ``url`` alone for so long: an answer says that it limits us."""


class Keep(Protocol):
    """Where answers go before they are understood; see ``store.raw``."""

    def __call__(self, feed: str, address: str, received_at: datetime, body: bytes) -> None:
        """Keep one answer of ``feed``; ``address`` names what was asked, without secrets."""


@dataclass(frozen=True, slots=True)
class Source:
    """An upstream with the transport that reaches it, and where its answers are kept as received.

    ``keep`` None keeps none.
    """

    upstream: Upstream
    transport: Getter
    keep: Keep | None = None

    def fetch(self, first: date, last: date, *, now: datetime) -> tuple[Observations, ...]:
        """Everything known at ``now`` for the Madrid days ``first`` to ``last``, both included.

        The span is asked in chunks of ``upstream.max_days``, oldest first; the batches of a
        series come back merged into one, cut to the days asked. Chunks that are not published are
        left out.

        Raises
        ------
        NotPublished
            If nothing at all came.
        SourceError
            As the transport and the parser raise it; then nothing is returned.
        ValueError
            If ``first`` is after ``last``.
        """
        if first > last:
            raise ValueError(f"the first day {first} is after the last day {last}")
        batches: list[Observations] = []
        for chunk_first, chunk_last in chunks(first, last, self.upstream.max_days):
            try:
                batches += self._chunk(chunk_first, chunk_last, now)
            except NotPublished as absent:
                reason = absent.detail
        if not batches:
            raise NotPublished(self.upstream.name, f"{first} to {last}: {reason}")
        return _merged(batches)

    def _chunk(self, first: date, last: date, now: datetime) -> list[Observations]:
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        told = self._first_told(self.upstream.request(first, last), now)
        inside = [cut for batch in told if len(cut := _between(batch, start, end))]
        if not inside:
            raise NotPublished(self.upstream.name, "the answer holds no value for these days")
        return inside

    def _first_told(self, request: Request, now: datetime) -> tuple[Observations, ...]:
        """What ``request`` brings; where it is not published, what its alternatives bring."""
        asked: Request | None = request
        while asked:
            try:
                return self._told(asked, now)
            except NotPublished:
                if asked.otherwise is None:
                    raise
            asked = asked.otherwise
        raise AssertionError("the last alternative either brings values or raises")

    def _told(self, request: Request, now: datetime) -> tuple[Observations, ...]:
        told: Told = request
        for _ in range(_MOST_STEPS):
            if not isinstance(told, Request):
                return told
            body = self.transport.get(
                told, source=self.upstream.name, classify=self.upstream.classify
            )
            if self.keep is not None:
                self.keep(self.upstream.feed, address_of(told), now, body)
            asked = told.url
            try:
                told = self.upstream.parse(body, received_at=now)
            except SourceUnavailable as limited:
                if limited.retry_after_s is not None:
                    self.transport.hold(asked, limited.retry_after_s)
                raise
        raise SourceChanged(self.upstream.name, "every answer points to another one")


def address_of(request: Request) -> str:
    """The URL and query of a request as text, secrets left out."""
    query = "&".join(
        f"{name}={value}" for name, value in request.params if name.lower() not in SECRET_PARAMS
    )
    url = USER_INFO.sub("//", request.url)
    return f"{url}?{query}" if query else url


def observations(
    key: SeriesKey,
    kind: Kind,
    start: Instants,
    value: Floats,
    *,
    source: str,
    received_at: datetime,
    delay: timedelta = timedelta(0),
) -> Observations:
    """A checked batch from the (start, value) pairs of an answer, in whatever order they came.

    Identical repeats count once; the resolution is the catalogue's for each day; the time of
    knowledge follows ``SeriesSpec.availability``, ``delay`` later for a service that is that much
    behind the series' own rule (a reanalysis). Of weather (``SeriesSpec.forgiving``), values
    outside the catalogue's bounds are left out and named in ``left_out``, as long as they are fewer
    than half: more of them mean that the unit has changed.

    Raises
    ------
    SourceChanged
        If an instant has two different values, or a value is outside the catalogue's bounds.
    """
    entry = spec(key)
    order = np.argsort(start, kind="stable")
    start, value = start[order], value[order]
    again = np.zeros(start.shape, dtype=bool)
    again[1:] = start[1:] == start[:-1]
    if (value[1:] != value[:-1])[again[1:]].any():
        changed(source, f"{key}: the same delivery period appears with two different values")
    start, value = start[~again], value[~again]
    left_out: tuple[str, ...] = ()
    outside = entry.outside(value)
    if entry.forgiving and 2 * int(outside.sum()) < outside.size:
        left_out = tuple(
            f"{key} {to_datetime(start[at]):%Y-%m-%dT%H:%MZ}: {value[at]:g} {entry.unit}"
            for at in np.flatnonzero(outside)
        )
        start, value = start[~outside], value[~outside]
    resolution_s = entry.resolutions_s(start)
    available_at, inferred = entry.availability(start, received_at, delay=delay)
    try:
        entry.check(start, resolution_s, value)
        return Observations(
            key, source, kind, start, resolution_s, value, available_at, inferred, left_out
        )
    except SeriesInvalid as fault:
        raise SourceChanged(source, f"{fault}; nothing of this answer is stored") from None


def read_json(body: bytes, *, source: str) -> dict[str, Any]:
    """The JSON object in ``body``.

    Raises ``SourceUnavailable`` for a web page, a cut-off or an empty body (worth another try) and
    ``SourceChanged`` for JSON that is not an object.
    """
    if body.lstrip()[:1] == b"<":
        raise SourceUnavailable(source, "answered with a web page instead of data; try again later")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise SourceUnavailable(
            source, f"the answer ({len(body)} bytes) is not complete JSON; try again later"
        ) from None
    if not isinstance(document, dict):
        changed(source, "the answer is JSON, but not an object")
    return document


def number(value: Any, *, source: str, where: str) -> float:
    """A finite JSON number; ``SourceChanged`` naming ``where`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        changed(source, f"{where}: {str(value)[:40]!r} is not a number")
    try:
        finite = float(value)
    except OverflowError:  # an integer with hundreds of digits
        finite = math.inf
    if not math.isfinite(finite):
        changed(source, f"{where}: the number is not finite")
    return finite


def changed(source: str, detail: str) -> NoReturn:
    """Raise ``SourceChanged``, saying what a person can do."""
    raise SourceChanged(
        source,
        f"{detail}; nothing of this answer is stored. If it repeats, the service has changed its "
        "format: report it",
    )


def chunks(first: date, last: date, max_days: int) -> Iterator[tuple[date, date]]:
    while first <= last:
        end = min(last, first + timedelta(days=max_days - 1))
        yield first, end
        first = end + timedelta(days=1)


def _between(batch: Observations, start: datetime, end: datetime) -> Observations:
    keep = (batch.start >= to_datetime64(start)) & (batch.start < to_datetime64(end))
    return Observations(
        batch.key, batch.source, batch.kind, batch.start[keep], batch.resolution_s[keep],
        batch.value[keep], batch.available_at[keep], batch.inferred[keep], batch.left_out,
    )  # fmt: skip


def _merged(batches: list[Observations]) -> tuple[Observations, ...]:
    groups: dict[tuple[SeriesKey, str, Kind], list[Observations]] = {}
    for batch in batches:
        groups.setdefault((batch.key, batch.source, batch.kind), []).append(batch)
    return tuple(
        Observations(
            *identity,
            np.concatenate([part.start for part in parts]),
            np.concatenate([part.resolution_s for part in parts]),
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.available_at for part in parts]),
            np.concatenate([part.inferred for part in parts]),
            tuple(named for part in parts for named in part.left_out),
        )
        for identity, parts in groups.items()
    )
