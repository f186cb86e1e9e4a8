"""What excess power costs, in linear rows: a cone in the plane of every quarter-hour.

A quarter-hour meter charges t = ‖(S, e)‖ − S for the excess e of the quarter-hours and the month so
far S. Split into shares (Vielma, Dunning, Huchette and Lubin, 2017), that is::

    Σ z_q + z_0 ≤ t,   e_q² ≤ z_q · t for every quarter-hour,   S² ≤ z_0 · t

and each small cone is cut by tangents ``z ≥ 2a·e − a²·t``, exact where e = a·t. A tangent holds
everywhere, so the programme never charges more than is due; and because the shares are apart, the
tangents of one slope hold for every quarter-hour at once, wherever its excess is moved. Slopes are
added where the solution is not exact (``planning.solve``), so the error is known and made small.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chocolate_factory.market.excess import NOISE_KW, Metering
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.excess_power import ExcessTerms
from chocolate_factory.planning.milp import Ints, Milp, Model
from chocolate_factory.planning.power import lifted_rows
from chocolate_factory.planning.problem import KW_TOLERANCE
from chocolate_factory.planning.site_power import levels_of, machines_alone, running_in

Slopes = Sequence[Floats]
"""Slopes of the tangents, by number of the group."""

FIRST_SLOPES = (1.0, 0.5, 0.25)
ABOVE, SHARE, REST, CHARGED = "excess_kw", "excess_share", "excess_rest", "excess_charged"
_SAME_SLOPE = 1e-7
_SLACK_KW = 10 * KW_TOLERANCE


def first_slopes(terms: ExcessTerms) -> Slopes:
    """Where to begin."""
    return [np.array(FIRST_SLOPES)] * len(terms.groups)


def excess_cost(model: Model, slopes: Slopes | None) -> None:
    """Charge what lies above contracted power, if the problem prices it."""
    terms = model.problem.excess
    if terms is None:
        return
    above, most = _above(model, terms)
    share = np.full(above.size, -1, dtype=np.int64)
    charged = np.full(len(terms.groups), -1, dtype=np.int64)
    rest = charged.copy()
    own_slopes = slopes if slopes is not None else first_slopes(terms)
    for number, group in enumerate(terms.groups):
        own = np.flatnonzero((terms.group == number) & (above >= 0))
        if own.size == 0:
            continue
        so_far = group.so_far_kw
        limit = terms.size_kw(most[own] + _SLACK_KW, so_far) - so_far
        charged[number] = model.add_columns(np.full(1, group.rate_eur_kw), limit, integer=False)[0]
        if terms.how is Metering.HIGHEST:
            rows = model.add_rows(own.size, -np.inf, so_far)
            model.add_entries(rows, above[own], 1.0)
            model.add_entries(rows, np.repeat(charged[number], own.size), -1.0)
            continue
        share[own] = model.add_columns(np.zeros(own.size), most[own] + _SLACK_KW, integer=False)
        rest[number] = model.add_columns(np.zeros(1), so_far, integer=False)[0]
        columns = above[own], share[own], int(rest[number]), int(charged[number])
        _cone(model, columns, so_far, own_slopes[number])
    model.extra |= {ABOVE: above, SHARE: share, REST: rest, CHARGED: charged}


def _above(model: Model, terms: ExcessTerms) -> tuple[Ints, Floats]:
    """Columns of the excess of each quarter-hour [kW], −1 where there can be none, and its most."""
    problem, count = model.problem, terms.slots_in
    own = problem.own_energy
    battery_kw = 0.0 if own is None or own.battery is None else own.battery.kw
    reach = np.bincount(terms.quarter, problem.process_kw, terms.room_kw.size) / count
    most = np.maximum(reach - terms.room_kw, 0.0)
    weight = 1.0 / count[terms.quarter]
    begun = np.zeros(terms.room_kw.size, dtype=bool)
    entries = list(model.drawing())
    for slots, _, _ in entries:
        begun[terms.quarter[slots]] = True
    may = (most > 0) & (begun | (battery_kw > 0) | (terms.room_kw < 0))
    columns = model.slot_columns(may, np.zeros(may.size), most + _SLACK_KW, integer=False)
    rows = model.add_rows(may.size, -np.inf, terms.room_kw)
    model.add_entries(rows, columns, -1.0)
    for slots, drawing, kw in entries:
        inside = may[terms.quarter[slots]]
        model.add_entries(
            rows[terms.quarter[slots[inside]]], drawing[inside],
            (kw * weight[slots])[inside],
        )  # fmt: skip
    for name, sign in (("charge_kw", 1.0), ("discharge_kw", -1.0)):
        if name in model.flow:
            model.add_entries(rows[terms.quarter], model.flow[name], sign * weight)
    _tightened(model, terms, columns)
    return columns, most


def _tightened(model: Model, terms: ExcessTerms, above: Ints) -> None:
    """Half a machine pays its share of a whole one's excess, where machines can be listed."""
    problem = model.problem
    levels = levels_of(problem)
    if not machines_alone(problem) or not levels or terms.room_kw.size != problem.slots.size:
        return
    rooms, which = np.unique(np.round(terms.room_kw, 6), return_inverse=True)
    for number, room in enumerate(rooms):
        lifted = lifted_rows(levels, float(room))
        here = (which == number) & (above >= 0)
        if lifted is None or not here.any():
            continue
        rows = [model.add_rows(int(here.sum()), -np.inf, float(upper)) for upper in lifted.limit]
        running_in(model, levels, lifted.coefficient, rows, here)
        for row, slack in zip(rows, lifted.slack, strict=True):
            model.add_entries(row, above[here], -float(slack))


