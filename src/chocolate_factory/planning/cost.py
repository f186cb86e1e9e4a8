"""What schedules cost at given prices, and what a plan saves against its baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import to_datetime, to_datetime64
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.plan import (
    Block,
    ExcessCharge,
    Plan,
    PlanningPrices,
    Realised,
    Schedule,
    SiteFlows,
    Status,
    Task,
    priced_eur,
)
from chocolate_factory.planning.plant import Plant


def priced(tasks: Sequence[Task], prices: PlanningPrices) -> tuple[Block, ...]:
    """Tasks with energy and cost at ``prices``, in order of start.

    Raises ``MissingData`` if prices do not cover all of them.
    """
    if not tasks:
        return ()
    order = sorted(tasks, key=lambda task: (task.start, task.end, task.stage, task.batch))
    known = _around(order, prices)
    costs, published = _costs_eur(order, known), _published(order, known)
    return tuple(
        Block(
            batch=task.batch,
            grade=task.grade,
            stage=task.stage,
            machine=task.machine,
            start=task.start,
            end=task.end,
            energy_kwh=sum(minutes * kw for minutes, kw in task.phases) / 60,
            cost_eur=float(cost),
            price_kind="published" if settled else "forecast",
            phases=task.phases,
        )
        for task, cost, settled in zip(order, costs, published, strict=True)
    )


def cost_eur(blocks: Sequence[Block], prices: PlanningPrices) -> float:
    """What the electricity of ``blocks`` costs at ``prices`` [EUR]; the planned cost is not read.

    Raises ``MissingData`` if prices do not cover them.
    """
    return float(_costs_eur(blocks, _around(blocks, prices)).sum()) if blocks else 0.0


def scheduled(
    tasks: Sequence[Task],
    prices: PlanningPrices,
    plant: Plant,
    *,
    status: Status,
    bound_eur: float | None = None,
    penalty_eur: float = 0.0,
    site: SiteFlows | None = None,
    excess: tuple[ExcessCharge, ...] = (),
) -> Schedule:
    """The schedule made of ``tasks`` at ``prices``; kilograms are those leaving the last stage."""
    blocks = priced(tasks, prices)
    objective_eur = priced_eur(blocks) + penalty_eur
    objective_eur += sum(charge.eur for charge in excess)
    if site is not None:
        objective_eur += site_eur(site, prices)
    last = {grade: plant.stages[plant.route(grade)[-1]].name for grade in plant.grades}
    kg: dict[str, float] = {}
    for block in blocks:
        if block.stage == last[block.grade]:
            kg[block.grade] = kg.get(block.grade, 0.0) + plant.kg(block.grade)
    bound = None if bound_eur is None else min(bound_eur, objective_eur)
    return Schedule(
        status=status,
        objective_eur=objective_eur,
        bound_eur=bound,
        gap=None if bound is None else relative_gap(objective_eur, bound),
        energy_kwh=float(sum(block.energy_kwh for block in blocks)),
        kg=dict(sorted(kg.items())),
        blocks=blocks,
        penalty_eur=penalty_eur,
        site=site,
        excess=excess,
    )


def repriced(schedule: Schedule, prices: PlanningPrices) -> Schedule:
    """``schedule`` told at other prices; nothing is proven of it there.

    Late orders and excess power cost what they did. Raises ``MissingData`` if prices do not cover
    it.
    """
    tasks = [
        Task(one.batch, one.grade, one.stage, one.machine, one.start, one.end, one.phases)
        for one in schedule.blocks
    ]
    blocks = priced(tasks, prices)
    besides = 0.0 if schedule.site is None else site_eur(schedule.site, prices)
    fixed = schedule.penalty_eur + schedule.excess_eur
    return replace(
        schedule,
        status="feasible",
        bound_eur=None,
        gap=None,
        blocks=blocks,
        objective_eur=priced_eur(blocks) + fixed + besides,
    )


def site_eur(site: SiteFlows, prices: PlanningPrices) -> float:
    """What PV and battery add to the bill at ``prices`` [EUR]; below zero if they save.

    Raises ``MissingData`` if prices do not cover them.
    """
    end = site.start[-1] + np.timedelta64(site.resolution_s, "s")
    known = prices.covering(to_datetime(site.start[0]), to_datetime(end))
    hours = site.resolution_s / 3600
    price = known.eur_kwh[known.period_of(site.start)]
    return float(
        hours * (price @ site.bought_more_kw - site.surplus_eur_kwh * site.fed_in_kw.sum())
    )


def relative_gap(objective_eur: float, bound_eur: float) -> float:
    """(objective − bound) / |objective|; 0 where they agree to a millionth of a euro."""
    if objective_eur - bound_eur <= 1e-6:
        return 0.0
    return (objective_eur - bound_eur) / max(abs(objective_eur), 1e-6)


def savings_pct(savings_eur: float, baseline_eur: float) -> float:
    """Savings as a percentage of what the baseline costs; 0 where that costs nothing."""
    return 100 * savings_eur / abs(baseline_eur) if baseline_eur else 0.0


def realise(plan: Plan, actual: PlanningPrices) -> Realised:
    """Plan and baseline as planned, at ``actual`` prices.

    Raises ``MissingData`` if those do not cover every block of both.
    """
    plan_eur = _schedule_eur(plan.schedule, actual)
    baseline_eur = _schedule_eur(plan.baseline, actual)
    saved = baseline_eur - plan_eur
    return Realised(plan_eur, baseline_eur, saved, savings_pct(saved, baseline_eur))


def _schedule_eur(schedule: Schedule, actual: PlanningPrices) -> float:
    besides = 0.0 if schedule.site is None else site_eur(schedule.site, actual)
    fixed = schedule.penalty_eur + schedule.excess_eur
    return cost_eur(schedule.blocks, actual) + fixed + besides


def _around(tasks: Sequence[Task | Block], prices: PlanningPrices) -> PlanningPrices:
    return prices.covering(min(task.start for task in tasks), max(task.end for task in tasks))


def _costs_eur(tasks: Sequence[Task | Block], prices: PlanningPrices) -> Floats:
    """Cost of each task [EUR], shape (tasks,): power × the integral of price over each phase."""
    edges_s = np.append(prices.start, prices.ends[-1]).astype(np.int64)
    paid = np.concatenate([[0.0], np.cumsum(prices.eur_kwh * prices.resolution_s / 3600)])
    owner: list[int] = []
    starts_s: list[int] = []
    ends_s: list[int] = []
    kw: list[float] = []
    for number, task in enumerate(tasks):
        at = int(to_datetime64(task.start).astype(np.int64))
        for minutes, power in task.phases:
            owner.append(number)
            starts_s.append(at)
            at += minutes * 60
            ends_s.append(at)
            kw.append(power)
    spent = np.interp(ends_s, edges_s, paid) - np.interp(starts_s, edges_s, paid)
    costs = np.zeros(len(tasks))
    np.add.at(costs, owner, spent * np.array(kw))
    return costs


def _published(tasks: Sequence[Task], prices: PlanningPrices) -> NDArray[np.bool_]:
    """Whether every price under each task is published, shape (tasks,)."""
    first = prices.period_of(np.array([to_datetime64(task.start) for task in tasks]))
    last = prices.period_of(
        np.array([to_datetime64(task.end) - np.timedelta64(1, "s") for task in tasks])
    )
    forecasts = np.concatenate([[0], np.cumsum(~prices.published)])
    none: NDArray[np.bool_] = forecasts[last + 1] == forecasts[first]
    return none
