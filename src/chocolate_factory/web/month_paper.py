"""The month on A4: what finance asks on the first page, what energy asks after it."""

from __future__ import annotations

from collections.abc import Iterator

from chocolate_factory.conduct.month import MonthReport, Paid
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.catalog import DAY
from chocolate_factory.reports.drawing import draw_chart
from chocolate_factory.reports.paper import Paper
from chocolate_factory.web import month_tables as tables
from chocolate_factory.web.wording import Words

CHART_MM = 38.0


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
            "month.below", plant=report.plant, contract=words.contract(report.contract),
            first=words.calendar_day(report.first), last=words.calendar_day(report.last),
        ),
    )  # fmt: skip
    if report.simulated:
        paper.banner(f"{words.text('page.simulated')}. {words.text('page.simulated_why')}")
    if not report.whole:
        paper.banner(words.text("month.running", last=words.calendar_day(report.last)))
    paper.tiles(list(tables.tiles(report, words)))
    paper.heading(words.text("month.by_period"))
    if report.paid is None:
        reason, _ = words.note(report.unpaid)
        paper.paragraph(words.text("month.unpaid", reason=reason))
    else:
        paper.rows(tables.paid_table(report.paid, words))
        if not report.paid.bill.knows_excess:
            paper.paragraph(words.text("month.excess_not_in"))
        draw_chart(paper, tables.paid_chart(report.paid, words), height_mm=CHART_MM)
        paper.paragraph(_basis(report.paid, words), muted=True)
    paper.heading(words.text("month.same"))
    if not report.account.days_closed:
        paper.paragraph(words.text("month.no_days"))
        if report.account.days_left_out:
            days = words.number(report.account.days_left_out)
            paper.paragraph(words.text("month.left_out", days=days))
        return
    paper.rows(tables.same_table(report, words))
    draw_chart(paper, tables.days_chart(report.days, words), height_mm=CHART_MM)
    paper.paragraph(" ".join(_parts(report, words)))
    paper.paragraph(words.text("savings.method"), muted=True)


def _energy(paper: Paper, report: MonthReport, words: Words) -> None:
    paper.title_line(words.text("month.annex", month=words.month(report.first)), report.plant)
    if report.paid is not None:
        _power(paper, report.paid, words)
    forecasts = tables.forecast_table(report, words)
    if forecasts is None:
        paper.heading(words.text("month.forecasts"), room_mm=16)
        paper.paragraph(words.text("month.no_scores"))
    else:
        paper.section(words.text("month.forecasts"), forecasts)
    paper.heading(words.text("month.adherence"), room_mm=16)
    paper.paragraph(_adherence(report, words))
    paper.heading(words.text("month.co2"), room_mm=16)
    paper.paragraph(_co2(report, words))
    paper.section(words.text("month.data"), tables.complete_table(report, words))
    if report.days:
        paper.section(words.text("month.table"), tables.day_table(report.days, words))
    notes = tables.notes_of(report)
    if notes:
        paper.heading(words.text("month.notes"), room_mm=16)
        for note in notes:
            said, _ = words.note(note)
            paper.paragraph(f"· {said}")


def _power(paper: Paper, paid: Paid, words: Words) -> None:
    paper.heading(words.text("month.peaks"), room_mm=CHART_MM + 12)
    draw_chart(paper, tables.peaks_chart(paid, words), height_mm=CHART_MM)
    if paid.events:
        paper.section(words.text("month.events"), tables.events_table(paid, words))
    else:
        paper.heading(words.text("month.events"), room_mm=16)
        none = "month.no_events" if paid.bill.knows_excess else "month.excess_unknown"
        paper.paragraph(words.text(none))
    paper.section(words.text("month.energy_parts"), tables.parts_table(paid.bill, words))


def _parts(report: MonthReport, words: Words) -> Iterator[str]:
    account = report.account
    if account.days_left_out:
        yield words.text("month.left_out", days=words.number(account.days_left_out))
    yield words.text(
        "month.parts",
        shifting=words.money(account.shifting_eur),
        early=words.money(account.early_eur),
    )
    if report.excess is None:
        yield words.text("month.excess_ways_unknown", reason=words.note(report.no_excess)[0])
    else:
        yield words.text(
            "month.excess_ways",
            habit=words.money(report.excess.habit_eur),
            planned=words.money(report.excess.planned_eur),
            actual=words.money(report.excess.actual_eur),
        )
    yield words.text(
        "month.consumption_less" if account.consumption_eur >= 0 else "month.consumption_more",
        eur=words.money(abs(account.consumption_eur)),
    )
    if account.level_eur is not None:
        yield words.text(
            "month.level_more" if account.level_eur >= 0 else "month.level_less",
            level=words.money(abs(account.level_eur)),
            days=words.number(account.level_days),
        )


def _basis(paid: Paid, words: Words) -> str:
    return words.text(
        "month.basis", measured=words.number(paid.measured), quarters=words.number(paid.quarters)
    )


def _adherence(report: MonthReport, words: Words) -> str:
    account = report.account
    missing, blocks = words.number(account.missing), words.number(account.blocks)
    if not account.days_closed:
        return words.text("month.no_days")
    if not account.reported:
        return words.text("month.not_followed", blocks=blocks, missing=missing)
    on_time = account.reported - account.late_blocks
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
