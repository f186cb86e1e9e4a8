"""A stochastic electricity market that never was: day-ahead spot and PVPC for any day.

A merit order in miniature. Demand has its daily and weekly shape, photovoltaics grow year by year
and dig the midday belly, wind comes and goes over days, gas sets the level in slow regimes. Where
demand exceeds sun, wind and must-run plant the price follows gas; where it does not, it falls to
zero and below. PVPC passes the spot on through losses, adjustment services, a forward basket and
the real 2.0TD toll. Levels and shapes are set after the Spanish market of 2023–2026 (mean 50 to
80 EUR/MWh, zero and negative hours at spring and weekend noons); no value is a real price.

Everything is a pure function of (seed, day): see ``simulation.noise``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import (
    HOUR,
    QUARTER,
    QUARTER_HOUR_MARKET_FROM,
    Instants,
    is_valley_day,
    local_days,
    local_midnight,
    local_wall,
    periods,
    to_datetime64,
    weekday,
)
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, loss_coefficient, toll_eur_kwh
from chocolate_factory.simulation.noise import persistent, white
from chocolate_factory.simulation.sun import sine_of_elevation, year_angle

MADRID_LATITUDE, MADRID_LONGITUDE = 40.4, -3.7
_QUARTERS = int(HOUR / QUARTER)
_BASKET_DAYS = 120
_FORWARD_SHARE = {2024: 0.25, 2025: 0.40}  # RD 446/2023; 0.55 from 2026, none before 2024
_PVPC_FLOOR_EUR_MWH = 3.0  # the lowest PVPC of 2021–2025 was 3.27


@dataclass(frozen=True, slots=True)
class Drivers:
    """What makes the price in one Madrid calendar year: power by hour [GW], all of shape (n,)."""

    hour: Instants
    demand_gw: Floats
    sun_gw: Floats
    wind_gw: Floats
    must_run_gw: Floats

    @property
    def gap_gw(self) -> Floats:
        """What gas has to fill; below zero a surplus."""
        return self.demand_gw - self.sun_gw - self.wind_gw - self.must_run_gw


@dataclass(frozen=True, slots=True)
class _Year:
    """One Madrid calendar year: hourly spot, spot on the market's grid, means of its days."""

    hour: Instants
    hourly_eur_mwh: Floats
    start: Instants
    spot_eur_mwh: Floats
    day_mean_eur_mwh: Floats


