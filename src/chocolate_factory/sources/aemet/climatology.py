"""AEMET's daily climatology of the station in Linares: checked means and extremes of each day.

Address    ``…/valores/climatologicos/diarios/datos/fechaini/2023-01-01T00:00:00UTC/fechafin/…/
           estacion/5279X``, see ``opendata``
Licence    as of ``opendata``
Published  four to five days later
Resolution a day of ``fecha``, stored as the Madrid day of that date; AEMET closes it in UTC
Limits     up to about half a year of one station a request (150 days here)

Every number is text with a decimal comma. ``Ip`` in ``prec`` is a trace (0.0); ``Acum`` is rain of
several days in one sum and no day's value, ``Varias`` is no value at all: both are left out. Keys
may be absent. Pressure has a maximum and a minimum, no mean. ``dir`` (tens of degrees, 99
variable) and the hours of the extremes are no series here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from chocolate_factory.errors import NotPublished
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.catalog import CLIMATE_STATION, DAY
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.aemet.opendata import TRACE, Aemet
from chocolate_factory.sources.base import Request, changed
from chocolate_factory.sources.cells import Cells

_SERIES = {
    "tmed": "temp_mean",
    "tmax": "temp_max",
    "tmin": "temp_min",
    "hrMedia": "humidity_mean",
    "hrMax": "humidity_max",
    "hrMin": "humidity_min",
    "velmedia": "wind_speed_mean",
    "racha": "wind_gust_max",
    "prec": "precipitation_day",
    "sol": "sunshine",
    "presMax": "station_pressure_max",
    "presMin": "station_pressure_min",
}
_NO_VALUE = ("", "Acum", "Varias")
_LATEST_DAYS_AGO = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AemetClimatology(Aemet):
    """Daily values of one station; ``place`` names its series, which the catalogue must know."""

    feed: ClassVar[str] = "aemet-climatology"
    max_days: ClassVar[int] = 150
    station: str = CLIMATE_STATION
    place: str = CLIMATE_STATION
    since: date = date(2000, 1, 1)

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """Twelve daily series at ``place``."""
        return tuple(SeriesKey(name, self.place) for name in _SERIES.values())

    def reach(self, today: date) -> tuple[date, date]:
        """From ``since`` to four days ago."""
        return self.since, today - _LATEST_DAYS_AGO * DAY

    def request(self, first: date, last: date) -> Request:
        """The days ``first`` to ``last``, both included."""
        return self.ask(
            f"valores/climatologicos/diarios/datos/fechaini/{first}T00:00:00UTC"
            f"/fechafin/{last}T23:59:59UTC/estacion/{self.station}"
        )

    def values(
        self, entries: list[dict[str, Any]], *, received_at: datetime
    ) -> tuple[Observations, ...]:
        """The days of ``station``; those of other stations are left out."""
        cells = Cells()
        ours = [entry for entry in entries if entry.get("indicativo") == self.station]
        if entries and not ours:
            changed(self.name, f"no day of the answer is of station {self.station} (`indicativo`)")
        for entry in ours:
            day = self._day(entry.get("fecha"))
            start_s = int(local_midnight(day).timestamp())
            for field, name in _SERIES.items():
                text = entry.get(field)
                if text is None or text in _NO_VALUE:
                    continue
                trace = field == "prec" and text == TRACE
                value = 0.0 if trace else self.decimal(text, where=f"{field} of {day}")
                cells.add(SeriesKey(name, self.place), start_s, value)
        batches = cells.batches(Kind.MEASURED, source=self.name, received_at=received_at)
        if not batches:
            raise NotPublished(self.name, "no day of these has values yet")
        return batches

    def _day(self, text: Any) -> date:
        try:
            day = date.fromisoformat(text)
        except (TypeError, ValueError):
            changed(self.name, f"fecha: {str(text)[:40]!r} is not a day")
        if not 2000 <= day.year < 2100:
            changed(self.name, f"fecha: {text!r} is not a day of this station")
        return day
