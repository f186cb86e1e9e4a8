"""Stored climate → what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from chocolate_factory.insights.climatology import (
    Limit,
    compared,
    correlations,
    crossings,
    extremes,
    months_ranked,
    season,
    summarise,
)
from chocolate_factory.insights.climatology.record import DIRECTION, as_date
from chocolate_factory.market.catalog import spec
from chocolate_factory.sources.siar import SIAR_CLASSIC_VARIABLES, VARIABLES
from chocolate_factory.upkeep import Climate, DayOfWeather, WeatherAndPrices
from chocolate_factory.web import analysis_schemas as schemas
from chocolate_factory.web.answer import Answer
from chocolate_factory.web.upkeep_views import local
from chocolate_factory.web.wording import WORDS, Words

ENGLISH = WORDS["en"]
A = TypeVar("A", bound=Answer)
PANEL_SEASONS = ("temp_max", "humidity_mean", "precipitation_day")
"""Variables whose year the dashboard draws."""

PANEL_CORRELATIONS = 6
"""So many of the closest correlations stand on the dashboard."""

HIGH_OF = ("temp_max", "humidity_mean", "humidity_max")


def siar_summary(
    climate: Climate, today: DayOfWeather, *, as_of: datetime, words: Words = ENGLISH
) -> schemas.SiarSummary:
    """How much of SIAR's record there is, and today against it."""
    record = climate.record
    days = np.unique(
        np.concatenate([values.day for values in record.values()] or [np.empty(0, "datetime64[D]")])
    )
    counts = {name: len(values) for name, values in record.items()}
    return schemas.SiarSummary(
        as_of=local(as_of),
        simulated=climate.simulated,
        first=as_date(days[0]) if days.size else None,
        last=as_date(days[-1]) if days.size else None,
        days=days.size,
        years=np.unique(days.astype("datetime64[Y]")).size,
        values=sum(counts.values()),
        classic_values=sum(counts.get(name, 0) for name in SIAR_CLASSIC_VARIABLES),
        variables=tuple(
            schemas.VariableSummary(**asdict(summarise(values))) for values in record.values()
        ),
        today=_today(climate, today, words),
        missing=_said(climate.missing, words),
    )


def weather_correlation(
    told: WeatherAndPrices, *, as_of: datetime, words: Words = ENGLISH
) -> schemas.WeatherCorrelations:
    """How the daily price went with each weather variable; directions are left out."""
    weather = [values for values in told.weather if values.unit != DIRECTION]
    found = () if told.price is None else correlations(told.price, weather)
    return schemas.WeatherCorrelations(
        as_of=local(as_of),
        simulated=told.simulated,
        price=str(told.market),
        price_unit=spec(told.market).unit,
        price_days=0 if told.price is None else len(told.price),
        correlations=tuple(
            _plain(schemas.WeatherCorrelation, replace(one, reason=words.note(one.reason)[0]))
            for one in found
        ),
        missing=_said(told.missing, words),
    )


def seasonal_patterns(
    climate: Climate, limits: Sequence[Limit], *, as_of: datetime, words: Words = ENGLISH
) -> schemas.SeasonalPatterns:
    """The year by month, and the months that keep away from the lowest limit."""
    warmest = [limit for limit in limits if limit.variable == "temp_max"]
    lowest = min(warmest, key=lambda limit: limit.most, default=None)
    hot = None if lowest is None else climate.record.get(lowest.variable)
    best = () if lowest is None or hot is None else months_ranked(crossings(hot, lowest))
    return schemas.SeasonalPatterns(
        as_of=local(as_of),
        simulated=climate.simulated,
        variables=tuple(
            schemas.VariableSeason(**asdict(season(values)))
            for values in climate.record.values()
            if values.unit != DIRECTION
        ),
        best_months_limit_c=None if lowest is None else lowest.most,
        best_months_stage=None if lowest is None else lowest.stage,
        best_months=tuple(schemas.BestMonth(**asdict(one)) for one in best),
        missing=(
            *_said(climate.missing, words),
            *_without_limit(limits, ("temperature",), words),
        ),
    )


