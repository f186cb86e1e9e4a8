"""What the JSON answers say of price forecasts and of the models that make them.

As in ``schemas``: every instant in Europe/Madrid with its offset, every number with its unit in
its name or its description, intervals half-open. Prices here are those of the market series
itself [EUR/kWh], before the plant's contract; PVPC has its tolls in it, spot has none.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from chocolate_factory.market.ahead import LONGEST_H
from chocolate_factory.web.answer import Answer
from chocolate_factory.web.upkeep_schemas import JobRun

SeriesName = Literal["pvpc", "spot"]
ForecastState = Literal["ok", "drift", "unknown"]
AmissName = Literal["above-median", "loses-to-naive", "coverage-80", "coverage-90"]
UnjudgedName = Literal["few-days", "few-recent", "no-naive"]

_START = "2026-11-27T14:00:00+01:00"
_END = "2026-11-27T14:15:00+01:00"
_ORIGIN = "2026-11-25T13:55:20+01:00"
_INPUTS = {"history": "2023-05-05..2026-11-24", "complete_days": "1300"}


class AheadPeriod(Answer):
    """The price of one delivery period, or the mean of an hour of them, [start, end)."""

    start: datetime = Field(examples=[_START])
    """Delivery start."""
    end: datetime = Field(examples=[_END])
    """Delivery end (not included)."""
    published: bool = Field(examples=[False])
    """True if the price is published; false if it is a forecast."""
    mean_eur_kwh: float = Field(examples=[0.0842])
    """The published or the expected price [EUR/kWh]."""
    p05_eur_kwh: float = Field(examples=[0.0527])
    """5 % quantile [EUR/kWh]; equal to the price where published, as are the others."""
    p10_eur_kwh: float = Field(examples=[0.0611])
    """10 % quantile [EUR/kWh]."""
    p25_eur_kwh: float = Field(examples=[0.0729])
    """25 % quantile [EUR/kWh]."""
    p50_eur_kwh: float = Field(examples=[0.0838])
    """Median [EUR/kWh]."""
    p75_eur_kwh: float = Field(examples=[0.0951])
    """75 % quantile [EUR/kWh]."""
    p90_eur_kwh: float = Field(examples=[0.1093])
    """90 % quantile [EUR/kWh]."""
    p95_eur_kwh: float = Field(examples=[0.1175])
    """95 % quantile [EUR/kWh]."""


class PublishedPrice(Answer):
    """The published price of one delivery period, [start, end)."""

    start: datetime = Field(examples=[_START])
    """Delivery start."""
    end: datetime = Field(examples=[_END])
    """Delivery end (not included)."""
    eur_kwh: float = Field(examples=[0.0842])
    """Price [EUR/kWh]."""
    source: str = Field(examples=["ree"])
    """Who told it."""
    available_at: datetime = Field(examples=["2026-11-26T20:15:03+01:00"])
    """When it became known."""


class PublishedPrices(Answer):
    """What the market published, as it is known now."""

    series: SeriesName = Field(examples=["spot"])
    """Market series."""
    place: str = Field(examples=["peninsula"])
    """Where it holds."""
    as_of: datetime = Field(examples=["2026-11-25T14:20:00+01:00"])
    """Instant whose knowledge this shows."""
    simulated: bool = Field(examples=[False])
    """True if any price rests on the built-in simulation."""
    prices: tuple[PublishedPrice, ...]
    """In order of time, in the delivery periods of the series; what is not known is left out."""


class AheadDay(Answer):
    """One Madrid delivery day of the outlook."""

    day: date = Field(examples=["2026-11-27"])
    """Delivery day, 23, 24 or 25 hours long."""
    published: bool = Field(examples=[False])
    """True if every hour of it is published."""
    mean_eur_kwh: float = Field(examples=[0.0871])
    """Mean of its hours [EUR/kWh]."""
    low_eur_kwh: float = Field(examples=[0.0312])
    """Cheapest of its hours, as expected [EUR/kWh]."""
    high_eur_kwh: float = Field(examples=[0.1624])
    """Dearest of its hours, as expected [EUR/kWh]."""
    hours: tuple[AheadPeriod, ...]
    """Means of its clock hours, in order of time."""


class Ahead(Answer):
    """What both price outlooks begin with: which forecast, how old, on what it rests."""

    series: SeriesName = Field(examples=["spot"])
    """Market series."""
    place: str = Field(examples=["peninsula"])
    """Where it holds."""
    as_of: datetime = Field(examples=["2026-11-25T14:20:00+01:00"])
    """Instant whose knowledge of published prices this shows."""
    origin: datetime = Field(examples=[_ORIGIN])
    """Instant whose knowledge the forecast uses."""
    age_s: float = Field(ge=0, examples=[1480.0])
    """From the origin to `as_of` [s]."""
    stale: bool = Field(examples=[False])
    """True if it is more than 26 h old: it should have been renewed."""
    model: str = Field(examples=["champion"])
    """Model that made what is not published."""
    simulated: bool = Field(examples=[False])
    """True if any price rests on the built-in simulation."""
    published_to: datetime | None = Field(examples=["2026-11-27T00:00:00+01:00"])
    """End of the published prices in it; null if its first period is a forecast already."""
    notes: tuple[str, ...] = Field(examples=[[]])
    """What a reader must know: a fallback taken, a missing input. In English."""
    inputs: dict[str, str] = Field(examples=[_INPUTS])
    """What the forecast had to go by, by name."""


class WeekAhead(Ahead):
    """Seven Madrid days from today by clock hour, as they are known now."""

    days: tuple[AheadDay, ...]
    """In order of date; fewer than seven where the stored forecast ends before."""


class HoursAhead(Ahead):
    """The coming hours in the delivery periods of the series."""

    hours: int = Field(ge=1, le=LONGEST_H, examples=[48])
    """Hours asked for [h]."""
    start: datetime = Field(examples=["2026-11-25T14:15:00+01:00"])
    """Start of the first period: the one under way."""
    end: datetime = Field(examples=["2026-11-27T14:15:00+01:00"])
    """End of the last one (not included)."""
    complete: bool = Field(examples=[True])
    """False if the stored forecast ends before the hours asked for do."""
    periods: tuple[AheadPeriod, ...]
    """Quarter-hours of the spot price since 2025-10-01, hours of the PVPC; in order of time."""


class Figures(Answer):
    """Scores of issued forecasts put together, weighted by delivery period."""

    first: date = Field(examples=["2026-10-28"])
    """First delivery day."""
    last: date = Field(examples=["2026-11-24"])
    """Last delivery day (included)."""
    days: int = Field(ge=1, examples=[28])
    """Delivery days with a score."""
    forecasts: int = Field(ge=1, examples=[96])
    """Stored forecasts that were scored."""
    periods: int = Field(ge=1, examples=[52416])
    """Delivery periods compared."""
    mae: float = Field(ge=0, examples=[15.2])
    """Mean absolute error, in `unit` of the series."""
    bias: float = Field(examples=[-0.8])
    """Mean of forecast minus actual, in `unit`."""
    naive_mae: float | None = Field(examples=[20.7])
    """The naive's error on the same periods, in `unit`; null without one. It repeats the same hour
    of the week before, from the eighth day ahead on of two weeks before; of quarter-hours the mean
    of that hour, with the mean shape within the hour of the last 28 days in it."""
    rmae: float | None = Field(examples=[0.734])
    """`mae` divided by it, unitless: below 1 the forecasts are better than the naive."""
    coverage_80: float = Field(ge=0, le=1, examples=[0.79])
    """Share of prices within p10…p90; 0.8 is right."""
    coverage_90: float = Field(ge=0, le=1, examples=[0.9])
    """Share of prices within p05…p95; 0.9 is right."""


class LeadFigures(Answer):
    """The figures of one lead day."""

    lead_day: int = Field(ge=0, le=15, examples=[1])
    """Days from the day of the origin; 1 is the next day."""
    figures: Figures
    """Of the last four weeks."""


class ModelFigures(Answer):
    """The figures of the forecasts that one model issued."""

    model: str = Field(examples=["champion"])
    """Model that issued them."""
    beats_naive: bool | None = Field(examples=[True])
    """Whether its error is below the naive's; null if that is not known."""
    figures: Figures
    """Lead days 1 to 7 of the last four weeks."""


