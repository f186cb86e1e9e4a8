"""WHAT THE SCHEDULE DOES for one factory: each job is a loop over the verbs."""

from chocolate_factory.jobs.advice import advise, ambient_limits, train_advice
from chocolate_factory.jobs.collecting import (
    REPAIRED_WITHIN,
    chosen,
    history,
    one_after_the_other,
    repair,
    result_of,
)
from chocolate_factory.jobs.contracting import advise_contract
from chocolate_factory.jobs.factory import FORECAST_SERIES, Factory, Feeds
from chocolate_factory.jobs.foretelling import (
    forecast,
    refresh_forecasts,
    train_prices,
    validate_models,
)
from chocolate_factory.jobs.keeping import reachable
from chocolate_factory.jobs.planning import emission, refresh_plan, rules_of
from chocolate_factory.jobs.table import jobs_of

__all__ = [
    "FORECAST_SERIES",
    "REPAIRED_WITHIN",
    "Factory",
    "Feeds",
    "advise",
    "advise_contract",
    "ambient_limits",
    "chosen",
    "emission",
    "forecast",
    "history",
    "jobs_of",
    "one_after_the_other",
    "reachable",
    "refresh_forecasts",
    "refresh_plan",
    "repair",
    "result_of",
    "rules_of",
    "train_advice",
    "train_prices",
    "validate_models",
]
