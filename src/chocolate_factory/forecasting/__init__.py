"""HISTORY → FORECAST."""

from chocolate_factory.forecasting.backtest import backtest
from chocolate_factory.forecasting.issue import issue_forecast
from chocolate_factory.forecasting.registry import MODELS
from chocolate_factory.forecasting.results import Backtest, Predictions, Summary
from chocolate_factory.forecasting.score import score_days

__all__ = [
    "MODELS",
    "Backtest",
    "Predictions",
    "Summary",
    "backtest",
    "issue_forecast",
    "score_days",
]
