"""What is answered about the climate of the place and how prices went with the weather."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from chocolate_factory.web.answer import Answer

_NOW = "2026-11-25T14:00:00+01:00"
_MISSING = [["sunshine: no day is stored"]]


class DaysOfYear(Answer):
    """How much of one calendar year is there."""

    year: int = Field(examples=[2024])
    """Calendar year."""
    days: int = Field(ge=1, examples=[366])
    """Days with a value."""
    of: int = Field(examples=[366])
    """Days that the year has."""


class StationDays(Answer):
    """What one station measured of a variable."""

    station: str = Field(examples=["J17"])
    """SIAR's name of the station."""
    first: date = Field(examples=["2018-01-01"])
    """First day with a value."""
    last: date = Field(examples=["2025-10-30"])
    """Last day with a value."""
    days: int = Field(ge=1, examples=[2840])
    """Days with a value."""
    mean: float = Field(examples=[17.4])
    """Their mean, in the unit of the variable."""


class VariableSummary(Answer):
    """One daily variable over the whole record, in its unit."""

    name: str = Field(examples=["temp_max"])
    """Name of the series."""
    unit: str = Field(examples=["degC"])
    """Unit of every figure here."""
    first: date = Field(examples=["2000-08-24"])
    """First day with a value."""
    last: date = Field(examples=["2025-10-30"])
    """Last day with a value."""
    days: int = Field(ge=1, examples=[8953])
    """Days with a value."""
    missing_days: int = Field(ge=0, examples=[246])
    """Days between the first and the last without one."""
    years: tuple[DaysOfYear, ...]
    """How much of each year is there."""
    mean: float = Field(examples=[24.3])
    """Mean of the days; of a direction that of its unit vectors."""
    p10: float | None = Field(examples=[13.1])
    """One day in ten lay below. Null for a direction."""
    p50: float | None = Field(examples=[23.6])
    """The middle day. Null for a direction."""
    p90: float | None = Field(examples=[37.0])
    """One day in ten lay above. Null for a direction."""
    lowest: float | None = Field(examples=[1.9])
    """Lowest day. Null for a direction."""
    lowest_on: date | None = Field(examples=["2005-01-27"])
    """Day of the lowest, the first if it came twice."""
    highest: float | None = Field(examples=[45.3])
    """Highest day. Null for a direction."""
    highest_on: date | None = Field(examples=["2021-08-14"])
    """Day of the highest, the first if it came twice."""
    stations: tuple[StationDays, ...]
    """The stations in order of time; they are not adjusted to each other."""


class TodayCompared(Answer):
    """A value of today beside the days of the same time of year in the record."""

    name: str = Field(examples=["temp_max"])
    """Name of the series it is compared with."""
    unit: str = Field(examples=["degC"])
    """Unit of every figure here."""
    value: float = Field(examples=[18.2])
    """Today's value, of the hourly weather: measured so far, foretold for the rest."""
    days: int = Field(ge=0, examples=[368])
    """Days of the record within a week of this date, in other years."""
    years: int = Field(ge=0, examples=[25])
    """In how many years these lie."""
    mean: float | None = Field(examples=[15.9])
    """Their mean. Null, like the figures below, with fewer than 28 of them."""
    p10: float | None = Field(examples=[11.8])
    """One of them in ten lay below."""
    p90: float | None = Field(examples=[20.1])
    """One of them in ten lay above."""
    lowest: float | None = Field(examples=[5.6])
    """The lowest of them."""
    highest: float | None = Field(examples=[25.4])
    """The highest of them."""
    percentile: float | None = Field(examples=[78.5])
    """Share of them below today's value, those equal counted half [%]."""


class Today(Answer):
    """Today against the record."""

    day: date = Field(examples=["2026-11-25"])
    """The Madrid day."""
    hours: int = Field(ge=23, le=25, examples=[24])
    """Hours that it has."""
    foretold_hours: int = Field(ge=0, examples=[10])
    """Of these, hours that rest on a forecast."""
    values: tuple[TodayCompared, ...]
    """What can be compared: variables of which every hour is known."""
    missing: tuple[str, ...] = Field(examples=[["humidity (linares) on 2026-11-25: 3 of 24 hours"]])
    """What cannot, and what is missing of it."""


class SiarSummary(Answer):
    """SIAR's daily record: how much of it there is, and between what it lay."""

    as_of: datetime = Field(examples=[_NOW])
    """Instant whose knowledge this shows."""
    simulated: bool = Field(examples=[False])
    """Whether any value comes from the built-in simulation."""
    first: date | None = Field(examples=["2000-08-24"])
    """First day with any value; null if nothing is stored."""
    last: date | None = Field(examples=["2025-10-30"])
    """Last day with any value."""
    days: int = Field(ge=0, examples=[8953])
    """Days with any value."""
    years: int = Field(ge=0, examples=[26])
    """Calendar years with any value."""
    values: int = Field(ge=0, examples=[124000])
    """Values of all variables together."""
    classic_values: int = Field(ge=0, examples=[89235])
    """Of these, values of the ten classic variables: temperature, humidity, wind, rain."""
    variables: tuple[VariableSummary, ...]
    """Every variable that has a value."""
    today: Today
    """Today beside it."""
    missing: tuple[str, ...] = Field(examples=_MISSING)
    """What nothing is stored of."""


