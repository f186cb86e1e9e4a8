"""Histories of what PVPC is made of: recognised, and left alone.

Such a file gives the total and its parts in EUR/MWh. The total is not stored as PVPC: in the one
history of this build that is at hand, 128 of the 38,396 hours it shares with the published hourly
prices say something else, by up to 0.54 EUR/kWh and mostly for whole days, so that it would revise
right prices. The parts are no series here.
"""

from __future__ import annotations

from pathlib import Path

from chocolate_factory.sources.price_csv import TIME, recognises_header
from chocolate_factory.sources.rows import Parsed

FORMAT = "PVPC components"
TOTAL = "pvpc_2td_total_eur_per_mwh"
"""Name of the column by which such a file is known."""


def recognises(data: bytes) -> bool:
    """Whether the header names the total of PVPC beside its time."""
    return {TIME, TOTAL} <= set(recognises_header(data))


def parse(path: Path, data: bytes) -> Parsed:  # noqa: ARG001 - as every parser of files
    """No values, and the note that says why."""
    note = (
        "components file: not read. Its total differs from the published PVPC on some days; import "
        "hourly prices as time_utc,price_eur_kwh"
    )
    return Parsed(FORMAT, sum(map(bool, data.splitlines()[1:])), (), notes=(note,))
