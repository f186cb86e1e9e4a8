"""Prices a user gives in a file, for planning or backtesting without a store."""

from __future__ import annotations

from pathlib import Path

from chocolate_factory.cli.root import now
from chocolate_factory.errors import FileRefused, SettingsInvalid
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.contract import Contract, GivenPrices
from chocolate_factory.market.series import Forecast
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.problem import planning_prices
from chocolate_factory.sources.given_inputs import GivenInput, read_inputs
from chocolate_factory.sources.given_prices import GivenSeries, read_given


def read_prices(
    path: Path, *, plain: bool = False, clock: Clock | None = None, any_market: bool = False
) -> GivenSeries:
    """The price series of a CSV file: see ``read_given``.

    Raises ``FileRefused`` if the file is not one, naming line and column.
    """
    return read_given(
        path, _bytes(path), received_at=now(), plain=plain, clock=clock, any_market=any_market
    )


def read_columns(path: Path, *, clock: Clock | None = None) -> tuple[GivenInput, ...]:
    """The exogenous columns of a CSV file: see ``read_inputs``.

    Raises ``FileRefused`` if the file is not one, naming line and column.
    """
    return read_inputs(path, _bytes(path), clock=clock)


def given_prices(path: Path, contract: Contract | None) -> tuple[PlanningPrices, Contract]:
    """What a kWh costs by the file, through ``contract`` or as it stands if that is None.

    Also returns the contract that was applied. Raises ``SettingsInvalid`` if it needs another
    series than the file holds.
    """
    given = read_prices(path, plain=contract is None)
    applied = contract or GivenPrices(given.about)
    if given.series.key != applied.market:
        raise SettingsInvalid(
            f"--prices: {path} holds {given.series.key.name}, the contract {applied.name} needs "
            f"{applied.market.name if applied.market else 'no prices'}; or say --price-is-final"
        )
    return planning_prices(Forecast.all_published(given.series), applied), applied


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise FileRefused(path, fault.strerror or "cannot be read") from None
