"""The ``backtest`` command."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from chocolate_factory.cli.inputs import Asked, Information, inputs_of
from chocolate_factory.cli.output import out, print_json, print_table, progress
from chocolate_factory.cli.price_file import read_prices
from chocolate_factory.cli.root import Json, app, parse_day
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.fleet import process_map, resumable
from chocolate_factory.forecasting import MODELS, Backtest, Comparison, Summary
from chocolate_factory.forecasting import backtest as run_backtest
from chocolate_factory.market.ahead import LONGEST_H
from chocolate_factory.market.clock import Clock
from chocolate_factory.reports.csv_file import write_csv

SURE = 0.05
"""The p-value from which on two models are said to differ."""


@app.command()
def backtest(
    prices: Annotated[
        Path,
        typer.Option(
            help="Price CSV (or .gz): time_utc, then the price in a column that ends in _eur_kwh "
            "or _eur_mwh, or in another currency (_usd_mwh), optionally resolution_min. "
            "price_eur_kwh is PVPC, spot_es_eur_mwh the day-ahead price of Spain; any other is "
            "taken as it stands, by the hour or quarter-hour; half-hours become hours."
        ),
    ],
    first: Annotated[str, typer.Option("--from", metavar="D", help="First delivery day")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="Last first delivery day")],
    horizon: Annotated[int, typer.Option(help="Hours ahead", min=1, max=LONGEST_H)] = 168,
    models: Annotated[
        str, typer.Option(help=f"Comma-separated: {', '.join(MODELS)}")
    ] = "naive,similar-day,ridge",
    every: Annotated[int, typer.Option(help="One origin every N days", min=1)] = 1,
    timezone: Annotated[
        str | None,
        typer.Option(
            metavar="TZ|naive",
            help="Whose midnights begin a day, e.g. Europe/Berlin; the first column may then be "
            "time_local. In a zone the hour that clocks repeat comes twice, the earlier first, and "
            "the one they skip is not there; naive has 24 hours every day.",
            show_default="Europe/Madrid, with time_utc",
        ),
    ] = None,
    exogenous: Annotated[
        Path | None,
        typer.Option(
            help="CSV (or .gz) with the same first column; every other column is an input of the "
            "models, but the price itself; one that is known ahead and correlates with the price "
            "by 0.98 or more is named. An empty cell is not known; one beyond ±1e15 is refused; "
            "daily values, a row at each midnight, are seen from the day after on."
        ),
    ] = None,
    exogenous_lead: Annotated[
        int,
        typer.Option(
            metavar="H",
            help="Hours of the horizon for which those columns are known at the origin, as all "
            "their past is; a day counts when 20 of its hours are",
            min=0,
            max=LONGEST_H,
        ),
    ] = 24,
    exogenous_since: Annotated[
        str | None,
        typer.Option(
            metavar="D",
            help="First delivery day that is forecast with those columns; earlier ones are "
            "forecast without. For a file that has what came, which teaches, before it has what "
            "was said ahead",
            show_default="every day",
        ),
    ] = None,
    spot: Annotated[
        Path | None,
        typer.Option(help="Price CSV of the day-ahead price, read where --information says so."),
    ] = None,
    information: Annotated[
        Information,
        typer.Option(
            help="What is known of --spot at the origin: nothing of the first day, then the models "
            "do without it, or all of that day"
        ),
    ] = "before-spot",
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write every prediction to this CSV file.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep every finished fit in this folder and take what is there of the same data, "
            "settings and versions: an interrupted run goes on where it stopped.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes [default: one per core]", min=1)
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure models on the past: one origin for each first delivery day D in [--from, --to].

    Each origin is the local midnight that starts D and knows no price of D or later. Values before
    --from are for fitting only. Ridge, Prophet and LSTM are fitted anew at every origin; a fit of
    kernel ridge, LASSO-LEAR and networks (in the champion) serves the origins of 7 days, one of
    boosted trees those of 28, and every forecast sees the newest prices. rMAE is the MAE divided by
    that of the naive on the same hours: the same hour one week earlier, two from the eighth day
    ahead on, and of quarter-hours that hour's mean with the mean shape of the last 28 days in it;
    coverage is the share of actual values inside a band; the decision value is the share of what
    the cheapest six hours of a day save that the six forecast as cheapest save. Brackets hold 95 %
    intervals by block bootstrap.
    """
    began_s = perf_counter()
    begin, end = parse_day(first, option="--from"), parse_day(last, option="--to")
    if end < begin:
        raise SettingsInvalid(f"--to {end} is before --from {begin}")
    clock = None if timezone is None else Clock.named(timezone)
    given = read_prices(prices, clock=clock, any_market=True)
    since = (
        None if exogenous_since is None else parse_day(exogenous_since, option="--exogenous-since")
    )
    asked = Asked(exogenous, exogenous_lead, spot, information, begin, since)
    notes, inputs = inputs_of(given, asked, clock)
    names = [name.strip() for name in models.split(",") if name.strip()]
    spread = process_map(workers or os.cpu_count() or 1)
    with progress("Backtesting", quiet=as_json) as step:
        result = run_backtest(
            given.series,
            first=begin,
            last=end,
            horizon_h=horizon,
            models=names,
            every=every,
            about=given.about,
            inputs=inputs,
            progress=step,
            map=spread if resume is None else resumable(resume, spread),
        )
    if out_file is not None:
        write_csv(out_file, result.columns, result.rows())
    notes = [*given.notes, *notes, *result.notes]
    seconds = round(perf_counter() - began_s, 1)
    if as_json:
        print_json(
            {**result.to_json(), "information": information, "notes": notes, "seconds": seconds}
        )
        return
    _print(result, notes, prices)
    if out_file is not None:
        out.print(f"predictions written to {out_file}", highlight=False)


