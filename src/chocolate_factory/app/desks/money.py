"""What was saved and paid, and planning now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache, partial

from chocolate_factory import conduct, jobs
from chocolate_factory.app.work import Clock, Running
from chocolate_factory.conduct.month import MonthReport, month_report
from chocolate_factory.errors import Unknown
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import SITE_POWER
from chocolate_factory.market.places import at_site
from chocolate_factory.planning.account import SavingsAccount
from chocolate_factory.schedule.status import PLAN_NOW
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Run
from chocolate_factory.web import savings_views
from chocolate_factory.web.report_routes import ReportDesk
from chocolate_factory.web.savings_routes import SavingsDesk


def savings_desk(factory: Factory, clock: Clock, running: Running) -> SavingsDesk:
    """What plans saved, and one more plan."""

    def plan_now() -> Run:
        work = partial(jobs.apart, jobs.plan_now, factory)
        return running().start_now(PLAN_NOW, {}, work, site=factory.store.site)

    return SavingsDesk(
        savings=lambda periods: conduct.savings(factory.store, periods, as_of=clock()),
        plan_now=plan_now,
    )


def report_desk(factory: Factory, clock: Clock) -> ReportDesk:
    """The plan in force and a month as files."""
    store, slot = factory.store, factory.task.plant.slot
    declared = jobs.emission(factory.settings)
    return ReportDesk(
        now=clock,
        in_force=lambda: standing(store, as_of=clock(), slot=slot).in_force,
        month=lambda month: month_report(
            store, factory.task, month, now=clock(), emission=declared
        ),
    )


def saved(factory: Factory, now: datetime) -> dict[str, SavingsAccount]:
    """The accounts of the running week, month and year."""
    today = delivery_day(now)
    spans = {name: span for name, span in savings_views.periods(today).items() if span[1] == today}
    told = conduct.savings(factory.store, tuple(spans.values()), as_of=now)
    return dict(zip(spans, told, strict=True))


def month_so_far(factory: Factory, clock: Clock) -> Callable[[], MonthReport | None]:
    """The running month's report, worked out anew when a day is over, a day is closed, a start is
    reported or that is undone, or more of meter or prices is stored."""
    decisive = (at_site(SITE_POWER, factory.store.site), factory.task.market)

    @lru_cache(maxsize=1)
    def worked_out(day: date, state: object) -> MonthReport | None:  # noqa: ARG001
        try:
            return month_report(factory.store, factory.task, day, now=clock())
        except Unknown:
            return None  # its first day is not over

    def current() -> MonthReport | None:
        closed = factory.store.runs(job="savings-close", limit=1)
        held = tuple(
            (told.key, told.count, told.newest_available_at)
            for told in factory.store.coverage()
            if told.key in decisive
        )
        events = factory.store.revision().events
        state = (held, events, tuple((run.run_id, run.finished_at) for run in closed))
        return worked_out(delivery_day(clock()), state)

    return current
