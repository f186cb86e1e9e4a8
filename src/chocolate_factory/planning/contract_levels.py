"""Which contracted powers are worth looking at, up to how much, and what to say of that bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.market.calendar import local_midnight, periods
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.contract import PVPC_LIMIT_KW, Contract
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import SMALL_SUPPLY_KW, Tariff
from chocolate_factory.planning.contract_weeks import Powers, Week
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.power import Level, reached_kw

_TOLERANCE_KW = 1e-6


@dataclass(frozen=True, slots=True)
class Top:
    """No power above ``kw`` is looked at; ``reached`` is to be said where the chosen ones reach it.

    ``reached`` is empty where the site cannot draw more.
    """

    kw: float
    reached: str

    def notes(self, found_kw: float, advised_kw: float, today_kw: float) -> Iterator[str]:
        """What to say of the highest power found, and of the one advised beside that of today.

        Less is advised than what plans keep within where excess power is cheaper.
        """
        if self.reached and max(found_kw, advised_kw) >= self.kw - _TOLERANCE_KW:
            yield self.reached
        if advised_kw > today_kw + _TOLERANCE_KW:
            yield (
                f"More than today's {today_kw:g} kW is advised: what the distributor charges once "
                "for more power, and what the installation needs for it, are not in these costs."
            )


def top_of(
    plant: Plant,
    contract: Contract,
    weeks: Sequence[Week],
    powers_now: Powers,
    carries_kw: float | None,
) -> Top:
    """Up to where powers are looked at: what the connection carries, if that is known.

    Else today's highest or, if that is more, the peak of the habit without a limit in any of the
    weeks, as far as the tariff goes.
    """
    today, everything = max(powers_now), _all_at_once_kw(plant)
    if carries_kw is not None:
        kw = carries_kw
        reached = (
            f"The powers found reach {kw:g} kW, all that the connection carries: with more the "
            "year might cost less."
        )
    else:
        usual = [week.habit((np.inf,) * len(powers_now)) for week in weeks]
        kw = max([today, *(kw for one in usual if one is not None for kw in one.drawn_kw)])
        reached = (
            f"The powers found reach {kw:g} kW, the most that was looked at (today's highest, or "
            "the peak of the habit without a limit): with more the year might cost less."
        )
        ends = max(PVPC_LIMIT_KW if contract.market == PVPC else SMALL_SUPPLY_KW, today)
        if contract.tariff is Tariff.TD20 and kw > ends:
            kw = ends
            reached = (
                f"The powers found reach {kw:g} kW, the most of such a contract: on another the "
                "year might cost less."
            )
    kw = min(kw, max(today, everything))
    return Top(kw, reached if kw < everything - _TOLERANCE_KW else "")


def levels_kw(plant: Plant, most_kw: float) -> Floats:
    """Site powers worth contracting up to ``most_kw`` [kW], rising.

    Those that base load and machines can draw together; every whole kW where machines are too many
    to list.
    """
    levels = {
        Level(number, phase.kw, stage.machines)
        for number, stage in enumerate(plant.stages)
        for phases in stage.phases.values()
        for phase in phases
        if phase.kw > 0
    }
    base = _base_kw(plant)
    reached = reached_kw(tuple(sorted(levels, key=lambda level: (level.stage, level.kw))))
    if reached is None or any(s.tank is not None and s.tank.kw for s in plant.stages):
        reached = np.arange(0.0, most_kw + 1.0)
    every = np.unique(np.round(base[:, None] + reached[None, :], 6))
    return np.append(every[(every >= base.max()) & (every < most_kw)], most_kw)


def _base_kw(plant: Plant) -> Floats:
    """What the base load is at any time of a year [kW], rising."""
    year = periods(local_midnight(date(2025, 1, 1)), local_midnight(date(2026, 1, 1)), plant.slot)
    return np.unique(plant.base_kw(year))


def _all_at_once_kw(plant: Plant) -> float:
    """What the site draws with every machine at its highest power and every tank full [kW]."""
    stages = sum(
        stage.machines
        * max((phase.kw for phases in stage.phases.values() for phase in phases), default=0.0)
        + (0.0 if stage.tank is None else stage.tank.batches * stage.tank.kw)
        for stage in plant.stages
    )
    return float(stages + _base_kw(plant)[-1])