def _cone(
    model: Model, columns: tuple[Ints, Ints, int, int], so_far: float, slopes: Floats
) -> None:
    """``Σ z + z_0 ≤ S + t`` and the tangents, t being what is charged beyond S."""
    above, share, rest, charged = columns
    total = model.add_rows(1, -np.inf, so_far)
    model.add_entries(np.repeat(total, share.size), share, 1.0)
    model.add_entries(total, np.array([rest]), 1.0)
    model.add_entries(total, np.array([charged]), -1.0)
    for slope in slopes:
        rows = model.add_rows(above.size, -(slope**2) * so_far, np.inf)
        model.add_entries(rows, share, 1.0)
        model.add_entries(rows, above, -2.0 * slope)
        model.add_entries(rows, np.repeat(charged, above.size), slope**2)
        if so_far > 0:
            row = model.add_rows(1, (2 * slope - slope**2) * so_far, np.inf)
            model.add_entries(row, np.array([rest]), 1.0)
            model.add_entries(row, np.array([charged]), slope**2)


def exactly_charged(
    value: Floats, milp: Milp, terms: ExcessTerms, slopes: Slopes
) -> tuple[Floats, Slopes]:
    """A solution with its excess charged in full, and the slopes at which it would have been.

    The excess itself is taken at its least: what lies above contracted power in it, no more.
    """
    value, wanted = value.copy(), list(slopes)
    above, share, rest, charged = (milp.extra[name] for name in (ABOVE, SHARE, REST, CHARGED))
    there = above[above >= 0]
    value[there] = _least_excess(value, milp, there)
    for number, group in enumerate(terms.groups):
        if charged[number] < 0:
            continue
        own = np.flatnonzero((terms.group == number) & (above >= 0))
        excess = value[above[own]]
        total = terms.size_kw(excess, group.so_far_kw)
        value[charged[number]] = total - group.so_far_kw
        if terms.how is Metering.HIGHEST or total <= 0:
            continue
        value[share[own]] = excess**2 / total
        value[rest[number]] = group.so_far_kw**2 / total
        told = np.append(excess[excess > 0], group.so_far_kw) / total
        wanted[number] = _with(slopes[number], told[told > _SAME_SLOPE])
    return value, wanted


def _least_excess(value: Floats, milp: Milp, above: Ints) -> Floats:
    """What the columns ``above`` must be at the least: their first row says so."""
    column = np.repeat(np.arange(value.size), np.diff(milp.begin))
    activity = np.bincount(milp.rows, milp.values * value[column], milp.row_upper.size)
    row = milp.rows[milp.begin[above]]
    least = activity[row] + value[above] - milp.row_upper[row]
    return np.where(least > NOISE_KW, least, 0.0)


def _with(known: Floats, told: Floats) -> Floats:
    new = np.unique(np.round(told, 7))
    apart = np.abs(new[:, None] - known[None, :]).min(axis=1) > _SAME_SLOPE
    return np.concatenate([known, new[apart]])
