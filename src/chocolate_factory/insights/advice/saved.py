"""A learned model as bytes and back: plain arrays and JSON under a checksum, nothing that runs.

The first line names the format and the SHA-256 of the rest, which is a NumPy archive loaded with
``allow_pickle=False``. Trees are checked node by node, so that no file can make an answer fail or
never end.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from tokenize import TokenError
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.insights.advice.calibration import Sigmoids
from chocolate_factory.insights.advice.forest import Forest
from chocolate_factory.insights.advice.measure import Evaluation
from chocolate_factory.insights.advice.moment import FEATURES
from chocolate_factory.insights.advice.rules import BANDS, ThresholdRule
from chocolate_factory.insights.advice.targets import CLASSES
from chocolate_factory.insights.advice.training import ClassModel, Learned, ScoreModel

FORMAT = "chocolate-factory-advice-1"
_BROKEN = (
    zipfile.BadZipFile, zlib.error, AttributeError, EOFError, LookupError, OSError, OverflowError,
    RuntimeError, SyntaxError, TokenError, TypeError, ValueError, ValidationError,
)  # fmt: skip
"""What bytes that are no such model bring about in the modules that read them."""

_AGAIN = "`train-advice` makes a new one at its next time; until then the rule answers"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a model was made from, when and with what.

    ``task`` is the fingerprint of plant, orders and contract; ``libraries`` name to version;
    ``weeks`` of perfect-foresight plans were replayed and ``weeks_left_out`` could not be.
    """

    made_at: datetime
    plant: str
    contract: str
    task: str
    weeks: int
    weeks_left_out: int
    simulated: bool
    libraries: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class AdviceModel:
    """What was learned, and from what."""

    origin: Origin
    learned: Learned


@dataclass(frozen=True, slots=True)
class _Header:
    """All of a model that is not an array."""

    all_features: tuple[str, ...]
    classes: tuple[str, ...]
    origin: Origin
    learned_from: datetime
    learned_to: datetime
    calibrated_to: datetime
    features: tuple[str, ...]
    missing: tuple[str, ...]
    score_evaluation: Evaluation
    class_evaluation: Evaluation | None
    notes: tuple[str, ...]


_HEADER = TypeAdapter(_Header)


def to_bytes(model: AdviceModel) -> bytes:
    """``model`` as a file's content."""
    learned = model.learned
    header = _Header(
        all_features=FEATURES,
        classes=CLASSES,
        origin=model.origin,
        **{
            name: getattr(learned, name)
            for name in (
                "learned_from", "learned_to", "calibrated_to", "features", "missing",
                "score_evaluation", "class_evaluation", "notes",
            )
        },
    )  # fmt: skip
    arrays: dict[str, Any] = {"header": np.frombuffer(_HEADER.dump_json(header), dtype=np.uint8)}
    arrays |= _named("rule", learned.rule)
    arrays |= _named("score.forest", learned.score.forest)
    arrays |= _named("score.side", learned.score.side)
    if learned.classes is not None:
        arrays |= _named("class.forest", learned.classes.forest)
        arrays |= _named("class.calibrated", learned.classes.calibrated)
    archive = io.BytesIO()
    np.savez_compressed(archive, **arrays)
    content = archive.getvalue()
    return f"{FORMAT} {hashlib.sha256(content).hexdigest()}\n".encode() + content


def from_bytes(data: bytes) -> AdviceModel:
    """The model of a file's content.

    Raises ``ModelNotFitted`` saying what is wrong: another format or version, a checksum that does
    not fit, arrays that are not those of a model.
    """
    first, _, content = data.partition(b"\n")
    words = first.decode("ascii", errors="replace").split(" ")
    if words[0] != FORMAT or len(words) != 2:
        raise ModelNotFitted(f"the advice model is not of format {FORMAT}: {_AGAIN}")
    if hashlib.sha256(content).hexdigest() != words[1]:
        raise ModelNotFitted(
            f"the advice model's checksum does not fit: its file is damaged. {_AGAIN}"
        )
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = _HEADER.validate_json(arrays["header"].tobytes())
        return _model(header, arrays)
    except _BROKEN as fault:
        raise ModelNotFitted(f"the advice model cannot be read ({fault}). {_AGAIN}") from fault


def _model(header: _Header, arrays: Mapping[str, Any]) -> AdviceModel:
    if header.all_features != FEATURES or header.classes != CLASSES:
        raise ModelNotFitted(f"the advice model is of another program version: {_AGAIN}")
    rule = ThresholdRule(**_of("rule", ThresholdRule, arrays))
    shapes = (rule.edges.shape, rule.score.shape, rule.cheap_side.shape, rule.classes.shape)
    if shapes != ((BANDS - 1,), (2, BANDS), (2, BANDS), (2, BANDS, len(CLASSES))):
        raise ValueError("the rule's arrays have other shapes")
    classes = None
    if header.class_evaluation is not None:
        classes = ClassModel(
            _forest("class.forest", arrays, outputs=len(CLASSES)),
            Sigmoids(**_of("class.calibrated", Sigmoids, arrays)),
        )
    return AdviceModel(
        header.origin,
        Learned(
            learned_from=header.learned_from,
            learned_to=header.learned_to,
            calibrated_to=header.calibrated_to,
            features=header.features,
            missing=header.missing,
            rule=rule,
            score=ScoreModel(
                _forest("score.forest", arrays, outputs=1),
                Sigmoids(**_of("score.side", Sigmoids, arrays)),
            ),
            score_evaluation=header.score_evaluation,
            classes=classes,
            class_evaluation=header.class_evaluation,
            notes=header.notes,
        ),
    )


def _forest(name: str, arrays: Mapping[str, Any], *, outputs: int) -> Forest:
    """The forest under ``name``, every node leading on to a later one or nowhere."""
    forest = Forest(**_of(name, Forest, arrays))
    nodes, number = forest.left.size, np.arange(forest.left.size)
    leaf = forest.left == number
    sound = (
        forest.value.shape == (nodes, outputs)
        and {forest.right.shape, forest.feature.shape, forest.threshold.shape} == {(nodes,)}
        and forest.missing_left.shape == (nodes,)
        and np.array_equal(leaf, forest.right == number)
        and bool((leaf | ((forest.left > number) & (forest.right > number))).all())
        and bool((np.maximum(forest.left, forest.right) < nodes).all())
        and forest.columns.size > 0
        and _inside(forest.feature, forest.columns.size)
        and _inside(forest.columns, len(FEATURES))
        and _inside(forest.roots, nodes)
    )
    if not sound:
        raise ValueError(f"{name}: its trees do not hang together")
    return forest


def _inside(numbers: Any, end: int) -> bool:
    return bool(numbers.size and numbers.min() >= 0 and numbers.max() < end)


def _named(prefix: str, value: Any) -> dict[str, Any]:
    return {f"{prefix}.{field.name}": getattr(value, field.name) for field in fields(value)}


def _of(prefix: str, kind: type, arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: arrays[f"{prefix}.{field.name}"] for field in fields(kind)}
