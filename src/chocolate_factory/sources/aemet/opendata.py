"""AEMET OpenData: what its three feeds share: the key, the two steps, the bytes, the refusals.

Address    ``https://opendata.aemet.es/opendata/api/{path}``, key in the header ``api_key``
Licence    free re-use with the source cited ("© AEMET"), www.aemet.es/es/nota_legal
Published  see each feed: ``observation``, ``forecast``, ``climatology``
Limits     about 40 requests a minute for a key; after a refusal for that, a minute of silence

A request is answered with an envelope, ``{descripcion, estado, datos, metadatos}``, whose ``datos``
is the short-lived address of the values; that one is asked without the key, and only where we
asked the first time. Refusals come as HTTP 200 with another ``estado``: 404 nothing there (yet),
401 the key, 429 too many requests; or, under whatever status, as a web page whose heading says
429. Bodies are Latin-1
whatever their header says, now and then UTF-8.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.series import Observations
from chocolate_factory.sources.base import Request, Told, changed, number

SILENCE_S = 61.0
"""How long AEMET wants to hear nothing after too many requests."""

TRACE = "Ip"
"""Precipitation below 0.1 mm (*inapreciable*): stored as 0.0."""

_DEFAULT_PORT = {"http": 80, "https": 443}
_ESTADO = re.compile(r"[1-5]\d\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,6}([.,]\d{1,6})?", re.ASCII)
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_LIMIT_PAGE = re.compile(r"<h1[^>]*>[^<]*\b429\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aemet(ABC):
    """One feed of AEMET OpenData; the parts that differ are ``path`` and ``values``."""

    feed: ClassVar[str]
    key: str = field(repr=False)
    name: str = "aemet"
    base_url: str = "https://opendata.aemet.es"

    @abstractmethod
    def values(
        self, entries: list[dict[str, Any]], *, received_at: datetime
    ) -> tuple[Observations, ...]:
        """The batches in the list that ``datos`` leads to; errors as of ``Upstream.parse``."""

    def ask(self, path: str) -> Request:
        """The first step: the envelope for ``path``, with the key."""
        return Request(
            f"{self.base_url}/opendata/api/{path}",
            headers=(("api_key", self.key), ("Accept", "application/json")),
        )

    def parse(self, body: bytes, *, received_at: datetime) -> Told:
        """Where the values are, of an envelope; the values, of the list it leads to.

        Raises
        ------
        NotPublished
            If AEMET says that there is nothing, or the list holds no value.
        SourceRejected
            If AEMET refuses the key or the request.
        SourceUnavailable
            If there were too many requests (``retry_after_s`` 61), or the bytes are a web page or
            cut off.
        SourceChanged
            If the envelope leads to another host, or the values are not of the documented shape.
        """
        document = self._document(body)
        if isinstance(document, list):
            if not all(isinstance(entry, dict) for entry in document):
                changed(self.name, "the list of values holds something that is no object")
            return self.values(document, received_at=received_at)
        if not isinstance(document, dict) or "estado" not in document:
            changed(self.name, "the answer is neither an envelope with `estado` nor a list")
        if self._estado(document) != 200:
            raise self._refusal(document)
        return Request(self._own_address(document.get("datos")))

    def classify(self, status: int, body: bytes) -> SourceError:
        """What a refused request means, by the envelope or the page that came with it."""
        try:
            document = self._document(body)
            if isinstance(document, dict) and "estado" in document:
                return self._refusal(document)
        except SourceUnavailable as error:
            if error.retry_after_s is not None:
                return error
        except SourceChanged:  # an `estado` that is none
            pass
        if status == 429:
            return self._too_many()
        if status >= 500:
            return SourceUnavailable(self.name, f"HTTP {status}; try again later")
        return SourceRejected(self.name, f"HTTP {status} with a body that is not AEMET's")

    def decimal(self, value: Any, *, where: str) -> float:
        """A number, or a text with a decimal comma or point; ``SourceChanged`` for anything else.

        ``-0`` is 0.
        """
        if not isinstance(value, str):
            return number(value, source=self.name, where=where) + 0.0
        if not _NUMBER.fullmatch(value.strip()):
            changed(self.name, f"{where}: {value[:40]!r} is not a number")
        return float(value.strip().replace(",", ".")) + 0.0

    def _document(self, body: bytes) -> Any:
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = body.decode("latin-1")
        if text.lstrip()[:1] == "<":
            if _LIMIT_PAGE.search(text):
                raise self._too_many()
            raise SourceUnavailable(
                self.name, "answered with a web page instead of data; try again later"
            )
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise SourceUnavailable(
                self.name, f"the answer ({len(body)} bytes) is not complete JSON; try again later"
            ) from None

    def _estado(self, document: dict[str, Any]) -> int:
        text = str(document["estado"])
        if not _ESTADO.fullmatch(text):
            changed(self.name, f"estado {text[:20]!r} is not a status")
        return int(text)

    def _refusal(self, document: dict[str, Any]) -> SourceError:
        estado, said = self._estado(document), str(document.get("descripcion", ""))[:200]
        if self.key:
            said = said.replace(self.key, "***")
        if estado == 429:
            return self._too_many()
        if estado >= 500 or "expirad" in said.lower():
            return SourceUnavailable(self.name, f"says {estado} ({said}); try again later")
        if estado == 404:
            return NotPublished(self.name, f"nothing there yet ({said})")
        if estado in (401, 403):
            return SourceRejected(self.name, f"refuses the key ({said}): check it, or ask for one")
        return SourceRejected(self.name, f"refuses the request: {estado} ({said})")

    def _too_many(self) -> SourceUnavailable:
        detail = f"too many requests for this key: ask again in {SILENCE_S:.0f} s"
        return SourceUnavailable(self.name, detail, retry_after_s=SILENCE_S)

    def _own_address(self, address: Any) -> str:
        """``address`` on the host that was asked; ``SourceChanged`` if it is elsewhere."""
        if not isinstance(address, str) or not _PRINTABLE.fullmatch(address):
            changed(self.name, "the envelope has no address `datos`")
        here = urlsplit(self.base_url)
        try:
            there = urlsplit(address)
            same = _origin(there) == _origin(here)
        except ValueError:
            same = False
        if not same:
            changed(self.name, f"`datos` leads away from {here.hostname}, which is not followed")
        return (
            f"{here.scheme}://{here.netloc}{there.path}" + ("?" * bool(there.query)) + there.query
        )


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORT.get(parts.scheme)
