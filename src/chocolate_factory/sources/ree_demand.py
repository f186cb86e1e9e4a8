"""REE REData: electricity demand of the Spanish peninsula, measured and foreseen, without a key.

Address    ``https://apidatos.ree.es/es/datos/demanda/demanda-tiempo-real``
Licence    REE open data; re-use with the source cited ("Red Eléctrica, REData")
Published  measured a few minutes later, foreseen through the day ahead
Resolution 5 minutes, also with ``time_trunc=hour``, which is all it takes; MW
Limits     no published figure: a week per request here, one every two seconds

Series are told apart by ``id``: 1293 measured, 544 foreseen (rolling: it is overwritten as the day
goes), 545 programmed, which is left alone. What is foreseen is kept only for periods that have not
begun: afterwards it is no forecast, and the measured value stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

import numpy as np

from chocolate_factory.errors import NotPublished, SourceError
from chocolate_factory.market.calendar import Instants, to_datetime64
from chocolate_factory.market.catalog import DAY, DEMAND
from chocolate_factory.market.series import Floats, Kind, Observations, SeriesKey
from chocolate_factory.sources import redata
from chocolate_factory.sources.base import Request, observations

DEMAND_FROM = date(2017, 1, 1)
"""Windows from 2017 on have been answered; nothing here needs older ones."""

_MEASURED, _FORESEEN, _PROGRAMMED = "measured demand", "foreseen demand", "programmed demand"
_BY_ID = {"1293": _MEASURED, "544": _FORESEEN, "545": _PROGRAMMED}
_NOTHING = np.zeros(0, dtype="datetime64[s]"), np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReeDemand:
    """The demand widget of REData, which is of the peninsula, as an ``Upstream``."""

    series: ClassVar[tuple[SeriesKey, ...]] = (DEMAND,)
    max_days: ClassVar[int] = 7
    feed: ClassVar[str] = "ree-demand"
    name: str = "ree"
    base_url: str = redata.BASE_URL

    def reach(self, today: date) -> tuple[date, date]:
        """From 2017 to tomorrow, of which only the forecast is there."""
        return DEMAND_FROM, today + DAY

    def request(self, first: date, last: date) -> Request:
        """Madrid days ``first`` to ``last``, both included, as local wall time."""
        widget = "demanda/demanda-tiempo-real"
        return redata.widget_request(self.base_url, widget, first, last, time_trunc="hour")

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """Demand [MW] every 5 minutes: a measured batch, and a forecast of what has not begun.

        Raises
        ------
        NotPublished
            If the answer is the error envelope or holds neither.
        SourceChanged
            If no id is known, a time has no offset or is off the grid, a value is no number or
            absurd, or a period has two values.
        SourceUnavailable
            If the bytes are a web page or cut off.
        """
        found = redata.series_in(
            body,
            lambda shown: _BY_ID.get(shown.id),
            wanted=", ".join(_BY_ID),
            source=self.name,
        )
        batches = []
        if _MEASURED in found:
            batches.append(self._batch(Kind.MEASURED, *found[_MEASURED], received_at))
        start, value = found.get(_FORESEEN, _NOTHING)
        ahead = start >= to_datetime64(received_at)
        if ahead.any():
            batches.append(self._batch(Kind.FORECAST, start[ahead], value[ahead], received_at))
        if not batches:
            raise NotPublished(self.name, "no demand is measured or foreseen for these days yet")
        return tuple(batches)

    def classify(self, status: int, body: bytes) -> SourceError:
        """The error envelope means not published; anything else that we asked wrongly."""
        return redata.classify(status, body, source=self.name)

    def _batch(
        self, kind: Kind, start: Instants, value: Floats, received_at: datetime
    ) -> Observations:
        return observations(DEMAND, kind, start, value, source=self.name, received_at=received_at)
