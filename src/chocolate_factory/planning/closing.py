"""One day's account: what its orders cost by habit, as planned and as it went, frozen.

A day's account is about the batches of the orders that belong to that day, whenever they were made.
So habit and plan are of the same batches every day, and days add up. All costs are process energy
under the contract, electricity tax in, VAT out, at actual prices unless said. Definitions are in
``docs/savings.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory.errors import Infeasible, MissingData
from chocolate_factory.market.calendar import (
    MADRID,
    delivery_day,
    local_instant,
    local_midnight,
)
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.regulated import carried_forward
from chocolate_factory.planning.ambient import Weather, ambient_notes
from chocolate_factory.planning.baseline import habit
from chocolate_factory.planning.batches_made import Made
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.cost import cost_eur, priced
from chocolate_factory.planning.orders import DAY, Demand
from chocolate_factory.planning.plan import Block, PlanningPrices, priced_eur
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import build_problem
from chocolate_factory.planning.recover import recover

LEVEL_DAYS = 28
"""The price level is told against the same hours so many days before."""
HABIT_EARLY = 7 * DAY
"""The habit may begin so long before a day that leaves no room for its batches."""
HABIT_LATE = 14 * DAY
"""So late may it be, where nothing lets it be on time: after holidays, say."""


_ATTEMPTS = ((0, 0), (HABIT_EARLY.days, 0), *((0, late) for late in range(1, HABIT_LATE.days + 1)))
"""How many days before its own the habit may begin, and how many it may be late."""


@dataclass(frozen=True, slots=True)
class DayAccount:
    """What one day's orders cost, by each way of working.

    Parameters
    ----------
    day
        Madrid day that the orders belong to.
    revision, reason
        0 and "" when closed first; each later closing has the next number and says why.
    batches, missing
        Batches made for the day's orders, and those that were ordered and not made.
    kg, energy_kwh
        What was made [kg] and took, measured where it was [kWh].
    baseline_eur
        The habit's cost of the same batches [EUR].
    planned_eur
        What the plans that began them expected, at their own planning prices [EUR].
    as_planned_eur
        The same times at actual prices [EUR].
    actual_eur
        As it went: at the times that were reported, else as planned; energy as measured, else by
        the recipe [EUR].
    shifting_eur, early_eur
        What the saving is made of [EUR]: other hours, of batches that began on their own day or
        later, and of batches that began before it. They add up to the saving.
    consumption_eur
        What energy measured below the recipe cost less (negative: above, more) [EUR]. Habit and
        plan are of the recipe's energy, so this is no part of the saving.
    level_eur
        What the habit would have cost at the prices of the same hours four weeks before, less
        ``baseline_eur`` [EUR]; None if those prices are not known. Not part of the saving.
    blocks, reported, measured
        Blocks of these batches, how many of them were reported, how many measured.
    late_blocks
        Reported blocks that began more than a planning step after they were planned to.
    uids
        The batches booked.
    habit_blocks, made_blocks
        The habit's blocks, priced at actual prices, and those that were made.
    plant, contract, tariff
        What it rests on: hashes of plant and contract, and the access tariff.
    prices
        The prices of the hours that any of these blocks lies in: delivery start [epoch s], length
        [s], price [EUR/kWh].
    notes
        What a reader must know.
    """

    day: date
    revision: int
    reason: str
    batches: int
    missing: int
    kg: float
    energy_kwh: float
    baseline_eur: float
    planned_eur: float
    as_planned_eur: float
    actual_eur: float
    shifting_eur: float
    early_eur: float
    consumption_eur: float
    level_eur: float | None
    blocks: int
    reported: int
    measured: int
    late_blocks: int
    uids: tuple[str, ...]
    habit_blocks: tuple[Block, ...]
    made_blocks: tuple[Block, ...]
    plant: str
    contract: str
    tariff: str
    prices: tuple[tuple[int, int, float], ...]
    notes: tuple[str, ...]

    @property
    def by_recipe_eur(self) -> float:
        """What it cost at the times it went, had it taken the energy of the recipe [EUR]."""
        return self.actual_eur + self.consumption_eur

    @property
    def saving_eur(self) -> float:
        """The habit's cost less that of the same energy at the times it went [EUR]."""
        return self.baseline_eur - self.by_recipe_eur


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A day that has no account, for the ``reason`` given, and the batches made for its orders.

    ``at``: since when it is left out.
    """

    day: date
    reason: str
    uids: tuple[str, ...]
    at: datetime

    @property
    def note(self) -> str:
        """What to say of it."""
        return f"{self.day} has no account and is in no sum: {self.reason}"


@dataclass(frozen=True, slots=True)
class Basis:
    """What an account rests on: the plant, the contract, and hashes of both."""

    plant: Plant
    contract: Contract
    plant_hash: str
    contract_hash: str


def order_day(demand: Demand) -> date:
    """The Madrid day that an order belongs to: on which the habit begins it."""
    return demand.day or delivery_day(demand.release)


def assigned(demands: Sequence[Demand], made: Sequence[Made]) -> dict[str, list[Made]]:
    """Batches by demand name: those made first go to the order due first, grade by grade."""
    left = sorted(made, key=lambda one: (one.begin, one.uid))
    given: dict[str, list[Made]] = {}
    for demand in sorted(demands, key=lambda demand: demand.due):
        own = [one for one in left if one.grade == demand.grade][: demand.batches]
        given.setdefault(demand.name, []).extend(own)
        left = [one for one in left if one not in own]
    return given


def close_day(
    day: date,
    demands: Sequence[Demand],
    given: Mapping[str, Sequence[Made]],
    actual: PlanningPrices,
    *,
    before: Sequence[Block],
    four_weeks_ago: PlanningPrices | None,
    weather: Weather | None,
    basis: Basis,
    revision: int = 0,
    reason: str = "",
) -> DayAccount:
    """The account of ``day``, whose orders are ``demands``, made with the batches ``given``.

    ``before``: blocks of the habit of the days before, as far back as it may begin early.
    ``actual`` covers all blocks; ``four_weeks_ago`` the same hours four weeks before. ``weather``:
    as it was, for the limits that the habit keeps as well.

    Raises ``MissingData`` if a price is not known, ``Infeasible`` if the habit could not have been.
    """
    made = [one for demand in demands for one in given[demand.name]]
    ordered = sum(demand.batches for demand in demands)
    wanted = [
        replace(demand, batches=len(given[demand.name])) for demand in demands if given[demand.name]
    ]
    usual, notes = _habit(day, wanted, actual, before=before, weather=weather, basis=basis)
    went = [block for one in made for block in one.went]
    recipe = {one.uid: cost_eur(one.went, actual) for one in made}
    paid = {one.uid: _paid(one, actual) for one in made}
    by_habit = _paired(demands, given, usual, actual)
    early = {one.uid for demand in demands for one in given[demand.name]
             if one.begin < demand.release}  # fmt: skip
    baseline_eur = sum(by_habit.values())
    ends = [block.end for block in (*usual, *went)]
    return DayAccount(
        day=day,
        revision=revision,
        reason=reason,
        batches=len(made),
        missing=ordered - len(made),
        kg=sum(basis.plant.kg(one.grade) for one in made),
        energy_kwh=sum(
            one.measured_kwh.get(block.stage, block.energy_kwh)
            for one in made
            for block in one.went
        ),
        baseline_eur=baseline_eur,
        planned_eur=priced_eur(block for one in made for block in one.planned),
        as_planned_eur=sum(cost_eur(one.planned, actual) for one in made),
        actual_eur=sum(paid.values()),
        shifting_eur=sum(by_habit[uid] - recipe[uid] for uid in recipe if uid not in early),
        early_eur=sum(by_habit[uid] - recipe[uid] for uid in early),
        consumption_eur=sum(recipe.values()) - sum(paid.values()),
        level_eur=_level_eur(usual, four_weeks_ago, baseline_eur),
        blocks=len(went),
        reported=sum(len(one.reported) for one in made),
        measured=sum(len(one.measured_kwh) for one in made),
        late_blocks=sum(_late(one, basis.plant.slot) for one in made),
        uids=tuple(one.uid for one in made),
        habit_blocks=usual,
        made_blocks=tuple(went),
        plant=basis.plant_hash,
        contract=basis.contract_hash,
        tariff=str(basis.contract.tariff),
        prices=_rows(actual, [*usual, *went, *(b for one in made for b in one.planned)]),
        notes=(*notes, *(carried_forward(max(ends)) if ends else ())),
    )


def habit_is_late(days: int) -> str:
    """What to say where the habit can only make the orders late."""
    return f"the habit would be up to {days} {'day' if days == 1 else 'days'} late"


def _habit(
    day: date,
    wanted: Sequence[Demand],
    actual: PlanningPrices,
    *,
    before: Sequence[Block],
    weather: Weather | None,
    basis: Basis,
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """What the habit makes for ``day``: first in, first out, from its first shift on.

    Where that day leaves no room it begins on one before, as a plan's baseline does, and is late
    where that does not help either.
    """
    if not wanted:
        return (), ()
    for early, late in (
        (0 * DAY, 0),
        (HABIT_EARLY, 0),
        *((0 * DAY, days) for days in range(1, HABIT_LATE.days + 1)),
    ):
        start = local_midnight(day) - early
        due = [replace(demand, due=demand.due + late * DAY) for demand in wanted]
        end = max(demand.due for demand in due)
        running = [block for block in before if block.end > start]
        try:
            prices = actual.covering(start, end)
        except MissingData:
            if early:
                continue
            raise
        problem = build_problem(
            basis.plant, due, prices, start=start, end=end,
            contract=basis.contract, carried=running, weather=weather,
        )  # fmt: skip
        usual = habit(problem)
        if usual is not None:
            tasks = recover(problem, usual.starts).tasks
            said = [habit_is_late(late)] if late else []
            said += ambient_notes(basis.plant, weather, problem.slots)
            return priced(tasks, actual), (*usual.notes, *said)
    raise Infeasible((f"the habit cannot make the orders of {day} at all",))


def _paired(
    demands: Sequence[Demand],
    given: Mapping[str, Sequence[Made]],
    usual: Sequence[Block],
    actual: PlanningPrices,
) -> dict[str, float]:
    """The habit's cost of each batch made: the first of a grade beside the first of that grade."""
    costs: dict[str, list[float]] = {}
    for batch in batches_of(usual):
        costs.setdefault(batch[0].grade, []).append(cost_eur(batch, actual))
    paired: dict[str, float] = {}
    for grade, own in costs.items():
        made = sorted(
            (one for demand in demands if demand.grade == grade for one in given[demand.name]),
            key=lambda one: (one.begin, one.uid),
        )
        paired |= {one.uid: cost for one, cost in zip(made, own, strict=True)}
    return paired


