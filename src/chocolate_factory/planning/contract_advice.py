"""Which powers to contract for a year, how the plant would then be run, and what that saves.

A past year is planned week by week with its prices known; the powers are chosen together with the
plans (``contract_search``). Beside it stands the habit, at today's powers and at the ones that are
best for the habit: what an optimiser saves is told against the latter, because anyone can contract
less without one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Literal, Protocol

import numpy as np

from chocolate_factory.errors import Infeasible, MissingData, RequestInvalid
from chocolate_factory.market.bill import days_of_year
from chocolate_factory.market.calendar import local_midnight, periods
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.power_term import power_term_eur_kw
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, power_period
from chocolate_factory.planning.ambient import looks_outside
from chocolate_factory.planning.contract_curve import YearCurve, year_curve
from chocolate_factory.planning.contract_levels import levels_kw, top_of
from chocolate_factory.planning.contract_search import (
    PowerPrices,
    Search,
    pattern_search,
)
from chocolate_factory.planning.contract_weeks import (
    DAYS,
    Answer,
    Powers,
    Week,
    mondays_of,
    weeks_of,
)
from chocolate_factory.planning.lower_bound import never_exceeding
from chocolate_factory.planning.orders import DAY, Orders
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.plant import Plant

Stage = Literal["habit", "search", "bound", "year"]
STAGES: tuple[Stage, ...] = ("habit", "search", "bound", "year")


@dataclass(frozen=True, slots=True)
class Doing:
    """How far an advice is: ``worked_out`` weeks so far, each under some powers.

    ``bound_eur`` and ``total_eur`` while the bound is sharpened: no contract costs less than the
    one, the best one found costs the other [EUR/year].
    """

    stage: Stage
    worked_out: int
    bound_eur: float | None = None
    total_eur: float | None = None


Step = Callable[[Doing], None]
"""Told after every week that was worked out; it may raise to end the work."""


class Memory(Protocol):
    """What is known of weeks from before: an interrupted advice goes on where it was."""

    def known(self, week: Week) -> Sequence[Answer]:
        """What was kept of a week like this one."""

    def keep(self, week: Week, answer: Answer) -> None:
        """Keep one answer more."""


@dataclass(frozen=True, slots=True)
class YearCost:
    """What a year costs one way [EUR/year], electricity tax in, VAT out.

    ``powers_kw`` contracted, P1 first. ``energy_eur`` of the process and the base load.
    ``excess_eur``: power above the contracted one, by the rule of the bill. ``bound_eur``: no way
    to run the plant that keeps within these powers costs less; None for the habit.
    """

    powers_kw: Powers
    energy_eur: float
    power_eur: float
    excess_eur: float
    bound_eur: float | None = None

    @property
    def total_eur(self) -> float:
        """Energy, power term and excess."""
        return self.energy_eur + self.power_eur + self.excess_eur


@dataclass(frozen=True, slots=True)
class ContractAdvice:
    """Four ways to pay for a year, and how well the choice is proven.

    ``first`` to ``last``: Madrid days of the weeks looked at. ``weeks`` were planned, ``priced`` of
    them had all their prices and are the costs scaled to a year. The habit's are None if it is not
    on time under these powers, ``plan_now`` if no plan is under today's. ``bound_eur``: no contract
    that is kept within costs less, found over ``bounded_weeks`` of them, on which the chosen powers
    cost ``bounded_total_eur``; both None if no bound was asked for.
    """

    year: int
    contract: str
    first: date
    last: date
    weeks: int
    priced: int
    habit_now: YearCost | None
    habit_least: YearCost | None
    plan_now: YearCost | None
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

    @property
    def saving_now_eur(self) -> float | None:
        """What it saves against the habit at today's contract, of which some needs no plan."""
        if self.habit_now is None:
            return None
        return self.habit_now.total_eur - self.plan_chosen.total_eur

    @property
    def gap_eur(self) -> float | None:
        """How much less some other contract might cost at most [EUR/year]; None without a bound."""
        if self.bound_eur is None or self.bounded_total_eur is None:
            return None
        return max(self.bounded_total_eur - self.bound_eur, 0.0)


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
    step: Step = lambda _: None,
    memory: Memory | None = None,
) -> ContractAdvice:
    """The powers to contract, from the prices of a past calendar ``year``.

    ``prices`` may have holes: weeks that touch one must be possible and count for nothing.
    ``search_every``: the powers are searched over every so many priced weeks, and then all weeks
    are planned under the ones found. ``most_boxes``: work spent on the bound. ``time_limit_s`` of
    each week. ``memory``: weeks worked out before are not worked out again.

    Powers are looked for up to what the connection carries, where the contract says it, else to
    today's highest or the habit's own peak, and not beyond what the tariff may have.

    What is late costs its penalty, and tanks draw power. Plans keep within contracted power, and so
    does the habit; what lies above is charged where less contracted power is cheaper with it. PV
    and a battery are not reckoned with: a plant that has one is refused (``RequestInvalid``), and
    so are powers that do not fit the tariff.

    Raises ``MissingData`` if no week has all its prices or the power term is not known,
    ``Infeasible`` if some week cannot be planned under any of these powers.
    """
    _refuse(plant, contract, powers_now)
    carries_kw, contract = contract.exceed_up_to_kw, never_exceeding(contract)
    weeks = weeks_of(plant, contract, orders, prices, mondays=mondays_of(year))
    priced = [week for week in weeks if week.priced]
    if not priced:
        raise MissingData(str(contract.market), (), hint=f"No week of {year} has all its prices.")
    telling = _Telling(step, memory)
    for week in weeks:
        week.noted = partial(telling.noted, week)
        if memory is not None:
            week.answers += memory.known(week)
    terms = power_prices(plant, contract.tariff, year)
    telling.begin("habit")
    top = top_of(plant, contract, weeks, powers_now, carries_kw)
    whole = _search(weeks, year, terms, levels_kw(plant, top.kw), time_limit_s)
    base_eur = whole.weight * sum(_base_eur(week) for week in priced)
    paying = _Paying(whole, year, contract.tariff, base_eur)
    habit = _Habit(whole)
    kept_within = habit.least(powers_now)
    telling.begin("search")
    sample = _search(priced[::search_every], year, terms, whole.levels, time_limit_s)
    starts = [powers_now, *([] if kept_within is None else [kept_within])]
    if not any(np.isfinite(sample.cost(powers)[0]) for powers in starts):
        starts = [(top.kw,) * len(powers_now)]
    sample_eur, found = sample.best(starts)
    bound_eur = None
    if most_boxes:
        telling.begin("bound")
        bound_eur = base_eur + sample.bounded(
            sample_eur, most_boxes=most_boxes, step=telling.bounding(base_eur)
        )
    telling.begin("year")
    plan_now, chosen = paying.planned(powers_now), paying.chosen(found, powers_now)
    return ContractAdvice(
        year=year,
        contract=contract.name,
        first=weeks[0].monday,
        last=weeks[-1].monday + (DAYS - 1) * DAY,
        weeks=len(weeks),
        priced=len(priced),
        habit_now=paying.habit(powers_now),
        habit_least=paying.habit_least(powers_now, kept_within),
        plan_now=plan_now,
        plan_chosen=chosen,
        bound_eur=bound_eur,
        bounded_total_eur=None if bound_eur is None else sample_eur + base_eur,
        bounded_weeks=len(sample.weeks) if most_boxes else 0,
        notes=(
            *contract.assumptions(),
            *contract.warnings(chosen.powers_kw),
            *top.notes(max(found), max(chosen.powers_kw), max(powers_now)),
            *_notes(plant, year, weeks, search_every),
        ),
    )


