"""The ``doctor`` command: what works on this machine, and what to do about what does not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from pydantic import SecretStr

from chocolate_factory import jobs
from chocolate_factory.app.desks.reads import feeds_health
from chocolate_factory.cli.findings import findings_of, looked_at, unread
from chocolate_factory.cli.output import local, out, print_json, print_table, progress
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.errors import FactoryError, NotPublished, SourceRejected
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import to_datetime, utc_iso
from chocolate_factory.market.catalog import DAY
from chocolate_factory.settings import load_settings
from chocolate_factory.upkeep import Feed, FeedHealth


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
    not_read = unread(settings)
    findings = list(findings_of(settings, not_read, online=online))
    feeds: list[FeedLine] = []
    if not any(found.state == "fault" for found in findings):
        with ExitStack() as stack:
            if not_read is not None:  # looking creates and changes none
                folder = Path(stack.enter_context(TemporaryDirectory()))
                settings = settings.model_copy(
                    update={"data_dir": folder, "store_url": SecretStr("")}
                )
            feeds = _feed_lines(stack.enter_context(looked_at(settings)), online=online)
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


def _feed_lines(factory: Factory, *, online: bool) -> list[FeedLine]:
    """One line for every feed and one for files: reachable, key, last value, age, what is next."""
    at = now()
    feeds = {feed.name: feed for feed in factory.feeds.all}
    told = feeds_health(factory, at)
    lines = []
    with progress("Asking the services", quiet=not online) as step:
        for number, health in enumerate(told, start=1):
            feed = feeds.get(health.feed)
            state, detail = _probe(feed, at) if online and feed else ("not asked", "")
            lines.append(
                FeedLine(
                    feed=health.feed,
                    reachable=state,
                    key=_key(health),
                    last_value=health.last_delivery,
                    age_s=health.age_s,
                    next_publication=health.next_publication,
                    detail=detail,
                )
            )
            step(number, len(told))
    return [*lines, _files_line(factory, at)]


def _key(health: FeedHealth) -> str:
    if not health.key_present:
        return f"missing: {health.key_setting}"
    return "set" if health.key_setting else "none needed"


def _files_line(factory: Factory, at: datetime) -> FeedLine:
    """What came from files alone: of sources that none of the feeds tells."""
    feeds = {feed.source.upstream.name for feed in factory.feeds.all}
    told = [
        series
        for held in factory.store.coverage()
        if held.first is not None and held.last is not None
        for source in held.sources
        if source not in feeds
        and len(
            series := factory.store.read(
                held.key, held.first, held.last + DAY, as_of=at, source=source
            )
        )
    ]
    known = max((to_datetime(series.available_at.max()) for series in told), default=None)
    return FeedLine(
        feed="files",
        reachable="not asked",
        key="none needed",
        last_value=max((to_datetime(series.start[-1]) for series in told), default=None),
        age_s=None if known is None else (at - known).total_seconds(),
        next_publication=None,
        detail="",
    )


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
