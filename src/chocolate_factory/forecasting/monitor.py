"""Whether issued forecasts are still as good as they were: rolling figures, and what is amiss.

Pure functions of scores. Everything is weighted by time; every vintage that was issued
counts, so that a day is judged by all the forecasts a plan could have stood on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median

from chocolate_factory.market.scores import DayScore

WINDOW_DAYS = 28
"""Delivery days that the rolling figures are of."""

RECENT_DAYS = 7
"""Newest delivery days whose error is compared with that of the ``WINDOW_DAYS`` before them."""

LEAST_DAYS = 7
"""With fewer scored days nothing is said to be amiss, or well."""

LEAST_RECENT_DAYS = 4
"""With fewer of the ``RECENT_DAYS`` scored nothing is said of how forecasts do by now."""

WEEK_LEADS = range(1, 8)
"""Lead days that plans rest on: they decide the state."""

DRIFT_FACTOR = 1.5
"""The recent daily error is amiss when this many times the median of the days before it."""

LEAST_LOSS = 1.0
"""A model at this rMAE or above does not beat the naive."""

COVERAGE_80 = (0.70, 0.90)
COVERAGE_90 = (0.82, 0.97)
"""Where the live coverage of the 80 % and the 90 % band may lie over the window."""


class Amiss(StrEnum):
    """What can be wrong with the forecasts of a series."""

    ABOVE_MEDIAN = "above-median"  # errs more than it did
    LOSES_TO_NAIVE = "loses-to-naive"
    COVERAGE_80 = "coverage-80"
    COVERAGE_90 = "coverage-90"


class State(StrEnum):
    """How the forecasts of a series stand."""

    OK = "ok"
    DRIFT = "drift"
    UNKNOWN = "unknown"


class Unjudged(StrEnum):
    """Why forecasts cannot be said to be well."""

    FEW_DAYS = "few-days"
    FEW_RECENT = "few-recent"
    NO_NAIVE = "no-naive"  # known on too few days to compare with


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing amiss: what was measured, and the limits it should lie within.

    ``ABOVE_MEDIAN``: recent MAE over the median before it, unitless; ``LOSES_TO_NAIVE``: rMAE;
    coverages as shares. ``model`` is the one it is said of, empty if of all together.
    """

    what: Amiss
    measured: float
    low: float
    high: float
    model: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Scores put together, weighted by time. Errors in the unit of the series.

    ``naive_mae`` and ``rmae`` are of the scores that have a naive beside them, None without any;
    ``days`` counts delivery days, ``forecasts`` distinct vintages.
    """

    first: date
    last: date
    days: int
    forecasts: int
    periods: int
    mae: float
    bias: float
    naive_mae: float | None
    rmae: float | None
    coverage_80: float
    coverage_90: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the forecasts of a series did lately.

    Parameters
    ----------
    state
        ``DRIFT`` with findings; ``UNKNOWN`` if there are none and not all could be judged.
    unjudged
        Why not all could be judged; None if it could.
    findings
        What is amiss; empty if nothing is.
    week
        Lead days 1 to 7 over the window; None if nothing of it is scored.
    leads
        The same by lead day, those that have scores.
    models
        The same by model that issued them.
    recent_mae, median_mae
        MAE over the newest ``RECENT_DAYS``, and the median of the daily MAE over the window before
        them, in the unit of the series; None without enough days.
    """

    state: State
    unjudged: Unjudged | None
    findings: tuple[Finding, ...]
    week: Figures | None
    leads: tuple[tuple[int, Figures], ...]
    models: tuple[tuple[str, Figures], ...]
    recent_mae: float | None
    median_mae: float | None


def days_judged(today: date) -> tuple[date, date]:
    """First and last delivery day that ``judge`` looks at on a day: up to the day before it."""
    return today - timedelta(days=WINDOW_DAYS + RECENT_DAYS), today - timedelta(days=1)


def judge(scores: Sequence[DayScore], *, today: date) -> Verdict:
    """Judge the newest scores of one series; ``today`` is the Madrid day on which it is asked."""
    first, last = days_judged(today)
    inside = [told for told in scores if first <= told.day <= last]
    window = [told for told in inside if told.day > last - timedelta(days=WINDOW_DAYS)]
    week = [told for told in window if told.lead_day in WEEK_LEADS]
    leads = sorted({told.lead_day for told in window})
    figures = put_together(week)
    models = tuple(
        (model, of_model)
        for model in sorted({told.model for told in week})
        if (of_model := put_together([told for told in week if told.model == model]))
    )
    recent, before = _recent_and_before(inside, last)
    findings: tuple[Finding, ...] = ()
    unjudged = _unjudged(week, last)
    if figures is not None and unjudged is not Unjudged.FEW_DAYS:
        findings = (*_against_itself(recent, before), *_losing(week), *_uncovered(figures))
    return Verdict(
        state=State.DRIFT if findings else State.OK if unjudged is None else State.UNKNOWN,
        unjudged=unjudged,
        findings=findings,
        week=figures,
        leads=tuple(
            (lead, of_lead)
            for lead in leads
            if (of_lead := put_together([told for told in window if told.lead_day == lead]))
        ),
        models=models,
        recent_mae=None if recent is None else recent.mae,
        median_mae=before,
    )


