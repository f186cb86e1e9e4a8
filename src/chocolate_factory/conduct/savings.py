"""The savings ledger: each day closed once, at the prices that were paid.

A day is closed when every batch of its orders is done and every price is known, under the contract
and for the plant that were in force when it ended. It is closed again only when prices it rests on
were revised, and the reason is kept. A day that cannot be closed is left out after a while, with
the reason, so that it holds up no other; it is still closed if what is missing comes. A week whose
days are all closed is compared with the best that was possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.conduct.ledger import (
    closed_days,
    closed_months,
    closed_weeks,
    left_out_days,
    save_day,
    save_left_out,
    save_week,
)
from chocolate_factory.conduct.terms import KeptTerms, keep_terms, kept_terms, mark_of
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
    LeftOut,
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
LEFT_OUT_AFTER = timedelta(days=7)
"""A day that cannot be closed so long after its end is left out, and later ones go on."""
REVISED_WITHIN = timedelta(days=35)
"""Days are closed again only within so long, and those left out closed after all."""
SUNDAY = 6
NO_PRICES = PlanningPrices(
    np.empty(0, dtype="datetime64[s]"), np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, bool)
)
LOOK_BACK = timedelta(days=21)
"""Plans put in force so long before a day may have begun its batches, or those of its week."""
PRICE_CHANGE_EUR_KWH = 1e-9


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


@dataclass(frozen=True, slots=True)
class _Books:
    """What is closed from: the plans that were in force, and the batches made by them."""

    store: Store
    terms: KeptTerms
    now: datetime
    history: tuple[Followed, ...]
    made: tuple[Made, ...]


def close_days(store: Store, task: PlanTask, *, now: datetime) -> Closed:
    """Close every day that can be, oldest first, and again those whose prices were revised."""
    keep_terms(store, task, at=now)
    terms = kept_terms(store, task, as_of=now)
    known = list(closed_days(store, as_of=now))
    left = list(left_out_days(store, known, as_of=now))
    changed = {
        at: count
        for at, account in enumerate(known)
        if (count := _changed(store, terms, account, now))
    }
    waited = [one for one in left if now - one.at <= REVISED_WITHIN]
    needed = [*(known[at].day for at in changed), *(one.day for one in waited)]
    newest = [*(account.day for account in known[-1:]), *(one.day for one in left[-1:])]
    oldest = min(needed, default=max(newest, default=None))
    since = None if oldest is None else local_midnight(oldest) - LOOK_BACK
    history = followed(store, task, since=since, now=now)
    if not history:
        return Closed((), (), (), "no plan was in force")
    books = _Books(store, terms, now, history, made_batches(history, until=now))
    again = tuple(_closed_again(books, known, changed))
    late = _closed_late(books, known, left, waited)
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
    books: _Books, known: list[DayAccount], left: list[LeftOut]
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
            account = _account(books, day, given, known)
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


def _closed_late(
    books: _Books, known: list[DayAccount], left: list[LeftOut], waited: Sequence[LeftOut]
) -> tuple[DayAccount, ...]:
    """Close days that were left out and can be closed now, moving them from ``left`` to ``known``.

    The days after them stay as they were closed.
    """
    closed: list[DayAccount] = []
    for one in waited:
        demands = demands_of(books.history, one.day)
        given = assigned(demands, [made for made in books.made if made.uid in one.uids])
        before = [account for account in known if account.day < one.day]
        try:
            account = _account(books, one.day, given, before)
        except (MissingData, Infeasible):
            continue
        save_day(books.store, account, at=books.now)
        left.remove(one)
        known.insert(len(before), account)
        closed.append(account)
    return tuple(closed)


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


def _closed_again(
    books: _Books, known: list[DayAccount], changed: Mapping[int, int]
) -> Iterator[DayAccount]:
    """Close again the days of ``known`` whose prices are others now, in their place."""
    for at, count in changed.items():
        account = known[at]
        demands = demands_of(books.history, account.day)
        given = assigned(demands, [one for one in books.made if one.uid in account.uids])
        reason = f"prices of {count} periods were revised"
        try:
            again = _account(
                books, account.day, given, known[:at],
                task=books.terms.marked((account.plant, account.contract)),
                revision=account.revision + 1, reason=reason,
            )  # fmt: skip
        except Infeasible:
            continue  # by what is known of the weather now: what was closed stays
        save_day(books.store, again, at=books.now)
        known[at] = again
        yield again


def _changed(store: Store, terms: KeptTerms, account: DayAccount, now: datetime) -> int:
    """Of how many periods that a day was closed with the price is another now.

    None where the contract and plant that it was closed with are not known any more.
    """
    if not account.prices or now - local_midnight(account.day) > REVISED_WITHIN:
        return 0
    task = terms.marked((account.plant, account.contract))
    if task is None:
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
    actual = NO_PRICES if not demands else _prices(books, task, begin, end)
    try:
        then = _prices(books, task, begin - (LEVEL_DAYS + 1) * DAY, end - (LEVEL_DAYS - 1) * DAY)
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


def _prices(books: _Books, task: PlanTask, begin: datetime, end: datetime) -> PlanningPrices:
    """Actual prices over [begin, end), and as far around it as the habit may stray, if known.

    Raises ``MissingData`` if those of [begin, end) are not all known.
    """
    known = pipeline.actual_prices(
        books.store, task.contract, begin - HABIT_EARLY, end + HABIT_LATE, as_of=books.now
    )
    known.covering(begin, end)
    return known


def _weeks(
    books: _Books, known: Sequence[DayAccount], left_out: Set[date]
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


def _possible(books: _Books, own: Sequence[DayAccount]) -> tuple[float | None, bool]:
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
        prices = _prices(books, task, start, end)
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


def _as_made(books: _Books, account: DayAccount) -> Iterator[Demand]:
    """The orders of a closed day, with as many batches as were made, due when they were done."""
    demands = demands_of(books.history, account.day)
    given = assigned(demands, [one for one in books.made if one.uid in account.uids])
    for demand in demands:
        own = given[demand.name]
        if own:
            done = max(one.end for one in own)
            yield replace(demand, batches=len(own), due=max(demand.due, done), penalty_eur_h=None)
