"""The ``what-if`` command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from chocolate_factory import pipeline
from chocolate_factory.app.factory import task_of
from chocolate_factory.app.files import read_text
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.output import out, print_json, print_table
from chocolate_factory.cli.root import Dir, Json, app, now, parse_instant
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.conduct.what_if import Move, Outcome, Variant
from chocolate_factory.conduct.what_if import what_if as compare
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.jobs import rules_of
from chocolate_factory.market.contract import NAMED_CONTRACTS, contract_named
from chocolate_factory.planning.equipment import Hours
from chocolate_factory.planning.plant_file import WEEKDAYS, Span

_SPAN: TypeAdapter[Any] = TypeAdapter(Span)


@app.command("what-if")
def what_if(
    contract: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(NAMED_CONTRACTS)} or a contract file")
    ] = None,
    contracted_kw: Annotated[
        list[str] | None,
        typer.Option(help="Contracted power, P1 first: 100,100,120,120,120,150", metavar="KW,…"),
    ] = None,
    staffed: Annotated[
        list[str] | None,
        typer.Option(help='Further staffed hours: "sat 14:00-22:00"', metavar="DAY HOURS"),
    ] = None,
    machines: Annotated[
        list[str] | None,
        typer.Option(help="Machines more or fewer of a stage: conching+1", metavar="STAGE±N"),
    ] = None,
    orders_factor: Annotated[
        list[str] | None,
        typer.Option(help="Orders of a grade times so much: premium=1.5", metavar="GRADE=F"),
    ] = None,
    plant_file: Annotated[
        list[Path] | None, typer.Option(help="Another whole plant file: photovoltaics, recipes, …")
    ] = None,
    orders_file: Annotated[list[Path] | None, typer.Option(help="Other orders")] = None,
    move: Annotated[
        list[str] | None,
        typer.Option(
            help="A batch of the plan in force to another time: standard-03@2025-11-19T10:00+01:00",
            metavar="BATCH@ISO",
        ),
    ] = None,
    days: Annotated[int, typer.Option(help="Local days to plan", min=1, max=14)] = 7,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """What the coming days would cost otherwise: each option, given as often as wanted, a variant.

    Every variant is planned anew from the same prices and compared with the plant as it is; a move
    with the plan in force. Costs are process energy, power above the contracted one, the power term
    of the days planned, and further staff at the plant file's overtime_eur_h. Nothing is kept.
    """
    variants = (
        *(Variant(f"contract {name}", contract=_contract(name)) for name in contract or ()),
        *(_contracted(text) for text in contracted_kw or ()),
        *(_staffed(text) for text in staffed or ()),
        *(_machines(text) for text in machines or ()),
        *(_factor(text) for text in orders_factor or ()),
        *_files(plant_file or (), orders_file or ()),
        *(_move(text) for text in move or ()),
    )
    whose = chosen_site(directory, site)
    settings = whose.settings
    task = replace(task_of(settings), days=days)
    with opened_site(whose) as store:
        rows = compare(
            store,
            task,
            variants,
            now=now(),
            models=pipeline.MODELS,
            rules=rules_of(settings),
        )
    if as_json:
        print_json({"rows": [_document(row) for row in rows]})
    else:
        _print(rows)


def _contract(name: str) -> str:
    path = Path(name)
    return read_text(path, "contract file") if path.is_file() else contract_named(name).name


def _contracted(text: str) -> Variant:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise SettingsInvalid(f"--contracted-kw: {text!r} is not like 100,100,120") from None
    return Variant(f"contracted {text} kW", contracted_kw=values)


def _staffed(text: str) -> Variant:
    day, _, hours = text.strip().lower().partition(" ")
    if day not in WEEKDAYS:
        raise SettingsInvalid(f"--staffed: {text!r} is not like 'sat 14:00-22:00'")
    try:
        span = _SPAN.validate_python(hours.strip())
    except ValidationError as fault:
        raise SettingsInvalid(f"--staffed: {fault.errors()[0]['msg']}") from None
    return Variant(f"staffed {text}", staffed={WEEKDAYS.index(day): (Hours(*span),)})


def _machines(text: str) -> Variant:
    for sign in "+-":
        stage, found, count = text.rpartition(sign)
        if found and stage and count.isdecimal():
            return Variant(f"machines {text}", machines={stage: int(sign + count)})
    raise SettingsInvalid(f"--machines: {text!r} is not like conching+1")


def _factor(text: str) -> Variant:
    grade, _, factor = text.partition("=")
    try:
        return Variant(f"orders of {grade} × {factor}", orders_factor={grade: float(factor)})
    except ValueError:
        raise SettingsInvalid(f"--orders-factor: {text!r} is not like premium=1.5") from None


def _files(plants: Sequence[Path], orders: Sequence[Path]) -> Iterator[Variant]:
    for path in plants:
        yield Variant(f"plant {path.name}", plant=read_text(path, "plant file"))
    for path in orders:
        yield Variant(f"orders {path.name}", orders=read_text(path, "orders file"))


def _move(text: str) -> Variant:
    batch, _, instant = text.partition("@")
    begin = parse_instant(instant, option="--move")
    if not batch or begin is None:
        raise SettingsInvalid(f"--move: {text!r} is not like standard-03@2025-11-19T10:00+01:00")
    return Variant(f"move {text}", move=Move(batch, begin))


def _document(row: Outcome) -> dict[str, Any]:
    plan = row.plan
    return {
        "name": row.name,
        "against": row.against,
        "difference_eur": row.difference_eur,
        "reasons": list(row.reasons),
        "plan_eur": None if plan is None else plan.schedule.objective_eur,
        "power_term_eur": row.power_term_eur,
        "staff_h": None if plan is None else row.staff_h,
        "staff_eur": None if plan is None else row.staff_eur,
        "habit_eur": None if plan is None else plan.baseline.objective_eur,
        "energy_kwh": None if plan is None else plan.schedule.energy_kwh,
        "kg": None if plan is None else row.kg,
        "status": None if plan is None else plan.schedule.status,
        "gap": None if plan is None else plan.schedule.gap,
        "notes": list(row.notes),
    }


def _print(rows: Sequence[Outcome]) -> None:
    paid = any(row.staff_eur != 0 for row in rows if row.plan is not None)
    costs = ("power term €", "staff €") if paid else ("power term €",)
    termed = any(row.power_term_eur is not None for row in rows)
    head = ("", "plan €", *costs, "difference €", "habit €", "kWh", "kg", "proof")
    print_table(
        "Cost of the coming days: process energy"
        + (", contracted power" if termed else "")
        + (", further staff" if paid else ""),
        head,
        [_row(row, len(head), paid=paid) for row in rows],
    )
    for row in rows:
        for reason in row.reasons:
            out.print(f"{row.name}: {reason}", highlight=False, markup=False, soft_wrap=True)
    for note in dict.fromkeys(note for row in rows for note in row.notes):
        out.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)


def _row(row: Outcome, width: int, *, paid: bool) -> tuple[str, ...]:
    """``paid``: whether any variant has further staff."""
    if row.plan is None:
        return (row.name, "not possible", *[""] * (width - 2))
    told = row.plan.schedule
    gap = "–" if told.gap is None else f"{told.status}, gap {told.gap:.4%}"
    difference = "" if row.difference_eur is None else f"{row.difference_eur:+.2f}"
    term = "–" if row.power_term_eur is None else f"{row.power_term_eur:.2f}"
    staff = "–" if row.staff_eur is None else f"{row.staff_eur:.2f}"
    return (
        row.name, f"{told.objective_eur:.2f}", term, *((staff,) if paid else ()), difference,
        f"{row.plan.baseline.objective_eur:.2f}", f"{told.energy_kwh:.2f}", f"{row.kg:g}", gap,
    )  # fmt: skip