def _print(result: Backtest, notes: list[str], prices: Path) -> None:
    header = (
        "model", "MAE", "RMSE", "R²", "rMAE", "p10–p90", "p05–p95", "pinball", "CRPS", "decision",
    )  # fmt: skip
    print_table(
        f"{result.key.name}, {result.unit}, horizon {result.horizon_h} h, "
        f"{result.summary[0].origins} origins from {result.first} to {result.last}",
        header,
        [_line(one) for one in result.summary],
    )
    leads = [one.lead for one in result.summary[0].by_lead]
    if len(leads) > 1:
        print_table(
            f"By lead day, MAE in {result.unit}",
            ("model", "", *map(str, leads)),
            [row for one in result.summary for row in _by_lead(one)],
        )
    for name, of in result.blends.items():
        weights = sorted(of.weights.items(), key=lambda one: -one[1])
        parts = ", ".join(f"{part} {weight:.2f}" for part, weight in weights if weight > 0)
        out.print(f"{name}, mean weights: {parts or 'none'}", highlight=False)
    for told in result.comparisons:
        out.print(_verdict(told), highlight=False)
    for note in notes:
        out.print(note, highlight=False)
    excluded = max(one.excluded for one in result.summary)
    if excluded:
        out.print(
            f"{excluded} forecast periods of each model have no actual price in {prices.name} and "
            "are not scored",
            highlight=False,
        )


def _line(one: Summary) -> list[str]:
    def told(name: str, *, interval: bool = False) -> str:
        value, between = getattr(one, name), one.interval_95[name]
        if value is None:
            return "–"
        shown = f"{value:.4g}"
        return f"{shown}\n\\[{between[0]:.3g}, {between[1]:.3g}]" if interval and between else shown

    with_interval = ("mae", "rmae", "decision_value")
    measures = (
        "mae", "rmse", "r2", "rmae", "coverage_80", "coverage_90", "pinball", "crps",
        "decision_value",
    )  # fmt: skip
    return [one.model, *(told(name, interval=name in with_interval) for name in measures)]


def _by_lead(one: Summary) -> list[list[str]]:
    days = one.by_lead
    return [
        [one.model, "MAE", *(f"{day.mae:.4g}" for day in days)],
        ["", "rMAE", *("–" if day.rmae is None else f"{day.rmae:.3f}" for day in days)],
        ["", "p10–p90", *(f"{day.coverage_80:.1%}" for day in days)],
        ["", "p05–p95", *(f"{day.coverage_90:.1%}" for day in days)],
    ]


def _verdict(told: Comparison) -> str:
    better, worse = (told.model, told.other) if told.statistic < 0 else (told.other, told.model)
    said = (
        f"{better} errs less than {worse}"
        if told.p_value <= SURE
        else f"no difference shown between {better} and {worse}"
    )
    return (
        f"Diebold–Mariano: {said}, p = {told.p_value:.2g} "
        f"(statistic {told.statistic:.2f}, {told.origins} origins)"
    )
