"""What is found in prices, weather and plans: each read from the store once, no model is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory import pipeline
from chocolate_factory.alerting.planned import first_plan_alert, infeasible_alert
from chocolate_factory.insights.advice.answer import AmbientLimit, LimitKind
from chocolate_factory.insights.alerts import (
    WINDOW_DAYS,
    AirKind,
    AirLimit,
    Alert,
    AlertKind,
    Basis,
    Gravity,
    Paid,
    Value,
    air_alerts,
    excess_alerts,
    price_alerts,
)
from chocolate_factory.insights.paid import PaidPrices, paid_prices, settled_prices
from chocolate_factory.market.calendar import (
    HOUR,
    Instants,
    delivery_day,
    local_midnight,
    periods,
    to_datetime64,
)
from chocolate_factory.market.catalog import DAY, SITE_POWER
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.ambient import indoor_conditions
from chocolate_factory.planning.plan import Block, Plan, PlanningPrices
from chocolate_factory.planning.risk import load_kwh
from chocolate_factory.planning.site_curve import plan_curve
from chocolate_factory.standing import Standing
from chocolate_factory.store.base import Store

AIR_DAYS = 3
"""Weather is foreseen this far: beyond, its forecasts err more than limits are wide."""

_TOLD: Mapping[LimitKind, AirKind] = {
    "max_c": AlertKind.HEAT,
    "min_c": AlertKind.COLD,
    "max_humidity_pct": AlertKind.HUMIDITY,
}


def found_ahead(
    store: Store,
    task: PlanTask,
    standing: Standing,
    limits: Sequence[AmbientLimit],
    *,
    as_of: datetime,
) -> tuple[Alert, ...]:
    """What today's and tomorrow's prices and the coming days' weather bring.

    ``limits`` of the plant's stages.
    """
    plan = None if standing.in_force is None else standing.in_force.plan
    return (
        *_of_prices(store, task, plan, as_of),
        *_of_air(store, task, plan, limits, as_of),
    )


def found_in_plans(
    store: Store, task: PlanTask, standing: Standing, *, as_of: datetime
) -> tuple[Alert, ...]:
    """What there is to know of plans: none possible, a first one, a better one, more power than
    contracted."""
    infeasible = infeasible_alert(store, as_of=as_of)
    first = first_plan_alert(store, as_of=as_of)
    better = _better(standing)
    return (
        *(one for one in (infeasible, first, better) if one is not None),
        *_of_power(store, task, standing, as_of),
    )


def _of_prices(
    store: Store, task: PlanTask, plan: Plan | None, as_of: datetime
) -> tuple[Alert, ...]:
    midnight = local_midnight(delivery_day(as_of))
    coming = _coming(store, task, as_of)
    if coming is None:
        return ()
    past = pipeline.actual_prices(
        store, task.contract, midnight - WINDOW_DAYS * DAY, midnight, as_of=as_of
    )
    kwh = None if plan is None else _planned_kwh(plan, coming)
    return price_alerts(coming, Paid(past.resolution_s, past.eur_kwh), kwh, as_of=as_of)


def _coming(store: Store, task: PlanTask, as_of: datetime) -> PaidPrices | None:
    """What a kWh costs today and tomorrow, as far as that is known."""
    first = delivery_day(as_of)
    begin, end = local_midnight(first), local_midnight(first + 2 * DAY)
    if task.contract.market is None:
        return settled_prices(task.contract, begin, end)
    ahead = pipeline.known_ahead(store, task.contract.market, as_of)
    return None if ahead is None else paid_prices(ahead, task.contract).between(begin, end)


def _planned_kwh(plan: Plan, coming: PaidPrices) -> Floats:
    frame = PlanningPrices(coming.start, coming.resolution_s, coming.eur_kwh, coming.published)
    return load_kwh(_blocks(plan), frame)


def _blocks(plan: Plan) -> tuple[Block, ...]:
    return (*plan.carried, *plan.schedule.blocks)


def _of_air(
    store: Store,
    task: PlanTask,
    plan: Plan | None,
    limits: Sequence[AmbientLimit],
    as_of: datetime,
) -> tuple[Alert, ...]:
    begin = local_midnight(delivery_day(as_of))
    end = local_midnight(delivery_day(as_of) + AIR_DAYS * DAY)
    hours = periods(begin, end, HOUR)
    weather = pipeline.weather_before(store, begin, end, as_of=as_of)
    modelled = task.plant.indoor is not None
    if modelled:
        indoor = indoor_conditions(task.plant.indoor, weather, hours)
        temperature_c, humidity_pct = indoor.temperature_c, indoor.humidity_pct
    else:
        temperature_c = weather.temperature_c[-hours.size :]
        humidity_pct = weather.humidity_pct[-hours.size :]
    return air_alerts(
        hours,
        [
            AirLimit(
                stage=limit.stage,
                kind=_TOLD[limit.kind],
                bound=limit.bound,
                foreseen=humidity_pct if limit.kind == "max_humidity_pct" else temperature_c,
                where="inside" if modelled else "outside",
                runs=None if plan is None else _runs(plan, limit.stage, hours),
            )
            for limit in limits
        ],
        as_of=as_of,
    )


def _runs(plan: Plan, stage: str, hours: Instants) -> NDArray[np.bool_]:
    runs = np.zeros(hours.size, dtype=bool)
    for block in _blocks(plan):
        if block.stage == stage:
            begin, end = to_datetime64(block.start), to_datetime64(block.end)
            runs |= (hours < end) & (hours + np.timedelta64(3600, "s") > begin)
    return runs


def _better(standing: Standing) -> Alert | None:
    proposal, proposed = standing.proposal, standing.proposed
    if proposal is None or proposed is None:
        return None
    before = proposed.note.before_eur
    after = proposal.plan.schedule.objective_eur
    eur = None if before is None else before - after
    basis = Basis.SAVES
    if eur is None:
        basis = Basis.CANNOT_BE_KEPT
    elif eur <= 0:
        basis = Basis.SAFER
    values: dict[str, Value] = {"plan_id": proposal.plan_id, "after_eur": after}
    if before is not None:
        values["before_eur"] = before
    return Alert(
        code=f"better-plan:{proposal.plan_id}",
        kind=AlertKind.BETTER_PLAN,
        gravity=Gravity.CRITICAL if eur is None else Gravity.NOTICE,
        values=values,
        eur=None if basis is Basis.SAFER else eur,
        basis=basis,
        valid_until=proposal.plan.start,
    )


def _of_power(
    store: Store, task: PlanTask, standing: Standing, as_of: datetime
) -> tuple[Alert, ...]:
    contract, plant = task.contract, task.plant
    if standing.in_force is None or standing.in_force.plan.end <= as_of:
        return ()
    if contract.tariff is Tariff.TD20 and contract.contracted_kw is None:
        return ()  # the plant file's powers are those of six periods
    plan = standing.in_force.plan
    begin = local_midnight(delivery_day(as_of))
    end = local_midnight(delivery_day(plan.end) + DAY)
    curve = plan_curve(plan, plant, start=begin, end=end)
    month = local_midnight(delivery_day(as_of).replace(day=1))
    meter = store.read(SITE_POWER, month, as_of, as_of=as_of)
    return excess_alerts(
        contract.tariff,
        contract.contracted_kw or plant.contracted_kw,
        expected=(curve.start, curve.kw),
        measured=(meter.start, meter.value),
        as_of=as_of,
    )
