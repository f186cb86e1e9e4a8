"""The ``plan`` command."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from chocolate_factory import conduct, pipeline
from chocolate_factory.app.factory import task_of
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import local, out, print_json, print_table
from chocolate_factory.cli.price_file import given_prices
from chocolate_factory.cli.root import AsOf, Dir, Json, app, now, parse_day, parse_instant
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.conduct.plan_notes import over_of
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.jobs import rules_of
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.pipeline.weighed import plan_weighed
from chocolate_factory.planning.cost import site_eur
from chocolate_factory.planning.plan import Block, Plan, Schedule, plan_to_json, sum_eur
from chocolate_factory.planning.risk import Weighed
from chocolate_factory.reports.csv_file import write_csv
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Store

BLOCK_COLUMNS = (
    "batch", "grade", "stage", "machine", "start", "end", "energy_kwh", "cost_eur", "price_kind",
)  # fmt: skip


@app.command()
def plan(
    plant: Annotated[
        Path | None, typer.Option(help="Plant file (YAML) [default: the reference plant]")
    ] = None,
    orders: Annotated[
        Path | None,
        typer.Option(help="Orders (YAML, JSON, CSV or XLSX) [default: its weekly orders]"),
    ] = None,
    contract: Annotated[
        str | None,
        typer.Option(
            help="pvpc, indexed-3.0td, indexed-6.1td or a contract file [default: indexed-3.0td]"
        ),
    ] = None,
    as_of: AsOf = None,
    days: Annotated[int, typer.Option(help="Local days to plan", min=1, max=14)] = 7,
    prices: Annotated[
        Path | None,
        typer.Option(
            help="Price CSV to plan on instead of the store: time_utc, then price_eur_kwh (PVPC) "
            "or spot_es_eur_mwh as the contract needs it; with --price-is-final any column that "
            "ends in _eur_kwh or _eur_mwh, by the hour or quarter-hour"
        ),
    ] = None,
    price_is_final: Annotated[
        bool,
        typer.Option(
            "--price-is-final", help="The given prices are what a kWh costs; no contract applies."
        ),
    ] = False,
    start: Annotated[
        str | None,
        typer.Option(help="First day to plan, with --prices", metavar="YYYY-MM-DD"),
    ] = None,
    time_limit: Annotated[float, typer.Option(help="Solver seconds", min=1)] = 60.0,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write the blocks to this CSV file too.")
    ] = None,
    risk: Annotated[
        float | None,
        typer.Option(
            help="Weigh dear price paths: 0 looks at the expected cost only, 1 at what one path in "
            "ten exceeds. Shows that plan beside the cheapest one and keeps neither; with --accept "
            "that plan is put in force, a note says what its safety costs, and the plans after it "
            "are weighed alike until another is accepted at another dial [default: that of the "
            "plan in force; 0 without one].",
            show_default=False,
            min=0,
            max=1,
        ),
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Put the plan in force, whatever it saves.")
    ] = False,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Plan the batches of the coming days at least cost, with a proof, beside the habit's cost.

    Plans --days local days from the first one whose first shift is still ahead. Where a plan is in
    force, what it has begun, what begins within CHOCOLATE_FACTORY_FREEZE_MIN and what was pinned
    stays, and the new plan is proposed if it saves more than CHOCOLATE_FACTORY_PROPOSE_ABOVE_EUR or
    the one in force may well cost more than the habit. With --as-of or --prices nothing is kept,
    and what was made or started before is not known. A contract file is described in
    docs/contract-file.md, plant and orders in docs/plant-file.md.

    Where no plan meets every order, it says what collides and what would make one possible, each
    way with its price: longer shifts, later orders, more power, a machine or tank, fewer batches.

    The baseline makes the same kilograms first in, first out from the first shift. Savings are
    expected ones, at the planning prices; `realised` holds the same at actual prices once they are
    all known.
    """
    _check(prices=prices, start=start, final=price_is_final, as_of=as_of, accept=accept, risk=risk)
    done: conduct.Replanned | None = None
    weighed: Weighed | None = None
    whose = chosen_site(directory, site, plant=plant, orders=orders, contract=contract)
    settings = whose.settings
    task = replace(
        task_of(settings), days=days, time_limit_s=time_limit, ways_out_s=pipeline.WAYS_OUT_S
    )
    if prices is not None and start is not None:
        first_day = parse_day(start, option="--start")
        given, applied = given_prices(prices, None if price_is_final else task.contract)
        made = pipeline.plan_on(replace(task, contract=applied), given, first_day=first_day)
    else:
        origin = parse_instant(as_of, option="--as-of")
        with opened_site(whose) as store:
            if risk is not None and not accept:
                weighed = _weighed(store, task, origin or now(), risk, rules_of(settings))
                made = weighed.plan
            elif origin is None:
                rules = rules_of(settings)
                if accept:
                    rules = replace(rules, automatic=True, propose_above_eur=-math.inf)
                    task = replace(task, risk=risk)
                what = ("plan", "--accept") if accept else ("plan",)
                with noted(whose.common, *what, site=whose.name):
                    done = conduct.replan(
                        store, task, now=now(), rules=rules, by="command line",
                        own=plant is None and contract is None,
                    )  # fmt: skip
                made = done.best
            else:
                made = pipeline.plan(store, task, origin=origin)
            made = pipeline.realised(store, made, task.contract, as_of=now())
    if out_file is not None:
        blocks = plan_to_json(made)["blocks"]
        rows = [[block[name] for name in BLOCK_COLUMNS] for block in blocks]
        write_csv(out_file, BLOCK_COLUMNS, rows)
    if as_json:
        print_json(plan_to_json(made))
    else:
        print_plan(made)
        if done is not None:
            print_standing(done)
        if weighed is not None:
            _print_weighed(weighed)


