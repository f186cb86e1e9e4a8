"""Stored forecasts and their scores → what the page and its JSON show.

Pure functions of values. Instants turn from UTC to Europe/Madrid here, prices to EUR/kWh.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby, islice
from math import isfinite
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from chocolate_factory import oversight, pipeline
from chocolate_factory.market.calendar import MADRID, to_datetime
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.hours import clock_hours
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import QUANTILES, Forecast, Series
from chocolate_factory.web import forecast_schemas as schemas
from chocolate_factory.web import upkeep_views
from chocolate_factory.web.answer import Answer
from chocolate_factory.web.asked import JobLine, ModelHealth
from chocolate_factory.web.upkeep_views import local
from chocolate_factory.web.wording import Words

FORECAST_JOB, TRAINING_JOB = "forecast", "train-prices"
WEEK_DAYS = 7
DECIMALS = 6
"""Of prices [EUR/kWh]: a thousandth of a euro per MWh."""

TEXTS_KEPT = 32
"""Lists of periods kept as JSON text: most requests ask for what was asked for before."""

PER_KWH = {"EUR/kWh": 1.0, "EUR/MWh": 1e-3}
"""What turns a price of a series into EUR/kWh."""

_LEVELS = tuple(f"p{round(100 * level):02d}_eur_kwh" for level in QUANTILES)
_HOUR = timedelta(hours=1)
_DAYS = TypeAdapter(tuple[schemas.AheadDay, ...])
_PERIODS = TypeAdapter(tuple[schemas.AheadPeriod, ...])


def week_ahead(
    known: Forecast, *, as_of: datetime, days: tuple[schemas.AheadDay, ...] | None = None
) -> schemas.WeekAhead:
    """The days of ``known``, seven at most, by clock hour; or with ``days`` in their place."""
    return schemas.WeekAhead(**_head(known, as_of), days=_days(known) if days is None else days)


def hours_ahead(
    known: Forecast,
    *,
    hours: int,
    as_of: datetime,
    periods: tuple[schemas.AheadPeriod, ...] | None = None,
) -> schemas.HoursAhead:
    """The periods of ``known`` that begin within so many hours of its first one; or ``periods``."""
    start = to_datetime(known.start[0])
    end = start + hours * _HOUR
    shown = known.between(start, end)
    reach = pipeline.end_of(shown)
    return schemas.HoursAhead(
        **_head(shown, as_of),
        hours=hours,
        start=local(start),
        end=local(reach),
        complete=reach >= end,
        periods=_periods(shown) if periods is None else periods,
    )


def week_ahead_json(known: Forecast, *, as_of: datetime) -> str:
    """``week_ahead`` as JSON text."""
    return _spliced(week_ahead(known, as_of=as_of, days=()), "days", _days_text(_Same.of(known)))


def hours_ahead_json(known: Forecast, *, hours: int, as_of: datetime) -> str:
    """``hours_ahead`` as JSON text."""
    told = hours_ahead(known, hours=hours, as_of=as_of, periods=())
    shown = known.between(told.start, told.end)
    return _spliced(told, "periods", _periods_text(_Same.of(shown)))


def published(told: Series) -> schemas.PublishedPrices:
    """Published prices, one by one."""
    per_kwh = PER_KWH[told.unit]
    return schemas.PublishedPrices(
        series="pvpc" if told.key == PVPC else "spot",
        place=told.key.place,
        as_of=local(told.as_of),
        simulated=told.simulated,
        prices=tuple(
            schemas.PublishedPrice(
                start=local(begin),
                end=local(begin + timedelta(seconds=int(told.resolution_s[row]))),
                eur_kwh=round(float(told.value[row]) * per_kwh, DECIMALS),
                source=str(told.source[row]),
                available_at=local(to_datetime(told.available_at[row])),
            )
            for row, begin in enumerate(map(to_datetime, told.start))
        ),
    )


def models(
    health: Sequence[ModelHealth], line: JobLine | None, words: Words, *, as_of: datetime
) -> schemas.ModelsAnswer:
    """How the forecasts of every series stand, and their models; ``line`` is the training job."""
    return schemas.ModelsAnswer(
        as_of=local(as_of),
        next_training=None if line is None else local(line.next_run),
        training=None if line is None or line.running is None else upkeep_views.run(line.running),
        last_training=None if line is None or line.last is None else upkeep_views.run(line.last),
        series=tuple(_series(one, words) for one in health),
    )


def predict_status(
    health: Sequence[ModelHealth], line: JobLine | None, words: Words, *, as_of: datetime
) -> schemas.PredictStatus:
    """The same in short; ``line`` is the job that makes the forecasts."""
    return schemas.PredictStatus(
        as_of=local(as_of),
        next_forecast=None if line is None else local(line.next_run),
        series=tuple(_status(one, words) for one in health),
    )


def deviation(told: oversight.Deviation, *, as_of: datetime) -> schemas.DeviationAnswer:
    """One day's forecast beside what came."""
    made, score, scale = told.issued.forecast, told.score, PER_KWH[told.unit]
    return schemas.DeviationAnswer(
        series=told.key.name,  # type: ignore[arg-type] # checked by the schema
        place=told.key.place,
        day=told.day,
        as_of=local(as_of),
        model=made.model,
        made=local(told.issued.made_at),
        origin=local(made.origin),
        simulated=made.simulated,
        notes=made.notes,
        inputs=dict(made.inputs),
        periods=0 if score is None else score.periods,
        mae_eur_kwh=None if score is None else _price(score.mae * scale),
        bias_eur_kwh=None if score is None else _price(score.bias * scale),
        rmae=None if score is None else score.rmae,
        coverage_80=None if score is None else score.coverage_80,
        coverage_90=None if score is None else score.coverage_90,
        hours=tuple(_deviation_hour(told, row, scale) for row in range(told.start.size)),
        vintages=tuple(_vintage(one, scale) for one in told.vintages),
    )


