"""Which upstreams a factory asks for what: the live services, or the simulation in their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from chocolate_factory.jobs import Feeds
from chocolate_factory.market.catalog import DAY_AHEAD, DEMAND, GENERATION, LINARES, PVPC, SPOT
from chocolate_factory.market.series import SIMULATED_PREFIX
from chocolate_factory.settings import Settings
from chocolate_factory.simulation.answer import KEY
from chocolate_factory.simulation.upstreams import Upstreams as Simulated
from chocolate_factory.sources.aemet.climatology import AemetClimatology
from chocolate_factory.sources.aemet.forecast import AemetForecast
from chocolate_factory.sources.aemet.observation import AemetObservation
from chocolate_factory.sources.base import Getter, Keep, Source, Upstream
from chocolate_factory.sources.esios_live import EsiosArchive, EsiosIndicator
from chocolate_factory.sources.omie_live import Omie
from chocolate_factory.sources.open_meteo import OpenMeteoArchive, OpenMeteoForecast
from chocolate_factory.sources.open_weather import OpenWeatherCurrent, OpenWeatherForecast
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.ree_demand import ReeDemand
from chocolate_factory.sources.ree_generation import ReeGeneration
from chocolate_factory.sources.siar_api import SiarApi
from chocolate_factory.upkeep import Feed, Supply

_RECENT = timedelta(days=3)
_REVISED = timedelta(days=7)
_REVISED_FOR_WEEKS = timedelta(days=35)
"""Generation is provisional for weeks, and stations' days come late."""

_DAY = timedelta(days=1)
_LIVE_ONLY = timedelta(days=14)


WITHOUT_KEY = {
    "esios_token": (
        "esios-pvpc",
        "esios-spot",
        "esios-demand-day-ahead",
        "esios-wind-day-ahead",
        "esios-solar-day-ahead",
    ),
    "aemet_key": ("aemet-observation", "aemet-forecast", "aemet-climatology"),
    "openweathermap_key": ("openweathermap-current", "openweathermap-forecast"),
    "siar_key": ("siar-api",),
}
"""Setting of a key, and the feeds that are left out while it is empty."""

STATIONS = ("aemet_key", "siar_key")
"""Keys of services that tell of one station each."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where each service is, under which name its values go, and the keys for it.

    A key that is empty leaves out the feeds that need it. ``place`` names what is asked for by
    latitude and longitude.
    """

    settings: Settings
    ree: str
    esios: str
    omie: str
    aemet: str
    openweathermap: str
    open_meteo: str
    open_meteo_archive: str
    siar: str
    esios_token: str
    aemet_key: str
    openweathermap_key: str
    siar_key: str
    prefix: str = ""
    place: str = LINARES


def live_addresses(settings: Settings) -> Addresses:
    """The services at the settings' addresses."""

    def plain(secret: SecretStr) -> str:
        return secret.get_secret_value().strip()

    return Addresses(
        settings=settings,
        ree=settings.ree_url,
        esios=settings.esios_url,
        omie=settings.omie_url,
        aemet=settings.aemet_url,
        openweathermap=settings.openweathermap_url,
        open_meteo=settings.open_meteo_url,
        open_meteo_archive=settings.open_meteo_archive_url,
        siar=settings.siar_url,
        esios_token=plain(settings.esios_token),
        aemet_key=plain(settings.aemet_key),
        openweathermap_key=plain(settings.openweathermap_key),
        siar_key=plain(settings.siar_key),
    )


def waiting_feeds(
    settings: Settings, transport: Getter, *, stations: bool = True
) -> tuple[Feed, ...]:
    """The feeds that are left out for want of a key, as they would be with one.

    Without ``stations`` those of stations do not wait: they tell of another place.
    """
    missing = [
        name
        for name in WITHOUT_KEY
        if not getattr(settings, name).get_secret_value().strip()
        and (stations or name not in STATIONS)
    ]
    filled: dict[str, Any] = dict.fromkeys(missing, "-")
    every = feeds_at(replace(live_addresses(settings), **filled), transport, None)
    return tuple(feed for feed in every.all if feed.key_setting in missing)


def simulated_addresses(settings: Settings, upstreams: Simulated) -> Addresses:
    """The same services as the simulation plays them, named after it."""
    return Addresses(
        settings=settings,
        ree=upstreams.ree_url,
        esios=upstreams.esios_url,
        omie=upstreams.omie_url,
        aemet=upstreams.aemet_url,
        openweathermap=upstreams.open_weather_url,
        open_meteo=upstreams.open_meteo_url,
        open_meteo_archive=upstreams.open_meteo_url,
        siar=upstreams.siar_url,
        esios_token=KEY,
        aemet_key=KEY,
        openweathermap_key=KEY,
        siar_key=KEY,
        prefix=SIMULATED_PREFIX,
    )


def feeds_of_site(where: Addresses, transport: Getter, keep: Keep | None, zone: Feeds) -> Feeds:
    """The feeds of one of several sites: its own weather beside what its ``zone`` collects.

    Stations are of one place, so that weather comes from services that are asked by place. Its
    answers are kept under the feed's name with its place.
    """

    def keep_apart(feed: str, address: str, received_at: datetime, body: bytes) -> None:
        if keep is not None:
            keep(f"{feed}@{where.place}", address, received_at, body)

    own = feeds_at(replace(where, aemet_key="", siar_key=""), transport, keep_apart)
    return replace(zone, weather=own.weather, outlooks=own.outlooks)