class SimulatedMarket:
    """The simulated market of one seed (a non-negative integer)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._years: dict[int, _Year] = {}
        self._drivers: dict[int, Drivers] = {}

    def spot(self, first: date, last: date) -> tuple[Instants, Floats]:
        """Delivery starts (UTC) and prices [EUR/MWh] of the Madrid days ``first`` to ``last``.

        Hourly, quarter-hourly from 2025-10-01; days of 23, 24 or 25 hours. Both ends included.
        """
        years = [self._year(year) for year in range(first.year, last.year + 1)]
        return _cut(
            np.concatenate([year.start for year in years]),
            np.concatenate([year.spot_eur_mwh for year in years]),
            first,
            last,
        )

    def pvpc(self, first: date, last: date) -> tuple[Instants, Floats]:
        """Delivery starts (UTC) and prices [EUR/kWh] of the Madrid days ``first`` to ``last``.

        Hourly, never negative; both ends included.

        Raises ``MissingData`` for days without a toll in ``market.tariff``.
        """
        years = range(first.year, last.year + 1)
        start, spot = _cut(
            np.concatenate([self._year(year).hour for year in years]),
            np.concatenate([self._year(year).hourly_eur_mwh for year in years]),
            first,
            last,
        )
        _, rest = _cut(
            np.concatenate([self._year(year).hour for year in years]),
            np.concatenate([self._beside_spot(year) for year in years]),
            first,
            last,
        )
        loss = loss_coefficient(Tariff.TD20, start)
        toll_eur_mwh = 1000 * toll_eur_kwh(Tariff.TD20, start)
        eur_mwh = np.maximum((spot + rest) * (1 + loss) + toll_eur_mwh, _PVPC_FLOOR_EUR_MWH)
        return start, np.round(np.round(eur_mwh, 2) / 1000, 8)

    def drivers(self, year: int) -> Drivers:
        """Demand, sun, wind and must-run plant of a Madrid calendar year, hours in UTC."""
        if year not in self._drivers:
            hour = _hours_of(year)
            day = _day_of_year(hour)
            self._drivers[year] = Drivers(
                hour,
                self._demand_gw(year, hour, day),
                self._sun_gw(year, hour, day),
                self._wind_gw(year, hour),
                self._must_run_gw(year, hour, day),
            )
        return self._drivers[year]

    def _year(self, year: int) -> _Year:
        if year not in self._years:
            self._years[year] = self._simulate(year)
        return self._years[year]

    def _simulate(self, year: int) -> _Year:
        hour = self.drivers(year).hour
        day = _day_of_year(hour)
        hourly = np.round(self._price_eur_mwh(year, day), 2)
        fine = local_days(hour) >= np.datetime64(QUARTER_HOUR_MARKET_FROM)
        quarter = np.arange(_QUARTERS) * np.timedelta64(QUARTER, "s")
        quarters = np.round(self._saw_tooth(year, hourly)[fine], 2)
        # The hour's price is the mean of what is published, not of what was rounded away.
        hourly[fine] = quarters.mean(axis=1)
        return _Year(
            hour,
            hourly,
            np.concatenate([hour[~fine], (hour[fine][:, None] + quarter).ravel()]),
            np.concatenate([hourly[~fine], quarters.ravel()]),
            np.bincount(day, hourly) / np.bincount(day),
        )

    def _price_eur_mwh(self, year: int, day: NDArray[np.int64]) -> Floats:
        """Merit order: what gas must fill decides how much of the gas price is paid."""
        gap_gw = self.drivers(year).gap_gw
        slow = self._daily(year, "gas", phi=0.985)[day]
        regime = self._daily(year, "regime", phi=0.97)[day]
        gas_eur_mwh = 92 * np.exp(0.22 * slow) * (1 + 0.45 / (1 + np.exp(-(regime - 1.5) / 0.15)))
        filled = (0.80 + 0.024 * np.maximum(gap_gw, 0)) / (1 + np.exp(-(gap_gw - 1.0) / 2.4))
        surplus = np.log1p(np.exp(-(gap_gw + 5) / 3))
        texture = 1 + 0.05 * self._hourly(year, "texture", phi=0.6)
        price = gas_eur_mwh * filled * texture - 1.6 * surplus
        # Offers at zero are many: small prices of either sign clear there.
        price = np.sign(price) * np.maximum(np.abs(price) - 1.0, 0.0)
        return np.asarray(price, dtype=np.float64)

    def _demand_gw(self, year: int, hour: Instants, day: NDArray[np.int64]) -> Floats:
        angle, wall_h = year_angle(hour), _wall_hours(hour)
        season = 27.3 + 1.9 * np.cos(angle - 0.35) + 2.6 * np.exp(-(((angle - 3.5) / 0.6) ** 2))
        shape = (
            0.90
            - 0.13 * _bump(wall_h, 4.0, 3.2)
            + 0.12 * _bump(wall_h, 11.5, 3.5)
            + 0.23 * _bump(wall_h, 20.7, 2.4)
        )
        days = local_days(hour)
        rest = np.where(is_valley_day(days), 0.10, 0.0) + np.where(weekday(days) == 6, 0.03, 0.0)
        rest *= 1 - 0.3 * _bump(wall_h, 21.0, 3.0)
        noise = 0.02 * self._daily(year, "demand-day", phi=0.8)[day]
        noise += 0.012 * self._hourly(year, "demand-hour", phi=0.9)
        return np.asarray(season * (shape - rest + noise), dtype=np.float64)

    def _sun_gw(self, year: int, hour: Instants, day: NDArray[np.int64]) -> Floats:
        time = year + year_angle(hour) / (2 * np.pi)
        capacity_gw = 8 + 46 / (1 + np.exp(-0.45 * (time - 2025)))
        middle = hour + np.timedelta64(HOUR, "s") // 2
        sine = sine_of_elevation(middle, latitude=MADRID_LATITUDE, longitude=MADRID_LONGITUDE)
        cloud = 1 / (1 + np.exp(1.5 - 0.9 * self._daily(year, "cloud", phi=0.7)))
        return np.asarray(
            capacity_gw * 0.68 * np.maximum(sine, 0) ** 1.1 * (1 - 0.8 * cloud[day]),
            dtype=np.float64,
        )

    def _wind_gw(self, year: int, hour: Instants) -> Floats:
        gusts = self._hourly(year, "wind", phi=0.975)
        return np.minimum(6.4 * np.exp(0.5 * gusts) * (1 + 0.18 * np.cos(year_angle(hour))), 21)

    def _must_run_gw(self, year: int, hour: Instants, day: NDArray[np.int64]) -> Floats:
        melt = 1.8 * np.exp(-(((year_angle(hour) - 1.75) / 0.7) ** 2))
        return np.asarray(
            10.0 + melt + 0.9 * self._daily(year, "hydro", phi=0.98)[day], dtype=np.float64
        )

    def _saw_tooth(self, year: int, hourly: Floats) -> Floats:
        """Quarter-hour prices, shape (hours, quarters), with each hour's mean kept.

        Ramps inside the hour are steeper than between hour means, and the first and last quarter
        take the strain.
        """
        slope = np.gradient(hourly)
        place = (np.arange(_QUARTERS) + 0.5) / _QUARTERS - 0.5
        jitter = white(self.seed, "quarter", year, hourly.size * _QUARTERS)
        jitter = jitter.reshape(-1, _QUARTERS)
        jitter -= jitter.mean(axis=1, keepdims=True)
        ramp = 1.3 * slope[:, None] * place
        return np.asarray(
            hourly[:, None] + ramp + 0.02 * np.abs(hourly[:, None]) * jitter, dtype=np.float64
        )

    def _beside_spot(self, year: int) -> Floats:
        """What PVPC adds to each hour's spot at the busbar [EUR/MWh], shape (hours,)."""
        this, last = self._year(year), self._year(year - 1)
        means = np.concatenate([last.day_mean_eur_mwh, this.day_mean_eur_mwh])
        total = np.concatenate([[0.0], np.cumsum(means)])
        here = np.arange(last.day_mean_eur_mwh.size, means.size)
        basket = 1.03 * (total[here - 1] - total[here - 1 - _BASKET_DAYS]) / _BASKET_DAYS
        share = _FORWARD_SHARE.get(year, 0.0 if year < 2024 else 0.55)
        forward = share * (basket - this.day_mean_eur_mwh)
        services = np.clip(9 + 4 * (year - 2023), 9, 22)
        services = services + 2.5 * self._daily(year, "services", phi=0.9)
        retail = 5.0
        return np.asarray(
            (forward + np.maximum(services, 4.0) + retail)[_day_of_year(this.hour)],
            dtype=np.float64,
        )

    def _daily(self, year: int, stream: str, *, phi: float) -> Floats:
        return persistent(self.seed, f"market-{stream}", year, phi=phi, steps=_days_in)

    def _hourly(self, year: int, stream: str, *, phi: float) -> Floats:
        return persistent(
            self.seed, f"market-{stream}", year, phi=phi, steps=lambda each: len(_hours_of(each))
        )


def _days_in(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _hours_of(year: int) -> Instants:
    return periods(local_midnight(date(year, 1, 1)), local_midnight(date(year + 1, 1, 1)), HOUR)


def _day_of_year(hour: Instants) -> NDArray[np.int64]:
    days = local_days(hour)
    numbers: NDArray[np.int64] = (days - days[0]).astype(np.int64)
    return numbers


def _wall_hours(hour: Instants) -> Floats:
    wall = local_wall(hour)
    since = wall - wall.astype("datetime64[D]").astype("datetime64[s]")
    hours: Floats = since / np.timedelta64(HOUR, "s")
    return hours


def _bump(wall_h: Floats, centre: float, width: float) -> Floats:
    """A bell over the clock face, 1 at ``centre``."""
    away = np.angle(np.exp(1j * (wall_h - centre) * np.pi / 12)) * 12 / np.pi
    return np.asarray(np.exp(-((away / width) ** 2) / 2), dtype=np.float64)


def _cut(start: Instants, value: Floats, first: date, last: date) -> tuple[Instants, Floats]:
    edges = [local_midnight(first), local_midnight(last + timedelta(days=1))]
    low, high = np.searchsorted(start, [to_datetime64(edge) for edge in edges])
    return start[low:high], value[low:high]
