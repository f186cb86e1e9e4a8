"""What a validator refused, in words for a person: what was given and what is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WANTED = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date": "a day such as 2025-11-17",
    "datetime": "an instant with its offset such as 2025-11-17T21:00Z",
    "timezone_aware": "an instant with its offset such as 2025-11-17T21:00Z",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "path_type": "a path",
    "string_type": "a text",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "a text like {pattern}",
}
"""By pydantic's name of the error."""


def number_wanted(text: str) -> str:
    """What is wanted in the place of a text that is no number; of a decimal comma, how to write
    it."""
    if re.fullmatch(r"\s*[-+]?\d+,\d+\s*", text):
        return f"a number with a decimal point, {text.strip().replace(',', '.')}"
    return "a number"


def refusal(issue: Mapping[str, Any], *, secret: bool = False) -> str:
    """One entry of ``ValidationError.errors()`` as ``'x' was given; wanted: a whole number``.

    What was given is left out if it is ``secret``.
    """
    kind = str(issue["type"])
    if kind == "missing":
        return "is missing"
    wanted = _WANTED.get(kind) or next(
        (_WANTED[name] for name in ("datetime", "date") if kind.startswith(f"{name}_")), None
    )
    if kind == "float_parsing":
        wanted = number_wanted(str(issue["input"]))
    if wanted is None:
        told = str(issue["msg"]).removeprefix("Value error, ")
    else:
        told = f"wanted: {wanted.format(**issue.get('ctx', {}))}"
    return told if secret else f"{issue['input']!r:.60} was given; {told}"
