"""Factories that run: one scheduler, and the web over what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from threading import Lock, Thread
from typing import Any

from anyio import to_thread
from fastapi import FastAPI

from chocolate_factory import __version__, jobs, schedule
from chocolate_factory.app.access import access_files
from chocolate_factory.app.desks import Desks, desks_of
from chocolate_factory.app.desks.fleet import fleet_desk
from chocolate_factory.app.desks.models import models_of
from chocolate_factory.app.work import Clock, take_up_again
from chocolate_factory.conduct import keep_terms
from chocolate_factory.errors import StoreError
from chocolate_factory.jobs import Sites
from chocolate_factory.settings import Settings
from chocolate_factory.web.api import create_app
from chocolate_factory.web.asked_site import OfEach, SiteName, asked_site, at_asked_site
from chocolate_factory.web.callers import Access
from chocolate_factory.web.pages import compile_templates
from chocolate_factory.web.setup_routes import DemoEnds


def build_web(
    sites: Sites,
    clock: Clock,
    *,
    catch_up: bool,
    remove_demo: Callable[[], DemoEnds] | None = None,
) -> FastAPI:
    """The web application over ``sites``; their scheduler runs while it serves.

    ``remove_demo``: ends the demo and has its data deleted; None if this is none.

    With ``catch_up`` the jobs that were missed, on an empty store all of them, run at once, files
    of the import folder are taken in, and interrupted work is taken up again.
    """
    running: list[schedule.Scheduler] = []
    zone = sites.zone

    def scheduler() -> schedule.Scheduler:
        if not running:
            raise StoreError("the scheduler is not running yet: try again in a moment")
        return running[0]

    def ending() -> None:
        for one in running:
            one.start_nothing_more()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        table, named = jobs.every_job(sites, jobs.apart)
        running.append(
            schedule.start(named, zone.store, table=table, catch_up=catch_up, clock=clock)
        )
        try:
            for factory in sites.factories.values():
                keep_terms(factory.store, factory.task, at=clock())
            if catch_up:
                take_up_again(sites, running[0])
            Thread(target=compile_templates).start()
            yield
        finally:
            await to_thread.run_sync(running.pop().stop)  # it may take some seconds

    models = models_of(zone, clock)
    computing = Lock()

    def made(name: str) -> Desks:
        factory = sites.factories[name]
        return desks_of(factory, clock, scheduler, models, computing, remove_demo=remove_demo)

    several = tuple(SiteName(name, one.shown_as) for name, one in sites.factories.items() if name)
    desks = _at_asked_site(made) if several else made("")
    return create_app(
        reads=desks.reads,
        setup=desks.setup,
        actions=desks.actions,
        advice=desks.advice,
        desk=desks.plans,
        backtests=desks.backtests,
        contracts=desks.contracts,
        savings=desks.savings,
        access=_access(zone.settings, clock),
        analysis=desks.analysis,
        reports=desks.reports,
        alerts=desks.alerts,
        version=__version__,
        lifespan=lifespan,
        sites=several,
        fleet=fleet_desk(sites, clock) if several else None,
        ahead=catch_up,
        ending=ending,
    )


def _at_asked_site(made: Callable[[str], Desks]) -> Desks:
    """Desks that are those of the site a request is about, each made when it is first asked."""
    own = OfEach(lambda: made(asked_site()))

    def passing(name: str) -> Any:
        return at_asked_site(lambda: getattr(own(), name))

    return Desks(**{field.name: passing(field.name) for field in fields(Desks)})


def _access(settings: Settings, clock: Clock) -> Access:
    book, audit = access_files(settings)
    return Access(
        now=clock,
        holder=lambda text: book.holder(text, now=clock()),
        done=audit.done,
        refused=audit.refused,
        names=frozenset(settings.server_names),
        trust_loopback=settings.trust_loopback,
    )