def _check(
    *,
    prices: Path | None,
    start: str | None,
    final: bool,
    as_of: str | None,
    accept: bool,
    risk: float | None,
) -> None:
    """Raise ``SettingsInvalid`` for options that do not go together."""
    if prices is None and (start is not None or final):
        raise SettingsInvalid("--start and --price-is-final go with --prices")
    if prices is not None and (start is None or as_of is not None):
        raise SettingsInvalid("--prices needs --start YYYY-MM-DD, and no --as-of")
    if risk is not None and prices is not None:
        raise SettingsInvalid("--risk does not go with --prices: there are no price paths")
    if accept and (prices is not None or as_of is not None):
        raise SettingsInvalid("--accept goes with neither --prices nor --as-of: they keep nothing")


def _weighed(
    store: Store, task: pipeline.PlanTask, origin: datetime, risk: float, rules: conduct.Rules
) -> Weighed:
    """The plan for a dial, from the plan in force on if there is one."""
    held = standing(store, as_of=origin, slot=task.plant.slot)
    over = None if held.in_force is None else over_of(held, origin, rules)
    ahead = pipeline.outlook(store, task, origin=origin, models=pipeline.MODELS, take_over=over)
    return plan_weighed(task, ahead, origin=origin, risk=risk, take_over=over)


def _print_weighed(weighed: Weighed) -> None:
    rows = (
        ("least expected cost", weighed.expected_spread),
        (f"risk {weighed.risk:g}", weighed.plan_spread),
    )
    print_table(
        "What both plans may cost, over price paths drawn from the forecast",
        ("", "mean €", "one in four above €", "one in ten above €"),
        [
            (name, f"{one.mean_eur:.2f}", f"{one.p75_eur:.2f}", f"{one.p90_eur:.2f}")
            for name, one in rows
        ],
    )
    out.print(
        f"price of safety: {weighed.price_of_safety_eur:.2f} € more on average for "
        f"{weighed.gained_eur:.2f} € less at one in ten",
        highlight=False,
    )


def print_standing(done: conduct.Replanned) -> None:
    """Whether a plan made now is in force or proposed, and what it does otherwise."""
    if done.changes is None:
        out.print("in force: there was no plan before")
        return
    told = done.changes
    print_table(
        "What this plan does otherwise than the one in force",
        ("block", "stage", "was", "is"),
        [
            *(
                (one.after.batch, one.after.stage, local(one.before.start), local(one.after.start))
                for one in told.moved
            ),
            *((block.batch, block.stage, "–", local(block.start)) for block in told.added),
            *((block.batch, block.stage, local(block.start), "–") for block in told.removed),
        ],
    )
    if done.proposal_id is not None:
        state = f"proposed as {done.proposal_id}; --accept or POST /plan/accept puts it in force"
    elif done.in_force.plan is done.best:
        state = "in force"
    else:
        state = "not proposed"
    out.print(f"{state}: {done.reason}", highlight=False, markup=False, soft_wrap=True)


