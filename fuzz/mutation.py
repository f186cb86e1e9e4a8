"""HOW AN INPUT IS CHANGED: within its form where it has one, so that it gets past the first check.

Most random changes of a JSON text or of a packed file end at its first brace or checksum. Half of
them therefore change a value, a key or a length of the tree, or the content of one packed member;
the other half change the bytes as they are.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

Bytewise = Callable[[bytes, int], bytes]
"""Changes bytes anyhow, to at most so many."""

ODD = (
    None, True, 0, -1, 1e308, 2**63, 10**400, "", " ", "NaN", "-0", "1,5", "\x00", "x" * 300, [],
    {}, "0001-01-01", "9999-12-31T23:59:59Z", "2025-03-30T02:30:00+01:00",
    "2025-10-26T02:30:00+02:00",
)  # fmt: skip
"""Values that a field may not hold, or hardly."""

_PACKED = b"PK\x03\x04"
_MOST_UNPACKED = 2_000_000
"""Members are unpacked up to here [bytes]."""


def mutate(data: bytes, most: int, seed: int, bytewise: Bytewise) -> bytes:
    """``data`` changed, at most ``most`` bytes; the same for the same ``seed``."""
    dice = random.Random(seed)
    if dice.random() < 0.5:
        changed = _in_form(data, most, dice, bytewise)
        if changed is not None and len(changed) <= most:
            return changed
    return bytewise(data, most)


def _in_form(data: bytes, most: int, dice: random.Random, bytewise: Bytewise) -> bytes | None:
    if data.startswith(_PACKED):
        return _repacked(data, most, dice, bytewise)
    try:
        tree = json.loads(data)
        for _ in range(dice.randint(1, 3)):
            tree = _changed(tree, dice)
        return json.dumps(tree, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return None


def _changed(tree: Any, dice: random.Random) -> Any:
    """A tree with one odd value, or a branch left out, doubled or cut short, anywhere."""
    if not isinstance(tree, dict | list) or not tree or dice.random() < 0.1:
        return dice.choice(ODD)
    keys = list(tree) if isinstance(tree, dict) else range(len(tree))
    key = dice.choice(keys)
    what = dice.random()
    if what < 0.1:
        del tree[key]
    elif what < 0.2 and isinstance(tree, list):
        del tree[dice.randrange(len(tree)) :]
    elif what < 0.3 and isinstance(tree, list):
        tree.insert(dice.randrange(len(tree)), tree[key])
    elif what < 0.4:
        tree[key] = tree[dice.choice(keys)]
    else:
        tree[key] = _changed(tree[key], dice)
    return tree


def _repacked(data: bytes, most: int, dice: random.Random, bytewise: Bytewise) -> bytes | None:
    """A packed file with one member changed, its checksum right."""
    told = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(told, "w") as new:
            if sum(one.file_size for one in old.infolist()) > _MOST_UNPACKED:
                return None
            new.comment = old.comment
            chosen = dice.choice(old.namelist())
            for name in old.namelist():
                content = old.read(name)
                if name == chosen:
                    content = mutate(content, most, dice.randrange(2**32), bytewise)
                new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    except (zipfile.BadZipFile, zlib.error, EOFError, IndexError, KeyError, OSError, RuntimeError,
            ValueError):  # fmt: skip
        return None
    return told.getvalue()
