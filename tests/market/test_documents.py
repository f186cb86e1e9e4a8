"""A YAML file a user wrote: what is wrong with it is said with line and field."""

from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from chocolate_factory.errors import OrdersInvalid, PlantInvalid
from chocolate_factory.market.documents import read_document


class Machine(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    power_kw: float


class Hall(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    machines: list[Machine] = []


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(PlantInvalid) as refused:
        read_document(text, Hall, name="hall.yaml", error=PlantInvalid)
    return refused.value.problems


def test_a_sound_document_becomes_the_model():
    text = "name: north  # the old hall\nmachines:\n  - {name: conche, power_kw: 48}\n"
    hall = read_document(text, Hall, name="hall.yaml", error=PlantInvalid)
    assert hall == Hall(name="north", machines=[Machine(name="conche", power_kw=48)])


def test_an_anchor_is_followed():
    text = "name: &n north\nmachines:\n  - {name: *n, power_kw: 1}\n"
    hall = read_document(text, Hall, name="hall.yaml", error=PlantInvalid)
    assert hall.machines[0].name == "north"


def test_a_wrong_value_is_named_with_its_own_line():
    text = (
        "name: north\nmachines:\n"
        "  - {name: mixer, power_kw: 30}\n"
        "  - name: conche\n    power_kw: hot\n"
    )
    (problem,) = problems(text)
    assert problem.startswith("line 5: machines.1.power_kw: ")


def test_a_missing_field_is_named_with_the_line_of_what_lacks_it():
    (problem,) = problems("name: north\nmachines:\n  - name: mixer\n")
    assert problem == "line 3: machines.0.power_kw: Field required"


def test_an_unknown_key_is_named():
    assert problems("name: north\n\ncolour: blue\n") == ("line 3: colour: unknown key",)


def test_every_problem_is_told_at_once():
    assert len(problems("machines: 3\ncolour: blue\n")) == 3


def test_a_key_that_stands_twice_is_refused():
    (problem,) = problems("name: north\nname: south\n")
    assert problem.startswith("line 2: found duplicate key")


def test_a_syntax_error_is_named_with_its_line():
    (problem,) = problems("name: north\nmachines: [1, 2\nmore: 1\n")
    assert problem.startswith("line 3: ")


@pytest.mark.parametrize("text", ["", "# only a remark\n", "- a\n- b\n", "hello\n"])
def test_a_file_without_keys_is_refused(text):
    assert problems(text) == ("line 1: the file must hold `key: value` pairs",)


def test_two_documents_in_one_file_are_refused():
    assert "another document" in problems("name: north\n---\nname: south\n")[0]


def test_bytes_that_are_no_text_are_refused():
    assert problems("name: \x00\n") == ("not valid YAML",)


def test_a_file_nested_without_end_is_refused():
    assert problems("name: " + "[" * 500) == ("line 1: nested too deeply",)


@pytest.mark.parametrize(
    ("text", "code"), [('"a\\0b"', "U+0000"), (r'"\ud800"', "U+D800"), (r'"\e[31m"', "U+001B")]
)
def test_a_character_that_no_text_may_hold_is_named_with_its_line(text, code):
    (problem,) = problems(f"machines: 3\nname: {text}\n")
    assert problem == f"line 2: {code} is a character that no text may hold"


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in pairwise("abcdefghij")]
    (problem,) = problems("\n".join(lines))
    assert problem.startswith("line 1: more than 500,000 values")


def test_tags_are_not_executed(tmp_path: Path):
    trace = tmp_path / "trace"
    text = f"name: !!python/object/apply:os.mkdir ['{trace}']\n"
    assert problems(text)[0].startswith("line 1: name: ")
    assert not trace.exists()


def test_the_error_is_of_the_kind_asked_for_and_names_the_file():
    with pytest.raises(OrdersInvalid, match=r"^week\.yaml:\n  line 1: "):
        read_document("colour: blue\n", Hall, name="week.yaml", error=OrdersInvalid)