def print_plan(made: Plan) -> None:
    """The plan for people: what starts when, what it costs, what the habit costs."""
    label = " · SIMULATED DATA" if made.simulated else ""
    entered = sorted(made.schedule.blocks, key=lambda block: block.start)
    stages = list(dict.fromkeys(block.stage for block in entered))
    print_table(
        f"{made.plant}, {local(made.start)} to {local(made.end)}, {made.contract}{label}",
        ("day", "batch", *stages, "done", "€"),
        [_batch_row(blocks, stages) for blocks in _by_batch(made.schedule)],
    )
    print_table(
        "Cost of the process energy",
        ("", "€", "kWh", "kg", "proof"),
        [
            _cost_row("plan", made.schedule),
            _cost_row("habit (first in, first out)", made.baseline),
        ],
    )
    out.print(
        f"expected saving {made.savings_eur:.2f} € ({made.savings_pct:.1f} %) at planning prices",
        highlight=False,
    )
    if made.schedule.site is not None:
        saved = site_eur(made.baseline.site, made.prices) if made.baseline.site else 0.0
        out.print(
            f"PV and battery: {site_eur(made.schedule.site, made.prices):.2f} € on the bill "
            f"(beside the habit {saved:.2f} €), in both costs",
            highlight=False,
        )
    if made.schedule.excess or made.baseline.excess:
        print_table(
            "Power above the contracted one, in both costs",
            ("", "month", "period", "quarter-hours", "so far kW", "with it kW", "€"),
            [
                (
                    name, f"{one.month:%Y-%m}", f"P{one.period}", str(one.quarters),
                    f"{one.so_far_kw:.1f}", f"{one.excess_kw:.1f}", f"{one.eur:.2f}",
                )
                for name, schedule in (("plan", made.schedule), ("habit", made.baseline))
                for one in schedule.excess
            ],
        )  # fmt: skip
    if made.realised is not None:
        done = made.realised
        out.print(
            f"realised at actual prices: plan {done.plan_eur:.2f} €, "
            f"habit {done.baseline_eur:.2f} €, "
            f"saving {done.savings_eur:.2f} € ({done.savings_pct:.1f} %)",
            highlight=False,
        )
    else:
        out.print("realised: not known, the actual prices of the plan are not all stored yet")
    if any(block.price_kind == "forecast" for block in made.schedule.blocks):
        out.print("* at a forecast price, wholly or in part; the others at published prices")
    for note in made.notes:
        out.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)


def _by_batch(schedule: Schedule) -> list[list[Block]]:
    batches: dict[str, list[Block]] = {}
    for block in schedule.blocks:
        batches.setdefault(block.batch, []).append(block)
    return list(batches.values())


def _batch_row(blocks: list[Block], stages: list[str]) -> tuple[str, ...]:
    """When a batch enters each stage; ``+1`` is the next day, ``*`` a forecast price."""
    first = blocks[0].start.astimezone(MADRID)
    entered = {block.stage: block for block in blocks}
    cells = [
        _time(entered[stage].start, first) + "*" * (entered[stage].price_kind == "forecast")
        if stage in entered
        else ""
        for stage in stages
    ]
    cost_eur = sum_eur(blocks)
    done = _time(blocks[-1].end, first)
    cost = "–" if cost_eur is None else f"{cost_eur:.2f}"
    return f"{first:%a %d}", blocks[0].batch, *cells, done, cost


def _time(instant: datetime, first: datetime) -> str:
    wall = instant.astimezone(MADRID)
    days = (wall.date() - first.date()).days
    return f"{wall:%H:%M}" + (f"+{days}" if days else "")


def _cost_row(name: str, schedule: Schedule) -> tuple[str, ...]:
    proof = "–" if schedule.gap is None else f"{schedule.status}, gap {schedule.gap:.4%}"
    kg = ", ".join(f"{grade} {amount:g}" for grade, amount in schedule.kg.items())
    return name, f"{schedule.objective_eur:.2f}", f"{schedule.energy_kwh:.2f}", kg, proof
