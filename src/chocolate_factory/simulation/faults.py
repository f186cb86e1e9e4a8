"""What can go wrong with an upstream, on demand: kinds of faults, and plans of when they happen.

A fault never changes a value: what it spoils, a careful client can tell from an answer. (Values
that are said wrongly first and corrected later are ``simulation.corrections``.) A plan is a pure
function of a request, so a run can be repeated.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chocolate_factory.simulation.answer import Query


class Service(StrEnum):
    """A simulated upstream."""

    REE = "ree"
    ESIOS = "esios"
    OMIE = "omie"
    AEMET = "aemet"
    OPEN_WEATHER = "open-weather"
    OPEN_METEO = "open-meteo"
    SIAR = "siar"


class FaultKind(StrEnum):
    """What goes wrong."""

    # of the connection
    TIME_OUT = "time-out"  # no answer
    SLOW_BODY = "slow body"  # the body trickles for ``Fault.seconds``
    RESET = "connection reset"
    CUT_OFF = "cut off"  # the connection ends before the announced length
    # instead of the answer
    LIMITED = "429"
    LIMITED_FOR = "429 with Retry-After"  # of ``Fault.seconds``
    ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    HTML = "HTML instead of data"
    # in the answer
    TRUNCATED = "truncated"  # the body ends early and the announced length agrees
    RETITLED = "changed titles"
    MISSING_KEYS = "missing keys"
    DUPLICATED = "duplicated rows"
    # of the upstream's clock
    CLOCK_SKEW = "clock skew"  # it is ``Fault.seconds`` ahead


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``seed`` picks what of an answer it spoils."""

    kind: FaultKind
    seconds: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: to whom, for what, when by the simulation's clock, and the how-manieth."""

    service: Service
    path: str
    query: Query
    at: datetime
    count: int


FaultPlan = Callable[[Asked], Fault | None]
"""Which fault a request meets; None for none."""

ALL_SERVICES = frozenset(Service)


def no_faults(_: Asked, /) -> None:
    """Nothing ever goes wrong."""


def every(fault: Fault, *, services: Collection[Service] = ALL_SERVICES) -> FaultPlan:
    """Every request to ``services`` meets ``fault``."""
    return lambda asked: fault if asked.service in services else None


def first(count: int, fault: Fault) -> FaultPlan:
    """The first ``count`` requests meet ``fault``, later ones none."""
    return lambda asked: fault if asked.count < count else None


def outage(
    start: datetime,
    end: datetime,
    *,
    services: Collection[Service] = ALL_SERVICES,
    kind: FaultKind = FaultKind.RESET,
) -> FaultPlan:
    """Nothing comes from ``services`` in [start, end)."""
    fault = Fault(kind)
    return lambda asked: fault if start <= asked.at < end and asked.service in services else None


def random_faults(
    seed: int, *, share: float = 0.05, kinds: Sequence[FaultKind] = tuple(FaultKind)
) -> FaultPlan:
    """A ``share`` of all requests meets a fault of ``kinds``, each as often as the others."""

    def plan(asked: Asked) -> Fault | None:
        where = f"{asked.service} {asked.path} {sorted(asked.query.items())}"
        dice = random.Random(f"{seed} {asked.count} {asked.at.timestamp()} {where}")  # noqa: S311
        if dice.random() >= share:
            return None
        kind = dice.choice(kinds)
        return Fault(kind, _seconds(kind, dice), dice.getrandbits(32))

    return plan


def either(*plans: FaultPlan) -> FaultPlan:
    """The fault of the first plan that has one."""

    def plan(asked: Asked) -> Fault | None:
        return next((fault for each in plans if (fault := each(asked)) is not None), None)

    return plan


def _seconds(kind: FaultKind, dice: random.Random) -> float:
    match kind:
        case FaultKind.LIMITED_FOR:
            return dice.choice((1.0, 5.0, 30.0, 120.0, 900.0, 3600.0))
        case FaultKind.CLOCK_SKEW:
            return dice.choice((-600.0, -90.0, 90.0, 600.0))
        case FaultKind.SLOW_BODY:
            return dice.choice((2.0, 600.0))
        case _:
            return 0.0
