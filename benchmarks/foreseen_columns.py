"""Demand, wind and sun of Spain as the models may look at them, put together from three files.

REE's own forecasts for the day ahead (ESIOS 1775, 1777, 1779) where the file has them. They have to
be learned from, and earlier years stand in for that: ENTSO-E's forecasts for the day ahead, and
what was drawn and generated where there are none of these. Only what REE had said the day before is
looked at ahead of an origin, so no day before its first forecast sees any of the columns.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from chocolate_factory.forecasting import Input
from chocolate_factory.market.clock import MADRID_CLOCK

NAMES = ("demand", "wind", "solar")
FORESEEN = ("demand_forecast_d1_mw", "wind_forecast_d1_mw", "solar_pv_forecast_d1_mw")
FORESEEN_EARLIER = (
    "load_forecast_day_ahead_mw",
    "wind_onshore_forecast_day_ahead_mw",
    "solar_forecast_day_ahead_mw",
)
ACTUAL = ("demand_actual_national_mw", "wind_actual_mw", "solar_pv_actual_mw")
_DAY_H = 24

_Rows = dict[np.datetime64, tuple[float, ...]]


def foreseen_columns(esios: Path, stand_in: list[Path]) -> list[Input]:
    """The columns, known for the whole day ahead from the first whole day of ``esios`` on.

    ``stand_in``: files of ENTSO-E's forecasts or of REE's actual values, told by their header; of
    an hour that several have the first one counts.
    """
    ahead = dict(_rows(esios, (FORESEEN,)))
    rows: _Rows = {}
    for path in reversed(stand_in):
        rows |= dict(_rows(path, (FORESEEN_EARLIER, ACTUAL)))
    rows |= ahead
    start = np.array(sorted(rows))
    value = np.array([rows[at] for at in start])
    before = np.array([min(ahead) - np.timedelta64(1, "s")])
    since: date = (MADRID_CLOCK.days(before)[0] + 1).item()
    return [Input(name, start, value[:, at], _DAY_H, since) for at, name in enumerate(NAMES)]


def _rows(
    path: Path, known: tuple[tuple[str, ...], ...]
) -> Iterator[tuple[np.datetime64, tuple[float, ...]]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        table = csv.DictReader(lines)
        wanted = next((one for one in known if set(one) <= set(table.fieldnames or ())), None)
        if wanted is None:
            raise SystemExit(f"{path}: has neither of {' | '.join(map(', '.join, known))}")
        for row in table:
            at = np.datetime64(row["time_utc"].removesuffix("Z"), "s")
            yield at, tuple(float(row[name] or "nan") for name in wanted)
