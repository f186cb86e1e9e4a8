"""HISTORY → FORECAST."""

from chocolate_factory.forecasting.backtest import backtest
from chocolate_factory.forecasting.foretold import ForetoldInput
from chocolate_factory.forecasting.inputs import Input, day_later
from chocolate_factory.forecasting.issue import issue_forecast
from chocolate_factory.forecasting.registry import MODELS
from chocolate_factory.forecasting.results import Backtest, Predictions, Summary
from chocolate_factory.forecasting.score import score_days
from chocolate_factory.forecasting.significance import Comparison

__all__ = [
    "MODELS",
    "Backtest",
    "Comparison",
    "ForetoldInput",
    "Input",
    "Predictions",
    "Summary",
    "backtest",
    "day_later",
    "issue_forecast",
    "score_days",
]
