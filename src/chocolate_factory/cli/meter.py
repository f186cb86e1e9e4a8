"""The ``meter`` command."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from chocolate_factory.app.factory import task_of
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import local, out, print_json, print_table
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.conduct.metering import MeteredDay, compare, keep_curve
from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import delivery_day, utc_iso
from chocolate_factory.sources.meter_csv import read_meter


@app.command()
def meter(
    file: Annotated[
        Path,
        typer.Argument(help="The distributor's CSV by hour or quarter-hour, or time_utc,kwh"),
    ],
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Keep the meter's readings of a file and compare them with what was planned to be bought.

    That is the process by the plans that were in force, at reported times where there are any, the
    plant's base load, and what these plans had PV and battery add to it or take from it. Reading
    the same file again changes nothing.
    """
    whose = chosen_site(directory, site)
    settings = whose.settings
    task = task_of(settings)
    try:
        curve = read_meter(file, file.read_bytes())
    except OSError as fault:
        raise FileRefused(file, fault.strerror or "cannot be read") from None
    moment = now()
    with opened_site(whose) as store:
        with noted(whose.common, "meter", file, site=whose.name):
            kept = keep_curve(store, curve, now=moment)
        days = compare(store, task, delivery_day(curve.begin), delivery_day(curve.end), now=moment)
    if as_json:
        rows = [_document(day) for day in days]
        print_json({"new": kept.new, "revised": kept.revised, "days": rows})
        return
    out.print(
        f"{file}: {kept.new} quarter-hours new, {kept.revised} revised, {kept.unchanged} unchanged",
        highlight=False,
        soft_wrap=True,
    )
    _print(days)


def _document(day: MeteredDay) -> dict[str, object]:
    told = asdict(day) | {"planned_kwh": day.planned_kwh, "difference_kwh": day.difference_kwh}
    instants = {name: utc_iso(value) for name, value in told.items() if isinstance(value, datetime)}
    return told | instants | {"day": str(day.day)}


def _print(days: tuple[MeteredDay, ...]) -> None:
    print_table(
        "Measured and planned",
        ("day", "measured kWh", "planned kWh", "difference kWh", "highest kW", "at", "planned kW"),
        [
            (
                str(day.day),
                f"{day.measured_kwh:.1f}",
                f"{day.planned_kwh:.1f}",
                f"{day.difference_kwh:+.1f}",
                f"{day.measured_peak_kw:.1f}",
                local(day.measured_peak_at),
                f"{day.planned_peak_kw:.1f}",
            )
            for day in days
        ],
    )
    for day in days:
        if day.pv_battery_unknown:
            out.print(
                f"{day.day}: PV and battery are left out of {day.pv_battery_unknown} planned "
                "quarter-hours: no plan was in force that says what they do",
                highlight=False,
                soft_wrap=True,
            )
