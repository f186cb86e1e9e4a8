"""A soak: months of simulated time with everything going wrong, then a look at what is stored.

Random faults meet a share of all requests, the network or single services are out for hours and
days, prices come late or are corrected, the process is killed with SIGKILL again and again and
starts anew, sometimes after hours or days in which nothing ran. At the end the store must hold all
that the upstreams ever published and nothing else. Prints a table, or JSON with ``--json``; ends
with status 1 if anything is wrong. Run: ``python -m benchmarks.soak --days 400``.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import multiprocessing
import os
import random
import resource
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.soak_audit import Findings, audit
from benchmarks.soak_worker import DAY, QUIET, Course, live

START = datetime(2025, 3, 10, 5, 0, tzinfo=UTC)
"""So that 400 days hold both clock changes, the first quarter-hour day and a New Year."""

MEAN_LIFE_DAYS = 6.0
EARLY_S = (0.02, 2.5)
"""After how many real seconds every fourth life ends, wherever it is: often while it starts."""

MOMENT = timedelta(seconds=20)
_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Death:
    """When a process is killed with SIGKILL; never in the quiet days at the end.

    ``moment_s`` after its simulated clock passes ``after``, in the midst of whatever it does then;
    or ``early_s`` after its start, both in real seconds.
    """

    after: datetime
    moment_s: float
    early_s: float | None


@dataclass
class Story:
    """What happened in a soak."""

    lives: int = 0
    killed: int = 0
    off: timedelta = timedelta(0)
    requests: int = 0
    met: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)


def main() -> int:
    """Run one soak and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=400, help="simulated days, at least 9")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.05, help="of requests that meet a fault")
    parser.add_argument("--from", dest="start", type=datetime.fromisoformat, default=START)
    parser.add_argument("--dir", type=Path, help="keep the store there")
    parser.add_argument("--life-days", type=float, default=MEAN_LIFE_DAYS, help="mean life")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        course = Course(
            folder=asked.dir or Path(temporary),
            start=asked.start,
            end=asked.start + asked.days * DAY,
            seed=asked.seed,
            share=asked.share,
        )
        begun = time.monotonic()
        story = run(course, mean_life=asked.life_days * DAY, quiet=asked.json)
        lived_s = time.monotonic() - begun
        found = audit(course)
        told = figures(course, story, found) | {
            "run_s": round(lived_s),
            "audit_s": round(time.monotonic() - begun - lived_s),
            "cpu_s": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime),
            "store_mb": round(sum(p.stat().st_size for p in course.folder.glob("*.db*")) / 1e6),
        }
    if asked.json:
        print(json.dumps(told, indent=2))
    else:
        for name, value in told.items():
            print(f"{name.replace('_', ' '):28} {value}")
    return 1 if found.wrong or story.unexpected else 0


def run(course: Course, *, mean_life: timedelta, quiet: bool) -> Story:
    """Let the factory live and die until the end of ``course``."""
    story, at = Story(), course.start
    while at < course.end:
        dice = random.Random(f"life {course.seed} {story.lives}")  # noqa: S311
        death = Death(
            after=at + mean_life * dice.expovariate(1.0),
            moment_s=dice.uniform(0.0, 0.2),
            early_s=dice.uniform(*EARLY_S) if story.lives % 4 == 0 else None,
        )
        at = _one_life(course, story, at, death)
        if at < course.end:
            off = _off(dice)
            story.off += off
            at = min(at + off, course.end)
        if not quiet:
            line = f"{at:%Y-%m-%d %H:%M} after {story.lives} lives, {story.requests} requests"
            print(line, file=sys.stderr, flush=True)
    return story


def figures(course: Course, story: Story, found: Findings) -> dict[str, Any]:
    """What is worth writing down."""
    outages = course.outages
    return {
        "simulated_days": (course.end - course.start).days,
        "kill_9": story.killed,
        "off_h": round(story.off.total_seconds() / 3600),
        "outages": len(outages),
        "outage_h": round(sum((end - start).total_seconds() for start, end, *_ in outages) / 3600),
        "requests": story.requests,
        "requests_with_fault": sum(story.met.values()),
        "faults": dict(sorted(story.met.items())),
        "runs": dict(sorted(story.runs.items())),
        "published_periods": found.expected,
        "coverage": round(found.held / found.expected, 6) if found.expected else None,
        "missing": found.missing,
        "values_compared": found.compared,
        "differing_from_truth": found.differing,
        "rows": found.rows,
        "corrected_values": found.corrections,
        "forecast_rows": found.forecast_rows,
        "forecast_rows_checked": found.forecast_rows_checked,
        "invented": found.invented,
        "duplicates": found.duplicates,
        "not_simulated": found.not_simulated,
        "heard_by_source": found.by_source,
        "unexpected_errors": story.unexpected[:5],
        "examples": found.examples,
    }


def _off(dice: random.Random) -> timedelta:
    """How long nothing runs after a death: mostly a moment, sometimes hours, seldom days."""
    luck = dice.random()
    if luck < 0.6:
        return MOMENT
    if luck < 0.87:
        return timedelta(hours=dice.uniform(0.1, 12.0))
    return timedelta(hours=dice.uniform(24.0, 72.0))


def _one_life(course: Course, story: Story, begin: datetime, death: Death) -> datetime:
    """One process from ``begin``; where its clock stood when it ended."""
    life, story.lives = story.lives, story.lives + 1
    read_end, write_end = os.pipe()
    child = _FORK.Process(target=_live, args=(course, begin, life, write_end))
    child.start()
    os.close(write_end)
    at, last, killed = begin, Counter[str](), False
    mortal = begin < course.end - QUIET
    deadline = time.monotonic() + death.early_s if death.early_s and mortal else math.inf
    with open(read_end, "rb", buffering=0) as told:
        for text in _lines(told, child, deadline):
            line = json.loads(text)
            at = max(at, datetime.fromisoformat(line["at"]))
            story.runs[line["outcome"]] += 1
            last = Counter(line["met"]) + Counter(asked=line["asked"])
            if line["detail"]:
                story.unexpected.append(f"{line['job']}: {line['detail']}")
            if not killed and death.after < at < course.end - QUIET:
                time.sleep(death.moment_s)
                child.kill()
                killed = True
    child.join()
    story.requests += last.pop("asked", 0)
    story.met.update(last)
    if child.exitcode == -signal.SIGKILL:
        story.killed += 1
        return at
    if child.exitcode:
        raise SystemExit(f"the worker ended by itself with status {child.exitcode}")
    return course.end


def _lines(told: io.FileIO, child: BaseProcess, deadline: float) -> Iterator[bytes]:
    """Whole lines until the child ends; it is killed at ``deadline`` (monotonic)."""
    rest = b""
    while True:
        left_s = deadline - time.monotonic()
        ready, _, _ = select.select([told], [], [], max(0.0, min(left_s, 3600.0)))
        if not ready and left_s <= 0:
            child.kill()
            deadline = math.inf
        if ready:
            piece = told.read(65536)
            if not piece:
                return
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole


def _live(course: Course, begin: datetime, life: int, write_end: int) -> None:
    with open(write_end, "w", encoding="utf-8") as told:
        live(course, begin=begin, life=life, told=told)


if __name__ == "__main__":
    sys.exit(main())
