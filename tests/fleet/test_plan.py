"""A fleet planned after publication: once for each site, whatever ends, races or is infeasible."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fleet.conftest import DAY, ORIGIN, World
from fleet.cuts import Cut, cut_plan
from fleet.small_sites import write_small_sites

from chocolate_factory.alerting.planned import first_plan_alert
from chocolate_factory.app.files import load_contract
from chocolate_factory.app.fleet import fleet_sites, make_forecast, opens_of, own_store
from chocolate_factory.app.site_files import read_sites
from chocolate_factory.conduct import accept, replan, report_started
from chocolate_factory.conduct.terms import TERMS
from chocolate_factory.errors import (
    ClusterUnavailable,
    ModelNotFitted,
    NotPublished,
    RequestInvalid,
    StoreError,
)
from chocolate_factory.fleet import FleetPlan, FleetSite, State, StoreAt, fleet_status, planning
from chocolate_factory.fleet.limited import SITE_LIMIT_S
from chocolate_factory.fleet.naming import program
from chocolate_factory.fleet.results import (
    RESUMED_WITHIN,
    Begun,
    Verb,
    begin_for,
    key_of,
    mark,
    refusal_of,
)
from chocolate_factory.fleet.spreading import Lost, Spread, in_turn
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.pipeline import is_for_other_orders
from chocolate_factory.planning.plan import plan_from_json
from chocolate_factory.planning.reported_starts import Report
from chocolate_factory.schedule import TABLE
from chocolate_factory.settings import Settings
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

NAMES = ("site-00000", "site-00001", "site-00002")
ONE_EACH = [(name, 1) for name in NAMES]


def plan_ids(told) -> list[str | None]:
    return [one.plan_id for one in told.sites]


def held_once(world: World) -> None:
    held = world.held()
    assert held["plans"] == held["plan-accepted"] == held["fleet-plan"] == ONE_EACH
    assert {count for _, count in held["forecasts"]} == {1}


def test_every_site_is_planned_and_its_plan_in_force_as_if_it_stood_alone(world: World):
    told = world.plan()
    assert [one.state for one in told.sites] == [State.DONE] * 3
    assert all(one.plan_eur <= one.habit_eur + 1e-6 for one in told.sites)
    held_once(world)
    store = world.opened()
    for one in told.sites:
        record = store.of_site(one.site).plan(as_of=ORIGIN)
        assert record.plan_id == one.plan_id
        assert len(store.of_site(one.site).events(TERMS, as_of=ORIGIN)) == 1
        news = first_plan_alert(store.of_site(one.site), as_of=ORIGIN)
        assert news.values["plan_id"] == one.plan_id
    store.close()
    total = told.total
    assert (total.sites, total.days) == (3, 6)
    assert total.plan_eur == round(sum(one.plan_eur for one in told.sites), 2)
    assert total.habit_eur == round(sum(one.habit_eur for one in told.sites), 2)
    assert total.saving_eur == round(sum(one.saving_eur for one in told.sites), 2)
    assert (total.proposals, total.on_earlier_plan, total.without_plan) == (0, 0, 0)


def followed(world: World) -> FleetPlan:
    """A run of a day after one of the day before, where whatever saves a cent is proposed."""
    rules = replace(world.sites[0].rules, propose_above_eur=0.0)
    world.sites = tuple(replace(one, rules=rules) for one in world.sites)
    world.plan(now=ORIGIN - timedelta(days=1), origin=ORIGIN - timedelta(days=1))
    return world.plan()


def test_sums_are_of_the_plans_in_force_and_proposals_are_told_beside_them(world: World):
    told = followed(world)
    store = world.opened()
    proposed = [one for one in told.sites if one.proposal_id is not None]
    assert proposed
    for one, site in zip(told.sites, world.sites, strict=True):
        held = standing(store.of_site(one.site), as_of=ORIGIN, slot=site.task.plant.slot)
        in_force = held.in_force.plan.schedule.objective_eur
        assert one.plan_id == held.in_force.plan_id
        assert one.plan_eur == round(in_force, 2)
        if one.proposal_id is not None:
            better = held.proposal.plan.schedule.objective_eur
            assert one.proposal_saves_eur == round(in_force - better, 2) > 0
    assert told.total.plan_eur == round(sum(one.plan_eur for one in told.sites), 2)
    assert told.total.proposals == len(proposed)
    saves_eur = round(sum(one.proposal_saves_eur for one in proposed), 2)
    assert told.total.proposals_save_eur == saves_eur
    first = proposed[0]
    task = next(site.task for site in world.sites if site.name == first.site)
    later = ORIGIN + timedelta(minutes=1)
    accept(
        store.of_site(first.site), first.proposal_id, slot=task.plant.slot, now=later,
        rules=world.sites[0].rules, by="planner",
    )  # fmt: skip
    shown = fleet_status(store, world.sites, as_of=later)
    (one,) = (one for one in shown.sites if one.site == first.site)
    assert (one.plan_id, one.proposal_id) == (first.proposal_id, None)
    assert one.plan_eur == pytest.approx(first.plan_eur - first.proposal_saves_eur, abs=0.011)
    assert shown.total.proposals == len(proposed) - 1
    store.close()


def test_a_plan_is_for_other_orders_only_once_they_are_others(world: World):
    told = followed(world)
    store = world.opened()
    for one, site in zip(told.sites, world.sites, strict=True):
        held = standing(store.of_site(one.site), as_of=ORIGIN, slot=site.task.plant.slot)
        orders = site.task.orders
        fewer = {day: {"bread": 100.0} for day in orders.weekly}
        for now in (ORIGIN, ORIGIN + timedelta(hours=20)):
            asked = partial(is_for_other_orders, held.in_force.plan, now=now)
            assert not asked(orders)
            assert asked(replace(orders, weekly=fewer))
    store.close()


def test_a_site_that_goes_on_by_a_plan_of_before_is_in_no_sum_and_told(world: World):
    world.plan(now=ORIGIN - timedelta(days=1), origin=ORIGIN - timedelta(days=1))
    world.sites = (world.sites[0], overburdened(world.sites[1]), world.sites[2])
    told = world.plan()
    store = world.opened()
    shown = fleet_status(store, world.sites, as_of=ORIGIN)
    store.close()
    for one in (told, shown):
        assert one.sites[1].state is State.REFUSED
        assert one.sites[1].plan_eur is None
        assert one.sites[1].runs_until is not None
        assert (one.total.sites, one.total.on_earlier_plan, one.total.without_plan) == (2, 1, 0)
        assert one.total.plan_eur == round(one.sites[0].plan_eur + one.sites[2].plan_eur, 2)


def test_the_same_run_again_computes_and_stores_nothing(world: World, monkeypatch):
    first = world.plan()
    monkeypatch.setattr(planning, "decide", lambda *given, **more: pytest.fail("computed again"))
    again = world.plan(now=ORIGIN + timedelta(hours=3))
    assert again.begun == first.begun
    assert [one.state for one in again.sites] == [State.KEPT] * 3
    assert plan_ids(again) == plan_ids(first)
    held_once(world)


def test_a_site_with_other_orders_or_rules_is_planned_again_and_only_that_one(world: World):
    first = world.plan()
    whole, one = world.sites, world.sites[1]
    less = {day: dict.fromkeys(kg, 100.0) for day, kg in one.task.orders.weekly.items()}
    task = replace(one.task, orders=replace(one.task.orders, weekly=less))
    other = replace(one, task=task, rules=replace(one.rules, automatic=True))
    world.sites = (whole[0], other, whole[2])
    later = ORIGIN + timedelta(minutes=5)
    store = world.opened()
    waiting = fleet_status(store, world.sites, as_of=later)
    assert [told.state for told in waiting.sites] == [State.KEPT, State.WAITING, State.KEPT]
    assert waiting.sites[1].reason.startswith("has another plant, orders, contract or rules")
    again = world.plan(now=later)
    assert [told.state for told in again.sites] == [State.KEPT, State.DONE, State.KEPT]
    assert again.sites[1].origin == utc_iso(later)
    assert again.sites[1].plan_id != first.sites[1].plan_id
    assert store.of_site(one.kept_as).plan(as_of=later).plan_id == again.sites[1].plan_id
    assert world.plan(now=later).sites[1].state is State.KEPT
    shown = fleet_status(store, world.sites, as_of=later)
    assert plan_ids(shown) == plan_ids(again)
    world.sites = whole  # as it was: what was planned for it then is no longer what holds
    back = world.plan(now=later + timedelta(minutes=1))
    assert [told.state for told in back.sites] == [State.KEPT, State.DONE, State.KEPT]
    store.close()


def test_what_another_version_kept_is_read_as_far_as_it_is_understood(world: World):
    store = world.opened()
    for site in world.sites:
        key = key_of(DAY, ORIGIN, site.task.market)
        told = {"asked": site.asked, "plan_id": "p1", "plan_eur": 7.0, "of_another_version": []}
        store.of_site(site.kept_as).save_event(mark(Verb.PLAN, key, told, at=ORIGIN))
    store.close()
    told = world.plan()
    assert [(one.state, one.plan_eur) for one in told.sites] == [(State.KEPT, None)] * 3
    assert (told.total.sites, told.total.without_plan) == (0, 3)  # it says so, and none is stored
    changed = replace(world.sites[0], rules=replace(world.sites[0].rules, automatic=True))
    world.sites = (changed,)
    assert world.plan().sites[0].state is State.DONE


def test_what_a_site_is_asked_for_is_told_alike_by_every_process(world: World):
    script = (
        "import pickle, sys\n"
        "sys.stdout.write(' '.join(one.asked for one in pickle.load(sys.stdin.buffer)))"
    )
    for seed in ("1", "2"):
        said = subprocess.run(
            [sys.executable, "-c", script], input=pickle.dumps(world.sites),
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True,
        )  # fmt: skip
        assert said.stdout.decode().split() == [one.asked for one in world.sites]


def test_a_site_is_the_same_by_whatever_path_its_files_are_read(tmp_path: Path, monkeypatch):
    write_small_sites(tmp_path / "sites", 2)
    write_agreed(tmp_path / "sites/oven/agreed.yaml")
    agreed = tmp_path / "sites/site-00000.yaml"
    agreed.write_text(agreed.read_text().replace("contract: pvpc", "contract: oven/agreed.yaml"))
    shutil.copytree(tmp_path / "sites", tmp_path / "copied")
    monkeypatch.chdir(tmp_path)
    here, relative, copied = (
        fleet_sites(read_sites(Settings(data_dir=tmp_path, sites_dir=folder)))
        for folder in (tmp_path / "sites", Path("sites"), tmp_path / "copied")
    )
    assert here == relative == copied
    assert len({one.task.contract.name for one in (here[0], relative[0], copied[0])}) == 3
    assert len({one.task.orders.name for one in (here[0], relative[0], copied[0])}) == 3
    asked = [[one.asked for one in sites] for sites in (here, relative, copied)]
    assert asked[0] == asked[1] == asked[2]


def test_every_place_plans_the_same(spread: Spread, world: World):
    there = world.plan(spread)
    assert [one.state for one in there.sites] == [State.DONE] * 3
    here = World(world.settings, world.sites, f"sqlite:///{world.settings.data_dir}/other.db")
    store, other = world.opened(), here.opened()
    other.load(piece for piece in store.dump() if type(piece).__name__ == "Vintages")
    for one, alone in zip(there.sites, here.plan().sites, strict=True):
        found, wanted = (
            plan_from_json(json.loads(s.of_site(o.site).plan_of(o.plan_id).document))
            for s, o in ((store, one), (other, alone))
        )
        assert found.schedule.blocks == wanted.schedule.blocks
        assert one.plan_eur == pytest.approx(alone.plan_eur)
    store.close()
    other.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_killed_on_the_way_loses_nothing_and_doubles_nothing(
    spread_apart: Spread, world: World, tmp_path: Path, when
):
    def cutting(work, items):
        cuts = [Cut(job, tmp_path, when if job.site.name == NAMES[1] else None) for job in items]
        return spread_apart(cut_plan, cuts)

    told = world.plan(cutting)
    assert (tmp_path / NAMES[1]).exists()
    assert {one.state for one in told.sites} <= {State.DONE, State.KEPT}
    held_once(world)


def test_who_comes_second_with_a_result_takes_the_first_one(world: World, monkeypatch):
    inner = planning.decide
    racing: list[str] = []

    def decide(store, *given, **more):
        decided = inner(store, *given, **more)
        if store.site not in racing:  # another run does the same site meanwhile, and is quicker
            racing.append(store.site)
            job = next(job for job in jobs if job.site.kept_as == store.site)
            quicker.append(planning.plan_site(job))
        return decided

    jobs, quicker = [], []

    def noting(work, items):
        jobs.extend(items)
        return in_turn(work, items)

    monkeypatch.setattr(planning, "decide", decide)
    told = world.plan(noting)
    assert [one.state for one in told.sites] == [State.KEPT] * 3
    assert plan_ids(told) == [one.plan_id for one in quicker]
    held_once(world)


def test_two_runs_at_the_same_time_agree_on_one_origin_and_plan_every_site_once(world: World):
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(
            lambda late: world.plan(
                now=ORIGIN + timedelta(seconds=late), opens=StoreAt(world.url, token=str(late))
            ),
            (0, 3),
        )
    assert first.begun == second.begun
    assert plan_ids(first) == plan_ids(second)
    held_once(world)


def test_a_machine_whose_clock_is_behind_tells_the_plans_of_the_run_it_takes_up(world: World):
    first = world.plan(now=ORIGIN + timedelta(seconds=3))
    behind = world.plan(now=ORIGIN)
    assert behind.begun == first.begun
    assert plan_ids(behind) == plan_ids(first)
    assert None not in plan_ids(first)


def overburdened(site: FleetSite) -> FleetSite:
    """The same site with orders that no plan meets."""
    much = {day: dict.fromkeys(kg, 50_000.0) for day, kg in site.task.orders.weekly.items()}
    return replace(site, task=replace(site.task, orders=replace(site.task.orders, weekly=much)))


def test_a_site_that_was_planned_and_is_refused_later_that_day_is_told_so(world: World):
    world.plan()
    world.sites = (world.sites[0], overburdened(world.sites[1]), world.sites[2])
    later = ORIGIN + timedelta(minutes=5)
    told = world.plan(now=later)
    store = world.opened()
    shown = fleet_status(store, world.sites, as_of=later)
    store.close()
    assert [one.state for one in shown.sites] == [State.KEPT, State.REFUSED, State.KEPT]
    assert shown.sites[1].reason == told.sites[1].reason


def test_a_site_that_the_schedule_planned_since_it_was_refused_is_refused_no_more(world: World):
    whole = world.sites
    world.sites = (whole[0], overburdened(whole[1]), whole[2])
    world.plan()
    world.sites = whole
    later = ORIGIN + timedelta(hours=4)
    store = world.opened()
    site = whole[1]
    made = replan(store.of_site(site.kept_as), site.task, now=later, rules=site.rules).in_force
    shown = fleet_status(store, whole, as_of=later)
    assert [one.state for one in shown.sites] == [State.KEPT] * 3
    one = shown.sites[1]
    assert (one.origin, one.plan_id, one.reason) == (utc_iso(later), made.plan_id, None)
    assert (shown.total.sites, shown.total.without_plan) == (3, 0)
    earlier = fleet_status(store, whole, as_of=later - timedelta(hours=1))
    assert earlier.sites[1].state is State.REFUSED
    refused = {"since": ORIGIN, "as_of": later, "planned_at": None}
    assert refusal_of(store.of_site(site.kept_as), Verb.PLAN, **refused)
    refused["planned_at"] = later
    assert refusal_of(store.of_site(site.kept_as), Verb.PLAN, **refused) is None
    store.close()


def test_a_site_without_any_plan_is_told_by_name_and_stops_no_other(world: World):
    whole = world.sites
    world.sites = (whole[0], overburdened(whole[1]), whole[2])
    told = world.plan()
    assert [one.state for one in told.sites] == [State.DONE, State.REFUSED, State.DONE]
    assert told.sites[1].site == NAMES[1]
    assert "no feasible plan" in told.sites[1].reason
    store = world.opened()
    shown = fleet_status(store, world.sites, as_of=ORIGIN)
    assert [one.state for one in shown.sites] == [State.KEPT, State.REFUSED, State.KEPT]
    assert shown.sites[1].reason == told.sites[1].reason
    assert [e.kind for e in store.of_site(NAMES[1]).events("plan-infeasible", as_of=ORIGIN)]
    store.close()
    world.sites = whole  # the orders are mended: only that site is left to do
    again = world.plan()
    assert [one.state for one in again.sites] == [State.KEPT, State.DONE, State.KEPT]
    held_once(world)


def test_an_unforeseen_error_at_one_site_ends_no_other_and_is_told_in_the_log_only(
    spread: Spread, world: World
):
    whole = world.sites
    broken = replace(whole[1].task, orders=None)
    world.sites = (whole[0], replace(whole[1], task=broken), whole[2])
    told = world.plan(spread)
    assert [one.state for one in told.sites] == [State.DONE, State.REFUSED, State.DONE]
    reason = told.sites[1].reason
    assert reason == ("unexpected error (AttributeError), see the log of the process that planned")
    store = world.opened()
    assert fleet_status(store, world.sites, as_of=ORIGIN).sites[1].reason == reason
    store.close()
    world.sites = whole
    assert [one.state for one in world.plan(spread).sites] == [State.KEPT, State.DONE, State.KEPT]


def test_an_unforeseen_error_is_in_the_log_with_where_it_is(world: World, caplog):
    world.sites = (replace(world.sites[1], task=replace(world.sites[1].task, orders=None)),)
    world.plan()
    (record,) = (one for one in caplog.records if one.name.startswith("chocolate_factory.fleet"))
    assert NAMES[1] in record.getMessage()
    assert "Traceback" in record.getMessage()


@pytest.mark.parametrize(
    "fault", [ModelNotFitted("3 days are too few"), KeyError("nobody foresaw this")]
)
def test_a_market_that_cannot_be_forecast_holds_back_its_own_sites_only(world: World, fault):
    store = world.opened()

    def make(key, origin):
        if key == PVPC:
            raise fault
        return make_forecast(world.settings, store, key, origin)

    told = world.plan(make_forecast=make)
    assert [one.state for one in told.sites] == [State.REFUSED, State.DONE, State.DONE]
    assert ("3 days are too few" in told.sites[0].reason) == isinstance(fault, ModelNotFitted)
    assert "nobody foresaw" not in told.sites[0].reason
    shown = fleet_status(store, world.sites, as_of=ORIGIN)
    assert shown.sites[0].reason == told.sites[0].reason
    store.close()
    assert [one.state for one in world.plan().sites] == [State.DONE, State.KEPT, State.KEPT]


def test_a_site_that_ends_every_process_is_told_by_name(world: World):
    def losing(work, items):
        for number, result in in_turn(work, items):
            yield number, Lost("killed, or out of memory") if number == 2 else result

    told = world.plan(losing)
    assert [one.state for one in told.sites] == [State.DONE, State.DONE, State.LOST]
    assert told.sites[2].site == NAMES[2]


def test_what_took_longest_is_planned_first_and_what_never_was_before_it(world: World):
    whole = world.sites
    world.sites = whole[1:]
    first = world.plan(now=ORIGIN - timedelta(days=1), origin=ORIGIN - timedelta(days=1))
    longest = sorted(first.sites, key=lambda one: one.cpu_s, reverse=True)
    given: list[str] = []

    def noting(work, items):
        given.extend(job.site.name for job in items)
        return in_turn(work, items)

    world.sites = whole[::-1]
    told = world.plan(noting)
    assert given == [NAMES[0], *(one.site for one in longest)]
    assert [one.site for one in told.sites] == [*NAMES[::-1]]


def test_a_site_that_hangs_is_given_up_and_holds_back_no_other(world: World, monkeypatch):
    inner, go_on = planning.decide, Event()

    def decide(store, *given, **more):
        decided = inner(store, *given, **more)
        if store.site == NAMES[1]:
            go_on.wait(60)
        return decided

    monkeypatch.setattr(planning, "decide", decide)
    told = world.plan(limit_s=5.0)
    assert [one.state for one in told.sites] == [State.DONE, State.REFUSED, State.DONE]
    reason = "not done within 5 s: given up, and the others went on without it"
    store = world.opened()
    shown = fleet_status(store, world.sites, as_of=ORIGIN)
    store.close()
    assert (told.sites[1].reason, shown.sites[1].reason) == (reason, reason)
    go_on.set()
    for one in threading.enumerate():
        if one.name == "fleet-item":
            one.join(20)
    assert world.held()["plans"] == [(NAMES[0], 1), (NAMES[2], 1)]


def test_a_site_has_as_long_as_the_schedule_gives_for_planning(world: World):
    (of_plan,) = (one for one in TABLE if one.name == "plan")
    assert of_plan.time_limit_s == SITE_LIMIT_S


FOREVER = 1000


class AsleepStore:
    """A store of which one site does not answer the first times, and at last nobody.

    ``often``: how many times; ``gone``: whether the store itself is gone once the site was tried
    for so long.
    """

    def __init__(self, inner: Store, *, often: int, gone: bool) -> None:
        self.inner, self.often, self.gone, self.asked = inner, often, gone, 0

    def of_site(self, name: str) -> Store:
        if name == NAMES[1]:
            self.asked += 1
            if self.asked <= self.often:
                raise StoreError("the server is starting")
        return self.inner.of_site(name)

    def events(self, *kinds: str, **more: Any) -> Any:
        if self.gone and self.asked > len(planning.PAUSES_S):
            raise StoreError("the server is gone")
        return self.inner.events(*kinds, **more)

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize(
    ("often", "gone"), [(2, False), (FOREVER, False), (FOREVER, True)],
    ids=["for a moment", "one site", "for good"],
)  # fmt: skip
def test_a_store_that_fails_is_waited_for_and_ends_the_run_only_if_it_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch, often: int, gone: bool
):
    waited: list[float] = []
    monkeypatch.setattr(planning.time, "sleep", waited.append)
    asleep = AsleepStore(world.opened(), often=often, gone=gone)
    if gone:
        with pytest.raises(StoreError, match="is starting"):
            world.plan(opens=lambda: asleep)
        assert waited == list(planning.PAUSES_S)
        return
    told = world.plan(opens=lambda: asleep)
    states = [State.DONE, State.DONE if often == 2 else State.REFUSED, State.DONE]
    assert [one.state for one in told.sites] == states
    assert waited == list(planning.PAUSES_S[: min(often, 6)])
    assert sum(planning.PAUSES_S) == 60


def test_before_publication_nothing_is_planned_and_the_time_is_told(world: World):
    with pytest.raises(NotPublished, match="2025-11-29 are not all stored") as told:
        world.plan(now=ORIGIN + timedelta(days=1))
    assert "spot@peninsula was due at 2025-11-28 13:00+01:00" in str(told.value)
    assert "pvpc@peninsula was due at 2025-11-28 20:15+01:00" in str(told.value)
    assert "by now: --origin 2025-11-28T20:" in str(told.value)
    assert world.held()["plans"] == []


SPOT_OUT = spec(SPOT).published_at(DAY) + timedelta(minutes=10)


def test_sites_whose_market_is_out_are_planned_and_the_others_wait_until_theirs_is(world: World):
    told = world.plan(now=SPOT_OUT)
    assert [one.state for one in told.sites] == [State.WAITING, State.DONE, State.DONE]
    (awaited,) = told.awaited
    assert (awaited.market, awaited.sites) == (PVPC, 1)
    assert awaited.due == spec(PVPC).published_at(DAY)
    assert "waits for the prices of 2025-11-28 (pvpc@peninsula), due at 2025-11-27 20:15+01:00" in (
        told.sites[0].reason
    )
    again = world.plan(now=SPOT_OUT + timedelta(minutes=30))
    assert again.begun == told.begun
    assert [one.state for one in again.sites] == [State.WAITING, State.KEPT, State.KEPT]
    assert world.held()["fleet-plan"] == ONE_EACH[1:]


def test_a_run_of_before_a_market_was_out_is_not_taken_up_for_its_sites(world: World):
    store = world.opened()
    before = begin_for(store, Verb.PLAN, DAY, now=ORIGIN - timedelta(minutes=9))
    told = world.plan(now=ORIGIN)
    assert ORIGIN - before.origin < RESUMED_WITHIN
    assert told.begun.origin == ORIGIN
    assert [one.state for one in told.sites] == [State.DONE] * 3
    store.close()


def test_status_tells_of_each_site_in_the_run_that_planned_its_market(world: World):
    whole = world.sites
    world.plan(now=SPOT_OUT)
    world.sites = whole[:1]
    late = world.plan(now=ORIGIN)
    store = world.opened()
    shown = fleet_status(store, whole, as_of=ORIGIN)
    assert shown.begun == late.begun
    assert [one.state for one in shown.sites] == [State.KEPT] * 3
    assert world.held()["fleet-plan"] == ONE_EACH
    (one,) = (told := fleet_status(store, (replace(whole[0], kept_as="vigo"),), as_of=ORIGIN)).sites
    assert one.state is State.ABSENT
    assert told.others == NAMES
    store.close()


def test_what_came_to_nothing_is_tried_again_with_what_is_known_by_then(world: World, monkeypatch):
    inner, origins = planning.decide, []

    def decide(store, *given, now, **more):
        origins.append(now)
        if store.site == NAMES[1] and len(origins) == 2:
            raise KeyError("nobody foresaw this")
        return inner(store, *given, now=now, **more)

    monkeypatch.setattr(planning, "decide", decide)
    first = world.plan()
    assert [one.state for one in first.sites] == [State.DONE, State.REFUSED, State.DONE]
    later = ORIGIN + timedelta(minutes=10)
    again = world.plan(now=later)
    assert [one.state for one in again.sites] == [State.KEPT, State.DONE, State.KEPT]
    assert origins == [ORIGIN, ORIGIN, ORIGIN, later]
    assert [one.origin for one in again.sites] == [*map(utc_iso, (ORIGIN, later, ORIGIN))]
    held = world.held()
    assert held["plans"] == held["fleet-plan"] == ONE_EACH


def test_an_instant_that_is_named_is_planned_with_whatever_is_published(world: World):
    early = ORIGIN - timedelta(hours=30)
    told = world.plan(now=early + timedelta(minutes=8), origin=early)
    assert told.begun.origin == early
    assert [one.state for one in told.sites] == [State.DONE] * 3


@pytest.mark.parametrize("away", [timedelta(minutes=-11), timedelta(seconds=1)])
def test_an_instant_of_another_time_is_refused_and_nothing_is_kept(world: World, away: timedelta):
    with pytest.raises(RequestInvalid, match="at most 10 minutes ago, and now it is 2025-11-27"):
        world.plan(now=ORIGIN, origin=ORIGIN + away)
    assert world.held() == {"plans": [], "forecasts": []}


def write_agreed(path: Path) -> Path:
    """A contract file whose prices are agreed."""
    path.write_text(
        "kind: fixed\ntariff: 3.0TD\n"
        "prices_eur_kwh: {P1: 0.2, P2: 0.18, P3: 0.15, P4: 0.12, P5: 0.1, P6: 0.08}\n"
    )
    return path


def test_sites_with_agreed_prices_need_no_publication(world: World, tmp_path: Path):
    agreed = load_contract(str(write_agreed(tmp_path / "fixed.yaml")))
    world.sites = tuple(
        replace(one, task=replace(one.task, contract=agreed)) for one in world.sites
    )
    told = world.plan(now=ORIGIN + timedelta(days=30))
    assert [one.state for one in told.sites] == [State.DONE] * 3
    assert world.held()["forecasts"] == []
    assert len(set(plan_ids(told))) == 3  # though the three plans are the same


def test_sites_with_agreed_prices_wait_for_no_market_of_others(world: World, tmp_path: Path):
    agreed = load_contract(str(write_agreed(tmp_path / "fixed.yaml")))
    first, *others = world.sites
    world.sites = (replace(first, task=replace(first.task, contract=agreed)), *others)
    early = spec(SPOT).published_at(DAY) - timedelta(hours=2)
    told = world.plan(now=early)
    assert [one.state for one in told.sites] == [State.DONE, State.WAITING, State.WAITING]
    assert [(one.market, one.sites) for one in told.awaited] == [(SPOT, 2)]
    world.sites = tuple(others)
    with pytest.raises(NotPublished, match="spot@peninsula is due at"):
        world.plan(now=early)


def test_what_is_told_at_a_site_since_the_origin_is_in_its_plan(world: World):
    world.sites = world.sites[:1]
    early = ORIGIN - timedelta(hours=30)
    world.plan(now=early, origin=early)
    plant, told_at = world.sites[0].task.plant, ORIGIN + timedelta(minutes=6)
    store = world.opened()
    begin_for(store, Verb.PLAN, DAY, now=ORIGIN)
    own = store.of_site(NAMES[0])
    running = standing(own, as_of=ORIGIN, slot=plant.slot).in_force.plan
    early = next(b for b in running.schedule.blocks if b.start > ORIGIN)
    begun = ORIGIN - timedelta(minutes=5)
    report = Report(early.batch, early.stage, start=begun)
    report_started(own, report, plant=plant, now=told_at, by="shift lead")
    (done,) = world.plan(now=ORIGIN + timedelta(minutes=9)).sites
    held = standing(own, as_of=ORIGIN + timedelta(minutes=40), slot=plant.slot)
    assert held.accepted.note.by in {"schedule", "fleet"}
    assert held.accepted.at == told_at
    assert begun in {block.start for block in held.in_force.plan.carried}
    (again,) = world.plan(now=ORIGIN + timedelta(minutes=50)).sites
    assert (again.state, again.plan_id) == (State.KEPT, done.plan_id)
    assert world.held()["fleet-plan"] == [(NAMES[0], 2)]  # of the instant, of the publication
    store.close()


def test_a_run_of_lately_is_taken_up_and_after_an_older_one_another_is_begun(tmp_path: Path):
    store = open_store(f"sqlite:///{tmp_path}/runs.db")
    first = begin_for(store, Verb.PLAN, DAY, now=ORIGIN)
    assert first == Begun(Verb.PLAN, f"{DAY}-0", ORIGIN)
    assert begin_for(store, Verb.PLAN, DAY, now=ORIGIN + timedelta(minutes=9)) == first
    later = begin_for(store, Verb.PLAN, DAY, now=ORIGIN + timedelta(minutes=10))
    assert later == Begun(Verb.PLAN, f"{DAY}-1", ORIGIN + timedelta(minutes=10))
    store.close()


def test_the_run_of_a_clock_that_is_ahead_is_taken_up_in_a_moment(tmp_path: Path, monkeypatch):
    store = open_store(f"sqlite:///{tmp_path}/runs.db")
    ahead = begin_for(store, Verb.PLAN, DAY, now=ORIGIN + timedelta(seconds=200))
    monkeypatch.setattr(store, "save_once", lambda mark: pytest.fail("it need not be begun"))
    assert begin_for(store, Verb.PLAN, DAY, now=ORIGIN) == ahead
    monkeypatch.undo()
    far = begin_for(store, Verb.PLAN, DAY, now=ORIGIN - timedelta(minutes=20))
    assert (far.name, far.origin) == (f"{DAY}-1", ORIGIN - timedelta(minutes=20))
    store.close()


def test_a_worker_with_another_store_refuses_the_work(world: World, tmp_path: Path):
    with pytest.raises(
        ClusterUnavailable, match="the store of a worker is not the one of this run"
    ):
        world.plan(opens=StoreAt(f"sqlite:///{tmp_path}/elsewhere.db"))


def test_a_worker_of_another_version_refuses_the_work(world: World, monkeypatch):
    monkeypatch.setattr("chocolate_factory.fleet.fleet_plan.program", lambda: "of yesterday")
    with pytest.raises(ClusterUnavailable, match="another version of this program"):
        world.plan()


def test_the_version_of_the_program_is_that_of_every_part_of_it(tmp_path: Path, monkeypatch):
    (tmp_path / "standing").mkdir()
    part = tmp_path / "standing/held.py"
    part.write_text("KEPT = 1\n")
    monkeypatch.setattr("chocolate_factory.__file__", str(tmp_path / "__init__.py"))
    before = program.__wrapped__()
    assert program.__wrapped__() == before
    part.write_text("KEPT = 2\n")
    assert program.__wrapped__() != before


def test_to_a_cluster_goes_no_address_of_the_store(tmp_path: Path):
    near = Settings(data_dir=tmp_path, store_url="postgresql://who:secret@host/db")
    assert "secret" not in repr(opens_of(near))
    far = near.model_copy(update={"cluster_url": "tcp://127.0.0.1:8786"})
    assert opens_of(far) is own_store


@pytest.mark.parametrize("wrong", ["http://host:1", "tcp://host", "tcp://:8786", "8786"])
def test_the_address_of_a_cluster_is_checked(wrong: str):
    with pytest.raises(ValueError, match="the address of a Dask scheduler such as tcp://host:8786"):
        Settings(cluster_url=wrong)
