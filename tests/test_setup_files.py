"""The files that the first steps write, and that they are what the next start reads."""

from __future__ import annotations

import errno
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from chocolate_factory.app import setup_files
from chocolate_factory.app.edited import edited
from chocolate_factory.app.files import TEMPLATES, load_contract, load_orders, load_plant
from chocolate_factory.app.setup_files import SetupFiles
from chocolate_factory.errors import FactoryError, FileRefused, OrdersInvalid, RequestInvalid
from chocolate_factory.settings import load_settings


@pytest.fixture
def setup(tmp_path: Path) -> SetupFiles:
    return SetupFiles(load_settings(data_dir=tmp_path))


def test_a_contract_is_read_back_as_it_was_wanted(setup: SetupFiles, tmp_path: Path):
    path, text = setup.contract("indexed", "6.1TD", 4.5, ())
    setup.power((100, 100, 120, 120, 120, 150.5))

    assert text.startswith("# How this plant buys")
    settings = load_settings(data_dir=tmp_path)
    assert settings.contract == str(path)
    contract = load_contract(settings.contract)
    assert (contract.tariff.value, contract.margin_eur_mwh) == ("6.1TD", 4.5)
    assert contract.contracted_kw == (100, 100, 120, 120, 120, 150.5)


def test_adjustment_services_are_asked_and_what_is_assumed_without_them_is_said(setup: SetupFiles):
    path, text = setup.contract("indexed", "3.0TD", 4.5, (), 19.25)
    assert load_contract(str(path)).assumptions()[:1] == (
        "Losses at the standard coefficients, without the hourly correction the system operator "
        "makes afterwards.",
    )
    assert "adjustment_services_eur_mwh: 19.25" in text

    _, text = setup.contract("indexed", "3.0TD", None, (), None)
    assert "adjustment" not in text
    assert len(load_contract(str(path)).assumptions()) == 3
    path.unlink()
    _, text = setup.contract("indexed", "3.0TD", None, (), None)
    assert "# adjustment_services_eur_mwh: 22 " in text


def test_adjustment_services_by_date_stay_unless_a_number_takes_their_place(setup: SetupFiles):
    setup.folder.mkdir(parents=True)
    own = setup.folder / "contract.yaml"
    dated = "adjustment_services_eur_mwh:\n  - {from: 2026-01-01, value: 21}\n"
    own.write_text(f"kind: indexed\n{dated}tariff: 3.0TD\n", encoding="utf-8")

    assert "value: 21" in setup.contract("indexed", "3.0TD", 5.25, (), None)[1]
    _, text = setup.contract("indexed", "3.0TD", 5.25, (), 18)
    assert "adjustment_services_eur_mwh: 18" in text
    assert "value: 21" not in text


def test_powers_stay_when_the_contract_is_written_again_for_as_many_periods(setup: SetupFiles):
    setup.power((100, 100, 120, 120, 120, 150))
    _, text = setup.contract("fixed", "3.0TD", None, (0.2, 0.18, 0.15, 0.12, 0.1, 0.08))
    assert "contracted_kw: {P1: 100" in text

    _, text = setup.contract("pvpc", "2.0TD", None, ())
    assert "contracted_kw" not in text


def test_powers_may_be_written_twice_and_stand_once(setup: SetupFiles):
    setup.contract("indexed", "3.0TD", None, ())
    setup.power((100,) * 6)
    path, text = setup.power((110,) * 6)

    assert text.count("contracted_kw") == 1
    assert "P1: 110" in path.read_text("utf-8")
    assert "P1: 100" in path.with_name("contract.yaml.before").read_text("utf-8")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (("fixed", "3.0TD", None, (0.2, 0.1)), "prices_eur_kwh"),
        (("indexed", "2.0TD", None, ()), "tariff"),
        (("indexed", "3.0TD", 0.004, ()), "margin_eur_mwh"),
    ],
)
def test_a_contract_that_cannot_be_is_refused_and_nothing_is_written(setup, wanted, said: str):
    with pytest.raises(FactoryError, match=said):
        setup.contract(*wanted)
    assert not setup.folder.exists()


