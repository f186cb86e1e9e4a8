"""What an error means on the wire: one table from error to HTTP status, told as RFC 9457.

The text of a ``FactoryError`` is fit for a user and is passed on; anything else is told as an
unexpected error without its text, which stays in the log under the request id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from chocolate_factory.errors import (
    ArtefactInvalid,
    Busy,
    DocumentInvalid,
    FactoryError,
    FileRefused,
    Infeasible,
    MissingData,
    ModelNotFitted,
    NoForecast,
    NoPlan,
    NotNow,
    NotPublished,
    RequestInvalid,
    SeriesInvalid,
    SettingsInvalid,
    SolverFailed,
    SourceChanged,
    SourceError,
    SourceRejected,
    SourceUnavailable,
    StoreError,
    Unknown,
)
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.market.refusals import refusal
from chocolate_factory.web.schemas import Problem
from chocolate_factory.web.texts import Language
from chocolate_factory.web.wording import WORDS

AnswerProblem = Callable[[Request, Problem, dict[str, str]], Response]
"""How a problem is answered, with further headers: as a page or as it is."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a kind of error is told: HTTP status, and the name its type and title go by."""

    name: str
    status: int


_EXPLAINED = "/docs#"
_SAID_IN = {"untried": None, "ways_out": "text", "errors": "reason"}
"""Members besides the reasons that say something: as they are, or under this key of each."""

INVALID_REQUEST = Meaning("invalid-request", 422)

MEANINGS: dict[type[FactoryError], Meaning] = {
    SourceUnavailable: Meaning("source-unavailable", 502),
    SourceRejected: Meaning("source-rejected", 502),
    NotPublished: Meaning("not-published", 503),
    SourceChanged: Meaning("source-changed", 502),
    SourceError: Meaning("source-error", 502),
    FileRefused: Meaning("file-refused", 422),
    MissingData: Meaning("missing-data", 503),
    SeriesInvalid: Meaning("series-invalid", 500),
    StoreError: Meaning("store-error", 503),
    DocumentInvalid: Meaning("document-invalid", 422),
    Infeasible: Meaning("infeasible", 409),
    SolverFailed: Meaning("solver-failed", 500),
    ModelNotFitted: Meaning("model-not-fitted", 503),
    NoForecast: Meaning("no-forecast", 503),
    NoPlan: Meaning("no-plan", 503),
    ArtefactInvalid: Meaning("artefact-invalid", 500),
    SettingsInvalid: Meaning("settings-invalid", 500),
    RequestInvalid: INVALID_REQUEST,
    Unknown: Meaning("unknown", 404),
    NotNow: Meaning("not-now", 409),
    Busy: Meaning("busy", 503),
    FactoryError: Meaning("factory-error", 500),
}
"""The error table. A class without its own entry is told as its nearest ancestor's."""

NOT_READY = Meaning("not-ready", 503)
UNEXPECTED = Meaning("unexpected", 500)
NOT_LOCAL = Meaning("not-local", 403)
UNKNOWN_TOKEN = Meaning("unknown-token", 401)
OTHER_ROLE = Meaning("other-role", 403)
OTHER_NAME = Meaning("other-name", 421)
NOT_JSON = Meaning("not-json", 415)
TOO_LARGE = Meaning("too-large", 413)
TOO_SLOW = Meaning("too-slow", 408)
TOO_MANY = Meaning("too-many", 429)
UNKNOWN_SITE = Meaning("unknown-site", 404)
OTHERS = (
    NOT_READY,
    INVALID_REQUEST,
    NOT_LOCAL,
    UNKNOWN_TOKEN,
    OTHER_ROLE,
    OTHER_NAME,
    NOT_JSON,
    TOO_LARGE,
    TOO_SLOW,
    TOO_MANY,
    UNKNOWN_SITE,
    UNEXPECTED,
)
"""What can go wrong besides a ``FactoryError``."""


