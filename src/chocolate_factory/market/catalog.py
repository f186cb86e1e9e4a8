"""The catalogue: every series the system knows, its unit, resolution, publication rule and bounds.

Parsers convert to the unit given here; gaps, inferred publication times and plausibility checks
all follow from these entries, so a rule stands in one place.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import (
    HOUR,
    QUARTER,
    QUARTER_HOUR_MARKET_FROM,
    Instants,
    day_bounds,
    local_instant,
    local_instants,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.series import SeriesKey

PENINSULA = "peninsula"
LINARES = "linares"
GIVEN = "file"
"""The place of prices that a user gives and the catalogue does not know."""
PVPC = SeriesKey("pvpc", PENINSULA)
SPOT = SeriesKey("spot", PENINSULA)
GAS = SeriesKey("gas", "iberia")
"""Day-ahead price of natural gas, by the day it is delivered on."""
CO2_ALLOWANCE = SeriesKey("co2_allowance", "europe")
"""Price of the right to emit a tonne, by the day it is traded on."""

CLIMATE_STATION = "5279X"
"""AEMET's station in Linares, by whose name its daily climatology goes."""
SIAR_STATIONS = ("J09", "J17")
"""SIAR's stations in Linares, one after the other: 2000 to 2017, and since 2018."""
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
NIGHT_HOURS_UTC = range(8)
"""Hours [UTC] in which the station is believed before the weather service."""


