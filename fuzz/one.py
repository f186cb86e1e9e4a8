"""Fuzz one target in this process, guided by coverage: ``python -m fuzz.one NAME CORPUS``.

Options behind the folder are libFuzzer's: ``-max_total_time=600``, ``-runs=1000000``.
"""

from __future__ import annotations

import sys
import warnings

import atheris

with atheris.instrument_imports(include=["chocolate_factory"]):
    from fuzz.targets import targets

from fuzz.mutation import mutate


def main() -> None:
    """Fuzz until the time or the runs are over, or an input breaks the target."""
    warnings.simplefilter("ignore")
    name, *options = sys.argv[1:]
    atheris.Setup(
        [sys.argv[0], *options],
        targets()[name],
        custom_mutator=lambda data, most, seed: mutate(data, most, seed, atheris.Mutate),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
