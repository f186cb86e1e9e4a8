"""What a source is: an upstream (what to ask, what the answer means) and a transport (how).

An upstream is pure: ``request`` names a URL, ``parse`` turns bytes into observations. Only a
transport touches the network. ``Source.fetch`` joins the two for a span of delivery days.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import (
    NotPublished,
    SeriesInvalid,
    SourceChanged,
    SourceError,
    SourceUnavailable,
)
from chocolate_factory.market.calendar import Instants, day_bounds, local_days, to_datetime64
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.series import Floats, Kind, Observations, SeriesKey

Classify = Callable[[int, bytes], SourceError]
"""HTTP status and body of a refused request to the error it means."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP GET: address, query and headers in the order they are sent."""

    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


class Upstream(Protocol):
    """A service we ask: pure, without network, clock or state."""

    @property
    def name(self) -> str:
        """Who said it: the ``source`` of every observation (``ree``, ``simulation:ree``)."""

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """Series its answers may hold."""

    @property
    def max_days(self) -> int:
        """Longest span of delivery days one request may ask."""

    def request(self, first: date, last: date) -> Request:
        """What to ask for the Madrid delivery days ``first`` to ``last``, both included."""

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """What the answer means; it may hold hours just outside the days asked.

        Raises ``NotPublished`` if there is nothing yet, ``SourceChanged`` if the bytes do not have
        the documented shape, ``SourceUnavailable`` if they are no answer at all (a web page, a
        body cut off).
        """

    def classify(self, status: int, body: bytes) -> SourceError:
        """The error that a 4xx answer (other than 401, 403 and 429) stands for."""


class Getter(Protocol):
    """What a source needs of a transport; see ``transport.Transport``."""

    def get(self, request: Request, *, source: str, classify: Classify | None = None) -> bytes:
        """The body of the answer, or a ``SourceError``."""


@dataclass(frozen=True, slots=True)
class Source:
    """An upstream with the transport that reaches it."""

    upstream: Upstream
    transport: Getter

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
        for chunk_first, chunk_last in _chunks(first, last, self.upstream.max_days):
            try:
                batches += self._chunk(chunk_first, chunk_last, now)
            except NotPublished as absent:
                reason = absent.detail
        if not batches:
            raise NotPublished(self.upstream.name, f"{first} to {last}: {reason}")
        return _merged(batches)

    def _chunk(self, first: date, last: date, now: datetime) -> list[Observations]:
        body = self.transport.get(
            self.upstream.request(first, last),
            source=self.upstream.name,
            classify=self.upstream.classify,
        )
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        parsed = self.upstream.parse(body, received_at=now)
        inside = [cut for batch in parsed if len(cut := _between(batch, start, end))]
        if not inside:
            raise NotPublished(self.upstream.name, "the answer holds no value for these days")
        return inside


def observations(
    key: SeriesKey,
    kind: Kind,
    start: Instants,
    value: Floats,
    *,
    source: str,
    received_at: datetime,
) -> Observations:
    """A checked batch from the (start, value) pairs of an answer, in whatever order they came.

    Identical repeats count once; the resolution is the catalogue's for each day; the time of
    knowledge follows ``SeriesSpec.availability``.

    Raises
    ------
    SourceChanged
        If an instant has two different values, or a value is outside the catalogue's bounds.
    """
    order = np.argsort(start, kind="stable")
    start, value = start[order], value[order]
    again = np.zeros(start.shape, dtype=bool)
    again[1:] = start[1:] == start[:-1]
    if (value[1:] != value[:-1])[again[1:]].any():
        changed(source, f"{key}: the same delivery period appears with two different values")
    start, value = start[~again], value[~again]
    resolution_s = catalogue_resolution_s(key, start)
    available_at, inferred = spec(key).availability(start, received_at)
    try:
        spec(key).check(start, resolution_s, value)
        return Observations(key, source, kind, start, resolution_s, value, available_at, inferred)
    except SeriesInvalid as fault:
        raise SourceChanged(source, f"{fault}; nothing of this answer is stored") from None


def catalogue_resolution_s(key: SeriesKey, start: Instants) -> NDArray[np.int64]:
    """Length of the delivery period at each start by the catalogue [s], shape of ``start``."""
    days, where = np.unique(local_days(start), return_inverse=True)
    steps = [int(spec(key).resolution(day).total_seconds()) for day in days.astype(object)]
    return np.array(steps, dtype=np.int64)[where]


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


def _chunks(first: date, last: date, max_days: int) -> Iterator[tuple[date, date]]:
    while first <= last:
        end = min(last, first + timedelta(days=max_days - 1))
        yield first, end
        first = end + timedelta(days=1)


def _between(batch: Observations, start: datetime, end: datetime) -> Observations:
    keep = (batch.start >= to_datetime64(start)) & (batch.start < to_datetime64(end))
    return Observations(
        batch.key, batch.source, batch.kind, batch.start[keep], batch.resolution_s[keep],
        batch.value[keep], batch.available_at[keep], batch.inferred[keep],
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
        )
        for identity, parts in groups.items()
    )
