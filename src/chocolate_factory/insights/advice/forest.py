"""A random forest as plain arrays: grown by scikit-learn, kept and asked without it.

Arrays of numbers can be stored with a checksum and loaded from anywhere without running anything,
and answering one row takes well under a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.series import Floats

TREES = 120
LEAST_IN_LEAF = 15
SHARE_OF_FEATURES = 0.4
"""Chosen on 2023 and 2024 (``docs/method.md``)."""

TOLD_SHARE = 1 / 3
"""A column is used if at least this share of the rows tells it."""

_LEAF = -1
"""What scikit-learn calls the children of a leaf."""

_CHUNK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees as arrays over all their nodes, tree after tree.

    Parameters
    ----------
    columns
        Columns of the feature table that it looks at, shape (k,).
    roots
        Number of each tree's first node, shape (trees,).
    left, right
        Numbers of the next nodes; a leaf leads to itself. Shape (nodes,).
    feature
        Which of ``columns`` a node asks for, shape (nodes,).
    threshold
        Left if the feature, as a 32-bit float, is not above it, shape (nodes,).
    missing_left
        Whether a missing feature goes left, shape (nodes,).
    value
        Mean of the training rows in each node, shape (nodes, outputs).
    """

    columns: NDArray[np.int64]
    roots: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: Floats
    missing_left: NDArray[np.bool_]
    value: NDArray[np.float32]

    def predict(self, table: Floats) -> Floats:
        """Mean over the trees for each row of ``table``, shape (n, outputs)."""
        asked = table[:, self.columns].astype(np.float32)
        mean = np.zeros((len(table), self.value.shape[1]))
        for begin in range(0, len(table), _CHUNK):
            part = asked[begin : begin + _CHUNK]
            *_, leaves = self._paths(part)
            mean[begin : begin + _CHUNK] = self.value[leaves].mean(axis=1, dtype=np.float64)
        return mean

    def contributions(self, row: Floats) -> Floats:
        """By how much each column of the table moved the answer for one ``row``.

        From the mean over the training rows, along the path through each tree (Saabas 2014); with
        that mean they add up to the prediction. Shape (columns of the table, outputs).
        """
        moved = np.zeros((row.size, self.value.shape[1]))
        for node, after in pairwise(self._paths(row[None, self.columns].astype(np.float32))):
            step = self.value[after[0]].astype(np.float64) - self.value[node[0]]
            np.add.at(moved, self.columns[self.feature[node[0]]], step)
        return moved / self.roots.size

    def _paths(self, asked: NDArray[np.float32]) -> Iterator[NDArray[np.int32]]:
        """Nodes of each row in each tree, shape (n, trees), from the roots down to the leaves."""
        rows = np.arange(len(asked))[:, None]
        node = np.repeat(self.roots[None, :], len(asked), axis=0)
        yield node
        while True:
            value = asked[rows, self.feature[node]]
            left = (value <= self.threshold[node]) | (np.isnan(value) & self.missing_left[node])
            after = np.where(left, self.left[node], self.right[node])
            if np.array_equal(after, node):
                return
            yield after
            node = after


def grow_scores(table: Floats, target: Floats, *, seed: int) -> Forest:
    """A forest that foretells ``target``, shape (n,); columns without a value are left out."""
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415 - loading takes a second

    columns = told_columns(table)
    model = RandomForestRegressor(
        TREES, min_samples_leaf=LEAST_IN_LEAF, max_features=SHARE_OF_FEATURES,
        n_jobs=1, random_state=seed,
    )  # fmt: skip
    return _arrays(model.fit(table[:, columns], target), columns, 1)


def grow_classes(table: Floats, target: NDArray[np.int64], *, classes: int, seed: int) -> Forest:
    """A forest that foretells the share of each of ``classes``, ``target`` their numbers."""
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - loading takes a second

    columns = told_columns(table)
    model = RandomForestClassifier(
        TREES, min_samples_leaf=LEAST_IN_LEAF, max_features=SHARE_OF_FEATURES,
        n_jobs=1, random_state=seed,
    )  # fmt: skip
    grown = _arrays(model.fit(table[:, columns], target), columns, model.n_classes_)
    value = np.zeros((len(grown.value), classes), dtype=np.float32)
    value[:, model.classes_] = grown.value
    return Forest(
        grown.columns, grown.roots, grown.left, grown.right, grown.feature, grown.threshold,
        grown.missing_left, value,
    )  # fmt: skip


def told_columns(table: Floats) -> NDArray[np.int64]:
    """Columns that hold a value for at least ``TOLD_SHARE`` of the rows."""
    return np.flatnonzero(np.isfinite(table).mean(axis=0) >= TOLD_SHARE)


def _arrays(model: Any, columns: NDArray[np.int64], outputs: int) -> Forest:
    trees = [one.tree_ for one in model.estimators_]
    sizes = np.array([tree.node_count for tree in trees])
    roots = np.cumsum(sizes) - sizes

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(tree, name) for tree in trees])

    def numbered(name: str) -> NDArray[np.int32]:
        child = joined(name)
        own = np.arange(child.size)
        return np.where(child == _LEAF, own, child + np.repeat(roots, sizes)).astype(np.int32)

    return Forest(
        columns=columns,
        roots=roots.astype(np.int32),
        left=numbered("children_left"),
        right=numbered("children_right"),
        feature=np.maximum(joined("feature"), 0).astype(np.int16),
        threshold=joined("threshold"),
        missing_left=joined("missing_go_to_left").astype(bool),
        value=np.concatenate([tree.value[:, 0, :outputs] for tree in trees]).astype(np.float32),
    )
