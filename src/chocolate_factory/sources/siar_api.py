"""SIAR's service: the daily values of an agricultural weather station, with a personal key.

Address    ``https://servicio.mapama.gob.es/apisiar/API/v1/Datos/Diarios/Estacion``, key in the
           query parameter ``ClaveAPI``
Licence    free re-use with the source cited ("SIAR, Ministerio de Agricultura"); keys are personal
Published  the day before, by the morning (08:00 here)
Resolution a day, taken as the Madrid day of ``Fecha``
Limits     by key, in requests and in rows, a minute and a day (``Info/Accesos`` tells them; five
           requests a minute have been seen); a month a request

``{"Datos": [...], "MensajeRespuesta": null}``, keys in whatever case. The fourteen values are those
of the export (``siar.VARIABLES``), as numbers or null; hours of extremes and soil temperatures are
no series here. Every refusal is a sentence in ``MensajeRespuesta``, whatever the HTTP status; a
sentence about limits may name the key too, and is one about limits all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
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
from chocolate_factory.market.calendar import MADRID, local_midnight
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.base import Request, changed, number, read_json
from chocolate_factory.sources.cells import Cells
from chocolate_factory.sources.siar import VARIABLES

MINUTE_S, HOUR_S = 61.0, 3600.0
"""How long to wait after the limit of a minute, and after that of a day."""

_STATION = re.compile(r"[A-Z]{1,3}\d{1,3}", re.ASCII)
_LIMIT = re.compile(
    r"limite|cuota|rebasa|superad|permitid[oa]s (en|por) un|maxim[oa] de|por minuto"
)
_OF_A_DAY = re.compile(r"diari|dia\b")
_NOTHING = re.compile(r"no (hay|existen|se han encontrado|se encontraron) |sin datos|inferior a")
_KEY = re.compile(r"clave|token|autentic|autoriz|credencial|caducad")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiarApi:
    """Daily values of one station; its code is the place of its series.

    ``since`` is the first day that is asked: before it the station did not measure.
    """

    feed: ClassVar[str] = "siar-api"
    max_days: ClassVar[int] = 31
    key: str = field(repr=False)
    base_url: str = "https://servicio.mapama.gob.es"
    name: str = "siar"
    station: str = "J17"
    since: date = date(2018, 1, 1)

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """Fourteen daily series at ``station``."""
        return tuple(SeriesKey(variable.series, self.station) for variable in VARIABLES)

    def reach(self, today: date) -> tuple[date, date]:
        """From ``since`` to yesterday."""
        return self.since, today - DAY

    def request(self, first: date, last: date) -> Request:
        """The days ``first`` to ``last``, both included."""
        return Request(
            f"{self.base_url}/apisiar/API/v1/Datos/Diarios/Estacion",
            params=(
                ("Id", self.station),
                ("FechaInicial", str(first)),
                ("FechaFinal", str(last)),
                ("ClaveAPI", self.key),
            ),
            headers=(("Accept", "application/json"),),
        )

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """The days in an answer; a null or absent field is a value that is not there.

        Raises
        ------
        NotPublished
            If there is no value, or the key may not see days that far back.
        SourceRejected
            If the key or the request is refused.
        SourceUnavailable
            If a limit of the key is reached (``retry_after_s``), or the bytes are a web page or
            cut off.
        SourceChanged
            If the shape is not the documented one, or a value is absurd.
        """
        document = _lower(read_json(body, source=self.name))
        rows = document.get("datos")
        if not rows:
            raise self._refusal(document)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            changed(self.name, "`Datos` is not a list of days")
        cells = Cells()
        for row in map(_lower, rows):
            station = row.get("estacion")
            if isinstance(station, str) and _STATION.fullmatch(station) and station != self.station:
                changed(self.name, f"a day of station {station}, asked was {self.station}")
            day = self._day(row.get("fecha"))
            start_s = int(local_midnight(day).timestamp())
            for variable in VARIABLES:
                value = row.get(variable.field.lower())
                if value is None:
                    continue
                where = f"{variable.field} of {day}"
                cells.add(
                    SeriesKey(variable.series, self.station),
                    start_s,
                    number(value, source=self.name, where=where),
                )
        batches = cells.batches(Kind.MEASURED, source=self.name, received_at=received_at)
        if not batches:
            raise NotPublished(self.name, "no day of these has values yet")
        return batches

    def classify(self, status: int, body: bytes) -> SourceError:
        """What a refused request means, by its sentence."""
        try:
            return self._refusal(_lower(read_json(body, source=self.name)))
        except SourceChanged:
            unclear = "without an explanation"
        except SourceError:
            unclear = "with a body that is not SIAR's"
        if status == 429:
            detail = f"too many requests: ask again in {MINUTE_S:.0f} s"
            return SourceUnavailable(self.name, detail, retry_after_s=MINUTE_S)
        return SourceRejected(self.name, f"HTTP {status} {unclear}")

    def _refusal(self, document: Mapping[str, Any]) -> SourceError:
        """What an answer without data means."""
        messages = [text for name, text in document.items() if name.startswith("mensaje") and text]
        if not messages and "datos" in document:
            return NotPublished(self.name, "no value for these days yet")
        if not messages:
            changed(self.name, "the answer has neither `Datos` nor a message")
        said = str(messages[0])[:200]
        if self.key:
            said = said.replace(self.key, "***")
        plain = _plain(said)
        if _NOTHING.search(plain):
            return NotPublished(self.name, f"nothing there ({said})")
        if _LIMIT.search(plain):
            wait_s = HOUR_S if _OF_A_DAY.search(plain) else MINUTE_S
            detail = f"a limit of this key is reached: ask again in {wait_s:.0f} s ({said})"
            return SourceUnavailable(self.name, detail, retry_after_s=wait_s)
        if _KEY.search(plain):
            return SourceRejected(self.name, f"refuses the key: check it ({said})")
        return SourceRejected(self.name, f"refuses the request ({said})")

    def _day(self, text: Any) -> date:
        """The Madrid day of ``Fecha``: its date at midnight, or the instant at which it begins."""
        try:
            stamp = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            changed(self.name, f"Fecha: {str(text)[:40]!r} is not a day")
        if not 1999 <= stamp.year < 2100:
            changed(self.name, f"Fecha: {text!r} is before SIAR began or far ahead")
        if stamp.tzinfo is not None and stamp.time() != datetime.min.time():
            stamp = stamp.astimezone(MADRID)
        if stamp.time() != datetime.min.time():
            changed(self.name, f"Fecha: {text!r} is no midnight")
        return stamp.date()


def _lower(document: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in document.items()}


def _plain(text: str) -> str:
    """Lower case without accents."""
    split = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in split if not unicodedata.combining(char))
