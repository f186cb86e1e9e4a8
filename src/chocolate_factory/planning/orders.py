"""What must be made by when: the orders of a file, and their demands on a planning window."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from chocolate_factory.errors import OrdersInvalid
from chocolate_factory.market.calendar import (
    MADRID,
    days_between,
    delivery_day,
    local_instant,
    local_midnight,
    which_of_two,
)
from chocolate_factory.planning.orders_file import (
    USUAL_PRIORITY,
    OrderPart,
    OrdersFile,
    read_orders,
)
from chocolate_factory.planning.orders_table import is_csv, read_csv, read_workbook
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.plant_file import WEEKDAYS

DAY = timedelta(days=1)
TRACE_KG = 1e-6


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
    penalty_eur_h: float | None = None
    priority: int = USUAL_PRIORITY


@dataclass(frozen=True, slots=True)
class Stock:
    """Finished kilograms by grade at an instant: they serve the demands due after it, in order."""

    at: datetime
    kg: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Served:
    """A demand as it was ordered, and what of it is to be made beside stock; perhaps nothing."""

    ordered: Demand
    rest: Demand

    @property
    def kg(self) -> float:
        """What stock serves of it [kg]."""
        return self.ordered.kg - self.rest.kg


@dataclass(frozen=True, slots=True)
class Counted:
    """Stock shared out: for every demand due after ``at``, by name and due time, what it serves."""

    at: datetime
    served: Mapping[tuple[str, datetime], Served]

    def of(self, demand: Demand) -> Served | None:
        """What it serves of ``demand``; None if that was due before, or is in no order."""
        return self.served.get((demand.name, demand.due))


@dataclass(frozen=True, slots=True)
class Orders:
    """A weekly template, dated orders, or both.

    ``name``: how messages call the file, no part of what the orders are. ``weekly``: kg by weekday
    (Monday 0) and grade; ``due``: wall-clock time and days after the day itself, by weekday.
    """

    name: str = field(compare=False, repr=False)
    plant: Plant
    weekly: Mapping[int, Mapping[str, float]]
    due: Mapping[int, tuple[time, int]]
    dated: tuple[DatedOrder, ...]
    stock: Stock | None = None

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
        are left out (see ``notes``).

        ``known``: the demands of the plan before this one, which began at ``known_from``. A dated
        order that is among them, or was due by then, is that plan's business if it is due before
        the window begins; without a plan before there is none to see to it.

        An order that may be late for a penalty is still made if it was due before the window.
        Stock serves first what is due first after it was counted, in the window or before it.

        Raises ``OrdersInvalid`` if any other dated order is due before the window begins.
        """
        start = local_midnight(first_day)
        past = [order for order in self.dated if order.due <= start]
        overdue = [order for order in past if order.penalty_eur_h is not None]
        seen_to = {(demand.grade, demand.due) for demand in known}
        late = [
            order
            for order in past
            if order not in overdue
            and (order.product, order.due) not in seen_to
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
        end = first_day + days * DAY
        counted = self.counted(first_day, days)
        return tuple(
            demand
            for demand in map(partial(_rest, counted), self._wanted(first_day, end))
            if demand.batches and (demand.due > start or (demand.grade, demand.due) not in seen_to)
        )

    def counted(self, first_day: date, days: int) -> Counted | None:
        """What stock serves of the demands of a window and of those before it; None without any.

        What is due before the window is served first: those kilograms leave with it.
        """
        if self.stock is None:
            return None
        at, left_kg = self.stock.at, dict(self.stock.kg)
        early = [
            demand
            for day in days_between(min(delivery_day(at) - DAY, first_day), first_day - DAY)
            for demand in self._of_weekday(day)
        ]
        early += [
            self._of_order(order)
            for order in self.dated
            if order.penalty_eur_h is None and order.due <= local_midnight(first_day)
        ]
        served = {}
        wanted = self._wanted(first_day, first_day + days * DAY)
        for demand in sorted((*early, *wanted), key=lambda demand: demand.due):
            if demand.due > at:
                taken = min(left_kg.get(demand.grade, 0.0), demand.kg)
                left_kg[demand.grade] = left_kg.get(demand.grade, 0.0) - taken
                kg = demand.kg - taken if demand.kg - taken > TRACE_KG else 0.0
                batches = _whole_batches(kg, self.plant, demand.grade)
                rest = replace(demand, kg=kg, batches=batches)
                served[demand.name, demand.due] = Served(demand, rest)
        return Counted(at, served)

    def notes(self, first_day: date, days: int) -> tuple[str, ...]:
        """What to say about the orders of a window: left for later, overdue, served from stock."""
        end = first_day + days * DAY
        wanted = self._wanted(first_day, end)
        said = [
            f"{demand.name}: was due {in_words(demand.due)}; every further hour costs its penalty"
            for demand in wanted
            if demand.due <= local_midnight(first_day)
        ]
        counted = self.counted(first_day, days)
        said += [
            f"{demand.name}: {own.kg:g} of {demand.kg:g} kg are taken from stock"
            for demand in wanted
            if counted is not None and (own := counted.of(demand)) is not None
            if own.kg > TRACE_KG
        ]
        later = sum(order.day >= end for order in self.dated)
        if later:
            said.append(f"{later} of {len(self.dated)} dated orders belong to later days")
        return tuple(said)

    def _wanted(self, first_day: date, end: date) -> list[Demand]:
        """Demands of the days [first_day, end) and overdue ones, before stock, first due first."""
        start = local_midnight(first_day)
        demands = [
            demand for day in days_between(first_day, end - DAY) for demand in self._of_weekday(day)
        ]
        demands += [
            self._of_order(order)
            for order in self.dated
            if order.day < end and (order.due > start or order.penalty_eur_h is not None)
        ]
        return sorted(demands, key=lambda demand: demand.due)

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
            penalty_eur_h=order.penalty_eur_h,
            priority=order.priority,
        )


