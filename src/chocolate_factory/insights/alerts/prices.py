"""Prices that stand out against what this plant paid lately.

The yardstick is the plant's own: what a kWh cost under its contract in the delivery periods of the
last ``WINDOW_DAYS`` days, each counted for as long as it lasted. A published price of today or
tomorrow above the 98 % quantile of those is a spike, below the 2 % quantile an opportunity, below
zero negative. One alert per kind and Madrid day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.insights.alerts.alert import Alert, AlertKind, Basis, Gravity, Value
from chocolate_factory.insights.paid import PaidPrices
from chocolate_factory.market.calendar import local_days, to_datetime, to_datetime64, utc_iso
from chocolate_factory.market.series import Floats

WINDOW_DAYS = 28
"""Four whole weeks: every weekday counts alike."""

LEAST_DAYS = 7
"""With less than this known of the window, prices are compared with nothing but zero."""

HIGH, LOW = 0.98, 0.02
"""About one hour in two days lies outside on either side, bunched on odd days."""

_QUARTER_S = 900


@dataclass(frozen=True, slots=True, eq=False)
class Paid:
    """What a kWh cost [EUR/kWh] in past delivery periods of ``resolution_s`` [s], shape (n,)."""

    resolution_s: NDArray[np.int64]
    eur_kwh: Floats

    @property
    def quarters(self) -> Floats:
        """The price of each quarter-hour [EUR/kWh]: periods count for as long as they last."""
        known = np.isfinite(self.eur_kwh)
        every: Floats = np.repeat(self.eur_kwh[known], self.resolution_s[known] // _QUARTER_S)
        return every


def price_alerts(
    coming: PaidPrices, past: Paid, kwh: Floats | None, *, as_of: datetime
) -> tuple[Alert, ...]:
    """What stands out among the published prices of ``coming`` in periods not over at ``as_of``.

    ``coming`` begins with a Madrid day. ``kwh`` is what the plan in force takes in each of its
    periods [kWh], shape (n,); None without a plan. Of forecast prices nothing is said.
    """
    told = past.quarters
    marks: list[tuple[AlertKind, NDArray[np.bool_], float]] = [
        (AlertKind.PRICE_NEGATIVE, coming.eur_kwh < 0, 0.0)
    ]
    median = 0.0
    if told.size >= LEAST_DAYS * 96:
        low, median, high = (float(q) for q in np.quantile(told, (LOW, 0.5, HIGH)))
        marks += [
            (AlertKind.PRICE_SPIKE, coming.eur_kwh > high, high),
            (AlertKind.PRICE_OPPORTUNITY, (coming.eur_kwh < low) & (coming.eur_kwh >= 0), low),
        ]
    told_of = coming.published & (coming.end > to_datetime64(as_of))
    return tuple(
        _alert(kind, coming, rows, limit=limit, median=median, kwh=kwh)
        for kind, odd, limit in marks
        for rows in _by_day(coming, odd & told_of)
    )


def _by_day(coming: PaidPrices, odd: NDArray[np.bool_]) -> Iterator[NDArray[np.intp]]:
    days = local_days(coming.start)
    for day in np.unique(days[odd]):
        yield np.flatnonzero(odd & (days == day))


def _alert(
    kind: AlertKind,
    coming: PaidPrices,
    rows: NDArray[np.intp],
    *,
    limit: float,
    median: float,
    kwh: Floats | None,
) -> Alert:
    price = coming.eur_kwh[rows]
    day = str(local_days(coming.start[rows[:1]])[0])
    end = to_datetime(coming.end[rows[-1]])
    spike = kind is AlertKind.PRICE_SPIKE
    values: dict[str, Value] = {
        "start": utc_iso(to_datetime(coming.start[rows[0]])),
        "end": utc_iso(end),
        "hours": float(coming.resolution_s[rows].sum() / 3600),
        "price_eur_kwh": float(price.max() if spike else price.min()),
        "days": WINDOW_DAYS,
    }
    if kind is not AlertKind.PRICE_NEGATIVE:
        values |= {"limit_eur_kwh": limit, "median_eur_kwh": median}
    planned = None if kwh is None else kwh[rows]
    eur, basis = _at_stake(kind, price, median, planned)
    takes = planned is not None and planned.sum() > 0
    return Alert(
        code=f"{kind.value.replace('_', '-')}:{day}",
        kind=kind,
        gravity=Gravity.WARNING if spike and takes else Gravity.NOTICE,
        values=values,
        eur=eur,
        basis=basis,
        valid_until=end,
    )


def _at_stake(
    kind: AlertKind, price: Floats, median: float, kwh: Floats | None
) -> tuple[float | None, Basis]:
    if kwh is None:
        return None, Basis.NO_PLAN
    if not kwh.sum() > 0:
        return None, Basis.NOTHING_PLANNED
    match kind:
        case AlertKind.PRICE_SPIKE:
            return float(kwh @ (price - median)), Basis.OVER_MEDIAN
        case AlertKind.PRICE_NEGATIVE:
            return float(-kwh @ price), Basis.PAID_TO_PLANT
        case _:
            return float(kwh @ (median - price)), Basis.BELOW_MEDIAN