def test_falling_power_is_refused_and_the_file_stays(setup: SetupFiles):
    path, before = setup.power((100,) * 6)
    with pytest.raises(FactoryError, match="may not fall"):
        setup.power((100, 90, 100, 100, 100, 100))
    assert path.read_text("utf-8") == before


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_template_gives_a_plant_and_its_orders(setup: SetupFiles, tmp_path: Path, kind: str):
    setup.plant(kind)
    settings = load_settings(data_dir=tmp_path)
    plant = load_plant(settings.plant)

    assert load_orders(settings.orders, plant).weekly
    assert setup.current_plant() == plant


def test_weekly_orders_are_written_and_the_other_keys_stay(setup: SetupFiles, tmp_path: Path):
    setup.plant("bakery")
    _, text = setup.orders({"mon": {"bread": 240}, "wed": {"bread": 120, "croissant": 0}})

    plant = setup.current_plant()
    after = load_orders(load_settings(data_dir=tmp_path).orders, plant)
    told = {day: dict(kg) for day, kg in after.weekly.items()}
    assert told == {0: {"bread": 240}, 2: {"bread": 120}}
    assert setup.weekly() == {"mon": {"bread": 240}, "wed": {"bread": 120}}
    assert text.count("weekly:") == 1
    assert "due:" in text


def test_unknown_products_and_empty_weeks_are_refused(setup: SetupFiles):
    with pytest.raises(FactoryError, match="nougat"):
        setup.orders({"mon": {"nougat": 10}})
    with pytest.raises(RequestInvalid, match="weekly"):
        setup.orders({"mon": {"standard": 0}})


def test_addresses_are_kept_from_others_and_read_at_the_next_start(setup, tmp_path: Path):
    path, text = setup.notifications(("ntfy://my-plant", " json://127.0.0.1:9/x "))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert text.startswith("# Where")
    urls = load_settings(data_dir=tmp_path).notify_urls
    assert urls == ("ntfy://my-plant", "json://127.0.0.1:9/x")


def test_an_address_that_is_not_understood_is_named_by_its_place_only(setup: SetupFiles):
    with pytest.raises(RequestInvalid, match="address 2") as told:
        setup.notifications(("ntfy://my-plant", "secret-password"))
    assert "secret" not in str(told.value)


def test_the_environment_wins_over_the_files(setup, tmp_path: Path, monkeypatch):
    setup.contract("indexed", "6.1TD", None, ())
    setup.plant("bakery")
    monkeypatch.setenv("CHOCOLATE_FACTORY_CONTRACT", "indexed-3.0td")
    monkeypatch.setenv("CHOCOLATE_FACTORY_PLANT", str(tmp_path / "own.yaml"))
    settings = load_settings(data_dir=tmp_path)

    assert settings.contract == "indexed-3.0td"
    assert settings.plant == tmp_path / "own.yaml"
    assert settings.orders is None


def test_what_else_the_contract_says_stays_when_it_is_written_again(setup: SetupFiles):
    setup.folder.mkdir(parents=True)
    own = setup.folder / "contract.yaml"
    own.write_text(
        "# from the offer of May\nkind: indexed\ntariff: 3.0TD\nmargin_eur_mwh: 4.5  # agreed\n"
        "adjustment_services_eur_mwh:\n  - {from: 2026-01-01, value: 21}\n"
        "contracted_kw: {P1: 100, P2: 100, P3: 100, P4: 100, P5: 100, P6: 150}\n"
        "exceed_up_to_kw: 180\n",
        encoding="utf-8",
    )
    _, text = setup.contract("indexed", "3.0TD", 5.25, ())

    assert "margin_eur_mwh: 5.25" in text
    for kept in ("# from the offer of May", "# agreed", "value: 21", "P6: 150", "exceed_up_to_kw"):
        assert kept in text
    contract = load_contract(str(own))
    assert (contract.margin_eur_mwh, contract.exceed_up_to_kw) == (5.25, 180)
    assert "margin_eur_mwh" not in setup.contract("indexed", "3.0TD", None, ())[1]


