"""Heat and humidity that the weather forecast brings, against the limits of the plant's stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.insights.alerts.alert import Alert, AlertKind, Basis, Gravity, Value
from chocolate_factory.market.calendar import (
    Instants,
    local_days,
    to_datetime,
    to_datetime64,
    utc_iso,
)
from chocolate_factory.market.series import Floats

_STEP = np.timedelta64(3600, "s")


@dataclass(frozen=True, slots=True, eq=False)
class AirLimit:
    """What the air of a stage may be at most, beside what is foreseen for each hour.

    Parameters
    ----------
    stage
        Name in the plant file.
    kind
        ``HEAT`` [°C] or ``HUMIDITY`` [%].
    most
        The limit, in that unit.
    foreseen
        Hour by hour, shape (n,), in that unit; NaN where nothing is foreseen.
    where
        ``inside``: at the line, by the plant's model of its hall; ``outside``: the plant has no
        such model, so it is the outdoor air.
    runs
        Whether the plan in force has the stage at work in each hour, shape (n,); None without a
        plan.
    """

    stage: str
    kind: Literal[AlertKind.HEAT, AlertKind.HUMIDITY]
    most: float
    foreseen: Floats
    where: Literal["inside", "outside"]
    runs: NDArray[np.bool_] | None


def air_alerts(
    hours: Instants, limits: Sequence[AirLimit], *, as_of: datetime
) -> tuple[Alert, ...]:
    """One alert per limit and Madrid day with hours above it that are not over at ``as_of``; of
    those alone.

    ``hours`` are UTC starts, shape (n,), and begin with a Madrid day.
    """
    days, coming = local_days(hours), hours + _STEP > to_datetime64(as_of)
    found = []
    for limit in limits:
        above = coming & (limit.foreseen > limit.most)
        for day in np.unique(days[above]):
            rows = np.flatnonzero(above & (days == day))
            found.append(_alert(limit, str(day), hours, rows))
    return tuple(found)


def _alert(limit: AirLimit, day: str, hours: Instants, rows: NDArray[np.intp]) -> Alert:
    end = to_datetime(hours[rows[-1]] + _STEP)
    values: dict[str, Value] = {
        "stage": limit.stage,
        "limit": limit.most,
        "highest": float(limit.foreseen[rows].max()),
        "start": utc_iso(to_datetime(hours[rows[0]])),
        "end": utc_iso(end),
        "hours": int(rows.size),
        "where": limit.where,
    }
    if limit.where == "outside":
        gravity, basis = Gravity.NOTICE, Basis.NOT_IN_EUROS
    elif limit.runs is None:
        gravity, basis = Gravity.WARNING, Basis.NO_PLAN
    elif limit.runs[rows].any():
        gravity, basis = Gravity.CRITICAL, Basis.PLAN_BROKEN
    else:
        gravity, basis = Gravity.WARNING, Basis.PLAN_AVOIDS
    return Alert(
        f"{limit.kind.value}:{limit.stage}:{day}", limit.kind, gravity, values, None, basis, end
    )
