"""The ``forecast`` command."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from chocolate_factory import oversight, pipeline
from chocolate_factory.app.stores import opened_store
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import forecast_json, local, out, print_json, print_table
from chocolate_factory.cli.root import AsOf, Dir, Json, app, now, parse_instant
from chocolate_factory.cli.series_option import stored_key
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.forecasting import MODELS
from chocolate_factory.market.ahead import LONGEST_H
from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.settings import load_settings


@app.command()
def forecast(
    series: Annotated[str, typer.Option(help="pvpc or spot")] = "pvpc",
    as_of: AsOf = None,
    horizon: Annotated[
        int, typer.Option(help="Hours ahead that are shown", min=1, max=LONGEST_H)
    ] = 168,
    model: Annotated[
        str | None,
        typer.Option(
            help=f"One of {', '.join(MODELS)} [default: the champion as `models train` left it; "
            "before that the first of ridge, similar-day and naive that history is long enough for]"
        ),
    ] = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Prices of the coming hours: published where published, forecast after it.

    Each period has a mean and the quantiles p05 to p95. Without --as-of and --model it is made as
    the service makes it, for two weeks, and kept: pages and plans use it, and it is scored later.
    With one of them it is only shown.
    """
    if series not in ("pvpc", "spot"):
        raise SettingsInvalid(f"--series: {series!r} is not one of pvpc, spot")
    origin = parse_instant(as_of, option="--as-of")
    at = origin or now()
    end, kept = at + timedelta(hours=horizon), origin is None and model is None
    settings, ahead = load_settings(data_dir=directory), pipeline.HORIZON if kept else end - at
    with opened_store(settings) as store:
        key = stored_key(store, series)
        if model is None:
            folder = oversight.ModelFolder(settings.models_folder)
            made = oversight.forecast_ahead(store, folder, key, at, horizon=ahead)
        else:
            made = pipeline.forecast(store, key, origin=at, horizon=ahead, models=(model,))
        if kept:
            with noted(settings, "forecast", series):
                store.save_forecast(made, made_at=at)
            made = made.between(to_datetime(made.start[0]), end)
    if as_json:
        print_json(forecast_json(made))
        return
    label = " · SIMULATED DATA" if made.simulated else ""
    rows = [
        (
            local(to_datetime(start)),
            "published" if published else "forecast",
            f"{mean:.4f}",
            "" if published else f"{quantiles[1]:.4f} … {quantiles[-2]:.4f}",
        )
        for start, published, mean, quantiles in zip(
            made.start, made.published, made.mean, made.quantiles, strict=True
        )
    ]
    print_table(
        f"{made.key.name}, {made.unit}, as of {local(at)}, model {made.model}{label}",
        ("delivery starts (Madrid)", "known as", "mean", "p10 … p90"),
        rows,
    )
    for note in made.notes:
        out.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)
