"""What is known at an instant, as numbers: the features of the advice.

Nothing that became known later goes in. Prices of the coming hours count once they are published;
where they are not, those of the same hours a week earlier stand in for them, in the two features
that say so by their name (``expected_…``). A feature that cannot be told is NaN, and is left out of
a model by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.insights.advice.trace import (
    AHEAD,
    HOUR_S,
    PAST_DAYS,
    WELL_COVERED,
    Grid,
    PriceTrace,
    grid,
    share_below,
)
from chocolate_factory.market.calendar import (
    Instants,
    is_valley_day,
    local_days,
    local_wall,
    weekday,
)
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, energy_period

FEATURES = (
    "price_eur_kwh",
    *(f"cheaper_{days}d" for days in PAST_DAYS),
    *(f"z_{days}d" for days in PAST_DAYS),
    "change_1d_eur_kwh",
    "change_7d_eur_kwh",
    "spread_1d_eur_kwh",
    "published_h",
    "published_cheaper",
    "published_gap_eur_kwh",
    "expected_cheaper",
    "expected_gap_3h_eur_kwh",
    "hour_sin",
    "hour_cos",
    "weekday_sin",
    "weekday_cos",
    "season_sin",
    "season_cos",
    "tariff_period",
    "valley_day",
    "staffed",
    "temperature_c",
    "humidity_pct",
    "dew_point_c",
)
"""Names of the features, in the order of the columns; ``docs/method.md`` says what each is."""

COLUMN = {name: number for number, name in enumerate(FEATURES)}

DAY = timedelta(days=1)
SOON = timedelta(hours=3)
FLAT_EUR_KWH = 1e-9
"""Prices that spread less than this do not differ."""

_CHUNK = 1000
_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Instants at which advice is asked for, and what the asker knows of each.

    Parameters
    ----------
    instants
        UTC, shape (n,), in any order.
    period_end
        End of the delivery period that contains each, UTC, shape (n,).
    eur_kwh
        The price then [EUR/kWh], shape (n,).
    temperature_c, humidity_pct
        Air at the plant [°C], [%]; NaN where unknown, shape (n,).
    staffed
        Share of the hour from each instant in which operators are there, shape (n,).
    """

    instants: Instants
    period_end: Instants
    eur_kwh: Floats
    temperature_c: Floats
    humidity_pct: Floats
    staffed: Floats

    def __len__(self) -> int:
        return int(self.instants.size)


def features(trace: PriceTrace, moments: Moments, tariff: Tariff) -> Floats:
    """One row per moment, one column per entry of ``FEATURES``, NaN where one cannot be told."""
    table = np.full((len(moments), len(FEATURES)), np.nan)
    _fill(table, "price_eur_kwh", moments.eur_kwh)
    _calendar(table, moments.instants, tariff)
    _fill(table, "staffed", moments.staffed)
    _fill(table, "temperature_c", moments.temperature_c)
    _fill(table, "humidity_pct", moments.humidity_pct)
    _fill(table, "dew_point_c", dew_point_c(moments.temperature_c, moments.humidity_pct))
    if not len(moments) or not len(trace):
        return table
    laid = grid(trace, moments.instants)
    for begin in range(0, len(moments), _CHUNK):
        rows = slice(begin, begin + _CHUNK)
        _prices(table[rows], laid, moments.instants[rows], moments.period_end[rows])
    return table


def dew_point_c(temperature_c: Floats, humidity_pct: Floats) -> Floats:
    """Dew point [°C] by Magnus' formula (Alduchov and Eskridge 1996); NaN at 0 % humidity."""
    humid = np.where(humidity_pct > 0, humidity_pct, np.nan)
    gamma = np.log(humid / 100) + 17.625 * temperature_c / (243.04 + temperature_c)
    dew: Floats = 243.04 * gamma / (17.625 - gamma)
    return dew


def _prices(table: Floats, laid: Grid, instants: Instants, period_end: Instants) -> None:
    """Fill the columns that compare the price with others, for one chunk of rows."""
    price = table[:, COLUMN["price_eur_kwh"]]
    here = laid.step(instants)
    day = laid.steps(DAY)
    whole = laid.known(here - PAST_DAYS[-1] * day, PAST_DAYS[-1] * day, instants)
    for days in PAST_DAYS:
        past = whole[:, -days * day :]
        _fill(table, f"cheaper_{days}d", share_below(past, price, least=WELL_COVERED))
        _fill(table, f"z_{days}d", _distance(past, price))
    _fill(table, "change_1d_eur_kwh", price - whole[:, -day])
    _fill(table, "change_7d_eur_kwh", price - whole[:, -7 * day])
    ordered = np.sort(whole[:, -day:], axis=1)  # NaN last: the spread of an incomplete day is NaN
    _fill(table, "spread_1d_eur_kwh", ordered[:, -(day // 10) - 1] - ordered[:, day // 10])
    _coming(table, laid, instants, laid.step(period_end))


def _coming(table: Floats, laid: Grid, instants: Instants, first: NDArray[np.int64]) -> None:
    """Fill the columns about the 24 hours that begin with step ``first`` of each row."""
    price = table[:, COLUMN["price_eur_kwh"]]
    steps = laid.steps(AHEAD)
    ahead = laid.known(first, steps, instants)
    public = np.isfinite(ahead)
    count = public.sum(axis=1)
    _fill(table, "published_h", count * laid.step_s / HOUR_S)
    _fill(table, "published_cheaper", share_below(ahead, price, least=0.0))
    _fill(table, "published_gap_eur_kwh", price - _mean(ahead))
    week_ago = laid.known(first - 7 * laid.steps(DAY), steps, instants)
    expected = np.where(public, ahead, week_ago)
    _fill(table, "expected_cheaper", share_below(expected, price, least=WELL_COVERED))
    _fill(table, "expected_gap_3h_eur_kwh", price - _mean(expected[:, : laid.steps(SOON)]))


def _mean(window: Floats) -> Floats:
    """Mean of each row, NaN left out; NaN where a row holds nothing else."""
    known = np.isfinite(window)
    count = known.sum(axis=1)
    total = np.where(known, window, 0.0).sum(axis=1)
    mean: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean


def _distance(past: Floats, price: Floats) -> Floats:
    """How many standard deviations of ``past`` the price is above its mean; 0 where it is flat."""
    mean = _mean(past)
    spread = np.sqrt(_mean((past - mean[:, None]) ** 2))
    far = np.divide(price - mean, spread, out=np.zeros(price.shape), where=spread > FLAT_EUR_KWH)
    told = np.isfinite(past).mean(axis=1) >= WELL_COVERED
    distance: Floats = np.where(told, far, np.nan)
    return distance


def _calendar(table: Floats, instants: Instants, tariff: Tariff) -> None:
    wall = local_wall(instants)
    days = local_days(instants)
    since_midnight_s = (wall - days.astype("datetime64[s]")).astype(np.int64)
    year_day = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    for name, turn in (
        ("hour", since_midnight_s / 86400),
        ("weekday", weekday(days) / 7),
        ("season", year_day / _YEAR_DAYS),
    ):
        _fill(table, f"{name}_sin", np.sin(2 * np.pi * turn))
        _fill(table, f"{name}_cos", np.cos(2 * np.pi * turn))
    hour = instants.astype("datetime64[h]").astype("datetime64[s]")
    _fill(table, "tariff_period", energy_period(tariff, hour).astype(np.float64))
    _fill(table, "valley_day", is_valley_day(days).astype(np.float64))


def _fill(table: Floats, name: str, values: Floats) -> None:
    table[:, COLUMN[name]] = values
