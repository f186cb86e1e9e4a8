"""Names of what is kept for a later run: hashes of everything that a result follows from."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

import chocolate_factory.conduct
import chocolate_factory.market
import chocolate_factory.planning
from chocolate_factory.errors import SettingsInvalid


def digest(parts: Iterable[object]) -> str:
    """Hash of ``parts``: bytes as they are, everything else by its ``repr``."""
    made = hashlib.blake2b(digest_size=10)
    for part in parts:
        text = part if isinstance(part, bytes) else repr(part).encode()
        made.update(len(text).to_bytes(8, "big") + text)
    return made.hexdigest()


@cache
def planning_code() -> str:
    """Hash of the code that plans and prices, and of the solver's version."""
    made = hashlib.blake2b(digest_size=20)
    for package in (
        chocolate_factory.conduct,
        chocolate_factory.market,
        chocolate_factory.planning,
    ):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            made.update(path.read_bytes())
    made.update(metadata.version("highspy").encode())
    return made.hexdigest()


def require_writable(folder: Path, what: str) -> None:
    """Make the folder of ``what`` if it is not there.

    Raises ``SettingsInvalid`` if it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = tempfile.NamedTemporaryFile(dir=folder)  # noqa: SIM115 - closed at once
        probe.close()
    except OSError as fault:
        raise SettingsInvalid(
            f"the folder of {what} {folder} cannot be written: {fault.strerror or fault}"
        ) from None
