"""Alerts over HTTP, on the page and in messages: both languages, and a button for who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from web.conftest import NAMES

from chocolate_factory.alerting import End, Held, Post, Seen, Told, Waiting
from chocolate_factory.forecasting.monitor import Amiss
from chocolate_factory.insights.alerts import Alert, AlertKind, Basis, Gravity, Value
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.store.tokens import Role, Token
from chocolate_factory.web.alert_routes import AlertDesk
from chocolate_factory.web.alert_wording import at_stake, reason, worded
from chocolate_factory.web.asked import Alerts
from chocolate_factory.web.callers import Access
from chocolate_factory.web.wording import WORDS

AS_OF = datetime(2026, 11, 25, 13, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
HERE = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
EN, ES = WORDS["en"], WORDS["es"]
SPAN: dict[str, Value] = {"start": "2026-11-25T18:00:00Z", "end": "2026-11-25T20:00:00Z"}
AIR: dict[str, Value] = {**SPAN, "stage": "tempering", "limit": 26.0, "highest": 28.4, "hours": 2}
COLD: dict[str, Value] = {**SPAN, "stage": "proofing", "limit": 24.0, "lowest": 11.2, "hours": 2}
PRICE: dict[str, Value] = {
    **SPAN, "hours": 2.0, "price_eur_kwh": 0.2134, "limit_eur_kwh": 0.189,
    "median_eur_kwh": 0.1, "days": 28,
}  # fmt: skip
OF: dict[str, Value] = {"series": "spot", "since": "2026-11-24T23:00:00Z"}
DRIFT: dict[str, Value] = {
    "series": "spot", "what": Amiss.COVERAGE_80.value, "measured": 0.66, "low": 0.7, "high": 0.9,
    "model": "",
}  # fmt: skip
EVERY: dict[AlertKind, list[dict[str, Value]]] = {
    AlertKind.PRICE_SPIKE: [PRICE],
    AlertKind.PRICE_OPPORTUNITY: [PRICE],
    AlertKind.PRICE_NEGATIVE: [
        {name: value for name, value in PRICE.items() if "limit" not in name}
    ],
    AlertKind.HEAT: [{**AIR, "where": "inside"}, {**AIR, "where": "outside"}],
    AlertKind.COLD: [{**COLD, "where": "inside"}, {**COLD, "where": "outside"}],
    AlertKind.HUMIDITY: [{**AIR, "where": "inside"}],
    AlertKind.GAP: [{**OF, "hours": 3.25}, {**OF, "others": "pvpc,humidity", "hours": 3.25}],
    AlertKind.DISAGREEMENT: [OF],
    AlertKind.RAW_DAMAGED: [{"file": "raw.db.damaged-1"}],
    AlertKind.JOB_REJECTED: [{"job": "weather-forecast"}],
    AlertKind.JOB_OVERDUE: [{"job": "backup", "since": "2026-11-24T23:00:00Z"}],
    AlertKind.FORECAST_STALE: [OF],
    AlertKind.MODEL_UNUSABLE: [{"series": "spot"}],
    AlertKind.MODEL_DRIFT: [
        DRIFT,
        DRIFT | {"what": Amiss.LOSES_TO_NAIVE.value, "measured": 1.2, "low": 0.0, "high": 1.0},
    ],
    AlertKind.PLAN_INFEASIBLE: [
        {"reasons": 2, "way": "overtime"},
        {"reasons": 1, "way": "", "first": "this plan ends on Wed 25 Nov 18:00"},
    ],
    AlertKind.FIRST_PLAN: [
        {"plan_id": "p", "start": "2026-11-25T18:00:00Z", "cost_eur": 366.0, "saved_pct": 12.1}
    ],
    AlertKind.BETTER_PLAN: [
        {"plan_id": "p", "after_eur": 305.0, "before_eur": 366.0},
        {"plan_id": "p", "after_eur": 305.0},
    ],
    AlertKind.EXCESS_POWER: [
        {**SPAN, "period": 1, "contracted_kw": 100.0, "highest_kw": 104.5, "quarters": 3}
    ],
}


def spike(**more: Any) -> Held:
    alert = Alert(
        "price-spike:2026-11-25", AlertKind.PRICE_SPIKE, Gravity.WARNING, PRICE, 41.3,
        Basis.OVER_MEDIAN, AS_OF + 6 * HOUR,
    )  # fmt: skip
    return replace(Held("20261125T070000Z-5f0c1a2b", alert, AS_OF - HOUR, AS_OF - HOUR), **more)


def gap(**more: Any) -> Held:
    alert = Alert("gap:spot@peninsula", AlertKind.GAP, Gravity.CRITICAL, {**OF, "hours": 13.0})
    return replace(Held("20261125T071500Z-0badcafe", alert, AS_OF - HOUR, AS_OF - HOUR), **more)


class Noted:
    """A desk over alerts made by hand, and what was acknowledged by whom."""

    def __init__(self, *every: Held) -> None:
        self.every = every
        self.seen: list[tuple[str, str]] = []

    def acknowledge(self, alert_id: str, by: str) -> Held:
        self.seen.append((alert_id, by))
        self.every = tuple(
            replace(one, seen=Seen(by, AS_OF, one.alert.gravity))
            if one.alert_id == alert_id
            else one
            for one in self.every
        )
        return next(one for one in self.every if one.alert_id == alert_id)

    @property
    def desk(self) -> AlertDesk:
        return AlertDesk(
            alerts=lambda: Alerts(AS_OF, AS_OF - timedelta(minutes=5), False, self.every),
            acknowledge=self.acknowledge,
        )


@pytest.fixture
def app_with(make_app: Callable[..., FastAPI], snapshot: Snapshot) -> Callable[..., FastAPI]:
    def build(noted: Noted, **more: Any) -> FastAPI:
        return make_app(lambda: snapshot, alerts=noted.desk, **more)

    return build


def test_the_examples_below_are_of_every_kind():
    assert set(EVERY) == set(AlertKind)


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_is_told_in_both_languages_without_a_hole(kind: AlertKind):
    for values in EVERY[kind]:
        alert = Alert("x", kind, Gravity.NOTICE, values)
        english, spanish = reason(alert, EN), reason(alert, ES)
        assert english != spanish
        assert "{" not in english + spanish


def test_reasons_are_written_as_people_write_them():
    assert reason(spike().alert, EN) == (
        "Wed 25, 19:00–21:00: 2 h at up to 0.2134 €/kWh, dearer than 98 % of what the plant paid "
        "in the last 28 days (0.1890 €/kWh)."
    )
    assert reason(spike().alert, ES) == (
        "mié 25, 19:00–21:00: 2 h a hasta 0,2134 €/kWh, más que el 98 % de lo que pagó la planta "
        "en los últimos 28 días (0,1890 €/kWh)."
    )


def test_a_first_plan_is_told_with_its_day_cost_and_share():
    alert = Alert("x", AlertKind.FIRST_PLAN, Gravity.NOTICE, EVERY[AlertKind.FIRST_PLAN][0])
    assert reason(alert, EN).replace("\N{NO-BREAK SPACE}", " ") == (
        "From Wednesday 25 November: €366.00, expected, 12.1 % below the habit. It is in force."
    )
    assert reason(alert, ES).replace("\N{NO-BREAK SPACE}", " ") == (
        "Desde el miércoles 25 de noviembre: se esperan 366,00 €, un 12,1 % menos que con la "
        "costumbre. Está en vigor."
    )


def test_a_plan_that_only_is_safer_is_not_said_to_save():
    told: dict[str, Value] = {"plan_id": "p", "after_eur": 369.0, "before_eur": 366.0}
    safer = Alert("x", AlertKind.BETTER_PLAN, Gravity.NOTICE, told, eur=None, basis=Basis.SAFER)
    assert "may well cost more than the habit" in reason(safer, EN)
    assert "puede costar más que lo habitual" in reason(safer, ES)
    assert at_stake(safer, EN) == "no euros: it saves only where prices turn out dear"
    assert at_stake(safer, ES).startswith("sin euros: ")


def test_the_lists_tell_what_holds_and_what_ended_lately(app_with: Callable[..., FastAPI]):
    old = gap(alert_id="old", ended=AS_OF - 50 * HOUR, how=End.RECOVERED)
    new = gap(alert_id="new", ended=AS_OF - HOUR, how=End.RECOVERED)
    told = {
        "mail": Told(AS_OF - HOUR, Gravity.WARNING),
        "mqtt": Told(AS_OF - 2 * HOUR, Gravity.WARNING),
    }
    client = TestClient(app_with(Noted(spike(told=told), new, old)))

    page = client.get("/dashboard/alerts?lang=es").json()
    assert [one["title"] for one in page["holding"]] == ["Horas caras"]
    assert page["holding"][0]["eur"] == 41.3
    assert page["holding"][0]["state"] == "holds"
    assert page["holding"][0]["at_stake"].startswith("41,30\N{NO-BREAK SPACE}€: lo que el plan")
    assert page["holding"][0]["valid_until"] == "2026-11-25T20:20:00+01:00"
    assert page["holding"][0]["told"] == "2026-11-25T13:20:00+01:00"
    assert [(one["alert_id"], one["told"]) for one in page["ended"]] == [("new", None)]

    every = client.get("/insights/alerts?days_back=7", headers={"accept-language": "en"}).json()
    assert [one["alert_id"] for one in every["ended"]] == ["new", "old"]
    assert every["ended"][0]["state"] == "recovered"
    assert client.get("/dashboard/complete?lang=es").json()["alerts"]["holding"] == page["holding"]
    assert client.get("/insights/alerts?days_back=61").status_code == 422


def test_who_wrote_reads_what_was_written(app_with: Callable[..., FastAPI]):
    noted = Noted(spike(), gap())
    app = app_with(noted, state=lambda: tuple(noted.seen))
    with TestClient(app, **HERE) as client:
        for kept in ("/dashboard/complete", "/dashboard/summary", "/dashboard"):
            client.get(kept)
        for number, one in enumerate(noted.every, start=1):
            assert client.post(f"/insights/alerts/{one.alert_id}/acknowledge").status_code == 200
            for kept in ("/dashboard/complete", "/dashboard/summary"):
                holding = client.get(kept).json()["alerts"]["holding"]
                assert sum(told["acknowledged_at"] is not None for told in holding) == number
            page = client.get("/dashboard").text
            assert page.count("data-post=") == len(noted.every) - number


def test_who_says_that_it_was_seen_is_noted(app_with: Callable[..., FastAPI]):
    noted = Noted(spike())
    client = TestClient(app_with(noted), **HERE)

    answer = client.post(f"/insights/alerts/{spike().alert_id}/acknowledge")

    assert answer.status_code == 200
    assert answer.json()["acknowledged_by"] == "local"
    assert noted.seen == [(spike().alert_id, "local")]
    assert client.post("/insights/alerts/%20/acknowledge").status_code == 422


@pytest.mark.parametrize(
    ("role", "status"), [(Role.VIEWER, 403), (Role.PLANNER, 200), (Role.ADMIN, 200)]
)
def test_a_planner_may_say_so_from_another_machine_and_a_viewer_may_not(
    app_with: Callable[..., FastAPI], role: Role, status: int
):
    token = Token("tablet", role, AS_OF, AS_OF + HOUR)
    access = Access(lambda: AS_OF, lambda _: token, lambda _: None, lambda _: None, NAMES)
    noted = Noted(spike())
    client = TestClient(app_with(noted, access=access), client=("192.0.2.7", 50_000))

    answer = client.post(
        f"/insights/alerts/{spike().alert_id}/acknowledge",
        headers={"authorization": "Bearer x"},
    )

    assert answer.status_code == status
    assert noted.seen == ([] if status == 403 else [(spike().alert_id, "token:tablet")])


def test_the_button_waits_until_the_browser_knows_that_it_would_work(
    app_with: Callable[..., FastAPI],
):
    text = TestClient(app_with(Noted(spike()))).get("/dashboard?lang=en").text

    assert "Dear hours" in text
    assert (
        f'<button type="button" data-needs="plan" hidden id="seen-{spike().alert_id}" '
        f'data-post="/insights/alerts/{spike().alert_id}/acknowledge"' in text
    )


def test_how_grave_it_is_stands_in_words_and_pressing_ones_stand_first(
    app_with: Callable[..., FastAPI],
):
    pressing = TestClient(app_with(Noted(gap(), spike()))).get("/dashboard?lang=en").text
    seen = TestClient(app_with(Noted(spike(seen=Seen("local", AS_OF, Gravity.WARNING)))))
    calm = seen.get("/dashboard?lang=en").text

    assert "Act now" in pressing
    assert "Act today" in pressing
    assert pressing.index("alerts-title") < pressing.index("card-now")
    assert calm.index("alerts-title") > calm.index("card-now")
    assert "seen Wed 25 Nov, 14:20 (local)" in calm
    assert "data-post" not in calm


def test_without_any_price_alerts_and_the_plan_in_force_are_told_all_the_same(
    make_app: Callable[..., FastAPI], snapshot: Snapshot
):
    unpriced = replace(snapshot, paid=None)
    every = Noted(gap(), spike()).desk
    text = TestClient(make_app(lambda: unpriced, alerts=every)).get("/dashboard?lang=en").text

    assert "empty-title" in text
    assert text.index("alerts-title") < text.index("next-title") < text.index("plan-title")
    assert "Act now" in text
    assert "now-title" not in text


def test_where_nothing_is_the_matter_the_page_says_when_it_was_looked_at(
    app_with: Callable[..., FastAPI],
):
    text = TestClient(app_with(Noted())).get("/dashboard?lang=en").text

    assert "were looked at Wed 25 Nov, 14:15" in text


def test_that_no_plan_is_possible_says_what_collides():
    first = (
        "by Wed 25 Nov 08:00 the orders (standard of Tue 24 Nov) need 42.5 h of conching; 3 "
        "conches can give at most 36 h until then with staff to start it, besides work begun before"
    )
    values = {"reasons": 3, "way": "overtime", "first": f"{first}\nthe mill is broken"}
    alert = Alert("x", AlertKind.PLAN_INFEASIBLE, Gravity.CRITICAL, values)

    assert reason(alert, EN) == (
        f"No plan meets every order. B{first[1:]}. The mill is broken. And 1 more. Cheapest way "
        "out: overtime."
    )
    assert reason(alert, ES).startswith(
        "Ningún plan cumple todos los pedidos. Hasta el mié 25 nov 08:00 los pedidos (standard del "
        "mar 24 nov) necesitan 42,5 h de conching; 3 conches dan como mucho 36 h hasta entonces "
        "con personal que la empiece, aparte de lo empezado."
    )


def test_a_message_says_what_why_and_how_much():
    told = worded(Post((spike(),), (), False), ES, plant="obrador", simulated=True)

    assert told.title == "obrador: Actuar hoy: Horas caras"
    assert told.body.startswith("DATOS SIMULADOS. mié 25, 19:00–21:00")
    assert "41,30" in told.body


def test_a_summary_names_what_fits_and_counts_the_rest():
    every = tuple(gap(alert_id=str(number)) for number in range(24))
    told = worded(Post(every, (spike(),), True), EN, plant="plant", simulated=False)

    assert told.title == "plant: 25 more alerts"
    assert told.body.count("\n") == 20
    assert told.body.endswith("… and 5 more: see the dashboard.")


def test_a_summary_of_several_sites_names_each_and_what_is_gravest_there():
    def waiting(title, count, gravity, kind):
        return Waiting(title, title, tuple(f"{n}" for n in range(count)), (), gravity, kind)

    sites = (
        waiting("Jaén", 3, Gravity.CRITICAL, AlertKind.PLAN_INFEASIBLE),
        waiting("Lugo", 1, Gravity.NOTICE, AlertKind.GAP),
        Waiting("soria", "Soria", (), ("7", "8"), None, None),
        *(waiting(f"s{n}", 1, Gravity.NOTICE, AlertKind.GAP) for n in range(20)),
    )
    post = Post((gap(),), (), True, sites)
    english = worded(post, EN, plant="Lugo", simulated=False)
    spanish = worded(post, ES, plant="Lugo", simulated=False)

    assert english.title == "26 more alerts at 23 sites"
    lines = english.body.splitlines()
    assert lines[:3] == [
        "Jaén: Act now: No plan possible, and 2 more", "Lugo: Good to know: Data missing",
        "Soria: 2 recovered",
    ]  # fmt: skip
    assert lines[-1] == "… and 3 more sites: see the overview."
    assert spanish.title == "26 avisos más en 23 centros"
    assert "Soria: 2 resueltos" in spanish.body
