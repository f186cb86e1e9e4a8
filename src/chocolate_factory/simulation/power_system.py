"""The power system behind the simulated market: demand, forecasts for a day, energy by technology.

Demand, sun, wind and must-run plant are those that make the price (``simulation.market``), so a
windy day is cheap in every series. Everything is a pure function of (seed, day); no value is a real
measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

import numpy as np

from chocolate_factory.market.calendar import (
    HOUR,
    Instants,
    day_bounds,
    days_between,
    local_days,
    periods,
    to_datetime64,
)
from chocolate_factory.market.series import Floats
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.noise import persistent, white

DEMAND_STEP = timedelta(minutes=5)
_DAY = timedelta(days=1)
Foreseen = Literal["demand", "wind", "solar"]

_ERROR: Mapping[Foreseen, float] = {"demand": 0.015, "wind": 0.14, "solar": 0.08}
"""Standard error of the forecasts for a day, as a share of what happens."""

_ROLLING_ERROR, _TREMBLE_MW = 0.006, 40.0
_NUCLEAR_GW, _COGENERATION_GW, _OTHER_RENEWABLE_GW, _WASTE_GW = 5.6, 1.3, 0.45, 0.2
_COAL_OWN_USE_GW, _THERMAL_OWN_USE_GW = 0.03, 0.05


class SimulatedPowerSystem:
    """The power system of one simulated market."""

    def __init__(self, market: SimulatedMarket) -> None:
        self._market = market
        self._errors: dict[tuple[str, int], Floats] = {}

    def demand(self, first: date, last: date) -> tuple[Instants, Floats]:
        """Starts (UTC) and measured demand [MW] every 5 minutes of the Madrid days, inclusive."""
        start, smooth_mw = self._smooth_demand_mw(first, last)
        tremble = [
            white(self._market.seed, "demand-tremble", day.toordinal(), _steps(day))
            for day in days_between(first, last)
        ]
        demand_mw: Floats = np.round(smooth_mw + _TREMBLE_MW * np.concatenate(tremble))
        return start, demand_mw

    def demand_foreseen(self, first: date, last: date) -> tuple[Instants, Floats]:
        """What the operator's rolling forecast of ``demand`` says [MW], every 5 minutes."""
        start, smooth_mw = self._smooth_demand_mw(first, last)
        hours, error = self._hourly(first - _DAY, last + _DAY, "rolling", 0.95)
        lasting = np.interp(start.astype(np.int64), hours.astype(np.int64), error)
        return start, np.round(smooth_mw * (1 + _ROLLING_ERROR * lasting))

    def demand_programmed(self, first: date, last: date) -> tuple[Instants, Floats]:
        """What the market has scheduled for ``demand`` [MW], in steps of an hour."""
        start, foreseen_mw = self.demand_foreseen(first, last)
        by_hour = foreseen_mw.reshape(-1, HOUR // DEMAND_STEP).mean(axis=1)
        stepped_mw: Floats = np.repeat(25 * np.round(by_hour / 25), HOUR // DEMAND_STEP)
        return start, stepped_mw

    def day_ahead(self, what: Foreseen, first: date, last: date) -> tuple[Instants, Floats]:
        """Hours (UTC) and the forecast [MW] that was frozen on the day before, days inclusive."""
        hours, error = self._hourly(first, last, f"day-ahead-{what}", 0.9)
        truth_mw = self.hourly_mw(what, first, last)
        frozen_mw = np.maximum(truth_mw * (1 + _ERROR[what] * error), 0)
        return hours, np.asarray(np.round(frozen_mw, 1), dtype=np.float64)

    def hourly_mw(self, what: Foreseen, first: date, last: date) -> Floats:
        """What happens [MW] hour by hour in the Madrid days ``first`` to ``last``, inclusive."""
        name = {"demand": "demand_gw", "wind": "wind_gw", "solar": "sun_gw"}[what]
        return 1000 * self._cut(first, last, name)[1]

    def generation(self, first: date, last: date) -> tuple[Instants, Mapping[str, Floats]]:
        """Local midnights (UTC) and energy of each day [MWh] by technology, days inclusive.

        NaN where a technology has no data; below zero where it takes more than it gives. The names
        are those of ``market.catalog.GENERATION``, with ``pumped`` and ``waste`` beside them;
        ``total`` is the sum of all others.
        """
        hours, sun = self._cut(first, last, "sun_gw")
        wind, must_run, gap = (
            self._cut(first, last, name)[1] for name in ("wind_gw", "must_run_gw", "gap_gw")
        )
        days, where = np.unique(local_days(hours), return_inverse=True)
        filled = np.maximum(gap, 0)
        nuclear = _NUCLEAR_GW * (1 + 0.06 * np.tanh(self._daily(days, "nuclear")))[where]
        cogeneration = _COGENERATION_GW * (1 + 0.1 * np.tanh(self._daily(days, "cogen")))[where]
        steady = nuclear + cogeneration + _OTHER_RENEWABLE_GW + _WASTE_GW
        by_hour_gw = {
            "hydro": must_run - steady + 0.10 * filled,
            "nuclear": nuclear,
            "coal": 0.04 * filled - _COAL_OWN_USE_GW,
            "combined_cycle": 0.80 * filled,
            "wind": wind,
            "solar_pv": sun,
            "solar_thermal": 0.11 * sun - _THERMAL_OWN_USE_GW,
            "other_renewable": np.full(hours.shape, _OTHER_RENEWABLE_GW),
            "cogeneration": cogeneration,
            "pumped": 0.06 * filled,
            "waste": np.full(hours.shape, _WASTE_GW),
        }
        energy: dict[str, Floats] = {
            name: np.round(1000 * np.bincount(where, gw), 3) for name, gw in by_hour_gw.items()
        }
        energy["coal"][self._daily(days, "coal") > 1] = np.nan
        energy["total"] = np.round(np.nansum(np.stack(list(energy.values())), axis=0), 3)
        midnights = [to_datetime64(day_bounds(day)[0]) for day in days.astype(object)]
        return np.array(midnights, dtype="datetime64[s]"), energy

    def _smooth_demand_mw(self, first: date, last: date) -> tuple[Instants, Floats]:
        """Hourly demand drawn as a line through the middles of its hours."""
        hours, demand_gw = self._cut(first - _DAY, last + _DAY, "demand_gw")
        middle_s = hours.astype(np.int64) + int(HOUR.total_seconds()) // 2
        start = periods(day_bounds(first)[0], day_bounds(last)[1], DEMAND_STEP)
        step_s = int(DEMAND_STEP.total_seconds())
        line = np.interp(start.astype(np.int64) + step_s // 2, middle_s, demand_gw)
        return start, 1000 * line

    def _cut(self, first: date, last: date, driver: str) -> tuple[Instants, Floats]:
        """Hours and one driver [GW] of the Madrid days ``first`` to ``last``."""
        years = [self._market.drivers(year) for year in range(first.year, last.year + 1)]
        hours = np.concatenate([year.hour for year in years])
        values: Floats = np.concatenate([getattr(year, driver) for year in years])
        inside = _inside(hours, first, last)
        return hours[inside], values[inside]

    def _hourly(self, first: date, last: date, stream: str, phi: float) -> tuple[Instants, Floats]:
        """Hours and lasting noise of unit variance of the Madrid days ``first`` to ``last``."""
        for year in range(first.year, last.year + 1):
            if (stream, year) not in self._errors:
                self._errors[stream, year] = persistent(
                    self._market.seed,
                    f"power-{stream}",
                    year,
                    phi=phi,
                    steps=lambda each: self._market.drivers(each).hour.size,
                )
        years = range(first.year, last.year + 1)
        hours = np.concatenate([self._market.drivers(year).hour for year in years])
        noise = np.concatenate([self._errors[stream, year] for year in years])
        inside = _inside(hours, first, last)
        return hours[inside], noise[inside]

    def _daily(self, days: np.ndarray[tuple[int], np.dtype[np.datetime64]], stream: str) -> Floats:
        numbers = [day.toordinal() for day in days.astype(object)]
        return np.array([white(self._market.seed, f"power-{stream}", n, 1)[0] for n in numbers])


def _inside(hours: Instants, first: date, last: date) -> slice:
    edges = [to_datetime64(day_bounds(first)[0]), to_datetime64(day_bounds(last)[1])]
    low, high = np.searchsorted(hours, edges)
    return slice(int(low), int(high))


def _steps(day: date) -> int:
    start, end = day_bounds(day)
    return (end - start) // DEMAND_STEP
