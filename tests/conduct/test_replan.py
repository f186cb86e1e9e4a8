"""Plans follow each other without moving work for cents, and people have the last word."""

from __future__ import annotations

import math
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from threading import Lock
from types import SimpleNamespace

import numpy as np
import pytest
from conduct.conftest import HOLLOW, ORDERS, RULES

from chocolate_factory import conduct, pipeline
from chocolate_factory.app.desks.plans import plan_desk
from chocolate_factory.conduct.books import followed
from chocolate_factory.conduct.metering import keep_curve
from chocolate_factory.errors import Infeasible, NotNow, RequestInvalid, SolverFailed
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.market.contract import parse_contract
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.planning.carried_over import batches_of, kwh_left
from chocolate_factory.planning.cost import cost_eur
from chocolate_factory.planning.equipment import Battery
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plan import sum_eur
from chocolate_factory.planning.reported_starts import Report
from chocolate_factory.settings import Settings
from chocolate_factory.standing import Accepted, keep_note, keep_plan, notes_of

TUE, WED, THU, FRI = (date(2025, 11, day) for day in (18, 19, 20, 21))
NOON = datetime(2025, 11, 18, 12, tzinfo=UTC)
EXCEEDING = "kind: indexed\ntariff: 3.0TD\nexceed_up_to_kw: 200\n"
TEN = datetime(2025, 11, 20, 9, tzinfo=UTC)  # on Thursday in Madrid, with staff there


def starts(plan):
    return sorted(
        (b[0].grade, *(block.start for block in b)) for b in batches_of(plan.schedule.blocks)
    )


def later(plan, since):
    return [own for own in starts(plan) if own[1] >= since]


def test_the_first_plan_is_in_force_at_once(floor):
    done = floor.replan()
    held = floor.held
    assert done.changes is None
    assert held.in_force.plan_id == done.in_force.plan_id
    assert held.accepted.note.by == "schedule"
    assert held.proposal is None


def test_news_that_are_worth_little_move_nothing_and_the_plan_goes_on(planned):
    floor = planned
    before = floor.held.in_force.plan
    floor.learn(WED, WED, cheap=4)  # as was forecast
    done = floor.replan()
    after = floor.held.in_force.plan
    assert done.proposal_id is None
    assert "nothing is moved" in done.reason
    assert set(later(before, after.start)) <= set(starts(after))
    assert after.end > before.end
    assert floor.held.in_force.plan_id == done.in_force.plan_id


def test_news_that_are_worth_it_are_proposed_and_the_plan_in_force_stays(planned):
    floor = planned
    before = floor.held.in_force.plan
    floor.learn(WED, THU, cheap=16)
    done = floor.replan()
    held = floor.held
    assert held.proposal.plan_id == done.proposal_id
    assert set(later(before, held.in_force.plan.start)) <= set(starts(held.in_force.plan))
    assert done.changes.saving_eur > 1.0
    assert done.changes.moved
    assert done.changes.added == done.changes.removed == ()


def test_the_difference_is_of_the_same_batches_at_the_same_prices(planned):
    floor = planned
    floor.learn(WED, THU, cheap=16)
    done = floor.replan()
    kept, best = floor.held.in_force.plan, done.best
    assert kept.start == best.start
    assert kept.schedule.kg == best.schedule.kg
    assert kept.carried == best.carried
    assert done.changes.before_eur == pytest.approx(cost_eur(kept.schedule.blocks, best.prices))
    assert done.changes.after_eur == pytest.approx(cost_eur(best.schedule.blocks, best.prices))


def test_the_plan_that_goes_on_and_the_best_one_begin_with_what_is_in_the_battery(floor):
    battery = Battery(kwh=100.0, kw=50.0, efficiency=0.9, start_kwh=0.0)
    floor.task = replace(floor.task, plant=replace(floor.task.plant, battery=battery))
    floor.replan()
    before = floor.held.in_force.plan
    fullest = int(np.argmax(before.schedule.site.stored_kwh)) + 1
    handed_over = before.start + fullest * floor.task.plant.slot
    floor.now = handed_over - timedelta(hours=2)
    done = floor.replan()
    held_kwh = kwh_left(before, floor.task.plant, handed_over)
    assert held_kwh > 50.0
    assert done.in_force.plan.start == done.best.start == handed_over
    assert done.in_force.plan.stored_kwh == done.best.stored_kwh == pytest.approx(held_kwh)