def _paid(made: Made, actual: PlanningPrices) -> float:
    """What a batch cost as it went: measured energy at the mean price of its hours."""
    total = 0.0
    for block in made.went:
        cost = cost_eur((block,), actual)
        measured = made.measured_kwh.get(block.stage)
        if measured is not None and block.energy_kwh:
            cost *= measured / block.energy_kwh
        total += cost
    return total


def _rows(prices: PlanningPrices, blocks: Sequence[Block]) -> tuple[tuple[int, int, float], ...]:
    if not blocks:
        return ()
    first = min(block.start for block in blocks).timestamp()
    last = max(block.end for block in blocks).timestamp()
    rows = zip(
        prices.start.astype(np.int64).tolist(),
        prices.resolution_s.tolist(),
        prices.eur_kwh.tolist(),
        strict=True,
    )
    return tuple(row for row in rows if row[0] + row[1] > first and row[0] < last)


def _late(made: Made, slot: timedelta) -> int:
    """Reported blocks that began more than a slot after they were planned to."""
    planned = {block.stage: block.start for block in made.planned}
    told = [block for block in made.went if block.stage in made.reported]
    return sum(block.start - planned[block.stage] > slot for block in told)


def _level_eur(
    usual: Sequence[Block], four_weeks_ago: PlanningPrices | None, baseline_eur: float
) -> float | None:
    if four_weeks_ago is None:
        return None
    try:
        then = sum(cost_eur((_moved_back(block),), four_weeks_ago) for block in usual)
    except MissingData:
        return None
    return then - baseline_eur


def _moved_back(block: Block) -> Block:
    """The block at the same wall-clock time four weeks before."""
    wall = block.start.astimezone(MADRID)
    start: datetime = local_instant(wall.date() - LEVEL_DAYS * DAY, wall.time())
    return replace(block, start=start, end=start + (block.end - block.start))