class Finding(Answer):
    """One thing that is amiss with the forecasts."""

    what: AmissName = Field(examples=["coverage-80"])
    """`above-median`: the last seven days err more than the median of the four weeks before;
    `loses-to-naive`: a model does not beat the naive, or all that took turns together do not; the
    others: a band holds too little or too much."""
    measured: float = Field(examples=[0.66])
    """What was measured, unitless: a ratio of errors, or a share."""
    low: float = Field(examples=[0.7])
    """It should not be below this."""
    high: float = Field(examples=[0.9])
    """It should not be above this."""
    model: str = Field(examples=[""])
    """Model it is said of; empty if of all forecasts together."""
    text: str = Field(examples=["spot: the 80 % band held 66% of the prices of the last 28 days"])
    """The same in a sentence."""


class Artefact(Answer):
    """A trained model as it is kept on disk."""

    file: str = Field(examples=["spot@peninsula-20261125T032000Z-5f0c….model"])
    """Name of its file in the folder of models."""
    trained: datetime = Field(examples=["2026-11-25T04:20:00+01:00"])
    """When it was trained."""
    sha256: str = Field(examples=["5f0c6f2b5b0e4d8c9a0d7d7b3f8f1a11"])
    """Checksum of the file."""
    size_bytes: int = Field(ge=0, examples=[812345])
    """Its size [bytes]."""
    usable: bool = Field(examples=[True])
    """Whether it was found whole and of this program's version."""
    fault: str | None = Field(examples=[None])
    """Why it is not used, and what makes the forecasts instead; null if it is usable."""
    details: dict[str, str] = Field(examples=[{"numpy": "2.3.4", "days": "1300"}])
    """What it says of itself: version, data window, features, metrics, library versions."""