def test_with_a_pin_and_no_time_the_plan_still_goes_on(planned):
    floor = planned
    before = floor.held.in_force.plan
    own = next(b for b in batches_of(before.schedule.blocks) if b[0].start >= NOON)
    floor.pin(own[0].batch)
    before = floor.held.in_force.plan
    floor.learn(WED, WED, cheap=16)
    floor.task = replace(floor.task, time_limit_s=0.0, seed=None)
    done = floor.replan()
    after = floor.held.in_force.plan
    assert floor.held.in_force.plan_id == done.in_force.plan_id
    assert after.end > before.end
    assert set(later(before, after.start)) <= set(starts(after))
    assert len(after.pinned) == 1
    assert done.best.schedule.objective_eur <= after.schedule.objective_eur + 1e-6


def test_the_plan_goes_on_although_the_search_for_the_best_one_fails(planned, monkeypatch):
    floor = planned
    before = floor.held.in_force.plan
    floor.learn(WED, WED, cheap=4)

    make, calls = pipeline.plan_at, count()

    def killed(*args, **more):
        if next(calls):  # the first one goes on with the plan in force
            raise SolverFailed("no solver process said what it found")
        return make(*args, **more)

    monkeypatch.setattr(pipeline, "plan_at", killed)
    done = floor.replan()
    after = floor.held.in_force.plan
    assert after.end > before.end
    assert set(later(before, after.start)) <= set(starts(after))
    assert done.best is done.in_force.plan
    assert (done.proposal_id, done.changes.moved, done.changes.saving_eur) == (None, (), 0.0)
    assert "no other plan was found: no solver process said" in done.reason


def test_nothing_begins_or_moves_within_the_freeze(planned):
    floor = planned
    before = floor.held.in_force.plan
    floor.learn(WED, THU, cheap=16)
    best = floor.replan(freeze=timedelta(hours=5)).best
    frozen = floor.now + timedelta(hours=5)
    assert best.start == frozen
    begun = {b[0].batch for b in batches_of((*before.carried, *before.schedule.blocks))
             if b[0].start < frozen}  # fmt: skip
    assert {block.batch for block in best.carried} == begun
    assert all(block.start >= frozen for block in best.schedule.blocks)


def test_a_plan_that_is_not_to_wait_is_accepted_by_itself(planned):
    floor = planned
    floor.learn(WED, THU, cheap=16)
    done = floor.replan(automatic=True)
    assert starts(floor.held.in_force.plan) == starts(done.best)
    assert floor.held.proposal is None


def test_a_plan_that_saves_nothing_is_in_force_where_it_is_to_be_whatever_it_saves(planned):
    floor = planned
    floor.learn(WED, WED, cheap=4)  # as was forecast
    done = floor.replan(automatic=True, propose_above_eur=-math.inf)
    assert done.changes.saving_eur == pytest.approx(0.0, abs=1e-6)
    assert done.in_force.plan is done.best
    assert floor.held.in_force.plan_id == done.in_force.plan_id


def test_what_was_made_by_one_plan_is_not_made_again_by_those_after_it(planned):
    floor = planned
    made = list(batches_of(floor.held.in_force.plan.schedule.blocks))
    wanted = sum(demand.batches for demand in floor.held.in_force.plan.demands)
    assert len(made) == wanted
    for hour in (12, 18, 30, 36):
        floor.now = NOON - timedelta(hours=12) + timedelta(hours=hour)
        done = floor.replan(automatic=True, propose_above_eur=0.0)
        plan = done.best
        begun = list(batches_of(plan.carried))
        ahead = list(batches_of(plan.schedule.blocks))
        assert len(begun) + len(ahead) == sum(demand.batches for demand in plan.demands)


# ---- weighed over price paths


def in_the_hollow(plan, day):
    """Batches whose conching begins in the cheap afternoon of ``day``."""
    begun = (b.start.astimezone(MADRID) for b in plan.schedule.blocks if b.stage == "conching")
    return sum(at.date() == day and at.hour in HOLLOW for at in begun)


@pytest.fixture
def leaning(floor):
    """With a plan in force that leans on a cheap Thursday afternoon, which turns out unsure."""
    floor.foretell(THU, spread=0.0)
    floor.replan(stored=True)
    floor.now = datetime(2025, 11, 18, 10, tzinfo=UTC)
    floor.foretell(THU, spread=0.08)
    return floor


