"""ESIOS (Red Eléctrica), asked live: PVPC day files without a key, indicators with one.

Address    ``https://api.esios.ree.es/archives/70/download_json`` and ``…/indicators/{number}``
Licence    REE; the key is personal (by mail from consultasios@ree.es): no mass or repeated
           requests, own users are served from the own store, the source is cited ("REE, e·sios")
Published  PVPC of day D about 20:15 (up to 20:47) Madrid time on D−1, spot about 13:00, the
           forecasts of demand, wind and sun (1775, 1777, 1779) in the afternoon of D−1
Resolution hourly; spot on a quarter-hour grid from 2025-01-01, with prices of its own from
           2025-10-01
Limits     no published figure: one day per request of the archive, a month of an indicator

The format and its traps are in ``sources.esios_entries``. What is not there yet comes with HTTP
200: the archive says ``{"message": "No values for specified archive"}`` or, seen in 2026, gives
every hour as ``0,00``; an indicator has no ``values``. The key goes in a header, never in the
address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.catalog import DAY, PVPC
from chocolate_factory.market.series import Observations, SeriesKey
from chocolate_factory.sources import esios_entries
from chocolate_factory.sources.base import Request, changed, read_json
from chocolate_factory.sources.esios_entries import INDICATORS, SOURCE
from chocolate_factory.sources.reading import Unlike, published

BASE_URL = "https://api.esios.ree.es"
ARCHIVE_FROM = date(2021, 6, 1)
"""First day of the 2.0TD tariff and of the column PCB."""

FEEDS = {
    1001: "esios-pvpc",
    600: "esios-spot",
    1775: "esios-demand-day-ahead",
    1777: "esios-wind-day-ahead",
    1779: "esios-solar-day-ahead",
}
"""Indicator → feed."""

_ACCEPT = ("Accept", "application/json; application/vnd.esios-api-v2+json")
_NOTHING_YET = "no values"
_NO_PRICE_EUR_MWH = "0,00"


@dataclass(frozen=True, slots=True, kw_only=True)
class EsiosArchive:
    """Archive 70, the PVPC of one day, as an ``Upstream``; it needs no key."""

    series: ClassVar[tuple[SeriesKey, ...]] = (PVPC,)
    max_days: ClassVar[int] = 1
    feed: ClassVar[str] = "esios-archive-70"
    name: str = SOURCE
    base_url: str = BASE_URL

    def reach(self, today: date) -> tuple[date, date]:
        """From the first day of 2.0TD to tomorrow."""
        return ARCHIVE_FROM, today + DAY

    def request(self, first: date, last: date) -> Request:
        """The Madrid delivery day ``first``; ``ValueError`` if ``last`` is another one."""
        if first != last:
            raise ValueError(f"an answer holds one day, not {first} to {last}")
        return Request(
            f"{self.base_url}/archives/70/download_json",
            params=(("locale", "es"), ("date", f"{first}")),
            headers=(_ACCEPT,),
        )

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """The PVPC [EUR/kWh] of the day in an answer.

        Raises
        ------
        NotPublished
            If it holds no day, or only zeros: PVPC holds tolls, so a whole day of zeros is none.
        SourceChanged
            If the entries are not the hours of one day of 2.0TD, or a price is no number or absurd.
        SourceUnavailable
            If the bytes are a web page or cut off, or the service says that it is out of order.
        """
        document = read_json(body, source=self.name)
        entries = document.get("PVPC")
        if entries is None:
            raise _refusal(document, source=self.name)
        if not isinstance(entries, list):
            changed(self.name, "`PVPC` is not a list")
        if all(_is_zero(entry) for entry in entries):
            raise NotPublished(self.name, "the day has no prices yet")
        try:
            reading = esios_entries.archive(entries)
        except Unlike as fault:
            changed(self.name, fault.reason)
        return (published(reading, source=self.name, received_at=received_at),)

    def classify(self, status: int, body: bytes) -> SourceError:
        """404 is a day that is not there; anything else that we asked wrongly."""
        if status == 404:
            return NotPublished(self.name, "the service has no such day (HTTP 404)")
        return SourceRejected(self.name, f"HTTP {status}: {_said(body, source=self.name)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EsiosIndicator:
    """One indicator as an ``Upstream``: 1001, 600, 1775, 1777 or 1779 (``ValueError`` for others).

    ``token`` is the personal key. The forecasts for a day are ``published`` values: frozen on the
    day before, they are never revised into what happened.
    """

    number: int
    token: str = field(repr=False)
    max_days: ClassVar[int] = 31
    name: str = SOURCE
    base_url: str = BASE_URL

    def __post_init__(self) -> None:
        if self.number not in FEEDS:
            known = ", ".join(map(str, FEEDS))
            raise ValueError(f"indicator {self.number} is not one of {known}")

    @property
    def feed(self) -> str:
        """``esios-pvpc`` and so on: ``FEEDS``."""
        return FEEDS[self.number]

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """The one series of the indicator."""
        return (INDICATORS[self.number].key,)

    def reach(self, today: date) -> tuple[date, date]:
        """From the indicator's first day to tomorrow."""
        return INDICATORS[self.number].since, today + DAY

    def request(self, first: date, last: date) -> Request:
        """Madrid delivery days ``first`` to ``last``, both included, as local wall time."""
        return Request(
            f"{self.base_url}/indicators/{self.number}",
            params=(
                ("start_date", f"{first}T00:00"),
                ("end_date", f"{last}T23:59"),
                ("geo_ids[]", str(INDICATORS[self.number].geo)),
            ),
            headers=(_ACCEPT, ("Content-Type", "application/json"), ("x-api-key", self.token)),
        )

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """The values in an answer, of the one place that counts: EUR/kWh, EUR/MWh or MW.

        A ``null`` is a value that is not there.

        Raises
        ------
        NotPublished
            If it holds no values.
        SourceChanged
            If it is of another indicator, has values of other places only, of another grid than the
            market's, or one that is no number or absurd.
        SourceUnavailable
            If the bytes are a web page or cut off, or the service says that it is out of order.
        """
        document = read_json(body, source=self.name)
        tree = document.get("indicator")
        if tree is None:
            raise _refusal(document, source=self.name)
        if not isinstance(tree, dict) or tree.get("id") != self.number:
            changed(self.name, f"the answer is not of indicator {self.number}")
        values = tree.get("values")
        if isinstance(values, list):
            values = [each for each in values if not _is_null(each)]
            if not values:
                raise NotPublished(self.name, f"indicator {self.number} has no value yet")
        try:
            reading = esios_entries.indicator({**tree, "values": values})
        except Unlike as fault:
            changed(self.name, fault.reason)
        return (published(reading, source=self.name, received_at=received_at),)

    def classify(self, status: int, body: bytes) -> SourceError:
        """A refused request, with the service's own words where it has any."""
        return SourceRejected(self.name, f"HTTP {status}: {_said(body, source=self.name)}")


