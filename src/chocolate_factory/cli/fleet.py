"""The ``fleet`` commands: every site planned, measured or replayed, on one machine or a cluster."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, NoReturn

import typer

from chocolate_factory import pipeline
from chocolate_factory.app.fleet import fleet_sites, make_forecast, opens_of, spread_of
from chocolate_factory.app.site_files import read_sites
from chocolate_factory.app.stores import opened_store
from chocolate_factory.cli.fleet_shown import say_backtests, say_plans, say_weeks, shortened
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import Step, err, progress
from chocolate_factory.cli.root import Dir, Json, app, now, parse_day, parse_instant
from chocolate_factory.conduct.replay import ReplayRules, mondays
from chocolate_factory.errors import ClusterUnavailable, NotPublished, RequestInvalid, StoreError
from chocolate_factory.fleet import (
    RESUMED_WITHIN,
    FleetPlan,
    FleetSite,
    State,
    backtest_fleet,
    fleet_status,
    plan_fleet,
    replay_fleet,
    require_lately,
    require_out,
)
from chocolate_factory.forecasting import MODELS
from chocolate_factory.market.ahead import LONGEST_H
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.oversight import BacktestAsked
from chocolate_factory.settings import Settings, load_settings

REPLAYED_BY = ",".join(pipeline.MODELS)
LOOK_EVERY_S = 60.0
"""How often ``--follow`` looks whether prices are out [s]."""
AGAIN_AFTER, AGAIN_WITHIN = RESUMED_WITHIN, timedelta(hours=2)
"""A site that came to nothing is tried again after so long, each time twice as long, within; with
what is known by then, for so old a run is not taken up."""

fleet = typer.Typer(
    no_args_is_help=True,
    help=(
        "Every site at once: planned, replayed, their models measured.\n\n"
        "Sites are those of CHOCOLATE_FACTORY_SITES_DIR. Work is spread over processes of this "
        "machine, or over the workers of a Dask cluster where CHOCOLATE_FACTORY_CLUSTER_URL names "
        "its scheduler. Every command can be stopped and repeated: what a site has is stored once "
        "and never computed again. See docs/fleet.md."
    ),
)
app.add_typer(fleet, name="fleet")

Workers = Annotated[
    int | None,
    typer.Option(
        help="Processes of this machine, where there is no cluster [default: one per core]",
        min=1, show_default=False,
    ),
]  # fmt: skip

Models = Annotated[str, typer.Option(help=f"Comma-separated: {', '.join(MODELS)}")]


@fleet.command()
def plan(
    origin: Annotated[
        str | None,
        typer.Option(
            metavar="ISO",
            help="Plan as of this instant, at most 10 minutes ago, whatever is published and "
            "planned already [default: now, once tomorrow's prices are out]",
            show_default=False,
        ),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay, and plan whenever the next day's prices are out")
    ] = False,
    workers: Workers = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Plan every site once tomorrow's prices of its market are out, as the schedule does for one.

    The prices of a zone are forecast once; then each site is planned and its plan put in force, or
    proposed, by its own rules. A site that cannot be planned is named with the reason and holds
    back no other; the command then ends with status 2. Repeated, it does what is still to be done:
    a site that has a plan since its prices came out keeps it, unless its plant, orders, contract
    or rules are others now, or --origin names an instant.
    Sites whose market is not out yet wait and are told with when it is due; the command then ends
    with status 3, or with --follow comes back for them. If all wait: status 1. --follow also
    tries again what came to nothing: after 10 minutes, then 20, at last every two hours; a cluster
    or a store that is away it names, and looks again after a minute.

    Site, plant and orders files are read once, when it begins: after changing one, start --follow
    anew, as the server.
    """
    settings = load_settings(data_dir=directory)
    at = parse_instant(origin, option="--origin")
    if follow and at is not None:
        raise RequestInvalid("--follow plans when prices are out: it goes without --origin")
    if at is not None:
        require_lately(at, now=now())
    sites = _sites(settings)
    if follow:
        _follow(settings, sites, workers, as_json=as_json)
    made = _planned(settings, sites, now(), at, workers, as_json=as_json)
    _end_by(made)


