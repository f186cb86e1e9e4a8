"""A kept backtest as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.forecasting import Comparison, Summary
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.oversight import BacktestAsked, BacktestReport
from chocolate_factory.store.base import Run
from chocolate_factory.web import backtest_schemas as schemas
from chocolate_factory.web import upkeep_views

JOB = "validate-models"
"""Name of the runs that measure models."""
USUAL_ORIGINS = 90


def asked(body: schemas.BacktestRequest, *, now: datetime) -> BacktestAsked:
    """What is to be measured, the days not given filled in.

    Raises ``RequestInvalid`` if the prices of the last horizon cannot be known yet.
    """
    days = -(-body.horizon_h // 24)
    newest = delivery_day(now) - timedelta(days=days)
    last = body.last or newest
    if last > newest:
        raise RequestInvalid(
            f"to {last}: its {body.horizon_h} h are not over yet; {newest} is the last day that "
            "can be measured"
        )
    return BacktestAsked(
        body.series,
        body.first or last - timedelta(days=(USUAL_ORIGINS - 1) * body.every),
        last,
        body.horizon_h,
        body.every,
        body.models,
        body.information,
    )


def page(
    report: BacktestReport | None, runs: Sequence[Run], *, now: datetime
) -> schemas.BacktestPage:
    """The newest result beside the run under way; ``runs`` of the job, newest first."""
    running, failed = upkeep_views.running_or_failed(runs)
    return schemas.BacktestPage(
        as_of=upkeep_views.local(now),
        running=running,
        failed=failed,
        report=None if report is None else answer(report),
    )


def answer(report: BacktestReport) -> schemas.BacktestAnswer:
    """One result, the model that errs least in front."""
    of_asked, any_model = report.asked, report.summary[0]
    return schemas.BacktestAnswer(
        series=of_asked.series,
        unit=report.unit,
        first=of_asked.first,
        last=of_asked.last,
        horizon_h=of_asked.horizon_h,
        every=of_asked.every,
        information=of_asked.information,
        origins=any_model.origins,
        periods=any_model.periods,
        excluded=any_model.excluded,
        skipped=report.skipped,
        history_first=report.history_first,
        history_last=report.history_last,
        inputs=report.inputs,
        notes=report.notes,
        simulated=report.simulated,
        made=upkeep_views.local(report.made_at),
        seconds=report.seconds,
        models=tuple(
            _model(one, report.inputs_of.get(one.model, {}))
            for one in sorted(report.summary, key=lambda one: one.mae)
        ),
        blends=tuple(
            schemas.BlendOf(
                model=name,
                weights=dict(of.weights),
                naive_origins=of.naive,
                lost=dict(of.lost),
                lacking=dict(of.lacking),
            )
            for name, of in report.blends.items()
        ),
        comparisons=tuple(map(_comparison, report.comparisons)),
    )


def _model(one: Summary, inputs: dict[str, int]) -> schemas.ModelScore:
    return schemas.ModelScore(
        model=one.model,
        mae=one.mae,
        rmse=one.rmse,
        r2=one.r2,
        rmae=one.rmae,
        coverage_80=one.coverage_80,
        coverage_90=one.coverage_90,
        pinball=one.pinball,
        crps=one.crps,
        decision_value=one.decision_value,
        interval_95={
            name: None if between is None else schemas.Interval(low=between[0], high=between[1])
            for name, between in one.interval_95.items()
        },
        by_lead=tuple(
            schemas.LeadDay(
                lead=day.lead,
                mae=day.mae,
                rmae=day.rmae,
                coverage_80=day.coverage_80,
                coverage_90=day.coverage_90,
            )
            for day in one.by_lead
        ),
        by_hour_mae=one.by_hour,
        below=one.below,
        inputs=inputs,
    )


def _comparison(told: Comparison) -> schemas.ModelComparison:
    names = (told.model, told.other) if told.difference < 0 else (told.other, told.model)
    return schemas.ModelComparison(
        better=names[0],
        worse=names[1],
        difference=abs(told.difference),
        statistic=abs(told.statistic),
        p_value=told.p_value,
    )
