"""A work that acknowledges before it has written, and writes in two halves: must be found out."""

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


careless = Work("careless", prepare, do, content, acknowledged)
for how in ("kill", "power"):
    toll = suffer(careless, how=how, points=int(sys.argv[1]))
    print(json.dumps([toll.acknowledged, toll.left.lost, toll.left.wrong, toll.finished]))