class SeriesModels(Answer):
    """How the forecasts of one series stand, and the model that makes them."""

    series: SeriesName = Field(examples=["spot"])
    """Market series."""
    place: str = Field(examples=["peninsula"])
    """Where it holds."""
    unit: str = Field(examples=["EUR/MWh"])
    """Unit of errors."""
    state: ForecastState = Field(examples=["ok"])
    """`drift`: something is amiss, see `findings`; `unknown`: nothing is as far as could be judged,
    see `unjudged`."""
    unjudged: UnjudgedName | None = Field(examples=[None])
    """Why not all could be judged; null if it could. `few-days`: fewer than seven of the last 28
    days are scored; `few-recent`: fewer than four of the last seven; `no-naive`: on fewer than
    seven of the 28 there is a naive error to compare with."""
    findings: tuple[Finding, ...]
    """What is amiss; empty if nothing is."""
    model: str | None = Field(examples=["champion"])
    """Model of the newest forecast; null if there is none."""
    weights: dict[str, float] = Field(examples=[{"ridge": 0.6, "boosted": 0.4}])
    """How much each member counts in it, unitless, together 1."""
    origin: datetime | None = Field(examples=[_ORIGIN])
    """Instant whose knowledge the newest forecast uses."""
    age_s: float | None = Field(examples=[1480.0])
    """From there to `as_of` [s]."""
    end: datetime | None = Field(examples=["2026-12-09T13:55:20+01:00"])
    """Where it ends (not included)."""
    published_to: datetime | None = Field(examples=["2026-11-27T00:00:00+01:00"])
    """End of the published prices that are stored; null if none is."""
    stale: bool = Field(examples=[False])
    """True if the newest forecast is more than 26 h old."""
    notes: tuple[str, ...] = Field(examples=[[]])
    """What a reader of it must know. In English."""
    inputs: dict[str, str] = Field(examples=[_INPUTS])
    """What it had to go by, by name: data window, inputs and those it had to do without."""
    recent_mae: float | None = Field(examples=[14.1])
    """Error of the last seven days, in `unit`."""
    median_mae: float | None = Field(examples=[15.6])
    """Median of the daily error over the four weeks before them, in `unit`."""
    week: Figures | None
    """Lead days 1 to 7 over the last four weeks; null if nothing is scored yet."""
    leads: tuple[LeadFigures, ...]
    """The same by lead day."""
    models: tuple[ModelFigures, ...]
    """The same by model that issued them."""
    artefact: Artefact | None
    """The newest trained model; null if none is kept."""


class ModelsAnswer(Answer):
    """The models of every price series."""

    as_of: datetime = Field(examples=["2026-11-25T14:20:00+01:00"])
    """Instant it stands so."""
    next_training: datetime | None = Field(examples=["2026-11-26T04:20:00+01:00"])
    """When the models are trained next."""
    training: JobRun | None
    """The training under way; null if there is none."""
    last_training: JobRun | None
    """The newest training that ended; null if none is kept."""
    series: tuple[SeriesModels, ...]
    """PVPC and spot."""


class SeriesStatus(Answer):
    """Whether a forecast of one series can be asked for, in short."""

    series: SeriesName = Field(examples=["spot"])
    """Market series."""
    available: bool = Field(examples=[True])
    """Whether a stored forecast reaches beyond what is published."""
    model: str | None = Field(examples=["champion"])
    """Model that made it."""
    origin: datetime | None = Field(examples=[_ORIGIN])
    """Instant whose knowledge it uses."""
    age_s: float | None = Field(examples=[1480.0])
    """From there to `as_of` [s]."""
    stale: bool = Field(examples=[False])
    """True if it is more than 26 h old."""
    end: datetime | None = Field(examples=["2026-12-09T13:55:20+01:00"])
    """Where it ends (not included)."""
    published_to: datetime | None = Field(examples=["2026-11-27T00:00:00+01:00"])
    """End of the published prices that are stored; null if none is."""
    state: ForecastState = Field(examples=["ok"])
    """How the forecasts issued lately did; more at `/models/status-direct`."""
    rmae: float | None = Field(examples=[0.734])
    """Their error relative to the naive's over four weeks, unitless; null if not scored yet."""
    coverage_80: float | None = Field(examples=[0.79])
    """Share of prices within p10…p90; null if not scored yet."""
    coverage_90: float | None = Field(examples=[0.9])
    """Share of prices within p05…p95; null if not scored yet."""
    reasons: tuple[str, ...] = Field(examples=[[]])
    """What is amiss and why not all could be judged, in sentences; empty if nothing is."""


