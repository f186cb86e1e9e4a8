"""Several sites behind one interface: whose plant is meant, and all of them at a glance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from web.conftest import no_tokens

from chocolate_factory.alerting import Held, Seen
from chocolate_factory.insights.alerts import Alert, AlertKind, Gravity
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.planning.account import savings_account
from chocolate_factory.standing import NOTHING, KeptPlan, Noted, Proposed, Standing
from chocolate_factory.store.audit import Entry
from chocolate_factory.web import fleet_views, guard
from chocolate_factory.web.asked_site import OfEach, SiteName, asked_site, at_asked_site
from chocolate_factory.web.fleet_routes import FleetDesk
from chocolate_factory.web.fleet_views import FleetSeen, SiteSeen, SiteUnread

AT = datetime(2026, 11, 25, 13, 20, tzinfo=UTC)
JAEN, LUGO, VIGO = (
    SiteName("jaen", "Fábrica de Jaén"),
    SiteName("lugo", "Lugo <norte>"),
    SiteName("vigo", "Vigo"),
)
SITES = (JAEN, LUGO, VIGO)


def alert(code: str, kind: AlertKind, gravity: Gravity, **more: Any) -> Held:
    return Held(code, Alert(code, kind, gravity, {}), AT, AT, **more)


def in_force(plan: Any, *, end: timedelta | None = None) -> Standing:
    plan = plan if end is None else replace(plan, end=AT + end)
    return replace(NOTHING, in_force=KeptPlan("1", AT, plan))


def seen(snapshot: Snapshot) -> FleetSeen:
    """Jaén goes on, Lugo cannot plan and has a failing job, Vigo has nothing yet."""
    plan = snapshot.plan
    month = (AT.date().replace(day=1), AT.date())
    nothing = savings_account(*month, (), ())
    saved = replace(nothing, days_closed=24, saving_eur=194.4, saving_pct=12.1)
    lost = replace(nothing, days_closed=1, saving_eur=-3.5, saving_pct=-0.4)
    grave = alert("1", AlertKind.PLAN_INFEASIBLE, Gravity.CRITICAL)
    known = alert("2", AlertKind.HEAT, Gravity.WARNING, seen=Seen("ana", AT, Gravity.WARNING))
    over = alert("3", AlertKind.HEAT, Gravity.WARNING, ended=AT)
    open_now = alert("4", AlertKind.PRICE_SPIKE, Gravity.WARNING)
    hour = timedelta(hours=1)
    return FleetSeen(
        as_of=AT,
        simulated=True,
        prices_until=AT + 34 * hour,
        forecast_at=None,
        alerts=(alert("5", AlertKind.MODEL_DRIFT, Gravity.WARNING),),
        looked_at=AT,
        sites=(
            SiteSeen(JAEN, in_force(plan), (known, over, open_now), saved, AT - hour, AT, 0, AT),
            SiteSeen(LUGO, in_force(plan), (grave, open_now), lost, AT - 9 * hour, None, 2, AT),
            SiteSeen(VIGO, NOTHING, (), nothing, None, None, 0, None),
        ),
    )


@pytest.fixture
def several(make_app: Callable[..., FastAPI], snapshot: Snapshot) -> Iterator[TestClient]:
    """The application over three sites, whose plants are called as the site is."""
    told = seen(snapshot)
    app = make_app(
        lambda: replace(snapshot, plant=f"press of {asked_site()}"),
        sites=SITES,
        fleet=FleetDesk(seen=lambda: told, state=lambda: "unchanged"),
        state=lambda: (asked_site(), 1),
    )
    local = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
    with TestClient(app, follow_redirects=False, **local) as client:
        yield client


def plant_of(client: TestClient, query: str = "") -> str:
    return client.get(f"/dashboard/complete{query}").json()["plant"]


def test_a_path_is_about_the_site_that_is_named_and_else_about_the_first(
    several: TestClient,
) -> None:
    assert plant_of(several) == "press of jaen"
    assert plant_of(several, "?site=lugo") == "press of lugo"
    assert plant_of(several, "?site=vigo&lang=es") == "press of vigo"
    assert plant_of(several, "?lang=es") == "press of jaen"


@pytest.mark.parametrize("query", ["?site=madrid", "?site=", "?site=Jaen", "?site=jaen&site=lugo"])
@pytest.mark.parametrize("path", ["/dashboard/complete", "/plan", "/gaps/summary", "/overview"])
def test_another_site_is_not_found_and_those_there_are_are_named(
    several: TestClient, path: str, query: str
) -> None:
    answer = several.get(f"{path}{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == "/docs#unknown-site"
    assert told["sites"] == ["jaen", "lugo", "vigo"]
    assert "jaen, lugo, vigo" in told["detail"]
    assert told["request_id"]


def test_of_several_sites_what_changes_a_plant_has_to_name_it(
    several: TestClient, make_app: Callable[..., FastAPI], snapshot: Snapshot
) -> None:
    answer = several.post("/ingest-now")
    assert (answer.status_code, answer.json()["sites"]) == (422, ["jaen", "lugo", "vigo"])
    assert "?site=" in answer.json()["detail"]
    assert several.post("/ingest-now?site=jaen").status_code == 202
    assert several.post("/models/train").status_code == 202
    here = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
    with TestClient(make_app(lambda: snapshot, sites=SITES[:1]), **here) as alone:
        assert alone.post("/ingest-now").status_code == 202

    paths = several.get("/openapi.json").json()["paths"]
    required = {
        path: parameter["required"]
        for path in ("/plan", "/plan/pin", "/optimize/production/what-if")
        for operation in paths[path].values()
        for parameter in operation["parameters"]
        if parameter["name"] == "site"
    }
    assert required == {"/plan": False, "/plan/pin": True, "/optimize/production/what-if": False}


def test_what_names_a_site_there_is_not_is_limited_judged_and_noted_as_the_rest(
    make_app: Callable[..., FastAPI], snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "OPEN_BURST", 3)
    monkeypatch.setattr(guard, "OPEN_PER_S", 1e-6)
    done: list[Entry] = []
    refused: list[Entry] = []
    access = replace(no_tokens(lambda: AT), done=done.append, refused=refused.append)
    app = make_app(lambda: snapshot, sites=SITES, access=access)
    afar = TestClient(app, client=("192.0.2.7", 50_000))
    here = TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000))

    for method in ("POST", "DELETE"):
        answer = afar.request(method, "/models/train?site=nope")
        assert answer.status_code == 403
        assert "jaen" not in answer.text
    assert [(one.what, one.outcome) for one in refused] == [
        ("POST /models/train?site=nope", "403"),
        ("DELETE /models/train?site=nope", "403"),
    ]
    assert done == []
    assert here.post("/plan/undo?site=jaen&site=lugo", json={}).status_code == 404
    assert [(one.what, one.outcome) for one in done] == [
        ("POST /plan/undo?site=jaen&site=lugo", "begun"),
        ("POST /plan/undo?site=jaen&site=lugo", "404"),
    ]
    assert afar.get(f"/plan?site=nope&x={'x' * guard.LONGEST_HEAD}").status_code == 413
    answers = [afar.get("/plan?site=nope").status_code for _ in range(5)]
    assert answers == [404] * 3 + [429] * 2


def test_a_browser_that_asks_for_a_site_there_is_not_is_shown_a_page(several: TestClient) -> None:
    asked = "/dashboard?site=madrid&lang=es"
    answer = several.get(asked, headers={"Accept": "text/html,application/xhtml+xml"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "jaen, lugo, vigo" in answer.text


def test_sites_are_listed_as_people_and_addresses_call_them(several: TestClient) -> None:
    assert several.get("/sites").json() == {
        "sites": [{"name": one.name, "title": one.title} for one in SITES]
    }


def test_where_there_is_one_site_there_is_none_of_this(client: TestClient) -> None:
    for path in ("/sites", "/fleet", "/overview"):
        assert client.get(path).status_code == 404
    assert client.get("/dashboard/complete?site=jaen").status_code == 200
    page = client.get("/dashboard").text
    assert 'id="sites"' not in page
    assert "data-site" not in page
    assert "site=" not in page
    assert "site" not in {
        parameter["name"]
        for methods in client.get("/openapi.json").json()["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
    }


def test_the_page_offers_the_other_sites_and_keeps_its_own_in_every_link(
    several: TestClient,
) -> None:
    page = several.get("/dashboard?site=lugo&lang=es").text
    assert 'data-site="lugo"' in page
    assert "Lugo &lt;norte&gt;" in page
    assert "Lugo <norte>" not in page
    for one in SITES:
        assert f"/dashboard?lang=es&amp;site={one.name}" in page
    assert 'href="?lang=en&amp;site=lugo"' in page
    assert '<a href="/overview?lang=es&amp;site=lugo">' in page
    for kind in ("pdf", "csv", "xlsx", "ics"):
        assert f'<a href="/reports/plan.{kind}?lang=es&amp;site=lugo">' in page


def test_pages_are_kept_for_each_site_apart(several: TestClient) -> None:
    tags = {}
    for name in ("jaen", "lugo"):
        answer = several.get(f"/dashboard?site={name}")
        tags[name] = answer.headers["etag"]
        again = several.get(f"/dashboard?site={name}", headers={"If-None-Match": tags[name]})
        assert again.status_code == 304
    crossed = several.get("/dashboard?site=lugo", headers={"If-None-Match": tags["jaen"]})
    assert crossed.status_code == 200


def test_the_interface_says_where_a_site_may_be_named(several: TestClient) -> None:
    paths = several.get("/openapi.json").json()["paths"]
    named = {
        path
        for path, methods in paths.items()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "site"
    }
    assert named >= {"/dashboard", "/plan", "/plan/pin", "/setup/plant", "/insights/alerts"}
    assert named.isdisjoint({"/health", "/sites", "/fleet", "/overview", "/models/train"})
    assert "404" in paths["/plan"]["get"]["responses"]
    assert several.get("/docs").status_code == 200


def rows(client: TestClient, order: str = "site") -> list[dict[str, Any]]:
    return client.get("/fleet", params={"order": order}).json()["sites"]


def test_every_site_is_told_at_a_glance(several: TestClient) -> None:
    told = several.get("/fleet").json()
    assert told["saving_eur"] == pytest.approx(190.9)
    assert told["alerts"] == {"critical": 0, "warning": 1, "notice": 0}
    assert told["prices_until"] == "2026-11-27T00:20:00+01:00"
    jaen, lugo, vigo = told["sites"]
    assert [one["plan"]["state"] for one in told["sites"]] == ["in_force", "impossible", "none"]
    assert jaen["alerts"] == {"critical": 0, "warning": 1, "notice": 0}
    assert lugo["alerts"] == {"critical": 1, "warning": 1, "notice": 0}
    assert lugo["data"]["failing"] == 2
    assert (vigo["next_start"], vigo["data"]["weather_at"]) == (None, None)
    start = datetime.fromisoformat(jaen["next_start"]["start"])
    assert start > AT


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("site", ["jaen", "lugo", "vigo"]),
        ("saving", ["jaen", "vigo", "lugo"]),
        ("alerts", ["lugo", "jaen", "vigo"]),
        ("plan", ["lugo", "vigo", "jaen"]),
        ("data", ["vigo", "lugo", "jaen"]),
    ],
)
def test_sites_are_ordered_as_asked(several: TestClient, order: str, names: list[str]) -> None:
    assert [row["name"] for row in rows(several, order)] == names
    page = several.get("/overview", params={"order": order}).text
    found = [page.index(f'site={name}">', page.index("<tbody>")) for name in names]
    assert found == sorted(found)
    assert page.count("aria-sort=") == 1


def test_what_begins_next_comes_first_and_nothing_last(snapshot: Snapshot) -> None:
    later = seen(snapshot)
    assert later.sites[0].standing.in_force is not None
    states = [row.name for row in fleet_views.fleet(later, "start").sites]
    assert states[-1] == "vigo"


def test_what_begins_next_may_be_a_stage_of_a_batch_taken_over(carrying: Snapshot) -> None:
    told = seen(carrying)
    one = fleet_views.fleet(replace(told, as_of=carrying.as_of), "site").sites[0].next_start
    assert one is not None
    assert (one.batch, one.stage) == ("standard-02", "conching")


def test_ages_and_order_count_what_passes_when_the_clock_goes_back(
    make_app: Callable[..., FastAPI], snapshot: Snapshot
) -> None:
    """At 02:40 winter time the weather of 02:50 summer time is 50 minutes old, and the older."""
    told = seen(snapshot)
    before, after = (datetime(2026, 10, 25, *at, tzinfo=UTC) for at in ((0, 50), (1, 30)))
    sites = tuple(
        replace(one, weather_at=at)
        for one, at in zip(told.sites, (after, before, after), strict=True)
    )
    told = replace(told, as_of=datetime(2026, 10, 25, 1, 40, tzinfo=UTC), sites=sites)
    desk = FleetDesk(seen=lambda: told, state=lambda: "unchanged")
    local = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
    with TestClient(make_app(lambda: snapshot, sites=SITES, fleet=desk), **local) as client:
        page = client.get("/overview?lang=en").text
        assert rows(client, "data")[0]["name"] == "lugo"
    assert re.findall(r"(\d+)\smin\b", page) == ["10", "50", "10"]


def test_an_unknown_order_is_a_problem(several: TestClient) -> None:
    assert several.get("/fleet?order=size").status_code == 422


@pytest.mark.parametrize("path", ["/fleet", "/overview"])
def test_the_overview_is_not_sent_twice(several: TestClient, path: str) -> None:
    tag = several.get(path).headers["etag"]
    assert several.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_the_overview_speaks_both_languages(several: TestClient) -> None:
    spanish, english = (several.get(f"/overview?lang={one}").text for one in ("es", "en"))
    assert "190,90" in spanish
    assert "€190.90" in english
    assert "imposible" in spanish
    assert "2 jobs fail" in english
    assert 'href="?lang=en&amp;site=jaen"' in spanish


def test_the_overview_is_kept_with_the_site_that_its_links_go_back_to(several: TestClient) -> None:
    first, second = (several.get(f"/overview?lang=en&site={one}").text for one in ("jaen", "lugo"))
    assert 'data-site="jaen"' in first
    assert 'data-site="lugo"' in second
    assert 'href="?lang=es&amp;site=lugo"' in second


def test_a_plan_that_waits_or_has_run_out_is_told(snapshot: Snapshot) -> None:
    told = seen(snapshot)
    plan = snapshot.plan
    assert plan is not None
    note = Noted("1", AT, Proposed("2", "1", plan.schedule.objective_eur + 8.0, "saves"))
    waits = replace(in_force(plan), proposal=KeptPlan("2", AT, plan), proposed=note)
    over = in_force(plan, end=-timedelta(hours=1))
    some = tuple(
        replace(one, standing=how, alerts=())
        for one, how in zip(told.sites, (waits, over, NOTHING), strict=True)
    )
    first, second, third = fleet_views.fleet(replace(told, sites=some), "site").sites
    assert (first.plan.state, second.plan.state, third.plan.state) == ("proposed", "ended", "none")
    assert first.plan.proposal_eur == pytest.approx(8.0)


def test_what_is_expected_in_all_waits_and_is_left_out_is_told(
    make_app: Callable[..., FastAPI], snapshot: Snapshot
) -> None:
    told = seen(snapshot)
    plan = snapshot.plan
    assert plan is not None
    note = Noted("1", AT, Proposed("2", "1", plan.schedule.objective_eur + 8.0, "saves"))
    waits = replace(in_force(plan), proposal=KeptPlan("2", AT, plan), proposed=note)
    jaen, lugo, vigo = (replace(one, alerts=()) for one in told.sites)
    lugo = replace(lugo, refused="no feasible plan:\n  too much")
    sites = (replace(jaen, standing=waits, other_orders=True), lugo, vigo)
    told = replace(told, sites=sites)
    desk = FleetDesk(seen=lambda: told, state=lambda: "unchanged")
    app = make_app(lambda: snapshot, sites=SITES, fleet=desk)
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000)) as client:
        answer = client.get("/fleet").json()
        page, spanish = (client.get(f"/overview?lang={one}").text for one in ("en", "es"))
    first, refused, none = (row["plan"] for row in answer["sites"])
    assert first["expected_eur"] == round(first["habit_eur"] - first["plan_eur"], 2)
    assert (refused["expected_eur"], none["expected_eur"]) == (None, None)
    assert answer["expected"] == {
        "sites": 1,
        "plan_eur": first["plan_eur"],
        "habit_eur": first["habit_eur"],
        "saving_eur": first["expected_eur"],
        "saving_pct": pytest.approx(first["expected_pct"]),
        "proposals": 1,
        "proposals_save_eur": 8.0,
        "proposals_unpriced": 0,
        "on_earlier_plan": 1,
        "without_plan": 1,
        "unreadable": 0,
    }
    assert "1 better plan" in page
    assert "accepted, €8.00 more would be saved" in page
    assert "1 site left out: it goes on with an earlier plan" in page
    assert "made for other orders than today" in page
    assert "the newest try to plan came to nothing:" in page
    assert "no feasible plan:" in page
    assert "hecho para otros pedidos que los de hoy" in spanish
    assert "1 centro no incluido: sin plan en vigor" in spanish


def test_an_impossible_plan_says_why_once_and_in_the_language_of_the_page(
    make_app: Callable[..., FastAPI], snapshot: Snapshot
) -> None:
    told = seen(snapshot)
    jaen, lugo, _ = told.sites
    jaen = replace(jaen, refused="no feasible plan:\n  3 batches are to stay where they are")
    lugo = replace(lugo, refused="no feasible plan:\n  the battery is empty")
    told = replace(told, sites=(jaen, lugo, SiteUnread(VIGO)))
    desk = FleetDesk(seen=lambda: told, state=lambda: "unchanged")
    app = make_app(lambda: snapshot, sites=SITES, fleet=desk)
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000)) as client:
        english, spanish = (client.get(f"/overview?lang={one}").text for one in ("en", "es"))
    assert english.count("the newest try to plan came to nothing") == 1  # where a plan goes on
    assert "<span>no hay plan posible: 3 lotes han de quedarse donde están</span>" in spanish
    assert '<span lang="en">no feasible plan:\n  the battery is empty</span>' in spanish
    assert "chocolate-factory doctor says more" in english
    assert english.count('class="blank"') == 3  # of a site that cannot be read a phone shows why


@dataclass
class Named:
    name: str


def test_where_nobody_has_looked_for_alerts_none_are_told_and_that(several: TestClient) -> None:
    *_, vigo = several.get("/fleet").json()["sites"]
    assert (vigo["alerts"], vigo["looked_at"]) == (None, None)
    page, spanish = (several.get(f"/overview?lang={one}").text for one in ("en", "es"))
    assert page.count("not looked at yet") == 1
    assert "aún sin revisar" in spanish


def test_one_of_each_site_is_made_once(several: TestClient) -> None:
    made: list[str] = []

    def make() -> Named:
        made.append(asked_site())
        return Named(asked_site())

    each = OfEach(make)
    here = at_asked_site(each)
    assert here.name == here.name == ""
    assert made == [""]
    assert [one.name for one in each.every()] == [""]


def test_what_scripts_ask_is_about_the_site_that_is_shown() -> None:
    static = Path(fleet_views.__file__).parent / "static"
    for name in ("access.js", "dashboard.js", "panels.js", "setup.js"):
        text = (static / name).read_text("utf-8")
        plain = [
            line for line in text.splitlines()
            if ("fetch(" in line or "EventSource(" in line) and "at(" not in line
            and "inLanguage(" not in line and "?${asked}" not in line
            and "location.href" not in line and '"/access"' not in line
        ]  # fmt: skip
        assert plain == [], name
        assert "inLanguage(" not in text or "new URL(at(path), location.href)" in text
        assert "?${asked}" not in text or "new URLSearchParams(site ? { lang, site }" in text


@pytest.mark.parametrize("order", ["site", "saving", "alerts", "plan", "start", "data"])
def test_a_site_that_cannot_be_read_is_told_so_beside_the_others(
    make_app: Callable[..., FastAPI], snapshot: Snapshot, order: str
) -> None:
    told = seen(snapshot)
    broken = replace(told, sites=(*told.sites[:2], SiteUnread(VIGO)))
    app = make_app(
        lambda: snapshot,
        sites=SITES,
        fleet=FleetDesk(seen=lambda: broken, state=lambda: "unchanged"),
    )
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000)) as client:
        answer = client.get(f"/fleet?order={order}").json()
        page = client.get(f"/overview?order={order}&lang=es").text
    vigo = next(row for row in answer["sites"] if row["name"] == "vigo")
    assert vigo["plan"]["state"] == "unreadable"
    assert (vigo["month"], vigo["alerts"], vigo["data"], vigo["next_start"]) == (None,) * 4
    assert answer["saving_eur"] == pytest.approx(194.4 - 3.5)
    assert "ilegible" in page
    assert "Fábrica de Jaén" in page


def test_a_group_without_a_closed_day_is_told_so_and_not_that_it_saved_nothing(
    make_app: Callable[..., FastAPI], snapshot: Snapshot
) -> None:
    told = seen(snapshot)
    told = replace(told, sites=told.sites[2:])
    desk = FleetDesk(seen=lambda: told, state=lambda: "unchanged")
    app = make_app(lambda: snapshot, sites=SITES, fleet=desk)
    local = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
    with TestClient(app, follow_redirects=False, **local) as client:
        head = client.get("/overview", params={"lang": "en"}).text.split("</dl>")[0]
    assert "no day closed yet" in head
    assert "€0.00" not in head


def test_a_group_with_closed_days_is_told_what_it_saved(several: TestClient) -> None:
    head = several.get("/overview", params={"lang": "en"}).text.split("</dl>")[0]
    assert "€190.90" in head
    assert "no day closed yet" not in head


def test_no_saving_is_told_where_no_day_is_closed(
    make_app: Callable[..., FastAPI], snapshot: Snapshot
) -> None:
    told = seen(snapshot)
    early = replace(told, sites=told.sites[2:])
    app = make_app(
        lambda: snapshot,
        sites=SITES,
        fleet=FleetDesk(seen=lambda: early, state=lambda: "unchanged"),
    )
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000)) as client:
        answer = client.get("/fleet").json()
    assert answer["saving_eur"] is None
    assert answer["sites"][0]["month"] == {"days_closed": 0, "saving_eur": None, "saving_pct": None}
