"""REE REData: PVPC and day-ahead spot of the Spanish peninsula, without a key.

Address    ``https://apidatos.ree.es/es/datos/mercados/precios-mercados-tiempo-real``
Licence    REE open data; re-use with the source cited ("Red Eléctrica, REData")
Published  spot of day D about 13:00, PVPC about 20:15 (up to 20:47) Madrid time on D−1
Resolution PVPC hourly; spot hourly, quarter-hourly from delivery day 2025-10-01
Limits     no published figure: about a month per request (28 days here), one every two seconds

Series are told apart by their ``id`` ("1001" PVPC, "600" spot): titles have changed and the order
of ``included`` is not stable. The envelope is ``sources.redata``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

import numpy as np

from chocolate_factory.errors import SourceError
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import DAY, PVPC, SPOT
from chocolate_factory.market.series import Floats, Kind, Observations, SeriesKey
from chocolate_factory.sources import redata
from chocolate_factory.sources.base import Request, observations
from chocolate_factory.sources.market_grid import on_market_grid

PVPC_FROM = date(2014, 4, 1)
SERIES_BY_ID = {"1001": PVPC, "600": SPOT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ree:
    """The price widget of REData as an ``Upstream``.

    PVPC comes in EUR/MWh and leaves in EUR/kWh (8 decimals); spot stays in EUR/MWh. Another
    ``base_url`` and ``name`` make it speak to something that answers in the same format.
    """

    series: ClassVar[tuple[SeriesKey, ...]] = (PVPC, SPOT)
    max_days: ClassVar[int] = 28
    feed: ClassVar[str] = "ree-prices"
    name: str = "ree"
    base_url: str = redata.BASE_URL

    def reach(self, today: date) -> tuple[date, date]:
        """From the first day of this market's PVPC on to tomorrow."""
        return PVPC_FROM, today + DAY

    def request(self, first: date, last: date) -> Request:
        """Madrid delivery days ``first`` to ``last``, both included, as local wall time."""
        widget = "mercados/precios-mercados-tiempo-real"
        return redata.widget_request(self.base_url, widget, first, last, time_trunc="hour")

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """The published prices in an answer: one batch per series that has values.

        A ``null`` is a value that is not there. Before 2025-10-01 a spot of four equal quarters is
        the hour's price.

        Raises
        ------
        NotPublished
            If the answer is the error envelope or holds no value.
        SourceChanged
            If neither id is there, a time has no offset or is off the grid, a price is no number
            or absurd, a period has two prices, or a day comes in another resolution than the
            market's.
        SourceUnavailable
            If the bytes are a web page or cut off.
        """
        found = redata.series_in(
            body,
            lambda shown: SERIES_BY_ID.get(shown.id),
            wanted=", ".join(SERIES_BY_ID),
            source=self.name,
        )
        return tuple(
            observations(
                key,
                Kind.PUBLISHED,
                *self._priced(key, *columns),
                source=self.name,
                received_at=received_at,
            )
            for key, columns in found.items()
        )

    def classify(self, status: int, body: bytes) -> SourceError:
        """The error envelope means not published; anything else that we asked wrongly."""
        return redata.classify(status, body, source=self.name)

    def _priced(self, key: SeriesKey, start: Instants, eur_mwh: Floats) -> tuple[Instants, Floats]:
        """Prices in the catalogue's unit, on the market's grid."""
        if key == PVPC:
            return start, np.round(eur_mwh / 1000, 8)
        return on_market_grid(start, eur_mwh, source=self.name)
