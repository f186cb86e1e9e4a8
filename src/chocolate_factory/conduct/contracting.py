"""WHICH POWERS TO CONTRACT: advised from the stored prices of a year, and kept as an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import perf_counter

from pydantic import TypeAdapter, ValidationError

from chocolate_factory import pipeline
from chocolate_factory.errors import RequestInvalid, StoreError
from chocolate_factory.market.calendar import delivery_day, local_midnight
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.contract_advice import (
    ContractAdvice,
    Memory,
    Stage,
    Step,
    advise_contract,
)
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.problem import agreed_prices
from chocolate_factory.store.base import Event, Store

KIND = "contract-advice"
FIRST_YEAR = 2022
"""The first whole year of the tariffs in force."""
MOST_EVERY, MOST_BOXES = 13, 5000
TIME_LIMIT_S = 20.0
DOING: Mapping[Stage, str] = {
    "habit": "the habit's own least contract",
    "search": "choosing the powers",
    "bound": "proving that none is cheaper",
    "year": "planning the whole year",
}
"""What each stage of an advice does, in words."""
LAST_DUE = timedelta(days=9)
"""A week's last orders are due within so long after its Monday."""


@dataclass(frozen=True, slots=True)
class ContractAsked:
    """What is to be advised: see ``planning.contract_advice.advise_contract``.

    ``boxes``: work spent on the proof. ``time_limit_s``: of one week's plan.
    """

    year: int
    every: int = 4
    boxes: int = 100
    time_limit_s: float = TIME_LIMIT_S

    def texts(self) -> Mapping[str, str]:
        """As a run keeps it, so that it can be taken up again."""
        return {
            "year": str(self.year),
            "every": str(self.every),
            "boxes": str(self.boxes),
            "time_limit_s": f"{self.time_limit_s:g}",
        }

    @classmethod
    def of_texts(cls, asked: Mapping[str, str]) -> ContractAsked:
        """Inverse of ``texts``."""
        return cls(
            year=int(asked["year"]),
            every=int(asked["every"]),
            boxes=int(asked["boxes"]),
            time_limit_s=float(asked["time_limit_s"]),
        )


@dataclass(frozen=True, slots=True)
class ContractReport:
    """An advice as it is kept, and what it stands on.

    Parameters
    ----------
    made_at, seconds
        When it was begun (UTC) and how long it took, the last time if it was interrupted.
    plant, orders, market
        Names of plant and orders, and the series of the prices; None for a fixed contract.
    simulated
        Whether the store's prices are simulated.
    """

    asked: ContractAsked
    made_at: datetime
    seconds: float
    plant: str
    orders: str
    market: str | None
    simulated: bool
    advice: ContractAdvice


_REPORT = TypeAdapter(ContractReport)


def last_whole_year(now: datetime) -> int:
    """The calendar year before that of ``now`` in Madrid."""
    return delivery_day(now).year - 1


def checked(asked: ContractAsked, *, now: datetime) -> ContractAsked:
    """The same, if it can be done. Raises ``RequestInvalid`` naming what cannot be."""
    last = last_whole_year(now)
    if not FIRST_YEAR <= asked.year <= last:
        raise RequestInvalid(f"year {asked.year}: from {FIRST_YEAR} to {last}, the last one over")
    if not 1 <= asked.every <= MOST_EVERY:
        raise RequestInvalid(f"every {asked.every} weeks: from 1 to {MOST_EVERY}")
    if not 0 <= asked.boxes <= MOST_BOXES:
        raise RequestInvalid(f"{asked.boxes} boxes: from 0 to {MOST_BOXES}")
    if not asked.time_limit_s >= 1:
        raise RequestInvalid(f"a time limit of {asked.time_limit_s:g} s is less than 1 s")
    return asked


def advise(
    store: Store,
    task: PlanTask,
    asked: ContractAsked,
    *,
    now: datetime,
    step: Step = lambda _: None,
    memory: Memory | None = None,
) -> ContractReport:
    """Advise on what is stored as of ``now``, and keep the result.

    Prices are those known now. Raises what ``checked`` and ``advise_contract`` raise.
    """
    began_s = perf_counter()
    checked(asked, now=now)
    advice = advise_contract(
        task.plant,
        task.contract,
        task.orders,
        prices_of(store, task, asked.year, now=now),
        year=asked.year,
        powers_now=tuple(task.contract.contracted_kw or task.plant.contracted_kw),
        search_every=asked.every,
        most_boxes=asked.boxes,
        time_limit_s=asked.time_limit_s,
        step=step,
        memory=memory,
    )
    report = ContractReport(
        asked, now, round(perf_counter() - began_s, 1), task.plant.name, task.orders.name,
        None if task.contract.market is None else str(task.contract.market),
        pipeline.holds_simulated(store), advice,
    )  # fmt: skip
    document = _REPORT.dump_json(report).decode()
    store.save_event(Event(f"{KIND}-{now:%Y%m%dT%H%M%S%f}", KIND, now, document))
    return report


def prices_of(store: Store, task: PlanTask, year: int, *, now: datetime) -> PlanningPrices:
    """What a kWh cost over the weeks of a calendar year, as far as it is known at ``now``."""
    begin, end = local_midnight(date(year, 1, 1)), local_midnight(date(year + 1, 1, 1)) + LAST_DUE
    if task.contract.market is None:
        return agreed_prices(task.contract, begin, end)
    return pipeline.actual_prices(store, task.contract, begin, end, as_of=now)


def newest_advice(store: Store, *, as_of: datetime) -> ContractReport | None:
    """The result kept last; None if there is none. Raises ``StoreError`` if it is damaged."""
    kept = store.events(KIND, as_of=as_of)
    if not kept:
        return None
    try:
        return _REPORT.validate_json(kept[-1].document)
    except ValidationError as fault:
        raise StoreError(
            f"the stored advice {kept[-1].event_id} is not of this version: run `contract advise` "
            "again"
        ) from fault
