"""What is told to people, and how often: once when an alert begins, once when it recovers.

At most so many messages in any hour, the gravest alerts first; what is left goes into one summary,
and after that nothing more goes out until the hour has room again. What is over because its time
has passed is no news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chocolate_factory.alerting import notes
from chocolate_factory.alerting.held import Held
from chocolate_factory.alerting.notes import End, Sent
from chocolate_factory.insights.alerts import Gravity
from chocolate_factory.store.base import Store

HOUR = timedelta(hours=1)

SUMMED_UP_TO = 20
"""So many alerts are named in a summary; the others are counted."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message to send: alerts that began to hold, and those that recovered."""

    raised: tuple[Held, ...]
    ended: tuple[Held, ...]
    summary: bool


def posts(
    store: Store, every: Sequence[Held], *, now: datetime, an_hour: int, least: Gravity
) -> tuple[Post, ...]:
    """What of ``every`` alert is to be told now, in this order.

    ``an_hour`` messages at most and one summary; alerts less grave than ``least`` are not told.
    """
    begun = [
        one
        for one in every
        if one.ended is None and one.sent is None and one.alert.gravity.rank <= least.rank
    ]
    recovered = [
        one
        for one in every
        if one.how is End.RECOVERED and one.sent is not None and one.end_sent is None
    ]
    waiting = [*(Post((one,), (), False) for one in begun)]
    waiting += [Post((), (one,), False) for one in recovered]
    lately = [
        note
        for _, note in notes.notes(store, since=now - HOUR, as_of=now)
        if isinstance(note, Sent)
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
