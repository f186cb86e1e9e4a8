"""Alerts on the command line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chocolate_factory.alerting import settle
from chocolate_factory.cli.root import now
from chocolate_factory.insights.alerts import Alert, AlertKind, Gravity
from chocolate_factory.store.opening import open_store

GAP = Alert(
    "gap:spot@peninsula",
    AlertKind.GAP,
    Gravity.CRITICAL,
    {"series": "spot", "since": "2026-11-24T23:00:00Z", "hours": 13.0},
)


@pytest.fixture
def folder(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'chocolate-factory.db'}")
    settle(store, [GAP], now=now() - timedelta(minutes=5))
    store.close()
    return tmp_path


def test_what_holds_is_listed_and_acknowledged(cf, folder):
    (listed,) = cf("alerts", "list", "--json", "--dir", folder).json["holding"]
    assert (listed["code"], listed["acknowledged_by"]) == (GAP.code, None)

    said = cf("alerts", "acknowledge", listed["alert_id"], "--dir", folder)
    assert said.status == 0
    assert said.out.startswith("seen: Data missing, by command line:")
    text = cf("alerts", "list", "--lang", "es", "--dir", folder).out
    assert "Actuar ya: Faltan datos, seen by command line:" in text
    assert "no se puede calcular lo que cuesta" in text


def test_an_unknown_one_is_refused_in_one_line(cf, folder):
    said = cf("alerts", "acknowledge", "x", "--dir", folder)

    assert said.status == 1
    assert said.err.count("\n") == 1
    assert "'x' is no alert" in said.err


def test_without_alerts_it_says_whether_anything_was_looked_at(cf, tmp_path):
    open_store(f"sqlite:///{tmp_path / 'chocolate-factory.db'}").close()

    assert "nothing was looked at yet" in cf("alerts", "list", "--dir", tmp_path).out
