"""An electricity bill: its lines, with their units. ``market.billing`` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chocolate_factory.market.calendar import MADRID
from chocolate_factory.market.excess import ExcessLine, Metering
from chocolate_factory.market.tariff import Tariff

EXCESS_NOT_READ = (
    "Excess power is not in this bill: it is measured by quarter-hours, and the curve was read by "
    "the hour."
)


@dataclass(frozen=True, slots=True)
class EnergyLine:
    """Energy of one energy period: ``parts_eur`` by part of the contract's price, before taxes."""

    period: int
    kwh: float
    parts_eur: Mapping[str, float]

    @property
    def eur(self) -> float:
        """The whole line [EUR], before electricity tax."""
        return sum(self.parts_eur.values())


@dataclass(frozen=True, slots=True)
class PowerLine:
    """Power term of one power period over ``days`` of one year."""

    period: int
    contracted_kw: float
    year: int
    price_eur_kw_year: float
    days: float

    @property
    def eur(self) -> float:
        """The line [EUR], before electricity tax."""
        yearly_eur = self.contracted_kw * self.price_eur_kw_year
        return yearly_eur * self.days / days_of_year(self.year)


@dataclass(frozen=True, slots=True)
class Bill:
    """What [start, end) costs. Amounts in EUR; ``contracted_kw`` P1 first.

    Not ``by_quarter`` if the curve was read by the hour: then no excess power is in it, unless the
    control switch lets none be. ``total_eur`` is without VAT. ``notes`` say what it rests on and
    what is not in it.
    """

    contract: str
    tariff: Tariff
    contracted_kw: tuple[float, ...]
    metering: Metering
    by_quarter: bool
    start: datetime
    end: datetime
    energy: tuple[EnergyLine, ...]
    power: tuple[PowerLine, ...]
    excess: tuple[ExcessLine, ...]
    electricity_tax_eur: float
    vat_eur: float
    notes: tuple[str, ...]

    @property
    def kwh(self) -> float:
        """Energy taken from the grid [kWh]."""
        return sum(line.kwh for line in self.energy)

    @property
    def energy_eur(self) -> float:
        """Energy, before electricity tax."""
        return sum(line.eur for line in self.energy)

    @property
    def power_eur(self) -> float:
        """Power term, before electricity tax."""
        return sum(line.eur for line in self.power)

    @property
    def knows_excess(self) -> bool:
        """Whether it tells what excess power cost; where the control switch cuts, it is nothing."""
        return self.by_quarter or self.metering is Metering.SWITCH

    @property
    def excess_eur(self) -> float | None:
        """Excess power, before electricity tax; None if it is not known."""
        return sum(line.eur for line in self.excess) if self.knows_excess else None

    @property
    def total_eur(self) -> float:
        """Everything but VAT, and but excess power that is not known."""
        untaxed_eur = self.energy_eur + self.power_eur + (self.excess_eur or 0.0)
        return untaxed_eur + self.electricity_tax_eur

    @property
    def total_with_vat_eur(self) -> float:
        """Everything."""
        return self.total_eur + self.vat_eur


def days_of_year(year: int) -> int:
    """365 or 366."""
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def bill_to_json(bill: Bill) -> dict[str, Any]:
    """A bill as plain JSON values; units stand in the names, instants have Madrid's offset.

    Excess power that is not known is null, for the reason ``no_excess``.
    """
    return {
        "contract": bill.contract,
        "tariff": bill.tariff.value,
        "metering": bill.metering.value,
        "start": bill.start.astimezone(MADRID).isoformat(),
        "end": bill.end.astimezone(MADRID).isoformat(),
        "contracted_kw": {f"P{n}": kw for n, kw in enumerate(bill.contracted_kw, start=1)},
        "energy": [
            {
                "period": f"P{line.period}",
                "kwh": line.kwh,
                "eur": line.eur,
                "parts_eur": dict(line.parts_eur),
            }
            for line in bill.energy
        ],
        "power": [
            {
                "period": f"P{line.period}",
                "contracted_kw": line.contracted_kw,
                "price_eur_kw_year": line.price_eur_kw_year,
                "days": line.days,
                "eur": line.eur,
            }
            for line in bill.power
        ],
        "excess": None
        if not bill.knows_excess
        else [
            {
                "period": f"P{line.period}",
                "month": f"{line.month:%Y-%m}",
                "excess_kw": line.excess_kw,
                "quarter_hours": line.quarters,
                "rate_eur_kw": line.rate_eur_kw,
                "eur": line.eur,
            }
            for line in bill.excess
        ],
        "kwh": bill.kwh,
        "energy_eur": bill.energy_eur,
        "power_eur": bill.power_eur,
        "excess_eur": bill.excess_eur,
        "no_excess": "" if bill.knows_excess else EXCESS_NOT_READ,
        "electricity_tax_eur": bill.electricity_tax_eur,
        "total_eur": bill.total_eur,
        "vat_eur": bill.vat_eur,
        "total_with_vat_eur": bill.total_with_vat_eur,
        "notes": list(bill.notes),
    }
