"""Careless works, which must be found out: ``careless.py DEATHS``.

``hasty`` acknowledges before it has written, and writes in two halves. ``forgetful`` acknowledges
nothing and for a while has what it was given nowhere. ``brief`` does nothing for long, and what it
writes is half there for a moment.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from chaos.kills import suffer
from chaos.works import Content, Told, Work

LINES = 40


def prepare(folder: Path) -> None:
    (folder / "kept").mkdir()


def do(folder: Path, told: Told) -> None:
    for number in range(LINES):
        path = folder / "kept" / str(number)
        told(path.name)
        time.sleep(0.002)
        path.write_text("half")
        time.sleep(0.006)
        path.write_text("half and half")


def content(folder: Path) -> Content:
    return Counter((path.name, path.read_text()) for path in (folder / "kept").iterdir())


def acknowledged(held: Content, told: str) -> bool:
    return held[told, "half and half"] == 1


def prepare_full(folder: Path) -> None:
    prepare(folder)
    for number in range(LINES):
        (folder / "kept" / str(number)).write_text("half and half")


def rewrite(folder: Path, told: Told) -> None:
    for number in range(LINES):
        path = folder / "kept" / str(number)
        path.unlink(missing_ok=True)
        time.sleep(0.008)
        path.write_text("half and half")
    told("0")


def write_once(folder: Path, told: Told) -> None:
    time.sleep(0.55)
    path = folder / "kept" / "0"
    path.write_text("half")
    time.sleep(0.2)
    path.write_text("half and half")
    told(path.name)
    time.sleep(0.3)


MANY = int(sys.argv[1])
FIRST_CHANGE = 94
"""With this seed the first death of ``brief`` is at the first of its changes; of points drawn from
all of its time the first is long before."""
for work, points, seed in (
    (Work("hasty", prepare, do, content, acknowledged), MANY, 1),
    (Work("forgetful", prepare_full, rewrite, content, acknowledged), MANY, 1),
    (Work("brief", prepare, write_once, content, acknowledged), 1, FIRST_CHANGE),
):
    for how in ("kill", "power"):
        toll = suffer(work, how=how, points=points, seed=seed)
        told = [toll.acknowledged, toll.left.lost, toll.left.wrong, toll.finished, toll.writing]
        print(json.dumps([work.name, *told]))
