"""What days are closed from: the plans that were in force, the batches made, the prices paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.conduct.terms import KeptTerms, mark_of
from chocolate_factory.errors import Infeasible, MissingData
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.batches_made import Followed, Made
from chocolate_factory.planning.closing import (
    HABIT_EARLY,
    HABIT_LATE,
    LEVEL_DAYS,
    Basis,
    DayAccount,
    close_day,
    order_day,
)
from chocolate_factory.planning.orders import DAY, Demand
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.standing import (
    Accepted,
    Started,
    all_notes,
    as_it_went,
    holding,
    stored_plan,
)
from chocolate_factory.store.base import Store

LOOK_BACK = timedelta(days=21)
"""Plans put in force so long before a day may have begun its batches, or those of its week."""
_NO_PRICES = PlanningPrices(
    np.empty(0, dtype="datetime64[s]"), np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, bool)
)


@dataclass(frozen=True, slots=True)
class Books:
    """What is closed from: the plans that were in force, and the batches made by them."""

    store: Store
    terms: KeptTerms
    now: datetime
    history: tuple[Followed, ...]
    made: tuple[Made, ...]


def followed(
    store: Store, task: PlanTask, *, since: datetime | None, now: datetime
) -> tuple[Followed, ...]:
    """The plans put in force from ``since`` on, in order, as planned and as they went."""
    told = all_notes(store, since=since, as_of=now)
    notes = holding(told)
    found = []
    for noted in notes:
        if not isinstance(noted.note, Accepted):
            continue
        kept = stored_plan(store, noted.note.plan_id)
        if kept is None:
            continue
        reports = tuple(
            other.note.report
            for other in notes
            if isinstance(other.note, Started) and other.note.plan_id == kept.plan_id
        )
        went = as_it_went(store, kept, told, slot=task.plant.slot)
        found.append(Followed(kept.plan_id, kept.plan, went, reports))
    return tuple(found)


def demands_of(history: Sequence[Followed], day: date) -> tuple[Demand, ...]:
    """The orders that belong to ``day``, as the last plan made by its end knew them."""
    for one in reversed(history):
        own = tuple(d for d in one.planned.demands if order_day(d) == day)
        if own and one.planned.origin < local_midnight(day + DAY):
            return own
    return ()


def account_of(
    books: Books,
    day: date,
    given: Mapping[str, Sequence[Made]],
    known: Sequence[DayAccount],
    *,
    task: PlanTask | None = None,
    revision: int = 0,
    reason: str = "",
) -> DayAccount:
    """The account of ``day`` under the terms of ``task``; None: those in force when it ended."""
    said = books.terms.note(day)
    task = task or books.terms.on(day)
    demands = demands_of(books.history, day)
    for demand in demands:
        if demand.grade not in task.plant.grades:
            raise Infeasible(
                (f"it is not stored how {demand.grade} was made, and the plant file says no more",)
            )
    made = [one for own in given.values() for one in own]
    begins = [block.start for one in made for block in (one.planned[0], one.went[0])]
    ends = [block.end for one in made for block in (one.planned[-1], one.went[-1])]
    begin = min([local_midnight(day), *begins])
    end = max([local_midnight(day + DAY), *(demand.due for demand in demands), *ends])
    actual = _NO_PRICES if not demands else prices_over(books, task, begin, end)
    try:
        then = prices_over(
            books, task, begin - (LEVEL_DAYS + 1) * DAY, end - (LEVEL_DAYS - 1) * DAY
        )
    except MissingData:
        then = None
    account = close_day(
        day,
        demands,
        given,
        actual,
        before=[block for one in known[-LOOK_BACK.days :] for block in one.habit_blocks],
        four_weeks_ago=then,
        weather=pipeline.weather_over(
            books.store, task.plant, begin - HABIT_EARLY, end + HABIT_LATE, as_of=books.now
        ),
        basis=Basis(task.plant, task.contract, mark_of(task.plant), mark_of(task.contract)),
        revision=revision,
        reason=reason,
    )
    return replace(account, notes=(*account.notes, said)) if said and demands else account


def prices_over(books: Books, task: PlanTask, begin: datetime, end: datetime) -> PlanningPrices:
    """Actual prices over [begin, end), and as far around it as the habit may stray, if known.

    Raises ``MissingData`` if those of [begin, end) are not all known.
    """
    known = pipeline.actual_prices(
        books.store, task.contract, begin - HABIT_EARLY, end + HABIT_LATE, as_of=books.now
    )
    known.covering(begin, end)
    return known
