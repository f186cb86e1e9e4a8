"""A power curve under a contract → its electricity bill.

::

    energy        Σ kWh · price of the contract, without electricity tax   per energy period
    power term    contracted kW · EUR/kW·year · days / days of the year    per power period
    excess power  ``market.excess``                                        per power period, month
    electricity tax on the sum of the three, day by day, not below its floor in any month
    VAT           on all of it, shown apart: a company recovers it

The municipal levy is a part of the energy price. Amounts are not rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ContractInvalid, MissingData, RequestInvalid
from chocolate_factory.market.bill import EXCESS_NOT_READ, Bill, EnergyLine, PowerLine
from chocolate_factory.market.calendar import (
    QUARTER,
    Instants,
    day_bounds,
    delivery_day,
    local_days,
)
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.excess import ExcessLine, Metering, excess_lines, metering
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.price_parts import total
from chocolate_factory.market.regulated import (
    ELECTRICITY_TAX,
    ELECTRICITY_TAX_FLOOR_EUR_MWH,
    UNDATED_EXCESS_RATES_UNTIL,
    VAT,
    VAT_SMALL_SUPPLY,
    VAT_SMALL_SUPPLY_KW,
    carried_forward,
)
from chocolate_factory.market.series import Floats, Series
from chocolate_factory.market.tariff import Tariff, energy_period, power_term_eur_kw_year

NOT_BILLED = (
    "Meter rent, the financing of the social bonus and reactive energy are not in this bill."
)


def make_bill(
    contract: Contract,
    curve: PowerCurve,
    market: Series | None,
    *,
    start: datetime,
    end: datetime,
    contracted_kw: Sequence[float],
    industrial: bool = True,
) -> Bill:
    """The bill of [start, end), on quarters of the hour.

    ``market``: prices of ``contract.market`` in its unit, hourly or by quarter-hour; None for a
    fixed contract. ``contracted_kw``: P1 first, as many as the tariff has power periods.
    ``industrial``: which floor of the electricity tax holds.

    A curve that was read by the hour has no excess power in its bill, and a note says so.

    Raises ``MissingData`` naming the periods whose power, price or regulated term is not known,
    ``ContractInvalid`` if the powers do not fit the tariff, ``RequestInvalid`` for prices that are
    final already.
    """
    powers = tuple(contracted_kw)
    if len(powers) != contract.tariff.power_periods:
        raise ContractInvalid(
            contract.name,
            (
                f"{contract.tariff} has {contract.tariff.power_periods} contracted powers, "
                f"{len(powers)} are given",
            ),
        )
    used = curve.between(start, end)
    days = local_days(used.start)
    value = None if market is None or contract.market is None else values_at(market, used.start)
    parts = dict(contract.parts(used.start, value))
    if parts.pop("electricity_tax", None) is None:
        raise RequestInvalid(
            f"{contract.name}: these prices hold the taxes already; a bill needs a contract"
        )
    excess = excess_lines(contract.tariff, powers, used) if used.by_quarter else ()
    power = _power_lines(contract.tariff, powers, days)
    each, cost = _cost_by_day(days, total(parts) * used.kwh, power, excess)
    electricity_tax_eur, vat_eur = _taxes(
        each, cost, _sum_by_day(days, used.kwh), max(powers), industrial=industrial
    )
    return Bill(
        contract=contract.name,
        tariff=contract.tariff,
        contracted_kw=powers,
        metering=metering(contract.tariff, powers),
        by_quarter=used.by_quarter,
        start=start,
        end=end,
        energy=_energy_lines(contract.tariff, used, parts),
        power=power,
        excess=excess,
        electricity_tax_eur=electricity_tax_eur,
        vat_eur=vat_eur,
        notes=(
            *contract.assumptions(),
            *carried_forward(end),
            *_notes(contract.tariff, powers, used, excess),
            NOT_BILLED,
        ),
    )


def values_at(market: Series, start: Instants) -> Floats:
    """The market's value in each quarter-hour, in its unit; both shapes (n,).

    Raises ``MissingData`` naming the quarter-hours that no delivery period covers.
    """
    found = np.full(start.size, np.nan)
    if len(market):
        row = np.searchsorted(market.start, start, side="right") - 1
        ends = market.start + market.resolution_s.astype("timedelta64[s]")
        there = (row >= 0) & (start < ends[row])
        found[there] = market.value[row[there]]
    try:
        return PowerCurve.of_quarters(start, found).between(*_bounds(start)).kw
    except MissingData as fault:
        raise MissingData(str(market.key), fault.gaps, hint="Import or ingest them.") from None


def _bounds(start: Instants) -> tuple[datetime, datetime]:
    curve = PowerCurve.of_quarters(start, np.zeros(start.size))
    return curve.begin, curve.end


def _energy_lines(
    tariff: Tariff, used: PowerCurve, parts: Mapping[str, Floats]
) -> tuple[EnergyLine, ...]:
    period, kwh = energy_period(tariff, used.start), used.kwh
    paid = {name: price * kwh for name, price in parts.items()}
    return tuple(
        EnergyLine(
            period=int(number),
            kwh=float(kwh[period == number].sum()),
            parts_eur={name: float(eur[period == number].sum()) for name, eur in paid.items()},
        )
        for number in np.unique(period)
    )


def _power_lines(
    tariff: Tariff, powers: tuple[float, ...], days: NDArray[np.datetime64]
) -> tuple[PowerLine, ...]:
    """By year: the price of the power term changes with it and at no other time."""
    shares = _shares_of_days(days)
    lines = []
    for year in sorted({day.year for day in shares}):
        own = {day: share for day, share in shares.items() if day.year == year}
        prices = power_term_eur_kw_year(tariff, min(own))
        lines += [
            PowerLine(number, kw, year, prices[number - 1], sum(own.values()))
            for number, kw in enumerate(powers, start=1)
        ]
    return tuple(lines)


def _cost_by_day(
    days: NDArray[np.datetime64],
    energy_eur: Floats,
    power: Sequence[PowerLine],
    excess: Sequence[ExcessLine],
) -> tuple[list[date], Floats]:
    """The days, and what each costs untaxed [EUR]: a year's power term and a month's excess are
    spread evenly over their days."""
    each = np.unique(days)
    dates: list[date] = each.astype(object).tolist()
    shares = np.array(list(_shares_of_days(days).values()))
    cost = _sum_by_day(days, energy_eur)
    months = each.astype("datetime64[M]")
    for spread in power:
        inside = np.array([day.year == spread.year for day in dates])
        cost += np.where(inside, shares, 0.0) * spread.eur / spread.days
    for line in excess:
        inside = months == np.datetime64(line.month, "M")
        cost[inside] += line.eur / int(inside.sum())
    return dates, cost


def _sum_by_day(days: NDArray[np.datetime64], value: Floats) -> Floats:
    """Sum over the quarter-hours of each day, days in order."""
    _, where = np.unique(days, return_inverse=True)
    summed: Floats = np.bincount(where, weights=value).astype(np.float64)
    return summed


def _taxes(
    dates: list[date], cost: Floats, kwh: Floats, highest_kw: float, *, industrial: bool
) -> tuple[float, float]:
    """Electricity tax, not below its floor in any month, and VAT [EUR]."""
    rate = np.array([ELECTRICITY_TAX.on(day)[0] for day in dates])
    vat = np.array([_vat(day, highest_kw) for day in dates])
    floor_eur_mwh = ELECTRICITY_TAX_FLOOR_EUR_MWH["industrial" if industrial else "other"]
    months = np.array(dates, dtype="datetime64[M]")
    taxes = rate * cost
    for month in np.unique(months):
        inside = months == month
        least = floor_eur_mwh * kwh[inside] / 1000
        if taxes[inside].sum() < least.sum():
            taxes[inside] = least
    return float(taxes.sum()), float(np.sum(vat * (cost + taxes)))


def _vat(day: date, highest_kw: float) -> float:
    return VAT_SMALL_SUPPLY.on(day)[0] if highest_kw <= VAT_SMALL_SUPPLY_KW else VAT


def _shares_of_days(days: NDArray[np.datetime64]) -> dict[date, float]:
    """How much of each Madrid day its quarter-hours in ``days`` are: 1 for a whole one."""
    each, count = np.unique(days, return_counts=True)
    shares = {}
    for day, quarters in zip(each.astype(object).tolist(), count.tolist(), strict=True):
        start, end = day_bounds(day)
        shares[day] = quarters / ((end - start) / QUARTER)
    return shares


def _notes(
    tariff: Tariff, powers: tuple[float, ...], used: PowerCurve, excess: tuple[ExcessLine, ...]
) -> list[str]:
    said = []
    if not used.by_quarter and metering(tariff, powers) is not Metering.SWITCH:
        said.append(EXCESS_NOT_READ)
    if any(line.month <= UNDATED_EXCESS_RATES_UNTIL for line in excess):
        said.append(
            "Excess power before 2025 at Kp · 1.4064 €/kW with the Kp of an undated public page: "
            "compare with your bills of that time."
        )
    first, after = delivery_day(used.begin), delivery_day(used.end)
    whole = first.day == after.day == 1 and (used.begin, used.end) == (
        day_bounds(first)[0],
        day_bounds(after)[0],
    )
    if excess and not whole:
        said.append("Excess power of a month that is billed in part counts with that part.")
    return said
