"""What a start costs: seconds until the first answer, processor and memory, beside the bare thing.

    .venv/bin/python -m benchmarks.cold_start [--days 60] [--turns 3] [--pages 300]

A store is filled by a first start of ``serve`` over the simulated services on loopback. Then, turn
by turn and each in a process of its own: ``version`` beside importing typer alone; ``serve`` on
that store until its dashboard is answered, beside a FastAPI route that answers the same bytes;
``forecast`` and ``plan`` (as of now: nothing is kept) beside importing numpy and scikit-learn.
Medians of the turns; memory is the peak of the process, for servers told again after more pages.
Reads ``/proc``: Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from benchmarks.first_start import environment, measured
from chocolate_factory.cli.root import now
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.simulation.server import SimulatedUpstreams

OURS = (sys.executable, "-m", "chocolate_factory")
BARE = """
import sys
from pathlib import Path
import uvicorn
from fastapi import FastAPI, Response
app, body = FastAPI(), Path(sys.argv[2]).read_bytes()
app.get("/dashboard")(lambda: Response(body, media_type="text/html"))
uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""
LAUNCHER = """
import json, os, sys, time
began = time.perf_counter()
_, status, used = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
cpu_s = used.ru_utime + used.ru_stime
print(json.dumps([time.perf_counter() - began, cpu_s, used.ru_maxrss / 1024]), file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small process between: the peak of a process begins with what its parent holds."""

GIVE_UP_S = 600.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a process, from its start: seconds of the clock, CPU seconds, peak memory [MiB]."""

    wall_s: float
    cpu_s: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Pair:
    """What was started, beside what, and the cost of both; the ratio is that of CPU seconds."""

    what: str
    beside: str
    ours: Cost
    theirs: Cost


def main() -> None:
    """Fill, start, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=60, help="of history in the store")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--pages", type=int, default=300, help="asked for after the first")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        SimulatedUpstreams(seed=1, clock=now) as upstreams,
    ):
        settings = environment(upstreams, asked.days, keys=False)
        if measured(Path(folder), settings).plan_s is None:
            raise SystemExit("the first start made no plan: a defect")
        turns = [turn(Path(folder), settings, asked.pages) for _ in range(asked.turns)]
    print("| what | wall s | CPU s | peak MiB | beside it | wall s | CPU s | peak MiB | ratio |")
    print("|" + "---|" * 9)
    for same in zip(*turns, strict=True):
        ours, theirs = middle([one.ours for one in same]), middle([one.theirs for one in same])
        ratio = ours.cpu_s / theirs.cpu_s
        print(
            f"| {same[0].what} | {told(ours)} | {same[0].beside} | {told(theirs)} | {ratio:.1f} |"
        )


def turn(folder: Path, settings: dict[str, str], pages: int) -> list[Pair]:
    """Everything once."""
    data, body = ["--dir", str(folder / "data")], folder / "page.html"
    python = [sys.executable, "-c"]
    typer = ended([*python, "import typer"], settings)
    science = ended([*python, "import numpy, sklearn.linear_model"], settings)
    ours = served(lambda port: [*OURS, "serve", *data, "--port", port], settings, pages, keep=body)
    bare = served(lambda port: [*python, BARE, port, str(body)], settings, pages)
    forecast = ended([*OURS, "forecast", *data], settings)
    plan = ended([*OURS, "plan", *data, "--as-of", utc_iso(now())], settings)
    return [
        Pair("`version`", "import typer", ended([*OURS, "version"], settings), typer),
        Pair("`serve`, first dashboard", "FastAPI, same bytes", ours[0], bare[0]),
        Pair(f"the same after {pages} more pages", "the same", ours[1], bare[1]),
        Pair("`forecast`, a week", "import numpy, scikit-learn", forecast, science),
        Pair("`plan`, a week", "import numpy, scikit-learn", plan, science),
    ]


def ended(command: Sequence[str], settings: dict[str, str]) -> Cost:
    """Of a process that runs to its end; a failure ends the benchmark."""
    told = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *command], env=settings, text=True, check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    if told.returncode:
        raise SystemExit(f"{' '.join(command[:5])} failed: {told.stderr}")
    return Cost(*json.loads(told.stderr.splitlines()[-1]))


def served(
    command: Callable[[str], Sequence[str]],
    settings: dict[str, str],
    pages: int,
    *,
    keep: Path | None = None,
) -> tuple[Cost, Cost]:
    """Of a server when its dashboard is first answered, and after so many more; ``keep`` it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command(str(port)), env=settings, **quiet) as server:
        try:
            page = first_page(f"http://127.0.0.1:{port}/dashboard", server)
            first = so_far(server.pid, began)
            for _ in range(pages):
                asked(f"http://127.0.0.1:{port}/dashboard")
            last = so_far(server.pid, began)
        finally:
            server.terminate()
    if keep is not None:
        keep.write_bytes(page)
    return first, last


def first_page(url: str, server: subprocess.Popen[bytes]) -> bytes:
    """The dashboard, as soon as it is answered."""
    until = time.monotonic() + GIVE_UP_S
    while server.poll() is None and time.monotonic() < until:
        try:
            return asked(url)
        except OSError:
            time.sleep(POLL_S)
    raise SystemExit("the server does not answer")


def asked(url: str) -> bytes:
    """The body of an answer."""
    with urlopen(url, timeout=60) as answer:  # noqa: S310 - loopback
        return bytes(answer.read())


def so_far(pid: int, began: float) -> Cost:
    """What a process has cost until now."""
    ticks = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[11:13]
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    peak_kib = int(status.split("VmHWM:", 1)[1].split()[0])
    cpu_s = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return Cost(time.perf_counter() - began, cpu_s, peak_kib / 1024)


def middle(costs: Sequence[Cost]) -> Cost:
    """The medians."""
    each = zip(*((one.wall_s, one.cpu_s, one.peak_mib) for one in costs), strict=True)
    return Cost(*(statistics.median(values) for values in each))


def told(cost: Cost) -> str:
    """Three cells."""
    return f"{cost.wall_s:.1f} | {cost.cpu_s:.1f} | {cost.peak_mib:.0f}"


if __name__ == "__main__":
    main()