@fleet.command()
def status(directory: Dir = None, as_json: Json = False) -> None:
    """How far the newest run of `fleet plan` is, site by site, as the store tells.

    Ends as `fleet plan`: with status 2 if a site came to nothing, else with status 3 if one waits
    or was not asked for; with status 1 if there is nothing to tell.
    """
    settings = load_settings(data_dir=directory)
    with opened_store(settings) as store:
        told = fleet_status(store, _sites(settings), as_of=now())
        simulated = pipeline.holds_simulated(store)
    if told is None:
        raise RequestInvalid("no run of `fleet plan` is stored: begin one")
    if all(one.state is State.ABSENT for one in told.sites):
        said = "is not set" if settings.sites_dir is None else f"says {settings.sites_dir}"
        raise RequestInvalid(
            f"the newest run of `fleet plan` was of other sites: {shortened(told.others)}. "
            f"CHOCOLATE_FACTORY_SITES_DIR {said}: have it name the folder of their files"
        )
    say_plans(told, simulated=simulated, as_json=as_json)
    _end_by(told)


@fleet.command()
def replay(
    first: Annotated[str, typer.Option("--from", metavar="D", help="First day")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="Last day")],
    models: Models = REPLAYED_BY,
    workers: Workers = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Replay whole weeks of the past for every site, as `replay` does for one plant.

    What the prices of a zone looked like on each day is worked out once; weeks that are stored are
    not computed again. Per site: what habit, the plans and perfect foresight would have paid.
    """
    settings = load_settings(data_dir=directory)
    weeks = mondays(parse_day(first, option="--from"), parse_day(last, option="--to"))
    if not weeks:
        raise RequestInvalid("--from to --to holds no whole week, Monday to Sunday")
    sites = _sites(settings)
    with (
        opened_store(settings) as store,
        noted(settings, "fleet replay", first, last),
        progress("Replaying weeks", quiet=as_json) as step,
    ):
        simulated = pipeline.holds_simulated(store)
        done = replay_fleet(
            store,
            opens_of(settings),
            sites,
            spread_of(settings, workers or os.cpu_count() or 1),
            mondays=weeks,
            models=_chosen(models),
            rules=ReplayRules(early=False),
            now=now(),
            tell=_telling(step),
        )
    by_site = [(one.name, [w.week for w in done if w.site == one.name]) for one in sites]
    say_weeks(by_site, simulated=simulated, as_json=as_json)
    if any(one.week.skipped is not None for one in done):
        raise typer.Exit(2)


@fleet.command()
def backtest(
    first: Annotated[str, typer.Option("--from", metavar="D", help="First delivery day")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="Last first delivery day")],
    horizon: Annotated[int, typer.Option(help="Hours ahead", min=24, max=LONGEST_H)] = 168,
    every: Annotated[int, typer.Option(help="One origin every N days", min=1)] = 1,
    models: Models = "naive,similar-day,ridge",
    workers: Workers = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Measure models on the stored prices of every zone that any site pays by; spread by origin.

    A result is stored, shown on the page `/models/backtest`, and not computed again for the same
    question. A zone that cannot be measured is named with the reason and hides no other; the
    command then ends with status 2. With status 1 if no site pays by a market.
    """
    settings = load_settings(data_dir=directory)
    asked = BacktestAsked(
        series="pvpc",  # each zone's in its place
        first=parse_day(first, option="--from"),
        last=parse_day(last, option="--to"),
        horizon_h=horizon,
        every=every,
        models=_chosen(models),
    )
    with opened_store(settings) as store, noted(settings, "fleet backtest", first, last):
        with progress("Backtesting", quiet=as_json) as step:
            done = backtest_fleet(
                store,
                _sites(settings),
                asked,
                spread_of(settings, workers or os.cpu_count() or 1),
                now=now(),
                folder=settings.data_dir / "backtests" / "fleet",
                tell=_telling(step),
            )
        say_backtests(done, as_json=as_json)
        if any(one.report is None for one in done):
            raise typer.Exit(2)


