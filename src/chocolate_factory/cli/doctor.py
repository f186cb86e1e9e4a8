"""The ``doctor`` command: what works on this machine, and what to do about what does not."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

import typer

from chocolate_factory import jobs, pipeline
from chocolate_factory.app import WITHOUT_KEY, Factory, feeds_health, open_factory, shown
from chocolate_factory.cli.output import local, out, print_json, print_table, progress
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.cli.serve import bound_socket
from chocolate_factory.errors import FactoryError, NotPublished, SourceRejected
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.settings import PREFIX, Settings, load_settings
from chocolate_factory.store.raw import damaged_archives
from chocolate_factory.upkeep import Feed

FREE_DISK_GB = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    state: Literal["ok", "warning", "fault"]
    detail: str


@dataclass(frozen=True, slots=True)
class FeedLine:
    """How one feed does; instants in UTC, age since its last news became known [s]."""

    feed: str
    reachable: str
    key: str
    last_value: datetime | None
    age_s: float | None
    next_publication: datetime | None
    detail: str


def _feed_json(line: FeedLine) -> dict[str, object]:
    return {
        name: utc_iso(value) if isinstance(value, datetime) else value
        for name, value in asdict(line).items()
    }


@app.command()
def doctor(
    directory: Dir = None,
    online: Annotated[
        bool, typer.Option("--online/--offline", help="Also ask the live services.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Check this machine, the store, the files and the live services; say what to do.

    Ends with status 1 if something is at fault; a service that cannot be reached is not: the rest
    works on what is stored.
    """
    settings = load_settings(data_dir=directory)
    findings = list(_findings(settings))
    feeds: list[FeedLine] = []
    if not any(found.state == "fault" for found in findings):
        with ExitStack() as stack:
            if not settings.store_exists:  # looking creates none
                folder = Path(stack.enter_context(TemporaryDirectory()))
                settings = settings.model_copy(update={"data_dir": folder})
            feeds = _feed_lines(stack.enter_context(open_factory(settings)), online=online)
    if as_json:
        print_json(
            {
                "findings": [asdict(finding) for finding in findings],
                "sources": [_feed_json(line) for line in feeds],
            }
        )
    else:
        rows = [(f.what, f.state, f.detail) for f in findings]
        print_table("Doctor", ("what", "state", "detail"), rows)
        if feeds:
            _print_feeds(feeds)
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


def _findings(settings: Settings) -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()}")
    yield _port(settings)
    if not settings.store_exists:
        said = f"none yet in {settings.data_dir}: `serve`, `import` or `ingest` creates it"
        yield Finding("store", "warning", said)
        return
    try:
        with open_factory(settings) as factory:
            yield _disk(settings.data_dir)
            yield from _store(factory)
    except FactoryError as fault:
        yield Finding("store and files", "fault", str(fault))


def _port(settings: Settings) -> Finding:
    try:
        bound_socket(settings.host, settings.port).close()
    except FactoryError as fault:
        return Finding("port", "warning", str(fault))
    return Finding("port", "ok", f"{settings.host}:{settings.port} is free")


def _disk(folder: Path) -> Finding:
    where = folder if folder.exists() else Path()
    free_gb = shutil.disk_usage(where).free / 1e9
    if free_gb < FREE_DISK_GB:
        return Finding("disk", "fault", f"{free_gb:.1f} GB free; make at least {FREE_DISK_GB} GB")
    writable = os.access(where, os.W_OK)
    detail = f"{free_gb:.0f} GB free" if writable else f"{where} is not writable"
    return Finding("disk", "ok" if writable else "fault", detail)


def _store(factory: Factory) -> Iterator[Finding]:
    task = factory.task
    for path in damaged_archives(factory.settings.raw_archive):
        detail = f"{path.name} was damaged and set aside: delete it, or save what can be saved"
        yield Finding("raw answers", "warning", detail)
    yield Finding("plant", "ok", f"{task.plant.name}, contract {task.contract.name}")
    for series in shown(factory, now()).health:
        if series.state == "empty":
            yield Finding(str(series.key), "warning", "nothing stored: run `ingest` or `import`")
            continue
        detail = f"{series.count:,} values, last delivery {series.last:%Y-%m-%d %H:%MZ}"
        if series.missing_recent:
            days = pipeline.HEALTH_DAYS
            detail += f", {series.missing_recent} missing in the last {days} days: run `ingest`"
        yield Finding(str(series.key), "ok" if series.state == "ok" else "warning", detail)


def _feed_lines(factory: Factory, *, online: bool) -> list[FeedLine]:
    """One line for every feed: reachable, key, last value, age, next publication."""
    at = now()
    health = {told.feed: told for told in feeds_health(factory, at)}
    lines = []
    with progress("Asking the services", quiet=not online) as step:
        for number, feed in enumerate(factory.feeds.all):
            told = health[feed.name]
            state, detail = _probe(feed, at) if online else ("not asked", "")
            lines.append(
                FeedLine(
                    feed=feed.name,
                    reachable=state,
                    key="set" if told.key_setting else "none needed",
                    last_value=told.last_delivery,
                    age_s=told.age_s,
                    next_publication=told.next_publication,
                    detail=detail,
                )
            )
            step(number + 1, len(factory.feeds.all))
    for setting, feeds in WITHOUT_KEY.items():
        if not getattr(factory.settings, setting).get_secret_value():
            variable = f"{PREFIX}{setting.upper()}"
            lines += [
                FeedLine(name, "not asked", f"missing: {variable}", None, None, None, "")
                for name in feeds
            ]
    return lines


def _probe(feed: Feed, at: datetime) -> tuple[str, str]:
    try:
        values = jobs.reachable(feed, at)
    except NotPublished as state:
        return "yes", str(state)
    except SourceRejected as fault:
        return "refused", str(fault)
    except FactoryError as fault:
        return "no", f"{fault}; the rest works on what is stored"
    return "yes", f"{values} values"


def _print_feeds(lines: Sequence[FeedLine]) -> None:
    rows = [
        (
            line.feed,
            line.reachable,
            line.key,
            "–" if line.last_value is None else local(line.last_value),
            "–" if line.age_s is None else _age(line.age_s),
            "–" if line.next_publication is None else local(line.next_publication),
        )
        for line in lines
    ]
    header = ("source", "reachable", "key", "last value", "age", "next publication")
    print_table("Sources (Madrid time)", header, rows)
    for line in lines:
        if line.detail and line.reachable in ("no", "refused"):
            out.print(f"{line.feed}: {line.detail}", highlight=False, soft_wrap=True)


def _age(seconds: float) -> str:
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} d"
