"""A question about one instant → advice, from what the store knew then and the model in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.advising.reading import read_trace, staffed
from chocolate_factory.advising.shelf import AdviceStatus
from chocolate_factory.errors import Gap, MissingData, RequestInvalid
from chocolate_factory.insights.advice.answer import (
    AirSource,
    AmbientLimit,
    ClassAdvice,
    LineAir,
    ScoreAdvice,
    advise_class,
    advise_score,
    can_be_told,
    untold,
)
from chocolate_factory.insights.advice.moment import Moments, features
from chocolate_factory.insights.advice.saved import AdviceModel
from chocolate_factory.insights.advice.trace import AHEAD, MOST_PAST, PriceTrace
from chocolate_factory.market.calendar import HOUR, QUARTER, to_datetime, to_datetime64
from chocolate_factory.market.series import Floats
from chocolate_factory.pipeline import PlanTask, weather_before
from chocolate_factory.planning.ambient import humidity_indoors, indoor_conditions
from chocolate_factory.planning.plant import Plant
from chocolate_factory.store.base import Store

FURTHEST_AHEAD = timedelta(hours=48)
"""Of later instants too little is published for advice."""

LAST_WEEK = timedelta(days=7)
DIFFERS_EUR_KWH = 5e-4
"""A given price further than this from the stored one is another price."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about: an instant (UTC), the price then and the air at the plant.

    ``line_c``: temperature at the line [°C], which the plant's limits are about; None where nobody
    measured it.
    """

    instant: datetime
    eur_kwh: float
    temperature_c: float
    humidity_pct: float
    line_c: float | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of the instant that was asked about.

    ``as_of``: whose knowledge was used; ``stored_eur_kwh``: the published price, if it is another
    one than was given; ``features_missing``: those that could not be told, by name;
    ``learned_later``: the model has seen prices that came after the instant.
    """

    as_of: datetime
    stored_eur_kwh: float | None
    features_missing: tuple[str, ...]
    learned_later: bool
    simulated: bool
    why_no_model: str


@dataclass(frozen=True, slots=True)
class ScoreAnswer:
    """Advice on the price, and what it stands on."""

    asked: Asked
    advice: ScoreAdvice
    known: Known
    model: AdviceModel | None


@dataclass(frozen=True, slots=True)
class ClassAnswer:
    """Advice on production, and what it stands on."""

    asked: Asked
    advice: ClassAdvice
    known: Known
    model: AdviceModel | None


def score_now(
    store: Store, task: PlanTask, status: AdviceStatus, asked: Asked, *, now: datetime
) -> ScoreAnswer:
    """How cheap the price is among those of the 24 h after ``asked.instant``.

    Raises ``MissingData`` if the prices of the week before are not stored, ``RequestInvalid`` if
    the instant is too far ahead.
    """
    row, known = _moment(store, task, status, asked, now)
    return ScoreAnswer(asked, advise_score(row, status.model), known, status.model)


def class_now(
    store: Store,
    task: PlanTask,
    status: AdviceStatus,
    asked: Asked,
    *,
    now: datetime,
    limits: Sequence[AmbientLimit],
) -> ClassAnswer:
    """What to do in the hour of ``asked.instant``. Errors as for ``score_now``."""
    row, known = _moment(store, task, status, asked, now)
    line = _line(store, task.plant, asked, as_of=known.as_of)
    advice = advise_class(row, status.model, limits=limits, line=line)
    return ClassAnswer(asked, advice, known, status.model)


def stored_price(
    store: Store, task: PlanTask, instant: datetime, *, as_of: datetime
) -> tuple[float, datetime, datetime] | None:
    """What a kWh costs at ``instant`` as known, with its delivery period; None if not known."""
    trace, _ = read_trace(
        store, task.contract, instant - 4 * QUARTER, instant + 4 * QUARTER, as_of=as_of
    )
    row = trace.at(instant)
    if row is None:
        return None
    start = to_datetime(trace.start[row])
    length = timedelta(seconds=int(trace.resolution_s[row]))
    return float(trace.eur_kwh[row]), start, start + length


