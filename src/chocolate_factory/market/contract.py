"""What this plant pays for a kilowatt-hour: PVPC, indexed on the day-ahead price, or fixed.

A contract turns the market's price into EUR/kWh per delivery period, tolls and electricity tax
in, VAT out (a company recovers it). The power term is not in it: it does not depend on when a
kilowatt-hour is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from chocolate_factory.errors import ContractInvalid, SeriesInvalid
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import GIVEN, PVPC, SeriesSpec, spec
from chocolate_factory.market.contract_file import (
    FixedFile,
    IndexedFile,
    PvpcFile,
    read_contract_file,
)
from chocolate_factory.market.indexed import IndexedContract, dated_services
from chocolate_factory.market.price_parts import market_checked, total, with_electricity_tax
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.market.tariff import Tariff, energy_period, power_warnings

PVPC_LIMIT_KW = 10.0
"""Highest contracted power with a right to PVPC (RD 216/2014 as changed by RD 446/2023)."""


class Contract(Protocol):
    """How the plant buys its energy."""

    @property
    def name(self) -> str:
        """``pvpc``, ``indexed-3.0td``, …, or how messages call the file; no part of what is
        agreed."""

    @property
    def tariff(self) -> Tariff:
        """Access tariff whose periods apply."""

    @property
    def contracted_kw(self) -> tuple[float, ...] | None:
        """Contracted power per power period [kW], P1 first; None: those of the plant file."""

    @property
    def exceed_up_to_kw(self) -> float | None:
        """Contracted powers may be exceeded up to this [kW], at what excess costs; None: not."""

    @property
    def market(self) -> SeriesKey | None:
        """The series whose prices it needs, in that series' unit; None for a fixed contract."""

    def parts(self, start: Instants, market_value: Floats | None) -> Mapping[str, Floats]:
        """What the price is made of [EUR/kWh]: named parts that add up to ``price_eur_kwh``.

        Of ``market_value`` each is a straight line. Arguments and errors as there.
        """

    def assumptions(self) -> tuple[str, ...]:
        """What the price rests on that neither the market nor the contract says, in words."""

    def warnings(self, contracted_kw: Sequence[float]) -> tuple[str, ...]:
        """What is odd about this contract at these contracted powers [kW, P1 first], in words."""


@dataclass(frozen=True, slots=True)
class PvpcContract:
    """The regulated price. PVPC holds tolls and charges already: only the tax is added."""

    name: str = field(default="pvpc", compare=False, repr=False)
    contracted_kw: tuple[float, ...] | None = None
    tariff: Tariff = field(default=Tariff.TD20, init=False)
    market: SeriesKey = field(default=PVPC, init=False)
    exceed_up_to_kw: None = field(default=None, init=False)

    def parts(self, start: Instants, market_value: Floats | None) -> Mapping[str, Floats]:
        """See ``Contract``: ``pvpc`` and ``electricity_tax``."""
        return with_electricity_tax(
            start, {"pvpc": market_checked(spec(PVPC), start, market_value)}
        )

    def assumptions(self) -> tuple[str, ...]:
        """See ``Contract``."""
        return ()

    def warnings(self, contracted_kw: Sequence[float]) -> tuple[str, ...]:
        """See ``Contract``: PVPC ends at 10 kW."""
        highest = max(contracted_kw)
        if highest <= PVPC_LIMIT_KW:
            return ()
        return (
            f"PVPC is legally limited to {PVPC_LIMIT_KW:g} kW of contracted power and "
            f"{highest:g} kW is contracted: this supply cannot buy at PVPC. Read the figures as a "
            "comparison, and use an indexed or fixed contract for the bill.",
        )


@dataclass(frozen=True, slots=True)
class FixedContract:
    """A price agreed for each energy period [EUR/kWh], P1 first: all in but electricity tax."""

    name: str = field(compare=False, repr=False)
    tariff: Tariff
    prices_eur_kwh: tuple[float, ...]
    contracted_kw: tuple[float, ...] | None = None
    exceed_up_to_kw: float | None = None
    market: None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if len(self.prices_eur_kwh) != self.tariff.energy_periods:
            raise ContractInvalid(
                self.name,
                (
                    f"{self.tariff} has {self.tariff.energy_periods} energy periods and "
                    f"{len(self.prices_eur_kwh)} prices are given",
                ),
            )

    def parts(
        self,
        start: Instants,
        market_value: Floats | None,  # noqa: ARG002  (the protocol's: others need it)
    ) -> Mapping[str, Floats]:
        """See ``Contract``: ``agreed_price`` and ``electricity_tax``."""
        by_period = np.array(self.prices_eur_kwh, dtype=np.float64)
        agreed: Floats = by_period[energy_period(self.tariff, start) - 1]
        return with_electricity_tax(start, {"agreed_price": agreed})

    def assumptions(self) -> tuple[str, ...]:
        """See ``Contract``."""
        return ()

    def warnings(self, contracted_kw: Sequence[float]) -> tuple[str, ...]:
        """See ``Contract``."""
        return power_warnings(self.tariff, contracted_kw)


