"""Power rows hold for exactly the choices of machines that stay within the limit."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.planning.power import Level, power_rows

REFERENCE = (
    Level(0, 15.0, 1),
    Level(1, 42.0, 1),
    Level(2, 6.0, 2),
    Level(2, 48.0, 2),
    Level(3, 36.0, 1),
    Level(4, 10.0, 1),
)


def choices(levels: tuple[Level, ...]) -> np.ndarray:
    every = np.array(list(product(*(range(level.machines + 1) for level in levels))))
    fits = np.ones(len(every), dtype=bool)
    for stage in {level.stage for level in levels}:
        own = [at for at, level in enumerate(levels) if level.stage == stage]
        fits &= every[:, own].sum(axis=1) <= levels[own[0]].machines
    return every[fits]


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.lists(st.integers(1, 40), min_size=1, max_size=2)),
        min_size=1,
        max_size=3,
    ),
    st.integers(1, 150),
)
def test_a_choice_satisfies_the_rows_if_and_only_if_its_power_is_within_the_limit(
    stages: list[tuple[int, list[int]]], limit: int
) -> None:
    levels = tuple(
        Level(number, float(kw), machines)
        for number, (machines, powers) in enumerate(stages)
        for kw in sorted(set(powers))
    )
    rows = power_rows(levels, float(limit))
    every = choices(levels)
    within = every @ np.array([level.kw for level in levels]) <= limit
    satisfied = (every @ rows.coefficient.T <= rows.limit + 1e-9).all(axis=1)
    assert satisfied.tolist() == within.tolist()


def test_no_row_is_needed_where_everything_may_run_at_once() -> None:
    assert power_rows(REFERENCE, 199.0).limit.size == 0


def test_the_reference_plants_rows_are_tighter_than_the_plain_one() -> None:
    rows = power_rows(REFERENCE, 132.0)
    fraction = np.array([0.0, 1.0, 0.0, 1.875, 0.0, 0.0])  # 42 kW and 90 kW of two conches: 132 kW
    assert fraction @ [level.kw for level in REFERENCE] == pytest.approx(132.0)
    assert (rows.coefficient @ fraction > rows.limit + 1e-9).any()


def test_too_many_machines_to_list_leave_the_plain_row() -> None:
    many = tuple(Level(stage, 10.0 + stage, 16) for stage in range(5))
    rows = power_rows(many, 300.0)
    assert rows.coefficient.tolist() == [[10.0, 11.0, 12.0, 13.0, 14.0]]
    assert rows.limit.tolist() == [300.0]
