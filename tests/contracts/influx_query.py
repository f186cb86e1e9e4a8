"""Flux, as far as the store asks it, evaluated as documented, and its answer as annotated CSV.

Sources: https://docs.influxdata.com/flux/v0/stdlib/universe/ (range, filter, pivot, keep, count,
min, max, last, sort, limit, yield) and
https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/. Anything else is refused
with 400, as a server refuses what it cannot compile.
"""

from __future__ import annotations

import csv
import io
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from contracts.influx_engine import Bucket, Refused

SECOND_NS = 1_000_000_000
Row = dict[str, Any]


@dataclass(frozen=True, order=True)
class Time:
    ns: int

    def __str__(self) -> str:
        second_s, rest_ns = divmod(self.ns, SECOND_NS)
        fraction = f".{rest_ns:09d}".rstrip("0") if rest_ns else ""
        return f"{datetime.fromtimestamp(second_s, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def time_of(text: str) -> Time:
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", text)
    if match is None:
        raise bad(f"not a time: {text}")
    second = datetime.fromisoformat(f"{match[1]}+00:00")
    return Time(int(second.timestamp()) * SECOND_NS + int((match[2] or "").ljust(9, "0")))


@dataclass
class Table:
    """``key`` are the columns by which it is grouped, ``columns`` the types of all, in order."""

    key: dict[str, Any]
    columns: dict[str, type]
    rows: list[Row]


Tables = list[Table]


def bad(message: str) -> Refused:
    return Refused(400, "invalid", f"compilation failed: {message}")


# ---- reading a script

_TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<time>\d{4}-\d\d-\d\dT[0-9:.]+Z)|(?P<int>\d+)'
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign>\|>|=>|==|!=|<=|>=|[-<>=(){}\[\],:.]))"
)