def parse_orders(text: str, *, name: str, plant: Plant) -> Orders:
    """The orders of a YAML, JSON or CSV text; ``name`` is how errors call the file.

    Raises ``OrdersInvalid`` with every problem, its line and field.
    """
    read = read_csv if is_csv(text, name=name) else read_orders
    return _orders(read(text, name=name, batch_kg=_batch_kg(plant)), name, plant)


def parse_orders_workbook(data: bytes, *, name: str, plant: Plant) -> Orders:
    """The orders of an XLSX workbook; ``name`` is how errors call the file.

    Raises ``OrdersInvalid`` with every problem, its row and column.
    """
    return _orders(read_workbook(data, name=name, batch_kg=_batch_kg(plant)), name, plant)


def _orders(file: OrdersFile, name: str, plant: Plant) -> Orders:
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
        stock=None
        if file.stock is None
        else Stock(file.stock.at.astimezone(UTC), dict(file.stock.kg)),
    )


def _batch_kg(plant: Plant) -> dict[str, float]:
    return {grade: plant.kg(grade) for grade in plant.grades}


def in_words(instant: datetime) -> str:
    """``Tue 18 Nov 08:00``, Madrid wall clock; ``02:15 +0200`` in the hour that comes twice."""
    wall = instant.astimezone(MADRID)
    return f"{wall:%a} {wall.day} {wall:%b %H:%M}{which_of_two(wall)}"


def _dated(line: int, part: OrderPart, plant: Plant) -> DatedOrder:
    due = part.due.astimezone(UTC)
    need = timedelta(minutes=plant.batch_minutes(part.product))
    day = delivery_day(due)
    while plant.first_shift(day) + need > due:
        day -= DAY
    earliest = None if part.earliest is None else part.earliest.astimezone(UTC)
    return DatedOrder(
        line, part.product, part.kg, earliest, due, day, part.penalty_eur_h, part.priority
    )


def _rest(counted: Counted | None, demand: Demand) -> Demand:
    served = None if counted is None else counted.of(demand)
    return demand if served is None else served.rest


def _whole_batches(kg: float, plant: Plant, grade: str) -> int:
    return math.ceil(kg / plant.kg(grade) - 1e-9)
