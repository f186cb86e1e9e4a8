from pathlib import Path

import pytest

from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.settings import load_settings


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
