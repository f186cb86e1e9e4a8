"""What an elastic programme may add to a plant: staffed slots and kilowatts, as few as it can.

Each is a part of the formulation (``planning.milp.Part``) over a problem that already allows the
runs in question; it makes them cost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.series import Floats
from chocolate_factory.planning.milp import Ints, Model, Part
from chocolate_factory.planning.plant import Staffed
from chocolate_factory.planning.problem import KW_TOLERANCE

OVERTIME = "overtime"
MORE_KW = "more_kw"


def overtime(slots: NDArray[np.bool_], eur_slot: float) -> Part:
    """Operators may come in each of ``slots``, shape (n,), for ``eur_slot`` [EUR] apiece."""

    def part(model: Model) -> None:
        problem = model.problem
        comes = model.slot_columns(slots, np.full(slots.size, eur_slot), 1.0, integer=True)
        model.extra[OVERTIME] = comes
        for number, stage in enumerate(problem.plant.stages):
            if stage.staffed is Staffed.NEVER:
                continue
            rows = model.add_rows(slots.size, -np.inf, 0.0)
            model.add_entries(rows, comes, -float(stage.machines))
            for grade in problem.batches:
                column = model.starts[grade, number]
                begins = np.flatnonzero(column >= 0)
                there = 1 if stage.staffed is Staffed.START else problem.length(grade, number)
                for offset in range(there):
                    inside = begins[slots[begins + offset]]
                    model.add_entries(rows[inside + offset], column[inside], 1.0)

    return part


def more_power(limit_kw: Floats, eur_kw: float) -> Part:
    """The process may draw more than ``limit_kw`` [kW], shape (n,), at ``eur_kw`` for its peak."""

    def part(model: Model) -> None:
        above: Ints = model.add_columns(np.full(1, eur_kw), np.inf, integer=False)
        model.extra[MORE_KW] = above
        rows = model.add_rows(limit_kw.size, -np.inf, limit_kw + KW_TOLERANCE)
        model.add_entries(rows, np.repeat(above, limit_kw.size), -1.0)
        for slots, columns, kw in model.drawing():
            model.add_entries(rows[slots], columns, kw)

    return part