class Script:
    """Tokens of a script, taken one after the other."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise bad(f"unexpected {text[at : at + 20]!r}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place][1] if place < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise bad("the script ends too early")
        token = self.tokens[self.at]
        if wanted is not None and token[1] != wanted:
            raise bad(f"expected {wanted} instead of {token[1]}")
        self.at += 1
        return token

    def value(self) -> Any:
        """A literal, a list, or a condition on ``r``."""
        if self.peek() == "[":
            return self.listed()
        if self.peek() == "(":
            for sign in ("(", "r", ")", "=>"):
                self.take(sign)
            return self.either()
        if self.peek() == "-":
            self.take()
            return -self.value()
        return self.literal()

    def listed(self) -> list[Any]:
        self.take("[")
        items = []
        while self.peek() != "]":
            items.append(self.value())
            if self.peek() == ",":
                self.take()
        self.take("]")
        return items

    def literal(self) -> Any:
        kind, text = self.take()
        if kind == "string":
            if "${" in text:
                raise bad("no interpolation here")
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "int":
            return int(text)
        if kind == "time":
            return time_of(text)
        if text in ("true", "false"):
            return text == "true"
        raise bad(f"unexpected {text}")

    def arguments(self) -> dict[str, Any]:
        self.take("(")
        found: dict[str, Any] = {}
        while self.peek() != ")":
            name = self.take()[1]
            self.take(":")
            found[name] = self.value()
            if self.peek() == ",":
                self.take()
        self.take(")")
        return found

    # A condition is a function of a row; None stands for null.

    def either(self) -> Condition:
        parts = [self.both()]
        while self.peek() == "or":
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) is True for part in parts)

    def both(self) -> Condition:
        parts = [self.comparison()]
        while self.peek() == "and":
            self.take()
            parts.append(self.comparison())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) is True for part in parts)

    def comparison(self) -> Condition:
        if self.peek() == "(":
            self.take()
            inside = self.either()
            self.take(")")
            return inside
        left, sign, right = self.operand(), self.take()[1], self.operand()
        if sign not in _COMPARE:
            raise bad(f"unexpected {sign}")
        compare = _COMPARE[sign]

        def holds(row: Row) -> bool | None:
            one, other = left(row), right(row)
            if one is None or other is None:
                return None
            if type(one) is not type(other):
                raise bad(f"cannot compare {one!r} with {other!r}")
            return bool(compare(one, other))

        return holds

    def operand(self) -> Condition:
        if self.peek() == "r" and self.peek(1) == ".":
            self.take()
            self.take()
            name = self.take()[1]
            return lambda row: row.get(name)
        value = self.value()
        return lambda _: value


Condition = Callable[[Row], Any]
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<=": operator.le, ">=": operator.ge,
    "<": operator.lt, ">": operator.gt,
}  # fmt: skip


# ---- evaluating it


def answer(text: str, buckets: Mapping[str, Bucket], annotations: Sequence[str]) -> str:
    """Run a script, give its results as annotated CSV."""
    return "".join(
        encoded(name, tables, annotations) + "\r\n" for name, tables in results(text, buckets)
    )


def results(text: str, buckets: Mapping[str, Bucket]) -> list[tuple[str, Tables]]:
    """What a script yields; in no promised order: here the last one first."""
    script, known, found = Script(text), dict[str, Tables](), dict[str, Tables]()
    while script.peek():
        name = None
        if script.peek(1) == "=":
            name = script.take()[1]
            script.take("=")
        tables, yielded = _pipeline(script, known, buckets)
        if name is not None:
            known[name] = tables
        elif (yielded or "_result") in found:
            raise bad(f"two results named {yielded or '_result'}")
        else:
            found[yielded or "_result"] = tables
    return list(found.items())[::-1]


def _pipeline(
    script: Script, known: Mapping[str, Tables], buckets: Mapping[str, Bucket]
) -> tuple[Tables, str | None]:
    word = script.take()[1]
    if word == "from":
        name = script.arguments()["bucket"]
        if name not in buckets:
            raise Refused(404, "not found", f'could not find bucket "{name}"')
        script.take("|>")
        script.take("range")
        tables = ranged(buckets[name], **script.arguments())
    elif word in known:
        tables = known[word]
    else:
        raise bad(f"undefined identifier {word}")
    while script.peek() == "|>":
        script.take()
        verb = script.take()[1]
        arguments = script.arguments()
        if verb == "yield":
            return tables, str(arguments["name"])
        if verb not in _VERBS:
            raise bad(f"undefined identifier {verb}")
        tables = [table for table in _VERBS[verb](tables, **arguments) if table.rows]
    return tables, None


def ranged(bucket: Bucket, start: Time, stop: Time) -> Tables:
    """One table per series and field, by time; the start is inside, the stop is not."""
    if start.ns >= stop.ns:
        raise Refused(
            400, "invalid",
            "error in building plan while starting program: cannot query an empty range",
        )  # fmt: skip
    tables: dict[tuple[object, str], Table] = {}
    for (measurement, tags), points in bucket.series.items():
        for ns in sorted(ns for ns in points if start.ns <= ns < stop.ns):
            for name, value in points[ns].items():
                identity = (measurement, tags), name
                if identity not in tables:
                    key = {"_start": start, "_stop": stop, "_field": name,
                           "_measurement": measurement, **dict(tags)}  # fmt: skip
                    types = dict.fromkeys(("_start", "_stop", "_time"), Time)
                    columns = {**types, "_value": type(value), **dict.fromkeys(list(key)[2:], str)}
                    tables[identity] = Table(key, columns, [])
                table = tables[identity]
                table.rows.append({**table.key, "_time": Time(ns), "_value": value})
    return list(tables.values())


def filtered(tables: Tables, fn: Condition) -> Tables:
    """Rows for which the condition holds; null does not hold."""
    return [
        Table(one.key, one.columns, [row for row in one.rows if fn(row) is True]) for one in tables
    ]


def pivoted(tables: Tables, **told: Any) -> Tables:
    """Tables alike but for the column key become one; a cell that is nowhere said is null."""
    (column,), (by,), value_column = told["columnKey"], told["rowKey"], told["valueColumn"]
    found: dict[tuple[object, ...], Table] = {}
    for table in tables:
        key = {name: value for name, value in table.key.items() if name != column}
        columns = {n: t for n, t in table.columns.items() if n not in (column, value_column)}
        made = found.setdefault(tuple(key.items()), Table(key, columns, []))
        rows = {row[by]: row for row in made.rows}
        for row in table.rows:
            if (
                made.columns.setdefault(row[column], table.columns[value_column])
                is not (table.columns[value_column])
            ):
                raise bad(f"column {row[column]} has two types")
            target = rows.setdefault(row[by], {**key, by: row[by]})
            target[row[column]] = row[value_column]
        made.rows = [rows[time] for time in sorted(rows, key=lambda time: time.ns)]
    return list(found.values())


def kept(tables: Tables, columns: list[str]) -> Tables:
    """Only these columns; tables whose group keys become equal become one."""
    found: dict[tuple[object, ...], Table] = {}
    for table in tables:
        key = {name: value for name, value in table.key.items() if name in columns}
        types = {name: kind for name, kind in table.columns.items() if name in columns}
        made = found.setdefault(tuple(key.items()), Table(key, {}, []))
        made.columns |= types
        made.rows += [{n: v for n, v in row.items() if n in columns} for row in table.rows]
    return list(found.values())


def counted(tables: Tables) -> Tables:
    """The number of values, and the group key."""
    return [
        Table(
            one.key,
            {**{name: one.columns[name] for name in one.key}, "_value": int},
            [{**one.key, "_value": sum(row["_value"] is not None for row in one.rows)}],
        )
        for one in tables
    ]


def selected(choose: Callable[[list[Row]], Row]) -> Callable[[Tables], Tables]:
    """One whole row of each table."""
    return lambda tables: [Table(one.key, one.columns, [choose(one.rows)]) for one in tables]


def ordered(tables: Tables, columns: list[str], desc: bool) -> Tables:
    """Rows in order, per table; texts by their bytes."""

    def rank(row: Row) -> tuple[Any, ...]:
        values = (row.get(name) for name in columns)
        return tuple(value.encode() if isinstance(value, str) else value for value in values)

    return [Table(one.key, one.columns, sorted(one.rows, key=rank, reverse=desc)) for one in tables]


def limited(tables: Tables, n: int) -> Tables:
    """The first rows of each table."""
    return [Table(one.key, one.columns, one.rows[:n]) for one in tables]


_VERBS: dict[str, Callable[..., Tables]] = {
    "filter": filtered,
    "pivot": pivoted,
    "keep": kept,
    "count": counted,
    "min": selected(lambda rows: min(rows, key=lambda row: row["_value"])),
    "max": selected(lambda rows: max(rows, key=lambda row: row["_value"])),
    "last": selected(lambda rows: rows[-1]),
    "sort": ordered,
    "limit": limited,
}


# ---- writing the answer

_TYPES = {Time: "dateTime:RFC3339", str: "string", int: "long", float: "double", bool: "boolean"}


def encoded(result: str, tables: Tables, annotations: Sequence[str]) -> str:
    """One result: a block with annotations wherever the columns change, CRLF at line ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    before: object = None
    for number, table in enumerate(tables):
        names = list(table.columns)
        if before != table.columns:
            if before is not None:
                writer.writerow([])
            rows = {
                "datatype": ["string", "long", *(_TYPES[table.columns[name]] for name in names)],
                "group": ["false", "false", *(_cell(name in table.key) for name in names)],
                "default": [result, "", *("" for _ in names)],
            }
            for annotation in annotations:
                writer.writerow([f"#{annotation}", *rows[annotation]])
            writer.writerow(["", "result", "table", *names])
            before = table.columns
        for row in table.rows:
            writer.writerow(["", "", number, *(_cell(row.get(name)) for name in names)])
    return out.getvalue()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():  # the shortest exact decimals, without an exponent
            text = format(Decimal(repr(value)), "f")
            return text.removesuffix(".0") if "." in text else text
        case _:
            return str(value)
