"""THE TERMS: which contract and plant were in force when, so that no past day is costed anew.

Kept whole when first seen, by planning or by the daily closing. A day has those that were in force
when it ended.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chocolate_factory.market.calendar import delivery_day, local_midnight
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.contract import Contract, FixedContract, PvpcContract
from chocolate_factory.market.indexed import IndexedContract
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.plant import Plant
from chocolate_factory.store.base import Event, Store, damaged

TERMS = "terms-in-force"
_PLANT = TypeAdapter(Plant)
_CONTRACTS: Mapping[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in (PvpcContract, FixedContract, IndexedContract)
}


@dataclass(frozen=True, slots=True)
class Terms:
    """A plant and a contract, and since when they were in force as far as is known."""

    at: datetime
    plant: Plant
    contract: Contract


@dataclass(frozen=True, slots=True)
class KeptTerms:
    """Every version that was kept, oldest first, and the task of today."""

    kept: tuple[Terms, ...]
    today: PlanTask

    def on(self, day: date) -> PlanTask:
        """The task under the terms of a Madrid day; of before any were kept, those of that first
        day. Without any kept, those of today."""
        if not self.kept:
            return self.today
        end = local_midnight(max(day, delivery_day(self.kept[0].at)) + DAY)
        return self._under([one for one in self.kept if one.at < end][-1])

    def note(self, day: date) -> str:
        """What to say of ``on``: which terms stand in for those that are not known; else ""."""
        if not self.kept:
            return "contract and plant of then are not stored: those of today are used"
        first = delivery_day(self.kept[0].at)
        if day >= first:
            return ""
        return f"contract and plant of before {first} are not stored: those of that day are used"

    def changed(self, first: date, last: date) -> str:
        """What to say where contract or contracted powers changed within these days; else ""."""
        before = _billed_by(self.on(first))
        for number in range((last - first).days):
            day = first + (number + 1) * DAY
            if _billed_by(self.on(day)) != before:
                return f"the contract changed on {day}: all is billed under that of {last}"
        return ""

    def marked(self, marks: tuple[str, str]) -> PlanTask | None:
        """The task under plant and contract of these marks; None if neither kept nor today's."""
        tasks = (*(self._under(one) for one in self.kept), self.today)
        return next(
            (one for one in tasks if (mark_of(one.plant), mark_of(one.contract)) == marks), None
        )

    def _under(self, terms: Terms) -> PlanTask:
        return replace(self.today, plant=terms.plant, contract=terms.contract)


def _billed_by(task: PlanTask) -> tuple[Contract, tuple[float, ...]]:
    return task.contract, task.contract.contracted_kw or task.plant.contracted_kw


def mark_of(value: object) -> str:
    """A hash of a plant or a contract, of what it says and not of how its file is called."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def keep_terms(store: Store, task: PlanTask, *, at: datetime) -> None:
    """Keep the task's plant and contract as in force since ``at``, unless they were already.

    The same contract in a file of another name is the same contract.
    """
    kind = type(task.contract).__name__
    text = json.dumps(
        {
            "plant": _PLANT.dump_python(task.plant, mode="json"),
            "kind": kind,
            "contract": _CONTRACTS[kind].dump_python(task.contract, mode="json"),
        },
        allow_nan=False,
        separators=(",", ":"),
    )
    before = store.events(TERMS, as_of=at)
    if before and _said(before[-1].document) == _said(text):
        return
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    store.save_event(Event(f"{TERMS}-{at:%Y%m%dT%H%M%S%fZ}-{mark}", TERMS, at, text))


def _said(document: str) -> object:
    """What a kept document says, without the name of the contract's file; one that is damaged says
    what nothing else does."""
    try:
        told = json.loads(document)
        del told["contract"]["name"]
    except (ValueError, LookupError, TypeError):
        return document
    return told


def kept_terms(store: Store, task: PlanTask, *, as_of: datetime) -> KeptTerms:
    """What was kept by ``as_of``, beside the task of today."""
    return KeptTerms(tuple(_terms(event) for event in store.events(TERMS, as_of=as_of)), task)


def _terms(event: Event) -> Terms:
    try:
        told: Mapping[str, Any] = json.loads(event.document)
        plant = _PLANT.validate_json(json.dumps(told["plant"]))
        out_of_use = tuple(
            replace(one, start=one.start.astimezone(UTC), end=one.end.astimezone(UTC))
            for one in plant.maintenance
        )
        return Terms(
            event.at,
            replace(plant, maintenance=out_of_use),
            _CONTRACTS[told["kind"]].validate_json(json.dumps(told["contract"])),
        )
    except (KeyError, TypeError, ValueError, ValidationError) as fault:
        raise damaged(event) from fault
