"""A JOB IN A PROCESS OF ITS OWN, which opens the store itself and saves there what it makes.

What computes for seconds would else hold the interpreter while pages wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from chocolate_factory.fleet import work_apart
from chocolate_factory.jobs.factory import Factory, Opened, OpenedZone, Zone
from chocolate_factory.oversight import ModelFolder
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.schedule import JobResult, Progress, Repeated
from chocolate_factory.settings import Settings
from chocolate_factory.store.opening import open_store

Work = Callable[[Any, datetime, Progress], JobResult]
"""What computes for a zone or a factory; a function of a module, as the other process is told its
name."""


class Place(Protocol):
    """Where work is done: ``here`` or ``apart``."""

    def __call__(self, work: Work, whose: Zone, now: datetime, tell: Progress, /) -> JobResult:
        """Do ``work``; raises what it raises."""


def here(work: Work, whose: Zone, now: datetime, tell: Progress) -> JobResult:
    """In this thread."""
    return work(whose, now, tell)


def apart(work: Work, whose: Zone, now: datetime, tell: Progress) -> JobResult:
    """In a process of its own. Raises ``ProcessDied`` if that ends without a word."""
    own = None
    if isinstance(whose, Factory):
        own = _Own(whose.task, whose.shares_market)
    told = Repeated(tell)
    call = partial(_opened, work, _Whose(whose.settings, whose.store.site, own), now)
    return work_apart(call, told, beat=told.again)


@dataclass(frozen=True, slots=True)
class _Own:
    """What is a factory's own, as it is here: its files may have changed since."""

    task: PlanTask
    shares_market: bool


@dataclass(frozen=True, slots=True)
class _Whose:
    """What a zone or a factory is opened by."""

    settings: Settings
    site: str
    own: _Own | None


def _opened(work: Work, whose: _Whose, now: datetime, tell: Progress) -> JobResult:
    settings, own = whose.settings, whose.own
    models, token = ModelFolder(settings.models_folder), settings.store_token.get_secret_value()
    with closing(open_store(settings.store, token=token)) as whole:
        store = whole.of_site(whose.site) if whose.site else whole
        if own is None:
            return work(OpenedZone(settings, store, models), now, tell)
        shop = Opened(settings, store, models, own.task, own.shares_market)
        return work(shop, now, tell)
