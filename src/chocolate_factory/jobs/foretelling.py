"""FORECASTS: trained, made, measured on the past and scored when prices are known."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from chocolate_factory import oversight
from chocolate_factory.errors import FactoryError, MissingData, ModelNotFitted
from chocolate_factory.fleet import free_gb, map_apart, process_map, resumable
from chocolate_factory.fleet.apart import BEAT_S
from chocolate_factory.forecasting.rolling import MapRuns, Run
from chocolate_factory.jobs.factory import FORECAST_SERIES, Bureau, Zone
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.series import Floats, Forecast, SeriesKey
from chocolate_factory.schedule import JobResult, Progress, Repeated
from chocolate_factory.store.base import Outcome

SCORED_WITHIN = timedelta(days=45)
"""Forecasts made so long ago are looked at every night: their last day is a month old then."""

SCORED_AT_ALL = timedelta(days=400)
"""Those made so long ago on Sundays, for prices that came late, and while nothing is scored yet."""

MEASURING_PROCESSES = max(2, (os.cpu_count() or 1) - 1)
"""A backtest works in processes of its own, so that pages are answered meanwhile."""

FITTING_GB = 0.5
"""What a process takes that fits a model, training or measuring: docs/performance.md."""

_FITTING = Lock()
"""Held where memory is for one that fits, by whoever does."""


def train_prices(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """Train the model of every price series, keep it, and have forecasts made anew.

    A series whose history is too short is named, the other is trained.
    """
    lines: list[str] = []
    counts: dict[str, int] = {}
    reasons: list[FactoryError] = []
    told = Repeated(tell)
    for key in FORECAST_SERIES:
        try:
            with _alone(told.again):
                trained = oversight.train_series(
                    zone.store, key, now=now, tell=told, spread=partial(map_apart, beat=told.again)
                )
        except (ModelNotFitted, MissingData) as fault:
            reasons.append(fault)
            continue
        kept = oversight.keep_model(zone.models, trained, now=now)
        errors = oversight.errors_of(trained)
        counts |= {f"{key.name}:{name}": round(1000 * rmae) for name, rmae in errors.items()}
        counts[f"{key.name}:bytes"] = kept.size_bytes
        of_naive = ", ".join(f"{name} {rmae:.3f}" for name, rmae in errors.items())
        lines.append(f"{key.name}: {of_naive or 'nothing to compare'} of the naive's error")
    if not lines:
        raise reasons[0]
    return JobResult("; ".join((*lines, *map(str, reasons))), counts, then=("forecast",))


def validate_models(
    zone: Zone, asked: oversight.BacktestAsked, now: datetime, tell: Progress
) -> JobResult:
    """Measure models on the past; finished fits are kept until the whole is, and not done again."""
    told = Repeated(tell)
    folder = zone.settings.data_dir / "backtests" / _digest(asked.texts())
    report = oversight.measure(
        zone.store,
        asked,
        now=now,
        progress=lambda done, total: told(done, total, f"{asked.series}: fits of the models"),
        spread=resumable(folder, _measuring(told.again)),
    )
    shutil.rmtree(folder, ignore_errors=True)
    best = min(report.summary, key=lambda one: one.mae)
    return JobResult(
        f"{asked.series}: {best.model} errs least, MAE {best.mae:.4g} {report.unit} over "
        f"{best.origins} origins",
        {"origins": best.origins, "models": len(report.summary)},
    )


def _measuring(beat: Callable[[], None]) -> MapRuns:
    """In as many processes as there is memory for beside a training, else in turn with it."""
    room = free_gb() / FITTING_GB - 1
    if room >= 2:
        return process_map(int(min(room, MEASURING_PROCESSES)), beat=beat)

    def in_turn(work: Callable[[Run], Floats], runs: Iterable[Run]) -> Iterator[Floats]:
        for run in runs:
            with _alone(beat):
                (result,) = map_apart(work, (run,), beat=beat)
            yield result

    return in_turn


@contextmanager
def _alone(beat: Callable[[], None]) -> Iterator[None]:
    """While nobody else fits in small memory; ``beat`` is called while that is waited for."""
    while not _FITTING.acquire(timeout=BEAT_S):
        beat()
    try:
        yield
    finally:
        _FITTING.release()


def forecast(zone: Bureau, now: datetime, tell: Progress) -> JobResult:
    """Forecast every price series; one that cannot be is named, the other is made."""
    tell(0, 2, "forecasting")
    made, reasons = refresh_forecasts(zone, now)
    if not made:
        raise reasons[0]
    return JobResult("; ".join((*made, *map(str, reasons))), {"forecasts": len(made)})


def refresh_forecasts(
    zone: Bureau, now: datetime
) -> tuple[tuple[str, ...], tuple[FactoryError, ...]]:
    """Forecast every price series as of ``now`` and keep the result; what was made, what not."""
    made: list[str] = []
    reasons: list[FactoryError] = []
    for key in FORECAST_SERIES:
        try:
            ahead = forecast_kept(zone, key, now)
        except (ModelNotFitted, MissingData) as fault:
            reasons.append(fault)
            continue
        made.append(f"{key.name} by {ahead.model}")
    return tuple(made), tuple(reasons)


def forecast_kept(zone: Bureau, key: SeriesKey, now: datetime) -> Forecast:
    """The forecast of ``key`` as of ``now``, kept."""
    ahead = oversight.forecast_ahead(zone.store, zone.models, key, now)
    zone.store.save_forecast(ahead, made_at=now)
    return ahead


def score(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """Score every stored forecast whose prices are known by now, and say how forecasts stand."""
    lines: list[str] = []
    counts: dict[str, int] = {}
    today = delivery_day(now)
    for number, key in enumerate(FORECAST_SERIES):
        tell(number, 2, f"scoring {key.name}")
        lately = zone.store.scores(key, first=today - SCORED_WITHIN, last=today, as_of=now)
        deep = today.isoweekday() == 7 or not lately
        done = oversight.score_forecasts(
            zone.store,
            key,
            made_from=now - (SCORED_AT_ALL if deep else SCORED_WITHIN),
            made_to=now,
            now=now,
            tell=partial(tell, detail=f"scoring {key.name}"),
        )
        counts |= {f"new:{key.name}": done.new, f"again:{key.name}": done.again}
        told = oversight.verdict(zone.store, key, as_of=now)
        counts[f"drift:{key.name}"] = int(told.state is oversight.State.DRIFT)
        lines += _standing(key, told)
    scored = sum(count for name, count in counts.items() if not name.startswith("drift:"))
    if not lines and not scored:
        return JobResult("no forecast to score", counts, Outcome.NOTHING_DUE)
    return JobResult("; ".join((f"{scored} scores", *lines)), counts)


def _standing(key: SeriesKey, told: oversight.Verdict) -> list[str]:
    """How the forecasts of a series did, in lines; none if nothing was scored."""
    if told.week is None:
        return []
    week = told.week
    beside = "" if week.rmae is None else f", {week.rmae:.3f} of the naive's error"
    line = (
        f"{key.name}, {week.days} days: MAE {week.mae:.4g} {spec(key).unit}{beside}, 80 % band "
        f"held {week.coverage_80:.0%}, 90 % {week.coverage_90:.0%}"
    )
    amiss = [oversight.told(key, finding) for finding in told.findings]
    unjudged = [] if told.unjudged is None else [oversight.why_unknown(key, told.unjudged)]
    return [line, *amiss, *unjudged]


def _digest(asked: Mapping[str, str]) -> str:
    text = "\n".join(f"{name}={asked[name]}" for name in sorted(asked))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
