"""The OpenAPI document as rows to read: operations and the records they answer with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """What can be asked for."""

    name: str
    where: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One status an operation answers with; ``record`` names its body if it is a record."""

    status: str
    description: str
    media_type: str
    record: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One path with one method; ``body`` names the record it may be sent, empty if none."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a record."""

    name: str
    kind: str
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object of the interface."""

    name: str
    description: str
    members: tuple[Member, ...]


def operations(openapi: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Every operation, in the order of the document."""
    return tuple(
        Operation(
            method=method.upper(),
            path=path,
            summary=entry.get("summary", ""),
            description=entry.get("description", ""),
            parameters=tuple(_parameter(p) for p in entry.get("parameters", ())),
            body=_body(entry),
            replies=tuple(_reply(status, r) for status, r in entry["responses"].items()),
        )
        for path, methods in openapi["paths"].items()
        for method, entry in methods.items()
    )


def records(openapi: Mapping[str, Any]) -> tuple[Record, ...]:
    """Every record of the interface by name."""
    return tuple(
        Record(
            name=name,
            description=schema.get("description", ""),
            members=tuple(
                Member(
                    name=member,
                    kind=kind(entry),
                    description=entry.get("description", ""),
                    example=str(entry["examples"][0]) if entry.get("examples") else "",
                )
                for member, entry in schema.get("properties", {}).items()
            ),
        )
        for name, schema in sorted(openapi["components"]["schemas"].items())
    )


def kind(schema: Mapping[str, Any]) -> str:
    """A JSON schema in a few words: ``number or null``, ``array of Hour``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(kind(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"“{value}”" for value in schema["enum"])
    if "const" in schema:
        return f"“{schema['const']}”"
    if schema.get("type") == "array":
        items = schema.get("items")
        return f"array of {kind(items)}" if items else "array"
    named = str(schema.get("type", "any"))
    return f"{named} ({schema['format']})" if "format" in schema else named


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    return Parameter(entry["name"], entry["in"], kind(entry["schema"]), entry["description"])


def _body(entry: Mapping[str, Any]) -> str:
    for body in entry.get("requestBody", {}).get("content", {}).values():
        options = body["schema"].get("anyOf", [body["schema"]])
        return next((kind(option) for option in options if "$ref" in option), "")
    return ""


def _reply(status: str, entry: Mapping[str, Any]) -> Reply:
    for media_type, body in entry.get("content", {}).items():
        record = kind(body["schema"]) if "$ref" in body.get("schema", {}) else ""
        return Reply(status, entry["description"], media_type, record)
    return Reply(status, entry["description"], "", "")
