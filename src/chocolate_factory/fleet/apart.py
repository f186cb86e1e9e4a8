"""One piece of work in a process of its own, so that the threads of this one go on meanwhile.

The process stands behind: it is nicer than this one, and it ends with this one, however that ends.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from chocolate_factory.errors import ProcessDied

Item = TypeVar("Item")
Result = TypeVar("Result")

NICER = 10


def map_apart(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Like the built-in ``map``, each call in a process of its own, one after the other.

    ``work``, items and results must be picklable. Raises what ``work`` raises, and ``ProcessDied``
    if its process ends without a word: killed, or out of memory.
    """
    for item in items:
        yield _apart(work, item)


def _apart(work: Callable[[Item], Result], item: Item) -> Result:
    spawn = get_context("spawn")
    hears, tells = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_do, args=(tells, work, item), daemon=True)
    process.start()
    tells.close()
    try:
        done, told = hears.recv()
    except EOFError:
        process.join()
        raise ProcessDied(
            f"the process that worked on this ended with status {process.exitcode}: killed, or out "
            "of memory; it can be started again"
        ) from None
    finally:
        hears.close()
        process.terminate()
        process.join()
    if not done:
        raise told
    result: Result = told
    return result


def _do(tells: Connection, work: Callable[[Any], Any], item: Any) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICER)
    try:
        told = True, work(item)
    except Exception as fault:  # noqa: BLE001 - raised again where it was asked for
        told = False, fault
    tells.send(told)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
