"""The savings ledger: each day closed once, at the prices that were paid.

A day is closed when every batch of its orders is done and every price is known, under the contract
and for the plant that were in force when it ended. It is closed again only when prices it rests on
were revised, and the reason is kept. A day that cannot be closed is left out after a while, with
the reason, so that it holds up no other; it is still closed if what is missing comes. A week whose
days are all closed is compared with the best that was possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.conduct.books import (
    LOOK_BACK,
    Books,
    account_of,
    demands_of,
    followed,
    prices_over,
)
from chocolate_factory.conduct.closing_late import (
    REVISED_WITHIN,
    closed_again,
    closed_late,
    revised_prices,
)
from chocolate_factory.conduct.ledger import (
    closed_days,
    closed_months,
    closed_weeks,
    left_out_days,
    save_day,
    save_left_out,
    save_week,
)
from chocolate_factory.conduct.terms import keep_terms, kept_terms
from chocolate_factory.errors import Infeasible, MissingData
from chocolate_factory.market.calendar import days_between, delivery_day, local_midnight
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.account import SavingsAccount, WeekPossible, savings_account
from chocolate_factory.planning.batches_made import Made, made_batches
from chocolate_factory.planning.closing import DayAccount, LeftOut, assigned
from chocolate_factory.planning.cost import cost_eur, priced
from chocolate_factory.planning.lower_bound import never_exceeding
from chocolate_factory.planning.orders import DAY, Demand
from chocolate_factory.planning.problem import build_problem
from chocolate_factory.planning.recover import recover
from chocolate_factory.planning.solve import solve
from chocolate_factory.store.base import Store

GIVEN_UP_AFTER = timedelta(days=2)
"""Batches that were ordered and not begun so long after they were due are not waited for."""
LEFT_OUT_AFTER = timedelta(days=7)
"""A day that cannot be closed so long after its end is left out, and later ones go on."""
SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Closed:
    """What one closing did: days closed first, days closed again, weeks, and what is waited for.

    ``left_out``: days that from now on nothing waits for.
    """

    days: tuple[DayAccount, ...]
    again: tuple[DayAccount, ...]
    weeks: tuple[WeekPossible, ...]
    waiting: str | None
    left_out: tuple[LeftOut, ...] = ()


def close_days(store: Store, task: PlanTask, *, now: datetime) -> Closed:
    """Close every day that can be, oldest first, and again those whose prices were revised."""
    keep_terms(store, task, at=now)
    terms = kept_terms(store, task, as_of=now)
    known = list(closed_days(store, as_of=now))
    left = list(left_out_days(store, known, as_of=now))
    changed = {
        at: count
        for at, account in enumerate(known)
        if (count := revised_prices(store, terms, account, now))
    }
    waited = [one for one in left if now - one.at <= REVISED_WITHIN]
    needed = [*(known[at].day for at in changed), *(one.day for one in waited)]
    newest = [*(account.day for account in known[-1:]), *(one.day for one in left[-1:])]
    oldest = min(needed, default=max(newest, default=None))
    since = None if oldest is None else local_midnight(oldest) - LOOK_BACK
    history = followed(store, task, since=since, now=now)
    if not history:
        return Closed((), (), (), "no plan was in force")
    books = Books(store, terms, now, history, made_batches(history, until=now))
    again = tuple(closed_again(books, known, changed))
    late = closed_late(books, known, left, waited)
    before = len(left)
    days, waiting = _closed_first(books, known, left)
    weeks = tuple(_weeks(books, known, {one.day for one in left}))
    return Closed((*late, *days), again, weeks, waiting, tuple(left[before:]))


def savings(
    store: Store, periods: Sequence[tuple[date, date]], *, as_of: datetime
) -> tuple[SavingsAccount, ...]:
    """The accounts of periods, first and last day each, from the days closed by ``as_of``."""
    days, weeks = closed_days(store, as_of=as_of), closed_weeks(store, as_of=as_of)
    months, left = closed_months(store, as_of=as_of), left_out_days(store, days, as_of=as_of)
    return tuple(
        savings_account(first, last, days, weeks, months, left_out=left) for first, last in periods
    )


def _closed_first(
    books: Books, known: list[DayAccount], left: list[LeftOut]
) -> tuple[tuple[DayAccount, ...], str | None]:
    """Close the days after the last one told, adding them to ``known`` or ``left``; why no more."""
    told = [*(account.day for account in known[-1:]), *(one.day for one in left[-1:])]
    first = max(told) + DAY if told else books.history[0].planned.first_day
    closed: list[DayAccount] = []
    for day in days_between(first, delivery_day(books.now) - DAY):
        booked = {uid for account in known for uid in account.uids}
        booked |= {uid for one in left for uid in one.uids}
        demands = demands_of(books.history, day)
        given = assigned(demands, [one for one in books.made if one.uid not in booked])
        why = _not_yet(demands, given, books.now)
        if why is not None:
            return tuple(closed), f"{day}: {why}"
        try:
            account = account_of(books, day, given, known)
        except (MissingData, Infeasible) as fault:
            why = _why(fault)
            if books.now < local_midnight(day + DAY) + LEFT_OUT_AFTER or _to_come(fault, books.now):
                return tuple(closed), f"{day}: {why}"
            uids = tuple(one.uid for own in given.values() for one in own)
            left.append(LeftOut(day, why, uids, books.now))
            save_left_out(books.store, left[-1])
            continue
        save_day(books.store, account, at=books.now)
        known.append(account)
        closed.append(account)
    return tuple(closed), None


def _to_come(fault: MissingData | Infeasible, now: datetime) -> bool:
    """Whether it lacks prices of hours that are still ahead: the habit may be that late."""
    return isinstance(fault, MissingData) and any(gap.end > now for gap in fault.gaps)


def _why(fault: MissingData | Infeasible) -> str:
    return "; ".join(fault.reasons) if isinstance(fault, Infeasible) else str(fault)


def _not_yet(demands: Sequence[Demand], given: dict[str, list[Made]], now: datetime) -> str | None:
    for demand in demands:
        own = given[demand.name]
        if len(own) < demand.batches and now < demand.due + GIVEN_UP_AFTER:
            return f"{demand.batches - len(own)} batches of {demand.name} have not begun"
        if any(one.end > now for one in own):
            return f"{demand.name} is still being made"
    return None


def _weeks(
    books: Books, known: Sequence[DayAccount], left_out: Set[date]
) -> Iterator[WeekPossible]:
    """Weeks whose days are all closed and that are not, or whose days were closed again."""
    before = {week.monday: week for week in closed_weeks(books.store, as_of=books.now)}
    by_week: dict[date, list[DayAccount]] = {}
    for account in known:
        by_week.setdefault(account.day - account.day.weekday() * DAY, []).append(account)
    for monday, own in by_week.items():
        if own[-1].day.weekday() != SUNDAY or not any(account.batches for account in own):
            continue
        if not left_out.isdisjoint(monday + number * DAY for number in range(SUNDAY)):
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


def _possible(books: Books, own: Sequence[DayAccount]) -> tuple[float | None, bool]:
    """What the batches of closed days could have cost at best, beside all other work as it went.

    Process energy like what it is compared with: without PV, battery and excess power, and late no
    more than it was. None for a week under more than one contract or plant, or if they are not
    known.
    """
    marks = {(account.plant, account.contract) for account in own if account.batches}
    task = books.terms.marked(marks.pop()) if len(marks) == 1 else None
    if task is None:
        return None, False
    booked = {uid for account in own for uid in account.uids}
    mine = [one for one in books.made if one.uid in booked]
    demands = [demand for account in own for demand in _as_made(books, account)]
    if not mine or len(mine) != len(booked):
        return None, False
    start, slot = local_midnight(own[0].day), task.plant.slot
    start -= max(-((min(one.begin for one in mine) - start) // slot), 0) * slot
    end = max([*(demand.due for demand in demands), *(one.end for one in mine)])
    others = [
        block
        for one in books.made
        if one.uid not in booked
        for block in one.went
        if block.end > start and block.start < end
    ]
    plant = replace(task.plant, pv=None, battery=None)
    try:
        prices = prices_over(books, task, start, end)
        problem = build_problem(
            plant, demands, prices, start=start, end=end,
            contract=never_exceeding(task.contract), carried=others,
            weather=pipeline.weather_over(books.store, plant, start, end, as_of=books.now),
        )  # fmt: skip
        found = solve(problem, time_limit_s=task.time_limit_s)
    except (Infeasible, MissingData):
        return None, False
    if found is None:
        return None, False
    blocks = priced(recover(problem, found.starts).tasks, prices)
    return cost_eur(blocks, prices), found.status == "optimal"


def _as_made(books: Books, account: DayAccount) -> Iterator[Demand]:
    """The orders of a closed day, with as many batches as were made, due when they were done."""
    demands = demands_of(books.history, account.day)
    given = assigned(demands, [one for one in books.made if one.uid in account.uids])
    for demand in demands:
        own = given[demand.name]
        if own:
            done = max(one.end for one in own)
            yield replace(demand, batches=len(own), due=max(demand.due, done), penalty_eur_h=None)
