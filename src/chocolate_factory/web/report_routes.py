"""The paths that answer with files for people: the plan in force and the month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from chocolate_factory.conduct.month import MonthReport
from chocolate_factory.errors import NoPlan, Unknown
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.standing import KeptPlan
from chocolate_factory.web import month_files, plan_files, schemas
from chocolate_factory.web.asked_site import asked_site
from chocolate_factory.web.routes import InLanguage
from chocolate_factory.web.texts import Language
from chocolate_factory.web.wording import WORDS

CSV, PDF, CALENDAR = "text/csv; charset=utf-8", "application/pdf", "text/calendar; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_PLAN = "no plan is in force: make one with `chocolate-factory plan`"

_Replies = dict[int | str, dict[str, Any]]
_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_UNREADABLE: _Replies = {503: {**_PROBLEM, "description": "The store cannot be read"}}
_NO_PLAN: _Replies = {
    503: {**_PROBLEM, "description": "No plan is in force, or the store cannot be read"},
    422: {**_PROBLEM, "description": "A parameter that does not fit"},
}
_MONTH_REPLIES: _Replies = {
    **_UNREADABLE,
    404: {**_PROBLEM, "description": "None of its days is over"},
    422: {**_PROBLEM, "description": "Not a month"},
}

AskedMonth = Annotated[
    str | None,
    Query(
        pattern=r"^20\d{2}-(0[1-9]|1[0-2])$",
        description="The month, YYYY-MM; without it the last one that is over",
        examples=["2026-10"],
    ),
]


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """What files are made of; filled in by the composition root.

    Parameters
    ----------
    now
        The present instant, UTC.
    in_force
        The plan in force as it went so far; None if there is none.
    month
        The report of the calendar month of a day; raises ``Unknown`` before it has begun.
    """

    now: Callable[[], datetime]
    in_force: Callable[[], KeptPlan | None]
    month: Callable[[date], MonthReport]


def report_routes(desk: ReportDesk) -> APIRouter:
    """Files in the reader's language; the same stored values give the same bytes."""
    router = APIRouter(prefix="/reports", tags=["reports"])

    def kept() -> KeptPlan:
        found = desk.in_force()
        if found is None:
            raise NoPlan(NO_PLAN)
        return found

    @router.get(
        "/plan.csv",
        summary="The plan as CSV",
        response_class=Response,
        responses=_file(CSV, "Blocks, one in a row", "batch,grade,stage,machine") | _NO_PLAN,
    )
    def plan_csv(language: InLanguage) -> Response:
        """Every block with instants (offset), energy [kWh] and cost [EUR]. In Spanish as a
        spreadsheet there opens it: semicolons and decimal commas."""
        return _answer(plan_files.plan_csv(kept(), WORDS[language]), CSV, "plan.csv", language)

    @router.get(
        "/plan.xlsx",
        summary="The plan as a workbook",
        response_class=Response,
        responses=_file(XLSX, "Blocks, batches and summary on three sheets") | _NO_PLAN,
    )
    def plan_xlsx(language: InLanguage) -> Response:
        """Typed cells; instants in Madrid's wall-clock time, energy in kWh, cost in EUR."""
        return _answer(plan_files.plan_xlsx(kept(), WORDS[language]), XLSX, "plan.xlsx", language)

    @router.get(
        "/plan.pdf",
        summary="The shift sheet",
        response_class=Response,
        responses=_file(PDF, "A4, a page for each day") | _NO_PLAN,
    )
    def plan_pdf(language: InLanguage) -> Response:
        """Machines over the hours of each day with the cheap hours marked, and what begins when,
        with room to write down when it began; from the day on which the plan was made, with what
        it took over."""
        return _answer(plan_files.plan_pdf(kept(), WORDS[language]), PDF, "plan.pdf", language)

    @router.get(
        "/plan.ics",
        summary="The plan as a calendar",
        response_class=Response,
        responses=_file(CALENDAR, "An entry for each block", "BEGIN:VCALENDAR")
        | _NO_PLAN
        | {404: {**_PROBLEM, "description": "The plan uses no such machine; says which it does"}},
    )
    def plan_ics(
        language: InLanguage,
        machine: Annotated[
            str | None,
            Query(description="Of one machine only", max_length=100, examples=["conche-1"]),
        ] = None,
    ) -> Response:
        """To subscribe to, for all machines or for one, or to take in again: the same stage of the
        same batch keeps its id from plan to plan, and its sequence says which is newer."""
        found = kept()
        require_machine(found, machine)
        made = plan_files.plan_ics(found, WORDS[language], site=asked_site(), machine=machine)
        return _answer(made, CALENDAR, "plan.ics", language)

    @router.get(
        "/month.csv",
        summary="The month as CSV",
        response_class=Response,
        responses=_file(CSV, "A figure in a row", "section,item,detail,value,unit")
        | _MONTH_REPLIES,
    )
    def month_csv(language: InLanguage, month: AskedMonth = None) -> Response:
        """Every figure of the report with its unit, by the names of the interface; an empty value
        is not known."""
        report = desk.month(asked_month(month, desk.now()))
        made = month_files.month_csv(report, WORDS[language])
        return _answer(made, CSV, f"month-{report.first:%Y-%m}.csv", language)

    @router.get(
        "/month.pdf",
        summary="The month for finance and for energy",
        response_class=Response,
        responses=_file(PDF, "A4: a page for finance, then an annex for energy") | _MONTH_REPLIES,
    )
    def month_pdf(language: InLanguage, month: AskedMonth = None) -> Response:
        """What was paid by period; the same production by habit, as made and at best; the saving
        and its method. Then power, excess, forecasts, following of the plan, CO₂, completeness."""
        report = desk.month(asked_month(month, desk.now()))
        from chocolate_factory.web.month_paper import month_pdf  # noqa: PLC0415 - takes half a second

        made = month_pdf(report, WORDS[language])
        return _answer(made, PDF, f"month-{report.first:%Y-%m}.pdf", language)

    return router


def asked_month(text: str | None, now: datetime) -> date:
    """The first day of the month that is asked for, or of the last one that is over."""
    if text is not None:
        return date.fromisoformat(f"{text}-01")
    return (delivery_day(now).replace(day=1) - timedelta(days=1)).replace(day=1)


def named(site: str, file: str) -> str:
    """What a file is called: with the site in front, if it has a name."""
    return f"{site}-{file}" if site else file


def require_machine(kept: KeptPlan, machine: str | None) -> None:
    """Raise ``Unknown`` with the known names if the plan uses no such machine."""
    known = plan_files.machines_of(kept.plan)
    if machine is not None and machine not in known:
        raise Unknown(f"no machine {machine!r} in the plan; there are {', '.join(known)}")


def _file(media_type: str, description: str, example: str | None = None) -> _Replies:
    schema = {"type": "string"} if example else {"type": "string", "format": "binary"}
    told: dict[str, Any] = {"schema": schema}
    if example:
        told["example"] = example
    return {200: {"description": description, "content": {media_type.partition(";")[0]: told}}}


def _answer(body: bytes, media_type: str, name: str, language: Language) -> Response:
    return Response(
        body,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{named(asked_site(), name)}"',
            "Content-Language": language,
            "Vary": "Accept-Language",
        },
    )
