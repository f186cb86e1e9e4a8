"""Contract files: what they mean, and what is refused with its line."""

import re
from datetime import date
from pathlib import Path

import pytest

from chocolate_factory.errors import ContractInvalid
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.contract import (
    FixedContract,
    IndexedContract,
    PvpcContract,
    parse_contract,
)
from chocolate_factory.market.indexed import (
    ASSUMED_ADJUSTMENT_SERVICES_EUR_MWH,
    ASSUMED_MARGIN_EUR_MWH,
)
from chocolate_factory.market.tariff import Tariff

PAGE = Path(__file__).parents[2] / "docs" / "contract-file.md"
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ContractInvalid) as refused:
        parse_contract(text, name="ours.yaml")
    return refused.value.problems


def test_a_pvpc_file():
    text = "kind: pvpc\ncontracted_kw: {P1: 9.2, P2: 4.6}\n"
    assert parse_contract(text, name="home.yaml") == PvpcContract("home.yaml", (9.2, 4.6))


def test_a_fixed_file_prices_its_periods_in_order_however_they_are_written():
    text = "kind: fixed\ntariff: 2.0TD\nprices_eur_kwh: {P3: 0.12, P1: 0.21, P2: 0.16}\n"
    assert parse_contract(text, name="f") == FixedContract("f", Tariff.TD20, (0.21, 0.16, 0.12))


def test_an_indexed_file_that_says_nothing_more_rests_on_the_assumptions():
    assert parse_contract("kind: indexed\ntariff: 6.1TD\n", name="i") == IndexedContract(
        "i", Tariff.TD61
    )


def test_an_indexed_file_with_its_own_terms():
    text = (
        "kind: indexed\ntariff: 3.0TD\nmargin_eur_mwh: 4\nadjustment_services_eur_mwh: 18\n"
        "contracted_kw: {P1: 100, P2: 100, P3: 110, P4: 110, P5: 110, P6: 150}\n"
    )
    contract = parse_contract(text, name="i")
    assert isinstance(contract, IndexedContract)
    assert contract.margin_eur_mwh == 4
    assert contract.contracted_kw == (100, 100, 110, 110, 110, 150)
    assert contract.adjustment_services_eur_mwh.rows == ((date(2021, 6, 1), (18.0,)),)