def power_prices(plant: Plant, tariff: Tariff, year: int) -> PowerPrices:
    """Power term of a calendar year by period, electricity tax in [EUR/kW], and the base load.

    Raises ``MissingData`` for a year without one.
    """
    start = date(year, 1, 1)
    days = [start + n * DAY for n in range(days_of_year(year))]
    yearly = power_term_eur_kw(tariff, days, taxed=True)
    slots = periods(local_midnight(start), local_midnight(date(year + 1, 1, 1)), plant.slot)
    base = np.zeros(tariff.power_periods)
    np.maximum.at(base, power_period(tariff, slots) - 1, plant.base_kw(slots))
    return PowerPrices(
        tuple(map(float, yearly)), tariff is not Tariff.TD20, tuple(map(float, base))
    )


@dataclass(slots=True)
class _Telling:
    """Says how far the work is, and has every answer kept."""

    step: Step
    memory: Memory | None
    doing: Doing = Doing("habit", 0)

    def begin(self, stage: Stage) -> None:
        self.doing = Doing(stage, self.doing.worked_out)
        self.step(self.doing)

    def noted(self, week: Week, answer: Answer | None) -> None:
        if self.memory is not None and answer is not None:
            self.memory.keep(week, answer)
        self.doing = replace(self.doing, worked_out=self.doing.worked_out + 1)
        self.step(self.doing)

    def bounding(self, base_eur: float) -> Callable[[float, float], None]:
        def told(bound_eur: float, total_eur: float) -> None:
            self.doing = replace(
                self.doing, bound_eur=bound_eur + base_eur, total_eur=total_eur + base_eur
            )
            self.step(self.doing)

        return told


