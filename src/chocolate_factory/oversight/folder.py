"""THE FOLDER OF MODELS: trained models as files that are whole or not there, newest kept.

A file's name says what it is of, when it was trained, and the checksum of its bytes, so that a
damaged, exchanged or half-copied file is never taken for a model.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chocolate_factory.durable import USUAL, write_whole
from chocolate_factory.errors import ArtefactInvalid, StoreError
from chocolate_factory.market.series import SeriesKey

KEPT = 5
"""So many trained models of a series are kept, newest first."""

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(
    r"(?P<series>[\w-]+)@(?P<place>[\w-]+)-(?P<trained>\d{8}T\d{6}Z)-(?P<sha>[0-9a-f]{64})\.model"
)


@dataclass(frozen=True, slots=True)
class KeptModel:
    """One file of the folder: ``sha256`` as its name has it, ``trained_at`` UTC to the second."""

    path: Path
    key: SeriesKey
    trained_at: datetime
    sha256: str
    size_bytes: int


class ModelFolder:
    """Trained models on disk. One process writes; any may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, key: SeriesKey, content: bytes, *, trained_at: datetime) -> KeptModel:
        """Store a trained model so that it survives a loss of power, and let go of old ones.

        Raises ``StoreError`` if it cannot be written; the ones before it are then as they were.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        stamp = trained_at.astimezone(UTC).strftime(_STAMP)
        path = self.folder / f"{key}-{stamp}-{sha256}.model"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, content, rights=USUAL)
        except OSError as fault:
            raise StoreError(
                f"the model {path} cannot be written: {fault.strerror}. Make room, correct the "
                "rights, or name another folder in CHOCOLATE_FACTORY_MODELS_DIR"
            ) from fault
        self._let_go(key)
        return KeptModel(path, key, _instant(stamp), sha256, len(content))

    def kept(self, key: SeriesKey) -> tuple[KeptModel, ...]:
        """The models of a series that are there, newest first; their bytes are not looked at."""
        found = []
        for path in self.folder.glob(f"{key}-*.model"):
            parts = _NAME.fullmatch(path.name)
            if parts is None or (parts["series"], parts["place"]) != (key.name, key.place):
                continue
            with suppress(FileNotFoundError):  # let go of meanwhile
                size = path.stat().st_size
                found.append(KeptModel(path, key, _instant(parts["trained"]), parts["sha"], size))
        return tuple(sorted(found, key=lambda one: (one.trained_at, one.sha256), reverse=True))

    def state(self, key: SeriesKey) -> tuple[tuple[str, int, int], ...]:
        """What tells whether the files of a series changed: names, sizes and times of change."""
        found = []
        for model in self.kept(key):
            with suppress(FileNotFoundError):
                changed_ns = model.path.stat().st_mtime_ns
                found.append((model.path.name, model.size_bytes, changed_ns))
        return tuple(found)

    def read(self, model: KeptModel) -> bytes:
        """The bytes of a model. Raises ``ArtefactInvalid`` unless they are those its name says."""
        try:
            content = model.path.read_bytes()
        except OSError as fault:
            raise ArtefactInvalid(model.path.name, f"cannot be read: {fault.strerror}") from fault
        if hashlib.sha256(content).hexdigest() != model.sha256:
            raise ArtefactInvalid(
                model.path.name, "is damaged: its checksum is not the one in its name"
            )
        return content

    def _let_go(self, key: SeriesKey) -> None:
        for old in self.kept(key)[KEPT:]:
            with suppress(OSError):
                old.path.unlink(missing_ok=True)


def _instant(stamp: str) -> datetime:
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
