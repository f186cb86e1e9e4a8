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
