"""The page of the HTTP interface, from the OpenAPI document of the application."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chocolate_factory.app.factory import open_factory
from chocolate_factory.app.serving import build_web
from chocolate_factory.cli.root import now
from chocolate_factory.jobs import alone
from chocolate_factory.settings import load_settings
from chocolate_factory.web.reference import Operation, Record, operations, records
from manual.markdown import code, page, table

ABOUT = (
    "Every path the server answers, and every record it answers with. The running server shows the "
    "same at `/docs`, and as an OpenAPI document at `/openapi.json`. Who may change something, and "
    "how often one may ask, is told under [Operations](../operations.md#who-may-change-something)."
)


def document() -> dict[str, Any]:
    """The OpenAPI document of the application over an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder), store_url="", cluster_url="")
        with open_factory(settings) as factory:
            return build_web(alone(factory), now, catch_up=False).openapi()


def http_page(openapi: Mapping[str, Any]) -> str:
    """Paths by their subject, then the records by name."""
    subjects: dict[str, list[Operation]] = {}
    for operation in operations(openapi):
        entry = openapi["paths"][operation.path][operation.method.lower()]
        subjects.setdefault(entry["tags"][0], []).append(operation)
    paths = [
        part
        for subject, group in subjects.items()
        for part in (f"## {subject.capitalize()}", *(_operation(one) for one in group))
    ]
    return page(
        "HTTP interface", f"{ABOUT}\n\n{openapi['info']['description']}", *paths,
        "## Records", *(_record(one) for one in records(openapi)),
    )  # fmt: skip


def _operation(operation: Operation) -> str:
    parts = [
        f"### {operation.method} {operation.path}",
        f"**{operation.summary}.** {operation.description}".strip(),
        table(
            ("parameter", "in", "kind", "meaning"),
            [(code(one.name), one.where, _linked(one.kind), one.description)
             for one in operation.parameters],
        ),
        f"Body: {_linked(operation.body)}" if operation.body else "",
        table(
            ("answer", "", "as", "record"),
            [(one.status, one.description, code(one.media_type), _linked(one.record))
             for one in operation.replies],
        ),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _record(record: Record) -> str:
    members = table(
        ("member", "kind", "meaning", "example"),
        [(code(one.name), _linked(one.kind), one.description, code(one.example))
         for one in record.members],
    )  # fmt: skip
    heading = f"### {record.name} {{#{record.name.lower()}}}"
    return "\n\n".join(part for part in (heading, record.description, members) if part)


def _linked(kind: str) -> str:
    """A kind in which records lead to their place; values stand in quotation marks."""
    return re.sub(
        r"“[^”]*”|\b[A-Z]\w+\b",
        lambda said: said[0] if said[0].startswith("“") else f"[{said[0]}](#{said[0].lower()})",
        kind,
    )