class WeatherCorrelation(Answer):
    """The daily mean of the price with one weather variable: a correlation, not a cause."""

    weather: str = Field(examples=["wind_speed_mean"])
    """Name of the weather series."""
    unit: str = Field(examples=["m/s"])
    """Its unit."""
    days: int = Field(ge=0, examples=[1260])
    """Days on which both are known: n."""
    years: int = Field(ge=0, examples=[4])
    """Calendar years in which these lie."""
    first: date | None = Field(examples=["2022-01-01"])
    """First of these days; null without any."""
    last: date | None = Field(examples=["2025-10-30"])
    """Last of these days."""
    pearson: float | None = Field(examples=[-0.31])
    """Correlation, −1 to 1. Null, like the figures below, for the `reason` given."""
    spearman: float | None = Field(examples=[-0.33])
    """Correlation of the ranks."""
    within_season: float | None = Field(examples=[-0.36])
    """Correlation of what is left once the mean of the calendar month is taken off both."""
    effective_days: float | None = Field(examples=[412.7])
    """How many independent days these are worth: neighbouring days are alike."""
    p_value: float | None = Field(examples=[1.2e-10])
    """Two-sided, of the correlation, for that many days."""
    reason: str = Field(examples=[""])
    """Why nothing is said; empty if something is."""


class WeatherCorrelations(Answer):
    """How the price of a day went with its weather."""

    as_of: datetime = Field(examples=[_NOW])
    """Instant whose knowledge this shows."""
    simulated: bool = Field(examples=[False])
    """Whether any value comes from the built-in simulation."""
    price: str = Field(examples=["spot@peninsula"])
    """The price series, as daily means of whole days."""
    price_unit: str = Field(examples=["EUR/MWh"])
    """Its unit."""
    price_days: int = Field(ge=0, examples=[1461])
    """Days of it that are known whole."""
    correlations: tuple[WeatherCorrelation, ...]
    """SIAR's variables first, then daily means of the stored hourly weather."""
    missing: tuple[str, ...] = Field(examples=_MISSING)
    """What is not stored, or only in part."""


class MonthOfYear(Answer):
    """One calendar month over all years, in the unit of the variable."""

    month: int = Field(ge=1, le=12, examples=[7])
    """Calendar month."""
    days: int = Field(ge=0, examples=[775])
    """Days with a value."""
    years: int = Field(ge=0, examples=[25])
    """In how many years these lie."""
    mean: float | None = Field(examples=[36.4])
    """Mean of the days. Null, like the figures below, with fewer than 28 of them."""
    p10: float | None = Field(examples=[32.0])
    """One day in ten lay below."""
    p90: float | None = Field(examples=[40.3])
    """One day in ten lay above."""
    lowest: float | None = Field(examples=[24.0])
    """Lowest day."""
    highest: float | None = Field(examples=[44.8])
    """Highest day."""
    whole_months: int = Field(ge=0, examples=[0])
    """Months without a missing day; 0 for variables that are not summed."""
    total: float | None = Field(examples=[None])
    """Mean sum over such a month; null without one."""


class VariableSeason(Answer):
    """One variable through the year."""

    name: str = Field(examples=["temp_max"])
    """Name of the series."""
    unit: str = Field(examples=["degC"])
    """Its unit."""
    months: tuple[MonthOfYear, ...]
    """January to December."""


class BestMonth(Answer):
    """A month by how seldom the day's highest temperature passes the lowest limit of the plant."""

    month: int = Field(ge=1, le=12, examples=[1])
    """Calendar month."""
    days: int = Field(ge=0, examples=[770])
    """Days with a value."""
    above: int = Field(ge=0, examples=[0])
    """Of these, days above the limit."""
    share_pct: float | None = Field(examples=[0.0])
    """The same in per cent; null with fewer than 28 days."""
    rank: int | None = Field(examples=[1])
    """1 for the best; months that tie share the better rank."""


class SeasonalPatterns(Answer):
    """The year by calendar month, from SIAR's record."""

    as_of: datetime = Field(examples=[_NOW])
    """Instant whose knowledge this shows."""
    simulated: bool = Field(examples=[False])
    """Whether any value comes from the built-in simulation."""
    variables: tuple[VariableSeason, ...]
    """Every variable that has a value, but directions."""
    best_months_limit_c: float | None = Field(examples=[26.0])
    """The lowest temperature limit of the plant [°C]; null if it has none."""
    best_months_stage: str | None = Field(examples=["tempering"])
    """The stage that has it."""
    best_months: tuple[BestMonth, ...]
    """January to December; empty without a limit or without temperatures."""
    missing: tuple[str, ...] = Field(examples=_MISSING)
    """What nothing is stored of."""


