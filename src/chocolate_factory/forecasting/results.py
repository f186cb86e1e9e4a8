"""What a backtest says: every prediction, and how each model did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TypeVar

from chocolate_factory.forecasting.inputs import LEAST_HOURS, days_seen
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.significance import Comparison
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.series import QUANTILES, Floats, SeriesKey

_T = TypeVar("_T")

HEADLINES = (
    "mae", "rmse", "r2", "rmae", "coverage_80", "coverage_90", "pinball", "crps", "decision_value",
)  # fmt: skip
"""Measures of a ``Summary`` that have an interval."""
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class LeadDay:
    """How one model did ``lead`` days ahead, from 1; as in ``Summary``."""

    lead: int
    mae: float
    rmae: float | None
    coverage_80: float
    coverage_90: float
    periods: int


@dataclass(frozen=True, slots=True)
class Summary:
    """How one model did. Errors in the unit of the series, shares between 0 and 1.

    ``rmae`` is relative to ``SeasonalNaive`` on the same periods, None if that is exact; ``r2`` is
    the share of the variance explained, None if the price never moved. ``coverage_80`` is the share
    of actual values within p10…p90, ``coverage_90`` within p05…p95. ``pinball`` is the mean over
    the quantiles. ``decision_value`` is the share of what the cheapest six hours of each whole day
    save against even use that the six forecast as cheapest save; None if nothing could be saved.
    ``periods`` were compared, ``excluded`` were forecast but have no actual value.

    ``interval_95`` holds a 95 % interval of each of ``HEADLINES`` by block bootstrap, None where
    there are too few origins. ``by_lead`` goes by lead day, ``by_hour`` is the MAE of each hour on
    the wall clock, ``below`` the share of actual values not above each of ``QUANTILES``.
    """

    model: str
    mae: float
    rmse: float
    r2: float | None
    rmae: float | None
    coverage_80: float
    coverage_90: float
    pinball: float
    crps: float
    decision_value: float | None
    origins: int
    periods: int
    excluded: int
    interval_95: Mapping[str, tuple[float, float] | None]
    by_lead: tuple[LeadDay, ...]
    by_hour: tuple[float | None, ...]
    below: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Every forecast of one model, by origin and then by delivery period.

    ``origin`` and ``start`` UTC, shape (n,); ``mean`` (n,), ``quantiles`` (n, len(QUANTILES)).
    """

    model: str
    origin: Instants
    start: Instants
    mean: Floats
    quantiles: Floats


