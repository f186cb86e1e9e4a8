"""How the data stands → what the page and its JSON show: ``upkeep`` and runs → ``upkeep_schemas``.

Pure functions of values. Instants turn from UTC to Europe/Madrid here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from chocolate_factory import errors
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.market.gaps import Severity, severity
from chocolate_factory.market.series import SIMULATED_PREFIX
from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.upkeep import (
    Disagreement,
    FeedHealth,
    GapSummary,
    HybridValue,
    HybridWeather,
    SeriesGaps,
)
from chocolate_factory.web import upkeep_schemas as schemas
from chocolate_factory.web.asked import JobLine

_HOUR = timedelta(hours=1)
_BY_WEIGHT = tuple(Severity)  # the enumeration goes from the lightest to the gravest


def local(instant: datetime) -> datetime:
    """The same instant on the Madrid clock."""
    return instant.astimezone(MADRID)


def gaps(summary: GapSummary) -> schemas.GapAnswer:
    """What is missing, by series and in all."""
    series = tuple(_series_gaps(one) for one in summary.series)
    found = [gap for one in summary.series for gap in one.gaps]
    return schemas.GapAnswer(
        as_of=local(summary.as_of),
        complete=not found,
        missing_h=_length_h(found),
        since=_since(found),
        totals=_totals(found),
        series=series,
    )


def hybrid(weather: HybridWeather) -> schemas.HybridAnswer:
    """The hybrid weather hour by hour."""
    hours = groupby(weather.values, key=lambda value: value.start)
    return schemas.HybridAnswer(
        as_of=local(weather.as_of),
        start=local(weather.start),
        end=local(weather.end),
        hours=tuple(
            schemas.HybridHour(start=local(start), readings=tuple(_reading(v) for v in values))
            for start, values in hours
        ),
    )


def fell_back(value: HybridValue) -> bool:
    """Whether another source than the preferred one spoke; simulated ones count as their model."""
    return value.source.removeprefix(SIMULATED_PREFIX) != value.preferred.removeprefix(
        SIMULATED_PREFIX
    )


def feed(health: FeedHealth) -> schemas.FeedState:
    """How one feed does."""
    return schemas.FeedState(
        feed=health.feed,
        source=health.source,
        series=tuple(str(key) for key in health.series),
        key_setting=health.key_setting,
        key_present=health.key_present,
        last_delivery=_maybe_local(health.last_delivery),
        age_s=health.age_s,
        next_publication=_maybe_local(health.next_publication),
    )


def disagreement(found: Disagreement) -> schemas.DisagreementState:
    """What sources say of one delivery period."""
    return schemas.DisagreementState(
        series=found.key.name,
        place=found.key.place,
        unit=found.unit,
        start=local(found.start),
        values=dict(found.values),
        difference=found.difference,
    )


def running_or_failed(
    runs: Sequence[Run],
) -> tuple[schemas.JobRun | None, schemas.JobRun | None]:
    """Of one job's runs, newest first: the one under way; else the last, if it failed."""
    for one in runs:
        if one.outcome is Outcome.RUNNING:
            return run(one), None
    failed = runs[0] if runs and runs[0].outcome.failed else None
    return None, None if failed is None else run(failed)


def run(kept: Run) -> schemas.JobRun:
    """One run of a job."""
    return schemas.JobRun(
        id=kept.run_id,
        job=kept.job,
        state=kept.outcome.value,
        detail=kept.detail,
        done=kept.done,
        total=kept.total,
        counts=dict(kept.counts),
        asked=dict(kept.asked),
        started=local(kept.started_at),
        finished=_maybe_local(kept.finished_at),
    )


def job(line: JobLine) -> schemas.JobState:
    """How one job of the schedule stands."""
    return schemas.JobState(
        name=line.name,
        why=line.why,
        when=line.when,
        next_run=local(line.next_run),
        running=None if line.running is None else run(line.running),
        overrun=line.overrun,
        last=None if line.last is None else run(line.last),
        last_done=_maybe_local(line.last_done),
        runs_kept=line.runs_kept,
        failures_kept=line.failures_kept,
        mean_duration_s=line.mean_duration_s,
        time_limit_s=line.time_limit_s,
    )


def work(jobs: Iterable[JobLine], runs: Iterable[Run]) -> tuple[schemas.JobRun, ...]:
    """What is under way, of the schedule and of what was asked for; begun first in front.

    What the schedule says of a run is fresher than what is stored of it.
    """
    told = {kept.run_id: kept for kept in runs if kept.outcome is Outcome.RUNNING}
    told |= {line.running.run_id: line.running for line in jobs if line.running is not None}
    return tuple(run(kept) for kept in sorted(told.values(), key=lambda kept: kept.started_at))


def failures(jobs: Iterable[JobLine], runs: Iterable[Run]) -> tuple[schemas.JobRun, ...]:
    """The newest ended run of each job, where it failed; newest first."""
    ended = [kept for kept in runs if kept.outcome is not Outcome.RUNNING]
    ended += [line.last for line in jobs if line.last is not None]
    newest: dict[tuple[str, str], Run] = {}
    for kept in sorted(ended, key=lambda kept: kept.started_at):
        newest[kept.job, kept.site] = kept
    failed = [kept for kept in newest.values() if kept.outcome.failed]
    return tuple(
        run(kept) for kept in sorted(failed, key=lambda kept: kept.started_at, reverse=True)
    )


def _series_gaps(one: SeriesGaps) -> schemas.SeriesGaps:
    worst = max((severity(gap) for gap in one.gaps), key=_BY_WEIGHT.index, default=None)
    return schemas.SeriesGaps(
        series=one.key.name,
        place=one.key.place,
        first=one.first,
        last=one.last,
        expected=one.expected,
        present=one.present,
        missing_h=_length_h(one.gaps),
        since=_since(one.gaps),
        severity=None if worst is None else worst.value,
        totals=_totals(one.gaps),
        feeds=one.feeds,
        gaps=tuple(_gap(gap) for gap in sorted(one.gaps, key=lambda gap: gap.start)),
    )


def _gap(gap: errors.Gap) -> schemas.Gap:
    return schemas.Gap(
        start=local(gap.start),
        end=local(gap.end),
        missing=gap.missing,
        length_h=(gap.end - gap.start) / _HOUR,
        severity=severity(gap).value,
    )


def _totals(found: Sequence[errors.Gap]) -> schemas.Severities:
    count = Counter(severity(gap) for gap in found)
    return schemas.Severities(
        minor=count[Severity.MINOR],
        moderate=count[Severity.MODERATE],
        critical=count[Severity.CRITICAL],
    )


def _length_h(found: Sequence[errors.Gap]) -> float:
    return sum((gap.end - gap.start for gap in found), timedelta(0)) / _HOUR


def _since(found: Sequence[errors.Gap]) -> datetime | None:
    return local(min(gap.start for gap in found)) if found else None


def _reading(value: HybridValue) -> schemas.HybridReading:
    return schemas.HybridReading(
        series=value.key.name,
        place=value.key.place,
        value=value.value,
        unit=value.unit,
        kind=value.kind.value,
        source=value.source,
        preferred=value.preferred,
        fallback=fell_back(value),
        available_at=local(value.available_at),
    )


def _maybe_local(instant: datetime | None) -> datetime | None:
    return None if instant is None else local(instant)
