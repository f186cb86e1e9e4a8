"""Which alerts hold: folded from the notes in the store, so that a restart forgets nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chocolate_factory.alerting import notes
from chocolate_factory.alerting.notes import Acknowledged, End, Ended, Raised, Seen, Sent, Told
from chocolate_factory.errors import Unknown
from chocolate_factory.insights.alerts import Alert
from chocolate_factory.store.base import Store

LOOK_BACK = timedelta(days=60)
"""Notes older than this are not read: what still holds is noted again in time, with what became of
it."""

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
    seen
        Who acknowledged it first; None if nobody did, or if it has become graver since.
    told
        What each address was told of it last, by its mark.
    ended, how, end_noted
        When it ended and how, None while it holds, and whether that is stored.
    end_told
        The marks of the addresses that were told of its end.
    """

    alert_id: str
    alert: Alert
    first_seen: datetime
    noted_at: datetime
    seen: Seen | None = None
    told: Mapping[str, Told] = field(default_factory=dict)
    ended: datetime | None = None
    how: End | None = None
    end_noted: bool = False
    end_told: frozenset[str] = frozenset()


def held(store: Store, *, as_of: datetime) -> tuple[Held, ...]:
    """Every alert noted within ``LOOK_BACK``: those that hold, gravest first, then those ended.

    One whose time has passed holds no more, whether that was noted or not.
    """
    found: dict[str, Held] = {}
    for at, note in notes.notes(store, since=as_of - LOOK_BACK, as_of=as_of):
        match note:
            case Raised(alert_id=alert_id):
                found[alert_id] = _raised(found.get(alert_id), note, at)
            case Acknowledged(alert_id=alert_id, by=by) if alert_id in found:
                one = found[alert_id]
                if one.seen is None:
                    found[alert_id] = replace(one, seen=Seen(by, at, one.alert.gravity))
            case Ended(alert_id=alert_id, how=how) if alert_id in found:
                found[alert_id] = replace(found[alert_id], ended=at, how=how, end_noted=True)
            case Sent(raised=raised, ended=ended, to=to):
                for one in (found[alert_id] for alert_id in raised if alert_id in found):
                    told = {**one.told, to: Told(at, one.alert.gravity)}
                    found[one.alert_id] = replace(one, told=told)
                for one in (found[alert_id] for alert_id in ended if alert_id in found):
                    found[one.alert_id] = replace(one, end_told=one.end_told | {to})
            case _:
                pass
    return in_order(_over(one, as_of) for one in found.values())


def _raised(before: Held | None, note: Raised, at: datetime) -> Held:
    """``before`` as it was found at ``at``. Whoever had seen it has not seen that it is graver."""
    one = (
        Held(note.alert_id, note.alert, note.first_seen or at, at, note.seen, note.told)
        if before is None
        else replace(before, alert=note.alert, noted_at=at)
    )
    graver = one.seen is not None and one.alert.gravity.rank < one.seen.gravity.rank
    return replace(one, seen=None) if graver else one


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
            again = Raised(kept.alert_id, alert, kept.first_seen, kept.seen, kept.told)
            notes.keep(store, again, at=now)
    for code in before.keys() - new.keys():
        notes.keep(store, Ended(before[code].alert_id, End.RECOVERED), at=now)
    return held(store, as_of=now)


def _differs(kept: Held, alert: Alert, now: datetime) -> bool:
    if alert.gravity.rank < kept.alert.gravity.rank:
        return True
    age = now - kept.noted_at
    return age >= NOTED_AGAIN or (alert != kept.alert and age >= CHANGED_AFTER)


def acknowledge(store: Store, alert_id: str, *, now: datetime, by: str) -> Held:
    """Note that somebody has seen an alert; again, by whomever, changes nothing unless it became
    graver meanwhile.

    Raises ``Unknown`` if no alert of that id holds.
    """
    one = next((one for one in held(store, as_of=now) if one.alert_id == alert_id), None)
    if one is None or one.ended is not None:
        said = "is no alert" if one is None else "holds no more"
        raise Unknown(f"{alert_id!r} {said}: GET /insights/alerts lists those that hold")
    if one.seen is not None:
        return one
    notes.keep(store, Acknowledged(alert_id, by), at=now)
    return replace(one, seen=Seen(by, now, one.alert.gravity))
