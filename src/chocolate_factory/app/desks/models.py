"""How forecasts and models of a zone stand, worked out once for each state of its scores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from chocolate_factory import jobs, oversight
from chocolate_factory.app.work import Clock
from chocolate_factory.jobs import Zone
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.web.asked import ModelHealth

ModelsOf = Callable[[], tuple[ModelHealth, ...]]


def models_of(zone: Zone, clock: Clock) -> ModelsOf:
    """Tells how the forecasts and the models of every price series of ``zone`` stand."""

    @lru_cache(maxsize=8)
    def judged(key: SeriesKey, today: date, scored: object) -> oversight.Verdict:  # noqa: ARG001
        return oversight.verdict(zone.store, key, as_of=clock())

    @lru_cache(maxsize=8)
    def loaded(key: SeriesKey, state: object) -> oversight.Loaded:  # noqa: ARG001
        return oversight.look_at_model(zone.models, key)

    def models() -> tuple[ModelHealth, ...]:
        now = clock()
        runs = zone.store.runs(job="score", limit=1)
        scored = tuple((run.run_id, run.finished_at) for run in runs)
        told = []
        for key in jobs.FORECAST_SERIES:
            judgement = judged(key, delivery_day(now), scored)
            health = oversight.forecast_health(zone.store, key, as_of=now, judged=judgement)
            model = loaded(key, zone.models.state(key))
            weights = {} if health.forecast is None else oversight.weights_of(health.forecast)
            told.append(ModelHealth(health, model.kept, model.fault, weights, model.about))
        return tuple(told)

    return models