def feeds_at(where: Addresses, transport: Getter, keep: Keep | None) -> Feeds:
    """Every feed that ``where`` has an address and, if needed, a key for."""

    def feed(upstream: Upstream, *, own: bool = True, key: str | None = None) -> Feed:
        return Feed(Source(upstream, transport, keep), own=own, key_setting=key)

    return Feeds(
        pvpc=_pvpc(where, feed),
        spot=_spot(where, feed),
        weather=_weather(where, feed),
        others=tuple(_others(where, feed)),
        outlooks=tuple(_outlooks(where, feed)),
    )


MakeFeed = Callable[..., Feed]


def _pvpc(where: Addresses, feed: MakeFeed) -> Supply:
    feeds = [
        feed(Ree(name=f"{where.prefix}ree", base_url=where.ree)),
        feed(EsiosArchive(name=f"{where.prefix}esios", base_url=where.esios)),
    ]
    if where.esios_token:
        feeds.append(feed(_indicator(where, 1001), own=False, key="esios_token"))
    return Supply("pvpc", (PVPC,), tuple(feeds), _RECENT, _history(where), _DAY, _REVISED)


def _spot(where: Addresses, feed: MakeFeed) -> Supply:
    feeds = [
        feed(Ree(name=f"{where.prefix}ree", base_url=where.ree)),
        feed(Omie(name=f"{where.prefix}omie", base_url=where.omie)),
    ]
    if where.esios_token:
        feeds.append(feed(_indicator(where, 600), own=False, key="esios_token"))
    return Supply("spot", (SPOT,), tuple(feeds), _RECENT, _history(where), _DAY, _REVISED)


def _indicator(where: Addresses, number: int) -> EsiosIndicator:
    return EsiosIndicator(
        number=number,
        token=where.esios_token,
        name=f"{where.prefix}esios",
        base_url=where.esios,
    )


def _weather(where: Addresses, feed: MakeFeed) -> Supply:
    feeds: list[Feed] = []
    if where.aemet_key:
        station = AemetObservation(
            name=f"{where.prefix}aemet", base_url=where.aemet, key=where.aemet_key
        )
        feeds.append(feed(station, key="aemet_key"))
    if where.openweathermap_key:
        current = OpenWeatherCurrent(
            name=f"{where.prefix}openweathermap",
            base_url=where.openweathermap,
            key=where.openweathermap_key,
            place=where.place,
            latitude=where.settings.latitude,
            longitude=where.settings.longitude,
        )
        feeds.append(feed(current, key="openweathermap_key"))
    forecast, archive = _open_meteo(where)
    feeds += [feed(forecast, own=False), feed(archive, own=False)]
    return Supply("weather", forecast.series, tuple(feeds), _RECENT, _history(where))


def _open_meteo(where: Addresses) -> tuple[OpenMeteoForecast, OpenMeteoArchive]:
    asked: dict[str, Any] = {
        "name": f"{where.prefix}open-meteo",
        "place": where.place,
        "latitude": where.settings.latitude,
        "longitude": where.settings.longitude,
    }
    return (
        OpenMeteoForecast(base_url=where.open_meteo, **asked),
        OpenMeteoArchive(base_url=where.open_meteo_archive, **asked),
    )


def _others(where: Addresses, feed: MakeFeed) -> list[Supply]:
    generation = ReeGeneration(name=f"{where.prefix}ree", base_url=where.ree)
    demand = ReeDemand(name=f"{where.prefix}ree", base_url=where.ree)
    supplies = [
        Supply(
            "generation",
            (GENERATION["total"],),  # a technology that ran at no hour has no value that day
            (feed(generation),),
            _LIVE_ONLY,
            _history(where),
            revised=_REVISED_FOR_WEEKS,
        ),
        Supply("demand", (DEMAND,), (feed(demand),), _RECENT, _LIVE_ONLY, revised=_REVISED),
    ]
    if where.esios_token:
        supplies += [
            Supply(
                f"{name}-day-ahead",
                (key,),
                (feed(_indicator(where, number), key="esios_token"),),
                _RECENT,
                _history(where),
                ahead=_DAY,
            )
            for (name, key), number in zip(DAY_AHEAD.items(), (1775, 1777, 1779), strict=True)
        ]
    if where.aemet_key:
        climate = AemetClimatology(
            name=f"{where.prefix}aemet", base_url=where.aemet, key=where.aemet_key
        )
        supplies.append(_climate("climatology", climate, feed, where, "aemet_key"))
    if where.siar_key:
        siar = SiarApi(name=f"{where.prefix}siar", base_url=where.siar, key=where.siar_key)
        supplies.append(_climate("siar", siar, feed, where, "siar_key"))
    return supplies


def _climate(
    name: str, upstream: Upstream, feed: MakeFeed, where: Addresses, setting: str
) -> Supply:
    # A station leaves single values out for good; the mean temperature tells of its days.
    told = tuple(key for key in upstream.series if key.name == "temp_mean")
    return Supply(
        name,
        told,
        (feed(upstream, key=setting),),
        _LIVE_ONLY,
        _history(where),
        revised=_REVISED_FOR_WEEKS,
    )


def _outlooks(where: Addresses, feed: MakeFeed) -> list[Feed]:
    feeds = []
    if where.aemet_key:
        town = AemetForecast(name=f"{where.prefix}aemet", base_url=where.aemet, key=where.aemet_key)
        feeds.append(feed(town, key="aemet_key"))
    if where.openweathermap_key:
        ahead = OpenWeatherForecast(
            name=f"{where.prefix}openweathermap",
            base_url=where.openweathermap,
            key=where.openweathermap_key,
            place=where.place,
            latitude=where.settings.latitude,
            longitude=where.settings.longitude,
        )
        feeds.append(feed(ahead, key="openweathermap_key"))
    feeds.append(feed(_open_meteo(where)[0]))
    return feeds


def _history(where: Addresses) -> timedelta:
    return timedelta(days=where.settings.history_days)
