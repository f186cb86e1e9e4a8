"""The savings ledger: each day closed once, at the prices that were paid.

A day is closed when every batch of its orders is done and every price is known. It is closed again
only when prices it rests on were revised, and the reason is kept. A week whose days are all closed
is compared with the best that was possible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.conduct.ledger import (
    closed_days,
    closed_months,
    closed_weeks,
    save_day,
    save_week,
)
from chocolate_factory.errors import Infeasible, MissingData
from chocolate_factory.market.calendar import days_between, delivery_day, local_midnight
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.account import SavingsAccount, WeekPossible, savings_account
from chocolate_factory.planning.batches_made import Followed, Made, made_batches
from chocolate_factory.planning.closing import (
    HABIT_EARLY,
    HABIT_LATE,
    LEVEL_DAYS,
    Basis,
    DayAccount,
    assigned,
    close_day,
    order_day,
)
from chocolate_factory.planning.cost import cost_eur, priced
from chocolate_factory.planning.lower_bound import never_exceeding
from chocolate_factory.planning.orders import DAY, Demand
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.problem import build_problem
from chocolate_factory.planning.recover import recover
from chocolate_factory.planning.reported_starts import as_reported
from chocolate_factory.planning.solve import solve
from chocolate_factory.standing import Accepted, Started, notes_of, stored_plan
from chocolate_factory.store.base import Store

GIVEN_UP_AFTER = timedelta(days=2)
"""Batches that were ordered and not begun so long after they were due are not waited for."""
REVISED_WITHIN = timedelta(days=35)
"""Days are closed again only within so long."""
SUNDAY = 6
NO_PRICES = PlanningPrices(
    np.empty(0, dtype="datetime64[s]"), np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, bool)
)
LOOK_BACK = timedelta(days=21)
"""Plans put in force so long before a day may have begun its batches, or those of its week."""
PRICE_CHANGE_EUR_KWH = 1e-9


@dataclass(frozen=True, slots=True)
class Closed:
    """What one closing did: days closed first, days closed again, weeks, and what is waited for."""

    days: tuple[DayAccount, ...]
    again: tuple[DayAccount, ...]
    weeks: tuple[WeekPossible, ...]
    waiting: str | None


@dataclass(frozen=True, slots=True)
class _Books:
    """What is closed from: the plans that were in force, and the batches made by them."""

    store: Store
    task: PlanTask
    now: datetime
    history: tuple[Followed, ...]
    made: tuple[Made, ...]


def close_days(store: Store, task: PlanTask, *, now: datetime) -> Closed:
    """Close every day that can be, oldest first, and again those whose prices were revised."""
    known = list(closed_days(store, as_of=now))
    changed = {
        at: count
        for at, account in enumerate(known)
        if (count := _changed(store, task, account, now))
    }
    oldest = known[min(changed)].day if changed else known[-1].day if known else None
    since = None if oldest is None else local_midnight(oldest) - LOOK_BACK
    history = followed(store, task, since=since, now=now)
    if not history:
        return Closed((), (), (), "no plan was in force")
    books = _Books(store, task, now, history, made_batches(history, until=now))
    again = tuple(_closed_again(books, known, changed))
    days, waiting = _closed_first(books, known)
    return Closed(days, again, tuple(_weeks(books, known)), waiting)


def savings(
    store: Store, periods: Sequence[tuple[date, date]], *, as_of: datetime
) -> tuple[SavingsAccount, ...]:
    """The accounts of periods, first and last day each, from the days closed by ``as_of``."""
    days, weeks = closed_days(store, as_of=as_of), closed_weeks(store, as_of=as_of)
    months = closed_months(store, as_of=as_of)
    return tuple(savings_account(first, last, days, weeks, months) for first, last in periods)


def followed(
    store: Store, task: PlanTask, *, since: datetime | None, now: datetime
) -> tuple[Followed, ...]:
    """The plans put in force from ``since`` on, in order, as planned and as they went."""
    notes = notes_of(store, since=since, as_of=now)
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
        went = as_reported(kept.plan, reports, slot=task.plant.slot)
        found.append(Followed(kept.plan_id, kept.plan, went, reports))
    return tuple(found)


def demands_of(history: Sequence[Followed], day: date) -> tuple[Demand, ...]:
    """The orders that belong to ``day``, as the last plan made by its end knew them."""
    for one in reversed(history):
        own = tuple(d for d in one.planned.demands if order_day(d) == day)
        if own and one.planned.origin < local_midnight(day + DAY):
            return own
    return ()


def _closed_first(
    books: _Books, known: list[DayAccount]
) -> tuple[tuple[DayAccount, ...], str | None]:
    """Close the days after the last one closed, adding them to ``known``; why no more."""
    first = known[-1].day + DAY if known else books.history[0].planned.first_day
    closed: list[DayAccount] = []
    for day in days_between(first, delivery_day(books.now) - DAY):
        booked = {uid for account in known for uid in account.uids}
        demands = demands_of(books.history, day)
        given = assigned(demands, [one for one in books.made if one.uid not in booked])
        why = _not_yet(demands, given, books.now) or _unmakeable(books, demands)
        if why is not None:
            return tuple(closed), f"{day}: {why}"
        try:
            account = _account(books, day, given, known)
        except MissingData as fault:
            return tuple(closed), f"{day}: {fault}"
        save_day(books.store, account, at=books.now)
        known.append(account)
        closed.append(account)
    return tuple(closed), None


def _not_yet(demands: Sequence[Demand], given: dict[str, list[Made]], now: datetime) -> str | None:
    for demand in demands:
        own = given[demand.name]
        if len(own) < demand.batches and now < demand.due + GIVEN_UP_AFTER:
            return f"{demand.batches - len(own)} batches of {demand.name} have not begun"
        if any(one.end > now for one in own):
            return f"{demand.name} is still being made"
    return None


def _unmakeable(books: _Books, demands: Sequence[Demand]) -> str | None:
    for demand in demands:
        if demand.grade not in books.task.plant.grades:
            return (
                f"the plant file no longer says how {demand.grade} is made: keep it there until "
                "its days are closed"
            )
    return None


def _closed_again(
    books: _Books, known: list[DayAccount], changed: Mapping[int, int]
) -> Iterator[DayAccount]:
    """Close again the days of ``known`` whose prices are others now, in their place."""
    for at, count in changed.items():
        account = known[at]
        demands = demands_of(books.history, account.day)
        given = assigned(demands, [one for one in books.made if one.uid in account.uids])
        reason = f"prices of {count} periods were revised"
        again = _account(
            books, account.day, given, known[:at], revision=account.revision + 1, reason=reason
        )
        save_day(books.store, again, at=books.now)
        known[at] = again
        yield again


def _changed(store: Store, task: PlanTask, account: DayAccount, now: datetime) -> int:
    """Of how many periods that a day was closed with the price is another now.

    None under another contract or with another plant: that is no revision of what was paid.
    """
    if not account.prices or now - local_midnight(account.day) > REVISED_WITHIN:
        return 0
    if (account.plant, account.contract) != (_hash(task.plant), _hash(task.contract)):
        return 0
    start, length, frozen = (np.array(column) for column in zip(*account.prices, strict=True))
    begin, end = (
        datetime.fromtimestamp(int(at), now.tzinfo) for at in (start[0], start[-1] + length[-1])
    )
    current = pipeline.actual_prices(store, task.contract, begin, end, as_of=now)
    starts = current.start.astype(np.int64)
    at = np.searchsorted(starts, start)
    there = starts[np.minimum(at, starts.size - 1)] == start if starts.size else start < 0
    change = np.abs(current.eur_kwh[at[there]] - frozen[there])
    return int((change > PRICE_CHANGE_EUR_KWH).sum())


def _account(
    books: _Books,
    day: date,
    given: Mapping[str, Sequence[Made]],
    known: Sequence[DayAccount],
    *,
    revision: int = 0,
    reason: str = "",
) -> DayAccount:
    task = books.task
    demands = demands_of(books.history, day)
    made = [one for own in given.values() for one in own]
    begins = [block.start for one in made for block in (one.planned[0], one.went[0])]
    ends = [block.end for one in made for block in (one.planned[-1], one.went[-1])]
    begin = min([local_midnight(day), *begins])
    end = max([local_midnight(day + DAY), *(demand.due for demand in demands), *ends])
    actual = NO_PRICES if not demands else _prices(books, begin, end)
    try:
        then = _prices(books, begin - (LEVEL_DAYS + 1) * DAY, end - (LEVEL_DAYS - 1) * DAY)
    except MissingData:
        then = None
    return close_day(
        day,
        demands,
        given,
        actual,
        before=[block for one in known[-LOOK_BACK.days :] for block in one.habit_blocks],
        four_weeks_ago=then,
        weather=pipeline.weather_over(
            books.store, task.plant, begin - HABIT_EARLY, end + HABIT_LATE, as_of=books.now
        ),
        basis=Basis(task.plant, task.contract, _hash(task.plant), _hash(task.contract)),
        revision=revision,
        reason=reason,
    )


def _prices(books: _Books, begin: datetime, end: datetime) -> PlanningPrices:
    """Actual prices over [begin, end), and as far around it as the habit may stray, if known.

    Raises ``MissingData`` if those of [begin, end) are not all known.
    """
    known = pipeline.actual_prices(
        books.store, books.task.contract, begin - HABIT_EARLY, end + HABIT_LATE, as_of=books.now
    )
    known.covering(begin, end)
    return known


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def _weeks(books: _Books, known: Sequence[DayAccount]) -> Iterator[WeekPossible]:
    """Weeks whose days are all closed and that are not, or whose days were closed again."""
    before = {week.monday: week for week in closed_weeks(books.store, as_of=books.now)}
    by_week: dict[date, list[DayAccount]] = {}
    for account in known:
        by_week.setdefault(account.day - account.day.weekday() * DAY, []).append(account)
    for monday, own in by_week.items():
        if own[-1].day.weekday() != SUNDAY or not any(account.batches for account in own):
            continue
        baseline_eur = sum(account.baseline_eur for account in own)
        by_recipe_eur = sum(account.by_recipe_eur for account in own)
        old = before.get(monday)
        if old is not None and np.allclose(
            (old.baseline_eur, old.by_recipe_eur), (baseline_eur, by_recipe_eur), rtol=0, atol=1e-9
        ):
            continue
        possible_eur, proven = _possible(books, own)
        if possible_eur is None and old is not None and np.isclose(old.baseline_eur, baseline_eur):
            possible_eur, proven = old.possible_eur, old.proven  # its plans lie too far back
        week = WeekPossible(
            monday=monday,
            revision=0 if old is None else old.revision + 1,
            days=tuple(account.day for account in own),
            baseline_eur=baseline_eur,
            by_recipe_eur=by_recipe_eur,
            possible_eur=possible_eur,
            proven=proven,
        )
        save_week(books.store, week, at=books.now)
        yield week


def _possible(books: _Books, own: Sequence[DayAccount]) -> tuple[float | None, bool]:
    """What the batches of closed days could have cost at best, beside all other work as it went.

    Process energy like what it is compared with: without PV, battery and excess power, and late no
    more than it was.
    """
    booked = {uid for account in own for uid in account.uids}
    mine = [one for one in books.made if one.uid in booked]
    demands = [demand for account in own for demand in _as_made(books, account)]
    if not mine or len(mine) != len(booked):
        return None, False
    start, slot = local_midnight(own[0].day), books.task.plant.slot
    start -= max(-((min(one.begin for one in mine) - start) // slot), 0) * slot
    end = max([*(demand.due for demand in demands), *(one.end for one in mine)])
    others = [
        block
        for one in books.made
        if one.uid not in booked
        for block in one.went
        if block.end > start and block.start < end
    ]
    plant = replace(books.task.plant, pv=None, battery=None)
    try:
        prices = _prices(books, start, end)
        problem = build_problem(
            plant, demands, prices, start=start, end=end,
            contract=never_exceeding(books.task.contract), carried=others,
            weather=pipeline.weather_over(books.store, plant, start, end, as_of=books.now),
        )  # fmt: skip
        found = solve(problem, time_limit_s=books.task.time_limit_s)
    except (Infeasible, MissingData):
        return None, False
    if found is None:
        return None, False
    blocks = priced(recover(problem, found.starts).tasks, prices)
    return cost_eur(blocks, prices), found.status == "optimal"


def _as_made(books: _Books, account: DayAccount) -> Iterator[Demand]:
    """The orders of a closed day, with as many batches as were made, due when they were done."""
    demands = demands_of(books.history, account.day)
    given = assigned(demands, [one for one in books.made if one.uid in account.uids])
    for demand in demands:
        own = given[demand.name]
        if own:
            done = max(one.end for one in own)
            yield replace(demand, batches=len(own), due=max(demand.due, done), penalty_eur_h=None)
