"""The ``replay`` command."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from chocolate_factory import pipeline
from chocolate_factory.app.factory import task_of
from chocolate_factory.app.stores import opened_store
from chocolate_factory.cli.output import out, print_json, print_table, progress
from chocolate_factory.cli.root import Dir, Json, app, now, parse_day
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.conduct.replay import ReplayedWeek, ReplayRules, mondays
from chocolate_factory.conduct.replay_totals import ReplayTotals, totals
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.fleet import ReplayJob, process_map, replay_job
from chocolate_factory.forecasting import MODELS
from chocolate_factory.reports.csv_file import write_csv

COLUMNS = (
    "monday", "habit_eur", "plan_eur", "perfect_eur", "own_day_eur", "energy_kwh", "replans",
    "unproven", "cpu_s", "skipped",
)  # fmt: skip


@app.command()
def replay(
    first: Annotated[str, typer.Option("--from", metavar="D", help="First day")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="Last day")],
    plant: Annotated[
        Path | None, typer.Option(help="Plant file (YAML) [default: the reference plant]")
    ] = None,
    orders: Annotated[
        Path | None, typer.Option(help="Orders (YAML, CSV or JSON) [default: its weekly orders]")
    ] = None,
    contract: Annotated[
        str | None,
        typer.Option(
            help="pvpc, indexed-3.0td, indexed-6.1td or a contract file [default: indexed-3.0td]"
        ),
    ] = None,
    models: Annotated[
        str, typer.Option(help=f"Comma-separated, tried in order: {', '.join(MODELS)}")
    ] = ",".join(pipeline.MODELS),
    freeze_min: Annotated[
        int, typer.Option(help="What begins so soon after planning stays [min]", min=0)
    ] = 0,
    propose_above: Annotated[
        float, typer.Option(help="Another plan is taken only if it saves more [EUR]", min=0)
    ] = 0.0,
    early: Annotated[
        bool, typer.Option(help="Find what beginning before an order's own day is worth, too")
    ] = True,
    time_limit: Annotated[
        float, typer.Option(help="Solver seconds for one plan, of the clock on the wall", min=1)
    ] = 600.0,
    workers: Annotated[int, typer.Option(help="Processes", min=1)] = 1,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep weeks and forecasts here, and go on where an interruption left them "
            "[default: replay in the data folder]",
            show_default=False,
        ),
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write the weeks to this CSV file.")
    ] = None,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Plan a past period again, each day from what was known then, and cost it at actual prices.

    Whole weeks within [--from, --to], each by itself: planned when the prices of its Monday were
    published, planned anew at every later publication with begun work carried over. Beside it what
    habit would have paid, and the best that perfect foresight could have; the share captured is
    (habit - plan) / (habit - perfect foresight). Nothing is kept in the store. Where there are
    several sites `fleet replay` replays them all.
    """
    began_s = perf_counter()
    whose = chosen_site(directory, site, plant=plant, orders=orders, contract=contract)
    settings = whose.settings
    weeks = mondays(parse_day(first, option="--from"), parse_day(last, option="--to"))
    if not weeks:
        raise SettingsInvalid("--from to --to holds no whole week, Monday to Sunday")
    names = tuple(name.strip() for name in models.split(",") if name.strip())
    unknown = [name for name in names if name not in MODELS]
    if unknown or not names:
        raise SettingsInvalid(f"--models: choose of {', '.join(MODELS)}")
    task = replace(task_of(settings), time_limit_s=time_limit, seed=0)
    rules = ReplayRules(timedelta(minutes=freeze_min), propose_above, early)
    with opened_store(whose.common):
        pass  # it is there, and brought up to date before many open it
    moment = now()
    jobs = [
        ReplayJob(
            store_url=settings.store,
            token=settings.store_token.get_secret_value(),
            task=task,
            monday=monday,
            models=names,
            rules=rules,
            as_of=moment,
            folder=resume or settings.data_dir / "replay",
        )
        for monday in weeks
    ]
    done: list[ReplayedWeek] = []
    with progress("Replaying weeks", quiet=as_json) as step:
        for week in process_map(workers)(replay_job, jobs):
            done.append(week)
            step(len(done), len(jobs))
    total = totals(done)
    if out_file is not None:
        write_csv(out_file, COLUMNS, [[asdict(week)[name] for name in COLUMNS] for week in done])
    if as_json:
        print_json(_document(done, total, task, names, perf_counter() - began_s))
    else:
        _print(done, total)


def _document(
    weeks: list[ReplayedWeek],
    total: ReplayTotals,
    task: pipeline.PlanTask,
    models: tuple[str, ...],
    seconds: float,
) -> dict[str, Any]:
    return {
        "plant": task.plant.name,
        "contract": task.contract.name,
        "models": list(models),
        "total": asdict(total),
        "weeks": [{**asdict(week), "monday": week.monday.isoformat()} for week in weeks],
        "seconds": round(seconds, 1),
    }


def _print(weeks: list[ReplayedWeek], total: ReplayTotals) -> None:
    print_table(
        "Process energy by week at actual prices",
        ("week from", "habit €", "plan €", "perfect €", "saved %", "captured %", "re-plans"),
        [_row(week) for week in weeks],
    )
    for week in weeks:
        if week.skipped is not None:
            out.print(f"{week.monday}: left out: {week.skipped}", highlight=False, soft_wrap=True)
    if not total.weeks:
        return
    out.print(
        f"{total.weeks} weeks: habit {total.habit_eur:.2f} €, plan {total.plan_eur:.2f} € "
        f"({total.saved_pct:.1f} % saved), perfect foresight {total.perfect_eur:.2f} € "
        f"({total.possible_pct:.1f} %)",
        highlight=False,
    )
    if total.captured_pct is not None:
        out.print(f"captured: {total.captured_pct:.1f} % of the possible saving", highlight=False)
    unproven = sum(week.unproven for week in weeks)
    if unproven:
        out.print(f"{unproven} plans were not proven to be the best in time", highlight=False)
    out.print(f"dearer than habit: {total.dearer} of {total.weeks} weeks", highlight=False)
    if total.early_eur is not None:
        out.print(
            f"of the possible saving {total.early_eur:.2f} € need batches that begin before their "
            "order's own day",
            highlight=False,
        )


def _row(week: ReplayedWeek) -> tuple[str, ...]:
    if week.habit_eur is None or week.plan_eur is None or week.perfect_eur is None:
        return str(week.monday), "–", "–", "–", "–", "–", "–"
    saved, possible = week.habit_eur - week.plan_eur, week.habit_eur - week.perfect_eur
    return (
        str(week.monday),
        f"{week.habit_eur:.2f}",
        f"{week.plan_eur:.2f}",
        f"{week.perfect_eur:.2f}",
        f"{100 * saved / abs(week.habit_eur):.1f}" if week.habit_eur else "–",
        f"{100 * saved / possible:.1f}" if possible > 0 else "–",
        str(week.replans),
    )
