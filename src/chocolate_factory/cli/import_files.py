"""The ``import`` command: files a user has, each taken whole or refused whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from chocolate_factory.app.inbox import NOTHING, Imported
from chocolate_factory.app.inbox import import_files as import_all
from chocolate_factory.app.stores import opened_store
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import err, out, print_json, progress
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.settings import load_settings
from chocolate_factory.sources.files import FileReading, expand
from chocolate_factory.store.base import Appended


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="PATH...")],
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Import price and weather files: each file whole, or not at all.

    Recognised by content: price CSV (time_utc with price_eur_kwh or spot_es_eur_mwh), OMIE
    marginalpdbc files, ESIOS archive-70 and indicator JSON, SIAR CSV exports, daily fuel prices
    (date with gas_eur_mwh or co2_eur_t). Importing a file twice changes nothing; a changed value is
    kept beside the old one as a revision. Ends with status 1 if a file was refused.
    """
    results = []
    settings = load_settings(data_dir=directory)
    with (
        noted(settings, "import", *paths),
        opened_store(settings, create=True) as store,
        progress("Importing", quiet=as_json) as step,
    ):
        files = expand(paths)
        for done, one in enumerate(import_all(store, files, now=now()), start=1):
            results.append(_told(one))
            step(done, len(files))
    if as_json:
        print_json({"files": results, "total": _total(results)})
    else:
        _print_import(results)
    if any(result["refused"] for result in results):
        raise typer.Exit(1)


def _told(one: Imported) -> dict[str, Any]:
    if one.newer is not None:
        note = f"left out: {one.newer.name} replaces it"
        return _result(one.path, kind="OMIE marginalpdbc", notes=(note,))
    reading = one.reading
    return _result(
        one.path,
        appended=one.appended,
        kind=reading.format if reading else None,
        rows=reading.rows if reading else 0,
        series=_series(reading),
        notes=reading.notes if reading else (),
        refused=one.refused,
    )


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
