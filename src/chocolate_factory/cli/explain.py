"""The ``explain`` command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from chocolate_factory import pipeline
from chocolate_factory.app.factory import task_of
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.output import local, out, print_json, print_table
from chocolate_factory.cli.root import AsOf, Dir, Json, app, now, parse_instant
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.conduct.reasons import reasons
from chocolate_factory.jobs import rules_of
from chocolate_factory.pipeline import PATHS, PATHS_SEED
from chocolate_factory.planning.plan import Worth
from chocolate_factory.planning.why_there import Shift, Why
from chocolate_factory.planning.worth import worth


@app.command()
def explain(
    batch: Annotated[
        list[str] | None, typer.Argument(help="Batches of the plan in force [default: all to come]")
    ] = None,
    paths: Annotated[int, typer.Option(help="Price paths drawn", min=20, max=5000)] = PATHS,
    seed: Annotated[int, typer.Option(help="Seed of the paths", min=0)] = PATHS_SEED,
    as_of: AsOf = None,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Why each batch of the plan in force is where it is.

    What it costs there and an hour earlier and later, what is in the way, whether its prices are
    published or forecast, and on how many of the price paths drawn from the forecast's quantiles no
    other place is cheaper, everything else staying where it is: with PV or a battery only the hour
    earlier and later is worked out, with what these would do then. Other places are those that are
    still open: after CHOCOLATE_FACTORY_FREEZE_MIN from now. Then the shadow prices of the whole
    plan: what 10 kW more in every period, one more of the busiest machine, and staff an hour longer
    at both ends of every shift would save.
    """
    whose = chosen_site(directory, site)
    settings = whose.settings
    task = task_of(settings)
    instant = parse_instant(as_of, option="--as-of") or now()
    with opened_site(whose) as store:
        plan, told = reasons(
            store, task, batch or (), now=instant, rules=rules_of(settings), count=paths, seed=seed
        )
    more = worth(plan, task.plant, task.contract, time_limit_s=pipeline.WORTH_S)
    if as_json:
        print_json(
            {
                "plan": plan.plant,
                "paths": paths,
                "batches": [_document(one) for one in told],
                "worth": [asdict(one) | {"eur_per_unit": one.eur_unit} for one in more],
            }
        )
    else:
        _print(told, paths)
        _print_worth(more)


def _print(told: Sequence[Why], paths: int) -> None:
    print_table(
        "Why each batch is where it is",
        ("batch", "begins", "due", "€", "1 h earlier", "1 h later", "prices", "stays best"),
        [
            (
                one.batch[0].batch,
                local(one.batch[0].start),
                "–" if one.due is None else local(one.due),
                f"{one.cost_eur:.2f}",
                _shifted(one.earlier),
                _shifted(one.later),
                "published" if one.published else "forecast",
                "–" if one.stays_best is None else f"{100 * one.stays_best:.0f} %",
            )
            for one in told
        ],
    )
    for one in told:
        name = one.batch[0].batch
        for word, shift in (("earlier", one.earlier), ("later", one.later)):
            for limit in shift.limits:
                out.print(f"{name}, 1 h {word}: {limit}", highlight=False, markup=False)
        if one.cheapest_begin is not None and one.cheapest_begin != one.batch[0].start:
            out.print(
                f"{name}: with all else where it is, {local(one.cheapest_begin)} would cost "
                f"{one.cheapest_eur:.2f} €",
                highlight=False,
            )
    for reason in dict.fromkeys(one.unweighed for one in told if one.unweighed is not None):
        out.print(reason, highlight=False)
    out.print(
        f"stays best: share of {paths} price paths on which no other place still open is cheaper; "
        "differences are those of the whole plan, × where something is in the way",
        highlight=False,
    )


def _print_worth(more: Sequence[Worth]) -> None:
    print_table(
        "What a little more would be worth to this plan (planned anew with it)",
        ("", "more", "saves €", "€ per unit"),
        [
            (
                one.name,
                f"{one.amount:g} {one.unit}",
                f"{one.eur:.2f}" if one.proven else f"about {one.eur:.2f}",
                f"{one.eur_unit:.3f} €/{one.unit}",
            )
            for one in more
        ],
    )


def _shifted(shift: Shift) -> str:
    if shift.difference_eur is None:
        return "×"
    return f"{shift.difference_eur:+.2f}" + (" ×" if shift.limits else "")


def _document(one: Why) -> dict[str, Any]:
    def shifted(shift: Shift) -> dict[str, Any]:
        return {"difference_eur": shift.difference_eur, "limits": list(shift.limits)}

    return {
        "batch": one.batch[0].batch,
        "begin": one.batch[0].start.isoformat(),
        "due": None if one.due is None else one.due.isoformat(),
        "cost_eur": one.cost_eur,
        "hour_earlier": shifted(one.earlier),
        "hour_later": shifted(one.later),
        "other_places": one.places,
        "cheapest_begin": None if one.cheapest_begin is None else one.cheapest_begin.isoformat(),
        "cheapest_eur": one.cheapest_eur,
        "published": one.published,
        "stays_best": one.stays_best,
        "unweighed": one.unweighed,
    }
