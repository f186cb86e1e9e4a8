"""What prices will be as seen at an origin, and the newest such forecast that is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chocolate_factory.errors import ModelNotFitted, ModelUnfit, RequestInvalid
from chocolate_factory.forecasting import issue_forecast
from chocolate_factory.forecasting.training import Trained
from chocolate_factory.market.ahead import LONGEST_H
from chocolate_factory.market.calendar import delivery_day, local_midnight, to_datetime
from chocolate_factory.market.catalog import CO2_ALLOWANCE, DAY, DAY_AHEAD, GAS, LINARES, PVPC, SPOT
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.series import SIMULATED_PREFIX, Forecast, Series, SeriesKey
from chocolate_factory.pipeline.ingesting import holds_simulated
from chocolate_factory.store.base import Store

HISTORY = timedelta(days=1300)
"""How far back a model reads: three years of fitting window and the lags before it."""

HORIZON = timedelta(hours=LONGEST_H)
"""How far ahead the forecast that is kept and shown reaches."""

MODELS = ("ridge", "similar-day", "naive")
"""Models in the order in which they are tried while none is trained."""

_BESIDE = (*DAY_AHEAD.values(), GAS, CO2_ALLOWANCE)
EXOGENOUS = {PVPC: (SPOT, *_BESIDE), SPOT: _BESIDE}
"""What the models may look at besides the prices of a series."""

_WEATHER = tuple(
    SeriesKey(name, LINARES) for name in ("temperature", "wind_speed", "solar_radiation")
)
FORETOLD = {PVPC: _WEATHER, SPOT: _WEATHER}
"""And what of the forecasts of other things, each as it was told day after day."""

FORETOLD_BY = "open-meteo"
"""Whose forecasts: of those collected the only ones of every hour and of a week, and with the sun.

One source alone, because each errs in its own way and the hours of a day are compared.
"""


def forecast(
    store: Store,
    key: SeriesKey,
    *,
    origin: datetime,
    horizon: timedelta,
    models: Sequence[str] = MODELS,
    trained: Trained | None = None,
) -> Forecast:
    """Prices of ``key`` over [origin, origin + horizon) as seen at ``origin``.

    By the first of ``models`` that the stored history is long enough for and that does not err more
    than the naive; the notes say if that is not the first one, and why. One that is the only one
    forecasts whatever it errs. ``trained`` spares the slow part of a champion, which forecasts only
    what it was trained for.

    Raises ``ModelNotFitted`` with what the last one needs if it is too short for all of them.
    """
    end = origin + horizon
    history = store.read(key, origin - HISTORY, end, as_of=origin)
    inputs = inputs_of(store, key, origin=origin)
    foretold = foretold_of(store, key, origin=origin)
    passed: list[str] = []
    for model in models:
        try:
            made = issue_forecast(
                history, origin=origin, end=end, model=model, inputs=inputs, foretold=foretold,
                trained=trained, beats_naive=len(models) > 1,
            )  # fmt: skip
        except ModelNotFitted as fault:
            if model == models[-1]:
                raise
            unfit = isinstance(fault, ModelUnfit)
            passed.append(str(fault) if unfit else f"too little history for {model}")
            continue
        notes = (f"{why}: {made.model} forecasts in its place" for why in passed)
        return replace(made, notes=(*made.notes, *notes))
    raise RequestInvalid("name a model to forecast with")


def inputs_of(store: Store, key: SeriesKey, *, origin: datetime) -> tuple[Series, ...]:
    """The exogenous series of which anything is stored, as far as they were known at ``origin``."""
    told = (
        store.read(name, origin - HISTORY, origin + 3 * DAY, as_of=origin)
        for name in EXOGENOUS.get(key, ())
    )
    return tuple(series for series in told if len(series))


def foretold_of(
    store: Store, key: SeriesKey, *, origin: datetime, since: datetime | None = None
) -> tuple[Foretold, ...]:
    """The forecasts of other things that are stored, as told by ``origin`` and on each day before.

    For delivery periods from ``since``, by default ``HISTORY`` before ``origin``. Whichever site
    asks, it is the weather of all: their prices are the same.
    """
    store = store.of_site("")
    source = f"{SIMULATED_PREFIX if holds_simulated(store) else ''}{FORETOLD_BY}"
    begin, end = since or origin - HISTORY, origin + HORIZON
    told = (
        store.foretold(name, begin, end, as_of=origin, source=source)
        for name in FORETOLD.get(key, ())
    )
    return tuple(one for one in told if len(one))


def known_ahead(store: Store, key: SeriesKey, as_of: datetime) -> Forecast | None:
    """Prices of ``key`` from the Madrid midnight before ``as_of``: published, then as forecast.

    The newest stored forecast with what was published since; published prices alone where none is
    stored, None without either. Runs no model.
    """
    midnight = local_midnight(delivery_day(as_of))
    known = store.read(key, midnight, as_of + HORIZON, as_of=as_of)
    kept = store.forecast(key, as_of=as_of)
    if kept is None:
        return Forecast.all_published(known) if len(known) else None
    return kept.with_published(known)


def end_of(made: Forecast) -> datetime:
    """Where a forecast ends (not included), UTC; it must have a period."""
    return to_datetime(made.start[-1]) + timedelta(seconds=int(made.resolution_s[-1]))
