"""Points as lines: any name, any document and any float goes out and comes back as it was."""

from __future__ import annotations

import numpy as np
import pytest
from contracts.influx_engine import LONGEST_STRING, Refused, parsed
from hypothesis import example, given
from hypothesis import strategies as st

from chocolate_factory.market.series import Kind, SeriesKey
from chocolate_factory.store.base import Vintages
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.lines import (
    decoded,
    encoded,
    in_parts,
    line,
    observation_lines,
    out_of_parts,
)

awkward = st.text() | st.text(' ,=\\"\n\r\t%$"{}#ñ€\0')


@given(awkward)
@example("")
@example("%")
@example("a b,c=d\\")
@example('"${1}"\r\n')
@example("\ud800")
def test_any_name_survives_its_encoding(name: str) -> None:
    assert decoded(encoded(name)) == name


@given(awkward)
def test_an_encoded_name_has_no_character_that_means_something(name: str) -> None:
    assert not set(encoded(name)) & set(' ,=\\"\n\r\t${}#\0')
    assert encoded(name).isascii()
    assert encoded(name)


def test_the_names_of_this_system_are_kept_readable() -> None:
    assert encoded("simulation:open-meteo") == "simulation:open-meteo"
    assert encoded("backfill/2025-10-25T22:00:00.123Z") == "backfill/2025-10-25T22:00:00.123Z"


@given(st.lists(awkward, min_size=3, max_size=3), st.integers(-(2**63), 2**63 - 1), st.booleans())
def test_any_point_is_read_by_a_strict_reader_as_it_was_meant(
    names: list[str], number: int, flag: bool
) -> None:
    key, told = SeriesKey(names[0], names[1]), {"number": number, "flag": flag}
    tags = {"series": encoded(key.name), "place": encoded(key.place)}
    text = line("thing", tags, {**told, "name": encoded(names[2])}, -5)
    (point,) = parsed(text)
    assert (point.measurement, point.ns) == ("thing", -5)
    assert {name: decoded(value) for name, value in point.tags} == {
        "series": key.name,
        "place": key.place,
    }
    assert point.fields == {**told, "name": encoded(names[2])}
    assert [type(value) for value in point.fields.values()] == [int, bool, str]


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**32), st.text(min_size=1))
@example(-0.0, 0, "ree")
@example(5e-324, 0, "ree")
def test_an_observation_is_two_points_of_one_second(
    value: float, known_s: int, source: str
) -> None:
    start_s = 1_761_429_600
    told = Vintages(
        SeriesKey("pvpc", "peninsula"), source, Kind.PUBLISHED, np.array([start_s]),
        np.array([3600]), np.array([value]), np.array([known_s]), np.array([True]),
        np.array([known_s + 1]),
    )  # fmt: skip
    said, period = parsed("\n".join(observation_lines(told)))
    kept = said.fields.pop("value")
    assert isinstance(kept, float)
    assert np.float64(kept).tobytes() == np.float64(value).tobytes()
    assert said.fields == {
        "available_at": known_s, "delivery_start": start_s, "inferred": True,
        "ingested_at": known_s + 1, "resolution_s": 3600,
    }  # fmt: skip
    assert {one.ns // flux.SECOND_NS for one in (said, period)} == {start_s}
    assert (period.measurement, period.fields) == ("period", {"delivery_start": start_s})


@given(st.binary(min_size=1, max_size=200_000))
@example(b"\0" * 45_000)
@example(b"\0" * 45_001)
def test_a_document_of_any_length_is_cut_into_fields_the_server_takes(content: bytes) -> None:
    told = in_parts(content)
    (point,) = parsed(line("plan", {}, told, 0))
    parts = [str(point.fields[f"part_{number}"]) for number in range(int(point.fields["parts"]))]
    assert all(0 < len(part) <= LONGEST_STRING for part in parts)
    assert out_of_parts(parts) == content


def test_a_damaged_document_is_noticed() -> None:
    with pytest.raises(ValueError, match=r"base64|padding"):
        out_of_parts(["abc!"])


@given(st.integers(flux.BEGIN_NS, flux.END_NS))
@example(0)
@example(-1)
@example(1_761_429_600_000_000_001)
def test_a_time_survives_its_text(ns: int) -> None:
    assert flux.time_ns(flux.time_text(ns)) == ns


def test_times_with_fewer_decimals_are_read() -> None:
    assert flux.time_ns("2025-10-25T22:00:00Z") == 1_761_429_600_000_000_000
    assert flux.time_ns("2025-10-25T22:00:00.5Z") == 1_761_429_600_500_000_000
    assert flux.time_text(1_761_429_600_000_000_000) == "2025-10-25T22:00:00Z"


# ---- the strict reader reads what the documentation of the line protocol shows


@pytest.mark.parametrize(
    ("text", "measurement", "tags", "fields"),
    [
        (r"my\ Measurement fieldKey=\"x\" 5", "my Measurement", {}, None),
        (r'my\ Measurement fieldKey="string value" 5', "my Measurement", {},
         {"fieldKey": "string value"}),
        (r'm fieldKey="\"string\" within a string" 5', "m", {},
         {"fieldKey": '"string" within a string'}),
        (r"m,tag\ Key1=tag\ Value1,tag\ Key2=tag\ Value2 fieldKey=100 5", "m",
         {"tag Key1": "tag Value1", "tag Key2": "tag Value2"}, {"fieldKey": 100.0}),
        (r"m,k=a\,b\=c v=1i 5", "m", {"k": "a,b=c"}, {"v": 1}),
        ('m v="a\nb",w=t 5', "m", {}, {"v": "a\nb", "w": True}),
        (r'm v="C:\\" 5', "m", {}, {"v": "C:\\"}),
        ("m v=1.0,w=-1e-07,x=1i,y=false 5", "m", {},
         {"v": 1.0, "w": -1e-7, "x": 1, "y": False}),
    ],
)  # fmt: skip
def test_documented_lines_are_read(
    text: str, measurement: str, tags: dict[str, str], fields: dict[str, object] | None
) -> None:
    if fields is None:
        with pytest.raises(Refused, match="unable to parse"):
            parsed(text)
        return
    (point,) = parsed(f"# a comment\n\n{text}\n")
    assert (point.measurement, dict(point.tags), point.fields, point.ns) == (
        measurement, tags, fields, 5,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "m", "m v", "m v=", "m, v=1", "m,k v=1", "m,k= v=1", "m,k=a,k=b v=1", "m v=abc", "m v=1x",
        'm v="open', "m v=1 x", "m v=1\r\n", "m v=NaN", "m v=99999999999999999999i", " m,=a v=1",
        f'm v="{"x" * (LONGEST_STRING + 1)}"', "m v=1 9999999999999999999999", "m,k=a\\ v=1",
    ],
)  # fmt: skip
def test_lines_that_no_server_takes_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        parsed(text)
