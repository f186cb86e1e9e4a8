"""SIAR's service: keys in any case, sentences instead of status codes, the export's days."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.siar import SERIES
from chocolate_factory.sources.siar_api import SiarApi

KEY = "a-key-of-fifty-characters-secret"
NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
SIAR = SiarApi(key=KEY)


def day(**changes: Any) -> dict[str, Any]:
    return {
        "TempMedia": 18.5, "TempMax": 25.3, "HorMinTempMax": 1430, "TempMin": 12.1,
        "HorMinTempMin": 630, "HumedadMedia": 55, "HumedadMax": 75, "HorMinHumMax": 700,
        "HumedadMin": 35, "HorMinHumMin": 2400, "VelViento": 3.2, "DirViento": 180,
        "VelVientoMax": 8.5, "HorMinVelMax": 1400, "DirVientoVelMax": 185, "Radiacion": 25.4,
        "Precipitacion": 0, "TempSuelo1": None, "TempSuelo2": 15.2, "EtPMon": 4.5, "PePMon": 0,
        "Estacion": "J17", "Fecha": "2026-05-30T00:00:00", **changes,
    }  # fmt: skip


def answer(*days: Any, **changes: Any) -> dict[str, Any]:
    return {"Datos": list(days), "MensajeRespuesta": None, **changes}


def parsed(document: Any, upstream: SiarApi = SIAR) -> dict[str, Observations]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return {batch.key.name: batch for batch in upstream.parse(body, received_at=NOW)}


def test_a_span_is_asked_by_station_days_and_key() -> None:
    request = SIAR.request(date(2026, 5, 1), date(2026, 5, 31))
    assert request.url == "https://servicio.mapama.gob.es/apisiar/API/v1/Datos/Diarios/Estacion"
    assert dict(request.params) == {
        "Id": "J17", "FechaInicial": "2026-05-01", "FechaFinal": "2026-05-31", "ClaveAPI": KEY,
    }  # fmt: skip


def test_a_key_is_in_no_text_about_the_upstream() -> None:
    assert KEY not in repr(SIAR)


def test_a_day_becomes_the_fourteen_series_of_the_export() -> None:
    batches = parsed(answer(day()))
    assert {name: batch.value.tolist() for name, batch in batches.items()} == {
        "temp_mean": [18.5], "temp_max": [25.3], "temp_min": [12.1], "humidity_mean": [55.0],
        "humidity_max": [75.0], "humidity_min": [35.0], "wind_speed_mean": [3.2],
        "wind_direction_mean": [180.0], "wind_speed_max": [8.5], "wind_direction_max": [185.0],
        "radiation": [25.4], "precipitation_day": [0.0], "precipitation_effective": [0.0],
        "evapotranspiration": [4.5],
    }  # fmt: skip
    assert set(batches) == set(SERIES.values()) == {key.name for key in SIAR.series}
    assert {batch.kind for batch in batches.values()} == {Kind.MEASURED}
    assert {batch.source for batch in batches.values()} == {"siar"}
    assert batches["radiation"].key == SeriesKey("radiation", "J17")


def test_keys_are_read_in_whatever_case() -> None:
    lower = {name.lower(): value for name, value in day().items()}
    upper = {name.upper(): value for name, value in day().items()}
    for document in ({"datos": [lower]}, {"DATOS": [upper], "mensajerespuesta": None}):
        assert len(parsed(document)) == 14


@pytest.mark.parametrize(
    ("fecha", "start", "hours"),
    [
        ("2026-05-30T00:00:00", "2026-05-29T22:00:00", 24),
        ("2026-05-30", "2026-05-29T22:00:00", 24),
        ("2026-05-30T00:00:00Z", "2026-05-29T22:00:00", 24),
        ("2026-05-30T00:00:00+02:00", "2026-05-29T22:00:00", 24),
        ("2026-05-29T22:00:00Z", "2026-05-29T22:00:00", 24),
        ("2025-10-26T00:00:00", "2025-10-25T22:00:00", 25),
        ("2026-03-29T00:00:00", "2026-03-28T23:00:00", 23),
        ("2025-12-31T00:00:00", "2025-12-30T23:00:00", 24),
    ],
)
def test_a_day_is_the_madrid_day_of_its_date(fecha: str, start: str, hours: int) -> None:
    batch = parsed(answer(day(Fecha=fecha)))["temp_mean"]
    assert [str(at) for at in batch.start] == [start]
    assert batch.resolution_s.tolist() == [hours * 3600]


def test_a_null_or_absent_field_is_a_value_that_is_not_there() -> None:
    less = day(TempMedia=None)
    del less["Radiacion"]
    assert set(SERIES.values()) - set(parsed(answer(less))) == {"temp_mean", "radiation"}


def test_a_day_of_nulls_is_not_published() -> None:
    with pytest.raises(NotPublished):
        parsed(answer({"Fecha": "2026-05-30T00:00:00", "TempMedia": None}))


@pytest.mark.parametrize(
    ("message", "error", "wait_s"),
    [
        ("La clave API proporcionada no es válida", SourceRejected, None),
        ("Error de autenticación", SourceRejected, None),
        ("La Clave API ha caducado", SourceRejected, None),
        ("Ha superado el número de peticiones permitidas en un minuto", SourceUnavailable, 61.0),
        ("La clave API ha alcanzado el límite de accesos por minuto", SourceUnavailable, 61.0),
        ("Esta petición rebasaría la cuota de registros diarios", SourceUnavailable, 3600.0),
        ("Se ha superado el máximo de accesos al día", SourceUnavailable, 3600.0),
        ("No hay datos disponibles para el período solicitado", NotPublished, None),
        (
            "La Fecha Inicial de consulta proporcionada es inferior a la Fecha Mínima Inicial "
            "autorizada",
            NotPublished,
            None,
        ),
        ("El formato de las fechas no es correcto", SourceRejected, None),
    ],
)
def test_a_sentence_is_understood_whatever_the_status(
    message: str, error: type[SourceError], wait_s: float | None
) -> None:
    for empty in ({"Datos": []}, {"datos": None}, {}):
        document = {**empty, "MensajeRespuesta": message}
        with pytest.raises(error) as caught:
            parsed(document)
        assert getattr(caught.value, "retry_after_s", None) == wait_s
    refused = SIAR.classify(403, json.dumps({"mensajeRespuesta": message}).encode())
    assert type(refused) is error


def test_a_message_beside_values_does_not_hide_them() -> None:
    assert len(parsed(answer(day(), MensajeRespuesta="Datos provisionales"))) == 14


def test_a_key_that_siar_repeats_is_not_passed_on() -> None:
    with pytest.raises(SourceRejected) as caught:
        parsed({"MensajeRespuesta": f"La clave {KEY} no es correcta"})
    assert KEY not in str(caught.value)


def test_an_empty_list_without_words_is_not_published() -> None:
    with pytest.raises(NotPublished):
        parsed({"Datos": [], "MensajeRespuesta": None})


@pytest.mark.parametrize("document", [{}, {"MensajeRespuesta": None}, [], {"Datos": [7]}])
def test_an_answer_of_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(SourceChanged):
        parsed(document)


@pytest.mark.parametrize("body", [b"<html>mantenimiento</html>", b'{"Datos": [{"Temp', b""])
def test_a_body_that_is_no_answer_is_unavailable(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        parsed(body)
    assert type(SIAR.classify(400, body)) is SourceRejected


def test_a_refused_request_without_words_needs_a_person() -> None:
    assert "HTTP 404" in str(SIAR.classify(404, b"{}"))


@pytest.mark.parametrize(
    "change",
    [
        {"Fecha": None}, {"Fecha": "30/05/2026"}, {"Fecha": "2026-05-30T12:00:00"},
        {"Fecha": "2026-05-30T12:00:00Z"}, {"Fecha": "9999-12-31"}, {"Fecha": "0001-01-01"},
        {"TempMedia": "18,5"}, {"TempMedia": 185.0}, {"Radiacion": True}, {"HumedadMax": 101},
        {"Estacion": "J09"},
    ],
)  # fmt: skip
def test_a_day_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SourceChanged):
        parsed(answer(day(**change)))


def test_a_station_may_be_told_by_its_name() -> None:
    assert len(parsed(answer(day(Estacion="Linares")))) == 14


def test_a_day_that_stands_twice_counts_once_and_may_not_contradict_itself() -> None:
    assert len(parsed(answer(day(), day()))["temp_max"]) == 1
    with pytest.raises(SourceChanged, match="two different values"):
        parsed(answer(day(), day(TempMax=26.0)))


def test_it_is_asked_a_month_at_a_time_from_the_first_day_of_the_station_to_yesterday() -> None:
    assert SIAR.max_days == 31
    assert SIAR.reach(date(2026, 6, 1)) == (date(2018, 1, 1), date(2026, 5, 31))
    other = SiarApi(key=KEY, station="J09", since=date(2000, 8, 24))
    assert other.reach(date(2026, 6, 1))[0] == date(2000, 8, 24)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]),
    st.just({}), st.just([None]), st.just(10**400), st.just("9999-12-31T23:59:59"),
    st.just("0001-01-01T00:00:00Z"), st.just("\ud800"),
)  # fmt: skip


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key or index) in a JSON tree."""
    items = list(tree.items()) if isinstance(tree, dict) else []
    items = list(enumerate(tree)) if isinstance(tree, list) else items
    return [place for name, part in items for place in [(tree, name), *places(part)]]


@given(data=st.data())
def test_no_change_to_an_answer_leads_to_another_error_than_one_of_a_source(
    data: st.DataObject,
) -> None:
    tree = json.loads(json.dumps([answer(day(), day(Fecha="2026-05-31T00:00:00"))]))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, name = data.draw(st.sampled_from(places(tree)))
        holder[name] = data.draw(JUNK)
    body = bytearray(json.dumps(tree[0]).encode())
    for _ in range(data.draw(st.integers(0, 2))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SourceError):
        SIAR.parse(bytes(body), received_at=NOW)
    assert isinstance(SIAR.classify(400, bytes(body)), SourceError)
