"""Every site at a glance; what is known of one is read anew only when more of it is stored."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from functools import lru_cache

from chocolate_factory import alerting, conduct, jobs, pipeline
from chocolate_factory.app.desks.alerts import for_all, looked_at
from chocolate_factory.app.work import Clock
from chocolate_factory.errors import StoreError
from chocolate_factory.fleet import Verb, refusal_of
from chocolate_factory.jobs import Factory, Sites
from chocolate_factory.market.calendar import QUARTER, delivery_day
from chocolate_factory.market.catalog import DAY, PVPC, SITE_POWER, spec
from chocolate_factory.market.places import at_site
from chocolate_factory.schedule import last_ended
from chocolate_factory.standing import Standing, standing
from chocolate_factory.store.base import Coverage, Store
from chocolate_factory.web.asked_site import SiteName
from chocolate_factory.web.fleet_routes import FleetDesk
from chocolate_factory.web.fleet_views import FleetSeen, SiteSeen, SiteUnread

REFUSED_WITHIN = 2 * DAY
"""Where no plan is in force, a refusal older than this is told no more."""


def fleet_desk(sites: Sites, clock: Clock) -> FleetDesk:
    """What may be asked of all ``sites``."""
    zone = sites.zone
    names = tuple(SiteName(name, one.shown_as) for name, one in sites.factories.items())
    paid_by = {one.task.market or PVPC for one in sites.factories.values()}

    @lru_cache(maxsize=2 * len(names))
    def told_of(site: SiteName, state: object) -> SiteSeen | SiteUnread:  # noqa: ARG001
        try:
            return _seen(site, sites.factories[site.name], clock())
        except StoreError:  # of one site: the others are shown
            return SiteUnread(site)

    known: set[str] = set()

    def is_looked_at(name: str, store: Store) -> bool:
        """Asked until it is so: runs are in no revision of a store."""
        if name not in known and looked_at(store) is not None:
            known.add(name)
        return name in known

    def states() -> tuple[Hashable, ...]:
        quarter = int(clock().timestamp()) // int(QUARTER.total_seconds())
        return tuple(
            (one.store.revision(), quarter, is_looked_at(name, one.store))
            for name, one in sites.factories.items()
        )

    def seen() -> FleetSeen:
        now = clock()
        held = {one.key: one for one in zone.store.coverage()}
        made = [zone.store.forecast(key, as_of=now) for key in jobs.FORECAST_SERIES]
        ends = [end for key in paid_by if key in held and (end := _end(held[key])) is not None]
        return FleetSeen(
            as_of=now,
            simulated=pipeline.holds_simulated(zone.store),
            prices_until=min(ends) if len(ends) == len(paid_by) else None,
            forecast_at=min((one.origin for one in made if one), default=None)
            if all(made)
            else None,
            alerts=tuple(one for one in alerting.held(zone.store, as_of=now) if for_all(one)),
            looked_at=looked_at(zone.store),
            sites=tuple(told_of(name, state) for name, state in zip(names, states(), strict=True)),
        )

    def state() -> Hashable:
        return clock().replace(second=0, microsecond=0), states()

    return FleetDesk(seen=seen, state=state)


def _seen(site: SiteName, factory: Factory, now: datetime) -> SiteSeen:
    store, today = factory.store, delivery_day(now)
    (month,) = conduct.savings(store, ((today.replace(day=1), today),), as_of=now)
    every = alerting.held(store, as_of=now)
    stands = standing(store, as_of=now, slot=factory.task.plant.slot)
    held = {one.key: one for one in store.coverage()}
    weather = [held[key].newest_available_at for key in factory.feeds.weather.keys if key in held]
    meter = held.get(at_site(SITE_POWER, store.site))
    return SiteSeen(
        site=site,
        standing=stands,
        alerts=every if factory.within else tuple(one for one in every if not for_all(one)),
        month=month,
        weather_at=max((at for at in weather if at is not None), default=None),
        meter_until=None if meter is None else _end(meter),
        failing=sum(run.outcome.failed for run in last_ended(store, jobs.OF_SITE_JOBS)),
        looked_at=looked_at(store),
        refused=_refused(store, stands, now),
        other_orders=stands.in_force is not None
        and pipeline.is_for_other_orders(stands.in_force.plan, factory.task.orders, now=now),
    )


def _refused(store: Store, stands: Standing, now: datetime) -> str | None:
    """Why the newest try to plan, by the schedule or by a fleet, came to nothing since the plan in
    force was made."""
    planned_at = None if stands.in_force is None else stands.in_force.made_at
    since = planned_at or now - REFUSED_WITHIN
    for run in last_ended(store, ("plan",)):
        if run.outcome.failed and run.started_at > since:
            return run.detail
    return refusal_of(store, Verb.PLAN, since=since, as_of=now, planned_at=planned_at)


def _end(held: Coverage) -> datetime | None:
    """Where the newest delivery period of a series ends."""
    if held.last is None:
        return None
    return held.last + spec(held.key).resolution(delivery_day(held.last))