def _follow(
    settings: Settings, sites: Sequence[FleetSite], workers: int | None, *, as_json: bool
) -> NoReturn:
    """Plan the sites of each market once a day, when it is out, and again those without a plan."""
    day = None
    while True:
        moment = now()
        if delivery_day(moment) != day:
            day = delivery_day(moment)
            done: set[str] = set()
            tries: Counter[str] = Counter()
            due: dict[str, datetime] = {}
        asked = [
            one
            for one in sites
            if one.kept_as not in done and due.get(one.kept_as, moment) <= moment
        ]
        if asked:
            with _waited_out():
                made = _planned(
                    settings,
                    asked,
                    moment,
                    None,
                    workers,
                    as_json=as_json,
                    what="fleet plan --follow",
                )
                for site, told in zip(asked, made.sites, strict=True):
                    if told.state in {State.DONE, State.KEPT}:
                        done.add(site.kept_as)
                    elif told.state is not State.WAITING:
                        after = AGAIN_AFTER * 2 ** tries[site.kept_as]
                        due[site.kept_as] = moment + min(after, AGAIN_WITHIN)
                        tries[site.kept_as] += 1
        time.sleep(LOOK_EVERY_S)


@contextmanager
def _waited_out() -> Iterator[None]:
    """Outlast what may be over at the next look: no prices, and a cluster or a store away."""
    try:
        yield
    except NotPublished:
        pass
    except (ClusterUnavailable, StoreError) as fault:
        err.print(f"{fault}. Looking again in {LOOK_EVERY_S:g} s", highlight=False, soft_wrap=True)


def _planned(
    settings: Settings,
    sites: Sequence[FleetSite],
    moment: datetime,
    origin: datetime | None,
    workers: int | None,
    *,
    as_json: bool,
    what: str = "fleet plan",
) -> FleetPlan:
    """Plan, noted as ``what`` once there is anything to plan with, and say what came of it."""
    with opened_store(settings) as store:
        simulated = pipeline.holds_simulated(store)
        if origin is None:
            require_out(store, sites, moment)
        with (
            noted(settings, what),
            progress("Planning sites", quiet=as_json) as step,
        ):
            made = plan_fleet(
                store,
                opens_of(settings),
                sites,
                spread_of(settings, workers or os.cpu_count() or 1),
                now=moment,
                origin=origin,
                make_forecast=partial(make_forecast, settings, store),
                tell=_telling(step),
            )
    say_plans(made, simulated=simulated, as_json=as_json)
    return made


def _end_by(told: FleetPlan) -> None:
    """End the command with what became of the sites as its status."""
    states = told.counts.keys()
    if states & {State.REFUSED, State.LOST}:
        raise typer.Exit(2)
    if states & {State.WAITING, State.ABSENT}:
        raise typer.Exit(3)


def _sites(settings: Settings) -> tuple[FleetSite, ...]:
    """The sites of the settings; where there are no site files that is said, for it may be
    forgotten."""
    if settings.sites_dir is None:
        err.print(
            "CHOCOLATE_FACTORY_SITES_DIR is not set: this is about the one plant of the settings, "
            "which has no name. For several, have it name the folder of their files "
            "(`chocolate-factory site init` writes the first)",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    return fleet_sites(read_sites(settings))


def _telling(step: Step) -> Callable[[int, int, str], None]:
    return lambda done, total, site: step(done, total, site[:28])


def _chosen(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in MODELS]
    if unknown or not names:
        raise RequestInvalid(f"--models: choose of {', '.join(MODELS)}")
    return names
