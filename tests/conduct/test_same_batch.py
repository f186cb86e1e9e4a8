"""A batch keeps its lasting name, and its entry in a calendar, from plan to plan."""

from __future__ import annotations

from datetime import date, timedelta

from icalendar import Calendar

from chocolate_factory import conduct
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.reported_starts import Report
from chocolate_factory.planning.same_batch import lasting_names
from chocolate_factory.web.plan_files import plan_ics
from chocolate_factory.web.wording import WORDS

WED, THU, FRI = date(2025, 11, 19), date(2025, 11, 20), date(2025, 11, 21)


def entries(kept):
    made = plan_ics(kept, WORDS["es"], site="linares")
    return {str(event["uid"]): event for event in Calendar.from_ical(made).walk("VEVENT")}


def begun(plan):
    """When what each lasting name stands for begins."""
    names = lasting_names(plan)
    every = batches_of((*plan.carried, *plan.schedule.blocks))
    assert len(set(names.values())) == len(every)
    return {names[own[0].batch]: own[0].start for own in every}


def test_each_batch_is_of_an_order_and_one_of_its_batches(planned):
    plan = planned.held.in_force.plan
    assert sorted(begun(plan)) == [
        ("premium", "2025-11-19", 1),
        ("standard", "2025-11-18", 1),
        ("standard", "2025-11-18", 2),
        ("standard", "2025-11-19", 1),
        ("standard", "2025-11-20", 1),
        ("standard", "2025-11-20", 2),
    ]


def test_a_plan_that_moves_batches_moves_their_entries_and_adds_none(planned):
    floor = planned
    before = entries(floor.held.in_force)
    floor.learn(WED, THU, cheap=16)
    done = floor.replan()
    floor.accept(done.proposal_id)
    floor.now += timedelta(minutes=1)
    after = entries(floor.held.in_force)

    same = set(before) & set(after)
    assert set(before) <= set(after)
    moved = {uid for uid in same if before[uid]["dtstart"].dt != after[uid]["dtstart"].dt}
    assert moved
    assert all(after[uid]["sequence"] >= before[uid]["sequence"] for uid in same)
    assert {uid.split("/")[0] for uid in after} == {"linares"}


def test_what_was_begun_keeps_its_name_in_the_plans_that_carry_it(planned):
    floor = planned
    first = begun(floor.held.in_force.plan)
    for _ in range(3):
        floor.now += timedelta(hours=20)
        floor.learn(WED, FRI, cheap=4)
        floor.replan()
        plan = floor.held.in_force.plan
        now = begun(plan)
        for own in batches_of(plan.carried):
            name = lasting_names(plan)[own[0].batch]
            assert name not in first or first[name] == own[0].start
        first |= now


def test_a_report_makes_the_entry_newer_and_the_same_bytes_are_written_again(planned):
    floor = planned
    kept = floor.held.in_force
    assert plan_ics(kept, WORDS["en"], site="") == plan_ics(kept, WORDS["en"], site="")
    block = min(kept.plan.schedule.blocks, key=lambda one: one.start)
    before = entries(kept)
    floor.now = block.start + timedelta(minutes=20)
    told = Report(block.batch, block.stage, start=block.start + timedelta(minutes=15))
    conduct.report_started(floor.store, told, plant=floor.task.plant, now=floor.now, by="test")
    after = entries(floor.held.in_force)

    assert floor.held.in_force.changed_at == floor.now
    assert set(after) == set(before)
    assert all(after[uid]["sequence"] > event["sequence"] for uid, event in before.items())
