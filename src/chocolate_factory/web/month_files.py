"""The month as CSV and JSON: every figure with its unit, by the names of the interface."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chocolate_factory.conduct.month import MonthReport
from chocolate_factory.market.bill import bill_to_json
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.market.catalog import spec
from chocolate_factory.reports.csv_file import csv_text
from chocolate_factory.web.month_tables import by_period, notes_of
from chocolate_factory.web.wording import WORDS, Words

Row = tuple[str, str, str, object, str]
"""Section, item, detail, value and unit."""


def month_csv(report: MonthReport, words: Words) -> bytes:
    """Every figure of the report, one in a row, in full; an empty value is not known."""
    header = [
        words.text("field.section"),
        words.text("field.item"),
        words.text("field.detail"),
        words.text("field.value"),
        words.text("field.unit"),
    ]
    return csv_text(header, _rows(report, words), decimal_comma=words.language == "es").encode()


def month_json(report: MonthReport) -> dict[str, Any]:
    """The report as plain JSON values: the bill, and every row of the English CSV."""
    return {
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "whole": report.whole,
        "plant": report.plant,
        "contract": report.contract,
        "simulated": report.simulated,
        "bill": None if report.paid is None else bill_to_json(report.paid.bill),
        "unpaid": report.unpaid,
        "figures": [
            dict(zip(("section", "item", "detail", "value", "unit"), row, strict=True))
            for row in _rows(report, WORDS["en"])
        ],
    }


def _rows(report: MonthReport, words: Words) -> Iterator[Row]:
    """Every figure; only reasons and notes are in the reader's language."""
    yield from _bill_rows(report, words)
    yield from _savings_rows(report, words)
    yield from _quality_rows(report, words)


def _bill_rows(report: MonthReport, words: Words) -> Iterator[Row]:
    if report.paid is None:
        yield "bill", "total_eur", words.note(report.unpaid)[0], "", "EUR"
        return
    bill = report.paid.bill
    for number, kwh, parts in by_period(report.paid):
        yield "bill", "energy_kwh", f"P{number}", kwh, "kWh"
        for name, eur in zip(("energy_eur", "power_eur", "excess_eur"), parts, strict=True):
            yield "bill", name, f"P{number}", "" if eur is None else eur, "EUR"
    yield "bill", "excess_eur", "", "" if bill.excess_eur is None else bill.excess_eur, "EUR"
    for name in ("energy_eur", "power_eur", "electricity_tax_eur", "total_eur", "vat_eur",
                 "total_with_vat_eur"):  # fmt: skip
        yield "bill", name, "", getattr(bill, name), "EUR"
    yield "bill", "kwh", "", bill.kwh, "kWh"
    yield "bill", "quarter_hours_measured", "", report.paid.measured, ""
    yield "bill", "quarter_hours", "", report.paid.quarters, ""
    for one in report.paid.events:
        when = f"{_iso(one.excess.start)}/{_iso(one.excess.end)} P{one.excess.period}"
        yield "excess", "highest_kw", when, one.excess.highest_kw, "kW"
        yield "excess", "eur", when, one.excess.eur, "EUR"
        yield "excess", "machines", when, " ".join(one.machines), ""


def _savings_rows(report: MonthReport, words: Words) -> Iterator[Row]:
    account = report.account.told()
    for name in _OF_ACCOUNT:
        value = account[name]
        why = "" if value is not None or account["days_closed"] else words.text("month.no_days")
        yield "savings", name, why, "" if value is None else value, _unit(name)
    if report.excess is None:
        yield "excess", "habit_eur", words.note(report.no_excess)[0], "", "EUR"
    else:
        for name in ("habit_eur", "planned_eur", "actual_eur"):
            yield "excess", name, "", getattr(report.excess, name), "EUR"
    for week in report.weeks:
        for name in ("baseline_eur", "by_recipe_eur", "possible_eur"):
            yield "week", name, week.monday.isoformat(), getattr(week, name), "EUR"
    for day in report.days:
        for name in ("baseline_eur", "actual_eur", "saving_eur", "consumption_eur", "energy_kwh"):
            yield "day", name, day.day.isoformat(), getattr(day, name), _unit(name)


_OF_ACCOUNT = (
    "days_closed", "days_revised", "days_left_out", "batches", "missing", "kg", "energy_kwh",
    "baseline_eur", "planned_eur", "as_planned_eur", "actual_eur", "by_recipe_eur", "saving_eur",
    "saving_pct", "shifting_eur", "early_eur", "consumption_eur", "level_eur", "level_days",
    "eur_per_tonne", "blocks", "reported", "measured", "late_blocks", "weeks", "possible_eur",
    "captured_pct", "months", "habit_excess_eur", "planned_excess_eur", "actual_excess_eur",
)  # fmt: skip
"""What `/insights/savings-tracking` answers, by the same names."""


def _quality_rows(report: MonthReport, words: Words) -> Iterator[Row]:
    unit = "" if report.market is None else spec(report.market).unit
    for (first, last), figures in report.forecasts:
        lead = f"{first}-{last} d"
        yield "forecast", "mae", lead, "" if figures is None else figures.mae, unit
        if figures is not None:
            naive, rmae = figures.naive_mae, figures.rmae
            yield "forecast", "naive_mae", lead, "" if naive is None else naive, unit
            yield "forecast", "rmae", lead, "" if rmae is None else rmae, ""
            yield "forecast", "coverage_80_pct", lead, 100 * figures.coverage_80, "%"
            yield "forecast", "days", lead, figures.days, ""
    source = "" if report.emission is None else report.emission.source
    yield "co2", "co2_kg", source, "" if report.co2_kg is None else report.co2_kg, "kg"
    for one in report.complete:
        yield "data", f"{one.what}_present", "", one.present, ""
        yield "data", f"{one.what}_expected", "", one.expected, ""
    for number, note in enumerate(notes_of(report), start=1):
        yield "note", str(number), words.note(note)[0], "", ""


def _unit(name: str) -> str:
    endings = {"_eur": "EUR", "_kwh": "kWh", "_pct": "%", "kg": "kg", "_per_tonne": "EUR/t"}
    return next((unit for ending, unit in endings.items() if name.endswith(ending)), "")


def _iso(instant: datetime) -> str:
    return instant.astimezone(MADRID).isoformat(timespec="minutes")
