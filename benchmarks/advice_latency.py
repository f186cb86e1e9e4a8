"""How long a question for advice takes over loopback HTTP, model and store included.

    .venv/bin/python benchmarks/advice_latency.py

A store of forty weeks of the simulated market, both models learned from it at their full size, one
server, one client that asks the two questions in turn.
"""

from __future__ import annotations

import argparse
import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import uvicorn

from chocolate_factory import jobs, pipeline
from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.serving import build_web
from chocolate_factory.cli.serve import bound_socket
from chocolate_factory.jobs import Factory, alone
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.settings import load_settings
from chocolate_factory.simulation.market import SimulatedMarket

NOW = datetime(2025, 11, 19, 11, 7, tzinfo=UTC)
WEEKS = 40
PATHS = ("/predict/energy-optimization", "/predict/production-recommendation")


def main() -> None:
    """Learn, ask, print percentiles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=2000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            data_dir=Path(folder), store_url="", cluster_url="", contract="indexed-3.0td"
        )
        with open_factory(settings) as factory:
            _fill(factory)
            began = time.process_time()
            print(jobs.train_advice(factory, NOW, lambda *_: None).detail)
            print(f"learning: {time.process_time() - began:.0f} CPU s, {WEEKS} weeks replayed")
            with _served(factory) as port:
                for path in PATHS:
                    took_ms = _ask(port, path, asked.requests)
                    p50, p99, worst = np.percentile(took_ms, [50, 99, 100])
                    print(f"{path}: {p50:.1f} ms (p50), {p99:.1f} ms (p99), {worst:.1f} ms (max)")


def _fill(factory: Factory) -> None:
    last = delivery_day(NOW) + timedelta(days=1)
    first = last - timedelta(weeks=WEEKS)
    start, eur_mwh = SimulatedMarket(seed=1).spot(first, last)
    known = spec(SPOT).inferred_available_at(start)
    prices = Observations(
        SPOT, "simulation:omie", Kind.PUBLISHED, start, spec(SPOT).resolutions_s(start), eur_mwh,
        known, np.ones(start.size, dtype=bool),
    )  # fmt: skip
    pipeline.take_in(factory.store, [prices], now=NOW)


def _ask(port: int, path: str, requests: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    random = np.random.default_rng(0)
    took_ms = []
    for _ in range(requests):
        question = json.dumps(
            {
                "price_eur_kwh": round(float(random.uniform(0.02, 0.3)), 4),
                "temperature_c": 21.0,
                "humidity_pct": 50.0,
                "instant": (NOW - timedelta(minutes=int(random.integers(0, 20_000)))).isoformat(),
            }
        )
        began = time.perf_counter()
        connection.request("POST", path, question, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        took_ms.append(1000 * (time.perf_counter() - began))
        assert answer.status == 200, body
    return took_ms


@contextmanager
def _served(factory: Factory) -> Iterator[int]:
    app = build_web(alone(factory), lambda: NOW, catch_up=False)
    with bound_socket("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)


if __name__ == "__main__":
    main()
