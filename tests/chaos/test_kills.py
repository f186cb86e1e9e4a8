"""Work killed at random points, a few times; the long run is ``make chaos``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POINTS = 1
DEATHS = 6


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=280, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("work", ["migration", "import", "ingest", "backup"])
def test_nothing_acknowledged_is_lost_and_nothing_is_half_there(work: str) -> None:
    done = run("-m", "chaos", "--points", str(POINTS), "--work", work)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith(f"| {work}")]
    assert [row[1] for row in rows] == ["SIGKILL", "power loss", "disk full"]
    assert all((row[2], row[5], row[6]) == (str(POINTS), "0", "0") for row in rows)


def test_a_work_that_promises_too_early_is_found_out() -> None:
    done = run(str(Path(__file__).with_name("careless.py")), str(DEATHS))
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        acknowledged, lost, wrong, finished = json.loads(line)
        assert acknowledged > 0
        assert lost > 0
        assert wrong > 0
        assert finished < DEATHS
