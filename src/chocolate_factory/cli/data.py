"""Commands that bring data in and say what is missing: import, ingest, gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from chocolate_factory import pipeline
from chocolate_factory.app import Factory, open_factory, opened_store
from chocolate_factory.cli.output import err, out, print_json, print_table, progress
from chocolate_factory.cli.root import AsOf, Dir, Json, app, now, parse_day, parse_instant
from chocolate_factory.errors import FileRefused, SeriesInvalid, SettingsInvalid
from chocolate_factory.market.calendar import delivery_day, utc_iso
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.gaps import severity
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.settings import load_settings
from chocolate_factory.sources import omie
from chocolate_factory.sources.base import Source
from chocolate_factory.sources.files import FileReading, expand, read_file
from chocolate_factory.store.base import Appended, Store

NOTHING = Appended(received=0, new=0, revised=0, unchanged=0)


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="PATH...")],
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Import price and weather files: each file whole, or not at all.

    Recognised by content: price CSV (time_utc with price_eur_kwh or spot_es_eur_mwh), OMIE
    marginalpdbc files, ESIOS archive-70 and indicator JSON, SIAR CSV exports. Importing a file
    twice changes nothing; a changed value is kept beside the old one as a revision. Ends with
    status 1 if a file was refused.
    """
    results = []
    with opened_store(load_settings(data_dir=directory)) as store:
        files = expand(paths)
        old = omie.superseded(files)
        with progress("Importing", quiet=as_json) as step:
            for done, path in enumerate(files, start=1):
                results.append(
                    _left_out(path, old[path]) if path in old else _import_file(store, path)
                )
                step(done, len(files))
    if as_json:
        print_json({"files": results, "total": _total(results)})
    else:
        _print_import(results)
    if any(result["refused"] for result in results):
        raise typer.Exit(1)


def _import_file(store: Store, path: Path) -> dict[str, Any]:
    at = now()
    appended, reading = NOTHING, None
    try:
        reading = read_file(path, _bytes(path), received_at=at)
        refused = [str(fault) for fault in reading.refused]
        if not refused:
            appended = store.append(reading.observations, now=at)
    except (FileRefused, SeriesInvalid) as fault:
        refused = [str(fault)]
    return _result(
        path,
        appended=appended,
        kind=reading.format if reading else None,
        rows=reading.rows if reading else 0,
        series=_series(reading),
        notes=reading.notes if reading else (),
        refused=refused,
    )


def _left_out(path: Path, newer: Path) -> dict[str, Any]:
    return _result(path, kind="OMIE marginalpdbc", notes=(f"left out: {newer.name} replaces it",))


def _result(
    path: Path,
    *,
    kind: str | None,
    notes: Sequence[str],
    appended: Appended = NOTHING,
    rows: int = 0,
    series: Mapping[str, int] | None = None,
    refused: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "file": str(path),
        "format": kind,
        "rows": rows,
        "values": appended.received,
        "new": appended.new,
        "revised": appended.revised,
        "unchanged": appended.unchanged,
        "series": dict(series or {}),
        "notes": list(notes),
        "refused": list(refused),
    }


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise FileRefused(path, fault.strerror or "cannot be read") from None


def _series(reading: FileReading | None) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for batch in reading.observations if reading else ():
        counts[str(batch.key)] += len(batch)
    return dict(sorted(counts.items()))


def _total(results: Sequence[dict[str, Any]]) -> dict[str, int]:
    names = ("rows", "values", "new", "revised", "unchanged")
    total = {name: sum(result[name] for result in results) for name in names}
    return {**total, "refused_files": sum(bool(result["refused"]) for result in results)}


def _print_import(results: Sequence[dict[str, Any]]) -> None:
    for result in results:
        name = Path(result["file"]).name
        for reason in result["refused"]:
            err.print(f"[red]refused[/red] {escape(reason)}", highlight=False, soft_wrap=True)
        if not result["refused"]:
            read = f"{result['format']}, {result['rows']:,} rows: {_counted(result)}"
            out.print(f"[bold]{escape(name)}[/bold]  {read}", highlight=False, soft_wrap=True)
        for note in result["notes"]:
            out.print(f"  [dim]{escape(note)}[/dim]", highlight=False, soft_wrap=True)
    total = _total(results)
    out.print(f"{len(results)} files, {_counted(total)}", highlight=False)


