"""A past year as weeks that are planned one by one, each under any contracted powers.

A week costs what its cheapest schedule costs, and that can only fall as powers rise. So one answer
speaks for many: the optimum under powers ``c`` that draws at most ``u`` in each period is the
optimum under every powers between ``u`` and ``c``, and no powers below ``c`` make it cheaper. The
answers are kept, and asked before anything is solved. The same holds of the habit, which takes the
earliest slots that are free: room that it did not use does not change what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory.errors import Infeasible, MissingData, SolverFailed
from chocolate_factory.market.calendar import QUARTER, periods
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import power_period
from chocolate_factory.planning.baseline import habit
from chocolate_factory.planning.lateness import penalty_eur
from chocolate_factory.planning.lower_bound import relaxed_bound, with_contracted
from chocolate_factory.planning.milp import Ints
from chocolate_factory.planning.orders import Demand, Orders
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import Problem, build_problem, planning_window
from chocolate_factory.planning.recover import recover
from chocolate_factory.planning.site_curve import power_curve, tasks_kw
from chocolate_factory.planning.solve import solve
from chocolate_factory.planning.why_no_plan import obstacles

Powers = tuple[float, ...]
Starts = dict[tuple[str, int], Ints]
DAYS = 7
SETTLED_SHARE = 5e-3
"""A week whose least cost is told to this share is settled: what a schedule costs is real at any
gap; a proof to a twentieth of it found at most 0.02 EUR less and took up to 3.3 times as long."""
_TOLERANCE_KW = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What is known of one week under ``powers`` [kW]: its least cost lies in [lower, upper] EUR.

    ``lower_eur`` infinite: no schedule is possible. ``drawn_kw``: the highest power by period of
    the schedule that costs ``upper_eur``; None where there is none yet. ``settled``: it was solved
    in whole numbers, as far as the time went.
    """

    powers: Powers
    lower_eur: float
    upper_eur: float
    drawn_kw: Powers | None
    starts: Starts | None
    settled: bool


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What the habit does in one week under ``powers`` [kW]: what it costs, and draws by period."""

    powers: Powers
    cost_eur: float
    drawn_kw: Powers
    starts: Starts


@dataclass(slots=True, eq=False)
class Week:
    """One week of the past: its demands, its prices, and what has been found out about it.

    ``eur_kwh`` is zero throughout where the prices of the week are not known: it must be possible
    and counts for nothing (``priced`` False). ``periods`` [numbers from 0]: power periods in it.
    ``noted`` is told every answer that was worked out, and None for one of the habit; it may raise
    to end the work.
    """

    plant: Plant
    contract: Contract
    monday: date
    start: datetime
    end: datetime
    demands: tuple[Demand, ...]
    prices: PlanningPrices
    priced: bool
    periods: tuple[int, ...]
    answers: list[Answer] = field(default_factory=list)
    habits: list[Usual] = field(default_factory=list)
    no_habit: set[Powers] = field(default_factory=set)
    noted: Callable[[Answer | None], None] = lambda _: None

    def lower_eur(self, powers: Powers) -> float:
        """No schedule under ``powers`` costs less, as far as is known."""
        return max(
            (each.lower_eur for each in self.answers if self._within(powers, each.powers)),
            default=-np.inf,
        )

    def upper_eur(self, powers: Powers) -> float:
        """A schedule under ``powers`` is known that costs this; infinite if none is."""
        best = self.best(powers)
        return np.inf if best is None else best.upper_eur

    def best(self, powers: Powers) -> Answer | None:
        """The cheapest known schedule that fits ``powers``."""
        fitting = [
            each
            for each in self.answers
            if each.drawn_kw is not None and self._within(each.drawn_kw, powers)
        ]
        return min(fitting, key=lambda each: each.upper_eur, default=None)

    def relax(self, powers: Powers) -> float:
        """A lower bound from the programme without whole numbers [EUR]; remembered."""
        if any(each.powers == self._own(powers) for each in self.answers):
            return self.lower_eur(powers)
        problem = self._problem(powers)
        lower = np.inf if problem is None else relaxed_bound(problem)
        self._note(Answer(self._own(powers), lower, np.inf, None, None, settled=False))
        return self.lower_eur(powers)

    def settle(self, powers: Powers, *, time_limit_s: float) -> None:
        """Find the cheapest schedule under ``powers``, or the best there is in time; remembered.

        Nothing is solved where what is known tells the least cost well enough (``SETTLED_SHARE``).
        """
        own = self._own(powers)
        lower, upper = self.lower_eur(powers), self.upper_eur(powers)
        told = lower == np.inf or (
            np.isfinite(upper) and upper - lower <= SETTLED_SHARE * abs(upper)
        )
        if not told and not any(each.powers == own and each.settled for each in self.answers):
            self._note(self._solved(powers, own, time_limit_s))

    def habit(self, powers: Powers) -> Usual | None:
        """What the habit does under ``powers``.

        None if first in, first out cannot meet every due time under them.
        """
        for known in self.habits:
            if self._within(known.drawn_kw, powers) and self._within(powers, known.powers):
                return known
        own = self._own(powers)
        if own in self.no_habit:
            return None
        problem = self._problem(powers)
        usual = None if problem is None else habit(problem)
        self.noted(None)
        if problem is None or usual is None:
            self.no_habit.add(own)
            return None
        starts = dict(usual.starts)
        found = Usual(own, self._cost_eur(problem, starts), self._drawn_kw(problem, starts), starts)
        self.habits.append(found)
        return found

    def site_curve(self, powers: Powers, starts: Starts) -> PowerCurve:
        """What the meter reads while the week is run as ``starts`` say, which are possible under
        ``powers``: machines and base load, quarter by quarter, to the last due time."""
        problem = self._problem(powers)
        if problem is None:
            raise Infeasible((f"the week of {self.monday} is not possible under {powers} kW",))
        tasks = recover(problem, starts, carried=()).tasks
        end = self.start + -((self.start - self.end) // QUARTER) * QUARTER
        return power_curve(tasks, self.plant, start=self.start, end=end)

    def _note(self, answer: Answer) -> None:
        self.answers.append(answer)
        self.noted(answer)

    def _solved(self, powers: Powers, own: Powers, time_limit_s: float) -> Answer:
        problem = self._problem(powers)
        if problem is None or obstacles(problem):
            return Answer(own, np.inf, np.inf, None, None, settled=True)
        known = self.best(powers)
        usual = None if known is not None else habit(problem)
        begin = known.starts if known is not None else (usual.starts if usual else None)
        try:
            solution = solve(
                problem, time_limit_s=time_limit_s, relative_gap=SETTLED_SHARE, known=begin
            )
        except SolverFailed:
            return Answer(own, self.lower_eur(powers), np.inf, None, None, settled=True)
        if solution is None:
            return Answer(own, np.inf, np.inf, None, None, settled=True)
        starts = dict(solution.starts)
        return Answer(
            own,
            max(solution.bound, self.lower_eur(powers)),
            solution.objective,
            self._drawn_kw(problem, starts),
            starts,
            settled=True,
        )

    def _problem(self, powers: Powers) -> Problem | None:
        try:
            return build_problem(
                self.plant, self.demands, self.prices,
                start=self.start, end=self.end,
                contract=with_contracted(self.contract, powers),
            )  # fmt: skip
        except Infeasible:
            return None

    def _cost_eur(self, problem: Problem, starts: Starts) -> float:
        tasks = recover(problem, starts, carried=()).tasks
        kw = tasks_kw(tasks, self.plant, problem.slots)
        late_eur = penalty_eur(tasks, self.demands, since=self.start)
        return float(kw @ problem.eur_kwh) * self.plant.slot_min / 60 + late_eur

    def _drawn_kw(self, problem: Problem, starts: Starts) -> Powers:
        """Highest site power by period while machines run; zero in periods without any."""
        machines = tasks_kw(recover(problem, starts, carried=()).tasks, self.plant, problem.slots)
        site = np.where(machines > _TOLERANCE_KW, machines + self.plant.base_kw(problem.slots), 0.0)
        own = power_period(self.contract.tariff, problem.slots) - 1
        highest = np.zeros(self.contract.tariff.power_periods)
        np.maximum.at(highest, own, site)
        return tuple(float(kw) for kw in highest)

    def _own(self, powers: Powers) -> Powers:
        """``powers`` with those of periods that the week does not have set to zero."""
        return tuple(kw if at in self.periods else 0.0 for at, kw in enumerate(powers))

    def _within(self, lower: Powers, upper: Powers) -> bool:
        return all(lower[at] <= upper[at] + _TOLERANCE_KW for at in self.periods)


def weeks_of(
    plant: Plant,
    contract: Contract,
    orders: Orders,
    prices: PlanningPrices,
    *,
    mondays: Sequence[date],
) -> list[Week]:
    """The weeks that begin on ``mondays``; those without all their prices are marked so."""
    weeks = []
    for monday in mondays:
        demands = orders.in_window(monday, DAYS)
        start, end = planning_window(monday, DAYS, demands)
        try:
            known, priced = prices.covering(start, end), True
        except MissingData:
            known, priced = _free(plant, start, end), False
        own = np.unique(power_period(contract.tariff, periods(start, end, plant.slot))) - 1
        weeks.append(
            Week(
                plant, contract, monday, start, end, demands, known, priced,
                tuple(int(at) for at in own),
            )
        )  # fmt: skip
    return weeks


def mondays_of(year: int) -> list[date]:
    """Every Monday of a calendar year."""
    first = date(year, 1, 1)
    first += timedelta(days=-first.weekday() % DAYS)
    return [
        first + timedelta(weeks=n) for n in range(53) if (first + timedelta(weeks=n)).year == year
    ]


def _free(plant: Plant, start: datetime, end: datetime) -> PlanningPrices:
    slots = periods(start, end, plant.slot)
    free: Floats = np.zeros(slots.size)
    return PlanningPrices(
        slots, np.full(slots.size, plant.slot_min * 60), free, np.ones(slots.size, dtype=bool)
    )