@dataclass(frozen=True, slots=True)
class _Same:
    """A forecast by what it says: two that say the same are the same key."""

    digest: bytes
    known: Forecast = field(compare=False)

    @classmethod
    def of(cls, known: Forecast) -> _Same:
        told = hashlib.blake2b(known.unit.encode(), digest_size=16)
        for column in (
            known.start, known.resolution_s, known.published, known.mean, known.quantiles,
        ):  # fmt: skip
            told.update(np.ascontiguousarray(column).view(np.uint8).data)
        return cls(told.digest(), known)


@lru_cache(maxsize=TEXTS_KEPT)
def _days_text(same: _Same) -> str:
    return _DAYS.dump_json(_days(same.known)).decode()


@lru_cache(maxsize=TEXTS_KEPT)
def _periods_text(same: _Same) -> str:
    return _PERIODS.dump_json(_periods(same.known)).decode()


def _spliced(answer: Answer, member: str, text: str) -> str:
    """The JSON of an answer whose last ``member`` is told by ``text``."""
    return f'{answer.model_dump_json(exclude={member})[:-1]},"{member}":{text}}}'


def _head(known: Forecast, as_of: datetime) -> dict[str, Any]:
    age = as_of - known.origin
    ends = known.start + known.resolution_s.astype("timedelta64[s]")
    published = ends[known.published]
    return {
        "series": known.key.name,
        "place": known.key.place,
        "as_of": local(as_of),
        "origin": local(known.origin),
        "age_s": max(0.0, age.total_seconds()),
        "stale": age > oversight.STALE_AFTER,
        "model": known.model,
        "simulated": known.simulated,
        "published_to": local(to_datetime(published[-1])) if published.size else None,
        "notes": known.notes,
        "inputs": dict(known.inputs),
    }


def _days(known: Forecast) -> tuple[schemas.AheadDay, ...]:
    hours = groupby(_periods(_hourly(known)), key=lambda hour: hour.start.date())
    return tuple(_day(tuple(told)) for _, told in islice(hours, WEEK_DAYS))


def _periods(known: Forecast) -> tuple[schemas.AheadPeriod, ...]:
    scale = PER_KWH[known.unit]
    rows = zip(
        known.start.astype(np.int64).tolist(),
        known.resolution_s.tolist(),
        known.published.tolist(),
        np.round(known.mean * scale, DECIMALS).tolist(),
        np.round(known.quantiles * scale, DECIMALS).tolist(),
        strict=True,
    )
    return tuple(
        schemas.AheadPeriod(
            start=datetime.fromtimestamp(start_s, MADRID),
            end=datetime.fromtimestamp(start_s + length_s, MADRID),
            published=published,
            mean_eur_kwh=mean,
            **dict(zip(_LEVELS, quantiles, strict=True)),
        )
        for start_s, length_s, published, mean, quantiles in rows
    )


def _hourly(known: Forecast) -> Forecast:
    """Time-weighted means by clock hour; published where all of the hour is."""
    hours = clock_hours(known.start, known.resolution_s)
    return replace(
        known,
        start=known.start[hours.first],
        resolution_s=hours.length_s,
        published=hours.whole(known.published),
        mean=hours.mean(known.mean),
        quantiles=np.sort(hours.mean(known.quantiles), axis=1),
    )


def _day(hours: tuple[schemas.AheadPeriod, ...]) -> schemas.AheadDay:
    prices = [hour.mean_eur_kwh for hour in hours]
    return schemas.AheadDay(
        day=hours[0].start.date(),
        published=all(hour.published for hour in hours),
        mean_eur_kwh=_price(sum(prices) / len(prices)),
        low_eur_kwh=min(prices),
        high_eur_kwh=max(prices),
        hours=hours,
    )


def _findings(health: oversight.ForecastHealth, words: Words) -> Iterator[schemas.Finding]:
    """What is amiss; its text in the reader's language."""
    for one in health.verdict.findings:
        told = schemas.Finding(
            what=one.what.value,
            measured=one.measured,
            low=one.low,
            high=one.high,
            model=one.model,
            text=oversight.told(health.key, one),
        )
        if words.language != "en":
            told = told.model_copy(update={"text": words.finding(told)})
        yield told


