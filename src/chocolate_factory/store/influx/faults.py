"""What goes wrong with a server, in words a user can act on. Never a header: one is the token."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chocolate_factory.errors import StoreError
from chocolate_factory.store.influx.address import Address

_LONGEST = 300

_PARTLY = (
    "What was being stored may be there in part; repeat it, what is there already does no harm."
)
_BY_STATUS = {
    401: "refuses the token. Give one that may read and write the buckets {buckets} of this "
    "organization (CHOCOLATE_FACTORY_STORE_TOKEN), or an all-access one for the first start, "
    "which creates them.",
    404: "does not know the organization or one of the buckets {buckets} ({said}). Correct the "
    "name; start again to have missing buckets created.",
    413: "takes no request of this size. Raise the limit of the proxy in front of it.",
    429: "asks for patience: {wait}.",
    503: "is overloaded or starting: {wait}.",
}
_BY_STATUS[403] = _BY_STATUS[401]
_BY_TEXT = {
    "retention policy": "refuses old values: a bucket keeps them for a limited time only. Set the "
    "retention of {buckets} to never.",
    "field type conflict": "holds something else in the buckets {buckets}, or an older version's "
    "data. Name another bucket prefix ({said}).",
    "no space left": "cannot grow: its disk is full. Make room.",
    "cache-max-memory-size": "is overloaded: its cache is full; {wait}.",
}


def driver(module: str = "influxdb_client") -> Any:
    """The client library, loaded when first needed: it is an extra and slow to load.

    Raises ``StoreError``, saying how to get it, if it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as fault:
        raise StoreError(
            "a store on InfluxDB needs the influxdb-client package: install "
            "chocolate-factory[influx]"
        ) from fault


@contextmanager
def faults_explained(
    address: Address, *, timeout_s: float, writing: bool = False
) -> Iterator[None]:
    """Turn the exceptions of the client library and of its transport into ``StoreError``.

    While ``writing``, the text also says what may have been stored.
    """
    partly = f" {_PARTLY}" if writing else ""
    refused = driver("influxdb_client.client.exceptions").InfluxDBError
    transport = driver("urllib3.exceptions")
    try:
        yield
    except refused as fault:
        raise StoreError(_refusal(address, fault) + partly) from None
    except transport.NewConnectionError as fault:  # which is a kind of TimeoutError, too
        raise StoreError(_unreachable(address, fault)) from fault
    except transport.TimeoutError as fault:
        raise StoreError(
            f"{address} did not answer within {timeout_s:g} s. Look at its load, and try again."
            + partly
        ) from fault
    except (transport.ProtocolError, transport.DecodeError) as fault:
        raise StoreError(f"{broken_off(address)}{partly}") from fault
    except transport.HTTPError as fault:
        raise StoreError(_unreachable(address, fault)) from fault


def broken_off(address: Address) -> StoreError:
    """An answer that ends before its end, or a connection closed in the middle."""
    return StoreError(f"{address} broke off in the middle of an answer. Try again.")


def not_understood(address: Address, what: str) -> StoreError:
    """An answer that is none: a proxy's page, or data of somebody else."""
    return StoreError(
        f"{address} answered with something else than expected ({what[:_LONGEST]}). Look whether "
        "a proxy stands in between, and whether something else writes to these buckets"
    )


def _unreachable(address: Address, fault: Exception) -> str:
    return f"{address} cannot be reached. Start it, or correct its address ({_said(fault)})."


def _refusal(address: Address, fault: Any) -> str:
    status, said = getattr(fault, "status", None), _said(fault)
    advice = next((text for key, text in _BY_TEXT.items() if key in said), None)
    if advice is None and status in _BY_STATUS:
        advice = _BY_STATUS[status]
    if advice is None and not status:
        advice = "cannot be reached safely: its certificate or its TLS is not accepted ({reason})."
    if advice is None:
        advice = "answered with an error {status}: {said}."
    wait = getattr(fault, "retry_after", None)
    words: dict[str, object] = {
        "buckets": ", ".join(address.buckets),
        "said": said,
        "reason": str(getattr(fault, "reason", ""))[:_LONGEST],
        "status": status,
        "wait": f"try again in {wait} s" if str(wait).isdigit() else "try again in a minute",
    }
    return f"{address} " + advice.format_map(words)


def _said(fault: Any) -> str:
    """The server's message, on one line, cut."""
    said = getattr(fault, "message", None) or fault
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:_LONGEST]
