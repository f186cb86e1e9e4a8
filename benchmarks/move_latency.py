"""How long the dashboard takes to say what a batch costs at another time.

Fills a temporary store as ``dashboard_load`` does, serves it in a process of its own, and asks
``/optimize/production/what-if`` for batches of the plan in force, each an hour later or earlier, as
"move to" of the dashboard does: the week is planned again around the moved batch. Beside it, a bare
FastAPI route answering the same bytes. Run: ``python -m benchmarks.move_latency``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.dashboard_load import PATH, Served, filled, own_process, serve_bare, serve_ours

WHAT_IF = "/optimize/production/what-if"


def main() -> None:
    """Serve, move, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--moves", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        filled(Path(folder))
        with own_process(serve_ours, folder) as ours:
            plan = json.loads(_asked(ours, "GET", "/plan")[0])
            told = [
                (*_asked(ours, "POST", WHAT_IF, _moved(*move)), move)
                for move in _moves(plan["in_force"]["plan"]["blocks"])[: asked.moves]
            ]
        with own_process(serve_bare, (told[0][0], True)) as bare:
            plain_ms = [_asked(bare, "GET", PATH)[1] for _ in range(50)]
    wall_ms = np.array([one[1] for one in told])
    possible = sum(json.loads(one[0])["rows"][-1]["feasible"] for one in told)
    p50, p95, most = np.percentile(wall_ms, (50, 95, 100))
    print(
        "| moves asked | of these possible | median | p95 | longest | bare route, median |\n"
        "|---|---|---|---|---|---|\n"
        f"| {len(told)} | {possible} | {p50:.0f} ms | {p95:.0f} ms | {most:.0f} ms "
        f"| {np.median(plain_ms):.1f} ms |"
    )


def _moves(blocks: list[dict[str, Any]]) -> list[tuple[str, datetime]]:
    """Every batch, an hour later or earlier in turn."""
    first: dict[str, datetime] = {}
    for block in blocks:
        begin = datetime.fromisoformat(block["start"])
        first[block["batch"]] = min(first.get(block["batch"], begin), begin)
    moves = sorted(first.items(), key=lambda one: one[1])
    return [
        (batch, begin + timedelta(hours=1 if place % 2 else -1))
        for place, (batch, begin) in enumerate(moves)
    ][1:]


def _moved(batch: str, begin: datetime) -> bytes:
    move = {"batch": batch, "begin": begin.isoformat()}
    return json.dumps({"variants": [{"name": batch, "move": move}]}).encode()


def _asked(
    server: Served, method: str, path: str, body: bytes | None = None
) -> tuple[bytes, float]:
    """The answer and how long it took [ms]."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    began = time.monotonic()
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    took_ms = 1000 * (time.monotonic() - began)
    connection.close()
    assert answer.status == 200, text
    return text, took_ms


if __name__ == "__main__":
    main()
