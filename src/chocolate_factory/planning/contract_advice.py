"""Which powers to contract for a year, how the plant would then be run, and what that saves.

A past year is planned week by week with its prices known; the powers are chosen together with the
plans (``contract_search``). Beside it stands the habit, at today's powers and at the ones that are
best for the habit: what an optimiser saves is told against the latter, because anyone can contract
less without one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.errors import Infeasible, MissingData, RequestInvalid
from chocolate_factory.market.bill import days_of_year
from chocolate_factory.market.calendar import local_midnight, periods
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.regulated import ELECTRICITY_TAX
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, power_term_eur_kw_year
from chocolate_factory.planning.contract_search import (
    PowerPrices,
    Search,
    pattern_search,
)
from chocolate_factory.planning.contract_weeks import DAYS, Powers, Week, mondays_of, weeks_of
from chocolate_factory.planning.orders import DAY, Orders
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.power import Level, reached_kw
from chocolate_factory.planning.relaxed import never_exceeding

Step = Callable[[str, float, float], None]
"""Told what is being done, the bound and the best total so far [EUR/year]."""


@dataclass(frozen=True, slots=True)
class YearCost:
    """What a year costs one way [EUR/year], electricity tax in, VAT out.

    ``powers_kw`` contracted, P1 first. ``energy_eur`` of the process and the base load. Contracted
    power is never exceeded, so there is no excess. ``bound_eur``: no way to run the plant under
    these powers costs less; None for the habit.
    """

    powers_kw: Powers
    energy_eur: float
    power_eur: float
    bound_eur: float | None = None

    @property
    def total_eur(self) -> float:
        """Energy and power term."""
        return self.energy_eur + self.power_eur


@dataclass(frozen=True, slots=True)
class ContractAdvice:
    """Four ways to pay for a year, and how well the choice is proven.

    ``weeks`` were planned, ``priced`` of them had all their prices and are the costs scaled to a
    year. ``bound_eur``: no contract costs less, found over ``bounded_weeks`` of them, on which the
    chosen powers cost ``bounded_total_eur``; both None if no bound was asked for.
    """

    year: int
    contract: str
    weeks: int
    priced: int
    habit_now: YearCost | None
    habit_least: YearCost | None
    plan_now: YearCost
    plan_chosen: YearCost
    bound_eur: float | None
    bounded_total_eur: float | None
    bounded_weeks: int
    notes: tuple[str, ...]

    @property
    def saving_eur(self) -> float | None:
        """What the plan at the chosen powers saves against the habit at its own least contract."""
        if self.habit_least is None:
            return None
        return self.habit_least.total_eur - self.plan_chosen.total_eur


def advise_contract(
    plant: Plant,
    contract: Contract,
    orders: Orders,
    prices: PlanningPrices,
    *,
    year: int,
    powers_now: Powers,
    search_every: int = 4,
    most_boxes: int = 0,
    time_limit_s: float = 20.0,
    step: Step | None = None,
) -> ContractAdvice:
    """The powers to contract, from the prices of a past calendar ``year``.

    ``prices`` may have holes: weeks that touch one must be possible and count for nothing.
    ``search_every``: the powers are searched over every so many priced weeks, and then all weeks
    are planned under the ones found. ``most_boxes``: work spent on the bound. ``time_limit_s`` of
    each week.

    What is late costs its penalty, and tanks draw power. PV and a battery are not reckoned with: a
    plant that has one is refused (``RequestInvalid``).

    Raises ``MissingData`` if no week has all its prices or the power term is not known,
    ``Infeasible`` if some week cannot be planned under ``powers_now``.
    """
    own = [name for name, has in (("pv", plant.pv), ("battery", plant.battery)) if has is not None]
    if own:
        raise RequestInvalid(
            f"the advice on contracted power does not reckon with {' and '.join(own)} of the plant "
            "file: leave it out to be advised as if it were not there"
        )
    tell = step or (lambda _what, _bound, _total: None)
    contract = never_exceeding(contract)
    weeks = weeks_of(plant, contract, orders, prices, mondays=mondays_of(year))
    priced = [week for week in weeks if week.priced]
    if not priced:
        raise MissingData(str(contract.market), (), hint=f"No week of {year} has all its prices.")
    terms = power_prices(contract.tariff, year)
    levels = levels_kw(plant, max(powers_now))
    whole = _search(weeks, year, terms, levels, time_limit_s)
    base_eur = whole.weight * sum(_base_eur(week) for week in priced)
    tell("habit", -np.inf, np.inf)
    habit = _Habit(whole)
    habit_least = habit.least(powers_now)
    tell("search", -np.inf, np.inf)
    sample = _search(priced[::search_every], year, terms, levels, time_limit_s)
    starts = [powers_now, *([] if habit_least is None else [habit_least])]
    sample_eur, found = sample.best(starts)
    bound_eur = None
    if most_boxes:
        bound_eur = base_eur + sample.bounded(
            sample_eur, most_boxes=most_boxes, step=lambda low, high: tell("bound", low, high)
        )
    tell("year", -np.inf, np.inf)
    return ContractAdvice(
        year=year,
        contract=contract.name,
        weeks=len(weeks),
        priced=len(priced),
        habit_now=habit.year(powers_now, base_eur),
        habit_least=None if habit_least is None else habit.year(habit_least, base_eur),
        plan_now=_planned(whole, powers_now, powers_now, base_eur),
        plan_chosen=_chosen(whole, found, powers_now, base_eur),
        bound_eur=bound_eur,
        bounded_total_eur=None if bound_eur is None else sample_eur + base_eur,
        bounded_weeks=len(sample.weeks) if most_boxes else 0,
        notes=(*contract.assumptions(), *_notes(year, len(weeks), len(priced), search_every)),
    )


def power_prices(tariff: Tariff, year: int) -> PowerPrices:
    """Power term of a calendar year by period, electricity tax in [EUR/kW].

    Raises ``MissingData`` for a year without one.
    """
    start = date(year, 1, 1)
    days = [start + n * DAY for n in range(days_of_year(year))]
    yearly = np.zeros(tariff.power_periods)
    for day in days:
        term = np.array(power_term_eur_kw_year(tariff, day))
        yearly += term * (1 + ELECTRICITY_TAX.on(day)[0]) / len(days)
    return PowerPrices(tuple(float(each) for each in yearly), tariff is not Tariff.TD20)


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
    year = periods(local_midnight(date(2025, 1, 1)), local_midnight(date(2026, 1, 1)), plant.slot)
    base = np.unique(plant.base_kw(year))
    reached = reached_kw(tuple(sorted(levels, key=lambda level: (level.stage, level.kw))))
    if reached is None or any(s.tank is not None and s.tank.kw for s in plant.stages):
        reached = np.arange(0.0, most_kw + 1.0)
    every = np.unique(np.round(base[:, None] + reached[None, :], 6))
    return np.append(every[(every >= base.max()) & (every < most_kw)], most_kw)


@dataclass(slots=True)
class _Habit:
    """The habit's year at any powers."""

    search: Search

    def cost(self, powers: Powers, limit: float = np.inf) -> tuple[float, Powers]:
        """What the process and the power term cost [EUR], and the powers needed."""
        total, drawn = 0.0, []
        for week in self.search.weeks:
            usual = week.habit(powers)
            if usual is None or total > limit:
                return np.inf, powers
            total += self.search.weight * usual[0] if week.priced else 0.0
            drawn.append(usual[1])
        needed = self.search.prices.least(drawn)
        return total + self.search.prices.of(needed), needed

    def least(self, powers_now: Powers) -> Powers | None:
        """The habit's own best powers; None if it is not on time even at today's."""
        levels, rising = self.search.levels, self.search.prices.rising
        best, start = self.cost(powers_now)[0], powers_now
        for level in levels[::-1]:
            total, _ = self.cost((float(level),) * len(powers_now), np.inf)
            if total < best:
                best, start = total, (float(level),) * len(powers_now)
            if not np.isfinite(total) and np.isfinite(best):
                break
        total, found = pattern_search(self.cost, start, levels=levels, rising=rising)
        return found if np.isfinite(total) else None

    def year(self, powers: Powers, base_eur: float) -> YearCost | None:
        """The habit's year while ``powers`` are contracted, needed or not."""
        total, needed = self.cost(powers)
        if not np.isfinite(total):
            return None
        prices = self.search.prices
        return YearCost(powers, total - prices.of(needed) + base_eur, prices.of(powers))


