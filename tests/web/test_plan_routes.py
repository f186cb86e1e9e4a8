"""What is answered about the plan in force, and what people tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import pytest
from fastapi.testclient import TestClient

from chocolate_factory import conduct
from chocolate_factory.app.desks.plans import plan_desk
from chocolate_factory.app.factory import open_factory
from chocolate_factory.jobs import rules_of
from chocolate_factory.settings import load_settings

FIXED = """\
kind: fixed
tariff: 3.0TD
prices_eur_kwh: {P1: 0.2, P2: 0.18, P3: 0.15, P4: 0.12, P5: 0.1, P6: 0.08}
"""
ORDERS = """\
weekly:
  tue: {standard: 100}
  wed: {standard: 50}
due: {default: 08:00 next day}
"""


class Site:
    """A plant under a fixed contract, seen by a program on the machine itself."""

    def __init__(self, client: TestClient, factory, rules) -> None:
        self.client, self.factory, self.rules = client, factory, rules
        self.now = datetime(2025, 11, 17, 21, tzinfo=UTC)

    def replan(self) -> conduct.Replanned:
        return conduct.replan(self.factory.store, self.factory.task, now=self.now, rules=self.rules)

    def told(self, path: str, status: int = 200, **body: object):
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    @property
    def plan(self):
        return self.client.get("/plan").json()


@pytest.fixture
def site(tmp_path: Path, make_app, nothing_stored) -> Iterator[Site]:
    for name, text in (("contract.yaml", FIXED), ("orders.yaml", ORDERS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings = load_settings(
        data_dir=tmp_path,
        contract=str(tmp_path / "contract.yaml"),
        orders=tmp_path / "orders.yaml",
        propose_above_eur=0.5,
    )
    with open_factory(settings) as factory:
        sites: list[Site] = []
        app = make_app(
            lambda: nothing_stored, desk=plan_desk(factory, lambda: sites[0].now, Lock())
        )
        local = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
        with TestClient(app, **local) as client:
            sites.append(Site(client, factory, rules_of(settings)))
            yield sites[0]


def test_without_a_plan_nothing_holds(site: Site):
    assert site.plan["in_force"] is None
    told = site.told("/plan/started", 409, batch="standard-01", stage="mixing",
                     start="2025-11-17T20:00:00Z")  # fmt: skip
    assert "plan first" in told["detail"]


def test_what_was_told_is_noted_shown_and_undone(site: Site):
    site.replan()
    site.now = datetime(2025, 11, 18, 11, tzinfo=UTC)
    begun = next(b for b in site.plan["in_force"]["plan"]["blocks"]
                 if datetime.fromisoformat(b["start"]) < site.now)  # fmt: skip
    start = (datetime.fromisoformat(begun["start"]) + timedelta(minutes=15)).isoformat()
    told = site.told(
        "/plan/started", batch=begun["batch"], stage=begun["stage"], start=start, energy_kwh=3.5
    )
    (shown,) = site.plan["reports"]
    assert (shown["event_id"], shown["start"], shown["energy_kwh"], shown["by"]) == (
        told["event_id"], start, 3.5, "local",
    )  # fmt: skip
    assert start in {b["start"] for b in told["standing"]["in_force"]["plan"]["blocks"]}
    assert site.told("/plan/undo", event_id=told["event_id"])["standing"]["reports"] == []


def test_a_proposal_is_shown_with_what_it_moves_and_put_in_force(site: Site):
    site.replan()
    last = site.plan["in_force"]["plan"]["blocks"][-1]["batch"]
    pinned = site.told("/plan/pin", batch=last, begin="2025-11-19T11:00:00+01:00")
    site.now += timedelta(minutes=1)
    site.told("/plan/undo", event_id=pinned["event_id"])
    site.replan()
    proposal = site.plan["proposal"]
    assert proposal["saving_eur"] == pytest.approx(proposal["before_eur"] - proposal["after_eur"])
    assert proposal["saving_eur"] > 0.5
    assert {one["before"]["stage"] for one in proposal["moved"]} >= {"conching"}
    told = site.told("/plan/accept", plan_id=proposal["plan_id"])
    assert told["standing"]["in_force"]["plan_id"] == proposal["plan_id"]
    assert told["standing"]["in_force"]["accepted_by"] == "local"
    assert site.plan["proposal"] is None


def test_a_time_without_offset_is_refused(site: Site):
    told = site.told("/plan/started", 422, batch="a", stage="b", start="2025-11-17T20:00:00")
    assert "start" in told["detail"]


def test_a_pin_to_where_nobody_is_there_is_a_conflict_with_reasons(site: Site):
    site.replan()
    last = site.plan["in_force"]["plan"]["blocks"][-1]["batch"]
    told = site.told("/plan/pin", 409, batch=last, begin="2025-11-19T03:00:00+01:00")
    assert "cannot begin on Wed 19 Nov 03:00" in told["reasons"][0]
    told = site.told("/plan/pin?lang=es", 409, batch=last, begin="2025-11-19T03:00:00+01:00")
    assert "no puede empezar el mié 19 nov 03:00" in told["reasons"][0]
    assert told["reasons"][0] in told["detail"]
    assert told["title"] == "Ningún plan cumple todos los pedidos"
    move = {"name": "early", "move": {"batch": last, "begin": "2025-11-19T03:00:00+01:00"}}
    rows = site.told("/optimize/production/what-if?lang=es", variants=[move])["rows"]
    assert "no puede empezar el mié 19 nov 03:00" in rows[-1]["reasons"][0]


def test_what_is_in_the_way_an_hour_off_is_said_in_spanish_where_it_is_known(site: Site):
    site.replan()
    blocks = site.plan["in_force"]["plan"]["blocks"]
    limits = {}
    for lang in ("en", "es"):
        told = [
            site.client.get(f"/plan/why?lang={lang}&batch={name}")
            for name in sorted({one["batch"] for one in blocks})
        ]
        limits[lang] = [
            (answer.headers["content-language"], limit)
            for answer in told
            for shift in ("hour_earlier", "hour_later")
            for limit in answer.json()[shift]["limits"]
        ]

    assert len(limits["es"]) == len(limits["en"]) > 0
    assert {lang for lang, _ in limits["en"]} == {"en"}
    assert {lang for lang, _ in limits["es"]} == {"es"}
    assert not {limit for _, limit in limits["es"]} & {limit for _, limit in limits["en"]}


def test_a_pin_is_taken_back_by_the_name_of_its_batch(site: Site):
    site.replan()
    names = list(dict.fromkeys(b["batch"] for b in site.plan["in_force"]["plan"]["blocks"]))
    for name in names[-2:]:
        site.told("/plan/pin", batch=name)
    assert [pin["batch"] for pin in site.plan["pins"]] == names[-2:]
    assert len(site.plan["in_force"]["plan"]["pinned"]) == 2
    assert site.told("/plan/undo", batch=names[-1])["standing"]["pins"][0]["batch"] == names[-2]
    assert [pin["batch"] for pin in site.plan["pins"]] == names[-2:-1]
    assert len(site.plan["in_force"]["plan"]["pinned"]) == 1

    assert "not pinned" in site.told("/plan/undo", 409, batch=names[-1])["detail"]
    assert "gone-01" in site.told("/plan/undo", 404, batch="gone-01")["detail"]
    for neither in ({}, {"event_id": "x", "batch": names[-2]}):
        assert "either" in site.told("/plan/undo", 422, **neither)["detail"]


def test_why_a_batch_is_where_it_is_is_told(site: Site):
    site.replan()
    blocks = site.plan["in_force"]["plan"]["blocks"]
    batch = blocks[-1]["batch"]
    told = site.client.get("/plan/why", params={"batch": batch}).json()
    own = [block for block in blocks if block["batch"] == batch]
    assert told["begin"] == own[0]["start"]
    assert told["cost_eur"] == pytest.approx(sum(block["cost_eur"] for block in own))
    assert told["cheapest_eur"] <= told["cost_eur"] + 0.01
    assert told["published"]
    assert told["stays_best"] == 1.0  # agreed prices have one path
    assert told["hour_later"]["limits"] or told["hour_later"]["difference_eur"] >= -1e-9
    unknown = site.client.get("/plan/why", params={"batch": "gone-01"})
    assert unknown.status_code == 404
    assert batch in unknown.json()["detail"]


@pytest.mark.parametrize("path", ["/plan/accept", "/plan/started", "/plan/pin", "/plan/undo"])
def test_only_the_machine_itself_may_tell(make_app, nothing_stored, path: str):
    app = make_app(lambda: nothing_stored)
    with TestClient(app, client=("192.168.1.7", 50_000)) as elsewhere:
        assert elsewhere.post(path, json={}).status_code == 403
        assert elsewhere.get("/plan").status_code == 200


def test_variants_are_compared_for_anyone_on_the_local_network(site: Site):
    asked = {"variants": [{"name": "third conche", "machines": {"conching": 1}}]}
    site.client = TestClient(
        site.client.app, base_url="http://192.168.1.10:8000", client=("192.168.1.44", 50_000)
    )
    rows = site.told("/optimize/production/what-if", **asked)["rows"]
    assert [row["name"] for row in rows] == ["as it is", "third conche"]
    assert rows[1]["difference_eur"] <= 1e-6
    assert rows[1]["kg"] == rows[0]["kg"] == 150.0


@pytest.mark.parametrize(
    "variant",
    [
        {"name": ""},
        {"name": "x", "machines": {"conching": 1e9}},
        {"name": "x", "staffed": {"sunday": ["06:00-14:00"]}},
        {"name": "x", "staffed": {"sun": ["25:00-26:00"]}},
        {"name": "x", "contracted_kw": [-1]},
        {"name": "x", "orders_factor": {"standard": "NaN"}},
        {"name": "x", "contract": "no such contract"},
        {"name": "x", "plant": "name: [half"},
        {"name": "x", "surprise": 1},
    ],
)
def test_a_variant_that_does_not_fit_is_refused(site: Site, variant):
    site.told("/optimize/production/what-if", 422, variants=[variant])


def test_a_computation_through_a_proxy_is_refused(site: Site):
    answer = site.client.post(
        "/optimize/production/what-if",
        json={"variants": []},
        headers={"x-forwarded-for": "1.2.3.4"},
    )
    assert answer.status_code == 403
