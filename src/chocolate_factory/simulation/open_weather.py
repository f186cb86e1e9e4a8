"""The simulated weather in the wire formats of OpenWeatherMap 2.5: the weather now, and a forecast.

Its analysis is the truth with a small error that is drawn anew for each hour. Kelvin unless
``units=metric`` is asked; ``cod`` is a number now and a text in the forecast; pressure is at sea
level except ``grnd_level``; rain is there only if it rains. Only Linares is simulated.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from chocolate_factory.market.calendar import HOUR, Instants, to_datetime
from chocolate_factory.simulation.answer import KEY, Answer, Query, as_json
from chocolate_factory.simulation.noise import by_hour
from chocolate_factory.simulation.weather import LATITUDE, LONGITUDE, Hours, SimulatedWeather

CURRENT_PATH = "/data/2.5/weather"
FORECAST_PATH = "/data/2.5/forecast"
STEP = timedelta(hours=3)
STEPS = 40
TAKEN_EVERY = timedelta(minutes=10)
"""How often the weather now is taken anew; within an hour it says the same."""

_ERROR = {"temperature": 0.4, "humidity": 2.0, "wind_speed": 0.2}
_ZERO_C_IN_K = 273.15
_REACH_DEGREES = 0.5
_CITY = {
    "id": 2515072,
    "name": "Linares (simulación)",
    "coord": {"lat": LATITUDE, "lon": LONGITUDE},
    "country": "ES",
    "timezone": 3600,
}


def answer(
    path: str, query: Query, weather: SimulatedWeather, *, now: datetime, key: str = KEY
) -> Answer:
    """What OpenWeatherMap says at ``now`` to a GET of ``path``; it wants ``key`` as ``appid``."""
    if query.get("appid") != key:
        said = "Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."
        return as_json(401, {"cod": 401, "message": said}, escape=False)
    try:
        _check_place(query)
    except ValueError as fault:
        return as_json(400, {"cod": "400", "message": str(fault)}, escape=False)
    offset = 0.0 if query.get("units") == "metric" else _ZERO_C_IN_K
    if path == CURRENT_PATH:
        return _current(weather, now, offset)
    if path == FORECAST_PATH:
        count = query.get("cnt", "")
        steps = min(int(count), STEPS) if count.isascii() and count.isdigit() else STEPS
        return _forecast(weather, now, offset, steps)
    return as_json(404, {"cod": "404", "message": "Internal error"}, escape=False)


def analysed(weather: SimulatedWeather, start: datetime, end: datetime) -> tuple[Instants, Hours]:
    """What the analysis says of the hours [start, end): starts (UTC) and values by series."""
    hour, was = weather.happened(start, end)
    told = _told(was)
    for series, spread in _ERROR.items():
        wrong = spread * by_hour(weather.seed, f"openweathermap-{series}", hour)
        told[series] = np.round(was[series] + wrong, 2)
    told["humidity"] = np.clip(np.round(told["humidity"]), 1, 100)
    told["wind_speed"] = np.maximum(told["wind_speed"], 0.0)
    return hour, told


def forecast_hours(
    weather: SimulatedWeather, *, now: datetime, steps: int = STEPS
) -> tuple[Instants, Hours]:
    """The hours that the forecast names at ``now``: every third one, UTC, from the next on."""
    step_s = int(STEP.total_seconds())
    first_s = (int(now.timestamp()) // step_s + 1) * step_s
    first = to_datetime(np.datetime64(first_s, "s"))
    hour, seen = weather.foreseen(first, first + steps * STEP, at=now)
    every = slice(None, None, STEP // HOUR)
    return hour[every], {series: value[every] for series, value in _told(seen).items()}


def _told(hours: Hours) -> dict[str, Any]:
    """The series that are told, pressure as whole hPa."""
    return {
        "temperature": hours["temperature"],
        "humidity": hours["humidity"],
        "wind_speed": hours["wind_speed"],
        "sea_level_pressure": np.round(hours["sea_level_pressure"]),
        "station_pressure": np.round(hours["station_pressure"]),
    }


def _current(weather: SimulatedWeather, now: datetime, offset: float) -> Answer:
    taken_s = int(now.timestamp()) // int(TAKEN_EVERY.total_seconds())
    taken_s *= int(TAKEN_EVERY.total_seconds())
    hour = now.replace(minute=0, second=0, microsecond=0)
    _, told = analysed(weather, hour, hour + HOUR)
    _, was = weather.happened(hour, hour + HOUR)
    rain = float(was["precipitation"][0])
    return as_json(
        200,
        {
            "coord": {"lon": LONGITUDE, "lat": LATITUDE},
            "base": "stations",
            **_moment(taken_s, told, 0, offset),
            **({"rain": {"1h": rain}} if rain else {}),
            "timezone": 3600,
            "id": _CITY["id"],
            "name": _CITY["name"],
            "cod": 200,
        },
        escape=False,
    )


def _forecast(weather: SimulatedWeather, now: datetime, offset: float, steps: int) -> Answer:
    hour, told = forecast_hours(weather, now=now, steps=steps)
    listed = [
        {
            **_moment(int(at.astype(np.int64)), told, n, offset),
            "pop": 0,
            "dt_txt": f"{to_datetime(at):%Y-%m-%d %H:%M:%S}",
        }
        for n, at in enumerate(hour)
    ]
    document = {"cod": "200", "message": 0, "cnt": len(listed), "list": listed, "city": _CITY}
    return as_json(200, document, escape=False)


def _moment(second: int, told: Hours, at: int, offset: float) -> dict[str, Any]:
    celsius = float(told["temperature"][at])
    sea, ground = (int(told[f"{level}_pressure"][at]) for level in ("sea_level", "station"))
    return {
        "dt": second,
        "main": {
            "temp": round(celsius + offset, 2),
            "temp_min": round(celsius - 0.5 + offset, 2),
            "temp_max": round(celsius + 0.5 + offset, 2),
            "pressure": sea,
            "humidity": int(told["humidity"][at]),
            "sea_level": sea,
            "grnd_level": ground,
        },
        "wind": {"speed": float(told["wind_speed"][at]), "deg": 90},
        "weather": [{"id": 800, "main": "Clear", "description": "clear sky", "icon": "01d"}],
        "visibility": 10000,
    }


def _check_place(query: Query) -> None:
    for name, here in (("lat", LATITUDE), ("lon", LONGITUDE)):
        try:
            degrees = float(query[name])
        except (KeyError, ValueError):
            raise ValueError("Nothing to geocode") from None
        if not abs(degrees - here) <= _REACH_DEGREES:
            raise ValueError(f"the simulation knows only the weather of Linares ({name} {here})")
