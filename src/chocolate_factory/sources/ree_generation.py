"""REE REData: energy generated on the Spanish peninsula by technology, day by day, without a key.

Address    ``https://apidatos.ree.es/es/datos/generacion/estructura-generacion``
Licence    REE open data; re-use with the source cited ("Red Eléctrica, REData")
Published  provisional on the next morning, revised for weeks; counted as due a day later
Resolution daily: MWh at local midnight (``time_trunc=hour`` is refused by this widget)
Limits     no published figure: a month per request, one every two seconds

A technology without data has fewer points than the others (the series are ragged) and a plant that
takes more than it gives has negative energy. ``Generación total`` is REE's own sum, kept under its
own name and never added up. Series are known by ``id``; the ids were recorded for autonomous
communities, so one with an unknown id is known by its title, accents aside. Technologies that the
catalogue does not have are left out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

import numpy as np

from chocolate_factory.errors import NotPublished, SourceError
from chocolate_factory.market.calendar import to_datetime64
from chocolate_factory.market.catalog import DAY, GENERATION, spec
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources import redata
from chocolate_factory.sources.base import Request, changed, observations

GENERATION_FROM = date(2014, 1, 1)
"""Windows from 2014 on have been answered; nothing here needs older ones."""

_KNOWN = {  # id: (technology of the catalogue, title without accents)
    "10330": ("hydro", "hidraulica"),
    "1695": ("nuclear", "nuclear"),
    "10331": ("coal", "carbon"),
    "1703": ("combined_cycle", "ciclo combinado"),
    "10333": ("wind", "eolica"),
    "1707": ("solar_pv", "solar fotovoltaica"),
    "1708": ("solar_thermal", "solar termica"),
    "10334": ("other_renewable", "otras renovables"),
    "10335": ("cogeneration", "cogeneracion"),
    "10338": ("total", "generacion total"),
}
_BY_ID = {number: technology for number, (technology, _) in _KNOWN.items()}
_BY_TITLE = {title: technology for technology, title in _KNOWN.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReeGeneration:
    """The generation widget of REData, for the peninsular system, as an ``Upstream``."""

    series: ClassVar[tuple[SeriesKey, ...]] = tuple(GENERATION.values())
    max_days: ClassVar[int] = 31
    feed: ClassVar[str] = "ree-generation"
    name: str = "ree"
    base_url: str = redata.BASE_URL

    def reach(self, today: date) -> tuple[date, date]:
        """From 2014 to yesterday: today's sum is not complete."""
        return GENERATION_FROM, today - DAY

    def request(self, first: date, last: date) -> Request:
        """Madrid days ``first`` to ``last``, both included, as local wall time."""
        return redata.widget_request(
            self.base_url,
            "generacion/estructura-generacion",
            first,
            last,
            time_trunc="day",
            place=redata.PENINSULA_ONLY,
        )

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """The daily energies [MWh] in an answer: one measured batch per technology with values.

        A day that is not over at ``received_at`` is left out: its sum is a part.

        Raises
        ------
        NotPublished
            If the answer is the error envelope or holds no value of a day that is over.
        SourceChanged
            If no technology is known, an id and its title name two different ones, a technology
            comes twice, a time is not a local midnight, or a value is no number or absurd.
        SourceUnavailable
            If the bytes are a web page or cut off.
        """
        found = redata.series_in(
            body, self._technology, wanted="of any known technology", source=self.name
        )
        batches = []
        for key, (start, value) in found.items():
            length = spec(key).resolutions_s(start).astype("timedelta64[s]")
            over = np.asarray(start + length <= to_datetime64(received_at))
            if over.any():
                batches.append(
                    observations(
                        key,
                        Kind.MEASURED,
                        start[over],
                        value[over],
                        source=self.name,
                        received_at=received_at,
                    )
                )
        if not batches:
            raise NotPublished(self.name, "no day that is over has a value yet")
        return tuple(batches)

    def classify(self, status: int, body: bytes) -> SourceError:
        """The error envelope means not published; anything else that we asked wrongly."""
        return redata.classify(status, body, source=self.name)

    def _technology(self, shown: redata.Shown) -> SeriesKey | None:
        by_id, by_title = _BY_ID.get(shown.id), _BY_TITLE.get(_plain(shown.title))
        if by_id and by_title and by_id != by_title:
            changed(self.name, f"series {shown.id} was {by_id}, now it is titled {by_title}")
        technology = by_id or by_title
        return GENERATION[technology] if technology else None


def _plain(title: str) -> str:
    """Lower case without accents: ``Hidráulica`` and ``hidraulica`` are one title."""
    apart = unicodedata.normalize("NFKD", title)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold().strip()
