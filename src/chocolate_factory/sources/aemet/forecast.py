"""AEMET's hourly forecast for the municipality of Linares, two to three days ahead.

Address    ``…/prediccion/especifica/municipio/horaria/23055`` (INE code), see ``opendata``
Licence    as of ``opendata``
Published  several times a day; ``elaborado`` is the local time of issue
Resolution hourly, by ``periodo``: the *local* hour of the day ``fecha``
Limits     the first day begins at the hour of issue, the last ends early (06 seen)

Numbers come as text: temperature [°C], humidity [%], precipitation [mm], wind [km/h, stored in
m/s to 0.01]. An empty text is a value that is not there, ``Ip`` a trace of rain (0.0). The list
``vientoAndRachaMax`` mixes winds (``velocidad``) with gusts (``value``), which are no series here.

On the 25-hour day the hour 02 occurs twice: two entries are taken in order of time; a single one
could be either and is left out. The hour that the 23-hour day does not have is left out too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, ClassVar

from chocolate_factory.errors import NotPublished
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.market.catalog import DAY, LINARES
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.aemet.opendata import TRACE, Aemet
from chocolate_factory.sources.base import Request, changed
from chocolate_factory.sources.cells import Cells

_SERIES = {
    "temperatura": "temperature",
    "humedadRelativa": "humidity",
    "vientoAndRachaMax": "wind_speed",
    "precipitacion": "precipitation",
}
_WIND, _RAIN = "vientoAndRachaMax", "precipitacion"
_KMH_PER_MS = 3.6
_HOUR = re.compile(r"[01]?\d|2[0-3]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AemetForecast(Aemet):
    """The hourly forecast of one municipality (INE code); ``place`` is its name in the store."""

    feed: ClassVar[str] = "aemet-forecast"
    max_days: ClassVar[int] = 3
    municipality: str = "23055"
    place: str = LINARES

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """Four hourly weather series at ``place``."""
        return tuple(SeriesKey(name, self.place) for name in _SERIES.values())

    def reach(self, today: date) -> tuple[date, date]:
        """Today and the two days after it."""
        return today, today + 2 * DAY

    def request(self, first: date, last: date) -> Request:  # noqa: ARG002
        """Everything there is, whatever days are asked."""
        return self.ask(f"prediccion/especifica/municipio/horaria/{self.municipality}")

    def values(
        self, entries: list[dict[str, Any]], *, received_at: datetime
    ) -> tuple[Observations, ...]:
        """The hours of every day in the forecast."""
        if len(entries) != 1:
            changed(self.name, f"{len(entries)} forecasts where one was asked")
        if str(entries[0].get("id")).zfill(5) != self.municipality:
            changed(self.name, f"the forecast is not for municipality {self.municipality}")
        prediction = entries[0].get("prediccion")
        days = prediction.get("dia") if isinstance(prediction, dict) else None
        if not isinstance(days, list) or not all(isinstance(day, dict) for day in days):
            changed(self.name, "the forecast has no list `prediccion.dia`")
        cells = Cells()
        for day in days:
            on = self._day(day.get("fecha"))
            for field, name in _SERIES.items():
                for start_s, value in self._hours(on, field, day.get(field, [])):
                    cells.add(SeriesKey(name, self.place), start_s, value)
        batches = cells.batches(Kind.FORECAST, source=self.name, received_at=received_at)
        if not batches:
            raise NotPublished(self.name, "the forecast holds no hour yet")
        return batches

    def _day(self, text: Any) -> date:
        try:
            day = datetime.fromisoformat(text).date()
        except (TypeError, ValueError):
            changed(self.name, f"fecha: {str(text)[:40]!r} is not a day")
        if not 2000 <= day.year < 2100:
            changed(self.name, f"fecha: {text!r} is not a day of this forecast")
        return day

    def _hours(self, day: date, field: str, entries: Any) -> Iterator[tuple[int, float]]:
        """Delivery start [epoch s] and value of each hour of one list that can be told."""
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            changed(self.name, f"{field} of {day} is not a list of hours")
        if field == _WIND:
            entries = [entry for entry in entries if "value" not in entry]
        hours = [self._hour(entry.get("periodo"), field) for entry in entries]
        stands, met = Counter(hours), Counter[int]()
        for hour, entry in zip(hours, entries, strict=True):
            start_s = _start_s(day, hour, nth=met[hour], of=stands[hour])
            met[hour] += 1
            text = self._text(field, entry)
            if start_s is None or text in ("", None):
                continue
            yield start_s, self._number(field, text, where=f"{field} of {day}, hour {hour}")

    def _hour(self, label: Any, field: str) -> int:
        if isinstance(label, bool) or not _HOUR.fullmatch(str(label)):
            changed(self.name, f"{field}: {str(label)[:20]!r} is not an hour of the day")
        return int(label)

    def _text(self, field: str, entry: dict[str, Any]) -> Any:
        if field != _WIND:
            return entry.get("value")
        speeds = entry.get("velocidad")
        if not isinstance(speeds, list) or len(speeds) > 1:
            changed(self.name, "a wind has no single speed (`velocidad`)")
        return speeds[0] if speeds else None

    def _number(self, field: str, text: Any, *, where: str) -> float:
        if field == _RAIN and text == TRACE:
            return 0.0
        value = self.decimal(text, where=where)
        return round(value / _KMH_PER_MS, 2) if field == _WIND else value


def _start_s(day: date, hour: int, *, nth: int, of: int) -> int | None:
    """Start [epoch s] of the entry ``nth`` (from 0) of ``of`` that name the local ``hour``.

    None if that hour does not exist on ``day``, or exists twice and is not named twice.
    """
    early, late = (datetime.combine(day, time(hour, fold=fold), MADRID) for fold in (0, 1))
    if early.timestamp() > late.timestamp():  # skipped: clocks went forward
        return None
    if early.timestamp() < late.timestamp():  # repeated: clocks went back
        return int((early, late)[nth].timestamp()) if of == 2 else None
    return int(early.timestamp())
