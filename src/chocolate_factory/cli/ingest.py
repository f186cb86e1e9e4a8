"""The ``ingest`` and ``backfill`` commands: ask the live services for what is due or missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer

from chocolate_factory import jobs, schedule
from chocolate_factory.app.factory import open_one
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import Step, out, print_json, print_table, progress
from chocolate_factory.cli.root import Dir, Json, app, last_day, now, parse_day
from chocolate_factory.cli.site_option import OwnWeather
from chocolate_factory.errors import NotPublished, SettingsInvalid
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY
from chocolate_factory.settings import load_settings
from chocolate_factory.store.base import Outcome
from chocolate_factory.upkeep import Collected, Feed, collect_from

LONGEST = timedelta(days=3660)

First = Annotated[
    str | None, typer.Option("--from", metavar="D", help="First day [default: yesterday]")
]
Last = Annotated[str | None, typer.Option("--to", metavar="D", help="Last day [default: tomorrow]")]


@app.command()
def ingest(
    first: First = None,
    last: Last = None,
    source: Annotated[
        str, typer.Option(help="prices, weather, all, or one feed: see `doctor`", metavar="NAME")
    ] = "all",
    site: OwnWeather = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Ask the live services for days, whether they are stored or not, newest first.

    Prices come from REE, weather from Open-Meteo, neither needs a key. A feed is named as `doctor`
    lists it, e.g. --source omie. To ask only for what is missing, from every source: `backfill`.
    """
    at = now()
    begin, end = _days(first, last, delivery_day(at))
    results = []
    settings = load_settings(data_dir=directory)
    with (
        noted(settings, "ingest", source, begin, end, site=site or ""),
        open_one(settings, site) as factory,
    ):
        for feed in _feeds(factory, source):
            reach = feed.source.upstream.reach(delivery_day(at))
            days = _inside(begin, end, reach)
            with progress(feed.name, quiet=as_json) as step:
                told = collect_from(feed, factory.store, days, now=at, tell=stepping(step))
            results.append((feed.name, told))
    if as_json:
        print_json({"from": str(begin), "to": str(end), "feeds": [_line(*r) for r in results]})
    else:
        _print_feeds(results)
    if results and all(told.faults and not told.answered for _, told in results):
        raise typer.Exit(1)


@app.command()
def backfill(
    first: First = None,
    last: Last = None,
    series: Annotated[
        str | None,
        typer.Option(help="Only this series, e.g. pvpc or temperature@linares", metavar="NAME"),
    ] = None,
    max_gap_hours: Annotated[
        float | None, typer.Option(help="Only gaps not longer than this", min=0.25, metavar="H")
    ] = None,
    site: OwnWeather = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Find what is missing and ask for it again, source by source, newest first.

    Nothing is asked for what is stored already, so it can be repeated, or stopped and begun again.
    What a source never had stays missing: a gap is never filled with a forecast.
    """
    at = now()
    begin, end = _days(first, last, delivery_day(at))
    longest = None if max_gap_hours is None else timedelta(hours=max_gap_hours)
    settings = load_settings(data_dir=directory)
    with (
        noted(settings, "backfill", series or "all", begin, end, site=site or ""),
        open_one(settings, site) as factory,
        progress("Repairing", quiet=as_json) as step,
    ):
        try:
            told = jobs.repair(
                factory,
                first=begin,
                last=end,
                now=at,
                tell=stepping(step),
                series=series,
                longest=longest,
            )
        except NotPublished as state:
            told = schedule.JobResult(str(state), {}, Outcome.NOT_PUBLISHED)
    if as_json:
        outcome = {"outcome": told.outcome.value, "detail": told.detail}
        print_json({"from": str(begin), "to": str(end), **outcome, **told.counts})
    else:
        out.print(f"{begin} to {end}: {told.detail}", highlight=False)


def untold(done: int, total: int, detail: str = "") -> None:
    """A job's progress that nobody sees."""


def stepping(step: Step) -> schedule.Progress:
    """A job's progress as a bar."""

    def tell(done: int, total: int, detail: str = "") -> None:  # noqa: ARG001 - a bar has no text
        step(done, total)

    return tell


def _days(first: str | None, last: str | None, today: date) -> tuple[date, date]:
    begin = parse_day(first, option="--from") if first else today - DAY
    end = last_day(last, begin, today=today)
    if end - begin > LONGEST:
        raise SettingsInvalid(f"--from {begin} to {end}: at most {LONGEST.days} days at once")
    return begin, end


def _feeds(factory: Factory, asked: str) -> tuple[Feed, ...]:
    feeds = factory.feeds
    groups = {
        "prices": feeds.pvpc.feeds[:1],
        "weather": tuple(f for f in feeds.weather.feeds if not f.own),
    }
    groups["all"] = (*groups["prices"], *groups["weather"])
    groups |= {feed.name: (feed,) for feed in feeds.all}
    if asked not in groups:
        raise SettingsInvalid(f"--source: {asked!r} is not one of {', '.join(groups)}")
    return groups[asked]


def _inside(begin: date, end: date, reach: tuple[date, date]) -> list[date]:
    first, last = max(begin, reach[0]), min(end, reach[1])
    return [first + n * DAY for n in range((last - first).days + 1)]


def _line(name: str, told: Collected) -> dict[str, object]:
    return {
        "feed": name,
        "requests": told.asked,
        "new": told.new,
        "revised": told.revised,
        "absent_days": told.absent,
        "faults": [str(fault) for fault in told.faults],
    }


def _print_feeds(results: list[tuple[str, Collected]]) -> None:
    print_table(
        "Ingested",
        ("feed", "requests", "new", "revised", "days not there"),
        [(name, told.asked, told.new, told.revised, told.absent) for name, told in results],
    )
    for _, told in results:
        for fault in told.faults:
            out.print(f"[red]{fault}[/red]", highlight=False, soft_wrap=True)