def _search(
    weeks: Sequence[Week], year: int, terms: PowerPrices, levels: Floats, time_limit_s: float
) -> Search:
    priced = sum(week.priced for week in weeks)
    weight = days_of_year(year) / DAYS / priced
    return Search(weeks, weight, terms, levels, time_limit_s=time_limit_s)


def _chosen(whole: Search, found: Powers, powers_now: Powers, base_eur: float) -> YearCost:
    """The year at the powers found, raised where some week of it needs more."""
    powers = found
    while True:
        total, needed = whole.cost(powers)
        if np.isfinite(total):
            return _planned(whole, powers, needed, base_eur)
        raised = tuple(
            min(kw + 3.0, max(kw, now)) for kw, now in zip(powers, powers_now, strict=True)
        )
        if raised == powers:
            raise Infeasible((f"some week cannot be planned under {_said(powers)}",))
        powers = raised


def _planned(whole: Search, powers: Powers, contracted: Powers, base_eur: float) -> YearCost:
    """The year as planned under ``powers`` while ``contracted`` are paid for."""
    total, _ = whole.cost(powers)
    if not np.isfinite(total):
        raise Infeasible((f"some week cannot be planned under {_said(powers)}",))
    upper, lower = whole.energy_eur(powers)
    term = whole.prices.of(contracted)
    return YearCost(contracted, upper + base_eur, term, bound_eur=lower + base_eur + term)


def _base_eur(week: Week) -> float:
    """Base load of the week's seven days [EUR]."""
    start, end = local_midnight(week.monday), local_midnight(week.monday + DAYS * DAY)
    slots = periods(start, end, week.plant.slot)
    price = week.prices.eur_kwh[week.prices.period_of(slots)]
    return float(price @ week.plant.base_kw(slots)) * week.plant.slot_min / 60


def _said(powers: Powers) -> str:
    return ", ".join(f"P{number} {kw:g} kW" for number, kw in enumerate(powers, start=1))


def _notes(year: int, weeks: int, priced: int, every: int) -> list[str]:
    said = [
        f"Each week of {year} is planned by itself with its prices known: real plans, made on "
        "forecasts, save less. Contracted power is never exceeded.",
        "Powers can be changed once a year; another year has other prices.",
    ]
    if priced < weeks:
        said.append(
            f"{weeks - priced} of {weeks} weeks lack prices: they were checked to be possible, and "
            "the others stand for them."
        )
    if every > 1:
        said.append(f"Powers were searched for over every {every}th priced week.")
    return said