def test_new_batches_are_not_put_in_force_where_they_may_well_cost_more_than_the_habit(planned):
    floor = planned
    more = ORDERS.replace("due:", "  fri: {standard: 100}\ndue:")
    floor.task = replace(
        floor.task, orders=parse_orders(more, name="orders", plant=floor.task.plant)
    )
    before = floor.held.in_force.plan
    floor.foretell(FRI, spread=0.0)
    assert in_the_hollow(floor.replan(stored=True).in_force.plan, FRI) == 2
    floor.undo(floor.held.accepted.event_id)

    floor.now += timedelta(minutes=1)
    floor.foretell(FRI, spread=0.08)
    floor.replan(stored=True)

    after = floor.held.in_force.plan
    assert in_the_hollow(after, FRI) == 0
    assert set(later(before, after.start)) < set(starts(after))
    assert "what is new begins as the habit has it" in after.notes[-1]


def test_a_plan_in_force_that_may_well_cost_more_than_the_habit_gives_way_to_it(leaning):
    done = leaning.replan(stored=True)
    held = leaning.held
    assert in_the_hollow(held.in_force.plan, THU) == 2
    assert held.proposal.plan_id == done.proposal_id
    assert in_the_hollow(held.proposal.plan, THU) == 0
    assert starts(held.proposal.plan) == sorted(
        (b[0].grade, *(block.start for block in b))
        for b in batches_of(held.proposal.plan.baseline.blocks)
    )
    assert done.changes.saving_eur < 0
    assert re.match(r"costs \d+\.\d\d € more; to go on would cost .* the habit ", done.reason)


def test_the_guard_holds_where_the_search_for_the_best_plan_fails(leaning, monkeypatch):
    make, calls = pipeline.plan_at, count()

    def killed(task, *args, **more):
        if not task.by_habit and next(calls):  # the first one goes on with the plan in force
            raise SolverFailed("no solver process said what it found")
        return make(task, *args, **more)

    monkeypatch.setattr(pipeline, "plan_at", killed)
    done = leaning.replan(stored=True)
    held = leaning.held
    assert in_the_hollow(held.in_force.plan, THU) == 2
    assert held.proposal.plan_id == done.proposal_id
    assert in_the_hollow(held.proposal.plan, THU) == 0
    assert re.match(r"costs .* to go on would cost .* it is the habit, for no other", done.reason)


def test_new_batches_are_laid_as_the_habit_would_where_the_search_fails_too(planned, monkeypatch):
    floor = planned
    more = ORDERS.replace("due:", "  fri: {standard: 100}\ndue:")
    floor.task = replace(
        floor.task, orders=parse_orders(more, name="orders", plant=floor.task.plant)
    )
    floor.foretell(FRI, spread=0.08)
    make, calls = pipeline.plan_at, count()

    def killed(task, *args, **more):
        if not task.by_habit and next(calls):
            raise SolverFailed("no solver process said what it found")
        return make(task, *args, **more)

    monkeypatch.setattr(pipeline, "plan_at", killed)
    done = floor.replan(stored=True)
    after = floor.held.in_force.plan
    assert in_the_hollow(after, FRI) == 0
    assert "what is new begins as the habit has it" in after.notes[-1]
    assert "no other plan was found" in done.reason


def test_a_plan_at_a_dial_is_put_in_force_guarded_and_says_what_its_safety_costs(floor):
    floor.foretell(THU, spread=0.08)
    floor.task = replace(floor.task, risk=1.0)
    first = floor.replan(stored=True).in_force.plan
    assert in_the_hollow(first, THU) == 0
    said = [note for note in first.notes if note.startswith("weighed for safety (1 of 1): ")]
    assert len(said) == 1

    floor.now += timedelta(hours=1)
    done = floor.replan(stored=True, automatic=True, propose_above_eur=-math.inf)
    assert done.in_force.plan is done.best
    assert in_the_hollow(done.best, THU) == 0
    assert sum("weighed for safety" in note for note in done.best.notes) == 1


