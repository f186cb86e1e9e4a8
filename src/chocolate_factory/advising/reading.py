"""Stored values → what the advice works on: prices the plant pays, weather, moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import MissingData
from chocolate_factory.insights.advice.moment import Moments
from chocolate_factory.insights.advice.trace import PriceTrace
from chocolate_factory.insights.paid import settled_prices
from chocolate_factory.market.calendar import HOUR, QUARTER, Instants, to_datetime
from chocolate_factory.market.catalog import LINARES
from chocolate_factory.market.contract import Contract, price_eur_kwh
from chocolate_factory.market.series import Floats, Series, SeriesKey
from chocolate_factory.planning.plant import Plant
from chocolate_factory.store.base import Store

TEMPERATURE, HUMIDITY = SeriesKey("temperature", LINARES), SeriesKey("humidity", LINARES)

_ALWAYS = np.datetime64(0, "s")
"""Since when the prices of a contract that follows no market are known."""


@dataclass(frozen=True, slots=True, eq=False)
class Weather:
    """Air at the plant by clock hour: hour starts (UTC, increasing) and values, shape (n,)."""

    temperature_at: Instants
    temperature_c: Floats
    humidity_at: Instants
    humidity_pct: Floats

    def at(self, instants: Instants) -> tuple[Floats, Floats]:
        """Temperature [°C] and humidity [%] of the hour of each instant, NaN where unknown."""
        return (
            _of_hour(self.temperature_at, self.temperature_c, instants),
            _of_hour(self.humidity_at, self.humidity_pct, instants),
        )


def read_trace(
    store: Store, contract: Contract, start: datetime, end: datetime, *, as_of: datetime
) -> tuple[PriceTrace, bool]:
    """What a kWh costs in [start, end) as known at ``as_of``, and whether any of it is simulated.

    Days before a regulated term of the contract is known are left out.
    """
    if contract.market is None:
        paid = settled_prices(contract, start, end)
        known_from = np.full(paid.start.shape, _ALWAYS)
        return PriceTrace(paid.start, paid.resolution_s, paid.eur_kwh, known_from), False
    told = store.read(contract.market, start, end, as_of=as_of)
    return trace_of(told, contract), told.simulated


def trace_of(told: Series, contract: Contract) -> PriceTrace:
    """The prices of a market series under ``contract``, from the day its terms are known."""
    try:
        eur_kwh = price_eur_kwh(contract, told.start, told.value, of=told.key)
    except MissingData as fault:  # each term says until when it is not known
        known_from = max(gap.end for gap in fault.gaps)
        return trace_of(told.between(known_from, to_datetime(told.start[-1]) + HOUR), contract)
    return PriceTrace(told.start, told.resolution_s, eur_kwh, told.available_at)


def read_weather(store: Store, start: datetime, end: datetime, *, as_of: datetime) -> Weather:
    """The weather of [start, end) as known at ``as_of``; empty where none is stored."""
    temperature = store.read(TEMPERATURE, start, end, as_of=as_of)
    humidity = store.read(HUMIDITY, start, end, as_of=as_of)
    return Weather(temperature.start, temperature.value, humidity.start, humidity.value)


def moments(trace: PriceTrace, rows: NDArray[np.int64], plant: Plant, weather: Weather) -> Moments:
    """The beginnings of the delivery periods ``rows`` of ``trace``, at their own prices."""
    start = trace.start[rows]
    temperature_c, humidity_pct = weather.at(start)
    return Moments(
        instants=start,
        period_end=start + trace.resolution_s[rows].astype("timedelta64[s]"),
        eur_kwh=trace.eur_kwh[rows],
        temperature_c=temperature_c,
        humidity_pct=humidity_pct,
        staffed=staffed(plant, start),
    )


def staffed(plant: Plant, instants: Instants) -> Floats:
    """Share of the hour from each instant in which operators are there."""
    quarter = np.timedelta64(QUARTER, "s")
    share = [plant.staffed(instants + n * quarter).astype(np.float64) for n in range(4)]
    mean: Floats = np.mean(share, axis=0)
    return mean


def _of_hour(starts: Instants, values: Floats, instants: Instants) -> Floats:
    found = np.full(instants.shape, np.nan)
    if starts.size:
        hour = instants.astype("datetime64[h]").astype("datetime64[s]")
        place = np.clip(np.searchsorted(starts, hour), 0, starts.size - 1)
        there = starts[place] == hour
        found[there] = values[place[there]]
    return found
