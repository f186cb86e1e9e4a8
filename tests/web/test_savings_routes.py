"""What is answered about savings, cheap windows and the plan in short."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from web.conftest import snapshot_at

from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.plan import plan_from_json, plan_to_json
from chocolate_factory.standing import KeptPlan
from chocolate_factory.web.drawing import timeline
from chocolate_factory.web.plan_files import plan_csv, plan_ics, plan_xlsx
from chocolate_factory.web.savings_views import summary
from chocolate_factory.web.schemas import PlanAnswer
from chocolate_factory.web.wording import WORDS


def test_savings_are_told_by_stretch_of_time_with_the_method_in_the_readers_language(
    client: TestClient,
):
    told = client.get("/insights/savings-tracking?lang=es").json()
    assert (told["week"]["first"], told["week"]["last"]) == ("2026-11-23", "2026-11-25")
    assert (told["last_month"]["first"], told["last_month"]["last"]) == ("2026-10-01", "2026-10-31")
    assert told["year"]["first"] == "2026-01-01"
    assert told["year"]["days_closed"] == 0
    assert told["year"]["captured_pct"] is None
    sums = ("energy_kwh", "baseline_eur", "actual_eur", "saving_eur", "early_eur")
    assert [told["year"][name] for name in sums] == [None] * len(sums)  # no day: not nothing saved
    assert told["method"].startswith("Ahorro: ")
    english = client.get("/insights/savings-tracking?lang=en").json()
    assert english["method"].startswith("Saving: ")


@pytest.mark.parametrize(("days", "hours"), [(1, 3), (14, 8)])
def test_the_cheapest_stretch_of_each_day_is_ranked(client: TestClient, days: int, hours: int):
    told = client.get(f"/insights/optimal-windows?days={days}&hours={hours}").json()
    found = told["windows"]
    assert 1 <= len(found) <= days
    by_price = sorted(found, key=lambda one: one["price_eur_kwh"])
    assert [one["rank"] for one in by_price] == list(range(1, len(found) + 1))
    assert all(one["planned_kwh"] >= 0 for one in found)
    assert [one["start"] for one in found] == sorted(one["start"] for one in found)


@pytest.mark.parametrize("query", ["days=0", "days=15", "hours=0", "hours=24", "days=x"])
def test_days_and_hours_beyond_what_there_is_are_refused(client: TestClient, query: str):
    assert client.get(f"/insights/optimal-windows?{query}").status_code == 422


def test_the_plan_in_short_adds_up(client: TestClient):
    told = client.get("/optimize/production/summary").json()
    plan = client.get("/dashboard/complete").json()["plan"]
    assert told["cost_eur"] == plan["objective_eur"]
    assert told["risk"] == plan["risk"] == 0.0
    assert told["kg"] == plan["kg"]
    assert told["batches"] == len({one["batch"] for one in plan["blocks"]})
    assert len(told["next"]) <= 5
    assert told["proposal_id"] is None


def test_what_was_begun_before_the_plan_is_counted_beside_it():
    shown = snapshot_at()
    plan = shown.plan
    assert plan is not None
    begun = tuple(
        replace(block, batch="standard-00") for block in batches_of(plan.schedule.blocks)[0]
    )
    told = summary(replace(shown, plan=replace(plan, carried=begun, risk=0.5)))
    assert told.risk == 0.5
    assert (told.batches, told.batches_carried) == (len(batches_of(plan.schedule.blocks)), 1)
    assert sum(told.kg.values()) == sum(plan.schedule.kg.values())


def test_a_cost_that_is_not_known_is_said_wherever_it_would_stand():
    shown = snapshot_at()
    plan = shown.plan
    assert plan is not None
    gone = replace(plan.schedule.blocks[0], cost_eur=None, price_kind="unknown")
    blocks = (gone, *plan.schedule.blocks[1:])
    plan = replace(plan, schedule=replace(plan.schedule, blocks=blocks))
    answer = PlanAnswer.model_validate(plan_to_json(plan))
    assert (answer.blocks[0].cost_eur, answer.blocks[0].price_kind) == (None, "unknown")
    assert plan_from_json(plan_to_json(plan)).schedule.blocks == blocks
    today = replace(shown, plan=plan, as_of=gone.start)
    assert summary(today).today_eur is None
    for language, said in (("en", "not known: no plan has"), ("es", "no se sabe: ningún plan")):
        kept, words = KeptPlan("1", shown.as_of, plan), WORDS[language]
        told = plan_csv(kept, words).decode()
        assert told.count(said) == 1
        assert said in plan_ics(kept, words, site="").decode().replace("\r\n ", "")
        assert plan_xlsx(kept, words)
        bars = [bar for _, lane in timeline(answer, words).lanes for bar in lane]
        assert sum(words.text("gantt.priced_unknown") in bar.tip for bar in bars) == 1


def test_without_a_plan_the_short_answer_says_so(make_app, nothing_stored):
    with TestClient(make_app(lambda: nothing_stored)) as client:
        told = client.get("/optimize/production/summary").json()
        assert (told["plan_id"], told["cost_eur"], told["batches"], told["next"]) == (
            None, None, 0, [],
        )  # fmt: skip
        assert told["risk"] is None
        assert client.get("/insights/optimal-windows").json()["windows"] == []


def test_planning_now_is_begun_and_told_where(on_this_machine: TestClient):
    answer = on_this_machine.post("/optimize/production/daily")
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/jobs/{answer.json()['id']}"
    assert answer.json()["job"] == "plan-now"
