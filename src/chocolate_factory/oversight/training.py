"""TRAINING: the slow part of forecasting, done ahead, kept in the folder of models, and used.

A champion is trained for each information state in which the schedule forecasts: before tomorrow's
prices are known, and, for the PVPC, once tomorrow's day-ahead price is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial, reduce
from math import isfinite

from chocolate_factory import pipeline
from chocolate_factory.errors import ArtefactInvalid, MissingData, ModelNotFitted
from chocolate_factory.forecasting import artefact
from chocolate_factory.forecasting.champion import Champion
from chocolate_factory.forecasting.foretold import KnownColumn
from chocolate_factory.forecasting.issue import known_at, known_columns, past_before
from chocolate_factory.forecasting.layout import Slots
from chocolate_factory.forecasting.registry import model_named
from chocolate_factory.forecasting.training import State, Trained, state_of, train
from chocolate_factory.market.calendar import delivery_day, local_instant, to_datetime
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.series import Forecast, Series, SeriesKey
from chocolate_factory.oversight.folder import KeptModel, ModelFolder
from chocolate_factory.store.base import Store

CHAMPION = "champion"

FORECAST_AT = (time(0, 55), time(13, 55), time(20, 55))
"""Madrid times at which the schedule forecasts: what is known then is what is trained for."""

LEADS = 16
"""Lead days trained for: two weeks, the rest of a day, and a day whose prices are late."""


KnownState = tuple[Slots, Mapping[str, KnownColumn]]
"""The past of a series, and the columns beside it."""

MapStates = Callable[[Callable[[KnownState], Trained], Iterable[KnownState]], Iterable[Trained]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the folder of models gives for a series.

    Parameters
    ----------
    trained
        The newest trained model that can be used; None if there is none.
    kept
        Its file, or the newest one if none can be used; None if there is none.
    fault
        Why the newest one is not used, and what is instead; None if it is.
    about
        What the trained model says of itself, by name.
    """

    trained: Trained | None
    kept: KeptModel | None
    fault: str | None
    about: Mapping[str, str]


def train_series(
    store: Store,
    key: SeriesKey,
    *,
    now: datetime,
    tell: Callable[[int, int, str], None] = lambda _done, _total, _detail: None,
    spread: MapStates = map,
) -> Trained:
    """Train the champion of ``key`` on what is known at ``now``, one information state at a time.

    ``spread`` takes the place of the built-in ``map``, to work elsewhere than here.

    Raises ``ModelNotFitted`` if the history is too short even for the naive, ``MissingData`` if its
    newest days are missing.
    """
    states = _states(store, key, now)
    made: list[Trained] = []
    for number, known in enumerate(states.values(), start=1):
        tell(number - 1, len(states), f"training {key.name}, state {number} of {len(states)}")
        made += spread(partial(_trained_in, key), [known])
    return reduce(_joined, made)


def _trained_in(key: SeriesKey, known: KnownState) -> Trained:
    past, columns = known
    return train(_champion(), key, past, [columns], LEADS)


def train_at(
    store: Store, key: SeriesKey, *, origin: datetime, leads: int, earlier: Trained | None = None
) -> Trained:
    """Train the champion of ``key`` for the one information state of ``origin``, ``leads`` days.

    ``earlier`` as in ``train``. Raises ``ModelNotFitted`` or ``MissingData`` as ``train_series``.
    """
    history = store.read(key, origin - pipeline.HISTORY, origin + pipeline.HORIZON, as_of=origin)
    past = _past_at(history, origin)
    inputs = pipeline.inputs_of(store, key, origin=origin)
    columns = known_columns(inputs, past, origin, pipeline.foretold_of(store, key, origin=origin))
    return train(_champion(), key, past, [columns], leads, earlier=earlier)


def forecast_by(
    store: Store, key: SeriesKey, loaded: Loaded, *, origin: datetime, horizon: timedelta
) -> Forecast:
    """Forecast by the trained champion; without one, by the first model history is long enough for.

    A model that was trained after ``origin`` knows too much and is not used. What is not as it
    should be stands in the notes. Raises ``ModelNotFitted`` or ``MissingData``.
    """
    later = loaded.kept is not None and loaded.kept.trained_at > origin
    trained = None if later else loaded.trained
    models = pipeline.MODELS if trained is None else (CHAMPION, *pipeline.MODELS)
    made = pipeline.forecast(
        store, key, origin=origin, horizon=horizon, models=models, trained=trained
    )
    if loaded.fault is not None:
        return replace(made, notes=(*made.notes, loaded.fault))
    if trained is None:
        untrained = f"no champion is trained yet, the job train-prices does it: {made.model}"
        return replace(made, notes=(*made.notes, f"{untrained} forecasts in its place"))
    return made


