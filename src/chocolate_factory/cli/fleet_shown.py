"""What the ``fleet`` commands print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from chocolate_factory.cli.output import out, print_json, print_table
from chocolate_factory.conduct.replay import ReplayedWeek
from chocolate_factory.conduct.replay_totals import totals
from chocolate_factory.fleet import FleetPlan
from chocolate_factory.market.calendar import local_text, utc_iso
from chocolate_factory.oversight import BacktestReport

EXPECTED = (
    "€ are expected costs at planning prices, over the days that each site plans; nothing of it is "
    "billed. The next plans are of most of these days again: do not add them up."
)
PROPOSED = (
    "Of a site that waits for a person, plan € are those of the proposal, in the total too: until "
    "it is accepted, the plan in force goes on and costs more."
)
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
        ("site", "weeks", "habit €", "plan €", "perfect €"),
        [
            (
                name,
                one.weeks,
                *(_eur(eur) for eur in (one.habit_eur, one.plan_eur, one.perfect_eur)),
            )
            for name, one in told
        ],
    )
    for name, weeks in by_site:
        for week in weeks:
            if week.skipped is not None:
                line = f"{name or 'the site'}, {week.monday}: left out: {week.skipped}"
                out.print(line, highlight=False, soft_wrap=True)


def say_backtests(done: Sequence[BacktestReport], *, as_json: bool) -> None:
    """How the models did, by zone."""
    if as_json:
        print_json({"series": [_measured(one) for one in done]})
        return
    for one in done:
        print_table(
            f"{one.asked.series}, {one.unit}, {one.asked.first} to {one.asked.last}",
            ("model", "origins", "MAE", "rMAE"),
            [(m.model, m.origins, f"{m.mae:.4g}", _three(m.rmae)) for m in one.summary],
        )
        for note in one.notes:
            out.print(note, highlight=False)


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
    rows = [
        (
            one.site or "–",
            one.state.value,
            "–" if one.origin is None else local_text(datetime.fromisoformat(one.origin)),
            "–" if one.days is None else one.days,
            _eur(one.plan_eur),
            _eur(one.habit_eur),
            "waits for a person" if one.proposed else "",
        )
        for one in told.sites
    ]
    total = told.total
    if total.sites > 1:
        sums = (total.days, _eur(total.plan_eur), _eur(total.habit_eur))
        rows.append((f"total of {total.sites}", "", "", *sums, ""))
    print_table(
        f"Run of {local_text(told.begun.origin)}: {counts}",
        ("site", "state", "planned as of", "days", "plan €", "habit €", "proposal"),
        rows,
    )
    if total.sites:
        out.print(EXPECTED, highlight=False, soft_wrap=True)
    if any(one.proposed for one in told.sites):
        out.print(PROPOSED, highlight=False, soft_wrap=True)
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
        "sites": [asdict(one) for one in told.sites],
        "others": list(told.others),
    }


def _eur(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