def test_the_schedule_keeps_the_dial_that_was_accepted_until_another_is(floor):
    floor.foretell(THU, spread=0.08)
    at_no_dial = floor.task
    floor.task = replace(at_no_dial, risk=1.0)
    assert floor.replan(stored=True).in_force.plan.risk == 1.0

    floor.task = at_no_dial
    floor.now += timedelta(hours=1)
    done = floor.replan(stored=True)
    kept = floor.held.in_force.plan
    assert kept.risk == done.best.risk == 1.0
    assert in_the_hollow(kept, THU) == in_the_hollow(done.best, THU) == 0
    assert done.proposal_id is None  # nor does it propose to go back

    batch = next(
        b for b in batches_of(kept.schedule.blocks) if b[0].start > floor.now + timedelta(days=1)
    )
    floor.pin(batch[0].batch)
    assert floor.held.in_force.plan.risk == 1.0

    floor.task = replace(at_no_dial, risk=0.0)
    floor.now += timedelta(hours=1)
    back = floor.replan(stored=True, automatic=True, propose_above_eur=-math.inf)
    assert back.in_force.plan.risk == 0.0


def test_a_pin_does_not_switch_the_guard_off_and_stays(leaning):
    cheap = next(
        b for b in batches_of(leaning.held.in_force.plan.schedule.blocks)
        if any(one.stage == "conching" and one.start.astimezone(MADRID).date() == THU for one in b)
    )  # fmt: skip
    leaning.pin(cheap[0].batch)
    leaning.now += timedelta(minutes=1)

    leaning.replan(stored=True)

    proposed = leaning.held.proposal.plan
    (name,) = proposed.pinned
    own = tuple(block.start for block in proposed.schedule.blocks if block.batch == name)
    assert own == tuple(block.start for block in cheap)
    assert in_the_hollow(proposed, THU) == 1


# ---- accepting


def test_an_accepted_proposal_is_in_force_and_accepting_again_changes_nothing(planned):
    floor = planned
    floor.learn(WED, THU, cheap=16)
    proposal = floor.replan().proposal_id
    first = floor.accept(proposal)
    again = floor.accept(proposal)
    assert floor.held.in_force.plan_id == proposal
    assert floor.held.accepted.note.by == "test"
    assert floor.held.proposal is None
    assert first.event_id == again.event_id


def test_an_acceptance_is_undone_until_its_plan_begins(planned):
    floor = planned
    floor.learn(WED, THU, cheap=16)
    done = floor.replan()
    told = floor.accept(done.proposal_id)
    floor.now += timedelta(minutes=5)
    floor.undo(told.event_id)
    assert floor.held.in_force.plan_id == done.in_force.plan_id
    assert floor.held.proposal.plan_id == done.proposal_id
    again = floor.accept(done.proposal_id)
    floor.now += timedelta(hours=3)
    with pytest.raises(RequestInvalid, match="too late to undo"):
        floor.undo(again.event_id)


def test_the_first_plan_cannot_be_undone(floor):
    floor.replan()
    with pytest.raises(RequestInvalid, match="no plan before"):
        floor.undo(floor.held.accepted.event_id)


def test_what_is_not_proposed_cannot_be_accepted(planned):
    floor = planned
    with pytest.raises(RequestInvalid, match="no plan is proposed"):
        floor.accept("anything")
    floor.learn(WED, THU, cheap=16)
    floor.replan()
    with pytest.raises(RequestInvalid, match="is not proposed now"):
        floor.accept("anything")
    floor.now += timedelta(hours=3)
    assert floor.held.proposal is None  # it would have begun


def test_a_dismissed_proposal_is_gone(planned):
    floor = planned
    floor.learn(WED, THU, cheap=16)
    floor.replan()
    floor.undo(floor.held.proposed.event_id)
    assert floor.held.proposal is None


@pytest.fixture
def at_the_edge(planned):
    """With a proposal that moves a batch which begins at the end of the freeze, to the second."""
    floor = planned
    begin = last_batch(floor)[0].start
    floor.now = begin - RULES.freeze
    floor.learn(WED, THU, cheap=16)
    floor.proposal = floor.replan().proposal_id
    assert begin not in {own[1] for own in starts(floor.held.proposal.plan)}
    return floor


def test_a_proposal_can_be_accepted_until_it_would_change_what_begins_within_half_the_freeze(
    at_the_edge,
):
    floor = at_the_edge
    before = floor.held.in_force.plan_id
    edge = floor.now + RULES.freeze / 2
    floor.now = edge + timedelta(seconds=1)
    with pytest.raises(NotNow, match=r"is moved any more.*: \w+ on .*\. Plan anew"):
        floor.accept(floor.proposal)
    assert floor.held.in_force.plan_id == before
    floor.now = edge
    floor.accept(floor.proposal)
    assert floor.held.in_force.plan_id == floor.proposal


