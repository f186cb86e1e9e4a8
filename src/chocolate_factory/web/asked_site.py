"""WHOSE PLANT A REQUEST IS ABOUT: ``?site=NAME``, where there are several.

Without it, what reads is about the first; what changes one plant has to name it.

The site is kept beside the request while it is served, threads included; whatever is handed out by
``at_asked_site`` is that site's. Routes know nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar, cast
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chocolate_factory.web.problems import INVALID_REQUEST, UNKNOWN_SITE, AnswerProblem, problem

T = TypeVar("T")

PARAMETER = "site"

_asked: ContextVar[str] = ContextVar("asked_site", default="")


@dataclass(frozen=True, slots=True)
class SiteName:
    """One of several sites: as addresses call it, and as people do."""

    name: str
    title: str


def asked_site() -> str:
    """The name of the site that is asked about; empty where there is only one."""
    return _asked.get()


class OfEach(Generic[T]):
    """One of a thing for each site, made when it is first asked about."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[str, T] = {}
        self._lock = Lock()

    def __call__(self) -> T:
        """That of the site asked about."""
        name = asked_site()
        if name not in self._made:
            with self._lock:
                if name not in self._made:
                    self._made[name] = self._make()
        return self._made[name]

    def every(self) -> Iterator[T]:
        """All that were made so far."""
        return iter(tuple(self._made.values()))


def at_asked_site(own: Callable[[], T]) -> T:
    """What has every attribute of ``own()``, looked up afresh each time it is used."""
    return cast(T, _Passing(own))


class _Passing:
    def __init__(self, own: Callable[[], object]) -> None:
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own(), name)


class AtSite:
    """ASGI middleware: every request is about the site that it names, or the first.

    One whose method and path ``has_to_name`` it is about none without, if there are several.
    Whether there is one of that name says ``OnlyKnown``, once the guard has let it in.
    """

    def __init__(
        self, app: ASGIApp, sites: Sequence[SiteName], has_to_name: Callable[[str, str], bool]
    ) -> None:
        self.app = app
        self._first = sites[0].name
        self._several = len(sites) > 1
        self._has_to_name = has_to_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = _named(scope) or [self._unnamed(scope)]
        token = _asked.set(f"&{PARAMETER}=".join(asked))  # the name of none, if there are several
        try:
            await self.app(scope, receive, send)
        finally:
            _asked.reset(token)

    def _unnamed(self, scope: Scope) -> str:
        nobody = self._several and self._has_to_name(scope["method"], scope["path"])
        return "" if nobody else self._first


class OnlyKnown:
    """ASGI middleware inside the guard: what is about none of ``sites`` is a problem, 404 if it
    names another and 422 if it names none."""

    def __init__(self, app: ASGIApp, sites: Sequence[SiteName], answer: AnswerProblem) -> None:
        self.app = app
        self._answer = answer
        self._names = tuple(site.name for site in sites)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and asked_site() not in self._names:
            await self._about_none(scope)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _about_none(self, scope: Scope) -> Response:
        name, names = asked_site()[:40], ", ".join(self._names)
        what, why = UNKNOWN_SITE, f"site: {name!r} is none, or named twice; there are {names}"
        if not _named(scope):
            what, why = INVALID_REQUEST, f"site: say whose plant with ?{PARAMETER}=: {names}"
        told = problem(
            what,
            why,
            path=scope["path"],
            request_id=scope["state"]["request_id"],
            sites=list(self._names),
        )
        token = _asked.set(self._names[0])
        try:
            return self._answer(Request(scope), told, {})
        finally:
            _asked.reset(token)


def _named(scope: Scope) -> list[str]:
    given = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return given.get(PARAMETER, [])
