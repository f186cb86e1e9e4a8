"""The site's power in counts: contracted power, and what PV and a battery add to it.

Without either, machines and tanks together stay below the power left for the process in every
slot; where only machines draw power, that is tightened to the rows of ``planning.power``.

With PV or a battery, for every slot: what is charged c, discharged d and taken from the panels p
(all in kW), and, if surplus is paid for, fed in e. The site buys ``base + process + c − d − p + e
≥ 0``. The limit counts ``process + c − d``: a cloud must not break it, so the sun is not counted
on. Energy bought costs its price, so c costs it, d and p save it, and e costs it less the pay.
Where a price below zero, or below the pay for surplus, would make it worth while to charge and
discharge or to buy and feed in at once, a whole variable forbids it. Elsewhere to charge and
discharge at once gains nothing, but where sun is left over it costs nothing either. There it is
read as the one flow that leaves as much in the battery (``one_way``), which buys no more. No more
is discharged than the site draws or feeds in, so that flow goes nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.series import Floats
from chocolate_factory.planning.milp import Ints, Model
from chocolate_factory.planning.power import Level, power_rows
from chocolate_factory.planning.problem import KW_TOLERANCE, OwnEnergy, Problem

_BOUGHT_MORE = {"charge_kw": 1.0, "discharge_kw": -1.0, "pv_kw": -1.0, "fed_in_kw": 1.0}


def power_limit(model: Model, price: Floats) -> None:
    """Contracted power, and PV and battery at ``price`` [EUR/kWh], shape (slots,)."""
    problem = model.problem
    if problem.own_energy is not None:
        _own_energy(model, problem.own_energy, price)
    elif machines_alone(problem):
        _tight_rows(model)
    else:
        _plain_rows(model)


def _plain_rows(model: Model) -> Ints:
    """``process ≤ limit`` in every slot."""
    rows = model.add_rows(
        model.problem.slots.size, -np.inf, model.problem.process_kw + KW_TOLERANCE
    )
    for slots, columns, kw in model.drawing():
        model.add_entries(rows[slots], columns, kw)
    return rows


def _tight_rows(model: Model) -> None:
    problem = model.problem
    levels = levels_of(problem)
    if not levels:
        return
    limits, which = np.unique(np.round(problem.process_kw, 6), return_inverse=True)
    for number, limit in enumerate(limits):
        rows = power_rows(levels, float(limit))
        here = which == number
        first = [model.add_rows(int(here.sum()), -np.inf, float(upper)) for upper in rows.limit]
        running_in(model, levels, rows.coefficient, first, here)


def machines_alone(problem: Problem) -> bool:
    """Whether only machines draw power: then what may run side by side can be listed."""
    tanks = any(stage.tank is not None and stage.tank.kw for stage in problem.plant.stages)
    return problem.own_energy is None and not tanks


def running_in(
    model: Model,
    levels: tuple[Level, ...],
    coefficient: Floats,
    rows: Sequence[Ints],
    here: NDArray[np.bool_],
) -> None:
    """Enter the machines running at each level in ``rows``: for each row one per slot ``here``."""
    problem, plant = model.problem, model.problem.plant
    position = np.cumsum(here) - 1
    for grade in problem.batches:
        for number, stage in enumerate(plant.stages):
            slots = np.flatnonzero(problem.starts[grade][number])
            columns = model.starts[grade, number][slots]
            for offset, kw in enumerate(stage.slot_kw(grade, plant.slot_min)):
                if kw <= KW_TOLERANCE:
                    continue
                inside = here[slots + offset]
                at = position[slots[inside] + offset]
                level = levels.index(Level(number, float(kw), _at_once(problem, number)))
                for row, own in zip(rows, coefficient[:, level], strict=True):
                    if own:
                        model.add_entries(row[at], columns[inside], float(own))


def levels_of(problem: Problem) -> tuple[Level, ...]:
    """At what power machines of the problem run."""
    found = {
        Level(number, phase.kw, _at_once(problem, number))
        for number, stage in enumerate(problem.plant.stages)
        for grade in problem.batches
        for phase in stage.phases[grade]
        if phase.kw > KW_TOLERANCE
    }
    return tuple(sorted(found, key=lambda level: (level.stage, level.kw)))


def _at_once(problem: Problem, number: int) -> int:
    """How many machines of a stage can run at once, for what there is to make."""
    stage = problem.plant.stages[number]
    batches = sum(count for grade, count in problem.batches.items() if stage.phases[grade])
    return min(stage.machines, batches)


def _own_energy(model: Model, own: OwnEnergy, price: Floats) -> None:
    problem = model.problem
    hours = problem.plant.slot_min / 60
    everywhere = np.ones(problem.slots.size, dtype=bool)
    limit = _plain_rows(model)
    carried_kw = problem.carried_kw
    bought = model.add_rows(problem.slots.size, -(own.base_kw + carried_kw), np.inf)
    for slots, columns, kw in model.drawing():
        model.add_entries(bought[slots], columns, kw)
    sun = model.slot_columns(own.pv_kw > 0, -price * hours, own.pv_kw, integer=False)
    model.flow["pv_kw"] = sun
    model.add_entries(bought, sun, -1.0)
    if own.surplus_eur_kwh > 0:
        most = own.pv_kw + (0.0 if own.battery is None else own.battery.kw)
        cost = (price - own.surplus_eur_kwh) * hours
        fed_in = model.slot_columns(everywhere, cost, most, integer=False)
        model.flow["fed_in_kw"] = fed_in
        model.add_entries(bought, fed_in, 1.0)
    if own.battery is not None:
        _battery(model, own, price * hours, limit, bought)
    if own.surplus_eur_kwh > 0:
        _not_both(model, price < own.surplus_eur_kwh, model.flow["fed_in_kw"], most)


def one_way(problem: Problem, flow: Mapping[str, Floats]) -> Mapping[str, Floats]:
    """``flow`` with the battery charging or discharging in a slot, never both.

    What it holds after every slot stays; what both at once would have burnt is left in the panels,
    as far as they gave it, and else not bought.
    """
    own = problem.own_energy
    if own is None or own.battery is None:
        return flow
    efficiency = own.battery.efficiency
    charge, discharge = flow["charge_kw"], flow["discharge_kw"]
    into = charge - discharge / efficiency
    one_charge = np.maximum(into, 0.0)
    one_discharge = np.maximum(-into, 0.0) * efficiency
    burnt = (charge - discharge) - (one_charge - one_discharge)
    return {
        **flow,
        "charge_kw": one_charge,
        "discharge_kw": one_discharge,
        "pv_kw": np.maximum(flow["pv_kw"] - burnt, 0.0),
    }


def _drawn_or_fed_in(model: Model, own: OwnEnergy, discharge: Ints) -> None:
    """``d ≤ base + process + e``: nothing else takes what the battery gives."""
    rows = model.add_rows(discharge.size, -np.inf, own.base_kw + model.problem.carried_kw)
    model.add_entries(rows, discharge, 1.0)
    for slots, columns, kw in model.drawing():
        model.add_entries(rows[slots], columns, -kw)
    if "fed_in_kw" in model.flow:
        model.add_entries(rows, model.flow["fed_in_kw"], -1.0)


def _battery(model: Model, own: OwnEnergy, price_kw: Floats, limit: Ints, bought: Ints) -> None:
    battery, n = own.battery, model.problem.slots.size
    if battery is None:
        return
    hours, each_way = model.problem.plant.slot_min / 60, float(np.sqrt(battery.efficiency))
    charge = model.add_columns(price_kw, battery.kw, integer=False)
    discharge = model.add_columns(-price_kw, battery.kw, integer=False)
    least = np.zeros(n)
    least[-1] = battery.start_kwh
    stored = model.add_columns(np.zeros(n), battery.kwh, integer=False, lower=least)
    model.flow |= {"charge_kw": charge, "discharge_kw": discharge, "stored_kwh": stored}
    begin = np.zeros(n)
    begin[0] = own.stored_kwh
    balance = model.add_rows(n, begin, begin)
    model.add_entries(balance, stored, 1.0)
    model.add_entries(balance[1:], stored[:-1], -1.0)
    model.add_entries(balance, charge, -each_way * hours)
    model.add_entries(balance, discharge, hours / each_way)
    for rows in (limit, bought):
        model.add_entries(rows, charge, 1.0)
        model.add_entries(rows, discharge, -1.0)
    _drawn_or_fed_in(model, own, discharge)
    paid = np.flatnonzero(price_kw < 0)
    charging = model.add_columns(np.zeros(paid.size), 1.0, integer=True)
    for column, sign, upper in ((charge, -1.0, 0.0), (discharge, 1.0, battery.kw)):
        rows = model.add_rows(paid.size, -np.inf, upper)
        model.add_entries(rows, column[paid], 1.0)
        model.add_entries(rows, charging, sign * battery.kw)


def _not_both(model: Model, where: NDArray[np.bool_], fed_in: Ints, most: Floats) -> None:
    """Where buying is worth less than feeding in: never both at once."""
    problem, slots = model.problem, np.flatnonzero(where)
    own = problem.own_energy
    if own is None or slots.size == 0:
        return
    buying = model.add_columns(np.zeros(slots.size), 1.0, integer=True)
    feeds = model.add_rows(slots.size, -np.inf, most[slots])
    model.add_entries(feeds, fed_in[slots], 1.0)
    model.add_entries(feeds, buying, most[slots])
    battery_kw = 0.0 if own.battery is None else own.battery.kw
    load_kw = own.base_kw + problem.carried_kw
    buys = model.add_rows(slots.size, -np.inf, -load_kw[slots])
    position = np.full(problem.slots.size, -1)
    position[slots] = np.arange(slots.size)
    for at, columns, kw in model.drawing():
        here = position[at] >= 0
        model.add_entries(buys[position[at[here]]], columns[here], kw[here])
    for name, sign in _BOUGHT_MORE.items():
        if name in model.flow:
            model.add_entries(buys, model.flow[name][slots], sign)
    most_bought = problem.process_kw[slots] + load_kw[slots] + battery_kw
    model.add_entries(buys, buying, -most_bought)
