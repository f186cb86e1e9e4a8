"""Walk-forward backtest: what each model would have said on every past day, and how it turned out.

One origin for each first delivery day D, at the local midnight that starts it, knowing no price of
D or later. Values before the first origin serve fitting and calibration only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted, RequestInvalid
from chocolate_factory.forecasting.champion import WEIGHT_ORIGINS, Blend, Champion, blend
from chocolate_factory.forecasting.columns import scarce
from chocolate_factory.forecasting.extras import require
from chocolate_factory.forecasting.foretold import (
    ForetoldInput,
    KnownColumn,
    grown,
    lay_out_foretold,
)
from chocolate_factory.forecasting.inputs import Input, KnownInput, lay_out
from chocolate_factory.forecasting.issue import LONGEST_HORIZON, STALE_AFTER_DAYS, known_kinds
from chocolate_factory.forecasting.layout import WALL_HOURS, Slots, slots
from chocolate_factory.forecasting.learned import remembers
from chocolate_factory.forecasting.measure import compare, ground, summarise
from chocolate_factory.forecasting.model import Known, Model
from chocolate_factory.forecasting.naive import SeasonalNaive
from chocolate_factory.forecasting.registry import model_named
from chocolate_factory.forecasting.results import Backtest, Predictions
from chocolate_factory.forecasting.rolling import (
    MapRuns,
    Rolling,
    Run,
    forecast_run,
    origin_rows,
    plan_runs,
    roll,
)
from chocolate_factory.market.calendar import (
    Instants,
    days_between,
)
from chocolate_factory.market.catalog import SeriesSpec, spec
from chocolate_factory.market.series import Floats, Series, SeriesKey


@dataclass(frozen=True, slots=True, eq=False)
class _Origins:
    """The origins of a backtest: first delivery days, and the row of the last known day of each."""

    days: tuple[date, ...]
    rows: tuple[int, ...]
    skipped: tuple[date, ...]
    leads: int


def backtest(
    history: Series,
    *,
    first: date,
    last: date,
    horizon_h: int,
    models: Sequence[str],
    every: int = 1,
    about: SeriesSpec | None = None,
    inputs: Sequence[Input] = (),
    foretold: Sequence[ForetoldInput] = (),
    progress: Callable[[int, int], None] | None = None,
    map: MapRuns = map,  # noqa: A002 - it takes the place of the built-in
) -> Backtest:
    """Forecast from each origin as it would have been then, and compare with what came.

    Parameters
    ----------
    history
        The target series, with its actual values; forecast or imputed rows are left out.
    first, last
        First delivery days D, both included; every ``every``-th of them is an origin.
    horizon_h
        Hours on the wall clock from midnight: 168 is seven delivery days, be they 23 hours or 25.
    models
        Names (``registry.MODELS``). A fit knows nothing of what came after its first origin and
        serves origins for ``Model.refit_days``: ridge, Prophet and LSTM one day, so each origin has
        its own; kernel ridge, LASSO-LEAR and networks 7; boosted trees 28. Every forecast looks at
        all that was known at its own origin.
    about
        What is true of the series where it is not one of the catalogue; its clock says what a day
        is.
    inputs
        Exogenous columns, each as far ahead as it says: with the day-ahead price among them 24 h
        ahead, that of the first day is known.
    foretold
        Columns of which each origin sees what was told by then. Models do without one while it is
        too young to learn from, and the result does if it is so at the last origin.
    progress
        Called with (done, total) fits.
    map
        Like the built-in ``map``; may spread the fits over processes.

    Raises
    ------
    RequestInvalid
        If a model is unknown or named twice, if the days, step or horizon make no sense, if no
        origin has a complete day shortly before it, or if no actual value is known.
    ModelNotFitted
        If the history before ``first`` is too short for a model; says how much is needed. If the
        library of a model is not installed; says how to install it.
    SeriesInvalid
        If a value is off the grid of the series or outside its bounds.
    """
    chosen = _checked(first, last, horizon_h, models, every)
    history = known_kinds(history)
    about = about or spec(history.key)
    about.check(history.start, history.resolution_s, history.value)
    past = slots(history, about.clock)
    origins = _origins(history.key, past, days_between(first, last)[::every], horizon_h)
    beside = lay_out(inputs, past.first_day, len(past), clock=past.clock)
    told = lay_out_foretold(foretold, past.first_day, len(past), clock=past.clock)
    of_age = grown({name: one.until(origins.rows[-1]) for name, one in told.items()})
    columns: dict[str, KnownColumn] = {**beside, **{name: told[name] for name in of_age}}
    known = Known(history.key, past.first_day, past.hourly, columns, past.clock)
    naive = SeasonalNaive()
    asked = [naive, *(model for model in chosen if model.name != naive.name)]
    runs = _runs_of_all(asked, known, past, origins)
    results = _counted(
        map(forecast_run, [r for each in runs.values() for r in each[1]]), runs, progress
    )
    rolled = {
        name: roll(model, past, own, islice(results, len(own)))
        for name, (model, own) in runs.items()
    }
    blends = {
        model.name: _blended(model, rolled, naive) for model in asked if isinstance(model, Champion)
    }
    rolled |= {name: one.rolling for name, one in blends.items()}
    horizons = _horizons(about, origins.days, horizon_h)
    predictions = {
        model.name: _predictions(rolled[model.name], origins, horizons) for model in asked
    }
    actual = _actual(history, predictions[naive.name].start)
    if not np.isfinite(actual).any():
        raise RequestInvalid(f"{history.key}: no price from {first} on is known to compare with")
    made = tuple(predictions[model.name] for model in chosen)
    on = ground(predictions[naive.name], actual, clock=past.clock, horizon_h=horizon_h, every=every)
    return Backtest(
        history.key, history.unit, first, last, horizon_h, every, made, actual,
        tuple(summarise(one, on) for one in made), origins.skipped, compare(made, on),
        {name: one.lead_h for name, one in columns.items()}, past.clock,
        since={one.name: one.since for one in inputs if one.since is not None},
        missing=_missing(beside, origins),
        young=scarce(columns, known.price[: origins.rows[0] + 1]),
        bridged=tuple(
            day
            for day, row in zip(origins.days, origins.rows, strict=True)
            if past.row(day) - row > 1
        ),
        left_out=tuple(
            part.name
            for model in asked
            if isinstance(model, Champion)
            for part in model.parts_for(known)
            if part.name not in runs
        ),
        blends={name: one.over(origins.rows) for name, one in blends.items()},
    )  # fmt: skip


def _checked(
    first: date, last: date, horizon_h: int, models: Sequence[str], every: int
) -> list[Model]:
    longest = LONGEST_HORIZON.days * WALL_HOURS
    if last < first:
        raise RequestInvalid(f"the last day {last} is before the first, {first}")
    if not 1 <= horizon_h <= longest:
        raise RequestInvalid(f"a horizon of {horizon_h} h: from 1 to {longest} can be forecast")
    if every < 1:
        raise RequestInvalid(f"an origin every {every} days: give 1 or more")
    if not models or len(set(models)) != len(models):
        raise RequestInvalid(f"models {', '.join(models) or '(none)'}: name each once")
    chosen = [model_named(name) for name in models]
    for name in models:
        require(name)
    return chosen


def _origins(key: SeriesKey, past: Slots, days: list[date], horizon_h: int) -> _Origins:
    complete, hourly = np.flatnonzero(past.complete), past.hourly
    used: list[date] = []
    rows: list[int] = []
    skipped: list[date] = []
    for day in days:
        before = complete[complete < past.row(day)]
        fresh = before.size > 0 and past.row(day) - int(before[-1]) - 1 <= STALE_AFTER_DAYS
        if fresh and remembers(hourly, past.first_day, int(before[-1])):
            used.append(day)
            rows.append(int(before[-1]))
        else:
            skipped.append(day)
    if not used:
        raise RequestInvalid(
            f"{key}: no origin from {days[0]} to {days[-1]} has a complete day among the "
            f"{STALE_AFTER_DAYS + 1} before it; the history holds {past.day(0)} to "
            f"{past.day(len(past) - 1)}"
        )
    span = -(-horizon_h // WALL_HOURS)
    leads = max(past.row(day) - row for day, row in zip(used, rows, strict=True)) + span - 1
    return _Origins(tuple(used), tuple(rows), tuple(skipped), leads)


def _missing(beside: Mapping[str, KnownInput], origins: _Origins) -> dict[str, int]:
    """At how many origins a column does not tell what it should, where there are any."""
    lacking = {
        name: sum(one.lacks(row, origins.leads) for row in origins.rows if row >= one.since_row)
        for name, one in beside.items()
    }
    return {name: count for name, count in lacking.items() if count}


_Planned = dict[str, tuple[Model, list[Run]]]
"""Models by name, each with its runs."""


def _runs_of_all(asked: Sequence[Model], known: Known, past: Slots, origins: _Origins) -> _Planned:
    """Runs of every model asked for and of every part of a blend, each once."""
    blends = [model for model in asked if isinstance(model, Champion)]
    earlier = WEIGHT_ORIGINS if blends else 0
    planned = {
        model.name: (model, _runs(model, known, past, origins, earlier))
        for model in asked
        if not isinstance(model, Champion)
    }
    for part in (part for each in blends for part in each.parts_for(known)):
        if part.name not in planned:
            try:
                planned[part.name] = (
                    part,
                    _runs(part, known, past, origins, earlier, dispensable=True),
                )
            except ModelNotFitted:  # the blend does without: its weight is zero
                continue
    return planned


def _runs(
    model: Model,
    known: Known,
    past: Slots,
    origins: _Origins,
    earlier: int,
    *,
    dispensable: bool = False,
) -> list[Run]:
    rows = origin_rows(
        model, past, origins.rows[0], origins.rows[-1], leads=origins.leads, earlier=earlier
    )
    return plan_runs(
        model, known, rows, fresh=frozenset(origins.rows), leads=origins.leads,
        dispensable=dispensable,
    )  # fmt: skip


def _blended(model: Champion, rolled: Mapping[str, Rolling], naive: Model) -> Blend:
    parts = {name: rolled[name] for name in model.part_names if name in rolled}
    return blend(model.name, parts, rolled[naive.name])


def _counted(
    results: Iterable[Floats],
    planned: _Planned,
    progress: Callable[[int, int], None] | None,
) -> Iterator[Floats]:
    total = sum(len(runs) for _, runs in planned.values())
    for done, result in enumerate(results, start=1):
        if progress is not None:
            progress(done, total)
        yield result


def _horizons(
    about: SeriesSpec, days: tuple[date, ...], horizon_h: int
) -> list[tuple[Instants, NDArray[np.int64]]]:
    beyond = timedelta(days=horizon_h // WALL_HOURS + 1)
    start, resolution_s = about.grid(days[0], days[-1] + beyond)
    found = []
    midnights: Instants = np.array(days, dtype="datetime64[s]")
    wall_ends: Instants = midnights + np.timedelta64(horizon_h, "h")
    ends = about.clock.instants(wall_ends)
    for begin, end in zip(about.clock.instants(midnights), ends, strict=True):
        inside = slice(*np.searchsorted(start, (begin, end)))
        found.append((start[inside], resolution_s[inside]))
    return found


def _predictions(
    rolling: Rolling, origins: _Origins, horizons: list[tuple[Instants, NDArray[np.int64]]]
) -> Predictions:
    told = rolling.calibrated(origins.rows[0])
    made = [told.at(row, *horizon) for row, horizon in zip(origins.rows, horizons, strict=True)]
    midnights = rolling.clock.instants(np.array(origins.days, dtype="datetime64[s]"))
    return Predictions(
        rolling.name,
        np.repeat(midnights, [start.size for start, _ in horizons]),
        np.concatenate([start for start, _ in horizons]),
        np.concatenate([mean for mean, _ in made]),
        np.concatenate([quantiles for _, quantiles in made]),
    )


def _actual(history: Series, start: Instants) -> Floats:
    known = np.isin(start, history.start)
    value = np.full(start.shape, np.nan)
    value[known] = history.value[np.searchsorted(history.start, start[known])]
    return value
