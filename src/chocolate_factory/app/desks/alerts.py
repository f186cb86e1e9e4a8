"""Alerts: those of a factory, and those of its zone where it is one of several."""

from __future__ import annotations

from datetime import datetime

from chocolate_factory import alerting, pipeline
from chocolate_factory.alerting import Held
from chocolate_factory.app.work import Clock
from chocolate_factory.insights.alerts import OF_PLANT, AlertKind
from chocolate_factory.jobs import OF_PLANT_JOBS, Factory
from chocolate_factory.store.base import Store
from chocolate_factory.web.alert_routes import AlertDesk
from chocolate_factory.web.asked import Alerts


def alert_desk(factory: Factory, clock: Clock) -> AlertDesk:
    """What a person of ``factory`` should know, and that it was seen."""
    store, common = factory.store, factory.zone.store

    def of_all() -> tuple[Held, ...]:
        if factory.within is None:
            return ()
        return tuple(one for one in alerting.held(common, as_of=clock()) if for_all(one))

    def told() -> Alerts:
        now = clock()
        return Alerts(
            as_of=now,
            looked_at=looked_at(store),
            simulated=pipeline.holds_simulated(store),
            every=alerting.in_order((*alerting.held(store, as_of=now), *of_all())),
        )

    def kept_in(alert_id: str) -> Store:
        return common if any(one.alert_id == alert_id for one in of_all()) else store

    return AlertDesk(
        alerts=told,
        acknowledge=lambda alert_id, by: alerting.acknowledge(
            kept_in(alert_id), alert_id, now=clock(), by=by
        ),
    )


def looked_at(store: Store) -> datetime | None:
    """When it was last looked for alerts of the store's site; None if it never was."""
    runs = (run for run in store.runs(job="alerts", limit=5) if run.finished_at is not None)
    return next((run.finished_at for run in runs), None)


def for_all(one: Held) -> bool:
    """Whether an alert of the zone concerns every site in it: not the plant that was there."""
    alert = one.alert
    if alert.kind in {AlertKind.JOB_REJECTED, AlertKind.JOB_OVERDUE}:
        return alert.values["job"] not in OF_PLANT_JOBS
    return alert.kind not in OF_PLANT
