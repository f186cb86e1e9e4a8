"""Open-Meteo: hourly weather, forecast and past, without a key.

Address    ``https://api.open-meteo.com/v1/forecast`` (92 days back to 16 ahead) and
           ``https://archive-api.open-meteo.com/v1/archive`` (ERA5, from 1940 to about 5 days ago)
Licence    CC BY 4.0, to be attributed; the free service is for non-commercial use: a company
           takes their subscription or runs its own instance and gives its address
Published  forecasts with every model run; the archive with about five days' delay
Resolution hourly, asked in UTC as seconds since 1970, so that no local hour is ambiguous
Limits     600 requests a minute, 5,000 an hour, 10,000 a day, weighted by variables and span; a
           refusal (HTTP 429) names in its ``reason`` which of them

Temperature, humidity, wind and pressure are those at the hour. Precipitation (sum) and radiation
(mean) are of the *preceding* hour: they are stored at the hour in which they fell.
``surface_pressure`` is station level and ``pressure_msl`` sea level: two series, never mixed. A
``null`` is a value that is not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import numpy as np

from chocolate_factory.errors import (
    NotPublished,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.calendar import Instants, day_bounds, to_datetime64
from chocolate_factory.market.catalog import DAY, LINARES
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.base import Request, changed, number, observations, read_json

MINUTE_S, HOUR_S = 61.0, 3600.0
"""How long to be silent after the limit of a minute, and after that of an hour or a day.

