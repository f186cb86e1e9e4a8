"""Stored values → what the page and its JSON show: `pipeline.Snapshot` → `schemas`.

Reads values, never a source, a model or a solver. Instants turn from UTC to Europe/Madrid here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chocolate_factory import oversight
from chocolate_factory.insights import heatmap as insight
from chocolate_factory.insights.paid import PaidPrices
from chocolate_factory.market.calendar import delivery_day, to_datetime
from chocolate_factory.market.series import QUANTILES
from chocolate_factory.pipeline import Reading, SeriesHealth, Snapshot
from chocolate_factory.planning.plan import plan_to_json
from chocolate_factory.upkeep import HybridWeather
from chocolate_factory.web import (
    advice_views,
    forecast_views,
    panel_views,
    schemas,
    upkeep_views,
)
from chocolate_factory.web.alert_schemas import AlertsAnswer
from chocolate_factory.web.asked import Review, Upkeep
from chocolate_factory.web.upkeep_views import local
from chocolate_factory.web.wording import WORDS

BEST_HOURS = 3
"""Length of the cheap windows shown [h]."""

BEST_DAYS = 3
"""How many days of cheap windows are shown."""

NEXT_STARTS = 3
"""How many of the next starts are shown."""

PUBLISHED_ONLY = "published"
"""What ``Forecast.all_published`` calls its model: there is no forecast behind it."""


def summary(whole: schemas.Dashboard) -> schemas.DashboardSummary:
    """What a small display shows of it."""
    names = schemas.DashboardSummary.model_fields
    return schemas.DashboardSummary(**{name: getattr(whole, name) for name in names})


def dashboard(
    snapshot: Snapshot, upkeep: Upkeep, review: Review, alerts: AlertsAnswer | None = None
) -> schemas.Dashboard:
    """Everything the page shows; ``alerts`` are worded already."""
    paid = snapshot.paid if snapshot.paid is not None and len(snapshot.paid) else None
    plan = (
        None
        if snapshot.plan is None
        else schemas.PlanAnswer.model_validate(plan_to_json(snapshot.plan))
    )
    return schemas.Dashboard(
        as_of=local(snapshot.as_of),
        state=state(snapshot),
        simulated=snapshot.simulated,
        plant=snapshot.plant,
        contract=snapshot.contract.name,
        tariff=snapshot.contract.tariff.value,
        alerts=alerts,
        advice=advice_views.current(upkeep.advice),
        now=None if paid is None else _now(paid, snapshot.as_of),
        best_hours=() if paid is None else _best_hours(paid, snapshot.as_of),
        heatmap=None if paid is None else heatmap(snapshot),
        outlook=None if paid is None else _outlook(snapshot, paid),
        plan=plan,
        starts=None if plan is None else _starts((*plan.carried, *plan.blocks), snapshot.as_of),
        weather=tuple(
            _weather(reading, snapshot.as_of, upkeep.hybrid) for reading in snapshot.weather
        ),
        health=tuple(_health(series) for series in snapshot.health),
        prices_from=_prices_from(snapshot),
        work=upkeep_views.work(upkeep.jobs, upkeep.runs),
        failures=upkeep_views.failures(upkeep.jobs, upkeep.runs),
        gaps=upkeep_views.gaps(upkeep.gaps),
        feeds=tuple(upkeep_views.feed(health) for health in upkeep.feeds),
        models=forecast_views.models(
            review.models,
            next((job for job in upkeep.jobs if job.name == forecast_views.TRAINING_JOB), None),
            WORDS["en"],  # the page says it in its reader's language
            as_of=snapshot.as_of,
        ),
        yesterday=None
        if review.yesterday is None
        else forecast_views.deviation(review.yesterday, as_of=snapshot.as_of),
        disagreements=tuple(upkeep_views.disagreement(one) for one in upkeep.disagreements),
        climate=review.climate,
        power=panel_views.power(snapshot, review.month, review.contract),
        money=panel_views.money(review.saved, review.month),
        setup=review.setup,
        proposal=panel_views.proposal(snapshot),
        proposed=panel_views.proposed(snapshot),
    )


def heatmap(snapshot: Snapshot) -> schemas.Heatmap | None:
    """Seven Madrid days from that of ``as_of``; None while no price is known."""
    if snapshot.paid is None or not len(snapshot.paid):
        return None
    week = insight.heatmap(snapshot.paid, first=delivery_day(snapshot.as_of))
    return schemas.Heatmap(
        as_of=local(snapshot.as_of),
        contract=snapshot.contract.name,
        tariff=snapshot.contract.tariff.value,
        simulated=snapshot.simulated,
        hours=week.hours,
        days=tuple(
            schemas.Day(day=row.day, cells=tuple(_cell(cell) for cell in row.cells))
            for row in week.days
        ),
    )


def state(snapshot: Snapshot) -> schemas.StateName:
    """Whether the prices can be acted on: `empty`, `stale` or `ok`.

    Stale means that no price is known for the instant shown, or that the forecast was made more
    than ``oversight.STALE_AFTER`` before it.
    """
    if snapshot.paid is None or not len(snapshot.paid):
        return "empty"
    made = None if snapshot.forecast is None else snapshot.forecast.origin
    if made is not None and snapshot.as_of - made > oversight.STALE_AFTER:
        return "stale"
    return "ok" if len(snapshot.paid.at(snapshot.as_of)) else "stale"


def stage(shown: schemas.Dashboard) -> Literal["empty", "first", "early", "full"]:
    """How far a plant has come since its first start.

    `empty`: no price to show; `first`: none was ever stored and work is under way; `early`:
    published prices without a forecast; `full`: all there.
    """
    if shown.state == "empty":
        return "first" if shown.work and shown.prices_from is None else "empty"
    return "early" if shown.outlook and shown.outlook.model == PUBLISHED_ONLY else "full"


def _now(paid: PaidPrices, as_of: datetime) -> schemas.Now | None:
    row = paid.at(as_of)
    if not len(row):
        return None
    return schemas.Now(
        start=local(to_datetime(row.start[0])),
        end=local(to_datetime(row.end[0])),
        price_eur_kwh=float(row.eur_kwh[0]),
        low_eur_kwh=float(row.low_eur_kwh[0]),
        high_eur_kwh=float(row.high_eur_kwh[0]),
        published=bool(row.published[0]),
        period=int(row.period[0]),
    )


def _best_hours(paid: PaidPrices, as_of: datetime) -> tuple[schemas.Window, ...]:
    return tuple(
        schemas.Window(
            start=local(window.start),
            end=local(window.end),
            price_eur_kwh=window.price_eur_kwh,
            low_eur_kwh=window.low_eur_kwh,
            high_eur_kwh=window.high_eur_kwh,
            published=window.published,
            day_mean_eur_kwh=window.day_mean_eur_kwh,
        )
        for window in insight.best_hours(paid, now=as_of, hours=BEST_HOURS, days=BEST_DAYS)
    )


def _cell(cell: insight.Cell) -> schemas.Cell:
    return schemas.Cell(
        hour=cell.hour,
        exists=cell.exists,
        prices=tuple(
            schemas.Hour(
                start=local(price.start),
                end=local(price.end),
                price_eur_kwh=price.price_eur_kwh,
                low_eur_kwh=price.low_eur_kwh,
                high_eur_kwh=price.high_eur_kwh,
                published=price.published,
                period=price.period,
                level=price.level,
                negative=price.negative,
                quarters=tuple(
                    schemas.Period(
                        start=local(part.start),
                        end=local(part.end),
                        price_eur_kwh=part.price_eur_kwh,
                        low_eur_kwh=part.low_eur_kwh,
                        high_eur_kwh=part.high_eur_kwh,
                        published=part.published,
                    )
                    for part in price.quarters
                ),
            )
            for price in cell.prices
        ),
    )


def _outlook(snapshot: Snapshot, paid: PaidPrices) -> schemas.PriceOutlook:
    forecast = snapshot.forecast
    hours = insight.hourly(paid)
    p05, p10, p50, p90, p95 = (QUANTILES.index(level) for level in (0.05, 0.10, 0.50, 0.90, 0.95))
    return schemas.PriceOutlook(
        series=None if forecast is None else str(forecast.key),
        model=None if forecast is None else forecast.model,
        origin=None if forecast is None else local(forecast.origin),
        notes=tuple(dict.fromkeys((*(() if forecast is None else forecast.notes), *paid.notes))),
        hours=tuple(
            schemas.ForecastHour(
                start=local(to_datetime(hours.start[row])),
                end=local(to_datetime(hours.end[row])),
                mean_eur_kwh=float(hours.eur_kwh[row]),
                p05_eur_kwh=float(hours.quantiles_eur_kwh[row, p05]),
                p10_eur_kwh=float(hours.quantiles_eur_kwh[row, p10]),
                p50_eur_kwh=float(hours.quantiles_eur_kwh[row, p50]),
                p90_eur_kwh=float(hours.quantiles_eur_kwh[row, p90]),
                p95_eur_kwh=float(hours.quantiles_eur_kwh[row, p95]),
                published=bool(hours.published[row]),
                period=int(hours.period[row]),
            )
            for row in range(len(hours))
        ),
    )


def _starts(blocks: Sequence[schemas.Block], as_of: datetime) -> schemas.Starts:
    """A block that begins at ``as_of`` is one to start, not one under way."""
    blocks = sorted(blocks, key=lambda block: block.start)
    ahead = tuple(block for block in blocks if block.start >= as_of)
    return schemas.Starts(
        running=tuple(block for block in blocks if block.start < as_of < block.end),
        next=ahead[:NEXT_STARTS],
    )


def _prices_from(snapshot: Snapshot) -> datetime | None:
    followed = (s for s in snapshot.health if s.key == snapshot.contract.market)
    first = next((series.first for series in followed), None)
    return None if first is None else local(first)


def _weather(reading: Reading, as_of: datetime, hybrid: HybridWeather) -> schemas.Weather:
    told = next(
        (v for v in hybrid.values if (v.key, v.start) == (reading.key, reading.start)), None
    )
    return schemas.Weather(
        series=reading.key.name,
        place=reading.key.place,
        value=reading.value,
        unit=reading.unit,
        start=local(reading.start),
        age_s=(as_of - reading.start).total_seconds(),
        source=reading.source,
        kind=reading.kind.value,
        instead_of=told.preferred if told and upkeep_views.fell_back(told) else None,
    )


def _health(series: SeriesHealth) -> schemas.SeriesState:
    return schemas.SeriesState(
        series=series.key.name,
        place=series.key.place,
        count=series.count,
        first=None if series.first is None else local(series.first),
        last=None if series.last is None else local(series.last),
        age_s=series.age_s,
        missing_recent=series.missing_recent if series.count else None,
        state=series.state,
    )
