"""The ``backtest`` command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from chocolate_factory.cli.output import out, print_json, print_table, progress
from chocolate_factory.cli.price_file import read_prices
from chocolate_factory.cli.root import Json, app, parse_day
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.fleet import process_map
from chocolate_factory.forecasting import backtest as run_backtest
from chocolate_factory.reports.csv_file import write_csv


@app.command()
def backtest(
    prices: Annotated[
        Path,
        typer.Option(
            help="Price CSV: time_utc, then the price in a column that ends in _eur_kwh or "
            "_eur_mwh, optionally resolution_min. price_eur_kwh is PVPC, spot_es_eur_mwh the "
            "day-ahead price of Spain; any other is taken as it stands."
        ),
    ],
    first: Annotated[str, typer.Option("--from", metavar="D", help="First delivery day")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="Last first delivery day")],
    horizon: Annotated[int, typer.Option(help="Hours ahead", min=1, max=336)] = 168,
    models: Annotated[
        str, typer.Option(help="Comma-separated: naive, similar-day, ridge")
    ] = "naive,similar-day,ridge",
    every: Annotated[int, typer.Option(help="One origin every N days", min=1)] = 1,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write every prediction to this CSV file.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes [default: one per core]", min=1)
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure models on the past: one origin for each first delivery day D in [--from, --to].

    Each origin is the local midnight that starts D and knows nothing of D or later. Values before
    --from are for fitting only. rMAE is the MAE divided by that of the same hour one week earlier,
    on the same hours; coverage is the share of actual values inside a band.
    """
    begin, end = parse_day(first, option="--from"), parse_day(last, option="--to")
    if end < begin:
        raise SettingsInvalid(f"--to {end} is before --from {begin}")
    given = read_prices(prices)
    names = [name.strip() for name in models.split(",") if name.strip()]
    with progress("Backtesting", quiet=as_json) as step:
        result = run_backtest(
            given.series,
            first=begin,
            last=end,
            horizon_h=horizon,
            models=names,
            every=every,
            about=given.about,
            progress=step,
            map=process_map(workers or os.cpu_count() or 1),
        )
    if out_file is not None:
        write_csv(out_file, result.columns, result.rows())
    if as_json:
        print_json(result.to_json())
        return
    print_table(
        f"{result.key.name}, {result.unit}, horizon {horizon} h",
        result.summary_columns,
        [[f"{v:.4f}" if isinstance(v, float) else v for v in row] for row in result.summary_rows()],
    )
    excluded = max(one.excluded for one in result.summary)
    if excluded:
        out.print(
            f"{excluded} forecast periods of each model have no actual price in {prices.name} and "
            "are not scored",
            highlight=False,
        )
    if out_file is not None:
        out.print(f"predictions written to {out_file}", highlight=False)
