"""Which alerts hold: folded from the notes in the store, so that a restart forgets nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chocolate_factory.alerting import notes
from chocolate_factory.alerting.notes import Acknowledged, End, Ended, Raised, Sent
from chocolate_factory.errors import Unknown
from chocolate_factory.insights.alerts import Alert
from chocolate_factory.store.base import Store

LOOK_BACK = timedelta(days=60)
"""Notes older than this are not read: what still holds is noted again in time."""

NOTED_AGAIN = timedelta(days=20)
"""An alert that holds and does not change is noted again after so long."""

CHANGED_AFTER = timedelta(hours=1)
"""One whose values change is noted again at most so often, unless it becomes graver."""


@dataclass(frozen=True, slots=True)
class Held:
    """An alert with what became of it.

    Parameters
    ----------
    alert_id
        Unique; the same from its first finding to its end.
    alert
        As it was found last.
    first_seen, noted_at
        When it was found first, and noted last, UTC.
    acknowledged, acknowledged_at
        By whom and when it was acknowledged first; None if it was not.
    ended, how, end_noted
        When it ended and how, None while it holds, and whether that is stored.
    sent, end_sent
        When people were told of it, and of its end; None if they were not.
    """

    alert_id: str
    alert: Alert
    first_seen: datetime
    noted_at: datetime
    acknowledged: str | None = None
    acknowledged_at: datetime | None = None
    ended: datetime | None = None
    how: End | None = None
    end_noted: bool = False
    sent: datetime | None = None
    end_sent: datetime | None = None


def held(store: Store, *, as_of: datetime) -> tuple[Held, ...]:
    """Every alert noted within ``LOOK_BACK``: those that hold, gravest first, then those ended.

    One whose time has passed holds no more, whether that was noted or not.
    """
    found: dict[str, Held] = {}
    for at, note in notes.notes(store, since=as_of - LOOK_BACK, as_of=as_of):
        match note:
            case Raised(alert_id=alert_id, alert=alert):
                before = found.get(alert_id)
                found[alert_id] = (
                    Held(alert_id, alert, at, at)
                    if before is None
                    else replace(before, alert=alert, noted_at=at)
                )
            case Acknowledged(alert_id=alert_id, by=by) if alert_id in found:
                if found[alert_id].acknowledged is None:
                    found[alert_id] = replace(found[alert_id], acknowledged=by, acknowledged_at=at)
            case Ended(alert_id=alert_id, how=how) if alert_id in found:
                found[alert_id] = replace(found[alert_id], ended=at, how=how, end_noted=True)
            case Sent(raised=raised, ended=ended):
                for alert_id in found.keys() & set(raised):
                    found[alert_id] = replace(found[alert_id], sent=at)
                for alert_id in found.keys() & set(ended):
                    found[alert_id] = replace(found[alert_id], end_sent=at)
            case _:
                pass
    return in_order(_over(one, as_of) for one in found.values())


def in_order(every: Iterable[Held]) -> tuple[Held, ...]:
    """Those that hold, gravest first, then those ended, newest first."""
    every = tuple(every)
    return (
        *sorted(
            (one for one in every if one.ended is None),
            key=lambda one: (one.alert.gravity.rank, -(one.alert.eur or 0), one.alert.code),
        ),
        *sorted(
            (one for one in every if one.ended is not None),
            key=lambda one: (one.ended or one.noted_at, one.alert_id),
            reverse=True,
        ),
    )


def _over(one: Held, as_of: datetime) -> Held:
    until = one.alert.valid_until
    if one.ended is not None or until is None or until > as_of:
        return one
    return replace(one, ended=until, how=End.OVER)


def settle(store: Store, found: Iterable[Alert], *, now: datetime) -> tuple[Held, ...]:
    """Note what is new, what changed and what ended since the last look; what holds then.

    Of several alerts of one code the first counts.
    """
    new = {alert.code: alert for alert in reversed(list(found))}
    known = held(store, as_of=now)
    before = {one.alert.code: one for one in known if one.ended is None}
    for one in known:
        if one.how is End.OVER and not one.end_noted:
            notes.keep(store, Ended(one.alert_id, End.OVER), at=now)
    for code, alert in new.items():
        kept = before.get(code)
        if kept is None:
            notes.keep(store, Raised(notes.id_of(alert, now, store.site), alert), at=now)
        elif _differs(kept, alert, now):
            notes.keep(store, Raised(kept.alert_id, alert), at=now)
    for code in before.keys() - new.keys():
        notes.keep(store, Ended(before[code].alert_id, End.RECOVERED), at=now)
    return held(store, as_of=now)


def _differs(kept: Held, alert: Alert, now: datetime) -> bool:
    if alert.gravity.rank < kept.alert.gravity.rank:
        return True
    age = now - kept.noted_at
    return age >= NOTED_AGAIN or (alert != kept.alert and age >= CHANGED_AFTER)


def acknowledge(store: Store, alert_id: str, *, now: datetime, by: str) -> Held:
    """Note that somebody has seen an alert; again, by whomever, changes nothing.

    Raises ``Unknown`` if no alert of that id holds.
    """
    one = next((one for one in held(store, as_of=now) if one.alert_id == alert_id), None)
    if one is None or one.ended is not None:
        said = "is no alert" if one is None else "holds no more"
        raise Unknown(f"{alert_id!r} {said}: GET /insights/alerts lists those that hold")
    if one.acknowledged is not None:
        return one
    notes.keep(store, Acknowledged(alert_id, by), at=now)
    return replace(one, acknowledged=by, acknowledged_at=now)


def note_sent(
    store: Store, *, raised: Iterable[str], ended: Iterable[str], summary: bool, now: datetime
) -> None:
    """Note that one message went out about these alerts."""
    notes.keep(store, Sent(tuple(raised), tuple(ended), summary), at=now)
