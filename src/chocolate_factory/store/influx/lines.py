"""Points as lines: measurement, tags, fields, timestamp in nanoseconds.

The line protocol cannot carry every text (no newline, no trailing backslash, nothing empty) and
its escapes are a trap, so no text goes out raw: names are percent-encoded and documents are base64,
both of characters that need no escape anywhere.
Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.base import Vintages

Ints = NDArray[np.int64]

OBSERVATION, PERIOD = "observation", "period"
"""Measurements: what a source said; and that a delivery period of a series is held at all."""

LONGEST_TEXT = 60_000
"""Characters in one field: the server's limit for a string is 64 KiB."""

_SECOND_NS = 1_000_000_000
_EMPTY = "%"  # stands for the empty text, which no tag can be; a percent sign itself is %25


def encoded(name: str) -> str:
    """A name in characters that mean nothing to the line protocol, to Flux and to CSV."""
    return quote(name, safe=":/@+", errors="surrogatepass") or _EMPTY


def decoded(text: str) -> str:
    """Inverse of ``encoded``."""
    return "" if text == _EMPTY else unquote(text, errors="surrogatepass")


def owner(key: SeriesKey) -> dict[str, str]:
    """The tags of a series."""
    return {"place": encoded(key.place), "series": encoded(key.name)}


def line(measurement: str, tags: Mapping[str, str], fields: Mapping[str, object], ns: int) -> str:
    """One point. Texts must be encoded already."""
    told_by = "".join(f",{name}={value}" for name, value in sorted(tags.items()))
    told = ",".join(f"{name}={_field(value)}" for name, value in fields.items())
    return f"{measurement}{told_by} {told} {ns}"


def in_parts(content: bytes) -> dict[str, object]:
    """A document as fields: ``parts``, their number, and ``part_0`` to the last one."""
    text = base64.b64encode(content).decode()
    parts = [text[at : at + LONGEST_TEXT] for at in range(0, len(text), LONGEST_TEXT)]
    return {"parts": len(parts), **{f"part_{number}": part for number, part in enumerate(parts)}}


def out_of_parts(parts: list[str]) -> bytes:
    """Inverse of ``in_parts``. Raises ``ValueError`` if the text is damaged."""
    return base64.b64decode("".join(parts), validate=True)


def point_ns(start_s: Ints, available_at_s: Ints) -> Ints:
    """The timestamps of observations: the second is the delivery start, the rest tells vintages.

    The nanoseconds within the second are ``available_at`` modulo 10⁹ s: the same value of the same
    vintage is always the same point, so that storing it again changes nothing, and another vintage
    is another point, unless they became known exactly a multiple of 31.7 years apart.
    """
    return start_s * _SECOND_NS + available_at_s % _SECOND_NS


def observation_lines(told: Vintages) -> Iterator[str]:
    """Two lines per row, as one text: what was said, and that the delivery period is held.

    Both have their second in common, so that one request stores both or neither.
    """
    series = "".join(f",{name}={value}" for name, value in sorted(owner(told.key).items()))
    speaker = f",kind={encoded(told.kind)}{series},source={encoded(told.source)}"
    columns = (
        told.start_s,
        told.resolution_s,
        told.value,
        told.available_at_s,
        told.inferred,
        told.ingested_at_s,
        point_ns(told.start_s, told.available_at_s),
    )
    for start_s, resolution_s, value, available_at_s, inferred, ingested_at_s, ns in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        yield (
            f"{OBSERVATION}{speaker} available_at={available_at_s}i,delivery_start={start_s}i,"
            f"inferred={'true' if inferred else 'false'},ingested_at={ingested_at_s}i,"
            f"resolution_s={resolution_s}i,value={value!r} {ns}\n"
            f"{PERIOD}{series} delivery_start={start_s}i {start_s * _SECOND_NS}"
        )


def _field(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value}i"
        case _:
            return f'"{value}"'
