"""WHAT THE WEB MAY ASK AND TELL OF ONE FACTORY: a module for each desk, filled in here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from chocolate_factory.app.desks.actions import actions_of
from chocolate_factory.app.desks.advice import advice_of
from chocolate_factory.app.desks.alerts import alert_desk
from chocolate_factory.app.desks.climate import analysis_desk
from chocolate_factory.app.desks.measuring import backtest_desk, contract_desk
from chocolate_factory.app.desks.models import ModelsOf
from chocolate_factory.app.desks.money import report_desk, savings_desk
from chocolate_factory.app.desks.plans import plan_desk
from chocolate_factory.app.desks.reads import reads_of
from chocolate_factory.app.desks.setup import setup_desk
from chocolate_factory.app.work import Clock, Running
from chocolate_factory.jobs import Factory
from chocolate_factory.web.alert_routes import AlertDesk
from chocolate_factory.web.analysis_routes import AnalysisDesk
from chocolate_factory.web.asked import Actions, Advice, Reads
from chocolate_factory.web.backtest_routes import BacktestDesk
from chocolate_factory.web.contract_routes import ContractDesk
from chocolate_factory.web.plan_routes import PlanDesk
from chocolate_factory.web.report_routes import ReportDesk
from chocolate_factory.web.savings_routes import SavingsDesk
from chocolate_factory.web.setup_routes import DemoEnds, SetupDesk

__all__ = ["Desks", "ModelsOf", "desks_of"]


@dataclass(frozen=True, slots=True)
class Desks:
    """Every desk of one factory."""

    reads: Reads
    actions: Actions
    plans: PlanDesk
    savings: SavingsDesk
    advice: Advice
    backtests: BacktestDesk
    contracts: ContractDesk
    analysis: AnalysisDesk
    reports: ReportDesk
    setup: SetupDesk
    alerts: AlertDesk


def desks_of(
    factory: Factory,
    clock: Clock,
    running: Running,
    models: ModelsOf,
    computing: Lock,
    *,
    remove_demo: Callable[[], DemoEnds] | None = None,
) -> Desks:
    """The desks of ``factory``; ``models`` are those of its zone.

    ``computing``: held while variants of plans are compared; the same for every factory.
    ``remove_demo``: ends the demo and has its data deleted; None if this is none.
    """
    analysis = analysis_desk(factory, clock)
    return Desks(
        reads=reads_of(factory, clock, running, analysis, models, demo=remove_demo is not None),
        actions=actions_of(factory, clock, running),
        plans=plan_desk(factory, clock, computing),
        savings=savings_desk(factory, clock, running),
        advice=advice_of(factory, clock),
        backtests=backtest_desk(factory.zone, clock, running),
        contracts=contract_desk(factory, clock, running),
        analysis=analysis,
        reports=report_desk(factory, clock),
        setup=setup_desk(factory, remove_demo),
        alerts=alert_desk(factory, clock),
    )
