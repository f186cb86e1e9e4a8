"""The ``backup`` and ``restore`` commands."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from chocolate_factory.app.stores import opened_store
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import err, out, print_json
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.settings import configuration, load_settings
from chocolate_factory.store.backup import (
    BackupReport,
    load_backup,
    must_be_empty,
    put_back,
    read_backup,
    write_backup,
)


@app.command()
def backup(
    file: Annotated[
        Path | None,
        typer.Argument(help="Where to [default: backups/ in the data folder]", show_default=False),
    ] = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Write everything stored and the configuration to one file, while the service runs or not.

    Observations with all their revisions, forecasts and their scores, plans and the record of runs;
    the YAML files of the data folder and the addresses of messages, which may hold passwords: only
    the file's owner can read it. With checksums.
    `restore` reads it into an empty store of any kind.
    """
    settings = load_settings(data_dir=directory)
    at = now()
    path = file or settings.backup_folder / f"chocolate-factory-{at:%Y%m%dT%H%M%SZ}.zip"
    told = configuration(settings)
    with opened_store(settings) as store:
        report = write_backup(store, path, now=at, extra_files=told.files)
    outside = [f"{one}: outside the data folder, and not in the backup" for one in told.elsewhere]
    for missing in (*report.left_out, *outside):
        err.print(f"{missing}; copy it yourself", highlight=False, soft_wrap=True)
    _tell("written", report, as_json=as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Load a backup into an empty store, all or nothing, after checking it whole.

    The store is the one of --dir or of CHOCOLATE_FACTORY_STORE_URL; it must hold nothing yet. Files
    of the configuration go back to where they were in the data folder; where another one is there,
    that stays, and the backup's is put beside it. To move to PostgreSQL: `backup`, set the address
    of the new store, `restore`.
    """
    settings = load_settings(data_dir=directory)
    if settings.store_exists:
        with opened_store(settings) as store:
            must_be_empty(store)
    checked = read_backup(file)  # a file that is refused leaves no store behind
    with noted(settings, "restore", file):
        placed = put_back(checked, settings.data_dir)
        with opened_store(settings, create=True) as store:
            report = load_backup(checked, store)
    for file_ in placed:
        if file_.beside:
            err.print(
                f"{file_.path} is there and differs: it stays, and the backup's is {file_.beside}",
                highlight=False,
                soft_wrap=True,
            )
    _tell("restored and counted again", report, as_json=as_json)


def _tell(what: str, report: BackupReport, *, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = asdict(report)
        print_json({**document, "path": str(report.path), "created_at": utc_iso(report.created_at)})
        return
    out.print(
        f"{report.path}: {what}; {report.rows:,} rows of observations, {report.forecasts:,} "
        f"forecasts, {report.plans:,} plans, {report.events:,} events, "
        f"{report.scores:,} scores, {report.runs:,} runs, "
        f"{report.files} files of the configuration",
        highlight=False,
        soft_wrap=True,
    )
