"""What must be made by when: the orders of a file, and their demands on a planning window."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from chocolate_factory.errors import OrdersInvalid
from chocolate_factory.market.calendar import (
    MADRID,
    days_between,
    delivery_day,
    local_instant,
    local_midnight,
)
from chocolate_factory.planning.orders_file import OrderPart, read_orders
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.plant_file import WEEKDAYS

DAY = timedelta(days=1)
USUAL_PRIORITY = 3


@dataclass(frozen=True, slots=True)
class Demand:
    """So many whole batches of one grade, finished by a due time.

    Parameters
    ----------
    name
        How reasons and notes call it: ``standard of Mon 17 Nov``.
    kg, batches
        What was ordered, and the whole batches that make it (rounded up).
    release
        When habit would begin it: the first shift of its own day. Early production is allowed.
    earliest
        Instant before which it may not begin; None if it may begin at once.
    due
        Instant by which the last stage must have ended.
    day
        The Madrid day of the weekly template that it belongs to; None for a dated order.
    penalty_eur_h
        None: ``due`` is a deadline. Else it may be late, at the latest when planning ends, and
        every hour begun after ``due`` costs this much [EUR/h], in proportion to the batches that
        are still missing then.
    priority
        1 … 5: who is served first where not all can be.
    """

    name: str
    grade: str
    kg: float
    batches: int
    release: datetime
    earliest: datetime | None
    due: datetime
    day: date | None = None
    penalty_eur_h: float | None = None
    priority: int = USUAL_PRIORITY

    @property
    def is_deadline(self) -> bool:
        """Whether ``due`` must be met."""
        return self.penalty_eur_h is None


@dataclass(frozen=True, slots=True)
class DatedOrder:
    """One order with its own due time; ``day`` is the Madrid day on which habit would begin it."""

    line: int
    product: str
    kg: float
    earliest: datetime | None
    due: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Orders:
    """A weekly template, dated orders, or both.

    ``weekly``: kg by weekday (Monday 0) and grade; ``due``: wall-clock time and days after the day
    itself, by weekday.
    """

    name: str
    plant: Plant
    weekly: Mapping[int, Mapping[str, float]]
    due: Mapping[int, tuple[time, int]]
    dated: tuple[DatedOrder, ...]

    def in_window(
        self,
        first_day: date,
        days: int,
        *,
        known: Sequence[Demand] = (),
        known_from: datetime | None = None,
    ) -> tuple[Demand, ...]:
        """Demands that belong to ``days`` local days from ``first_day``, earliest due first.

        An order due the morning after the last day belongs to the last day. A dated order belongs
        to the last day whose first shift leaves time to make one batch of it; those of later days
        are left out (see ``left_out``).

        ``known``: the demands of the plan before this one, which began at ``known_from``. A dated
        order that is among them, or was due by then, is that plan's business if it is due before
        the window begins; without a plan before there is none to see to it.

        Raises ``OrdersInvalid`` if any other dated order is due before the window begins.
        """
        start = local_midnight(first_day)
        past = [order for order in self.dated if order.due <= start]
        seen_to = {(demand.grade, demand.due) for demand in known}
        late = [
            order
            for order in past
            if (order.product, order.due) not in seen_to
            and (known_from is None or order.due > known_from)
        ]
        if late:
            raise OrdersInvalid(
                self.name,
                tuple(
                    f"order {order.line} ({order.kg:g} kg {order.product}): due "
                    f"{in_words(order.due)}, before planning begins on {in_words(start)}"
                    for order in late
                ),
            )
        demands = [
            demand
            for day in days_between(first_day, first_day + (days - 1) * DAY)
            for demand in self._of_weekday(day)
        ]
        demands += [
            self._of_order(order)
            for order in self.dated
            if order.due > start and order.day < first_day + days * DAY
        ]
        return tuple(sorted(demands, key=lambda demand: demand.due))

    def left_out(self, first_day: date, days: int) -> tuple[str, ...]:
        """What to note about dated orders that belong to days after the window."""
        later = sum(order.day >= first_day + days * DAY for order in self.dated)
        if later == 0:
            return ()
        return (f"{later} of {len(self.dated)} dated orders belong to later days",)

    def _of_weekday(self, day: date) -> list[Demand]:
        quantities = self.weekly.get(day.weekday(), {})
        return [
            Demand(
                name=f"{grade} of {day:%a} {day.day} {day:%b}",
                grade=grade,
                kg=kg,
                batches=_whole_batches(kg, self.plant, grade),
                release=self.plant.first_shift(day),
                earliest=None,
                due=local_instant(
                    day + self.due[day.weekday()][1] * DAY, self.due[day.weekday()][0]
                ),
                day=day,
            )
            for grade, kg in quantities.items()
            if kg > 0
        ]

    def _of_order(self, order: DatedOrder) -> Demand:
        release = self.plant.first_shift(order.day)
        return Demand(
            name=f"order {order.line} ({order.product})",
            grade=order.product,
            kg=order.kg,
            batches=_whole_batches(order.kg, self.plant, order.product),
            release=release if order.earliest is None else max(release, order.earliest),
            earliest=order.earliest,
            due=order.due,
        )


def parse_orders(text: str, *, name: str, plant: Plant) -> Orders:
    """The orders of a YAML, JSON or CSV text; ``name`` is how errors call the file.

    Raises ``OrdersInvalid`` with every problem, its line and field.
    """
    file = read_orders(text, name=name, grades=plant.grades)
    rules = {
        number: file.due.get(day, file.due.get("default")) for number, day in enumerate(WEEKDAYS)
    }
    return Orders(
        name=name,
        plant=plant,
        weekly={WEEKDAYS.index(day): dict(kg) for day, kg in file.weekly.items()},
        due={number: rule for number, rule in rules.items() if rule is not None},
        dated=tuple(
            _dated(number, part, plant) for number, part in enumerate(file.orders, start=1)
        ),
    )


def in_words(instant: datetime) -> str:
    """``Tue 18 Nov 08:00``, Madrid wall clock."""
    wall = instant.astimezone(MADRID)
    return f"{wall:%a} {wall.day} {wall:%b %H:%M}"


def _dated(line: int, part: OrderPart, plant: Plant) -> DatedOrder:
    due = part.due.astimezone(UTC)
    need = timedelta(minutes=plant.batch_minutes(part.product))
    day = delivery_day(due)
    while plant.first_shift(day) + need > due:
        day -= DAY
    earliest = None if part.earliest is None else part.earliest.astimezone(UTC)
    return DatedOrder(line, part.product, part.kg, earliest, due, day)


def _whole_batches(kg: float, plant: Plant, grade: str) -> int:
    return math.ceil(kg / plant.kg(grade) - 1e-9)
