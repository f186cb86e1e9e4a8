"""The simulated weather as AEMET's daily climatology: text with decimal commas, keys absent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import CLIMATE_STATION
from chocolate_factory.market.series import Floats
from chocolate_factory.simulation.climate import Days
from chocolate_factory.simulation.weather import ELEVATION_M, Hours, SimulatedWeather

LONGEST_SPAN = timedelta(days=183)
SUNSHINE_W_M2 = 120.0
"""Radiation above which an hour counts as sunshine (WMO, of direct radiation)."""

_KEYS = {
    "tmed": "temp_mean",
    "tmin": "temp_min",
    "tmax": "temp_max",
    "velmedia": "wind_speed_mean",
    "racha": "wind_gust_max",
    "sol": "sunshine",
    "presMax": "station_pressure_max",
    "presMin": "station_pressure_min",
    "hrMedia": "humidity_mean",
    "hrMax": "humidity_max",
    "hrMin": "humidity_min",
}
_OFTEN_ABSENT = ("sol", "presMax", "presMin", "racha")
_ABSENT_BELOW = -1.65  # 5 in 100 of a standard normal draw
_DAMP = 97.0  # humidity [%] at which a dry day is told as a trace of rain


def climate(weather: SimulatedWeather, first: date, last: date) -> tuple[Instants, Hours]:
    """Days ``first`` to ``last``, both included: starts (UTC) and values by series.

    NaN where AEMET leaves the key out.
    """
    days = Days.of(weather, first, last)
    warm, cold = days.highest("temperature"), days.lowest("temperature")
    told: dict[str, Floats] = {
        "temp_mean": np.round((warm + cold) / 2, 1),
        "temp_max": np.round(warm, 1),
        "temp_min": np.round(cold, 1),
        "humidity_mean": np.round(days.mean("humidity")),
        "humidity_max": np.round(days.highest("humidity")),
        "humidity_min": np.round(days.lowest("humidity")),
        "wind_speed_mean": np.round(days.mean("wind_speed"), 1),
        "wind_gust_max": np.round(1.5 * days.highest("wind_speed"), 1),
        "precipitation_day": np.round(days.total("precipitation"), 1),
        "sunshine": days.count_above("solar_radiation", SUNSHINE_W_M2),
        "station_pressure_max": np.round(days.highest("station_pressure"), 1),
        "station_pressure_min": np.round(days.lowest("station_pressure"), 1),
    }
    for key in _OFTEN_ABSENT:
        absent = days.drawn(weather.seed, f"aemet-absent-{key}") < _ABSENT_BELOW
        told[_KEYS[key]] = np.where(absent, np.nan, told[_KEYS[key]])
    return days.start, told


def rows(weather: SimulatedWeather, first: date, last: date) -> list[dict[str, Any]]:
    """The days ``first`` to ``last``, both included, as AEMET lists them."""
    days = Days.of(weather, first, last)
    _, told = climate(weather, first, last)
    warmest = days.hour_of("temperature", highest=True)
    coldest = days.hour_of("temperature", highest=False)
    listed = []
    for at, day in enumerate(days.days):
        row: dict[str, Any] = {
            "fecha": f"{day}",
            "indicativo": CLIMATE_STATION,
            "nombre": "LINARES (SIMULACIÓN)",
            "provincia": "JAÉN",
            "altitud": f"{ELEVATION_M:.0f}",
            "prec": _rain(told["precipitation_day"][at], told["humidity_max"][at]),
            "dir": "99",
            "horatmax": f"{warmest[at]:02d}:00",
            "horatmin": f"{coldest[at]:02d}:00",
            "horaPresMax": "Varias",
        }
        for key, series in _KEYS.items():
            value = told[series][at]
            if not np.isnan(value):
                whole = key.startswith("hr")
                row[key] = f"{value:.0f}" if whole else _comma(value)
        listed.append(row)
    return listed


def _rain(mm: float, damp: float) -> str:
    return "Ip" if mm == 0 and damp >= _DAMP else _comma(mm)


def _comma(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