def put_together(scores: Sequence[DayScore]) -> Figures | None:
    """The figures of some scores; None if there are none."""
    if not scores:
        return None
    hours = sum(told.hours for told in scores)
    beside = [(told, told.naive_mae) for told in scores if told.naive_mae is not None]
    naive = sum(mae * told.hours for told, mae in beside)
    own = sum(told.mae * told.hours for told, _ in beside)
    beside_h = sum(told.hours for told, _ in beside)

    def mean(values: Iterable[float]) -> float:
        weighted = zip(values, scores, strict=True)
        return sum(value * told.hours for value, told in weighted) / hours

    return Figures(
        first=min(told.day for told in scores),
        last=max(told.day for told in scores),
        days=len({told.day for told in scores}),
        forecasts=len({told.made_at for told in scores}),
        periods=sum(told.periods for told in scores),
        mae=mean(told.mae for told in scores),
        bias=mean(told.bias for told in scores),
        naive_mae=naive / beside_h if beside_h else None,
        rmae=own / naive if naive > 0 else None,
        coverage_80=mean(told.coverage_80 for told in scores),
        coverage_90=mean(told.coverage_90 for told in scores),
    )


def _unjudged(week: Sequence[DayScore], last: date) -> Unjudged | None:
    if _days(week) < LEAST_DAYS:
        return Unjudged.FEW_DAYS
    if _days([told for told in week if told.day >= _recent_from(last)]) < LEAST_RECENT_DAYS:
        return Unjudged.FEW_RECENT
    if _days([told for told in week if told.rmae is not None]) < LEAST_DAYS:
        return Unjudged.NO_NAIVE
    return None


def _days(scores: Iterable[DayScore]) -> int:
    return len({told.day for told in scores})


def _recent_from(last: date) -> date:
    return last - timedelta(days=RECENT_DAYS - 1)


def _recent_and_before(
    scores: Sequence[DayScore], last: date
) -> tuple[Figures | None, float | None]:
    """Figures of the recent days, and the median of the daily MAE before them."""
    daily: dict[date, list[DayScore]] = {}
    for told in scores:
        if told.lead_day in WEEK_LEADS:
            daily.setdefault(told.day, []).append(told)
    begin = _recent_from(last)
    recent = put_together([told for day in daily if day >= begin for told in daily[day]])
    before = [of_day.mae for day in daily if day < begin and (of_day := put_together(daily[day]))]
    return (
        recent,
        median(before) if len(before) >= LEAST_DAYS else None,
    )


def _against_itself(recent: Figures | None, before: float | None) -> tuple[Finding, ...]:
    if recent is None or recent.days < LEAST_RECENT_DAYS or not before:
        return ()
    if recent.mae <= DRIFT_FACTOR * before:
        return ()
    return (Finding(Amiss.ABOVE_MEDIAN, recent.mae / before, 0.0, DRIFT_FACTOR),)


def _losing(week: Sequence[DayScore]) -> tuple[Finding, ...]:
    """Models that do not beat the naive; or, where none is named, all that were issued together:
    by models that took turns, each on too few days to be judged by itself."""
    beside = [told for told in week if told.model != "naive" and told.rmae is not None]
    named = [
        finding
        for model in sorted({told.model for told in beside})
        for finding in _loses([told for told in beside if told.model == model], model)
    ]
    return tuple(named or _loses(beside, ""))


def _loses(beside: Sequence[DayScore], model: str) -> tuple[Finding, ...]:
    figures = put_together(beside)
    if figures is None or figures.days < LEAST_DAYS or figures.rmae is None:
        return ()
    if figures.rmae < LEAST_LOSS:
        return ()
    return (Finding(Amiss.LOSES_TO_NAIVE, figures.rmae, 0.0, LEAST_LOSS, model),)


def _uncovered(figures: Figures) -> tuple[Finding, ...]:
    told = (
        (Amiss.COVERAGE_80, figures.coverage_80, COVERAGE_80),
        (Amiss.COVERAGE_90, figures.coverage_90, COVERAGE_90),
    )
    return tuple(
        Finding(what, share, low, high)
        for what, share, (low, high) in told
        if not low <= share <= high
    )
