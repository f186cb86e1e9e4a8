"""The fuzzer's targets understand their seeds and survive damage; the long run is ``make fuzz``."""

from __future__ import annotations

import random

import pytest

from fuzz.targets import KEPT, kept, targets

PIECES = (
    b"\x00", b"\xff\xfe", b"NaN", b"-1e999", b"9" * 400, b'"', b"{", b"[", b"<html>", b"\r\n", b";",
    b",", b"&a *a", b"!!python/object:os.system", b"0001-01-01", b"9999-12-31T23:59:59Z", b"null",
)  # fmt: skip
TRIES = 40
"""Damaged inputs of each target: as many as take seconds."""


def damaged(seed: bytes, dice: random.Random) -> bytes:
    data = bytearray(seed[: dice.choice((200, 2_000, 20_000))])
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(data) + 1)
        upto = at + dice.randint(0, 40)
        data[at:upto] = dice.choice((b"", data[at:upto] * 2, dice.choice(PIECES)))
    return bytes(data)


@pytest.mark.parametrize("name", sorted(targets()))
def test_every_seed_is_understood(name: str) -> None:
    target = targets()[name]
    assert target.seeds
    for seed in target.seeds:
        target.read(seed)


@pytest.mark.parametrize("name", sorted(targets()))
def test_a_damaged_input_is_read_or_refused_with_a_text(name: str) -> None:
    target = targets()[name]
    dice = random.Random(name)
    for _ in range(TRIES):
        target(damaged(dice.choice(target.seeds), dice))


def test_what_once_broke_a_parser_breaks_it_no_more() -> None:
    assert {place.name for place in KEPT.glob("*/")} <= targets().keys()
    for name, target in targets().items():
        for data in kept(name):
            target(data)
