"""The ``demo`` command: the main job, offline, on a simulated market."""

from __future__ import annotations

import shutil
import threading
import webbrowser
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from chocolate_factory import jobs, pipeline
from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.serving import build_web
from chocolate_factory.cli.ingest import stepping, untold
from chocolate_factory.cli.output import forecast_json, out, print_json, progress
from chocolate_factory.cli.plan import print_plan
from chocolate_factory.cli.root import Json, app, now
from chocolate_factory.cli.serve import bound_socket, run_server
from chocolate_factory.errors import NotNow, SettingsInvalid, StoreError
from chocolate_factory.jobs import Factory, alone
from chocolate_factory.market.calendar import days_between, delivery_day
from chocolate_factory.market.catalog import DAY, PVPC, SPOT
from chocolate_factory.planning.plan import plan_from_json, plan_to_json
from chocolate_factory.settings import load_settings
from chocolate_factory.simulation.server import SimulatedUpstreams
from chocolate_factory.standing import standing
from chocolate_factory.upkeep import collect_from
from chocolate_factory.web.setup_routes import DemoEnds

HISTORY = timedelta(days=3 * 365)
EVERY_SOURCE = ("pvpc", "spot", "weather", "weather-forecast", "generation")
MARK = "demo-seed"
MADE = ("chocolate-factory.db*", "raw.db*", "tokens.db*", "models", "backups", "logs", MARK)
"""What the demo makes in its folder; the configuration that the page wrote stays."""

ANSWERED_WITHIN_S = 0.5
"""The page has its answer before the program ends [s]."""

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
    settings = load_settings(data_dir=folder, store_url="", cluster_url="")
    with ExitStack() as stack:
        listener = None if once else stack.enter_context(bound_socket("127.0.0.1", port))
        _claim(folder, seed)
        upstreams = stack.enter_context(SimulatedUpstreams(seed=seed, clock=now))
        factory = stack.enter_context(open_factory(settings, simulated=upstreams))
        pipeline.require_unmixed(factory.store, simulated=True)
        at = now()
        fill(factory, at, quiet=as_json)
        with progress("Forecasting and planning", quiet=as_json) as step:
            step(0, 3)
            jobs.forecast(factory, at, untold)
            step(1, 3)
            jobs.refresh_plan(factory, at)
            step(2, 3)
            jobs.advise(factory, at, untold)
            jobs.jobs_of(factory)["alerts"](at, untold)
            step(3, 3)
        summary = summarise(factory, at)
        if as_json:
            print_json(summary)
        else:
            _print_summary(summary)
        if listener is not None:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/dashboard"
            if browser and not as_json:
                webbrowser.open(address)
            removal = Removal(folder, settings.config_folder, home=load_settings().config_folder)
            web = build_web(alone(factory), now, catch_up=False, remove_demo=removal.asked)
            run_server(web, listener, until=removal.wanted)
    if listener is not None and removal.wanted.is_set():
        kept = removal.carry_out()
        out.print(f"the demo's data is deleted from {folder}", highlight=False, soft_wrap=True)
        if kept is not None:
            out.print(f"what you set up is in {kept}", highlight=False, soft_wrap=True)


class Removal:
    """The end of a demo: asked for by the page, carried out once nothing uses the data any more.

    ``written`` is the folder of the configuration that the page writes meanwhile; it goes to
    ``home`` if nothing is there yet.
    """

    def __init__(self, folder: Path, written: Path, *, home: Path) -> None:
        self.folder = folder
        self.written = written
        self.home = home
        self.wanted = threading.Event()

    def asked(self) -> DemoEnds:
        """Have the program end."""
        if not (self.folder / MARK).is_file():
            raise NotNow(f"{self.folder} is not marked as a demo's: nothing is deleted")
        threading.Timer(ANSWERED_WITHIN_S, self.wanted.set).start()
        return DemoEnds(self.folder, self._configuration())

    def carry_out(self) -> Path | None:
        """Delete what the demo made, and the folder if nothing else is in it.

        Answers where the configuration is that was written meanwhile; None if none was.
        """
        kept = self._configuration()
        if kept is not None and kept != self.written:
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.written, kept)
        for pattern in MADE:
            for path in self.folder.glob(pattern):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()
        return kept

    def _configuration(self) -> Path | None:
        """Where the configuration will be once the demo is gone."""
        if not self.written.is_dir():
            return None
        return self.written if self.home.exists() else self.home


def fill(factory: Factory, at: datetime, *, quiet: bool, back: timedelta = HISTORY) -> None:
    """Fetch three years newest first, the last days from every source; what is held stays."""
    today = delivery_day(at)
    feeds = factory.feeds
    history = [feeds.pvpc.feeds[0], *(feed for feed in feeds.weather.feeds if not feed.own)]
    for feed in history:
        reach = feed.source.upstream.reach(today)
        first = max(reach[0], today - back)
        days = days_between(first, min(reach[1], today + DAY))
        with progress(feed.name, quiet=quiet) as step:
            collect_from(feed, factory.store, days, now=at, tell=stepping(step))
    with progress("Every source, last days", quiet=quiet) as step:
        named = jobs.jobs_of(factory)
        newest = {name: named[name] for name in EVERY_SOURCE}
        jobs.one_after_the_other(newest, at, stepping(step))
        first = today - timedelta(days=pipeline.HEALTH_DAYS)
        jobs.repair(factory, first=first, last=today, now=at, tell=stepping(step))


def summarise(factory: Factory, at: datetime) -> dict[str, Any]:
    """What the demo did, as the JSON of ``demo --json``."""
    held = {str(c.key): c.count for c in factory.store.coverage()}
    prices = {name: held[name] for name in (str(PVPC), str(SPOT))}
    made = factory.store.forecast(PVPC, as_of=at)
    plans = standing(factory.store, as_of=at, slot=factory.task.plant.slot)
    if made is None or plans.in_force is None:
        raise StoreError("the demo's store lost its forecast or plan; choose a fresh --dir")
    return {
        "simulated": pipeline.holds_simulated(factory.store),
        "prices_stored": sum(prices.values()),
        "weather_stored": sum(held.values()) - sum(prices.values()),
        "series": held,
        "forecast": forecast_json(made.between(at, at + FORECAST_SHOWN)),
        "plan": plan_to_json(plans.in_force.plan),
    }


def _claim(folder: Path, seed: int) -> None:
    """Note in the folder which simulated market it holds; refuse that of another seed, and one
    that holds anything of what the end of a demo deletes."""
    mark = folder / MARK
    if mark.exists():
        if mark.read_text(encoding="utf-8").strip() != str(seed):
            raise SettingsInvalid(
                f"{folder} holds the demo of another --seed; choose another --dir"
            )
        return
    held = sorted(path.name for pattern in MADE for path in folder.glob(pattern))
    if held:
        raise SettingsInvalid(
            f"{folder} holds {', '.join(held)}, which no demo made: simulated and real data are "
            "never mixed; choose another --dir"
        )
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(f"{seed}\n", encoding="utf-8")


def _print_summary(summary: dict[str, Any]) -> None:
    print_plan(plan_from_json(summary["plan"]))
    out.print(
        f"[bold]SIMULATED DATA[/bold]: {summary['prices_stored']:,} prices and "
        f"{summary['weather_stored']:,} weather values stored",
        highlight=False,
    )