def _refusal(document: dict[str, Any], *, source: str) -> SourceError:
    """What an object without values means: a message, or errors with a code."""
    message = str(document.get("message", ""))[:200]
    if _NOTHING_YET in message.lower():
        return NotPublished(source, f"not published yet ({message})")
    errors = document.get("errors")
    fault = errors[0] if isinstance(errors, list) and errors else document
    told = fault if isinstance(fault, dict) else {}
    code = str(told.get("status", told.get("code", "")))[:20]
    if code == "404":
        return NotPublished(source, "the service has no such values (404)")
    if code.startswith("5"):
        return SourceUnavailable(source, f"says error {code}; try again later")
    keys = ", ".join(map(repr, sorted(document)[:5]))
    return SourceChanged(
        source,
        f"the answer holds no values but {keys:.120}: {message or 'no message'}. If it repeats, "
        "the service has changed its format: report it",
    )


def _said(body: bytes, *, source: str) -> str:
    """The message in the body of a refused request."""
    try:
        document = read_json(body, source=source)
    except SourceError:
        return "the request was refused"
    return str(document.get("message", document.get("errors", "the request was refused")))[:200]


def _is_zero(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("PCB") == _NO_PRICE_EUR_MWH


def _is_null(entry: Any) -> bool:
    return isinstance(entry, dict) and "value" in entry and entry["value"] is None
