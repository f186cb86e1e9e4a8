"""MONTHS CLOSED: what excess power cost by each way of working, frozen once a month is over.

A month is closed when it is over and every day of it is closed (one with a day left out never is:
its report and account say so; but on 2.0TD it is, where no excess is billed), under the contract
and for the plant that were in force when it ended, and again while readings of the meter still
come: the meter's file is often weeks late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from chocolate_factory.conduct.closing_late import REVISED_WITHIN
from chocolate_factory.conduct.ledger import (
    closed_days,
    closed_months,
    left_out_days,
    save_month,
)
from chocolate_factory.conduct.site_month import excess_of, site_month
from chocolate_factory.conduct.terms import kept_terms
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.tariff import Tariff
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.month_excess import MonthExcess
from chocolate_factory.store.base import Store

_LONGEST_MONTH = timedelta(days=31)


def close_months(store: Store, task: PlanTask, *, now: datetime) -> tuple[MonthExcess, ...]:
    """Close every month that can be, oldest first, and again those whose charges are others now."""
    return tuple(_closed(store, task, now))


def month_after(month: date) -> date:
    """The first day of the month after the one that begins on ``month``."""
    return (month + _LONGEST_MONTH).replace(day=1)


def _closed(store: Store, task: PlanTask, now: datetime) -> Iterator[MonthExcess]:
    days, today = closed_days(store, as_of=now), delivery_day(now)
    closed = {day.day for day in days}
    left_out = {one.day for one in left_out_days(store, days, as_of=now)}
    terms = kept_terms(store, task, as_of=now)
    before = {one.month: one for one in closed_months(store, as_of=now)}
    for month in sorted({day.replace(day=1) for day in closed}):
        end, old = month_after(month), before.get(month)
        if end > today or (old is not None and today - end > REVISED_WITHIN):
            continue
        then, said = terms.on(end - DAY), terms.note(end - DAY)
        known = closed | left_out if then.contract.tariff is Tariff.TD20 else closed
        if sum(month <= day < end for day in known) < (end - month).days:
            continue
        found, _ = excess_of(site_month(store, then, month, end - DAY, now=now), then, days)
        if found is None or (old is not None and _same(found, old, powers_known=not said)):
            continue
        if old is not None:
            found = replace(found, revision=old.revision + 1, reason=_why(found, old, said))
        save_month(store, found, at=now)
        yield found


def _why(found: MonthExcess, old: MonthExcess, said: str) -> str:
    metered = f"{found.measured} quarter-hours are metered now, {old.measured} were"
    if found.measured == old.measured and old.own_planned is None and found.own_planned:
        metered = (
            "by the rules of now PV and battery are as planned in "
            f"{found.own_planned} quarter-hours that no meter told"
        )
    elif found.measured == old.measured:
        metered = "the meter or the batches were told anew"
    return f"{metered}; {said}" if said else metered


def _same(found: MonthExcess, old: MonthExcess, *, powers_known: bool) -> bool:
    """Whether nothing more was told since; other powers than those it was closed with do not
    count."""
    return found.measured == old.measured and (not powers_known or found.costs_as(old))
