"""The plan in force as files for people: CSV, XLSX, the A4 shift sheet, and a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from chocolate_factory.market.calendar import (
    HOUR,
    MADRID,
    day_bounds,
    days_between,
    delivery_day,
    periods,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.plan import Block, Plan, sum_eur
from chocolate_factory.planning.same_batch import lasting_names
from chocolate_factory.reports.calendar_file import Entry, calendar_file
from chocolate_factory.reports.content import Lane, Table, Timeline, Tone
from chocolate_factory.reports.csv_file import csv_text
from chocolate_factory.reports.workbook import Sheet, workbook
from chocolate_factory.standing import KeptPlan
from chocolate_factory.web.wording import Words

if TYPE_CHECKING:
    from chocolate_factory.reports.paper import Paper

CHEAP_SHARE = 0.25
_SECOND = timedelta(seconds=1)
_INSTANT, _EUR, _KWH = "yyyy-mm-dd hh:mm", "0.00", "0.00"


def plan_csv(kept: KeptPlan, words: Words) -> bytes:
    """Every block, those carried over too: instants with offset, euros and kWh in full."""
    carried = set(kept.plan.carried)
    rows = [
        (
            block.batch,
            block.grade,
            block.stage,
            block.machine,
            _local(block.start).isoformat(timespec="minutes"),
            _local(block.end).isoformat(timespec="minutes"),
            block.energy_kwh,
            block.cost_eur,
            words.text(f"cell.{block.price_kind}"),
            words.text("cell.carried") if block in carried else "",
        )
        for block in every_block(kept.plan)
    ]
    return csv_text(_columns(words), rows, decimal_comma=words.language == "es").encode()


def plan_xlsx(kept: KeptPlan, words: Words) -> bytes:
    """Blocks, batches and what it comes to, on three sheets.

    A cell holds no offset: beside the clock on the wall the last columns tell UTC, in order also on
    the day on which an hour comes twice.
    """
    plan = kept.plan
    carried = set(plan.carried)
    blocks = [
        (
            block.batch,
            block.grade,
            block.stage,
            block.machine,
            _wall(block.start),
            _wall(block.end),
            block.energy_kwh,
            block.cost_eur,
            words.text(f"cell.{block.price_kind}"),
            words.text("cell.carried") if block in carried else "",
            _utc(block.start),
            _utc(block.end),
        )
        for block in every_block(plan)
    ]
    batches = [
        (
            own[0].batch,
            own[0].grade,
            _wall(own[0].start),
            _wall(own[-1].end),
            sum(block.energy_kwh for block in own),
            sum_eur(own),
            _utc(own[0].start),
            _utc(own[-1].end),
        )
        for own in batches_of(every_block(plan))
    ]
    columns = _columns(words)
    in_utc = (words.text("field.start_utc"), words.text("field.end_utc"))
    return workbook(
        words.text("plan.title"),
        [
            Sheet(words.text("sheet.blocks"), (*columns, *in_utc), blocks,
                  {4: _INSTANT, 5: _INSTANT, 6: _KWH, 7: _EUR, 10: _INSTANT, 11: _INSTANT}),
            Sheet(words.text("sheet.batches"), (*columns[:2], *columns[4:8], *in_utc),
                  batches, {2: _INSTANT, 3: _INSTANT, 4: _KWH, 5: _EUR, 6: _INSTANT, 7: _INSTANT}),
            Sheet(words.text("sheet.summary"),
                  [words.text(f"sheet.{name}") for name in ("item", "value", "unit")],
                  list(_summary(plan, words)), {1: "0.00"}),
        ],
        created=kept.made_at,
    )  # fmt: skip


def plan_ics(kept: KeptPlan, words: Words, *, site: str, machine: str | None = None) -> bytes:
    """Every block as a calendar entry; only those of ``machine`` if one is named.

    An entry keeps its id from plan to plan, on whatever machine its stage is then: a calendar that
    takes in the next plan moves it. ``site``: where several plants are, the name of this one.
    """
    made = moment(kept.made_at, words)
    names = lasting_names(kept.plan)
    entries = [
        Entry(
            uid=_uid(site or kept.plan.plant, *names[block.batch], block.stage),
            start=block.start,
            end=block.end,
            title=words.text(
                "sheet.entry", batch=block.batch, stage=block.stage, machine=block.machine
            ),
            place=block.machine,
            text=words.text(
                "sheet.entry_text",
                grade=block.grade,
                kwh=words.quantity(block.energy_kwh, "kWh"),
                cost="–" if block.cost_eur is None else words.money(block.cost_eur),
                kind=words.text(f"cell.{block.price_kind}"),
                when=made,
            ),
        )
        for block in every_block(kept.plan)
        if machine in {None, block.machine}
    ]
    name = words.text("sheet.calendar", plant=kept.plan.plant)
    if machine is not None:
        name = f"{name} · {machine}"
    return calendar_file(name, entries, changed_at=kept.changed_at)


def _uid(*parts: str | int) -> str:
    return "/".join(quote(str(part), safe="") for part in parts) + "@chocolate-factory"


def plan_pdf(kept: KeptPlan, words: Words) -> bytes:
    """The shift sheet: one page for each day on which something runs, from the day on which the
    plan was made: what had begun by then goes on."""
    from chocolate_factory.reports.paper import Paper  # noqa: PLC0415 - takes half a second

    plan = kept.plan
    paper = Paper(
        words.text("sheet.title"),
        language=words.language,
        created=kept.made_at,
        footer=words.text("sheet.page", plant=plan.plant, plan_id=kept.plan_id),
    )
    blocks = every_block(plan)
    ahead = [block for block in blocks if block.end > plan.origin]
    days = [
        day
        for day in days_between(delivery_day(plan.origin), delivery_day(plan.end - _SECOND))
        if any(_runs_on(block, day) for block in ahead)
    ]
    for day in days or [plan.first_day]:
        paper.add_page()
        _day_page(paper, kept, day, blocks, words)
    return paper.data()


def every_block(plan: Plan) -> tuple[Block, ...]:
    """Those carried over and those of the plan, by start."""
    told = (*plan.carried, *plan.schedule.blocks)
    return tuple(sorted(told, key=lambda block: (block.start, block.machine, block.batch)))


def machines_of(plan: Plan) -> tuple[str, ...]:
    """Every machine that the plan uses, in order of the stages."""
    return tuple(dict.fromkeys(block.machine for block in _by_stage(every_block(plan))))


def moment(instant: datetime, words: Words) -> str:
    """``mié 25, 14:15``: an instant in Madrid as short as people say it."""
    local = _local(instant)
    return f"{words.day(local.date())}, {words.clock(local)}"


def _day_page(
    paper: Paper, kept: KeptPlan, day: date, blocks: Sequence[Block], words: Words
) -> None:
    from chocolate_factory.reports.drawing import draw_timeline  # noqa: PLC0415 - takes half a second

    plan = kept.plan
    own = [block for block in blocks if _runs_on(block, day)]
    begun = [block for block in own if delivery_day(block.start) == day]
    named = words.long_day(day)
    paper.title_line(
        f"{named[:1].upper()}{named[1:]} · {words.text('sheet.title')}",
        words.text(
            "sheet.below", plant=plan.plant, contract=words.contract(plan.contract),
            when=words.moment(_local(kept.made_at)),
        ),
    )  # fmt: skip
    if plan.simulated:
        paper.banner(f"{words.text('page.simulated')}. {words.text('page.simulated_why')}")
    draw_timeline(paper, _timeline(plan, day, own, machines_of(plan), words))
    paper.paragraph(words.text("sheet.cheap"), muted=True)
    rows = [_row(block, day, words) for block in own]
    if not begun:
        paper.paragraph(words.text("sheet.nothing"))
    names = ("at", "machine", "batch", "stage", "until", "begun", "problem")
    paper.rows(
        Table(
            header=[words.text(f"sheet.{name}") for name in names],
            rows=rows,
            widths=(0.2, 0.12, 0.13, 0.12, 0.15, 0.11, 0.17),
            large=True,
        )
    )


def _row(block: Block, day: date, words: Words) -> tuple[str, ...]:
    begins = delivery_day(block.start) == day
    ends = delivery_day(block.end) == day
    at = words.clock(_local(block.start))
    return (
        at if begins else words.text("sheet.since", when=moment(block.start, words)),
        block.machine,
        block.batch,
        block.stage,
        words.clock(_local(block.end)) if ends else moment(block.end, words),
        "" if begins else "–",
        "",
    )


def _timeline(
    plan: Plan, day: date, own: Sequence[Block], machines: Sequence[str], words: Words
) -> Timeline:
    begin, end = day_bounds(day)

    def hour(instant: datetime) -> float:
        return (instant - begin) / HOUR

    tones: dict[str, Tone] = {}
    for block in every_block(plan):
        tones.setdefault(block.grade, ("dark", "middle", "light")[len(tones) % 3])
    ticks = [to_datetime(at) for at in periods(begin, end, HOUR)]
    return Timeline(
        hours=hour(end),
        ticks=[(hour(at), words.clock(_local(at))) for at in ticks if _local(at).hour % 3 == 0],
        shaded=[(hour(a), hour(b)) for a, b in _cheap(plan, begin, end)],
        lanes=[
            Lane(
                machine,
                [
                    (hour(block.start), hour(block.end), block.batch, tones[block.grade])
                    for block in own
                    if block.machine == machine
                ],
            )
            for machine in machines
        ],
    )


def _cheap(plan: Plan, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The cheapest quarter of the hours of a day that the plan has prices for."""
    prices = plan.prices
    inside = (prices.start >= to_datetime64(begin)) & (prices.start < to_datetime64(end))
    hours, where = np.unique(prices.start[inside].astype("datetime64[h]"), return_inverse=True)
    if not hours.size:
        return
    mean = np.bincount(where, weights=prices.eur_kwh[inside]) / np.bincount(where)
    for hour in hours[mean <= np.quantile(mean, CHEAP_SHARE)]:
        start = to_datetime(hour)
        yield start, start + HOUR


