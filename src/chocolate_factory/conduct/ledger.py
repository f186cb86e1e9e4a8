"""Days, weeks and months closed, in the store: events never changed; a revision is one more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from chocolate_factory.market.excess import ExcessLine
from chocolate_factory.planning.account import WeekPossible
from chocolate_factory.planning.closing import DayAccount, LeftOut
from chocolate_factory.planning.month_excess import MonthExcess
from chocolate_factory.planning.plan import block_from_json, block_to_json
from chocolate_factory.store.base import Event, Store, damaged

DAY_CLOSED = "day-closed"
DAY_LEFT_OUT = "day-left-out"
WEEK_CLOSED = "week-closed"
MONTH_CLOSED = "month-closed"
_BLOCKS = ("habit_blocks", "made_blocks")
_LINES = ("habit", "planned", "actual")


def save_day(store: Store, account: DayAccount, *, at: datetime) -> None:
    """Keep the account of a day. Raises ``StoreError`` if another of its revision is kept."""
    told: dict[str, Any] = {field.name: getattr(account, field.name) for field in fields(account)}
    told["day"] = account.day.isoformat()
    for name in _BLOCKS:
        told[name] = [block_to_json(block) for block in told[name]]
    event_id = f"{DAY_CLOSED}-{account.day}-{account.revision}"
    store.save_event(Event(event_id, DAY_CLOSED, at, _text(told)))


def save_left_out(store: Store, left: LeftOut) -> None:
    """Keep that a day has no account."""
    told = {"day": left.day.isoformat(), "reason": left.reason, "uids": left.uids}
    store.save_event(Event(f"{DAY_LEFT_OUT}-{left.day}", DAY_LEFT_OUT, left.at, _text(told)))


def save_week(store: Store, week: WeekPossible, *, at: datetime) -> None:
    """Keep what a week could have cost at best."""
    told: dict[str, Any] = {field.name: getattr(week, field.name) for field in fields(week)}
    told |= {"monday": week.monday.isoformat(), "days": [str(day) for day in week.days]}
    event_id = f"{WEEK_CLOSED}-{week.monday}-{week.revision}"
    store.save_event(Event(event_id, WEEK_CLOSED, at, _text(told)))


def save_month(store: Store, month: MonthExcess, *, at: datetime) -> None:
    """Keep what a month's excess power cost by each way of working."""
    told = asdict(month) | {"month": month.month.isoformat()}
    for name in _LINES:
        told[name] = [line | {"month": line["month"].isoformat()} for line in told[name]]
    event_id = f"{MONTH_CLOSED}-{month.month:%Y-%m}-{month.revision}"
    store.save_event(Event(event_id, MONTH_CLOSED, at, _text(told)))


def closed_days(store: Store, *, as_of: datetime) -> tuple[DayAccount, ...]:
    """The newest account of every day that was closed by ``as_of``, in order."""
    found: dict[date, DayAccount] = {}
    for event in store.events(DAY_CLOSED, as_of=as_of):
        account = _day(event)
        found[account.day] = account
    return tuple(found[day] for day in sorted(found))


def left_out_days(
    store: Store, closed: Iterable[DayAccount], *, as_of: datetime
) -> tuple[LeftOut, ...]:
    """The days left out by ``as_of`` that are not among the ``closed`` after all, in order."""
    found = {
        (one := _left_out(event)).day: one for event in store.events(DAY_LEFT_OUT, as_of=as_of)
    }
    return tuple(found[day] for day in sorted(found.keys() - {account.day for account in closed}))


def closed_weeks(store: Store, *, as_of: datetime) -> tuple[WeekPossible, ...]:
    """The newest account of every week, in order."""
    found: dict[date, WeekPossible] = {}
    for event in store.events(WEEK_CLOSED, as_of=as_of):
        week = _week(event)
        found[week.monday] = week
    return tuple(found[monday] for monday in sorted(found))


def closed_months(store: Store, *, as_of: datetime) -> tuple[MonthExcess, ...]:
    """The newest account of every month that was closed by ``as_of``, in order."""
    found: dict[date, MonthExcess] = {}
    for event in store.events(MONTH_CLOSED, as_of=as_of):
        month = _month(event)
        found[month.month] = month
    return tuple(found[month] for month in sorted(found))


def _day(event: Event) -> DayAccount:
    try:
        told: Mapping[str, Any] = json.loads(event.document)
        return DayAccount(
            **{
                **told,
                "day": date.fromisoformat(told["day"]),
                # Once every block put off counted; no more than were reported can have been late.
                "late_blocks": min(told["late_blocks"], told["reported"]),
                "uids": tuple(told["uids"]),
                "notes": tuple(told["notes"]),
                "prices": tuple((int(a), int(b), float(c)) for a, b, c in told["prices"]),
                **{name: tuple(map(block_from_json, told[name])) for name in _BLOCKS},
            }
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise damaged(event) from fault


def _left_out(event: Event) -> LeftOut:
    try:
        told: Mapping[str, Any] = json.loads(event.document)
        day = date.fromisoformat(told["day"])
        return LeftOut(day, told["reason"], tuple(told["uids"]), event.at)
    except (KeyError, TypeError, ValueError) as fault:
        raise damaged(event) from fault


def _week(event: Event) -> WeekPossible:
    try:
        told: dict[str, Any] = json.loads(event.document)
        if "actual_eur" in told:  # before consumption was told apart: closed again where it differs
            told["by_recipe_eur"] = told.pop("actual_eur")
        return WeekPossible(
            **{
                **told,
                "monday": date.fromisoformat(told["monday"]),
                "days": tuple(date.fromisoformat(day) for day in told["days"]),
            }
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise damaged(event) from fault


def _month(event: Event) -> MonthExcess:
    try:
        told: Mapping[str, Any] = json.loads(event.document)
        lines = {
            name: tuple(
                ExcessLine(**{**line, "month": date.fromisoformat(line["month"])})
                for line in told[name]
            )
            for name in _LINES
        }
        return MonthExcess(**{**told, "month": date.fromisoformat(told["month"]), **lines})
    except (KeyError, TypeError, ValueError) as fault:
        raise damaged(event) from fault


def _text(told: Mapping[str, Any]) -> str:
    return json.dumps(told, allow_nan=False, separators=(",", ":"))
