"""``plan --accept`` puts the plan in force, whatever it saves."""

from __future__ import annotations

from chocolate_factory.store.sql import open_store

FIXED = """\
kind: fixed
tariff: 3.0TD
prices_eur_kwh: {P1: 0.2, P2: 0.18, P3: 0.15, P4: 0.12, P5: 0.1, P6: 0.08}
"""


def test_a_plan_that_saves_nothing_is_put_in_force_by_accept_alone(cf, tmp_path):
    contract = tmp_path / "contract.yaml"
    contract.write_text(FIXED, encoding="utf-8")
    asked = ("plan", "--days", 4, "--contract", contract, "--dir", tmp_path)
    open_store(f"sqlite:///{tmp_path / 'chocolate-factory.db'}").close()
    first = cf(*asked)
    assert first.status == 0, first.err
    without = cf(*asked)
    assert "nothing is moved" in without.out
    accepted = cf(*asked, "--accept")
    assert accepted.status == 0
    assert "in force: saves 0.00 €" in accepted.out
