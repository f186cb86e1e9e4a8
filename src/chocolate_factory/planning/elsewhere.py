"""Where a batch could be instead, all else where it is, and what the plan would cost then.

A place is judged by the rules that plans are checked by (``check``): what those say of the plan
with the batch there and do not say of it as it is. Machines of a kind are alike, an order may be
served by another batch of its grade, and PV and battery do what is best then.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import SolverFailed
from chocolate_factory.market.calendar import periods
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.carried_over import Batch, kwh_left, occupied
from chocolate_factory.planning.check import Around, Broken, Rule, broken_rules, missed
from chocolate_factory.planning.cost import cost_eur, site_eur
from chocolate_factory.planning.lateness import late_hours_of, penalty_eur
from chocolate_factory.planning.machines_alike import Beside, on_free_machines
from chocolate_factory.planning.make_plan import site_flows
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plan import FLOWS, Block, Plan, PlanningPrices, SiteFlows
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import KW_TOLERANCE, Problem, build_problem, most_kw
from chocolate_factory.planning.solve import dispatch

Slots = NDArray[np.int64]

NOT_ENOUGH = "PV and battery leave no way to stay below contracted power"


@dataclass(frozen=True)
class Elsewhere:
    """A batch of ``plan``, and ``others``: what is planned beside it.

    ``since``: what begins before it stays, also what PV and battery do.
    """

    plan: Plan
    batch: Batch
    plant: Plant
    contract: Contract
    since: datetime

    @cached_property
    def others(self) -> tuple[Block, ...]:
        """All that is planned beside it."""
        own = self.batch[0].batch
        return tuple(block for block in self.plan.schedule.blocks if block.batch != own)

    def moved(self, by: timedelta) -> Batch:
        """The batch as it is, so much later."""
        return tuple(
            replace(block, start=block.start + by, end=block.end + by) for block in self.batch
        )

    def limits(self, by: timedelta) -> tuple[str, ...]:
        """What is in the way of the batch so much later, machines last; empty if it could be there.

        Within the days of the plan.
        """
        moved = self.moved(by)
        blocks, carried = self._on_machines(moved) or (
            (*self.others, *moved),
            self.plan.carried,
        )
        site = self.plan.schedule.site
        if site is not None:
            site = self._answer(moved)
        broken = self._broken(blocks, carried, site)
        if site is None and self.plan.schedule.site is not None:
            as_planned = self._broken(blocks, carried, self.plan.schedule.site)
            at_power = [one for one in as_planned if one.rule is Rule.POWER]
            broken = [one for one in broken if one.rule is not Rule.POWER]
            broken += at_power or [Broken(Rule.POWER, NOT_ENOUGH)]
        new = [one for one in broken if one not in self._known]
        new.sort(key=lambda one: one.rule is Rule.MACHINES)
        return tuple(one.text for one in new)

    def difference_eur(self, by: timedelta) -> float | None:
        """What the plan would cost more with the batch so much later [EUR].

        Electricity, what is late, excess power, and PV and battery at their best from ``since`` on.
        None if these leave no way, or if the batch would begin before.
        """
        moved = self.moved(by)
        more = cost_eur(moved, self.plan.prices) - cost_eur(self.batch, self.plan.prices)
        if self.plan.schedule.site is None:
            own, there = self._besides_eur(0), self._besides_eur(by // self.plant.slot)
            return more + there - own
        answer = (
            None if min(moved[0].start, self.batch[0].start) < self.since else self._answer(moved)
        )
        own_answer = None if answer is None else self._answer(self.batch)
        if answer is None or own_answer is None:
            return None
        for sign, batch, flows in ((1, moved, answer), (-1, self.batch, own_answer)):
            more += sign * site_eur(flows, self.plan.prices)
            more += sign * self._excess_eur(batch, flows)
            more += sign * self._penalty_eur(batch)
        return more

    def places(self) -> NDArray[np.bool_]:
        """In which slots of the plan the batch may begin as it is, shape (slots,).

        Of a plant with a battery: if that gave all it can in every slot.
        """
        problem, plant = self.problem, self.plant
        slots = problem.slots.size
        starts = problem.starts[self.batch[0].grade]
        number = {stage.name: at for at, stage in enumerate(plant.stages)}
        may = np.ones(slots, dtype=bool)
        for block in self.batch:
            own = starts[number[block.stage]] if block.stage in number else _room(problem, block)
            offset = (block.start - self.batch[0].start) // plant.slot
            there = np.zeros(slots, dtype=bool)
            there[: slots - offset] = own[offset:]
            may &= there
        may[: max(-((self.plan.start - self.since) // plant.slot), 0)] = False
        for slot in np.flatnonzero(may):
            by = int(slot) - self.own
            may[slot] = (
                not self._missed(by) and self._on_machines(self.moved(by * plant.slot)) is not None
            )
        return may

    def costs_eur(self, prices: PlanningPrices, eur_kwh: Floats, allowed: Slots) -> Floats:
        """What the batch costs on each path if it begins in each slot, shape (paths, slots).

        ``eur_kwh`` of shape (paths, n) over the periods of ``prices``. In the slots ``allowed``
        with what is late and excess power beyond what the plan has as it is. Infinite where it
        would not be done within the plan, or a price is not known.
        """
        costs = self._electricity_eur(prices, eur_kwh)
        own = self._besides_eur(0)
        for slot in allowed:
            costs[:, slot] += self._besides_eur(int(slot) - self.own) - own
        return costs

    @cached_property
    def own(self) -> int:
        """The slot in which it begins."""
        return int((self.batch[0].start - self.plan.start) // self.plant.slot)

    @cached_property
    def problem(self) -> Problem:
        """The batch alone, beside all else, due at the end of the plan."""
        plan, plant, grade = self.plan, self.plant, self.batch[0].grade
        alone = Demand("this batch", grade, plant.kg(grade), 1, plan.start, None, plan.end)
        return build_problem(
            plant, (alone,), plan.prices,
            start=plan.start, end=plan.end, contract=self.contract,
            carried=(*self.others, *plan.carried), weather=plan.weather,
            excess_so_far=plan.excess_so_far, stored_kwh=plan.stored_kwh,
        )  # fmt: skip

    @cached_property
    def _known(self) -> frozenset[Broken]:
        plan = self.plan
        return frozenset(self._broken(plan.schedule.blocks, plan.carried, plan.schedule.site))

    def _broken(
        self, blocks: Sequence[Block], carried: Sequence[Block], site: SiteFlows | None
    ) -> list[Broken]:
        plan = self.plan
        around = Around(plan.start, plan.end, self.contract, carried, plan.weather, plan.stored_kwh)
        return list(broken_rules(blocks, self.plant, plan.demands, around, site=site))

    def _on_machines(self, moved: Batch) -> Beside | None:
        """All blocks on machines; None if there are none free for one of the batch."""
        blocks, carried = self.others, self.plan.carried
        for block in moved:
            found = on_free_machines(block, blocks, carried, self.plant, since=self.since)
            if found is None:
                return None
            blocks, carried = found
        return blocks, carried

    def _missed(self, by: int) -> bool:
        """Whether an order would not be made in time that is, the batch ``by`` slots later."""
        key = self._orders_key(by)
        if key not in self._told:
            tanks = {stage.tank.name for stage in self.plant.stages if stage.tank is not None}

            def told(batch: Batch) -> set[str]:
                runs = [one for one in (*self.others, *batch) if one.stage not in tanks]
                return set(missed(runs, self.plan.carried, self.plan.demands))

            moved = self.moved(by * self.plant.slot)
            self._told[key] = not told(self.batch).issuperset(told(moved))
        return self._told[key]

    def _besides_eur(self, by: int) -> float:
        """What is late and excess power, the batch ``by`` slots later, of a plant without PV and
        battery [EUR].
        """
        key = self._orders_key(by)
        if key not in self._late_eur:
            self._late_eur[key] = self._penalty_eur(self.moved(by * self.plant.slot))
        excess = self.problem.excess
        if excess is None:
            return self._late_eur[key]
        drawn = np.zeros(self.problem.slots.size)
        first = self.own + by
        own_kw = self._profile_kw[max(-first, 0) : max(drawn.size - first, 0)]
        drawn[max(first, 0) : max(first, 0) + own_kw.size] = own_kw
        return self._late_eur[key] + sum(charge.eur for charge in excess.charges(drawn))

    def _orders_key(self, by: int) -> tuple[Hashable, ...]:
        """What of the orders of its grade hangs on when the batch is begun and done."""
        moved = self.moved(by * self.plant.slot)
        begun, done = moved[0].start, max(block.end for block in moved)
        return tuple(
            (
                demand.earliest is None or begun >= demand.earliest,
                done <= demand.due
                if demand.penalty_eur_h is None
                else late_hours_of(done, demand.due, since=self.plan.start),
            )
            for demand in self.plan.demands
            if demand.grade == moved[0].grade
        )

    def _penalty_eur(self, batch: Batch) -> float:
        blocks = (*self.others, *batch, *self.plan.carried)
        return penalty_eur(blocks, self.plan.demands, since=self.plan.start)

    @cached_property
    def _told(self) -> dict[tuple[Hashable, ...], bool]:
        return {}

    @cached_property
    def _late_eur(self) -> dict[tuple[Hashable, ...], float]:
        return {}

    @cached_property
    def _profile_kw(self) -> Floats:
        """What the batch draws in each of its slots [kW]."""
        end = max(one.end for one in self.batch)
        own = periods(self.batch[0].start, end, self.plant.slot)
        return occupied(self.batch, self.plant, own).drawn_kw

    def _electricity_eur(self, prices: PlanningPrices, eur_kwh: Floats) -> Floats:
        instants = self.problem.slots
        of_slot = prices.period_of(instants)
        known = (of_slot >= 0) & (instants < prices.ends[of_slot])
        by_slot = eur_kwh[:, of_slot]
        costs = np.full(by_slot.shape, np.inf)
        length = self._profile_kw.size
        if instants.size >= length:
            windows = np.lib.stride_tricks.sliding_window_view(by_slot, length, axis=1)
            all_known = np.lib.stride_tricks.sliding_window_view(known, length).all(axis=1)
            priced = np.flatnonzero(all_known)
            costs[:, priced] = windows[:, priced] @ self._profile_kw * self.plant.slot_min / 60
        return costs

    def _answer(self, batch: Batch) -> SiteFlows | None:
        """What PV and battery do at least cost from ``since`` on; None if there is no way."""
        plan, plant, before = self.plan, self.plant, self.plan.schedule.site
        done = max(-((plan.start - self.since) // plant.slot), 0)
        start = plan.start + done * plant.slot
        if before is None or start >= plan.end:
            return before
        blocks = (*self.others, *batch)
        bare, whole = (
            build_problem(
                plant, (), plan.prices,
                start=start, end=plan.end, contract=self.contract, carried=carried,
                weather=plan.weather, excess_so_far=plan.excess_so_far,
                stored_kwh=kwh_left(plan, plant, start),
            )
            for carried in (plan.carried, (*plan.carried, *blocks))
        )  # fmt: skip
        drawn = occupied(blocks, plant, bare.slots).drawn_kw
        own = whole.own_energy
        if own is None:
            return before
        try:
            flow = dispatch(replace(whole, process_kw=bare.process_kw - drawn), {}).flow
        except SolverFailed:
            return None
        after = site_flows(whole, own, flow)
        flows = {
            name: np.concatenate([getattr(before, name)[:done], getattr(after, name)])
            for name in FLOWS
        }
        return SiteFlows(
            start=before.start,
            resolution_s=before.resolution_s,
            surplus_eur_kwh=own.surplus_eur_kwh,
            **flows,
        )

    def _excess_eur(self, batch: Batch, flows: SiteFlows) -> float:
        excess = self.problem.excess
        if excess is None:
            return 0.0
        drawn = occupied(batch, self.plant, self.problem.slots).drawn_kw
        charges = excess.charges(drawn + flows.charge_kw - flows.discharge_kw)
        return sum(charge.eur for charge in charges)


def _room(problem: Problem, wait: Block) -> NDArray[np.bool_]:
    """Slots from which the tank of a wait has room and power for it, shape (slots,)."""
    plant = problem.plant
    tanks = {stage.tank.name: at for at, stage in enumerate(plant.stages) if stage.tank is not None}
    free = problem.tank_free[tanks[wait.stage]] > 0
    free = free & (most_kw(problem) + KW_TOLERANCE >= wait.phases[0][1])
    length = (wait.end - wait.start) // plant.slot
    room = np.zeros(free.size, dtype=bool)
    if length <= free.size:
        room[: free.size - length + 1] = np.lib.stride_tricks.sliding_window_view(free, length).all(
            axis=1
        )
    return room
