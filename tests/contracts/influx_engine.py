"""What an InfluxDB server keeps: line protocol, read strictly as documented, into points.

Sources: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/ and
https://docs.influxdata.com/influxdb/v2/write-data/troubleshoot/: a payload with a line that cannot
be read is refused whole (400); points of another type or too old are dropped, the others stored
(422).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

Value = float | int | bool | str
Tags = tuple[tuple[str, str], ...]

MIN_NS, MAX_NS = -9223372036854775806, 9223372036854775806
LONGEST_STRING = 64 * 1024

_NAME = re.compile(r"(?:\\[ ,=\\]|[^ ,=\n\\]|\\(?![ ,=\\]))+")
_MEASUREMENT = re.compile(r"(?:\\[ ,]|[^ ,\n\\]|\\(?![ ,]))+")
_STRING = re.compile(r'"((?:[^"\\]|\\.|\\)*?)(?<!\\)((?:\\\\)*)"', re.DOTALL)
_BARE = re.compile(r"[^ ,\n]+")
_FLOAT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_WORDS = dict.fromkeys(("t", "T", "true", "True", "TRUE"), True)
_WORDS |= dict.fromkeys(("f", "F", "false", "False", "FALSE"), False)
TYPES = {float: "float", int: "integer", bool: "boolean", str: "string"}


class Refused(Exception):
    """A request the server does not take: an HTTP status, a code and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Point:
    measurement: str
    tags: Tags
    fields: dict[str, Value]
    ns: int


@dataclass
class Bucket:
    """``series[measurement, tags][ns]`` are the fields of a point."""

    name: str
    number: str
    every_s: int = 0
    shard_group_s: int = 604_800
    series: dict[tuple[str, Tags], dict[int, dict[str, Value]]] = field(default_factory=dict)
    types: dict[tuple[str, str], type] = field(default_factory=dict)

    def write(self, payload: str) -> None:
        """Store a payload of line protocol. Raises ``Refused``."""
        dropped: list[str] = []
        for point in parsed(payload):
            oldest_ns = time.time_ns() - self.every_s * 1_000_000_000
            if self.every_s and point.ns < oldest_ns:
                dropped.append("points beyond retention policy")
                continue
            for name, value in point.fields.items():
                kept = self.types.setdefault((point.measurement, name), type(value))
                if kept is not type(value):
                    dropped.append(
                        f'field type conflict: input field "{name}" on measurement '
                        f'"{point.measurement}" is type {TYPES[type(value)]}, already exists as '
                        f"type {TYPES[kept]}"
                    )
                    break
            else:
                points = self.series.setdefault((point.measurement, point.tags), {})
                points.setdefault(point.ns, {}).update(point.fields)
        if dropped:
            raise Refused(
                422,
                "unprocessable entity",
                "failure writing points to database: partial write: "
                f"{dropped[0]} dropped={len(dropped)}",
            )

    def delete(self, start_ns: int, stop_ns: int) -> None:
        """Delete points between two times, both inclusive."""
        for key, points in list(self.series.items()):
            for ns in [ns for ns in points if start_ns <= ns <= stop_ns]:
                del points[ns]
            if not points:
                del self.series[key]


def parsed(payload: str) -> list[Point]:
    """The points of a payload; a newline within a string does not end a line."""
    at, points = 0, []
    while at < len(payload):
        if payload[at] in " \t\n":
            at += 1
        elif payload[at] == "#":
            at = (payload.find("\n", at) + 1) or len(payload)
        else:
            point, at = _point(payload, at)
            points.append(point)
    return points


def _point(text: str, begin: int) -> tuple[Point, int]:
    def take(pattern: re.Pattern[str], at: int, missing: str) -> re.Match[str]:
        match = pattern.match(text, at)
        if match is None:
            line = text[begin : (text.find("\n", begin) + 1 or len(text) + 1) - 1]
            raise Refused(400, "invalid", f"unable to parse '{line}': {missing}")
        return match

    match = take(_MEASUREMENT, begin, "missing measurement")
    measurement, at = re.sub(r"\\([ ,])", r"\1", match[0]), match.end()
    tags: dict[str, str] = {}
    while text[at : at + 1] == ",":
        name = take(_NAME, at + 1, "missing tag key")
        equals = take(re.compile("="), name.end(), "missing tag value")
        value = take(_NAME, equals.end(), "missing tag value")
        if _bare(name[0]) in tags:
            take(re.compile(r"(?!)"), at, "duplicate tags")
        if value[0].endswith("\\"):
            take(re.compile(r"(?!)"), at, "missing fields")
        tags[_bare(name[0])] = _bare(value[0])
        at = value.end()
    at = take(re.compile(" +"), at, "missing fields").end()
    fields: dict[str, Value] = {}
    while True:
        name = take(_NAME, at, "missing field key")
        at = take(re.compile("="), name.end(), "missing field value").end()
        if text[at : at + 1] == '"':
            string = take(_STRING, at, "unbalanced quotes")
            value_of: Value = re.sub(r'\\(["\\])', r"\1", string[0][1:-1])
            if len(str(value_of).encode()) > LONGEST_STRING:
                take(re.compile(r"(?!)"), at, "string is too long")
            at = string.end()
        else:
            bare = take(_BARE, at, "missing field value")
            number = _number(bare[0])
            if number is None:
                take(re.compile(r"(?!)"), at, "invalid number")
            value_of, at = number, bare.end()  # type: ignore[assignment]
        fields[_bare(name[0])] = value_of
        if text[at : at + 1] != ",":
            break
        at += 1
    if fields.pop("time", None) is not None and not fields:
        raise Refused(422, "unprocessable entity", "partial write: invalid field name")
    stamp = take(re.compile(r" +(-?\d+) *(?=\n|$)| *(?=\n|$)"), at, "bad timestamp")
    ns = int(stamp[1]) if stamp[1] else time.time_ns()
    if not MIN_NS <= ns <= MAX_NS:
        take(re.compile(r"(?!)"), at, "time outside range")
    return Point(measurement, tuple(sorted(tags.items())), fields, ns), stamp.end()


def _bare(name: str) -> str:
    return re.sub(r"\\([ ,=])", r"\1", name)


def _number(text: str) -> Value | None:
    if text in _WORDS:
        return _WORDS[text]
    if re.fullmatch(r"-?\d+i", text):
        whole = int(text[:-1])
        return whole if -(2**63) <= whole < 2**63 else None
    return float(text) if _FLOAT.fullmatch(text) else None
