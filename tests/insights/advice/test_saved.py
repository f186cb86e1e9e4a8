"""A model as bytes: the same answers after, and nothing taken on trust."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from dataclasses import replace

import numpy as np
import pytest

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.insights.advice import saved
from chocolate_factory.insights.advice.saved import FORMAT, AdviceModel, from_bytes, to_bytes


def sealed(content: bytes) -> bytes:
    return f"{FORMAT} {hashlib.sha256(content).hexdigest()}\n".encode() + content


def bent(model: AdviceModel, **arrays) -> bytes:
    score = model.learned.score
    trees = replace(score.forest, **arrays)
    return to_bytes(
        replace(model, learned=replace(model.learned, score=replace(score, forest=trees)))
    )


def test_a_model_comes_back_with_the_same_answers(model, examples):
    again = from_bytes(to_bytes(model))
    rows = examples.scored.table[-50:]

    np.testing.assert_array_equal(
        again.learned.score.scores(rows), model.learned.score.scores(rows)
    )
    np.testing.assert_array_equal(
        again.learned.classes.probabilities(rows), model.learned.classes.probabilities(rows)
    )
    np.testing.assert_array_equal(
        again.learned.rule.probabilities(rows), model.learned.rule.probabilities(rows)
    )
    assert again.origin == model.origin
    assert again.learned.score_evaluation == model.learned.score_evaluation
    assert again.learned.class_evaluation == model.learned.class_evaluation


def test_a_model_without_classes_comes_back_without(model):
    bare = replace(model.learned, classes=None, class_evaluation=None)

    assert from_bytes(to_bytes(replace(model, learned=bare))).learned.classes is None


def test_a_damaged_file_is_refused(model):
    data = bytearray(to_bytes(model))
    data[-100] ^= 1

    with pytest.raises(ModelNotFitted, match="checksum does not fit"):
        from_bytes(bytes(data))


@pytest.mark.parametrize("data", [b"", b"\x80\x04pickle", b"something-else 1\nabc", b"\n"])
def test_another_format_is_refused(data):
    with pytest.raises(ModelNotFitted, match="not of format"):
        from_bytes(data)


def packed(array: bytes) -> bytes:
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.npy", array)
    return told.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"not an archive",
        b"PK\x03\x04 nor this",
        b"",
        packed(b"\x93NUMPY\x01\x00\x02\x00{("),  # an array that says nonsense of itself
        packed(b"x"),
        packed(b"y" * 99).replace(zlib.compress(b"y" * 99)[2:-4], b"\xff" * 5),
    ],
)
def test_a_true_checksum_over_something_else_is_refused(content):
    with pytest.raises(ModelNotFitted, match="cannot be read"):
        from_bytes(sealed(content))


def test_pickled_objects_are_never_loaded(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, header=np.array([{"a": 1}], dtype=object))

    with pytest.raises(ModelNotFitted, match="cannot be read"):
        from_bytes(sealed(path.read_bytes()))


def test_a_model_of_other_features_is_another_version(model, monkeypatch):
    data = to_bytes(model)
    monkeypatch.setattr(saved, "FEATURES", ("price_eur_kwh",))

    with pytest.raises(ModelNotFitted, match="another program version"):
        from_bytes(data)


@pytest.mark.parametrize("name", ["left", "right", "roots", "feature", "columns"])
def test_trees_that_lead_nowhere_are_refused(model, name):
    whole = getattr(model.learned.score.forest, name)

    for wrong in (np.full_like(whole, 30_000), np.full_like(whole, -3)):
        with pytest.raises(ModelNotFitted, match="do not hang together"):
            from_bytes(bent(model, **{name: wrong}))


def test_a_tree_that_turns_in_circles_is_refused(model):
    trees = model.learned.score.forest
    left = trees.left.copy()
    inner = np.flatnonzero(left != np.arange(left.size))[-1]
    left[inner] = 0

    with pytest.raises(ModelNotFitted, match="do not hang together"):
        from_bytes(bent(model, left=left))
