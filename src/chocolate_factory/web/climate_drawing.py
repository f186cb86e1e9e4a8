"""Shapes of the climate panel: a year of months, today on its strip, correlations as bars.

As in ``drawing``: places in per cent, words, no mark-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chocolate_factory.web import analysis_schemas as schemas
from chocolate_factory.web.drawing import Tick, ValueAxis
from chocolate_factory.web.wording import Words

_MONTHS = 12
_BAR = 0.62
"""Share of its month that a bar is wide."""

DECIMALS = {"degC": 1, "%": 0, "mm": 1, "m/s": 1, "MJ/m2": 1, "hPa": 0, "W/m2": 0}


@dataclass(frozen=True, slots=True)
class MonthMark:
    """One calendar month: where it stands, its p10–p90 from the top, and what is there.

    ``share`` of its days above the lowest limit as words, ``heat`` 0 (never) to 4 (nearly
    always); both empty without a limit. ``best``: one of the three months that pass it least.
    """

    x: float
    width: float
    top: float
    height: float
    mean: float
    label: str
    tip: str
    share: str
    heat: int | None
    best: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Year:
    """A variable by month with its axis, the limits as lines, and today's value if known."""

    months: tuple[MonthMark, ...]
    ticks: tuple[Tick, ...]
    limits: tuple[Tick, ...]
    today: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Strip:
    """Today between the lowest and highest of the same time of year [per cent of the width]."""

    usual: float
    usual_width: float
    today: float


@dataclass(frozen=True, slots=True)
class Lean:
    """A correlation as a bar from the middle [per cent of the width]."""

    x: float
    width: float
    positive: bool


def year(panel: schemas.ClimatePanel, words: Words) -> Year | None:
    """The highest temperature of the day by month; None without it."""
    told = next((one for one in panel.seasons if one.name == "temp_max"), None)
    known = [] if told is None else [one for one in told.months if one.mean is not None]
    if told is None or not known:
        return None
    limits = sorted({one.limit for one in panel.limits if one.variable == "temp_max"})
    today = next((one.value for one in panel.today.values if one.name == "temp_max"), None)
    lows = [one.p10 for one in known if one.p10 is not None]
    highs = [one.p90 for one in known if one.p90 is not None]
    values = [*lows, *highs, *limits, *(() if today is None else (today,))]
    axis = ValueAxis(min(values), max(values), intervals=5, decimals=0)
    ranked = {one.month: one for one in panel.best_months}
    current = panel.today.day.month
    return Year(
        months=tuple(
            _month(one, axis, ranked.get(one.month), words, current=one.month == current)
            for one in known
        ),
        ticks=axis.ticks(words),
        limits=tuple(
            Tick(round(100 * axis.at(limit), 2), words.quantity(limit, "degC", 0))
            for limit in limits
        ),
        today=None if today is None else (_middle(current), round(100 * axis.at(today), 2)),
    )


def strip(told: schemas.TodayCompared) -> Strip | None:
    """Today on the range of the record; None where too few days carry one."""
    if None in (told.lowest, told.highest, told.p10, told.p90):
        return None
    low = min(told.lowest or 0.0, told.value)
    high = max(told.highest or 0.0, told.value)
    span = (high - low) or 1.0

    def at(value: float | None) -> float:
        return round(100 * ((value or 0.0) - low) / span, 2)

    return Strip(at(told.p10), round(at(told.p90) - at(told.p10), 2), at(told.value))


def lean(correlation: float) -> Lean:
    """A bar from the middle to the left for a negative correlation, else to the right."""
    width = round(50 * abs(correlation), 2)
    return Lean(50.0 if correlation >= 0 else 50.0 - width, width, correlation >= 0)


def best_three(months: Sequence[schemas.BestMonth]) -> tuple[int, ...]:
    """The three months that pass the limit least, in the order of the year."""
    ranked = sorted((one.rank, one.month) for one in months if one.rank is not None)
    return tuple(sorted(month for _, month in ranked[:3]))


def _month(
    told: schemas.MonthOfYear,
    axis: ValueAxis,
    ranked: schemas.BestMonth | None,
    words: Words,
    *,
    current: bool,
) -> MonthMark:
    top, bottom = (round(100 * axis.at(v or 0.0), 2) for v in (told.p90, told.p10))
    share = None if ranked is None else ranked.share_pct
    name = words.month_name(told.month)
    tip = [
        name,
        words.text("climate.mean_was", value=words.quantity(told.mean or 0.0, "degC")),
        words.text(
            "climate.mostly",
            low=words.quantity(told.p10 or 0.0, "degC"),
            high=words.quantity(told.p90 or 0.0, "degC"),
        ),
    ]
    if share is not None:
        tip.append(words.text("climate.above_share", share=words.percent(share, 0)))
    tip.append(
        words.text("climate.rests", days=words.number(told.days), years=words.number(told.years))
    )
    return MonthMark(
        x=round(_middle(told.month) - 100 * _BAR / _MONTHS / 2, 3),
        width=round(100 * _BAR / _MONTHS, 3),
        top=top,
        height=round(bottom - top, 2),
        mean=round(100 * axis.at(told.mean or 0.0), 2),
        label=words.month_name(told.month, short=True),
        tip=" · ".join(tip),
        share="" if share is None else words.number(share, 0),
        heat=None if share is None else min(4, int(share // 20) + (share > 0.5)),
        best=ranked is not None and ranked.rank is not None and ranked.rank <= 3,
        current=current,
    )


def _middle(month: int) -> float:
    return round(100 * (month - 0.5) / _MONTHS, 3)
