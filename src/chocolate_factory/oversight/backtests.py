"""BACKTESTS THAT ARE KEPT: models measured on stored prices, the result noted as an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import perf_counter

from pydantic import TypeAdapter, ValidationError

from chocolate_factory import pipeline
from chocolate_factory.errors import RequestInvalid, StoreError
from chocolate_factory.forecasting import Comparison, ForetoldInput, Input, Summary, backtest
from chocolate_factory.forecasting.extras import require
from chocolate_factory.forecasting.registry import columns_seen, model_named
from chocolate_factory.forecasting.results import Blended
from chocolate_factory.forecasting.rolling import MapRuns
from chocolate_factory.market.ahead import LONGEST_H
from chocolate_factory.market.calendar import day_bounds, delivery_day, to_datetime
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.series import Series, SeriesKey
from chocolate_factory.oversight.vintages import (
    Information,
    foretold_in_time,
    inputs_in_time,
)
from chocolate_factory.store.base import Event, Store

KIND = "backtest"
MOST_FORECASTS = 3000
"""Origins times models, at most: some hours of work."""
SHORTEST_H = 24

Progress = Callable[[int, int], None]

_SERIES: Mapping[str, SeriesKey] = {key.name: key for key in (PVPC, SPOT)}


@dataclass(frozen=True, slots=True)
class BacktestAsked:
    """What is to be measured: see ``forecasting.backtest``.

    ``series`` is ``pvpc`` or ``spot``; with ``spot-known`` the models of PVPC see the spot of the
    first delivery day.
    """

    series: str
    first: date
    last: date
    horizon_h: int = 168
    every: int = 1
    models: tuple[str, ...] = ("naive", "similar-day", "ridge")
    information: Information = "before-spot"

    def texts(self) -> Mapping[str, str]:
        """As a run keeps it, so that it can be taken up again."""
        return {
            "series": self.series,
            "from": str(self.first),
            "to": str(self.last),
            "horizon_h": str(self.horizon_h),
            "every": str(self.every),
            "models": ",".join(self.models),
            "information": self.information,
        }

    @classmethod
    def of_texts(cls, asked: Mapping[str, str]) -> BacktestAsked:
        """Inverse of ``texts``."""
        spot_known = asked["information"] == "spot-known"
        return cls(
            series=asked["series"],
            first=date.fromisoformat(asked["from"]),
            last=date.fromisoformat(asked["to"]),
            horizon_h=int(asked["horizon_h"]),
            every=int(asked["every"]),
            models=tuple(asked["models"].split(",")),
            information="spot-known" if spot_known else "before-spot",
        )


def checked(asked: BacktestAsked) -> BacktestAsked:
    """The same, if it can be done.

    Raises ``RequestInvalid`` naming what cannot be; ``ModelNotFitted`` if a model's library is not
    installed, saying how to install it.
    """
    if asked.series not in _SERIES:
        raise RequestInvalid(f"no series {asked.series!r} to measure: {' or '.join(_SERIES)}")
    if not SHORTEST_H <= asked.horizon_h <= LONGEST_H:
        raise RequestInvalid(f"{asked.horizon_h} h ahead: from {SHORTEST_H} to {LONGEST_H}")
    if asked.every < 1 or asked.last < asked.first:
        raise RequestInvalid(
            f"every {asked.every} days from {asked.first} to {asked.last}: no origin is in there"
        )
    if not asked.models or len(set(asked.models)) != len(asked.models):
        raise RequestInvalid("name at least one model, each once")
    for name in asked.models:
        require(model_named(name).name)
    if asked.series == SPOT.name and asked.information == "spot-known":
        raise RequestInvalid("spot-known: the spot itself cannot be known when it is forecast")
    forecasts = ((asked.last - asked.first).days // asked.every + 1) * len(asked.models)
    if forecasts > MOST_FORECASTS:
        raise RequestInvalid(
            f"{forecasts} forecasts (origins times models): at most {MOST_FORECASTS}; take fewer "
            "days or models, or a larger step"
        )
    return asked


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """What a backtest came to, as it is kept.

    Parameters
    ----------
    asked, unit
        What was measured, and the unit of its errors.
    made_at, seconds
        When it was begun (UTC) and how long it took, the last time if it was interrupted.
    history_first, history_last
        Delivery days of the prices the models could learn from.
    inputs
        Columns besides the prices, and for how many hours ahead they were known.
    skipped
        First delivery days without a forecast.
    simulated
        Whether any price is simulated.
    summary, comparisons
        As in ``forecasting.Backtest``.
    inputs_of
        Of those columns the ones that each model looks at, by its name.
    notes
        What a person should know of origins and inputs.
    blends
        Of models that are blends, by name: what of.
    """

    asked: BacktestAsked
    unit: str
    made_at: datetime
    seconds: float
    history_first: date
    history_last: date
    inputs: dict[str, int]
    skipped: tuple[date, ...]
    simulated: bool
    summary: tuple[Summary, ...]
    comparisons: tuple[Comparison, ...]
    inputs_of: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    blends: dict[str, Blended] = field(default_factory=dict)


_REPORT = TypeAdapter(BacktestReport)


@dataclass(frozen=True, slots=True)
class Material:
    """What a backtest follows from besides what is asked: prices, and columns beside them."""

    history: Series
    inputs: Sequence[Input]
    foretold: Sequence[ForetoldInput]

    def parts(self) -> Iterator[object]:
        """All of it, as bytes and words."""
        yield from (self.history.start.tobytes(), self.history.value.tobytes())
        yield self.history.simulated
        for one in self.inputs:
            yield from (one.name, one.lead_h, one.start.tobytes(), one.value.tobytes())
        for each in self.foretold:
            told, known = each.told, each.last_day - each.told.days_before
            yield from (each.name, told.source, told.start.tobytes(), known.tobytes())
            yield told.value.tobytes()


def measure(
    store: Store, asked: BacktestAsked, *, now: datetime, progress: Progress, spread: MapRuns
) -> BacktestReport:
    """Run a backtest on what is stored as of ``now``, and keep its result: see ``measured``."""
    given = material(store, asked, now=now)
    report = measured(given, asked, now=now, progress=progress, spread=spread)
    store.save_event(backtest_event(report))
    return report


def material(store: Store, asked: BacktestAsked, *, now: datetime) -> Material:
    """What is stored as of ``now`` for a backtest.

    Prices are those known now: a later correction of a past price counts. The columns beside them
    are those that were stored in time (``vintages``).

    Raises ``RequestInvalid`` if no price is stored.
    """
    key = _SERIES[asked.series]
    since = day_bounds(asked.first)[0] - pipeline.HISTORY
    until = day_bounds(asked.last)[1] + timedelta(hours=asked.horizon_h)
    history = store.read(key, since, until, as_of=now, kinds=pipeline.OBSERVED)
    if not len(history):
        raise RequestInvalid(f"{key}: no price is stored from {since:%Y-%m-%d} on")
    inputs = inputs_in_time(
        store, key, since=since, until=until, as_of=now, information=asked.information
    )
    if asked.information == "spot-known" and SPOT.name not in {one.name for one in inputs}:
        raise RequestInvalid("spot-known: no spot is stored: import or ingest it")
    foretold = foretold_in_time(
        store, key, since=since, as_of=min(now, until), information=asked.information
    )
    return Material(history, inputs, foretold)


def measured(
    given: Material, asked: BacktestAsked, *, now: datetime, progress: Progress, spread: MapRuns
) -> BacktestReport:
    """Run a backtest on ``given``, read as of ``now``; stores nothing.

    ``spread`` takes the place of ``map``: see ``forecasting.backtest``, also for what is raised.
    """
    began_s, history = perf_counter(), given.history
    made = backtest(
        history, first=asked.first, last=asked.last, horizon_h=asked.horizon_h,
        models=asked.models, every=asked.every, about=spec(history.key), inputs=given.inputs,
        foretold=given.foretold, progress=progress, map=spread,
    )  # fmt: skip
    first, last = (delivery_day(to_datetime(history.start[at])) for at in (0, -1))
    return BacktestReport(
        asked, made.unit, now, round(perf_counter() - began_s, 1), first, last,
        dict(made.inputs), made.skipped, history.simulated, made.summary, made.comparisons,
        {name: columns_seen(model_named(name), made.inputs) for name in asked.models},
        made.notes, dict(made.blends),
    )  # fmt: skip


def backtest_event(report: BacktestReport) -> Event:
    """A result as the event that keeps it."""
    document = _REPORT.dump_json(report).decode()
    at = report.made_at
    return Event(f"{KIND}-{report.asked.series}-{at:%Y%m%dT%H%M%S%f}", KIND, at, document)


def newest_backtest(store: Store, *, as_of: datetime) -> BacktestReport | None:
    """The result kept last; None if there is none. Raises ``StoreError`` if it is damaged."""
    kept = store.events(KIND, as_of=as_of)
    return report_of(kept[-1]) if kept else None


def report_of(event: Event) -> BacktestReport:
    """The result that an event keeps. Raises ``StoreError`` if it is damaged."""
    try:
        return _REPORT.validate_json(event.document)
    except ValidationError as fault:
        raise StoreError(
            f"the stored backtest {event.event_id} is not of this version: run another one"
        ) from fault