@dataclass(frozen=True, slots=True)
class GivenPrices:
    """Prices that are already what a kWh costs: nothing is added.

    ``about`` says their unit and what is plausible; ``tariff`` only in which period a power limit
    applies.
    """

    about: SeriesSpec
    name: str = field(default="given-prices", init=False)
    tariff: Tariff = field(default=Tariff.TD30, init=False)
    contracted_kw: None = field(default=None, init=False)
    exceed_up_to_kw: None = field(default=None, init=False)

    @property
    def market(self) -> SeriesKey:
        """See ``Contract``."""
        return SeriesKey(self.about.name, GIVEN)

    def parts(self, start: Instants, market_value: Floats | None) -> Mapping[str, Floats]:
        """See ``Contract``: ``given``."""
        value = market_checked(self.about, start, market_value)
        per_mwh = self.about.unit == "EUR/MWh"
        return {"given": value / 1000.0 if per_mwh else value}

    def assumptions(self) -> tuple[str, ...]:
        """See ``Contract``."""
        return ("The given prices are taken as what a kWh costs: no contract applies.",)

    def warnings(self, contracted_kw: Sequence[float]) -> tuple[str, ...]:  # noqa: ARG002
        """See ``Contract``."""
        return ()


def price_eur_kwh(
    contract: Contract, start: Instants, value: Floats | None = None, *, of: SeriesKey | None = None
) -> Floats:
    """What a kWh costs in each delivery period: tolls and electricity tax in, VAT out.

    Of ``value`` it is a straight line: so many scenarios of it cost two readings.

    ``start`` delivery starts, UTC, shape (n,), of any resolution within the hour; ``value`` the
    price of the series ``of`` in each, in its unit (PVPC EUR/kWh, spot EUR/MWh), shape (n,); not
    read by a fixed contract. Returns shape (n,).

    Raises ``SeriesInvalid`` if the contract is settled on another series, or naming the period if a
    price is missing, not a number or absurd, ``MissingData`` for days before a regulated term is
    known.
    """
    if contract.market not in (None, of):
        raise SeriesInvalid(
            f"contract {contract.name} needs the prices of {contract.market}"
            + ("" if of is None else f", not those of {of}")
        )
    return total(contract.parts(start, value))


NAMED_CONTRACTS: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        PvpcContract(),
        IndexedContract("indexed-3.0td", Tariff.TD30),
        IndexedContract("indexed-6.1td", Tariff.TD61),
    )
}
"""The contracts that need no file."""


def contract_named(name: str) -> Contract:
    """One of ``NAMED_CONTRACTS``. Raises ``ContractInvalid`` with the known names if none fits."""
    if name not in NAMED_CONTRACTS:
        known = ", ".join(NAMED_CONTRACTS)
        raise ContractInvalid(
            name, (f"neither a file nor a contract of this name; known: {known}",)
        )
    return NAMED_CONTRACTS[name]


def parse_contract(text: str, *, name: str) -> Contract:
    """The contract a YAML file describes; ``market.contract_file`` documents the file.

    ``name`` stands in errors and becomes the contract's name. Raises ``ContractInvalid`` with
    every problem as ``line N: field: reason``.
    """
    file = read_contract_file(text, name=name)
    contracted_kw = None if file.contracted_kw is None else tuple(file.contracted_kw.values())
    match file:
        case PvpcFile():
            return PvpcContract(name, contracted_kw)
        case FixedFile():
            prices = tuple(file.prices_eur_kwh.values())
            return FixedContract(
                name, Tariff(file.tariff), prices, contracted_kw, file.exceed_up_to_kw
            )
        case IndexedFile():
            costs = file.adjustment_services_eur_mwh
            services = None if costs is None else dated_services((c.since, c.value) for c in costs)
            return IndexedContract(
                name, Tariff(file.tariff), contracted_kw, file.margin_eur_mwh, services,
                file.exceed_up_to_kw,
            )  # fmt: skip
