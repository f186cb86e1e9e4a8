"""The ``contract`` commands: which powers to contract, and what that would cost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from chocolate_factory.app.factory import task_of
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import local, out, print_json, print_table, progress
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.conduct.contracting import (
    DOING,
    TIME_LIMIT_S,
    ContractAsked,
    ContractReport,
    advise,
    checked,
    last_whole_year,
    newest_advice,
)
from chocolate_factory.errors import RequestInvalid
from chocolate_factory.fleet import kept_answers
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.planning.contract_advice import Doing, YearCost

contract = typer.Typer(
    no_args_is_help=True,
    help=(
        "Which powers to contract.\n\n"
        "`contract advise` plans every week of a past year with its prices known, chooses the "
        "contracted powers P1 to P6 together with those plans, and tells what the year costs in "
        "four ways: by habit and by plan, under today's powers and under the ones that are best "
        "for each. What an optimiser saves is the last against the habit at its own least "
        "contract, because anyone can contract less without one. `contract show` tells the newest "
        "advice again."
    ),
)
app.add_typer(contract, name="contract")


@contract.command("advise")
def advise_command(
    year: Annotated[
        int | None,
        typer.Option(help="A calendar year that is over [default: the last]", show_default=False),
    ] = None,
    every: Annotated[
        int,
        typer.Option(
            help="Search over every so many weeks; then all of them are planned", min=1, max=13
        ),
    ] = 4,
    boxes: Annotated[
        int,
        typer.Option(
            help="Work spent on proving how much less any other contract could cost; 0 for none",
            min=0,
            max=5000,
        ),
    ] = 100,
    time_limit: Annotated[
        float, typer.Option(help="Solver seconds for one week's plan", min=1)
    ] = TIME_LIMIT_S,
    plant: Annotated[
        Path | None, typer.Option(help="Plant file (YAML) [default: that of the settings]")
    ] = None,
    orders: Annotated[
        Path | None, typer.Option(help="Orders file [default: that of the settings]")
    ] = None,
    contract_of: Annotated[
        str | None,
        typer.Option("--contract", help="Today's contract [default: that of the settings]"),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the weeks worked out here for good [default: in the data folder, until it "
            "is done]",
            show_default=False,
        ),
    ] = None,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Advise on the contracted powers of a year from the stored prices, and keep the advice.

    It takes from a quarter of an hour to some hours of one processor; interrupted with Ctrl+C, the
    same command goes on where it was. Costs are energy, power term and excess power in a year,
    electricity tax in, VAT out. Plans know the prices of their week, so they are what planning can
    reach, not what it will. Weeks without all their prices are left out and counted.
    """
    whose = chosen_site(directory, site, plant=plant, orders=orders, contract=contract_of)
    settings = whose.settings
    task = task_of(settings)
    at = now()
    asked = checked(
        ContractAsked(last_whole_year(at) if year is None else year, every, boxes, time_limit),
        now=at,
    )
    folder = resume or settings.contract_folder
    with (
        opened_site(whose) as store,
        noted(whose.common, "contract advise", asked.year, site=whose.name),
        progress(DOING["habit"].capitalize(), quiet=as_json) as step,
    ):
        memory = kept_answers(folder)

        def told(doing: Doing) -> None:
            step(doing.worked_out, None, DOING[doing.stage].capitalize())

        report = advise(store, task, asked, now=at, step=told, memory=memory)
    if resume is None:
        shutil.rmtree(folder, ignore_errors=True)
    _tell(report, as_json=as_json)


@contract.command()
def show(site: SiteName = None, directory: Dir = None, as_json: Json = False) -> None:
    """The newest advice that is kept: four ways to pay for a year, and how well it is proven."""
    with opened_site(chosen_site(directory, site)) as store:
        report = newest_advice(store, as_of=now())
    if report is None:
        raise RequestInvalid("there is no advice yet: make one with `contract advise`")
    _tell(report, as_json=as_json)


def _tell(report: ContractReport, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(report))
        return
    advice = report.advice
    print_table(
        f"A year like {advice.year} under {advice.contract}, €: electricity tax in, VAT out",
        ("", "P1 … P6, kW", "energy", "power", "excess", "total"),
        [_row(name, cost) for name, cost in _ways(report)],
    )
    for line in _lines(report):
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def _ways(report: ContractReport) -> tuple[tuple[str, YearCost | None], ...]:
    advice = report.advice
    return (
        ("habit, today's contract", advice.habit_now),
        ("habit, its own least contract", advice.habit_least),
        ("plan, today's contract", advice.plan_now),
        ("plan, the contract chosen", advice.plan_chosen),
    )


def _row(name: str, cost: YearCost | None) -> tuple[str, ...]:
    if cost is None:
        return name, "not on time", "", "", "", ""
    eur = (cost.energy_eur, cost.power_eur, cost.excess_eur, cost.total_eur)
    powers = " ".join(f"{kw:g}" for kw in cost.powers_kw)
    return name, powers, *(f"{each:,.0f}" for each in eur)


def _lines(report: ContractReport) -> Iterator[str]:
    advice = report.advice
    if advice.saving_eur is not None:
        yield (
            f"Plan and contract chosen save {advice.saving_eur:,.0f} €/year against the habit at "
            "its own least contract."
        )
    if advice.saving_now_eur is not None:
        yield (
            f"Against the habit at today's contract it is {advice.saving_now_eur:,.0f} €/year, of "
            "which a part needs no plan."
        )
    if advice.gap_eur is not None and advice.bounded_total_eur:
        yield (
            f"No contract that is kept within can cost {advice.gap_eur:,.0f} €/year less "
            f"({advice.gap_eur / advice.bounded_total_eur:.2%}): proven over "
            f"{advice.bounded_weeks} weeks."
        )
    yield (
        f"It stands on {advice.priced} of {advice.weeks} weeks, {advice.first} to {advice.last}, "
        f"{report.market or 'agreed prices'}, plant {report.plant}, orders {report.orders}; made "
        f"{local(report.made_at)} in {report.seconds:,.0f} s."
    )
    if report.simulated:
        yield "The prices are simulated."
    for note in advice.notes:
        yield f"note: {note}"


def _document(report: ContractReport) -> dict[str, Any]:
    advice = report.advice
    ways = ("habit_now", "habit_least", "plan_now", "plan_chosen")
    return {
        "made": utc_iso(report.made_at),
        "seconds": report.seconds,
        "plant": report.plant,
        "orders": report.orders,
        "market": report.market,
        "simulated": report.simulated,
        "asked": asdict(report.asked),
        "year": advice.year,
        "contract": advice.contract,
        "first": advice.first.isoformat(),
        "last": advice.last.isoformat(),
        "weeks": advice.weeks,
        "weeks_priced": advice.priced,
        "weeks_bounded": advice.bounded_weeks,
        **{name: _cost(cost) for name, (_, cost) in zip(ways, _ways(report), strict=True)},
        "saving_eur": advice.saving_eur,
        "saving_now_eur": advice.saving_now_eur,
        "gap_eur": advice.gap_eur,
        "notes": list(advice.notes),
    }


def _cost(cost: YearCost | None) -> dict[str, Any] | None:
    return None if cost is None else {**asdict(cost), "total_eur": cost.total_eur}
