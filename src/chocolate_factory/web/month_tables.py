"""The month's key figures, tables and charts, as their reader writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chocolate_factory.conduct.month import MonthReport, Paid
from chocolate_factory.forecasting.monitor import Figures
from chocolate_factory.market.bill import Bill
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.market.catalog import spec
from chocolate_factory.planning.closing import DayAccount
from chocolate_factory.reports.content import Bars, Chart, Table, Tile, Tone
from chocolate_factory.web.wording import Words

Parts = tuple[float, float, float | None]
"""What energy, power and excess cost [EUR]; None where it is not known."""


def tiles(report: MonthReport, words: Words) -> Iterator[Tile]:
    """The key figures of the month."""
    account, unknown = report.account, words.text("month.unknown")
    if report.paid is None:
        yield Tile(words.text("month.total"), unknown)
        yield Tile(words.text("month.energy"), unknown)
    else:
        bill = report.paid.bill
        yield Tile(
            words.text("month.total" if report.paid.bill.knows_excess else "month.total_no_excess"),
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
            _beside_saving(report, account.saving_pct, words),
        )
    yield Tile(
        words.text("month.captured"),
        unknown if account.captured_pct is None else words.percent(account.captured_pct),
        words.text("month.captured_of", weeks=words.number(account.weeks))
        if account.weeks
        else words.text("month.no_week"),
    )


def _beside_saving(report: MonthReport, saving_pct: float, words: Words) -> str:
    """What is left of the saving with excess power, where that differs by habit and as made."""
    excess = report.excess
    if excess is not None and round(excess.habit_eur - excess.actual_eur, 2):
        whole_eur = report.account.saving_eur + excess.habit_eur - excess.actual_eur
        return words.text("month.saving_whole", eur=words.money(whole_eur))
    return words.text(
        "month.saving_of" if saving_pct >= 0 else "month.saving_more",
        share=words.percent(abs(saving_pct)),
    )


def paid_table(paid: Paid, words: Words) -> Table:
    """What was paid by period, and the taxes on it; a dash for what is not known."""
    bill = paid.bill
    names = ("period", "kwh", "energy_eur", "power_eur", "excess_eur", "sum_eur")

    def written(parts: Parts) -> Iterator[str]:
        for eur in (*parts, sum(eur or 0.0 for eur in parts)):
            yield "–" if eur is None else words.number(eur, 2)

    rows = [
        (f"P{number}", words.number(kwh), *written(parts)) for number, kwh, parts in by_period(paid)
    ]
    totals = [
        (
            words.text("month.sum"),
            words.number(bill.kwh),
            *written((bill.energy_eur, bill.power_eur, bill.excess_eur)),
        ),
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


def by_period(paid: Paid) -> Iterator[tuple[int, float, Parts]]:
    """Period, energy [kWh], and what energy, power and excess of it cost [EUR]."""
    bill, known = paid.bill, paid.bill.knows_excess
    numbers = {line.period for line in bill.energy} | {line.period for line in bill.power}
    for number in sorted(numbers | {line.period for line in bill.excess}):
        yield (
            number,
            sum(line.kwh for line in bill.energy if line.period == number),
            (
                sum(line.eur for line in bill.energy if line.period == number),
                sum(line.eur for line in bill.power if line.period == number),
                sum(line.eur for line in bill.excess if line.period == number) if known else None,
            ),
        )


def paid_chart(paid: Paid, words: Words) -> Chart:
    """The same as bars."""
    found = list(by_period(paid))
    shown: tuple[tuple[str, Tone], ...] = (
        ("energy_eur", "dark"), ("power_eur", "middle"), ("excess_eur", "light"),
    )  # fmt: skip
    return Chart(
        labels=[f"P{number}" for number, _, _ in found],
        bars=[
            Bars(words.text(f"month.{name}"), [parts[at] for _, _, parts in found], tone)
            for at, (name, tone) in enumerate(shown[: 3 if paid.bill.knows_excess else 2])
        ],
        unit="€",
        written=words.number,
    )


def same_table(report: MonthReport, words: Words) -> Table:
    """The same batches by habit, as made, and at best, of the recipe's energy; and as measured."""
    account, weeks = report.account, report.weeks
    tonnes = account.kg / 1000

    def per_tonne(eur: float) -> str:
        return words.number(eur / tonnes, 2) if tonnes else "–"

    best = sum(week.possible_eur or 0.0 for week in weeks)
    ways = (
        ("habit", account.baseline_eur, sum(week.baseline_eur for week in weeks)),
        ("by_recipe", account.by_recipe_eur, sum(week.by_recipe_eur for week in weeks)),
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
    measured = (words.number(account.actual_eur, 2), per_tonne(account.actual_eur), "–")
    rows.append((words.text("month.paid"), *measured))
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


def days_chart(days: Sequence[DayAccount], words: Words) -> Chart:
    """Habit and made, day by day."""
    return Chart(
        labels=[str(one.day.day) for one in days],
        bars=[
            Bars(words.text("month.habit"), [one.baseline_eur for one in days], "light"),
            Bars(words.text("month.by_recipe"), [one.by_recipe_eur for one in days], "dark"),
        ],
        unit="€",
        written=words.number,
    )


def peaks_chart(paid: Paid, words: Words) -> Chart:
    """The highest quarter-hour of each day beside what was contracted then."""
    return Chart(
        labels=[str(peak.day.day) for peak in paid.peaks],
        bars=[Bars(words.text("month.highest_bar"), [p.kw for p in paid.peaks], "middle")],
        unit="kW",
        written=words.number,
        limits=[peak.contracted_kw for peak in paid.peaks],
        limit_name=words.text("month.contracted_line"),
    )


def events_table(paid: Paid, words: Words) -> Table:
    """Every stretch of excess power, what ran then, and its share of the charge."""
    names = ("when", "period", "machines", "highest", "contracted", "excess_eur")
    rows = [
        (
            words.span(one.excess.start.astimezone(MADRID), one.excess.end.astimezone(MADRID)),
            f"P{one.excess.period}",
            ", ".join(one.machines),
            words.number(one.excess.highest_kw, 1),
            words.number(one.excess.contracted_kw, 1),
            words.number(one.excess.eur, 2),
        )
        for one in paid.events
    ]
    whole_eur = sum(one.excess.eur for one in paid.events)
    return Table(
        [words.text(f"month.{name}") for name in names],
        [*rows, (words.text("month.whole"), "", "", "", "", words.number(whole_eur, 2))],
        (0.2, 0.09, 0.31, 0.13, 0.15, 0.12),
        frozenset({3, 4, 5}),
        frozenset({len(rows)}),
    )


def parts_table(bill: Bill, words: Words) -> Table:
    """What the energy price is made of."""
    parts: dict[str, float] = {}
    for line in bill.energy:
        for name, eur in line.parts_eur.items():
            parts[name] = parts.get(name, 0.0) + eur
    whole = bill.energy_eur
    named = [(words.text(f"part.{name}"), eur) for name, eur in parts.items()]
    return Table(
        [words.text(f"month.{name}") for name in ("part", "energy_eur", "share")],
        [
            (name, words.number(eur, 2), words.percent(100 * eur / whole) if whole else "–")
            for name, eur in (*named, (words.text("month.whole"), whole))
        ],
        (0.6, 0.2, 0.2),
        frozenset({1, 2}),
        frozenset({len(named)}),
    )


def forecast_table(report: MonthReport, words: Words) -> Table | None:
    """How forecasts turned out by days ahead; None if none is scored."""
    rows = [
        _forecast_row(words.text(f"lead.{first}_{last}"), figures, words)
        for (first, last), figures in report.forecasts
        if figures is not None
    ]
    if not rows or report.market is None:
        return None
    unit = words.unit(spec(report.market).unit)
    return Table(
        [
            words.text("month.ahead"),
            words.text("month.days"),
            words.text("month.mae", unit=unit),
            words.text("month.naive", unit=unit),
            words.text("month.rmae"),
            words.text("month.band"),
        ],
        rows,
        (0.25, 0.09, 0.18, 0.22, 0.1, 0.16),
        frozenset(range(1, 6)),
    )


def complete_table(report: MonthReport, words: Words) -> Table:
    """How much of the data is there."""
    return Table(
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


def day_table(days: Sequence[DayAccount], words: Words) -> Table:
    """The days with batches."""
    names = ("day", "batches", "kwh", "habit_eur", "paid_eur", "saving_eur", "consumption_eur")
    busy = [one for one in days if one.batches]

    def row(label: str, own: Sequence[DayAccount]) -> tuple[str, ...]:
        return (
            label,
            words.number(sum(one.batches for one in own)),
            words.number(sum(one.energy_kwh for one in own), 1),
            words.number(sum(one.baseline_eur for one in own), 2),
            words.number(sum(one.actual_eur for one in own), 2),
            words.number(sum(one.saving_eur for one in own), 2),
            words.number(sum(one.consumption_eur for one in own), 2),
        )

    return Table(
        [words.text(f"month.{name}") for name in names],
        [*(row(words.dated(one.day), [one]) for one in busy), row(words.text("month.whole"), busy)],
        (0.19, 0.09, 0.14, 0.15, 0.15, 0.13, 0.15),
        frozenset(range(1, 7)),
        frozenset({len(busy)}),
    )


def notes_of(report: MonthReport) -> tuple[str, ...]:
    """What bill and accounts say that a reader must know, each once."""
    billed = () if report.paid is None else report.paid.bill.notes
    return tuple(dict.fromkeys((*billed, *report.account.notes)))


def _forecast_row(lead: str, figures: Figures, words: Words) -> tuple[str, ...]:
    decimals = 2 if figures.mae >= 1 else 4
    return (
        lead,
        words.number(figures.days),
        words.number(figures.mae, decimals),
        "–" if figures.naive_mae is None else words.number(figures.naive_mae, decimals),
        "–" if figures.rmae is None else words.number(figures.rmae, 2),
        words.percent(100 * figures.coverage_80),
    )
