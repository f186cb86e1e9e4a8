"""The page of the settings, from their definition."""

from __future__ import annotations

from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from chocolate_factory.settings import PREFIX, Settings
from manual.markdown import code, page, table

ABOUT = (
    "Read from the environment at start; none is needed. What each is for stands under "
    "[Operations](../operations.md#settings); how to give keys as files, under "
    "[Keys](../how-to/keys.md)."
)


def settings_page() -> str:
    """Every setting with its kind, its limits and its default."""
    rows = [
        (code(PREFIX + name.upper()), field.description or "", _kind(field), _default(field))
        for name, field in Settings.model_fields.items()
    ]
    return page("Settings", ABOUT, table(("variable", "meaning", "kind", "default"), rows))


def _kind(field: FieldInfo) -> str:
    limits = [
        f"{word} {getattr(one, name):g}"
        for one in field.metadata
        for name, word in (("ge", "from"), ("gt", "above"), ("le", "to"), ("lt", "below"))
        if hasattr(one, name)
    ]
    return " ".join([_named(field.annotation), *limits])


def _named(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(code(str(value)) for value in get_args(annotation))
    if annotation is SecretStr:
        return "secret"
    if get_origin(annotation) is tuple:
        return "list, split by commas"
    given = [one for one in get_args(annotation) or (annotation,) if one is not NoneType]
    return " or ".join(str(one.__name__).lower() for one in given)


def _default(field: FieldInfo) -> str:
    value = field.default
    return "none" if value in (None, "", (), SecretStr("")) else code(str(value))
