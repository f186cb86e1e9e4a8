"""What a plant may have besides stages: tanks, ambient limits, maintenance, PV and a battery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import (
    Instants,
    local_days,
    local_hours,
    local_wall,
    national_holidays,
    weekday,
)
from chocolate_factory.market.series import Floats


@dataclass(frozen=True, slots=True)
class Hours:
    """Wall-clock stretch [start_min, end_min), minutes after local midnight."""

    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True)
class Tank:
    """Where batches wait once the stage's own hold is used up.

    At most ``batches`` at once, each for at most ``max_hold_min`` [min], drawing ``kw`` each.
    """

    name: str
    batches: int
    max_hold_min: int
    kw: float


@dataclass(frozen=True, slots=True)
class AmbientLimits:
    """Indoor conditions in which a stage may run; None: no limit of that kind."""

    max_c: float | None = None
    min_c: float | None = None
    max_humidity_pct: float | None = None


@dataclass(frozen=True, slots=True)
class IndoorModel:
    """How the hall follows the weather (``planning.ambient`` has the formula)."""

    base_c: float
    outdoor_share: float
    lag_h: float
    heat_c: float


@dataclass(frozen=True, slots=True)
class Maintenance:
    """``machines`` of a stage are out of use over [start, end), UTC."""

    stage: str
    machines: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days without shifts: the national ones, if they are kept, and those listed, in order."""

    national: bool = False
    days: tuple[date, ...] = ()

    def on(self, day: date) -> bool:
        """Whether nobody works on ``day``."""
        return day in self.days or (self.national and day in national_holidays(day.year))

    def among(self, days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Whether each ``datetime64[D]`` is a holiday."""
        distinct, where = np.unique(days, return_inverse=True)
        off = np.array([self.on(day) for day in distinct.astype(object)], dtype=bool)
        return off[where] if off.size else np.zeros(days.shape, dtype=bool)


@dataclass(frozen=True, slots=True)
class BaseLoad:
    """Power drawn in these hours whatever is produced [kW].

    ``months`` (1 … 12) and ``weekdays`` (Monday 0) in which it is drawn; None: in all of them.
    """

    name: str
    kw: float
    hours: tuple[Hours, ...]
    months: frozenset[int] | None = None
    weekdays: frozenset[int] | None = None

    def drawn_kw(self, slots: Instants) -> Floats:
        """Power in each slot [kW]; ``slots`` are UTC starts, shape (n,)."""
        wall = local_wall(slots)
        days = wall.astype("datetime64[D]")
        on = within(minute_of_day(wall), self.hours)
        if self.months is not None:
            month = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
            on &= np.isin(month, sorted(self.months))
        if self.weekdays is not None:
            on &= np.isin(weekday(days), sorted(self.weekdays))
        return np.where(on, self.kw, 0.0)


@dataclass(frozen=True, slots=True)
class Photovoltaics:
    """Solar panels of ``kwp`` [kW].

    Either ``performance`` [fraction]: yield per kWp at 1000 W/m² of forecast radiation, or
    ``profile_kw`` [kW]: what all of it gives in each hour of the local day, shape (24,).
    """

    kwp: float
    performance: float | None
    profile_kw: tuple[float, ...] | None

    def kw(self, slots: Instants, radiation_w_m2: Floats) -> Floats:
        """Power in each slot [kW], shape (n,); none where the radiation is not known (NaN)."""
        if self.profile_kw is not None:
            return np.array(self.profile_kw)[local_hours(slots)]
        share = np.nan_to_num(radiation_w_m2, nan=0.0) / 1000
        return np.minimum(self.kwp * (self.performance or 0.0) * share, self.kwp)


@dataclass(frozen=True, slots=True)
class Battery:
    """Stores up to ``kwh``; charges and discharges at up to ``kw``.

    ``efficiency``: what comes back of a kWh that goes in, half of the loss each way. It holds
    ``start_kwh`` when planning begins where no plan is in force, and at least as much whenever it
    ends.
    """

    kwh: float
    kw: float
    efficiency: float
    start_kwh: float


def present(
    slots: Instants,
    shifts: Sequence[tuple[int, tuple[Hours, ...]]],
    breaks: Sequence[tuple[int, tuple[Hours, ...]]],
    holidays: Holidays,
) -> NDArray[np.bool_]:
    """Whether operators are there in each slot: in a shift, in no break, on no holiday."""
    wall = local_wall(slots)
    days, minutes = weekday(wall.astype("datetime64[D]")), minute_of_day(wall)
    there = np.zeros(slots.shape, dtype=bool)
    for day, spans in shifts:
        there |= (days == day) & within(minutes, spans)
    for day, spans in breaks:
        there &= ~((days == day) & within(minutes, spans))
    return there & ~holidays.among(local_days(slots))


def minute_of_day(wall: Instants) -> NDArray[np.int64]:
    """Minutes since midnight of naive wall-clock times."""
    minutes: NDArray[np.int64] = (
        (wall - wall.astype("datetime64[D]")).astype("timedelta64[m]").astype(np.int64)
    )
    return minutes


def within(minutes: NDArray[np.int64], spans: Sequence[Hours]) -> NDArray[np.bool_]:
    """Whether each minute of the day lies in one of ``spans``."""
    inside = np.zeros(minutes.shape, dtype=bool)
    for span in spans:
        inside |= (minutes >= span.start_min) & (minutes < span.end_min)
    return inside
