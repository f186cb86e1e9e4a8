"""The hybrid weather: station by night, weather service by day, the keyless model when both fail.

The preference is the catalogue's and holds wherever weather is read; here each value is told with
its provenance. Station and sea-level pressure are two series and never stand in for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.market.catalog import NIGHT_HOURS_UTC, spec
from chocolate_factory.market.series import Kind, SeriesKey
from chocolate_factory.sources.aemet.forecast import AemetForecast
from chocolate_factory.sources.aemet.observation import AemetObservation
from chocolate_factory.sources.base import Upstream
from chocolate_factory.sources.open_weather import OpenWeatherCurrent, OpenWeatherForecast
from chocolate_factory.store.base import Store


def _told_by(*upstreams: Upstream) -> dict[str, frozenset[str]]:
    return {one.name: frozenset(key.name for key in one.series) for one in upstreams}


_MEASURED = _told_by(AemetObservation(key=""), OpenWeatherCurrent(key=""))
_FORECAST = _told_by(AemetForecast(key=""), OpenWeatherForecast(key=""))
"""Names of the series each source ever tells; the keyless model, which is not here, tells all."""


@dataclass(frozen=True, slots=True)
class HybridValue:
    """One value of the hybrid weather with its provenance.

    ``preferred`` is the source that is believed first in this hour, of those that ever tell such a
    value; ``source`` the one that spoke.
    """

    key: SeriesKey
    unit: str
    start: datetime
    value: float
    kind: Kind
    source: str
    preferred: str
    available_at: datetime


@dataclass(frozen=True, slots=True)
class HybridWeather:
    """The hybrid weather of [start, end), UTC, as known at ``as_of``; hour by hour, by series."""

    as_of: datetime
    start: datetime
    end: datetime
    values: tuple[HybridValue, ...]


def hybrid_weather(
    store: Store, keys: Sequence[SeriesKey], *, start: datetime, end: datetime, as_of: datetime
) -> HybridWeather:
    """What is believed about the weather of [start, end), with who said it."""
    values = [
        HybridValue(
            key=key,
            unit=told.unit,
            start=(at := to_datetime(told.start[i])),
            value=float(told.value[i]),
            kind=Kind(str(told.kind[i])),
            source=str(told.source[i]),
            preferred=preferred(key, Kind(str(told.kind[i])), at),
            available_at=to_datetime(told.available_at[i]),
        )
        for key in keys
        for told in (store.read(key, start, end, as_of=as_of),)
        for i in range(len(told))
    ]
    place = {key: number for number, key in enumerate(keys)}
    ordered = sorted(values, key=lambda value: (value.start, place[value.key]))
    return HybridWeather(as_of, start, end, tuple(ordered))


def preferred(key: SeriesKey, kind: Kind, start: datetime) -> str:
    """The source believed first about the hour from ``start`` [UTC].

    Of those that tell values of this kind at all, and forecasts for such an hour:
    OpenWeatherMap's are for every third one.
    """
    tell = _FORECAST if kind is Kind.FORECAST else _MEASURED
    ranked = spec(key).preferred(night=start.hour in NIGHT_HOURS_UTC)
    between = kind is Kind.FORECAST and start.hour % 3 != 0
    silent = {"openweathermap"} if between else set()
    return next(
        (who for who in ranked if key.name in tell.get(who, {key.name}) and who not in silent),
        ranked[-1],
    )
