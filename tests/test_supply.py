"""What is installed: every library has its hash and its licence, and none an address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINNED = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)(?: ; (.+?))? \\$", LOCK, re.MULTILINE)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_a_hash_for_every_library_and_no_address() -> None:
    assert len(PINNED) > 50
    blocks = re.split(r"^(?=\S)", LOCK, flags=re.MULTILINE)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
    assert "://" not in LOCK


EVERYWHERE = sorted(
    plain(name)
    for name, _, marker in PINNED
    if "win32" not in marker and "emscripten" not in marker
)


@pytest.mark.parametrize("name", EVERYWHERE)
def test_every_library_is_listed_with_a_licence(name: str) -> None:
    rows = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8").splitlines()
    told = {
        plain(cells[1].strip()): cells[2].strip()
        for row in rows
        if row.startswith("| ") and len(cells := row.split("|")) > 2
    }
    assert told.get(name, "UNKNOWN") != "UNKNOWN"
