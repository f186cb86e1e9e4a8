"""Weather of Linares that never was: what happened, and what a model run foresaw.

Yearly and daily cycles with noise that lasts for days: summers up to 41 °C, mild winters, rain
rare and in wet spells, humidity against temperature through the dew point, radiation from the
sun's height and the clouds, pressure at station level (about 515 m) and reduced to the sea. No
value is a real measurement. Everything is a pure function of (seed, hour), a forecast of (seed,
model run, hour).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import numpy as np

from chocolate_factory.market.calendar import HOUR, Instants, periods, to_datetime64
from chocolate_factory.market.series import Floats
from chocolate_factory.simulation.noise import persistent, white
from chocolate_factory.simulation.sun import clear_sky_w_m2, sine_of_elevation, year_angle

LATITUDE, LONGITUDE, ELEVATION_M = 38.09, -3.64, 515.0
MODEL_RUN = timedelta(hours=6)
LONGEST_LEAD = timedelta(days=17)
_ERROR_LASTS = 6  # hours over which a forecast errs in the same direction

Hours = Mapping[str, Floats]
"""Values by series name of ``market.catalog`` in its unit, one per hour."""


class SimulatedWeather:
    """The simulated weather of one seed (a non-negative integer)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._years: dict[int, tuple[Instants, Hours]] = {}

    def happened(self, start: datetime, end: datetime) -> tuple[Instants, Hours]:
        """Hours [start, end) as they were: starts (UTC) and values.

        Precipitation is the hour's sum and radiation its mean; the rest is as at its start.
        """
        years = [self._year(year) for year in range(start.year, end.year + 1)]
        hour = np.concatenate([hours for hours, _ in years])
        low, high = np.searchsorted(hour, [to_datetime64(start), to_datetime64(end)])
        return hour[low:high], {
            name: np.concatenate([values[name] for _, values in years])[low:high]
            for name in years[0][1]
        }

    def foreseen(self, start: datetime, end: datetime, *, at: datetime) -> tuple[Instants, Hours]:
        """Hours [start, end) as known at ``at``: the past as it was, the future as forecast.

        The forecast is that of the last model run; its error grows with the lead time.

        Raises ``ValueError`` if ``end`` lies beyond the longest lead.
        """
        if end > at + LONGEST_LEAD - MODEL_RUN:
            raise ValueError(f"no model run reaches {end.isoformat()}")
        hour, truth = self.happened(start, end)
        run = int(at.timestamp() // MODEL_RUN.total_seconds())
        began = np.datetime64(run * int(MODEL_RUN.total_seconds()), "s")
        ahead = hour >= to_datetime64(at)
        lead = np.where(ahead, hour - began, np.timedelta64(0, "s"))
        spread = np.sqrt(lead / np.timedelta64(1, "D"))

        def error(stream: str) -> Floats:
            drawn = white(self.seed, f"forecast-{stream}", run, LONGEST_LEAD // HOUR)
            lasting = np.convolve(drawn, np.full(_ERROR_LASTS, _ERROR_LASTS**-0.5))
            drift: Floats = spread * lasting[lead // np.timedelta64(HOUR, "s")]
            return np.where(ahead, drift, 0.0)

        warmer = 0.9 * error("temperature")
        clearer = np.exp(-0.12 * np.abs(error("radiation")))
        return hour, _plausible(
            {
                "temperature": truth["temperature"] + warmer,
                "humidity": truth["humidity"] - 2.5 * warmer + 3.0 * error("humidity"),
                "wind_speed": truth["wind_speed"] * np.exp(0.15 * error("wind")),
                "precipitation": truth["precipitation"] * np.exp(0.4 * error("rain")),
                "solar_radiation": truth["solar_radiation"] * clearer,
                "station_pressure": truth["station_pressure"] + 0.8 * error("pressure"),
            }
        )

    def _year(self, year: int) -> tuple[Instants, Hours]:
        if year not in self._years:
            hour = _hours_of(year)
            self._years[year] = hour, _plausible(self._simulate(year, hour))
        return self._years[year]

    def _simulate(self, year: int, hour: Instants) -> dict[str, Floats]:
        day = (hour.astype("datetime64[D]") - np.datetime64(date(year, 1, 1))).astype(np.int64)
        season = -np.cos(year_angle(hour) - 0.40)  # −1 late in January, +1 late in July
        middle = hour + np.timedelta64(HOUR, "s") // 2
        sine = sine_of_elevation(middle, latitude=LATITUDE, longitude=LONGITUDE)
        noon_h = 12 - LONGITUDE / 15
        warmest = np.cos((_utc_hours(hour) - noon_h - 2.6) * np.pi / 12)

        wet = self._daily(year, "wet", phi=0.65)[day] - 0.95 - 0.75 * season
        front = self._hourly(year, "front", phi=0.8)
        raining = (wet > 0) & (front > 0.4)
        cloud = 1 / (1 + np.exp(-(1.6 * wet + 0.3 + 0.5 * front)))
        clear = 1 - 0.72 * cloud

        warmth = self._daily(year, "warmth", phi=0.82)[day]
        temperature = 17.9 + 9.8 * season + 2.7 * warmth
        temperature += (5.2 + 1.8 * season) * clear * warmest
        temperature += 0.5 * self._hourly(year, "air", phi=0.9)
        dew = 5.5 + 3.4 * season + 1.2 * warmth + 2.2 * self._daily(year, "dew", phi=0.8)[day]
        dew += 3.5 * cloud
        return {
            "temperature": temperature,
            "humidity": 100 * _saturation(np.minimum(dew, temperature)) / _saturation(temperature),
            "wind_speed": 2.1
            * np.exp(0.48 * self._hourly(year, "wind", phi=0.94))
            * (1 + 0.35 * warmest),
            "precipitation": np.where(raining, np.exp(0.8 * front - 1.3 + 0.3 * wet), 0.0),
            "solar_radiation": clear_sky_w_m2(sine) * clear,
            "station_pressure": 955.5
            - 1.5 * season
            + 4.2 * self._daily(year, "pressure", phi=0.85)[day]
            - 1.5 * np.clip(wet, -1, 2),
        }

    def _daily(self, year: int, stream: str, *, phi: float) -> Floats:
        return persistent(self.seed, f"weather-{stream}", year, phi=phi, steps=_days_in)

    def _hourly(self, year: int, stream: str, *, phi: float) -> Floats:
        return persistent(
            self.seed, f"weather-{stream}", year, phi=phi, steps=lambda each: len(_hours_of(each))
        )


def _plausible(values: dict[str, Floats]) -> Hours:
    """Rounded as a weather service does, and inside what air can do; pressure at both levels."""
    temperature = np.round(values["temperature"], 1)
    station_pressure = np.round(values["station_pressure"], 1)
    return {
        "temperature": temperature,
        "humidity": np.clip(np.round(values["humidity"]), 5, 100),
        "wind_speed": np.round(values["wind_speed"], 2),
        "precipitation": np.round(values["precipitation"], 1),
        "solar_radiation": np.round(values["solar_radiation"], 1),
        "station_pressure": station_pressure,
        "sea_level_pressure": np.round(_sea_level(station_pressure, temperature), 1),
    }


def _sea_level(station_hpa: Floats, celsius: Floats) -> Floats:
    """Pressure [hPa] at the sea of air that has ``station_hpa`` and ``celsius`` at the station.

    The barometric formula with the standard lapse rate of 6.5 K/km (WMO-No. 8, reduction of
    pressure at low stations).
    """
    below = 0.0065 * ELEVATION_M
    return np.asarray(
        station_hpa * (1 - below / (celsius + below + 273.15)) ** -5.257, dtype=np.float64
    )


def _saturation(celsius: Floats) -> Floats:
    """Saturation vapour pressure [hPa] at a temperature [°C] (Magnus, coefficients of Alduchov
    and Eskridge, 1996)."""
    return np.asarray(6.1094 * np.exp(17.625 * celsius / (243.04 + celsius)), dtype=np.float64)


def _days_in(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _hours_of(year: int) -> Instants:
    return periods(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC), HOUR)


def _utc_hours(hour: Instants) -> Floats:
    since = hour - hour.astype("datetime64[D]").astype("datetime64[s]")
    hours: Floats = since / np.timedelta64(HOUR, "s")
    return hours