def _summary(plan: Plan, words: Words) -> Iterator[tuple[str, float | None, str]]:
    schedule = plan.schedule
    yield words.text("plan.cost"), schedule.objective_eur, "€"
    yield words.text("plan.baseline"), plan.baseline.objective_eur, "€"
    yield words.text("plan.saves"), plan.savings_eur, "€"
    yield words.text("plan.energy"), schedule.energy_kwh, "kWh"
    for grade, kg in schedule.kg.items():
        yield grade, kg, "kg"
    if plan.carried:
        carried = words.text("sheet.carried")
        yield carried, sum_eur(plan.carried), "€"
        yield carried, sum(block.energy_kwh for block in plan.carried), "kWh"


def _columns(words: Words) -> tuple[str, ...]:
    return (
        words.text("field.batch"),
        words.text("field.grade"),
        words.text("field.stage"),
        words.text("field.machine"),
        words.text("field.start"),
        words.text("field.end"),
        words.text("field.energy"),
        words.text("field.cost"),
        words.text("field.price_kind"),
        words.text("field.carried"),
    )


def _by_stage(blocks: Sequence[Block]) -> list[Block]:
    """In order of the stages of a batch, then of the machines' names."""
    place: dict[str, int] = {}
    for own in batches_of(blocks):
        for number, block in enumerate(own):
            place[block.stage] = max(place.get(block.stage, 0), number)
    return sorted(blocks, key=lambda block: (place[block.stage], block.machine))


def _runs_on(block: Block, day: date) -> bool:
    begin, end = day_bounds(day)
    return block.start < end and block.end > begin


def _local(instant: datetime) -> datetime:
    return instant.astimezone(MADRID)


def _wall(instant: datetime) -> datetime:
    return _local(instant).replace(tzinfo=None)


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
