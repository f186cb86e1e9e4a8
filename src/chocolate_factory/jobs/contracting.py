"""WHICH POWERS TO CONTRACT, worked out for who asked, and gone on with after an interruption."""

from __future__ import annotations

import shutil
from datetime import datetime

from chocolate_factory.conduct.contracting import DOING, ContractAsked, advise
from chocolate_factory.fleet import kept_answers
from chocolate_factory.jobs.factory import Workshop
from chocolate_factory.planning.contract_advice import STAGES, Doing
from chocolate_factory.schedule import JobResult, Progress


def advise_contract(
    asked: ContractAsked, factory: Workshop, now: datetime, tell: Progress
) -> JobResult:
    """Advise on the powers; weeks worked out are kept until the whole is, and not done again."""

    def step(doing: Doing) -> None:
        done = STAGES.index(doing.stage)
        tell(done, len(STAGES), f"{DOING[doing.stage]}: {doing.worked_out} weeks worked out")

    folder = factory.settings.contract_folder
    report = advise(
        factory.store, factory.task, asked, now=now, step=step, memory=kept_answers(folder)
    )
    shutil.rmtree(folder, ignore_errors=True)
    advice, best = report.advice, report.advice.plan_chosen
    powers = ", ".join(f"{kw:g}" for kw in best.powers_kw)
    saved = "the habit is not on time"
    if advice.saving_eur is not None:
        saved = f"{advice.saving_eur:.0f} €/year below the habit at its own least contract"
    return JobResult(
        f"{advice.year}: {powers} kW, {best.total_eur:.0f} €/year, {saved}",
        {"weeks": advice.weeks, "priced": advice.priced},
    )
