"""A forecast as of an instant: published where published, a model's quantiles after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import MissingData, ModelUnfit, RequestInvalid
from chocolate_factory.forecasting.champion import Champion, erred
from chocolate_factory.forecasting.column_notes import Looked
from chocolate_factory.forecasting.features import MEMORY_DAYS
from chocolate_factory.forecasting.foretold import (
    ForetoldInput,
    KnownColumn,
    KnownForetold,
    grown,
    lay_out_foretold,
)
from chocolate_factory.forecasting.inputs import Input, day_later, lay_out
from chocolate_factory.forecasting.intervals import CALIBRATION_ORIGINS
from chocolate_factory.forecasting.layout import HOUR_S, Slots, slots
from chocolate_factory.forecasting.model import Model
from chocolate_factory.forecasting.quarters import LEAST_SHAPE_DAYS, within_hour_shape
from chocolate_factory.forecasting.registry import MODELS, model_named
from chocolate_factory.forecasting.rolling import Rolling
from chocolate_factory.forecasting.training import RolledBack, Trained, roll_back, trained_for
from chocolate_factory.market.ahead import LONGEST_H
from chocolate_factory.market.calendar import (
    Instants,
    delivery_day,
    local_midnight,
    to_datetime,
    to_datetime64,
    utc_iso,
)
from chocolate_factory.market.catalog import DAY, PVPC, spec
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.gaps import find_gaps
from chocolate_factory.market.regulated import carried_forward
from chocolate_factory.market.series import QUANTILES, Floats, Forecast, Kind, Series, SeriesKey

LONGEST_HORIZON = timedelta(hours=LONGEST_H) + DAY
"""As far as forecasts are told, and the rest of a day."""
STALE_AFTER_DAYS = 7
"""A model is not asked to bridge more unknown days than these before the first it forecasts."""

_KNOWN_KINDS = (Kind.PUBLISHED.value, Kind.MEASURED.value)
_KNOWN_OF_INPUTS = (*_KNOWN_KINDS, Kind.ANALYSED.value, Kind.FORECAST.value)


def issue_forecast(
    history: Series,
    *,
    origin: datetime,
    end: datetime,
    model: str = "champion",
    inputs: Sequence[Series] = (),
    foretold: Sequence[Foretold] = (),
    trained: Trained | None = None,
    beats_naive: bool = False,
) -> Forecast:
    """Forecast a price series from what was known at ``origin``.

    The model starts from the last complete delivery day known before the first unpublished period;
    published periods are kept as they are. Intervals come from the errors of the same model at the
    origins before (``intervals``).

    Parameters
    ----------
    history
        The target series. Rows available after ``origin``, and rows that are themselves forecast or
        imputed, are left out.
    origin
        Instant whose knowledge is used.
    end
        End of the horizon, not included; at most ``LONGEST_HORIZON`` after ``origin``.
    model
        Name of a model (``registry.MODELS``).
    inputs
        Exogenous columns, ``spot`` among them known to the models by its name. Rows available after
        ``origin`` are left out; how far ahead a column is known follows from what is left. One
        known on few of the days to learn from is named in ``notes`` and ``inputs``.
    foretold
        Columns whose forecasts were told anew day after day, all as of ``origin``. One that is too
        young to learn from is left out, and ``inputs`` of the forecast says so.
    trained
        What ``train`` made of an earlier state of this series: saves the slow part of the work.
        The linear models are fitted anew in any case. What is known beyond the information states
        it was made for is not used, and ``notes`` say so.
    beats_naive
        Whether to raise where the model errs more than the naive of late; else ``notes`` say so.
        A champion looks after that itself.

    Returns
    -------
    Every delivery period from the one that contains ``origin`` up to ``end``, UTC, in the unit of
    the history.

    Raises
    ------
    RequestInvalid
        If the model is unknown, or the horizon is empty or too long.
    ModelNotFitted
        If the history is too short for the model and its intervals; says how much is needed.
    ModelUnfit
        If ``trained`` was made for other things than are known and asked for, or if the model errs
        more than the naive.
    MissingData
        If the newest complete day is more than ``STALE_AFTER_DAYS`` before the first to forecast.
    """
    chosen = model_named(model)
    known = known_at(history, origin)
    start, resolution_s = _horizon(history.key, origin, end)
    published, mean = _published(known, start)
    quantiles = np.repeat(mean[:, None], len(QUANTILES), axis=1)
    notes: tuple[str, ...] = ()
    about: dict[str, str] = {}
    name = chosen.name
    ahead = ~published
    if ahead.any():
        first = delivery_day(to_datetime(start[ahead][0]))
        past = past_before(known, first)
        last = len(past) - 1
        leads = past.row(delivery_day(to_datetime(start[-1]))) - last
        columns = known_columns(inputs, past, origin, foretold)
        used = grown(columns)
        if trained is not None and isinstance(chosen, Champion):
            used = trained_for(trained, used, leads)
        made = roll_back(chosen, known.key, past, used, leads=leads, trained=trained)
        beaten = _beaten_by_naive(chosen, made, known.key, past, leads)
        if beaten and beats_naive:
            raise ModelUnfit(beaten)
        name = made.rolling.name
        mean[ahead], quantiles[ahead] = made.rolling.calibrated(last).at(
            last, start[ahead], resolution_s[ahead]
        )
        notes = _notes(past, first, split=bool((resolution_s[ahead] < HOUR_S).any()))
        notes += (*made.notes, *(carried_forward(end) if history.key == PVPC else ()))
        notes += (f"{beaten}, and was asked for by name",) if beaten else ()
        about = {**_about(past, made.rolling), **made.about}
        silent = {one.key.name for one in foretold} - columns.keys()
        told = Looked(chosen, past, leads).at(columns, used, sorted(silent))
        notes += told.notes
        about |= told.about
    return Forecast(
        history.key, history.unit, origin, name, start, resolution_s, published, mean,
        quantiles, simulated=known.simulated, notes=notes, inputs=about,
    )  # fmt: skip


def known_at(history: Series, origin: datetime, *, kinds: tuple[str, ...] = _KNOWN_KINDS) -> Series:
    """The rows of ``kinds``, by default published or measured, known at ``origin``."""
    observed = _rows(history, np.isin(history.kind, kinds))
    return _rows(observed, observed.available_at <= to_datetime64(origin))


def known_kinds(history: Series) -> Series:
    """The rows that are published or measured."""
    return _rows(history, np.isin(history.kind, _KNOWN_KINDS))


def past_before(known: Series, day: date) -> Slots:
    """The history up to the last complete day before ``day``, which is its last row.

    Raises ``MissingData`` if that leaves more than ``STALE_AFTER_DAYS`` unknown days before
    ``day``.
    """
    before = known.between(datetime.min.replace(tzinfo=UTC), local_midnight(day))
    newest = "none is stored"
    if len(before):
        past = slots(before)
        complete = np.flatnonzero(past.complete)
        if complete.size and past.row(day) - int(complete[-1]) - 1 <= STALE_AFTER_DAYS:
            return past.until(int(complete[-1]))
        if complete.size:
            newest = f"the newest one stored is {past.day(int(complete[-1]))}"
    since = local_midnight(day - timedelta(days=STALE_AFTER_DAYS + 1))
    report = find_gaps(
        spec(known.key),
        before.start,
        series=str(known.key),
        first=delivery_day(since),
        last=day - timedelta(days=1),
        as_of=local_midnight(day),
    )
    raise MissingData(
        str(known.key),
        report.gaps,
        hint=f"A forecast needs a complete day among the {STALE_AFTER_DAYS + 1} before the first "
        f"it has to forecast, and {newest}: import or ingest those since.",
    )


def _rows(history: Series, keep: NDArray[np.bool_]) -> Series:
    return Series(
        history.key, history.unit, history.as_of, history.start[keep], history.resolution_s[keep],
        history.value[keep], history.available_at[keep], history.source[keep], history.kind[keep],
    )  # fmt: skip


def _horizon(key: SeriesKey, origin: datetime, end: datetime) -> tuple[Instants, NDArray[np.int64]]:
    if end - origin > LONGEST_HORIZON:
        raise RequestInvalid(
            f"the horizon ends {utc_iso(end)}, more than {LONGEST_HORIZON.days} days after the "
            f"origin {utc_iso(origin)}: ask for less"
        )
    start, resolution_s = spec(key).grid(delivery_day(origin), delivery_day(end))
    inside = start + resolution_s.astype("timedelta64[s]") > to_datetime64(origin)
    inside &= start < to_datetime64(end)
    if end <= origin or not inside.any():
        raise RequestInvalid(
            f"the horizon is empty: it ends {utc_iso(end)}, the origin is {utc_iso(origin)}"
        )
    return start[inside], resolution_s[inside]


def _published(known: Series, start: Instants) -> tuple[NDArray[np.bool_], Floats]:
    published = np.isin(start, known.start)
    value = np.full(start.shape, np.nan)
    value[published] = known.value[np.searchsorted(known.start, start[published])]
    return published, value


def known_columns(
    inputs: Sequence[Series], past: Slots, origin: datetime, foretold: Sequence[Foretold] = ()
) -> Mapping[str, KnownColumn]:
    """Exogenous series beside the days of ``past``, as far beyond them as known at ``origin``.

    A daily series is shown a day late. One of which nothing is known, or nothing of the time of
    ``past``, is left out. Of what is ``foretold``, as of ``origin``, an earlier day of ``past``
    sees what was told as long before ``origin`` as it is before the last one.
    """
    given = []
    midnight = past.first_day + np.array([len(past)])
    end: Instants = past.clock.instants(midnight.astype("datetime64[s]"))
    for series in inputs:
        known = known_at(series, origin, kinds=_KNOWN_OF_INPUTS)
        beyond = known.start >= end[0]
        if not len(known) or not (~beyond).any():
            continue
        if known.resolution_s.min() > HOUR_S:
            start, value = day_later(
                known.start, known.value, until=midnight[0] - 1, clock=past.clock
            )
            if (start >= past.clock.instants(past.first_day.astype("datetime64[s]"))).any():
                given.append(Input(series.key.name, start, value, 0))
            continue
        hours = past.clock.wall(known.start).astype("datetime64[h]")
        wanted = np.arange(midnight.astype("datetime64[h]")[0], hours[-1] + 1)
        there = np.isin(wanted, hours) | ~past.clock.readings(wanted)[2]
        lead_h = int(there.cumprod().sum())
        given.append(Input(series.key.name, known.start, known.value, lead_h))
    laid = lay_out(given, past.first_day, len(past), clock=past.clock)
    return {**laid, **_foretold_columns(foretold, past, origin)}


def _foretold_columns(
    foretold: Sequence[Foretold], past: Slots, origin: datetime
) -> dict[str, KnownForetold]:
    if any(one.as_of != origin for one in foretold):
        raise ValueError("what is foretold is to be read as of the origin")
    last = len(past) - 1
    given = [ForetoldInput(one, past.first_day + last) for one in foretold]
    laid = lay_out_foretold(given, past.first_day, len(past), clock=past.clock)
    reaching = {name: column.reaching(last) for name, column in laid.items()}
    return {name: column for name, column in reaching.items() if column.lead_h}


def _beaten_by_naive(
    model: Model, made: RolledBack, key: SeriesKey, past: Slots, leads: int
) -> str | None:
    """That a model errs more than the naive of late; a champion weighs its parts itself."""
    naive = MODELS["naive"]
    if isinstance(model, Champion) or model is naive:
        return None
    ratio = erred(made.rolling, roll_back(naive, key, past, {}, leads=leads).rolling)
    times = f"{ratio:.2f}" if ratio < 1000 else "over 999"
    told = f"{model.name} erred {times} times as much as the naive of late"
    return told if ratio >= 1.0 else None


def _notes(past: Slots, first: date, *, split: bool) -> tuple[str, ...]:
    notes = []
    last = len(past) - 1
    unknown = past.row(first) - last - 1
    if unknown:
        notes.append(
            f"prices are complete only to {past.day(last)}: the {unknown} days between that and "
            f"{first} are bridged"
        )
    holes = int((~past.complete[-MEMORY_DAYS:]).sum())
    if holes:
        notes.append(
            f"{holes} of the last {MEMORY_DAYS} days have gaps: similar earlier days stand in for "
            "them in the model's inputs"
        )
    if split and within_hour_shape(past, last) is None:
        notes.append(
            f"fewer than {LEAST_SHAPE_DAYS} days of quarter-hour prices are known: the quarters of "
            "an hour are forecast alike"
        )
    return tuple(notes)


def _about(past: Slots, rolling: Rolling) -> dict[str, str]:
    return {
        "history": f"{past.day(0)}..{past.day(len(past) - 1)}",
        "complete_days": str(int(past.complete.sum())),
        "calibration_origins": str(min(len(rolling.rows) - 1, CALIBRATION_ORIGINS)),
    }
