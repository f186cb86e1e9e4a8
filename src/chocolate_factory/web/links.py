"""What an answer leads to, for the OpenAPI document: which value of it goes where next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Link:
    """From a value of an answer, by JSON pointer, to a parameter or a key of the next body."""

    name: str
    value: str
    to: tuple[str, str]
    parameter: str = ""
    key: str = ""


_JOB = ("get", "/jobs/{job_id}")
_UNDO = ("post", "/plan/undo")
_TOLD = Link("undo", "/event_id", _UNDO, key="event_id")
_ACKNOWLEDGE = ("post", "/insights/alerts/{alert_id}/acknowledge")
_SEEN = Link("acknowledge", "/holding/0/alert_id", _ACKNOWLEDGE, parameter="alert_id")

LINKS: dict[tuple[str, str], tuple[Link, ...]] = {
    ("get", "/jobs"): (Link("newest", "/runs/0/id", _JOB, parameter="job_id"),),
    ("get", "/plan"): (
        Link("accept", "/proposal/plan_id", ("post", "/plan/accept"), key="plan_id"),
        Link("pin", "/in_force/plan/blocks/0/batch", ("post", "/plan/pin"), key="batch"),
        Link("undo", "/in_force/event_id", _UNDO, key="event_id"),
    ),
    ("post", "/plan/accept"): (_TOLD,),
    ("post", "/plan/pin"): (_TOLD,),
    ("post", "/plan/started"): (_TOLD,),
    ("get", "/dashboard/alerts"): (_SEEN,),
    ("get", "/insights/alerts"): (_SEEN,),
}
"""By method and path. Whatever is answered with 202 leads to its job besides."""


def add_links(document: dict[str, Any]) -> None:
    """Write ``LINKS`` into an OpenAPI document, and the job of what is begun."""
    paths = document["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            for link in LINKS.get((method, path), ()):
                _add(operation["responses"]["200"], link, paths)
            begun = operation["responses"].get("202", {})
            if "Location" in begun.get("headers", {}):
                _add(begun, Link("progress", "/id", _JOB, parameter="job_id"), paths)


def _add(reply: dict[str, Any], link: Link, paths: dict[str, Any]) -> None:
    method, path = link.to
    told: dict[str, Any] = {"operationId": paths[path][method]["operationId"]}
    value = f"$response.body#{link.value}"
    if link.parameter:
        told["parameters"] = {link.parameter: value}
    else:
        told["requestBody"] = {link.key: value}
    reply.setdefault("links", {})[link.name] = told
