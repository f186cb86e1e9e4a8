"""OMIE's day-ahead price files, asked live: spot of Spain, without a key.

Address    ``https://www.omie.es/es/file-download?parents=marginalpdbc&filename=marginalpdbc_….1``
Licence    OMIE, market results of public access; the source is cited ("OMIE")
Published  between 12:45 and 14:00 Madrid time on D−1, counted as due at 13:00
Resolution hourly, quarter-hourly from delivery day 2025-10-01
Limits     no published figure: one day per request, one every two seconds

The name ends in the version: a few days exist only as ``.2`` or ``.3``, so those are asked when
``.1`` is not there. A miss is HTTP 404 or a web page with HTTP 200. The rows are
``sources.omie_rows``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from chocolate_factory.errors import (
    NotPublished,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.catalog import DAY, SPOT
from chocolate_factory.market.series import Observations, SeriesKey
from chocolate_factory.sources import omie_rows
from chocolate_factory.sources.base import Request, changed
from chocolate_factory.sources.omie_rows import FIRST, SOURCE
from chocolate_factory.sources.reading import CutOff, Unlike, published

BASE_URL = "https://www.omie.es"
OMIE_FROM = date(2023, 1, 1)
"""Files of later days are known to be offered one by one; older years come packed."""

_LAST_VERSION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Omie:
    """OMIE's price file of one day as an ``Upstream``."""

    series: ClassVar[tuple[SeriesKey, ...]] = (SPOT,)
    max_days: ClassVar[int] = 1
    feed: ClassVar[str] = "omie"
    name: str = SOURCE
    base_url: str = BASE_URL

    def reach(self, today: date) -> tuple[date, date]:
        """From 2023 to tomorrow."""
        return OMIE_FROM, today + DAY

    def request(self, first: date, last: date) -> Request:
        """The file of the Madrid delivery day ``first``: version 1, otherwise 2, otherwise 3.

        Raises ``ValueError`` if ``last`` is another day.
        """
        if first != last:
            raise ValueError(f"a file holds one day, not {first} to {last}")
        return self._file(first, 1)

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """The prices of Spain [EUR/MWh] of the day in an answer.

        Raises
        ------
        NotPublished
            If the answer is a web page: OMIE's word for a file that is not there.
        SourceChanged
            If the rows are not those of one whole day, or a price is no number or absurd.
        SourceUnavailable
            If the file is empty or cut off.
        """
        try:
            text = body.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            changed(self.name, "the answer is not plain text")
        if text.startswith("<"):
            raise NotPublished(self.name, "answered with a web page: the file is not there yet")
        if f"{FIRST};".startswith(text):
            detail = f"the file ({len(body)} bytes) is cut off; try again later"
            raise SourceUnavailable(self.name, detail)
        try:
            _, reading = omie_rows.prices(text)
        except CutOff as fault:
            raise SourceUnavailable(self.name, f"{fault.reason}; try again later") from None
        except Unlike as fault:
            changed(self.name, fault.reason)
        return (published(reading, source=self.name, received_at=received_at),)

    def classify(self, status: int, body: bytes) -> SourceError:
        """404 is a file that is not there; anything else that we asked wrongly."""
        if status == 404:
            return NotPublished(self.name, "the file is not there yet (HTTP 404)")
        return SourceRejected(
            self.name, f"HTTP {status} with {len(body)} bytes: the request was refused"
        )

    def _file(self, day: date, version: int) -> Request:
        return Request(
            f"{self.base_url}/es/file-download",
            params=(
                ("parents", "marginalpdbc"),
                ("filename", f"marginalpdbc_{day:%Y%m%d}.{version}"),
            ),
            headers=(("Accept", "text/plain"),),
            otherwise=self._file(day, version + 1) if version < _LAST_VERSION else None,
        )
