"""Indoor conditions from the weather forecast, and the slots in which stages may run.

The hall follows the weather with a time constant and a share::

    indoor = base + share × (outdoor smoothed − base) + heat

where *outdoor smoothed* follows the hourly outdoor temperature as a first-order lag of ``lag_h``
hours. The air inside holds the water it holds outside, so its relative humidity is the outdoor one
times the ratio of saturation pressures (Magnus, WMO coefficients), at most 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import Instants, to_datetime
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.equipment import AmbientLimits, IndoorModel
from chocolate_factory.planning.orders import in_words
from chocolate_factory.planning.plant import Plant


@dataclass(frozen=True, slots=True, eq=False)
class Weather:
    """Hourly weather at the plant as known at the origin.

    ``start`` (UTC hours, increasing), ``temperature_c``, ``humidity_pct`` and ``radiation_w_m2``,
    shape (n,) each; NaN where a value is not known.
    """

    start: Instants
    temperature_c: Floats
    humidity_pct: Floats
    radiation_w_m2: Floats

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.temperature_c, self.humidity_pct, self.radiation_w_m2)}
        if self.start.ndim != 1 or shapes != {self.start.shape}:
            raise SeriesInvalid("weather: arrays of different lengths")
        if (np.diff(self.start) <= np.timedelta64(0, "s")).any():
            raise SeriesInvalid("weather: hours are out of order")


@dataclass(frozen=True, slots=True, eq=False)
class Indoor:
    """Conditions at the line in each slot, shape (n,); NaN where they are not known."""

    temperature_c: Floats
    humidity_pct: Floats

    def allows(self, limits: AmbientLimits | None) -> NDArray[np.bool_]:
        """Whether a stage with these limits may run in each slot; yes where nothing is known."""
        may = np.ones(self.temperature_c.shape, dtype=bool)
        if limits is None:
            return may
        if limits.max_c is not None:
            may &= ~(self.temperature_c > limits.max_c)
        if limits.min_c is not None:
            may &= ~(self.temperature_c < limits.min_c)
        if limits.max_humidity_pct is not None:
            may &= ~(self.humidity_pct > limits.max_humidity_pct)
        return may


def indoor_conditions(
    model: IndoorModel | None, weather: Weather | None, slots: Instants
) -> Indoor:
    """Conditions in each slot (UTC starts, shape (n,)); unknown without a model or weather."""
    if model is None or weather is None or weather.start.size == 0:
        unknown = np.full(slots.shape, np.nan)
        return Indoor(unknown, unknown)
    outdoor_c = _smoothed(weather.temperature_c, model.lag_h)
    inside_c = model.base_c + model.outdoor_share * (outdoor_c - model.base_c) + model.heat_c
    humidity_pct = humidity_indoors(weather.humidity_pct, weather.temperature_c, inside_c)
    return Indoor(
        at_slots(weather.start, inside_c, slots),
        at_slots(weather.start, humidity_pct, slots),
    )


def humidity_indoors(humidity_pct: Floats, outdoor_c: Floats, inside_c: Floats) -> Floats:
    """Relative humidity [%] of outdoor air brought to ``inside_c``; all of one shape."""
    moisture = humidity_pct * _saturation(outdoor_c) / _saturation(inside_c)
    humidity: Floats = np.minimum(moisture, 100.0)
    return humidity


def at_slots(start: Instants, hourly: Floats, slots: Instants) -> Floats:
    """The value of the hour that holds each slot, NaN where there is none; shape of ``slots``."""
    where = np.searchsorted(start, slots, side="right") - 1
    inside = (where >= 0) & (slots < start[where] + np.timedelta64(3600, "s"))
    return np.where(inside, hourly[where], np.nan)


def looks_outside(plant: Plant) -> bool:
    """Whether planning needs the weather: for ambient limits, or for the sun on the panels."""
    return plant.pv is not None or any(stage.ambient is not None for stage in plant.stages)


def ambient_notes(plant: Plant, weather: Weather | None, slots: Instants) -> tuple[str, ...]:
    """What a plan does not know of the limits of its stages, in words."""
    limited = [stage.name for stage in plant.stages if stage.ambient is not None]
    if not limited or slots.size == 0:
        return ()
    known = np.isfinite(indoor_conditions(plant.indoor, weather, slots).temperature_c)
    if known.all():
        return ()
    names = ", ".join(limited)
    if not known.any():
        return (f"ambient limits of {names} are not looked at: no weather forecast is known",)
    last = int(np.flatnonzero(known)[-1])
    return (
        f"ambient limits of {names} are looked at up to {in_words(to_datetime(slots[last]))}: "
        "the weather forecast known reaches no further",
    )


def _smoothed(outdoor_c: Floats, lag_h: float) -> Floats:
    """First-order lag of an hourly series; it begins at its first value, and NaN is passed on."""
    if lag_h == 0:
        return outdoor_c
    kept = float(np.exp(-1 / lag_h))
    smoothed = outdoor_c.copy()
    for at in range(1, smoothed.size):
        if np.isfinite(smoothed[at - 1]) and np.isfinite(smoothed[at]):
            smoothed[at] = kept * smoothed[at - 1] + (1 - kept) * smoothed[at]
    return smoothed


def _saturation(temperature_c: Floats) -> Floats:
    """Saturation pressure of water vapour [hPa] (Magnus; WMO-No. 8, 2018)."""
    pressure: Floats = 6.112 * np.exp(17.62 * temperature_c / (243.12 + temperature_c))
    return pressure
