"""Prices a user gives in a file, for planning or backtesting without a store."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chocolate_factory.cli.root import now
from chocolate_factory.errors import FileRefused, SettingsInvalid
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.series import Forecast, Series
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.problem import planning_prices
from chocolate_factory.sources.files import read_file


def read_prices(path: Path) -> Series:
    """The price series of a CSV file.

    Raises ``FileRefused`` if the file is not one, naming line and column.
    """
    at = now()
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise FileRefused(path, fault.strerror or "cannot be read") from None
    reading = read_file(path, data, received_at=at)
    if reading.refused:
        raise reading.refused[0]
    batches = [b for b in reading.observations if b.key in (PVPC, SPOT)]
    if len(batches) != 1:
        raise FileRefused(path, "does not hold exactly one price series")
    return Series.from_batch(batches[0], unit=spec(batches[0].key).unit, as_of=at)


def given_prices(path: Path, *, final: bool, contract: Contract) -> PlanningPrices:
    """What a kWh costs by the file: as it stands if ``final``, else through the contract.

    Raises ``SettingsInvalid`` if the contract needs another series than the file holds.
    """
    series = read_prices(path)
    if not final:
        if series.key != contract.market:
            raise SettingsInvalid(
                f"--prices: {path} holds {series.key.name}, the contract {contract.name} needs "
                f"{contract.market.name if contract.market else 'no prices'}; "
                "or say --price-is-final"
            )
        return planning_prices(Forecast.all_published(series), contract)
    per_kwh = series.value if series.unit == "EUR/kWh" else series.value / 1000.0
    return PlanningPrices(
        start=series.start,
        resolution_s=series.resolution_s,
        eur_kwh=per_kwh,
        published=np.ones(len(series), dtype=bool),
    )