def _counted(counts: Mapping[str, Any]) -> str:
    return (
        f"{counts['values']:,} values, {counts['new']:,} new, {counts['revised']:,} revised, "
        f"{counts['unchanged']:,} unchanged"
    )


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
        for feed in _feeds(factory, source, begin, today):
            with progress(feed.upstream.name, quiet=as_json) as step:
                done += ingest_span(feed, factory.store, begin, end, at, step)
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


def ingest_span(
    feed: Source, store: Store, first: date, last: date, at: datetime, step: Any
) -> list[pipeline.Ingested]:
    """``pipeline.backfill`` with its progress shown."""
    total = (last - first).days + 1
    done = []
    for one in pipeline.backfill(feed, store, first=first, last=last, now=at):
        done.append(one)
        step((last - one.first).days + 1, total)
    return done


def _feeds(factory: Factory, source: str, begin: date, today: date) -> list[Source]:
    feeds = []
    if source in ("all", "prices"):
        feeds.append(factory.sources.prices)
    if source in ("all", "weather"):
        old = begin < today - timedelta(days=factory.sources.weather_forecast.upstream.max_days)
        sources = factory.sources
        feeds.append(sources.weather_archive if old else sources.weather_forecast)
    return feeds


@app.command()
def gaps(
    series: Annotated[
        str, typer.Option(help="pvpc, spot, or any stored series as NAME or NAME@PLACE")
    ] = "pvpc",
    first: Annotated[
        str | None, typer.Option("--from", metavar="D", help="First day [default: first stored]")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="D", help="Last day [default: tomorrow]")
    ] = None,
    as_of: AsOf = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Delivery periods that should be stored by now and are not.

    Days are local delivery days; a period counts once its publication time has passed.
    Severity: minor up to 2 h, moderate up to 12 h, critical above.
    """
    at = parse_instant(as_of, option="--as-of") or now()
    with opened_store(load_settings(data_dir=directory)) as store:
        key = stored_key(store, series)
        begin = parse_day(first, option="--from") if first else _first_day(store, key)
        end = parse_day(last, option="--to") if last else delivery_day(at) + timedelta(days=1)
        if end < begin:
            raise SettingsInvalid(f"--to {end} is before --from {begin}")
        report = pipeline.gaps(store, key, first=begin, last=end, as_of=at)
    found = [
        {
            "start": utc_iso(gap.start),
            "end": utc_iso(gap.end),
            "missing": gap.missing,
            "severity": severity(gap).value,
        }
        for gap in report.gaps
    ]
    if as_json:
        print_json(
            {
                "series": report.series,
                "from": str(begin),
                "to": str(end),
                "expected": report.expected,
                "present": report.present,
                "gaps": found,
            }
        )
        return
    out.print(
        f"{report.series}, {begin} to {end}: {report.present:,} of {report.expected:,} "
        f"delivery periods, {len(found)} gaps",
        highlight=False,
    )
    if found:
        print_table("Gaps (UTC)", tuple(found[0]), [tuple(gap.values()) for gap in found])


def stored_key(store: Store, text: str) -> SeriesKey:
    """``NAME@PLACE``, or ``NAME`` where only one place is stored.

    Raises ``SettingsInvalid`` naming the choices.
    """
    name, _, place = text.partition("@")
    spec(name)
    places = sorted({c.key.place for c in store.coverage() if c.key.name == name})
    if place:
        return SeriesKey(name, place)
    if len(places) == 1:
        return SeriesKey(name, places[0])
    if not places:
        raise SettingsInvalid(f"--series: nothing is stored of {name}: import or ingest it first")
    choices = ", ".join(f"{name}@{place}" for place in places)
    raise SettingsInvalid(f"--series: {name} is stored for several places: {choices}")


def _first_day(store: Store, key: SeriesKey) -> date:
    first = next((c.first for c in store.coverage() if c.key == key), None)
    if first is None:
        raise SettingsInvalid(f"--series: nothing is stored of {key}")
    return delivery_day(first)
