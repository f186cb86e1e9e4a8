"""The ``demo`` command: the main job, offline, on a simulated market."""

from __future__ import annotations

import webbrowser
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from chocolate_factory import pipeline
from chocolate_factory.app import (
    Factory,
    build_web,
    open_factory,
    refresh_forecasts,
    refresh_plan,
)
from chocolate_factory.cli.ingest import ingest_span
from chocolate_factory.cli.output import forecast_json, out, print_json, progress
from chocolate_factory.cli.plan import print_plan
from chocolate_factory.cli.root import Json, app, now
from chocolate_factory.cli.serve import bound_socket, run_server
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import SIMULATED_PREFIX, SeriesKey
from chocolate_factory.planning.plan import plan_from_json, plan_to_json
from chocolate_factory.settings import load_settings
from chocolate_factory.simulation.server import SimulatedUpstreams

HISTORY_DAYS = 3 * 365
WEATHER_OVERLAP = timedelta(days=7)
"""The archive ends some five days back: the forecast's recent past covers the rest."""
FORECAST_SHOWN = timedelta(hours=168)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Print the summary and exit.")] = False,
    port: Annotated[int, typer.Option(help="Port of the dashboard", min=0, max=65535)] = 8000,
    seed: Annotated[int, typer.Option(help="Which simulated market", min=0)] = 1,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Folder of its data [default: ./data/demo-SEED]")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the dashboard in the browser.")] = True,
    as_json: Json = False,
) -> None:
    """Run the main job offline: three years of simulated prices and weather, forecast, plan.

    The simulated market answers over loopback HTTP in the wire formats of REE and Open-Meteo, so
    this is the same code that runs on live data. Everything shown is labelled as simulated.
    The data stays in its own folder: look further with e.g. `plan --dir data/demo-1`.
    """
    folder = directory or load_settings().data_dir / f"demo-{seed}"
    settings = load_settings(data_dir=folder, store_url="")
    with ExitStack() as stack:
        listener = None if once else stack.enter_context(bound_socket("127.0.0.1", port))
        upstreams = stack.enter_context(SimulatedUpstreams(seed=seed, clock=now))
        factory = stack.enter_context(open_factory(settings, simulated=upstreams))
        _refuse_foreign_data(factory, folder, seed)
        at = now()
        fill(factory, at, quiet=as_json)
        with progress("Forecasting and planning", quiet=as_json) as step:
            step(0, 2)
            refresh_forecasts(factory, at)
            step(1, 2)
            refresh_plan(factory, at)
            step(2, 2)
        summary = summarise(factory, at)
        if as_json:
            print_json(summary)
        else:
            _print_summary(summary)
        if listener is not None:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/dashboard"
            if browser and not as_json:
                webbrowser.open(address)
            run_server(build_web(factory, now, catch_up=False), listener)


def fill(factory: Factory, at: datetime, *, quiet: bool) -> None:
    """Fetch what the store does not hold yet of the last three years, newest first."""
    today = delivery_day(at)
    tomorrow = today + timedelta(days=1)
    sources = factory.sources
    first = today - timedelta(days=HISTORY_DAYS)
    for name, feed, last in (
        ("Prices", sources.prices, tomorrow),
        ("Weather of the past", sources.weather_archive, today - WEATHER_OVERLAP),
    ):
        begin = _first_missing(factory, feed.upstream.series, first, last, at)
        if begin is not None:
            with progress(name, quiet=quiet) as step:
                ingest_span(feed, factory.store, begin, last, at, step)
    ahead = sources.weather_forecast
    with progress("Weather forecast", quiet=quiet) as step:
        ingest_span(
            ahead, factory.store, today - WEATHER_OVERLAP, today + timedelta(days=7), at, step
        )


def _first_missing(
    factory: Factory, keys: tuple[SeriesKey, ...], first: date, last: date, at: datetime
) -> date | None:
    reports = [pipeline.gaps(factory.store, key, first=first, last=last, as_of=at) for key in keys]
    starts = [report.gaps[0].start for report in reports if report.gaps]
    return delivery_day(min(starts)) if starts else None


def summarise(factory: Factory, at: datetime) -> dict[str, Any]:
    """What the demo did, as the JSON of ``demo --json``."""
    held = {str(c.key): c.count for c in factory.store.coverage()}
    prices = {name: held[name] for name in (str(PVPC), str(SPOT))}
    shown = pipeline.snapshot(
        factory.store,
        as_of=at,
        task=factory.task,
        watched=factory.sources.watched,
        weather=factory.sources.weather_series,
    )
    made = factory.store.forecast(PVPC, as_of=at)
    if made is None or shown.plan is None:
        raise SettingsInvalid("the demo's store lost its forecast or plan; choose a fresh --dir")
    return {
        "simulated": shown.simulated,
        "prices_stored": sum(prices.values()),
        "weather_stored": sum(held.values()) - sum(prices.values()),
        "series": held,
        "forecast": forecast_json(made.between(at, at + FORECAST_SHOWN)),
        "plan": plan_to_json(shown.plan),
    }


def _refuse_foreign_data(factory: Factory, folder: Path, seed: int) -> None:
    foreign = [
        name
        for coverage in factory.store.coverage()
        for name in coverage.sources
        if not name.startswith(SIMULATED_PREFIX)
    ]
    if foreign:
        raise SettingsInvalid(
            f"{folder} holds data from {foreign[0]}: the demo never mixes simulated with real "
            "data; choose another --dir"
        )
    mark = folder / "demo-seed"
    if mark.exists() and mark.read_text(encoding="utf-8").strip() != str(seed):
        raise SettingsInvalid(f"{folder} holds the demo of another --seed; choose another --dir")
    mark.write_text(f"{seed}\n", encoding="utf-8")


def _print_summary(summary: dict[str, Any]) -> None:
    print_plan(plan_from_json(summary["plan"]))
    out.print(
        f"[bold]SIMULATED DATA[/bold]: {summary['prices_stored']:,} prices and "
        f"{summary['weather_stored']:,} weather values stored",
        highlight=False,
    )