def test_an_acceptance_cannot_be_undone_once_that_would_change_what_begins_within_half_the_freeze(
    at_the_edge,
):
    floor = at_the_edge
    floor.now += RULES.freeze / 2
    told = floor.accept(floor.proposal)
    floor.now += timedelta(seconds=1)
    with pytest.raises(NotNow, match=r"is moved any more.*Plan anew"):
        floor.undo(told.event_id)
    assert floor.held.in_force.plan_id == floor.proposal


# ---- reporting


def report(floor, block, **told):
    return conduct.report_started(
        floor.store,
        Report(block.batch, block.stage, **told),
        plant=floor.task.plant,
        now=floor.now,
        by="test",
    )


def first_block(floor):
    plan = floor.held.in_force.plan
    return next(b for b in plan.schedule.blocks if b.start < floor.now)


def test_a_reported_start_holds_in_the_plan_and_in_those_that_follow(planned):
    floor = planned
    block = first_block(floor)
    begun = block.start + timedelta(minutes=45)
    report(floor, block, start=begun)
    here = next(b for b in floor.held.in_force.plan.schedule.blocks
                if (b.batch, b.stage) == (block.batch, block.stage))  # fmt: skip
    best = floor.replan().best
    there = next(b for b in best.carried if (b.batch, b.stage) == (block.batch, block.stage))
    assert here.start == there.start == begun


def test_what_is_reported_while_it_is_planned_anew_is_not_lost(planned, monkeypatch):
    floor = planned
    floor.now = datetime(2025, 11, 18, 5, 40, tzinfo=UTC)  # both batches of the day have begun
    block = first_block(floor)
    late = block.start + timedelta(minutes=30)
    make = pipeline.outlook

    def told_meanwhile(*args, **kwargs):
        ahead = make(*args, **kwargs)
        if not floor.held.reports:
            floor.now += timedelta(seconds=20)
            report(floor, block, start=late)
        return ahead

    monkeypatch.setattr(pipeline, "outlook", told_meanwhile)
    floor.replan()
    floor.now += timedelta(minutes=1)
    carried = floor.held.in_force.plan.carried
    begun = [one.start for one in carried if one.stage == block.stage]
    assert late in begun


def test_an_acceptance_is_not_undone_while_something_is_reported_under_its_plan(planned):
    floor = planned
    before = floor.held.in_force.plan_id
    floor.pin(last_batch(floor)[0].batch)
    accepted = floor.held.accepted.event_id
    floor.now += timedelta(minutes=30)
    block = next(b for b in floor.held.in_force.plan.carried if b.start < floor.now)
    begun = block.start + timedelta(minutes=30)
    told = report(floor, block, start=begun, energy_kwh=block.energy_kwh / 2)
    floor.now += timedelta(minutes=15)
    with pytest.raises(NotNow, match=r"Make a new one instead.*undo the reports first"):
        floor.undo(accepted)
    assert [noted.event_id for noted in floor.held.reports] == [told.event_id]
    floor.undo(told.event_id)
    floor.undo(accepted)
    assert floor.held.in_force.plan_id == before


def carried_of(floor, block):
    carried = floor.held.in_force.plan.carried
    return next(b for b in carried if (b.batch, b.stage) == (block.batch, block.stage))


def test_a_report_is_undone_once(planned):
    floor = planned
    block = first_block(floor)
    told = report(floor, block, start=block.start + timedelta(minutes=45))
    floor.undo(told.event_id)
    assert first_block(floor).start == block.start
    with pytest.raises(RequestInvalid, match="may be undone already"):
        floor.undo(told.event_id)


def test_a_block_costs_what_its_own_hours_do_once_it_is_reported(planned):
    floor = planned
    floor.now = datetime(2025, 11, 18, 5, 40, tzinfo=UTC)
    plan = floor.held.in_force.plan
    block = first_block(floor)
    floor.now = datetime(2025, 11, 18, 12, tzinfo=UTC)
    report(floor, block, start=block.start + timedelta(hours=3))
    there = next(b for b in floor.held.in_force.plan.schedule.blocks
                 if (b.batch, b.stage) == (block.batch, block.stage))  # fmt: skip
    assert there.cost_eur == pytest.approx(cost_eur([there], plan.prices)) != block.cost_eur
    floor.replan()  # whose own prices begin after the block
    floor.now += timedelta(minutes=1)
    report(floor, block, start=block.start + timedelta(hours=2))
    there = carried_of(floor, block)
    assert there.cost_eur == pytest.approx(cost_eur([there], plan.prices)) != block.cost_eur


