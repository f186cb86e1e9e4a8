"""What plans cost over many price paths, and how the dear ones among them can be made cheaper.

The dial goes from 0, the least expected cost, to 1, the least cost of the dearest one path in ten
(P90); between them the two are weighed. An expected cost is linear in prices and found by planning
on their mean. A high quantile is not: some steps are taken, each planning on the mean of the paths
in which the plans found so far were dearest (the gradient of what the tail costs), and the best of
all plans found is taken. Each is a plan of the same batches, checked like any other; none is proven
the best for a dial above 0.

Nothing is proposed that may well cost more than the habit (``guarded``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chocolate_factory.market.calendar import to_datetime64
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.cost import repriced, savings_pct
from chocolate_factory.planning.highs import RELATIVE_GAP
from chocolate_factory.planning.plan import Block, Plan, PlanningPrices, Schedule

HIGH = 0.90
"""The quantile of cost that the dial's upper end looks at."""
STEPS = 4
HALF_A_CENT = 0.005
"""What costs differ by less than this [EUR] is seen in no figure that is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Price paths: ``eur_kwh`` [EUR/kWh] of shape (paths, n) over the periods of ``prices``."""

    prices: PlanningPrices
    eur_kwh: Floats

    def costs_eur(self, schedule: Schedule) -> Floats:
        """What a schedule costs on each path [EUR], shape (paths,).

        The electricity of its blocks, what PV and battery save of it, and what no price moves: the
        pay for surplus, what is late, and excess power.
        """
        load = load_kwh(schedule.blocks, self.prices)
        fixed = schedule.penalty_eur + schedule.excess_eur
        if schedule.site is not None:
            hours = schedule.site.resolution_s / 3600
            period = self.prices.period_of(schedule.site.start)
            load += hours * np.bincount(period, schedule.site.bought_more_kw, load.size)
            fixed -= hours * schedule.site.surplus_eur_kwh * float(schedule.site.fed_in_kw.sum())
        costs: Floats = self.eur_kwh @ load + fixed
        return costs


@dataclass(frozen=True, slots=True)
class Spread:
    """What a plan costs over the paths [EUR]: mean, and what a quarter and a tenth exceed."""

    mean_eur: float
    p75_eur: float
    p90_eur: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """The plan of least expected cost, and the one that the dial asks for, with what both may cost.

    ``plan`` is ``expected`` itself if nothing better for the dial was found.
    """

    risk: float
    expected: Plan
    expected_spread: Spread
    plan: Plan
    plan_spread: Spread

    @property
    def price_of_safety_eur(self) -> float:
        """How much more the plan costs on average [EUR]."""
        return self.plan_spread.mean_eur - self.expected_spread.mean_eur

    @property
    def gained_eur(self) -> float:
        """How much less it costs at P90 [EUR]."""
        return self.expected_spread.p90_eur - self.plan_spread.p90_eur


def spread(costs_eur: Floats) -> Spread:
    """Mean and upper quantiles of a plan's cost over paths, shape (paths,)."""
    p75, high = np.quantile(costs_eur, (0.75, HIGH))
    return Spread(float(costs_eur.mean()), float(p75), float(high))


def weigh(
    plan_at: Callable[[PlanningPrices], Plan], paths: Paths, *, risk: float, steps: int = STEPS
) -> Weighed:
    """The plan of least expected cost beside that of least ``(1 − risk)·mean + risk·P90``.

    ``plan_at`` plans the same batches at other prices. Costs of all plans are told at the prices of
    ``paths``.
    """
    expected = plan_at(paths.prices)
    own = paths.costs_eur(expected.schedule)
    best, best_costs = expected, own
    costs, tail = own, np.zeros(paths.eur_kwh.shape[1])
    for step in range(steps if risk > 0 else 0):
        dearest = costs >= np.quantile(costs, HIGH)
        tail = (tail * step + paths.eur_kwh[dearest].mean(axis=0)) / (step + 1)
        leaning = (1 - risk) * paths.prices.eur_kwh + risk * tail
        made = plan_at(replace(paths.prices, eur_kwh=leaning))
        costs = paths.costs_eur(made.schedule)
        if _objective(costs, risk) < _objective(best_costs, risk) - 1e-9:
            best, best_costs = made, costs
    if best is not expected:
        best = _at(best, expected)
    return Weighed(risk, expected, spread(own), best, spread(best_costs))


