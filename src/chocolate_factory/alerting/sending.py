"""What is told to people, and how often: each address once when an alert begins, again when it is
graver than that address was told, and once when it recovers.

An address that was not reached is told at a later look what still holds then, and what recovered
within a day. At most so many messages in any hour go to one address, the gravest alerts first; what
is left goes into one summary, and after that nothing more goes out until the hour has room again.
What is over because its time has passed is no news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chocolate_factory.alerting import notes
from chocolate_factory.alerting.held import Held
from chocolate_factory.alerting.notes import EVERYBODY, End, Sent
from chocolate_factory.insights.alerts import Gravity
from chocolate_factory.market.calendar import HOUR
from chocolate_factory.store.base import Store

RECOVERY_IS_NEWS = timedelta(days=1)
"""That an alert recovered is told within so long."""

SUMMED_UP_TO = 20
"""So many alerts are named in a summary; the others are counted."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message to send: alerts that began to hold, and those that recovered."""

    raised: tuple[Held, ...]
    ended: tuple[Held, ...]
    summary: bool


def posts(
    store: Store, every: Sequence[Held], *, to: str, now: datetime, an_hour: int, least: Gravity
) -> tuple[Post, ...]:
    """What of ``every`` alert the address of mark ``to`` is to be told now, in this order.

    ``an_hour`` messages at most and one summary; alerts less grave than ``least`` are not told.
    """
    hold = [one for one in every if one.ended is None]
    begun = [one for one in hold if one.alert.gravity.rank <= least.rank and _is_news(one, to)]
    recovered = [one for one in every if _has_recovered(one, to, now)]
    again = {one.alert.code for one in hold}
    waiting = [Post((one,), (), False) for one in begun]
    waiting += [Post((), (one,), False) for one in recovered if one.alert.code not in again]
    lately = [
        note
        for _, note in notes.notes(store, since=now - HOUR, as_of=now)
        if isinstance(note, Sent) and note.to in {to, EVERYBODY}
    ]
    room = max(0, an_hour - sum(not note.summary for note in lately))
    if len(waiting) <= room:
        return tuple(waiting)
    told, left = waiting[:room], waiting[room:]
    if any(note.summary for note in lately):
        return tuple(told)
    rest = Post(
        tuple(one for post in left for one in post.raised),
        tuple(one for post in left for one in post.ended),
        True,
    )
    return (*told, rest)


def _is_news(one: Held, to: str) -> bool:
    told = one.told.get(to, one.told.get(EVERYBODY))
    return told is None or one.alert.gravity.rank < told.gravity.rank


def _has_recovered(one: Held, to: str, now: datetime) -> bool:
    return (
        one.how is End.RECOVERED
        and one.ended is not None
        and now - one.ended < RECOVERY_IS_NEWS
        and not one.told.keys().isdisjoint({to, EVERYBODY})
        and one.end_told.isdisjoint({to, EVERYBODY})
    )


def note_sent(store: Store, post: Post, *, to: str, now: datetime) -> None:
    """Note that a message reached the address of mark ``to``."""
    raised, ended = (tuple(one.alert_id for one in held) for held in (post.raised, post.ended))
    notes.keep(store, Sent(raised, ended, post.summary, to), at=now)
