from pathlib import Path

import pytest

from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.settings import load_settings, unknown_settings


def test_defaults_keep_everything_in_one_local_folder(monkeypatch):
    monkeypatch.delenv("CHOCOLATE_FACTORY_DATA_DIR", raising=False)
    settings = load_settings()
    assert settings.data_dir == Path("data")
    assert settings.store.startswith("sqlite:///")
    assert settings.host == "127.0.0.1"


def test_the_environment_is_read_and_an_option_wins_over_it(monkeypatch, tmp_path):
    monkeypatch.setenv("CHOCOLATE_FACTORY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CHOCOLATE_FACTORY_NOTIFY_URLS", "ntfy://a, json://b")
    assert load_settings().data_dir == tmp_path
    assert load_settings().notify_urls == ("ntfy://a", "json://b")
    assert load_settings(data_dir=tmp_path / "x").data_dir == tmp_path / "x"


def test_an_impossible_setting_is_named(monkeypatch):
    monkeypatch.setenv("CHOCOLATE_FACTORY_PORT", "99999")
    with pytest.raises(SettingsInvalid, match="CHOCOLATE_FACTORY_PORT"):
        load_settings()


def test_an_empty_path_is_no_path_and_not_the_folder_at_hand(monkeypatch, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "plant.yaml").write_text("name: mine\n")
    for name in ("SITES_DIR", "PLANT", "MODELS_DIR"):
        monkeypatch.setenv(f"CHOCOLATE_FACTORY_{name}", "")
    told = load_settings(data_dir=tmp_path)
    assert (told.sites_dir, told.models_dir) == (None, None)
    assert told.plant == tmp_path / "config" / "plant.yaml"


def test_a_secret_is_read_from_the_file_named_as_its_variable(monkeypatch, tmp_path):
    (tmp_path / "chocolate_factory_store_token").write_text("from-a-file\n")
    monkeypatch.setenv("CHOCOLATE_FACTORY_SECRETS_DIR", str(tmp_path))
    assert load_settings().store_token.get_secret_value() == "from-a-file"
    monkeypatch.setenv("CHOCOLATE_FACTORY_STORE_TOKEN", "from-the-environment")
    assert load_settings().store_token.get_secret_value() == "from-the-environment"


def test_a_folder_of_secrets_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("CHOCOLATE_FACTORY_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsInvalid, match="CHOCOLATE_FACTORY_SECRETS_DIR"):
        load_settings()


@pytest.mark.parametrize("held", ["", "\n", None])
def test_an_application_of_a_cluster_never_begins_a_store_of_its_own(monkeypatch, tmp_path, held):
    if held is not None:
        (tmp_path / "chocolate_factory_store_url").write_text(held)
    monkeypatch.setenv("CHOCOLATE_FACTORY_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CHOCOLATE_FACTORY_CLUSTER_URL", "tcp://dask-scheduler:8786")
    with pytest.raises(SettingsInvalid, match="CHOCOLATE_FACTORY_STORE_URL") as caught:
        load_settings()
    if held is not None:
        assert f"{tmp_path}/chocolate_factory_store_url is empty" in str(caught.value)
    (tmp_path / "chocolate_factory_store_url").write_text("postgresql://who:secret@host/db\n")
    assert load_settings().store == "postgresql://who:secret@host/db"


def test_an_empty_file_of_the_store_is_refused_unless_the_environment_says_it(
    monkeypatch, tmp_path
):
    (tmp_path / "chocolate_factory_store_url").touch()
    monkeypatch.setenv("CHOCOLATE_FACTORY_SECRETS_DIR", str(tmp_path))
    with pytest.raises(SettingsInvalid, match="chocolate_factory_store_url is empty"):
        load_settings()
    monkeypatch.setenv("CHOCOLATE_FACTORY_STORE_URL", "")
    assert load_settings().store.startswith("sqlite:///")


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("PORT", "http", "CHOCOLATE_FACTORY_PORT: 'http' was given; wanted: a whole number"),
        ("PORT", "99999", "'99999' was given; wanted: at most 65535"),
        ("ACCEPT_PLANS", "yes", "'yes' was given; wanted: 'asked' or 'automatic'"),
        ("REE_URL", "notaurl", "'notaurl' was given; wanted: a web address"),
        ("OMIE_URL", "ftp://omie.es", "'ftp://omie.es' was given; wanted: a web address"),
    ],
)
def test_an_impossible_setting_says_what_was_given_and_what_is_wanted(
    monkeypatch, name, given, told
):
    monkeypatch.setenv(f"CHOCOLATE_FACTORY_{name}", given)
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert told in str(caught.value)


def test_a_key_that_is_no_text_is_named_without_what_it_holds(monkeypatch, tmp_path):
    (tmp_path / "chocolate_factory_aemet_key").write_bytes(b"hunter2\xff")
    monkeypatch.setenv("CHOCOLATE_FACTORY_SECRETS_DIR", str(tmp_path))
    with pytest.raises(SettingsInvalid, match="aemet_key cannot be read as text") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_a_mistyped_setting_is_told_with_the_nearest_one(monkeypatch, tmp_path):
    (tmp_path / "chocolate_factory_siar_kye").write_text("a-key")
    monkeypatch.setenv("CHOCOLATE_FACTORY_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CHOCOLATE_FACTORY_STOER_URL", "sqlite:///x.db")
    told = {one.variable: one.nearest for one in unknown_settings()}
    assert told["CHOCOLATE_FACTORY_STOER_URL"] == "CHOCOLATE_FACTORY_STORE_URL"
    assert told["chocolate_factory_siar_kye"] == "CHOCOLATE_FACTORY_SIAR_KEY"
    assert "CHOCOLATE_FACTORY_DATA_DIR" not in told
