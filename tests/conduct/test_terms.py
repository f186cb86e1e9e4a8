"""Contract and plant are kept whole, and a day is costed with those of then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from conduct.conftest import NOW, RULES, Floor

from chocolate_factory import conduct
from chocolate_factory.conduct.terms import TERMS, keep_terms, kept_terms, mark_of
from chocolate_factory.errors import StoreError
from chocolate_factory.market.contract import NAMED_CONTRACTS, parse_contract
from chocolate_factory.planning.equipment import (
    BaseLoad,
    Battery,
    Hours,
    Maintenance,
    Photovoltaics,
)
from chocolate_factory.store.base import Event

FIXED = """\
kind: fixed
tariff: 3.0TD
prices_eur_kwh: {P1: 0.2, P2: 0.19, P3: 0.17, P4: 0.16, P5: 0.15, P6: 0.14}
contracted_kw: {P1: 60, P2: 60, P3: 60, P4: 60, P5: 60, P6: 90}
"""
INDEXED = """\
kind: indexed
tariff: 6.1TD
margin_eur_mwh: 3.5
adjustment_services_eur_mwh: [{from: 2025-01-01, value: 14.5}, {from: 2026-01-01, value: 21}]
"""


@pytest.mark.parametrize(
    "contract",
    [*NAMED_CONTRACTS.values(), parse_contract(FIXED, name="f"), parse_contract(INDEXED, name="i")],
    ids=lambda contract: contract.name,
)
def test_what_is_kept_comes_back_the_same(floor: Floor, contract):
    plant = replace(
        floor.task.plant,
        batch_kg={"standard": 50.0, "premium": 45.5},
        base_load=(
            BaseLoad("offices", 3.5, (Hours(480, 1080),), frozenset({1, 12}), frozenset({0, 4})),
        ),
        maintenance=(Maintenance("conching", 1, NOW, NOW + timedelta(hours=3)),),
        pv=Photovoltaics(20.0, 0.8, (0.0,) * 24),
        battery=Battery(40.0, 20.0, 0.9, 10.0),
    )
    task = replace(floor.task, plant=plant, contract=contract)
    keep_terms(floor.store, task, at=NOW)
    keep_terms(floor.store, task, at=NOW + timedelta(hours=1))
    (only,) = kept_terms(floor.store, floor.task, as_of=NOW + timedelta(days=1)).kept
    assert (only.at, only.plant, only.contract) == (NOW, plant, contract)
    assert (mark_of(only.plant), mark_of(only.contract)) == (mark_of(plant), mark_of(contract))


def test_a_day_has_the_terms_that_were_in_force_when_it_ended(floor: Floor):
    other = replace(floor.task, contract=parse_contract(FIXED, name="next"))
    keep_terms(floor.store, floor.task, at=datetime(2025, 11, 10, 9, tzinfo=UTC))
    keep_terms(floor.store, other, at=datetime(2025, 11, 30, 22, 59, tzinfo=UTC))
    keep_terms(floor.store, floor.task, at=datetime(2025, 11, 30, 23, tzinfo=UTC))
    terms = kept_terms(floor.store, floor.task, as_of=datetime(2025, 12, 5, tzinfo=UTC))
    days = [date(2025, 11, 1), date(2025, 11, 29), date(2025, 11, 30), date(2025, 12, 1)]
    assert [terms.on(day).contract.name for day in days] == ["pvpc", "pvpc", "next", "pvpc"]
    assert [bool(terms.note(day)) for day in days] == [True, False, False, False]
    assert terms.changed(days[0], days[1]) == ""
    assert terms.changed(days[0], days[2]) == (
        "the contract changed on 2025-11-30: all is billed under that of 2025-11-30"
    )


def test_other_powers_in_the_plant_file_are_another_contract(floor: Floor):
    other = replace(floor.task, plant=replace(floor.task.plant, contracted_kw=(90.0,) * 6))
    keep_terms(floor.store, floor.task, at=datetime(2025, 11, 10, 9, tzinfo=UTC))
    keep_terms(floor.store, other, at=datetime(2025, 11, 20, 9, tzinfo=UTC))
    terms = kept_terms(floor.store, other, as_of=NOW + timedelta(days=9))
    said = terms.changed(date(2025, 11, 1), date(2025, 11, 30))
    assert said.startswith("the contract changed on 2025-11-20")


def test_the_same_contract_in_a_file_of_another_name_is_the_same_contract(floor: Floor):
    here, there = (parse_contract(FIXED, name=name) for name in ("a.yaml", "/srv/copied/a.yaml"))
    assert mark_of(here) == mark_of(there)
    assert here == there
    keep_terms(floor.store, replace(floor.task, contract=here), at=NOW)
    keep_terms(floor.store, replace(floor.task, contract=there), at=NOW + timedelta(hours=1))
    terms = kept_terms(floor.store, floor.task, as_of=NOW + timedelta(days=40))
    (only,) = terms.kept
    assert only.contract.name == "a.yaml"
    assert terms.marked((mark_of(floor.task.plant), mark_of(there))) is not None


def test_terms_are_kept_anew_after_some_that_are_damaged(floor: Floor):
    floor.store.save_event(Event("broken", TERMS, NOW, '{"plant": {}, "kind": "PvpcContract"}'))
    keep_terms(floor.store, floor.task, at=NOW + timedelta(hours=1))
    assert len(floor.store.events(TERMS, as_of=NOW + timedelta(hours=1))) == 2


def test_what_is_damaged_is_said(floor: Floor):
    floor.store.save_event(Event("broken", TERMS, NOW, '{"plant": {}, "kind": "PvpcContract"}'))
    with pytest.raises(StoreError, match="broken is damaged"):
        kept_terms(floor.store, floor.task, as_of=NOW)


@pytest.mark.parametrize("own", [True, False])
def test_the_terms_of_a_trial_are_not_kept_as_those_in_force(floor: Floor, own: bool):
    conduct.replan(floor.store, floor.task, now=floor.now, rules=RULES, own=own)
    assert len(kept_terms(floor.store, floor.task, as_of=floor.now).kept) == own
