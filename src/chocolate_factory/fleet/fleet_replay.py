"""Past weeks replayed for every site: what each zone looked like is worked out once for all."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from threading import Event
from typing import Any

from chocolate_factory.conduct.replay import ReplayedWeek, ReplayRules, Told, origin_of, replay_week
from chocolate_factory.errors import FactoryError, MissingData, TimedOut
from chocolate_factory.fleet.fleet_plan import Tell, markets
from chocolate_factory.fleet.limited import WEEK_LIMIT_S, within
from chocolate_factory.fleet.memory import Errand, Opens
from chocolate_factory.fleet.naming import digest, program
from chocolate_factory.fleet.planning import FleetSite
from chocolate_factory.fleet.replaying import WeekOutlook, history_seen, week_seen
from chocolate_factory.fleet.results import Verb, begin_at, mark, result_of
from chocolate_factory.fleet.spreading import Lost, Spread
from chocolate_factory.market.calendar import days_between, local_midnight
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.store.base import Store
from chocolate_factory.store.packing import pack_forecast, unpack_forecast

_LAST_DAY, _AHEAD_DAYS = 6, 9
"""Of a week: its last day, and how far its outlooks reach: orders are due after it."""


@dataclass(frozen=True, slots=True)
class SiteWeek:
    """One week of one site."""

    site: str
    week: ReplayedWeek


@dataclass(frozen=True, slots=True)
class OutlookJob:
    """What a zone looked like at every origin of a week, by a ``task`` that pays by its prices."""

    errand: Errand
    task: PlanTask
    monday: date
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ZoneWeek:
    """A week as every site of a zone finds it.

    ``outlooks``: as what they are kept, by origin. ``seen`` tells apart weeks of other prices or
    outlooks. ``amiss``: why there are none, if so.
    """

    outlooks: Mapping[datetime, str] = field(default_factory=dict)
    seen: str = ""
    amiss: str | None = None


@dataclass(frozen=True, slots=True)
class WeekJob:
    """One week of one site."""

    errand: Errand
    site: FleetSite
    monday: date
    models: tuple[str, ...]
    rules: ReplayRules
    zone: ZoneWeek


def replay_fleet(
    store: Store,
    opens: Opens,
    sites: Sequence[FleetSite],
    spread: Spread,
    *,
    mondays: Sequence[date],
    models: tuple[str, ...],
    rules: ReplayRules,
    now: datetime,
    tell: Tell,
) -> tuple[SiteWeek, ...]:
    """Every week of every site, by site and then by week; see ``conduct.replay.replay_week``.

    What is stored of the same plant, contract, orders, rules, prices and version is not computed
    again. A week that cannot be replayed says why and is tried again the next time.

    Raises ``ClusterUnavailable``, ``StoreError``.
    """
    errand = Errand(opens, begin_at(store, Verb.REPLAY, now), program())
    try:
        zones = _outlooks(errand, sites, spread, mondays=mondays, models=models, tell=tell)
        jobs = [
            WeekJob(errand, site, monday, models, rules, zones[site.task.market, monday])
            for monday in mondays
            for site in sites
        ]
        done: dict[tuple[str, date], SiteWeek] = {}
        for number, result in spread(replay_site_week, jobs):
            job = jobs[number]
            done[job.site.name, job.monday] = (
                SiteWeek(job.site.name, ReplayedWeek(job.monday, skipped=result.why))
                if isinstance(result, Lost)
                else result
            )
            tell(len(done), len(jobs), job.site.name)
    finally:
        errand.let_go()
    return tuple(done[site.name, monday] for site in sites for monday in mondays)


def outlook_week(job: OutlookJob) -> ZoneWeek:
    """Work out and keep the outlooks of a zone's week."""
    store = job.errand.store()
    told = WeekOutlook(store, job.task, job.monday, job.models)
    end = local_midnight(job.monday + _AHEAD_DAYS * DAY)
    names: dict[datetime, str] = {}
    for day in days_between(job.monday, job.monday + _LAST_DAY * DAY):
        origin = origin_of(job.task, day)
        known = digest([job.models, program(), *history_seen(store, job.task, origin, end)])
        names[origin] = f"{job.task.market}-{origin:%Y%m%dT%H%M%SZ}-{known}"
        if result_of(store, Verb.OUTLOOK, names[origin], at=origin) is not None:
            continue
        try:
            made = told(origin, end)
        except FactoryError as fault:
            return ZoneWeek(amiss=str(fault))
        packed = base64.b64encode(pack_forecast(made)).decode()
        store.save_once(mark(Verb.OUTLOOK, names[origin], {"forecast": packed}, at=origin))
    prices = week_seen(store, job.task, job.monday, as_of=job.errand.begun.origin)
    return ZoneWeek(names, digest([*names.values(), *prices]))


