"""Prices a user gives in a file, for planning or backtesting without a store."""

from __future__ import annotations

from pathlib import Path

from chocolate_factory.cli.root import now
from chocolate_factory.errors import FileRefused, SettingsInvalid
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.contract import Contract, GivenPrices
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


def given_prices(path: Path, contract: Contract | None) -> tuple[PlanningPrices, Contract]:
    """What a kWh costs by the file, through ``contract`` or as it stands if that is None.

    Also returns the contract that was applied. Raises ``SettingsInvalid`` if it needs another
    series than the file holds.
    """
    series = read_prices(path)
    applied = contract or GivenPrices(series.key)
    if series.key != applied.market:
        raise SettingsInvalid(
            f"--prices: {path} holds {series.key.name}, the contract {applied.name} needs "
            f"{applied.market.name if applied.market else 'no prices'}; or say --price-is-final"
        )
    return planning_prices(Forecast.all_published(series), applied), applied
