"""AEMET's station in Linares, hour by hour: measured, for the last half or whole day only.

Address    ``…/observacion/convencional/datos/estacion/5279X``, see ``opendata``
Licence    as of ``opendata``
Published  within the hour; a row is there for 12 to 24 hours and then gone for good
Resolution hourly; ``fint`` is the UTC hour at which the observation ends, with or without offset
Limits     one request brings all there is

At ``fint``: ``ta`` [°C], ``hr`` [%], ``vv`` [m/s, mean of the ten minutes before], ``pres`` (of the
station) and ``pres_nmar`` (sea level) [hPa]. ``prec`` [mm] fell in the hour *before* ``fint`` and
is stored at that hour. Any key may be absent, and is then a value that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from chocolate_factory.errors import NotPublished
from chocolate_factory.market.catalog import CLIMATE_STATION, DAY, LINARES
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.aemet.opendata import Aemet
from chocolate_factory.sources.base import Request, changed, number
from chocolate_factory.sources.cells import Cells


@dataclass(frozen=True, slots=True)
class _Variable:
    """One key of a row, and how long its value lags behind the row's stamp."""

    key: str
    series: str
    lag: timedelta = timedelta(0)


_VARIABLES = (
    _Variable("ta", "temperature"),
    _Variable("hr", "humidity"),
    _Variable("vv", "wind_speed"),
    _Variable("prec", "precipitation", timedelta(hours=1)),
    _Variable("pres", "station_pressure"),
    _Variable("pres_nmar", "sea_level_pressure"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AemetObservation(Aemet):
    """Hourly observations of one station; ``place`` is the name its series go by."""

    feed: ClassVar[str] = "aemet-observation"
    max_days: ClassVar[int] = 2
    station: str = CLIMATE_STATION
    place: str = LINARES

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """Six hourly weather series at ``place``."""
        return tuple(SeriesKey(variable.series, self.place) for variable in _VARIABLES)

    def reach(self, today: date) -> tuple[date, date]:
        """Yesterday and today: at most 24 hours are kept."""
        return today - DAY, today

    def request(self, first: date, last: date) -> Request:  # noqa: ARG002
        """Everything there is, whatever days are asked."""
        return self.ask(f"observacion/convencional/datos/estacion/{self.station}")

    def values(
        self, entries: list[dict[str, Any]], *, received_at: datetime
    ) -> tuple[Observations, ...]:
        """The rows of ``station``; those of other stations are left out."""
        cells = Cells()
        ours = [entry for entry in entries if entry.get("idema") == self.station]
        if entries and not ours:
            changed(self.name, f"no row of the answer is of station {self.station} (`idema`)")
        for entry in ours:
            stamp_s = self._stamp_s(entry.get("fint"))
            for variable in _VARIABLES:
                if entry.get(variable.key) is None:
                    continue
                where = f"{variable.key} at {entry['fint']}"
                cells.add(
                    SeriesKey(variable.series, self.place),
                    stamp_s - int(variable.lag.total_seconds()),
                    number(entry[variable.key], source=self.name, where=where),
                )
        batches = cells.batches(Kind.MEASURED, source=self.name, received_at=received_at)
        if not batches:
            raise NotPublished(self.name, f"station {self.station} has sent nothing lately")
        return batches

    def _stamp_s(self, text: Any) -> int:
        try:
            stamp = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            changed(self.name, f"fint: {str(text)[:40]!r} is not a time")
        if not 2000 <= stamp.year < 2100:
            changed(self.name, f"fint: {text!r} is not a time of this station")
        if stamp.tzinfo is None:
            stamp = stamp.replace(tzinfo=UTC)
        if stamp.microsecond:
            changed(self.name, f"fint: {text!r} is not a whole second")
        return int(stamp.timestamp())
