"""What the JSON answers say of backtests: how each model would have done on past days.

As in ``schemas``: every instant in Europe/Madrid with its offset. Errors are in the unit of the
series, which stands beside them; shares lie between 0 and 1.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from chocolate_factory.market.ahead import LONGEST_H
from chocolate_factory.web.answer import Answer
from chocolate_factory.web.question import Asked, Day, Whole
from chocolate_factory.web.upkeep_schemas import JobRun

Information = Literal["before-spot", "spot-known"]


class BacktestRequest(Asked):
    """What is to be measured."""

    series: Literal["pvpc", "spot"] = Field(default="pvpc", examples=["pvpc"])
    """Regulated price or day-ahead price."""
    first: Day | None = Field(default=None, alias="from", examples=["2026-08-20"])
    """First delivery day (Madrid); without it, as early as makes 90 of them, `every` days
    apart."""
    last: Day | None = Field(default=None, alias="to", examples=["2026-11-17"])
    """Last first delivery day (Madrid); without it, the newest of which the whole horizon is
    over."""
    horizon_h: Whole = Field(default=168, ge=24, le=LONGEST_H, examples=[168])
    """Hours ahead, on the wall clock [h]."""
    every: Whole = Field(default=1, ge=1, le=28, examples=[1])
    """One origin every so many days."""
    models: tuple[str, ...] = Field(
        default=("naive", "similar-day", "ridge"),
        min_length=1,
        max_length=12,
        examples=[["naive", "similar-day", "ridge"]],
    )
    """Models by name, each once. Ridge, Prophet and LSTM are fitted anew at every origin; a fit of
    kernel ridge, LASSO-LEAR and networks (in the champion) serves the origins of 7 days, one of
    boosted trees those of 28."""
    information: Information = Field(default="before-spot", examples=["before-spot"])
    """Whether the day-ahead price of the first delivery day is known to the models of `pvpc`."""


class Interval(Answer):
    """A 95 % interval by block bootstrap."""

    low: float = Field(examples=[0.0171])
    """2.5 % of the resamples are below, in the unit of the measure."""
    high: float = Field(examples=[0.0212])
    """2.5 % of the resamples are above, in the unit of the measure."""


class LeadDay(Answer):
    """How one model did so many days ahead."""

    lead: int = Field(ge=1, examples=[1])
    """Lead day: 1 is the first delivery day."""
    mae: float = Field(examples=[0.0161])
    """Mean absolute error, in the unit of the series."""
    rmae: float | None = Field(examples=[0.63])
    """MAE divided by that of the naive on the same periods; null if that is exact."""
    coverage_80: float = Field(examples=[0.81])
    """Share of actual values inside p10 to p90."""
    coverage_90: float = Field(examples=[0.9])
    """Share of actual values inside p05 to p95."""


class ModelScore(Answer):
    """How one model did."""

    model: str = Field(examples=["ridge"])
    """Name of the model."""
    mae: float = Field(examples=[0.0191])
    """Mean absolute error, in the unit of the series."""
    rmse: float = Field(examples=[0.0256])
    """Root mean squared error, in the unit of the series."""
    r2: float | None = Field(examples=[0.79])
    """Share of the variance explained; null if the price never moved."""
    rmae: float | None = Field(examples=[0.756])
    """MAE divided by that of the naive on the same periods; null if that is exact. The naive is the
    same hour one week earlier, two from the eighth day ahead on; of quarter-hours the mean of that
    hour, with the mean shape within the hour of the last 28 days in it."""
    coverage_80: float = Field(examples=[0.81])
    """Share of actual values inside p10 to p90."""
    coverage_90: float = Field(examples=[0.91])
    """Share of actual values inside p05 to p95."""
    pinball: float = Field(examples=[0.0061])
    """Mean pinball loss of the quantiles, in the unit of the series."""
    crps: float = Field(examples=[0.0135])
    """Continuous ranked probability score, in the unit of the series."""
    decision_value: float | None = Field(examples=[0.95])
    """Share of the saving of each day's cheapest six hours that the forecast would have found."""
    interval_95: dict[str, Interval | None] = Field(
        examples=[{"mae": {"low": 0.0171, "high": 0.0212}}]
    )
    """How sure each measure is, by its name; null where there are too few origins."""
    by_lead: tuple[LeadDay, ...]
    """By lead day."""
    by_hour_mae: tuple[float | None, ...] = Field(examples=[[0.012, 0.011]])
    """MAE of each hour on the wall clock, from 0 to 23, in the unit of the series."""
    below: tuple[float, ...] = Field(examples=[[0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]])
    """Share of actual values not above p05, p10, p25, p50, p75, p90 and p95."""
    inputs: dict[str, int] = Field(examples=[{"demand_day_ahead": 24}])
    """Columns besides the prices that this model looks at, and for how many hours of the horizon
    they were known [h]; 0 is their past only."""


