"""How long the dashboard takes to be seen in a browser, beside a bare server with the same bytes.

    .venv/bin/python -m benchmarks.first_view [--days 60] [--turns 9] [--chromium PATH]

A store is filled by a first start of ``serve`` over the simulated services on loopback, as ``demo``
does. ``serve`` is then started on it in a process of its own, and headless Chromium opens
``/dashboard``, each time with nothing cached: once as soon as the server answers, then again and
again, in turn with a bare server that answers every path of the page with the bytes that ours sent.
Told are the first paint with content and the end of loading, from the start of the navigation, in
ms: of the first view after the start, and medians. ``--quiet``: wait so long before one more [s],
so that nobody has asked for the page for a while. Chromium is Playwright's, or ``--chromium``.
"""

from __future__ import annotations

import argparse
import gzip
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import uvicorn
from playwright.sync_api import Browser, Response, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response as Answer
from starlette.routing import Route

from benchmarks.dashboard_load import own_process
from benchmarks.first_start import environment, measured
from chocolate_factory.cli.root import now
from chocolate_factory.cli.serve import bound_socket
from chocolate_factory.simulation.server import SimulatedUpstreams

PATH = "/dashboard"
GIVE_UP_S = 120.0
TIMES = """() => {
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const [navigation] = performance.getEntriesByType("navigation");
  return [paint ? paint.startTime : NaN, navigation.loadEventEnd];
}"""


class View(NamedTuple):
    """From the start of a navigation [ms]."""

    painted: float
    loaded: float


Sent = dict[str, tuple[bytes, str]]
"""What was sent, uncompressed, and its type, by path."""


def main() -> None:
    """Fill, serve, look, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=60, help="of history in the store")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--quiet", type=float, default=0.0, metavar="S")
    parser.add_argument("--chromium", help="another program than Playwright's")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        SimulatedUpstreams(seed=1, clock=now) as upstreams,
        sync_playwright() as playwright,
    ):
        settings = environment(upstreams, asked.days, keys=False)
        if measured(Path(folder), settings).plan_s is None:
            raise SystemExit("the first start made no plan: a defect")
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox"])
        seen(browser, "data:text/html,<p>warm</p>")
        sent: Sent = {}
        with serving(Path(folder) / "data", settings) as ours:
            first = seen(browser, ours + PATH, sent)
            with own_process(serve_bare, sent) as bare:
                theirs = f"http://127.0.0.1:{bare.port}"
                turns = [
                    (seen(browser, ours + PATH), seen(browser, theirs + PATH))
                    for _ in range(asked.turns)
                ]
            bare_view = told(sent, first, turns)
            if asked.quiet:
                time.sleep(asked.quiet)
                later = seen(browser, ours + PATH)
                print(row(f"after {asked.quiet:.0f} quiet seconds", later, bare_view))
        browser.close()


def told(sent: Sent, first: View, turns: list[tuple[View, View]]) -> View:
    """Print a table; the bare server's medians."""
    size = sum(len(body) for body, _ in sent.values()) / 1024
    print(f"{len(sent)} files, {size:.0f} KiB before compression; medians of {len(turns)} views")
    print("| view | painted [ms] | loaded [ms] | bare: painted | loaded | ratio of loaded |")
    print("|" + "---|" * 6)
    ours, bare = (
        View(*(statistics.median(one) for one in zip(*views, strict=True)))
        for views in zip(*turns, strict=True)
    )
    print(row("the first after a start", first, bare))
    print(row("in use", ours, bare), flush=True)
    return bare


def row(name: str, view: View, bare: View) -> str:
    """A line of the table."""
    cells = (*view, *bare)
    return (
        f"| {name} | {' | '.join(f'{ms:.0f}' for ms in cells)} | {view.loaded / bare.loaded:.1f} |"
    )


def seen(browser: Browser, url: str, sent: Sent | None = None) -> View:
    """One view with nothing cached; what was sent is put into ``sent``."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="es-ES")
    page = context.new_page()
    got: list[Response] = []
    page.on("response", lambda one: got.append(one))  # noqa: PLW0108 - it sets an attribute of it
    page.goto(url, wait_until="load", timeout=GIVE_UP_S * 1000)
    page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    view = View(*page.evaluate(TIMES))
    if sent is not None:
        for one in got:
            kind = one.headers.get("content-type", "")
            if "event-stream" not in kind:
                sent["/" + one.url.split("/", 3)[3]] = (one.body(), kind)
    context.close()
    return view


@contextmanager
def serving(data: Path, settings: dict[str, str]) -> Iterator[str]:
    """``serve`` on a store, as soon as it answers; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "chocolate_factory", "serve", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--dir", str(data)],
        env=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            until = time.monotonic() + GIVE_UP_S
            while not answers(port):
                if server.poll() is not None or time.monotonic() > until:
                    raise SystemExit("the server does not answer")
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def answers(port: int) -> bool:
    """Whether somebody listens and begins to answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return connection.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False


def serve_bare(sent: Sent, told: Connection) -> None:
    """The same bytes from memory, compressed as ours are, until the process is ended."""
    packed = {path: (gzip.compress(body, 6), kind) for path, (body, kind) in sent.items()}

    async def same(request: Request) -> Answer:
        body, kind = packed.get(request.url.path, (b"", ""))
        if not kind:
            return Answer(status_code=503)
        return Answer(body, headers={"content-type": kind, "content-encoding": "gzip"})

    app = Starlette(routes=[Route("/{path:path}", same)])
    listener = bound_socket("127.0.0.1", 0)
    told.send(listener.getsockname()[1])
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main()
