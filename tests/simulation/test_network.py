"""The simulated upstreams without sockets, asked by every client of production."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chocolate_factory.app.feeds import feeds_at, simulated_addresses
from chocolate_factory.errors import NotPublished, SourceError
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.settings import Settings
from chocolate_factory.simulation.faults import Fault, FaultKind, Service, every, no_faults
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.base import Request, Source
from chocolate_factory.sources.transport import DEFAULT_LIMITS, LocalNetwork, Transport

NOW = datetime(2025, 10, 26, 21, 30, tzinfo=UTC)  # the evening of the day of 25 hours
PATIENT = replace(DEFAULT_LIMITS, attempts=1)
SETTINGS = Settings()
FEEDS = [
    feed.name
    for feed in feeds_at(
        simulated_addresses(SETTINGS, SimulatedNetwork(1, lambda: NOW)), None, None
    ).all
]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def network() -> SimulatedNetwork:
    return SimulatedNetwork(1, lambda: NOW)


@pytest.fixture
def transport(network: SimulatedNetwork) -> Iterator[Transport]:
    network.faults = no_faults
    with Transport(PATIENT, network=LocalNetwork(network), sleep=lambda _: None) as opened:
        yield opened


@pytest.fixture
def sources(network: SimulatedNetwork, transport: Transport) -> dict[str, Source]:
    feeds = feeds_at(simulated_addresses(SETTINGS, network), transport, None)
    return {feed.name: feed.source for feed in feeds.all}


def told(source: Source, days: int = 3) -> dict[Any, float]:
    """Every value of the days around now, by series, kind and delivery start."""
    today = delivery_day(NOW)
    first, last = source.upstream.reach(today)
    last = min(last, today + timedelta(days=1))
    first = max(first, last - timedelta(days=days))
    if "climatology" in source.upstream.feed:
        first, last = today - timedelta(days=20), today - timedelta(days=8)
    batches = source.fetch(first, last, now=NOW)
    return {
        (batch.key, batch.kind, start): value
        for batch in batches
        for start, value in zip(batch.start.tolist(), batch.value.tolist(), strict=True)
    }


@pytest.mark.parametrize("feed", FEEDS)
def test_every_client_understands_what_its_simulated_service_says(
    sources: dict[str, Source], feed: str
) -> None:
    assert len(told(sources[feed])) >= 1


SPOILING = (
    FaultKind.HTML,
    FaultKind.TRUNCATED,
    FaultKind.RETITLED,
    FaultKind.MISSING_KEYS,
    FaultKind.DUPLICATED,
)


@pytest.mark.parametrize("kind", SPOILING)
@pytest.mark.parametrize("feed", FEEDS)
def test_of_a_spoiled_answer_nothing_wrong_gets_through(
    network: SimulatedNetwork, sources: dict[str, Source], feed: str, kind: FaultKind
) -> None:
    truth = told(sources[feed])
    for seed in range(10):
        network.faults = every(Fault(kind, seed=seed))
        try:
            through = told(sources[feed])
        except SourceError:
            continue
        assert through.items() <= truth.items()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(FaultKind.TIME_OUT), "no answer in time"),
        (Fault(FaultKind.SLOW_BODY, seconds=600), "no answer in time"),
        (Fault(FaultKind.RESET), "connection reset"),
        (Fault(FaultKind.CUT_OFF), "connection reset"),
        (Fault(FaultKind.UNAVAILABLE), "HTTP 503"),
    ],
    ids=lambda each: each.kind if isinstance(each, Fault) else "",
)
def test_faults_of_the_connection_come_as_from_a_socket(
    network: SimulatedNetwork, transport: Transport, fault: Fault, said: str
) -> None:
    network.faults = every(fault)
    with pytest.raises(SourceError, match=said):
        transport.get(Request(f"{network.ree_url}/es/datos/x"), source="ree")


def test_a_body_that_is_only_a_little_slow_comes(
    network: SimulatedNetwork, sources: dict[str, Source]
) -> None:
    network.faults = every(Fault(FaultKind.SLOW_BODY, seconds=5))
    assert told(sources["ree-prices"])


def test_without_its_key_a_service_refuses(network: SimulatedNetwork) -> None:
    for url, headers in (
        (f"{network.esios_url}/indicators/1001", {"x-api-key": "another"}),
        (f"{network.open_weather_url}/data/2.5/weather?appid=another", {}),
        (f"{network.siar_url}/apisiar/API/v1/Datos/Diarios/Estacion?ClaveAPI=another", {}),
    ):
        assert network("GET", url, headers)[0] == 401
    aemet = f"{network.aemet_url}/opendata/api/observacion/convencional/datos/estacion/5279X"
    assert b"401" in network("GET", aemet, {"api_key": "another"})[2]


def test_it_only_knows_get(network: SimulatedNetwork) -> None:
    assert network("POST", f"{network.ree_url}/es/datos/x", {})[0] == 405


def test_requests_are_counted_with_the_faults_they_met() -> None:
    network = SimulatedNetwork(1, lambda: NOW, faults=every(Fault(FaultKind.HTML)))
    for _ in range(3):
        network("GET", f"{network.ree_url}/es/datos/x", {})
    assert network.asked == {Service.REE: 3}
    assert network.met == {(Service.REE, FaultKind.HTML): 3}


def test_a_day_that_is_not_out_is_not_published_by_any_service(
    network: SimulatedNetwork, sources: dict[str, Source]
) -> None:
    day = date(2025, 11, 20)
    for feed in ("ree-prices", "omie", "esios-pvpc"):
        with pytest.raises(NotPublished):
            sources[feed].fetch(day, day, now=NOW)
