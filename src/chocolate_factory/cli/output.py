"""What commands print: JSON for machines, tables and progress for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from chocolate_factory.market.calendar import MADRID, to_datetime, utc_iso
from chocolate_factory.market.series import QUANTILES, Forecast

out = Console(width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True)


class Step(Protocol):
    """Tells the bar how far the work is; ``total`` None where nobody knows."""

    def __call__(self, done: int, total: int | None, what_now: str | None = None) -> None: ...


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON object on standard output."""
    print(json.dumps(document, ensure_ascii=False))


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people; numbers must come formatted. Columns of numbers stand to the right."""
    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for place, name in enumerate(header):
        numbers = all(str(row[place])[:1] in "0123456789-–" for row in rows if row[place] != "")
        table.add_column(name, justify="right" if numbers and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    out.print(table)


@contextmanager
def progress(what: str, *, quiet: bool = False) -> Iterator[Step]:
    """A progress bar on standard error; silent if ``quiet`` or not a terminal."""
    bar = Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=quiet or not err.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=None)

        def step(done: int, total: int | None, what_now: str | None = None) -> None:
            bar.update(task, completed=done, total=total, description=what_now or what)

        yield step


def forecast_json(forecast: Forecast) -> dict[str, Any]:
    """A forecast as the JSON of the ``forecast`` command; instants in UTC."""
    names = [f"p{round(level * 100):02d}" for level in QUANTILES]
    hours = [
        {
            "delivery_start": utc_iso(to_datetime(start)),
            "resolution_min": int(step) // 60,
            "kind": "published" if published else "forecast",
            "mean": round(float(mean), 6),
            **{name: round(float(q), 6) for name, q in zip(names, quantiles, strict=True)},
        }
        for start, step, published, mean, quantiles in zip(
            forecast.start,
            forecast.resolution_s,
            forecast.published,
            forecast.mean,
            forecast.quantiles,
            strict=True,
        )
    ]
    return {
        "series": forecast.key.name,
        "unit": forecast.unit,
        "origin": utc_iso(forecast.origin),
        "model": forecast.model,
        "simulated": forecast.simulated,
        "notes": list(forecast.notes),
        "hours": hours,
    }


def local(instant: Any) -> str:
    """``Wed 2025-11-26 14:15`` in Madrid."""
    return f"{instant.astimezone(MADRID):%a %Y-%m-%d %H:%M}"
