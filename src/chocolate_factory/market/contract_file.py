"""What a contract file may say: the schema of its YAML, checked line by line.

Three kinds, told apart by ``kind``::

    kind: indexed                     # day-ahead price passed through
    tariff: 3.0TD                     # or 6.1TD
    margin_eur_mwh: 4.5               # optional; the supplier's margin
    adjustment_services_eur_mwh:      # optional; one number, or dated ones
      - {from: 2026-01-01, value: 21}
      - {from: 2026-07-01, value: 19}
    contracted_kw: {P1: 100, P2: 100, P3: 100, P4: 100, P5: 100, P6: 150}   # optional
    exceed_up_to_kw: 180              # optional; powers may be exceeded so far, and cost excess

    kind: fixed                       # a price per period, before electricity tax
    tariff: 2.0TD                     # or 3.0TD, 6.1TD
    prices_eur_kwh: {P1: 0.21, P2: 0.16, P3: 0.12}

    kind: pvpc                        # the regulated price, 2.0TD
    contracted_kw: {P1: 9.2, P2: 9.2}

Keys it does not know, and numbers that look like another unit, are refused with their line.
``docs/contract-file.md`` says it to the people who write one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from chocolate_factory.errors import ContractInvalid
from chocolate_factory.market.documents import read_document
from chocolate_factory.market.regulated import PERIODS_SINCE
from chocolate_factory.market.tariff import Tariff, falling_power

KINDS = ("pvpc", "indexed", "fixed")
_SAME_UNIT_FROM = 0.1  # [EUR/MWh] a smaller margin or service cost was probably meant per kWh


def _per_mwh(what: str, most: float) -> Callable[[float], float]:
    def check(value: float) -> float:
        if not 0 <= value <= most:
            raise ValueError(
                f"{value:g} €/MWh is not plausible for {what} (expected 0 to {most:g}): "
                "is it in another unit?"
            )
        if 0 < value < _SAME_UNIT_FROM:
            raise ValueError(
                f"{value:g} €/MWh is hardly anything: was {value:g} €/kWh meant? "
                f"Then write {value * 1000:g}"
            )
        return value

    return check


def _per_kwh(value: float) -> float:
    if value < 0:
        raise ValueError(f"{value:g} €/kWh: a fixed price cannot be negative")
    if value > 2:
        raise ValueError(
            f"{value:g} €/kWh is not plausible for a fixed price (expected 0 to 2): "
            f"was {value:g} €/MWh meant? Then write {value / 1000:g}"
        )
    return value


def _power(value: float) -> float:
    if not 0 < value <= 50_000:
        raise ValueError(
            f"{value:.12g} kW is not plausible for a contracted power (expected above 0 to 50000): "
            "is it in watts?"
        )
    return value


_service_cost = _per_mwh("adjustment services", 300)

Number = Annotated[float, Field(allow_inf_nan=False)]
Margin = Annotated[Number, AfterValidator(_per_mwh("a margin", 100))]
ServiceCost = Annotated[Number, AfterValidator(_service_cost)]
PricePerKwh = Annotated[Number, AfterValidator(_per_kwh)]
Power = Annotated[Number, AfterValidator(_power)]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Header(BaseModel):
    """Only what tells the kinds apart."""

    model_config = ConfigDict(extra="ignore", strict=True, validate_default=True)
    kind: str = ""

    @field_validator("kind", mode="before")
    @classmethod
    def _known(cls, kind: object) -> object:
        if kind not in KINDS:
            raise ValueError(f"must be one of {', '.join(KINDS)}")
        return kind


class DatedCost(_Checked):
    """A cost from a Madrid day on, until the next one [EUR/MWh]."""

    since: date = Field(alias="from")
    value: ServiceCost


class _ContractFile(_Checked):
    """What every kind shares. ``tariff`` stands before what is checked against it."""

    tariff: Literal["2.0TD", "3.0TD", "6.1TD"]
    contracted_kw: dict[str, Power] | None = None

    @field_validator("contracted_kw", mode="after")
    @classmethod
    def _one_power_per_period(
        cls, powers: dict[str, float] | None, info: ValidationInfo
    ) -> dict[str, float] | None:
        if powers is None or "tariff" not in info.data:
            return powers
        tariff = Tariff(info.data["tariff"])
        powers = _complete(powers, tariff, tariff.power_periods, "power")
        falls = falling_power(tuple(powers.values())) if tariff is not Tariff.TD20 else None
        if falls is not None:
            raise ValueError(falls)
        return powers


class _ExceedableFile(_ContractFile):
    """What the kinds share whose contracted powers may be exceeded at a price."""

    exceed_up_to_kw: Power | None = None

    @field_validator("exceed_up_to_kw", mode="after")
    @classmethod
    def _above_what_is_contracted(cls, most: float | None, info: ValidationInfo) -> float | None:
        if most is None:
            return None
        if info.data.get("tariff") == Tariff.TD20.value:
            raise ValueError("on 2.0TD the control switch cuts: leave the key out")
        highest = max((info.data.get("contracted_kw") or {"": 0.0}).values())
        if most <= highest:
            raise ValueError(
                f"{most:g} kW is not above the highest contracted power, {highest:g} kW: write "
                "what the connection carries, or leave the key out"
            )
        return most


class PvpcFile(_ContractFile):
    """The regulated price."""

    kind: Literal["pvpc"]
    tariff: Literal["2.0TD"] = "2.0TD"


class IndexedFile(_ExceedableFile):
    """The day-ahead price passed through."""

    kind: Literal["indexed"]
    tariff: Literal["3.0TD", "6.1TD"]
    margin_eur_mwh: Margin | None = None
    adjustment_services_eur_mwh: list[DatedCost] | None = None

    @field_validator("adjustment_services_eur_mwh", mode="before")
    @classmethod
    def _one_number_holds_always(cls, costs: object) -> object:
        if isinstance(costs, list):
            return costs
        if isinstance(costs, (int, float)) and not isinstance(costs, bool):
            return [{"from": PERIODS_SINCE, "value": _service_cost(costs)}]
        raise ValueError("must be a number, or a list of {from: date, value: number}")

    @field_validator("adjustment_services_eur_mwh", mode="after")
    @classmethod
    def _in_order(cls, costs: list[DatedCost] | None) -> list[DatedCost] | None:
        if costs is None:
            return None
        if not costs:
            raise ValueError("the list is empty: give a value, or leave the key out")
        if any(later.since <= earlier.since for earlier, later in pairwise(costs)):
            raise ValueError("`from` dates must rise, each standing once")
        return costs


class FixedFile(_ExceedableFile):
    """A price agreed per energy period, all in but taxes."""

    kind: Literal["fixed"]
    prices_eur_kwh: dict[str, PricePerKwh]

    @field_validator("prices_eur_kwh", mode="after")
    @classmethod
    def _one_price_per_period(
        cls, prices: dict[str, float], info: ValidationInfo
    ) -> dict[str, float]:
        if "tariff" not in info.data:
            return prices
        tariff = Tariff(info.data["tariff"])
        return _complete(prices, tariff, tariff.energy_periods, "energy")


def read_contract_file(text: str, *, name: str) -> PvpcFile | IndexedFile | FixedFile:
    """Parse a contract file. ``name`` stands in errors and becomes the contract's name.

    Raises ``ContractInvalid`` with every problem as ``line N: field: reason``.
    """
    header = read_document(text, _Header, name=name, error=ContractInvalid)
    models: dict[str, type[PvpcFile | IndexedFile | FixedFile]] = {
        "pvpc": PvpcFile,
        "indexed": IndexedFile,
        "fixed": FixedFile,
    }
    return read_document(text, models[header.kind], name=name, error=ContractInvalid)


def _complete(
    by_period: dict[str, float], tariff: Tariff, count: int, what: str
) -> dict[str, float]:
    """The values in the order P1, P2, …; exactly the periods of the tariff must be there."""
    names = [f"P{number}" for number in range(1, count + 1)]
    if set(by_period) != set(names):
        raise ValueError(
            f"{tariff} has the {what} periods P1 to P{count}; the file gives "
            f"{', '.join(by_period) or 'none'}"
        )
    return {period: by_period[period] for period in names}
