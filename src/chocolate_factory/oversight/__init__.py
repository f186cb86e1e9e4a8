"""WATCHING OVER THE FORECASTS: what they scored, how they stand, and the models kept on disk."""

from chocolate_factory.forecasting.monitor import Amiss, Figures, Finding, State, Verdict
from chocolate_factory.oversight.deviation import Deviation, deviation
from chocolate_factory.oversight.folder import KeptModel, ModelFolder
from chocolate_factory.oversight.health import (
    STALE_AFTER,
    ForecastHealth,
    forecast_health,
    told,
    verdict,
)
from chocolate_factory.oversight.scoring import Scored, score_forecasts

__all__ = [
    "STALE_AFTER",
    "Amiss",
    "Deviation",
    "Figures",
    "Finding",
    "ForecastHealth",
    "KeptModel",
    "ModelFolder",
    "Scored",
    "State",
    "Verdict",
    "deviation",
    "forecast_health",
    "score_forecasts",
    "told",
    "verdict",
]
