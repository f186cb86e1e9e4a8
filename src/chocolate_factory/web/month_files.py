"""The month as files for people: a page for finance, an annex for energy, and all of it as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from chocolate_factory.conduct.month import MonthReport, Paid
from chocolate_factory.market.bill import Bill, bill_to_json
from chocolate_factory.market.calendar import MADRID, local_midnight
from chocolate_factory.market.catalog import DAY, spec
from chocolate_factory.planning.closing import DayAccount
from chocolate_factory.reports.content import Bars, Chart, Table, Tile, Tone
from chocolate_factory.reports.csv_file import csv_text
from chocolate_factory.reports.drawing import draw_chart
from chocolate_factory.reports.paper import Paper
from chocolate_factory.web.wording import Words

Row = tuple[str, str, str, object, str]


def month_csv(report: MonthReport, words: Words) -> bytes:
    """Every figure of the report, one in a row, in full; an empty value is not known."""
    header = [
        words.text("column.section"),
        words.text("column.item"),
        words.text("column.detail"),
        words.text("column.value"),
        words.text("column.unit"),
    ]
    rows = [*_bill_rows(report), *_savings_rows(report), *_quality_rows(report)]
    return csv_text(header, rows, decimal_comma=words.language == "es").encode()


def month_json(report: MonthReport) -> dict[str, Any]:
    """The report as plain JSON values: the bill, and every row of the CSV."""
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
            for row in (*_bill_rows(report), *_savings_rows(report), *_quality_rows(report))
        ],
    }


def month_pdf(report: MonthReport, words: Words) -> bytes:
    """The report on A4: what finance asks on the first page, what energy asks after it."""
    named = words.month(report.first)
    paper = Paper(
        words.text("month.title", month=named),
        language=words.language,
        created=local_midnight(report.last + DAY),
        footer=f"{report.plant} · {words.text('month.title', month=named)}",
    )
    paper.add_page()
    _finance(paper, report, words)
    paper.add_page()
    _energy(paper, report, words)
    return paper.data()


def _finance(paper: Paper, report: MonthReport, words: Words) -> None:
    paper.title_line(
        words.text("month.title", month=words.month(report.first)),
        words.text(
            "month.below", plant=report.plant, contract=report.contract,
            first=words.calendar_day(report.first), last=words.calendar_day(report.last),
        ),
    )  # fmt: skip
    if report.simulated:
        paper.banner(f"{words.text('page.simulated')}. {words.text('page.simulated_why')}")
    if not report.whole:
        paper.banner(words.text("month.running", last=words.calendar_day(report.last)))
    paper.tiles(list(_tiles(report, words)))
    paper.heading(words.text("month.by_period"))
    if report.paid is None:
        paper.paragraph(words.text("month.unpaid", reason=report.unpaid))
    else:
        paper.rows(_paid_table(report.paid.bill, words))
        draw_chart(paper, _paid_chart(report.paid.bill, words), height_mm=40)
        paper.paragraph(_basis(report.paid, words), muted=True)
    paper.heading(words.text("month.same"))
    if not report.account.days_closed:
        paper.paragraph(words.text("month.no_days"))
        return
    paper.rows(_same_table(report, words))
    draw_chart(paper, _days_chart(report.days, words), height_mm=40)
    paper.paragraph(" ".join(_parts(report, words)))
    paper.paragraph(words.text("savings.method"), muted=True)


def _energy(paper: Paper, report: MonthReport, words: Words) -> None:
    paper.title_line(words.text("month.annex", month=words.month(report.first)), report.plant)
    if report.paid is not None:
        _power(paper, report.paid, words)
    paper.heading(words.text("month.forecasts"))
    scored = [row for row in _forecast_rows(report, words) if row]
    if scored and report.market is not None:
        unit = words.unit(spec(report.market).unit)
        paper.rows(
            Table(
                [
                    words.text("month.ahead"), words.text("month.days"),
                    words.text("month.mae", unit=unit), words.text("month.naive", unit=unit),
                    words.text("month.rmae"), words.text("month.band"),
                ],
                scored, (0.25, 0.11, 0.18, 0.2, 0.11, 0.15), frozenset(range(1, 6)),
            )
        )  # fmt: skip
    else:
        paper.paragraph(words.text("month.no_scores"))
    paper.heading(words.text("month.adherence"), room_mm=16)
    paper.paragraph(_adherence(report, words))
    paper.heading(words.text("month.co2"), room_mm=16)
    paper.paragraph(_co2(report, words))
    paper.heading(words.text("month.data"))
    paper.rows(
        Table(
            [words.text(f"month.{name}") for name in ("what", "there", "should", "share")],
            [
                (
                    words.text(f"complete.{one.what}"),
                    words.number(one.present),
                    words.number(one.expected),
                    words.percent(100 * one.present / one.expected) if one.expected else "–",
                )
                for one in report.complete
            ],
            (0.49, 0.17, 0.17, 0.17),
            frozenset({1, 2, 3}),
        )
    )
    if report.days:
        paper.heading(words.text("month.table"))
        paper.rows(_day_table(report.days, words))
    notes = _notes(report)
    if notes:
        paper.heading(words.text("month.notes"), room_mm=16)
        for note in notes:
            paper.paragraph(f"· {note}")


def _power(paper: Paper, paid: Paid, words: Words) -> None:
    paper.heading(words.text("month.peaks"), room_mm=52)
    draw_chart(
        paper,
        Chart(
            labels=[str(peak.day.day) for peak in paid.peaks],
            bars=[Bars(words.text("month.highest_bar"), [p.kw for p in paid.peaks], "middle")],
            unit="kW",
            written=words.number,
            limits=[peak.contracted_kw for peak in paid.peaks],
            limit_name=words.text("month.contracted_line"),
        ),
        height_mm=44,
    )
    paper.heading(words.text("month.events"))
    if paid.events:
        names = ("when", "period", "highest", "contracted", "excess_eur", "machines")
        paper.rows(
            Table(
                [words.text(f"month.{name}") for name in names],
                [
                    (
                        words.span(_local(one.excess.start), _local(one.excess.end)),
                        f"P{one.excess.period}",
                        words.number(one.excess.highest_kw, 1),
                        words.number(one.excess.contracted_kw, 1),
                        words.number(one.excess.eur, 2),
                        ", ".join(one.machines),
                    )
                    for one in paid.events
                ],
                (0.22, 0.09, 0.13, 0.15, 0.12, 0.29),
                frozenset({2, 3, 4}),
            )
        )
    else:
        by_hour = any("read by the hour" in note for note in paid.bill.notes)
        paper.paragraph(words.text("month.excess_unknown" if by_hour else "month.no_events"))
    paper.heading(words.text("month.energy_parts"))
    parts: dict[str, float] = {}
    for line in paid.bill.energy:
        for name, eur in line.parts_eur.items():
            parts[name] = parts.get(name, 0.0) + eur
    paper.rows(
        Table(
            [words.text("month.part"), words.text("month.energy_eur"), words.text("month.share")],
            [
                (
                    name.replace("_", " "),
                    words.number(eur, 2),
                    words.percent(100 * eur / paid.bill.energy_eur)
                    if paid.bill.energy_eur
                    else "–",
                )
                for name, eur in parts.items()
            ],
            (0.6, 0.2, 0.2),
            frozenset({1, 2}),
        )
    )


def _tiles(report: MonthReport, words: Words) -> Iterator[Tile]:
    account, unknown = report.account, words.text("month.unknown")
    if report.paid is None:
        yield Tile(words.text("month.total"), unknown)
        yield Tile(words.text("month.energy"), unknown)
    else:
        bill = report.paid.bill
        yield Tile(
            words.text("month.total"),
            words.money(bill.total_eur),
            words.text("month.with_vat", eur=words.money(bill.total_with_vat_eur)),
        )
        yield Tile(
            words.text("month.energy"),
            words.quantity(bill.kwh, "kWh", 0),
            words.text("month.mean", price=words.price(bill.total_eur / bill.kwh))
            if bill.kwh
            else "",
        )
    if account.saving_pct is None:
        yield Tile(words.text("month.saving"), unknown)
    else:
        yield Tile(
            words.text("month.saving"),
            words.money(account.saving_eur),
            words.text("month.saving_of", share=words.percent(account.saving_pct)),
        )
    yield Tile(
        words.text("month.captured"),
        unknown if account.captured_pct is None else words.percent(account.captured_pct),
        words.text("month.captured_of", weeks=words.number(account.weeks))
        if account.weeks
        else words.text("month.no_week"),
    )


def _paid_table(bill: Bill, words: Words) -> Table:
    names = ("period", "kwh", "energy_eur", "power_eur", "excess_eur", "sum_eur")
    rows = [
        (f"P{number}", words.number(kwh), *(words.number(eur, 2) for eur in (*parts, sum(parts))))
        for number, kwh, parts in _by_period(bill)
    ]
    sums = (bill.energy_eur, bill.power_eur, bill.excess_eur)
    totals = [
        ("", words.number(bill.kwh), *(words.number(eur, 2) for eur in (*sums, sum(sums)))),
        *(
            (words.text(f"month.{name}"), "", "", "", "", words.number(eur, 2))
            for name, eur in (
                ("tax", bill.electricity_tax_eur),
                ("no_vat", bill.total_eur),
                ("vat", bill.vat_eur),
                ("all", bill.total_with_vat_eur),
            )
        ),
    ]
    return Table(
        [words.text(f"month.{name}") for name in names],
        [*rows, *totals],
        (0.24, 0.14, 0.155, 0.155, 0.155, 0.155),
        frozenset(range(1, 6)),
        frozenset({len(rows), len(rows) + 2, len(rows) + 4}),
    )


def _by_period(bill: Bill) -> Iterator[tuple[int, float, tuple[float, float, float]]]:
    """Period, energy [kWh], and what energy, power and excess of it cost [EUR]."""
    numbers = {line.period for line in bill.energy} | {line.period for line in bill.power}
    for number in sorted(numbers | {line.period for line in bill.excess}):
        yield (
            number,
            sum(line.kwh for line in bill.energy if line.period == number),
            (
                sum(line.eur for line in bill.energy if line.period == number),
                sum(line.eur for line in bill.power if line.period == number),
                sum(line.eur for line in bill.excess if line.period == number),
            ),
        )


def _paid_chart(bill: Bill, words: Words) -> Chart:
    found = list(_by_period(bill))
    shown: tuple[tuple[str, Tone], ...] = (
        ("energy_eur", "dark"), ("power_eur", "middle"), ("excess_eur", "light"),
    )  # fmt: skip
    return Chart(
        labels=[f"P{number}" for number, _, _ in found],
        bars=[
            Bars(words.text(f"month.{name}"), [parts[at] for _, _, parts in found], tone)
            for at, (name, tone) in enumerate(shown)
        ],
        unit="€",
        written=words.number,
    )


def _same_table(report: MonthReport, words: Words) -> Table:
    account, weeks = report.account, report.weeks
    tonnes = account.kg / 1000

    def per_tonne(eur: float) -> str:
        return words.number(eur / tonnes, 2) if tonnes else "–"

    best = sum(week.possible_eur or 0.0 for week in weeks)
    ways = (
        ("habit", account.baseline_eur, sum(week.baseline_eur for week in weeks)),
        ("paid", account.actual_eur, sum(week.actual_eur for week in weeks)),
    )
    rows = [
        (
            words.text(f"month.{name}"),
            words.number(eur, 2),
            per_tonne(eur),
            words.number(of_weeks, 2) if weeks else "–",
        )
        for name, eur, of_weeks in ways
    ]
    rows.append((words.text("month.best"), "–", "–", words.number(best, 2) if weeks else "–"))
    return Table(
        [
            words.text("month.way"),
            words.text("month.all_days", days=words.number(account.days_closed)),
            words.text("month.per_tonne"),
            words.text("month.whole_weeks", weeks=words.number(len(weeks))),
        ],
        rows,
        (0.4, 0.2, 0.17, 0.23),
        frozenset({1, 2, 3}),
    )


def _days_chart(days: Sequence[DayAccount], words: Words) -> Chart:
    return Chart(
        labels=[str(one.day.day) for one in days],
        bars=[
            Bars(words.text("month.habit"), [one.baseline_eur for one in days], "light"),
            Bars(words.text("month.paid"), [one.actual_eur for one in days], "dark"),
        ],
        unit="€",
        written=words.number,
    )


def _parts(report: MonthReport, words: Words) -> Iterator[str]:
    account = report.account
    yield words.text(
        "month.parts",
        shifting=words.money(account.shifting_eur),
        early=words.money(account.early_eur),
        consumption=words.money(account.consumption_eur),
    )
    if account.level_eur is not None:
        yield words.text(
            "month.level",
            level=words.money(account.level_eur),
            days=words.number(account.level_days),
        )


def _basis(paid: Paid, words: Words) -> str:
    return words.text(
        "month.basis", measured=words.number(paid.measured), quarters=words.number(paid.quarters)
    )


def _forecast_rows(report: MonthReport, words: Words) -> Iterator[tuple[str, ...]]:
    for (first, last), figures in report.forecasts:
        if figures is not None:
            decimals = 2 if figures.mae >= 1 else 4
            yield (
                words.text(f"lead.{first}_{last}"),
                words.number(figures.days),
                words.number(figures.mae, decimals),
                "–" if figures.naive_mae is None else words.number(figures.naive_mae, decimals),
                "–" if figures.rmae is None else words.number(figures.rmae, 2),
                words.percent(100 * figures.coverage_80),
            )


def _adherence(report: MonthReport, words: Words) -> str:
    account = report.account
    missing, blocks = words.number(account.missing), words.number(account.blocks)
    if not account.reported:
        return words.text("month.not_followed", blocks=blocks, missing=missing)
    on_time = max(account.reported - account.late_blocks, 0)
    return words.text(
        "month.followed",
        on_time=words.number(on_time),
        reported=words.number(account.reported),
        share=words.percent(100 * on_time / account.reported),
        blocks=blocks,
        missing=missing,
    )


def _co2(report: MonthReport, words: Words) -> str:
    if report.co2_kg is None or report.emission is None or report.paid is None:
        return words.text("month.co2_unknown")
    return words.text(
        "month.co2_is",
        kg=words.quantity(report.co2_kg, "kg CO₂", 0),
        kwh=words.quantity(report.paid.bill.kwh, "kWh", 0),
        factor=words.quantity(report.emission.g_kwh, "g/kWh", 0),
        source=report.emission.source,
    )


def _day_table(days: Sequence[DayAccount], words: Words) -> Table:
    names = ("day", "batches", "kwh", "habit", "paid", "saving_eur")
    return Table(
        [words.text(f"month.{name}") for name in names],
        [
            (
                words.dated(one.day),
                words.number(one.batches),
                words.number(one.energy_kwh, 1),
                words.number(one.baseline_eur, 2),
                words.number(one.actual_eur, 2),
                words.number(one.saving_eur, 2),
            )
            for one in days
        ],
        (0.2, 0.12, 0.17, 0.17, 0.17, 0.17),
        frozenset(range(1, 6)),
    )


def _notes(report: MonthReport) -> tuple[str, ...]:
    billed = () if report.paid is None else report.paid.bill.notes
    return tuple(dict.fromkeys((*billed, *report.account.notes)))


def _bill_rows(report: MonthReport) -> Iterator[Row]:
    if report.paid is None:
        yield "bill", "total_eur", report.unpaid, "", "EUR"
        return
    bill = report.paid.bill
    for number, kwh, parts in _by_period(bill):
        yield "bill", "energy_kwh", f"P{number}", kwh, "kWh"
        for name, eur in zip(("energy_eur", "power_eur", "excess_eur"), parts, strict=True):
            yield "bill", name, f"P{number}", eur, "EUR"
    for name in ("energy_eur", "power_eur", "excess_eur", "electricity_tax_eur", "total_eur",
                 "vat_eur", "total_with_vat_eur"):  # fmt: skip
        yield "bill", name, "", getattr(bill, name), "EUR"
    yield "bill", "kwh", "", bill.kwh, "kWh"
    yield "bill", "quarter_hours_measured", "", report.paid.measured, ""
    yield "bill", "quarter_hours", "", report.paid.quarters, ""
    for one in report.paid.events:
        when = f"{_iso(one.excess.start)}/{_iso(one.excess.end)} P{one.excess.period}"
        yield "excess", "highest_kw", when, one.excess.highest_kw, "kW"
        yield "excess", "eur", when, one.excess.eur, "EUR"
        yield "excess", "machines", when, " ".join(one.machines), ""


def _savings_rows(report: MonthReport) -> Iterator[Row]:
    account = report.account
    for name in _OF_ACCOUNT:
        value = getattr(account, name)
        yield "savings", name, "", "" if value is None else value, _unit(name)
    for week in report.weeks:
        for name in ("baseline_eur", "actual_eur", "possible_eur"):
            yield "week", name, week.monday.isoformat(), getattr(week, name), "EUR"
    for day in report.days:
        for name in ("baseline_eur", "actual_eur", "saving_eur", "energy_kwh"):
            yield "day", name, day.day.isoformat(), getattr(day, name), _unit(name)


_OF_ACCOUNT = (
    "days_closed", "days_revised", "batches", "missing", "kg", "energy_kwh", "baseline_eur",
    "planned_eur", "as_planned_eur", "actual_eur", "saving_eur", "saving_pct", "shifting_eur",
    "early_eur", "consumption_eur", "level_eur", "level_days", "eur_per_tonne", "blocks",
    "reported", "measured", "late_blocks", "weeks", "possible_eur", "captured_pct",
)  # fmt: skip
"""What `/insights/savings-tracking` answers, by the same names."""


def _quality_rows(report: MonthReport) -> Iterator[Row]:
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
    for number, note in enumerate(_notes(report), start=1):
        yield "note", str(number), note, "", ""


def _unit(name: str) -> str:
    endings = {"_eur": "EUR", "_kwh": "kWh", "_pct": "%", "kg": "kg", "_per_tonne": "EUR/t"}
    return next((unit for ending, unit in endings.items() if name.endswith(ending)), "")


def _iso(instant: datetime) -> str:
    return _local(instant).isoformat(timespec="minutes")


def _local(instant: datetime) -> datetime:
    return instant.astimezone(MADRID)
