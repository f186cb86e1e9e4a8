"""Prophet: trend plus seasonality, as the libraries of the trade offer it. An extra.

Taylor and Letham, The American Statistician 72 (2018): a piecewise linear trend, Fourier terms of
the day, the week and the year, a daily shape of its own for days off, and the holidays themselves.
It knows nothing of yesterday's prices, so the mean of the last week's errors is put on top of what
it says. Intervals are the conformal ones that every model has, not its own.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.extras import library_of
from chocolate_factory.forecasting.features import days_off, regulated_step
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.model import Known, known_days
from chocolate_factory.market.calendar import weekday
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Floats

LEVEL_DAYS = 7
"""Newest known days whose mean error shifts the forecast."""
_SEED = 7
_ON, _OFF = "working", "off"


@dataclass(frozen=True, slots=True)
class ProphetModel:
    """Settings of Prophet.

    Parameters
    ----------
    window
        Newest days it is fitted on.
    changepoint_scale
        How willingly the trend bends.
    """

    name: str = "prophet"
    needs_days: int = 60
    refit_days: int = 1
    window: int = 365
    changepoint_scale: float = 0.05

    def fit(self, known: Known, leads: int) -> FittedProphet:  # noqa: ARG002
        """Fit trend and seasonality to the newest days; see ``Model.fit``.

        Raises ``ModelNotFitted`` where the extra is absent, below ``needs_days`` days, or if prices
        never move.
        """
        library = _quiet_library()
        recent = known.newest(self.window)
        price = recent.price - regulated_step(recent.key, recent.days)
        have = int(known_days(price).sum())
        if have < self.needs_days:
            raise ModelNotFitted(
                f"{self.name} on {known.key} needs {self.needs_days} days of history, there are "
                f"{have}: import or ingest more, or choose another model"
            )
        if np.nanmax(price) == np.nanmin(price):
            raise ModelNotFitted(f"{self.name} on {known.key}: the price is the same in every hour")
        there = np.isfinite(price)
        frame = _frame(recent.days, known.clock)[there.ravel()]
        frame["y"] = price[there]
        made = library.Prophet(
            growth="linear",
            changepoint_prior_scale=self.changepoint_scale,
            daily_seasonality=False,
            weekly_seasonality=10,
            yearly_seasonality=4 if have > 300 else False,
            uncertainty_samples=0,
        )
        for condition in (_ON, _OFF):
            made.add_seasonality(f"day_{condition}", 1, 8, condition_name=condition)
        with warnings.catch_warnings():  # of what the library does inside
            warnings.simplefilter("ignore")
            made.fit(frame, seed=_SEED)
        return FittedProphet(made)


@dataclass(frozen=True, slots=True, eq=False)
class FittedProphet:
    """A fitted Prophet object."""

    made: Any

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``. The regulated step of each target day is added back."""
        recent = known.newest(LEVEL_DAYS)
        ahead = recent.days[-1] + np.arange(1, leads + 1)
        days = np.concatenate([recent.days, ahead])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said = (
                self.made.predict(_frame(days, known.clock))["yhat"]
                .to_numpy()
                .reshape(-1, WALL_HOURS)
            )
        step = regulated_step(known.key, days)
        missed = recent.price - step[: len(recent)] - said[: len(recent)]
        level = float(np.nanmean(missed)) if np.isfinite(missed).any() else 0.0
        forecast: Floats = (said + step + level)[len(recent) :]
        return forecast


def _frame(days: NDArray[np.datetime64], clock: Clock) -> Any:
    """Every wall-clock hour of some days, as the library wants it."""
    pandas = import_module("pandas")  # comes with the extra
    hours = np.arange(WALL_HOURS).astype("timedelta64[h]")
    off = np.repeat(days_off(days, clock) | (weekday(days) >= 5), WALL_HOURS)
    wall = (days.astype("datetime64[ns]")[:, None] + hours).ravel()
    return pandas.DataFrame({"ds": wall, _ON: ~off, _OFF: off})


def _quiet_library() -> Any:
    for name in ("prophet", "prophet.plot", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    return library_of("prophet")
