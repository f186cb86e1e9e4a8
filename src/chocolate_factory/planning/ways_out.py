"""What would make an impossible plan possible: each way tried on its own, and priced.

Overtime, later orders, more power, a machine, a tank, fewer batches: each is the same problem with
one thing let go, as little of it as will do (an elastic programme), and then planned at least cost.
So every way stands for a plan that exists, and its price is what that plan costs. Ways that are no
help are left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.errors import MissingData, SolverFailed, WayOut
from chocolate_factory.market.calendar import delivery_day, local_wall, to_datetime
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.regulated import ELECTRICITY_TAX
from chocolate_factory.market.tariff import power_period, power_term_eur_kw_year
from chocolate_factory.planning.elastic import OVERTIME, more_power, overtime
from chocolate_factory.planning.equipment import Tank, minute_of_day
from chocolate_factory.planning.milp import Ints, Key, Part
from chocolate_factory.planning.orders import Demand, in_words
from chocolate_factory.planning.plant import Stage
from chocolate_factory.planning.problem import Problem, with_starts
from chocolate_factory.planning.site_curve import machine_kw
from chocolate_factory.planning.solve import Solution, solve

HEAVY_EUR = 1000.0
"""What an hour of staff, a kilowatt or an hour of delay counts while as few as possible are sought:
far above what energy can save by it.
"""

EDGE_MIN = 120
"""How long before the first and after the last shift of any day overtime may begin and end."""

ADDED_TANK = (2, 480)
"""Batches and minutes of the tank that is tried where there is none."""

_UNBOUND_KW = 1e6
_KW_TOLERANCE = 1e-4


def ways_out(
    problem: Problem,
    contract: Contract,
    *,
    time_limit_s: float,
    at_least: Mapping[Key, Ints] | None = None,
) -> tuple[WayOut, ...]:
    """The ways that make ``problem`` possible, as far as they are found within ``time_limit_s``.

    The cheapest first; those of which a part has no price after those that are priced whole, and
    what leaves orders out last. ``at_least`` as in ``solve``.
    """
    search = _Search(problem, contract, time.monotonic() + time_limit_s, at_least)
    found = [
        *search.overtime(),
        *search.later(),
        *search.power(),
        *search.fewer(),
        *search.machines(),
        *search.tanks(),
    ]
    return tuple(
        sorted(
            found,
            key=lambda way: (
                way.kind == "fewer",
                way.extra_eur is None,
                way.plan_eur + (way.extra_eur or 0.0),
            ),
        )
    )


def untried(problem: Problem) -> tuple[str, ...]:
    """The ways out that are not looked for, and why, in words."""
    if problem.excess is not None:
        return (
            "more contracted power was not tried: what may be drawn is limited by "
            "exceed_up_to_kw, and no contract changes that",
        )
    if problem.own_energy is not None:
        return (
            "more contracted power was not tried: with PV or a battery it is not known how much "
            "less they leave to be contracted",
        )
    return ()


@dataclass(frozen=True, slots=True)
class _Search:
    """One impossible problem, and until when (monotonic seconds) ways out of it are sought."""

    problem: Problem
    contract: Contract
    until_s: float
    at_least: Mapping[Key, Ints] | None

    def overtime(self) -> Iterator[WayOut]:
        """Staff there longer, in as few slots as will do."""
        problem, plant = self.problem, self.problem.plant
        spans = [span for spans in plant.shifts.values() for span in spans]
        if not spans:
            return
        minutes = minute_of_day(local_wall(problem.slots))
        begin = min(span.start_min for span in spans) - EDGE_MIN
        end = max(span.end_min for span in spans) + EDGE_MIN
        extra = ~problem.staffed & (minutes >= begin) & (minutes < end)
        wider = with_starts(replace(problem, staffed=problem.staffed | extra))
        eur_slot = HEAVY_EUR * plant.slot_min / 60
        found = self._solved(wider, parts=(overtime(extra, eur_slot),))
        if found is None:
            return
        used = np.flatnonzero(found.extra[OVERTIME] > 0.5)
        hours = used.size * plant.slot_min / 60
        plan_eur = found.objective - used.size * eur_slot
        pay = None if plant.overtime_eur_h is None else plant.overtime_eur_h * hours
        stretches = tuple(_stretches(problem, used))
        when = ", ".join(
            f"{in_words(begin)}–{in_words(end).rsplit(' ', 1)[1]}" for begin, end in stretches
        )
        yield WayOut(
            "overtime",
            f"staff for {hours:g} h more ({when}): {_bill(plan_eur, pay, 'their pay')}",
            plan_eur,
            pay,
            hours=hours,
            staffed=stretches,
            proven=found.status == "optimal",
        )

    def later(self) -> Iterator[WayOut]:
        """Orders later than they are due, within the time that is planned."""
        problem = self.problem
        demands = tuple(
            replace(d, penalty_eur_h=HEAVY_EUR * d.batches * 2.0**d.priority)
            if d.is_deadline
            else d
            for d in problem.demands
        )
        found = self._solved(with_starts(replace(problem, demands=demands)))
        if found is None:
            return
        plan_eur, longest = found.objective, 0
        names, texts = [], []
        for number, late in found.late.items():
            demand, own = problem.demands[number], demands[number]
            if not demand.is_deadline:
                continue
            plan_eur -= float(late.sum()) * (own.penalty_eur_h or 0.0) / demand.batches
            hours = int(np.count_nonzero(late))
            if hours:
                longest = max(longest, hours)
                names.append(demand.name)
                texts.append(
                    f"{late[0]} of {demand.batches} batches of {demand.name} up to {hours} h later "
                    f"(by {in_words(demand.due + timedelta(hours=hours))})"
                )
        yield WayOut(
            "later",
            f"{'; '.join(texts)}: {_bill(plan_eur, 0.0, '')}",
            plan_eur,
            0.0,
            orders=tuple(names),
            hours=float(longest),
            proven=found.status == "optimal",
        )

    def power(self) -> Iterator[WayOut]:
        """More contracted power, so that the highest excess is as small as it can be."""
        problem = self.problem
        if untried(problem):
            return
        free = with_starts(replace(problem, process_kw=np.full(problem.slots.size, _UNBOUND_KW)))
        found = self._solved(free, parts=(more_power(problem.process_kw, HEAVY_EUR),))
        if found is None:
            return
        powers = self._powers(machine_kw(problem.plant, found.starts, problem.slots.size))
        before = self.contract.contracted_kw or problem.plant.contracted_kw
        more = np.array(powers) - np.array(before)
        a_year = self._a_year_eur(more)
        plan_eur = found.objective - float(found.extra["more_kw"][0]) * HEAVY_EUR
        told = ", ".join(f"P{at + 1} {kw:g}" for at, kw in enumerate(powers) if more[at] > 0)
        yield WayOut(
            "power",
            f"contracted power of {told} kW: {_bill(plan_eur, a_year, 'power term of a year')}",
            plan_eur,
            a_year,
            kw=float(more.max()),
            contracted_kw=powers,
            proven=found.status == "optimal",
        )

    def fewer(self) -> Iterator[WayOut]:
        """Batches left out, as few as will do, those of low priority first."""
        fewest = self._solved(self.problem, give_up=True)
        if fewest is None:
            return
        left: list[Demand] = []
        texts, names = [], []
        for number, demand in enumerate(self.problem.demands):
            out = fewest.given_up.get(number, 0)
            if out:
                texts.append(f"{out} of {demand.batches} batches of {demand.name}")
                names.append(demand.name)
            if out < demand.batches:
                left.append(replace(demand, batches=demand.batches - out))
        found = self._solved(with_starts(replace(self.problem, demands=tuple(left))))
        if found is not None:
            yield WayOut(
                "fewer",
                f"without {', '.join(texts)}: {_bill(found.objective, None, 'what is lost by it')}",
                found.objective,
                None,
                orders=tuple(names),
                proven=fewest.status == found.status == "optimal",
            )

    def machines(self) -> Iterator[WayOut]:
        """One machine more, stage by stage."""
        for number, stage in enumerate(self.problem.plant.stages):
            changed = _with_stage(self.problem, number, replace(stage, machines=stage.machines + 1))
            free = changed.free.copy()
            free[number] += 1
            yield from self._planned(
                replace(changed, free=free), "machine", f"one {stage.machine} more"
            )

    def tanks(self) -> Iterator[WayOut]:
        """A holding tank where there is none, stage by stage."""
        batches, minutes = ADDED_TANK
        for number, stage in enumerate(self.problem.plant.stages[:-1]):
            if stage.tank is not None:
                continue
            tank = Tank(f"{stage.name} tank", batches, minutes, 0.0)
            changed = _with_stage(self.problem, number, replace(stage, tank=tank))
            room = changed.tank_free.copy()
            room[number] = batches
            yield from self._planned(
                replace(changed, tank_free=room),
                "tank",
                f"a tank for {batches} batches after {stage.name}, {minutes / 60:g} h at most",
            )

    def _planned(self, changed: Problem, kind: str, what: str) -> Iterator[WayOut]:
        found = self._solved(with_starts(changed))
        if found is not None:
            yield WayOut(
                kind,
                f"{what}: {_bill(found.objective, None, 'what it costs to buy')}",
                found.objective,
                None,
                proven=found.status == "optimal",
            )

    def _solved(
        self, problem: Problem, *, parts: Sequence[Part] = (), give_up: bool = False
    ) -> Solution | None:
        """None if it is no way out, or not known to be one in the time there is."""
        left_s = self.until_s - time.monotonic()
        if left_s <= 0:
            return None
        try:
            return solve(
                problem,
                time_limit_s=left_s,
                give_up=give_up,
                parts=parts,
                at_least=self.at_least,
            )
        except SolverFailed:
            return None

    def _powers(self, drawn_kw: np.ndarray) -> tuple[float, ...]:
        """The least contracted powers, whole kW more each, that let this be drawn, P1 first."""
        problem = self.problem
        tariff, powers = problem.plant.contracted(self.contract.tariff, self.contract.contracted_kw)
        above = np.ceil(drawn_kw - problem.process_kw - _KW_TOLERANCE)
        more = np.zeros(len(powers))
        np.maximum.at(more, power_period(tariff, problem.slots) - 1, np.maximum(above, 0.0))
        return tuple(float(kw) for kw in np.maximum.accumulate(np.array(powers) + more))

    def _a_year_eur(self, more_kw: np.ndarray) -> float | None:
        """Power term of so many kW more in each period, electricity tax in [EUR a year].

        At the rates of the first day planned; None if they are not known.
        """
        day = delivery_day(to_datetime(self.problem.slots[0]))
        with suppress(MissingData):
            term = power_term_eur_kw_year(self.contract.tariff, day)
            if len(term) == more_kw.size:
                return float(more_kw @ np.array(term)) * (1 + ELECTRICITY_TAX.on(day)[0])
        return None


def _with_stage(problem: Problem, number: int, stage: Stage) -> Problem:
    stages = list(problem.plant.stages)
    stages[number] = stage
    return replace(problem, plant=replace(problem.plant, stages=tuple(stages)))


def _stretches(problem: Problem, slots: Ints) -> Iterator[tuple[datetime, datetime]]:
    """Where runs of neighbouring slots begin and end."""
    for run in np.split(slots, np.flatnonzero(np.diff(slots) > 1) + 1):
        if run.size:
            begin = to_datetime(problem.slots[int(run[0])])
            end = to_datetime(problem.slots[int(run[-1])]) + problem.plant.slot
            yield begin, end


def _bill(plan_eur: float, extra_eur: float | None, what: str) -> str:
    plan = f"the plan costs {plan_eur:.2f} €"
    if extra_eur is None:
        return f"{plan}, {what} not counted"
    return plan if extra_eur == 0 else f"{plan}, {what} {extra_eur:.2f} €"