def _unjudged(health: oversight.ForecastHealth, words: Words) -> tuple[str, ...]:
    """Why not all could be judged, in the reader's language; empty if it could."""
    why = health.verdict.unjudged
    if why is None:
        return ()
    if words.language == "en":
        return (oversight.why_unknown(health.key, why),)
    return (words.unjudged(why.value),)


def _series(one: ModelHealth, words: Words) -> schemas.SeriesModels:
    health = one.health
    made, verdict = health.forecast, health.verdict
    return schemas.SeriesModels(
        series=health.key.name,  # type: ignore[arg-type] # checked by the schema
        place=health.key.place,
        unit=health.unit,
        state=verdict.state.value,
        unjudged=None if verdict.unjudged is None else verdict.unjudged.value,
        findings=tuple(_findings(health, words)),
        model=None if made is None else made.model,
        weights=dict(one.weights),
        origin=None if made is None else local(made.origin),
        age_s=None if made is None else _age_s(made, health.as_of),
        end=_maybe_local(health.end),
        published_to=_maybe_local(health.published_to),
        stale=health.stale,
        notes=() if made is None else tuple(words.note(note)[0] for note in made.notes),
        inputs={} if made is None else dict(made.inputs),
        recent_mae=verdict.recent_mae,
        median_mae=verdict.median_mae,
        week=_figures(verdict.week),
        leads=tuple(
            schemas.LeadFigures(lead_day=lead, figures=schemas.Figures(**asdict(figures)))
            for lead, figures in verdict.leads
        ),
        models=tuple(
            schemas.ModelFigures(
                model=model,
                beats_naive=None if figures.rmae is None else figures.rmae < 1,
                figures=schemas.Figures(**asdict(figures)),
            )
            for model, figures in verdict.models
        ),
        artefact=_artefact(one),
    )


def _artefact(one: ModelHealth) -> schemas.Artefact | None:
    if one.kept is None:
        return None
    return schemas.Artefact(
        file=one.kept.path.name,
        trained=local(one.kept.trained_at),
        sha256=one.kept.sha256,
        size_bytes=one.kept.size_bytes,
        usable=one.fault is None,
        fault=one.fault,
        details=dict(one.details),
    )


def _status(one: ModelHealth, words: Words) -> schemas.SeriesStatus:
    health = one.health
    made, week = health.forecast, health.verdict.week
    reach, told = health.end, health.published_to
    return schemas.SeriesStatus(
        series=health.key.name,  # type: ignore[arg-type] # checked by the schema
        available=reach is not None and reach > max(health.as_of, told or health.as_of),
        model=None if made is None else made.model,
        origin=None if made is None else local(made.origin),
        age_s=None if made is None else _age_s(made, health.as_of),
        stale=health.stale,
        end=_maybe_local(reach),
        published_to=_maybe_local(told),
        state=health.verdict.state.value,
        rmae=None if week is None else week.rmae,
        coverage_80=None if week is None else week.coverage_80,
        coverage_90=None if week is None else week.coverage_90,
        reasons=(
            *(finding.text for finding in _findings(health, words)),
            *_unjudged(health, words),
            *(() if one.fault is None else (words.note(one.fault)[0],)),
        ),
    )


def _figures(figures: oversight.Figures | None) -> schemas.Figures | None:
    return None if figures is None else schemas.Figures(**asdict(figures))


def _deviation_hour(told: oversight.Deviation, row: int, scale: float) -> schemas.DeviationHour:
    p05, p10, p90, p95 = (
        _price(told.quantiles[row, QUANTILES.index(level)] * scale)
        for level in (0.05, 0.10, 0.90, 0.95)
    )
    start = local(to_datetime(told.start[row]))
    forecast, actual = _price(told.forecast[row] * scale), _price(told.actual[row] * scale)
    known = isfinite(actual)
    return schemas.DeviationHour(
        start=start,
        end=local(to_datetime(told.start[row]) + _HOUR),
        forecast_eur_kwh=forecast,
        p05_eur_kwh=p05,
        p10_eur_kwh=p10,
        p90_eur_kwh=p90,
        p95_eur_kwh=p95,
        actual_eur_kwh=actual if known else None,
        deviation_eur_kwh=_price(forecast - actual) if known else None,
        inside_80=p10 <= actual <= p90 if known else None,
    )


def _vintage(score: DayScore, scale: float) -> schemas.Vintage:
    return schemas.Vintage(
        made=local(score.made_at),
        model=score.model,
        lead_day=score.lead_day,
        mae_eur_kwh=_price(score.mae * scale),
        bias_eur_kwh=_price(score.bias * scale),
        rmae=score.rmae,
        coverage_80=score.coverage_80,
    )


def _age_s(made: Forecast, as_of: datetime) -> float:
    return max(0.0, (as_of - made.origin).total_seconds())


def _price(eur_kwh: float) -> float:
    return round(float(eur_kwh), DECIMALS)


def _maybe_local(instant: datetime | None) -> datetime | None:
    return None if instant is None else local(instant)