def _moment(
    store: Store, task: PlanTask, status: AdviceStatus, asked: Asked, now: datetime
) -> tuple[Floats, Known]:
    """The features of the instant, shape (features,), and what they rest on."""
    if asked.instant > now + FURTHEST_AHEAD:
        raise RequestInvalid(
            f"instant {asked.instant.isoformat()} is more than "
            f"{FURTHEST_AHEAD // timedelta(hours=1)} h ahead: too little is published of it"
        )
    as_of = min(now, asked.instant)
    begin = asked.instant - MOST_PAST - timedelta(hours=2)
    trace, simulated = read_trace(
        store, task.contract, begin, asked.instant + AHEAD + timedelta(hours=2), as_of=as_of
    )
    row = features(trace, _moments(trace, task, asked), task.contract.tariff)[0]
    if not can_be_told(row):
        raise _too_little(trace, task, asked.instant)
    place = trace.at(asked.instant)
    stored = None if place is None else float(trace.eur_kwh[place])
    model = status.model
    return row, Known(
        as_of=as_of,
        stored_eur_kwh=stored
        if stored is not None and abs(stored - asked.eur_kwh) > DIFFERS_EUR_KWH
        else None,
        features_missing=untold(row),
        learned_later=model is not None and model.learned.calibrated_to > asked.instant,
        simulated=simulated,
        why_no_model=status.why,
    )


def _moments(trace: PriceTrace, task: PlanTask, asked: Asked) -> Moments:
    instants = np.array([to_datetime64(asked.instant)])
    place = trace.at(asked.instant)
    if place is None:
        quarter_s = int(QUARTER.total_seconds())
        whole = instants.astype(np.int64) // quarter_s * quarter_s
        period_end = (whole + quarter_s).astype("datetime64[s]")
    else:
        period_end = trace.start[[place]] + trace.resolution_s[[place]].astype("timedelta64[s]")
    return Moments(
        instants=instants,
        period_end=period_end,
        eur_kwh=np.array([asked.eur_kwh]),
        temperature_c=np.array([asked.temperature_c]),
        humidity_pct=np.array([asked.humidity_pct]),
        staffed=staffed(task.plant, instants),
    )


def _line(store: Store, plant: Plant, asked: Asked, *, as_of: datetime) -> LineAir:
    """The air at the line: as given, else by the plant's model of its hall, else the outdoor air.

    The model follows the stored weather up to the hour of the instant, whose air is the given one.
    """
    outdoor_c, outdoor_pct = np.array([asked.temperature_c]), np.array([asked.humidity_pct])
    if asked.line_c is not None:
        line_c = np.array([asked.line_c])
        return _air(line_c, humidity_indoors(outdoor_pct, outdoor_c, line_c), "given")
    if plant.indoor is None:
        return _air(outdoor_c, outdoor_pct, "outside")
    hour = asked.instant.replace(minute=0, second=0, microsecond=0)
    weather = weather_before(store, hour, hour + HOUR, as_of=as_of)
    weather.temperature_c[-1:], weather.humidity_pct[-1:] = outdoor_c, outdoor_pct
    indoor = indoor_conditions(plant.indoor, weather, weather.start[-1:])
    return _air(indoor.temperature_c, indoor.humidity_pct, "inside")


def _air(temperature_c: Floats, humidity_pct: Floats, source: AirSource) -> LineAir:
    celsius, per_cent = (
        float(air[0]) if np.isfinite(air[0]) else None for air in (temperature_c, humidity_pct)
    )
    return LineAir(celsius, per_cent, source)


def _too_little(trace: PriceTrace, task: PlanTask, instant: datetime) -> MissingData:
    week = (trace.start >= to_datetime64(instant - LAST_WEEK)) & (
        trace.start < to_datetime64(instant)
    )
    known_h = float(trace.resolution_s[week].sum()) / 3600
    whole_h = LAST_WEEK / timedelta(hours=1)
    return MissingData(
        str(task.contract.market),
        (Gap(instant - LAST_WEEK, instant, round(whole_h - known_h)),),
        hint=(
            f"Of the {whole_h:g} h before it {known_h:g} h of prices are stored, and 90 % are "
            "needed to compare a price with them. They come by themselves while "
            "`chocolate-factory serve` runs; or ask with POST /gaps/backfill, or import a file."
        ),
    )
