"""One message to the addresses the user configured, through apprise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apprise import Apprise

from chocolate_factory.errors import SourceRejected


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: a title and a few lines of plain text."""

    title: str
    body: str


def understood(urls: Sequence[str]) -> tuple[Apprise, ...]:
    """What sends to each address; nothing is sent.

    Raises ``SourceRejected`` if an address is not understood. Addresses may hold secrets: errors
    name their place in the list only.
    """
    targets = []
    for place, url in enumerate(urls, start=1):
        target = Apprise()
        if not target.add(url):
            hint = " (install the extra chocolate-factory[mqtt])" if url.startswith("mqtt") else ""
            raise SourceRejected("notify", f"address {place} of the list is not understood{hint}")
        targets.append(target)
    return tuple(targets)


def deliver(message: Message, urls: Sequence[str]) -> tuple[int, ...]:
    """Send ``message`` to every address (e-mail, Telegram, ntfy, webhook … as apprise names them).

    Returns the places in ``urls``, from 1, of those that could not be reached. Raises
    ``SourceRejected`` if an address is not understood; then nothing is sent.
    """
    return tuple(
        place
        for place, target in enumerate(understood(urls), start=1)
        if not target.notify(title=message.title, body=message.body)
    )
