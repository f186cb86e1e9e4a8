"""What the OpenAPI document says of every path alike: errors are problems, what guards it,
and what its answers lead to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI

from chocolate_factory.web.asked_site import PARAMETER, SiteName
from chocolate_factory.web.frame import PROBLEM_JSON
from chocolate_factory.web.guard import COMPUTING, READING, TOLD_IN_PRIVATE
from chocolate_factory.web.links import add_links

_PROBLEM = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_LIMITS = {
    "408": "The body did not come in time",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "429": "This address asks too often; `Retry-After` says when again",
}
_HAS_IT = "The caller has it already, by `If-None-Match` and the `ETag` it was told"
_ASKING = {"403": "Through a proxy, or from another site's page", **_LIMITS}
_CHANGING = {
    "401": "The token is not one in force",
    "403": "Neither from the machine itself nor with a token whose role allows it, or through a "
    "proxy, or from another site's page",
    **_LIMITS,
}
_TOKEN = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "Not needed by programs on the machine itself",
    }
}


_NO_SUCH_SITE = "No such site; `sites` names those there are. Or what else the path may not find"
OF_ALL_SITES = frozenset(
    {
        *("/health", "/ready", "/version", "/access", "/sites", "/fleet", "/overview"),
        *("/models/status-direct", "/models/train", "/predict/prices/train"),
        *("/models/backtest", "/models/backtest/complete", "/models/validate"),
    }
)
"""Paths that answer alike whatever the site."""


def has_to_name_site(method: str, path: str) -> bool:
    """Whether a request changes one plant: of several it must not be guessed."""
    return method not in READING and path not in COMPUTING and path not in OF_ALL_SITES


def describe(app: FastAPI, sites: Sequence[SiteName]) -> None:
    """Add to the OpenAPI document what holds for every path; ``sites`` if there are several."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain(), [site.name for site in sites])
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _completed(document: dict[str, Any], sites: Sequence[str]) -> dict[str, Any]:
    document["components"]["securitySchemes"] = _TOKEN
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            replies = operation["responses"]
            if sites and path not in OF_ALL_SITES:
                operation.setdefault("parameters", []).append(_site(sites, method, path))
                replies["404"] = {"description": _NO_SUCH_SITE, "content": _PROBLEM}
            for status, reply in replies.items():
                bodies = list(reply.get("content", {}).values())
                if int(status) >= 400 and bodies:
                    reply["content"] = {PROBLEM_JSON: bodies[0]}
            if method.upper() in READING:
                if path != "/dashboard/events":
                    replies["304"] = {"description": _HAS_IT}
            else:
                guarded = _ASKING if path in COMPUTING else _CHANGING
                replies |= {
                    status: {"description": said, "content": _PROBLEM}
                    for status, said in guarded.items()
                }
                if path not in COMPUTING:
                    operation["security"] = [{}, {"token": []}]
            operation["responses"] = dict(sorted(replies.items()))
            if path in TOLD_IN_PRIVATE:
                operation["security"] = [{}, {"token": []}]
    add_links(document)
    return document


def _site(names: Sequence[str], method: str, path: str) -> dict[str, Any]:
    required = len(names) > 1 and has_to_name_site(method.upper(), path)
    return {
        "name": PARAMETER,
        "in": "query",
        "required": required,
        "schema": {"type": "string", "title": "Site", "enum": list(names)},
        "description": "Whose plant" + ("" if required else f"; without it, {names[0]}"),
    }
