"""What is kept of a slow model, and which origins it may forecast from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.forecasting.champion import Champion
from chocolate_factory.forecasting.layout import WALL_HOURS, slots
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.naive import SeasonalNaive
from chocolate_factory.forecasting.training import Trained, TrainedPart, roll_back, train
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import Floats, Series

KEPT = -1.0


@dataclass(frozen=True)
class SaysDay:
    """A fit that forecasts the number of the last day it learned from."""

    day: float

    def predict(self, known: Known, leads: int) -> Floats:
        return np.full((leads, WALL_HOURS), self.day)


@dataclass(frozen=True)
class SlowModel:
    name: str = "boosted"
    needs_days: int = 7
    refit_days: int = 7

    def fit(self, known: Known, leads: int) -> SaysDay:
        return SaysDay(float(len(known) - 1))


def test_a_kept_fit_forecasts_from_no_origin_whose_outcome_it_has_seen(
    make_series: Callable[..., Series],
) -> None:
    past = slots(make_series(date(2025, 3, 1), date(2025, 8, 1)))
    last = len(past) - 1
    fitted_on = past.first_day + (last - 3)
    done = TrainedPart(np.array([fitted_on]), np.full((1, 2, WALL_HOURS), KEPT),
                       SaysDay(KEPT), fitted_on)  # fmt: skip
    trained = Trained(PVPC, past.first_day, fitted_on, {(): {"boosted": done}}, {(): {}})
    made = roll_back(SlowModel(), PVPC, past, {}, leads=2, trained=trained).rolling
    said, rows = made.mean[:, 0, 0], made.rows
    assert (said[rows >= last - 3] == KEPT).all()
    older = rows < last - 3
    assert older.sum() > 30
    assert ((said[older] >= 0) & (said[older] <= rows[older])).all()


def test_what_takes_long_to_fit_is_fitted_once_and_forecasts_until_it_is_twice_as_old_as_it_is_good(
    make_series: Callable[..., Series],
) -> None:
    past = slots(make_series(date(2025, 3, 1), date(2025, 8, 1)))
    champion = Champion((SlowModel("lasso"),), naive=SeasonalNaive())
    made_at = past.until(len(past) - 1 - 20)
    trained = train(champion, PVPC, made_at, [{}], 2)
    fitted = trained.parts[()]["lasso"].fitted
    assert fitted == SaysDay(float(len(made_at) - 1))
    assert trained.parts[()]["lasso"].mean[-1, 0, 0] == len(made_at) - 1
    for days_later, said in ((1, len(made_at) - 1), (13, len(made_at) - 1), (14, None)):
        now = past.until(len(made_at) - 1 + days_later)
        made = roll_back(SlowModel("lasso"), PVPC, now, {}, leads=2, trained=trained).rolling
        assert made.mean[-1, 0, 0] == (len(now) - 1 if said is None else said)
