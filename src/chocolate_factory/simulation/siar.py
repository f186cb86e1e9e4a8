"""The simulated weather in the wire format of SIAR's service: daily values of station J17.

A day is there from eight the next morning. The day's values are made of the hours of the Madrid
day; what no hour holds is derived: reference evapotranspiration after Hargreaves (1975) from
temperature and radiation, effective rain as three quarters of the rain, wind directions drawn.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from chocolate_factory.market.calendar import HOUR, Instants, days_between, local_instant
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.series import Floats
from chocolate_factory.simulation.answer import KEY, Answer, Query, as_json
from chocolate_factory.simulation.climate import YEARS, Days
from chocolate_factory.simulation.weather import Hours, SimulatedWeather

PATH = "/apisiar/API/v1/Datos/Diarios/Estacion"
STATION = "J17"
THERE_AT = time(8)
LONGEST_SPAN = timedelta(days=366)
_MM_PER_MJ_M2 = 0.408  # evaporated by a MJ/m2 at 20 °C (FAO-56, equation 20)

_FIELDS = {
    "TempMedia": "temp_mean",
    "TempMax": "temp_max",
    "TempMin": "temp_min",
    "HumedadMedia": "humidity_mean",
    "HumedadMax": "humidity_max",
    "HumedadMin": "humidity_min",
    "VelViento": "wind_speed_mean",
    "DirViento": "wind_direction_mean",
    "VelVientoMax": "wind_speed_max",
    "DirVientoVelMax": "wind_direction_max",
    "Radiacion": "radiation",
    "Precipitacion": "precipitation_day",
    "PePMon": "precipitation_effective",
    "EtPMon": "evapotranspiration",
}


def answer(query: Query, weather: SimulatedWeather, *, now: datetime, key: str = KEY) -> Answer:
    """What SIAR says at ``now`` to a GET of ``PATH``; it wants ``key`` as ``ClaveAPI``."""
    asked = {name.lower(): text for name, text in query.items()}
    if asked.get("claveapi") != key:
        return _said(401, "La clave API proporcionada no es válida")
    try:
        first = date.fromisoformat(asked["fechainicial"])
        last = date.fromisoformat(asked["fechafinal"])
    except (KeyError, ValueError):
        return _said(400, "El formato de las fechas debe ser AAAA-MM-DD")
    if not timedelta(0) <= last - first <= LONGEST_SPAN:
        return _said(400, "El intervalo de fechas no es correcto")
    public = public_days(first, last, now=now)
    if asked.get("id") != STATION or not public:
        return _said(200, "No hay datos disponibles para el período solicitado")
    rows = _rows(weather, public[0], public[-1])
    return as_json(200, {"Datos": rows, "MensajeRespuesta": None}, escape=False)


def public_days(first: date, last: date, *, now: datetime) -> list[date]:
    """Days from ``first`` to ``last`` that are there at ``now``."""
    return [
        day
        for day in days_between(first, last)
        if day.year in YEARS and local_instant(day + DAY, THERE_AT) <= now
    ]


def daily(weather: SimulatedWeather, first: date, last: date) -> tuple[Instants, Hours]:
    """Days ``first`` to ``last``, both included: starts (UTC) and values by series."""
    return _daily(weather.seed, Days.of(weather, first, last))


def _daily(seed: int, days: Days) -> tuple[Instants, dict[str, Floats]]:
    mean = days.mean("temperature")
    radiation = days.total("solar_radiation") * HOUR.total_seconds() / 1e6
    rain = days.total("precipitation")
    evaporation = np.maximum(0.0, 0.0135 * (mean + 17.8) * radiation * _MM_PER_MJ_M2)
    told = {
        "temp_mean": mean,
        "temp_max": days.highest("temperature"),
        "temp_min": days.lowest("temperature"),
        "humidity_mean": days.mean("humidity"),
        "humidity_max": days.highest("humidity"),
        "humidity_min": days.lowest("humidity"),
        "wind_speed_mean": days.mean("wind_speed"),
        "wind_direction_mean": np.abs(120.0 * days.drawn(seed, "siar-direction")) % 360,
        "wind_speed_max": 1.5 * days.highest("wind_speed"),
        "wind_direction_max": np.abs(120.0 * days.drawn(seed, "siar-direction-max")) % 360,
        "radiation": radiation,
        "precipitation_day": rain,
        "precipitation_effective": 0.75 * rain,
        "evapotranspiration": evaporation,
    }
    return days.start, {series: np.round(value, 2) for series, value in told.items()}


def _rows(weather: SimulatedWeather, first: date, last: date) -> list[dict[str, Any]]:
    days = Days.of(weather, first, last)
    _, told = _daily(weather.seed, days)
    warmest = days.hour_of("temperature", highest=True)
    return [
        {
            **{field: float(told[series][at]) for field, series in _FIELDS.items()},
            "HorMinTempMax": 100 * warmest[at],
            "TempSuelo1": None,
            "TempSuelo2": None,
            "Estacion": STATION,
            "Fecha": f"{day}T00:00:00",
        }
        for at, day in enumerate(days.days)
    ]


def _said(status: int, message: str) -> Answer:
    return as_json(status, {"Datos": [], "MensajeRespuesta": message}, escape=False)
