"""Messages to the addresses the user configured, through apprise."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from apprise import Apprise

from chocolate_factory.errors import SourceRejected


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: a title and a few lines of plain text."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where messages go: e-mail, Telegram, ntfy, a webhook … as apprise names them.

    ``mark`` tells it from the others, wherever in the list it stands. It is made of the address as
    apprise shows it without its passwords, so that a new password makes no new address.
    """

    mark: str
    target: Apprise

    def take(self, message: Message) -> bool:
        """Send ``message``; whether it went out."""
        return bool(self.target.notify(title=message.title, body=message.body))


def understood(urls: Sequence[str]) -> tuple[Address, ...]:
    """Every address of a list, in its order; nothing is sent.

    Raises ``SourceRejected`` if an address is not understood. Addresses may hold secrets: errors
    name their place in the list only.
    """
    addresses = []
    alike: Counter[str] = Counter()
    for place, url in enumerate(urls, start=1):
        target = Apprise()
        if not target.add(url):
            hint = " (install the extra chocolate-factory[mqtt])" if url.startswith("mqtt") else ""
            raise SourceRejected("notify", f"address {place} of the list is not understood{hint}")
        shown = " ".join(str(service.url(privacy=True)) for service in target)  # type: ignore[no-untyped-call]
        alike[shown] += 1
        text = f"{shown} {alike[shown]}"
        addresses.append(Address(hashlib.sha256(text.encode()).hexdigest()[:8], target))
    return tuple(addresses)
