"""The climate of a place, worked out anew only when more of what it rests on is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from chocolate_factory import jobs, upkeep
from chocolate_factory.app.work import Clock
from chocolate_factory.insights.advice.answer import LimitKind
from chocolate_factory.insights.climatology import Limit
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.web import analysis_views
from chocolate_factory.web.analysis_routes import AnalysisDesk
from chocolate_factory.web.analysis_schemas import ClimatePanel


def analysis_desk(factory: Factory, clock: Clock) -> AnalysisDesk:
    """What may be asked of the climate of ``factory``."""
    market, hourly = factory.task.market or PVPC, factory.feeds.weather.keys

    def stored(*keys: SeriesKey) -> tuple[object, ...]:
        """What decides an answer: it is worked out anew when more of these is stored."""
        wanted = {*upkeep.SIAR_KEYS, *keys}
        return tuple(
            (told.key, told.count, told.newest_available_at)
            for told in factory.store.coverage()
            if told.key in wanted
        )

    @lru_cache(maxsize=1)
    def climate(state: object) -> upkeep.Climate:  # noqa: ARG001
        return upkeep.climate(factory.store, as_of=clock())

    @lru_cache(maxsize=1)
    def together(state: object) -> upkeep.WeatherAndPrices:  # noqa: ARG001
        return upkeep.weather_and_prices(factory.store, market, hourly, as_of=clock())

    return AnalysisDesk(
        now=clock,
        climate=lambda: climate(stored()),
        together=lambda: together(stored(market, *hourly)),
        today=lambda: upkeep.day_of_weather(factory.store, hourly, as_of=clock()),
        limits=_limits(factory),
    )


def _limits(factory: Factory) -> tuple[Limit, ...]:
    """What the stages of the plant bear, as daily variables of the record."""
    return tuple(
        Limit(one.stage, _VARIABLE[one.kind], one.bound)
        for one in jobs.ambient_limits(factory)
        if one.kind in _VARIABLE
    )


_VARIABLE: Mapping[LimitKind, str] = {"max_c": "temp_max", "max_humidity_pct": "humidity_max"}


def climate_panel(factory: Factory, desk: AnalysisDesk) -> Callable[[], ClimatePanel]:
    """The panel, put together anew when the record grows, prices or weather reach further back, or
    a day is over: correlations over decades are not for every request."""
    own = {*upkeep.SIAR_KEYS, factory.task.market or PVPC, *factory.feeds.weather.keys}

    @lru_cache(maxsize=1)
    def worked_out(day: date, state: object) -> tuple[upkeep.Climate, upkeep.WeatherAndPrices]:  # noqa: ARG001
        return desk.climate(), desk.together()

    @lru_cache(maxsize=1)
    def panel(
        climate: upkeep.Climate, told: upkeep.WeatherAndPrices, today: upkeep.DayOfWeather
    ) -> ClimatePanel:
        return analysis_views.panel(climate, told, today, desk.limits, as_of=desk.now())

    def current() -> ClimatePanel:
        held = [told for told in factory.store.coverage() if told.key in own]
        state = tuple(
            (told.key, told.first, told.count if told.key in upkeep.SIAR_KEYS else 0)
            for told in held
        )
        return panel(*worked_out(delivery_day(desk.now()), state), desk.today())

    return current