def replay_site_week(job: WeekJob) -> SiteWeek:
    """One week of one site, found in the store, or replayed and kept there, within its limit."""
    try:
        return within(WEEK_LIMIT_S, lambda given_up: _replayed_week(job, given_up))
    except TimedOut as fault:
        return SiteWeek(job.site.name, ReplayedWeek(job.monday, skipped=str(fault)))


def _replayed_week(job: WeekJob, given_up: Event) -> SiteWeek:
    if job.zone.amiss is not None:
        return SiteWeek(job.site.name, ReplayedWeek(job.monday, skipped=job.zone.amiss))
    shared = job.errand.store()
    store = shared.of_site(job.site.kept_as)
    named = digest([job.site.task, job.models, job.rules, job.errand.program, job.zone.seen])
    name, at = f"{job.monday}-{named}", local_midnight(job.monday)
    known = result_of(store, Verb.REPLAY, name, at=at)
    if known is None:
        made = replay_week(
            store, job.site.task, job.monday, told=_kept_outlook(shared, job),
            as_of=job.errand.begun.origin, rules=job.rules,
        )  # fmt: skip
        if made.skipped is not None or given_up.is_set():
            return SiteWeek(job.site.name, made)
        document = {**asdict(made), "monday": made.monday.isoformat()}
        if store.save_once(mark(Verb.REPLAY, name, document, at=at)):
            return SiteWeek(job.site.name, made)
        known = result_of(store, Verb.REPLAY, name, at=at) or document
    return SiteWeek(job.site.name, _week(known))


def _outlooks(
    errand: Errand,
    sites: Sequence[FleetSite],
    spread: Spread,
    *,
    mondays: Sequence[date],
    models: tuple[str, ...],
    tell: Tell,
) -> Mapping[tuple[SeriesKey | None, date], ZoneWeek]:
    """Have every zone's weeks worked out; agreed prices have nothing to be."""
    payers = {key: next(s.task for s in sites if s.task.market == key) for key in markets(sites)}
    jobs = [OutlookJob(errand, payers[key], day, models) for key in payers for day in mondays]
    zones: dict[tuple[SeriesKey | None, date], ZoneWeek] = {
        (None, day): ZoneWeek() for day in mondays
    }
    for done, (number, result) in enumerate(spread(outlook_week, jobs), start=1):
        job = jobs[number]
        found = ZoneWeek(amiss=result.why) if isinstance(result, Lost) else result
        zones[job.task.market, job.monday] = found
        tell(done, len(jobs), "outlooks of the zones")
    return zones


def _kept_outlook(store: Store, job: WeekJob) -> Told:
    """The outlooks that were worked out for the site's zone."""

    def told(origin: datetime, _end: datetime) -> Forecast:
        name = job.zone.outlooks.get(origin)
        known = None if name is None else result_of(store, Verb.OUTLOOK, name, at=origin)
        if known is None:
            raise MissingData(str(job.site.task.market), (), hint=f"no outlook at {origin}")
        return unpack_forecast(base64.b64decode(known["forecast"]))

    return told


def _week(told: Mapping[str, Any]) -> ReplayedWeek:
    return ReplayedWeek(**{**told, "monday": date.fromisoformat(told["monday"])})
