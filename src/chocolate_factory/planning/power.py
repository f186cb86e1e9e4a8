"""The site's power limit as tight linear rows.

Machines draw power in lumps, so what may run side by side is a set of whole numbers, and the plain
row ``Σ kW × running ≤ limit`` admits fractions of machines that no whole choice comes near. With
few machines every choice can be listed; the rows found here touch the hull of the feasible ones
and lead the solver to a proof sooner. They never cut a feasible choice off, and together they cut
off every infeasible one: both are checked on the list, choice by choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.series import Floats

MAX_COEFFICIENT = 3
MAX_WORK = 4_000_000
"""Candidate rows times choices that are listed at most; beyond it the plain row stands alone."""

_TOLERANCE_KW = 1e-6


@dataclass(frozen=True, slots=True)
class Level:
    """Machines of one stage that run at one power; at most ``machines`` of a stage run at once."""

    stage: int
    kw: float
    machines: int


@dataclass(frozen=True, slots=True, eq=False)
class PowerRows:
    """``coefficient @ running ≤ limit``: shapes (rows, levels) and (rows,)."""

    coefficient: Floats
    limit: Floats


def power_rows(levels: tuple[Level, ...], limit_kw: float) -> PowerRows:
    """Rows that hold for the numbers of machines running at each level iff power is in the limit.

    No rows at all if every machine may run at once.
    """
    reached = reached_kw(levels)
    if reached is None:
        return PowerRows(np.array([[level.kw for level in levels]]), np.array([limit_kw]))
    at = int(np.searchsorted(reached, limit_kw + _TOLERANCE_KW, side="right")) - 1
    return _rows(levels, float(reached[max(at, 0)]))


@dataclass(frozen=True, slots=True, eq=False)
class LiftedRows:
    """``coefficient @ running ≤ limit + slack · excess``: (rows, levels), (rows,) and (rows,)."""

    coefficient: Floats
    limit: Floats
    slack: Floats


@lru_cache(maxsize=1024)
def lifted_rows(levels: tuple[Level, ...], room_kw: float) -> LiftedRows | None:
    """The rows of ``power_rows`` for a limit that may be exceeded by ``excess`` [kW], at a price.

    The slack of each is the least that cuts off no number of machines running, their excess over
    ``room_kw`` being what it is. None if machines are too many to list.
    """
    reached = reached_kw(levels)
    if reached is None:
        return None
    at = int(np.searchsorted(reached, room_kw + _TOLERANCE_KW, side="right")) - 1
    if at < 0:
        return LiftedRows(np.zeros((0, len(levels))), np.zeros(0), np.zeros(0))
    rows = _rows(levels, float(reached[at]))
    choices = _choices(levels)
    excess = choices @ np.array([level.kw for level in levels]) - room_kw
    above = excess > _TOLERANCE_KW
    over = choices[above] @ rows.coefficient.T - rows.limit
    slack = (over / excess[above, None]).max(axis=0, initial=0.0)
    return LiftedRows(rows.coefficient, rows.limit, slack)


@lru_cache(maxsize=64)
def reached_kw(levels: tuple[Level, ...]) -> Floats | None:
    """Every power that the machines can draw together [kW], rising; None if they are too many."""
    count = int(np.prod([_choices_of_stage(own, n) for own, n in _by_stage(levels)], dtype=float))
    if count * (MAX_COEFFICIENT + 1.0) ** len(levels) > MAX_WORK:
        return None
    kw = np.array([level.kw for level in levels])
    reached: Floats = np.unique(np.round(_choices(levels) @ kw, 6))
    return reached


@lru_cache(maxsize=1024)
def _rows(levels: tuple[Level, ...], limit_kw: float) -> PowerRows:
    """Rows for a limit that the machines can reach."""
    kw = np.array([level.kw for level in levels])
    plain = PowerRows(kw[None, :], np.array([limit_kw]))
    choices = _choices(levels)
    feasible = choices @ kw <= limit_kw + _TOLERANCE_KW
    if feasible.all():
        return PowerRows(np.zeros((0, kw.size)), np.zeros(0))
    rows = _facets(choices[feasible], choices)
    caught = (choices[~feasible] @ rows.coefficient.T > rows.limit).any(axis=1)
    if caught.all():
        return rows
    return PowerRows(
        np.vstack([rows.coefficient, plain.coefficient]),
        np.concatenate([rows.limit, plain.limit]),
    )


def _facets(feasible: NDArray[np.int64], choices: NDArray[np.int64]) -> PowerRows:
    """Rows with small whole coefficients that touch the hull of ``feasible`` in a whole face."""
    dimensions = feasible.shape[1]
    coefficient = np.array(list(product(range(MAX_COEFFICIENT + 1), repeat=dimensions)))[1:]
    coefficient = coefficient[np.gcd.reduce(coefficient, axis=1) == 1]
    reach = coefficient @ feasible.T
    limit = reach.max(axis=1)
    cuts = (coefficient @ choices.T).max(axis=1) > limit
    coefficient, reach, limit = coefficient[cuts], reach[cuts], limit[cuts]
    points = np.hstack([feasible, np.ones((len(feasible), 1), dtype=np.int64)])
    touching = (reach == limit[:, None]).astype(np.float64)
    spread = np.einsum("rc,ci,cj->rij", touching, points, points)
    own = np.linalg.matrix_rank(points)
    whole = np.linalg.matrix_rank(spread, hermitian=True) >= own - 1
    return PowerRows(coefficient[whole].astype(np.float64), limit[whole].astype(np.float64))


def _choices(levels: Sequence[Level]) -> NDArray[np.int64]:
    """Every way to run the machines: numbers by level, shape (choices, levels)."""
    by_stage = [
        [split for split in product(range(n + 1), repeat=len(own)) if sum(split) <= n]
        for own, n in _by_stage(levels)
    ]
    order = [position for own, _ in _by_stage(levels) for position in own]
    rows = np.array([[n for split in choice for n in split] for choice in product(*by_stage)])
    choices = np.empty_like(rows)
    choices[:, order] = rows
    return choices


def _by_stage(levels: Sequence[Level]) -> list[tuple[list[int], int]]:
    """Positions of each stage's levels, and its number of machines."""
    stages = sorted({level.stage for level in levels})
    return [
        (
            [at for at, level in enumerate(levels) if level.stage == stage],
            max(level.machines for level in levels if level.stage == stage),
        )
        for stage in stages
    ]


def _choices_of_stage(own: Sequence[int], machines: int) -> float:
    """How many ways there are to run a stage (an upper bound)."""
    return float(machines + 1) ** len(own)