def forecast_ahead(
    store: Store,
    folder: ModelFolder,
    key: SeriesKey,
    origin: datetime,
    *,
    horizon: timedelta = pipeline.HORIZON,
) -> Forecast:
    """``forecast_by`` the newest usable model of ``folder``, by default as far as is kept."""
    return forecast_by(store, key, load_model(folder, key), origin=origin, horizon=horizon)


def keep_model(folder: ModelFolder, trained: Trained, *, now: datetime) -> KeptModel:
    """Store a trained model in ``folder``. Raises ``StoreError`` if it cannot be written."""
    return folder.keep(trained.key, artefact.dump(trained, trained_at=now), trained_at=now)


def errors_of(trained: Trained) -> dict[str, float]:
    """Error of each part relative to the naive's, in the state with the fewest known prices.

    Smallest first; parts that could not be compared are left out.
    """
    plain = min(trained.error, key=lambda state: sum(lead_h for _, lead_h in state))
    told = {name: error for name, error in trained.error[plain].items() if isfinite(error)}
    return dict(sorted(told.items(), key=lambda one: one[1]))


def weights_of(made: Forecast) -> dict[str, float]:
    """How much each part counts in a champion's forecast; one name alone counts for all."""
    told: dict[str, float] = {}
    for part in made.inputs.get("blend", made.model).split(", "):
        name, _, weight = part.partition(" ")
        told[name] = float(weight) if weight else 1.0
    return told


def load_model(folder: ModelFolder, key: SeriesKey) -> Loaded:
    """The newest usable model of ``key`` in ``folder``; that it is an older one is a fault."""

    def read(content: bytes, where: str) -> tuple[Trained | None, Mapping[str, str]]:
        found = artefact.load(content, key=key, where=where)
        return found.trained, found.about

    return _newest(folder, key, read)


def look_at_model(folder: ModelFolder, key: SeriesKey) -> Loaded:
    """The same without what it learned, and quick: no tree is read, nor the library for them."""

    def read(content: bytes, where: str) -> tuple[Trained | None, Mapping[str, str]]:
        return None, artefact.told_by(content, key=key, where=where)

    return _newest(folder, key, read)


def _newest(
    folder: ModelFolder,
    key: SeriesKey,
    read: Callable[[bytes, str], tuple[Trained | None, Mapping[str, str]]],
) -> Loaded:
    kept = folder.kept(key)
    faults: list[str] = []
    for model in kept:
        try:
            trained, about = read(folder.read(model), model.path.name)
        except ArtefactInvalid as fault:
            faults.append(str(fault))
            continue
        instead = f"the model trained {model.trained_at:%Y-%m-%d %H:%MZ} is used"
        fault_told = f"{faults[0]}; {instead}" if faults else None
        return Loaded(trained, model, fault_told, about)
    if not kept:
        return Loaded(None, None, None, {})
    return Loaded(
        None,
        kept[0],
        f"{faults[0]}; {pipeline.MODELS[0]} forecasts until the next training",
        {},
    )


def _states(store: Store, key: SeriesKey, now: datetime) -> dict[State, KnownState]:
    """History and columns of each information state, as it was at the newest times of forecasts.

    States are told apart, and named, by what is known besides what is foretold. Raises the reason
    if there is none.
    """
    history = store.read(key, now - pipeline.HISTORY, now + pipeline.HORIZON, as_of=now)
    inputs = pipeline.inputs_of(store, key, origin=now)
    found: dict[State, tuple[Slots, Mapping[str, KnownColumn]]] = {}
    reason: ModelNotFitted | MissingData | None = None
    today = delivery_day(now)
    moments = {local_instant(today - back * DAY, at) for back in (0, 1) for at in FORECAST_AT}
    for origin in sorted((at for at in moments if at <= now), reverse=True):
        try:
            past = _past_at(history, origin)
        except MissingData as fault:
            reason = fault
            continue
        state = state_of(known_columns(inputs, past, origin))
        if state not in found:  # what is foretold is the same in all, and long to read
            foretold = pipeline.foretold_of(store, key, origin=origin)
            found[state] = past, known_columns(inputs, past, origin, foretold)
    if not found and reason is not None:
        raise reason
    return found


def _past_at(history: Series, origin: datetime) -> Slots:
    known = known_at(history, origin)
    if not len(known):
        return past_before(known, delivery_day(origin))
    return past_before(known, delivery_day(to_datetime(known.start[-1])) + DAY)


def _champion() -> Champion:
    model = model_named(CHAMPION)
    if not isinstance(model, Champion):
        raise TypeError(f"{CHAMPION} is a {type(model).__name__}")
    return model


def _joined(newest: Trained, other: Trained) -> Trained:
    return replace(
        newest, parts={**other.parts, **newest.parts}, error={**other.error, **newest.error}
    )
