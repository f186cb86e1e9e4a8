"""Planning one site for the fleet: what the schedule does for one plant, stored once."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from threading import Event as Flag
from typing import Any

from chocolate_factory import alerting
from chocolate_factory.conduct import Replanned, Rules, decide, keep_terms
from chocolate_factory.errors import (
    ClusterUnavailable,
    FactoryError,
    Infeasible,
    StoreError,
    TimedOut,
)
from chocolate_factory.fleet.limited import SITE_LIMIT_S, within
from chocolate_factory.fleet.memory import Errand
from chocolate_factory.fleet.naming import digest
from chocolate_factory.fleet.results import Verb, keep_refusal, mark, numbered, results, under
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.together import compared
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Event, Store

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
    KEPT = "kept"  # done before, or by others since: found, not computed
    REFUSED = "refused"  # no plan meets its orders, something is missing, or it fails
    LOST = "lost"  # every process that worked on it ended
    WAITING = "waiting"
    ABSENT = "absent"  # the run was not asked for it


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What became of planning one site, and by what it goes on.

    ``origin``: whose knowledge it was planned with (UTC, ISO). ``plan_id``, ``days``, ``plan_eur``
    and ``habit_eur`` are of the plan in force, if it was made since then: what it and habit are
    expected to cost over its days, at planning prices, in whole cents [EUR]. ``runs_until``: the
    end of the plan in force, whenever it was made. ``proposal_id``: a better plan that waits for a
    person; ``proposal_saves_eur``: what it costs less than the one in force, None if that one
    cannot be kept. ``cpu_s``: what planning took when it was computed [s].
    """

    site: str
    state: State
    origin: str | None = None
    plan_id: str | None = None
    days: int | None = None
    plan_eur: float | None = None
    habit_eur: float | None = None
    runs_until: str | None = None
    proposal_id: str | None = None
    proposal_saves_eur: float | None = None
    cpu_s: float = 0.0
    reason: str | None = None

    @property
    def saving_eur(self) -> float | None:
        """What the plan in force is expected to save below the habit [EUR]."""
        if self.plan_eur is None or self.habit_eur is None:
            return None
        return compared(self.plan_eur, self.habit_eur).saving_eur

    @property
    def saving_pct(self) -> float | None:
        """The same in per cent of habit; None if that is nothing."""
        if self.plan_eur is None or self.habit_eur is None:
            return None
        return compared(self.plan_eur, self.habit_eur).saving_pct


_KEPT = ("origin", "plan_id", "cpu_s")
"""What is kept of it, in a mark that also tells what was ``asked``; the plan itself tells euros."""


@dataclass(frozen=True, slots=True)
class PlanJob:
    """One site to plan at the origin of the run, with the ``models`` that forecast its prices."""

    errand: Errand
    site: FleetSite
    models: tuple[str, ...]
    limit_s: float = SITE_LIMIT_S


def plan_site(job: PlanJob) -> SitePlan:
    """Plan one site as of the run's origin and keep what comes of it, unless that is kept already.

    What was told at this site since the origin counts: then it is planned as of that instant, and
    what comes of it is kept by the run's key all the same.

    A site that cannot be planned, or not within its limit, says why, whatever it is, so that the
    others go on; it is noted for its people as it would be if it stood alone. A store that fails is
    waited for.

    Raises ``ClusterUnavailable``, ``StoreError`` if this process cannot work for the run at all.
    """
    began_s = time.process_time()
    try:
        return within(job.limit_s, partial(_patiently_planned, job))
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


def as_it_stands(store: Store, site: FleetSite, told: SitePlan, *, as_of: datetime) -> SitePlan:
    """``told`` with the plan that is in force by now, and with what is proposed in its place."""
    held = standing(store, as_of=as_of, slot=site.task.plant.slot)
    told = replace(told, plan_id=None)
    if held.in_force is None or held.in_force.plan.end <= as_of:
        return told
    plan = held.in_force.plan
    told = replace(told, runs_until=utc_iso(plan.end))
    if told.origin is not None and held.in_force.made_at >= datetime.fromisoformat(told.origin):
        told = replace(
            told,
            plan_id=held.in_force.plan_id,
            days=plan.days,
            plan_eur=round(plan.schedule.objective_eur, 2),
            habit_eur=round(plan.baseline.objective_eur, 2),
        )
    if held.proposal is None or held.proposed is None:
        return told
    before_eur, after_eur = held.proposed.note.before_eur, held.proposal.plan.schedule.objective_eur
    return replace(
        told,
        proposal_id=held.proposal.plan_id,
        proposal_saves_eur=None if before_eur is None else round(before_eur - after_eur, 2),
    )


def _patiently_planned(job: PlanJob, given_up: Flag) -> SitePlan:
    for pause_s in PAUSES_S:
        try:
            return _planned(job, given_up)
        except StoreError as fault:
            _LOG.warning("site %s, again in %g s: %s", job.site.name, pause_s, fault)
            time.sleep(pause_s)
    return _planned(job, given_up)


def _planned(job: PlanJob, given_up: Flag) -> SitePlan:
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
    made = SitePlan(
        job.site.name,
        State.DONE,
        origin=utc_iso(run.origin),
        plan_id=decided.told.in_force.plan_id,
        cpu_s=time.process_time() - began_s,
    )
    told = {name: getattr(made, name) for name in _KEPT} | {"asked": job.site.asked}
    if given_up.is_set():
        raise TimedOut("it was given up")  # who asked has gone on, and has said so
    first = store.save_once(
        mark(Verb.PLAN, numbered(key, len(before)), told, at=run.origin),
        plans=decided.plans,
        events=(*decided.events, *_news(decided.told, now=run.origin)),
    )
    if not first:
        return _planned(job, given_up)  # another one was quicker
    stored_at = max((event.at for event in decided.events), default=run.origin)
    return as_it_stands(store, job.site, made, as_of=stored_at)


def _news(told: Replanned, *, now: datetime) -> tuple[Event, ...]:
    """What its people are told of a first plan; a proposal is found without a note."""
    if told.changes is not None:
        return ()
    return (alerting.first_plan_event(told.in_force.plan_id, told.best, now=now),)


def _refused(job: PlanJob, fault: Exception, cpu_s: float) -> SitePlan:
    origin, reason = job.errand.begun.origin, why_not(fault, f"site {job.site.name}")
    with suppress(StoreError):  # the run tells it all the same
        store = job.errand.store().of_site(job.site.kept_as)
        if isinstance(fault, Infeasible):
            alerting.note_infeasible(store, fault, now=origin)
        keep_refusal(store, Verb.PLAN, reason, at=origin)
    return SitePlan(job.site.name, State.REFUSED, cpu_s=cpu_s, reason=reason)
