"""What takes hours and is asked for: backtests of a zone, advice on the powers of a plant."""

from __future__ import annotations

from functools import partial

from chocolate_factory import jobs, oversight, schedule
from chocolate_factory.app.work import Clock, Running
from chocolate_factory.conduct.contracting import ContractAsked, newest_advice
from chocolate_factory.jobs import Factory, Zone
from chocolate_factory.store.base import Run, Store
from chocolate_factory.web.backtest_routes import BacktestDesk
from chocolate_factory.web.backtest_views import JOB as BACKTEST
from chocolate_factory.web.contract_routes import ContractDesk
from chocolate_factory.web.contract_views import JOB as CONTRACT


def backtest_desk(zone: Zone, clock: Clock, running: Running) -> BacktestDesk:
    """How good the models of a zone are on the past."""

    def begin(asked: oversight.BacktestAsked) -> Run:
        return running().start_now(
            BACKTEST,
            oversight.checked(asked).texts(),
            partial(jobs.validate_models, zone, asked),
            lane=schedule.Lane.MEASURE,
        )

    return BacktestDesk(
        now=clock,
        begin=begin,
        newest=lambda: oversight.newest_backtest(zone.store, as_of=clock()),
        runs=lambda: _runs_of(BACKTEST, zone.store, running()),
    )


def contract_desk(factory: Factory, clock: Clock, running: Running) -> ContractDesk:
    """Which powers to contract."""

    def begin(asked: ContractAsked) -> Run:
        return running().start_now(
            CONTRACT,
            asked.texts(),
            partial(jobs.apart, partial(jobs.advise_contract, asked), factory),
            lane=schedule.Lane.MEASURE,
            site=factory.store.site,
        )

    return ContractDesk(
        now=clock,
        begin=begin,
        newest=lambda: newest_advice(factory.store, as_of=clock()),
        runs=lambda: _runs_of(CONTRACT, factory.store, running()),
    )


def _runs_of(job: str, store: Store, scheduler: schedule.Scheduler) -> tuple[Run, ...]:
    """The newest runs of work that is asked for, the one under way as it stands in front."""
    under_way = [run for run in scheduler.under_way() if (run.job, run.site) == (job, store.site)]
    kept = store.runs(job=job, limit=2)
    ids = {run.run_id for run in under_way}
    return (*under_way, *(run for run in kept if run.run_id not in ids))
