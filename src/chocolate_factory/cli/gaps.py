"""The ``gaps`` command: what should be stored and is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from chocolate_factory import pipeline
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.output import out, print_json, print_table
from chocolate_factory.cli.root import AsOf, Dir, Json, app, last_day, now, parse_day, parse_instant
from chocolate_factory.cli.series_option import stored_key
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.errors import Gap, SettingsInvalid
from chocolate_factory.market.calendar import HOUR, MADRID, QUARTER, delivery_day, utc_iso
from chocolate_factory.market.catalog import DAY, began
from chocolate_factory.market.gaps import severity
from chocolate_factory.market.places import at_site
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.base import Store


@app.command()
def gaps(
    series: Annotated[
        str,
        typer.Option(
            help="pvpc, spot, or any stored series as NAME or NAME@PLACE; NAME@J09,J17 takes "
            "stations that followed each other as one"
        ),
    ] = "pvpc",
    first: Annotated[
        str | None, typer.Option("--from", metavar="D", help="First day [default: first stored]")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="D", help="Last day [default: tomorrow]")
    ] = None,
    as_of: AsOf = None,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Delivery periods that should be stored by now and are not.

    Days are local delivery days; a period counts once its publication time has passed.
    Severity: minor up to 2 h, moderate up to 12 h, critical above.
    """
    at = parse_instant(as_of, option="--as-of") or now()
    with opened_site(chosen_site(directory, site)) as store:
        keys = _keys(store, series)
        begin = parse_day(first, option="--from") if first else _first_day(store, keys)
        end = last_day(last, begin, today=delivery_day(at))
        report = pipeline.gaps(store, *keys, first=begin, last=end, as_of=at)
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
        f"delivery periods, {len(found)} {'gap' if len(found) == 1 else 'gaps'}",
        highlight=False,
    )
    starts = [day for key in keys if (day := began(key)) is not None]
    if starts and min(starts) > begin:
        out.print(f"nothing is expected before {min(starts)}: the series begins then")
    if report.gaps:
        _print_gaps(report.gaps)


def _print_gaps(gaps: Sequence[Gap]) -> None:
    """Days, first and last, of a daily series; else the delivery time, first and end."""
    if all(_length(gap) > HOUR for gap in gaps):
        header = ("first day", "last day", "missing", "severity")
        spans = [(str(delivery_day(g.start)), str(delivery_day(g.end) - DAY)) for g in gaps]
    else:
        header = ("from", "until", "missing", "severity")
        spans = [(_stamp(gap.start), _stamp(gap.end)) for gap in gaps]
    rows = [
        (*span, _missing(gap), severity(gap).value) for span, gap in zip(spans, gaps, strict=True)
    ]
    print_table("Gaps (Madrid time)", header, rows)


def _length(gap: Gap) -> timedelta:
    return (gap.end - gap.start) / gap.missing


def _stamp(at: datetime) -> str:
    return at.astimezone(MADRID).isoformat(" ", "minutes")


def _missing(gap: Gap) -> str:
    """How much: ``3 days``, ``24 h``, ``96 quarter-hours``."""
    length = _length(gap)
    if length > HOUR:
        return f"{gap.missing:,} {'day' if gap.missing == 1 else 'days'}"
    if length == HOUR:
        return f"{gap.missing:,} h"
    if length == QUARTER:
        return f"{gap.missing:,} quarter-hours"
    return f"{gap.missing:,} periods"  # of five minutes, or of hours and quarter-hours


def _keys(store: Store, series: str) -> tuple[SeriesKey, ...]:
    name, _, places = series.partition("@")
    if "," not in places:
        return (stored_key(store, series),)
    return tuple(at_site(SeriesKey(name, one.strip()), store.site) for one in places.split(","))


def _first_day(store: Store, keys: tuple[SeriesKey, ...]) -> date:
    first = [c.first for c in store.coverage() if c.key in keys and c.first is not None]
    if not first:
        raise SettingsInvalid(f"--series: nothing is stored of {', '.join(map(str, keys))}")
    return delivery_day(min(first))
