"""What a forecast follows from besides its inputs: the code that makes it, and the libraries."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

import chocolate_factory.market

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "lightgbm", "prophet", "torch")


@cache
def versions() -> str:
    """Hash of this program's code that forecasts, and of the versions of the libraries under it.

    Calendars, tolls and charges count too.
    """
    digest = hashlib.blake2b(digest_size=20)
    for folder in (Path(__file__).parent, Path(chocolate_factory.market.__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    for name, version in libraries().items():
        digest.update(f"{name} {version}".encode())
    return digest.hexdigest()


def libraries() -> dict[str, str]:
    """Version of each library that models stand on, of those that are installed."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
