"""Alerts that hold → what the page and its JSON show. Instants turn to Europe/Madrid here."""

from __future__ import annotations

from datetime import datetime, timedelta

from chocolate_factory.alerting import Held
from chocolate_factory.web import alert_schemas as schemas
from chocolate_factory.web.alert_wording import at_stake, reason, title
from chocolate_factory.web.asked import Alerts
from chocolate_factory.web.upkeep_views import local
from chocolate_factory.web.wording import Words

SHOWN_ENDED = timedelta(hours=24)
"""The page shows what ended within so long."""


def alerts(told: Alerts, words: Words, *, ended_within: timedelta) -> schemas.AlertsAnswer:
    """Those that hold and those that ended within a time, in one language."""
    since = told.as_of - ended_within
    return schemas.AlertsAnswer(
        as_of=local(told.as_of),
        looked_at=_local(told.looked_at),
        simulated=told.simulated,
        holding=tuple(state(one, words) for one in told.every if one.ended is None),
        ended=tuple(
            state(one, words) for one in told.every if one.ended is not None and one.ended >= since
        ),
    )


def state(one: Held, words: Words) -> schemas.AlertState:
    """One alert, in one language."""
    alert = one.alert
    return schemas.AlertState(
        alert_id=one.alert_id,
        code=alert.code,
        kind=alert.kind.value,
        gravity=alert.gravity.value,
        state="holds" if one.how is None else one.how.value,
        title=title(alert, words),
        reason=reason(alert, words),
        values=dict(alert.values),
        eur=alert.eur,
        at_stake=at_stake(alert, words),
        valid_until=_local(alert.valid_until),
        first_seen=local(one.first_seen),
        acknowledged_by=None if one.seen is None else one.seen.by,
        acknowledged_at=None if one.seen is None else local(one.seen.at),
        ended=_local(one.ended),
        told=_local(max((told.at for told in one.told.values()), default=None)),
    )


def _local(instant: datetime | None) -> datetime | None:
    return None if instant is None else local(instant)
