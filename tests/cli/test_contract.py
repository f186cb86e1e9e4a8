"""The contract commands: an advice for people and for machines, kept and told again."""

from datetime import date

import pytest

from chocolate_factory.planning import contract_advice
from chocolate_factory.store.sql import open_store

FIXED = """kind: fixed
tariff: 3.0TD
prices_eur_kwh: {P1: 0.21, P2: 0.18, P3: 0.15, P4: 0.13, P5: 0.12, P6: 0.11}
contracted_kw: {P1: 60, P2: 60, P3: 60, P4: 60, P5: 60, P6: 60}
"""
PLANT = """name: bakery
slot_min: 15
batch_kg: 10
grades: [loaf]
stages:
  - {name: bake, machine: oven, count: 1, staffed: never, phases: {all: [[60, 40]]}}
shifts: {mon: [09:00-18:00]}
contracted_kw: {P1: 60, P2: 60, P3: 60, P4: 60, P5: 60, P6: 60}
base_load:
  - {name: light, kw: 5, hours: [00:00-24:00]}
"""
ORDERS = """weekly: {mon: {loaf: 10}}
due: {default: 08:00 next day}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A bakery of one oven under a fixed contract; the year has two weeks."""
    for name, text in (("contract", FIXED), ("plant", PLANT), ("orders", ORDERS)):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv(f"CHOCOLATE_FACTORY_{name.upper()}", str(path))
    monkeypatch.setattr(
        contract_advice, "mondays_of", lambda _: [date(2025, 1, 6), date(2025, 7, 7)]
    )
    open_store(f"sqlite:///{tmp_path / 'chocolate-factory.db'}").close()
    return tmp_path


def test_an_advice_is_made_kept_and_told_again(cf, folder):
    assert "make one with `contract advise`" in cf("contract", "show", "--dir", folder).err
    made = cf("contract", "advise", "--year", 2025, "--every", 1, "--boxes", 5,
              "--dir", folder, "--json").json  # fmt: skip
    assert made["habit_now"]["powers_kw"] == made["plan_now"]["powers_kw"] == [60.0] * 6
    assert made["plan_chosen"]["powers_kw"] == [5.0] * 5 + [45.0]
    assert made["saving_eur"] == pytest.approx(
        made["habit_least"]["total_eur"] - made["plan_chosen"]["total_eur"]
    )
    assert (made["weeks"], made["weeks_priced"], made["market"]) == (2, 2, None)
    assert not (folder / "contract").exists()
    assert cf("contract", "show", "--dir", folder, "--json").json == made
    shown = cf("contract", "show", "--dir", folder).out
    assert "habit, its own least contract" in shown
    assert "5 5 5 5 5 45" in shown
    assert "It stands on 2 of 2 weeks" in shown


def test_a_year_that_is_not_over_is_refused(cf, folder):
    ended = cf("contract", "advise", "--year", 2100, "--dir", folder)
    assert ended.status == 1
    assert "the last one over" in ended.err
