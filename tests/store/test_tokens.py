"""Tokens: shown once, kept as hashes, in force until they expire or are revoked."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from chocolate_factory.errors import RequestInvalid, StoreError
from chocolate_factory.store.tokens import Role, TokenBook

NOW = datetime(2026, 11, 25, 13, 20, tzinfo=UTC)
YEAR = timedelta(days=365)


@pytest.fixture
def book(tmp_path):
    return TokenBook(tmp_path / "data" / "tokens.db")


def test_the_holder_of_a_token_is_known_until_it_expires(book):
    text = book.create("tablet", Role.PLANNER, now=NOW, valid=YEAR)
    held = book.holder(text, now=NOW + YEAR - timedelta(seconds=1))
    assert (held.name, held.role, held.created_at, held.expires_at) == (
        "tablet", Role.PLANNER, NOW, NOW + YEAR,
    )  # fmt: skip
    assert book.holder(text, now=NOW + YEAR) is None
    assert book.tokens(now=NOW + YEAR) == ()


def test_a_token_has_256_random_bits_and_no_two_are_alike(book):
    made = {book.create(f"t{n}", Role.VIEWER, now=NOW, valid=YEAR) for n in range(20)}
    assert len(made) == 20
    assert {len(text) for text in made} == {len("cf_") + 43}


def test_nothing_that_is_kept_holds_the_token(book, tmp_path):
    text = book.create("tablet", Role.ADMIN, now=NOW, valid=YEAR)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"tablet" in kept
    assert text.encode() not in kept
    assert text.removeprefix("cf_").encode() not in kept


def test_only_the_owner_may_read_the_file(book, tmp_path):
    book.create("tablet", Role.ADMIN, now=NOW, valid=YEAR)
    assert (tmp_path / "data" / "tokens.db").stat().st_mode & 0o777 == 0o600


def test_a_revoked_token_counts_no_more_and_the_others_do(book):
    gone = book.create("gone", Role.ADMIN, now=NOW, valid=YEAR)
    stays = book.create("stays", Role.VIEWER, now=NOW, valid=YEAR)
    book.revoke("gone")
    assert book.holder(gone, now=NOW) is None
    assert book.holder(stays, now=NOW).name == "stays"
    with pytest.raises(RequestInvalid, match="no token 'gone'"):
        book.revoke("gone")


def test_a_name_is_given_once_until_its_token_expired(book):
    book.create("tablet", Role.VIEWER, now=NOW, valid=timedelta(days=1))
    with pytest.raises(RequestInvalid, match="already"):
        book.create("tablet", Role.ADMIN, now=NOW, valid=YEAR)
    later = NOW + timedelta(days=1)
    text = book.create("tablet", Role.ADMIN, now=later, valid=YEAR)
    assert book.holder(text, now=later).role is Role.ADMIN


@pytest.mark.parametrize("name", ["", "A", "a b", "a/b", "-a", "a" * 41, "á", "a\n"])
def test_an_odd_name_is_refused(book, name):
    with pytest.raises(RequestInvalid, match="cannot be a token's name"):
        book.create(name, Role.VIEWER, now=NOW, valid=YEAR)


def test_asking_makes_no_file(book, tmp_path):
    assert book.holder("cf_" + "x" * 43, now=NOW) is None
    assert book.tokens(now=NOW) == ()
    with pytest.raises(RequestInvalid):
        book.revoke("x")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_lets_nobody_in_and_says_what_to_do(book, tmp_path):
    text = book.create("tablet", Role.ADMIN, now=NOW, valid=YEAR)
    (tmp_path / "data" / "tokens.db").write_bytes(b"not a database, " * 100)
    with pytest.raises(StoreError, match="delete it and create the tokens again"):
        book.holder(text, now=NOW)


def test_a_role_somebody_wrote_into_the_file_by_hand_gives_nothing(book, tmp_path):
    text = book.create("tablet", Role.VIEWER, now=NOW, valid=YEAR)
    with sqlite3.connect(tmp_path / "data" / "tokens.db") as base:
        base.execute("UPDATE token SET role = 'root'")
    base.close()
    with pytest.raises(StoreError):
        book.holder(text, now=NOW)


def test_each_role_may_what_the_ones_before_it_may():
    covered = {role: {other for other in Role if role.covers(other)} for role in Role}
    assert covered == {
        Role.VIEWER: {Role.VIEWER},
        Role.PLANNER: {Role.VIEWER, Role.PLANNER},
        Role.ADMIN: {Role.VIEWER, Role.PLANNER, Role.ADMIN},
    }
