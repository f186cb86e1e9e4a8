"""Price histories as CSV: the format in which a user brings prices of his own.

Built as ``price_csv`` says, with these columns and no others::

    time_utc,price_eur_kwh                      PVPC, EUR/kWh
    time_utc,spot_es_eur_mwh[,resolution_min]   day-ahead price of Spain, EUR/MWh

Without ``resolution_min`` periods last what the market of that day says: 60 min, for spot 15 min
from 2025-10-01. A column ``spot_pt_eur_mwh`` (Portugal) is allowed and left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.series import Kind
from chocolate_factory.sources.price_csv import (
    FORMAT,
    RESOLUTION,
    TIME,
    read_columns,
    wrong_lengths,
)
from chocolate_factory.sources.rows import Parsed, Rows

SERIES = {"price_eur_kwh": PVPC, "spot_es_eur_mwh": SPOT}
IGNORED = {"spot_pt_eur_mwh": "prices of Portugal are left out"}


def parse(path: Path, data: bytes) -> Parsed:
    """The rows of a price CSV.

    Raises ``FileRefused`` if the file is not built as above: another encoding, separator or
    decimal mark, an unknown column, a line with too few or too many cells, cut off.
    """
    columns = read_columns(path, data, price_column=_price_column)
    key = SERIES[columns.price]
    odd = wrong_lengths(path, columns, spec(key))
    keep = ~np.isin(columns.line, [fault.line or 0 for fault in odd])
    rows = Rows(
        key, "price-file", Kind.PUBLISHED, columns.start, columns.value, columns.line,
        columns.price, resolution_stated=columns.stated_min is not None,
    )  # fmt: skip
    notes = tuple(f"{name}: {why}" for name, why in IGNORED.items() if name in columns.header)
    return Parsed(FORMAT, columns.count, (rows.where(keep),), (*columns.faults, *odd), notes)


def _price_column(path: Path, header: Sequence[str]) -> str:
    known = (TIME, *SERIES, RESOLUTION, *IGNORED)
    for name in header:
        if name not in known:
            raise FileRefused(
                path,
                f"column unknown; known: {', '.join(known)}",
                line=1,
                column=(name if name.isprintable() else repr(name)) or "(no name)",
            )
    prices = [name for name in header if name in SERIES]
    if len(prices) != 1:
        raise FileRefused(
            path, f"needs one price column ({' or '.join(SERIES)}), has {len(prices)}", line=1
        )
    return prices[0]
