"""Careless works, which must be found out: ``careless.py DEATHS``.

``hasty`` acknowledges before it has written, and writes in two halves. ``forgetful`` acknowledges
nothing and for a while has what it was given nowhere.
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


WORKS = (
    Work("hasty", prepare, do, content, acknowledged),
    Work("forgetful", prepare_full, rewrite, content, acknowledged),
)
for work in WORKS:
    for how in ("kill", "power"):
        toll = suffer(work, how=how, points=int(sys.argv[1]))
        told = [toll.acknowledged, toll.left.lost, toll.left.wrong, toll.finished]
        print(json.dumps([work.name, *told]))
