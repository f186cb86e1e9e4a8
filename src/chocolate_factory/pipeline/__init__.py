"""THE TABLE OF CONTENTS: ingest → forecast → plan → score, and one read (snapshot).

Each verb can be run alone, twice, and for a past day: a backfill is a loop over ``ingest``, a
backtest a loop over ``forecast``, a replay of last year a loop over ``plan``.
"""

from chocolate_factory.pipeline.actual import actual_prices, bill, realised
from chocolate_factory.pipeline.ahead import (
    PATHS,
    PATHS_SEED,
    Outlook,
    as_before,
    outlook,
    paths_of,
    priced,
    weather_before,
    weather_over,
)
from chocolate_factory.pipeline.complete import OBSERVED, gaps
from chocolate_factory.pipeline.foretelling import (
    EXOGENOUS,
    HISTORY,
    HORIZON,
    MODELS,
    end_of,
    forecast,
    foretold_of,
    inputs_of,
    known_ahead,
)
from chocolate_factory.pipeline.ingesting import (
    Ingested,
    holds_simulated,
    ingest,
    require_unmixed,
    take_in,
)
from chocolate_factory.pipeline.planned import habit_beside, plan, plan_at, plan_on
from chocolate_factory.pipeline.scoring import issued_before, score, score_issued, score_on
from chocolate_factory.pipeline.shown import HEALTH_DAYS, Reading, SeriesHealth, Snapshot, snapshot
from chocolate_factory.pipeline.tasks import (
    WAYS_OUT_S,
    WORTH_S,
    PlanTask,
    TakeOver,
    covers,
    first_day_to_plan,
    is_for_other_orders,
    plan_end,
    planned_days,
    same_end,
)

__all__ = [
    "EXOGENOUS",
    "HEALTH_DAYS",
    "HISTORY",
    "HORIZON",
    "MODELS",
    "OBSERVED",
    "PATHS",
    "PATHS_SEED",
    "WAYS_OUT_S",
    "WORTH_S",
    "Ingested",
    "Outlook",
    "PlanTask",
    "Reading",
    "SeriesHealth",
    "Snapshot",
    "TakeOver",
    "actual_prices",
    "as_before",
    "bill",
    "covers",
    "end_of",
    "first_day_to_plan",
    "forecast",
    "foretold_of",
    "gaps",
    "habit_beside",
    "holds_simulated",
    "ingest",
    "inputs_of",
    "is_for_other_orders",
    "issued_before",
    "known_ahead",
    "outlook",
    "paths_of",
    "plan",
    "plan_at",
    "plan_end",
    "plan_on",
    "planned_days",
    "priced",
    "realised",
    "require_unmixed",
    "same_end",
    "score",
    "score_issued",
    "score_on",
    "snapshot",
    "take_in",
    "weather_before",
    "weather_over",
]
