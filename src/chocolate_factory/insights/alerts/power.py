"""Power above the contracted one that the plan in force would draw, and what it would cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.insights.alerts.alert import Alert, AlertKind, Basis, Gravity
from chocolate_factory.market.calendar import (
    Instants,
    local_days,
    to_datetime,
    to_datetime64,
    utc_iso,
)
from chocolate_factory.market.excess import (
    Metering,
    above_kw,
    excess_rates_eur_kw,
    excess_size_kw,
    metering,
)
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, power_period

NEGLIGIBLE_KW = 0.05
"""A plan may touch the limit; below this it is rounding [kW]."""

_QUARTER = np.timedelta64(900, "s")


def excess_alerts(
    tariff: Tariff,
    contracted_kw: Sequence[float],
    *,
    expected: tuple[Instants, Floats],
    measured: tuple[Instants, Floats],
    as_of: datetime,
) -> tuple[Alert, ...]:
    """One alert per power period and Madrid day on which the site is expected above its power.

    ``expected`` and ``measured``: UTC starts of quarter-hours and mean power [kW], shapes (n,).
    Of what is expected only quarter-hours count that are not over at ``as_of`` and not measured.
    What was measured this month counts first, then what is expected day after day: an alert's euros
    are what its day adds to the month's charge, before taxes. On 2.0TD, where the switch cuts,
    nothing is billed and the alert has no euros.
    """
    coming = (expected[0] + _QUARTER > to_datetime64(as_of)) & ~np.isin(expected[0], measured[0])
    start, kw = expected[0][coming], expected[1][coming]
    above = above_kw(tariff, contracted_kw, start, kw)
    above = np.where(above > NEGLIGIBLE_KW, above, 0.0)
    days, period = local_days(start), power_period(tariff, start)
    found = []
    for day in np.unique(days[above > 0]):
        for number in np.unique(period[(above > 0) & (days == day)]):
            rows = np.flatnonzero((above > 0) & (days == day) & (period == number))
            earlier = (days < day) & (days.astype("datetime64[M]") == day.astype("datetime64[M]"))
            end = to_datetime(start[rows[-1]] + _QUARTER)
            contracted = contracted_kw[int(number) - 1]
            eur = _grows_by(
                tariff,
                contracted_kw,
                (day.astype(object), int(number)),
                expected=above[rows],
                before=np.concatenate(
                    [
                        _measured(tariff, contracted_kw, measured, (day, int(number))),
                        above[earlier & (period == number)],
                    ]
                ),
            )
            found.append(
                Alert(
                    code=f"excess:P{int(number)}:{day}",
                    kind=AlertKind.EXCESS_POWER,
                    gravity=Gravity.CRITICAL if tariff is Tariff.TD20 else Gravity.WARNING,
                    values={
                        "period": int(number),
                        "contracted_kw": float(contracted),
                        "highest_kw": float(kw[rows].max()),
                        "quarters": int(rows.size),
                        "start": utc_iso(to_datetime(start[rows[0]])),
                        "end": utc_iso(end),
                    },
                    eur=eur,
                    basis=Basis.NOT_IN_EUROS if eur is None else Basis.EXCESS_CHARGE,
                    valid_until=end,
                )
            )
    return tuple(found)


def _measured(
    tariff: Tariff,
    contracted_kw: Sequence[float],
    measured: tuple[Instants, Floats],
    of: tuple[np.datetime64, int],
) -> Floats:
    """What the meter told of a month's excess in a period [kW], shape (m,)."""
    (day, number), (start, kw) = of, measured
    same_month = local_days(start).astype("datetime64[M]") == day.astype("datetime64[M]")
    own: NDArray[np.bool_] = same_month & (power_period(tariff, start) == number)
    excess: Floats = above_kw(tariff, contracted_kw, start[own], kw[own])
    return excess


def _grows_by(
    tariff: Tariff,
    contracted_kw: Sequence[float],
    of: tuple[date, int],
    *,
    expected: Floats,
    before: Floats,
) -> float | None:
    """What a month's charge for a period grows by [EUR] after the excess ``before`` it; None where
    none is billed."""
    day, number = of
    how = metering(tariff, contracted_kw)
    if how is Metering.SWITCH:
        return None
    rate = excess_rates_eur_kw(tariff, how, day, days=_days_of_month(day))[number - 1]
    after = np.concatenate([before, expected])
    return rate * (excess_size_kw(how, after) - excess_size_kw(how, before))


def _days_of_month(day: date) -> float:
    first = np.datetime64(day, "M")
    return float(((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int))
