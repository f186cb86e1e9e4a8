"""The ``report`` commands: the plan and the month as files for people."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chocolate_factory.app.factory import task_of
from chocolate_factory.app.files import load_plant
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.output import out, print_json
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.conduct.month import MonthReport, month_report
from chocolate_factory.errors import NoPlan, SettingsInvalid
from chocolate_factory.jobs import emission
from chocolate_factory.planning.plan import plan_to_json
from chocolate_factory.reports.whole import write_whole
from chocolate_factory.standing import KeptPlan, standing
from chocolate_factory.web import month_files, plan_files
from chocolate_factory.web.report_routes import NO_PLAN, asked_month, named, require_machine
from chocolate_factory.web.texts import Language
from chocolate_factory.web.wording import WORDS, Words


class PlanFormat(StrEnum):
    """What a plan can be written as."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"
    ICS = "ics"


class MonthFormat(StrEnum):
    """What a month can be written as."""

    CSV = "csv"
    PDF = "pdf"


Lang = Annotated[Language, typer.Option("--lang", help="Language of the texts")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="The file [default: plan or month-YYYY-MM here, SITE- before it; - prints it]",
    ),
]

report = typer.Typer(
    no_args_is_help=True,
    help=(
        "The plan and the month as files for people.\n\n"
        "`report plan` writes the plan in force as CSV, XLSX, shift sheet (PDF) or calendar (ICS). "
        "`report month` writes what was paid, saved and exceeded in a month as PDF or CSV. The "
        "same stored values give the same bytes."
    ),
)
app.add_typer(report, name="report")


@report.command()
def plan(
    as_format: Annotated[
        PlanFormat, typer.Option("--format", help="What to write")
    ] = PlanFormat.PDF,
    machine: Annotated[str | None, typer.Option(help="Of one machine only, as calendar")] = None,
    lang: Lang = "en",
    out_file: Out = None,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """The plan in force: CSV, XLSX, the A4 shift sheet, or a calendar for all machines or one."""
    if machine is not None and as_format is not PlanFormat.ICS:
        raise SettingsInvalid("--machine goes with --format ics")
    whose = chosen_site(directory, site)
    settings = whose.settings
    slot = load_plant(settings.plant).slot
    with opened_site(whose) as store:
        kept = standing(store, as_of=now(), slot=slot).in_force
    if kept is None:
        raise NoPlan(NO_PLAN)
    require_machine(kept, machine)
    if as_json:
        print_json({"plan_id": kept.plan_id, **plan_to_json(kept.plan)})
        return
    _write(
        _plan_file(kept, as_format, machine, WORDS[lang], site=whose.name),
        out_file,
        named(whose.name, f"plan.{as_format.value}"),
    )


@report.command()
def month(
    month_of: Annotated[
        str | None,
        typer.Option("--month", metavar="YYYY-MM", help="The month [default: the last one over]"),
    ] = None,
    as_format: Annotated[
        MonthFormat, typer.Option("--format", help="What to write")
    ] = MonthFormat.PDF,
    lang: Lang = "en",
    out_file: Out = None,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """The month: paid by period, habit against made and best, savings, excess, forecasts, CO2.

    Paid is the bill of the meter's readings where they are stored, else of the plans as they went
    and the base load; the report says how much is which. Contract and plant are those in force when
    the month ended. What is not known is said, never guessed.
    """
    if month_of is not None and not re.fullmatch(r"20\d{2}-(0[1-9]|1[0-2])", month_of):
        raise SettingsInvalid(f"--month {month_of!r} is not a month YYYY-MM")
    whose = chosen_site(directory, site)
    settings = whose.settings
    task = task_of(settings)
    at = now()
    with opened_site(whose) as store:
        told = month_report(
            store, task, asked_month(month_of, at), now=at, emission=emission(settings)
        )
    if as_json:
        print_json(month_files.month_json(told))
        return
    _write(
        _month_file(told, as_format, WORDS[lang]),
        out_file,
        named(whose.name, f"month-{told.first:%Y-%m}.{as_format.value}"),
    )


def _plan_file(
    kept: KeptPlan, as_format: PlanFormat, machine: str | None, words: Words, *, site: str
) -> bytes:
    match as_format:
        case PlanFormat.CSV:
            return plan_files.plan_csv(kept, words)
        case PlanFormat.XLSX:
            return plan_files.plan_xlsx(kept, words)
        case PlanFormat.PDF:
            return plan_files.plan_pdf(kept, words)
        case PlanFormat.ICS:
            return plan_files.plan_ics(kept, words, site=site, machine=machine)


def _month_file(told: MonthReport, as_format: MonthFormat, words: Words) -> bytes:
    if as_format is MonthFormat.CSV:
        return month_files.month_csv(told, words)
    from chocolate_factory.web.month_paper import month_pdf  # noqa: PLC0415 - takes half a second

    return month_pdf(told, words)


def _write(data: bytes, path: Path | None, name: str) -> None:
    """Write the file whole or not at all; ``-`` is standard output."""
    if path is not None and str(path) == "-":
        sys.stdout.buffer.write(data)
        return
    target = path or Path(name)
    write_whole(target, data)
    out.print(f"written: {target} ({len(data)} bytes)", highlight=False, soft_wrap=True)
