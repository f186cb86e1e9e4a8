"""A price as named parts that add up, and the checks on the market price that enters it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import Instants, to_datetime
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.market.tariff import electricity_tax


def market_checked(key: SeriesKey, start: Instants, value: Floats | None) -> Floats:
    """``value`` itself, shape (n,), in the unit the catalogue gives ``key``.

    Raises ``SeriesInvalid``, naming the delivery period, unless there is exactly one plausible
    price for each.
    """
    bounds = spec(key)
    if value is None:
        raise SeriesInvalid(f"{key}: this contract needs its prices in {bounds.unit}; none given")
    if value.shape != start.shape:
        raise SeriesInvalid(f"{key}: {value.size} prices for {start.size} delivery periods")
    absurd = ~((value >= bounds.low) & (value <= bounds.high))
    if absurd.any():
        at = int(np.argmax(absurd))
        raise SeriesInvalid(
            f"{key}: {value[at]:g} {bounds.unit} at {to_datetime(start[at]).isoformat()} is not a "
            f"price (expected {bounds.low:g} to {bounds.high:g} {bounds.unit})"
        )
    return value


def with_electricity_tax(start: Instants, untaxed: Mapping[str, Floats]) -> Mapping[str, Floats]:
    """The parts [EUR/kWh] and, last, the electricity tax on their sum."""
    return {**untaxed, "electricity_tax": electricity_tax(start) * total(untaxed)}


def total(parts: Mapping[str, Floats]) -> Floats:
    """The sum of the parts in each delivery period, shape (n,)."""
    summed: Floats = np.sum(list(parts.values()), axis=0)
    return summed
