"""Tokens from the command line."""

import json
from datetime import timedelta

import pytest

from chocolate_factory.cli.root import now
from chocolate_factory.store.tokens import Role, TokenBook


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def audited(data):
    lines = (data / "logs" / "audit.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_token_is_printed_alone_so_that_a_script_can_take_it(cf, data):
    ended = cf("token", "create", "tablet", "--role", "planner", "--days", 30, "--dir", data)
    text = ended.out.strip()
    held = TokenBook(data / "tokens.db").holder(text, now=now())
    assert (ended.status, held.name, held.role) == (0, "tablet", Role.PLANNER)
    assert held.expires_at - held.created_at == timedelta(days=30)
    assert "not shown again" in ended.err


def test_without_a_role_it_may_change_nothing(cf, data):
    assert cf("token", "create", "screen", "--dir", data, "--json").json["role"] == "viewer"


def test_the_list_shows_names_and_roles_and_no_secret(cf, data):
    text = cf("token", "create", "tablet", "--role", "admin", "--dir", data).out.strip()
    (held,) = cf("token", "list", "--dir", data, "--json").json["tokens"]
    assert (held["name"], held["role"]) == ("tablet", "admin")
    for said in (cf("token", "list", "--dir", data).out, json.dumps(held)):
        assert "tablet" in said
        assert text not in said


def test_a_revoked_token_is_gone_and_revoking_it_again_is_an_error(cf, data):
    cf("token", "create", "tablet", "--dir", data)
    assert cf("token", "revoke", "tablet", "--dir", data).status == 0
    assert cf("token", "list", "--dir", data, "--json").json == {"tokens": []}
    again = cf("token", "revoke", "tablet", "--dir", data)
    assert again.status == 1
    assert "no token 'tablet'" in again.err


def test_what_is_done_to_tokens_is_noted_without_them(cf, data):
    text = cf("token", "create", "tablet", "--role", "admin", "--dir", data).out.strip()
    cf("token", "create", "tablet", "--dir", data)
    cf("token", "revoke", "tablet", "--dir", data)
    noted = audited(data)
    assert [(line["what"], line["outcome"]) for line in noted] == [
        ("token create tablet admin 365 d", "begun"),
        ("token create tablet admin 365 d", "done"),
        ("token create tablet viewer 365 d", "begun"),
        ("token create tablet viewer 365 d", "failed"),
        ("token revoke tablet", "begun"),
        ("token revoke tablet", "done"),
    ]
    assert all(line["who"].startswith("command line:") for line in noted)
    assert text not in (data / "logs" / "audit.jsonl").read_text()


def test_no_token_is_made_that_cannot_be_noted(cf, data, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CHOCOLATE_FACTORY_LOG_DIR", str(tmp_path / "file"))
    ended = cf("token", "create", "tablet", "--dir", data)
    assert ended.status == 1
    assert "audit log" in ended.err
    assert not (data / "tokens.db").exists()
