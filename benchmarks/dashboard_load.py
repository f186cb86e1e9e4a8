"""How many readers the dashboard's data serve, beside a bare FastAPI route with the same bytes.

Fills a temporary store with two years of made-up prices, forecasts, scores and a plan, serves it as
``chocolate-factory serve`` does in a process of its own, and asks ``/dashboard/complete``: as fast
as four kept connections can, in turns with the bare route (once as ``def``, once as ``async def``),
then both 50 times a second at once, whatever the answers take. With ``--busy`` the server trains
its models and plans meanwhile. Run: ``python -m benchmarks.dashboard_load``.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np
import uvicorn
from fastapi import FastAPI, Response

from benchmarks.predict_latency import NOW, fill
from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.serving import build_web
from chocolate_factory.cli.serve import bound_socket
from chocolate_factory.jobs import alone, refresh_plan
from chocolate_factory.settings import load_settings
from chocolate_factory.web.live import Server

PATH = "/dashboard/complete"
CONNECTIONS = 4
PER_S = 50


def main() -> None:
    """Serve, ask, print a markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="of each turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--busy", action="store_true", help="train and plan while it is asked")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        filled(Path(folder))
        with own_process(serve_ours, folder) as ours:
            body = _get(http.client.HTTPConnection("127.0.0.1", ours.port), PATH)
            with (
                own_process(serve_bare, (body, False)) as plain,
                own_process(serve_bare, (body, True)) as quick,
            ):
                told = _in_turns((ours, plain, quick), asked.turns, asked.seconds)
                stop = _keep_busy(ours.port) if asked.busy else lambda: None
                took_ms = _side_by_side((ours, plain), asked.seconds * asked.turns * 2)
                stop()
    per_s, cpu_ms = np.median(told, axis=0).T
    print(f"body {len(body) / 1024:.0f} KiB, {CONNECTIONS} connections")
    print(f"`{PATH}`: {per_s[0]:.0f} requests/s, {cpu_ms[0]:.2f} ms of processor each")
    for name, column in (("def", 1), ("async def", 2)):
        ratio, of_cpu = np.median(told[:, 0] / told[:, column], axis=0)
        print(f"bare `{name}`: {per_s[column]:.0f} requests/s, {cpu_ms[column]:.2f} ms; "
              f"ratio {ratio:.2f}, by processor time {1 / of_cpu:.2f}")  # fmt: skip
    busy = " while it trains and plans" if asked.busy else ""
    for name, one_ms in zip((PATH, "bare `def`"), took_ms, strict=True):
        p50, p99, most = np.percentile(one_ms, (50, 99, 100))
        print(f"{name} at {PER_S}/s{busy}, {len(one_ms)} requests: "
              f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {most:.0f} ms")  # fmt: skip


def filled(folder: Path) -> None:
    """Two years of made-up prices, forecasts, scores and a plan in ``folder``."""
    with open_factory(load_settings(data_dir=folder)) as factory:
        fill(factory.store)
        refresh_plan(factory, NOW)


def moving() -> Callable[[], datetime]:
    began_s = time.monotonic()
    return lambda: NOW + timedelta(seconds=time.monotonic() - began_s)


def serve_ours(folder: str, told: Connection) -> None:
    """The whole application over the store in ``folder``, until the process is ended."""
    with open_factory(load_settings(data_dir=Path(folder))) as factory:
        web = build_web(alone(factory), moving(), catch_up=False)
        _serve(Server(uvicorn.Config(web, log_level="error"), web.state.streams), told)


def serve_bare(given: tuple[bytes, bool], told: Connection) -> None:
    """One route that answers given bytes, ``async`` if the second says so."""
    body, quick = given
    bare = FastAPI()
    if quick:

        @bare.get(PATH)
        async def same() -> Response:
            return Response(body, media_type="application/json")

    else:

        @bare.get(PATH)
        def same_in_a_thread() -> Response:
            return Response(body, media_type="application/json")

    _serve(uvicorn.Server(uvicorn.Config(bare, log_level="error")), told)


def _serve(server: uvicorn.Server, told: Connection) -> None:
    listener = bound_socket("127.0.0.1", 0)
    told.send(listener.getsockname()[1])
    server.run(sockets=[listener])


class Served(NamedTuple):
    """A server in a process of its own."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """The processor time it took so far [s], as Linux tells."""
        times = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def own_process(serve: Callable[..., None], given: object) -> Iterator[Served]:
    """Serve in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    hears, tells = spawn.Pipe(duplex=False)
    process = spawn.Process(target=serve, args=(given, tells))
    process.start()
    try:
        yield Served(hears.recv(), process.pid or 0)
    finally:
        process.terminate()
        process.join()


def _in_turns(servers: tuple[Served, ...], turns: int, seconds: float) -> np.ndarray:
    """Requests per second and processor time of each [ms], shape (turns, servers, 2)."""
    for server in servers:
        _throughput(server.port, min(seconds, 1.0))
    return np.array([[_measured(one, seconds) for one in servers] for _ in range(turns)])


def _measured(server: Served, seconds: float) -> tuple[float, float]:
    before_s = server.cpu_s()
    count = _throughput(server.port, seconds)
    return count / seconds, 1000 * (server.cpu_s() - before_s) / count


def _throughput(port: int, seconds: float) -> int:
    """How many requests were answered, one at least on each connection."""
    counts = [0] * CONNECTIONS
    end = time.monotonic() + seconds

    def ask(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while not counts[place] or time.monotonic() < end:
            _get(connection, PATH)
            counts[place] += 1
        connection.close()

    _together([lambda place=place: ask(place) for place in range(CONNECTIONS)])
    return sum(counts)


def _side_by_side(servers: tuple[Served, ...], seconds: float) -> list[list[float]]:
    """How long the answers of each took [ms], asked at the same time."""
    with ThreadPoolExecutor(len(servers)) as pool:
        return list(pool.map(lambda one: _at_a_rate(one.port, seconds=seconds), servers))


def _at_a_rate(port: int, *, seconds: float) -> list[float]:
    """How long each answer took from when it was due [ms]: waiting for a free connection counts."""
    due = iter(time.monotonic() + 1 + np.arange(int(seconds * PER_S)) / PER_S)
    lock, took_ms = threading.Lock(), []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while True:
            with lock:
                at = next(due, None)
            if at is None:
                return
            time.sleep(max(0.0, at - time.monotonic()))
            _get(connection, PATH)
            took_ms.append(1000 * (time.monotonic() - at))

    _together([ask] * (2 * CONNECTIONS))
    return took_ms


def _keep_busy(port: int) -> Callable[[], None]:
    """Have the server train and plan, again and again, until what is returned is called."""
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            for path in ("/models/train", "/optimize/production/daily"):
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("POST", path)
                connection.getresponse().read()
                connection.close()
            over.wait(5)

    thread = threading.Thread(target=ask)
    thread.start()

    def stop() -> None:
        over.set()
        thread.join()

    return stop


def _together(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body


if __name__ == "__main__":
    main()
