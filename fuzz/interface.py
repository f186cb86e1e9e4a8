"""Every path of the interface, asked what its OpenAPI document allows and what it does not.

    python -m fuzz.interface --cases 10000

Serves the whole application over a demo's store in a process of its own and lets schemathesis ask
it as three callers: a program on the machine, who holds a viewer's token, and who holds an admin's.
Cases come from the examples of the document, from the edges of its schemas, at random, and in
sequences that follow its links: a plan is read, accepted and undone, work is begun and followed. An
answer of 500 and above that the document does not name, one that is not as its schema says, a bad
question that is answered or a good one that is refused is a failure. Ends with status 1 then, or if
there were fewer cases.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from chocolate_factory import jobs
from chocolate_factory.app.access import access_files
from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.serving import build_web
from chocolate_factory.cli.demo import fill
from chocolate_factory.cli.root import now
from chocolate_factory.cli.serve import bound_socket
from chocolate_factory.settings import Settings, load_settings
from chocolate_factory.simulation.server import SimulatedUpstreams
from chocolate_factory.store.tokens import Role
from chocolate_factory.web.live import Server

CONFIG = Path(__file__).with_name("schemathesis.toml")
LOCAL = "local"
CALLERS = (LOCAL, Role.VIEWER.value, Role.ADMIN.value)
VALID = timedelta(days=1)
HISTORY = timedelta(days=60)
"""Less than the demo's, so that what is begun (training, backtests) is soon over."""
SEED = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one caller: cases, failures by their title, and all that was said of them."""

    caller: str
    cases: int
    failures: dict[str, int]
    said: str


def main() -> int:
    """Fill a store, ask as each caller, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="wanted of all callers together")
    parser.add_argument("--seconds", type=int, help="for each caller; random cases go on so long")
    parser.add_argument("--each", type=int, default=60, help="random cases of a path, at most")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tokens = filled(Path(folder), back=HISTORY)
        with served(Path(folder)) as port:
            told = [
                ask(port, caller, tokens, each=asked.each, seed=asked.seed, seconds=asked.seconds)
                for caller in CALLERS
            ]
    print("| caller | cases | failures |\n|---|---|---|")
    for one in told:
        print(f"| {one.caller} | {one.cases:,} | {sum(one.failures.values())} |")
        if one.failures:
            print(one.said, file=sys.stderr)
    enough = sum(one.cases for one in told) >= asked.cases
    return 0 if enough and not any(one.failures for one in told) else 1


def filled(folder: Path, *, back: timedelta) -> dict[str, str]:
    """The demo's store in ``folder``, with a forecast and a plan; a token of each role."""
    settings = settings_of(folder)
    at = now()
    with (
        SimulatedUpstreams(seed=SEED, clock=now) as upstreams,
        open_factory(settings, simulated=upstreams) as factory,
    ):
        fill(factory, at, quiet=True, back=back)
        jobs.forecast(factory, at, lambda *_: None)
        jobs.refresh_plan(factory, at)
        jobs.jobs_of(factory)["alerts"](at, lambda *_: None)
    book, _ = access_files(settings)
    return {
        role.value: book.create(role.value, role, now=at, valid=VALID)
        for role in (Role.VIEWER, Role.ADMIN)
    }


def settings_of(folder: Path) -> Settings:
    """What the demo is run with, but in ``folder`` and telling nobody."""
    return load_settings(data_dir=folder, store_url="", cluster_url="")


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The whole application over the store in ``folder``, in a process of its own; its port."""
    spawn = multiprocessing.get_context("spawn")
    hears, tells = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_serve, args=(folder, tells))
    process.start()
    tells.close()
    try:
        yield hears.recv()
    finally:
        process.terminate()
        process.join()


def _serve(folder: Path, told: Connection) -> None:
    with (
        SimulatedUpstreams(seed=SEED, clock=now) as upstreams,
        open_factory(settings_of(folder), simulated=upstreams) as factory,
        bound_socket("127.0.0.1", 0) as listener,
    ):
        web = build_web(jobs.alone(factory), now, catch_up=False)
        config = uvicorn.Config(_from_everywhere(web), log_level="error", proxy_headers=False)
        told.send(listener.getsockname()[1])
        Server(config, web.state.streams).run(sockets=[listener])


def _from_everywhere(app: ASGIApp) -> ASGIApp:
    """``app`` as if each request came from another loopback address: each has its own budget."""
    places = itertools.count(1)

    async def moved(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            place = next(places)
            address = f"127.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}"
            scope = {**scope, "client": (address, scope["client"][1])}
        await app(scope, receive, send)

    return moved


def ask(
    port: int,
    caller: str,
    tokens: dict[str, str],
    *,
    each: int,
    seed: int = SEED,
    seconds: int | None = None,
    more: tuple[str, ...] = (),
) -> Asked:
    """Let schemathesis ask as ``caller``; ``more`` are options of its command line."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG),
            "run", f"http://127.0.0.1:{port}/openapi.json", "--no-color",
            "--seed", str(seed), "--max-examples", str(each),
            "--report-json-path", str(report), *more,
        ]  # fmt: skip
        command += ["--max-time", str(seconds)] if seconds is not None else []
        if caller != LOCAL:
            command += ["--header", f"Authorization: Bearer {tokens[caller]}"]
        if caller == Role.VIEWER.value:  # is told 403 of what changes something, routed or not
            command += ["--exclude-checks", "unsupported_method"]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        said = done.stdout + done.stderr
        if not report.is_file():
            raise SystemExit(f"schemathesis did not run:\n{said[-4000:]}")
        told = json.loads(report.read_text(encoding="utf-8"))
    failures = {one["title"]: one["count"] for one in (*told["failures"], *told["errors"])}
    return Asked(caller, told["test_cases"]["generated"], failures, said)


if __name__ == "__main__":
    sys.exit(main())
