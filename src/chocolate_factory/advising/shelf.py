"""The folder of advice models: kept under their time, the newest loaded once and remembered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from chocolate_factory.durable import USUAL, write_whole
from chocolate_factory.errors import ModelNotFitted, StoreError
from chocolate_factory.insights.advice.saved import AdviceModel, from_bytes, to_bytes

KEPT = 4
"""So many models are kept, newest first."""

_NAME = re.compile(r"advice-\d{8}T\d{6}Z\.model")


@dataclass(frozen=True, slots=True)
class AdviceStatus:
    """How advice stands: the model in use, or why there is none.

    ``model`` None: the plain rule answers, and ``why`` says what is missing and what to do.
    """

    model: AdviceModel | None
    why: str


class Shelf:
    """Models in one folder. May be used from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._loaded: tuple[str, AdviceModel | str] | None = None

    def keep(self, model: AdviceModel) -> Path:
        """Write ``model`` down beside the older ones, and let go of the oldest.

        Raises ``StoreError`` if the folder cannot be written.
        """
        path = self._folder / f"advice-{model.origin.made_at:%Y%m%dT%H%M%SZ}.model"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, to_bytes(model), rights=USUAL)
            for name in self._names()[:-KEPT]:
                (self._folder / name).unlink(missing_ok=True)
        except OSError as fault:
            raise StoreError(
                f"the advice model cannot be kept in {self._folder}: {fault.strerror}"
            ) from fault
        return path

    def status(self, task: str) -> AdviceStatus:
        """The newest model if it was made for ``task`` (a fingerprint) and can be read."""
        newest = self.newest()
        if isinstance(newest, str):
            return AdviceStatus(None, newest)
        if newest.origin.task != task:
            return AdviceStatus(
                None,
                f"the advice model of {newest.origin.made_at:%Y-%m-%d} was made for another plant, "
                "other orders or another contract: `train-advice` makes a new one at its next time",
            )
        return AdviceStatus(newest, "")

    def newest(self) -> AdviceModel | str:
        """The newest model, or why there is none that can be used."""
        with self._lock:
            try:
                names = self._names()
                if not names:
                    return (
                        "no advice model has been trained yet: `train-advice` does so at its next "
                        "time, once enough prices are stored"
                    )
                if self._loaded is None or self._loaded[0] != names[-1]:
                    self._loaded = (names[-1], self._read(self._folder / names[-1]))
            except OSError as fault:
                return f"the advice models in {self._folder} cannot be read: {fault.strerror}"
            return self._loaded[1]

    def made_at(self) -> datetime | None:
        """When the newest usable model was made; None without one."""
        newest = self.newest()
        return None if isinstance(newest, str) else newest.origin.made_at

    def _read(self, path: Path) -> AdviceModel | str:
        try:
            return from_bytes(path.read_bytes())
        except ModelNotFitted as fault:
            return str(fault)

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name))
