"""WHAT EACH NAME OF THE SCHEDULE'S TABLE DOES for one factory. Each is a loop over the verbs."""

from __future__ import annotations

from collections.abc import Mapping

from chocolate_factory.jobs.advice import advise, train_advice
from chocolate_factory.jobs.alerts import alerts
from chocolate_factory.jobs.collecting import (
    history,
    others,
    outlook,
    prices,
    recent,
    repair_nightly,
    watch,
)
from chocolate_factory.jobs.factory import Factory
from chocolate_factory.jobs.foretelling import forecast, score, train_prices
from chocolate_factory.jobs.keeping import backup, probe, retention
from chocolate_factory.jobs.planning import plan, savings_close
from chocolate_factory.schedule import Job


def jobs_of(factory: Factory) -> Mapping[str, Job]:
    """What each name of the table does for ``factory``."""
    return {
        "pvpc": prices(factory, factory.feeds.pvpc),
        "spot": prices(factory, factory.feeds.spot),
        "day-ahead-watch": lambda now, tell: watch(factory, now, tell),
        "weather": lambda now, tell: recent(factory, factory.feeds.weather, now, tell),
        "weather-forecast": lambda now, tell: outlook(factory, now, tell),
        "generation": lambda now, tell: others(factory, now, tell),
        "history": lambda now, tell: history(factory, now, tell),
        "gap-repair": lambda now, tell: repair_nightly(factory, now, tell),
        "train-prices": lambda now, tell: train_prices(factory, now, tell),
        "train-advice": lambda now, tell: train_advice(factory, now, tell),
        "forecast": lambda now, tell: forecast(factory, now, tell),
        "plan": lambda now, tell: plan(factory, now, tell),
        "score": lambda now, tell: score(factory, now, tell),
        "savings-close": lambda now, tell: savings_close(factory, now, tell),
        "advise": lambda now, tell: advise(factory, now, tell),
        "alerts": lambda now, tell: alerts(factory, now, tell),
        "backup": lambda now, tell: backup(factory, now, tell),
        "retention": lambda now, tell: retention(factory, now, tell),
        "probe": lambda now, tell: probe(factory, now, tell),
    }
