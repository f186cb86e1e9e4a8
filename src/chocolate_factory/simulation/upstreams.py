"""Every simulated upstream of one seed: whose path it is, what it says, what goes wrong.

How the answers travel is left to ``simulation.server`` (loopback sockets) and
``simulation.network`` (function calls).
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from chocolate_factory.simulation import aemet, esios, omie, open_meteo, open_weather, redata, siar
from chocolate_factory.simulation.answer import KEY, Answer, Query, no_such_page
from chocolate_factory.simulation.corrections import PUNCTUAL, MarketAsSaid, Publishing
from chocolate_factory.simulation.faults import (
    Asked,
    Fault,
    FaultKind,
    FaultPlan,
    Service,
    no_faults,
)
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.power_system import SimulatedPowerSystem
from chocolate_factory.simulation.spoiled import spoiled
from chocolate_factory.simulation.weather import SimulatedWeather

Headers = Mapping[str, str]
NO_HEADERS: Headers = MappingProxyType({})

_WHOSE = {  # how the paths of each service begin
    **dict.fromkeys(redata.PREFIXES, Service.REE),
    "/indicators": Service.ESIOS,
    "/archives/": Service.ESIOS,
    **dict.fromkeys(omie.PATHS, Service.OMIE),
    "/opendata/": Service.AEMET,
    "/data/": Service.OPEN_WEATHER,
    "/v1/": Service.OPEN_METEO,
    "/apisiar/": Service.SIAR,
}

_OPEN_METEO = {
    open_meteo.FORECAST_PATH: open_meteo.forecast,
    open_meteo.ARCHIVE_PATH: open_meteo.archive,
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """What comes of one request.

    ``at`` is what the upstream takes for the present instant, ``fault`` what went wrong; faults of
    the connection are left to whoever carries the answer.
    """

    answer: Answer
    at: datetime
    fault: Fault | None = None


class Upstreams(ABC):
    """The simulated upstreams, wherever they are reached.

    Parameters
    ----------
    seed
        Non-negative; another seed is another market and another weather.
    clock
        The instant the upstreams believe it is (aware); decides what is published.
    faults
        What goes wrong with which request.
    publishing
        Which days' prices come late, and which are corrected later.
    """

    def __init__(
        self,
        seed: int,
        clock: Callable[[], datetime],
        *,
        faults: FaultPlan = no_faults,
        publishing: Publishing = PUNCTUAL,
    ) -> None:
        self.market = SimulatedMarket(seed)
        self.system = SimulatedPowerSystem(self.market)
        self.weather = SimulatedWeather(seed)
        self.publishing = publishing
        self.faults = faults
        self._clock = clock
        self._counting = threading.Lock()
        self._asked: Counter[Service] = Counter()
        self._met: Counter[tuple[Service, FaultKind]] = Counter()

    @abstractmethod
    def root(self, service: Service) -> str:
        """The address of a service, without a path: ``http://127.0.0.1:4711``."""

    @property
    def ree_url(self) -> str:
        """Where REData is."""
        return self.root(Service.REE)

    @property
    def esios_url(self) -> str:
        """Where ESIOS is."""
        return self.root(Service.ESIOS)

    @property
    def omie_url(self) -> str:
        """Where OMIE is."""
        return self.root(Service.OMIE)

    @property
    def aemet_url(self) -> str:
        """Where AEMET OpenData is."""
        return self.root(Service.AEMET)

    @property
    def open_weather_url(self) -> str:
        """Where OpenWeatherMap is."""
        return self.root(Service.OPEN_WEATHER)

    @property
    def open_meteo_url(self) -> str:
        """Where Open-Meteo's forecast and archive are."""
        return self.root(Service.OPEN_METEO)

    @property
    def siar_url(self) -> str:
        """Where SIAR's REST service is."""
        return self.root(Service.SIAR)

    @property
    def asked(self) -> Mapping[Service, int]:
        """How many requests each service has had through ``exchange``."""
        with self._counting:
            return dict(self._asked)

    @property
    def met(self) -> Mapping[tuple[Service, FaultKind], int]:
        """How many of them met which fault."""
        with self._counting:
            return dict(self._met)

    def respond(self, path: str, query: Query, headers: Headers = NO_HEADERS) -> Answer:
        """The answer to a GET of ``path`` with ``query`` at the clock's instant, faultless."""
        return self._told(path, query, headers, self._clock())

    def exchange(self, path: str, query: Query, headers: Headers = NO_HEADERS) -> Exchange:
        """What comes of a GET of ``path``: the answer, spoiled if ``faults`` says so."""
        at = self._clock()
        service = whose(path)
        if service is None:
            return Exchange(no_such_page(), at)
        with self._counting:
            count = self._asked[service]
            self._asked[service] += 1
        fault = self.faults(Asked(service, path, query, at, count))
        if fault is None:
            return Exchange(self._told(path, query, headers, at), at)
        with self._counting:
            self._met[service, fault.kind] += 1
        if fault.kind is FaultKind.CLOCK_SKEW:
            at += timedelta(seconds=fault.seconds)
        return Exchange(spoiled(self._told(path, query, headers, at), fault), at, fault)

    def _told(self, path: str, query: Query, headers: Headers, now: datetime) -> Answer:
        named = {name.lower(): value for name, value in headers.items()}
        match whose(path):
            case Service.REE | Service.ESIOS | Service.OMIE as service:
                return self._of_the_market(service, path, query, named, now)
            case Service.AEMET:
                root = self.root(Service.AEMET)
                return aemet.answer(path, named, self.weather, now=now, base_url=root, key=KEY)
            case Service.OPEN_WEATHER:
                return open_weather.answer(path, query, self.weather, now=now, key=KEY)
            case Service.SIAR if path == siar.PATH:
                return siar.answer(query, self.weather, now=now, key=KEY)
            case Service.OPEN_METEO if path in _OPEN_METEO:
                return _OPEN_METEO[path](query, self.weather, now=now)
        return no_such_page()

    def _of_the_market(
        self, service: Service, path: str, query: Query, headers: Headers, now: datetime
    ) -> Answer:
        seen, market = self.publishing.seen(now), MarketAsSaid(self.market, self.publishing, now)
        if service is Service.OMIE:
            return omie.answer(path, query, market, now=seen)
        if service is Service.ESIOS:
            return esios.answer(path, query, headers, market, self.system, now=seen, token=KEY)
        until = seen if "/mercados/" in path else now
        return redata.answer(path, query, market, self.system, now=until)


def whose(path: str) -> Service | None:
    """The service that a path belongs to; None if it is nobody's."""
    return next((service for start, service in _WHOSE.items() if path.startswith(start)), None)
