"""How long requests for forecasts take, beside a bare FastAPI route that answers the same bytes.

Fills a temporary store with two years of made-up prices and six weeks of forecasts and their
scores, serves it as ``chocolate-factory serve`` does, with no job caught up, and asks each path
again and again over loopback, one request after the other, on one kept connection, in turn with the
bare route. Prints p50 and p99 as a markdown table. Run: ``python benchmarks/predict_latency.py``.
"""

from __future__ import annotations

import argparse
import http.client
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import uvicorn
from fastapi import FastAPI, Response

from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.serving import build_web
from chocolate_factory.jobs import FORECAST_SERIES, alone
from chocolate_factory.market.calendar import delivery_day, local_hours
from chocolate_factory.market.catalog import DAY, spec
from chocolate_factory.market.series import (
    QUANTILES,
    Forecast,
    Kind,
    Observations,
    SeriesKey,
)
from chocolate_factory.oversight import score_forecasts
from chocolate_factory.settings import load_settings
from chocolate_factory.store.base import Store

NOW = datetime(2026, 11, 25, 14, 20, tzinfo=UTC)
MADE_HOURS_UTC = (0, 13, 20)
SCORED_DAYS = 42
AHEAD = timedelta(days=14)
PATHS = (
    "/predict/prices/weekly",
    "/predict/prices/hourly?hours=24",
    "/predict/prices/hourly?hours=336",
    "/predict/prices/hourly?hours=336&series=pvpc",
    "/predict/prices/status",
    "/models/status-direct",
    "/insights/ree-deviation",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=1000, help="for each path")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder))
        with open_factory(settings) as factory:
            fill(factory.store)
            app = build_web(alone(factory), lambda: NOW, catch_up=False)
            print("| path | body [KB] | p50 [ms] | p99 [ms] | bare route p50 | p99 | ratio p50 |")
            print("|---|---|---|---|---|---|---|")
            with listening(app) as port:
                for path in PATHS:
                    print(row(port, path, asked.requests), flush=True)


def row(port: int, path: str, requests: int) -> str:
    """A path and the bare route with its bytes, asked in turn."""
    ours = http.client.HTTPConnection("127.0.0.1", port)
    _, body = timed(ours, path)
    bare = FastAPI()

    @bare.get("/same")
    def same() -> Response:
        return Response(body, media_type="application/json")

    with listening(bare) as other:
        theirs = http.client.HTTPConnection("127.0.0.1", other)
        pairs = [(timed(ours, path)[0], timed(theirs, "/same")[0]) for _ in range(requests + 10)]
        theirs.close()
    ours.close()
    told = np.array(pairs[10:]).T
    (p50, p99), (bare_p50, bare_p99) = (np.percentile(times, (50, 99)) for times in told)
    return (
        f"| `{path}` | {len(body) / 1024:.0f} | {p50:.1f} | {p99:.1f} | {bare_p50:.1f} "
        f"| {bare_p99:.1f} | {p50 / bare_p50:.1f} |"
    )


def timed(connection: http.client.HTTPConnection, path: str) -> tuple[float, bytes]:
    """One request: how long until its last byte [ms], and its body."""
    begin = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    elapsed_ms = (time.perf_counter() - begin) * 1000
    assert answer.status == 200, body
    return elapsed_ms, body


@contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """A server on a free loopback port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def fill(store: Store) -> None:
    """Two years of prices to tomorrow's end, and six weeks of forecasts, scored."""
    today = delivery_day(NOW)
    for key in FORECAST_SERIES:
        store.append([prices(key, NOW - timedelta(days=730), NOW + DAY)], now=NOW)
        for back in range(SCORED_DAYS, -1, -1):
            for hour in MADE_HOURS_UTC:
                made = datetime(today.year, today.month, today.day, hour, tzinfo=UTC) - back * DAY
                if made <= NOW:
                    store.save_forecast(foretold(key, made), made_at=made)
        score_forecasts(store, key, made_from=NOW - 60 * DAY, made_to=NOW, now=NOW)


def prices(key: SeriesKey, begin: datetime, end: datetime) -> Observations:
    """A daily shape with noise, known when it was due."""
    about = spec(key)
    start, resolution_s = about.grid(delivery_day(begin), delivery_day(end))
    scale = 1000.0 if about.unit == "EUR/MWh" else 1.0
    noise = np.random.default_rng(1).normal(0.0, 0.01, start.size)
    value = scale * (0.10 + 0.04 * np.cos(local_hours(start) / 12 * np.pi) + noise)
    known = about.inferred_available_at(start)
    return Observations(
        key, "ree", Kind.PUBLISHED, start, resolution_s, value, known, np.ones(start.size, bool)
    )


def foretold(key: SeriesKey, origin: datetime) -> Forecast:
    """Two weeks from ``origin``, tomorrow's prices published."""
    told = prices(key, origin, origin + AHEAD)
    scale = 1000.0 if spec(key).unit == "EUR/MWh" else 1.0
    published = np.arange(len(told)) < len(told) // 14
    spread = np.where(published, 0.0, 0.02 * scale)
    quantiles = told.value[:, None] + spread[:, None] * np.linspace(-1.6, 1.6, len(QUANTILES))
    return Forecast(
        key, spec(key).unit, origin, "ridge", told.start, told.resolution_s, published,
        told.value, quantiles, inputs={"history": "2023-05-05..2026-11-24"},
    )  # fmt: skip


if __name__ == "__main__":
    main()
