"""What a kWh costs over the time to be planned, and the weather, as known at an origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.forecasting.scenarios import draw
from chocolate_factory.market.calendar import HOUR, periods, to_datetime
from chocolate_factory.market.catalog import LINARES, SITE_POWER
from chocolate_factory.market.contract import price_eur_kwh
from chocolate_factory.market.regulated import carried_forward
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.pipeline.foretelling import MODELS, end_of, forecast, known_ahead
from chocolate_factory.pipeline.tasks import PlanTask, TakeOver, demands_of, planned_days
from chocolate_factory.planning.ambient import Weather, looks_outside
from chocolate_factory.planning.excess_power import SoFar
from chocolate_factory.planning.excess_so_far import excess_before, month_before
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import agreed_prices, planning_prices, planning_window
from chocolate_factory.planning.risk import Paths
from chocolate_factory.store.base import Store

WEATHER_BEFORE = timedelta(days=2)
"""How far before a plan the weather is read."""

PATHS = 200
PATHS_SEED = 1
"""So many price paths are drawn, and with this seed, where nobody asks for others."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What a kWh costs over the time to be planned, and the weather if the plant looks at it.

    ``market`` None for agreed prices. ``excess_so_far``: that of the month, if it is priced.
    """

    prices: PlanningPrices
    market: Forecast | None
    notes: tuple[str, ...]
    weather: Weather | None = None
    excess_so_far: SoFar = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether any price rests on the built-in simulation."""
        return self.market is not None and self.market.simulated


def outlook(
    store: Store,
    task: PlanTask,
    *,
    origin: datetime,
    models: Sequence[str] = MODELS,
    take_over: TakeOver | None = None,
    stored: bool = False,
) -> Outlook:
    """The prices and the weather that ``plan`` of the same arguments stands on.

    ``stored``: the newest stored forecast is good enough if it reaches far enough, with what was
    published since.
    """
    first_day, days = planned_days(task, origin, take_over)
    start, end = planning_window(first_day, days, demands_of(task, first_day, days, take_over))
    if task.contract.market is None:
        prices = agreed_prices(task.contract, start, end)
        ahead = Outlook(prices, None, carried_forward(end))
        return _seen(store, task, ahead, (start, end), origin=origin, take_over=take_over)
    kept = known_ahead(store, task.contract.market, origin) if stored else None
    if kept is None or end_of(kept) < end or to_datetime(kept.start[0]) > origin:
        kept = _outlook(store, task.contract.market, origin, end, models)
    ahead = priced(kept, task, origin=origin, take_over=take_over)
    return _seen(store, task, ahead, (start, end), origin=origin, take_over=take_over)


def as_before(store: Store, task: PlanTask, over: TakeOver, *, origin: datetime) -> Outlook:
    """What the plan before was made on, with the month's excess power until the hand-over."""
    running = over.running
    ahead = Outlook(running.prices, None, (), running.weather)
    return _exceeded(store, task, ahead, over.hand_over, origin=origin, running=running)


def priced(
    market: Forecast, task: PlanTask, *, origin: datetime, take_over: TakeOver | None = None
) -> Outlook:
    """An outlook on the market through the contract of ``task``.

    Raises ``MissingData`` if it does not cover what is to be planned.
    """
    first_day, days = planned_days(task, origin, take_over)
    start, end = planning_window(first_day, days, demands_of(task, first_day, days, take_over))
    prices = planning_prices(market, task.contract)
    prices.covering(max(start, origin), end)
    return Outlook(prices, market, (*market.notes, *carried_forward(end)))


def paths_of(
    market: Forecast | None,
    task: PlanTask,
    prices: PlanningPrices,
    *,
    count: int = PATHS,
    seed: int = PATHS_SEED,
) -> Paths:
    """What a kWh may cost, path by path, through the contract; agreed prices have one path only."""
    if market is None:
        return Paths(prices, prices.eur_kwh[None, :])
    drawn = draw(market, count=count, seed=seed)
    none, one = (
        price_eur_kwh(
            task.contract, market.start, np.full(market.start.shape, value), of=market.key
        )
        for value in (0.0, 1.0)
    )
    return Paths(prices, none + drawn * (one - none))


def _seen(
    store: Store,
    task: PlanTask,
    ahead: Outlook,
    window: tuple[datetime, datetime],
    *,
    origin: datetime,
    take_over: TakeOver | None,
) -> Outlook:
    """``ahead`` with the weather of the ``window`` and the month's excess power before it."""
    ahead = replace(ahead, weather=weather_over(store, task.plant, *window, as_of=origin))
    begin = max(window[0], origin if take_over is None else take_over.hand_over)
    running = None if take_over is None else take_over.running
    return _exceeded(store, task, ahead, begin, origin=origin, running=running)


def _exceeded(
    store: Store,
    task: PlanTask,
    ahead: Outlook,
    begin: datetime,
    *,
    origin: datetime,
    running: Plan | None,
) -> Outlook:
    """``ahead`` with the month's excess power before ``begin``, if it is priced."""
    if task.contract.exceed_up_to_kw is None:
        return ahead
    measured = store.read(SITE_POWER, month_before(begin), origin, as_of=origin)
    so_far, said = excess_before(begin, task.plant, task.contract, measured, running)
    return replace(ahead, excess_so_far=so_far, notes=(*ahead.notes, *said))


def weather_over(
    store: Store, plant: Plant, start: datetime, end: datetime, *, as_of: datetime
) -> Weather | None:
    """What was known of the weather of [start, end) at ``as_of``, if the plant looks at it."""
    return weather_before(store, start, end, as_of=as_of) if looks_outside(plant) else None


def weather_before(store: Store, start: datetime, end: datetime, *, as_of: datetime) -> Weather:
    """What was known of the weather of [start, end) and of days before at ``as_of``.

    Hourly, NaN where nothing was known; the days before are there so that walls that warm up slowly
    have done so.
    """
    hours = periods(start - WEATHER_BEFORE, end, HOUR)
    found = []
    for name in ("temperature", "humidity", "solar_radiation"):
        series = store.read(SeriesKey(name, LINARES), start - WEATHER_BEFORE, end, as_of=as_of)
        values = np.full(hours.size, np.nan)
        values[np.searchsorted(hours, series.start)] = series.value
        found.append(values)
    return Weather(hours, *found)


def _outlook(
    store: Store, key: SeriesKey, origin: datetime, end: datetime, models: Sequence[str]
) -> Forecast:
    kept = store.forecast(key, as_of=origin)
    if kept is not None and kept.origin == origin and kept.model in models and end_of(kept) >= end:
        return kept
    return forecast(store, key, origin=origin, horizon=end - origin, models=models)
