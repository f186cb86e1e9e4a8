"""ALERTS: what a person should know about data and forecasts now."""

from __future__ import annotations

from datetime import datetime, timedelta

from chocolate_factory import oversight, pipeline, upkeep
from chocolate_factory.jobs.factory import FORECAST_SERIES, Factory, announce
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY
from chocolate_factory.schedule import JobResult, Progress
from chocolate_factory.store.base import Outcome, Run, Store
from chocolate_factory.store.raw import damaged_archives

DIFFERING_WITHIN = timedelta(days=7)
"""Prices of so many days are compared between their sources."""

ALERT_AFTER = timedelta(hours=3)
"""A value is announced as missing so long after it was due."""


def alerts(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """What a person should know about data and forecasts now; new ones are announced once."""
    tell(0, 1, "looking")
    found = dict((*_data_alerts(factory, now), *_forecast_alerts(factory, now)))
    before = factory.store.runs(job="alerts", limit=2)
    known = next((run.counts for run in before if run.outcome is not Outcome.RUNNING), {})
    for code in sorted(found.keys() - known.keys()):
        of_what = "forecasts" if code.startswith("forecast:") else "data"
        announce(factory, f"{factory.task.plant.name}: {of_what}", found[code])
    detail = "; ".join(found[code] for code in sorted(found)) or "nothing"
    return JobResult(detail, dict.fromkeys(sorted(found), 1))


def _data_alerts(factory: Factory, now: datetime) -> list[tuple[str, str]]:
    today = delivery_day(now)
    found = []
    summary = upkeep.gap_summary(
        (factory.feeds.pvpc, factory.feeds.spot, factory.feeds.weather),
        factory.store,
        first=today - timedelta(days=pipeline.HEALTH_DAYS),
        last=today + DAY,
        as_of=now,
        due_by=now - ALERT_AFTER,
    )
    for told in summary.series:
        missing = told.expected - told.present
        if missing:
            since = told.gaps[0].start
            found.append(
                (
                    f"gap:{told.key}",
                    f"{told.key}: {missing} delivery periods missing since {since:%Y-%m-%d %H:%MZ}",
                )
            )
    differing = upkeep.disagreements(
        factory.store, first=today - DIFFERING_WITHIN, last=today + DAY, as_of=now
    )
    if differing:
        worst = max(differing, key=lambda one: one.difference)
        told_by = ", ".join(f"{name} {value:g}" for name, value in sorted(worst.values.items()))
        found.append(
            (
                f"disagreement:{worst.key}",
                f"{len(differing)} prices on which sources differ; {worst.key} "
                f"{worst.start:%Y-%m-%d %H:%MZ}: {told_by} {worst.unit}",
            )
        )
    found += [
        (f"raw:{path.name}", f"raw answers: {path.name} was damaged and set aside")
        for path in damaged_archives(factory.settings.raw_archive)
    ]
    found += [
        (f"rejected:{run.job}", f"{run.job}: {run.detail}")
        for run in _newest_by_job(factory.store)
        if run.outcome is Outcome.REJECTED
    ]
    return found


def _forecast_alerts(factory: Factory, now: datetime) -> list[tuple[str, str]]:
    found = []
    for key in FORECAST_SERIES:
        health = oversight.forecast_health(factory.store, key, as_of=now)
        if health.stale and health.forecast is not None:
            made = f"{health.forecast.origin:%Y-%m-%d %H:%MZ}"
            found.append((f"forecast:{key.name}:stale", f"{key.name}: no forecast since {made}"))
        fault = oversight.load_model(factory.models, key).fault
        if fault is not None:
            found.append((f"forecast:{key.name}:model", f"{key.name}: {fault}"))
        found += [
            (f"forecast:{key.name}:{finding.what.value}", oversight.told(key, finding))
            for finding in health.verdict.findings
        ]
    return found


def _newest_by_job(store: Store) -> tuple[Run, ...]:
    newest: dict[str, Run] = {}
    for run in store.runs(limit=200):
        if run.outcome is not Outcome.RUNNING:
            newest.setdefault(run.job, run)
    return tuple(newest.values())
