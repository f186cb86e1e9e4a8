"""What may be asked and told of plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from chocolate_factory import conduct, jobs, pipeline
from chocolate_factory.app.work import Clock
from chocolate_factory.conduct.reasons import reasons
from chocolate_factory.conduct.what_if import Outcome, Variant, what_if
from chocolate_factory.errors import Busy
from chocolate_factory.jobs import Factory
from chocolate_factory.planning.reported_starts import Report
from chocolate_factory.planning.why_there import Why
from chocolate_factory.standing import standing
from chocolate_factory.web.plan_routes import PlanDesk


def plan_desk(factory: Factory, clock: Clock, computing: Lock) -> PlanDesk:
    """What may be asked and told of the plans of ``factory``.

    ``computing``: held while variants are compared, by whatever desk of the process; who asks
    meanwhile is told ``Busy``.
    """
    store, slot = factory.store, factory.task.plant.slot
    rules = jobs.rules_of(factory.settings)

    telling = Lock()
    """One note at a time, from what holds before it until it is stored."""

    def accept(plan_id: str, by: str) -> conduct.Told:
        with telling:
            return conduct.accept(store, plan_id, now=clock(), rules=rules, by=by, slot=slot)

    def started(report: Report, by: str) -> conduct.Told:
        with telling:
            return conduct.report_started(
                store, report, plant=factory.task.plant, now=clock(), by=by
            )

    def pin(batch: str, begin: datetime | None, by: str) -> conduct.Told:
        with telling:
            return conduct.pin(
                store, factory.task, batch, begin=begin, now=clock(), rules=rules, by=by
            )

    def undo(event_id: str, by: str) -> conduct.Told:
        with telling:
            return conduct.undo(store, event_id, now=clock(), rules=rules, by=by, slot=slot)

    def unpin(batch: str, by: str) -> conduct.Told:
        with telling:
            return conduct.unpin(store, batch, plant=factory.task.plant, now=clock(), by=by)

    def compared(variants: Sequence[Variant]) -> tuple[Outcome, ...]:
        if not computing.acquire(blocking=False):
            raise Busy("another comparison is being computed: ask again in a moment")
        try:
            return what_if(
                store,
                factory.task,
                variants,
                now=clock(),
                models=pipeline.MODELS,
                rules=rules,
            )
        finally:
            computing.release()

    def why(batch: str) -> Why:
        _, (told,) = reasons(store, factory.task, (batch,), now=clock(), rules=rules)
        return told

    return PlanDesk(
        now=clock,
        standing=lambda: standing(store, as_of=clock(), slot=slot),
        accept=accept,
        started=started,
        pin=pin,
        undo=undo,
        unpin=unpin,
        what_if=compared,
        why=why,
    )
