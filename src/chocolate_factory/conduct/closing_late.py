"""Days closed after their time: those left out that can be closed after all, and those whose prices
were revised, closed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.conduct.books import Books, account_of, demands_of
from chocolate_factory.conduct.ledger import save_day
from chocolate_factory.conduct.terms import KeptTerms
from chocolate_factory.errors import Infeasible, MissingData
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.planning.closing import DayAccount, LeftOut, assigned
from chocolate_factory.store.base import Store

REVISED_WITHIN = timedelta(days=35)
"""Days are closed again only within so long, and those left out closed after all."""
_PRICE_CHANGE_EUR_KWH = 1e-9


def closed_late(
    books: Books, known: list[DayAccount], left: list[LeftOut], waited: Sequence[LeftOut]
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
            account = account_of(books, one.day, given, before)
        except (MissingData, Infeasible):
            continue
        save_day(books.store, account, at=books.now)
        left.remove(one)
        known.insert(len(before), account)
        closed.append(account)
    return tuple(closed)


def closed_again(
    books: Books, known: list[DayAccount], changed: Mapping[int, int]
) -> Iterator[DayAccount]:
    """Close again the days of ``known`` whose prices are others now, in their place."""
    for at, count in changed.items():
        account = known[at]
        demands = demands_of(books.history, account.day)
        given = assigned(demands, [one for one in books.made if one.uid in account.uids])
        reason = f"prices of {count} periods were revised"
        try:
            again = account_of(
                books, account.day, given, known[:at],
                task=books.terms.marked((account.plant, account.contract)),
                revision=account.revision + 1, reason=reason,
            )  # fmt: skip
        except Infeasible:
            continue  # by what is known of the weather now: what was closed stays
        save_day(books.store, again, at=books.now)
        known[at] = again
        yield again


def revised_prices(store: Store, terms: KeptTerms, account: DayAccount, now: datetime) -> int:
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
    return int((change > _PRICE_CHANGE_EUR_KWH).sum())
