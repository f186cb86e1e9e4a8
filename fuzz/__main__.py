"""Fuzz every parser, one after the other or some at once, and say what was done.

    python -m fuzz --runs 1000000 --seconds 600

A target ends after so many runs or seconds, whichever comes first. An input that breaks one is kept
in ``fuzz/seeds/<target>``, where the tests try it ever after. Ends with status 1 if any was found.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fuzz.targets import KEPT, kept, targets

LARGEST = 150_000
"""Inputs are cut here [bytes]: longer than any seed, and than the longest cell that csv reads."""

_COVERED = re.compile(r"cov: (\d+)")


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one target."""

    name: str
    runs: int
    seconds: float
    covered: int
    broken: tuple[bytes, ...]


def main() -> int:
    """Fuzz, print a table, and keep what broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000, help="of each target, at most")
    parser.add_argument("--seconds", type=int, default=600, help="for each target, at most")
    parser.add_argument("--target", action="append", choices=sorted(targets()), help="only this")
    parser.add_argument("--at-once", type=int, default=1, help="targets fuzzed side by side")
    asked = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed; install it with: pip install atheris==3.0.0")
        return 2
    names = asked.target or sorted(targets())
    print("| target | runs | seconds | edges covered | broke it |\n|---|---|---|---|---|")
    with ThreadPoolExecutor(asked.at_once) as pool:
        found = []
        for told in pool.map(lambda name: fuzz(name, asked.runs, asked.seconds), names):
            found += told.broken
            print(
                f"| {told.name} | {told.runs:,} | {told.seconds:.0f} | {told.covered:,} "
                f"| {len(told.broken)} |",
                flush=True,
            )
    return 1 if found else 0


def fuzz(name: str, runs: int, seconds: int) -> Told:
    """One target in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, broken = Path(folder, "corpus"), Path(folder, "broken")
        corpus.mkdir()
        broken.mkdir()
        for number, seed in enumerate((*targets()[name].seeds, *kept(name))):
            (corpus / f"seed-{number}").write_bytes(seed)
        began = time.monotonic()
        done = subprocess.run(
            [
                sys.executable, "-m", "fuzz.one", name, str(corpus), f"-runs={runs}",
                f"-max_total_time={seconds}", f"-max_len={LARGEST}", f"-artifact_prefix={broken}/",
                "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1",
            ],
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        took = time.monotonic() - began
        inputs = tuple(path.read_bytes() for path in sorted(broken.iterdir()))
    said = done.stderr + done.stdout
    counted = re.search(r"number_of_executed_units: (\d+)", said)
    if counted is None and not inputs:
        raise SystemExit(f"{name} did not run:\n{said[-2000:]}")
    for data in inputs:
        place = KEPT / name / hashlib.blake2b(data, digest_size=6).hexdigest()
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        print(f"{name}: {place} breaks it:\n{said[-1500:]}", file=sys.stderr)
    covered = [int(edges) for edges in _COVERED.findall(said)]
    return Told(name, int(counted[1]) if counted else 0, took, max(covered, default=0), inputs)


if __name__ == "__main__":
    sys.exit(main())
