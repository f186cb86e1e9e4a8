"""Planning one site for the fleet: what the schedule does for one plant, stored once."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from chocolate_factory import alerting
from chocolate_factory.conduct import Replanned, Rules, decide, keep_terms
from chocolate_factory.errors import ClusterUnavailable, FactoryError, Infeasible, StoreError
from chocolate_factory.fleet.memory import Errand
from chocolate_factory.fleet.naming import digest
from chocolate_factory.fleet.results import Verb, keep_refusal, mark, numbered, results, under
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.store.base import Event

_LOG = logging.getLogger(__name__)

BY = "fleet"
"""Who puts these plans in force."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Before a site at which the store failed is tried again: a database may be started anew [s]."""


@dataclass(frozen=True, slots=True)
class FleetSite:
    """One site as the fleet sees it.

    Parameters
    ----------
    name
        How people call it; empty for the one that nobody named.
    kept_as
        As whose the store keeps it: see ``Store.of_site``.
    task, rules
        What is planned, and how steadily. The task has one seed: a worker has one processor.
    """

    name: str
    kept_as: str
    task: PlanTask
    rules: Rules

    @property
    def asked(self) -> str:
        """What tells its plant, orders, contract and rules from others that it had or will have."""
        return digest([self.task, self.rules])


class State(StrEnum):
    """What became of one site in a run."""

    DONE = "done"
    KEPT = "kept"  # done before: found, not computed
    REFUSED = "refused"  # no plan meets its orders, something is missing, or it fails
    LOST = "lost"  # every process that worked on it ended
    WAITING = "waiting"
    ABSENT = "absent"  # the run was not asked for it


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What became of planning one site.

    Costs are of the best plan and of habit over the ``days`` that are planned, expected ones at
    planning prices [EUR]; ``origin``: whose knowledge it was planned with (UTC, ISO). ``proposed``:
    it waits for a person, and the plan in force goes on. ``cpu_s``: what it took when it was
    computed [s].
    """

    site: str
    state: State
    origin: str | None = None
    plan_id: str | None = None
    days: int | None = None
    plan_eur: float | None = None
    habit_eur: float | None = None
    proposed: bool = False
    cpu_s: float = 0.0
    reason: str | None = None


_KEPT = tuple(field.name for field in fields(SitePlan) if field.name not in {"site", "state"})
"""What is kept of it, in a mark that also tells what was ``asked``."""


@dataclass(frozen=True, slots=True)
class PlanJob:
    """One site to plan at the origin of the run, with the ``models`` that forecast its prices."""

    errand: Errand
    site: FleetSite
    models: tuple[str, ...]


def plan_site(job: PlanJob) -> SitePlan:
    """Plan one site as of the run's origin and keep what comes of it, unless that is kept already.

    What was told at this site since the origin counts: then it is planned as of that instant, and
    what comes of it is kept by the run's key all the same.

    A site that cannot be planned says why, whatever it is, so that the others go on; it is noted
    for its people as it would be if it stood alone. A store that fails is waited for.

    Raises ``ClusterUnavailable``, ``StoreError`` if this process cannot work for the run at all.
    """
    began_s = time.process_time()
    try:
        return _patiently_planned(job)
    except ClusterUnavailable:
        raise
    except Exception as fault:  # a defect at one site does not end the others
        if isinstance(fault, StoreError) and not job.errand.answers():
            raise
        return _refused(job, fault, time.process_time() - began_s)


def why_not(fault: Exception, where: str) -> str:
    """What ``fault`` tells people; one that nobody foresaw is told whole in the log only."""
    if isinstance(fault, FactoryError):
        return str(fault)
    told = "".join(traceback.format_exception(fault))  # without the values of variables
    _LOG.error("unexpected error, %s: %s", where, told)
    return f"unexpected error ({type(fault).__name__}), see the log of the process that planned"


def kept_plan(site: FleetSite, results: Sequence[Mapping[str, Any]]) -> SitePlan | None:
    """The newest of what was kept for a site, if it is of what the site has now.

    Another version of the program may have kept it, with more or with less in it.
    """
    if not results or results[-1].get("asked") != site.asked:
        return None
    known = {name: results[-1][name] for name in _KEPT if name in results[-1]}
    return SitePlan(site.name, State.KEPT, **known)


def _patiently_planned(job: PlanJob) -> SitePlan:
    for pause_s in PAUSES_S:
        try:
            return _planned(job)
        except StoreError as fault:
            _LOG.warning("site %s, again in %g s: %s", job.site.name, pause_s, fault)
            time.sleep(pause_s)
    return _planned(job)


def _planned(job: PlanJob) -> SitePlan:
    store = job.errand.store().of_site(job.site.kept_as)
    run = job.errand.begun
    key, (since, until) = run.key(job.site.task.market), run.within
    before = under(results(store, Verb.PLAN, since=since, as_of=until), key)
    known = kept_plan(job.site, before)
    if known is not None:
        return known
    began_s = time.process_time()
    keep_terms(store, job.site.task, at=run.origin)
    decided = decide(
        store, job.site.task, now=run.origin, models=job.models, rules=job.site.rules, by=BY
    )
    made = _site_plan(job, decided.told, time.process_time() - began_s)
    told = {name: getattr(made, name) for name in _KEPT} | {"asked": job.site.asked}
    first = store.save_once(
        mark(Verb.PLAN, numbered(key, len(before)), told, at=run.origin),
        plans=decided.plans,
        events=(*decided.events, *_news(decided.told, now=run.origin)),
    )
    return made if first else _planned(job)  # another one was quicker


def _news(told: Replanned, *, now: datetime) -> tuple[Event, ...]:
    """What its people are told of a first plan; a proposal is found without a note."""
    if told.changes is not None:
        return ()
    return (alerting.first_plan_event(told.in_force.plan_id, told.best, now=now),)


def _site_plan(job: PlanJob, told: Replanned, cpu_s: float) -> SitePlan:
    best = told.best
    return SitePlan(
        job.site.name,
        State.DONE,
        origin=utc_iso(job.errand.begun.origin),
        days=best.days,
        plan_id=told.proposal_id or told.in_force.plan_id,
        plan_eur=best.schedule.objective_eur,
        habit_eur=best.schedule.objective_eur + best.savings_eur,
        proposed=told.proposal_id is not None,
        cpu_s=cpu_s,
    )


def _refused(job: PlanJob, fault: Exception, cpu_s: float) -> SitePlan:
    origin, reason = job.errand.begun.origin, why_not(fault, f"site {job.site.name}")
    with suppress(StoreError):  # the run tells it all the same
        store = job.errand.store().of_site(job.site.kept_as)
        if isinstance(fault, Infeasible):
            alerting.note_infeasible(store, fault, now=origin)
        keep_refusal(store, Verb.PLAN, reason, at=origin)
    return SitePlan(job.site.name, State.REFUSED, cpu_s=cpu_s, reason=reason)