def test_what_a_block_cost_at_a_time_without_a_price_is_not_known(planned):
    floor = planned
    floor.now = datetime(2025, 11, 18, 5, 40, tzinfo=UTC)
    plan, block = floor.held.in_force.plan, first_block(floor)
    told = report(floor, block, start=plan.start - timedelta(hours=2))
    there = first_block(floor)
    assert (there.cost_eur, there.price_kind) == (None, "unknown")
    assert sum_eur(floor.held.in_force.plan.schedule.blocks) is None
    assert floor.held.in_force.plan.schedule.objective_eur == plan.schedule.objective_eur
    floor.replan()
    assert carried_of(floor, block).cost_eur is None
    floor.now += timedelta(minutes=1)
    floor.undo(told.event_id)
    assert carried_of(floor, block).cost_eur == pytest.approx(block.cost_eur)


def test_a_report_that_later_plans_stand_on_is_undone_in_the_one_in_force(planned):
    floor = planned
    floor.now = datetime(2025, 11, 18, 5, 40, tzinfo=UTC)
    before = floor.held.in_force.plan
    block = first_block(floor)
    planned_at = {
        (b.batch, b.stage): (b.start, b.end)
        for b in before.schedule.blocks
        if b.batch == block.batch
    }
    told = report(floor, block, start=block.start + timedelta(minutes=30))
    for _ in range(2):
        floor.now += timedelta(minutes=5)
        floor.replan()
    assert carried_of(floor, block).start == block.start + timedelta(minutes=30)
    assert [noted.event_id for noted in floor.held.earlier] == [told.event_id]
    floor.now += timedelta(minutes=1)
    undone = floor.undo(told.event_id)
    assert undone.standing.earlier == () == undone.standing.reports
    assert {
        (b.batch, b.stage): (b.start, b.end)
        for b in floor.held.in_force.plan.carried
        if b.batch == block.batch
    } == planned_at
    (last,) = [
        one for one in followed(floor.store, floor.task, since=None, now=floor.now)
        if one.plan_id == floor.held.in_force.plan_id
    ]  # fmt: skip
    assert last.went.carried == floor.held.in_force.plan.carried
    with pytest.raises(RequestInvalid, match="may be undone already"):
        floor.undo(told.event_id)
    floor.now += timedelta(minutes=1)
    floor.replan()
    assert carried_of(floor, block).start == block.start


def test_a_report_that_was_told_anew_under_a_later_plan_is_not_the_one_to_undo(planned):
    floor = planned
    floor.now = datetime(2025, 11, 18, 5, 40, tzinfo=UTC)
    block = first_block(floor)
    first = report(floor, block, start=block.start + timedelta(minutes=30))
    floor.now += timedelta(minutes=5)
    floor.replan()
    floor.now += timedelta(minutes=1)
    second = report(floor, block, start=block.start + timedelta(minutes=15))
    with pytest.raises(NotNow, match="reported anew since"):
        floor.undo(first.event_id)
    floor.undo(second.event_id)
    assert carried_of(floor, block).start == block.start + timedelta(minutes=30)
    floor.undo(first.event_id)
    assert carried_of(floor, block).start == block.start


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"start": NOON + timedelta(days=1)}, "still to come"),
        ({"start": NOON - timedelta(hours=5), "end": NOON - timedelta(hours=6)}, "not after"),
        ({"start": NOON - timedelta(days=9)}, "more than 3 days away"),
        ({"start": NOON - timedelta(hours=3), "energy_kwh": 1e9}, "is not what"),
        ({"start": NOON - timedelta(hours=3), "machine": "oven-1"}, "choose: "),
    ],
)
def test_a_report_that_cannot_be_is_refused(planned, told, reason):
    floor = planned
    with pytest.raises(RequestInvalid, match=reason):
        report(floor, first_block(floor), **told)


def two_of(floor, stage):
    """The first two runs of a stage on one machine."""
    runs = [b for b in floor.held.in_force.plan.schedule.blocks if b.stage == stage]
    return next((a, b) for a in runs for b in runs if b.start > a.start and b.machine == a.machine)


