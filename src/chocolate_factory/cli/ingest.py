"""The ``ingest`` command: prices and weather from the live services."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from chocolate_factory import pipeline
from chocolate_factory.app import Sources, Span, open_factory
from chocolate_factory.cli.output import Step, print_json, print_table, progress
from chocolate_factory.cli.root import Dir, Json, app, now, parse_day
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.settings import load_settings
from chocolate_factory.store.base import Store


@app.command()
def ingest(
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="D", help="First day [default: yesterday]"),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="D", help="Last day [default: tomorrow]")
    ] = None,
    source: Annotated[str, typer.Option(help="prices, weather, or all", metavar="NAME")] = "all",
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Fetch prices (REE) and weather (Open-Meteo) from the live services, newest first.

    Needs no key. For history, e.g. three years: ingest --from 2023-01-01 --source prices.
    """
    if source not in ("all", "prices", "weather"):
        raise SettingsInvalid(f"--source: {source!r} is not one of prices, weather, all")
    at = now()
    today = delivery_day(at)
    begin = parse_day(first, option="--from") if first else today - timedelta(days=1)
    end = parse_day(last, option="--to") if last else today + timedelta(days=1)
    if end < begin:
        raise SettingsInvalid(f"--to {end} is before --from {begin}")
    done = []
    with open_factory(load_settings(data_dir=directory)) as factory:
        for span in _spans(factory.sources, source, begin, end, today):
            with progress(span.source.upstream.name, quiet=as_json) as step:
                done += ingest_span(span, factory.store, at, step)
    if as_json:
        print_json(
            {
                "ingested": [
                    {
                        "source": one.source,
                        "first": str(one.first),
                        "last": str(one.last),
                        "new": one.appended.new,
                        "revised": one.appended.revised,
                        "unchanged": one.appended.unchanged,
                    }
                    for one in done
                ]
            }
        )
    else:
        print_table(
            "Ingested",
            ("source", "from", "to", "new", "revised", "unchanged"),
            [
                (
                    o.source,
                    o.first,
                    o.last,
                    o.appended.new,
                    o.appended.revised,
                    o.appended.unchanged,
                )
                for o in done
            ],
        )


def ingest_span(span: Span, store: Store, at: datetime, step: Step) -> list[pipeline.Ingested]:
    """``pipeline.backfill`` with its progress shown."""
    total = (span.last - span.first).days + 1
    done = []
    for one in pipeline.backfill(span.source, store, first=span.first, last=span.last, now=at):
        done.append(one)
        step((span.last - one.first).days + 1, total)
    return done


def _spans(sources: Sources, asked: str, first: date, last: date, today: date) -> list[Span]:
    spans = []
    if asked in ("all", "prices"):
        spans.append(Span(sources.prices, first, last))
    if asked in ("all", "weather"):
        spans += sources.weather(first, last, today)
    return spans