class MonthAbove(Answer):
    """Days of one calendar month above a limit, over all years."""

    month: int = Field(ge=1, le=12, examples=[7])
    """Calendar month."""
    days: int = Field(ge=0, examples=[775])
    """Days with a value."""
    above: int = Field(ge=0, examples=[771])
    """Of these, days above."""


class YearAbove(Answer):
    """Days of one year above a limit."""

    year: int = Field(examples=[2024])
    """Calendar year."""
    days: int = Field(ge=1, examples=[366])
    """Days with a value."""
    of: int = Field(examples=[366])
    """Days that the year has."""
    above: int = Field(ge=0, examples=[151])
    """Days above."""


class LimitCrossed(Answer):
    """How often the outdoor day passed a limit that the plant has at the line."""

    stage: str = Field(examples=["tempering"])
    """The stage that is to stop above it."""
    variable: str = Field(examples=["temp_max"])
    """The daily variable that is compared."""
    unit: str = Field(examples=["degC"])
    """Unit of the limit."""
    limit: float = Field(examples=[26.0])
    """The limit."""
    days: int = Field(ge=0, examples=[8953])
    """Days with a value."""
    above: int = Field(ge=0, examples=[3890])
    """Of these, days above."""
    share_pct: float = Field(examples=[43.4])
    """The same in per cent."""
    longest_days: int = Field(ge=0, examples=[163])
    """Most days above in a row, each with a value."""
    longest_from: date | None = Field(examples=["2022-05-06"])
    """First day of that row; null if there was none."""
    last_above: date | None = Field(examples=["2025-10-12"])
    """Newest day above."""
    months: tuple[MonthAbove, ...]
    """January to December."""
    years: tuple[YearAbove, ...]
    """Every year with a value."""


class HighQuantiles(Answer):
    """What is high for the place itself."""

    name: str = Field(examples=["humidity_max"])
    """Name of the daily series."""
    unit: str = Field(examples=["%"])
    """Its unit."""
    days: int = Field(ge=1, examples=[8953])
    """Days with a value."""
    years: int = Field(ge=1, examples=[26])
    """Calendar years in which these lie."""
    p90: float = Field(examples=[97.0])
    """One day in ten lay above."""
    p95: float = Field(examples=[98.6])
    """One day in twenty lay above."""
    p99: float = Field(examples=[100.0])
    """One day in a hundred lay above."""


class CriticalThresholds(Answer):
    """Heat and humidity: the limits of the plant against the record, and the record's extremes."""

    as_of: datetime = Field(examples=[_NOW])
    """Instant whose knowledge this shows."""
    simulated: bool = Field(examples=[False])
    """Whether any value comes from the built-in simulation."""
    limits: tuple[LimitCrossed, ...]
    """Each ambient limit of the plant: of temperature, then of humidity, the lowest first."""
    extremes: tuple[HighQuantiles, ...]
    """High quantiles of the day's highest temperature, and of its mean and highest humidity."""
    missing: tuple[str, ...] = Field(examples=[["humidity: the plant gives no limit"]])
    """What nothing is stored of, and limits that the plant does not give."""
    notes: tuple[str, ...] = Field(
        examples=[["The record is of the air outdoors; the line may be cooler or hotter."]]
    )
    """What a reader must know."""


class ClimatePanel(Answer):
    """What the dashboard shows of SIAR's record; the paths under `/analysis` tell all of it."""

    simulated: bool = Field(examples=[False])
    """True if any of the record is simulated."""
    first: date | None = Field(examples=["2000-08-24"])
    """First day stored; null if none is."""
    last: date | None = Field(examples=["2025-10-30"])
    """Last day stored."""
    days: int = Field(ge=0, examples=[8953])
    """Days with any value."""
    years: int = Field(ge=0, examples=[26])
    """Calendar years with any."""
    stations: tuple[str, ...] = Field(examples=[["J09", "J17"]])
    """Stations whose days are joined."""
    seasons: tuple[VariableSeason, ...]
    """Highest temperature, mean humidity and rain of the day by calendar month."""
    limits: tuple[LimitCrossed, ...]
    """The plant's ambient limits against the record: of temperature, then of humidity, the lowest
    first."""
    best_months_limit_c: float | None = Field(examples=[26.0])
    """The lowest temperature limit, by which months are ranked [degC]; null if there is none."""
    best_months_stage: str | None = Field(examples=["tempering"])
    """The stage with that limit."""
    best_months: tuple[BestMonth, ...]
    """All twelve months, ranked by how seldom their days pass that limit."""
    price: str = Field(examples=["spot@peninsula"])
    """The price that weather is compared with."""
    price_days: int = Field(ge=0, examples=[1461])
    """Whole days of it."""
    correlations: tuple[WeatherCorrelation, ...]
    """The weather that went with it most closely within the season, the closest first."""
    today: Today
    """The weather of today beside that of the same time of year."""
    without: tuple[str, ...] = Field(examples=[["radiation"]])
    """Variables of SIAR of which no day is stored."""