@dataclass(slots=True)
class _Habit:
    """The habit's year at any powers that it keeps within."""

    search: Search

    def cost(self, powers: Powers, limit: float = np.inf) -> tuple[float, Powers]:
        """What the process and the power term cost [EUR], and the powers needed."""
        total, drawn = 0.0, []
        for week in self.search.weeks:
            usual = week.habit(powers)
            if usual is None or total > limit:
                return np.inf, powers
            total += self.search.weight * usual.cost_eur if week.priced else 0.0
            drawn.append(usual.drawn_kw)
        needed = self.search.prices.least(drawn)
        return total + self.search.prices.of(needed), needed

    def least(self, powers_now: Powers) -> Powers | None:
        """The habit's own best powers; None if it is not on time at any."""
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


@dataclass(slots=True)
class _Paying:
    """What a year costs each way, excess power and all."""

    search: Search
    year: int
    tariff: Tariff
    base_eur: float

    def habit(self, powers: Powers) -> YearCost | None:
        """The habit's year while ``powers`` are contracted, needed or not."""
        ran = self._habit_ran(powers)
        return None if ran is None else self._paid(*ran, powers)

    def habit_least(self, powers_now: Powers, kept_within: Powers | None) -> YearCost | None:
        """The habit's cheapest year: it keeps within powers, and may be charged excess above others
        that are cheaper with it."""
        found = []
        for powers in dict.fromkeys(each for each in (kept_within, powers_now) if each is not None):
            ran = self._habit_ran(powers)
            if ran is not None:
                found.append(self._least(*ran, powers))
        return min(found, key=lambda cost: cost.total_eur, default=None)

    def planned(self, powers: Powers) -> YearCost | None:
        """The year as planned while ``powers`` are contracted, needed or not; None if some week
        cannot be."""
        if not np.isfinite(self.search.cost(powers)[0]):
            return None
        return self._bounded(self._paid(*self._plan_ran(powers), powers), powers)

    def chosen(self, found: Powers, powers_now: Powers) -> YearCost:
        """The year at the powers found, raised where some week of it needs more."""
        powers, most = found, powers_now
        if not np.isfinite(self.search.cost(powers_now)[0]):
            most = (float(self.search.levels[-1]),) * len(powers_now)
        total, needed = self.search.cost(powers)
        while not np.isfinite(total):
            raised = tuple(
                min(kw + 3.0, max(kw, last)) for kw, last in zip(powers, most, strict=True)
            )
            if raised == powers:
                raise Infeasible((f"some week cannot be planned under {_said(powers)}",))
            powers = raised
            total, needed = self.search.cost(powers)
        return self._bounded(self._least(*self._plan_ran(powers), needed), powers)

    def _habit_ran(self, powers: Powers) -> tuple[float, YearCurve] | None:
        """What the habit's energy costs [EUR/year], base load in, and what the site draws."""
        ran = [(week, week.habit(powers)) for week in self.search.weeks]
        if any(usual is None for _, usual in ran):
            return None
        own = [(week, usual) for week, usual in ran if usual is not None and week.priced]
        energy_eur = self.search.weight * sum(usual.cost_eur for _, usual in own)
        curves = [week.site_curve(powers, usual.starts) for week, usual in own]
        return energy_eur + self.base_eur, year_curve(curves, self.tariff, self.year)

    def _plan_ran(self, powers: Powers) -> tuple[float, YearCurve]:
        """The same of the plans under ``powers``, which are possible."""
        upper, _ = self.search.energy_eur(powers)
        found = [(week, week.best(powers)) for week in self.search.weeks if week.priced]
        curves = [
            week.site_curve(powers, best.starts)
            for week, best in found
            if best is not None and best.starts is not None
        ]
        return upper + self.base_eur, year_curve(curves, self.tariff, self.year)

    def _paid(self, energy_eur: float, curve: YearCurve, powers: Powers) -> YearCost:
        power_eur = self.search.prices.of(powers)
        return YearCost(powers, energy_eur, power_eur, curve.excess_eur(powers))

    def _least(self, energy_eur: float, curve: YearCurve, powers: Powers) -> YearCost:
        """What is drawn anyway, paid for under ``powers`` or under those that are least for it."""
        own = curve.least_powers()
        ways = [powers] if own is None else [powers, own]
        return min(
            (self._paid(energy_eur, curve, way) for way in ways), key=lambda cost: cost.total_eur
        )

    def _bounded(self, cost: YearCost, powers: Powers) -> YearCost:
        """With what no way to run the plant within ``powers`` costs less than."""
        _, lower = self.search.energy_eur(powers)
        return replace(cost, bound_eur=lower + self.base_eur + cost.power_eur + cost.excess_eur)