def critical_thresholds(
    climate: Climate, limits: Sequence[Limit], *, as_of: datetime, words: Words = ENGLISH
) -> schemas.CriticalThresholds:
    """The limits of the plant against the record, and what is high for the place."""
    crossed = [
        crossings(climate.record[limit.variable], limit)
        for limit in sorted(limits, key=lambda one: (one.variable != "temp_max", one.most))
        if limit.variable in climate.record
    ]
    return schemas.CriticalThresholds(
        as_of=local(as_of),
        simulated=climate.simulated,
        limits=tuple(
            schemas.LimitCrossed(
                stage=one.limit.stage,
                variable=one.limit.variable,
                unit=one.unit,
                limit=one.limit.most,
                days=one.days,
                above=one.above,
                share_pct=one.share_pct,
                longest_days=one.longest_days,
                longest_from=one.longest_from,
                last_above=one.last_above,
                months=tuple(schemas.MonthAbove(**asdict(month)) for month in one.months),
                years=tuple(
                    schemas.YearAbove(**asdict(year.counted), above=year.above)
                    for year in one.years
                ),
            )
            for one in crossed
        ),
        extremes=tuple(
            schemas.HighQuantiles(**asdict(extremes(climate.record[name])))
            for name in HIGH_OF
            if name in climate.record
        ),
        missing=(
            *_said(climate.missing, words),
            *_without_limit(limits, ("temperature", "humidity"), words),
        ),
        notes=(words.text("climate.outdoors"),) if crossed else (),
    )


def panel(
    climate: Climate,
    told: WeatherAndPrices,
    today: DayOfWeather,
    limits: Sequence[Limit],
    *,
    as_of: datetime,
) -> schemas.ClimatePanel:
    """What of all this stands on the dashboard."""
    summary = siar_summary(climate, today, as_of=as_of)
    together = weather_correlation(told, as_of=as_of)
    year = seasonal_patterns(climate, limits, as_of=as_of)
    known = {season.name: season for season in year.variables}
    close = [one for one in together.correlations if one.within_season is not None]
    stations = {station.station for one in summary.variables for station in one.stations}
    return schemas.ClimatePanel(
        simulated=summary.simulated or together.simulated,
        first=summary.first,
        last=summary.last,
        days=summary.days,
        years=summary.years,
        stations=tuple(sorted(stations)),
        seasons=tuple(known[name] for name in PANEL_SEASONS if name in known),
        limits=critical_thresholds(climate, limits, as_of=as_of).limits,
        best_months_limit_c=year.best_months_limit_c,
        best_months_stage=year.best_months_stage,
        best_months=year.best_months,
        price=together.price,
        price_days=together.price_days,
        correlations=tuple(
            sorted(close, key=lambda one: -abs(one.within_season or 0.0))[:PANEL_CORRELATIONS]
        ),
        today=summary.today,
        without=tuple(one.series for one in VARIABLES if one.series not in climate.record),
    )


def _said(missing: Sequence[str], words: Words) -> tuple[str, ...]:
    return tuple(words.note(text)[0] for text in missing)


def _without_limit(limits: Sequence[Limit], wanted: Sequence[str], words: Words) -> tuple[str, ...]:
    """Of what the plant gives no limit."""
    given = {limit.variable.split("_")[0] for limit in limits}
    return tuple(
        words.text("climate.not_limited", what=words.series(what).lower())
        for what in wanted
        if what.removesuffix("erature") not in given
    )


def _today(climate: Climate, today: DayOfWeather, words: Words) -> schemas.Today:
    return schemas.Today(
        day=today.day,
        hours=today.hours,
        foretold_hours=today.foretold_hours,
        values=tuple(
            _plain(schemas.TodayCompared, compared(climate.record[name], today.day, value))
            for name, value in today.values
            if name in climate.record
        ),
        missing=_said(today.missing, words),
    )


def _plain(answer: type[A], told: Any) -> A:
    """An answer from a value that has all its members, and more."""
    names = {field.name for field in fields(told)} & set(answer.model_fields)
    return answer(**{name: getattr(told, name) for name in names})
