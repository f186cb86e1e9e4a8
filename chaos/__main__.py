"""Kill every kind of work, or fill its disk, at random points: ``python -m chaos --points 100``.

Half of the points are just after the work changed a file, the others anywhere in its time.
Says what was lost. Ends with status 1 if anything acknowledged was lost, anything is half there, or
the work cannot be done again.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before any library starts threads that a fork would lose

import argparse
import math
import sys
import time

from benchmarks.soak_worker import quiet_logs
from chaos.kills import How, suffer
from chaos.works import works

WAYS: dict[How, str] = {"kill": "SIGKILL", "power": "power loss", "full": "disk full"}


def main() -> int:
    """Let all suffer, print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [work.name for work in works()]
    parser.add_argument("--points", type=int, default=100, help="deaths of each work, each way")
    parser.add_argument("--work", action="append", choices=names, help="only this")
    parser.add_argument("--how", action="append", choices=WAYS, help="only this")
    parser.add_argument("--minutes", type=float, default=math.inf, help="for each of them, at most")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    quiet_logs()
    print(
        "| work | ended by | deaths | of these after it was done | between its first and its last "
        "write | acknowledged | lost | half or wrong | opened and looked at, at most | took |\n"
        "|---|---|---|---|---|---|---|---|---|---|"
    )
    harmed = 0
    for work in works():
        if asked.work and work.name not in asked.work:
            continue
        for how, what in WAYS.items():
            if asked.how and how not in asked.how:
                continue
            began = time.monotonic()
            toll = suffer(
                work, how=how, points=asked.points, seed=asked.seed, for_s=60 * asked.minutes
            )
            harmed += toll.left.lost + toll.left.wrong
            print(
                f"| {toll.work} | {what} | {toll.deaths} | {toll.finished} | {toll.writing} "
                f"| {toll.acknowledged} | {toll.left.lost} | {toll.left.wrong} "
                f"| {toll.recovery_s:.1f} s | {time.monotonic() - began:.0f} s |",
                flush=True,
            )
    return 1 if harmed else 0


if __name__ == "__main__":
    sys.exit(main())