def test_adjustment_services_may_change_on_given_days():
    text = (
        "kind: indexed\ntariff: 3.0TD\nadjustment_services_eur_mwh:\n"
        "  - {from: 2026-01-01, value: 21}\n  - {from: 2026-07-01, value: 19.5}\n"
    )
    contract = parse_contract(text, name="i")
    assert contract.adjustment_services_eur_mwh.rows == (
        (date(2026, 1, 1), (21.0,)), (date(2026, 7, 1), (19.5,)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tariff: 3.0TD\n", "line 1: kind: must be one of pvpc, indexed, fixed"),
        ("tariff: 3.0TD\nkind: spot\n", "line 2: kind: must be one of pvpc, indexed, fixed"),
        ("kind:\n", "line 1: kind: must be one of pvpc, indexed, fixed"),
        ("kind: [fixed]\n", "line 1: kind: must be one of pvpc, indexed, fixed"),
        ("kind: pvpc\ntariff: 3.0TD\n", "line 2: tariff: Input should be '2.0TD'"),
        ("kind: indexed\ntariff: 2.0TD\n", "line 2: tariff: Input should be '3.0TD' or '6.1TD'"),
        ("kind: pvpc\nmargin_eur_mwh: 5\n", "line 2: margin_eur_mwh: unknown key"),
        ("kind: pvpc\nkind: pvpc\n", "line 2: found duplicate key"),
        ("kind: indexed\ntariff: 3.0TD\nmargin: 5\n", "line 3: margin: unknown key"),
        (
            "kind: indexed\ntariff: 3.0TD\nmargin_eur_mwh: 500\n",
            "line 3: margin_eur_mwh: 500 €/MWh is not plausible for a margin (expected 0 to 100)",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\nmargin_eur_mwh: 0.005\n",
            "line 3: margin_eur_mwh: 0.005 €/MWh is hardly anything: was 0.005 €/kWh meant? "
            "Then write 5",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\nmargin_eur_mwh: .nan\n",
            "line 3: margin_eur_mwh: Input should be a finite number",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\nmargin_eur_mwh: '5'\n",
            "line 3: margin_eur_mwh: Input should be a valid number",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\nmargin_eur_mwh: 5,5\n",
            "line 3: margin_eur_mwh: Input should be a valid number",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\nadjustment_services_eur_mwh: 0.012\n",
            "line 3: adjustment_services_eur_mwh: 0.012 €/MWh is hardly anything",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\nadjustment_services_eur_mwh: dear\n",
            "line 3: adjustment_services_eur_mwh: must be a number, or a list",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\nadjustment_services_eur_mwh: []\n",
            "line 3: adjustment_services_eur_mwh: the list is empty",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\nadjustment_services_eur_mwh:\n"
            "  - {from: 2026-07-01, value: 21}\n  - {from: 2026-01-01, value: 19}\n",
            "line 3: adjustment_services_eur_mwh: `from` dates must rise",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\nadjustment_services_eur_mwh:\n"
            "  - {from: 2026-01-01, value: 21}\n  - {from: soon, value: 19}\n",
            "line 5: adjustment_services_eur_mwh.1.from: Input should be a valid date",
        ),
        (
            "kind: fixed\ntariff: 2.0TD\nprices_eur_kwh:\n  P1: 0.2\n  P2: 95\n  P3: 0.1\n",
            "line 5: prices_eur_kwh.P2: 95 €/kWh is not plausible for a fixed price "
            "(expected 0 to 2): was 95 €/MWh meant? Then write 0.095",
        ),
        (
            "kind: fixed\ntariff: 2.0TD\nprices_eur_kwh: {P1: 0.2, P2: -0.1, P3: 0.1}\n",
            "line 3: prices_eur_kwh.P2: -0.1 €/kWh: a fixed price cannot be negative",
        ),
        (
            "kind: fixed\ntariff: 3.0TD\nprices_eur_kwh: {P1: 0.2, P2: 0.2, P3: 0.1}\n",
            "line 3: prices_eur_kwh: 3.0TD has the energy periods P1 to P6; the file gives "
            "P1, P2, P3",
        ),
        (
            "kind: pvpc\ncontracted_kw: {P1: 5, P2: 5, P3: 5}\n",
            "line 2: contracted_kw: 2.0TD has the power periods P1 to P2; the file gives "
            "P1, P2, P3",
        ),
        (
            "kind: indexed\ntariff: 3.0TD\n"
            "contracted_kw: {P1: 150, P2: 100, P3: 150, P4: 150, P5: 150, P6: 150}\n",
            "line 3: contracted_kw: contracted power may not fall from P1 to P6, and P2 (100 kW) "
            "is below P1 (150 kW)",
        ),
        (
            "kind: pvpc\ncontracted_kw:\n  P1: 9200000\n  P2: 5\n",
            "line 3: contracted_kw.P1: 9200000 kW is not plausible for a contracted power",
        ),
        (
            "kind: pvpc\ncontracted_kw: {P1: 0, P2: 5}\n",
            "line 2: contracted_kw.P1: 0 kW is not plausible for a contracted power",
        ),
    ],
)
def test_a_faulty_file_is_refused_with_line_field_and_reason(text, problem):
    assert problems(text)[0].startswith(problem)


def test_a_power_may_fall_on_20td():
    contract = parse_contract("kind: pvpc\ncontracted_kw: {P1: 9, P2: 3}\n", name="p")
    assert contract.contracted_kw == (9, 3)


def test_every_fault_is_told_at_once():
    assert (
        len(problems("kind: fixed\ntariff: 9.9TD\nprices_eur_kwh: {P1: 95}\ncolour: blue\n")) == 3
    )


def test_the_error_names_the_file():
    with pytest.raises(ContractInvalid, match=r"^ours\.yaml:\n"):
        parse_contract("kind: spot\n", name="ours.yaml")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_page_is_a_contract(example):
    assert parse_contract(example, name="example").market in {None, PVPC, SPOT}


def test_the_page_tells_the_assumed_margin_and_services():
    text = PAGE.read_text("utf-8")
    assert f"| {ASSUMED_MARGIN_EUR_MWH:g} EUR/MWh |" in text
    (_, first), (since, then) = ASSUMED_ADJUSTMENT_SERVICES_EUR_MWH.rows
    assert f"| {first[0]:g} EUR/MWh, from {since} {then[0]:g} EUR/MWh," in text


def test_the_page_shows_every_kind():
    kinds = {type(parse_contract(example, name="example")) for example in EXAMPLES}
    assert kinds == {PvpcContract, IndexedContract, FixedContract}
