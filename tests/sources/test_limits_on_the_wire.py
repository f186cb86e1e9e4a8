"""Answers that limit us, over source and transport: when each next request goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from chocolate_factory.errors import NotPublished, SourceError, SourceRejected, SourceUnavailable
from chocolate_factory.sources.aemet import AemetObservation
from chocolate_factory.sources.base import Source, Upstream
from chocolate_factory.sources.open_meteo import OpenMeteoForecast
from chocolate_factory.sources.open_weather import OpenWeatherCurrent
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.siar_api import SiarApi
from chocolate_factory.sources.transport import LocalNetwork, Said, Transport

KEY = "k" * 20
DAY, NOW = date(2025, 12, 1), datetime(2025, 12, 1, 12, tzinfo=UTC)
AEMET, SIAR = AemetObservation(key=KEY), SiarApi(key=KEY)
OPEN_WEATHER, OPEN_METEO = OpenWeatherCurrent(key=KEY), OpenMeteoForecast()

LIMIT_PAGE = b"<html><title>500</title><body><h1>429 Too Many Requests</h1></body></html>"
ENVELOPE = b'{"descripcion": "Too many requests", "estado": 429}'
BLOCKED = b'{"cod": 429, "message": "Your account is temporary blocked"}'
BY_THE_MINUTE = b'{"Datos": null, "MensajeRespuesta": "Ha superado el numero maximo por minuto"}'
BY_THE_DAY = b'{"Datos": null, "MensajeRespuesta": "Ha superado la cuota diaria"}'


def exceeded(span: str) -> bytes:
    """Open-Meteo's words for one of its limits."""
    told = f'"{span} API request limit exceeded. Please try again later."'
    return f'{{"error": true, "reason": {told}}}'.encode()


@dataclass
class Plant:
    """A transport on virtual time whose every request gets one answer; ``asked_at`` in seconds."""

    said: Said
    now: float = 0.0
    asked_at: list[float] = field(default_factory=list)

    def answer(self, method: str, url: str, headers: Mapping[str, str]) -> Said:
        self.asked_at.append(self.now)
        return self.said

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def ask(self, upstream: Upstream, *at: float) -> list[SourceError]:
        """What ``upstream`` fails with when it is asked at these seconds."""
        faults = []
        network = LocalNetwork(self.answer)
        with Transport(network=network, monotonic=lambda: self.now, sleep=self.sleep) as transport:
            for self.now in at:
                with pytest.raises(SourceError) as caught:
                    Source(upstream, transport).fetch(DAY, DAY, now=NOW)
                faults.append(caught.value)
        return faults


@pytest.mark.parametrize(
    ("upstream", "status", "body", "silence_s"),
    [
        (AEMET, 500, LIMIT_PAGE, 61),
        (AEMET, 429, LIMIT_PAGE, 61),
        (AEMET, 429, ENVELOPE, 61),
        (AEMET, 429, b"", 61),
        (AEMET, 200, ENVELOPE, 61),
        (OPEN_WEATHER, 429, BLOCKED, 61),
        (OPEN_WEATHER, 429, b"<html>", 61),
        (OPEN_WEATHER, 200, BLOCKED, 61),
        (OPEN_METEO, 429, exceeded("Minutely"), 61),
        (OPEN_METEO, 429, exceeded("Hourly"), 3600),
        (OPEN_METEO, 429, exceeded("Daily"), 3600),
        (SIAR, 403, BY_THE_MINUTE, 61),
        (SIAR, 200, BY_THE_MINUTE, 61),
        (SIAR, 429, b"<html>", 61),
        (SIAR, 500, BY_THE_DAY, 3600),
    ],
)
def test_after_an_answer_that_limits_us_the_host_is_left_alone_for_as_long_as_it_wants(
    upstream: Upstream, status: int, body: bytes, silence_s: float
) -> None:
    plant = Plant((status, [], body))
    faults = plant.ask(upstream, 0.0, silence_s / 2, silence_s - 0.5, silence_s)
    assert plant.asked_at == [0.0, silence_s]
    assert all(isinstance(fault, SourceUnavailable) for fault in faults)
    assert [fault.retry_after_s for fault in faults if isinstance(fault, SourceUnavailable)] == [
        silence_s, silence_s / 2, 0.5, silence_s,
    ]  # fmt: skip


def test_a_failing_aemet_that_limits_nobody_is_tried_again_soon() -> None:
    plant = Plant((500, [], b"<html><h1>Internal error</h1></html>"))
    plant.ask(AEMET, 0.0)
    assert len(plant.asked_at) == 4
    assert plant.asked_at[-1] < 60


@pytest.mark.parametrize(
    ("upstream", "status", "body"),
    [
        (SIAR, 403, b'{"Datos": null, "MensajeRespuesta": "Clave no valida"}'),
        (SIAR, 401, b"<html>"),
        (AEMET, 401, b'{"descripcion": "API key invalido", "estado": 401}'),
        (OPEN_WEATHER, 401, b'{"cod": 401, "message": "Invalid API key"}'),
        (Ree(), 403, b'{"errors": [{"status": 403, "detail": "blocked"}]}'),
    ],
)
def test_a_refused_key_is_asked_once_and_says_what_to_check(
    upstream: Upstream, status: int, body: bytes
) -> None:
    plant = Plant((status, [], body))
    (fault,) = plant.ask(upstream, 0.0)
    assert isinstance(fault, SourceRejected)
    assert "check the key" in str(fault)
    assert plant.asked_at == [0.0]


def test_days_that_a_key_may_not_see_are_not_taken_for_a_refused_key() -> None:
    plant = Plant((403, [], b'{"Datos": null, "MensajeRespuesta": "No hay datos"}'))
    (fault,) = plant.ask(SIAR, 0.0)
    assert isinstance(fault, NotPublished)
