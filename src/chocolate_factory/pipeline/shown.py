"""Everything a page shows, read from the store at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from chocolate_factory.insights.paid import PaidPrices, paid_prices, settled_prices
from chocolate_factory.market.calendar import delivery_day, local_midnight, to_datetime
from chocolate_factory.market.catalog import SITE_POWER
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.regulated import carried_forward
from chocolate_factory.market.series import Forecast, Kind, SeriesKey
from chocolate_factory.pipeline.actual import realised
from chocolate_factory.pipeline.complete import gaps
from chocolate_factory.pipeline.foretelling import HORIZON, known_ahead
from chocolate_factory.pipeline.ingesting import holds_simulated
from chocolate_factory.pipeline.tasks import PlanTask
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.site_ahead import SiteAhead, site_ahead, window
from chocolate_factory.standing import NOTHING, Standing, standing
from chocolate_factory.store.base import Store

HEALTH_DAYS = 14
"""How many days back the data health of a page looks for gaps."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One stored value for display, with where it comes from."""

    key: SeriesKey
    unit: str
    value: float
    start: datetime
    source: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class SeriesHealth:
    """Whether a watched series is complete and fresh."""

    key: SeriesKey
    count: int
    first: datetime | None
    last: datetime | None
    age_s: float | None
    missing_recent: int
    state: Literal["ok", "late", "empty"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a page shows, read from the store at one instant; ``plan`` is that in force.

    ``site``: what the site draws under it; None where that cannot be told.
    """

    as_of: datetime
    plant: str
    contract: Contract
    forecast: Forecast | None
    paid: PaidPrices | None
    plan: Plan | None
    weather: tuple[Reading, ...]
    health: tuple[SeriesHealth, ...]
    simulated: bool
    standing: Standing = NOTHING
    site: SiteAhead | None = None


def snapshot(
    store: Store,
    *,
    as_of: datetime,
    task: PlanTask,
    watched: Sequence[SeriesKey],
    weather: Sequence[SeriesKey],
) -> Snapshot:
    """Everything a page shows as known at ``as_of``; reads only, computes no model and no plan."""
    contract = task.contract
    outlook = None if contract.market is None else known_ahead(store, contract.market, as_of)
    held = standing(store, as_of=as_of, slot=task.plant.slot)
    shown = None if held.in_force is None else held.in_force.plan
    if shown is not None and shown.contract == contract.name:
        shown = realised(store, shown, contract, as_of=as_of)
    readings = tuple(r for key in weather if (r := _reading(store, key, as_of)) is not None)
    return Snapshot(
        as_of=as_of,
        plant=task.plant.name,
        contract=contract,
        forecast=outlook,
        paid=_shown_paid(outlook, contract, as_of),
        plan=shown,
        weather=readings,
        health=_health(store, watched, as_of),
        simulated=holds_simulated(store),
        standing=held,
        site=None if shown is None else _site(store, task, shown, as_of),
    )


def _site(store: Store, task: PlanTask, shown: Plan, as_of: datetime) -> SiteAhead | None:
    """The site under the plan; None for a plan that is over, or of another plant or contract."""
    looked_at = window(shown, now=as_of)
    same = (shown.plant, shown.contract) == (task.plant.name, task.contract.name)
    if looked_at is None or not same:
        return None
    begin, end = looked_at
    metered = store.read(SITE_POWER, begin, end, as_of=as_of)
    return site_ahead(shown, task.plant, task.contract, metered, begin=begin, end=end)


def _shown_paid(outlook: Forecast | None, contract: Contract, as_of: datetime) -> PaidPrices | None:
    if contract.market is None:
        today = local_midnight(delivery_day(as_of))
        paid = settled_prices(contract, today, as_of + HORIZON)
    elif outlook is None or not len(outlook):
        return None
    else:
        paid = paid_prices(outlook, contract)
    return replace(paid, notes=carried_forward(to_datetime(paid.end[-1])))


def _reading(store: Store, key: SeriesKey, as_of: datetime) -> Reading | None:
    recent = store.read(key, as_of - timedelta(hours=3), as_of, as_of=as_of)
    if len(recent) == 0:
        return None
    return Reading(
        key=key,
        unit=recent.unit,
        value=float(recent.value[-1]),
        start=to_datetime(recent.start[-1]),
        source=str(recent.source[-1]),
        kind=Kind(str(recent.kind[-1])),
    )


def _health(
    store: Store, watched: Sequence[SeriesKey], as_of: datetime
) -> tuple[SeriesHealth, ...]:
    stored = {coverage.key: coverage for coverage in store.coverage()}
    today = delivery_day(as_of)
    health = []
    for key in watched:
        coverage = stored.get(key)
        if coverage is None or coverage.count == 0:
            health.append(SeriesHealth(key, 0, None, None, None, 0, "empty"))
            continue
        report = gaps(
            store,
            key,
            first=today - timedelta(days=HEALTH_DAYS),
            last=today + timedelta(days=1),
            as_of=as_of,
        )
        missing = report.expected - report.present
        newest = coverage.newest_available_at
        health.append(
            SeriesHealth(
                key,
                coverage.count,
                coverage.first,
                coverage.last,
                None if newest is None else (as_of - newest).total_seconds(),
                missing,
                "late" if missing else "ok",
            )
        )
    return tuple(health)
