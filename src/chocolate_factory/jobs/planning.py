"""THE PLAN: made anew when something became known, and its days closed when they are over."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

from chocolate_factory import alerting, conduct, pipeline
from chocolate_factory.conduct.month import Emission
from chocolate_factory.errors import Infeasible
from chocolate_factory.jobs.apart import Place, here
from chocolate_factory.jobs.factory import Factory, Workshop
from chocolate_factory.jobs.foretelling import forecast_kept
from chocolate_factory.jobs.news import known_since
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY
from chocolate_factory.schedule import TABLE, At, JobResult, Progress, Timing
from chocolate_factory.schedule.status import SOLVE_MS
from chocolate_factory.settings import Settings
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Outcome

TELL = ("alerts",)
"""What tells people of a first plan or a proposal."""

_AT_NIGHT = At("1", "10")


def timings_of(settings: Settings) -> tuple[Timing, ...]:
    """The table; where a cluster plans after publication, planning is left to it until the night.

    What it left undone, or what was told since, is planned then.
    """
    if not settings.cluster_url:
        return TABLE
    return tuple(
        replace(timing, at=(_AT_NIGHT,), when="01:10", why="plans what `fleet plan` left undone")
        if timing.name == "plan"
        else timing
        for timing in TABLE
    )


def plan(factory: Factory, now: datetime, tell: Progress, *, place: Place = here) -> JobResult:
    """Plan anew, at ``place``, if prices became known, or something was told, since the plan in
    force was made.

    Without a plan in force, or once it has run out, the new one is put in force.
    """
    return _nothing_new(factory, now) or place(plan_now, factory, now, tell)


def _nothing_new(factory: Factory, now: datetime) -> JobResult | None:
    """Why there is nothing to plan; looked for here, as a process costs seconds to begin."""
    conduct.keep_terms(factory.store, factory.task, at=now)
    held = standing(factory.store, as_of=now, slot=factory.task.plant.slot)
    if held.in_force is not None and held.in_force.plan.end > now:
        kept = held.in_force
        told = [*(noted.at for noted in held.reports), *(noted.at for noted in held.pins)]
        told += held.taken_back
        news = [*(at for at in told if at > kept.made_at), *_price_news(factory, now)]
        covered = pipeline.covers(kept.plan, factory.task.plant, now=now)
        if covered and not any(at > kept.plan.origin for at in news):
            return JobResult(
                f"the plan in force runs to {kept.plan.end:%Y-%m-%d %H:%MZ}",
                outcome=Outcome.NOTHING_DUE,
            )
    return None


def plan_now(factory: Workshop, now: datetime, tell: Progress) -> JobResult:
    """Plan anew, whatever was planned before."""
    tell(0, 1, "planning")
    return refresh_plan(factory, now)


def refresh_plan(factory: Workshop, now: datetime) -> JobResult:
    """Plan the coming week as of ``now``; a first plan and a proposal are alerts."""
    market = factory.task.market
    models: tuple[str, ...] = ()
    if market is not None and not factory.shares_market:
        models = (forecast_kept(factory, market, now).model,)
    began_s = time.monotonic()
    try:
        done = conduct.replan(
            factory.store,
            factory.task,
            now=now,
            models=(*models, *pipeline.MODELS),
            rules=rules_of(factory.settings),
            stored=factory.shares_market,  # one forecast for all who pay by it
        )
    except Infeasible as fault:
        alerting.note_infeasible(factory.store, fault, now=now)
        raise
    counts = {SOLVE_MS: round(1000 * (time.monotonic() - began_s))}
    best = done.best
    line = (
        f"{best.schedule.objective_eur:.2f} €, {best.savings_eur:.2f} € "
        f"({best.savings_pct:.1f} %) below the habit, expected"
    )
    if done.changes is None:
        alerting.note_first_plan(factory.store, done.in_force.plan_id, best, now=now)
        return JobResult(line, counts, then=TELL)
    moved, added = len(done.changes.moved), len(done.changes.added)
    line = f"{line}; {done.reason}; the best plan has {moved} blocks elsewhere, {added} more"
    counts |= {"proposed": int(done.proposal_id is not None), "moved": moved}
    return JobResult(line, counts, then=TELL)


def rules_of(settings: Settings) -> conduct.Rules:
    """How steady the plan in force is, as the user set it."""
    return conduct.Rules(
        freeze=timedelta(minutes=settings.freeze_min),
        propose_above_eur=settings.propose_above_eur,
        automatic=settings.accept_plans == "automatic",
    )


def savings_close(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Close every day whose batches are done and whose prices are known, and every month whose days
    are closed; again if prices were revised or the meter told more."""
    tell(0, 1, "closing")
    done = conduct.close_days(factory.store, factory.task, now=now)
    months = conduct.close_months(factory.store, factory.task, now=now)
    counts = {"closed": len(done.days), "again": len(done.again), "weeks": len(done.weeks)}
    counts |= {"months": len(months), "left_out": len(done.left_out)}
    if not any(counts.values()):
        return JobResult(done.waiting or "every day is closed", counts, Outcome.NOTHING_DUE)
    lines = [
        f"{account.day}: {account.saving_eur:.2f} € below the habit"
        + (f", closed again: {account.reason}" if account.revision else "")
        for account in (*done.days, *done.again)
    ]
    lines += [
        f"{one.month:%Y-%m}: excess power {one.actual_eur:.2f} €, {one.habit_eur:.2f} € by habit"
        + (f", closed again: {one.reason}" if one.revision else "")
        for one in months
    ]
    lines += [one.note for one in done.left_out]
    lines += [f"waiting for {done.waiting}"] if done.waiting else []
    return JobResult("; ".join(lines), counts)


def emission(settings: Settings) -> Emission | None:
    """What a kWh emits, as the settings declare it; None if they do not."""
    if settings.co2_g_kwh is None:
        return None
    return Emission(settings.co2_g_kwh, settings.co2_source)


def _price_news(factory: Workshop, now: datetime) -> list[datetime]:
    """Since when the prices of today and of tomorrow are known, as far as they are."""
    market = factory.task.contract.market
    if market is None:
        return []
    days = (delivery_day(now), delivery_day(now) + DAY)
    found = [known_since(factory.store, market, day, now) for day in days]
    return [at for at in found if at is not None]
