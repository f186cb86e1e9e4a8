"""What the ``fleet`` commands print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from chocolate_factory.cli.output import out, print_json, print_table
from chocolate_factory.conduct.replay import ReplayedWeek
from chocolate_factory.conduct.replay_totals import ReplayTotals, totals
from chocolate_factory.fleet import (
    Expected,
    FleetPlan,
    SitePlan,
    ZoneBacktest,
    is_on_earlier_plan,
    is_summed,
)
from chocolate_factory.market.calendar import local_text, utc_iso
from chocolate_factory.oversight import BacktestReport

EXPECTED = (
    "€ are expected costs of the plans in force, at planning prices, over the days that each site "
    "plans; nothing of it is billed. The next plans are of most of these days again: do not add "
    "them up."
)
MEASURED = (
    "Each week stands by itself, costed at the prices that came. Saved is measured against habit, "
    "which makes the same batches as the plant would without a plan; perfect is the best that "
    "somebody who knew all prices could have done, and captured is what was saved of what that "
    "saves."
)
SUNDAY = timedelta(days=6)
_COLUMNS = (
    "site", "state", "planned as of", "days", "plan €", "habit €", "saves €", "%", "waits for you",
)  # fmt: skip
_SHOWN = 5

ReplayedSite = tuple[str, list[ReplayedWeek]]
"""The name of a site, and its weeks."""


def _replayed(name: str, weeks: list[ReplayedWeek]) -> dict[str, Any]:
    return {
        "site": name,
        "total": asdict(totals(weeks)),
        "weeks": [{**asdict(week), "monday": week.monday.isoformat()} for week in weeks],
    }


def _label(*, simulated: bool) -> None:
    if simulated:
        out.print("[bold]SIMULATED DATA[/bold]", highlight=False)


def say_weeks(by_site: Sequence[ReplayedSite], *, simulated: bool, as_json: bool) -> None:
    """What every site would have paid."""
    every = totals([week for _, weeks in by_site for week in weeks])
    if as_json:
        sites = [_replayed(name, weeks) for name, weeks in by_site]
        print_json({"simulated": simulated, "total": asdict(every), "sites": sites})
        return
    _label(simulated=simulated)
    told = [(name or "–", totals(weeks)) for name, weeks in by_site]
    if len(told) > 1:
        told.append((f"total of {len(told)}", every))
    print_table(
        "Process energy at actual prices",
        ("site", "weeks", "habit €", "plan €", "perfect €", "saved €", "%", "captured %"),
        [(name, *_sums(one)) for name, one in told],
    )
    if every.weeks:
        first, last = (
            pick(week.monday for _, weeks in by_site for week in weeks) for pick in (min, max)
        )
        out.print(
            f"{every.weeks} weeks of sites replayed, {every.skipped} left out, from {first} to "
            f"{last + SUNDAY}. {MEASURED}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    for name, weeks in by_site:
        for week in weeks:
            if week.skipped is not None:
                line = f"{name or 'the site'}, {week.monday}: left out: {week.skipped}"
                out.print(line, highlight=False, soft_wrap=True)


def _sums(one: ReplayTotals) -> tuple[object, ...]:
    if not one.weeks:
        return (0, *("–",) * 6)
    return (
        one.weeks,
        *map(_eur, (one.habit_eur, one.plan_eur, one.perfect_eur)),
        _eur(one.habit_eur - one.plan_eur),
        _pct(one.saved_pct),
        _pct(one.captured_pct),
    )


def say_backtests(done: Sequence[ZoneBacktest], *, as_json: bool) -> None:
    """How the models did, by zone."""
    reports = [one.report for one in done if one.report is not None]
    amiss = [(one.market.name, one.amiss) for one in done if one.report is None]
    if as_json:
        refused = [{"series": name, "reason": reason} for name, reason in amiss]
        print_json({"series": [_measured(one) for one in reports], "refused": refused})
        return
    for one in reports:
        print_table(
            f"{one.asked.series}, {one.unit}, {one.asked.first} to {one.asked.last}",
            ("model", "origins", "MAE", "rMAE"),
            [(m.model, m.origins, f"{m.mae:.4g}", _three(m.rmae)) for m in one.summary],
        )
        for note in one.notes:
            out.print(note, highlight=False)
    for name, reason in amiss:
        out.print(f"{name}: not measured: {reason}", highlight=False, soft_wrap=True)


def _measured(one: BacktestReport) -> dict[str, Any]:
    return {
        "series": one.asked.series,
        "unit": one.unit,
        "seconds": one.seconds,
        "notes": one.notes,
        "summary": [
            {"model": m.model, "origins": m.origins, "mae": m.mae, "rmae": m.rmae}
            for m in one.summary
        ],
    }


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def say_plans(told: FleetPlan, *, simulated: bool, as_json: bool) -> None:
    """What became of every site."""
    if as_json:
        print_json({"simulated": simulated, **_document(told)})
        return
    _label(simulated=simulated)
    counts = ", ".join(f"{count} {state}" for state, count in told.counts.items())
    rows: list[tuple[object, ...]] = [
        (
            one.site or "–",
            one.state.value,
            "–" if one.origin is None else local_text(datetime.fromisoformat(one.origin)),
            "–" if one.days is None else one.days,
            _eur(one.plan_eur),
            _eur(one.habit_eur),
            _eur(one.saving_eur),
            _pct(one.saving_pct),
            _proposal(one),
        )
        for one in told.sites
    ]
    total = told.total
    if total.sites and len(rows) > 1:
        sums = (*map(_eur, (total.plan_eur, total.habit_eur, total.saving_eur)),)
        rows.append(
            (f"total of {total.sites}", "", "", total.days, *sums, _pct(total.saving_pct), "")
        )
    print_table(
        f"Run of {local_text(told.begun.origin)}: {counts}",
        _COLUMNS,
        rows,
    )
    if total.sites:
        out.print(EXPECTED, highlight=False, soft_wrap=True)
    for line in (*_waiting(total), *_left_out(told.sites)):
        out.print(line, highlight=False, soft_wrap=True)
    for one in told.sites:
        if one.reason is not None:
            out.print(f"{one.site or 'the site'}: {one.reason}", highlight=False, soft_wrap=True)
    for market in told.awaited:
        out.print(f"waiting: {market.sites}, for {market}", highlight=False, soft_wrap=True)
    if told.others:
        out.print(
            f"also in this run, and no site file here: {shortened(told.others)}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip


def _proposal(one: SitePlan) -> str:
    if one.proposal_id is None:
        return ""
    eur = one.proposal_saves_eur
    if eur is None:
        return "a plan"
    return f"costs {-eur:.2f} €" if eur < 0 else f"saves {eur:.2f} €"


def _waiting(total: Expected) -> Iterator[str]:
    """What the proposals that wait come to: it is in no sum."""
    if not total.proposals:
        return
    line = "1 proposal waits" if total.proposals == 1 else f"{total.proposals} proposals wait"
    priced, eur = total.proposals - total.proposals_unpriced, total.proposals_save_eur
    line += " for you"
    if priced:
        would = f"save {eur:.2f} € more" if eur >= 0 else f"cost {-eur:.2f} € more"
        line += f"; accepted, {'it' if priced == 1 else 'they'} would {would}, in no sum here"
    yield f"{line}."
    if total.proposals_unpriced:
        yield (
            f"Of {total.proposals_unpriced} of them nothing can be said: the plan in force there "
            "cannot be kept."
        )


def _left_out(sites: Sequence[SitePlan]) -> Iterator[str]:
    """Which sites are in no sum, and why."""
    left = [one for one in sites if not is_summed(one)]
    earlier = [one.site for one in left if is_on_earlier_plan(one)]
    none = [one.site for one in left if not is_on_earlier_plan(one)]
    if earlier:
        yield (
            f"Left out of the sums: {len(earlier)} on the plan of an earlier run, whose euros are "
            f"of other days and prices: {shortened(earlier)}."
        )
    if none:
        yield f"Left out of the sums: {len(none)} without a plan in force: {shortened(none)}."


def shortened(sites: Sequence[str]) -> str:
    """The names of sites as the store calls them; of many, the first ones."""
    shown = ", ".join(name or "the one without a name" for name in sites[:_SHOWN])
    return shown if len(sites) <= _SHOWN else f"{shown} and {len(sites) - _SHOWN} more"


def _document(told: FleetPlan) -> dict[str, Any]:
    return {
        "origin": utc_iso(told.begun.origin),
        "counts": {state.value: count for state, count in told.counts.items()},
        "seconds": round(told.seconds, 2),
        "awaited": [
            {"market": str(one.market), "due": utc_iso(one.due), "sites": one.sites}
            for one in told.awaited
        ],
        "euros": "expected",
        "total": asdict(told.total),
        "sites": [
            asdict(one)
            | {
                "state": one.state.value,
                "saving_eur": one.saving_eur,
                "saving_pct": one.saving_pct,
                "proposed": one.proposal_id is not None,
            }
            for one in told.sites
        ],
        "others": list(told.others),
    }


def _eur(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _pct(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
