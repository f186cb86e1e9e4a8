"""Before every route: what may pass, how often, how large; and a note of what was changed by whom.

Every method but GET and HEAD is administrative, but for the paths of ``COMPUTING``. What the
paths of ``TOLD_IN_PRIVATE`` tell is not for everybody on the network. ``callers``
says who may; here it is enforced:

- every request names an address or a name of this server, whatever it asks for;
- an address may ask only so often and bring only so many bytes, said before or sent in chunks;
- a body is JSON, which no form of another site's page can send unasked;
- what is let in is noted durably before it is begun, else it is not begun, and then how it ended;
- what is refused is noted apart, so many of each address;
- what a page of another site, a foreign name or a proxy asks takes nothing of what its address may
  ask: else any page could keep the one who plans from accepting a plan.

What is only worked out is open to the local network as reading is, but not through a proxy and not
to a page of another site.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

from anyio import to_thread
from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chocolate_factory.errors import StoreError
from chocolate_factory.store.audit import Entry
from chocolate_factory.web import callers
from chocolate_factory.web.asked_site import PARAMETER, asked_site
from chocolate_factory.web.callers import Access, Refused
from chocolate_factory.web.frame import PROBLEM_JSON
from chocolate_factory.web.limits import Budget, TooLarge, TooSlow, once_more, whole_body
from chocolate_factory.web.problems import (
    TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
    in_language,
    meaning,
    problem,
)

log = logging.getLogger(__name__)

READING = frozenset({"GET", "HEAD"})
"""Methods that change nothing and are open to everybody."""

TOLD_IN_PRIVATE = frozenset({"/metrics"})
"""Paths that are read from the machine itself or with any token in force, and through no proxy."""

COMPUTING = {
    "/predict/energy-optimization": 16_384,
    "/predict/production-recommendation": 16_384,
    "/optimize/production/what-if": 262_144,
}
"""Paths whose POST changes nothing, and how long a question to them may be [bytes]."""

LONGEST_HEAD = 16_384
"""How long path, query and headers of a request may be together [bytes]."""

LONGEST_BODY = 65_536
"""How long the body of an administrative request may be [bytes]."""

BODY_WITHIN_S = 10.0
"""How long a body may take to come [s]."""

OPEN_BURST, OPEN_PER_S = 500, 50.0
"""What another machine may read and ask: so many at once, then so many per second."""

CHANGING_BURST, CHANGING_PER_S = 60, 1.0
"""Administrative requests of one address, this machine included, with a wrong token too; and how
many more of its refusals are noted."""


class Guard:
    """ASGI middleware. What it refuses is told as a problem.

    ``stored`` is awaited before an administrative request that is done is answered: who wrote
    reads what was written. ``changed`` is called when one has ended, however it did.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        seconds: Callable[[], float] = time.monotonic,
        changed: Callable[[], None] = lambda: None,
        stored: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.app = app
        self.access = access
        self._stored = stored
        self._changed = changed
        self._open = Budget(OPEN_BURST, OPEN_PER_S, seconds)
        self._changing = Budget(CHANGING_BURST, CHANGING_PER_S, seconds)
        self._noted = Budget(CHANGING_BURST, CHANGING_PER_S, seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            _short_head(scope)
            if scope["method"] in READING:
                self._read(scope)
                if scope["path"] in TOLD_IN_PRIVATE:
                    await to_thread.run_sync(self._in_private, scope)
            elif scope["method"] == "POST" and scope["path"] in COMPUTING:
                receive = await self._ask(scope, receive)
            else:
                entry, receive = await self._begin(scope, receive)
                await self._change(entry, scope, receive, send)
                return
        except Refused as refused:
            await _told(scope, refused)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _read(self, scope: Scope) -> None:
        callers.not_another_name(scope, self.access.names)
        if not callers.from_loopback(scope):
            _spend(self._open, scope)
        headers = Headers(scope=scope)
        if "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
            raise Refused(TOO_LARGE, "A request that reads brings no body.")

    def _in_private(self, scope: Scope) -> None:
        try:
            callers.caller(scope, self.access)
        except StoreError as fault:
            raise Refused(meaning(fault), str(fault)) from fault

    async def _ask(self, scope: Scope, receive: Receive) -> Receive:
        self._not_foreign(scope)
        if not callers.from_loopback(scope):
            _spend(self._open, scope)
        return await _with_body(scope, receive, most=COMPUTING[scope["path"]])

    async def _begin(self, scope: Scope, receive: Receive) -> tuple[Entry, Receive]:
        """Note that an administrative request is begun, or that and why it is refused."""
        entry = Entry(
            at=self.access.now(),
            who="unknown",
            role="",
            address=callers.address_of(scope),
            what=f"{scope['method']} {scope['path']}{_site()}",
            outcome="begun",
            request_id=scope["state"]["request_id"],
        )
        try:
            self._not_foreign(scope)
            _spend(self._changing, scope)
        except Refused as refused:
            if not self._noted.wait_s(entry.address):  # notes of a flood would be one
                await self._note_refused(replace(entry, outcome=str(refused.meaning.status)))
            raise
        try:
            asks = await to_thread.run_sync(callers.caller, scope, self.access)
            entry = replace(entry, who=asks.who, role=asks.role.value)
            callers.may(asks, scope["path"])
            scope["state"]["who"] = asks.who
            body = await _with_body(scope, receive, most=LONGEST_BODY)
            await to_thread.run_sync(self.access.done, entry)
        except Refused as refused:
            await self._note_refused(replace(entry, outcome=str(refused.meaning.status)))
            raise
        except StoreError as fault:
            log.error("not begun: %s", fault)
            raise Refused(meaning(fault), str(fault)) from fault
        return entry, body

    def _not_foreign(self, scope: Scope) -> None:
        """Raises ``Refused`` for a foreign name, a proxy, and a page of another site."""
        headers = Headers(scope=scope)
        callers.not_another_name(scope, self.access.names)
        callers.not_passed_on(headers)
        callers.not_from_elsewhere(scope, headers)

    async def _change(self, entry: Entry, scope: Scope, receive: Receive, send: Send) -> None:
        ended = replace(entry, outcome="failed")

        async def send_noting(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                led_to = Headers(raw=message["headers"]).get("location", "")
                ended = replace(ended, outcome=str(message["status"]), led_to=led_to)
                if message["status"] == HTTPStatus.OK and self._stored is not None:
                    await self._stored()
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        finally:
            self._changed()
            try:
                await to_thread.run_sync(self.access.done, replace(ended, at=self.access.now()))
            except StoreError as fault:
                log.error("how request %s ended is not noted: %s", entry.request_id, fault)

    async def _note_refused(self, entry: Entry) -> None:
        try:
            await to_thread.run_sync(self.access.refused, entry)
        except StoreError as fault:
            log.error("a refusal is not noted: %s", fault)


def _site() -> str:
    """Whose plant is meant, as the request said it or would have; nothing where there is one."""
    return f"?{PARAMETER}={asked_site()}" if asked_site() else ""


def _short_head(scope: Scope) -> None:
    length = len(scope["path"]) + len(scope["query_string"])
    if length + sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEAD:
        raise Refused(TOO_LARGE, f"Path, query and headers may have {LONGEST_HEAD} bytes together.")


def _spend(budget: Budget, scope: Scope) -> None:
    wait_s = budget.wait_s(callers.address_of(scope))
    if wait_s:
        after = math.ceil(wait_s)
        raise Refused(
            TOO_MANY,
            f"This address asks too often: ask again in {after} s.",
            {"Retry-After": str(after)},
        )


async def _with_body(scope: Scope, receive: Receive, *, most: int) -> Receive:
    """A ``receive`` that gives the body, read whole and found to be small JSON, or nothing."""
    headers = Headers(scope=scope)
    too_large = Refused(TOO_LARGE, f"The body may have at most {most} bytes.")
    said = headers.get("content-length", "0")
    if not (said.isascii() and said.isdecimal() and int(said) <= most):
        raise too_large
    try:
        body = await whole_body(receive, most=most, within_s=BODY_WITHIN_S)
    except TooLarge:
        raise too_large from None
    except TooSlow:
        raise Refused(TOO_SLOW, f"The body has to be there within {BODY_WITHIN_S:g} s.") from None
    callers.only_json(headers, body)
    return once_more(body, receive)


def _told(scope: Scope, refused: Refused) -> Response:
    told = problem(
        refused.meaning,
        refused.why,
        path=scope["path"],
        request_id=scope["state"]["request_id"],
    )
    asked = QueryParams(scope["query_string"]).get("lang")
    said, spoken = in_language(told, "es" if asked == "es" else "en")
    return Response(
        said.model_dump_json(),
        told.status,
        headers={**refused.headers, "Content-Language": spoken},
        media_type=PROBLEM_JSON,
    )
