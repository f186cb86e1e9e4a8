"""Work for the maps that are tested, in a module that other processes import in a moment."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from chocolate_factory.errors import ModelNotFitted


@dataclass(frozen=True, slots=True)
class Item:
    """A number, and a folder in which every attempt at it leaves a trace."""

    number: int
    traces: Path
    deaths: int = 0

    def attempted(self) -> int:
        """How often this was begun before; notes that it is again."""
        before = len(list(self.traces.glob(f"{self.number}-*")))
        (self.traces / f"{self.number}-{before}-{os.getpid()}").touch()
        return before


def squared(item: Item) -> int:
    item.attempted()
    return item.number**2


def deadly(item: Item) -> int:
    """Kills its process the first ``deaths`` times."""
    if item.attempted() < item.deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return item.number**2


def refused(item: Item) -> int:
    raise ModelNotFitted(f"{item.number} days are too few")
