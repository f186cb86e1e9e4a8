"""The simulated weather in the wire formats of AEMET OpenData, both steps of it.

The address in ``datos`` holds the asked path in hexadecimal, so that the second step needs no
memory. Bodies are Latin-1 under a header that says otherwise, keys are absent by a draw of (seed,
hour), numbers are text where AEMET writes text. On the night of 25 hours the forecast names the
hour 02 twice. Only Linares is simulated; another station or municipality has no data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from chocolate_factory.market.calendar import (
    HOUR,
    MADRID,
    Instants,
    days_between,
    delivery_day,
    local_instant,
    to_datetime,
)
from chocolate_factory.market.catalog import CLIMATE_STATION, DAY
from chocolate_factory.simulation.aemet_days import LONGEST_SPAN, rows
from chocolate_factory.simulation.answer import KEY, Answer
from chocolate_factory.simulation.climate import YEARS
from chocolate_factory.simulation.noise import by_hour
from chocolate_factory.simulation.weather import (
    ELEVATION_M,
    LATITUDE,
    LONGITUDE,
    MODEL_RUN,
    Hours,
    SimulatedWeather,
)

API_PREFIX = "/opendata/api/"
DATA_PREFIX = "/opendata/sh/"
MUNICIPALITY = "23055"
OBSERVATION_DELAY = timedelta(minutes=10)
"""From the hour of an observation until its row is there."""
OBSERVATION_WINDOW = timedelta(hours=24)
CLIMATE_DELAY = timedelta(days=4)
"""From a day to its climatology, which comes at ``CLIMATE_AT`` local time."""
CLIMATE_AT = time(8)

_OBSERVED = {  # key: (series, hours the value lags behind its stamp)
    "ta": ("temperature", 0),
    "hr": ("humidity", 0),
    "vv": ("wind_speed", 0),
    "prec": ("precipitation", 1),
    "pres": ("station_pressure", 0),
    "pres_nmar": ("sea_level_pressure", 0),
}
_ABSENT_BELOW = -1.88  # 3 in 100 of a standard normal draw
_LAST_HOUR = time(6)
_DAMP = 97.0  # humidity [%] at which a dry hour is told as a trace of rain
_CONTENT = "text/plain;charset=ISO-8859-15"

_STATION = re.compile(r"observacion/convencional/datos/estacion/(\w+)")
_TOWN = re.compile(r"prediccion/especifica/municipio/horaria/(\d+)")
_DAYS = re.compile(
    r"valores/climatologicos/diarios/datos/fechaini/(\d{4}-\d\d-\d\d)T00:00:00UTC"
    r"/fechafin/(\d{4}-\d\d-\d\d)T23:59:59UTC/estacion/(\w+)"
)


def answer(
    path: str,
    headers: Mapping[str, str],
    weather: SimulatedWeather,
    *,
    now: datetime,
    base_url: str,
    key: str = KEY,
) -> Answer:
    """What AEMET says at ``now`` to a GET of ``path``, either step.

    The first step wants ``key`` in the header ``api_key`` (names in lower case); ``base_url`` is
    where the second step is asked, without a slash at its end.
    """
    if path.startswith(DATA_PREFIX):
        return _data(path.removeprefix(DATA_PREFIX), weather, now)
    if headers.get("api_key") != key:
        return _envelope("API key invalido", 401)
    asked = path.removeprefix(API_PREFIX)
    days = _DAYS.fullmatch(asked)
    if days and not _span_is_allowed(days[1], days[2]):
        return _envelope("El rango de fechas no puede ser superior a 6 meses", 404)
    if _values(asked, weather, now) is None:
        return _envelope("No hay datos que satisfagan esos criterios", 404)
    root = f"{base_url}{DATA_PREFIX}"
    return _envelope(
        "exito",
        200,
        datos=root + asked.encode().hex(),
        metadatos=root + f"metadatos/{asked}".encode().hex(),
    )


def observed(weather: SimulatedWeather, start: datetime, end: datetime) -> tuple[Instants, Hours]:
    """What the station sends about the hours [start, end): NaN where it sends no key."""
    hour, was = weather.happened(start, end)
    return hour, {
        series: np.where(
            by_hour(weather.seed, f"aemet-absent-{series}", hour) < _ABSENT_BELOW,
            np.nan,
            np.round(was[series], 1),
        )
        for series, _ in _OBSERVED.values()
    }


def model_run(now: datetime) -> datetime:
    """When the forecast that stands at ``now`` was made."""
    step_s = int(MODEL_RUN.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // step_s * step_s, UTC)


def forecast_hours(weather: SimulatedWeather, *, now: datetime) -> tuple[Instants, Hours]:
    """The hours of the forecast that stands at ``now``, in the units and steps AEMET tells.

    From the model run to 06 local time of the second day after it. Temperature [°C] and humidity
    [%] are whole, wind is whole km/h, rain has one decimal [mm].
    """
    run = model_run(now)
    end = local_instant(delivery_day(run) + 2 * DAY, _LAST_HOUR) + HOUR
    hour, seen = weather.foreseen(run, end, at=run)
    return hour, {
        "temperature": np.round(seen["temperature"]),
        "humidity": np.round(seen["humidity"]),
        "wind_kmh": np.round(seen["wind_speed"] * 3.6),
        "precipitation": np.round(seen["precipitation"], 1),
    }


def public_days(first: date, last: date, *, now: datetime) -> list[date]:
    """Days from ``first`` to ``last`` whose climatology is there at ``now``."""
    return [
        day
        for day in days_between(first, last)
        if day.year in YEARS and local_instant(day + CLIMATE_DELAY, CLIMATE_AT) <= now
    ]


def _data(asked_hex: str, weather: SimulatedWeather, now: datetime) -> Answer:
    try:
        asked = bytes.fromhex(asked_hex).decode("ascii")
    except ValueError:
        asked = ""
    values = _values(asked, weather, now)
    return _envelope("datos expirados", 404) if values is None else _latin(values)


def _values(asked: str, weather: SimulatedWeather, now: datetime) -> list[dict[str, Any]] | None:
    """The list that ``asked`` leads to, None if there is nothing."""
    if (station := _STATION.fullmatch(asked)) and station[1] == CLIMATE_STATION:
        return _observations(weather, now)
    if (town := _TOWN.fullmatch(asked)) and town[1] == MUNICIPALITY:
        return _forecast(weather, now)
    days = _DAYS.fullmatch(asked)
    if days and days[3] == CLIMATE_STATION and _span_is_allowed(days[1], days[2]):
        public = public_days(*map(date.fromisoformat, days.group(1, 2)), now=now)
        return rows(weather, public[0], public[-1]) if public else None
    return None


def _span_is_allowed(first: str, last: str) -> bool:
    try:
        span = date.fromisoformat(last) - date.fromisoformat(first)
    except ValueError:
        return False
    return timedelta(0) <= span <= LONGEST_SPAN


def _observations(weather: SimulatedWeather, now: datetime) -> list[dict[str, Any]]:
    newest = (now - OBSERVATION_DELAY).replace(minute=0, second=0, microsecond=0)
    first = newest - OBSERVATION_WINDOW
    hour, sent = observed(weather, first, newest + HOUR)
    rows_there = []
    for at in range(1, hour.size):
        row: dict[str, Any] = {
            "idema": CLIMATE_STATION,
            "lon": LONGITUDE,
            "fint": f"{to_datetime(hour[at]):%Y-%m-%dT%H:%M:%S}+0000",
            "alt": ELEVATION_M,
            "lat": LATITUDE,
            "ubi": "LINARES (JAÉN) SIMULACIÓN",
        }
        for key, (series, lag) in _OBSERVED.items():
            value = sent[series][at - lag]
            if not np.isnan(value):
                row[key] = float(value)
        rows_there.append(row)
    return rows_there


def _forecast(weather: SimulatedWeather, now: datetime) -> list[dict[str, Any]]:
    run = model_run(now)
    hour, told = forecast_hours(weather, now=now)
    walls = [to_datetime(at).astimezone(MADRID) for at in hour]
    days = []
    for day in days_between(walls[0].date(), walls[-1].date()):
        of_day = [at for at, wall in enumerate(walls) if wall.date() == day]
        days.append(_forecast_day(day, [f"{walls[at].hour:02d}" for at in of_day], of_day, told))
    return [
        {
            "origen": {
                "productor": "Agencia Estatal de Meteorología - AEMET. Simulación",
                "copyright": "© Simulación: no es una predicción de AEMET.",
            },
            "elaborado": f"{run.astimezone(MADRID):%Y-%m-%dT%H:%M:%S}",
            "nombre": "Linares",
            "provincia": "Jaén",
            "prediccion": {"dia": days},
            "id": MUNICIPALITY,
            "version": "1.0",
        }
    ]


def _forecast_day(day: date, labels: list[str], at: list[int], told: Hours) -> dict[str, Any]:
    def listed(texts: list[str]) -> list[dict[str, Any]]:
        return [
            {"value": text, "periodo": label} for text, label in zip(texts, labels, strict=True)
        ]

    winds: list[dict[str, Any]] = []
    for label, kmh in zip(labels, told["wind_kmh"][at], strict=True):
        winds += [
            {"direccion": ["NE"], "velocidad": [f"{kmh:.0f}"], "periodo": label},
            {"value": f"{1.5 * kmh:.0f}", "periodo": label},
        ]
    rain = [
        "Ip" if damp >= _DAMP and mm == 0 else f"{mm:g}"
        for mm, damp in zip(told["precipitation"][at], told["humidity"][at], strict=True)
    ]
    spans = ("0107", "0713", "1319", "1901")
    return {
        "estadoCielo": [
            {"value": "12n", "periodo": label, "descripcion": "Poco nuboso"} for label in labels
        ],
        "precipitacion": listed(rain),
        "probPrecipitacion": [{"value": "", "periodo": span} for span in spans],
        "temperatura": listed([f"{celsius:.0f}" for celsius in told["temperature"][at]]),
        "humedadRelativa": listed([f"{percent:.0f}" for percent in told["humidity"][at]]),
        "vientoAndRachaMax": winds,
        "fecha": f"{day}T00:00:00",
        "orto": "07:30",
        "ocaso": "19:30",
    }


def _envelope(said: str, estado: int, **addresses: str) -> Answer:
    return _latin({"descripcion": said, "estado": estado, **addresses})


def _latin(document: Any) -> Answer:
    text = json.dumps(document, ensure_ascii=False)
    return Answer(200, text.encode("latin-1"), _CONTENT)
