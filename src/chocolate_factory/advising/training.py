"""Stored history → a learned advice model: replay the weeks, lay out the rows, learn."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.advising.reading import Weather, moments, read_trace, read_weather
from chocolate_factory.insights.advice.moment import features
from chocolate_factory.insights.advice.saved import AdviceModel, Origin
from chocolate_factory.insights.advice.targets import classes_of, dearer_ahead
from chocolate_factory.insights.advice.trace import HOUR_S, QUARTER_S, PriceTrace
from chocolate_factory.insights.advice.training import Examples, cuts_of, learn
from chocolate_factory.market.calendar import delivery_day, to_datetime
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.tariff import Tariff
from chocolate_factory.pipeline import HISTORY, PlanTask
from chocolate_factory.planning.hindsight import WEEK_DAYS, Hindsight, hindsight
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.plant import Plant
from chocolate_factory.store.base import Store

AHEAD_READ = timedelta(days=2)

WEEK_LIMIT_S = 15.0
"""Longest search for the plan of one week [s]: 186 weeks stay within the job's hour."""

LEARNING_STEPS = 3
LIBRARIES = ("numpy", "scikit-learn", "highspy")


class Progress(Protocol):
    """How far the training is. Raises ``TimedOut`` once it is past its limit."""

    def __call__(self, done: int, total: int, detail: str = "") -> None:
        """Say that ``done`` of ``total`` steps are done."""


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """The perfect-foresight weeks that could be told, and how many could not."""

    weeks: tuple[Hindsight, ...]
    left_out: int


def train(store: Store, task: PlanTask, *, now: datetime, tell: Progress) -> AdviceModel:
    """Learn from all that is stored as of ``now``: about a second and a half for each week.

    Raises ``ModelNotFitted`` if the history is too short, ``TimedOut`` past the job's limit.
    """
    trace, simulated = read_trace(store, task.contract, now - HISTORY, now + AHEAD_READ, as_of=now)
    weather = read_weather(store, now - HISTORY, now, as_of=now)
    bare = examples_of(trace, (), task.plant, task.contract.tariff, weather)
    cuts = cuts_of(bare)
    mondays = tuple(whole_weeks(trace, now))
    replayed = replay(task, trace, mondays, tell=tell)
    total = len(mondays) + LEARNING_STEPS
    said = 0

    def step(what: str) -> None:
        nonlocal said
        tell(len(mondays) + said, total, f"learning: {what}")
        said += 1

    examples = examples_of(trace, replayed.weeks, task.plant, task.contract.tariff, weather)
    return AdviceModel(
        Origin(
            made_at=now,
            plant=task.plant.name,
            contract=task.contract.name,
            task=task_print(task),
            weeks=len(replayed.weeks),
            weeks_left_out=replayed.left_out,
            simulated=simulated,
            libraries={"python": platform.python_version()}
            | {name: version(name) for name in LIBRARIES},
        ),
        learn(examples, cuts, step=step),
    )


def task_print(task: PlanTask) -> str:
    """Fingerprint of what is learned for: plant, weekly orders and contract."""
    said = repr((task.plant, task.orders.weekly, task.orders.due, task.contract))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def whole_weeks(trace: PriceTrace, now: datetime) -> Iterator[date]:
    """Mondays of the Madrid weeks that are over at ``now``, from the first day of ``trace``."""
    if not len(trace):
        return
    first = delivery_day(to_datetime(trace.start[0]))
    monday = first + (-first.weekday() % WEEK_DAYS) * DAY
    while monday + WEEK_DAYS * DAY <= delivery_day(now):
        yield monday
        monday += WEEK_DAYS * DAY


def replay(
    task: PlanTask, trace: PriceTrace, mondays: Sequence[date], *, tell: Progress
) -> Replayed:
    """The cheapest plan of each week, made knowing all its prices."""
    prices = PlanningPrices(
        trace.start, trace.resolution_s, trace.eur_kwh, np.ones(len(trace), dtype=bool)
    )
    told = []
    for number, monday in enumerate(mondays):
        tell(number, len(mondays) + LEARNING_STEPS, f"replaying the week of {monday}")
        week = hindsight(
            task.plant, task.orders, task.contract, prices,
            monday=monday, time_limit_s=WEEK_LIMIT_S,
        )  # fmt: skip
        if week is not None:
            told.append(week)
    return Replayed(tuple(told), len(mondays) - len(told))


def examples_of(
    trace: PriceTrace,
    weeks: Sequence[Hindsight],
    plant: Plant,
    tariff: Tariff,
    weather: Weather,
) -> Examples:
    """One row for each hour of ``trace``: its features as known then, and what turned out."""
    asked = moments(trace, one_an_hour(trace), plant, weather)
    return Examples(
        instants=asked.instants,
        table=features(trace, asked, tariff),
        dearer=dearer_ahead(trace, asked.instants, asked.period_end, asked.eur_kwh),
        classes=classes_of(asked.instants, [(week.hours, week.process_kw) for week in weeks]),
    )


def one_an_hour(trace: PriceTrace) -> NDArray[np.int64]:
    """Rows of ``trace``: each hour, and of quarter-hours one an hour, each in its turn.

    So that an hour counts alike before and after 2025-10-01, and no quarter is preferred.
    """
    since = trace.start.astype(np.int64)
    quarter = since // QUARTER_S % (HOUR_S // QUARTER_S)
    turn = (since // HOUR_S + since // (24 * HOUR_S)) % (HOUR_S // QUARTER_S)
    return np.flatnonzero((trace.resolution_s == HOUR_S) | (quarter == turn))
