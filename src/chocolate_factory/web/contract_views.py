"""A kept advice on contracted power as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chocolate_factory.conduct.contracting import (
    ContractAsked,
    ContractReport,
    checked,
    last_whole_year,
)
from chocolate_factory.planning.contract_advice import YearCost
from chocolate_factory.store.base import Run
from chocolate_factory.web import contract_schemas as schemas
from chocolate_factory.web import upkeep_views

JOB = "advise-contract"
"""Name of the runs that advise on contracted power."""


def asked(body: schemas.ContractRequest, *, now: datetime) -> ContractAsked:
    """What is to be advised, the year not given filled in. Raises ``RequestInvalid``."""
    year = last_whole_year(now) if body.year is None else body.year
    return checked(ContractAsked(year, body.every, body.boxes, body.time_limit_s), now=now)


def page(
    report: ContractReport | None, runs: Sequence[Run], *, now: datetime
) -> schemas.ContractPage:
    """The newest result beside the run under way; ``runs`` of the job, newest first."""
    running, failed = upkeep_views.running_or_failed(runs)
    return schemas.ContractPage(
        as_of=upkeep_views.local(now),
        running=running,
        failed=failed,
        report=None if report is None else answer(report),
    )


def answer(report: ContractReport) -> schemas.ContractAnswer:
    """One result."""
    advice, gap_eur = report.advice, report.advice.gap_eur
    whole = advice.bounded_total_eur
    return schemas.ContractAnswer(
        made=upkeep_views.local(report.made_at),
        seconds=report.seconds,
        year=advice.year,
        contract=advice.contract,
        plant=report.plant,
        orders=report.orders,
        market=report.market,
        simulated=report.simulated,
        first=advice.first,
        last=advice.last,
        weeks=advice.weeks,
        weeks_priced=advice.priced,
        habit_now=None if advice.habit_now is None else _cost(advice.habit_now),
        habit_least=None if advice.habit_least is None else _cost(advice.habit_least),
        plan_now=None if advice.plan_now is None else _cost(advice.plan_now),
        plan_chosen=_cost(advice.plan_chosen),
        saving_eur=advice.saving_eur,
        saving_now_eur=advice.saving_now_eur,
        gap_eur=gap_eur,
        gap_pct=None if gap_eur is None or not whole else 100 * gap_eur / abs(whole),
        weeks_bounded=advice.bounded_weeks,
        notes=advice.notes,
    )


def _cost(cost: YearCost) -> schemas.YearCost:
    return schemas.YearCost(
        powers_kw=cost.powers_kw,
        energy_eur=cost.energy_eur,
        power_eur=cost.power_eur,
        excess_eur=cost.excess_eur,
        total_eur=cost.total_eur,
        bound_eur=cost.bound_eur,
    )
