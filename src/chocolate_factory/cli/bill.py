"""The ``bill`` command: what drawing a power curve costs, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from chocolate_factory import pipeline
from chocolate_factory.app.files import load_contract, load_plant
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.output import local, out, print_json, print_table
from chocolate_factory.cli.price_file import read_prices
from chocolate_factory.cli.root import Dir, Json, app, now, parse_day
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.errors import FileRefused, RequestInvalid, SettingsInvalid
from chocolate_factory.market.bill import Bill, bill_to_json
from chocolate_factory.market.billing import make_bill
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.excess import Metering
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.site_curve import plan_curve
from chocolate_factory.sources.meter_csv import read_meter
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Store

_EXCESS_OF = {
    Metering.QUARTERS: "root of squares, kW",
    Metering.HIGHEST: "highest, kW",
    Metering.SWITCH: "kW",
}


@app.command()
def bill(
    meter: Annotated[
        Path | None,
        typer.Option(
            help="Meter readings: the distributor's CSV (CUPS;Fecha;Hora;Consumo_kWh, by hour or "
            "quarter-hour) or time_utc,kwh [default: the plan in force and the base load]"
        ),
    ] = None,
    month: Annotated[str | None, typer.Option(help="The month to bill", metavar="YYYY-MM")] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="D", help="First day [default: all that the curve holds]"),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="D", help="Last day, with --from")
    ] = None,
    contract: Annotated[
        str | None,
        typer.Option(help="Contract file, or a named contract [default: that of the settings]"),
    ] = None,
    plant: Annotated[
        Path | None, typer.Option(help="Plant file, for base load and contracted power")
    ] = None,
    prices: Annotated[
        Path | None,
        typer.Option(help="Price CSV to bill with instead of the stored prices, as for plan"),
    ] = None,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """The electricity bill of a meter's readings, or of the plan in force, by tariff period.

    Energy with its parts, power term, excess power, electricity tax; VAT apart. Prices are those
    stored, and every period needs its own: none is made up.
    """
    whose = chosen_site(directory, site, plant=plant, contract=contract)
    settings = whose.settings
    the_plant, the_contract = load_plant(settings.plant), load_contract(settings.contract)
    powers = the_contract.contracted_kw or the_plant.contracted_kw
    if meter is not None and (prices is not None or the_contract.market is None):
        curve = _metered(meter)
        start, end = _span(curve, month, first, last)
        given = None if prices is None else read_prices(prices).series
        made = make_bill(the_contract, curve, given, start=start, end=end, contracted_kw=powers)
    else:
        with opened_site(whose) as store:
            curve = _planned(store, the_plant) if meter is None else _metered(meter)
            start, end = _span(curve, month, first, last)
            made = pipeline.bill(
                store, the_contract, curve,
                start=start, end=end, contracted_kw=powers, as_of=now(),
            )  # fmt: skip
    if as_json:
        print_json(bill_to_json(made))
    else:
        print_bill(made)


def print_bill(made: Bill) -> None:
    """A bill for people."""
    powers = ", ".join(f"P{n} {kw:g}" for n, kw in enumerate(made.contracted_kw, start=1))
    print_table(
        f"{made.contract}, {made.tariff.value}, {local(made.start)} to {local(made.end)}; "
        f"contracted kW: {powers}",
        ("", "period", "quantity", "price", "€"),
        [*_lines(made), *_totals(made)],
    )
    parts: dict[str, float] = {}
    for line in made.energy:
        for name, eur in line.parts_eur.items():
            parts[name] = parts.get(name, 0.0) + eur
    print_table(
        "Parts of the energy price",
        ("part", "€"),
        [(name, f"{eur:.2f}") for name, eur in parts.items()],
    )
    for note in made.notes:
        out.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)


def _lines(made: Bill) -> Iterator[tuple[str, ...]]:
    for energy in made.energy:
        mean = f"{energy.eur / energy.kwh:.6f} €/kWh" if energy.kwh else "–"
        yield (
            "energy", f"P{energy.period}", f"{energy.kwh:,.2f} kWh", mean, f"{energy.eur:.2f}"
        )  # fmt: skip
    for power in made.power:
        yield (
            "power term",
            f"P{power.period}",
            f"{power.contracted_kw:g} kW, {power.days:g} days of {power.year}",
            f"{power.price_eur_kw_year:.6f} €/kW·year",
            f"{power.eur:.2f}",
        )
    for excess in made.excess:
        yield (
            f"excess power {excess.month:%Y-%m}",
            f"P{excess.period}",
            f"{excess.excess_kw:.2f} ({_EXCESS_OF[made.metering]}; {excess.quarters} quarters)",
            f"{excess.rate_eur_kw:.6f} €/kW",
            f"{excess.eur:.2f}",
        )


def _totals(made: Bill) -> Iterator[tuple[str, ...]]:
    if not made.knows_excess:
        yield "excess power", "", "", "", "not known"
    yield "electricity tax", "", "", "", f"{made.electricity_tax_eur:.2f}"
    yield "total without VAT", "", f"{made.kwh:,.2f} kWh", "", f"{made.total_eur:.2f}"
    yield "VAT", "", "", "", f"{made.vat_eur:.2f}"
    yield "total", "", "", "", f"{made.total_with_vat_eur:.2f}"


def _metered(path: Path) -> PowerCurve:
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise FileRefused(path, fault.strerror or "cannot be read") from None
    return read_meter(path, data)


def _planned(store: Store, plant: Plant) -> PowerCurve:
    kept = standing(store, as_of=now(), slot=plant.slot).in_force
    if kept is None:
        raise RequestInvalid("no plan is in force: make one with plan, or give --meter FILE")
    made = kept.plan
    return plan_curve(made, plant, start=made.start, end=made.end)


def _span(
    curve: PowerCurve, month: str | None, first: str | None, last: str | None
) -> tuple[datetime, datetime]:
    """[start, end) as asked for, or all of the curve."""
    if month is not None:
        if first is not None or last is not None:
            raise SettingsInvalid("--month goes without --from and --to")
        begin = parse_day(f"{month}-01", option="--month")
        after = (begin + timedelta(days=31)).replace(day=1)
        return local_midnight(begin), local_midnight(after)
    if first is None and last is None:
        return curve.begin, curve.end
    if first is None or last is None:
        raise SettingsInvalid("--from and --to go together")
    days: tuple[date, date] = parse_day(first, option="--from"), parse_day(last, option="--to")
    if days[1] < days[0]:
        raise SettingsInvalid(f"--to {last} is before --from {first}")
    return local_midnight(days[0]), local_midnight(days[1] + timedelta(days=1))