@dataclass(frozen=True, slots=True)
class DueTime:
    """When the values of a Madrid day are due: at a local time, ``days`` after it."""

    days: int
    at: time

    def __call__(self, day: date) -> datetime:
        """The instant (UTC) for one day."""
        return local_instant(day + self.days * DAY, self.at)

    def instants(self, days: NDArray[np.datetime64]) -> Instants:
        """The instants (UTC) for an array of ``datetime64[D]``."""
        return local_instants(days + self.days, self.at)


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """What is true of every value of a series name, wherever it is measured.

    ``resolution(day)`` is the length of a delivery period on that day; ``published_at(day)``
    the instant (UTC) at which the values of that day are due. ``low`` and ``high`` bound what is
    plausible in ``unit``; ``sources`` orders who is believed first when several speak,
    ``night_sources`` the same for periods that start in ``NIGHT_HOURS_UTC``, if that differs.
    """

    name: str
    unit: str
    resolution: Callable[[date], timedelta]
    published_at: DueTime
    low: float
    high: float
    sources: tuple[str, ...]
    night_sources: tuple[str, ...] | None = None
    trickle: timedelta | None = None
    """Where values come period by period: how long after its end each is due, whatever the day."""
    clock: Clock = MADRID_CLOCK
    """Whose days these are."""
    forgiving: bool = False
    """Whether a service's answer loses its implausible values only, not all: weather."""

    def preferred(self, *, night: bool) -> tuple[str, ...]:
        """Names of sources, the one believed first in front; simulated ones rank as their model."""
        return self.night_sources if night and self.night_sources is not None else self.sources

    def grid(self, first: date, last: date) -> tuple[Instants, NDArray[np.int64]]:
        """Delivery starts and resolutions [s] expected from ``first`` to ``last``, inclusive."""
        days = np.datetime64(first, "D") + np.arange((last - first).days + 1)
        midnights = self.clock.instants(np.append(days, days[-1:] + 1))
        steps_s = _lengths_s(self.resolution, days)
        count = -(-np.diff(midnights).astype(np.int64) // steps_s)
        of_day = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        resolution_s = np.repeat(steps_s, count)
        since_midnight = (of_day * resolution_s).astype("timedelta64[s]")
        return np.repeat(midnights[:-1], count) + since_midnight, resolution_s

    def delivery_starts(self, day: date) -> Instants:
        """Starts of the delivery periods of one day, UTC."""
        return self.grid(day, day)[0]

    def availability(
        self, start: Instants, received_at: datetime, *, delay: timedelta = timedelta(0)
    ) -> tuple[Instants, NDArray[np.bool_]]:
        """When values received at ``received_at`` became known, and whether that is inferred.

        A value received within a day of its publication time became known when it was received;
        one received later is history: it counts as known from its publication time (inferred).
        ``delay`` is how much later than the rule its source publishes.
        """
        received = to_datetime64(received_at)
        published = self.inferred_available_at(start) + np.timedelta64(delay, "s")
        inferred = published < received - np.timedelta64(1, "D")
        return np.where(inferred, published, received), inferred

    def inferred_available_at(self, start: Instants) -> Instants:
        """Publication time by the rule for each delivery start, UTC."""
        if self.trickle is not None:
            ends: Instants = start + self.resolutions_s(start).astype("timedelta64[s]")
            return ends + np.timedelta64(self.trickle, "s")
        return self.published_at.instants(self.clock.days(start))

    def resolutions_s(self, start: Instants) -> NDArray[np.int64]:
        """Length [s] of the delivery periods on the day of each start."""
        return _lengths_s(self.resolution, self.clock.days(start))

    def outside(self, value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which values are outside the bounds, shape (n,)."""
        return ~((value >= self.low) & (value <= self.high))

    def check(
        self, start: Instants, resolution_s: NDArray[np.int64], value: NDArray[np.float64]
    ) -> None:
        """Raise ``SeriesInvalid`` at the first value off the grid or outside the bounds."""
        outside = self.outside(value)
        if outside.any():
            at = int(np.argmax(outside))
            raise SeriesInvalid(
                f"{self.name}: {value[at]:g} {self.unit} at {to_datetime(start[at]).isoformat()} "
                f"is not plausible (expected {self.low:g} to {self.high:g})"
            )
        due_s = self.resolutions_s(start)
        wrong = resolution_s != due_s
        if wrong.any():
            at = int(np.argmax(wrong))
            raise SeriesInvalid(
                f"{self.name}: {to_datetime(start[at]).isoformat()} has a period of "
                f"{resolution_s[at]} s, that day's periods last {due_s[at]} s"
            )
        since_midnight_s = (self.clock.wall(start) - self.clock.days(start)).astype(np.int64)
        off = since_midnight_s % resolution_s != 0
        if off.any():
            at = int(np.argmax(off))
            raise SeriesInvalid(
                f"{self.name}: {to_datetime(start[at]).isoformat()} is not the start of a delivery "
                f"period of {resolution_s[at]} s"
            )


def _lengths_s(
    rule: Callable[[date], timedelta], days: NDArray[np.datetime64]
) -> NDArray[np.int64]:
    """What ``rule`` says of each ``datetime64[D]`` [s]; the rules known here without a loop."""
    if rule in _STEADY:
        return np.full(days.shape, int(_STEADY[rule].total_seconds()), dtype=np.int64)
    if rule is _market_time_unit:
        quarterly = days >= np.datetime64(QUARTER_HOUR_MARKET_FROM)
        return np.where(quarterly, QUARTER // SECOND, HOUR // SECOND)
    if rule is _daily:
        start, end = local_instants(days, time()), local_instants(days + 1, time())
        return (end - start).astype(np.int64)
    distinct, where = np.unique(days, return_inverse=True)
    steps_s = [rule(day) // SECOND for day in distinct.astype(object)]
    return np.array(steps_s, dtype=np.int64)[where]


def _hourly(_: date) -> timedelta:
    return HOUR


def _quarterly(_: date) -> timedelta:
    return QUARTER


def _five_minutes(_: date) -> timedelta:
    return timedelta(minutes=5)


_STEADY = {_hourly: HOUR, _quarterly: QUARTER, _five_minutes: timedelta(minutes=5)}


def _daily(day: date) -> timedelta:
    start, end = day_bounds(day)
    return end - start


def _market_time_unit(day: date) -> timedelta:
    return QUARTER if day >= QUARTER_HOUR_MARKET_FROM else HOUR


def _day_before_at(at: time) -> DueTime:
    return DueTime(-1, at)


def _next_day_at(at: time, *, days: int = 1) -> DueTime:
    return DueTime(days, at)


_PRICE_SOURCES = ("price-file", "esios", "omie", "ree")
_BY_DAY = ("openweathermap", "aemet", "open-meteo")
_BY_NIGHT = ("aemet", "openweathermap", "open-meteo")

_WEATHER = {  # name: (unit, low, high)
    "temperature": ("degC", -40.0, 60.0),
    "humidity": ("%", 0.0, 100.0),
    "wind_speed": ("m/s", 0.0, 120.0),
    "precipitation": ("mm", 0.0, 500.0),
    "solar_radiation": ("W/m2", 0.0, 1500.0),
    "station_pressure": ("hPa", 700.0, 1100.0),
    "sea_level_pressure": ("hPa", 850.0, 1100.0),
}

_TECHNOLOGIES = (
    "hydro", "nuclear", "coal", "combined_cycle", "wind", "solar_pv", "solar_thermal",
    "other_renewable", "cogeneration", "total",
)  # fmt: skip
GENERATION = {name: SeriesKey(f"generation_{name}", PENINSULA) for name in _TECHNOLOGIES}
"""Energy generated in a day by technology; ``total`` is REE's own sum and part of no other."""
DEMAND = SeriesKey("demand", PENINSULA)
DAY_AHEAD = {
    name: SeriesKey(f"{name}_day_ahead", PENINSULA) for name in ("demand", "wind", "solar")
}
"""REE's forecasts for a day, frozen on the day before (ESIOS 1775, 1777, 1779)."""

_CLIMATE = {
    "temp_mean": ("degC", -40.0, 60.0),
    "temp_max": ("degC", -40.0, 60.0),
    "temp_min": ("degC", -40.0, 60.0),
    "humidity_mean": ("%", 0.0, 100.0),
    "humidity_max": ("%", 0.0, 100.0),
    "humidity_min": ("%", 0.0, 100.0),
    "wind_speed_mean": ("m/s", 0.0, 120.0),
    "wind_gust_max": ("m/s", 0.0, 120.0),
    "precipitation_day": ("mm", 0.0, 1000.0),
    "sunshine": ("h", 0.0, 24.0),
    "station_pressure_max": ("hPa", 700.0, 1100.0),
    "station_pressure_min": ("hPa", 700.0, 1100.0),
}

_SIAR_DAILY = {
    "temp_mean": ("degC", -40.0, 60.0),
    "temp_max": ("degC", -40.0, 60.0),
    "temp_min": ("degC", -40.0, 60.0),
    "humidity_mean": ("%", 0.0, 100.0),
    "humidity_max": ("%", 0.0, 100.0),
    "humidity_min": ("%", 0.0, 100.0),
    "wind_speed_mean": ("m/s", 0.0, 120.0),
    "wind_direction_mean": ("deg", 0.0, 360.0),
    "wind_speed_max": ("m/s", 0.0, 120.0),
    "wind_direction_max": ("deg", 0.0, 360.0),
    "radiation": ("MJ/m2", 0.0, 60.0),
    "precipitation_day": ("mm", 0.0, 1000.0),
    "precipitation_effective": ("mm", 0.0, 1000.0),
    "evapotranspiration": ("mm", 0.0, 50.0),
}

SITE_POWER = SeriesKey("site_power", "site")
"""Mean power that the site draws from the grid, by its meter."""

METER_QUARTERS, METER_HOURS = "meter-quarters", "meter-hours"
"""Who told it: readings by the quarter-hour, or by the hour, which say nothing of excess power."""

SPECS: dict[str, SeriesSpec] = {
    "site_power": SeriesSpec(
        "site_power", "kW", _quarterly, _next_day_at(time(12, 0)), 0.0, 1e5,
        (METER_QUARTERS, METER_HOURS),
    ),
    "pvpc": SeriesSpec(
        "pvpc", "EUR/kWh", _hourly, _day_before_at(time(20, 15)), -0.5, 5.0, _PRICE_SOURCES
    ),
    "spot": SeriesSpec(
        "spot", "EUR/MWh", _market_time_unit, _day_before_at(time(13, 0)), -500.0, 4000.0,
        _PRICE_SOURCES,
    ),
    "gas": SeriesSpec(
        "gas", "EUR/MWh", _daily, _next_day_at(time(0, 0)), -50.0, 1000.0, ("fuel-file",)
    ),
    "co2_allowance": SeriesSpec(
        "co2_allowance", "EUR/t", _daily, _next_day_at(time(0, 0)), 0.0, 1000.0, ("fuel-file",)
    ),
    **{
        name: SeriesSpec(
            name, unit, _hourly, _next_day_at(time(2, 0)), low, high, _BY_DAY, _BY_NIGHT,
            trickle=2 * HOUR, forgiving=True,
        )
        for name, (unit, low, high) in _WEATHER.items()
    },
    **{
        key.name: SeriesSpec(
            key.name, "MWh", _daily, _next_day_at(time(0, 0), days=2), -1e5, 2e6, ("ree",)
        )
        for key in GENERATION.values()
    },
    "demand": SeriesSpec(
        "demand", "MW", _five_minutes, _next_day_at(time(2, 0)), 0.0, 1e5, ("ree",),
        trickle=2 * HOUR,
    ),
    **{
        key.name: SeriesSpec(
            key.name, "MW", _hourly, _day_before_at(time(18, 0)), 0.0, 1e5, ("esios",)
        )
        for key in DAY_AHEAD.values()
    },
    **{
        name: SeriesSpec(
            name, unit, _daily, _next_day_at(time(8, 0)), low, high, ("siar",), forgiving=True
        )
        for name, (unit, low, high) in _SIAR_DAILY.items()
    },
    **{
        f"{name}@{CLIMATE_STATION}": SeriesSpec(
            name, unit, _daily, _next_day_at(time(8, 0), days=5), low, high, ("aemet",),
            forgiving=True,
        )
        for name, (unit, low, high) in _CLIMATE.items()
    },
}  # fmt: skip
"""By name; where a place has rules of its own, by ``name@place``."""


_BEGAN = {
    **dict.fromkeys(_SIAR_DAILY, date(2000, 8, 24)),
    **dict.fromkeys(_WEATHER, date(1940, 1, 2)),  # the reanalysis
    **dict.fromkeys((key.name for key in GENERATION.values()), date(2014, 1, 1)),
    **dict.fromkeys((key.name for key in DAY_AHEAD.values()), date(2019, 1, 1)),
    "demand": date(2017, 1, 1),
    "pvpc": date(2014, 4, 1),
    "spot": date(1998, 1, 1),
}
_PLACE_BEGAN = {CLIMATE_STATION: date(2000, 1, 1), "J17": date(2018, 6, 13)}


def began(key: SeriesKey) -> date | None:
    """The first Madrid day of which anything was ever published; None where nobody can say.

    PVPC exists since 2014-04-01, the market since 1998-01-01; generation, demand and the
    climatology are asked for from the first day here, SIAR's stations measured from theirs.
    """
    return _PLACE_BEGAN.get(key.place) or _BEGAN.get(key.name)


GIVEN_ENDINGS = ("_eur_kwh", "_eur_mwh")
"""How the name of a price that a user gives says its unit."""
_GIVEN_UNIT = re.compile(r"_([a-z]{3})_(?:per_)?([km])wh$", re.ASCII)
_MOST_EUR_KWH, _MOST_OF_ANY_KWH = 10.0, 1e6


def given_unit(name: str) -> tuple[str, float] | None:
    """The unit that the name of a price ends in, and the largest plausible price; or nothing.

    A euro or any other currency, by its ISO 4217 code, per kWh or MWh. Beyond 10 EUR/kWh no price
    is plausible; of a currency that may be worth little, beyond a million.
    """
    found = _GIVEN_UNIT.search(name)
    if found is None:
        return None
    from babel.numbers import is_currency  # noqa: PLC0415 - takes a tenth of a second

    currency, energy = found[1].upper(), "kWh" if found[2] == "k" else "MWh"
    if not is_currency(currency):
        return None
    most = _MOST_EUR_KWH if currency == "EUR" else _MOST_OF_ANY_KWH
    return f"{currency}/{energy}", most if energy == "kWh" else 1000.0 * most


def given_spec(
    name: str, resolution: Callable[[date], timedelta], clock: Clock = MADRID_CLOCK
) -> SeriesSpec:
    """What is true of a price series that a user gives, whose days are those of ``clock``.

    Its unit is the ending of ``name`` (``given_unit``). When it was published nobody says: it
    counts as known when the delivery day is over.

    Raises ``SeriesInvalid`` for a name without a unit.
    """
    said = given_unit(name)
    if said is None:
        raise SeriesInvalid(f"{name!r} does not end in its unit: {' or '.join(GIVEN_ENDINGS)}")
    unit, bound = said
    known = _next_day_at(time(0, 0))
    return SeriesSpec(name, unit, resolution, known, -bound, bound, ("price-file",), clock=clock)


def spec(key: SeriesKey | str) -> SeriesSpec:
    """The catalogue entry of a series.

    Raises ``SeriesInvalid`` with the nearest names, or all known ones, if there is none.
    """
    name = str(key).partition("@")[0]
    for known_as in (str(key), name, f"{name}@{CLIMATE_STATION}"):
        if known_as in SPECS:
            return SPECS[known_as]
    known = sorted({entry.name for entry in SPECS.values()})
    near = get_close_matches(name, known)
    if near:
        raise SeriesInvalid(f"no series named {name!r}; did you mean {' or '.join(near)}?")
    names = textwrap.fill(", ".join(known), 90, initial_indent="  ", subsequent_indent="  ")
    raise SeriesInvalid(f"no series named {name!r}; known:\n{names}")
