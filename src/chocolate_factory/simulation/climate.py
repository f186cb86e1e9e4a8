"""The simulated weather by Madrid day: means, sums and extremes, as stations report them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.market.calendar import Instants, day_bounds, days_between, local_wall
from chocolate_factory.market.series import Floats
from chocolate_factory.simulation.noise import white
from chocolate_factory.simulation.weather import Hours, SimulatedWeather

YEARS = range(2000, 2100)
"""Years whose days the simulated stations know."""

_DAYS_A_YEAR = 366


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """Hours grouped by Madrid day; every answer has one value a day, shape (n,)."""

    days: list[date]
    start: Instants
    hours: Hours
    edges: np.ndarray[tuple[int], np.dtype[np.intp]]
    wall: Instants

    @classmethod
    def of(cls, weather: SimulatedWeather, first: date, last: date) -> Days:
        """The days ``first`` to ``last``, both included, as they were."""
        hour, was = weather.happened(day_bounds(first)[0], day_bounds(last)[1])
        wall = local_wall(hour)
        _, edges = np.unique(wall.astype("datetime64[D]"), return_index=True)
        return cls(days_between(first, last), hour[edges], was, edges, wall)

    def total(self, name: str) -> Floats:
        """Sum over the hours of the day."""
        return np.asarray(np.add.reduceat(self.hours[name], self.edges), dtype=np.float64)

    def mean(self, name: str) -> Floats:
        """Mean over the hours of the day: 23, 24 or 25."""
        counts = np.diff(self.edges, append=self.wall.size)
        return np.asarray(self.total(name) / counts, dtype=np.float64)

    def highest(self, name: str) -> Floats:
        """Largest hourly value of the day."""
        return np.asarray(np.maximum.reduceat(self.hours[name], self.edges), dtype=np.float64)

    def lowest(self, name: str) -> Floats:
        """Smallest hourly value of the day."""
        return np.asarray(np.minimum.reduceat(self.hours[name], self.edges), dtype=np.float64)

    def count_above(self, name: str, least: float) -> Floats:
        """Hours of the day above ``least``."""
        above = (self.hours[name] > least).astype(np.float64)
        return np.asarray(np.add.reduceat(above, self.edges), dtype=np.float64)

    def hour_of(self, name: str, *, highest: bool) -> list[int]:
        """Local hour (0–23) of the first extreme of each day."""
        pick = np.argmax if highest else np.argmin
        parts = np.split(self.hours[name], self.edges[1:])
        at = [edge + int(pick(part)) for edge, part in zip(self.edges, parts, strict=True)]
        hours = self.wall[at].astype("datetime64[h]").astype(np.int64) % 24
        return [int(hour) for hour in hours]

    def drawn(self, seed: int, stream: str) -> Floats:
        """A standard normal value for each day, a pure function of (seed, stream, day)."""
        return np.array(
            [
                white(seed, stream, day.year, _DAYS_A_YEAR)[day.timetuple().tm_yday - 1]
                for day in self.days
            ]
        )
