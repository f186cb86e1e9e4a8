"""What a folder of site files says, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chocolate_factory.app.files import template
from chocolate_factory.app.site_files import chosen, read_sites
from chocolate_factory.app.stores import opened_site
from chocolate_factory.errors import SettingsInvalid, SiteInvalid
from chocolate_factory.settings import Settings, load_settings

JAEN = """\
name: jaen
title: Fábrica de Jaén
latitude: 37.77
longitude: -3.79
plant: jaen/plant.yaml
orders: jaen/orders.yaml
contract: jaen/contract.yaml
notify_urls: [ntfy://jaen, json://localhost]
freeze_min: 60
"""
LUGO = "name: lugo\nlatitude: 43.01\nlongitude: -7.56\n"

Write = Callable[[str, str], Path]


@pytest.fixture
def common(tmp_path: Path) -> Settings:
    """Settings whose folder of sites is empty."""
    (tmp_path / "sites").mkdir()
    return load_settings(data_dir=tmp_path / "data", sites_dir=tmp_path / "sites")


@pytest.fixture
def write(common: Settings) -> Write:
    """Writes a site file beside a plant, orders and a contract of the folder ``jaen``."""
    folder = common.sites_dir
    assert folder is not None
    (folder / "jaen").mkdir()
    texts = template("bakery") | {"contract.yaml": "kind: indexed\ntariff: 6.1TD\n"}
    for name, text in texts.items():
        (folder / "jaen" / name).write_text(text, encoding="utf-8")

    def write(name: str, text: str) -> Path:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_without_a_folder_there_is_one_site_without_a_name(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    (site,) = read_sites(settings)
    assert (site.name, site.kept_as, site.file) == ("", "", None)
    assert site.settings is site.common is settings
    assert chosen((site,), None) is site


def test_a_file_wins_over_the_settings_and_leaves_the_rest_to_them(
    common: Settings, write: Write
) -> None:
    write("a.yaml", JAEN)
    write("b.yml", LUGO)
    write("notes.txt", "not a site")
    jaen, lugo = read_sites(common)
    assert (jaen.title, lugo.title) == ("Fábrica de Jaén", "lugo")
    assert (jaen.settings.latitude, lugo.settings.longitude) == (37.77, -7.56)
    assert jaen.settings.plant == common.sites_dir / "jaen/plant.yaml"
    assert jaen.settings.contract == str(common.sites_dir / "jaen/contract.yaml")
    assert jaen.settings.notify_urls == ("ntfy://jaen", "json://localhost")
    assert (jaen.settings.freeze_min, lugo.settings.freeze_min) == (60, common.freeze_min)
    assert lugo.settings.contract == common.contract


def test_each_site_has_a_data_folder_of_its_own_in_the_common_store(
    common: Settings, write: Write
) -> None:
    write("a.yaml", JAEN)
    write("b.yaml", LUGO)
    jaen, lugo = read_sites(common)
    assert jaen.settings.models_folder != lugo.settings.models_folder
    assert jaen.settings.store == lugo.settings.store == common.store
    with pytest.raises(SettingsInvalid, match="no store in"), opened_site(jaen):
        pass
    with opened_site(jaen, create=True) as store:
        assert store.site == "jaen"


def test_what_the_page_wrote_for_a_site_counts_where_its_file_says_nothing(
    common: Settings, write: Write
) -> None:
    write("a.yaml", JAEN)
    write("b.yaml", LUGO)
    for name in ("jaen", "lugo"):
        config = common.data_dir / "sites" / name / "config"
        config.mkdir(parents=True)
        (config / "contract.yaml").write_text("kind: pvpc\ntariff: 2.0TD\n")
    jaen, lugo = read_sites(common)
    assert jaen.settings.contract == str(common.sites_dir / "jaen/contract.yaml")
    assert lugo.settings.contract == str(common.data_dir / "sites/lugo/config/contract.yaml")


def test_the_plant_of_before_goes_on_under_a_name(common: Settings, write: Write) -> None:
    write("a.yaml", LUGO)
    write("b.yaml", "name: linares\ncontinues: true\n")
    linares, lugo = read_sites(common)  # it stays what addresses show that name none
    assert (linares.kept_as, lugo.kept_as) == ("", "lugo")
    assert linares.settings.data_dir == common.data_dir


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{LUGO}colour: red\n", "line 4: colour: unknown key"),
        ("name: Lugo Sur\nlatitude: 43\nlongitude: -7\n", "line 1: name: "),
        ("name: lugo\nlatitude: 43\n", "line 1: name: longitude is missing"),
        (f"{LUGO}zone: canarias\n", "line 4: zone: Input should be 'peninsula'"),
        (f"{LUGO}name: jaen\n", "line 4: found duplicate key"),
        (f"{LUGO}plant: nowhere.yaml\norders: x\n", "line 4: plant: .*nowhere.yaml: "),
        (f"{LUGO}plant: jaen/plant.yaml\n", "line 4: plant: orders is missing"),
        (f"{LUGO}orders: jaen/orders.yaml\n", "line 4: orders: .*jaen/orders.yaml:\n"),
        (f"{LUGO}contract: pvpx\n", "line 4: contract: "),
        (f"{LUGO}co2_g_kwh: 120\n", "line 4: co2_g_kwh: co2_g_kwh and co2_source go together"),
        (f"{LUGO}continues: true\n", "line 2: latitude: leave it out"),
        ("name: jaen\nlatitude: 43\nlongitude: -7\n", "line 1: name: 'jaen' is also the name in "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_file_line_and_key(
    common: Settings, write: Write, text: str, told: str
) -> None:
    write("a.yaml", JAEN)
    file = write("b.yaml", text)
    with pytest.raises(SiteInvalid, match=rf"(?s){file}:\n  .*{told}"):
        read_sites(common)


def test_a_plant_that_contradicts_itself_is_told_with_its_own_lines(
    common: Settings, write: Write
) -> None:
    write("a.yaml", JAEN)
    write("jaen/plant.yaml", "name: broken\n")
    with pytest.raises(SiteInvalid, match=r"line 5: plant: .*jaen/plant.yaml:\n +line 1: "):
        read_sites(common)


def test_only_one_site_can_be_the_plant_of_before(common: Settings, write: Write) -> None:
    write("a.yaml", "name: linares\ncontinues: true\n")
    write("b.yaml", "name: other\ncontinues: true\n")
    with pytest.raises(SiteInvalid, match=r"line 2: continues: .*a\.yaml says so too"):
        read_sites(common)


def test_a_folder_without_files_and_one_that_is_not_there_are_errors(common: Settings) -> None:
    with pytest.raises(SettingsInvalid, match="holds no site file"):
        read_sites(common)
    gone = common.model_copy(update={"sites_dir": Path("nowhere")})
    with pytest.raises(SettingsInvalid, match="nowhere cannot be read: No such file"):
        read_sites(gone)


def test_of_several_sites_one_must_be_named(common: Settings, write: Write) -> None:
    write("a.yaml", JAEN)
    write("b.yaml", LUGO)
    sites = read_sites(common)
    assert chosen(sites, "lugo").name == "lugo"
    with pytest.raises(SettingsInvalid, match="which one with --site: jaen, lugo"):
        chosen(sites, None)
    with pytest.raises(SettingsInvalid, match="--site vigo: there is no such site"):
        chosen(sites, "vigo")
