"""The simulated weather in the wire format of Open-Meteo's forecast and archive endpoints.

Archive hours younger than five days are null, forecasts reach from 92 days back to 15 ahead, and
refusals carry a reason. Precipitation and radiation stand at the end of their hour. Only the grid
around Linares is simulated; another place is refused rather than answered with its weather.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import numpy as np

from chocolate_factory.market.calendar import HOUR, Instants, periods, to_datetime64
from chocolate_factory.market.series import Floats
from chocolate_factory.simulation.answer import Answer, Query, as_json
from chocolate_factory.simulation.weather import (
    ELEVATION_M,
    LATITUDE,
    LONGITUDE,
    SimulatedWeather,
)

FORECAST_PATH = "/v1/forecast"
ARCHIVE_PATH = "/v1/archive"
ARCHIVE_DELAY = timedelta(days=5)
_ARCHIVE_FROM = date(1940, 1, 1)
_PAST_DAYS, _AHEAD_DAYS = 92, 15
_DAY = timedelta(days=1)
_REACH_DEGREES = 0.5

_COLUMNS = {  # column: (series, unit, hours the value lags behind its stamp)
    "temperature_2m": ("temperature", "°C", 0),
    "relative_humidity_2m": ("humidity", "%", 0),
    "wind_speed_10m": ("wind_speed", "km/h", 0),
    "precipitation": ("precipitation", "mm", 1),
    "shortwave_radiation": ("solar_radiation", "W/m²", 1),
    "surface_pressure": ("station_pressure", "hPa", 0),
    "pressure_msl": ("sea_level_pressure", "hPa", 0),
}
Value = TypeVar("Value")

_WIND_UNITS = {"kmh": ("km/h", 3.6), "ms": ("m/s", 1.0)}


def forecast(query: Query, weather: SimulatedWeather, *, now: datetime) -> Answer:
    """``/v1/forecast`` as seen at ``now``."""
    today = now.date()
    lower, upper = today - _PAST_DAYS * _DAY, today + _AHEAD_DAYS * _DAY
    return _answer(query, weather, now, lower, upper, hidden_from=None)


def archive(query: Query, weather: SimulatedWeather, *, now: datetime) -> Answer:
    """``/v1/archive`` as seen at ``now``."""
    return _answer(query, weather, now, _ARCHIVE_FROM, now.date(), hidden_from=now - ARCHIVE_DELAY)


def _answer(
    query: Query,
    weather: SimulatedWeather,
    now: datetime,
    lower: date,
    upper: date,
    *,
    hidden_from: datetime | None,
) -> Answer:
    try:
        first, last = _days(query, lower, upper)
        columns = _columns(query)
        _check_place(query)
        wind_unit, wind_factor = _choice(query, "wind_speed_unit", _WIND_UNITS, "kmh")
        as_texts = _choice(query, "timeformat", {"iso8601": True, "unixtime": False}, "iso8601")
        _choice(query, "timezone", {"GMT": True, "UTC": True}, "GMT")
    except ValueError as fault:
        return as_json(400, {"reason": str(fault), "error": True}, escape=False)
    start, end = _midnight(first), _midnight(last + _DAY)
    stamp = periods(start, end, HOUR)
    _, hours = weather.foreseen(start - HOUR, end, at=now)
    hidden = np.zeros(stamp.shape, dtype=bool)
    if hidden_from is not None:
        hidden = stamp >= to_datetime64(hidden_from)
    units = {"time": "iso8601" if as_texts else "unixtime"}
    data: dict[str, Any] = {"time": _times(stamp, as_texts=as_texts)}
    for column in columns:
        series, unit, lag = _COLUMNS[column]
        factor = wind_factor if series == "wind_speed" else 1.0
        units[column] = wind_unit if series == "wind_speed" else unit
        data[column] = _cells(hours[series][1 - lag : 1 - lag + stamp.size] * factor, hidden)
    return as_json(200, {**_HEAD, "hourly_units": units, "hourly": data}, escape=False)


_HEAD = {
    "latitude": LATITUDE,
    "longitude": LONGITUDE,
    "generationtime_ms": 0.25,
    "utc_offset_seconds": 0,
    "timezone": "GMT",
    "timezone_abbreviation": "GMT",
    "elevation": ELEVATION_M,
}


def _days(query: Query, lower: date, upper: date) -> tuple[date, date]:
    days = []
    for name in ("start_date", "end_date"):
        try:
            day = date.fromisoformat(query[name])
        except (KeyError, ValueError):
            raise ValueError(f"Parameter '{name}' must be a date like 2022-06-30") from None
        if not lower <= day <= upper:
            raise ValueError(f"Parameter '{name}' is out of allowed range from {lower} to {upper}")
        days.append(day)
    if days[0] > days[1]:
        raise ValueError("End-date must be larger or equals than start-date")
    return days[0], days[1]


def _columns(query: Query) -> list[str]:
    asked = query.get("hourly", "").split(",")
    for name in asked:
        if name not in _COLUMNS:
            raise ValueError(f"Cannot initialize a weather variable from '{name}'")
    return asked


def _check_place(query: Query) -> None:
    for name, here, most in (("latitude", LATITUDE, 90), ("longitude", LONGITUDE, 180)):
        try:
            degrees = float(query[name])
        except (KeyError, ValueError):
            raise ValueError(f"Parameter '{name}' must be a number") from None
        if not -most <= degrees <= most:
            raise ValueError(
                f"{name.capitalize()} must be in range of -{most} to {most}°. Given: {degrees}."
            )
        if abs(degrees - here) > _REACH_DEGREES:
            raise ValueError(f"The simulation knows only the weather of Linares ({name} {here}°)")


def _choice(query: Query, name: str, values: dict[str, Value], default: str) -> Value:
    text = query.get(name, default)
    if text not in values:
        raise ValueError(f"Parameter '{name}' must be one of {', '.join(values)}. Given: {text}.")
    return values[text]


def _midnight(day: date) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+00:00")


def _times(stamp: Instants, *, as_texts: bool) -> list[Any]:
    if as_texts:
        return list(np.datetime_as_string(stamp, unit="m").tolist())
    return list(stamp.astype(np.int64).tolist())


def _cells(value: Floats, hidden: np.ndarray[Any, np.dtype[np.bool_]]) -> list[float | None]:
    rounded = np.round(value, 2).tolist()
    return [
        None if unknown else cell for cell, unknown in zip(rounded, hidden.tolist(), strict=True)
    ]