class ModelComparison(Answer):
    """Diebold–Mariano test between two models: which one errs less, and how sure that is."""

    better: str = Field(examples=["ridge"])
    """The model with the lower error."""
    worse: str = Field(examples=["naive"])
    """The other one."""
    difference: float = Field(ge=0, examples=[0.0062])
    """How much less it errs on average, in the unit of the series."""
    statistic: float = Field(ge=0, examples=[6.1])
    """Size of the test statistic, standard normal if both are as good."""
    p_value: float = Field(ge=0, le=1, examples=[1e-9])
    """Chance of so large a difference if both are as good (two-sided)."""


class BlendOf(Answer):
    """What a blend was made of over the origins."""

    model: str = Field(examples=["champion"])
    """Name of the blend."""
    weights: dict[str, float] = Field(examples=[{"ridge": 0.62, "boosted": 0.38}])
    """Mean weight of each part over origins and lead days, unitless; with the share of origins that
    the naive answered, one."""
    naive_origins: int = Field(ge=0, examples=[0])
    """Origins that the naive answered, for no part beat it by then."""
    lost: dict[str, int] = Field(examples=[{"similar-day": 12}])
    """Parts that had erred more than the naive by then, and so had no weight: at how many
    origins."""
    lacking: dict[str, int] = Field(examples=[{}])
    """Parts that could not be fitted: at how many origins."""


class BacktestAnswer(Answer):
    """A backtest that was run."""

    series: str = Field(examples=["pvpc"])
    """What was forecast."""
    unit: str = Field(examples=["EUR/kWh"])
    """Unit of every error."""
    first: date = Field(examples=["2026-08-20"])
    """First delivery day asked for."""
    last: date = Field(examples=["2026-11-17"])
    """Last first delivery day asked for."""
    horizon_h: int = Field(examples=[168])
    """Hours ahead [h]."""
    every: int = Field(examples=[1])
    """One origin every so many days."""
    information: Information = Field(examples=["before-spot"])
    """Whether the day-ahead price of the first delivery day was known."""
    origins: int = Field(examples=[90])
    """Origins measured."""
    periods: int = Field(examples=[15120])
    """Delivery periods compared."""
    excluded: int = Field(examples=[0])
    """Delivery periods forecast whose price is not known."""
    skipped: tuple[date, ...] = Field(examples=[[]])
    """First delivery days left out: no complete day was known shortly before them."""
    history_first: date = Field(examples=["2023-01-28"])
    """First delivery day of the prices the models could learn from."""
    history_last: date = Field(examples=["2026-11-24"])
    """Last delivery day of the prices compared with."""
    inputs: dict[str, int] = Field(examples=[{"spot": 0}])
    """Columns besides the prices, as they were stored in time for each origin, and for how many
    hours of the horizon they were known [h]; 0 is their past only."""
    notes: tuple[str, ...] = Field(
        examples=[["wind: missing at 4 of 90 origins, which are answered without"]]
    )
    """What a reader must know of origins and inputs. In English."""
    simulated: bool = Field(examples=[False])
    """Whether any price is simulated."""
    made: datetime = Field(examples=["2026-11-25T15:40:00+01:00"])
    """When it was begun."""
    seconds: float = Field(ge=0, examples=[41.2])
    """How long it took [s]."""
    models: tuple[ModelScore, ...]
    """Lowest error first."""
    blends: tuple[BlendOf, ...]
    """Of models that are blends: what of."""
    comparisons: tuple[ModelComparison, ...]
    """Every pair of models that can be told apart."""


class BacktestPage(Answer):
    """The newest backtest, and the one under way."""

    as_of: datetime = Field(examples=["2026-11-25T15:45:00+01:00"])
    """When this was read."""
    running: JobRun | None
    """The backtest under way; null if none is."""
    failed: JobRun | None
    """The last one, if it did not end well; null otherwise."""
    report: BacktestAnswer | None
    """The newest result; null if there is none yet."""
