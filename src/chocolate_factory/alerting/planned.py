"""What planning came to, noted when it says so: that no plan meets every order, which is over with
the next plan; that there is a plan where there was none, which is news for a day."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from chocolate_factory.alerting.notes import event_of, keep_event
from chocolate_factory.errors import Infeasible
from chocolate_factory.insights.alerts import Alert, AlertKind, Basis, Gravity, Value
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.planning.plan import Plan
from chocolate_factory.store.base import Event, Store, damaged

PLAN_INFEASIBLE, FIRST_PLAN = "plan-infeasible", "first-plan"
"""What the notes are called in the store."""

NOTED_REASONS = 3
"""So many of the things that collide are told; how many there are is told besides."""

NOTED_WITHIN = timedelta(days=14)
"""A week is planned: an older note is about days that have passed."""

FIRST_PLAN_IS_NEWS = timedelta(days=1)
"""That there is a plan where there was none is told within so long."""


def note_infeasible(store: Store, fault: Infeasible, *, now: datetime) -> None:
    """Note that planning at ``now`` found no plan, what collides, and the way out."""
    way = next(iter(fault.ways_out), None)
    told = {
        "reasons": len(fault.reasons),
        "first": list(fault.reasons[:NOTED_REASONS]),
        "way": "" if way is None else way.kind,
        "extra_eur": None if way is None else way.extra_eur,
    }
    keep_event(store, PLAN_INFEASIBLE, told, at=now)


def note_first_plan(store: Store, plan_id: str, made: Plan, *, now: datetime) -> None:
    """Note that ``made`` was put in force at ``now``, where no plan was."""
    store.save_event(first_plan_event(plan_id, made, now=now))


def first_plan_event(plan_id: str, made: Plan, *, now: datetime) -> Event:
    """The same as the event that keeps it."""
    told = {
        "plan_id": plan_id,
        "start": utc_iso(made.start),
        "cost_eur": made.schedule.objective_eur,
        "saved_eur": made.savings_eur,
        "saved_pct": made.savings_pct,
    }
    return event_of(FIRST_PLAN, told, at=now)


def infeasible_alert(store: Store, *, as_of: datetime) -> Alert | None:
    """That the newest planning found no plan; None if it did.

    Raises ``StoreError`` if the note cannot be read.
    """
    noted = store.events(PLAN_INFEASIBLE, since=as_of - NOTED_WITHIN, as_of=as_of)
    made = store.plan(as_of=as_of)
    if not noted or (made is not None and made.made_at > noted[-1].at):
        return None
    try:
        told = json.loads(noted[-1].document)
        values: dict[str, Value] = {
            "reasons": int(told["reasons"]),
            "first": "\n".join(map(str, told.get("first", ()))),
            "way": str(told["way"]),
        }
        eur = None if told["extra_eur"] is None else float(told["extra_eur"])
    except (KeyError, TypeError, ValueError) as fault:
        raise damaged(noted[-1]) from fault
    basis = Basis.NOBODY_SAID if eur is None else Basis.WAY_OUT
    return Alert("plan:infeasible", AlertKind.PLAN_INFEASIBLE, Gravity.CRITICAL, values, eur, basis)


def first_plan_alert(store: Store, *, as_of: datetime) -> Alert | None:
    """That there is a plan where there was none; None once that is a day ago.

    Raises ``StoreError`` if the note cannot be read.
    """
    noted = store.events(FIRST_PLAN, since=as_of - FIRST_PLAN_IS_NEWS, as_of=as_of)
    until = noted[-1].at + FIRST_PLAN_IS_NEWS if noted else as_of
    if until <= as_of:
        return None
    try:
        told = json.loads(noted[-1].document)
        values: dict[str, Value] = {
            "plan_id": str(told["plan_id"]),
            "start": str(told["start"]),
            "cost_eur": float(told["cost_eur"]),
            "saved_pct": float(told["saved_pct"]),
        }
        eur = float(told["saved_eur"])
    except (KeyError, TypeError, ValueError) as fault:
        raise damaged(noted[-1]) from fault
    code = f"first-plan:{values['plan_id']}"
    basis = Basis.BELOW_HABIT
    return Alert(code, AlertKind.FIRST_PLAN, Gravity.NOTICE, values, eur, basis, until)
