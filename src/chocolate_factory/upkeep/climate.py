"""The climate as it is stored: SIAR's days, the hourly weather, and the prices beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from chocolate_factory.insights.climatology import DailyValues, Record, daily_means, joined
from chocolate_factory.market.calendar import HOUR, delivery_day, delivery_periods, local_midnight
from chocolate_factory.market.catalog import DAY, SIAR_STATIONS, spec
from chocolate_factory.market.series import Floats, Series, SeriesKey
from chocolate_factory.pipeline import OBSERVED
from chocolate_factory.sources.siar import VARIABLES
from chocolate_factory.store.base import Coverage, Store

SIAR_KEYS = tuple(
    SeriesKey(variable.series, station) for variable in VARIABLES for station in SIAR_STATIONS
)


@dataclass(frozen=True, slots=True, eq=False)
class Climate:
    """SIAR's daily record by variable; ``missing`` names what nothing is stored of."""

    record: Record
    missing: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True, slots=True, eq=False)
class WeatherAndPrices:
    """Days of a price beside days of weather.

    ``price`` None if no day of it is known whole. ``weather``: SIAR's days first, then daily means
    of the hourly weather that was measured or analysed, by name. ``missing`` says what is not
    there, or only in part.
    """

    market: SeriesKey
    price: DailyValues | None
    weather: tuple[DailyValues, ...]
    missing: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True, slots=True)
class DayOfWeather:
    """The weather of one Madrid day, once every hour of it is measured, analysed or foretold.

    ``values`` by the name of the daily variable they compare with, in its unit; empty for what an
    hour is missing of, which ``missing`` names. ``foretold_hours`` of ``hours`` rest on a forecast.
    """

    day: date
    hours: int
    foretold_hours: int
    values: tuple[tuple[str, float], ...]
    missing: tuple[str, ...]


def climate(store: Store, *, as_of: datetime) -> Climate:
    """Everything stored of SIAR's stations."""
    held = {told.key: told for told in store.coverage()}
    record: dict[str, DailyValues] = {}
    missing, simulated = [], False
    for variable in VARIABLES:
        told = [
            _whole(store, held, SeriesKey(variable.series, station), as_of)
            for station in SIAR_STATIONS
        ]
        simulated = simulated or any(series.simulated for series in told if series is not None)
        values = joined([series for series in told if series is not None])
        if values is None:
            missing.append(
                f"{variable.series} ({', '.join(SIAR_STATIONS)}): no day is stored; import SIAR's "
                "files, or set CHOCOLATE_FACTORY_SIAR_KEY"
            )
        else:
            record[variable.series] = values
    return Climate(record, tuple(missing), simulated)


def weather_and_prices(
    store: Store, market: SeriesKey, keys: Sequence[SeriesKey], *, as_of: datetime
) -> WeatherAndPrices:
    """The days of ``market`` beside SIAR's and those of the hourly weather ``keys``."""
    held = {told.key: told for told in store.coverage()}
    daily = climate(store, as_of=as_of)
    missing = list(daily.missing)
    prices = _whole(store, held, market, as_of)
    price, partly = (None, 0) if prices is None else daily_means(prices)
    if price is None:
        missing.append(f"{market}: no day is stored whole; ingest or import its prices")
    missing += _said(market, partly)
    weather = list(daily.record.values())
    for key in keys:
        hours = _whole(store, held, key, as_of)
        days, partly = (None, 0) if hours is None else daily_means(hours)
        if days is None:
            missing.append(f"{key}: no day is stored whole; ingest or import its weather")
        else:
            weather.append(days)
        missing += _said(key, partly)
    simulated = daily.simulated or (prices is not None and prices.simulated)
    return WeatherAndPrices(market, price, tuple(weather), tuple(missing), simulated)


def day_of_weather(store: Store, keys: Sequence[SeriesKey], *, as_of: datetime) -> DayOfWeather:
    """The weather of the day of ``as_of``, measured so far and foretold for the rest."""
    day = delivery_day(as_of)
    hours = delivery_periods(day, HOUR)
    values: list[tuple[str, float]] = []
    missing: list[str] = []
    foretold: set[int] = set()
    for key in keys:
        if key.name not in _OF_THE_DAY:
            continue
        told = store.read(key, local_midnight(day), local_midnight(day + DAY), as_of=as_of)
        there = np.isin(hours, told.start)
        if not there.all():
            missing.append(f"{key} on {day}: {int((~there).sum())} of {hours.size} hours")
            continue
        foretold |= set(np.flatnonzero(~np.isin(told.kind, [str(kind) for kind in OBSERVED])))
        values += _values(key.name, told.value)
    return DayOfWeather(day, hours.size, len(foretold), tuple(values), tuple(missing))


_OF_THE_DAY = ("temperature", "humidity", "precipitation")


def _values(name: str, hourly: Floats) -> Iterator[tuple[str, float]]:
    match name:
        case "temperature":
            yield from _three("temp", hourly)
        case "humidity":
            yield from _three("humidity", hourly)
        case "precipitation":
            yield "precipitation_day", float(hourly.sum())


def _three(name: str, hourly: Floats) -> Iterator[tuple[str, float]]:
    yield f"{name}_mean", float(hourly.mean())
    yield f"{name}_max", float(hourly.max())
    yield f"{name}_min", float(hourly.min())


def _whole(
    store: Store, held: dict[SeriesKey, Coverage], key: SeriesKey, as_of: datetime
) -> Series | None:
    """All that was observed of a series; None if nothing was."""
    stored = held.get(key)
    if stored is None or stored.first is None or stored.last is None:
        return None
    end = stored.last + spec(key).resolution(delivery_day(stored.last))
    told = store.read(key, stored.first, end, as_of=as_of, kinds=OBSERVED)
    return told if len(told) else None


def _said(key: SeriesKey, partly: int) -> Iterator[str]:
    if partly:
        yield f"{key}: days stored in part and left out: {partly}"
