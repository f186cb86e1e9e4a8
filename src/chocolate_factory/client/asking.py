"""One connection to a server: requests out, typed answers or errors back.

What was answered with a tag is kept and asked for again by it: an answer that has not changed
crosses the wire once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from chocolate_factory.errors import ServerRefused, ServerUnreachable
from chocolate_factory.web.schemas import Problem

Answer = TypeVar("Answer", bound=BaseModel)
Parameters = Mapping[str, str | int | float]

MOST_KEPT = 32
"""So many tagged answers are kept."""


class Connection:
    """Asks one server. Not to be shared by threads.

    Parameters
    ----------
    address
        As in ``http://127.0.0.1:8000``.
    token
        What ``chocolate-factory token create`` printed; not needed on the server's own machine.
    site
        The one of several sites that everything asked is about; None: the only one, or for what
        reads the first.
    language
        ``en`` or ``es``: of the texts in answers and files.
    timeout_s
        How long an answer may take [s].
    transport
        Takes the place of the network.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        site: str | None = None,
        language: str = "en",
        timeout_s: float = 30.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        headers = {"Accept-Language": language}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx2.Client(
            base_url=address,
            headers=headers,
            params={} if site is None else {"site": site},
            timeout=timeout_s,
            transport=transport,
            trust_env=False,  # a proxy of the environment would be refused by the server
        )
        self._kept: OrderedDict[str, httpx2.Response] = OrderedDict()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def read(self, path: str, model: type[Answer], asked: Parameters | None = None) -> Answer:
        """What ``GET path`` answers, as ``model``; keys that it does not know are left out."""
        return _typed(self._get(path, asked), model)

    def fetch(self, path: str, asked: Parameters | None = None) -> bytes:
        """The bytes of the file that ``GET path`` answers with."""
        return self._get(path, asked).content

    def send(
        self,
        path: str,
        model: type[Answer],
        *,
        asked: Parameters | None = None,
        body: BaseModel | None = None,
    ) -> Answer:
        """What ``POST path`` answers, as ``model``. ``body`` is sent as JSON."""
        content, headers = None, {}
        if body is not None:
            content = body.model_dump_json(by_alias=True, exclude_unset=True)
            headers = {"Content-Type": "application/json"}
        return _typed(
            self._ask("POST", path, params=asked, content=content, headers=headers), model
        )

    def _get(self, path: str, asked: Parameters | None) -> httpx2.Response:
        place = str(httpx2.URL(path, params=dict(asked or {})))
        kept = self._kept.get(place)
        headers = {} if kept is None else {"If-None-Match": kept.headers["ETag"]}
        answer = self._ask("GET", path, params=asked, headers=headers)
        if answer.status_code == httpx2.codes.NOT_MODIFIED and kept is not None:
            self._kept.move_to_end(place)
            return kept
        if "ETag" in answer.headers:
            self._kept[place] = answer
            self._kept.move_to_end(place)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return answer

    def _ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        try:
            answer = self._http.request(method, path, **more)
        except (httpx2.TransportError, httpx2.InvalidURL) as fault:
            raise ServerUnreachable(
                f"{self._http.base_url}: no answer to {method} {path} "
                f"({fault or type(fault).__name__}); is `chocolate-factory serve` running there?"
            ) from fault
        if answer.status_code >= httpx2.codes.BAD_REQUEST:
            raise _refusal(answer)
        return answer


def _typed(answer: httpx2.Response, model: type[Answer]) -> Answer:
    try:
        return model.model_validate_json(answer.content, extra="ignore")
    except ValidationError as fault:
        raise ServerUnreachable(
            f"{answer.url} answers something else than {model.__name__}: is it a server of this "
            "version?"
        ) from fault


def _refusal(answer: httpx2.Response) -> ServerRefused:
    try:
        told = Problem.model_validate_json(answer.content)
    except ValidationError:
        return ServerRefused(
            status=answer.status_code,
            kind="",
            title=answer.reason_phrase,
            detail=f"{answer.url} told nothing more",
            request_id=answer.headers.get("X-Request-ID", ""),
        )
    return ServerRefused(
        status=told.status,
        kind=told.type.rpartition("#")[2],
        title=told.title,
        detail=told.detail,
        request_id=told.request_id,
    )
