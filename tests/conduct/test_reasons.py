"""Why batches of the plan in force are where they are, as it is asked later."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from conduct.conftest import RULES

from chocolate_factory.conduct.reasons import reasons


def test_what_begins_within_the_freeze_has_no_other_place(floor):
    floor.foretell(date(2025, 11, 20), spread=0.08)
    floor.replan(stored=True)
    floor.now = datetime(2025, 11, 18, 10, tzinfo=UTC)
    rules = replace(RULES, freeze=timedelta(hours=24))

    _, told = reasons(floor.store, floor.task, now=floor.now, rules=rules)

    frozen = [one for one in told if one.batch[0].start < floor.now + rules.freeze]
    movable = [one for one in told if one not in frozen]
    assert frozen
    assert movable
    assert all((one.places, one.stays_best) == (0, None) for one in frozen)
    assert all(one.stays_best is not None for one in movable)
    assert all(one.cheapest_begin >= floor.now + rules.freeze for one in movable)
