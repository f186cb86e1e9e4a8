"""The Flux scripts this store asks: range, filter, pivot and plain selectors, nothing clever.

Names in scripts are encoded by ``lines.encoded``, so that no text needs escaping. Periods are
half-open, in nanoseconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

SECOND_NS = 1_000_000_000
BEGIN_NS = int(datetime(1678, 1, 1, tzinfo=UTC).timestamp()) * SECOND_NS
END_NS = int(datetime(2262, 1, 1, tzinfo=UTC).timestamp()) * SECOND_NS
"""Times a server can hold lie within [BEGIN_NS, END_NS), and a bit around it."""

PIVOT = 'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
"""One row per point, its fields as columns."""


def points(
    bucket: str,
    where: Mapping[str, str | Sequence[str]],
    *,
    start_ns: int = BEGIN_NS,
    stop_ns: int = END_NS,
) -> str:
    """The points of a period whose columns have the given value, or one of the given values.

    The period must not be empty after it is cut to what a server can hold: a server refuses that.
    """
    conditions = " and ".join(_is(column, allowed) for column, allowed in where.items())
    return pipe(
        f'from(bucket: "{bucket}")',
        f"range(start: {time_text(max(start_ns, BEGIN_NS))}, "
        f"stop: {time_text(min(stop_ns, END_NS))})",
        f"filter(fn: (r) => {conditions})",
    )


def pipe(first: str, *steps: str) -> str:
    """A pipeline."""
    return "\n  |> ".join((first, *steps))


def keep(*columns: str) -> str:
    """The step that leaves these columns only."""
    return f"keep(columns: [{_listed(columns)}])"


def at(times: Sequence[int]) -> str:
    """The step that leaves points of these times only."""
    return "filter(fn: (r) => " + " or ".join(f"r._time == {time_text(ns)}" for ns in times) + ")"


def known_by(epoch_s: int) -> str:
    """The step that leaves rows known at an instant."""
    return f"filter(fn: (r) => r.available_at <= {epoch_s})"


def newest_first(*columns: str, limit: int) -> str:
    """The steps that sort by columns, largest first, and leave the first ``limit`` rows."""
    return f"sort(columns: [{_listed(columns)}], desc: true)\n  |> limit(n: {limit})"


def named(name: str) -> str:
    """The step that gives a result its name."""
    return f'yield(name: "{name}")'


def holds_no_time(start_ns: int, stop_ns: int) -> bool:
    """Whether a period is empty after it is cut to what a server can hold."""
    return max(start_ns, BEGIN_NS) >= min(stop_ns, END_NS)


def time_text(ns: int) -> str:
    """A time literal, which is also how the server writes times: ``2025-10-25T22:00:00Z``."""
    second_s, rest_ns = divmod(ns, SECOND_NS)
    fraction = f".{rest_ns:09d}" if rest_ns else ""
    return f"{datetime.fromtimestamp(second_s, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def time_ns(text: str) -> int:
    """Inverse of ``time_text``; any number of decimals. Raises ``ValueError``."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    second = datetime.strptime(f"{whole}+0000", "%Y-%m-%dT%H:%M:%S%z")
    return int(second.timestamp()) * SECOND_NS + int(fraction.ljust(9, "0"))


def _is(column: str, allowed: str | Sequence[str]) -> str:
    if isinstance(allowed, str):
        return f'r.{column} == "{allowed}"'
    return "(" + " or ".join(f'r.{column} == "{value}"' for value in allowed) + ")"


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