@dataclass(frozen=True, slots=True)
class Blended:
    """What a blend was made of over the origins of a backtest.

    Parameters
    ----------
    origins
        How many there were.
    naive
        At how many the naive answered, for no part beat it by then.
    weights
        Mean weight of each part over the origins and lead days; with the share of origins that the
        naive answered, one.
    lost
        Of parts that had erred more than the naive by then, and so had no weight: at how many.
    lacking
        Of parts that could not be fitted: at how many.
    """

    origins: int
    naive: int
    weights: Mapping[str, float]
    lost: Mapping[str, int]
    lacking: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """What ``backtest`` returns.

    Parameters
    ----------
    predictions
        One entry per model, all over the same origins and periods.
    actual
        What the price turned out to be, shape (n,), NaN where it is not known.
    skipped
        First delivery days without a forecast: no complete day was known shortly before them.
    comparisons
        Diebold–Mariano tests between every two models that can be told apart.
    inputs
        Exogenous columns the models could see, and for how many hours ahead.
    since
        Of columns that only later origins had: the first delivery day forecast with them.
    clock
        Whose days and hours these are.
    missing
        Of columns that did not tell at every origin what they should: at how many they did not.
    young
        Of columns that were known on fewer than half of the newest days before the first origin
        that models learn from, foretold ones too: on how many, and of how many.
    bridged
        First delivery days of which the day before was not complete: forecast from an older one.
    left_out
        Parts of the champion that the history is too short for.
    blends
        Of models that are blends, by name: what of.
    """

    key: SeriesKey
    unit: str
    first: date
    last: date
    horizon_h: int
    every: int
    predictions: tuple[Predictions, ...]
    actual: Floats
    summary: tuple[Summary, ...]
    skipped: tuple[date, ...]
    comparisons: tuple[Comparison, ...] = ()
    inputs: Mapping[str, int] = field(default_factory=dict)
    clock: Clock = MADRID_CLOCK
    since: Mapping[str, date] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    young: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    bridged: tuple[date, ...] = ()
    left_out: tuple[str, ...] = ()
    blends: Mapping[str, Blended] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of origins and inputs beside the figures."""
        origins = self.summary[0].origins
        told = []
        if self.skipped:
            told.append(f"no forecast of {some(self.skipped)}: the days before are not complete")
        if self.bridged:
            told.append(
                f"forecast from an older day, for the one before is not complete: "
                f"{some(self.bridged)}"
            )
        unused = {
            name: (days_seen(lead_h) * WALL_HOURS + 1, lead_h)
            for name, lead_h in self.inputs.items()
            if days_seen(lead_h) * WALL_HOURS < min(lead_h, self.horizon_h)
        }
        told += [
            f"{names}: hours {since} to {lead_h} ahead are not used: a day counts when "
            f"{LEAST_HOURS} of its hours are known"
            for names, (since, lead_h) in together(unused)
        ]
        told += [
            f"{names}: looked at from {since} on; days before it are forecast without"
            for names, since in together(self.since)
        ]
        told += [
            f"{names}: known on {days} of the {of} days before the first origin that models learn "
            "from; those that would lose too many days do without"
            for names, (days, of) in together(self.young)
        ]
        told += [
            f"{names}: missing at {count} of {origins} origins, which are answered without"
            for names, count in together(self.missing)
        ]
        if self.left_out:
            told.append(f"the history is too short for parts of champion: {some(self.left_out)}")
        for name, of in self.blends.items():
            told += _told_of_parts(name, of)
        return tuple(told)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of ``rows``."""
        levels = tuple(f"p{round(100 * level):02d}" for level in QUANTILES)
        kind = "local" if self.clock.is_naive else "utc"
        return (f"origin_{kind}", f"delivery_start_{kind}", "model", "mean", *levels)

    def rows(self) -> Iterator[tuple[str | float, ...]]:
        """One row per model, origin and delivery period, in the unit of the series."""
        for made in self.predictions:
            for i in range(made.start.size):
                origin, start = (self.clock.stamp(at[i]) for at in (made.origin, made.start))
                values = (made.mean[i], *made.quantiles[i])
                yield (origin, start, made.model, *(float(value) for value in values))

    def to_json(self) -> dict[str, object]:
        """What was asked and how each model did; the predictions are in ``rows``."""
        return {
            "series": self.key.name,
            "unit": self.unit,
            "timezone": self.clock.zone,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "horizon_h": self.horizon_h,
            "every": self.every,
            "inputs": [{"name": name, "lead_h": lead} for name, lead in self.inputs.items()],
            "since": {name: day.isoformat() for name, day in self.since.items()},
            "missing": dict(self.missing),
            "skipped": [day.isoformat() for day in self.skipped],
            "summary": [asdict(one) for one in self.summary],
            "comparisons": [asdict(one) for one in self.comparisons],
            "blends": {name: asdict(of) for name, of in self.blends.items()},
        }


def _told_of_parts(name: str, of: Blended) -> Iterator[str]:
    if of.naive:
        yield (
            f"{name}: no part beats the naive of late at {of.naive} of {of.origins} origins: there "
            "the naive forecasts"
        )
    for parts, count in together(of.lost):
        yield (
            f"{name}: without weight at {count} of {of.origins} origins, having erred more than "
            f"the naive of late: {parts}"
        )
    for parts, count in together(of.lacking):
        yield f"{name}: could not be fitted at {count} of {of.origins} origins: {parts}"


def together(said: Mapping[str, _T]) -> list[tuple[str, _T]]:
    """Names of which the same is to be said, and what."""
    return [
        (some([name for name, other in said.items() if other == one]), one)
        for one in dict.fromkeys(said.values())
    ]


def some(named: Sequence[object]) -> str:
    """The first few, and how many more there are."""
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return ", ".join(map(str, named[:_MOST_NAMED])) + more
