"""What is told to people, and how often: each address once when an alert begins, again when it is
graver than that address was told, and once when it recovers.

An address that was not reached is told at a later look what still holds then, and what recovered
within a day. At most so many messages in any hour go to one address from all sites together, the
gravest alerts of a site first; what is left goes into one summary, and after that nothing more goes
out until the hour has room again. Where there are several sites the summary waits for the next
round, and names every site at which more waits. What is over because its time has passed is no
news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chocolate_factory.alerting import hourly, notes
from chocolate_factory.alerting.held import Held
from chocolate_factory.alerting.hourly import Waiting
from chocolate_factory.alerting.notes import EVERYBODY, End, Sent
from chocolate_factory.insights.alerts import Gravity
from chocolate_factory.store.base import Store

RECOVERY_IS_NEWS = timedelta(days=1)
"""That an alert recovered is told within so long."""

SUMMED_UP_TO = 20
"""So many alerts, or sites, are named in a summary; the others are counted."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message to send: alerts that began to hold, and those that recovered.

    ``sites``: of a summary for several sites what waits at each, the gravest first, that of this
    one among them; else none.
    """

    raised: tuple[Held, ...]
    ended: tuple[Held, ...]
    summary: bool
    sites: tuple[Waiting, ...] = ()


def posts(
    store: Store,
    every: Sequence[Held],
    *,
    to: str,
    now: datetime,
    an_hour: int,
    least: Gravity,
    title: str = "",
    alone: bool = True,
) -> tuple[Post, ...]:
    """What of ``every`` alert the address of mark ``to`` is to be told now, in this order.

    ``an_hour`` messages at most and one summary; alerts less grave than ``least`` are not told.
    ``title`` is how people call the site; if it is not ``alone``, what is left is noted for the
    summary of the next round.
    """
    waiting = _waiting(every, to, now, least)
    hour = hourly.hour_of(store, to=to, now=now)
    room = max(0, an_hour - hour.delivered)
    told, left = waiting[:room], waiting[room:]
    rest = Post(
        tuple(one for post in left for one in post.raised),
        tuple(one for post in left for one in post.ended),
        True,
    )
    own = _noted(rest, store.site, title)
    if not alone:
        hourly.note_waiting(store, own, hour, to=to, now=now)
    if not left or hour.summed_up or not (alone or hour.round_is_over(now)):
        return tuple(told)
    others = [one.waiting for site, one in hour.waiting.items() if site != own.site]
    sites = sorted([own, *others], key=_rank) if others else []
    return (*told, replace(rest, sites=tuple(sites)))


def _waiting(every: Sequence[Held], to: str, now: datetime, least: Gravity) -> list[Post]:
    hold = [one for one in every if one.ended is None]
    begun = [one for one in hold if one.alert.gravity.rank <= least.rank and _is_news(one, to)]
    recovered = [one for one in every if _has_recovered(one, to, now)]
    again = {one.alert.code for one in hold}
    waiting = [Post((one,), (), False) for one in begun]
    return waiting + [Post((), (one,), False) for one in recovered if one.alert.code not in again]


def _noted(rest: Post, site: str, title: str) -> Waiting:
    gravest = rest.raised[0].alert if rest.raised else None
    return Waiting(
        site,
        title,
        tuple(one.alert_id for one in rest.raised),
        tuple(one.alert_id for one in rest.ended),
        gravest.gravity if gravest else None,
        gravest.kind if gravest else None,
    )


def _rank(one: Waiting) -> tuple[int, int, str]:
    return len(Gravity) if one.gravity is None else one.gravity.rank, -len(one), one.title


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
    """Note that a message reached the address of mark ``to``, at every site it was about."""
    raised, ended = (tuple(one.alert_id for one in held) for held in (post.raised, post.ended))
    hourly.note_delivered(store, to=to, first=(*raised, *ended)[0], summary=post.summary, now=now)
    notes.keep(store, Sent(raised, ended, to), at=now)
    for one in post.sites:
        if one.site != store.site:
            notes.keep(store.of_site(one.site), Sent(one.raised, one.ended, to), at=now)
