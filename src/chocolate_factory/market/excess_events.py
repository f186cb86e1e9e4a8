"""When power lay above the contracted one, and what share of the charge each stretch has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import QUARTER, local_days
from chocolate_factory.market.excess import ExcessLine, Metering, above_kw, metering
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, power_period


@dataclass(frozen=True, slots=True)
class ExcessEvent:
    """Quarter-hours one after the other above the contracted power of one period, [start, end).

    ``highest_kw`` the highest mean of a quarter-hour, ``contracted_kw`` what it should have kept
    to. ``eur``: its share of the month's charge, before taxes: by squares of the excess where all
    quarter-hours count, all of it with the highest one where that alone counts.
    """

    start: datetime
    end: datetime
    period: int
    quarters: int
    highest_kw: float
    contracted_kw: float
    eur: float


def excess_events(
    tariff: Tariff,
    contracted_kw: Sequence[float],
    curve: PowerCurve,
    lines: Sequence[ExcessLine],
) -> tuple[ExcessEvent, ...]:
    """The stretches behind the ``lines`` that were billed for ``curve``, in order of time."""
    above = above_kw(tariff, contracted_kw, curve.start, curve.kw)
    period = power_period(tariff, curve.start)
    shares_eur = _shares_eur(tariff, contracted_kw, curve, above, lines)
    return tuple(
        ExcessEvent(
            start=curve.begin + first * QUARTER,
            end=curve.begin + after * QUARTER,
            period=int(period[first]),
            quarters=after - first,
            highest_kw=float(curve.kw[first:after].max()),
            contracted_kw=contracted_kw[int(period[first]) - 1],
            eur=float(shares_eur[first:after].sum()),
        )
        for first, after in _stretches(above, period)
    )


def _stretches(above: Floats, period: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """First and one past the last quarter-hour of each stretch within one period."""
    inside = above > 0
    breaks = np.flatnonzero((np.diff(inside.view(np.int8)) != 0) | (np.diff(period) != 0)) + 1
    for run in np.split(np.arange(above.size), breaks):
        if run.size and inside[run[0]]:
            yield int(run[0]), int(run[-1]) + 1


def _shares_eur(
    tariff: Tariff,
    contracted_kw: Sequence[float],
    curve: PowerCurve,
    above: Floats,
    lines: Sequence[ExcessLine],
) -> Floats:
    """What of the charges falls to each quarter-hour [EUR], shape (n,)."""
    period = power_period(tariff, curve.start)
    months = local_days(curve.start).astype("datetime64[M]")
    shares = np.zeros(above.size)
    for line in lines:
        own = np.flatnonzero((months == np.datetime64(line.month, "M")) & (period == line.period))
        if metering(tariff, contracted_kw) is Metering.HIGHEST:
            shares[own[np.argmax(above[own])]] += line.eur
        else:
            squares = above[own] ** 2
            shares[own] += line.eur * squares / squares.sum()
    return shares