def price_of_safety(weighed: Weighed) -> str:
    """What the dial's plan costs and gains beside that of least expected cost, in words."""
    if weighed.plan is weighed.expected:
        return (
            f"weighed for safety ({weighed.risk:g} of 1): none of the plans tried is better than "
            "that of least expected cost"
        )
    return (
        f"weighed for safety ({weighed.risk:g} of 1): {weighed.price_of_safety_eur:.2f} € more on "
        f"average than the plan of least expected cost, for {weighed.gained_eur:.2f} € less in one "
        "case of ten"
    )


def guarded(
    made: Plan, usual: Plan | None, paths: Paths, *, said: str = "the habit is kept"
) -> Plan:
    """``made``, or the habit in its place if that costs less on average or in one case of four.

    The plan of least cost at the mean prices is never dearer than the habit at these, unless time
    ran out; but it may lean on hours that are cheap on average and now and then very dear.
    ``usual``: the habit, around the batches that stay where they are; None: there is none to go
    back to. ``said``: what a note calls going back to it.
    """
    costs = dearer(made.schedule, usual, paths)
    if usual is None or costs is None:
        return made
    saved = made.baseline.objective_eur - usual.schedule.objective_eur
    return replace(
        made, schedule=usual.schedule, carried=usual.carried, pinned=usual.pinned,
        savings_eur=saved, savings_pct=savings_pct(saved, made.baseline.objective_eur),
        notes=(*made.notes, f"{said}: the plan found {costs}"),
    )  # fmt: skip


def dearer(made: Schedule, usual: Plan | None, paths: Paths) -> str | None:
    """What both would cost, in words, if ``made`` costs more on average or in one case of four.

    More by what a figure shows, and by more than the solver holds for equal.
    """
    if usual is None:
        return None
    own, habit = (spread(paths.costs_eur(one)) for one in (made, usual.schedule))
    alike_eur = max(HALF_A_CENT, RELATIVE_GAP * abs(habit.mean_eur))
    if own.mean_eur <= habit.mean_eur + alike_eur and own.p75_eur <= habit.p75_eur + alike_eur:
        return None
    return (
        f"would cost {own.mean_eur:.2f} € on average and above {own.p75_eur:.2f} € in one case of "
        f"four, the habit {habit.mean_eur:.2f} € and above {habit.p75_eur:.2f} €"
    )


def saving_at(dial: float, before: Schedule, after: Schedule, paths: Paths) -> float:
    """What ``after`` costs less than ``before`` as a dial above 0 weighs the paths [EUR]."""
    was, will = (_objective(paths.costs_eur(one), dial) for one in (before, after))
    return was - will


def load_kwh(blocks: Sequence[Block], prices: PlanningPrices) -> Floats:
    """Energy that blocks take in each price period [kWh], shape (n,)."""
    start_s, end_s = (column.astype(np.int64) for column in (prices.start, prices.ends))
    load = np.zeros(start_s.size)
    for block in blocks:
        at = int(to_datetime64(block.start).astype(np.int64))
        for minutes, kw in block.phases:
            until = at + 60 * minutes
            first, last = (
                int(np.searchsorted(end_s, at, side="right")),
                int(np.searchsorted(start_s, until, side="left")),
            )
            here = slice(first, last)
            shared = np.minimum(end_s[here], until) - np.maximum(start_s[here], at)
            load[here] += kw * shared / 3600
            at = until
    return load


def _objective(costs: Floats, risk: float) -> float:
    return float((1 - risk) * costs.mean() + risk * np.quantile(costs, HIGH))


def _at(made: Plan, expected: Plan) -> Plan:
    """A plan made at leaning prices, told at the planning prices; nothing is proven of it."""
    schedule, baseline = (
        repriced(one, expected.prices) for one in (made.schedule, expected.baseline)
    )
    saved = baseline.objective_eur - schedule.objective_eur
    return replace(
        made,
        schedule=schedule,
        baseline=baseline,
        savings_eur=saved,
        savings_pct=savings_pct(saved, baseline.objective_eur),
        prices=expected.prices,
    )
