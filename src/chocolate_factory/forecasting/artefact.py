"""A trained model as bytes, and back: JSON, arrays, and trees as LightGBM writes them, no code.

The bytes say what made them: versions of program, code and libraries, data window, columns, errors,
and the checksum of what follows. Others than this program's are refused: what was learned under
them is not what its models expect.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory import __version__
from chocolate_factory.errors import ArtefactInvalid
from chocolate_factory.forecasting.boosted import FittedTrees
from chocolate_factory.forecasting.bridge import FittedBridge
from chocolate_factory.forecasting.linear import LassoLear, LinearMap
from chocolate_factory.forecasting.model import Fitted
from chocolate_factory.forecasting.network import FittedNetworks, Layers, Networks
from chocolate_factory.forecasting.training import State, Trained, TrainedPart
from chocolate_factory.forecasting.versions import libraries, versions
from chocolate_factory.forecasting.windows import FittedWindows
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.market.series import SeriesKey

FORMAT = 4
CHAMPION = "champion"

_MAGIC = b"chocolate-factory model\n"
_DAY = "datetime64[D]"
_BROKEN = (
    zipfile.BadZipFile, zlib.error, AttributeError, EOFError, LookupError, OSError, OverflowError,
    RuntimeError, SyntaxError, TokenError, TypeError, ValueError,
)  # fmt: skip
"""What bytes that are no such model bring about in the modules that read them, beside LightGBM; a
packing that zipfile does not know, or too deep a header, is a ``RuntimeError``, and what an array
says of itself is a syntax."""

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A model read from bytes, and what it says of itself, by name, for people."""

    trained: Trained
    about: Mapping[str, str]


def dump(trained: Trained, *, trained_at: datetime) -> bytes:
    """A trained model as bytes.

    Raises ``TypeError`` if a part holds a fit of neither trees, networks nor LASSO: those are
    fitted anew.
    """
    arrays: Arrays = {}
    states = [
        {
            "state": [list(column) for column in state],
            "error": {name: float(error) for name, error in trained.error[state].items()},
            "parts": {
                name: _pack_part(part, f"{place}/{name}", arrays) for name, part in parts.items()
            },
        }
        for place, (state, parts) in enumerate(trained.parts.items())
    ]
    body = io.BytesIO()
    np.savez_compressed(body, **arrays)  # type: ignore[arg-type] # names are never allow_pickle
    header = {
        "format": FORMAT,
        "program": __version__,
        "versions": versions(),
        "libraries": libraries(),
        "trained_at": utc_iso(trained_at),
        "series": trained.key.name,
        "place": trained.key.place,
        "first_day": str(trained.first_day),
        "last_day": str(trained.last_day),
        "states": states,
        "sha256": hashlib.sha256(body.getvalue()).hexdigest(),
    }
    return _MAGIC + json.dumps(header).encode() + b"\n" + body.getvalue()


def load(content: bytes, *, key: SeriesKey, where: str = "model") -> Unpacked:
    """The trained model of ``key`` in bytes that ``dump`` gave; ``where`` names them in errors.

    Raises ``ArtefactInvalid`` if they are damaged, made by another program version, other code or
    other libraries, or of another series.
    """
    from lightgbm.basic import LightGBMError  # noqa: PLC0415 - loading takes a second

    try:
        header, body = _parts_of(content)
        _check(header, body, key, where)
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            parts: dict[State, Mapping[str, TrainedPart]] = {}
            error: dict[State, Mapping[str, float]] = {}
            for place, told in enumerate(header["states"]):
                state = tuple((str(name), int(lead_h)) for name, lead_h in told["state"])
                error[state] = {name: float(value) for name, value in told["error"].items()}
                parts[state] = {
                    name: _unpack_part(one, f"{place}/{name}", arrays)
                    for name, one in told["parts"].items()
                }
        first, last = (np.datetime64(header[name], "D") for name in ("first_day", "last_day"))
        return Unpacked(Trained(key, first, last, parts, error), _about(header))
    except (*_BROKEN, LightGBMError) as fault:
        raise ArtefactInvalid(where, f"is damaged ({type(fault).__name__})") from fault


def told_by(content: bytes, *, key: SeriesKey, where: str = "model") -> Mapping[str, str]:
    """What those bytes say of themselves: what they learned is checked by its sum, and not read.

    Raises as ``load`` does, but for content that only reading it would find unusable.
    """
    try:
        header, body = _parts_of(content)
        _check(header, body, key, where)
        return _about(header)
    except _BROKEN as fault:
        raise ArtefactInvalid(where, f"is damaged ({type(fault).__name__})") from fault


def _parts_of(content: bytes) -> tuple[dict[str, Any], bytes]:
    if not content.startswith(_MAGIC):
        raise ValueError("it begins otherwise")
    told, separator, body = content[len(_MAGIC) :].partition(b"\n")
    header = json.loads(told)
    if not separator or not isinstance(header, dict):
        raise ValueError("its header is none")
    return header, body


def _check(header: Mapping[str, Any], body: bytes, key: SeriesKey, where: str) -> None:
    if header["format"] != FORMAT or header["program"] != __version__:
        raise ArtefactInvalid(
            where, f"is of version {header['program']}, this program is {__version__}"
        )
    if header["versions"] != versions():
        told = ", ".join(f"{name} {version}" for name, version in header["libraries"].items())
        raise ArtefactInvalid(
            where, f"was made by other code or with other libraries than this program's ({told})"
        )
    if (header["series"], header["place"]) != (key.name, key.place):
        raise ArtefactInvalid(where, f"is of {header['series']}@{header['place']}, not of {key}")
    if hashlib.sha256(body).hexdigest() != header["sha256"]:
        raise ArtefactInvalid(where, "is damaged: its checksum is not that of its content")


