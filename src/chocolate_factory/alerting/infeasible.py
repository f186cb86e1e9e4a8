"""That no plan meets every order: noted when planning says so, over with the next plan."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from chocolate_factory.errors import Infeasible, StoreError
from chocolate_factory.insights.alerts import Alert, AlertKind, Basis, Gravity, Value
from chocolate_factory.store.base import Event, Store

PLAN_INFEASIBLE = "plan-infeasible"
"""What the note is called in the store."""

NOTED_WITHIN = timedelta(days=14)
"""A week is planned: an older note is about days that have passed."""


def note_infeasible(store: Store, fault: Infeasible, *, now: datetime) -> None:
    """Note that planning at ``now`` found no plan, how many things collide, and the way out."""
    way = next(iter(fault.ways_out), None)
    text = json.dumps(
        {
            "reasons": len(fault.reasons),
            "way": "" if way is None else way.kind,
            "extra_eur": None if way is None else way.extra_eur,
        },
        separators=(",", ":"),
    )
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    event_id = f"{PLAN_INFEASIBLE}-{now:%Y%m%dT%H%M%S%fZ}-{mark}"
    store.save_event(Event(event_id, PLAN_INFEASIBLE, now, text))


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
        values: dict[str, Value] = {"reasons": int(told["reasons"]), "way": str(told["way"])}
        eur = None if told["extra_eur"] is None else float(told["extra_eur"])
    except (KeyError, TypeError, ValueError) as fault:
        raise StoreError(
            f"the stored event {noted[-1].event_id} is damaged and cannot be read: restore a backup"
        ) from fault
    basis = Basis.NOBODY_SAID if eur is None else Basis.WAY_OUT
    return Alert("plan:infeasible", AlertKind.PLAN_INFEASIBLE, Gravity.CRITICAL, values, eur, basis)
