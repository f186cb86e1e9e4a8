"""A price as named parts that add up, and the checks on the market price that enters it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import Instants, to_datetime
from chocolate_factory.market.catalog import SeriesSpec
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import electricity_tax


def market_checked(about: SeriesSpec, start: Instants, value: Floats | None) -> Floats:
    """``value`` itself, shape (n,), in the unit of the series it is ``about``.

    Raises ``SeriesInvalid``, naming the delivery period, unless there is exactly one plausible
    price for each.
    """
    if value is None:
        raise SeriesInvalid(
            f"{about.name}: this contract needs its prices in {about.unit}; none given"
        )
    if value.shape != start.shape:
        raise SeriesInvalid(f"{about.name}: {value.size} prices for {start.size} delivery periods")
    absurd = ~((value >= about.low) & (value <= about.high))
    if absurd.any():
        at = int(np.argmax(absurd))
        raise SeriesInvalid(
            f"{about.name}: {value[at]:g} {about.unit} at {to_datetime(start[at]).isoformat()} "
            f"is not a price (expected {about.low:g} to {about.high:g} {about.unit})"
        )
    return value


def with_electricity_tax(start: Instants, untaxed: Mapping[str, Floats]) -> Mapping[str, Floats]:
    """The parts [EUR/kWh] and, last, the electricity tax on their sum."""
    return {**untaxed, "electricity_tax": electricity_tax(start) * total(untaxed)}


def total(parts: Mapping[str, Floats]) -> Floats:
    """The sum of the parts in each delivery period, shape (n,)."""
    summed: Floats = np.sum(list(parts.values()), axis=0)
    return summed
