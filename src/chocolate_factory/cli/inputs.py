"""What a backtest may look at besides the price: columns of a file, and the day-ahead price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.cli.price_file import read_columns, read_prices
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.forecasting import Input, day_later
from chocolate_factory.forecasting.inputs import CARRIED_DAYS
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.market.clock import MADRID_CLOCK, Clock
from chocolate_factory.market.series import Floats
from chocolate_factory.sources.given_inputs import DAY_MIN, GivenInput
from chocolate_factory.sources.given_prices import GivenSeries

Information = Literal["before-spot", "spot-known"]

_DAY_AHEAD_H = 24
_SAME = 0.95
"""Share of equal hours from which on a column is the price itself."""
_LIKE = 0.98
"""Correlation with the price from which on a column may be it, in whatever unit and with whatever
tax."""
_LEAST_SHARED_HOURS = 24
_ROUNDED = 1e-3
"""Of the price's spread: how far apart equal values may lie."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which files, how far ahead and since when their columns are known, and what of the spot.

    ``first``: the first delivery day that is forecast.
    """

    exogenous: Path | None
    lead_h: int
    spot: Path | None
    information: Information
    first: date
    since: date | None = None


def inputs_of(
    price: GivenSeries, asked: Asked, clock: Clock | None
) -> tuple[list[str], list[Input]]:
    """The exogenous columns asked for, and what a person should know about them.

    The price itself is none of them, whatever it is called.

    Raises ``FileRefused`` if a file cannot be used; ``SettingsInvalid`` if the spot is to be known
    and no file holds it, or if that file holds the price itself.
    """
    notes: list[str] = []
    inputs: list[Input] = []
    if asked.exogenous is not None:
        for column in read_columns(asked.exogenous, clock=clock):
            if column.name == price.column or _same(price, column.start, column.value):
                notes.append(
                    f"{asked.exogenous.name}: column {column.name} is the price itself and left "
                    "out of the inputs"
                )
                continue
            inputs.append(_input(column, asked, clock or MADRID_CLOCK, notes))
            notes += _warned(price, inputs[-1], asked, clock or MADRID_CLOCK)
    if asked.spot is None:
        if asked.information == "spot-known":
            raise SettingsInvalid("--information spot-known: say with --spot which file holds it")
        return notes, inputs
    told = read_prices(asked.spot, plain=True, clock=clock, any_market=True)
    if asked.information == "before-spot":
        notes.append(
            f"{asked.spot.name} is not looked at: the models read the day-ahead price only where "
            "it is known ahead, with --information spot-known"
        )
        return notes, inputs
    if _same(price, told.series.start, told.series.value):
        raise SettingsInvalid(f"--spot: {asked.spot} holds the price itself that is to be forecast")
    notes += told.notes
    inputs.append(Input(SPOT.name, told.series.start, told.series.value, _DAY_AHEAD_H))
    return notes, inputs


def _input(column: GivenInput, asked: Asked, clock: Clock, notes: list[str]) -> Input:
    """A column as models see it; one named as the spot is not taken for what --spot gives."""
    name = f"{column.name} (column)" if column.name == SPOT.name else column.name
    if column.period_min > DAY_MIN // 24:
        how = "seen from the day after on" if column.period_min == DAY_MIN else "held so long"
        notes.append(f"{name}: a value every {column.period_min // 60} h, {how}")
    if column.period_min != DAY_MIN:
        return Input(name, column.start, column.value, asked.lead_h, asked.since)
    # the day a value is of is the one it ends in, be that of 23 hours or 25
    ends: Instants = column.start + np.timedelta64(22, "h")
    days = clock.days(ends)
    midnights = clock.instants(days.astype("datetime64[s]"))
    until = days[-1] + CARRIED_DAYS
    start, value = day_later(midnights, column.value, until=until, clock=clock)
    return Input(name, start, value, asked.lead_h, asked.since)


def _warned(price: GivenSeries, column: Input, asked: Asked, clock: Clock) -> list[str]:
    """What is to be said of a column that is known ahead and follows the price closely."""
    begin = clock.midnight(max(asked.first, asked.since or asked.first))
    later = column.start >= begin
    ours, theirs = _side_by_side(price, column.start[later], column.value[later])
    if not column.lead_h or ours.size < _LEAST_SHARED_HOURS or not (ours.std() and theirs.std()):
        return []
    correlation = float(np.corrcoef(ours, theirs)[0, 1])
    if abs(correlation) < _LIKE:
        return []
    return [
        f"{column.name}: its correlation with the price is {correlation:.3f} from {asked.first} "
        f"on, and it is known {column.lead_h} h ahead: if it was made of the price itself, "
        "the errors below are too small"
    ]


def _same(price: GivenSeries, start: Instants, value: Floats) -> bool:
    """Whether values are those of the price by the hour, be it per kWh or per MWh."""
    ours, theirs = _side_by_side(price, start, value)
    if ours.size < _LEAST_SHARED_HOURS:
        return False
    near = _ROUNDED * float(ours.std())
    return any(
        float((np.abs(ours - scale * theirs) <= near).mean()) >= _SAME
        for scale in (1.0, 1000.0, 0.001)
    )


def _side_by_side(price: GivenSeries, start: Instants, value: Floats) -> tuple[Floats, Floats]:
    """The price and other values, at the hours that both have."""
    of_price, of_other = _by_hour(price.series.start, price.series.value), _by_hour(start, value)
    _, here, there = np.intersect1d(of_price[0], of_other[0], return_indices=True)
    return of_price[1][here], of_other[1][there]


def _by_hour(start: Instants, value: Floats) -> tuple[NDArray[np.datetime64], Floats]:
    hours, at, count = np.unique(
        start.astype("datetime64[h]"), return_inverse=True, return_counts=True
    )
    return hours, np.bincount(at, weights=value) / count