def meaning(error: FactoryError) -> Meaning:
    """The table's entry for an error."""
    return next(MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS)


def problem(what: Meaning, detail: str, *, path: str, request_id: str, **members: Any) -> Problem:
    """An error as it goes out, in English; ``members`` are the extra ones of its type."""
    return Problem(
        type=f"{_EXPLAINED}{what.name}",
        title=WORDS["en"].text(f"problem.{what.name}"),
        status=what.status,
        detail=detail,
        instance=path,
        request_id=request_id,
        **members,
    )


def in_language(told: Problem, language: Language) -> tuple[Problem, Language]:
    """The problem as it is said in ``language``, and the one it is in then: one whose detail has no
    known form stays in English as a whole."""
    if language == "en" or not told.type.startswith(_EXPLAINED):
        return told, "en"
    words = WORDS[language]
    listed = next((name for name in ("reasons", "problems") if getattr(told, name, None)), None)
    said, spoken = words.notes([told.detail] if listed is None else getattr(told, listed))
    members: dict[str, Any] = {} if listed is None else {listed: list(said)}
    for name, text in _SAID_IN.items():
        given = [one if text is None else one[text] for one in getattr(told, name, ())]
        others, also = words.notes(given)
        spoken = spoken if also == language else also
        members[name] = [
            other if text is None else {**one, text: other}
            for one, other in zip(getattr(told, name, ()), others, strict=True)
        ]
    if spoken != language:
        return told, "en"
    title = words.text(f"problem.{told.type.removeprefix(_EXPLAINED)}")
    members = {name: value for name, value in members.items() if hasattr(told, name)}
    detail = "\n".join(said)
    return told.model_copy(update={"title": title, "detail": detail, **members}), language


def of_factory_error(error: FactoryError, *, path: str, request_id: str) -> Problem:
    """A ``FactoryError`` with its text and what it knows about itself."""
    return problem(meaning(error), str(error), path=path, request_id=request_id, **_members(error))


def of_http_error(error: HTTPException, *, path: str, request_id: str) -> Problem:
    """What the web framework itself refuses: unknown paths, wrong methods, unreadable bodies."""
    if error.status_code == HTTPStatus.BAD_REQUEST:
        what = "The body cannot be read: send JSON in UTF-8."
        return problem(INVALID_REQUEST, what, path=path, request_id=request_id)
    details = {
        404: f"There is nothing at {path}. What there is: /docs",
        405: f"{path} cannot be used with this method.",
    }
    return Problem(
        type="about:blank",
        title=HTTPStatus(error.status_code).phrase,
        status=error.status_code,
        detail=details.get(error.status_code, str(error.detail)),
        instance=path,
        request_id=request_id,
    )


def of_invalid_request(error: RequestValidationError, *, path: str, request_id: str) -> Problem:
    """Parameters that do not fit; ``errors`` lists each with the reason."""
    errors = [
        {"where": ".".join(str(step) for step in issue["loc"]), "reason": refusal(issue)}
        for issue in error.errors()
    ]
    detail = "; ".join(f"{issue['where']}: {issue['reason']}" for issue in errors)
    return problem(INVALID_REQUEST, detail, path=path, request_id=request_id, errors=errors)


def _members(error: FactoryError) -> Mapping[str, Any]:
    if isinstance(error, MissingData):
        gaps = [
            {"start": utc_iso(gap.start), "end": utc_iso(gap.end), "missing": gap.missing}
            for gap in error.gaps
        ]
        return {"series": error.series, "gaps": gaps}
    if isinstance(error, Infeasible):
        return {
            "reasons": list(error.reasons),
            "ways_out": [asdict(way) for way in error.ways_out],
            "untried": list(error.untried),
        }
    if isinstance(error, DocumentInvalid):
        return {"problems": list(error.problems)}
    if isinstance(error, SourceError):
        return {"source": error.source}
    return {}
