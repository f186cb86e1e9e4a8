"""WATCHING OVER THE FORECASTS: what they scored, how they stand, and the models kept on disk."""

from chocolate_factory.forecasting.monitor import (
    Amiss,
    Figures,
    Finding,
    State,
    Unjudged,
    Verdict,
)
from chocolate_factory.oversight.ahead import prices_ahead
from chocolate_factory.oversight.backtests import (
    BacktestAsked,
    BacktestReport,
    backtest_event,
    checked,
    material,
    measure,
    measured,
    newest_backtest,
    report_of,
)
from chocolate_factory.oversight.deviation import Deviation, deviation
from chocolate_factory.oversight.folder import KeptModel, ModelFolder
from chocolate_factory.oversight.health import (
    STALE_AFTER,
    ForecastHealth,
    forecast_health,
    told,
    verdict,
    why_unknown,
)
from chocolate_factory.oversight.scoring import Scored, score_forecasts
from chocolate_factory.oversight.training import (
    Loaded,
    errors_of,
    forecast_ahead,
    forecast_by,
    keep_model,
    load_model,
    look_at_model,
    train_at,
    train_series,
    weights_of,
)

__all__ = [
    "STALE_AFTER",
    "Amiss",
    "BacktestAsked",
    "BacktestReport",
    "Deviation",
    "Figures",
    "Finding",
    "ForecastHealth",
    "KeptModel",
    "Loaded",
    "ModelFolder",
    "Scored",
    "State",
    "Unjudged",
    "Verdict",
    "backtest_event",
    "checked",
    "deviation",
    "errors_of",
    "forecast_ahead",
    "forecast_by",
    "forecast_health",
    "keep_model",
    "load_model",
    "look_at_model",
    "material",
    "measure",
    "measured",
    "newest_backtest",
    "prices_ahead",
    "report_of",
    "score_forecasts",
    "told",
    "train_at",
    "train_series",
    "verdict",
    "weights_of",
    "why_unknown",
]