def test_a_machine_that_was_reported_busy_begins_no_other_batch(planned):
    floor = planned
    first, second = two_of(floor, "mixing")
    floor.now = second.start + timedelta(hours=1)
    told = report(floor, first, start=second.start)
    with pytest.raises(
        RequestInvalid, match=r"it has standard-01 from .* as was reported. Say which"
    ):
        report(floor, second, start=second.start)
    with pytest.raises(RequestInvalid, match="it has standard-01 from"):
        report(floor, second, start=second.start - timedelta(minutes=3))
    report(floor, second, start=second.start + timedelta(minutes=14))  # done a minute sooner
    floor.undo(told.event_id)
    report(floor, first, start=second.start - timedelta(minutes=15), end=second.start)


def test_a_stage_does_not_begin_without_the_one_ahead_of_it(planned):
    floor = planned
    mixing, later = two_of(floor, "mixing")
    conching = next(
        b for b in floor.held.in_force.plan.schedule.blocks
        if (b.batch, b.stage) == (later.batch, "conching")
    )  # fmt: skip
    floor.now = mixing.start + timedelta(minutes=30)
    with pytest.raises(
        RequestInvalid, match=r"nobody reported and the plan has .*report that first"
    ):
        report(floor, conching, start=mixing.start)
    floor.now = conching.start + timedelta(hours=2)
    report(floor, conching, start=conching.start)
    with pytest.raises(
        RequestInvalid, match=r"mixing comes before it: take that report back first"
    ):
        report(floor, later, start=conching.start + timedelta(hours=1))


def test_a_report_of_nothing_planned_is_refused(planned):
    floor = planned
    block = replace(first_block(floor), batch="standard-99")
    with pytest.raises(RequestInvalid, match="its stages are: mixing"):
        report(floor, block, start=floor.now)


def test_a_proposal_of_before_a_report_cannot_be_accepted(planned):
    floor = planned
    floor.learn(WED, THU, cheap=16)
    proposal = floor.replan().proposal_id
    floor.now += timedelta(minutes=1)
    block = next(b for b in floor.held.in_force.plan.carried if b.start < floor.now)
    report(floor, block, start=block.start)
    with pytest.raises(RequestInvalid, match="after this plan was proposed"):
        floor.accept(proposal)


# ---- pinning


def last_batch(floor):
    return batches_of(floor.held.in_force.plan.schedule.blocks)[-1]


def test_a_pin_survives_planning_anew(planned):
    floor = planned
    batch = last_batch(floor)
    floor.pin(batch[0].batch)
    floor.learn(WED, FRI, cheap=16)
    best = floor.replan().best
    assert (batch[0].grade, *(block.start for block in batch)) in starts(best)
    assert len(best.pinned) == 1


def test_a_batch_is_pinned_to_another_time_and_the_others_stay(planned):
    floor = planned
    before, batch = floor.held.in_force.plan, last_batch(floor)
    begin = TEN
    told = floor.pin(batch[0].batch, begin)
    after = told.standing.in_force.plan
    (name,) = after.pinned
    assert next(b for b in after.schedule.blocks if b.batch == name).start == begin
    others = set(later(before, after.start)) - {(batch[0].grade, *(b.start for b in batch))}
    assert others <= set(starts(after))
    assert after.end == before.end


def test_a_batch_that_is_pinned_anew_is_pinned_there_alone(planned):
    floor = planned
    floor.pin(last_batch(floor)[0].batch, TEN)
    floor.now += timedelta(minutes=1)
    (name,) = floor.held.in_force.plan.pinned
    floor.pin(name, TEN + timedelta(hours=1))
    floor.now += timedelta(minutes=1)
    (noted,) = floor.held.pins
    assert noted.note.pin.begin == TEN + timedelta(hours=1)
    best = floor.replan(propose_above_eur=0.0).best
    assert len(best.pinned) == 1
    assert TEN not in {own[1] for own in starts(best)}


