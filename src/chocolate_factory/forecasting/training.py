"""What is learned slowly and kept: trained trees and the models' own past forecasts.

A champion stands on the forecasts that each of its parts would have made from each of the last
origins: for their weights and for the intervals. They and the trees take a while to make and hardly
change from one day to the next; ``train`` makes them, ``roll_back`` takes from them what is still
good, adds the days since, and fits the linear models anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted, ModelUnfit
from chocolate_factory.forecasting.champion import WEIGHT_ORIGINS, Blend, Champion, blend, told
from chocolate_factory.forecasting.foretold import KnownColumn, KnownForetold, grown
from chocolate_factory.forecasting.layout import Slots
from chocolate_factory.forecasting.model import Fitted, Known, Model
from chocolate_factory.forecasting.rolling import (
    Rolling,
    Run,
    forecast_run,
    origin_rows,
    plan_runs,
    roll,
)
from chocolate_factory.market.series import Floats, SeriesKey

KEPT = frozenset({"boosted", "network", "lasso", "lasso-short"})
"""Parts whose fit takes seconds: it is kept while it is good; the others are made anew."""

State = tuple[tuple[str, int], ...]
"""Exogenous columns and the hours ahead that each is known: an information state."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedPart:
    """Past forecasts of one model.

    Parameters
    ----------
    days
        Last known delivery day of each origin, ``datetime64[D]``, increasing, shape (origins,).
    mean
        Shape (origins, leads, WALL_HOURS), in the unit of the series.
    fitted
        The newest fit, of a model that is not fitted anew every day; None of the others. It
        forecasts from ``fitted_on`` and later days only: the outcomes of the others it has seen.
    fitted_on
        Last known delivery day of that fit.
    """

    days: NDArray[np.datetime64]
    mean: Floats
    fitted: Fitted | None = None
    fitted_on: np.datetime64 | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What ``train`` made of one series in one or more information states.

    Parameters
    ----------
    key
        The series.
    first_day, last_day
        Of the history it was made from.
    parts
        By information state, and by name of the model.
    error
        Mean absolute error of each model over the newest origins, relative to the naive, by the
        same; NaN where it could not be compared.
    """

    key: SeriesKey
    first_day: np.datetime64
    last_day: np.datetime64
    parts: Mapping[State, Mapping[str, TrainedPart]]
    error: Mapping[State, Mapping[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class RolledBack:
    """A model's forecasts from past origins and from now, with what there is to say of them."""

    rolling: Rolling
    notes: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)


def state_of(columns: Mapping[str, KnownColumn]) -> State:
    """The information state of some exogenous columns."""
    return tuple(sorted((name, column.lead_h) for name, column in columns.items()))


def train(
    model: Champion,
    key: SeriesKey,
    past: Slots,
    states: list[Mapping[str, KnownColumn]],
    leads: int,
    *,
    earlier: Trained | None = None,
) -> Trained:
    """Make everything that is slow, for the last day of ``past``, in each of some states.

    ``states`` holds the exogenous columns of each, laid out beside ``past``; one without any is an
    empty mapping; columns too young to learn from are left out. ``leads`` is how many days ahead
    will be asked for. ``earlier``: a training of the same series whose forecasts from its own
    origins, and whose trees while they are good, are taken over; None: all is made anew.

    Raises ``ModelNotFitted`` if the history is too short even for the naive.
    """
    parts: dict[State, Mapping[str, TrainedPart]] = {}
    error: dict[State, Mapping[str, float]] = {}
    for columns in map(grown, states):
        known = Known(key, past.first_day, past.hourly, columns, past.clock)
        made, _ = _parts_rolled(model, known, past, leads, trained=_usable(earlier, key, columns))
        blended = blend(model.name, _without_naive(model, made), made[model.naive.name].rolling)
        parts[state_of(columns)] = {name: one.kept() for name, one in made.items()}
        error[state_of(columns)] = dict(zip(blended.parts, blended.error.tolist(), strict=True))
    return Trained(key, past.first_day, past.first_day + (len(past) - 1), parts, error)


def roll_back(
    model: Model,
    key: SeriesKey,
    past: Slots,
    columns: Mapping[str, KnownColumn],
    *,
    leads: int,
    trained: Trained | None = None,
) -> RolledBack:
    """Forecast from the last day of ``past`` and from the origins before it.

    Columns too young to learn from are left out. What ``trained`` holds of the same series and
    information state is not made again. Of a champion
    the notes and ``about`` name the parts, their weights, and those left out.

    Raises ``ModelNotFitted`` if the history is too short for the model; a champion goes on with the
    parts it is long enough for, and only if it is too short for the naive too it raises.
    """
    columns = grown(columns)
    known = Known(key, past.first_day, past.hourly, columns, past.clock)
    usable = _usable(trained, key, columns)
    if not isinstance(model, Champion):
        return RolledBack(_part_rolled(model, known, past, leads, usable, earlier=0).rolling)
    made, left_out = _parts_rolled(model, known, past, leads, trained=usable)
    blended = blend(model.name, _without_naive(model, made), made[model.naive.name].rolling)
    return _told(model, left_out, blended)


