"""The ``models`` commands: how the price models do, and training them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import typer

from chocolate_factory import jobs, oversight
from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.stores import opened_store
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import local, out, print_json, print_table, progress
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.oversight import Figures, ForecastHealth, Loaded
from chocolate_factory.settings import load_settings

models = typer.Typer(
    no_args_is_help=True,
    help=(
        "How the price models do, and training them.\n\n"
        "`models status` says per series which model forecasts, how its forecasts of the last four "
        "weeks turned out beside the naive (the same hour a week before, two from the eighth day "
        "on), and what is amiss. "
        "`models train` fits them to all that is stored. While `serve` runs it trains every night "
        "and scores every forecast by itself."
    ),
)
app.add_typer(models, name="models")


@models.command()
def status(directory: Dir = None, as_json: Json = False) -> None:
    """Per series: model, weights, age of the forecast, live scores, what is amiss.

    rMAE below 1 means less error than the naive. The 80 % and 90 % bands should hold about as many
    prices as they are named for. `drift` is shown where the last week errs half as much again as
    the four weeks before, a model (or all together) does not beat the naive, or a band holds too
    little or too much; `unknown` where too few days are scored to say so, with the reason.
    """
    at = now()
    settings = load_settings(data_dir=directory)
    folder = oversight.ModelFolder(settings.models_folder)
    with opened_store(settings) as store:
        stands = [
            (
                oversight.forecast_health(store, key, as_of=at),
                oversight.look_at_model(folder, key),
            )
            for key in jobs.FORECAST_SERIES
        ]
    if as_json:
        print_json({"as_of": utc_iso(at), "series": [_document(*one, at) for one in stands]})
        return
    for health, loaded in stands:
        _print(health, loaded)


@models.command()
def train(directory: Dir = None, as_json: Json = False) -> None:
    """Train the model of every price series on all that is stored, keep it, and forecast.

    It takes one to four minutes of a processor a series, the longer the more is stored
    beside prices. The newest five models of a series are kept in models/ of the
    data folder, or where CHOCOLATE_FACTORY_MODELS_DIR says.
    """
    at = now()
    settings = load_settings(data_dir=directory)
    with (
        noted(settings, "models train"),
        open_factory(settings) as factory,
        progress("Training", quiet=as_json) as step,
    ):
        told = jobs.train_prices(factory, at, lambda done, total, _detail="": step(done, total))
        made, reasons = jobs.refresh_forecasts(factory, at)
        kept = _kept(factory)
    if as_json:
        faults = [str(reason) for reason in reasons]
        print_json({"detail": told.detail, "forecasts": list(made), "faults": faults, "kept": kept})
        return
    out.print(told.detail, highlight=False, soft_wrap=True)
    for line in (*(f"forecast: {one}" for one in made), *map(str, reasons), *kept):
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def _kept(factory: Factory) -> list[str]:
    newest = (factory.models.kept(key)[:1] for key in jobs.FORECAST_SERIES)
    return [str(model.path) for found in newest for model in found]


def _document(health: ForecastHealth, loaded: Loaded, at: datetime) -> dict[str, Any]:
    made, verdict = health.forecast, health.verdict
    return {
        "series": health.key.name,
        "unit": health.unit,
        "state": verdict.state.value,
        "unjudged": None if verdict.unjudged is None else verdict.unjudged.value,
        "findings": [oversight.told(health.key, finding) for finding in verdict.findings],
        "model": None if made is None else made.model,
        "weights": {} if made is None else oversight.weights_of(made),
        "origin": None if made is None else utc_iso(made.origin),
        "age_s": None if made is None else (at - made.origin).total_seconds(),
        "stale": health.stale,
        "notes": [] if made is None else list(made.notes),
        "week": None if verdict.week is None else _figures(verdict.week),
        "leads": {str(lead): _figures(figures) for lead, figures in verdict.leads},
        "models": {model: _figures(figures) for model, figures in verdict.models},
        "trained": None if loaded.kept is None else utc_iso(loaded.kept.trained_at),
        "file": None if loaded.kept is None else str(loaded.kept.path),
        "fault": loaded.fault,
        "about": dict(loaded.about),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    names = ("days", "forecasts", "periods", "mae", "bias", "naive_mae", "rmae", "coverage_80",
             "coverage_90")  # fmt: skip
    return {name: getattr(figures, name) for name in names}


def _print(health: ForecastHealth, loaded: Loaded) -> None:
    made, verdict = health.forecast, health.verdict
    if made is None:
        said = "no forecast yet: `forecast` makes one, `serve` makes them by itself"
    else:
        blend = ", ".join(
            f"{name} {weight:.0%}" for name, weight in oversight.weights_of(made).items()
        )
        said = f"{made.model} ({blend}), made {local(made.origin)}"
    stale = ", more than 26 h old" if health.stale else ""
    trained = "never" if loaded.kept is None else local(loaded.kept.trained_at)
    out.print(
        f"{health.key.name}: {said}{stale}; trained {trained}; state {verdict.state.value}",
        highlight=False,
        soft_wrap=True,
    )
    told = [oversight.told(health.key, finding) for finding in verdict.findings]
    for line in (*told, *(() if loaded.fault is None else (loaded.fault,))):
        out.print(f"amiss: {line}", highlight=False, markup=False, soft_wrap=True)
    if verdict.unjudged is not None:
        why = oversight.why_unknown(health.key, verdict.unjudged)
        out.print(f"not judged: {why}", highlight=False, markup=False, soft_wrap=True)
    rows = _rows(verdict.leads, verdict.week)
    if rows:
        header = ("lead days", "days", f"MAE {health.unit}", "naive", "rMAE", "80 %", "90 %")
        print_table(f"{health.key.name}, last four weeks", header, rows)


def _rows(leads: Sequence[tuple[int, Figures]], week: Figures | None) -> list[tuple[object, ...]]:
    named = [(str(lead), figures) for lead, figures in leads]
    if week is not None:
        named.insert(0, ("1 to 7", week))
    return [
        (
            name,
            figures.days,
            f"{figures.mae:.4g}",
            "–" if figures.naive_mae is None else f"{figures.naive_mae:.4g}",
            "–" if figures.rmae is None else f"{figures.rmae:.3f}",
            f"{figures.coverage_80:.0%}",
            f"{figures.coverage_90:.0%}",
        )
        for name, figures in named
    ]
