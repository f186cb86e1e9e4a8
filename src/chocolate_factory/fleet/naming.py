"""Names of what is kept for a later run: hashes of everything that a result follows from."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

import chocolate_factory
from chocolate_factory.errors import ClusterUnavailable, SettingsInvalid
from chocolate_factory.forecasting.versions import libraries


def digest(parts: Iterable[object]) -> str:
    """Hash of ``parts``: bytes as they are, everything else by its ``repr``."""
    made = hashlib.blake2b(digest_size=10)
    for part in parts:
        text = part if isinstance(part, bytes) else repr(part).encode()
        made.update(len(text).to_bytes(8, "big") + text)
    return made.hexdigest()


@cache
def program() -> str:
    """Hash of the whole program, and of the libraries that forecast and plan.

    Of the whole one, for what a fleet makes follows from nearly every part of it.
    """
    folder = Path(chocolate_factory.__file__).parent
    code = [(str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*.py")]
    parts = (part for one in sorted(code) for part in one)
    return digest([*parts, sorted(libraries().items()), metadata.version("highspy")])


def require_same(asked: str) -> None:
    """Raise ``ClusterUnavailable`` unless this process is of the ``program`` that asks for work."""
    if asked != program():
        raise ClusterUnavailable(
            "a worker runs another version of this program or its libraries: install the same "
            "one everywhere and start the workers again"
        )


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