def test_a_number_keeps_its_digits(setup: SetupFiles):
    _, text = setup.orders({"mon": {"standard": 1234.567}})

    assert "{standard: 1234.567}" in text
    _, text = setup.contract("fixed", "2.0TD", None, (0.1234567, 0.00002, 0.1))
    assert "P1: 0.1234567, P2: 0.00002," in text


WEEKLY = "weekly:\n  mon: {standard: 150}\n  sat: {standard: 100}\n"
DUE = "due:\n  default: 08:00 next day\n"
DATED = "orders:\n  - {product: standard, kg: 100.50, due: 2027-11-18T08:00:00+01:00}\n"


@pytest.mark.parametrize(
    "own",
    [
        DATED + DUE,
        f"{DUE}# what the week needs\n{WEEKLY}",
        WEEKLY.replace("weekly", '"weekly"') + DUE,
        f"{DUE}{WEEKLY}".rstrip("\n"),
        f"{DUE}weekly:\n  mon:\n    standard: 150\n  sat:\n    standard: 100",
        f"{DUE}weekly: {{mon: {{standard: 150}}, sat: {{standard: 100}}}}",
        '{"weekly": {"mon": {"standard": 150}}, "due": {"default": "08:00 next day"}}',
    ],
    ids=("dated", "last", "quoted", "no-newline", "block", "flow", "json"),
)
def test_weekly_orders_take_the_place_of_those_there_however_they_are_written(setup, own: str):
    setup.folder.mkdir(parents=True)
    (setup.folder / "orders.yaml").write_text(own, encoding="utf-8")
    setup.orders({"tue": {"standard": 200, "premium": 1234.567}, "mon": {"standard": 50}})

    plant = setup.current_plant()
    after = load_orders(setup.folder / "orders.yaml", plant)
    assert after.weekly == {0: {"standard": 50}, 1: {"standard": 200, "premium": 1234.567}}
    assert [order.kg for order in after.dated] == ([100.5] if own.startswith("orders") else [])


def test_what_is_said_around_the_weekly_orders_stays(setup):
    setup.folder.mkdir(parents=True)
    around = (
        "# of the plant in Reus\n{}\n# when the lorry comes\n\n# at the latest\n" + DUE + "# end\n"
    )
    own = setup.folder / "orders.yaml"
    for weekly in (WEEKLY, WEEKLY.replace("{standard: 100}", "\n    standard: 100")):
        own.write_text(around.format(weekly.rstrip("\n")), encoding="utf-8")
        _, text = setup.orders({"wed": {"standard": 75}})

        assert text == around.format("weekly:\n  wed: {standard: 75}")


def test_a_table_of_orders_is_refused_and_stays(setup):
    setup.folder.mkdir(parents=True)
    own = setup.folder / "orders.yaml"
    table = "product,kg,due\nstandard,100,2027-11-18 08:00\n"
    own.write_text(table, encoding="utf-8")

    with pytest.raises(OrdersInvalid, match="key: value"):
        setup.orders({"wed": {"standard": 75}})
    assert own.read_text("utf-8") == table


BLOCK = (
    "kind: indexed\nmargin_eur_mwh: 4.5\n\n# the bill of May\ncontracted_kw:\n"
    "  P1: 100\n  P2: 100\n  P3: 100\n  P4: 100\n  P5: 100\n  P6: 150  # by night\n\n"
    "# until 2028\ntariff: 3.0TD\n"
)


def test_powers_are_written_into_a_contract_of_many_lines(setup):
    setup.folder.mkdir(parents=True)
    own = setup.folder / "contract.yaml"
    own.write_text(BLOCK, encoding="utf-8")
    _, text = setup.power((90, 90, 90, 90, 90, 150.5))

    assert load_contract(str(own)).contracted_kw == (90, 90, 90, 90, 90, 150.5)
    assert "# the bill of May\ncontracted_kw: {P1: 90," in text
    assert "\n\n# until 2028\ntariff: 3.0TD\n" in text


