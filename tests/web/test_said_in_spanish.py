"""What runs, models, sources, files and the guard say is told in Spanish, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from web.conftest import reference_plant

from chocolate_factory.conduct.contracting import DOING
from chocolate_factory.errors import (
    ArtefactInvalid,
    DocumentInvalid,
    Infeasible,
    MissingData,
    SourceUnavailable,
    WayOut,
    one_line,
)
from chocolate_factory.market.contract import parse_contract
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.ways_out import _bill
from chocolate_factory.schedule.runner import WAITS
from chocolate_factory.web import problems
from chocolate_factory.web.notes import in_spanish
from chocolate_factory.web.wording import WORDS

REFUSED = SourceUnavailable("ree", "apidatos.ree.es/es: HTTP 503; try again later")
WAY = WayOut("overtime", f"staff for 2 h more (Mon 17 Nov 18:00–20:00): {_bill(451.25, 60.0, 'their pay')}", 451.25, 60.0)  # fmt: skip  # noqa: E501
UNTRIED = (
    "more contracted power was not tried: with PV or a battery it is not known how much less they "
    "leave to be contracted"
)
NO_PLAN = Infeasible(
    ("1 batch of white of Mon 17 Nov: not one batch (3.5 h of work) can be made before planning "
     "ends on Mon 24 Nov 00:00 with the staff and power there are",
     "4 batches are to stay where they are"),
    (WAY,),
    (UNTRIED,),
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (WAITS, "espera su turno"),
        ("ree-prices: days 2026-11-01 to 2026-11-14", "ree-prices: días del 2026-11-01 al 2026-11-14"),  # noqa: E501
        (
            f"24 new, 1 revised, 3 days not published; {REFUSED}",
            "24 nuevos, 1 revisados, 3 días sin publicar; ree: apidatos.ree.es/es: HTTP 503; "
            "pruebe más tarde",
        ),
        (
            f"ree-prices: {REFUSED}; aemet-days: {REFUSED}",
            "ree-prices: ree: apidatos.ree.es/es: HTTP 503; pruebe más tarde; "
            "aemet-days: ree: apidatos.ree.es/es: HTTP 503; pruebe más tarde",
        ),
        (
            str(MissingData("spot@peninsula", (), hint="Import or ingest them.")),
            "mercado diario (peninsula): Impórtelos o descárguelos.",
        ),
        (
            "the champion does without lightgbm: lightgbm on pvpc@peninsula needs 60.5 days of "
            "history, there are 12: import or ingest more, or choose another model",
            "el modelo campeón prescinde de lightgbm: lightgbm para PVPC (peninsula) necesita 60,5 "
            "días de historia y hay 12: importe o descargue más, o elija otro modelo",
        ),
        (
            f"{ArtefactInvalid('a.model', 'is damaged (ValueError)')}; ridge forecasts until the "
            "next training",
            "el modelo entrenado a.model está dañado (ValueError); ridge prevé hasta el próximo "
            "entrenamiento",
        ),
        (
            "the plan in force cannot be kept: 4 batches are to stay where they are; this plan "
            "begins on Mon 17 Nov 08:00",
            "el plan en vigor no puede mantenerse: 4 lotes han de quedarse donde están; este plan "
            "empieza el lun 17 nov 08:00",
        ),
        (
            one_line(str(NO_PLAN)),
            "no hay plan posible: 1 lote de white del lun 17 nov: ni un lote (3,5 h de trabajo) "
            "puede hacerse antes de que acabe la planificación, el lun 24 nov 00:00, con el "
            "personal y la potencia que hay; 4 lotes han de quedarse donde están; salidas, la más "
            "barata primero: personal 2 h más (lun 17 nov 18:00–20:00): el plan cuesta 451,25 €; "
            "su paga, 60,00 €; no se probó con más potencia contratada: con fotovoltaica o batería "
            "no se sabe cuánta menos dejan por contratar",
        ),
    ],
)  # fmt: skip
def test_what_runs_models_and_plans_say(said: str, told: str) -> None:
    assert in_spanish(said) == told
    if "@" not in said:
        assert WORDS["en"].note(said) == (said, "en")


@pytest.mark.parametrize("stage", DOING.values())
def test_what_advice_on_the_contract_is_at(stage: str) -> None:
    assert in_spanish(f"{stage}: 12 weeks worked out") is not None


def test_what_is_not_known_in_part_stays_in_english_whole() -> None:
    said = "24 new, 1 revised; ree: the service stumbled"

    assert WORDS["es"].note(said) == (said, "en")
    assert in_spanish("the champion does without ridge: it stumbled") is None


def test_a_text_that_was_cut_is_told_as_far_as_it_goes() -> None:
    assert in_spanish(f"24 new, 1 revised; {REFUSED.args[0][:20]}…") == "24 nuevos, 1 revisados; …"


def test_series_are_called_as_on_the_page_in_both_languages() -> None:
    said = (
        "inputs known on 60 of the newest 120 days that models learn from: demand_day_ahead, "
        "wind_day_ahead and 2 more; models that would lose too many days do without them"
    )
    assert WORDS["en"].note(said) == (
        "inputs known on 60 of the newest 120 days that models learn from: demand forecast, wind "
        "forecast and 2 more; models that would lose too many days do without them",
        "en",
    )
    assert WORDS["es"].note(said) == (
        "entradas conocidas en 60 de los últimos 120 días de los que aprenden los modelos: demanda "
        "prevista, eólica prevista y 2 más; los modelos que perderían demasiados días prescinden "
        "de ellas",
        "es",
    )
    assert WORDS["en"].note("scoring spot") == ("scoring day-ahead market", "en")
    assert WORDS["en"].note("solar_day_ahead: missing at 4 of 90 origins, which are answered "
                            "without")[0].startswith("solar forecast: missing")  # fmt: skip


CONTRACTS = (
    "kind: indexd\n",
    "kind: indexed\ntariff: 2.0TD\nmargin_eur_mwh: 0.005\n",
    "kind: indexed\ntariff: 3.0TD\nmargin_eur_mwh: 500\nmargn: 1\n",
    "kind: indexed\ntariff: 3.0TD\nadjustment_services_eur_mwh: []\nexceed_up_to_kw: 99999\n",
    "kind: indexed\ntariff: 3.0TD\nadjustment_services_eur_mwh: x\ncontracted_kw: {P1: 5}\n",
    "kind: indexed\ntariff: 3.0TD\nadjustment_services_eur_mwh: 400\n",
    "kind: fixed\ntariff: 2.0TD\nprices_eur_kwh: {P1: -1, P2: 95, P3: abc}\n",
    "kind: fixed\ntariff: 2.0TD\nprices_eur_kwh: {P1: 0.1}\nexceed_up_to_kw: 12\n",
    "kind: fixed\ntariff: 3.0TD\n",
    "- a list\n",
    "x: 0x\n",
)
ORDERS = (
    "{}\n",
    "weekly: {mon: {nougat: 10}}\n",
    "weekly: {mon: {white: 1e9}}\ndue: {default: tomorrow}\n",
    "weekly: {mon: {white: 1000000}}\ndue: {default: 08:00 next day}\n",
    "orders: [{product: white, kg: -5, due: 2025-11-20}]\n",
    "orders: [{product: white, kg: many, due: 2025-11-20T14:00:00Z, "
    "earliest: 2025-11-21T14:00:00Z}]\nstock: {at: 3}\n",
)


def problems_of(read: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(DocumentInvalid) as fault:
        read()
    return fault.value.problems


@pytest.mark.parametrize("text", CONTRACTS)
def test_what_is_wrong_in_a_contract_is_told_line_by_line(text: str) -> None:
    for said in problems_of(lambda: parse_contract(text, name="contract.yaml")):
        told = in_spanish(said)
        assert told is not None, said
        assert not said.startswith("line ") or told.startswith("línea ")


@pytest.mark.parametrize("text", ORDERS)
def test_what_is_wrong_in_orders_is_told_line_by_line(text: str) -> None:
    plant = reference_plant()
    for said in problems_of(lambda: parse_orders(text, name="orders.yaml", plant=plant)):
        assert in_spanish(said) is not None, said


def test_what_is_refused_over_http_is_told_with_its_ways_out() -> None:
    told = problems.of_factory_error(NO_PLAN, path="/plan/pin", request_id="1")
    said, spoken = problems.in_language(told, "es")

    assert spoken == "es"
    assert said.untried == [in_spanish(UNTRIED)]
    (way,) = said.ways_out
    assert way["text"].startswith("personal 2 h más (lun 17 nov")
    assert way["plan_eur"] == 451.25


GUARDED = (
    ({"client": ("192.0.2.7", 5)}, {}, "Esta ruta solo responde a programas de su propia máquina"),
    ({}, {"via": "1.1 proxy"}, "La petición vino a través de un proxy (via)"),
    ({}, {"origin": "http://elsewhere.example"}, "no desde una página."),
    ({}, {"host": "elsewhere.example"}, "este servidor no conoce ese nombre como suyo"),
    ({}, {"authorization": "Bearer none"}, "El token no es ninguno en vigor"),
    ({}, {"content-type": "text/plain"}, "Envíe el cuerpo como JSON"),
)


@pytest.mark.parametrize(("whence", "headers", "told"), GUARDED)
def test_the_guard_refuses_in_the_language_that_is_asked_for(
    make_app: Callable, snapshot: Snapshot, whence: dict, headers: dict, told: str
) -> None:
    here = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)} | whence
    client = TestClient(make_app(lambda: snapshot), **here)

    spanish = client.post("/plan/accept?lang=es", headers=headers)
    english = client.post("/plan/accept", headers=headers)

    assert told in spanish.json()["detail"]
    assert spanish.headers["content-language"] == "es"
    assert english.headers["content-language"] == "en"
    assert spanish.status_code == english.status_code >= 400


def test_what_a_question_is_refused_for_is_told_field_by_field(
    make_app: Callable, snapshot: Snapshot
) -> None:
    here = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
    client = TestClient(make_app(lambda: snapshot), **here)
    answer = client.post("/setup/power?lang=es", json={"contracted_kw": ["x", 5, -1.5]})

    told = answer.json()
    assert answer.headers["content-language"] == "es", told
    assert [one["reason"] for one in told["errors"]] == [
        "se dio 'x'; se espera: un número",
        "se dio -1,5; se espera: más de 0,0",
        "se dio ['x', 5, -1.5]; la lista ha de tener al menos 2 elementos, no 1",
    ]