def _refuse(plant: Plant, contract: Contract, powers_now: Powers) -> None:
    own = [name for name, has in (("pv", plant.pv), ("battery", plant.battery)) if has is not None]
    if own:
        raise RequestInvalid(
            f"the advice on contracted power does not reckon with {' and '.join(own)} of the plant "
            "file: leave it out to be advised as if it were not there"
        )
    if len(powers_now) != contract.tariff.power_periods:
        raise RequestInvalid(
            f"{contract.name} is {contract.tariff}, which has {contract.tariff.power_periods} "
            f"contracted powers, and {len(powers_now)} are given: choose the contract that the "
            "site has, such as indexed-3.0td, or give contracted_kw in its file"
        )


def _search(
    weeks: Sequence[Week], year: int, terms: PowerPrices, levels: Floats, time_limit_s: float
) -> Search:
    priced = sum(week.priced for week in weeks)
    weight = days_of_year(year) / DAYS / priced
    return Search(weeks, weight, terms, levels, time_limit_s=time_limit_s)


def _base_eur(week: Week) -> float:
    """Base load of the week's seven days [EUR]."""
    start, end = local_midnight(week.monday), local_midnight(week.monday + DAYS * DAY)
    slots = periods(start, end, week.plant.slot)
    price = week.prices.eur_kwh[week.prices.period_of(slots)]
    return float(price @ week.plant.base_kw(slots)) * week.plant.slot_min / 60


def _said(powers: Powers) -> str:
    return ", ".join(f"P{number} {kw:g} kW" for number, kw in enumerate(powers, start=1))


def _notes(plant: Plant, year: int, weeks: Sequence[Week], every: int) -> list[str]:
    said = [
        f"Each week of {year} is planned by itself with its prices known: real plans, made on "
        "forecasts, save less.",
        "Powers can be changed once a year; another year has other prices.",
    ]
    without = sum(not week.priced for week in weeks)
    if without:
        said.append(
            f"{without} of {len(weeks)} weeks lack prices: they were checked to be possible, and "
            "the others stand for them."
        )
    months = {week.monday.month for week in weeks if week.priced}
    if len(months) < 12:
        lacking = ", ".join(str(month) for month in range(1, 13) if month not in months)
        said.append(f"No week that begins in these months has prices: {lacking}.")
    if every > 1:
        said.append(f"Powers were searched for over one priced week in {every}.")
    if looks_outside(plant):
        said.append("Ambient limits of the plant were not looked at.")
    return said