def test_a_margin_that_is_left_out_takes_no_other_words_with_it(setup):
    setup.folder.mkdir(parents=True)
    own = setup.folder / "contract.yaml"
    for told in (BLOCK, BLOCK.replace("kind: indexed\n", "") + "kind: indexed\n"):
        own.write_text(told, encoding="utf-8")
        _, text = setup.contract("indexed", "3.0TD", None, ())

        assert "margin" not in text
        assert "# the bill of May\ncontracted_kw:" in text
        assert "P6: 150  # by night\n\n# until 2028\ntariff: 3.0TD\n" in text


def test_there_is_a_file_at_every_moment(setup, monkeypatch: pytest.MonkeyPatch):
    path, _ = setup.contract("indexed", "3.0TD", 4.5, ())
    path.chmod(0o640)
    moments = []

    def replace(old: str, new: str) -> None:
        os_replace(old, new)
        moments.append(load_contract(str(path)).margin_eur_mwh)

    os_replace = os.replace
    monkeypatch.setattr(os, "replace", replace)
    setup.contract("indexed", "3.0TD", 5.5, ())

    assert moments == [4.5, 5.5]
    assert "4.5" in path.with_name("contract.yaml.before").read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert {one.name for one in setup.folder.iterdir()} == {"contract.yaml", "contract.yaml.before"}


def test_addresses_are_their_owners_from_the_first_byte_on(setup, monkeypatch: pytest.MonkeyPatch):
    setup.notifications(("ntfy://my-plant",))
    rights = []
    monkeypatch.setattr(os, "fsync", lambda handle: rights.append(os.fstat(handle).st_mode))
    setup.notifications(("ntfy://another-plant",))

    written = [stat.S_IMODE(mode) for mode in rights if stat.S_ISREG(mode)]
    assert written == [0o600, 0o600]
    kept = setup.folder / "notify.txt.before"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_plant_is_not_changed_without_its_orders(setup, monkeypatch: pytest.MonkeyPatch):
    setup.plant("chocolate")
    before = {path.name: path.read_text("utf-8") for path in setup.folder.iterdir()}
    left = 3

    def fsync(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FileRefused, match="No space left"):
        setup.plant("bakery")

    after = {path.name: path.read_text("utf-8") for path in setup.folder.iterdir()}
    assert {name: after[name] for name in before} == before
    assert not [name for name in after if name.startswith(".")]


def test_two_who_change_a_file_at_once_lose_neither_change(setup, monkeypatch: pytest.MonkeyPatch):
    setup.contract("indexed", "3.0TD", 4.5, ())
    reading, going_on = Event(), Event()

    def slow(text: str, *args: object, **kwargs: object) -> str:
        reading.set()
        going_on.wait(1.0)  # a second one reads meanwhile, if it is let
        return edited(text, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(setup_files, "edited", slow)
    with ThreadPoolExecutor() as people:
        power = people.submit(setup.power, (110,) * 6)
        assert reading.wait(5.0)
        contract = people.submit(setup.contract, "indexed", "3.0TD", 5.25, (), 19)
        time.sleep(0.2)
        going_on.set()
        power.result(5.0), contract.result(5.0)

    held = load_contract(str(setup.folder / "contract.yaml"))
    assert (held.contracted_kw, held.margin_eur_mwh) == ((110,) * 6, 5.25)


def test_many_who_write_at_once_leave_whole_files(setup: SetupFiles):
    def write(number: int) -> None:
        if number % 2:
            setup.power((100 + number,) * 6)
        else:
            setup.contract("indexed", "3.0TD", 1 + number, ())

    with ThreadPoolExecutor(8) as people:
        list(people.map(write, range(24)))

    held = load_contract(str(setup.folder / "contract.yaml"))
    assert held.margin_eur_mwh is not None
    assert held.contracted_kw is not None
