"""What the dashboard tells of contract, power, money and climate, and what the caller may do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from web.conftest import AS_OF, no_climate, panel_of, some_climate

from chocolate_factory.insights.paid import settled_prices
from chocolate_factory.market.calendar import HOUR, local_midnight
from chocolate_factory.market.contract import FixedContract
from chocolate_factory.market.tariff import Tariff
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.standing import NOTHING, KeptPlan, Noted, Proposed
from chocolate_factory.web import climate_drawing, panel_views, power_drawing, views
from chocolate_factory.web.asked import Review
from chocolate_factory.web.asked_site import SiteName
from chocolate_factory.web.callers import SIDECAR
from chocolate_factory.web.pages import Pages
from chocolate_factory.web.panel_schemas import PaidMonth
from chocolate_factory.web.wording import WORDS

EN, ES = WORDS["en"], WORDS["es"]


def utc_now():
    return AS_OF.astimezone(UTC)


def test_the_parts_of_the_price_add_up_to_the_price_shown(snapshot: Snapshot):
    told = panel_views.parts_now(snapshot)

    assert told is not None
    assert told.start <= AS_OF < told.end
    assert told.total_eur_kwh == pytest.approx(float(snapshot.paid.at(snapshot.as_of).eur_kwh[0]))
    assert sum(part.eur_kwh for part in told.parts) == pytest.approx(told.total_eur_kwh)
    assert {part.group for part in told.parts} == {"energy", "regulated", "taxes"}


def test_the_bar_of_the_price_is_as_wide_as_its_parts(snapshot: Snapshot):
    bars = power_drawing.part_bars(panel_views.parts_now(snapshot))

    assert [bar.group for bar in bars] == ["energy", "regulated", "taxes"]
    assert sum(bar.width for bar in bars) == pytest.approx(100, abs=0.1)
    assert bars[1].x == pytest.approx(bars[0].width, abs=0.01)


def test_a_fixed_contract_needs_no_market_for_its_parts(snapshot: Snapshot):
    fixed = FixedContract("fixed", Tariff.TD30, (0.2, 0.18, 0.15, 0.12, 0.1, 0.08))
    told = panel_views.parts_now(replace(snapshot, contract=fixed, forecast=None))

    assert [part.name for part in told.parts] == ["agreed_price", "electricity_tax"]


def test_power_periods_show_the_highest_planned_quarter_hour(snapshot: Snapshot):
    told = panel_views.power(snapshot, None)
    site = snapshot.site

    assert told.site.highest_kw == pytest.approx(float(site.planned.kw.max()))
    assert told.site.above == site.above
    for one in told.periods:
        own = site.planned.kw[site.period == one.period]
        assert one.planned_kw == (pytest.approx(float(own.max())) if own.size else None)
    assert not told.metered


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "(closed months: 1): €31.20 by habit, €4.60 as it was made"),
     ("es", "(meses cerrados: 1): 31,20\xa0€ por costumbre, 4,60\xa0€ como se hizo")],
)  # fmt: skip
def test_excess_power_of_whole_months_is_told_beside_what_was_saved(
    snapshot: Snapshot, well, review: Review, language: str, said: str
):
    year = replace(
        review.saved["year"], days_closed=30, months=1, habit_excess_eur=31.2,
        planned_excess_eur=0.0, actual_excess_eur=4.6,
    )  # fmt: skip
    told = views.dashboard(snapshot, well, replace(review, saved={**review.saved, "year": year}))

    assert (told.money.year.months, told.money.year.habit_excess_eur) == (1, 31.2)
    assert said in Pages("1").dashboard(told, language)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("cost €64.50 less than that this year", "2 without account",
             "Of a month with a day without account it is not known what excess power")),
     ("es", ("costó este año 64,50\xa0€ menos que esa", "2 sin cuenta",
             "De un mes con un día sin cuenta no se sabe lo que habrían costado los excesos"))],
)  # fmt: skip
def test_consumption_and_days_without_account_are_told_beside_what_was_saved(
    snapshot: Snapshot, well, review: Review, language: str, said: tuple[str, ...]
):
    year = replace(
        review.saved["year"], days_closed=30, days_left_out=2, months_without=1, baseline_eur=480.0,
        by_recipe_eur=430.0, actual_eur=365.5, saving_eur=50.0, consumption_eur=64.5,
    )  # fmt: skip
    told = views.dashboard(snapshot, well, replace(review, saved={**review.saved, "year": year}))
    shown = told.money.year

    assert shown.habit_eur - shown.actual_eur == shown.saving_eur + shown.consumption_eur
    assert all(one in Pages("1").dashboard(told, language) for one in said)

    more = replace(year, consumption_eur=-64.5, months_without=0)
    told = views.dashboard(snapshot, well, replace(review, saved={**review.saved, "year": more}))
    assert said[2] not in Pages("1").dashboard(told, language)
    turned = {"en": "cost €64.50 more", "es": "costó este año 64,50\xa0€ más"}[language]
    assert turned in Pages("1").dashboard(told, language)


def test_without_a_plan_there_is_no_curve(nothing_stored: Snapshot):
    told = panel_views.power(nothing_stored, None)

    assert (told.site, told.parts, told.periods) == (None, None, ())


def test_the_curve_is_drawn_to_scale(snapshot: Snapshot):
    told = panel_views.power(snapshot, None).site
    drawn = power_drawing.power(told, AS_OF, EN)

    assert drawn.ticks[-1].label == "0"
    assert drawn.limit.count("M") == 1
    assert len(drawn.spots) == len(told.planned_kw) // 4
    top = max(range(len(told.planned_kw)), key=lambda at: told.planned_kw[at])
    assert f"planned up to {EN.quantity(told.highest_kw, 'kW')}" in drawn.spots[top // 4].tip


def test_the_year_of_the_climate_has_twelve_months_and_today():
    told = panel_of(some_climate(utc_now))
    drawn = climate_drawing.year(told, ES)

    assert [month.label for month in drawn.months][:2] == ["ene", "feb"]
    assert len(drawn.months) == 12
    assert [month.current for month in drawn.months].index(True) == 10
    assert [limit.label for limit in drawn.limits] == [
        "26\N{NO-BREAK SPACE}°C",
        "34\N{NO-BREAK SPACE}°C",
    ]
    assert drawn.today is not None
    july, january = drawn.months[6], drawn.months[0]
    assert july.top < january.top
    assert (july.share, january.share) == ("100", "0")
    assert {n for n, month in enumerate(drawn.months, 1) if month.best} == set(
        climate_drawing.best_three(told.best_months)
    )


def test_the_closest_correlation_comes_first():
    told = panel_of(some_climate(utc_now))

    sizes = [abs(one.within_season) for one in told.correlations]
    assert sizes == sorted(sizes, reverse=True)
    assert told.correlations[0].weather == "wind_speed_mean"
    assert climate_drawing.lean(-0.5) == climate_drawing.Lean(25.0, 25.0, positive=False)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("Paid, without excess and VAT", "Excess power is in none of these sums")),
     ("es", ("Pagado, sin excesos ni IVA", "Los excesos no están en ninguna de estas sumas"))],
)  # fmt: skip
def test_a_bill_whose_excess_is_not_known_says_that_its_sum_is_without(
    snapshot: Snapshot, well, review: Review, language: str, said: tuple[str, str]
):
    told = views.dashboard(snapshot, well, review)
    name, why = said

    def page(excess_eur: float | None) -> str:
        paid = PaidMonth(
            first=date(2026, 11, 1), last=date(2026, 11, 24), kwh=12_840, energy_eur=1490.3,
            power_eur=301.7, excess_eur=excess_eur, tax_eur=91.6, total_eur=1883.6, quarters=2304,
            measured=0,
        )  # fmt: skip
        money = told.money.model_copy(update={"paid": paid})
        return Pages("1").dashboard(told.model_copy(update={"money": money}), language)

    assert name not in page(0.0)
    unknown = page(None)
    assert f'<tr class="sum"><th scope="row">{name}</th>' in unknown
    assert why in unknown


def test_an_empty_record_is_told_as_such():
    told = panel_of(no_climate(utc_now))

    assert (told.days, told.years, told.seasons, told.correlations) == (0, 0, (), ())
    assert climate_drawing.year(told, EN) is None
    assert "temp_max" in told.without


def test_the_page_says_how_to_give_siar_s_files(client: TestClient):
    page = client.get("/dashboard?lang=es").text

    assert "servicio.mapa.gob.es/websiar" in page
    assert "CHOCOLATE_FACTORY_SIAR_KEY" in page


def test_quarter_hours_of_every_hour_are_there_and_mean_its_price(client: TestClient):
    days = client.get("/dashboard/heatmap").json()["days"]
    hours = [hour for day in days for cell in day["cells"] for hour in cell["prices"]]

    assert {len(hour["quarters"]) for hour in hours} == {4}
    for hour in hours[::17]:
        mean = np.mean([part["price_eur_kwh"] for part in hour["quarters"]])
        assert hour["price_eur_kwh"] == pytest.approx(mean)
        assert hour["quarters"][0]["start"] == hour["start"]
        assert hour["quarters"][-1]["end"] == hour["end"]


def test_hourly_prices_have_no_quarter_hours(make_app, snapshot: Snapshot):
    fixed = FixedContract("fixed", Tariff.TD30, (0.2, 0.18, 0.15, 0.12, 0.1, 0.08))
    begin = local_midnight(AS_OF.date())
    paid = settled_prices(fixed, begin, begin + timedelta(days=7))
    held = replace(snapshot, contract=fixed, paid=paid, forecast=None)
    with TestClient(make_app(lambda: held)) as client:
        days = client.get("/dashboard/heatmap").json()["days"]
        page = client.get("/dashboard").text

    assert {hour["quarters"] == [] for d in days for c in d["cells"] for hour in c["prices"]} == {
        True
    }
    assert "data-quarters" not in page


LOCAL = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}


def test_a_program_on_the_machine_may_everything(make_app, snapshot: Snapshot):
    with TestClient(make_app(lambda: snapshot), **LOCAL) as client:
        assert client.get("/access").json() == {"compute": True, "plan": True, "administer": True}


@pytest.mark.parametrize(
    ("headers", "compute"),
    [
        ({"X-Forwarded-For": "10.0.0.9"}, False),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Host": "plant.example"}, True),
        ({"Authorization": "Bearer nobody's"}, True),
    ],
)
def test_who_would_be_refused_is_told_so(make_app, snapshot: Snapshot, headers, compute: bool):
    with TestClient(make_app(lambda: snapshot), **LOCAL) as client:
        told = client.get("/access", headers=headers).json()

    assert told == {"compute": compute, "plan": False, "administer": False}


def test_another_machine_may_only_compute(make_app, snapshot: Snapshot):
    with TestClient(make_app(lambda: snapshot), client=("192.168.1.9", 50_000)) as client:
        told = client.get("/access").json()

    assert told == {"compute": True, "plan": False, "administer": False}


NGINX = Path(__file__).parents[2] / "deploy" / "remote" / "nginx.conf.template"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_the_sidecar_refuses_is_not_offered_through_it(
    make_app, snapshot: Snapshot, lang: str
):
    passes = [re.compile(one) for one in re.findall(r'"~(\^\(GET.*)" 1;', NGINX.read_text("utf-8"))]
    sites = (SiteName("jaen", "Jaén"), SiteName("vigo", "Vigo"))

    def offered(via: str) -> set[str]:
        with TestClient(make_app(lambda: snapshot, sites=sites), **LOCAL) as client:
            page = client.get(f"/dashboard?lang={lang}", headers={"via": via}).text
        return {unescape(one) for one in re.findall(r'(?:href|src)="(/[^"#]*|\?[^"#]*)', page)}

    def refused(places: set[str]) -> set[str]:
        asked = {f"/dashboard{one}" if one[0] == "?" else one for one in places}
        return {
            one for one in asked if not any(known.match(f"GET {one} HTTP/1.1") for known in passes)
        }

    assert len(passes) == 2
    assert refused(offered(SIDECAR)) == set()
    beside = {one.partition("?")[0] for one in refused(offered("1.1 plant"))}
    assert {"/reports/plan.pdf", "/overview", "/models/backtest", "/docs"} <= beside


@pytest.mark.parametrize(("lang", "dropped"), [("en", ">dropped<"), ("es", ">se quita<")])
def test_a_proposal_says_which_blocks_it_moves_adds_and_drops_and_why(
    make_app, snapshot: Snapshot, lang: str, dropped: str
):
    running = snapshot.plan
    first, *rest = batches_of(running.schedule.blocks)
    later = [replace(b, start=b.start + HOUR, end=b.end + HOUR) for b in rest[0]]
    new = [replace(b, batch="special-01", grade="special") for b in first]
    blocks = (*later, *(b for batch in rest[1:] for b in batch), *new)
    other = replace(running, schedule=replace(running.schedule, blocks=blocks))
    note = Proposed("2", "1", None, "the plan in force cannot be kept: nobody is there")
    held = replace(
        NOTHING,
        in_force=KeptPlan("1", AS_OF, running),
        proposal=KeptPlan("2", AS_OF, other),
        proposed=Noted("n", AS_OF, note),
    )
    with TestClient(make_app(lambda: replace(snapshot, standing=held)), **LOCAL) as client:
        told = client.get("/dashboard/complete").json()
        page = client.get(f"/dashboard?lang={lang}").text

    assert told["proposal"]["reason"] == note.reason
    by_batch = {name: [b for b in told["proposed"] if b["batch"] == name]
                for name in (first[0].batch, rest[0][0].batch, "special-01")}  # fmt: skip
    assert sum(map(len, by_batch.values())) == len(told["proposed"]) == 3 * len(first)
    moved, gone, come = by_batch.values()  # batches of a grade are alike: the first is put off
    assert {b["after"] for b in gone} == {b["before"] for b in come} == {None}
    assert [b["machine"] for b in moved] == [b.machine for b in later]
    assert {
        datetime.fromisoformat(b["after"]) - datetime.fromisoformat(b["before"]) for b in moved
    } == {later[0].start - first[0].start}
    panel = page[page.index('id="proposal-title"') : page.index('data-accept="2"')]
    assert panel.count("<tr>") == 1 + len(told["proposed"])
    assert panel.count(dropped) == len(gone)
    assert "nobody is there" in panel


def test_every_machine_of_the_plan_has_its_own_calendar(client: TestClient, snapshot: Snapshot):
    page = client.get("/dashboard?lang=es").text

    for machine in {block.machine for block in snapshot.plan.schedule.blocks}:
        assert f'href="/reports/plan.ics?lang=es&amp;machine={machine}"' in page
        assert f"Calendario de {machine} (ICS)" in page
