"""Heat, cold and humidity that the weather forecast brings, against limits of the stages."""

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


AirKind = Literal[AlertKind.HEAT, AlertKind.COLD, AlertKind.HUMIDITY]


@dataclass(frozen=True, slots=True, eq=False)
class AirLimit:
    """What the air of a stage may be at most, or at least, beside what is foreseen for each hour.

    Parameters
    ----------
    stage
        Name in the plant file.
    kind
        ``HEAT`` or ``COLD`` [°C], or ``HUMIDITY`` [%].
    bound
        The limit, in that unit: of cold the lowest, else the highest that may be.
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
    kind: AirKind
    bound: float
    foreseen: Floats
    where: Literal["inside", "outside"]
    runs: NDArray[np.bool_] | None

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Whether what is foreseen is beyond the limit, shape (n,)."""
        if self.kind is AlertKind.COLD:
            return self.foreseen < self.bound
        return self.foreseen > self.bound


def air_alerts(
    hours: Instants, limits: Sequence[AirLimit], *, as_of: datetime
) -> tuple[Alert, ...]:
    """One alert per limit and Madrid day with hours beyond it that are not over at ``as_of``; of
    those alone.

    ``hours`` are UTC starts, shape (n,), and begin with a Madrid day.
    """
    days, coming = local_days(hours), hours + _STEP > to_datetime64(as_of)
    found = []
    for limit in limits:
        beyond = coming & limit.beyond
        for day in np.unique(days[beyond]):
            rows = np.flatnonzero(beyond & (days == day))
            found.append(_alert(limit, str(day), hours, rows))
    return tuple(found)


def _alert(limit: AirLimit, day: str, hours: Instants, rows: NDArray[np.intp]) -> Alert:
    end = to_datetime(hours[rows[-1]] + _STEP)
    cold, air = limit.kind is AlertKind.COLD, limit.foreseen[rows]
    values: dict[str, Value] = {
        "stage": limit.stage,
        "limit": limit.bound,
        "lowest" if cold else "highest": float(air.min() if cold else air.max()),
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