def _pack_part(part: TrainedPart, name: str, arrays: Arrays) -> dict[str, Any]:
    arrays[f"{name}/days"] = part.days.astype(_DAY).astype(np.int64)
    arrays[f"{name}/mean"] = part.mean
    if part.fitted is None or part.fitted_on is None:
        return {}
    bridged = isinstance(part.fitted, FittedBridge)
    inner = part.fitted.inner if isinstance(part.fitted, FittedBridge) else part.fitted
    about: dict[str, Any] = {"fitted_on": str(part.fitted_on), "bridged": bridged}
    if isinstance(inner, FittedTrees):
        text = inner.booster.model_to_string().encode()
        arrays[f"{name}/trees"] = np.frombuffer(text, dtype=np.uint8)
        about |= {"kind": "trees", "name": inner.name, "longest_lead": inner.longest_lead}
    elif isinstance(inner, FittedNetworks):
        for place, layers in enumerate(inner.nets):
            for depth, layer in enumerate(layers):
                arrays[f"{name}/net{place}/{depth}"] = layer
        about |= {"kind": "networks", "layers": [len(layers) for layers in inner.nets]}
    elif isinstance(inner, FittedWindows) and isinstance(inner.model, LassoLear):
        for place, (plain, full) in enumerate(zip(inner.plain, inner.full, strict=True)):
            arrays[f"{name}/plain{place}"] = _stacked(plain)
            if full is not None:
                arrays[f"{name}/full{place}"] = _stacked(full)
        with_columns = [full is not None for full in inner.full]
        about |= {"kind": "lasso", "model": asdict(inner.model), "with_columns": with_columns}
    else:
        raise TypeError(f"{name}: a {type(inner).__name__} cannot be kept")
    return about | {
        "floor": inner.floor,
        "usual_spread": inner.usual_spread,
        "typical": dict(inner.typical),
    }


def _unpack_part(
    told: Mapping[str, Any], name: str, arrays: Mapping[str, NDArray[Any]]
) -> TrainedPart:
    days, mean = arrays[f"{name}/days"].astype(_DAY), arrays[f"{name}/mean"]
    if mean.ndim != 3 or len(mean) != len(days):
        raise ValueError(f"{name}: arrays of different lengths")
    if not told:
        return TrainedPart(days, mean)
    made = _KINDS[told["kind"]](told, name, arrays)
    fitted = FittedBridge(made) if told["bridged"] else made
    return TrainedPart(days, mean, fitted, np.datetime64(told["fitted_on"], "D"))


def _trees(told: Mapping[str, Any], name: str, arrays: Mapping[str, NDArray[Any]]) -> Fitted:
    from lightgbm import Booster  # noqa: PLC0415 - loading takes a second

    return FittedTrees(
        told["name"],
        Booster(model_str=arrays[f"{name}/trees"].tobytes().decode()),
        float(told["floor"]),
        float(told["usual_spread"]),
        _typical(told),
        int(told["longest_lead"]),
    )


def _networks(told: Mapping[str, Any], name: str, arrays: Mapping[str, NDArray[Any]]) -> Fitted:
    nets: list[Layers] = []
    for place, depth in enumerate(told["layers"]):
        nets.append(tuple(arrays[f"{name}/net{place}/{layer}"] for layer in range(depth)))
    return FittedNetworks(
        Networks(), tuple(nets), float(told["floor"]), float(told["usual_spread"]), _typical(told)
    )


def _lasso(told: Mapping[str, Any], name: str, arrays: Mapping[str, NDArray[Any]]) -> Fitted:
    settings = told["model"] | {"windows": tuple(told["model"]["windows"])}
    plain, full = [], []
    for place, with_columns in enumerate(told["with_columns"]):
        plain.append(_maps(arrays[f"{name}/plain{place}"]))
        full.append(_maps(arrays[f"{name}/full{place}"]) if with_columns else None)
    return FittedWindows(
        LassoLear(**settings), tuple(plain), tuple(full), float(told["floor"]),
        float(told["usual_spread"]), _typical(told),
    )  # fmt: skip


def _stacked(maps: tuple[LinearMap, ...]) -> NDArray[np.float64]:
    """Weights and, in the last row, what is added: shape (windows, columns + 1, WALL_HOURS)."""
    return np.stack([np.vstack([one.weight, one.added]) for one in maps])


def _maps(stacked: NDArray[Any]) -> tuple[LinearMap, ...]:
    return tuple(LinearMap(one[:-1], one[-1]) for one in stacked)


_KINDS = {"trees": _trees, "networks": _networks, "lasso": _lasso}


def _typical(told: Mapping[str, Any]) -> dict[str, float]:
    return {column: float(spread) for column, spread in told["typical"].items()}


def _about(header: Mapping[str, Any]) -> dict[str, str]:
    columns = sorted({name for told in header["states"] for name, _ in told["state"]})
    about = {
        "program": str(header["program"]),
        "history": f"{header['first_day']}..{header['last_day']}",
        "columns": ", ".join(columns) or "none",
        "models": ", ".join(header["states"][0]["parts"]),
    }
    for told in header["states"]:
        known = ", ".join(f"{name} {lead_h} h ahead" for name, lead_h in told["state"])
        errors = (f"{name} {error:.3f}" for name, error in told["error"].items())
        about[f"error of the naive's ({known or 'prices alone'})"] = ", ".join(errors)
    return about | {f"library {name}": text for name, text in header["libraries"].items()}
