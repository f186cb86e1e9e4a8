"""Site files from the command line: begun, checked, listed, described by a schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = ("--latitude", 38.0912345, "--longitude", -3.64)


def test_sites_that_were_begun_pass_the_check_and_are_listed(cf: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    for name, kind in (("lugo", "bakery"), ("jaen", "chocolate")):
        given = ("--in", folder, "--template", kind, *HERE)
        assert cf("site", "init", name, *given).status == 0
    found = cf("site", "check", folder, "--json").json
    assert found == {
        "sites": ["jaen", "lugo"], "same_place": [["jaen", "lugo"]], "outside": [],
    }  # fmt: skip
    assert "at the same place, with the same weather: jaen, lugo" in cf("site", "check", folder).out
    told = cf("site", "list", folder, "--json").json["sites"]
    assert [(one["site"], one["plant"]) for one in told] == [
        ("jaen", str(folder / "jaen/plant.yaml")),
        ("lugo", str(folder / "lugo/plant.yaml")),
    ]
    assert {(one["latitude"], one["longitude"]) for one in told} == {(38.0912345, -3.64)}


def test_a_site_is_begun_only_where_somebody_said_it_is(cf: Any, tmp_path: Path) -> None:
    ended = cf("site", "init", "jaen", "--in", tmp_path / "sites")
    assert ended.status == 2
    assert "--latitude" in ended.err
    assert not (tmp_path / "sites").exists()


def test_a_site_that_is_there_is_not_written_over(cf: Any, tmp_path: Path) -> None:
    (tmp_path / "jaen.yaml").write_text("mine")
    ended = cf("site", "init", "jaen", "--in", tmp_path, *HERE)
    assert ended.status == 1
    assert "exists already" in ended.err
    assert (tmp_path / "jaen.yaml").read_text() == "mine"
    assert not (tmp_path / "jaen").exists()


def test_a_name_that_no_address_could_carry_is_refused_before_anything_is_written(
    cf: Any, tmp_path: Path
) -> None:
    ended = cf("site", "init", "../jaen", "--in", tmp_path / "sites", *HERE)
    assert ended.status == 1
    assert "name" in ended.err
    assert not (tmp_path / "sites").exists()


def test_all_that_is_wrong_is_said_with_file_and_line(cf: Any, tmp_path: Path) -> None:
    cf("site", "init", "jaen", "--in", tmp_path, *HERE)
    file = tmp_path / "jaen.yaml"
    file.write_text(file.read_text("utf-8").replace("latitude: 38.0912345", "latitude: 91"))
    (tmp_path / "lugo.yaml").write_text("name: lugo\nlatitude: 43\n")
    (tmp_path / "vigo.yaml").write_text("name: vigo\nlatitude: 42\nlongitude: -9\n")
    ended = cf("site", "check", tmp_path)
    assert ended.status == 1
    assert f"{file}:\n    line 8: latitude: " in ended.err
    assert f"{tmp_path / 'lugo.yaml'}:\n    line 1: name: longitude is missing" in ended.err


def test_doubles_and_same_places_are_said_beside_what_else_is_wrong(
    cf: Any, tmp_path: Path
) -> None:
    place = "latitude: 43\nlongitude: -7\n"
    (tmp_path / "a.yaml").write_text(f"name: lugo\n{place}frezze_min: 3\n")
    (tmp_path / "b.yaml").write_text(f"name: lugo\n{place}")
    (tmp_path / "c.yaml").write_text(f"name: vigo\n{place}")
    (tmp_path / "d.yaml").write_text("name: [")
    ended = cf("site", "check", tmp_path)
    assert ended.status == 1
    assert "line 4: frezze_min: " in ended.err
    assert f"line 1: name: 'lugo' is also the name in {tmp_path / 'a.yaml'}" in ended.err
    assert "at the same place, with the same weather: lugo, lugo, vigo" in ended.err
    assert f"{tmp_path / 'd.yaml'}:" in ended.err


def test_a_site_that_is_not_where_its_zone_is_is_said(cf: Any, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: jaen\nlatitude: 37.77\nlongitude: 3.79\n")
    (tmp_path / "b.yaml").write_text("name: vigo\nlatitude: 42.2\nlongitude: -8.7\n")
    ended = cf("site", "check", tmp_path)
    assert ended.status == 0
    assert "not where their zone is, whose prices they are planned with: jaen; if" in ended.out
    assert cf("site", "check", tmp_path, "--json").json["outside"] == ["jaen"]


def test_a_decimal_comma_and_a_name_with_an_accent_are_told_what_to_write(
    cf: Any, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text("name: jaen\nlatitude: 37,77\nlongitude: -3.79\n")
    (tmp_path / "b.yaml").write_text("name: Málaga\nlatitude: 36.7\nlongitude: -4.4\n")
    ended = cf("site", "check", tmp_path)
    assert "'37,77' was given; wanted: a number with a decimal point, 37.77" in ended.err
    wanted = "'Málaga' was given; wanted: at most 40 small letters a to z, digits and -, such as "
    assert f"{wanted}malaga; how people call it is its title, title: Málaga" in ended.err
    begun = cf("site", "init", "Málaga", "--in", tmp_path / "sites", *HERE)
    assert begun.status == 1
    assert f"name: {wanted}malaga" in begun.err
    comma = cf("site", "init", "malaga", "--latitude", "36,72", "--longitude", -4.4)
    assert comma.status == 2
    assert "a decimal point, 36.72" in " ".join(comma.err.replace("│", " ").split())


def test_without_a_folder_it_says_how_to_begin(cf: Any) -> None:
    ended = cf("site", "list")
    assert ended.status == 1
    assert "site init" in ended.err


def test_the_schema_printed_is_the_one_published(cf: Any) -> None:
    published = Path(__file__).parents[2] / "docs" / "site-file.schema.json"
    assert cf("site", "schema").json == json.loads(published.read_text("utf-8"))
