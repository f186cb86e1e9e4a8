"""Fuzz one target in this process, guided by coverage: ``python -m fuzz.one NAME CORPUS``.

Options behind the folder are libFuzzer's: ``-max_total_time=600``, ``-runs=1000000``.
"""

from __future__ import annotations

import hashlib
import sys
import warnings
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chocolate_factory"]):
    from fuzz.targets import Target, targets

from fuzz.mutation import mutate


def main() -> None:
    """Fuzz until the time or the runs are over, or an input breaks the target."""
    warnings.simplefilter("ignore")
    name, *options = sys.argv[1:]
    told = [one.partition("=")[2] for one in options if one.startswith("-artifact_prefix=")]
    atheris.Setup(
        [sys.argv[0], *options],
        partial(_once, targets()[name], told[0] if told else ""),
        custom_mutator=lambda data, most, seed: mutate(data, most, seed, atheris.Mutate),
    )
    atheris.Fuzz()


def _once(target: Target, place: str, data: bytes) -> None:
    """Try ``data``; what breaks the target is kept, as libFuzzer does not always."""
    try:
        target(data)
    except BaseException:
        Path(f"{place}crash-{hashlib.sha1(data, usedforsecurity=False).hexdigest()}").write_bytes(
            data
        )
        raise


if __name__ == "__main__":
    main()