def trained_for(
    trained: Trained, columns: Mapping[str, KnownColumn], leads: int
) -> dict[str, KnownColumn]:
    """Of ``columns`` what the nearest information state has that ``trained`` was made for.

    That is, of those states that have nothing that is not known now, the one that has most. To make
    another one takes minutes, which nobody who asks for a forecast has.

    Raises ``ModelUnfit`` if there is no such state, or if it was trained for fewer days.
    """
    now = dict(state_of(columns))
    states = [dict(state) for state in trained.parts]
    fitting = [one for one in states if all(now.get(name, -1) >= one[name] for name in one)]
    if not fitting:
        lacking = {name for one in states for name in one if now.get(name, -1) < one[name]}
        raise ModelUnfit(
            f"champion is trained with more than is known now ({', '.join(sorted(lacking))})"
        )
    nearest = max(fitting, key=lambda one: (len(one), sum(one.values())))
    reach = min(
        part.mean.shape[1] for part in trained.parts[tuple(sorted(nearest.items()))].values()
    )
    if reach < leads:
        raise ModelUnfit(f"champion is trained for {reach} days ahead, {leads} are asked for")
    return {
        name: column if lead_h == column.lead_h else column.shorter(lead_h)
        for name, lead_h in nearest.items()
        for column in (columns[name],)
    }


def _usable(
    trained: Trained | None, key: SeriesKey, columns: Mapping[str, KnownColumn]
) -> Mapping[str, TrainedPart]:
    if trained is None or trained.key != key:
        return {}
    return trained.parts.get(state_of(columns), {})


@dataclass(frozen=True, slots=True, eq=False)
class _Rolled:
    rolling: Rolling
    fitted: Fitted | None
    fitted_on: np.datetime64 | None

    def kept(self) -> TrainedPart:
        made = self.rolling
        return TrainedPart(made.first_day + made.rows, made.mean, self.fitted, self.fitted_on)


def _parts_rolled(
    model: Champion, known: Known, past: Slots, leads: int, trained: Mapping[str, TrainedPart]
) -> tuple[dict[str, _Rolled], dict[str, ModelNotFitted]]:
    """Each part that learns something from the history, and the naive; why the others do not."""
    made, left_out = {}, {}
    for part in (model.naive, *model.parts_for(known)):
        try:
            made[part.name] = _part_rolled(
                part, known, past, leads, trained, earlier=WEIGHT_ORIGINS
            )
        except ModelNotFitted as fault:
            if part is model.naive:
                raise
            left_out[part.name] = fault
    return made, left_out


def _without_naive(model: Champion, made: Mapping[str, _Rolled]) -> dict[str, Rolling]:
    return {name: one.rolling for name, one in made.items() if name != model.naive.name}


def _part_rolled(
    model: Model,
    known: Known,
    past: Slots,
    leads: int,
    trained: Mapping[str, TrainedPart],
    *,
    earlier: int,
) -> _Rolled:
    last = len(past) - 1
    rows = origin_rows(model, past, last, last, leads=leads, earlier=earlier)
    kept = trained.get(model.name)
    if kept is not None and kept.mean.shape[1] < leads:
        kept = None
    fitted, fitted_on, done = None, None, {}
    if kept is not None:
        done = {
            int(row): mean[:leads]
            for row, mean in zip(
                (kept.days - past.first_day).astype(np.int64), kept.mean, strict=True
            )
        }
        if kept.fitted is not None and kept.fitted_on is not None:
            age = int((past.first_day + last - kept.fitted_on).astype(np.int64))
            if age < 2 * model.refit_days:
                fitted, fitted_on = kept.fitted, kept.fitted_on
    newer = any(isinstance(one, KnownForetold) for one in known.inputs.values())
    anew = newer or model.refit_days == 1  # more may have been foretold since it was trained
    missing = [row for row in rows if row not in done or (row == last and anew)]
    if model.name in KEPT and fitted is None:
        fitted, fitted_on = model.fit(known, leads), past.first_day + last
    older = missing
    if fitted is not None and fitted_on is not None:
        # what it learned from it cannot forecast: that would make the intervals too narrow
        older = [row for row in missing if past.first_day + row < fitted_on]
        for row in missing[len(older) :]:
            done[row] = fitted.predict(known.until(row), leads)
    for run in plan_runs(model, known, older, fresh=frozenset({last}), leads=leads):
        done |= dict(zip(run.rows, forecast_run(run), strict=True))
    everything = Run(model, known, tuple(rows), leads)
    rolling = roll(model, past, [everything], [np.stack([done[row] for row in rows])])
    return _Rolled(rolling, fitted, fitted_on)


def _told(model: Champion, left_out: Mapping[str, ModelNotFitted], blended: Blend) -> RolledBack:
    weight = blended.weight[-1]
    notes = [f"the champion does without {name}: {fault}" for name, fault in left_out.items()]
    for name, error in zip(blended.parts, blended.error, strict=True):
        if error >= 1.0:
            notes.append(
                f"{name} erred {error:.2f} times as much as the naive of late: it has no weight"
            )
    if not weight.any():
        notes.append("no model beats the naive of late: the naive forecasts")
        rolling = blended.rolling.with_mean(model.naive.name, blended.rolling.mean)
        return RolledBack(rolling, tuple(notes), {"blend": model.naive.name})
    return RolledBack(blended.rolling, tuple(notes), {"blend": told(blended.parts, weight)})
