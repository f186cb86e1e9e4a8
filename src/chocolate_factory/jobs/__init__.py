"""WHAT THE SCHEDULE DOES: each job is a loop over the verbs."""

from chocolate_factory.jobs.advice import advise, ambient_limits, train_advice
from chocolate_factory.jobs.apart import apart
from chocolate_factory.jobs.collecting import (
    REPAIRED_WITHIN,
    chosen,
    history,
    one_after_the_other,
    repair,
    result_of,
)
from chocolate_factory.jobs.contracting import advise_contract
from chocolate_factory.jobs.factory import FORECAST_SERIES, Factory, Feeds, Sites, Zone, alone
from chocolate_factory.jobs.foretelling import (
    forecast,
    refresh_forecasts,
    train_prices,
    validate_models,
)
from chocolate_factory.jobs.keeping import reachable
from chocolate_factory.jobs.planning import emission, plan_now, refresh_plan, rules_of, timings_of
from chocolate_factory.jobs.table import OF_PLANT_JOBS, OF_SITE_JOBS, every_job, jobs_of

__all__ = [
    "FORECAST_SERIES",
    "OF_PLANT_JOBS",
    "OF_SITE_JOBS",
    "REPAIRED_WITHIN",
    "Factory",
    "Feeds",
    "Sites",
    "Zone",
    "advise",
    "advise_contract",
    "alone",
    "ambient_limits",
    "apart",
    "chosen",
    "emission",
    "every_job",
    "forecast",
    "history",
    "jobs_of",
    "one_after_the_other",
    "plan_now",
    "reachable",
    "refresh_forecasts",
    "refresh_plan",
    "repair",
    "result_of",
    "rules_of",
    "timings_of",
    "train_advice",
    "train_prices",
    "validate_models",
]