Which day it counts nobody says: one question an hour finds its end.
"""

_LIMIT = re.compile(r"(minutely|hourly|daily|monthly) (api )?request limit", re.IGNORECASE)
_LAST_SECOND = 4_000_000_000  # in 2096: a larger number is milliseconds or a fault


@dataclass(frozen=True, slots=True)
class _Variable:
    """One column: its name and unit on the wire, and the hours its value lags behind its stamp."""

    column: str
    unit: str
    series: str
    lag: timedelta = timedelta(0)


VARIABLES = (
    _Variable("temperature_2m", "°C", "temperature"),
    _Variable("relative_humidity_2m", "%", "humidity"),
    _Variable("wind_speed_10m", "m/s", "wind_speed"),
    _Variable("precipitation", "mm", "precipitation", timedelta(hours=1)),
    _Variable("shortwave_radiation", "W/m²", "solar_radiation", timedelta(hours=1)),
    _Variable("surface_pressure", "hPa", "station_pressure"),
    _Variable("pressure_msl", "hPa", "sea_level_pressure"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenMeteo:
    """What the two endpoints share: the question's form and the answer's meaning.

    ``latitude`` and ``longitude`` in degrees (WGS 84), ``place`` the name its series go by.
    """

    path: ClassVar[str]
    max_days: ClassVar[int]
    delay: ClassVar[timedelta] = timedelta(0)
    """How much later than the series' own rule this endpoint knows an hour."""
    base_url: str
    name: str = "open-meteo"
    place: str = LINARES
    latitude: float = 38.09
    longitude: float = -3.64

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """The seven weather series at ``place``."""
        return tuple(SeriesKey(variable.series, self.place) for variable in VARIABLES)

    def request(self, first: date, last: date) -> Request:
        """The UTC days that contain the Madrid days ``first`` to ``last``, both included."""
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        return Request(
            f"{self.base_url}{self.path}",
            params=(
                ("latitude", f"{self.latitude:.4f}"),
                ("longitude", f"{self.longitude:.4f}"),
                ("hourly", ",".join(variable.column for variable in VARIABLES)),
                ("start_date", f"{start:%Y-%m-%d}"),
                ("end_date", f"{end:%Y-%m-%d}"),
                ("timezone", "GMT"),
                ("timeformat", "unixtime"),
                ("wind_speed_unit", "ms"),
            ),
        )

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """The hours in an answer: analysed if they began before ``received_at``, else forecast.

        Raises
        ------
        NotPublished
            If every value is null.
        SourceChanged
            If a unit is not the one asked for, columns differ in length, a time is no whole hour,
            or a value is no number or absurd.
        SourceRejected
            If the answer is Open-Meteo's refusal.
        SourceUnavailable
            If a limit is reached (``retry_after_s``), or the bytes are a web page or cut off.
        """
        document = read_json(body, source=self.name)
        if document.get("error"):
            raise self._refusal(document)
        hourly, units = document.get("hourly"), document.get("hourly_units")
        if not isinstance(hourly, dict) or not isinstance(units, dict):
            changed(self.name, "the answer has no `hourly` and `hourly_units`")
        stamp = self._stamps(hourly, units)
        batches = [
            batch
            for variable in VARIABLES
            if variable.column in hourly
            for batch in self._column(variable, hourly, units, stamp, received_at)
        ]
        if not batches:
            raise NotPublished(self.name, "no weather value for these days yet")
        return tuple(batches)

    def classify(self, status: int, body: bytes) -> SourceError:
        """A refused request, with Open-Meteo's own reason where it gives one."""
        try:
            return self._refusal(read_json(body, source=self.name))
        except SourceError:
            return SourceRejected(self.name, f"HTTP {status} with a body that is not Open-Meteo's")

    def _refusal(self, document: dict[str, Any]) -> SourceError:
        reason = str(document.get("reason", "no reason given"))[:200]
        limit = _LIMIT.search(reason)
        if limit is not None:
            wait_s = MINUTE_S if limit[1].lower() == "minutely" else HOUR_S
            detail = f"a limit is reached: ask again in {wait_s:.0f} s ({reason})"
            return SourceUnavailable(self.name, detail, retry_after_s=wait_s)
        return SourceRejected(self.name, f"the request was refused: {reason}")

    def _stamps(self, hourly: dict[str, Any], units: dict[str, Any]) -> Instants:
        times = hourly.get("time")
        if units.get("time") != "unixtime" or not isinstance(times, list):
            changed(self.name, "times are not the seconds since 1970 that were asked for")
        seconds = np.array([number(time, source=self.name, where="time") for time in times])
        if (seconds % 3600 != 0).any() or (np.abs(seconds) > _LAST_SECOND).any():
            changed(self.name, "a time is not a whole hour of this age")
        return seconds.astype(np.int64).astype("datetime64[s]")

    def _column(
        self,
        variable: _Variable,
        hourly: dict[str, Any],
        units: dict[str, Any],
        stamp: Instants,
        received_at: datetime,
    ) -> list[Observations]:
        """The analysed and the forecast part of one column, without empty ones."""
        cells, unit = hourly[variable.column], units.get(variable.column)
        if unit != variable.unit:
            changed(self.name, f"{variable.column} is in {unit}, not in {variable.unit}")
        if not isinstance(cells, list) or len(cells) != stamp.size:
            changed(self.name, f"{variable.column} has not one value for each time")
        there = np.array([cell is not None for cell in cells], dtype=bool)
        value = np.array(
            [
                number(cell, source=self.name, where=variable.column)
                for cell in cells
                if cell is not None
            ],
            dtype=np.float64,
        )
        start = stamp[there] - np.timedelta64(variable.lag, "s")
        ahead = start >= to_datetime64(received_at)
        key = SeriesKey(variable.series, self.place)
        return [
            observations(
                key, kind, start[part], value[part],
                source=self.name, received_at=received_at, delay=self.delay,
            )
            for kind, part in ((Kind.ANALYSED, ~ahead), (Kind.FORECAST, ahead))
            if part.any()
        ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMeteoForecast(_OpenMeteo):
    """The forecast endpoint: from 92 days back to 16 days ahead."""

    feed: ClassVar[str] = "open-meteo-forecast"
    path: ClassVar[str] = "/v1/forecast"
    max_days: ClassVar[int] = 16

    def reach(self, today: date) -> tuple[date, date]:
        """From 92 days back to 15 ahead."""
        return today - 91 * DAY, today + 15 * DAY

    base_url: str = "https://api.open-meteo.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMeteoArchive(_OpenMeteo):
    """The archive endpoint (ERA5): the past, a year per request."""

    feed: ClassVar[str] = "open-meteo-archive"
    path: ClassVar[str] = "/v1/archive"
    max_days: ClassVar[int] = 366
    delay: ClassVar[timedelta] = timedelta(days=5)

    def reach(self, today: date) -> tuple[date, date]:
        """From 1940 to about five days ago."""
        return date(1940, 1, 2), today - 6 * DAY

    base_url: str = "https://archive-api.open-meteo.com"