def test_two_batches_that_are_pinned_at_once_are_both_pinned(planned):
    floor = planned
    seconds = count()
    desk = plan_desk(
        SimpleNamespace(store=floor.store, task=floor.task, settings=Settings()),
        lambda: floor.now + timedelta(seconds=next(seconds)),
        Lock(),
    )
    batches = batches_of(floor.held.in_force.plan.schedule.blocks)[-2:]
    with ThreadPoolExecutor(2) as pool:
        told = [pool.submit(desk.pin, batch[0].batch, None, "a planner") for batch in batches]
    assert [one.exception() for one in told] == [None, None]
    floor.now += timedelta(minutes=1)
    assert len(floor.held.in_force.plan.pinned) == 2


def test_a_batch_that_is_pinned_where_it_is_pinned_holds_one_batch(planned):
    floor = planned
    for _ in range(2):
        floor.pin(last_batch(floor)[0].batch)
        floor.now += timedelta(minutes=1)
    assert len(floor.held.pins) == 1


def test_a_pin_in_a_plan_of_simulated_prices_leaves_it_simulated(planned):
    floor = planned
    running = floor.held.in_force
    plan_id = keep_plan(floor.store, replace(running.plan, simulated=True), made_at=floor.now)
    keep_note(floor.store, Accepted(plan_id, "test"), at=floor.now)
    floor.now += timedelta(minutes=1)
    assert floor.pin(last_batch(floor)[0].batch, TEN).standing.in_force.plan.simulated


def test_a_pin_counts_the_excess_power_that_the_month_has(planned):
    floor = planned
    contract = parse_contract(EXCEEDING, name="mine")
    floor.task = replace(floor.task, contract=contract)
    begin = datetime(2025, 11, 3, 8, tzinfo=UTC)
    keep_curve(floor.store, PowerCurve(begin, np.full(4, 190.0)), now=floor.now)
    plan = floor.pin(last_batch(floor)[0].batch, TEN).standing.in_force.plan
    assert [round(kw, 6) for kw in plan.excess_so_far.values()] == [80.0]  # 2 · 40 kW


def test_without_the_pin_the_batch_may_move_again(planned):
    floor = planned
    batch = last_batch(floor)
    told = floor.pin(batch[0].batch, TEN)
    floor.now += timedelta(minutes=1)
    floor.undo(told.event_id)
    assert floor.held.pins == ()
    assert floor.replan(propose_above_eur=0.0).best.pinned == ()


def test_a_batch_cannot_be_pinned_to_where_nobody_is_there(planned):
    floor = planned
    batch = last_batch(floor)
    with pytest.raises(Infeasible, match="cannot begin on"):
        floor.pin(batch[0].batch, datetime(2025, 11, 20, 2, tzinfo=UTC))
    assert floor.held.pins == ()


def test_what_has_begun_or_is_unknown_cannot_be_pinned(planned):
    floor = planned
    with pytest.raises(RequestInvalid, match="is moved any more"):
        floor.pin(first_block(floor).batch)
    with pytest.raises(RequestInvalid, match="no batch 'cocoa-01' to come; it has: "):
        floor.pin("cocoa-01")


# ---- when nothing can go on


def test_a_plan_that_cannot_go_on_is_named_with_the_reason(planned):
    floor = planned
    by_day = {  # nobody comes before ten any more
        day: tuple(replace(hours, start_min=max(hours.start_min, 600)) for hours in shifts)
        for day, shifts in floor.task.plant.shifts.items()
    }
    floor.task = replace(floor.task, plant=replace(floor.task.plant, shifts=by_day))
    done = floor.replan()
    assert "cannot be kept" in done.reason
    assert done.changes.saving_eur is None
    assert floor.held.proposal.plan_id == done.proposal_id


def test_a_plan_that_has_run_out_is_followed_by_a_fresh_one(planned):
    floor = planned
    floor.learn(WED, date(2025, 12, 2), cheap=4)
    floor.now = datetime(2025, 12, 1, 10, tzinfo=UTC)
    done = floor.replan()
    assert done.changes is None
    assert pipeline.covers(done.best, floor.task.plant, now=floor.now)
    assert len([n for n in notes_of(floor.store, as_of=floor.now)
                if isinstance(n.note, Accepted)]) == 2  # fmt: skip


def test_the_newest_plan_of_an_older_store_is_in_force(floor):
    from chocolate_factory.standing import keep_plan  # noqa: PLC0415

    made = pipeline.plan(floor.store, floor.task, origin=floor.now, models=("naive",))
    plan_id = keep_plan(floor.store, made, made_at=floor.now)
    assert floor.held.in_force.plan_id == plan_id
    assert floor.held.accepted is None
