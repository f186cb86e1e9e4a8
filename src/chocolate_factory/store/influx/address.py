"""Where an InfluxDB store is: ``influxdb://host:8086/ORGANIZATION/BUCKET-PREFIX``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from chocolate_factory.errors import StoreError

EXAMPLE = "influxdb://localhost:8086/my-org/factory"
"""What the URL of such a store looks like."""

DEFAULT_PORT = 8086
SCHEMES = {"influxdb": "http", "influxdbs": "https"}
"""Schemes of such URLs, and the protocol each means."""
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Address:
    """A server, an organization, and the names of the three buckets of one plant.

    ``runs`` has a bucket of its own because it is the only one of which anything is ever deleted.
    """

    server: str
    organization: str
    prefix: str

    @property
    def observations(self) -> str:
        """The bucket of what sources said."""
        return f"{self.prefix}-observations"

    @property
    def versions(self) -> str:
        """The bucket of forecasts, their scores, plans and events."""
        return f"{self.prefix}-versions"

    @property
    def runs(self) -> str:
        """The bucket of the runs of jobs."""
        return f"{self.prefix}-runs"

    @property
    def buckets(self) -> tuple[str, str, str]:
        """All three."""
        return self.observations, self.versions, self.runs

    def __str__(self) -> str:
        return f"InfluxDB at {self.server}, organization {self.organization}, {self.prefix}-*"


def address_of(url: str) -> Address:
    """The address a URL names.

    ``influxdbs://`` or ``?tls=true`` means HTTPS. The organization may be percent-encoded. Raises
    ``StoreError``, without repeating the URL, if it is not understood or holds a token.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        raise _not_understood("the address of the server is not one") from None
    if parts.scheme not in SCHEMES:
        raise _not_understood("it begins with another word")
    if parts.username is not None or parts.password is not None:
        raise _not_understood("the token does not belong into it, it is a setting of its own")
    path = [unquote(part) for part in parts.path.split("/")[1:]]
    if not host or len(path) != 2 or not path[0] or _PREFIX.fullmatch(path[1]) is None:
        raise _not_understood("a part is missing, or the prefix has odd characters")
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    tls = asked.pop("tls", "false")
    if asked or tls not in ("true", "false") or parts.fragment:
        raise _not_understood("after the path only ?tls=true may follow")
    protocol = "https" if tls == "true" else SCHEMES[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    return Address(f"{protocol}://{shown}:{port}", path[0], path[1])


def _not_understood(why: str) -> StoreError:
    return StoreError(
        f"not the URL of an InfluxDB store: {why}. Write one like {EXAMPLE}: server, organization, "
        "and what the names of the buckets begin with (letters, digits, dots, dashes)"
    )
