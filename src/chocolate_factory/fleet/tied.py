"""WORK TIED TO THE PROCESS THAT WANTED IT: it ends with that one, however that ends.

joblib's processes wait five minutes for more work after the program that started them is gone, and
what they were at is done to its end, for nobody. Ctrl+C reaches them as well, and would come out as
their result.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

LOOK_S = 0.5


def tied(parent: int, work: Callable[[Item], Result], item: Item) -> Result:
    """``work(item)`` in a process that ends once ``parent``, who started it, is gone."""
    end_without(parent)
    return work(item)


@cache
def end_without(parent: int) -> None:
    """From now on this process ends once ``parent``, who started it, is gone.

    Ctrl+C is left to ``parent``. To be called in the main thread.
    """
    if parent != os.getpid():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)