class PredictStatus(Answer):
    """Whether forecasts can be asked for, how fresh and how good they are."""

    as_of: datetime = Field(examples=["2026-11-25T14:20:00+01:00"])
    """Instant it stands so."""
    next_forecast: datetime | None = Field(examples=["2026-11-25T20:55:00+01:00"])
    """When they are renewed next, at the latest."""
    series: tuple[SeriesStatus, ...]
    """PVPC and spot."""


class DeviationHour(Answer):
    """What was foretold of one clock hour, and what it became, [start, end)."""

    start: datetime = Field(examples=[_START])
    """Start of the hour."""
    end: datetime = Field(examples=["2026-11-27T15:00:00+01:00"])
    """End of the hour (not included)."""
    forecast_eur_kwh: float = Field(examples=[0.0842])
    """Expected price [EUR/kWh]."""
    p05_eur_kwh: float = Field(examples=[0.0527])
    """5 % quantile [EUR/kWh]."""
    p10_eur_kwh: float = Field(examples=[0.0611])
    """10 % quantile [EUR/kWh]."""
    p90_eur_kwh: float = Field(examples=[0.1093])
    """90 % quantile [EUR/kWh]."""
    p95_eur_kwh: float = Field(examples=[0.1175])
    """95 % quantile [EUR/kWh]."""
    actual_eur_kwh: float | None = Field(examples=[0.0791])
    """Actual price [EUR/kWh]; null while it is not known."""
    deviation_eur_kwh: float | None = Field(examples=[0.0051])
    """Forecast minus actual [EUR/kWh]; null while that is not known."""
    inside_80: bool | None = Field(examples=[True])
    """Whether the actual price lies within p10…p90; null while it is not known."""


class Vintage(Answer):
    """How one stored forecast did on the day."""

    made: datetime = Field(examples=[_ORIGIN])
    """When it was stored."""
    model: str = Field(examples=["champion"])
    """Model that made it."""
    lead_day: int = Field(ge=0, le=15, examples=[1])
    """Days from the day of its origin."""
    mae_eur_kwh: float = Field(ge=0, examples=[0.0087])
    """Mean absolute error [EUR/kWh]."""
    bias_eur_kwh: float = Field(examples=[0.0021])
    """Mean of forecast minus actual [EUR/kWh]."""
    rmae: float | None = Field(examples=[0.61])
    """Error relative to the naive's from the same origin, unitless; null without one."""
    coverage_80: float = Field(ge=0, le=1, examples=[0.79])
    """Share of prices within p10…p90."""


class DeviationAnswer(Answer):
    """One day's forecast beside what its prices became."""

    series: SeriesName = Field(examples=["spot"])
    """Market series."""
    place: str = Field(examples=["peninsula"])
    """Where it holds."""
    day: date = Field(examples=["2026-11-24"])
    """Madrid delivery day."""
    as_of: datetime = Field(examples=["2026-11-25T14:20:00+01:00"])
    """Instant whose knowledge of actual prices this shows."""
    model: str = Field(examples=["champion"])
    """Model of the forecast: the newest one stored before the prices of the day were due."""
    made: datetime = Field(examples=["2026-11-23T00:55:20+01:00"])
    """When it was stored."""
    origin: datetime = Field(examples=["2026-11-23T00:55:20+01:00"])
    """Instant whose knowledge it uses."""
    simulated: bool = Field(examples=[False])
    """True if any price rests on the built-in simulation."""
    notes: tuple[str, ...] = Field(examples=[[]])
    """What a reader of the forecast must know. In English."""
    inputs: dict[str, str] = Field(examples=[_INPUTS])
    """What the forecast had to go by, by name."""
    periods: int = Field(ge=0, examples=[96])
    """Delivery periods compared; 0 while no actual price is known."""
    mae_eur_kwh: float | None = Field(examples=[0.0087])
    """Mean absolute error over them [EUR/kWh]; null while there are none."""
    bias_eur_kwh: float | None = Field(examples=[0.0021])
    """Mean of forecast minus actual [EUR/kWh]; above 0 the forecast was too high."""
    rmae: float | None = Field(examples=[0.61])
    """Error relative to the naive's, unitless; null without one."""
    coverage_80: float | None = Field(examples=[0.79])
    """Share of prices within p10…p90."""
    coverage_90: float | None = Field(examples=[0.91])
    """Share of prices within p05…p95."""
    hours: tuple[DeviationHour, ...]
    """Clock hours in order of time: 23, 24 or 25."""
    vintages: tuple[Vintage, ...]
    """Every stored forecast of the day that was scored, oldest first; empty before the next run of
    the job `score`."""
