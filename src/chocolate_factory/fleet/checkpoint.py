"""A backtest that can be interrupted: every fit that is done is kept, and not done again.

A folder holds one file for each finished run, named by the hash of everything its result follows
from: model and settings, prices and columns as of its last origin, origins, versions of this
program and its libraries. Another history, setting or version makes other names, so that a file can
never be taken for what it is not. Files are NumPy arrays without objects in them, each written
whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chocolate_factory.durable import write_whole
from chocolate_factory.fleet.naming import require_writable
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.rolling import MapRuns, Run, forecast_run
from chocolate_factory.forecasting.versions import versions
from chocolate_factory.market.series import Floats


@dataclass(frozen=True, slots=True)
class _Kept:
    """A run and the file that holds its result, or will."""

    run: Run
    path: Path


def resumable(folder: Path, spread: MapRuns) -> _Resumable:
    """A ``map`` of ``forecast_run`` by way of ``spread`` that keeps results in ``folder``.

    Results are written here, as they come, so that other machines need not see the folder.

    Raises ``SettingsInvalid`` if the folder cannot be made or written.
    """
    require_writable(folder, "finished fits")
    return _Resumable(folder, spread)


@dataclass(frozen=True, slots=True)
class _Resumable:
    folder: Path
    spread: MapRuns

    def __call__(self, work: object, runs: Iterable[Run]) -> Iterator[Floats]:
        """Results in order; those of the folder first read, then the others computed."""
        if work is not forecast_run:
            raise ValueError("only forecasts can be kept and resumed")
        kept = [_Kept(run, self.folder / f"{name_of(run)}.npy") for run in runs]
        known = [_read(one) for one in kept]
        missing = [one for one, result in zip(kept, known, strict=True) if result is None]
        computed = iter(self.spread(forecast_run, [one.run for one in missing]))
        for one, result in zip(kept, known, strict=True):
            yield _keep(one, next(computed)) if result is None else result


def name_of(run: Run) -> str:
    """Hash of everything the result of a run follows from."""
    digest = hashlib.blake2b(digest_size=20)

    def add(*parts: object) -> None:
        for part in parts:
            text = part.encode() if isinstance(part, str) else repr(part).encode()
            digest.update(len(text).to_bytes(8, "big") + text)

    def add_array(array: Floats) -> None:
        add(array.shape, array.dtype.str)
        digest.update(array.tobytes())

    known = run.known
    add(versions(), type(run.model).__qualname__, run.model, run.rows, run.leads)
    add(known.key, str(known.first_day), known.clock)
    add_array(known.price)
    for name in sorted(known.inputs):
        column = known.inputs[name]
        add(name, column.lead_h, column.since_row)
        add_array(column.value)
    return digest.hexdigest()


def _keep(one: _Kept, result: Floats) -> Floats:
    packed = io.BytesIO()
    np.save(packed, result, allow_pickle=False)
    one.path.parent.mkdir(parents=True, exist_ok=True)  # gone if another run had the result first
    write_whole(one.path, packed.getvalue())
    return result


def _read(one: _Kept) -> Floats | None:
    """What was kept of a run; None if nothing was, or if it is not what that would be."""
    try:
        with one.path.open("rb") as stream:
            result = np.load(stream, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits = result.dtype == np.float64 and result.shape == (
        len(one.run.rows),
        one.run.leads,
        WALL_HOURS,
    )
    return result if fits else None
