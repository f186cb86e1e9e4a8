"""One message to the addresses the user configured, through apprise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apprise import Apprise

from chocolate_factory.errors import SourceRejected, SourceUnavailable


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: a title and a few lines of plain text."""

    title: str
    body: str


def deliver(message: Message, urls: Sequence[str]) -> None:
    """Send ``message`` to every address (e-mail, Telegram, ntfy, webhook … as apprise names them).

    Raises ``SourceRejected`` if an address is not understood, ``SourceUnavailable`` if one or more
    could not be reached. Addresses may hold secrets: errors name their place in the list only.
    """
    unreached = []
    for place, url in enumerate(urls, start=1):
        target = Apprise()
        if not target.add(url):
            raise SourceRejected("notify", f"address {place} of the list is not understood")
        if not target.notify(title=message.title, body=message.body):
            unreached.append(str(place))
    if unreached:
        raise SourceUnavailable("notify", f"address {', '.join(unreached)} could not be reached")
