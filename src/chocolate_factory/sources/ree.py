"""REE REData: PVPC and day-ahead spot of the Spanish peninsula, without a key.

Address    ``https://apidatos.ree.es/es/datos/mercados/precios-mercados-tiempo-real``
Licence    REE open data; re-use with the source cited ("Red Eléctrica, REData")
Published  spot of day D about 13:00, PVPC about 20:15 (up to 20:47) Madrid time on D−1
Resolution PVPC hourly; spot hourly, quarter-hourly from delivery day 2025-10-01
Limits     no published figure: about a month per request (28 days here), one every two seconds

Series are told apart by their ``id`` ("1001" PVPC, "600" spot): titles have changed and the order
of ``included`` is not stable. Times come from each value's offset, never from its place in the
list. The widget answers HTTP 400 with one and the same body for "not yet published" and for any
other refusal; the requests made here are always well-formed, so it is read as not published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

import numpy as np

from chocolate_factory.errors import NotPublished, SourceError, SourceRejected, SourceUnavailable
from chocolate_factory.market.calendar import Instants, local_days
from chocolate_factory.market.catalog import DAY, PVPC, SPOT, spec
from chocolate_factory.market.series import Floats, Kind, Observations, SeriesKey
from chocolate_factory.sources.base import (
    Request,
    changed,
    number,
    observations,
    read_json,
)

PVPC_FROM = date(2014, 4, 1)
SERIES_BY_ID = {"1001": PVPC, "600": SPOT}
_HOUR_S = 3600


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
    base_url: str = "https://apidatos.ree.es"

    def reach(self, today: date) -> tuple[date, date]:
        """From the first day of this market's PVPC on to tomorrow."""
        return PVPC_FROM, today + DAY

    def request(self, first: date, last: date) -> Request:
        """Madrid delivery days ``first`` to ``last``, both included, as local wall time."""
        return Request(
            f"{self.base_url}/es/datos/mercados/precios-mercados-tiempo-real",
            params=(
                ("start_date", f"{first}T00:00"),
                ("end_date", f"{last}T23:59"),  # next-day 00:00 would add an hour of that day
                ("time_trunc", "hour"),
            ),
            headers=(("Accept", "application/json"), ("Content-Type", "application/json")),
        )

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
        document = read_json(body, source=self.name)
        if "errors" in document:
            raise self._refusal(document, status=200)
        batches = []
        for key, values in self._values(document).items():
            start, value = self._columns(key, values)
            if not start.size:
                continue
            if key == PVPC:
                value = np.round(value / 1000, 8)
            start, value = self._on_grid(key, start, value)
            batches.append(
                observations(
                    key, Kind.PUBLISHED, start, value, source=self.name, received_at=received_at
                )
            )
        if not batches:
            raise NotPublished(self.name, "no price is published for these days yet")
        return tuple(batches)

    def classify(self, status: int, body: bytes) -> SourceError:
        """The error envelope means not published; anything else that we asked wrongly."""
        try:
            document = read_json(body, source=self.name)
        except SourceError:
            return SourceRejected(self.name, f"HTTP {status} with a body that is not REData's")
        return self._refusal(document, status=status)

    def _refusal(self, document: dict[str, Any], *, status: int) -> SourceError:
        errors = document.get("errors")
        fault = errors[0] if isinstance(errors, list) and errors else None
        if not isinstance(fault, dict):
            return SourceRejected(self.name, f"HTTP {status} without an explanation")
        if str(fault.get("status", status)).startswith("5"):
            return SourceUnavailable(self.name, f"says error {fault['status']}; try again later")
        detail = str(fault.get("detail", ""))[:200]
        return NotPublished(self.name, f"not published yet, or not available ({detail})")

    def _values(self, document: dict[str, Any]) -> dict[SeriesKey, list[Any]]:
        included = document.get("included")
        if not isinstance(included, list):
            changed(self.name, "the answer has no list `included`")
        found: dict[SeriesKey, list[Any]] = {}
        for entry in included:
            key = SERIES_BY_ID.get(str(entry.get("id"))) if isinstance(entry, dict) else None
            if key is None:
                continue
            attributes = entry.get("attributes")
            values = attributes.get("values") if isinstance(attributes, dict) else None
            if not isinstance(values, list):
                changed(self.name, f"series {entry['id']} has no list `attributes.values`")
            if key in found:
                changed(self.name, f"series {entry['id']} appears twice")
            found[key] = values
        if included and not found:
            changed(self.name, f"none of the series {', '.join(SERIES_BY_ID)} is in the answer")
        return found

    def _columns(self, key: SeriesKey, values: list[Any]) -> tuple[Instants, Floats]:
        seconds, numbers = [], []
        for row in values:
            if not isinstance(row, dict) or "value" not in row:
                changed(self.name, f"{key}: a row is not {{value, datetime}}")
            if row["value"] is None:
                continue
            stamp = self._instant(key, row.get("datetime"))
            numbers.append(number(row["value"], source=self.name, where=f"{key} at {stamp}"))
            seconds.append(int(stamp.timestamp()))
        start = np.array(seconds, dtype=np.int64).astype("datetime64[s]")
        return start, np.array(numbers, dtype=np.float64)

    def _instant(self, key: SeriesKey, text: Any) -> datetime:
        try:
            stamp = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            changed(self.name, f"{key}: {str(text)[:40]!r} is not a time")
        if stamp.tzinfo is None:
            changed(self.name, f"{key}: the time {text!r} has no offset")
        if not 2000 <= stamp.year < 2100:
            changed(self.name, f"{key}: {text!r} is not a time of this market")
        return stamp

    def _on_grid(self, key: SeriesKey, start: Instants, value: Floats) -> tuple[Instants, Floats]:
        """Rows on the catalogue's grid; ``SourceChanged`` for a day in another resolution."""
        step_s = spec(key).resolutions_s(start)
        seconds = start.astype(np.int64)
        if key == SPOT:
            quarterly = step_s < _HOUR_S
            days = local_days(start)[quarterly]
            split = np.unique(days[seconds[quarterly] % _HOUR_S != 0])
            if not np.isin(days, split).all():
                day = days[~np.isin(days, split)][0]
                changed(self.name, f"{key}: {day} has hourly prices, its market is quarter-hourly")
            if (seconds[~quarterly] % _HOUR_S != 0).any():
                start, value = self._hours_of_equal_quarters(key, start, value, quarterly)
                seconds, step_s = start.astype(np.int64), spec(key).resolutions_s(start)
        if (seconds % step_s != 0).any():
            stamp = start[seconds % step_s != 0][0]
            changed(self.name, f"{key}: {stamp}Z is not the start of a delivery period")
        return start, value

    def _hours_of_equal_quarters(
        self, key: SeriesKey, start: Instants, value: Floats, quarterly: np.ndarray[Any, Any]
    ) -> tuple[Instants, Floats]:
        """Spot is served on a quarter-hour grid from 2025-01-01, nine months before its market."""
        hour = start.astype("datetime64[h]").astype("datetime64[s]")
        hours, where = np.unique(hour[~quarterly], return_inverse=True)
        low, high = np.full(hours.shape, np.inf), np.full(hours.shape, -np.inf)
        np.minimum.at(low, where, value[~quarterly])
        np.maximum.at(high, where, value[~quarterly])
        if (low != high).any():
            changed(
                self.name,
                f"{key}: {hours[low != high][0]}Z has unequal quarter-hours, its market is hourly",
            )
        return (
            np.concatenate([hours, start[quarterly]]),
            np.concatenate([low, value[quarterly]]),
        )
