"""Inputs are changed within their form, so that the fuzzer gets past a first brace or checksum."""

from __future__ import annotations

import io
import json
import zipfile

from fuzz.mutation import mutate
from fuzz.targets import targets

MOST = 120_000


def cut(data: bytes, most: int) -> bytes:
    """A change of bytes that is told apart from every other one."""
    return data[: min(most, len(data) // 2)]


def is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def test_about_half_of_the_changes_of_a_json_text_leave_it_one() -> None:
    (seed, *_) = targets()["answer-esios-spot"].seeds
    changed = [mutate(seed, MOST, dice, cut) for dice in range(40)]
    assert 10 <= sum(map(is_json, changed)) <= 30
    assert seed not in changed


def test_a_packed_member_is_changed_and_packed_again_under_a_right_checksum() -> None:
    (seed, *_) = targets()["orders-workbook"].seeds
    changed = [
        data for dice in range(40) if (data := mutate(seed, MOST, dice, cut)) != cut(seed, MOST)
    ]
    assert len(changed) >= 10
    for data in changed:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            assert packed.testzip() is None


def test_no_change_is_longer_than_asked_for_and_each_can_be_made_again() -> None:
    (seed, *_) = targets()["answer-omie"].seeds
    for dice in range(20):
        assert len(mutate(seed, 500, dice, cut)) <= 500
        assert mutate(seed, MOST, dice, cut) == mutate(seed, MOST, dice, cut)
