"""A contract that passes the day-ahead price through: its formula, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.market.dated import DatedTable
from chocolate_factory.market.price_parts import market_checked, total, with_electricity_tax
from chocolate_factory.market.regulated import MUNICIPAL_TAX, PERIODS_SINCE
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.market.tariff import (
    Tariff,
    capacity_payment_eur_kwh,
    efficiency_fund_eur_kwh,
    loss_coefficient,
    operator_fees_eur_kwh,
    power_warnings,
    toll_eur_kwh,
)

ASSUMED_MARGIN_EUR_MWH = 5.0
"""ASSUMPTION: the supplier's margin where the contract file gives none [EUR/MWh]."""

_KWH_PER_MWH = 1000.0


def dated_services(rows: Iterable[tuple[date, float]]) -> DatedTable:
    """Cost of adjustment services [EUR/MWh] from (first Madrid day, cost), oldest first."""
    return DatedTable(
        "adjustment services of the contract",
        tuple((since, (value,)) for since, value in rows),
        "Give the cost for these days under adjustment_services_eur_mwh in the contract file.",
    )


ASSUMED_ADJUSTMENT_SERVICES_EUR_MWH = dated_services(
    [(PERIODS_SINCE, 12.0), (date(2026, 1, 1), 22.0)]
)
"""ASSUMPTION: cost of adjustment services where the contract file gives none [EUR/MWh]. A flat
reading of the published monthly means: 8.8 (2024-08), 11.5 (2025-01), 29.5 (2026-03), 19.1
(2026-07)."""


@dataclass(frozen=True, slots=True)
class IndexedContract:
    """The day-ahead price passed through, on 3.0TD or 6.1TD.

    ::

        1.015 · [(spot + adjustment services + capacity + OMIE and REE fees) · (1 + loss)
                 + efficiency fund + margin] + tolls and charges,  all · (1 + electricity tax)

    Source: somenergia.coop, «Cómo calculamos el precio»; other suppliers publish the same shape.
    Deviation costs count as adjustment services. The gas-cap cost of 2022-06-15 to 2023-02-26 is
    not in it.

    ``None`` for the margin [EUR/MWh] or the adjustment services [EUR/MWh] takes the named
    assumption of this module, which ``assumptions`` then tells.
    """

    name: str = field(compare=False, repr=False)
    tariff: Tariff
    contracted_kw: tuple[float, ...] | None = None
    margin_eur_mwh: float | None = None
    adjustment_services_eur_mwh: DatedTable | None = None
    exceed_up_to_kw: float | None = None
    market: SeriesKey = field(default=SPOT, init=False)

    def parts(self, start: Instants, market_value: Floats | None) -> Mapping[str, Floats]:
        """See ``Contract``: one part for each term of the formula; ``losses`` are those of all
        that is bought at the busbar, ``municipal_tax`` is the 1.5 %."""
        services = self.adjustment_services_eur_mwh or ASSUMED_ADJUSTMENT_SERVICES_EUR_MWH
        margin = ASSUMED_MARGIN_EUR_MWH if self.margin_eur_mwh is None else self.margin_eur_mwh
        busbar = {
            "day_ahead": market_checked(spec(SPOT), start, market_value) / _KWH_PER_MWH,
            "adjustment_services": services.at(start) / _KWH_PER_MWH,
            "capacity_payment": capacity_payment_eur_kwh(self.tariff, start),
            "operator_fees": operator_fees_eur_kwh(start),
        }
        bought = busbar | {
            "losses": loss_coefficient(self.tariff, start) * total(busbar),
            "efficiency_fund": efficiency_fund_eur_kwh(start),
            "margin": np.full(start.shape, margin / _KWH_PER_MWH),
        }
        untaxed = bought | {
            "municipal_tax": MUNICIPAL_TAX * total(bought),
            "tolls_and_charges": toll_eur_kwh(self.tariff, start),
        }
        return with_electricity_tax(start, untaxed)

    def assumptions(self) -> tuple[str, ...]:
        """See ``Contract``."""
        said = []
        if self.margin_eur_mwh is None:
            said.append(
                f"Supplier's margin {ASSUMED_MARGIN_EUR_MWH:g} €/MWh: assumed; give your own as "
                "margin_eur_mwh in a contract file."
            )
        if self.adjustment_services_eur_mwh is None:
            costs = ", ".join(
                f"{values[0]:g} €/MWh from {since}"
                for since, values in ASSUMED_ADJUSTMENT_SERVICES_EUR_MWH.rows
            )
            said.append(
                f"Adjustment services {costs}, the same in every hour: assumed; give your own as "
                "adjustment_services_eur_mwh in a contract file."
            )
        said.append(
            "Losses at the standard coefficients, without the hourly correction the system "
            "operator makes afterwards."
        )
        return tuple(said)

    def warnings(self, contracted_kw: Sequence[float]) -> tuple[str, ...]:
        """See ``Contract``."""
        return power_warnings(self.tariff, contracted_kw)
