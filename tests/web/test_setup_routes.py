"""The first steps over the interface: what is written, by whom, and the end of the demo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from web.conftest import no_setup

from chocolate_factory.app.files import load_contract
from chocolate_factory.app.setup_files import SetupFiles
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.settings import load_settings
from chocolate_factory.web.asked import ContractSaid
from chocolate_factory.web.setup_routes import DemoEnds, SetupDesk

LOCAL = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}


@pytest.fixture
def desk(tmp_path: Path) -> SetupDesk:
    files = SetupFiles(load_settings(data_dir=tmp_path))
    return replace(
        no_setup(), contract=files.contract, power=files.power, plant=files.plant,
        orders=files.orders, notifications=files.notifications,
    )  # fmt: skip


@pytest.fixture
def client(make_app: Callable, snapshot: Snapshot, desk: SetupDesk) -> Iterator[TestClient]:
    with TestClient(make_app(lambda: snapshot, setup=desk), **LOCAL) as client:
        yield client


def test_each_step_writes_a_commented_file_and_shows_it(client: TestClient, tmp_path: Path):
    bodies = {
        "contract": {
            "kind": "indexed",
            "tariff": "6.1TD",
            "margin_eur_mwh": 4.5,
            "adjustment_services_eur_mwh": 19,
        },
        "power": {"contracted_kw": [100, 100, 120, 120, 120, 150]},
        "plant": {"template": "bakery"},
        "orders": {"weekly": {"mon": {"bread": 240}}},
        "notifications": {"addresses": ["ntfy://my-plant"]},
    }
    for step, body in bodies.items():
        answer = client.post(f"/setup/{step}", json=body)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["text"].startswith("#")
        assert Path(told["file"]).read_text("utf-8") == told["text"]

    settings = load_settings(data_dir=tmp_path)
    contract = load_contract(settings.contract)
    assert contract.contracted_kw == (100, 100, 120, 120, 120, 150)
    assert len(contract.assumptions()) == 1  # losses, which no bill gives
    assert settings.notify_urls == ("ntfy://my-plant",)


@pytest.mark.parametrize(
    ("step", "body", "said"),
    [
        (
            "contract",
            {"kind": "fixed", "tariff": "3.0TD", "prices_eur_kwh": [0.2]},
            "prices_eur_kwh",
        ),
        ("power", {"contracted_kw": [100, 90, 120, 120, 120, 150]}, "may not fall"),
        ("plant", {"template": "nougat"}, "there are chocolate"),
        ("orders", {"weekly": {"mon": {"nougat": 1}}}, "nougat"),
        ("notifications", {"addresses": ["s3cret"]}, "address 1"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field(client: TestClient, step, body, said: str):
    answer = client.post(f"/setup/{step}", json=body)

    assert answer.status_code in (400, 409, 422), answer.text
    assert said in answer.json()["detail"]
    assert "s3cret" not in answer.text


def test_what_cannot_be_is_refused_in_spanish_where_that_is_asked_for(client: TestClient):
    falls = {"contracted_kw": [100, 90, 120, 120, 120, 150.5]}
    answer = client.post("/setup/power?lang=es", json=falls)
    told = answer.json()

    assert answer.headers["content-language"] == "es"
    assert told["title"] == "Un documento se contradice"
    assert "no puede bajar de P1 a P6, y P2 (90 kW) es menor que P1 (100 kW)" in told["detail"]
    assert told["problems"] == [told["detail"]]
    none = client.post("/setup/orders?lang=es", json={"weekly": {"mon": {"standard": 0}}})
    assert none.json()["detail"] == "Indique kg para algún día de la semana"

    plain = client.post("/setup/power", json=falls, headers={"accept-language": "es"})
    assert plain.headers["content-language"] == "en"
    assert "may not fall" in plain.json()["detail"]


def test_another_machine_writes_nothing(make_app, snapshot, desk, tmp_path: Path):
    with TestClient(make_app(lambda: snapshot, setup=desk), client=("192.0.2.7", 5)) as afar:
        assert afar.post("/setup/plant", json={"template": "bakery"}).status_code == 403
        assert "bakery" in afar.get("/setup").text
    assert not (tmp_path / "config").exists()


def test_only_a_demo_can_be_removed(client: TestClient, make_app, snapshot, desk, tmp_path: Path):
    assert client.post("/setup/remove-demo", json={}).status_code == 409

    asked: list[Path] = []

    def remove() -> DemoEnds:
        asked.append(tmp_path)
        return DemoEnds(tmp_path, Path("data/config"))

    demo = replace(desk, remove_demo=remove)
    with TestClient(make_app(lambda: snapshot, setup=demo), **LOCAL) as local:
        answer = local.post("/setup/remove-demo", json={})
    assert (answer.status_code, answer.json()) == (
        202, {"folder": str(tmp_path), "configuration": str(Path("data/config"))},
    )  # fmt: skip
    assert asked == [tmp_path]


@pytest.mark.parametrize(
    ("lang", "title"), [("en", "Set up your plant"), ("es", "Configurar su planta")]
)
def test_the_page_has_five_steps(client: TestClient, lang: str, title: str):
    page = client.get(f"/setup?lang={lang}").text

    assert f"<h1>{title}</h1>" in page
    assert page.count("<form data-step=") == 5


def test_the_form_begins_with_the_contract_in_use(make_app, snapshot):
    agreed = ContractSaid("fixed", "6.1TD", prices=(0.21, 0.2, 0.1, 0.1, 0.1, 0.09))
    state = replace(no_setup().state(), contract=agreed)
    with TestClient(
        make_app(lambda: snapshot, setup=replace(no_setup(), state=lambda: state)), **LOCAL
    ) as client:
        page = client.get("/setup").text

    assert '<option value="fixed" selected>' in page
    assert "<option selected>6.1TD</option>" in page
    assert 'name="price" type="number" min="0" max="2" step="any" value="0.21"' in page


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "12 €/MWh are assumed and 22 from 1 Jan 2026 on"),
        ("es", "se suponen 12 €/MWh y 22 desde el 1 ene 2026"),
    ],
)
def test_the_page_says_what_an_empty_field_is_taken_for(client: TestClient, lang: str, said: str):
    assert said in client.get(f"/setup?lang={lang}").text


def test_the_form_leaves_services_by_date_to_the_file(make_app, snapshot):
    dated = ContractSaid("indexed", "3.0TD", 4.5, dated_services=True)
    state = replace(no_setup().state(), contract=dated)
    with TestClient(
        make_app(lambda: snapshot, setup=replace(no_setup(), state=lambda: state)), **LOCAL
    ) as client:
        page = client.get("/setup?lang=es").text

    assert "El fichero da los servicios de ajuste por fechas" in page
    assert 'placeholder="" value=""' in page
