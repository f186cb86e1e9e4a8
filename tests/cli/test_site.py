"""Site files from the command line: begun, checked, listed, described by a schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_sites_that_were_begun_pass_the_check_and_are_listed(cf: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    for name, kind in (("lugo", "bakery"), ("jaen", "chocolate")):
        assert cf("site", "init", name, "--in", folder, "--template", kind).status == 0
    assert cf("site", "check", folder, "--json").json == {"sites": ["jaen", "lugo"]}
    told = cf("site", "list", folder, "--json").json["sites"]
    assert [(one["site"], one["plant"]) for one in told] == [
        ("jaen", str(folder / "jaen/plant.yaml")),
        ("lugo", str(folder / "lugo/plant.yaml")),
    ]


def test_a_site_that_is_there_is_not_written_over(cf: Any, tmp_path: Path) -> None:
    (tmp_path / "jaen.yaml").write_text("mine")
    ended = cf("site", "init", "jaen", "--in", tmp_path)
    assert ended.status == 1
    assert "exists already" in ended.err
    assert (tmp_path / "jaen.yaml").read_text() == "mine"
    assert not (tmp_path / "jaen").exists()


def test_a_name_that_no_address_could_carry_is_refused_before_anything_is_written(
    cf: Any, tmp_path: Path
) -> None:
    ended = cf("site", "init", "../jaen", "--in", tmp_path / "sites")
    assert ended.status == 1
    assert "name" in ended.err
    assert not (tmp_path / "sites").exists()


def test_what_is_wrong_is_said_with_file_and_line(cf: Any, tmp_path: Path) -> None:
    cf("site", "init", "jaen", "--in", tmp_path)
    file = tmp_path / "jaen.yaml"
    file.write_text(file.read_text("utf-8").replace("latitude: 38.09", "latitude: 91"))
    ended = cf("site", "check", tmp_path)
    assert ended.status == 1
    assert f"{file}:" in ended.err
    assert "line 8: latitude: " in ended.err


def test_without_a_folder_it_says_how_to_begin(cf: Any) -> None:
    ended = cf("site", "list")
    assert ended.status == 1
    assert "site init" in ended.err


def test_the_schema_printed_is_the_one_published(cf: Any) -> None:
    published = Path(__file__).parents[2] / "docs" / "site-file.schema.json"
    assert cf("site", "schema").json == json.loads(published.read_text("utf-8"))
