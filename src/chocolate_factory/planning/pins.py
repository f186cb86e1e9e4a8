"""Batches that stay where they are while a plan is made around them.

A pin names a grade and when each stage of one batch begins, not a batch by its number: batches of
a grade are alike and are numbered anew, first in, first out, in every plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chocolate_factory.errors import PlantInvalid
from chocolate_factory.planning.plan import Block, PhaseRow
from chocolate_factory.planning.plant import Plant


@dataclass(frozen=True, slots=True)
class Pin:
    """One batch of ``grade`` whose stages begin at ``starts``, in the order of its route.

    ``firm``: it stays even if no order needs the batch any more.
    """

    grade: str
    starts: tuple[datetime, ...]
    firm: bool = True

    @property
    def begin(self) -> datetime:
        """When the batch begins."""
        return self.starts[0]


def pin_of(batch: Sequence[Block], plant: Plant, *, firm: bool = True) -> Pin:
    """The pin that keeps a planned batch where it is; ``batch`` its blocks in order of start."""
    tanks = {stage.tank.name for stage in plant.stages if stage.tank is not None}
    starts = tuple(block.start for block in batch if block.stage not in tanks)
    return Pin(batch[0].grade, starts, firm)


def pinned_batch(pin: Pin, plant: Plant, *, number: int) -> tuple[Block, ...]:
    """The stages of a pinned batch, not yet priced, on machines still to be told.

    Raises ``PlantInvalid`` if the recipe of its grade is no longer the one it was pinned with.
    """
    route = plant.route(pin.grade) if pin.grade in plant.grades else ()
    if len(pin.starts) != len(route):
        raise PlantInvalid(
            plant.name, (f"a batch of {pin.grade} is pinned and its recipe has changed: undo it",)
        )
    blocks = []
    for at, start in zip(route, pin.starts, strict=True):
        stage = plant.stages[at]
        phases: tuple[PhaseRow, ...] = tuple(
            (phase.minutes, phase.kw) for phase in stage.phases[pin.grade]
        )
        blocks.append(
            Block(
                batch=f"{pin.grade}-pin-{number}",
                grade=pin.grade,
                stage=stage.name,
                machine=f"{stage.machine}-1",
                start=start,
                end=start + timedelta(minutes=stage.minutes(pin.grade)),
                energy_kwh=stage.energy_kwh(pin.grade),
                cost_eur=0.0,
                price_kind="forecast",
                phases=phases,
            )
        )
    return tuple(blocks)
