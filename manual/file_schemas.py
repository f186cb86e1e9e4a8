"""The pages of the files a user writes, from the models that read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from chocolate_factory.app.site_files import SiteFile
from chocolate_factory.market.contract_file import FixedFile, IndexedFile, PvpcFile
from chocolate_factory.planning.orders_file import OrdersFile
from chocolate_factory.planning.plant_file import PlantFile
from chocolate_factory.web.reference import kind
from manual.markdown import code, page, table

FILES: Mapping[str, type[BaseModel]] = {
    "The plant file": PlantFile,
    "The orders file": OrdersFile,
    "The contract file, indexed": IndexedFile,
    "The contract file, fixed": FixedFile,
    "The contract file, PVPC": PvpcFile,
    "The site file": SiteFile,
}
ABOUT = (
    "Every key as the program checks it. What a key means, with examples, is told in "
    "[Plant and orders](../plant-file.md), [Contract](../contract-file.md) and [Several sites]"
    "(../site-file.md); JSON Schemas, for editors, are "
    "[plant-file.schema.json](../plant-file.schema.json) and "
    "[site-file.schema.json](../site-file.schema.json)."
)


def files_page() -> str:
    """Each file with its keys, then its parts with theirs."""
    return page("Files", ABOUT, *(_file(title, model) for title, model in FILES.items()))


def parts(model: type[BaseModel]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The schema of the file, then those of its parts, each with its name."""
    schema = model.model_json_schema(by_alias=True)
    yield model.__name__, schema
    for name, part in schema.get("$defs", {}).items():
        if "properties" in part:
            yield name, part


def _file(title: str, model: type[BaseModel]) -> str:
    written = [f"## {title}"]
    for name, schema in parts(model):
        if name != model.__name__:
            written.append(f"### {name}")
        needed = schema.get("required", ())
        rows = [
            (code(key), code(_limited(entry)), _otherwise(key, entry, needed),
             entry.get("description", ""))
            for key, entry in schema["properties"].items()
        ]  # fmt: skip
        written += [schema.get("description", ""), table(("key", "kind", "else", "meaning"), rows)]
    return "\n\n".join(part for part in written if part)


def _limited(schema: Mapping[str, Any]) -> str:
    """The kind with the limits that JSON Schema knows."""
    whole = " or ".join(_limited(one) for one in schema.get("anyOf", ())) or kind(schema)
    words = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "pattern": "like"}
    return " ".join(
        [whole, *(f"{word} {schema[key]}" for key, word in words.items() if key in schema)]
    )


def _otherwise(key: str, entry: Mapping[str, Any], needed: Any) -> str:
    if key in needed:
        return "needed"
    default = entry.get("default")
    return code(str(default)) if default not in (None, {}, [], False) else "none"
